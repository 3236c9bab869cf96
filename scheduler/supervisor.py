"""The runs of ``zhiwen up``: started, heard and ended in one thread that lives as long as the service.

The kernel ties a child to the thread that started it (``scheduler.runner``), so no pool may start them.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

import structlog

from archive.clock import utc_now
from config.settings import Settings
from scheduler.runner import CrawlEvent, CrawlOptions, CrawlResult, Crawls

log = structlog.get_logger("zhiwen.up")

IDLE_SECONDS = 5.0
"""How long the thread sleeps with nothing running; a new run wakes it."""
BUSY_SECONDS = 0.5
"""The same while something runs: limits are looked at that often."""


class Task(Protocol):
    """A run to start: of which site, with which options."""

    @property
    def site(self) -> str: ...
    @property
    def options(self) -> CrawlOptions: ...


@dataclass(frozen=True, slots=True)
class Running:
    """A run on its way, as others may see it."""

    site: str
    since: datetime
    counts: dict[str, int] = field(default_factory=dict)


class Supervisor:
    """Starts runs and hears them out.

    ``on_result`` is called in the supervisor's own thread, once for every task that was started, however it ended: a
    run that could not even be started has failed.
    """

    def __init__(self, settings: Settings, on_result: Callable[[Task, CrawlResult], None]) -> None:
        self._on_result = on_result
        self._tasks: dict[str, Task] = {}
        self._running: dict[str, Running] = {}
        self._lock = threading.Lock()
        self._orders: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._crawls = Crawls(settings, self._heard)
        self._stopping, self._because = False, ""
        self.beat = time.monotonic()
        """When the thread was last seen awake (monotonic)."""
        self._thread = threading.Thread(target=self._work, name="runs", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether the thread is there."""
        return self._thread.is_alive()

    def running(self) -> list[Running]:
        """What runs, the oldest first."""
        with self._lock:
            return sorted(self._running.values(), key=lambda one: one.since)

    def start(self, task: Task) -> None:
        """Start a run soon. Its site counts as running from now on."""
        with self._lock:
            self._tasks[task.site] = task
            self._running[task.site] = Running(task.site, utc_now())
        self._order(lambda: self._start(task))

    def use(self, settings: Settings) -> None:
        """Settings for the runs that are started from now on."""
        self._order(lambda: setattr(self._crawls, "settings", settings))

    def interrupt(self, because: str, grace: float) -> None:
        """Ask all runs to stop; what still runs after ``grace`` seconds is killed. Nothing is started any more."""
        self._stopping, self._because = True, because
        self._order(lambda: self._crawls.interrupt(because, grace))

    def kill(self) -> None:
        """End all runs at once, from any thread, whatever the supervisor's own is doing."""
        self._stopping = True
        self._crawls.kill()
        self._crawls.wake()

    def end(self, seconds: float) -> bool:
        """End the thread when nothing runs any more; whether it ended within so many seconds."""
        self._stopping = True
        self._order(lambda: None)
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _order(self, order: Callable[[], None]) -> None:
        self._orders.put(order)
        self._crawls.wake()

    def _work(self) -> None:
        with self._crawls:
            while True:
                self.beat = time.monotonic()
                while not self._orders.empty():
                    self._orders.get()()
                if self._stopping and not self._crawls.running:
                    return
                for result in self._crawls.wait(BUSY_SECONDS if self._crawls.running else IDLE_SECONDS):
                    self._ended(result)

    def _start(self, task: Task) -> None:
        if self._stopping:
            self._ended(_not_started(task.site, "interrupted", self._because))
            return
        try:
            self._crawls.start(task.site, task.options)
        except OSError as error:
            why = f"the run could not be started: {error.strerror or error}"
            self._ended(_not_started(task.site, "failed", why))

    def _heard(self, event: CrawlEvent) -> None:
        with self._lock:
            running = self._running.get(event.site)
            if running is not None:
                self._running[event.site] = replace(running, counts=event.counts)

    def _ended(self, result: CrawlResult) -> None:
        with self._lock:
            task = self._tasks.pop(result.site)
            self._running.pop(result.site, None)
        if self._because and result.verdict == "failed":
            # It had no time left for a word of its own; that is no fault of the site.
            result = replace(result, verdict="interrupted", reason=self._because)
        try:
            self._on_result(task, result)
        except Exception:  # one fault in its telling must not end the thread that holds all the others
            log.exception("the end of a run could not be told", site=result.site)


def _not_started(site: str, verdict: str, reason: str) -> CrawlResult:
    return CrawlResult(site, verdict, reason, {}, {}, [], 1, Path())
