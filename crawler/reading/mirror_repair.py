"""Byte repair of mirror noise: characters that were cut in half at false punctuation.

The mirrors split GBK bytes at ，(A3 AC) ！(A3 A1) ？(A3 BF) 。(A1 A3) without regard to characters. Where the second
byte of one character and the first of the next formed such a pair, the page shows "?" (the first half), the false
mark, and then characters shifted by one byte until an ASCII byte or the next true mark brings them back in step.

A place is read backwards: the shown characters become bytes again, one unknown byte is put in front, and all
characters that it can complete are tried. The text must still be the traditional one, or its bytes are not those of
the page.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from crawler.reading import mirror_words

LOST = "?\ufffd"
_FALSE_MARK = re.compile(r"[?\ufffd][，！？。；：、,!;:]")
_FOLDED_MARKS = str.maketrans(",!;:", "，！；：")
_CONTEXT = 6
_LINE = 300
# A damaged run ends at the next mark; nothing longer was ever a place.
_LONGEST_RUN = 80
# Bounds the work on text that is no page: a real one has a handful of places.
_MOST_PLACES = 300
_LONGEST_PAGE = 200_000
_SHORTLIST = 32
_SHORTLIST_BESIDE = 8
# Simplified-only characters do not stand in converted text, except the few that the mirrors' table lacks.
_SIMPLIFIED = -3.0
_KEPT = frozenset("后系制于并志范余里只面云才出采布")
_UNBALANCED = -4.0
_CLOSED_QUOTE = 1.0
_CLOSED_BRACKET = 3.0
_PAIRS = {char: pair for pair in ("“”", "‘’", "（）", "《》") for char in pair}
# A quoted word has no full stop: “六保”, not “六。”.
_SHORT_QUOTE = 7
_STOP_IN_SHORT_QUOTE = -8.0
# Only the four marks were ever seen to be false; for the others the evidence must be better.
_SURE_MARKS = "，！？。,!"
_LEAST_GAIN_ELSEWHERE = 15.0
# Two hanzi that stand side by side elsewhere on the page as well.
_SEEN_PAIR = 2.0
_LEAST_GAIN = 3.0


@dataclass(frozen=True, slots=True)
class Place:
    """One repaired place: ``text[start:end]`` becomes ``fixed``; ``candidates`` are readings of it, best first."""

    start: int
    end: int
    fixed: str
    candidates: list[str]
    confidence: float


@dataclass(frozen=True, slots=True)
class _Run:
    """What the bytes say: first character known by its second byte, then known ones, then maybe a known lead byte."""

    end: int
    first_trail: int
    known: str
    last_lead: int | None


@dataclass(frozen=True, slots=True)
class _Character:
    """A candidate, the form that the frequency table has, and what speaks against it beforehand."""

    char: str
    word_form: str
    prior: float


class _Context(NamedTuple):
    """What stands around a place: the repaired ``line`` before it, both sides as words, all neighbours on the page."""

    line: str
    left: str
    right: str
    after: str
    neighbours: frozenset[str]


def repair(text: str, readings: Mapping[int, str]) -> tuple[list[Place], int]:
    """Repairs of a traditional text without notes, in order, and how many suspicious places were left alone.

    ``readings`` maps the position of a shown character to the toneless syllable that its note had.
    """
    places: list[Place] = []
    neighbours: frozenset[str] = frozenset()
    at = left_alone = 0
    line = ""
    for _ in range(_MOST_PLACES):
        match = _FALSE_MARK.search(text, at)
        if match is None:
            break
        if not neighbours:
            neighbours = frozenset(a + b for a, b in itertools.pairwise(text[:_LONGEST_PAGE]))
        start = match.start()
        line = _last_line(line + text[at:start])
        place = _repair_place(text, start, line, neighbours, readings)
        if place is None:
            left_alone += 1
            at = start + 1
            line += text[start]
        else:
            places.append(place)
            at = place.end
            line += place.fixed
    else:
        left_alone += 1
    return places, left_alone


def apply(text: str, places: list[Place]) -> str:
    """The text with the places replaced."""
    parts: list[str] = []
    at = 0
    for place in places:
        parts += (text[at : place.start], place.fixed)
        at = place.end
    return "".join([*parts, text[at:]])


def _repair_place(
    text: str, start: int, line: str, neighbours: frozenset[str], readings: Mapping[int, str]
) -> Place | None:
    run = _read_run(text, start)
    if run is None:
        return None
    after = re.split(r"[?\ufffd]", text[run.end : run.end + _CONTEXT] or "\n", maxsplit=1)[0]
    after = "".join(after.partition("\n")[:2])
    context = _Context(line, simplified(line[-_CONTEXT:]), simplified(after), after, neighbours)
    ranked = _rank(run, context, readings.get(run.end - 1))
    if not ranked:
        return None
    seen = mirror_words.score(context.left + simplified(text[start : run.end]) + context.right)
    gain = mirror_words.score(context.left + simplified(ranked[0][1]) + context.right) - seen
    if gain < (_LEAST_GAIN if text[start + 1] in _SURE_MARKS else _LEAST_GAIN_ELSEWHERE):
        return None
    weights = [math.exp(value - ranked[0][0]) for value, _ in ranked]
    return Place(start, run.end, ranked[0][1], [fixed for _, fixed in ranked[:5]], round(1 / sum(weights), 3))


def _read_run(text: str, start: int) -> _Run | None:
    """The bytes of a place from the false mark on, or None when they are no GBK text shifted by one byte."""
    first_trail, lead = text[start + 1].translate(_FOLDED_MARKS).encode("gb18030")
    known = ""
    for at in range(start + 2, min(start + 2 + _LONGEST_RUN, len(text))):
        char = text[at]
        if char in LOST:
            return _Run(at + 1, first_trail, known, lead)
        data = b"\x80" if char == "€" else char.encode("gb18030", "replace")
        if len(data) == 1 and data[0] < 0x40:
            if data[0] <= 0x20:
                return None
            # Storage may have folded a full-width form that the shift had made.
            data = bytes((0xA3, data[0] + 0x80))
        whole = _character(lead, data[0])
        if whole is None or len(data) > 2:
            return None
        known += whole
        if len(data) == 1 or data[1] < 0x80:
            # An ASCII byte brings the pairs back in step; it is a second byte or a character of its own.
            return _Run(at + 1, first_trail, known + data[1:].decode("ascii"), None)
        lead = data[1]
    return None


def _rank(run: _Run, context: _Context, reading: str | None) -> list[tuple[float, str]]:
    """Whole readings of a place with their scores, best first; empty when there is none."""
    known = simplified(run.known)
    firsts = _shortlist(_by_trail(run.first_trail), context.left, known or context.right)
    if run.last_lead is None:
        if reading is not None and reading not in syllables(run.known[-1]):
            return []
        tail = known[:_CONTEXT] + ("" if len(known) > _CONTEXT else context.right)
        found = [(_score_first(first, run.known, tail, context), first.char + run.known) for first in firsts]
        return sorted(found, reverse=True)
    lasts = [last for last in _by_lead(run.last_lead) if reading is None or reading in syllables(last.char)]
    lasts = _shortlist(lasts, known or context.left[-1:], context.right)
    if not known:
        # All pairs would be thousands; each side is first thinned out by what it touches.
        firsts = _best(firsts, lambda entry: mirror_words.score(context.left + entry.word_form) + entry.prior)
        lasts = _best(lasts, lambda entry: mirror_words.score(entry.word_form + context.right) + entry.prior)
        both = itertools.product(firsts, lasts)
        found = [(_score_both(first, last, context), first.char + last.char) for first, last in both]
        return sorted(found, reverse=True)
    # With known characters between them, the two unknown ones are chosen each on its own.
    heads = [(_score_first(first, run.known, known[:_CONTEXT], context), first.char) for first in firsts]
    tails = [(_score_last(last, run.known, known[-_CONTEXT:], context), last.char) for last in lasts]
    best = itertools.product(sorted(heads, reverse=True)[:4], sorted(tails, reverse=True)[:8])
    return sorted(((a + b, first + run.known + last) for (a, first), (b, last) in best), reverse=True)


def _shortlist(candidates: list[_Character], before: str, after: str) -> list[_Character]:
    """The frequent candidates, and of the others those that make a word with what stands beside them."""
    rare = (entry for entry in candidates[_SHORTLIST:] if mirror_words.makes_word(before, entry.word_form, after))
    return candidates[:_SHORTLIST] + list(rare)


def _best(candidates: list[_Character], key: Callable[[_Character], float]) -> list[_Character]:
    return sorted(candidates, key=key, reverse=True)[:_SHORTLIST_BESIDE]


def _score_first(first: _Character, known: str, tail: str, context: _Context) -> float:
    return (
        mirror_words.score(context.left + first.word_form + tail)
        + first.prior
        + _brackets(context.line, first.char + known)
        + _neighbours(context.line[-1:] + first.char + known[:1], context)
    )


def _score_last(last: _Character, known: str, head: str, context: _Context) -> float:
    return (
        mirror_words.score(head + last.word_form + context.right)
        + last.prior
        + _brackets(context.line + known, last.char)
        + _neighbours(known[-1] + last.char + context.after[:1], context)
    )


def _score_both(first: _Character, last: _Character, context: _Context) -> float:
    return (
        mirror_words.score(context.left + first.word_form + last.word_form + context.right)
        + first.prior
        + last.prior
        + _brackets(context.line, first.char + last.char)
        + _neighbours(context.line[-1:] + first.char + last.char + context.after[:1], context)
    )


def _neighbours(text: str, context: _Context) -> float:
    """For two hanzi side by side that stand so elsewhere on the page too."""
    return _SEEN_PAIR * sum(
        a + b in context.neighbours for a, b in itertools.pairwise(text) if a > "\u33ff" and b > "\u33ff"
    )


def _brackets(line: str, text: str) -> float:
    """For quotes and brackets that close what is open, against those that close nothing or open twice."""
    value = 0.0
    for at, char in enumerate(text):
        pair = _PAIRS.get(char)
        if pair is None:
            continue
        before = line + text[:at]
        opened = before.rfind(pair[0])
        is_open = opened > before.rfind(pair[1])
        if (char == pair[1]) != is_open:
            value += _UNBALANCED
        elif is_open:
            value += _CLOSED_BRACKET if char == "）" else _CLOSED_QUOTE
            if char == "”" and before[-1] == "。" and len(before) - opened < _SHORT_QUOTE:
                value += _STOP_IN_SHORT_QUOTE
    return value


def _last_line(text: str) -> str:
    return text[text.rfind("\n") + 1 :][-_LINE:]


def simplified(text: str) -> str:
    """Repaired text of the page in simplified characters, 著 settled."""
    return mirror_words.settle_zhe(_convert(text))


@cache
def syllables(char: str) -> frozenset[str]:
    """The toneless readings of a character and of its simplified form; ü is v."""
    # Here, because pypinyin loads for 0.2 s and clean pages never need it.
    from pypinyin import Style, pinyin

    found: set[str] = set()
    for form in {char, _convert(char)}:
        for options in pinyin(form, style=Style.NORMAL, heteronym=True, errors="ignore"):
            found.update(option.replace("ü", "v") for option in options)
    return frozenset(found)


def _character(lead: int, trail: int) -> str | None:
    """The character of two GBK bytes; None for user-defined pairs and for what is none."""
    try:
        char = bytes((lead, trail)).decode("gb18030")
    except UnicodeDecodeError:
        return None
    return char if len(char) == 1 and not "\ue000" <= char <= "\uf8ff" else None


@cache
def _by_trail(trail: int) -> list[_Character]:
    return _candidates([_character(lead, trail) for lead in range(0x81, 0xFF)])


@cache
def _by_lead(lead: int) -> list[_Character]:
    return _candidates([_character(lead, trail) for trail in range(0x40, 0xFF)])


def _candidates(chars: list[str | None]) -> list[_Character]:
    """The frequent first."""
    # Here for the same reason as below.
    from crawler.reading.text import to_traditional

    found = []
    for char in filter(None, chars):
        form = simplified(char)
        is_simplified = form == char and char not in _KEPT and to_traditional(char) != char
        found.append(_Character(char, form, _SIMPLIFIED if is_simplified else 0.0))
    return sorted(found, key=lambda entry: mirror_words.frequency(entry.word_form) + entry.prior, reverse=True)


def _convert(text: str) -> str:
    # Here, so that importing the detection of noise does not load OpenCC.
    from crawler.reading.text import to_simplified

    return to_simplified(text)
