"""Alike texts: the signature by which copies are found, and what two texts are to each other.

``signature`` is what the database keeps: sixteen bands over 64 MinHash values of character 5-grams for texts that are
alike as a whole, and a sample of clauses for texts of which one is a part of the other. ``relation`` decides.

Every constant of the signature is fixed here: hashes in the database must mean the same for ever. Whoever changes
one, or what ``archive.facts.trim`` cuts, raises ``SIGNATURE_VERSION``.

Texts are expected folded (``crawler.reading.text.fold``): width, case and script are one, white space is gone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from archive.facts import other_text, trim

SIGNATURE_VERSION = 1

GRAM = 5
PERMUTATIONS = 64
BANDS = 16
MAX_SENTENCES = 32
"""Clauses kept of one text; 30 % of a longer one still hold ten of them."""
MIN_CHARS = 80
"""Shorter texts (without punctuation) are one another's copy only when they are equal."""
MIN_GRAMS = 50
"""Fewer different 5-grams than this are one line repeated, and held for short as well."""
MAX_GRAMS = 1 << 14
"""5-grams that go through the permutations; of a longer text those of the smallest hashes, the same in every copy."""
CLAUSE_CHARS = 12
"""Clauses shorter than this are joined to the next one: by themselves they say nothing."""

LEAST_JACCARD = 0.80
LEAST_CONTAINMENT = 0.90
REPRINT_JACCARD = 0.97
"""From here on what differs is a head, a tail, a line of the editor: a reprint, not an edited one."""

_MAX_COMPARED = 1 << 16
"""5-grams of the longer text that are compared one by one; of more, the same sample of both."""

_U32, _U64 = np.uint32, np.uint64
Codes: TypeAlias = NDArray[np.uint32]
Hashes: TypeAlias = NDArray[np.uint64]

Kind: TypeAlias = Literal["same", "reprint", "edited", "excerpt", "containing"]


@dataclass(frozen=True, slots=True)
class Signature:
    """By what a text is found again.

    ``bands``: 16 signed 64-bit values, () for short texts; one shared makes two texts candidates.
    ``sentences``: at most 32 signed 64-bit values; three shared ones make a candidate. Of a short text three values
    of the whole.
    """

    bands: tuple[int, ...]
    sentences: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """What is compared: a headline and a body, both folded."""

    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Relation:
    """What the second text is to the first.

    ``excerpt``: the second is a part of the first; ``containing``: it holds the first. ``jaccard`` and
    ``containment`` (of the smaller in the larger) are those of their 5-grams, 0 to 1.
    """

    kind: Kind
    jaccard: float
    containment: float


def signature(body: str) -> Signature:
    """The signature of one folded body. Work is linear in its length, and bounded beyond ``MAX_GRAMS`` 5-grams."""
    codes = _codes(trim(body))
    classes = _classes(codes)
    core = codes[classes == _LETTER]
    if not core.size:
        return Signature((), ())
    grams = _grams(core)
    if core.size < MIN_CHARS or _is_one_line(grams):
        # In the order of the text, for two short texts of the same words are not equal.
        whole = (grams * (2 * np.arange(grams.size, dtype=_U64) + _U64(1))).sum()
        return Signature((), _signed(_mix(whole + _WHOLE)))
    return Signature(_signed(_bands(grams)), _signed(_clauses(classes, grams)))


def relation(first: Text, second: Text) -> Relation | None:
    """What ``second`` is to ``first``; None when they are not one text."""
    bodies = trim(first.body), trim(second.body)
    one, two = (_core(body) for body in bodies)
    if not one.size or not two.size:
        return None
    if np.array_equal(one, two) and np.array_equal(_core(first.title), _core(second.title)):
        return Relation("same", 1.0, 1.0)
    if min(one.size, two.size) < MIN_CHARS:
        return None
    ones, twos = _grams(one), _grams(two)
    jaccard, containment = _overlap(ones, twos)
    if (jaccard < LEAST_JACCARD and containment < LEAST_CONTAINMENT) or _is_one_line(ones) or _is_one_line(twos):
        return None
    if other_text((first.title, bodies[0]), (second.title, bodies[1])):
        return None
    if jaccard < LEAST_JACCARD:
        return Relation("excerpt" if two.size < one.size else "containing", jaccard, containment)
    return Relation("reprint" if jaccard >= REPRINT_JACCARD else "edited", jaccard, containment)


def _codes(text: str) -> Codes:
    codes: Codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=_U32)
    return codes


def _core(text: str) -> Codes:
    codes = _codes(text)
    return codes[_classes(codes) == _LETTER]


_LETTER, _MARK, _COMMA, _FULL_STOP = range(4)


def _classes(codes: Codes) -> NDArray[np.uint8]:
    """What each code point is: said aloud, or punctuation, which editors change without a thought."""
    return np.take(_class_table(), codes, mode="clip")


@cache
def _class_table() -> NDArray[np.uint8]:
    table = np.full(0x10001, _LETTER, dtype=np.uint8)  # the last one stands for all beyond
    for low, high in _PUNCTUATION:
        table[low : high + 1] = _MARK
    table[[ord(char) for char in ",:"]] = _COMMA
    table[[ord(char) for char in "。!?;…"]] = _FULL_STOP
    return table


# Ranges by hand rather than from unicodedata: that changes between versions of Python.
_PUNCTUATION = (
    (0x0000, 0x002F), (0x003A, 0x0040), (0x005B, 0x0060), (0x007B, 0x00BF), (0x00D7, 0x00D7), (0x00F7, 0x00F7),
    (0x02B0, 0x036F), (0x2000, 0x206F), (0x2190, 0x245F), (0x2500, 0x2BFF), (0x3000, 0x3004), (0x3008, 0x3020),
    (0x302A, 0x3030), (0x3036, 0x3037), (0x303D, 0x303F), (0x30FB, 0x30FB), (0xE000, 0xF8FF), (0xFE00, 0xFE6F),
    (0xFEFF, 0xFF0F), (0xFF1A, 0xFF20), (0xFF3B, 0xFF40), (0xFF5B, 0xFF65), (0xFFE0, 0xFFFF),
)  # fmt: skip

_GRAM_FACTORS = np.array(
    [0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93, 0xA0761D6478BD642F], dtype=_U64
)
_MIX_1, _MIX_2 = _U64(0xBF58476D1CE4E5B9), _U64(0x94D049BB133111EB)
_BASE = _U64(0x2545F4914F6CDD1D)
_WHOLE = np.array([0x8EBC6AF09C88C6E3, 0x589965CC75374CC3, 0x1D8E4E27C47D124F], dtype=_U64)


def _mix(values: Hashes) -> Hashes:
    """The finaliser of SplitMix64: every bit of the result hangs on every bit of the value."""
    values = (values ^ (values >> _U64(30))) * _MIX_1
    values = (values ^ (values >> _U64(27))) * _MIX_2
    return values ^ (values >> _U64(31))


def _signed(values: Hashes) -> tuple[int, ...]:
    return tuple(np.atleast_1d(values).view(np.int64).tolist())


def _grams(core: Codes) -> Hashes:
    """Hashes of all 5-grams, in the order of the text; of fewer characters, of what there is."""
    wide = core.astype(_U64)
    if wide.size < GRAM:
        wide = np.pad(wide, (0, GRAM - wide.size))
    count = wide.size - GRAM + 1
    total = wide[:count] * _GRAM_FACTORS[0]
    for offset in range(1, GRAM):
        total += wide[offset : offset + count] * _GRAM_FACTORS[offset]
    return _mix(total)


def _is_one_line(grams: Hashes) -> bool:
    """Whether a text is too little said over and over; a real one has enough in its first part already."""
    return len(set(grams[: 2 * MIN_GRAMS].tolist())) < MIN_GRAMS and np.unique(grams).size < MIN_GRAMS


@cache
def _permutations() -> tuple[Codes, Codes]:
    """Factors (odd) and summands of the 64 permutations: the SplitMix64 sequence from 0."""
    steps = _mix(np.arange(1, 2 * PERMUTATIONS + 1, dtype=_U64) * _GRAM_FACTORS[0])
    low = (steps >> _U64(32)).astype(_U32)
    return (low[:PERMUTATIONS] | _U32(1))[:, None], low[PERMUTATIONS:][:, None]


def _bands(grams: Hashes) -> Hashes:
    """64 minima over the set of 5-grams, four to a band."""
    if grams.size > MAX_GRAMS:
        grams = np.unique(grams)
        if grams.size > MAX_GRAMS:
            grams = np.partition(grams, MAX_GRAMS)[:MAX_GRAMS]
    values = (grams >> _U64(16)).astype(_U32)
    factors, summands = _permutations()
    minima = np.full(PERMUTATIONS, 0xFFFFFFFF, dtype=_U32)
    for start in range(0, values.size, 4096):  # 64 x 4096 x 4 bytes: one go for all but the longest
        permuted = values[start : start + 4096] * factors
        permuted += summands
        np.minimum(minima, permuted.min(axis=1), out=minima)
    quads = minima.reshape(BANDS, -1).astype(_U64)
    total = np.arange(1, BANDS + 1, dtype=_U64) * _BASE
    for column in range(quads.shape[1]):
        total = _mix(total ^ (quads[:, column] * _GRAM_FACTORS[column + 1]))
    return total


def _clauses(classes: NDArray[np.uint8], grams: Hashes) -> Hashes:
    """A sample of the clauses: those of the smallest hashes, so that a part has its share of them in its own sample.

    Short clauses go with the next one; a sentence always starts a new one, so an edit changes no other sentence.
    """
    breaks = np.flatnonzero(classes >= _COMMA)
    ends = breaks - np.cumsum(classes > _LETTER)[breaks] + 1
    bounds: list[int] = []
    start = 0
    last = grams.size + GRAM - 1
    for end, mark in zip([*ends.tolist(), last], [*classes[breaks].tolist(), _FULL_STOP], strict=True):
        if end - start >= CLAUSE_CHARS:
            bounds += (start, end - GRAM + 1)
            start = end
        elif mark == _FULL_STOP:
            start = end
    if not bounds:
        return grams[:0]
    # The 5-grams within a clause, added up: reduceat sums from each bound to the next, and the gaps are left out.
    sums = np.add.reduceat(np.append(grams, _U64(0)), bounds)[::2]
    return np.unique(_mix(sums))[:MAX_SENTENCES]


def _overlap(one: Hashes, two: Hashes) -> tuple[float, float]:
    """Jaccard and containment of two multisets of 5-grams: as often as a line is repeated it counts."""
    longer = max(one.size, two.size)
    if longer > _MAX_COMPARED:
        limit = _U64((_MAX_COMPARED << 64) // longer)
        one, two = one[one < limit], two[two < limit]
        if not one.size or not two.size:
            return 0.0, 0.0
    ones, one_counts = np.unique(one, return_counts=True)
    twos, two_counts = np.unique(two, return_counts=True)
    places = np.minimum(np.searchsorted(twos, ones), twos.size - 1)
    shared = twos[places] == ones
    common = int(np.minimum(one_counts[shared], two_counts[places[shared]]).sum())
    return common / (one.size + two.size - common), common / min(one.size, two.size)
