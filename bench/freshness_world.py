"""A world of list pages whose items are published by chance: what ``zhiwen bench freshness`` measures in.

What it assumes, and what of it was never measured on real sites:

- Rates of pages are log-normal (median half an item a day, sigma 1.5); pages sit on hosts in groups of 1 to about 12.
- Items come by a Poisson process whose intensity follows the clock of the site: five kinds of site (office, trade
  paper, portal, morning upload, evening paper), each host with peaks of its own around its kind's, each page a
  little off its host. Weekends, long holidays and the weekend days worked instead follow the Chinese calendar.
- *bursty*: sittings come by that process, and each publishes one to six items within minutes.
- Hosts of a third of the pages print a day only; one page of ten changes its rate once, two- to fivefold.
- Items show on the list the moment they are published, newest first, twenty at a time.

A policy sees none of this but what a visit shows. Nothing here was fitted to a policy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from scheduler.workdays import is_workday

Floats = npt.NDArray[np.float64]

DAY = 86_400.0
STEP = 300.0
"""Resolution of the true intensities, in seconds."""
BINS = int(DAY / STEP)
FIRST_DAY = date(2026, 9, 1)
PAST_DAYS = 200
"""How far back items reach that the first visit may show."""
LIST_SIZE = 20

AROUND_THE_CLOCK = 0.01
"""Beside peaks of height 1: what comes at any hour. Chosen once so that the oracle's mean delay comes out as published
for such a world (300 to 4,800 requests a day: 3.89, 1.81, 0.92, 0.48, 0.25 h); no policy was asked."""

# Kind of site: share of hosts, peaks as (hour, width in hours, weight), level on weekends, on holidays.
KINDS: tuple[tuple[float, tuple[tuple[float, float, float], ...], float, float], ...] = (
    (0.40, ((9.8, 1.0, 1.0), (15.8, 1.2, 1.0), (17.6, 0.6, 0.3)), 0.06, 0.04),  # office
    (0.22, ((8.5, 0.9, 1.2), (10.8, 1.2, 0.8), (15.5, 1.5, 0.7)), 0.30, 0.25),  # trade paper
    (0.18, ((9.5, 1.5, 1.0), (14.5, 2.5, 1.2), (20.0, 1.8, 0.7)), 0.60, 0.50),  # portal
    (0.10, ((6.6, 0.4, 1.5), (8.0, 0.5, 0.5)), 0.40, 0.35),  # morning upload
    (0.10, ((17.5, 1.2, 1.0), (21.5, 1.0, 0.8), (0.5, 0.5, 0.4)), 0.35, 0.30),  # evening paper
)


@dataclass(slots=True)
class World:
    """``published[i]`` are the sorted moments of page i's items in seconds, negative before the start (a midnight)."""

    days: int
    scenario: str
    host: list[int]
    published: list[list[float]]
    stamped: list[bool]  # to the minute; else the day alone
    intensity: Floats  # true items per second, days * BINS x pages
    workdays: list[bool]  # from PAST_DAYS before the start to 60 days after the end

    @property
    def pages(self) -> int:
        """How many list pages."""
        return len(self.host)

    def is_workday(self, t: float) -> bool:
        """Whether the moment lies in a working day."""
        return self.workdays[min(max(int(t // DAY) + PAST_DAYS, 0), len(self.workdays) - 1)]


def make_world(seed: int, scenario: str = "smooth", pages: int = 300, days: int = 60) -> World:
    """The world of one seed: the same in every process. ``scenario``: smooth or bursty, of one true intensity."""
    rng = np.random.default_rng([seed, 20260901])
    calendar = [FIRST_DAY + timedelta(days=n) for n in range(-PAST_DAYS, days + 60)]
    workdays = [is_workday(day) for day in calendar]
    host = _hosts(rng, pages)
    shapes, levels = _habits(rng, host, calendar, workdays)
    mean = 0.5 * np.exp(1.5 * rng.standard_normal(pages))
    change_day = rng.uniform(10, max(11, days - 10), pages)
    factor = np.where(
        rng.random(pages) < 0.1, np.exp(rng.choice([-1, 1], pages) * rng.uniform(np.log(2), np.log(5), pages)), 1
    )
    stamped_host = rng.random(max(host) + 1) >= 1 / 3
    stamped = [bool(stamped_host[number]) for number in host]
    published: list[list[float]] = []
    intensity = np.empty((days * BINS, pages))
    draws = np.random.default_rng([seed, 7, scenario == "bursty"])
    for i in range(pages):
        by_day = mean[i] * levels[i] / levels[i].mean()
        start = np.arange(-PAST_DAYS, days + 60)
        by_day = np.where(start >= change_day[i], by_day * factor[i], by_day)[: PAST_DAYS + days]
        rates = by_day[:, None] * shapes[i]  # items per bin
        intensity[:, i] = rates[PAST_DAYS:].reshape(-1) / STEP
        published.append(_items(draws, rates.reshape(-1), scenario))
    return World(days, scenario, host, published, stamped, intensity, workdays)


def _hosts(rng: np.random.Generator, pages: int) -> list[int]:
    """Hosts of one to a dozen pages, 2.7 on average."""
    host: list[int] = []
    while len(host) < pages:
        host += [host[-1] + 1 if host else 0] * int(min(rng.geometric(1 / 2.7), 12))
    return host[:pages]


def _habits(
    rng: np.random.Generator, host: list[int], calendar: list[date], workdays: list[bool]
) -> tuple[list[Floats], list[Floats]]:
    """Of each page: the share of a day's items in each bin, and the level of each day."""
    hours = (np.arange(BINS) + 0.5) * STEP / 3600
    kinds = rng.choice(len(KINDS), max(host) + 1, p=[kind[0] for kind in KINDS])
    drawn: dict[int, list[tuple[float, float, float]]] = {}
    calendar_levels: dict[int, Floats] = {}
    shapes, levels = [], []
    for number in host:
        _, peaks, weekend, holiday = KINDS[kinds[number]]
        if number not in drawn:
            drawn[number] = [
                (at + 0.4 * rng.standard_normal(), width * rng.uniform(0.7, 1.3), weight * rng.uniform(0.5, 1.5))
                for at, width, weight in peaks
            ]
            low, lower = weekend * rng.uniform(0.5, 1.5), holiday * rng.uniform(0.5, 1.5)
            calendar_levels[number] = np.array(
                [_day_level(calendar, workdays, n, low, lower) for n in range(len(calendar))]
            )
        shape = np.full(BINS, AROUND_THE_CLOCK)
        for at, width, weight in drawn[number]:
            own = at + 0.15 * rng.standard_normal()
            away = (hours - own + 12) % 24 - 12
            shape += weight * rng.uniform(0.8, 1.2) * np.exp(-0.5 * (away / width) ** 2)
        shapes.append(shape / shape.sum())
        levels.append(calendar_levels[number])
    return shapes, levels


def _day_level(calendar: list[date], workdays: list[bool], n: int, weekend: float, holiday: float) -> float:
    if workdays[n]:
        return 1.0 if calendar[n].weekday() < 5 else 0.7  # a weekend day worked in exchange
    first = n
    while first > 0 and not workdays[first - 1]:
        first -= 1
    last = n
    while last < len(workdays) - 1 and not workdays[last + 1]:
        last += 1
    return weekend if last - first < 2 else holiday


def _items(rng: np.random.Generator, per_bin: Floats, scenario: str) -> list[float]:
    """Moments of publication, sorted; ``per_bin`` expected items of each bin from PAST_DAYS before the start."""
    if scenario == "smooth":
        counts = rng.poisson(per_bin)
        bins = np.repeat(np.arange(len(per_bin)), counts)
        moments = (bins + rng.random(len(bins))) * STEP
    else:
        counts = rng.poisson(per_bin / 3.5)
        bins = np.repeat(np.arange(len(per_bin)), counts)
        sittings = (bins + rng.random(len(bins))) * STEP
        size = rng.integers(1, 7, len(sittings))
        gaps = rng.exponential(240.0, size.sum())
        gaps[np.cumsum(size) - size] = 0  # the first item of each
        total = np.cumsum(gaps)
        moments = np.repeat(sittings, size) + total - np.repeat(total[np.cumsum(size) - size], size)
    moments = np.sort(moments - PAST_DAYS * DAY)
    return [float(t) for t in moments[moments < (len(per_bin) * STEP - PAST_DAYS * DAY)]]


@dataclass(slots=True)
class Context:
    """What a policy is told at the start: the interface of ``scheduler.plan``."""

    pages: list[int]
    host_of: Callable[[int], int]
    budget_per_day: float
    t0: float
    horizon: float
    host_gap: float
    list_size: int
    is_workday: Callable[[float], bool]
    rng: np.random.Generator


def context(world: World, budget: float) -> Context:
    """The context of a world for policies."""
    return Context(
        list(range(world.pages)),
        lambda page: world.host[page],
        budget,
        0.0,
        world.days * DAY,
        10.0,
        LIST_SIZE,
        world.is_workday,
        np.random.default_rng(99),
    )
