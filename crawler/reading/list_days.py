"""The day a list prints beside an entry: in one piece, in two boxes, or without its year.

A day without a year is completed only where the year is certain: by the entry's address or by both neighbours.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from crawler.reading.dates import find_date
from crawler.reading.stamps import stamp_day

_LABEL = re.compile(r"(?:时间|日期|发布于?|更新于?|发表于?|發布|時間)\s*[:：]?\s*\Z")
_META = re.compile(r"来源|來源|浏览|阅读|点击|作者|编辑|人气|评论")
_NOT_OF_ENTRY = re.compile(r"今天|现在|截至|截止|欢迎|星期.*农历|当前时间")
_ENGLISH = re.compile(r"\(?(?:[A-Z][a-z]{2,8}\.? \d{1,2},? \d{4}|\d{1,2}[ -][A-Z][a-z]{2,8}\.?[ -]\d{4})\)?")
_BY_THE_WAY = 14  # characters beside a date in a piece that is still a date and no sentence
_ALONE = 4
_BOX = re.compile(
    r"[\[(（]?\s*(?:(?:19|20)\d\d\s*(?:[年./-]?|年\s*\d{1,2}\s*月)|[\d./\s-]{1,10}[年月日]?|\d{1,2}\s*月\s*(?:\d{1,2}\s*日?)?)\s*[\])）]?"
)
_SPLIT = (
    re.compile(r"(?<!\d)(?P<d>\d{1,2})\s*[日/.-]?\s+(?P<y>(?:19|20)\d\d)\s*[-/.年]\s*(?P<m>\d{1,2})(?!\d)"),
    re.compile(
        r"(?<!\d)(?P<y>(?:19|20)\d\d)\s*[-/.年]?\s+(?P<m>\d{1,2})\s*[-/.月]?\s*(?:[-/.月]|\s)\s*(?P<d>\d{1,2})(?!\d)"
    ),
    re.compile(r"(?<!\d)(?P<y>(?:19|20)\d\d)\s*[-/.年]\s*(?P<m>\d{1,2})\s*[-/.月]?\s+(?P<d>\d{1,2})(?!\d)"),
    re.compile(r"(?<!\d)(?P<m>\d{1,2})\s*[-/.月]\s*(?P<d>\d{1,2})\s*日?\s+(?P<y>(?:19|20)\d\d)(?!\d)"),
    re.compile(r"(?<!\d)(?P<d>\d{1,2})\s*日?\s+(?P<m>\d{1,2})\s*月\s+(?P<y>(?:19|20)\d\d)(?!\d)"),
)
_MONTH_DAY = re.compile(
    r"[\[(（【/|·]?\s*(?:(?:发布|更新)?(?:时间|日期)\s*[:：]?)?\s*(\d{1,2})(?:\s?[-/.]\s?|\s*月\s*)(\d{1,2})\s*[日号]?"
    r"\s*(?:\d{1,2}:\d\d)?\s*[\])）】|]?"
)
_DIGIT = re.compile(r"\d|[一二]〇|[一二]○")
_URL_DAY = (
    re.compile(r"(?<!\d)(?P<y>(?:19|20)\d\d)(?P<s>[-/_]?)(?P<m>[01]\d)(?P<t>[-/_]?)(?P<d>[0-3]\d)(?!\d{1,3}(?!\d))"),
    re.compile(r"(?<!\d)(?P<y>(?:19|20)\d\d)/(?P<m>\d{1,2})/(?P<d>\d{1,2})(?!\d)"),
)
_URL_MONTH = re.compile(r"(?<!\d)(?P<y>(?:19|20)\d\d)[-/_]?(?P<m>[01]\d)(?!\d)")
_URL_YEAR = re.compile(r"/(?P<y>(?:19|20)\d\d)/")
_URL_FOLDER = re.compile(r"/(?P<y>(?:19|20)\d\d)[-/]?(?P<m>[01]\d)[-/](?P<d>[0-3]\d)/")
_MONTH = re.compile(r"[\[【]?\s*(?P<y>(?:19|20)\d\d)\s*[年./-]\s*(?P<m>\d{1,2})\s*月?份?\s*[\]】]?")
_DAY_ALONE = re.compile(r"[\[(（]?\s*(\d{1,2})\s*[日号]?\s*[\])）]?")
_NEAR_DAYS = 45  # an address and a printed day further apart are not of one event


@dataclass(frozen=True)
class MonthDay:
    """A day whose year is not printed."""

    month: int
    day: int

    def of(self, year: int) -> date | None:
        """That day of a year; None for 29 February of a common year."""
        try:
            return date(year, self.month, self.day)
        except ValueError:
            return None


def printed_day(pieces: Sequence[tuple[str, bool]]) -> date | MonthDay | None:
    """The day among an entry's pieces of text; the flag says that a piece stands inside a link.

    Inside a link only a piece that is a date and nothing else counts, for headlines speak of days too; elsewhere a few
    words may stand beside it, or the labels of an info line.
    """
    with_digits = [(piece, linked) for piece, linked in pieces if _DIGIT.search(piece)]
    for piece, linked in with_digits:
        if found := _full_day(piece, _ALONE if linked else _BY_THE_WAY):
            return found
    boxes = [piece for piece, _ in with_digits if len(piece) <= 12 and _BOX.fullmatch(piece)]
    if len(boxes) > 1:
        joined = "  ".join(boxes[:4])
        for pattern in _SPLIT:
            if (match := pattern.search(joined)) and (day := _day(match["y"], match["m"], match["d"])):
                return day
    for piece, _ in with_digits:
        if len(piece) <= 24 and (partial := _month_day(piece)):
            return partial
    return None


def heading_day(text: str) -> date | None:
    """The day of a line that prints a date and nothing else, above several entries."""
    return _full_day(text, _ALONE) if len(text) <= 40 and _DIGIT.search(text) else None


def heading_month(text: str) -> tuple[int, int] | None:
    """Year and month of a line that names them and nothing else (2015年06月)."""
    match = _MONTH.fullmatch(text) if len(text) <= 20 else None
    return (int(match["y"]), int(match["m"])) if match else None


def day_of_month(pieces: Sequence[str], year: int, month: int) -> date | None:
    """The day that the first piece of nothing but a day (15日) means in a month."""
    match = next((found for piece in pieces if (found := _DAY_ALONE.fullmatch(piece))), None)
    return _day(str(year), str(month), match[1]) if match else None


def address_day(url: str) -> date | None:
    """The day in the folders of an address, as printed papers keep their issues."""
    match = _URL_FOLDER.search(urlsplit(url).path)
    return _day(match["y"], match["m"], match["d"]) if match else None


def address_year(partial: MonthDay, url: str) -> date | None:
    """The day with the year that its entry's address is certain of."""
    path = urlsplit(url).path
    for pattern in _URL_DAY:
        for match in pattern.finditer(path):
            if day := _day(match["y"], match["m"], match["d"]):
                return _nearest(partial, day)
    month = _URL_MONTH.search(path)
    if month and (middle := _day(month["y"], month["m"], "15")):
        return _nearest(partial, middle)
    year = _URL_YEAR.search(path)
    return partial.of(int(year["y"])) if year else None


def complete(days: Sequence[date | MonthDay | None], urls: Sequence[str]) -> list[date | None]:
    """Days in page order with their years; None where the year is not certain.

    Certain is the address, or that the entries before and after are of one year and the day lies between them.
    """
    found = [address_year(day, url) if isinstance(day, MonthDay) else day for day, url in zip(days, urls, strict=True)]
    if not any(isinstance(day, MonthDay) for day in days):
        return found
    after: list[date | None] = [None] * len(found)
    following: date | None = None
    for place in range(len(found) - 1, -1, -1):
        after[place] = following
        following = found[place] or following
    before: date | None = None
    for place, day in enumerate(days):
        later = after[place]
        if isinstance(day, MonthDay) and found[place] is None and before and later and before.year == later.year:
            whole = day.of(before.year)
            if whole and min(before, later) <= whole <= max(before, later):
                found[place] = whole
        before = found[place] or before
    return found


def _full_day(piece: str, beside: int) -> date | None:
    if len(piece) > 300 or _NOT_OF_ENTRY.search(piece):
        return None
    found = find_date(piece)
    if found is None:
        return stamp_day(piece) if _ENGLISH.fullmatch(piece) else None
    rest = len(piece) - len(found.matched)
    if rest > beside:
        place = piece.find(found.matched)
        labelled = place > 0 and _LABEL.search(piece[:place])
        if beside <= _ALONE or not (labelled or (_META.search(piece) and len(piece) < 120)):
            return None
    return found.day


def _month_day(piece: str) -> MonthDay | None:
    match = _MONTH_DAY.fullmatch(piece)
    if match is None:
        return None
    found = MonthDay(int(match[1]), int(match[2]))
    return found if found.of(2024) else None  # a leap year has every day


def _nearest(partial: MonthDay, known: date) -> date | None:
    near = [day for year in (known.year - 1, known.year, known.year + 1) if (day := partial.of(year))]
    best = min(near, key=lambda day: abs((day - known).days), default=None)
    return best if best and abs((best - known).days) <= _NEAR_DAYS else None


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
