"""The rhythm of list pages: how many new items each is expected to publish between two moments.

Learned from what visits showed: items with their minute, items with their day only (spread over the time in which
they can have appeared, by the shape believed so far), counts between visits where no stamp is given. A page's
intensity is a level (which may change), times a factor of the kind of day, times a shape of the day.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from scheduler.habits import BINS, Habits, Spans
from scheduler.levels import PRIOR_MEAN, SHAPE, levels
from scheduler.localdays import DAY, DayKind, LocalDays

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

BIN = DAY / BINS
MEMORY_DAYS = 200
"""Older items are forgotten as evidence of a page's level."""
SPREAD_DAYS = 14
"""An item known only to have appeared within more days than this says nothing about days."""
LARGE = 1.25
"""Large sittings weigh more in the variance than in the mean: so much larger is ``clumping`` than a usual sitting."""
FIRST_FACTORS = (1.0, 0.3, 0.2, 0.8)
"""Of each kind of day (``DayKind``), before anything was seen."""


class Seen(Protocol):
    """What a visit must have, whoever made it; see ``scheduler.plan.Visit``."""

    @property
    def t(self) -> float: ...
    @property
    def n_new(self) -> int: ...
    @property
    def stamps(self) -> Sequence[float | None] | None: ...
    @property
    def overflow(self) -> bool: ...


class Rhythm:
    """Rates of ``hosts``-many pages (numbered from 0; ``hosts[i]`` is the host of page i), learned visit by visit.

    ``observe`` notes what a visit showed and is quick; ``learn`` draws the conclusions, once a day or so.
    """

    def __init__(self, hosts: Sequence[int], days: LocalDays, list_size: int = 20) -> None:
        pages = len(hosts)
        self.days = days
        self.list_size = list_size
        self.habits = Habits(np.array(hosts, np.int64))
        self.level: Floats = np.full(pages, PRIOR_MEAN)  # items per working day
        self.factors: Floats = np.tile(np.array(FIRST_FACTORS), (pages, 1))  # pages x kinds of day
        self.items_seen = np.zeros(pages, np.int64)
        self.clumping = 1.0
        self._last: list[float | None] = [None] * pages
        self._since: list[float] = [np.inf] * pages  # from when on the page is known
        self._exact: list[tuple[int, int, int]] = []  # page, day, bin
        self._spans: list[tuple[int, int, float, float, int]] = []  # page, day, from and to in bins, item
        self._items = 0

    # --- what is seen -------------------------------------------------------------------------------------------------

    def last_visit(self, page: int) -> float | None:
        """When the page was last seen, as far as told."""
        return self._last[page]

    def observe(self, page: int, visit: Seen) -> None:
        """Note a visit later than all noted ones of the page."""
        before, t = self._last[page], float(visit.t)
        self._last[page] = t
        if before is None:
            self._meet(page, visit)
            return
        if visit.n_new <= 0:
            return
        stamps = list(visit.stamps or ())[: visit.n_new]
        for stamp in stamps + [None] * (int(visit.n_new) - len(stamps)):
            self._note(page, stamp, before, t)

    def _meet(self, page: int, visit: Seen) -> None:
        """The first visit shows old items: they came in the time since the oldest, which itself counts no more."""
        t = float(visit.t)
        old = sorted(float(s) for s in visit.stamps or () if s is not None and t - MEMORY_DAYS * DAY < s <= t)
        self._since[page] = old[0] if old else t
        for stamp in old[1:]:
            self._note(page, stamp, self._since[page], t)
        # Good enough until the next ``learn``: by the usual factors of the days.
        self.level[page] = 1.0
        over = self.between(page, self._since[page], t)
        self.level[page] = (SHAPE + max(len(old) - 1, 0)) / (SHAPE / PRIOR_MEAN + over)

    def _note(self, page: int, stamp: float | None, after: float, until: float) -> None:
        self.items_seen[page] += 1
        if stamp is not None and not math.isfinite(stamp):
            stamp = None
        if stamp is not None and (stamp - self.days.origin) % DAY == 0:  # a day only
            low, high = max(after, stamp), min(until, stamp + DAY)
        elif stamp is not None and after - 60 <= stamp <= until:
            day = self.days.number(stamp)
            self._exact.append((page, day, int((stamp - self.days.start(day)) // BIN)))
            return
        else:  # unknown, or from before the last visit: it was put on the list later than it says
            low, high = after, until
        if high <= low:
            low, high = after, until
        if high - low > SPREAD_DAYS * DAY:
            low = high - SPREAD_DAYS * DAY
        first, last = self.days.number(low), self.days.number(max(low, high - 1e-3))
        for day in range(first, last + 1):
            start = self.days.start(day)
            part = (max(low - start, 0.0) / BIN, min(high - start, DAY) / BIN)
            self._spans.append((page, day, *part, self._items))
        self._items += 1

    # --- what is concluded --------------------------------------------------------------------------------------------

    def learn(self, now: float) -> None:
        """Draw the conclusions from all that was noted until ``now``."""
        pages = len(self.level)
        today = self.days.number(now)
        oldest = min((self.days.number(since) for since in self._since if since < np.inf), default=today)
        first = max(oldest, today - MEMORY_DAYS)
        kinds = np.array([self.days.kind(day) for day in range(first, today + 1)], np.int64)
        off = ((kinds == DayKind.WEEKEND) | (kinds == DayKind.HOLIDAY)).astype(np.int64)
        per_day = np.zeros((pages, len(kinds)))
        per_bin = np.zeros((pages, 2, BINS))
        if self._exact:
            page, day, bin_ = np.array(self._exact, np.int64).T
            if day.min() < first:
                self._exact = [item for item in self._exact if item[1] >= first]
            keep = (day >= first) & (day <= today)
            page, day, bin_ = page[keep], day[keep] - first, bin_[keep]
            np.add.at(per_day, (page, day), 1)
            np.add.at(per_bin, (page, off[day], bin_), self.clumping * _shares(page, day, bin_, LARGE / self.clumping))
        spans = self._spread(per_day, first, kinds, off)
        self.habits.learn(per_bin, spans, self.clumping)
        exposure = self._exposure(first, kinds, off)
        self._learn_factors(per_day, exposure, kinds)
        expected = exposure * self.factors[:, kinds]
        self.level = levels(per_day, expected, self.clumping)
        self.clumping = _clumping(per_day, expected * self.level[:, None])

    def _spread(self, per_day: Floats, first: int, kinds: Whole, off: Whole) -> Spans:
        """Count on their days the items known by a span of time, by the rates believed so far; and the spans."""
        self._spans = [span for span in self._spans if span[1] >= first]
        columns = np.array(self._spans or np.zeros((0, 5))).T
        page, item = columns[0].astype(np.int64), columns[4].astype(np.int64)
        day = columns[1].astype(np.int64) - first
        edges = np.arange(BINS)
        cover = np.clip(np.minimum(columns[3][:, None], edges + 1) - np.maximum(columns[2][:, None], edges), 0, 1)
        weight = np.einsum("nb,nb->n", cover, self.habits.shapes[page, off[day]]) * self.factors[page, kinds[day]]
        weight += 1e-12
        item = np.unique(item, return_inverse=True)[1]
        share = weight / np.bincount(item, weight)[item] if len(item) else weight
        np.add.at(per_day, (page, day), share)
        return Spans(page, off[day], cover, share)

    def _exposure(self, first: int, kinds: Whole, off: Whole) -> Floats:
        """How much of each day each page was known for: pages x days, weighted by the shape of the day."""
        exposure = np.zeros((len(self.level), len(kinds)))
        sums = np.concatenate(
            [np.zeros((*self.habits.shapes.shape[:2], 1)), np.cumsum(self.habits.shapes, axis=2)], axis=2
        )
        for page, (since, last) in enumerate(zip(self._since, self._last, strict=True)):
            if last is None:
                continue
            begin, end = max(self.days.number(since), first), self.days.number(last)
            exposure[page, begin - first : end - first + 1] = 1
            if begin == self.days.number(since):
                exposure[page, begin - first] -= self._passed(sums[page, off[begin - first]], since, begin)
            exposure[page, end - first] -= 1 - self._passed(sums[page, off[end - first]], last, end)
        return np.maximum(exposure, 0)

    def _passed(self, sums: Floats, t: float, day: int) -> float:
        return float(np.interp((t - self.days.start(day)) / BIN, np.arange(BINS + 1), sums))

    def _learn_factors(self, per_day: Floats, exposure: Floats, kinds: Whole) -> None:
        """Of each kind of day against a working day: of all pages, of each class of clock, each host, each page."""
        pages = len(self.level)
        items = np.zeros((pages, 4))
        over = np.zeros((pages, 4))
        scale = self.level[:, None]
        for kind in range(4):
            of_kind = kinds == kind
            items[:, kind] = per_day[:, of_kind].sum(axis=1) / self.clumping
            over[:, kind] = (exposure[:, of_kind] * scale).sum(axis=1) / self.clumping
        towards = np.array(FIRST_FACTORS)
        whole = (items.sum(axis=0) + 10 * towards) / (over.sum(axis=0) + 10)
        whole[DayKind.HOLIDAY] = _mixed(items, over, 0.8 * whole[DayKind.WEEKEND], DayKind.HOLIDAY)
        whole /= whole[0]
        host = self.habits.host
        hosts = int(host.max()) + 1
        host_items = np.zeros((hosts, 4))
        host_over = np.zeros((hosts, 4))
        np.add.at(host_items, host, items)
        np.add.at(host_over, host, over)
        # Who keeps office hours rests on Sundays: hosts of one class of clock are alike in this, too.
        belongs = self.habits.belongs
        of_class = (belongs.T @ host_items + 10 * whole) / (belongs.T @ host_over + 10)
        of_host = (host_items + 4 * belongs @ of_class) / (host_over + 4)
        factors = (items + 4 * of_host[host]) / (over + 4)
        self.factors = factors / factors[:, :1]

    # --- what is expected ---------------------------------------------------------------------------------------------

    def expected(self, times: Floats, pages: Sequence[int] | None = None) -> Floats:
        """Expected new items of pages (all without ``pages``) between consecutive moments: len(times) - 1 x pages."""
        which_pages = slice(None) if pages is None else list(pages)
        day = np.floor((times - self.days.origin) / DAY).astype(np.int64)
        numbers = np.arange(day[0], day[-1] + 1)
        kinds = np.array([self.days.kind(int(number)) for number in numbers], np.int64)
        off = ((kinds == DayKind.WEEKEND) | (kinds == DayKind.HOLIDAY)).astype(np.int64)
        shapes = self.habits.shapes[which_pages]
        sums = np.concatenate([np.zeros((*shapes.shape[:2], 1)), np.cumsum(shapes, axis=2)], axis=2)
        within = (times - self.days.origin - day * DAY) / BIN
        bin_ = np.minimum(within.astype(np.int64), BINS - 1)
        part = within - bin_
        rates = self.level[which_pages, None] * self.factors[which_pages][:, kinds]  # pages x days
        before = np.concatenate([np.zeros((len(rates), 1)), np.cumsum(rates, axis=1)], axis=1)
        which = day - day[0]
        kind = off[which]
        passed = sums[:, kind, bin_] * (1 - part) + sums[:, kind, bin_ + 1] * part
        total = before[:, which] + rates[:, which] * passed
        return np.ascontiguousarray(np.maximum(np.diff(total, axis=1), 0).T)

    def between(self, page: int, start: float, end: float) -> float:
        """Expected new items of one page between two moments."""
        return float(self.expected(np.array([start, max(start, end)]), [page])[0, 0])

    def week(self, page: int) -> list[list[float]]:
        """Expected new items of each hour of a usual week, Monday 0 h first: 7 rows of 24."""
        shapes = self.habits.shapes[page].reshape(2, 24, -1).sum(axis=2) * self.level[page]
        return [(shapes[int(day > 4)] * self.factors[page, int(day > 4)]).tolist() for day in range(7)]


def _shares(page: Whole, day: Whole, bin_: Whole, least: float) -> Floats:
    """What each item tells of the time of day: items of one sitting, bin after bin without a break, tell it once.

    Of busy pages, whose sittings run into each other, each item tells ``least``.
    """
    order = np.lexsort((bin_, day, page))
    page, day, bin_ = page[order], day[order], bin_[order]
    begins = np.ones(len(order), bool)
    begins[1:] = (page[1:] != page[:-1]) | (day[1:] != day[:-1]) | (bin_[1:] > bin_[:-1] + 1)
    sitting = np.cumsum(begins) - 1
    shares = np.empty(len(order))
    shares[order] = np.maximum(1 / np.bincount(sitting)[sitting], min(1.0, least))
    return shares


def _clumping(items: Floats, expected: Floats) -> float:
    """How many items come together: the variance of daily counts over their mean, busy pages weighing no more."""
    known = expected > 0
    total = (expected * known).sum(axis=1)
    scatter = ((items - expected) ** 2 * known).sum(axis=1) / np.maximum(total, 1e-9)
    weight = np.minimum(total, 20.0) * (total > 1)
    return float(np.clip((scatter * weight).sum() / max(weight.sum(), 1e-9), 1.0, 8.0)) if weight.sum() else 1.0


def _mixed(items: Floats, over: Floats, towards: float, kind: int) -> float:
    return float((items[:, kind].sum() + 10 * towards) / (over[:, kind].sum() + 10))
