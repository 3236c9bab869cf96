"""The best plan there is for known intensities: an exact search per page, one price per local day."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bench.freshness_world import BINS, DAY, STEP, World
from scheduler.dayplan import worth
from scheduler.placing import best_next, end_of

Floats = npt.NDArray[np.float64]


def oracle(world: World, budget: float, rounds: int = 14) -> tuple[list[Floats], list[int]]:
    """The exact plan for the true intensities: of each page the moments of its visits; and the requests per day."""
    # Finer grids change nothing for few visits (20 to 10 minutes at 4 visits a day and page: 0.1 %).
    step = 1200.0 if budget < 3 * world.pages else 600.0
    every = int(step // STEP)
    rates = world.intensity.reshape(-1, every, world.pages).mean(axis=1) * step
    items = np.concatenate([np.zeros((1, world.pages)), np.cumsum(rates, axis=0)])
    waits = np.concatenate([np.zeros((1, world.pages)), np.cumsum((items[:-1] + items[1:]) / 2 * step, axis=0)])
    times: Floats = np.arange(len(items), dtype=np.float64) * step
    per_day = int(DAY // step)
    prices = np.repeat(_fluid(world, budget), per_day)
    logs = []
    for turn in range(rounds):
        chosen = _search(times, items, waits, np.append(prices, 0))
        counts = chosen[:-1].reshape(world.days, per_day, -1).sum(axis=(1, 2))
        # Neighbouring days answer each other's prices: small steps, and the mean of the last ones.
        prices = prices * np.repeat((np.maximum(counts, 1) / budget) ** (1.2 if turn < 4 else 0.5), per_day)
        logs.append(np.log(prices))
        if turn == rounds - 2:
            prices = np.exp(np.mean(logs[rounds // 2 :], axis=0))
    chosen = chosen[:-1]
    _settle(chosen, items, times, world.days, int(budget))
    visits = [times[np.flatnonzero(chosen[:, i])] for i in range(world.pages)]
    return visits, [int(n) for n in chosen.reshape(world.days, -1).sum(axis=1)]


def _settle(chosen: npt.NDArray[np.bool_], items: Floats, times: Floats, days: int, budget: int) -> None:
    """Make every day hold exactly its budget: drop the visits worth least, add those worth most."""
    nodes, pages = chosen.shape
    last, never = np.full(pages, nodes), np.full(pages, -1)
    for _ in range(40):
        value = worth(chosen, items, times, np.zeros(pages), last, never).reshape(days, -1, pages)
        held = chosen.reshape(days, -1, pages)
        if (held.sum(axis=(1, 2)) == budget).all():
            return
        for day in range(days):
            short = budget - int(held[day].sum())
            if short == 0:
                continue
            here = np.where(held[day], -value[day], -np.inf) if short < 0 else np.where(held[day], 0, value[day])
            best = np.argmax(here, axis=0)  # one visit of a page at a time: neighbours change each other's worth
            which = np.argsort(-here[best, np.arange(pages)])[: min(abs(short), 1 + abs(short) // 2)]
            held[day][best[which], which] = short > 0


def _fluid(world: World, budget: float) -> Floats:
    """A first price of each day: that of the limit of very many visits (density as the root of the intensity)."""
    root = np.sqrt(world.intensity / 2).reshape(world.days, BINS, -1).sum(axis=(1, 2)) * STEP
    return np.asarray((root / budget) ** 2)


def _search(times: Floats, items: Floats, waits: Floats, prices: Floats) -> npt.NDArray[np.bool_]:
    nodes, pages = items.shape
    following = np.zeros((nodes, pages), np.int64)
    best_next(times, items, waits, prices, end_of(times, waits), 0, nodes - 1, following)
    chosen = np.zeros((nodes, pages), bool)
    at = np.zeros(pages, np.int64)
    page = np.arange(pages)
    while len(page):
        at[page] = following[at[page], page]
        page = page[at[page] < nodes - 1]
        chosen[at[page], page] = True
    return chosen
