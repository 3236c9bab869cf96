"""What the addresses of articles have in common, as the pattern ``article_url`` of a site file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from urllib.parse import urlsplit

_TOKEN = re.compile(
    r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{32}|\d+|[A-Za-z]+|[^A-Za-z\d]", re.IGNORECASE
)
_GUID, _HEX = r"[0-9A-Fa-f-]{36}", r"[0-9A-Fa-f]{32}"
_DAY = re.compile(
    r"(?<!\d)(?P<y>20\d\d|19\d\d)(?P<s>[-_/]?)(?P<m>0[1-9]|1[0-2]|(?<=[-_/])[1-9])(?P<t>[-_/]?)(?P<d>0[1-9]|[12]\d|3[01]|(?<=[-_/])[1-9])(?!\d)"
)
_ENDING = re.compile(r"\.[A-Za-z]{2,5}\Z")
_MOST_SHAPES = 4
_LEAST_LINKS = 3


def article_pattern(urls: Sequence[str], days: Mapping[str, date], list_url: str = "") -> str | None:
    """A regular expression over the path (or path and query) that all these addresses match, and list pages hardly.

    Numbers may grow, the column's own folder may be any. The groups ``y``, ``m``, ``d`` are in it where the addresses
    hold the day of ``days`` (address to printed day). None when the addresses have nothing in common.
    """
    if len(urls) < _LEAST_LINKS:
        return None
    folders = {part for part in urlsplit(list_url).path.split("/")[:-1] if part and not part.isdecimal()}
    dated = _holds_days(urls, days)
    shapes: dict[tuple[str, ...], list[list[str]]] = {}
    for url in urls:
        tokens, kinds = _tokens(url, folders, dated)
        shapes.setdefault(kinds, []).append(tokens)
    if len(shapes) > _MOST_SHAPES:
        return _loose(urls)
    patterns = list(dict.fromkeys(_pattern(kinds, rows) for kinds, rows in shapes.items()))
    if len(patterns) > 1:  # a group's name may stand in a pattern once
        patterns = [re.sub(r"\?P<\w>", "?:", pattern) for pattern in patterns]
    found = "|".join(patterns)
    return found if re.search(r"\\d|\[0-9A", found) else None


def _loose(urls: Sequence[str]) -> str | None:
    """The ending alone, for addresses of too many shapes, when it is nearly always the same and holds a digit."""
    endings = Counter(found[0] if (found := _ENDING.search(urlsplit(url).path)) else "" for url in urls)
    ending, number = endings.most_common(1)[0]
    if not ending or number < len(urls):
        return None
    if all(re.search(r"\d", urlsplit(url).path.rpartition("/")[2]) for url in urls):
        return rf"\d[^/]*{re.escape(ending)}$"
    return None


def _path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _holds_days(urls: Sequence[str], days: Mapping[str, date]) -> bool:
    """Whether the addresses hold the printed days."""
    printed = [(url, days[url]) for url in urls if url in days]
    return len(printed) >= _LEAST_LINKS and all(day_in(url) == day for url, day in printed)


def day_in(url: str) -> date | None:
    """The day that an address spells out."""
    found = _DAY.search(_path(url))
    if found is None:
        return None
    try:
        return date(int(found["y"]), int(found["m"]), int(found["d"]))
    except ValueError:
        return None


def _tokens(url: str, folders: set[str], dated: bool) -> tuple[list[str], tuple[str, ...]]:
    """The pieces of an address and the kind of each: a literal, or d (digits), g, h (ids), w (a folder), date."""
    path = _path(url)
    day = _DAY.search(path) if dated else None
    tokens: list[str] = []
    kinds: list[str] = []
    parts = [(path[: day.start()], False), (day[0], True), (path[day.end() :], False)] if day else [(path, False)]
    for text, is_day in parts:
        if is_day and day is not None:
            tokens.append(text)
            kinds.append(f"date|{day['s']}|{day['t']}")
            continue
        for token in _TOKEN.findall(text):
            tokens.append(token)
            kinds.append(_kind(token, folders))
    return tokens, tuple(kinds)


def _kind(token: str, folders: set[str]) -> str:
    if len(token) == 36:
        return "g"
    if len(token) == 32 and re.search(r"\d", token):
        return "h"
    if token.isdecimal():
        return "d"
    return "w" if token in folders else f"={token}"


def _pattern(kinds: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    pieces: list[str] = []
    for place, kind in enumerate(kinds):
        column = [row[place] for row in rows]
        if kind.startswith("="):
            pieces.append(re.escape(kind[1:]))
        elif kind.startswith("date"):
            _, first, second = kind.split("|")
            pieces.append(_date_pattern(first, second, column))
        elif kind == "d":
            pieces.append(_digits(column))
        else:
            pieces.append({"g": _GUID, "h": _HEX, "w": r"[\w-]+"}[kind])
    return f"^{''.join(pieces)}$"


def _date_pattern(first: str, second: str, column: Sequence[str]) -> str:
    padded = all(re.search(r"\d\d\Z", text) and len(re.sub(r"\D", "", text)) == 8 for text in column)
    digits = r"\d\d" if padded else r"\d{1,2}"
    return rf"(?P<y>\d{{4}}){re.escape(first)}(?P<m>{digits}){re.escape(second)}(?P<d>{digits})"


def _digits(column: Sequence[str]) -> str:
    """A run of digits: as long as always when it is a part of a date, else of any length, for numbers grow."""
    lengths = {len(text) for text in column}
    if len(lengths) == 1 and max(lengths) in (4, 6, 8) and all(text[:2] in ("19", "20") for text in column):
        return rf"\d{{{max(lengths)}}}"
    return r"\d+"
