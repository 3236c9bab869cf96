"""The best plan there is for known intensities: an exact search per page, one price per local day."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bench.freshness_simulator import Outcome, follow
from bench.freshness_world import BINS, DAY, STEP, World
from scheduler.placing import best_next, end_of

Floats = npt.NDArray[np.float64]


def oracle(world: World, budget: float, rounds: int = 12, step: float = 1200.0) -> Outcome:
    """What the exact plan for the true intensities comes to; ``step`` is its grid in seconds."""
    every = int(step // STEP)
    rates = world.intensity.reshape(-1, every, world.pages).mean(axis=1) * step
    items = np.concatenate([np.zeros((1, world.pages)), np.cumsum(rates, axis=0)])
    waits = np.concatenate([np.zeros((1, world.pages)), np.cumsum((items[:-1] + items[1:]) / 2 * step, axis=0)])
    times: Floats = np.arange(len(items), dtype=np.float64) * step
    per_day = int(DAY // step)
    prices = np.repeat(_fluid(world, budget), per_day)
    best: tuple[float, npt.NDArray[np.bool_]] | None = None
    for turn in range(rounds):
        chosen = _search(times, items, waits, np.append(prices, 0))
        counts = chosen[:-1].reshape(world.days, per_day, -1).sum(axis=(1, 2))
        best = (0.0, chosen)
        power = 1.5 if turn < 5 else 0.8
        prices *= np.repeat((np.maximum(counts, 1) / budget) ** power, per_day)
    assert best is not None
    visits = [times[np.flatnonzero(best[1][:, i])] for i in range(world.pages)]
    return follow(world, visits, [int(n) for n in counts])


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
