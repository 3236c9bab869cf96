"""The clock: what it calls, and what it does when the clock on the wall is set."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from scheduler.ticking import Clock


class Times:
    """A wall clock and a steady one that the test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 8, tzinfo=UTC)
        self.steady = 1000.0

    def pass_by(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.steady += seconds


@pytest.mark.parametrize(
    ("moved", "told"),
    [
        (-3600, "the clock jumped back by 3600 s (set by hand, or the machine slept)"),
        (8 * 3600, "the clock jumped forward by 28800 s (set by hand, or the machine slept)"),
    ],
)
def test_jump_of_the_wall_clock_is_told_once_and_every_call_is_due_at_once(moved: float, told: str) -> None:
    async def use() -> None:
        times = Times()
        clock = Clock(wall=lambda: times.now, steady=lambda: times.steady)
        called = asyncio.Event()

        async def call() -> None:
            called.set()

        clock.every(3600, call, "look", at_once=False)
        clock.start()
        times.pass_by(30)
        times.now += timedelta(seconds=moved)
        with capture_logs() as lines:
            assert clock.look_for_jump() == moved
            assert clock.look_for_jump() == 0
        assert [line["event"] for line in lines] == [told]
        assert clock.jumps == 1
        await asyncio.wait_for(called.wait(), 20)  # not in an hour
        clock.stop()

    asyncio.run(use())


def test_small_corrections_of_the_wall_clock_are_none() -> None:
    times = Times()
    clock = Clock(wall=lambda: times.now, steady=lambda: times.steady)
    for _ in range(10):
        times.pass_by(30)
        times.now += timedelta(seconds=20)
        assert clock.look_for_jump() == 0
    assert clock.jumps == 0


def test_failing_call_is_counted_and_called_again() -> None:
    async def use() -> None:
        clock = Clock()
        times = 0
        enough = asyncio.Event()

        async def call() -> None:
            nonlocal times
            times += 1
            if times == 2:
                enough.set()
            raise RuntimeError("a fault")

        clock.every(0.05, call, "look")
        clock.start()
        await asyncio.wait_for(enough.wait(), 20)
        clock.stop()
        assert clock.failed >= 1

    asyncio.run(use())


def test_slow_call_never_overlaps_itself_and_what_was_left_out_is_counted() -> None:
    async def use() -> None:
        clock = Clock()
        inside = most = 0
        hold, counted = asyncio.Event(), asyncio.Event()

        async def slow() -> None:
            nonlocal inside, most
            inside += 1
            most = max(most, inside)
            await hold.wait()
            inside -= 1

        async def look() -> None:
            if clock.overlapped:
                counted.set()

        clock.every(0.05, slow, "slow")
        clock.every(0.05, look, "look")
        clock.start()
        await asyncio.wait_for(counted.wait(), 20)
        hold.set()
        clock.stop()
        assert most == 1

    asyncio.run(use())


def test_moment_of_its_own_comes_once_and_replaces_the_one_before() -> None:
    async def use() -> None:
        clock = Clock()
        came: list[str] = []
        second = asyncio.Event()

        async def first_call() -> None:
            came.append("first")

        async def second_call() -> None:
            came.append("second")
            second.set()

        clock.start()
        clock.once(3600, first_call, "due")
        clock.once(0.01, second_call, "due")
        await asyncio.wait_for(second.wait(), 20)
        clock.stop()
        assert came == ["second"]

    asyncio.run(use())
