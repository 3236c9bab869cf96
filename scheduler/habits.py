"""Shapes of the day, learned from counts of items per time of day: few kinds of clock shared by many pages."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

BINS = 72
"""Parts of a day: twenty minutes each."""
CLASSES = 8
"""Kinds of clock. More are no better: what a class does not tell, the host and the page's own items do."""


def office_hours() -> Floats:
    """The shape believed before anything was seen: working hours with a noon break, a little around the clock."""
    hours = (np.arange(BINS) + 0.5) * 24 / BINS
    shape = 0.06 + np.exp(-0.5 * ((hours - 10) / 1.6) ** 2) + np.exp(-0.5 * ((hours - 15.7) / 1.8) ** 2)
    return np.asarray(shape / shape.sum())


def smoothed(counts: Floats, width: float) -> Floats:
    """Counts per bin spread over neighbours (Gaussian, ``width`` in bins), around midnight too. Last axis: bins."""
    away = np.minimum(np.arange(BINS), BINS - np.arange(BINS))
    kernel = np.exp(-0.5 * (away / width) ** 2)
    kernel /= kernel.sum()
    circulant = kernel[(np.arange(BINS)[:, None] - np.arange(BINS)[None, :]) % BINS]
    return np.asarray(counts @ circulant)


class Habits:
    """Shapes of working days and of days off (kind 0 and 1) of each page: pages x 2 x BINS, each summing to 1.

    Three steps of shrinkage, each by as many items as predict best: a class of like clocks, the host, the page.
    """

    def __init__(self, host: Whole) -> None:
        self.host = host
        pages = len(host)
        prior = office_hours()
        flat = np.full(BINS, 1 / BINS)
        self._prior = np.stack([0.9 * prior + 0.1 * flat, 0.7 * prior + 0.3 * flat])
        self.shapes: Floats = np.repeat(self._prior[None], pages, axis=0)
        self._classes: Floats | None = None
        self._belongs: Floats = np.ones((pages, 1))

    def learn(self, counts: Floats, clumping: float, rounds: int = 4) -> None:
        """``counts`` of items: pages x 2 x BINS; ``clumping``: how many items count as one observation."""
        counts = counts / clumping
        hosts = int(self.host.max()) + 1
        pooled = smoothed(counts.sum(axis=0), 1.5) + 30 * self._prior
        pooled /= pooled.sum(axis=1, keepdims=True)
        by_host = np.zeros((hosts, *counts.shape[1:]))
        np.add.at(by_host, self.host, counts)
        classes = self._classes if self._classes is not None else self._seeds(by_host, pooled)
        for _ in range(rounds):
            belongs = self._expect(by_host, classes)
            classes = smoothed(np.einsum("hc,hkb->ckb", belongs, by_host), 1.0) + 20 * pooled
            classes /= classes.sum(axis=2, keepdims=True)
        self._classes = classes
        belongs = self._expect(by_host, classes)
        of_class = np.einsum("hc,ckb->hkb", belongs, classes)
        of_host = self._shrunk(by_host, of_class, 1.5)
        self.shapes = self._shrunk(counts, of_host[self.host], 2.0)

    def _seeds(self, by_host: Floats, pooled: Floats) -> Floats:
        """First classes: hosts that the classes so far describe worst, one after another."""
        classes = [pooled]
        shapes = smoothed(by_host, 2.0) + 20 * pooled
        shapes /= shapes.sum(axis=2, keepdims=True)
        for _ in range(min(CLASSES, len(by_host)) - 1):
            fit = np.max([_likelihood(by_host, shape) for shape in classes], axis=0)
            best = _likelihood_each(by_host, shapes)
            worst = int(np.argmax(best - fit))
            classes.append(shapes[worst])
        return np.stack(classes)

    def _expect(self, by_host: Floats, classes: Floats) -> Floats:
        """How likely each host is of each class: hosts x classes."""
        fit = np.einsum("hkb,ckb->hc", by_host, np.log(classes))
        fit -= fit.max(axis=1, keepdims=True)
        share = np.exp(fit)
        return np.asarray(share / share.sum(axis=1, keepdims=True))

    def _shrunk(self, counts: Floats, towards: Floats, width: float) -> Floats:
        """Counts mixed with what is believed of their kind, weighing as many items as predict left-out ones best."""
        total = counts.sum(axis=2, keepdims=True)
        spread = smoothed(counts, width)
        own = smoothed(np.eye(BINS), width)[0, 0]  # what an item adds to its own bin
        left = np.maximum(spread - own, 0)
        shapes = np.empty_like(counts)
        for kind in range(counts.shape[1]):
            best, chosen = -np.inf, 30.0
            for weight in (5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0, 1000.0):
                guess = (left[:, kind] + weight * towards[:, kind]) / (np.maximum(total[:, kind] - 1, 0) + weight)
                score = float((counts[:, kind] * np.log(guess)).sum())
                if score > best:
                    best, chosen = score, weight
            shapes[:, kind] = (spread[:, kind] + chosen * towards[:, kind]) / (total[:, kind] + chosen)
        return np.asarray(shapes / shapes.sum(axis=2, keepdims=True))


def _likelihood(counts: Floats, shape: Floats) -> Floats:
    return np.asarray(np.einsum("hkb,kb->h", counts, np.log(shape)))


def _likelihood_each(counts: Floats, shapes: Floats) -> Floats:
    return np.asarray(np.einsum("hkb,hkb->h", counts, np.log(shapes)))
