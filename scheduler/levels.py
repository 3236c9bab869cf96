"""How much a page publishes: levels that may change, from counts and the exposure they came from."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

CHANGES_PER_DAY = 1 / 400
"""How often a page changes its level, before anything is seen."""
PRIOR_MEAN = 1.0
"""Items per working day of a page that nobody has seen, when nothing else has been seen either."""
SHAPE = 0.5
"""Of the gamma distribution of levels over pages: as uneven as a log-normal one of sigma 1.5, or a little less."""


def log_gamma(x: Floats) -> Floats:
    """Logarithm of the gamma function for positive numbers (Stirling's series after four steps up)."""
    up = x + 4
    series = (up - 0.5) * np.log(up) - up + 0.5 * np.log(2 * np.pi) + 1 / (12 * up) - 1 / (360 * up**3)
    return np.asarray(series - np.log(x * (x + 1) * (x + 2) * (x + 3)))


def levels(counts: Floats, exposure: Floats, clumping: float) -> Floats:
    """Items per unit of exposure of each page now, from both per day (pages x days, oldest first).

    Each page has changed its level at most once, on any day; the answer is the mean over all of these stories, by how
    well each explains the counts (gamma-Poisson). ``clumping``: how many items count as one observation.
    """
    # Over pages, not over items: the window of a slow page is long.
    known = exposure.sum(axis=1) > 0
    each = counts.sum(axis=1)[known] / np.maximum(exposure.sum(axis=1)[known], 0.5)
    mean = float((each.sum() + 3 * PRIOR_MEAN) / (known.sum() + 3))
    rate = SHAPE * clumping / mean
    n, e = counts / clumping, exposure
    since_n = np.cumsum(n[:, ::-1], axis=1)[:, ::-1]  # from each day on
    since_e = np.cumsum(e[:, ::-1], axis=1)[:, ::-1]

    def evidence(items: Floats, over: Floats) -> Floats:
        return np.asarray(log_gamma(SHAPE + items) - (SHAPE + items) * np.log(rate + over))

    whole_n, whole_e = since_n[:, :1], since_e[:, :1]
    weight = evidence(since_n, since_e) + evidence(whole_n - since_n, whole_e - since_e)
    weight += np.log(CHANGES_PER_DAY) + SHAPE * np.log(rate) - float(log_gamma(np.array(SHAPE)))
    weight[:, 0] = evidence(whole_n, whole_e)[:, 0]  # no change at all
    weight[:, 1:][exposure[:, 1:] <= 0] = -np.inf
    weight -= weight.max(axis=1, keepdims=True)
    share = np.exp(weight)
    share /= share.sum(axis=1, keepdims=True)
    return np.asarray(clumping * (share * (SHAPE + since_n) / (rate + since_e)).sum(axis=1))
