"""How likely a short Chinese text is: the best segmentation by word frequency. Used to choose between repairs.

The table is made from jieba's dictionary, see ``data/README.md``. It is read on first use (about 40 ms).
"""

from __future__ import annotations

import gzip
import itertools
import math
from functools import cache, lru_cache
from importlib import resources

_LONGEST = 4
_HANZI_FLOOR = -18.0
_OTHER = -13.0
# Shares of marks in running news text, natural logarithms, rounded.
_MARKS = {
    "，": -2.9, "。": -3.7, "、": -4.0, "“": -4.7, "”": -4.7, "：": -5.6, "；": -6.0, "《": -5.6, "》": -5.6,
    "（": -5.6, "）": -5.6, "！": -6.9, "？": -7.1, "…": -7.4, "—": -7.0, "·": -7.4, "【": -7.6, "】": -7.6,
    "‘": -8.4, "’": -8.4, "%": -6.5, " ": -7.0, "\u3000": -7.0, "\n": -4.0,
}  # fmt: skip
_FOLDED = {",": "，", ":": "：", ";": "；", "(": "（", ")": "）", "!": "！", ".": "。"}
_STOPS = frozenset("，。、：；！？,:;!")
_OPENING = frozenset("“《（【‘(")
_CLOSING = frozenset("”》）】’)")
_STRONG = frozenset("。！？…!—")
_SECOND = _STOPS | _CLOSING | {"\n"}
_BAD_PAIR = -6.0
_END_OF_QUOTE = 3.0


def score(text: str) -> float:
    """Natural logarithm of the likelihood of a simplified text, never positive except by rounding."""
    words, chars = _tables()
    best = [0.0]
    for end in range(1, len(text) + 1):
        char = text[end - 1]
        single = words.get(char)
        if single is None:
            single = chars.get(char) or _mark(char)
        top = best[end - 1] + single
        # No word of the table crosses anything but hanzi.
        if char > "\u33ff":
            for start in range(max(0, end - _LONGEST), end - 1):
                value = words.get(text[start:end])
                if value is not None and best[start] + value > top:
                    top = best[start] + value
        best.append(top)
    return best[-1] + sum(_pair(a, b) for a, b in itertools.pairwise(text) if b in _SECOND)


def frequency(char: str) -> float:
    """Natural logarithm of the share of one character in running text."""
    return _tables()[1].get(char) or _mark(char)


def makes_word(before: str, char: str, after: str) -> bool:
    """Whether a character forms a word of the table with the characters beside it."""
    table = _tables()[0]
    for left in range(min(len(before), _LONGEST - 1) + 1):
        for right in range(min(len(after), _LONGEST - 1 - left) + 1):
            if left + right and before[len(before) - left :] + char + after[:right] in table:
                return True
    return False


def settle_zhe(text: str) -> str:
    """著 to 着 except where the words around it say zhù: 显著, 著名, 著作 …"""
    if "著" not in text:
        return text
    around = _LONGEST - 1
    return "".join(
        "着" if char == "著" and _is_zhe(text[max(0, at - around) : at], text[at + 1 : at + 1 + around]) else char
        for at, char in enumerate(text)
    )


@lru_cache(maxsize=1024)
def _is_zhe(left: str, right: str) -> bool:
    return not right.startswith("有《") and score(f"{left}着{right}") >= score(f"{left}著{right}")


def _mark(char: str) -> float:
    known = _MARKS.get(_FOLDED.get(char, char))
    if known is not None:
        return known
    if char.isascii() and char.isalnum():
        return -6.0 if char.isdigit() else -8.0
    return _HANZI_FLOOR if "\u4e00" <= char <= "\uf8ff" else _OTHER


def _pair(first: str, second: str) -> float:
    """Which marks may stand side by side: no stop behind a stop, 。 rather than ， before a closing quote."""
    if second in _STOPS:
        return _BAD_PAIR if first in _STOPS or first in _OPENING else 0.0
    if second == "\n":
        return _BAD_PAIR if first in _OPENING else 0.0
    if second in _CLOSING:
        if first in _STRONG:
            return _END_OF_QUOTE if second in "”’" else 0.0
        return _BAD_PAIR if first in _STOPS or first in _OPENING else 0.0
    return 0.0


@cache
def _tables() -> tuple[dict[str, float], dict[str, float]]:
    """Logarithms for words (single characters too) and for characters wherever they stand."""
    packed = resources.files("crawler.reading").joinpath("data", "words.txt.gz").read_bytes()
    head, *lines = gzip.decompress(packed).decode("utf-8").splitlines()
    word_total, char_total = (math.log(int(number)) for number in head.split())
    words: dict[str, float] = {}
    chars: dict[str, float] = {}
    table, total = words, word_total
    half_bit = math.log(2) / 2
    for line in lines:
        if line == "characters":
            table, total = chars, char_total
            continue
        step, *entries = line.split(" ")
        table.update(dict.fromkeys(entries, int(step) * half_bit - total))
    # A character that is rare as a word of its own still ends up alone where the dictionary lacks a name.
    for char, value in chars.items():
        words[char] = max(words.get(char, _HANZI_FLOOR), value - 3.5)
    return words, chars
