"""Calls in a thread: answers, errors, and a call that hangs keeps nobody."""

from __future__ import annotations

import asyncio
import threading

import pytest

from scheduler.workers import Worker


def test_answers_and_errors_come_back_and_calls_are_made_one_after_the_other_in_one_thread() -> None:
    async def use() -> None:
        worker = Worker("test")
        threads = await asyncio.gather(*(worker.run(threading.get_ident) for _ in range(3)))
        assert len(set(threads)) == 1 and threads[0] != threading.get_ident()
        with pytest.raises(ZeroDivisionError):
            await worker.run(lambda: 1 // 0)
        assert await worker.run(divmod, 7, 2) == (3, 1)
        worker.close()
        assert worker.ended(10)

    asyncio.run(use())


def test_call_that_hangs_is_seen_and_given_up_without_waiting_for_it() -> None:
    async def use() -> None:
        worker = Worker("test")
        begun, release = threading.Event(), threading.Event()

        def hang() -> None:
            begun.set()
            release.wait(60)

        with pytest.raises(TimeoutError):
            await asyncio.wait_for(worker.run(hang), 0.05)
        assert begun.wait(10)
        assert worker.busy_for() > 0
        assert not worker.ended(0)
        release.set()
        await worker.run(int)  # what comes after it goes on
        assert worker.busy_for() == 0

    asyncio.run(use())


def test_answer_for_a_loop_that_is_closed_is_dropped() -> None:
    worker = Worker("test")
    release = threading.Event()

    async def leave() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(worker.run(release.wait, 60), 0.05)

    asyncio.run(leave())
    release.set()
    assert asyncio.run(worker.run(int)) == 0
