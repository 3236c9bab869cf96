"""The clock of the service: APScheduler in the event loop, with its memory store, holding no truth of its own.

What is due stands in the database; the clock only says when to look. Its defaults are not ours: a late call is made and
not dropped (its grace is one second), several missed ones are made once, and a call never overlaps itself. Its store in
a database is not used, because a lock on it ends the clock for ever.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog
from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED, JobEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from archive.clock import SHANGHAI, utc_now

log = structlog.get_logger("zhiwen.up")

JUMP_SECONDS = 60.0
"""The wall clock moved against the monotonic one by more: it was set, or the machine slept."""
PULSE_SECONDS = 1.0


class Clock:
    """Calls coroutines at intervals, and one of them at a moment of its own.

    ``missed``, ``overlapped`` and ``failed`` count what APScheduler tells; ``jumps`` how often the wall clock jumped.
    ``beat`` is the monotonic moment of the last tick (the job that calls ``ticked``).
    """

    def __init__(
        self,
        *,
        wall: Callable[[], datetime] = utc_now,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        # It would tell of every call, and warn of each that is left out because the one before still waits for a
        # database; those are counted here.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._scheduler = AsyncIOScheduler(
            timezone="Asia/Shanghai", job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
        )
        self._scheduler.add_listener(self._heard, EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES | EVENT_JOB_ERROR)
        self._wall, self._steady = wall, steady
        self._offset = self._now() - steady()
        self._pulse: asyncio.TimerHandle | None = None
        self.missed = self.overlapped = self.failed = self.jumps = 0
        self.beat = time.monotonic()

    def every(self, seconds: float, call: Callable[[], Awaitable[None]], name: str, *, at_once: bool = True) -> None:
        """Call it each so many seconds, for the first time now."""
        first = datetime.now(SHANGHAI) + timedelta(seconds=0 if at_once else seconds)
        self._scheduler.add_job(
            call, "interval", seconds=seconds, id=name, name=name, next_run_time=first, replace_existing=True
        )

    def once(self, seconds: float, call: Callable[[], Awaitable[None]], name: str) -> None:
        """Call it once, so many seconds from now; a former moment of the same name is dropped."""
        moment = datetime.now(SHANGHAI) + timedelta(seconds=max(0.0, seconds))
        self._scheduler.add_job(call, "date", run_date=moment, id=name, name=name, replace_existing=True)

    def ticked(self) -> None:
        """The clock lives; said by the job that is called most often."""
        self.beat = time.monotonic()

    def start(self) -> None:
        """Start in the running event loop."""
        self._scheduler.start()
        self._listen_for_jumps()

    def stop(self) -> None:
        """No more calls; those on their way end by themselves."""
        if self._pulse is not None:
            self._pulse.cancel()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    def look_for_jump(self) -> float:
        """Seconds by which the wall clock jumped since the last look; 0 for less than ``JUMP_SECONDS``.

        After a jump every job is due at once: APScheduler would wait until the old time is reached again.
        """
        offset = self._now() - self._steady()
        jump, self._offset = offset - self._offset, offset
        if abs(jump) < JUMP_SECONDS:
            return 0.0
        self.jumps += 1
        way = "forward" if jump > 0 else "back"
        log.warning(f"the clock jumped {way} by {abs(jump):.0f} s (set by hand, or the machine slept)", seconds=jump)
        now = datetime.now(SHANGHAI)
        for job in self._scheduler.get_jobs():
            job.modify(next_run_time=now)
        return jump

    def _now(self) -> float:
        return self._wall().timestamp()

    def _listen_for_jumps(self) -> None:
        self.look_for_jump()
        # Not a job: after a step back APScheduler calls none.
        self._pulse = asyncio.get_running_loop().call_later(PULSE_SECONDS, self._listen_for_jumps)

    def _heard(self, event: JobEvent) -> None:
        if event.code == EVENT_JOB_MISSED:
            self.missed += 1
            log.error("a call of the clock was dropped", job=event.job_id)
        elif event.code == EVENT_JOB_MAX_INSTANCES:
            self.overlapped += 1  # the call before has not ended; the next one does what is left
        else:
            self.failed += 1  # APScheduler logs it with its traceback
