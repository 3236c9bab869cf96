"""One day's visits for all pages: placed from the visits already promised, so that the day's budget is spent.

A price per visit joins the pages: the day's own is searched until its visits are as many as the budget allows, those of
later days are guessed from their rates. What the price leaves over or lacks is settled visit by visit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scheduler.localdays import DAY
from scheduler.placing import Floats, Hull, Whole, best_next, end_of
from scheduler.rhythm import Rhythm

TRIES = 6
"""Searches of the price of a day; each costs a pass over the day's grid."""
ROUNDS = 4
"""Searches of the prices of the days ahead, until tomorrow wants its budget but for the part ``NEAR``."""
NEAR = 0.1


@dataclass(slots=True)
class DayPlan:
    """Where the visits of the rest of a day go.

    ``times`` is the grid (its first ``today`` nodes lie before midnight), ``chosen`` the visits on the day's nodes
    (nodes x pages), ``value`` what each saves in item-seconds, ``after`` the node of the visit after the day's last,
    ``start`` the node at which a page starts because it is promised (-1: not).
    """

    times: Floats
    today: int
    chosen: npt.NDArray[np.bool_]
    value: Floats
    after: Whole
    start: Whole
    price: float
    fluid: float
    later: dict[int, tuple[float, int]]  # of the days ahead: the price believed, and how many visits it brought


@dataclass(slots=True)
class Question:
    """What is to be placed: from ``now`` to ``midnight``, ``budget`` visits of those pages.

    ``promised`` holds the moment of each page's next visit where it is fixed (else NaN), ``waiting`` the expected items
    unseen at ``now`` of the others.
    """

    now: float
    midnight: float
    budget: float
    full_budget: float
    promised: Floats
    waiting: Floats
    factor: Floats  # of the fluid price, on days off and on working days: learned from earlier days
    believed: Mapping[int, float]  # prices of days ahead, where better known
    together: bool  # whether to search the prices of the days ahead too


def plan_day(rhythm: Rhythm, ask: Question, step: float, later_step: float, days: int) -> DayPlan:
    """Place the rest of the day; ``days`` is how far ahead is looked, with ``later_step`` as the grid."""
    first = ask.midnight - np.ceil((ask.midnight - ask.now) / step - 1e-9) * step
    today = round((ask.midnight - first) / step)
    times = np.concatenate([first + step * np.arange(today), ask.midnight + np.arange(0, days * DAY + 1, later_step)])
    expected = rhythm.expected(times)
    items = np.concatenate([np.zeros((1, expected.shape[1])), np.cumsum(expected, axis=0)])
    gaps = np.diff(times)
    waits = np.concatenate(
        [np.zeros((1, items.shape[1])), np.cumsum((items[:-1] + items[1:]) / 2 * gaps[:, None], axis=0)]
    )
    relative = times - first
    prices, fluid, ahead = _prices(rhythm, ask, expected, times, today)
    start = _nearest(times, ask.promised)
    grid = _Grid(relative, items, waits, today, start)
    price = float(fluid * ask.factor[int(rhythm.days.worked(rhythm.days.number(ask.midnight - 1)))])
    day = ((times - rhythm.days.origin) // DAY).astype(np.int64)
    for turn in range(ROUNDS if ask.together else 1):
        following = np.zeros((len(times), items.shape[1]), np.int64)
        hull = end_of(relative, waits)
        best_next(relative, items, waits, prices, hull, today, len(times) - 1, following)
        chosen, after, price = _spend(grid, ask, prices, price, hull, following)
        visits = _demand(after, following)
        later = {number: (price, int(visits[day == number].sum())) for number, price in ahead.items()}
        wanted = later[int(day[today])][1] / ask.full_budget
        if 1 - NEAR < wanted < 1 + NEAR or turn == ROUNDS - 1:
            break
        for number, (old, count) in later.items():
            ahead[number] = old * float(np.clip((count / ask.full_budget) ** 0.8, 0.3, 3.0))
            prices[day == number] = ahead[number]
        prices[-1] = 0
    fixed = np.zeros_like(chosen)
    held = np.flatnonzero((start >= 0) & (start < today))
    fixed[start[held], held] = True
    value = settle(chosen, fixed, items, relative, ask.waiting, after, round(ask.budget), start)
    return DayPlan(times, today, chosen, value, after, start, price, fluid, later)


@dataclass(slots=True)
class _Grid:
    """Moments (from the first), sums of items and waits at them, how many lie before midnight, where pages start."""

    times: Floats
    items: Floats
    waits: Floats
    today: int
    start: Whole


def _spend(
    grid: _Grid, ask: Question, prices: Floats, price: float, hull: Hull, following: Whole
) -> tuple[npt.NDArray[np.bool_], Whole, float]:
    """Search the day's price, beginning at ``price``: the visits chosen, the node after them, the price."""
    low, high = 0.0, np.inf  # prices with too many and with too few visits
    best = None
    promised = int(((grid.start >= 0) & (grid.start < grid.today)).sum())
    if promised >= ask.budget:
        price *= 1e6  # nothing is left to spend
    for _ in range(TRIES):
        prices[: grid.today] = price
        trial = hull.copy()
        best_next(grid.times, grid.items, grid.waits, prices, trial, 0, grid.today, following)
        begin = _first_nodes(trial, grid.start, grid.times, ask.waiting)
        chosen, after = _walk(begin, following, grid.today)
        count = int(chosen.sum())
        if best is None or abs(count - ask.budget) < abs(best[0] - ask.budget):
            best = (count, chosen, after, price)
        if abs(count - ask.budget) <= max(1.0, 0.006 * ask.budget) or promised >= ask.budget:
            break
        if count > ask.budget:
            low = price
        else:
            high = price
        guess = price * (max(count, 0.3) / max(ask.budget, 0.3)) ** 2
        price = guess if low < guess < high else float(np.sqrt(max(low, price / 4) * min(high, price * 4)))
    assert best is not None
    return best[1:]


def _prices(
    rhythm: Rhythm, ask: Question, expected: Floats, times: Floats, today: int
) -> tuple[Floats, float, dict[int, float]]:
    """Prices at the nodes of later days, and the fluid price (the limit of very many visits) of this day."""
    gaps = np.diff(times)
    root = np.sqrt(expected * gaps[:, None] / 2).sum(axis=1)
    prices = np.zeros(len(times))
    ahead: dict[int, float] = {}
    day = np.floor((times - rhythm.days.origin) / DAY).astype(int)
    for number in np.unique(day[today:-1]):
        here = np.flatnonzero(day[:-1] == number)
        fluid = (root[here].sum() / ask.full_budget) ** 2
        guess = fluid * ask.factor[int(rhythm.days.worked(int(number)))]
        ahead[int(number)] = prices[here] = ask.believed.get(int(number), guess)
    of_today = root[:today].sum()
    return prices, float((of_today / max(ask.budget, 1.0)) ** 2), ahead


def _nearest(times: Floats, promised: Floats) -> Whole:
    """The node next to each promised moment; -1 where nothing is promised."""
    known = np.nan_to_num(promised, nan=times[0])
    right = np.clip(np.searchsorted(times, known), 1, len(times) - 1)
    node = np.where(known - times[right - 1] < times[right] - known, right - 1, right)
    return np.where(np.isnan(promised), -1, node)


def _first_nodes(hull: Hull, start: Whole, times: Floats, waiting: Floats) -> Whole:
    """The first node of each page: the promised one, or the best given what waits already (not the very first)."""
    free = np.flatnonzero(start < 0)
    if not len(free):
        return start
    cost = hull.lines[1:, free] + waiting[free] * times[1:, None]
    begin = start.copy()
    begin[free] = 1 + np.argmin(cost, axis=0)
    return begin


def _demand(begin: Whole, following: Whole) -> Whole:
    """How many visits fall on each node when pages go on from ``begin``."""
    nodes = len(following)
    at = begin.copy()
    visits = np.zeros(nodes, np.int64)
    page = np.flatnonzero(at < nodes - 1)
    while len(page):
        visits += np.bincount(at[page], minlength=nodes)
        at[page] = following[at[page], page]
        page = page[at[page] < nodes - 1]
    return visits


def _walk(begin: Whole, following: Whole, today: int) -> tuple[npt.NDArray[np.bool_], Whole]:
    chosen = np.zeros((today, len(begin)), bool)
    at = begin.copy()
    page = np.flatnonzero(at < today)
    while len(page):
        chosen[at[page], page] = True
        at[page] = following[at[page], page]
        page = page[at[page] < today]
    return chosen, at


def settle(
    chosen: npt.NDArray[np.bool_],
    fixed: npt.NDArray[np.bool_],
    items: Floats,
    times: Floats,
    waiting: Floats,
    after: Whole,
    budget: int,
    start: Whole,
) -> Floats:
    """Drop the visits worth least, or add those worth most, until ``budget`` are ``chosen``; what each is worth."""
    pages = chosen.shape[1]
    for _ in range(50):
        value = worth(chosen, items, times, waiting, after, start)
        short = budget - int(chosen.sum())
        if short == 0:
            break
        here = np.where(chosen & ~fixed, -value, -np.inf) if short < 0 else np.where(chosen, -np.inf, value)
        best = np.argmax(here, axis=0)  # one of each page at a time: neighbours change each other's worth
        gain = here[best, np.arange(pages)]
        which = np.argsort(-gain)[: abs(short)]
        which = which[gain[which] > (-np.inf if short < 0 else 0)]
        if not len(which):
            break
        if abs(short) > 8:  # several rounds, so that a page may win twice
            which = which[: max(8, abs(short) // 2)]
        chosen[best[which], which] = short > 0
    return worth(chosen, items, times, waiting, after, start)


def worth(
    chosen: npt.NDArray[np.bool_], items: Floats, times: Floats, waiting: Floats, after: Whole, start: Whole
) -> Floats:
    """Waiting (item-seconds) that a visit at each node saves, given the page's visits before and after."""
    today, pages = chosen.shape
    node = np.arange(today)[:, None]
    before = np.maximum.accumulate(np.where(chosen, node, -1), axis=0)
    before = np.concatenate([np.full((1, pages), -1), before[:-1]])
    ahead = np.minimum.accumulate(np.where(chosen, node, today)[::-1], axis=0)[::-1]
    ahead = np.concatenate([ahead[1:], np.full((1, pages), today)])
    page = np.arange(pages)[None, :]
    seen = np.where(before >= 0, items[np.maximum(before, 0), page], -waiting)
    until = np.where(ahead < today, times[np.minimum(ahead, today - 1)], times[after][None, :])
    value = (items[:today] - seen) * (until - times[:today, None])
    # Before a promised visit none can be put.
    value[(node < start[None, :]) | (node == 0) & ~chosen] = 0
    return np.asarray(value)
