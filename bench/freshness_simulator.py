"""Driving a policy through a world, visit by visit, and what came of it."""

from __future__ import annotations

import heapq
import time
from bisect import bisect_right
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.freshness_world import DAY, LIST_SIZE, World, context
from scheduler.plan import Visit

Floats = npt.NDArray[np.float64]


@dataclass(slots=True)
class Outcome:
    """Delays in seconds of every item by the day of its publication, and what was spent."""

    published: Floats
    delays: Floats
    requests: list[int]  # of each local day
    cpu_seconds: float = 0.0  # within the policy

    def of_days(self, first: float, last: float) -> Floats:
        """Delays of the items published from day ``first`` to before day ``last``."""
        return self.delays[(self.published >= first * DAY) & (self.published < last * DAY)]


@dataclass(slots=True)
class Memory:
    """What a page has shown so far: a pointer into its items, and the visits as the policy sees them."""

    items: list[float]
    found_at: list[float]
    seen: int
    history: list[Visit]


def drive(world: World, policy: Any, budget: float, *, capped: bool = True, days: int | None = None) -> Outcome:
    """Let a policy place every visit. A request beyond the day's budget waits for the next day, a host has a gap.

    With ``capped`` off the policy spends what it likes (rules that know no budget). ``days``: stop early.
    """
    ctx = context(world, budget)
    days = world.days if days is None else days
    end = days * DAY
    spent = [0] * days
    host_free: dict[int, float] = {}
    memories = [_memory(items) for items in world.published]
    began = time.process_time()
    policy.start(ctx)
    ask = getattr(policy, "first_visit", None)
    queue = [(float(ask(page)) if ask else DAY * page / world.pages, page) for page in range(world.pages)]
    heapq.heapify(queue)
    outside = 0.0
    while queue and queue[0][0] < end:
        t, page = heapq.heappop(queue)
        day = int(t // DAY)
        if capped and spent[day] >= budget:
            heapq.heappush(queue, ((day + 1) * DAY + 1e-3 * (t - day * DAY), page))
            continue
        host = world.host[page]
        free = host_free.get(host, -1e9)
        if t < free - 1e-6:
            heapq.heappush(queue, (free, page))
            continue
        host_free[host] = t + ctx.host_gap
        inside = time.process_time()
        visit = _visit(world, memories[page], page, t)
        # Deeper pages are fetched until one shows something known.
        spent[day] += 1 + (visit.n_new // LIST_SIZE if visit.overflow and len(memories[page].history) > 1 else 0)
        outside += time.process_time() - inside
        heapq.heappush(queue, (t + max(1.0, float(policy.next_visit(page, memories[page].history))), page))
    cpu = time.process_time() - began - outside
    return _outcome(memories, end, spent, cpu)


def _memory(items: list[float]) -> Memory:
    start = bisect_right(items, 0.0)
    return Memory(items, [0.0] * (len(items) - start), max(0, start), [])


def _visit(world: World, memory: Memory, page: int, t: float) -> Visit:
    until = bisect_right(memory.items, t, memory.seen)
    start = len(memory.items) - len(memory.found_at)
    for n in range(memory.seen - start, until - start):
        memory.found_at[n] = t
    shown = memory.items[memory.seen : until] if memory.history else memory.items[max(0, until - LIST_SIZE) : until]
    memory.seen = until
    stamps = [moment // 60 * 60 for moment in shown] if world.stamped[page] else [m // DAY * DAY for m in shown]
    visit = Visit(t, len(shown), stamps, len(shown) >= LIST_SIZE)
    memory.history.append(visit)
    return visit


def _outcome(memories: list[Memory], end: float, spent: list[int], cpu: float) -> Outcome:
    published, delays = [], []
    for memory in memories:
        own = memory.items[len(memory.items) - len(memory.found_at) :]
        published += own
        delays += [(at or max(end, moment)) - moment for at, moment in zip(memory.found_at, own, strict=True)]
    return Outcome(np.array(published), np.array(delays), spent, cpu)


def follow(world: World, visits: list[Floats], spent: list[int]) -> Outcome:
    """The outcome of visits fixed beforehand: of each page its sorted moments."""
    end = world.days * DAY
    published, delays = [], []
    for items, moments in zip(world.published, visits, strict=True):
        own = np.array([moment for moment in items if moment > 0])
        where = np.searchsorted(moments, own)
        found = np.append(moments, end)[where]
        published.append(own)
        delays.append(found - own)
    return Outcome(np.concatenate(published), np.concatenate(delays), spent)
