"""A column's own clock: how much of its habit passes on each day. Pure.

Offices rest on weekends and for two weeks around 春节; portals publish on Sundays. So time is measured in days of the
column's own activity: a working day counts 1, and every other kind of day as much as the column was seen to publish on
such days, drawn towards what is common where it was seen on few.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import accumulate

from scheduler.workdays import is_announced, is_workday

_HOUR, _DAY = 3600, 86400
_SHANGHAI = 8 * _HOUR
"""Shanghai is eight hours before UTC, without summer time since 1991: days are counted without a calendar."""
_EPOCH = date(1970, 1, 1).toordinal()

_WORKDAY, _MARGIN, _MAKE_UP, _WEEKEND, _HOLIDAY, _UNKNOWN = range(6)
_COMMON = (1.0, 0.6, 0.6, 0.12, 0.08, 0.12)
"""What is common: working days; those just before and after long holidays; weekend days worked in exchange; weekends;
public holidays; the fortnight around 春节 and 国庆 of a year whose exchanged days are not announced yet."""
_DRAW = 2.0
"""What is common weighs as much as so many publications."""
_LONG = 5
"""From so many days off on end, offices are quiet some days before and after."""
_BEFORE, _AFTER = 4, 5
_EVENING = 19
"""From this hour on a day without news was one."""


def day_of(at: datetime) -> int:
    """The day in Shanghai on which a moment falls, counted from 1970-01-01."""
    return int((at.timestamp() + _SHANGHAI) // _DAY)


def as_date(day: int) -> date:
    """The calendar day of a counted one."""
    return date.fromordinal(_EPOCH + day)


def publishing_days(published: Sequence[datetime], until: datetime) -> list[int]:
    """The days on which something was published, each once, oldest first; what is dated later than ``until`` is not
    believed. One day's articles are one sitting: uploads come in bundles, and a bundle is one sign of life."""
    end = bisect_left(published, until + timedelta(days=1))
    return sorted({day_of(at) for at in published[:end]})


class Clock:
    """The own clock of a column that published on ``days``, good up to the day ``until``."""

    def __init__(self, days: Sequence[int], until: int) -> None:
        self.first = days[0]
        kinds = [_kind(day) for day in range(self.first, until + 1)]
        span = kinds[: days[-1] - self.first + 1]
        seen = [0] * len(_COMMON)
        for day in days:
            seen[kinds[day - self.first]] += 1
        there = [span.count(kind) for kind in range(len(_COMMON))]
        rate = (seen[_WORKDAY] + 0.5) / (there[_WORKDAY] + 1)
        self.weights = tuple(
            common
            if kind in (_WORKDAY, _UNKNOWN)
            else min(1.0, (seen[kind] + _DRAW * common) / (there[kind] * rate + _DRAW))
            for kind, common in enumerate(_COMMON)
        )
        self._kinds = kinds
        self._passed = list(accumulate((self.weights[kind] for kind in kinds), initial=0.0))

    def at_end_of(self, day: int) -> float:
        """The reading of the clock when the day is over."""
        return self._passed[day - self.first + 1]

    def at(self, moment: datetime) -> float:
        """The reading of the clock now; today counts once its news have come."""
        hour = (moment.timestamp() + _SHANGHAI) % _DAY / _HOUR
        return self.at_end_of(day_of(moment) - (hour < _EVENING))


@lru_cache(maxsize=4096)
def _kind(day: int) -> int:
    today = as_date(day)
    if _is_unknown(today):
        return _UNKNOWN
    if not is_workday(today):
        return _WEEKEND if today.weekday() >= 5 and _days_off(today) < 3 else _HOLIDAY
    near = [today + timedelta(days=n) for n in range(-_AFTER, _BEFORE + 1)]
    if any(not is_workday(other) and _days_off(other) >= _LONG for other in near):
        return _MARGIN
    return _MAKE_UP if today.weekday() >= 5 else _WORKDAY


@lru_cache(maxsize=4096)
def _days_off(day: date) -> int:
    """How many days on end are off, this one among them."""
    first = last = day
    while not is_workday(first - timedelta(days=1)):
        first -= timedelta(days=1)
    while not is_workday(last + timedelta(days=1)):
        last += timedelta(days=1)
    return (last - first).days + 1


def _is_unknown(day: date) -> bool:
    """Whether a day may turn out to be off: near a long holiday of a year that is not announced yet."""
    if is_announced(day.year):
        return False
    near = (day + timedelta(days=n) for n in range(-5, 6))
    return any(other.weekday() < 5 and not is_workday(other) and _days_off(other) >= 3 for other in near)
