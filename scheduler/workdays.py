"""Which days are worked in China: weekends, public holidays and the weekend days worked in exchange for them.

Days count on the clock of Shanghai. The calendar is that of the library ``holidays``, which follows the yearly notices
of the State Council; for a year that is not announced yet it knows the statutory days alone, without exchanged ones.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from archive.clock import shanghai


@lru_cache(maxsize=4096)
def is_workday(day: date) -> bool:
    """Whether offices are open on that day."""
    return bool(_china().is_working_day(day))


def is_working(moment: datetime) -> bool:
    """Whether an aware moment falls on a working day in Shanghai."""
    return is_workday(shanghai(moment).date())


def workdays_between(first: date, last: date) -> int:
    """How many working days lie after ``first``, up to and with ``last``; 0 where ``last`` is not later."""
    return sum(is_workday(first + timedelta(days=n)) for n in range(1, (last - first).days + 1))


@lru_cache(maxsize=64)
def is_announced(year: int) -> bool:
    """Whether the exchanged days of that year are known; before, only its statutory holidays are."""
    china = _china()
    is_workday(date(year, 1, 1))  # the library fills its years when asked
    return any(day.year == year for day in china.weekend_workdays)


@lru_cache(maxsize=1)
def _china() -> Any:
    import holidays  # 0.2 s, so not before it is needed

    return holidays.country_holidays("CN")
