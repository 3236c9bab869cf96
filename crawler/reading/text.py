"""Characters: cleaning what a page prints, folding for search and comparison, telling the script."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Literal

from opencc import OpenCC

# Invisible on the page: controls, soft hyphen, zero-width and direction marks, byte order mark, noncharacters.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
    "\ufdd0-\ufdef\ufffe\uffff]"
)


def clean(text: str) -> str:
    """One printed line: invisible characters out, every run of white space (NBSP, U+3000 too) one space, stripped."""
    if _INVISIBLE.search(text):
        text = _INVISIBLE.sub("", text)
    return " ".join(text.split())


def fold(text: str) -> str:
    """The form in which texts are searched and compared: NFKC, lower case, simplified, no white space."""
    return "".join(to_simplified(unicodedata.normalize("NFKC", text).lower()).split())


def to_simplified(text: str) -> str:
    """Character-wise and phrase-wise traditional to simplified (OpenCC t2s)."""
    return str(_converter("t2s").convert(text))


def to_traditional(text: str) -> str:
    """Simplified to traditional (OpenCC s2t)."""
    return str(_converter("s2t").convert(text))


def script_of(text: str) -> Literal["hans", "hant", "other"]:
    """Simplified, traditional, or neither: too few hanzi. Characters common to both scripts do not vote."""
    chars = set(text[:200])  # enough to tell
    simplified, traditional = _script_sets()
    hans, hant = len(chars & simplified), len(chars & traditional)
    if hant > hans:
        return "hant"
    if hans or any("\u3400" <= char <= "\u9fff" for char in chars):
        return "hans"
    return "other"


@cache
def _converter(name: str) -> OpenCC:
    return OpenCC(name)


@cache
def _script_sets() -> tuple[frozenset[str], frozenset[str]]:
    """Characters that only simplified and only traditional text has."""
    block = [chr(code) for code in range(0x4E00, 0xA000)]
    joined = "\n".join(block)
    traditional = frozenset(a for a, b in zip(block, to_simplified(joined).split("\n"), strict=True) if a != b)
    simplified = frozenset(a for a, b in zip(block, to_traditional(joined).split("\n"), strict=True) if a != b)
    return simplified - traditional, traditional - simplified
