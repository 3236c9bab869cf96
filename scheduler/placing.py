"""Where on a grid of moments visits cost least: an exact search, many list pages at once.

A page's expected items come at a known intensity; an item waits until the next visit, a visit costs a price. The
cheapest plan is found backwards over the grid (Eckstein, Gal, Reiner, RUTCOR RRR 16-2005). With ``L`` the expected
items up to a moment and ``M`` its integral, the wait between visits at ``s`` and ``t`` is
``M(t) - M(s) - L(s) (t - s)``: over ``t`` it is the lowest of straight lines in ``L(s)``, so each step costs a few
operations (convex hull trick), here for all pages together in numpy.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]


@dataclass(slots=True)
class Hull:
    """The lines still worth knowing, of each page: nodes and crossing points as stacks, lowest node on top."""

    nodes: npt.NDArray[np.int32]  # pages x nodes
    cross: Floats  # where a line takes over from the one below it
    front: Whole  # the line that is lowest now
    top: Whole
    lines: Floats  # nodes x pages: wait, price and cost to go of a visit there

    def copy(self) -> Hull:
        """As it stands, to go on from here more than once."""
        return Hull(self.nodes.copy(), self.cross.copy(), self.front.copy(), self.top.copy(), self.lines.copy())


def end_of(times: Floats, waits: Floats) -> Hull:
    """The hull at the last node, where whatever is still unseen is seen for nothing. ``waits``: nodes x pages."""
    nodes, pages = waits.shape
    hull = Hull(
        np.zeros((pages, nodes), np.int32),
        np.full((pages, nodes), np.inf),
        np.zeros(pages, np.int64),
        np.zeros(pages, np.int64),
        np.zeros((nodes, pages)),
    )
    hull.nodes[:, 0] = nodes - 1
    hull.lines[-1] = waits[-1]
    return hull


def best_next(
    times: Floats, items: Floats, waits: Floats, prices: Floats, hull: Hull, first: int, last: int, following: Whole
) -> None:
    """Fill ``following[first:last]`` (nodes x pages): after a visit at a node, the node of the cheapest next one.

    ``times`` are the nodes in seconds, ``items`` and ``waits`` the sums ``L`` and ``M`` there (nodes x pages),
    ``prices`` what a visit at a node costs, ``hull`` the state left by ``end_of`` or by the call for later nodes; it
    is changed.
    """
    pages = items.shape[1]
    width = hull.nodes.shape[1]
    base = np.arange(pages) * width
    nodes, cross = hull.nodes.reshape(-1), hull.cross.reshape(-1)
    front, top, lines = hull.front, hull.top, hull.lines
    flat_lines = lines.reshape(-1)
    page = np.arange(pages)
    for s in range(last - 1, first - 1, -1):
        here = items[s]
        at = base + front
        many = front < top
        if many.any():
            ahead = cross[np.minimum(at + 1, base + top)]
            go = np.flatnonzero(many & (here <= ahead))
            while len(go):
                front[go] += 1
                go = go[front[go] < top[go]]
                go = go[here[go] <= cross[base[go] + front[go] + 1]]
            at = base + front
        best = nodes[at]
        following[s] = best
        value = flat_lines[best * pages + page] - here * times[best]
        line = value + here * times[s] + prices[s]  # M(s) is taken away and added again
        # The new line takes over from the top one at ``x``; a top one that never was the lowest is dropped.
        above = nodes[base + top]
        x = (flat_lines[above * pages + page] - line) / (times[above] - times[s])
        drop = np.flatnonzero((x >= cross[base + top]) & (front < top))
        while len(drop):
            top[drop] -= 1
            above = nodes[base[drop] + top[drop]]
            x[drop] = (flat_lines[above * pages + drop] - line[drop]) / (times[above] - times[s])
            drop = drop[(x[drop] >= cross[base[drop] + top[drop]]) & (front[drop] < top[drop])]
        top += 1
        place = base + top
        nodes[place] = s
        cross[place] = x
        lines[s] = line
