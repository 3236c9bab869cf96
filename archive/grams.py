"""Texts as arrays: code points, what is said aloud of them, and hashes of their character 5-grams.

The constants are part of every signature in the database: see ``archive.similarity``.
"""

from __future__ import annotations

from functools import cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

GRAM = 5

U32, U64 = np.uint32, np.uint64
Codes: TypeAlias = NDArray[np.uint32]
Hashes: TypeAlias = NDArray[np.uint64]


def code_points(text: str) -> Codes:
    """The characters of a text as numbers."""
    codes: Codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=U32)
    return codes


def core_of(text: str) -> Codes:
    """What is said aloud: the text without punctuation."""
    codes = code_points(text)
    core: Codes = codes[classify(codes) == LETTER]
    return core


LETTER, MARK, COMMA, FULL_STOP = range(4)


def classify(codes: Codes) -> NDArray[np.uint8]:
    """What each code point is: said aloud, or punctuation, which editors change without a thought."""
    return np.take(_class_table(), codes, mode="clip")


@cache
def _class_table() -> NDArray[np.uint8]:
    table = np.full(0x10001, LETTER, dtype=np.uint8)  # the last one stands for all beyond
    for low, high in _PUNCTUATION:
        table[low : high + 1] = MARK
    table[[ord(char) for char in ",:"]] = COMMA
    table[[ord(char) for char in "。!?;…"]] = FULL_STOP
    return table


# Ranges by hand rather than from unicodedata: that changes between versions of Python.
_PUNCTUATION = (
    (0x0000, 0x002F), (0x003A, 0x0040), (0x005B, 0x0060), (0x007B, 0x00BF), (0x00D7, 0x00D7), (0x00F7, 0x00F7),
    (0x02B0, 0x036F), (0x2000, 0x206F), (0x2190, 0x245F), (0x2500, 0x2BFF), (0x3000, 0x3004), (0x3008, 0x3020),
    (0x302A, 0x3030), (0x3036, 0x3037), (0x303D, 0x303F), (0x30FB, 0x30FB), (0xE000, 0xF8FF), (0xFE00, 0xFE6F),
    (0xFEFF, 0xFF0F), (0xFF1A, 0xFF20), (0xFF3B, 0xFF40), (0xFF5B, 0xFF65), (0xFFE0, 0xFFFF),
)  # fmt: skip

GRAM_FACTORS = np.array(
    [0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93, 0xA0761D6478BD642F], dtype=U64
)
_MIX = U64(0x94D049BB133111EB)


def mix(values: Hashes) -> Hashes:
    """Values of which every high bit hangs on all bits given."""
    mixed = values ^ (values >> U64(32))
    mixed *= _MIX
    mixed ^= mixed >> U64(29)
    return mixed


def hash_grams(core: Codes) -> Hashes:
    """Hashes of all 5-grams, in the order of the text; of fewer characters, of what there is."""
    wide = core.astype(U64)
    if wide.size < GRAM:
        wide = np.pad(wide, (0, GRAM - wide.size))
    pairs = wide[:-1] * GRAM_FACTORS[0]
    pairs += wide[1:]
    fours = pairs[:-2] * GRAM_FACTORS[1]
    fours += pairs[2:]
    fives = fours[:-1] * GRAM_FACTORS[2]
    fives += wide[4:]
    return mix(fives)


def distinct(values: Hashes) -> tuple[Hashes, NDArray[np.int64]]:
    """The different values in order, and how often each occurs; numpy's own is slow for millions."""
    ordered = np.sort(values)
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1]))[: ordered.size])
    different: Hashes = ordered[starts]
    return different, np.diff(starts, append=ordered.size)


def is_in(values: Hashes, others: Hashes) -> NDArray[np.bool_]:
    """Which of the values are among the others, of which there is at least one; faster than numpy's at this size."""
    known = np.sort(others)
    found: NDArray[np.bool_] = known[np.minimum(np.searchsorted(known, values), known.size - 1)] == values
    return found
