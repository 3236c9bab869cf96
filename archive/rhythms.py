"""When notices go out: at once, hourly, daily, weekly; not in quiet hours; on working days only. Pure.

Hours and days are those of Shanghai, moments aware. What days are worked is the caller's to say.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from archive.clock import SHANGHAI, shanghai

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
RHYTHMS = ("at once", "hourly", "daily HH:MM", "weekly DAY HH:MM")
IsWorkday = Callable[[date], bool]
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_DAY = timedelta(days=1)
_MOST_DAYS = 60
"""Longer than any holiday: a calendar that knows no working day at all must not hang."""


def monday_to_friday(day: date) -> bool:
    """The working days of whoever has no calendar."""
    return day.weekday() < 5


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours of the day in which nothing is sent; over midnight when they end before they begin."""

    start: time
    end: time

    def until(self, moment: datetime) -> datetime | None:
        """When the quiet hours end in which this moment lies; None when it lies in none."""
        local = shanghai(moment)
        today = local.date()
        if self.start < self.end:
            return _at(today, self.end) if self.start <= local.time() < self.end else None
        if local.time() >= self.start:
            return _at(today + _DAY, self.end)
        return _at(today, self.end) if local.time() < self.end else None

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often a watch sends. ``weekday`` counts from Monday, 0."""

    kind: str
    at: time = time(0)
    weekday: int = 0

    def next(self, moment: datetime) -> datetime:
        """The next turn at or after a moment."""
        local = shanghai(moment)
        if self.kind == "at once":
            return moment
        if self.kind == "hourly":
            full = local.replace(minute=0, second=0, microsecond=0)
            return moment if full == local else (full + timedelta(hours=1)).astimezone(UTC)
        day = local.date()
        if self.kind == "weekly":
            day += timedelta(days=(self.weekday - day.weekday()) % 7)
        turn = _at(day, self.at)
        return turn if turn >= moment else _at(day + timedelta(days=7 if self.kind == "weekly" else 1), self.at)

    def __str__(self) -> str:
        if self.kind == "daily":
            return f"daily {self.at:%H:%M}"
        if self.kind == "weekly":
            return f"weekly {WEEKDAYS[self.weekday]} {self.at:%H:%M}"
        return self.kind


@dataclass(frozen=True, slots=True)
class Hours:
    """All that says when a watch may send."""

    rhythm: Rhythm
    quiet: Quiet | None = None
    workdays: bool = False

    def due(self, moment: datetime, is_workday: IsWorkday = monday_to_friday, *, urgent: bool = False) -> datetime:
        """When something that happened at this moment goes out. What is urgent waits for nothing."""
        if urgent:
            return moment
        turn = self.rhythm.next(moment)
        for _ in range(_MOST_DAYS if self.workdays else 0):
            day = shanghai(turn).date()
            if is_workday(day):
                break
            # A digest comes at its own hour of the next working day.
            turn = _at(day + _DAY, self.rhythm.at)
        return self.opens(turn, is_workday) or turn

    def opens(self, moment: datetime, is_workday: IsWorkday = monday_to_friday) -> datetime | None:
        """When something may be sent again; None when it may be sent at this moment."""
        opened = moment
        for _ in range(_MOST_DAYS):
            day = shanghai(opened).date()
            if self.workdays and not is_workday(day):
                opened = _at(day + _DAY, time(0))
            elif self.quiet is not None and (end := self.quiet.until(opened)) is not None:
                opened = end
            else:
                break
        return None if opened == moment else opened


def parse_rhythm(text: str) -> Rhythm:
    """``at once``, ``hourly``, ``daily 08:30``, ``weekly mon 09:00``. Raises ValueError that names the nearest."""
    words = text.strip().lower().replace("-", " ").split()
    match words:
        case ["at", "once"] | ["hourly"]:
            return Rhythm(" ".join(words))
        case ["daily", clock] if (at := _clock(clock)) is not None:
            return Rhythm("daily", at)
        case ["weekly", day, clock] if day[:3] in WEEKDAYS and (at := _clock(clock)) is not None:
            return Rhythm("weekly", at, WEEKDAYS.index(day[:3]))
    first = words[0] if words else ""
    near = difflib.get_close_matches(first, [known.split()[0] for known in RHYTHMS], n=1, cutoff=0.5)
    hint = next((known for known in RHYTHMS if near and known.startswith(near[0])), "")
    if hint:
        raise ValueError(f"{text!r} is no rhythm: did you mean {hint}? (such as daily 08:30, weekly mon 09:00)")
    raise ValueError(f"{text!r} is no rhythm: write {', '.join(RHYTHMS)}")


def parse_quiet(text: str) -> Quiet | None:
    """``22:00-07:30``; None for an empty text. Raises ValueError."""
    if not text.strip():
        return None
    parts = [_clock(part) for part in text.replace("–", "-").split("-")]
    match parts:
        case [time() as start, time() as end] if start != end:
            return Quiet(start, end)
    raise ValueError(f"{text!r} are no quiet hours: write them as 22:00-07:30")


def _clock(text: str) -> time | None:
    found = _CLOCK.fullmatch(text.strip())
    return time(int(found[1]), int(found[2])) if found else None


def _at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, SHANGHAI).astimezone(UTC)
