"""When each list page is looked at next: the visit plan.

``VisitPlan`` is pure: it knows no database and no clock, only the moments it is told, so that a simulator drives it as
the product does.
"""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from scheduler.dayplan import Question, plan_day
from scheduler.localdays import DAY, LocalDays
from scheduler.rhythm import Rhythm, Seen

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
FEW = 3.0
"""Visits per page and day below which the prices of the days ahead are searched, not taken from the fluid limit."""


FLOW_STEP = 1200.0
"""Grid of the plan that stands in until pages are known, in seconds."""
SWEEP_SHARE = 0.8
"""Part of a day's budget for first looks, when these need a day or more: what is found busy is seen again at once."""
SWEEP_REPLAN = 3 * 3600.0
"""How often the day is planned anew while pages are looked at first."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One look at a list page.

    ``t`` is the moment in seconds, ``n_new`` how many items were never seen before, ``stamps`` their times of
    publication in seconds (None where the page gives none; local midnight where it gives the day only; may be
    shorter than ``n_new``), ``overflow`` whether all items shown were new, so that older ones may have been missed.
    """

    t: float
    n_new: int
    stamps: Sequence[float | None] = ()
    overflow: bool = False


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a page is visited when it is.

    ``week`` holds the expected new items of each hour, Monday 0 h first (7 rows of 24); ``visits`` the next planned
    moments in seconds of the plan's clock; ``share`` this page's part of the day's budget (0 to 1).
    """

    week: list[list[float]]
    visits: list[float]
    reason: str
    share: float
    learned_from: str = ""


class VisitPlan:
    """Places the visits of many list pages so that new items are found soon, within a budget of requests per day.

    ``start`` names the pages; ``next_visit`` learns from what a visit showed and answers from the plan of the day,
    which is made once a day in bulk, from the visits already promised.
    """

    def start(self, ctx: Any) -> None:
        """Begin anew with these pages (``ctx``: see the module). What was seen before is told by ``observe``."""
        self._ids: list[Hashable] = list(ctx.pages)
        self._numbers: dict[Hashable, int] = {page: n for n, page in enumerate(self._ids)}
        host_of = ctx.host_of
        names = [host_of(page) if callable(host_of) else host_of[page] for page in self._ids]
        known: dict[Hashable, int] = {}
        self._host = [known.setdefault(name, len(known)) for name in names]
        self._budget = max(0.1, float(ctx.budget_per_day))
        self._gap = max(0.0, float(getattr(ctx, "host_gap", 0.0) or 0.0))
        self._list_size = max(1, int(getattr(ctx, "list_size", 20) or 20))
        self._t0 = self._now = float(ctx.t0)
        self._days = LocalDays(self._t0, getattr(ctx, "is_workday", None))
        self._rhythm = Rhythm(self._host, self._days, self._list_size)
        self._spent: Counter[int] = Counter()
        self._promised: list[float | None] = [None] * len(self._ids)
        self._promised_on: Counter[int] = Counter()
        self._route: list[list[float]] = [[] for _ in self._ids]  # later visits of the day and the one after it
        self._cheapest: list[tuple[int, float]] = []  # visits of the day, the one worth least last
        self._taken: list[list[float]] = [[] for _ in known]  # promised moments of each host, sorted
        self._factor = np.ones(2)
        self._replan_at = math.inf
        self._price = 0.0
        self._believed: dict[int, float] = {}
        self._sweep()

    def _sweep(self) -> None:
        """When each page is looked at first: soon, for the first look tells its rate; within the budget of the day."""
        pages = len(self._ids)
        if not pages:
            return
        # Columns of one host follow each other at a distance.
        order = sorted(range(pages), key=lambda number: (_spread(number, self._host), number))
        if self._budget >= 1.5 * pages:
            left_of_day = self._days.start(self._days.number(self._t0) + 1) - self._t0
            span = min(left_of_day * 0.95, max(3 * 3600.0, self._gap * max(Counter(self._host).values()) * 1.2))
            moments = [self._t0 + span * (place + 0.5) / pages for place in range(pages)]
        else:
            moments = self._sweep_by_the_clock(pages)
            span = moments[-1] - self._t0 + 1
        for number, moment in zip(order, moments, strict=True):
            self._promise(number, moment)
        self._sweep_ends = self._t0 + span
        self._replan_at = self._t0 + min(span, SWEEP_REPLAN)

    def _sweep_by_the_clock(self, pages: int) -> list[float]:
        """First looks that take the budget of a day or more: they fall when the usual site publishes."""
        moments: list[float] = []
        day = self._days.number(self._t0)
        while len(moments) < pages:
            start, end = max(self._t0, self._days.start(day)), self._days.start(day + 1)
            times = np.append(np.arange(start, end, FLOW_STEP), end)
            passed = np.cumsum(np.append(0.0, np.sqrt(self._rhythm.expected(times, [0])[:, 0])))
            # What is left of a first day gets its part of the budget.
            count = min(pages - len(moments), max(1, int(SWEEP_SHARE * self._budget * (end - start) / DAY)))
            moments += [float(t) for t in np.interp((np.arange(count) + 0.5) / count * passed[-1], passed, times)]
            day += 1
        return moments

    def observe(self, page_id: Hashable, history: Sequence[Seen]) -> None:
        """Learn from what was seen of a page, without planning. Raises KeyError for an unknown page.

        ``history`` may be whole or only its end: visits known already are passed over.
        """
        number = self._number(page_id)
        unseen = self._rhythm.last_visit(number) is None
        self._learn_of(number, history)
        if unseen and self._rhythm.last_visit(number) is not None:
            # Known from before the start: it needs no first look, and is planned with at once.
            self._release(number)
            self._replan_at = -math.inf

    def first_visit(self, page_id: Hashable) -> float:
        """Seconds after ``ctx.t0`` of the first look at a page. Raises KeyError for an unknown page."""
        number = self._number(page_id)
        planned = self._promised[number]
        if planned is None:  # it was observed before
            if self._now >= self._replan_at:
                self._replan()
            planned = self._promise(number, self._choose(number))
        return planned - self._t0

    def next_visit(self, page_id: Hashable, history: Sequence[Seen]) -> float:
        """Seconds from the last visit in ``history`` to the next. Raises KeyError for an unknown page."""
        number = self._number(page_id)
        if not len(history):
            return self.first_visit(page_id)
        self._learn_of(number, history)
        last = float(history[-1].t)
        self._now = max(self._now, last)
        self._release(number)
        if self._now >= self._replan_at:
            self._replan()
        return max(self._promise(number, self._choose(number)) - last, 1.0)

    def promise(self, page_id: Hashable, t: float) -> None:
        """A page's next visit is fixed at ``t``: by a stored plan, or a limit that the plan does not know.

        Raises KeyError for an unknown page.
        """
        number = self._number(page_id)
        self._release(number)
        self._promised[number] = t
        self._promised_on[self._days.number(t)] += 1
        insort(self._taken[self._host[number]], t)

    # --- the books ----------------------------------------------------------------------------------------------------

    def _learn_of(self, number: int, history: Sequence[Seen]) -> None:
        last = self._rhythm.last_visit(number)
        first = len(history)
        while first and (last is None or float(history[first - 1].t) > last):
            first -= 1
        for visit in history[first:]:
            extra = 0
            if visit.overflow and self._rhythm.last_visit(number) is not None:
                extra = int(visit.n_new) // self._list_size
            self._spent[self._days.number(float(visit.t))] += 1 + extra
            for _ in range(extra):
                self._drop_cheapest()
            self._rhythm.observe(number, visit)

    def _drop_cheapest(self) -> None:
        """A deeper page was fetched: the visit of the day worth least makes up for it."""
        while self._cheapest:
            number, t = self._cheapest.pop()
            if t > self._now and t in self._route[number]:
                self._route[number].remove(t)
                return

    def _release(self, number: int) -> None:
        kept = self._promised[number]
        if kept is None:
            return
        self._promised[number] = None
        self._promised_on[self._days.number(kept)] -= 1
        taken = self._taken[self._host[number]]
        place = bisect_left(taken, kept)
        if place < len(taken) and taken[place] == kept:
            del taken[place]

    def _promise(self, number: int, t: float) -> float:
        """Fix a page's next visit at ``t``, or as soon after as its host and the day's budget allow."""
        day = self._days.number(t)
        while self._spent[day] + self._promised_on[day] >= self._budget and day < self._days.number(self._now) + 60:
            day += 1
            t += DAY
        taken = self._taken[self._host[number]]
        if self._gap:
            place = bisect_left(taken, t - self._gap)
            while place < len(taken) and taken[place] < t + self._gap:
                t = taken[place] + self._gap * 1.001
                place += 1
        insort(taken, t)
        self._promised[number] = t
        self._promised_on[self._days.number(t)] += 1
        return t

    def _choose(self, number: int) -> float:
        route = self._route[number]
        while route and route[0] <= self._now + 1:
            route.pop(0)
        if route:
            return route.pop(0)
        return self._flow(number)

    def _flow(self, number: int) -> float:
        """A moment without a plan: where the density of visits (root of the intensity) sums up to one."""
        start = self._days.start(self._days.number(self._now))
        times = start + np.arange(0, 21 * DAY + 1, FLOW_STEP)
        root = np.sqrt(self._rhythm.expected(times, [number])[:, 0])
        # What the pages share of a day's budget goes by the root of their levels.
        level = self._rhythm.level
        met = [page for page in range(len(level)) if self._rhythm.last_visit(page) is not None]
        others = float(np.sqrt(level[met]).mean()) * len(level)
        day = ((times[:-1] - start) // DAY).astype(np.int64)
        whole = np.bincount(day, root)[day] / math.sqrt(max(float(level[number]), 1e-9)) * others
        passed = np.concatenate([[0.0], np.cumsum(root * self._budget / np.maximum(whole, 1e-9))])
        here = np.interp(self._now, times, passed)
        return float(np.interp(here + 1.0, passed, times))

    # --- the plan of the day ------------------------------------------------------------------------------------------

    def _replan(self) -> None:
        """Learn, then place all that is left of the day."""
        now = self._now
        today = self._days.number(now)
        midnight = self._days.start(today + 1)
        self._rhythm.learn(now)
        for day in [day for day in self._spent if day < today - 7]:
            del self._spent[day]
        for taken in self._taken:
            del taken[: bisect_left(taken, now - self._gap)]
        pages = len(self._ids)
        promised = np.array([np.nan if kept is None else max(kept, now) for kept in self._promised])
        waiting = np.zeros(pages)
        for number in np.flatnonzero(np.isnan(promised)).tolist():
            waiting[number] = self._rhythm.between(number, self._rhythm.last_visit(number) or now, now)
        visits_per_page = self._budget / pages
        few = visits_per_page < FEW
        step = 600.0 if visits_per_page >= 2 else 1200.0
        days = int(np.clip(16 / visits_per_page, 2, 10))
        ask = Question(
            now,
            midnight,
            self._budget - self._spent[today],
            self._budget,
            promised,
            waiting,
            self._factor,
            self._believed,
            few,
        )
        plan = plan_day(self._rhythm, ask, step, 3600.0 if few else 1800.0, days)
        whole_day = now - self._days.start(today) < 3600
        if whole_day and not few and plan.fluid > 0:
            kind = int(self._days.worked(today))
            self._factor[kind] = math.sqrt(self._factor[kind] * min(max(plan.price / plan.fluid, 0.1), 10.0))
        self._price = plan.price
        if few and now >= self._sweep_ends:
            # Neighbouring days lean on each other when pages are seen once a day or less: their prices are found
            # together, a little better with each plan.
            self._believed = {
                number: price * min(max((count / self._budget) ** 0.7, 0.6), 1.6)
                for number, (price, count) in plan.later.items()
            }
        for number in range(pages):
            nodes = [*np.flatnonzero(plan.chosen[:, number]).tolist(), int(plan.after[number])]
            self._route[number] = [float(plan.times[node]) for node in nodes if node > plan.start[number]]
        nodes_chosen, pages_chosen = np.nonzero(plan.chosen)
        order = np.argsort(-plan.value[nodes_chosen, pages_chosen])
        moments = plan.times[nodes_chosen[order]].tolist()
        self._cheapest = list(zip(pages_chosen[order].tolist(), moments, strict=True))
        self._replan_at = midnight if now >= self._sweep_ends else min(midnight, now + SWEEP_REPLAN)

    def explain(self, page_id: Hashable) -> Explanation:
        """What is planned for a page, and why. Raises KeyError for an unknown page."""
        number = self._number(page_id)
        if self._now >= self._replan_at and self._rhythm.last_visit(number) is not None:
            self._replan()  # told what was seen, and not asked for a visit yet
        week = self._rhythm.week(number)
        promised = self._promised[number]
        visits = sorted({*([] if promised is None else [promised]), *self._route[number]})
        today = self._days.number(self._now)
        # Over a week requests go by the root of what is expected (the limit of very many visits).
        hours_ahead = self._days.start(today) + np.arange(0, 7 * DAY + 1, 3600.0)
        roots = np.sqrt(self._rhythm.expected(hours_ahead)).sum(axis=0)
        items = int(self._rhythm.items_seen[number])
        if self._rhythm.last_visit(number) is None:
            reason = "It was never looked at; the first look tells how much it publishes."
            learned = "nothing yet: it is taken for a usual page"
        else:
            level = self._rhythm.between(number, self._days.start(today), self._days.start(today + 7))
            hours = [(week[day][hour], day, hour) for day in range(7) for hour in range(24)]
            busiest = max(hours)
            weekday, hour = WEEKDAYS[busiest[1]], busiest[2]
            reason = (
                f"About {level:.2g} new items are expected within seven days, most on {weekday} from {hour} to "
                f"{hour + 1} h; it is looked at when what waits, times the time to the next look, is worth a request."
            )
            learned = f"{items} items and the times at which nothing new was there"
            if items < 20:
                learned += "; what these leave open is taken from pages with a like rhythm"
        return Explanation(week, visits, reason, float(roots[number] / max(roots.sum(), 1e-12)), learned)

    def _number(self, page_id: Hashable) -> int:
        try:
            return self._numbers[page_id]
        except KeyError:
            raise KeyError(f"The plan knows no page {page_id!r}: start it with that page first.") from None


def _spread(number: int, host: list[int]) -> int:
    """Of the pages of one host the how-manieth this is."""
    return host[:number].count(host[number])
