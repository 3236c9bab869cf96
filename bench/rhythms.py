"""Columns as they publish: habits drawn from many kinds, and the articles of some years by them.

Gaps between sittings are drawn in a column's own time (working days, its weekends, holidays and seasons) from laws that
differ from column to column: Poisson, Poisson of a rate that wanders, log-normal, clusters, regular, weekly, quarterly.
None of them is the law that ``scheduler.silence`` supposes, and the calendar around holidays is the column's own.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from random import Random

from scheduler.workdays import is_workday

SHANGHAI = timedelta(hours=8)
LAWS = ("poisson", "wandering", "lognormal", "cluster", "regular", "weekly", "bulletin")
_SHARES = (25, 23, 15, 15, 12, 5, 5)


@dataclass(frozen=True, slots=True)
class Piece:
    """One article: when its link stands on the list, and what time it prints (None: none)."""

    shown_at: datetime
    printed: datetime | None


@dataclass(slots=True)
class Habit:
    """How one column publishes. ``rate`` is sittings per working day, ``burst`` articles per sitting.

    ``weekend``, ``holiday``, ``margin`` and ``make_up``: activity on such days beside a working day's 1; ``quiet`` are
    the days before and after long holidays that are slow. ``season``: factor of each month. ``changes``: from a day on,
    another rate, for good; ``pauses``: days without work, as when an editor is away.
    """

    law: str
    shape: float
    rate: float
    burst: float
    weekend: float
    holiday: float
    margin: float
    make_up: float
    quiet: tuple[int, int]
    season: tuple[float, ...]
    hours: tuple[tuple[float, float], ...]
    is_dated: bool
    by_day: bool
    lag: float
    changes: list[tuple[date, float]] = field(default_factory=list)
    pauses: list[tuple[date, date]] = field(default_factory=list)
    dying: tuple[date, date] | None = None
    """The days on which it began to dwindle and on which it ended."""


def draw(rng: Random, first: date, last: date) -> Habit:
    """A column's habit; what changes in it changes between ``first`` and ``last``."""
    law = rng.choices(LAWS, _SHARES)[0]
    is_portal = rng.random() < 0.25 and law not in ("weekly", "bulletin")
    items = min(40.0, max(0.03, 0.5 * math.exp(rng.gauss(0, 1.5))))
    burst = rng.choice((1.0, 1.3, 2.0, 3.5))
    rate = max(0.02, items / burst)
    if law == "weekly":
        rate = 0.2
    elif law == "bulletin":
        rate = 1 / rng.choice((21, 21, 63, 63, 63))
    weekend = rng.uniform(0.35, 1.0) if is_portal else rng.choice((0.0, 0.02, 0.05, 0.1, 0.2))
    season = [1.0] * 12
    season[6] = season[7] = rng.uniform(0.75, 1)
    season[11] = rng.uniform(1, 1.3)
    if rng.random() < 0.35:
        season[8], season[9] = rng.uniform(1.5, 4), rng.uniform(0.6, 1)
    habit = Habit(
        law=law,
        shape={"lognormal": rng.uniform(0.7, 1.1), "regular": rng.uniform(2, 6), "bulletin": 12.0}.get(law, 0.0),
        rate=rate,
        burst=burst,
        weekend=weekend,
        holiday=weekend * rng.uniform(0.4, 1),
        margin=rng.uniform(0.3, 1),
        make_up=rng.uniform(0.3, 1),
        quiet=(rng.randint(2, 7), rng.randint(2, 9)),
        season=tuple(season),
        hours=((8.0, 22.5),) if is_portal else ((8.6, 11.8), (14.0, 17.8)),
        is_dated=rng.random() < 0.92,
        by_day=rng.random() < 0.5,
        lag=rng.uniform(0.2, 2) if rng.random() < 0.2 else 0.0,
    )
    years = (last - first).days / 365
    for _ in range(_poisson(rng, 0.1 * years)):
        habit.changes.append((_some_day(rng, first, last), math.exp(rng.gauss(0, 0.7))))
    for _ in range(_poisson(rng, 0.02 * years)):
        start = _some_day(rng, first, last)
        habit.pauses.append((start, start + timedelta(days=rng.randint(9, 21))))
    return habit


class Pace:
    """How much a column's habit advances on each day from ``first`` to ``last``, in expected sittings."""

    def __init__(self, habit: Habit, first: date, last: date, rng: Random) -> None:
        self.first = first
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        wander = 0.0
        steps = []
        for day in days:
            if habit.law == "wandering" and day.weekday() == 0:
                wander = 0.8 * wander + rng.gauss(0, 0.36)
            steps.append(habit.rate * _activity(habit, day) * math.exp(wander - 0.18 * (habit.law == "wandering")))
        self.sums = list(accumulate(steps, initial=0.0))

    def between(self, start: datetime, end: datetime) -> float:
        """Expected sittings between two moments."""
        return self._at(end) - self._at(start)

    def day(self, reading: float) -> tuple[date, float]:
        """The day on which so many sittings are expected since the first, and the share of it that has passed."""
        number = min(max(bisect_left(self.sums, reading) - 1, 0), len(self.sums) - 2)
        step = self.sums[number + 1] - self.sums[number]
        return self.first + timedelta(days=number), (reading - self.sums[number]) / step if step else 0.0

    def _at(self, moment: datetime) -> float:
        since = (moment + SHANGHAI).replace(tzinfo=None) - datetime(self.first.year, self.first.month, self.first.day)  # noqa: DTZ001
        number = min(max(since.days, 0), len(self.sums) - 2)
        share = min(1.0, max(0.0, (since.seconds / 3600 - 8) / 10))
        return self.sums[number] + share * (self.sums[number + 1] - self.sums[number])


def articles(habit: Habit, pace: Pace, rng: Random) -> list[Piece]:
    """All articles of the days of ``pace``, by the time their links are shown."""
    if habit.law == "weekly":
        sittings = _weekly(habit, pace, rng)
    else:
        sittings = []
        draw_gap, reading = _gaps(habit, rng), 0.0
        while (reading := reading + draw_gap()) < pace.sums[-1]:
            day, _ = pace.day(reading)
            if not _is_away(habit, day) and rng.random() < _vigour(habit, day):
                sittings.append(_hour(habit, day, rng))
    pieces = []
    for at in sittings:
        shown = at + timedelta(days=rng.expovariate(1 / habit.lag)) if habit.lag and rng.random() < 0.5 else at
        for _ in range(1 + _geometric(rng, habit.burst - 1)):
            shown += timedelta(minutes=rng.uniform(0, 5))
            pieces.append(Piece(shown, _printed(habit, at)))
    return sorted(pieces, key=lambda piece: piece.shown_at)


def tail(habit: Habit, rng: Random, count: int = 4000) -> list[float]:
    """Gaps by the column's true law, in expected sittings, sorted: what only an oracle knows."""
    if habit.law == "weekly":
        gaps = [
            1 + (_geometric(rng, 0.05) if rng.random() < 0.05 else 0) + rng.uniform(-0.2, 0.2) for _ in range(count)
        ]
        return sorted(gaps)
    draw_gap = _gaps(habit, rng)
    return sorted(draw_gap() for _ in range(count))


def _gaps(habit: Habit, rng: Random) -> Callable[[], float]:
    """Gaps of mean 1."""
    shape = habit.shape
    if habit.law == "lognormal":
        return lambda: rng.lognormvariate(-shape * shape / 2, shape)
    if habit.law in ("regular", "bulletin"):
        return lambda: rng.gammavariate(shape, 1 / shape)
    if habit.law == "cluster":
        # Three in four sittings follow another one soon: 0.75 x 0.12 + 0.25 x 3.64 = 1.
        return lambda: rng.expovariate(1 / 0.12) if rng.random() < 0.75 else rng.expovariate(1 / 3.64)
    return lambda: rng.expovariate(1)


def _weekly(habit: Habit, pace: Pace, rng: Random) -> list[datetime]:
    weekday = rng.randrange(5)
    last = pace.first + timedelta(days=len(pace.sums) - 2)
    day, sittings = pace.first, []
    while day <= last:
        if day.weekday() == weekday:
            when = day + timedelta(days=rng.choice((0, 0, 0, 0, 1)))
            open_ = is_workday(when) and not _is_away(habit, when)
            if open_ and rng.random() < 0.95 * _vigour(habit, when):
                sittings.append(_hour(habit, when, rng))
        day += timedelta(days=1)
    return sittings


def _activity(habit: Habit, day: date) -> float:
    factor = habit.season[day.month - 1]
    for since, change in habit.changes:
        if day >= since:
            factor *= change
    if not is_workday(day):
        return factor * (habit.weekend if day.weekday() >= 5 and _days_off(day) < 3 else habit.holiday)
    if day.weekday() >= 5:
        factor *= habit.make_up
    before, after = habit.quiet
    near = (day + timedelta(days=n) for n in range(-after, before + 1))
    return factor * (habit.margin if any(_days_off(other) >= 6 for other in near) else 1)


def _days_off(day: date) -> int:
    days = 0
    for step in (-1, 1):
        other = day if step == 1 else day - timedelta(days=1)
        while not is_workday(other) and days < 12:
            days, other = days + 1, other + timedelta(days=step)
    return days if not is_workday(day) else 0


def _vigour(habit: Habit, day: date) -> float:
    """What is left of its habit on a day: 1, and less and less once it dies."""
    if habit.dying is None or day < habit.dying[0]:
        return 1.0
    if day >= habit.dying[1]:
        return 0.0
    return float(0.06 ** ((day - habit.dying[0]) / (habit.dying[1] - habit.dying[0])))


def _is_away(habit: Habit, day: date) -> bool:
    return any(start <= day < end for start, end in habit.pauses)


def _hour(habit: Habit, day: date, rng: Random) -> datetime:
    start, end = rng.choice(habit.hours)
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) - SHANGHAI
    return midnight + timedelta(hours=rng.uniform(start, end))


def _printed(habit: Habit, at: datetime) -> datetime | None:
    if not habit.is_dated:
        return None
    if not habit.by_day:
        return at
    local = at + SHANGHAI
    return local.replace(hour=0, minute=0, second=0, microsecond=0) - SHANGHAI


def _some_day(rng: Random, first: date, last: date) -> date:
    return first + timedelta(days=rng.randrange((last - first).days))


def _poisson(rng: Random, mean: float) -> int:
    count, reached = 0, rng.expovariate(1)
    while reached < mean:
        count, reached = count + 1, reached + rng.expovariate(1)
    return count


def _geometric(rng: Random, mean: float) -> int:
    """Of that mean, 0 and more."""
    if mean <= 0:
        return 0
    return int(math.log(1 - rng.random()) / math.log(mean / (1 + mean)))
