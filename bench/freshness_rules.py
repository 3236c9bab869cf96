"""The rules that others use for visiting again, as policies; those that know no budget can be calibrated to one.

- fixed intervals and fixed moments (cron);
- Apache Nutch's AdaptiveFetchSchedule: the interval shrinks by a fifth when a page changed and grows by a fifth when it
  did not, and moves towards the time of the last change (sync_delta 0.2); from 60 s to 365 days
  (AdaptiveFetchSchedule.java, its shipped settings);
- Miniflux's ``entry_frequency``: a week over the items of the last week times a factor, from 5 minutes to 24 hours
  (model/feed.go).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from bench.freshness_simulator import Outcome, drive
from bench.freshness_world import DAY, World
from scheduler.plan import Visit

WEEK = 7 * DAY


class Every:
    """A fixed interval, pages staggered over it."""

    def __init__(self, interval: float) -> None:
        self.interval = interval

    def start(self, ctx: Any) -> None:
        """Begin."""
        self._pages = len(ctx.pages)

    def first_visit(self, page: int) -> float:
        """Staggered."""
        return self.interval * (page + 0.5) / self._pages

    def next_visit(self, page: int, history: Sequence[Visit]) -> float:
        """Always the same."""
        return self.interval


class AtHalfPastEight:
    """Cron's daily run at 08:30."""

    def start(self, ctx: Any) -> None:
        """Begin."""

    def first_visit(self, page: int) -> float:
        """Half past eight of the first day."""
        return 8.5 * 3600

    def next_visit(self, page: int, history: Sequence[Visit]) -> float:
        """The next day at the same time, whatever delayed this one."""
        t = history[-1].t
        return (t - 8.5 * 3600) // DAY * DAY + DAY + 8.5 * 3600 - t


class Nutch:
    """AdaptiveFetchSchedule; ``calm`` scales INC_FACTOR, ``sync`` is sync_delta_rate (0 = sync_delta off).

    Intervals settle where a fixed part of visits finds a change, so INC_FACTOR is what decides the requests. With
    sync_delta the waits follow the time since the last change instead and no budget can be met; so the calibrated rule
    goes without, and begins with the interval that the budget allows.
    """

    SHORTEST, LONGEST = 60.0, 365 * DAY

    def __init__(self, calm: float = 1.0, sync: float = 0.2, first: float = DAY) -> None:
        self.grow, self.sync, self.first = 0.2 * calm, sync, first

    def start(self, ctx: Any) -> None:
        """Begin."""
        self._interval = dict.fromkeys(ctx.pages, self.first)
        self._changed: dict[int, float] = {}
        self._pages = len(ctx.pages)

    def first_visit(self, page: int) -> float:
        """Staggered over the first interval, a day at most."""
        return min(self.first, DAY) * (page + 0.5) / self._pages

    def next_visit(self, page: int, history: Sequence[Visit]) -> float:
        """Shorter after a change, longer without; without, also moved towards the last change (sync_delta)."""
        visit = history[-1]
        if visit.n_new:
            self._changed[page] = visit.t
        interval = self._interval[page] * (0.8 if visit.n_new else 1 + self.grow)
        delta = visit.t - self._changed.get(page, visit.t) if self.sync else 0.0
        interval = min(max(interval, delta, self.SHORTEST), self.LONGEST)
        self._interval[page] = interval
        return interval - self.sync * delta


class Miniflux:
    """entry_frequency, with its factor."""

    SHORTEST, LONGEST = 300.0, DAY

    def __init__(self, factor: float = 1.0) -> None:
        self.factor = factor

    def start(self, ctx: Any) -> None:
        """Begin."""
        self._pages = len(ctx.pages)

    def first_visit(self, page: int) -> float:
        """Staggered over the first day."""
        return DAY * (page + 0.5) / self._pages

    def next_visit(self, page: int, history: Sequence[Visit]) -> float:
        """A week over the week's items."""
        now = history[-1].t
        items = 0
        for visit in reversed(history):
            if visit.t < now - WEEK:
                break
            items += visit.n_new if visit is not history[0] else sum(s > now - WEEK for s in visit.stamps if s)
        interval = WEEK / (items * self.factor) if items else self.LONGEST
        return min(max(interval, self.SHORTEST), self.LONGEST)


def calibrated(world: World, budget: float, make: Callable[[float], Any], low: float, high: float) -> Outcome:
    """What a rule brings whose knob is set so that it spends the budget; then it runs under the hard cap.

    ``make(knob)`` gives the rule; a larger knob spends more. It is searched on a logarithmic scale over 30 days.
    """
    days = min(world.days, 30)
    for _ in range(5):
        knob = (low * high) ** 0.5
        spent = drive(world, make(knob), budget, capped=False, days=days).requests
        if sum(spent[days // 3 :]) > budget * len(spent[days // 3 :]):
            high = knob
        else:
            low = knob
    return drive(world, make(low), budget)
