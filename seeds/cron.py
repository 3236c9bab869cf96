"""Crontab's five fields, read as crontab(5) means them, on the clock of Shanghai.

APScheduler computes the times, but it counts the days of the week from Monday = 0 where crontab counts from
Sunday = 0 (7 is Sunday too), and it wants day of month *and* day of week to fit where crontab, with both given, is
content with one of them.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

_ZONE = ZoneInfo("Asia/Shanghai")
_NAMES = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_PART = re.compile(r"(?:(?P<all>\*)|(?P<first>\d|[a-z]{3})(?:-(?P<last>\d|[a-z]{3}))?)(?:/(?P<step>\d{1,2}))?")
_HORIZON = timedelta(days=366 * 9)
"""The longest wait of any expression that is ever true: from one 29 February to the next over a year like 2100."""


class CronTimes:
    """The moments that a crontab expression names. Raises ValueError, in plain words, for one that names none."""

    def __init__(self, expression: str) -> None:
        fields = expression.lower().split()
        if len(fields) != 5:
            raise ValueError(f"it has {len(fields)} fields, not minute, hour, day, month and weekday")
        minute, hour, day, month, weekday = fields
        weekdays = _weekdays(weekday)
        # Crontab: a field that begins with * restricts nothing, and of two that do, one suffices.
        if not day.startswith("*") and not weekday.startswith("*"):
            chosen = [(day, "*"), ("*", weekdays)]
        else:
            chosen = [(day, weekdays)]
        self._triggers = [_trigger(minute, hour, one, month, other) for one, other in chosen]
        if self.after(datetime(2024, 3, 1, tzinfo=UTC)) is None:
            raise ValueError("no day is ever meant by it")

    def after(self, moment: datetime) -> datetime | None:
        """The first moment later than ``moment``, UTC; None when there is none for nine years."""
        found = []
        for trigger in self._triggers:
            trigger.end_date = moment.astimezone(_ZONE) + _HORIZON  # or it would look until the end of the calendar
            fires = trigger.get_next_fire_time(None, moment.astimezone(_ZONE) + timedelta(microseconds=1))
            if fires is not None:
                found.append(fires.astimezone(UTC))
        return min(found, default=None)

    def shortest_gap(self) -> timedelta:
        """The least time between two of the next moments: by this much a jitter is bounded."""
        moments = [datetime(2024, 1, 1, tzinfo=UTC)]
        while len(moments) < 20 and (after := self.after(moments[-1])) is not None:
            moments.append(after)
        return min(later - earlier for earlier, later in pairwise(moments[1:]))


@lru_cache(maxsize=1024)
def cron_times(expression: str) -> CronTimes:
    """The times of an expression, read once. Raises ValueError."""
    return CronTimes(expression)


def _trigger(minute: str, hour: str, day: str, month: str, weekday: str) -> Any:
    from apscheduler.triggers.cron import CronTrigger  # a tenth of a second, and few sites name one

    try:
        return CronTrigger.from_crontab(f"{minute} {hour} {day} {month} {weekday}", timezone=_ZONE)
    except (ValueError, ZeroDivisionError) as error:
        raise ValueError(str(error).rstrip(".") or "it cannot be read") from None


def _weekdays(field: str) -> str:
    """Crontab's field of weekdays in APScheduler's names: "1-5" becomes "mon,tue,wed,thu,fri"."""
    days: set[int] = set()
    for part in field.split(","):
        found = _PART.fullmatch(part)
        if not found or found["step"] == "0":
            raise ValueError(f"its weekday {part!r} is neither a number (0 or 7 is Sunday) nor a name such as mon")
        step = int(found["step"] or 1)
        if found["all"]:
            first, last = 0, 6
        else:
            first = _weekday(found["first"])
            last = _weekday(found["last"]) if found["last"] else 6 if found["step"] else first
            if last < first and found["last"] == "sun":
                last = 7
        if last < first:
            raise ValueError(f"its weekdays {part!r} end before they begin")
        days |= {day % 7 for day in range(first, last + 1, step)}
    return "*" if len(days) == 7 else ",".join(_NAMES[day] for day in sorted(days))


def _weekday(word: str) -> int:
    if word.isdigit() and int(word) <= 7:
        return int(word)
    if word in _NAMES:
        return _NAMES.index(word)
    raise ValueError(f"its weekday {word!r} is neither a number (0 or 7 is Sunday) nor a name such as mon")
