"""Alike texts: the signature by which copies are found, and what two texts are to each other.

``signature`` is what the database keeps: sixteen bands over 64 MinHash values of character 5-grams for texts that are
alike as a whole, and a sample of clauses for texts of which one is a part of the other. ``relation`` decides.

Every constant of the signature is fixed here: hashes in the database must mean the same for ever. Whoever changes
one, or what ``archive.frames.trim`` cuts, raises ``SIGNATURE_VERSION``.

Texts are expected folded (``crawler.reading.text.fold``): width, case and script are one, white space is gone.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from archive.facts import MAX_CHARS, other_text
from archive.frames import trim
from archive.grams import (
    COMMA,
    FULL_STOP,
    GRAM,
    GRAM_FACTORS,
    LETTER,
    U32,
    U64,
    Codes,
    Hashes,
    classify,
    code_points,
    core_of,
    distinct,
    hash_grams,
    mix,
)
from archive.passages import NO_PASSAGES, Passages, passages

SIGNATURE_VERSION = 1

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
DOUBTFUL_JACCARD = 0.55
DOUBTFUL_CONTAINMENT = 0.70
"""Short texts with many small edits come down to this; then every sentence must have left something."""
SAME_TITLE = 0.8
"""From this ratio of common characters on, two headlines are one, with a rubric before it or a note behind."""
MAX_UNDER_ONE_TITLE = 0.18
"""Share of a text that little alike ones of one headline may differ by in whole sentences: five of thirty, or a cut."""
MAX_SWAPPED = 0.04
"""Under another headline, the share in sentences that others have taken the place of."""
PART = 0.85
"""A part is shorter than this share of the whole; else it is an edited one."""
REPRINT_JACCARD = 0.97
"""From here on what differs is a head, a tail, a line of the editor: a reprint, not an edited one."""

MAX_TITLE = 200
"""Characters of a headline that are compared: what is longer is none."""
_MAX_COMPARED = 1 << 16
"""5-grams of the longer text that are compared one by one; of more, the same sample of both."""

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
    codes = code_points(trim(body))
    classes = classify(codes)
    core = codes[classes == LETTER]
    if not core.size:
        return Signature((), ())
    grams = hash_grams(core)
    if core.size < MIN_CHARS or _is_one_line(grams):
        # In the order of the text, for two short texts of the same words are not equal.
        whole = (grams * (2 * np.arange(grams.size, dtype=U64) + U64(1))).sum()
        return Signature((), _signed(mix(whole + _WHOLE)))
    return Signature(_signed(_bands(grams)), _signed(_clauses(classes, grams)))


def relation(first: Text, second: Text) -> Relation | None:
    """What ``second`` is to ``first``; None when they are not one text."""
    bodies = trim(first.body), trim(second.body)
    one, two = (core_of(body) for body in bodies)
    if not one.size or not two.size:
        return None
    if np.array_equal(one, two) and np.array_equal(core_of(first.title), core_of(second.title)):
        return Relation("same", 1.0, 1.0)
    if min(one.size, two.size) < MIN_CHARS:
        return None
    ones, twos = hash_grams(one), hash_grams(two)
    jaccard, containment = _overlap(ones, twos)
    if containment < DOUBTFUL_CONTAINMENT or _is_one_line(ones) or _is_one_line(twos):
        return None
    in_doubt = jaccard < LEAST_JACCARD and containment < LEAST_CONTAINMENT
    # In one order, whichever text came first: not every comparison below says the same both ways.
    told = sorted(zip((first.title[:MAX_TITLE], second.title[:MAX_TITLE]), bodies, strict=True))
    (title, body), (other_title, other_body) = told
    likeness = SequenceMatcher(None, title, other_title, autojunk=False).ratio()
    if in_doubt and (jaccard < DOUBTFUL_JACCARD or likeness < SAME_TITLE):
        return None
    is_one_title = likeness == 1 and not in_doubt
    found = NO_PASSAGES if is_one_title else passages(body[:MAX_CHARS], other_body[:MAX_CHARS])
    if _is_form(found, likeness, in_doubt=in_doubt):
        return None
    if other_text(*told, is_swapped=found.sentences > 0, in_doubt=in_doubt):
        return None
    if jaccard < LEAST_JACCARD and min(one.size, two.size) < PART * max(one.size, two.size):
        return Relation("excerpt" if two.size < one.size else "containing", jaccard, containment)
    return Relation("reprint" if jaccard >= REPRINT_JACCARD else "edited", jaccard, containment)


def _is_form(found: Passages, likeness: float, *, in_doubt: bool) -> bool:
    """Whether whole sentences in the midst of the texts are other ones, more than an editor would do."""
    if likeness >= SAME_TITLE:
        return in_doubt and max(found.swapped, found.lost) > MAX_UNDER_ONE_TITLE
    # One sentence written anew is an editor's; several, or half a paragraph, are not.
    return found.swapped > (MAX_SWAPPED if found.sentences > 1 else 2 * MAX_SWAPPED)


_BASE = U64(0x2545F4914F6CDD1D)
_WHOLE = np.array([0x8EBC6AF09C88C6E3, 0x589965CC75374CC3, 0x1D8E4E27C47D124F], dtype=U64)


def _signed(values: Hashes) -> tuple[int, ...]:
    return tuple(np.atleast_1d(values).view(np.int64).tolist())


def _is_one_line(grams: Hashes) -> bool:
    """Whether a text is too little said over and over; a real one has enough in its first part already."""
    return len(set(grams[: 2 * MIN_GRAMS].tolist())) < MIN_GRAMS and distinct(grams)[0].size < MIN_GRAMS


@cache
def _permutations() -> Codes:
    """Odd factors, each a permutation of the 32-bit numbers; with the maximum for the minimum each is two."""
    steps = mix(np.arange(1, PERMUTATIONS // 2 + 1, dtype=U64) * GRAM_FACTORS[0])
    return ((steps >> U64(32)).astype(U32) | U32(1))[:, None]


def _bands(grams: Hashes) -> Hashes:
    """64 minima over the set of 5-grams, four to a band."""
    if grams.size > MAX_GRAMS:
        grams = distinct(grams)[0][:MAX_GRAMS]
    permuted = (grams >> U64(32)).astype(U32) * _permutations()
    quads = np.concatenate((permuted.min(axis=1), ~permuted.max(axis=1))).reshape(BANDS, -1).astype(U64)
    total = np.arange(1, BANDS + 1, dtype=U64) * _BASE
    for column in range(quads.shape[1]):
        total = mix((total ^ quads[:, column]) * GRAM_FACTORS[column])
    return total


def _clauses(classes: NDArray[np.uint8], grams: Hashes) -> Hashes:
    """A sample of the clauses: those of the smallest hashes, so that a part has its share of them in its own sample.

    Short clauses go with the next one; a sentence always starts a new one, so an edit changes no other sentence.
    """
    breaks = np.flatnonzero(classes >= COMMA)
    ends = breaks - np.cumsum(classes > LETTER)[breaks] + 1
    bounds: list[int] = []
    start = 0
    last = grams.size + GRAM - 1
    for end, mark in zip([*ends.tolist(), last], [*classes[breaks].tolist(), FULL_STOP], strict=True):
        if end - start >= CLAUSE_CHARS:
            bounds += (start, end - GRAM + 1)
            start = end
        elif mark == FULL_STOP:
            start = end
    if not bounds:
        return grams[:0]
    # The 5-grams within a clause, added up: reduceat sums from each bound to the next, and the gaps are left out.
    sums = np.add.reduceat(np.append(grams, U64(0)), bounds)[::2]
    return distinct(mix(sums))[0][:MAX_SENTENCES]


def _overlap(one: Hashes, two: Hashes) -> tuple[float, float]:
    """Jaccard and containment of two multisets of 5-grams: as often as a line is repeated it counts."""
    longer = max(one.size, two.size)
    if longer > _MAX_COMPARED:
        limit = U64((_MAX_COMPARED << 64) // longer)
        one, two = one[one < limit], two[two < limit]
        if not one.size or not two.size:
            return 0.0, 0.0
    ones, one_counts = distinct(one)
    twos, two_counts = distinct(two)
    places = np.minimum(np.searchsorted(twos, ones), twos.size - 1)
    shared = twos[places] == ones
    common = int(np.minimum(one_counts[shared], two_counts[places[shared]]).sum())
    return common / (one.size + two.size - common), common / min(one.size, two.size)
