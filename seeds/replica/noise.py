"""How mirror pages spoil a text: a forward model, for the replica's mirror pages and for tests of the repair.

1. Character by character from simplified to traditional; some characters get their reading as a note: 质 → 質(zhì).
2. Encoded to GBK; what GBK lacks becomes "?".
3. The bytes are split at ，！？ and then at 。 by a search that ignores character boundaries, so that the second byte
   of one character and the first of the next can be taken for a punctuation mark.
4. Each piece is decoded on its own (code page 936, private-use characters included); a lone byte becomes "?".

The same text and density always give the same page.
"""

from __future__ import annotations

from functools import lru_cache

import opencc
from pypinyin import Style, pinyin

# The sets are nested, as on real pages: a character is annotated everywhere on a page or nowhere.
_SPARSE = "發區據現業續創產聯經環網"
_MEDIUM = _SPARSE + "質協監農養醫規優內轉戰"
_DENSE = _MEDIUM + "當標領導關務設調統責構訓礎結會國機場過長開"
DENSITIES: dict[str, str] = {"none": "", "sparse": _SPARSE, "medium": _MEDIUM, "dense": _DENSE}
"""Characters (traditional) that carry a note, by name of the density."""

# Simplified forms that are traditional characters too; the mirrors' table leaves them alone.
_KEPT = frozenset("后系制于并志杰范余征里面松谷丑云几才出只表采游家周克布注占升冬仆朴姜秋伙借向曲折")
_MARKS = (b"\xa3\xac", b"\xa3\xa1", b"\xa3\xbf", b"\xa1\xa3")


def spoil(text: str, density: str = "medium") -> str:
    """The text as a mirror of that density shows it.

    ``density`` is a key of ``DENSITIES`` or a string of traditional characters to annotate.
    """
    return split_bytes(annotate(text, density))


def annotate(text: str, density: str = "medium") -> str:
    """Step 1 alone: traditional text with notes, nothing broken."""
    noted = frozenset(DENSITIES.get(density, density))
    parts: list[str] = []
    for char in text:
        traditional = _traditional(char)
        parts.append(traditional)
        if traditional in noted:
            parts.append(f"({_reading(traditional)})")
    return "".join(parts)


def split_bytes(text: str) -> str:
    """Steps 2 to 4 alone: encoded to GBK, cut at false punctuation, decoded piece by piece."""
    return _split(text.encode("gbk", "replace"), 0)


def _split(data: bytes, level: int) -> str:
    if level == len(_MARKS):
        return _decode(data)
    mark = _MARKS[level]
    return mark.decode("gbk").join(_split(piece, level + 1) for piece in data.split(mark))


def _decode(piece: bytes) -> str:
    """Code page 936 as browsers' old decoders have it: user-defined pairs are private-use characters, 0x80 is €."""
    chars: list[str] = []
    at = 0
    while at < len(piece):
        lead = piece[at]
        trail = piece[at + 1] if at + 1 < len(piece) else 0
        if lead < 0x80:
            chars.append(chr(lead))
        elif lead == 0x80:
            chars.append("€")
        elif lead < 0xFF and 0x40 <= trail < 0xFF and trail != 0x7F:
            chars.append(piece[at : at + 2].decode("gb18030"))
            at += 1
        else:
            chars.append("?")
        at += 1
    return "".join(chars)


@lru_cache(maxsize=1)
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("s2t")


@lru_cache(maxsize=8192)
def _traditional(char: str) -> str:
    if char < "\u4e00" or char in _KEPT:
        return char
    return "著" if char == "着" else str(_converter().convert(char))


@lru_cache(maxsize=1024)
def _reading(char: str) -> str:
    return str(pinyin(char, style=Style.TONE)[0][0])
