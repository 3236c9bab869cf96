"""Days in feeds, sitemaps and interfaces: RFC 822, ISO 8601, seconds since 1970, and what Chinese programs print."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone

from crawler.reading.dates import PAGE_ZONE, find_date

_MONTHS = {
    name: number
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], start=1
    )
}
_CLOCK = r"(?:[ T,]+(?P<H>\d{1,2}):(?P<M>\d\d)(?::(?P<S>\d\d))?)?"
_DAY_FIRST = re.compile(
    r"(?<!\d)(?P<d>\d{1,2})[ -](?P<m>[A-Za-z]{3})[a-z]*\.?[ ,-]+(?P<y>(?:19|20)\d\d)"
    + _CLOCK
    + r"\s*(?P<zone>[+-]\d\d:?\d\d|[A-Z]{1,4})?"
)
_MONTH_FIRST = re.compile(
    r"(?P<m>[A-Z][a-z]{2})[a-z]*\.?\s+(?P<d>\d{1,2})(?:st|nd|rd|th)?,?(?:\s+(?P<H>\d\d):(?P<M>\d\d)(?::(?P<S>\d\d))?)?"
    r"\s*(?P<zone>[+-]\d\d:?\d\d|[A-Z]{1,4})?,?\s+(?P<y>(?:19|20)\d\d)"
)
_SECONDS = re.compile(r"(?:/Date\()?(\d{9,10})(\d{3})?(?:\.\d+)?(?:[+-]\d{4})?(?:\)/)?\Z")
_FIRST_YEAR = 1980


def stamp_day(value: object) -> date | None:
    """The calendar day in Asia/Shanghai that a machine-made date names; None when it is none.

    A date without zone is Beijing time, and so is the zone CST.
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, dict):  # Java prints a moment as an object with its milliseconds
        value = value.get("time")
    if not isinstance(value, str | int | float):
        return None
    text = str(value).strip()[:80]
    if seconds := _SECONDS.match(text):
        return _of_seconds(int(seconds[1]))
    for pattern in (_DAY_FIRST, _MONTH_FIRST):
        if (match := pattern.search(text)) and (month := _MONTHS.get(match["m"].lower())):
            return _of_match(match, month)
    # Last, for it reads English days too, but the clock and zone of a program only above.
    found = find_date(text)
    return found.day if found else None


def _of_seconds(seconds: int) -> date | None:
    day = datetime.fromtimestamp(seconds, PAGE_ZONE).date()
    return day if day.year >= _FIRST_YEAR else None


def _of_match(match: re.Match[str], month: int) -> date | None:
    zone = match["zone"]
    tz = UTC if zone in ("GMT", "UTC", "Z", "UT") else PAGE_ZONE
    try:
        if zone and zone[0] in "+-":
            sign = -1 if zone[0] == "-" else 1
            tz = timezone(sign * timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:])))
        moment = datetime(
            int(match["y"]), month, int(match["d"]), int(match["H"] or 0), int(match["M"] or 0), tzinfo=tz
        )
        day = moment.astimezone(PAGE_ZONE).date() if match["H"] else moment.date()
    except ValueError:
        return None
    return day if day.year >= _FIRST_YEAR else None
