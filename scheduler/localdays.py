"""Local days on a clock that only counts seconds: where midnight is, and what kind of day each is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from enum import IntEnum

DAY = 86_400.0
SHANGHAI_OFFSET = 8 * 3600.0
UNIX_LIKE = 1e8
"""A start later than this many seconds is taken for Unix time (from 1973 on)."""


class DayKind(IntEnum):
    """Kinds of days by which rhythms differ."""

    WORKDAY = 0
    WEEKEND = 1
    HOLIDAY = 2  # off on a day that is else worked, and the weekend inside three or more days off
    WORKED_WEEKEND = 3  # worked in exchange for a holiday


class LocalDays:
    """Day numbers (0 = the day of ``t0``) and their kinds, from ``is_workday(t)`` alone.

    Midnight is where ``is_workday`` changes its answer; where it never does, a ``t0`` that looks like Unix time is
    read on the clock of Shanghai, any other ``t0`` is a midnight itself. The weekday comes from Unix time or, else,
    from the week that the working days fit best. Without ``is_workday`` Monday to Friday are worked.
    """

    def __init__(self, t0: float, is_workday: Callable[[float], bool] | None = None) -> None:
        self._ask = is_workday
        self._kinds: dict[int, DayKind] = {}
        self._worked: dict[int, bool] = {}
        unix = t0 > UNIX_LIKE
        midnight = self._changing_moment(t0)
        if midnight is None:
            midnight = -SHANGHAI_OFFSET % DAY if unix else t0 % DAY
        self.origin = midnight + (t0 - midnight) // DAY * DAY
        """Midnight at or before ``t0``."""
        # 1970-01-01 was a Thursday; the middle of the day keeps clear of every offset.
        self._weekday = int((self.origin + SHANGHAI_OFFSET + DAY / 2) // DAY + 3) % 7 if unix else 0
        if not unix:
            self._weekday = self._fitting_weekday()

    def number(self, t: float) -> int:
        """The number of the day in which ``t`` lies."""
        return int((t - self.origin) // DAY)

    def start(self, number: int) -> float:
        """Its midnight."""
        return self.origin + number * DAY

    def weekday(self, number: int) -> int:
        """0 = Monday."""
        return (number + self._weekday) % 7

    def worked(self, number: int) -> bool:
        """Whether offices are open on that day."""
        answer = self._worked.get(number)
        if answer is None:
            answer = self.weekday(number) < 5
            if self._ask is not None:
                # A calendar ends somewhere: from there the plain week goes on.
                with suppress(ArithmeticError, LookupError, TypeError, ValueError):
                    answer = bool(self._ask(self.start(number) + DAY / 2))
            self._worked[number] = answer
        return answer

    def kind(self, number: int) -> DayKind:
        """What kind of day it is."""
        kind = self._kinds.get(number)
        if kind is None:
            kind = self._kinds[number] = self._kind(number)
        return kind

    def _kind(self, number: int) -> DayKind:
        weekend = self.weekday(number) >= 5
        if self.worked(number):
            return DayKind.WORKED_WEEKEND if weekend else DayKind.WORKDAY
        if not weekend:
            return DayKind.HOLIDAY
        run = 1
        for way in (-1, 1):
            day = number + way
            while run < 3 and not self.worked(day):
                run, day = run + 1, day + way
        return DayKind.HOLIDAY if run >= 3 else DayKind.WEEKEND

    def _changing_moment(self, t0: float) -> float | None:
        """The time of day, as seconds modulo a day, at which the answer changes; most often, if not always."""
        if self._ask is None:
            return None
        found: Counter[float] = Counter()
        with suppress(ArithmeticError, LookupError, TypeError, ValueError):
            before = bool(self._ask(t0))
            for hour in range(1, 24 * 15):
                low, high = t0 + (hour - 1) * 3600.0, t0 + hour * 3600.0
                after = bool(self._ask(high))
                if after != before:
                    while high - low > 0.5:
                        middle = (low + high) / 2
                        low, high = (middle, high) if bool(self._ask(middle)) == before else (low, middle)
                    found[float(round(high)) % DAY] += 1
                before = after
        return found.most_common(1)[0][0] if found else None

    def _fitting_weekday(self) -> int:
        """The weekday of day 0 under which the fewest of ten weeks' days are exceptions."""

        def exceptions(weekday: int) -> int:
            return sum(self.worked(day) != ((day + weekday) % 7 < 5) for day in range(70))

        return min(range(7), key=exceptions)
