"""The facts of a text: what tells apart two texts of one template, and what of a text is only its frame.

A notice of this year and last year's, one county's plan and the next one's, two recalls on one form share nine tenths
of their words. What differs is what was filled in: numbers, dates, places, companies, persons. An edited reprint
differs too, but otherwise: in a sentence here and there, and its facts stay. So facts are compared place by place, by
the words around them, and what contradicts is added up. One corrected number is no other notice.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal, TypeAlias

from archive.places import PLACE
from archive.replaced import NAME, name_points

MAX_CHARS = 20_000
"""How much of a body is looked at: two texts of one template differ early."""
LIKE_TITLE = 0.5
"""From this ratio of common characters on, two headlines are versions of one."""

_NUMBER = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+(?:\.[0-9]+)?|[〇零一二三四五六七八九十百千两]+")
_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_QUOTES = re.compile("[“”‘’\"'「」『』]")
_STOPS = re.compile("[。!?;]")

Kind: TypeAlias = Literal["year", "number", "ordinal", "date", "quantity"]

# What one contradiction is worth. A document's number is its name; a quantity is what editors correct.
_POINTS: dict[Kind, float] = {"year": 1.5, "number": 3.0, "ordinal": 1.5, "date": 1.5, "quantity": 0.7}
_TITLE_FACT = 3.0
_TITLE_QUANTITY = 1.5
_TITLE_WORD = 1.5
_TITLE_PLACE_ONLY = 1.0
_TITLE_CONFIRMED = 3.0
_WORD = 0.35
_MOST_WORDS = 3.5
_MOST_NUMBERS = 6.0
_MANY, _MANY_OF = 8, 0.25
"""An editor does not put other words into so many sentences, and into every fourth."""

ENOUGH = 4.0
ENOUGH_IN_DOUBT = 2.0
ENOUGH_UNDER_ONE_TITLE = 5.0
"""Two texts under the same headline are one until more speaks against it."""
ENOUGH_WITH_NAMES = 3.5
"""But two names are no slip of the pen."""


@dataclass(frozen=True, slots=True)
class _Masked:
    """A text with ``#`` for every number; ``places`` in it and ``values`` of the numbers."""

    skeleton: str
    places: list[int]
    values: list[str]


@dataclass(frozen=True, slots=True)
class _Conflict:
    """Two numbers in the same words; ``sentence`` of the first text."""

    kind: Kind
    first: str
    second: str
    sentence: int


def other_text(first: tuple[str, str], second: tuple[str, str], *, is_swapped: bool, in_doubt: bool) -> bool:
    """Whether two alike texts, each a title and a body, tell of two things: one template filled in twice.

    Folded texts. ``in_doubt``, when they are little alike, one serious contradiction is enough; ``is_swapped``, when a
    sentence of one has taken the place of another's, one in the headlines.
    """
    titles = _mask(first[0]), _mask(second[0])
    bodies = _mask(first[1][:MAX_CHARS]), _mask(second[1][:MAX_CHARS])
    title_points = _title(titles, bodies)
    conflicts, agreed = _conflicts(*bodies, width=4)
    names, refilled = name_points(bodies[0].skeleton, bodies[1].skeleton)
    points = _number_points(conflicts) + names
    if title_points >= _TITLE_FACT and is_swapped:
        return True
    if title_points >= _TITLE_FACT and not points and agreed < 2 and max(map(len, (first[1], second[1]))) < _FORM_CHARS:
        return True  # a form without any fact in its body: the headline is the only one there is
    if _is_refilled(conflicts, agreed) or refilled >= max(_MANY, _MANY_OF * len(_STOPS.findall(bodies[0].skeleton))):
        return True
    if titles[0].skeleton != titles[1].skeleton or titles[0].values != titles[1].values:
        points += title_points + min(_WORD * refilled, _MOST_WORDS)
        return points >= (ENOUGH_IN_DOUBT if in_doubt else ENOUGH)
    # Editors do put several figures right. They leave the names, and most of the other figures.
    kinds = Counter(conflict.kind for conflict in conflicts)
    is_named = names or kinds["number"] or kinds["ordinal"] or kinds["year"] > 1
    least = ENOUGH_IN_DOUBT if in_doubt else ENOUGH_WITH_NAMES if names >= 2 * NAME else ENOUGH_UNDER_ONE_TITLE
    return points >= least and (bool(is_named) or len(conflicts) >= agreed)


_FORM_CHARS = 400


def _mask(text: str) -> _Masked:
    text = _QUOTES.sub("", text)
    pieces: list[str] = []
    places: list[int] = []
    values: list[str] = []
    end = length = 0
    for found in _NUMBER.finditer(text):
        start = found.start()
        pieces.append(text[end:start])
        length += start - end
        places.append(length)
        values.append(_value(found[0]))
        pieces.append("#")
        length += 1
        end = found.end()
    pieces.append(text[end:])
    return _Masked("".join(pieces), places, values)


def _value(number: str) -> str:
    """One way to write a number: 二〇二四 is 2024, 十二 is 12, 1,200 is 1200, 05 is 5."""
    if number[0].isascii():
        plain = number.replace(",", "")
        return plain.lstrip("0") or "0"
    if not any(char in _UNITS for char in number):
        return "".join(str(_DIGITS[char]) for char in number).lstrip("0") or "0"
    total, digit = 0, 0
    for char in number:
        if char in _UNITS:
            total += (digit or 1) * _UNITS[char]
            digit = 0
        else:
            digit = _DIGITS[char]
    return str(total + digit)


def _conflicts(first: _Masked, second: _Masked, width: int) -> tuple[list[_Conflict], int]:
    """Numbers of both texts that stand in the same words: those that differ, and how many agree."""
    others: dict[tuple[str, str], list[str]] = {}
    for place, value in zip(second.places, second.values, strict=True):
        others.setdefault(_words(second.skeleton, place, width), []).append(value)
    own: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for place, value in zip(first.places, first.values, strict=True):
        words = _words(first.skeleton, place, width)
        if words in others:
            own.setdefault(words, []).append((value, place))
    stops = [found.start() for found in _STOPS.finditer(first.skeleton)]
    conflicts: list[_Conflict] = []
    agreed = 0
    for words, mine in own.items():
        theirs = Counter(others[words])
        left: list[tuple[str, int]] = []
        for value, place in mine:
            if theirs[value] > 0:
                theirs[value] -= 1
                agreed += words[1] not in _ENUMERATED
            else:
                left.append((value, place))
        for (value, place), other in zip(left, theirs.elements(), strict=False):
            conflicts.append(_Conflict(_kind(words, value, other), value, other, bisect(stops, place)))
    return conflicts, agreed


_ENUMERATED = tuple("、)是章条节")
"""What follows the numbers of paragraphs: those agree on every form."""


def _words(skeleton: str, place: int, width: int) -> tuple[str, str]:
    return skeleton[max(0, place - width) : place], skeleton[place + 1 : place + 2]


def _kind(words: tuple[str, str], first: str, second: str) -> Kind:
    before, after = words
    is_year = len(first) == len(second) == 4 and first[:2] in ("19", "20") and second[:2] in ("19", "20")
    if is_year and (after in "年-/.度)]〕" or before[-1:] in "(〔["):
        return "year"
    if after == "号" and before[-1:] in "〕])第":
        return "number"  # of a document; 3号楼 is none
    if before.endswith("第"):
        return "ordinal"
    if after in ("月", "日") or (before.endswith(("#-", "#/")) and len(first) <= 2 and len(second) <= 2):
        return "date"
    return "quantity"


def _number_points(conflicts: list[_Conflict]) -> float:
    """A sentence counts once for each kind, and a contradiction once however often it is said: edits are few."""
    seen: set[tuple[str, str]] = set()
    counted: set[tuple[Kind, int]] = set()
    for conflict in sorted(conflicts, key=lambda one: -_POINTS[one.kind]):
        pair = (conflict.first, conflict.second)
        if pair not in seen:
            seen.add(pair)
            counted.add((conflict.kind, conflict.sentence))
    return min(sum(_POINTS[kind] for kind, _ in counted), _MOST_NUMBERS)


def _is_refilled(conflicts: list[_Conflict], agreed: int) -> bool:
    """Whether most numbers that can be compared contradict, dates or ordinals among them: yesterday's notice."""
    count = len(conflicts)
    least = 4 if any(conflict.kind != "quantity" for conflict in conflicts) else 10
    return count >= least and count >= 0.6 * (count + agreed)


def _title(titles: tuple[_Masked, _Masked], bodies: tuple[_Masked, _Masked]) -> float:
    """What the headlines say against one text."""
    first, second = titles
    points = 0.0
    if first.skeleton == second.skeleton:
        pairs = zip(first.places, first.values, second.values, strict=True)
        kinds = {_kind(_words(first.skeleton, place, 4), a, b) for place, a, b in pairs if a != b}
    else:
        kinds = {conflict.kind for conflict in _conflicts(first, second, width=2)[0]}
    if kinds - {"quantity"}:
        points = _TITLE_FACT
    elif kinds:
        points = _TITLE_QUANTITY
    places = [set(PLACE.findall(title.skeleton)) for title in titles]
    is_elsewhere = all(places) and not places[0] & places[1]
    matcher = SequenceMatcher(None, first.skeleton, second.skeleton, autojunk=False)
    one, two = bodies[0].skeleton, bodies[1].skeleton
    if _is_about(first.skeleton, one, two) and _is_about(second.skeleton, two, one):
        points += _TITLE_CONFIRMED
    if matcher.ratio() < LIKE_TITLE:
        return max(points, _TITLE_PLACE_ONLY if is_elsewhere else 0.0)
    if is_elsewhere:
        points = max(points, _TITLE_FACT)
    for (start, end), (low, high) in _parted(matcher):
        points = max(points, _TITLE_WORD)
        # With a character before or after, too: 江苏 and 江西, 青州 and 扬州 differ in one only.
        for before, after in ((1, 0), (0, 1), (0, 0)):
            word = first.skeleton[max(0, start - before) : end + after]
            other = second.skeleton[max(0, low - before) : high + after]
            if min(len(word), len(other)) > 1 and _is_swapped(word, other, bodies):
                return points + _TITLE_CONFIRMED
    return points


def _is_about(title: str, body: str, other: str) -> bool:
    """Whether words of the headline stand in its own body and not in the other: what only this text is about."""
    pieces = (title[place : place + _TITLE_PIECE] for place in range(len(title) - _TITLE_PIECE + 1))
    return any(piece in body and piece not in other for piece in pieces if piece.isalnum())


_TITLE_PIECE = 4


def _parted(matcher: SequenceMatcher[str]) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Where two headlines have other words: from the first difference to the last, and each by itself."""
    changes = [(range_[1:3], range_[3:5]) for range_ in matcher.get_opcodes() if range_[0] != "equal"]
    if len(changes) > 1:
        changes.append(((changes[0][0][0], changes[-1][0][1]), (changes[0][1][0], changes[-1][1][1])))
    for ours, theirs in changes:
        if ours[0] < ours[1] and theirs[0] < theirs[1]:
            yield ours, theirs


def _is_swapped(word: str, other: str, bodies: tuple[_Masked, _Masked]) -> bool:
    """Whether each word of the headline stands in its own body alone."""
    one, two = bodies[0].skeleton, bodies[1].skeleton
    return word in one and word not in two and other in two and other not in one
