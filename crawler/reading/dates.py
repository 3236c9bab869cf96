"""Dates as Chinese pages print them. Nothing is guessed: no year, no date.

Pages print the time of Asia/Shanghai; moments are returned in UTC. Relative words (今天, 3小时前) are read by
``find_relative`` alone, against the time of the fetch.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from crawler.items import Precision

PAGE_ZONE = ZoneInfo("Asia/Shanghai")
FUTURE_DAYS = 2
"""A date further ahead of the fetch than this is a misprint or a trick and is not believed."""
_FIRST_YEAR = 1980

_FULL_WIDTH = {0xFF10 + digit: ord("0") + digit for digit in range(10)}
_FULL_WIDTH |= {
    ord("："): ord(":"),
    ord("／"): ord("/"),
    ord("－"): ord("-"),
    ord("．"): ord("."),
    0x3000: 0x20,
    0xA0: 0x20,
}
_NUMERALS = {char: number for number, char in enumerate("〇一二三四五六七八九")} | {"零": 0, "○": 0, "Ｏ": 0, "O": 0}

_CLOCK = (
    r"(?:\D{0,3}?\s*(?:[(（]?(?:星期|周)[一二三四五六日天][)）]?)?\s*[T|·,，-]{0,3}\s*(?P<half>上午|下午|晚上|凌晨|中午)?\s*"
    r"(?P<H>\d{1,2})\s*[:时点]\s*(?P<M>\d{2})(?!\d)\s*分?(?:(?:\s*:\s*|(?<=分)\s*)(?P<S>\d{2})(?!\d)\s*秒?(?:\.\d{1,9})?)?"
    r"\s*(?P<ampm>[AaPp][Mm]\b)?(?P<zone>Z\b|[+-]\d{2}:?\d{2}(?!\d))?)?"
)
_YEAR_FIRST = re.compile(
    r"(?<!\d)(?P<y>(?:19|20)\d\d)(?:\s?[-/.—–]{1,3}\s?|\s*年\s*)(?P<m>\d{1,2})(?:\s?[-/.—–]{1,3}\s?|\s*月\s*)"
    r"(?P<d>\d{1,2})(?!\d)\s*[日号]?" + _CLOCK
)
_YEAR_LAST = re.compile(
    r"(?<![\d./-])(?P<a>\d{1,2})(?P<sep>[./-])(?P<b>\d{1,2})(?P=sep)(?P<y>(?:19|20)\d\d)(?!\d)" + _CLOCK
)
_IN_NUMERALS = re.compile(
    r"(?P<y>[一二][〇零○ＯO九一二三四五六七八]{3})年(?P<m>[一二三四五六七八九十]{1,2})月(?P<d>[一二三四五六七八九十]{1,3})[日号]"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NAME = (
    r"(?P<n>十[一二]月|[一二三四五六七八九十]月|(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]{0,6}\.?)"
)
_NAMED = re.compile(
    rf"(?<![a-z0-9]){_MONTH_NAME}\s*(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[,，]?\s+(?P<y>(?:19|20)\d\d)(?!\d)" + _CLOCK,
    re.IGNORECASE,
)
_NAMED_DAY_FIRST = re.compile(
    rf"(?<!\d)(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[\s-]{{1,2}}{_MONTH_NAME}[\s,-]{{1,2}}(?P<y>(?:19|20)\d\d)(?!\d)"
    + _CLOCK,
    re.IGNORECASE,
)
# Year, day and clock in a box each: 2022 | 02/13 | 09:57; 02-13 | 2022; 13 | 2022-02.
_SPLIT = (
    re.compile(r"(?<![\d/.-])(?P<y>20\d\d)年?\s+(?P<m>\d{1,2})\s?[-/.月]\s?(?P<d>\d{1,2})(?!\d)日?" + _CLOCK),
    re.compile(
        r"(?<![\d:/.-])(?P<m>\d{1,2})\s?[-/.月]\s?(?P<d>\d{1,2})日?\s+(?P<y>20\d\d)(?![\d:]|\s?[-/.年]\s?\d)年?"
        + _CLOCK
    ),
    re.compile(
        r"(?<![\d:/.-])(?P<d>\d{1,2})日?\s+(?P<y>20\d\d)\s?[-/.年]\s?(?P<m>\d{1,2})月?(?![\d月]|\s?[-/.]\s?\d)" + _CLOCK
    ),
)
_PARTIAL = re.compile(
    r"(?<![\d/.:-])(?:(?P<yy>\d\d)[-/.年])?(?P<m>\d{1,2})(?:[-/.]|\s?月\s?)(?P<d>\d{1,2})(?![\d/.-]*\d[-/.])(?!\d)\s?日?"
    + _CLOCK
)
_AGO = re.compile(r"(?P<n>\d{1,3})\s?(?:个)?(?P<unit>秒钟?|分钟|小时|天)\s?(?:之?前)")
_DAY_WORD = re.compile(r"(?P<word>今天|今日|昨天|昨日|前天)\s*(?P<H>\d{1,2})[:：](?P<M>\d{2})(?!\d)")
_DIGIT = re.compile(r"\d")
_COMPACT = re.compile(
    r"\s*(?P<y>(?:19|20)\d\d)(?P<m>[01]\d)(?P<d>[0-3]\d)(?:[ T]?(?P<H>[0-2]\d):?(?P<M>[0-5]\d):?(?P<S>[0-5]\d)?)?\s*\Z"
)


@dataclass(frozen=True)
class FoundDate:
    """A moment in UTC, how exactly it was printed, and the printed text."""

    moment: datetime
    precision: Precision
    matched: str

    @property
    def day(self) -> date:
        """The calendar day in the page's zone."""
        return self.moment.astimezone(PAGE_ZONE).date()


def find_date(text: str, *, day_first: bool = False, latest: datetime | None = None) -> FoundDate | None:
    """The first full date in the text that can be believed.

    ``latest`` (aware) is the time of the fetch; what lies more than two days after it is passed over, as are 0000-00-00
    and impossible days. ``day_first`` reads 05/07/2016 as 5 July; 15.07.2016 needs no telling.
    """
    if not text:
        return None
    plain = text.translate(_FULL_WIDTH)
    if "年" not in plain and not _DIGIT.search(plain):
        return None
    for match in _YEAR_FIRST.finditer(plain):
        found = _found(match, int(match["m"]), int(match["d"]), latest)
        if found:
            return found
    for match in _YEAR_LAST.finditer(plain):
        a, b = int(match["a"]), int(match["b"])
        swapped = match["sep"] == "." or day_first or a > 12
        found = _found(match, b if swapped else a, a if swapped else b, latest)
        if found:
            return found
    if "年" in plain:
        for match in _IN_NUMERALS.finditer(plain):
            year = int("".join(str(_NUMERALS[char]) for char in match["y"]))
            found = _built(year, _ten(match["m"]), _ten(match["d"]), match[0], latest)
            if found:
                return found
    for pattern in (_NAMED, _NAMED_DAY_FIRST):
        for match in pattern.finditer(plain):
            found = _found(match, _month(match["n"]), int(match["d"]), latest)
            if found:
                return found
    compact = _COMPACT.match(plain)
    return _found(compact, int(compact["m"]), int(compact["d"]), latest) if compact else None


def printed_somewhere(found: FoundDate, lines: Iterable[str]) -> FoundDate | None:
    """A date that the address tells, when one of the page's lines prints the same day; None when none does.

    Newspapers print the day of the issue once, far from the headline.
    """
    for line in lines:
        printed = find_date(line)
        if printed is not None and printed.day == found.day:
            return FoundDate(found.moment, found.precision, printed.matched)
    return None


def find_split_date(text: str, *, latest: datetime | None = None) -> FoundDate | None:
    """A date whose year stands in a box of its own, before or behind month and day."""
    plain = text.translate(_FULL_WIDTH)
    for pattern in _SPLIT:
        for match in pattern.finditer(plain):
            found = _found(match, int(match["m"]), int(match["d"]), latest)
            if found:
                return found
    return None


def find_relative(text: str, now: datetime) -> FoundDate | None:
    """刚刚, 5分钟前, 昨天 14:05 against ``now`` (aware), the time of the fetch; 3小时前, 2天前 give the day only."""
    plain = text.translate(_FULL_WIDTH)
    if "刚刚" in plain:
        return FoundDate(now.astimezone(UTC).replace(second=0, microsecond=0), "minute", "刚刚")
    ago = _AGO.search(plain)
    if ago:
        step = {"秒": "seconds", "分": "minutes", "小": "hours", "天": "days"}[ago["unit"][0]]
        moment = now - timedelta(**{step: int(ago["n"])})
        if step in ("seconds", "minutes"):
            return FoundDate(moment.astimezone(UTC).replace(second=0, microsecond=0), "minute", ago[0])
        local = moment.astimezone(PAGE_ZONE)
        return _built(local.year, local.month, local.day, ago[0], None)
    word = _DAY_WORD.search(plain)
    if word is None:
        return None
    back = {"今": 0, "昨": 1, "前": 2}[word["word"][0]]
    local = (now - timedelta(days=back)).astimezone(PAGE_ZONE)
    return _built(local.year, local.month, local.day, word[0], None, word["H"], word["M"])


def complete_date(text: str, known: date) -> FoundDate | None:
    """A date without a year, or with two digits of it, when it is the day known from elsewhere (address, meta tag)."""
    for match in _PARTIAL.finditer(text.translate(_FULL_WIDTH)):
        if (int(match["m"]), int(match["d"])) == (known.month, known.day) and match["yy"] in (
            None,
            f"{known.year % 100:02d}",
        ):
            groups = match.groupdict()
            return _built(
                known.year, known.month, known.day, match[0].strip(), None, groups["H"], groups["M"], groups["S"]
            )
    return None


def parse_list_day(text: str, today: date | None = None) -> date | None:
    """The day a list page prints beside a link; None without a year and for days after ``today`` + 2."""
    found = find_date(text)
    if found is None or (today is not None and found.day > today + timedelta(days=FUTURE_DAYS)):
        return None
    return found.day


def date_from_groups(groups: dict[str, str | None], matched: str) -> FoundDate | None:
    """A date from the named groups y, m, d and perhaps H, M, S of a pattern over a URL."""
    try:
        return _moment(
            int(groups["y"] or 0),
            int(groups["m"] or 0),
            int(groups["d"] or 0),
            groups.get("H"),
            groups.get("M"),
            groups.get("S"),
            matched,
        )
    except (KeyError, ValueError):
        return None


def _found(match: re.Match[str], month: int, day: int, latest: datetime | None) -> FoundDate | None:
    groups = match.groupdict()
    hour, minute = groups["H"], groups["M"]
    if hour is not None:
        later = groups.get("half") in ("下午", "晚上") or (groups.get("ampm") or "").lower() == "pm"
        if later and int(hour) < 12:
            hour = str(int(hour) + 12)
        elif (groups.get("ampm") or "").lower() == "am" and int(hour) == 12:
            hour = "0"
    matched = match[0].strip()
    return _built(int(groups["y"]), month, day, matched, latest, hour, minute, groups.get("S"), groups.get("zone"))


def _built(
    year: int,
    month: int,
    day: int,
    matched: str,
    latest: datetime | None,
    hour: str | None = None,
    minute: str | None = None,
    second: str | None = None,
    zone: str | None = None,
) -> FoundDate | None:
    try:
        found = _moment(year, month, day, hour, minute, second, matched, zone)
    except ValueError:
        try:  # the day stands when only its clock is impossible
            found = _moment(year, month, day, None, None, None, matched)
        except ValueError:
            return None
    if found.moment.year < _FIRST_YEAR or (latest and found.moment > latest + timedelta(days=FUTURE_DAYS)):
        return None
    return found


def _moment(
    year: int,
    month: int,
    day: int,
    hour: str | None,
    minute: str | None,
    second: str | None,
    matched: str,
    zone: str | None = None,
) -> FoundDate:
    tz: ZoneInfo | timezone = PAGE_ZONE
    if zone == "Z":
        tz = UTC
    elif zone:
        sign = -1 if zone[0] == "-" else 1
        tz = timezone(sign * timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:])))
    local = datetime(year, month, day, int(hour or 0), int(minute or 0), int(second or 0), tzinfo=tz)
    precision: Precision = "day" if hour is None else "minute" if second is None else "second"
    if precision == "second" and not (local.hour or local.minute or local.second):
        precision = "day"  # 00:00:00 is what a CMS prints when it keeps no clock
    return FoundDate(local.astimezone(UTC), precision, matched)


def _month(name: str) -> int:
    """The number of a month by its Chinese or English name."""
    if name.endswith("月"):
        return _ten(name[:-1])
    return _MONTHS.index(name[:3].lower()) + 1


def _ten(numerals: str) -> int:
    """Chinese numerals up to 39."""
    if "十" not in numerals:
        return _NUMERALS[numerals] if len(numerals) == 1 else 99
    tens, _, units = numerals.partition("十")
    if len(tens) > 1 or len(units) > 1 or "十" in units:
        return 99
    return (_NUMERALS[tens] if tens else 1) * 10 + (_NUMERALS[units] if units else 0)
