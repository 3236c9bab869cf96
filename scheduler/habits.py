"""Shapes of the day, learned from counts of items per time of day: few kinds of clock shared by many pages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

BINS = 72
"""Parts of a day: twenty minutes each."""
CLASSES = 8
"""Kinds of clock. More are no better: what a class does not tell, the host and the page's own items do."""


CLASS_WIDTHS = (0.5, 0.8, 1.1, 1.5, 2.0, 2.8)


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


@dataclass(slots=True)
class Spans:
    """Items whose time of day is known only as a span: row by row the page, the kind of day, and the bins covered.

    ``cover`` is rows x BINS (1 = the whole bin), ``share`` the part of an item that the row stands for (an item that
    may be of two days has two rows).
    """

    page: Whole
    kind: Whole
    cover: Floats
    share: Floats


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
        self._classes: Floats = self._prior[None]
        self.belongs: Floats = np.ones((int(host.max(initial=-1)) + 1, 1))
        """How likely each host is of each class: hosts x classes."""
        self._sought_with = 0.0  # items (as observations) when the classes were last sought anew

    def learn(self, exact: Floats, spans: Spans, clumping: float) -> None:
        """Take ``exact`` counts of items (pages x 2 x BINS) and those known by ``spans``.

        ``clumping``: how many items count as one observation. A span tells as much as it leaves out: one that covers
        all of a day's likely hours tells nothing.
        """
        counts = exact.copy()
        if len(spans.page):
            weight = spans.cover * self.shapes[spans.page, spans.kind]
            mass = weight.sum(axis=1)
            weight *= (spans.share * np.clip(1 - mass, 0, 1) / np.maximum(mass, 1e-12))[:, None]
            key = spans.page * 2 + spans.kind
            order = np.argsort(key, kind="stable")
            rows, starts = np.unique(key[order], return_index=True)
            counts.reshape(-1, BINS)[rows] += np.add.reduceat(weight[order], starts, axis=0)
        counts /= clumping
        by_host = self._of_hosts(counts)
        pooled = smoothed(counts.sum(axis=0), 1.5) + 30 * self._prior
        pooled /= pooled.sum(axis=1, keepdims=True)
        if counts.sum() > 1.5 * self._sought_with:
            self._classes = self._seeds(by_host, pooled)
            self._sought_with = float(counts.sum())
        exact_of_host = self._of_hosts(exact / clumping)
        belongs = self._expect(exact_of_host, spans, clumping)
        of_class = np.einsum("hc,hkb->ckb", belongs, by_host)
        classes = smoothed(of_class, self._best_width(of_class, pooled)) + 20 * pooled
        self._classes = classes / classes.sum(axis=2, keepdims=True)
        belongs = self.belongs = self._expect(exact_of_host, spans, clumping)
        of_host = self._shrunk(by_host, np.einsum("hc,ckb->hkb", belongs, self._classes), 1.5)
        self.shapes = self._shrunk(counts, of_host[self.host], 2.0)

    def _best_width(self, counts: Floats, pooled: Floats) -> float:
        """Over how many bins a class's items are best spread: that which tells a left-out one best."""
        total = np.maximum(counts.sum(axis=2, keepdims=True) - 1, 0)

        def score(width: float) -> float:
            left = np.maximum(smoothed(counts, width) - smoothed(np.eye(BINS), width)[0, 0], 0)
            return float((counts * np.log((left + 20 * pooled) / (total + 20))).sum())

        return max(CLASS_WIDTHS, key=score)

    def _of_hosts(self, counts: Floats) -> Floats:
        by_host = np.zeros((int(self.host.max()) + 1, *counts.shape[1:]))
        np.add.at(by_host, self.host, counts)
        return by_host

    def _seeds(self, by_host: Floats, pooled: Floats) -> Floats:
        """First classes: hosts that the classes so far describe worst, one after another."""
        classes = [pooled]
        shapes = smoothed(by_host, 2.0) + 20 * pooled
        shapes /= shapes.sum(axis=2, keepdims=True)
        best = np.einsum("hkb,hkb->h", by_host, np.log(shapes))
        fit = np.full(len(by_host), -np.inf)
        for _ in range(min(CLASSES, len(by_host)) - 1):
            fit = np.maximum(fit, np.einsum("hkb,kb->h", by_host, np.log(classes[-1])))
            classes.append(shapes[int(np.argmax(best - fit))])
        return np.stack(classes)

    def _expect(self, exact: Floats, spans: Spans, clumping: float) -> Floats:
        """How likely each host is of each class: hosts x classes."""
        fit = np.einsum("hkb,ckb->hc", exact, np.log(self._classes))
        if len(spans.page):
            mass = np.empty((len(spans.page), len(self._classes)))
            for kind in (0, 1):
                of_kind = spans.kind == kind
                mass[of_kind] = spans.cover[of_kind] @ self._classes[:, kind].T
            told = np.log(np.maximum(mass, 1e-9)) * (spans.share / clumping)[:, None]
            host = self.host[spans.page]
            for number in range(fit.shape[1]):
                fit[:, number] += np.bincount(host, told[:, number], len(fit))
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
