"""Two rows of elements side by side: what is common, in order, found in bounded time.

Anchors (elements that stand once in both) cut the rows into small pieces; within these the shortest edit is looked for.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence

_MOST_EDITS = 1_500
"""Beyond so many edits between two anchors nothing is told as common: it would take minutes."""


class Aligner:
    """Aligns rows as long as it has steps left; what it has no steps for counts as different."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def spend(self, steps: int) -> bool:
        """Take so many steps; False when there are none left."""
        self.left -= steps
        return self.left >= 0

    def steps(self, a: Sequence[str], b: Sequence[str]) -> Iterator[tuple[bool, range, range]]:
        """What is the same and what is not, in order: (same, places in a, places in b)."""
        number: dict[str, int] = {}
        left = [number.setdefault(key, len(number)) for key in a]
        right = [number.setdefault(key, len(number)) for key in b]
        i, j = 0, 0
        for x, y, size in [*self._blocks(left, right), (len(a), len(b), 0)]:
            if x > i or y > j:
                yield False, range(i, x), range(j, y)
            if size:
                yield True, range(x, x + size), range(y, y + size)
            i, j = x + size, y + size

    def _blocks(self, a: list[int], b: list[int]) -> list[tuple[int, int, int]]:
        """The common stretches (place in a, place in b, length), in order."""
        head = _common(a, b)
        tail = _common(a[: head - 1 if head else None : -1], b[: head - 1 if head else None : -1])
        blocks = [(0, 0, head)] if head else []
        middle_a, middle_b = a[head : len(a) - tail], b[head : len(b) - tail]
        if middle_a and middle_b:
            blocks += [(head + x, head + y, size) for x, y, size in self._inner(middle_a, middle_b)]
        if tail:
            blocks.append((len(a) - tail, len(b) - tail, tail))
        return _joined(blocks)

    def _inner(self, a: list[int], b: list[int]) -> Iterator[tuple[int, int, int]]:
        """Anchors first: what stands once in both. Between them the shortest way, as long as there are steps left."""
        i, j = 0, 0
        for x, y in [*_anchors(a, b), (len(a), len(b))]:
            if x > i and y > j:
                yield from ((i + u, j + v, 1) for u, v in self._shortest(a[i:x], b[j:y]))
            if x < len(a):
                yield x, y, 1
            i, j = x + 1, y + 1

    def _shortest(self, a: list[int], b: list[int]) -> list[tuple[int, int]]:
        """Pairs of the shortest edit (Myers 1986); none when it would take more steps than are left."""
        if not set(a) & set(b):
            return []
        n, m = len(a), len(b)
        reach = {1: 0}
        trace: list[dict[int, int]] = []
        for edits in range(n + m + 1):
            self.left -= edits + 1
            if self.left < 0 or edits > _MOST_EDITS:
                return []
            trace.append(dict(reach))
            for k in range(-edits, edits + 1, 2):
                down = k == -edits or (k != edits and reach[k - 1] < reach[k + 1])
                x = reach[k + 1] if down else reach[k - 1] + 1
                start = x
                while x < n and 0 <= x - k < m and a[x] == b[x - k]:
                    x += 1
                self.left -= x - start
                reach[k] = x
                if x >= n and x - k >= m:
                    return _way_back(trace, n, m)
        return []


def _way_back(trace: list[dict[int, int]], x: int, y: int) -> list[tuple[int, int]]:
    pairs: list[tuple[int, int]] = []
    for edits in range(len(trace) - 1, -1, -1):
        reach, k = trace[edits], x - y
        down = k == -edits or (k != edits and reach[k - 1] < reach[k + 1])
        before = k + 1 if down else k - 1
        from_x = reach[before]
        from_y = from_x - before
        while x > from_x and y > from_y and x > 0 and y > 0:
            x, y = x - 1, y - 1
            pairs.append((x, y))
        x, y = from_x, from_y
    return pairs[::-1]


def _common(a: Sequence[int], b: Sequence[int]) -> int:
    return next(
        (place for place, (one, other) in enumerate(zip(a, b, strict=False)) if one != other), min(len(a), len(b))
    )


def _anchors(a: list[int], b: list[int]) -> list[tuple[int, int]]:
    """Places of what stands exactly once in both, the longest row of them that is in order in both."""
    count_a, count_b = Counter(a), Counter(b)
    where = {value: place for place, value in enumerate(b) if count_b[value] == 1}
    pairs = [(place, where[value]) for place, value in enumerate(a) if count_a[value] == 1 and value in where]
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for number, (_, place) in enumerate(pairs):
        row = bisect_left(ends, place)
        before.append(last[row - 1] if row else -1)
        if row < len(ends):
            ends[row], last[row] = place, number
        else:
            ends.append(place)
            last.append(number)
    found: list[tuple[int, int]] = []
    number = last[-1] if last else -1
    while number >= 0:
        found.append(pairs[number])
        number = before[number]
    return found[::-1]


def _joined(blocks: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    joined: list[tuple[int, int, int]] = []
    for x, y, size in blocks:
        if joined and (joined[-1][0] + joined[-1][2], joined[-1][1] + joined[-1][2]) == (x, y):
            joined[-1] = (joined[-1][0], joined[-1][1], joined[-1][2] + size)
        else:
            joined.append((x, y, size))
    return joined
