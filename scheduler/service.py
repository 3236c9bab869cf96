"""``zhiwen up``: the process that keeps watch.

1. The clock (``scheduler.ticking``) looks every few seconds, and at the moment the next visit is due, whether there is
   something to do. It never waits for a database: that is done in threads (``scheduler.workers``).
2. The timetable says what is due and claims it; the supervisor (``scheduler.supervisor``) makes processes of it.
3. What has ended is written down; as long as the database is away it is kept and tried again.
4. After runs, and now and then, the sites are examined; notices go out by themselves.
5. Troubles are told once and lived with. A watchdog (``scheduler.watchdog``) ends the process only when the clock
   itself is dead.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import threading
import time
import uuid
from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import structlog

from archive.archive import Archive
from archive.clock import utc_now
from archive.errors import ArchiveError, DiskFull
from archive.present import figures
from config.settings import ConfigError, Settings
from scheduler.condition import ailments, healthz
from scheduler.configuration import Configuration, renewed
from scheduler.dispatch import Dispatch, MakePlanner
from scheduler.endpoint import Endpoint
from scheduler.examination import Examined
from scheduler.metrics import Metrics
from scheduler.runner import CrawlResult
from scheduler.supervisor import Supervisor, Task
from scheduler.ticking import Clock
from scheduler.troubles import Troubles
from scheduler.watchdog import Watchdog, tell_systemd
from scheduler.workers import Worker
from seeds.model import SeedError, Site

log = structlog.get_logger("zhiwen.up")

LOOK_SECONDS = 30.0
"""So long at most without a look at what is due, whatever the clock on the wall says."""
PATIENCE_SECONDS = 60.0
"""A database that is away for longer is told to the operators."""


class Postman(Protocol):
    """Who tells others; see ``scheduler.sending.Sender``."""

    def deliver(self) -> Any: ...
    def cry(self, text: str) -> None: ...
    def close(self, seconds: float = ...) -> None: ...


@dataclass(frozen=True, slots=True)
class Parts:
    """How the parts are made that the service puts to work."""

    timetable: MakePlanner
    sender: Callable[[Archive, Settings], Postman]
    examine: Callable[[Archive, Mapping[str, Site], Settings, datetime], Examined]


class Service:
    """One ``zhiwen up``. ``run`` returns the exit code.

    ``read`` gives the configuration; it raises ConfigError or SeedError, which end the start but never a service that
    runs. ``on_result`` hears of every run that ended, in the event loop.
    """

    def __init__(
        self,
        read: Callable[[], Configuration],
        parts: Parts,
        *,
        on_result: Callable[[CrawlResult], None] = lambda result: None,
        once: bool = False,
    ) -> None:
        self._read, self._parts, self._on_result, self._once = read, parts, on_result, once
        self.configuration = read()
        settings = self.configuration.settings
        self.instance = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:6]}"
        self.started_at = utc_now()
        self.archive = Archive(settings.archive_url, settings.data_dir, revisit_days=settings.crawl.revisit_days)
        self.troubles = Troubles(self._cry)
        self.clock = Clock()
        self._sender = parts.sender(self.archive, settings)
        self._signature = self.configuration.signature()
        self._tasks: set[asyncio.Task[None]] = set()
        self.stopping = asyncio.Event()
        self._stop_calls = 0
        self._code = 0
        self._refreshed = self._looking = self._look_again = self._examining = self._examine_again = False
        self._looked = -LOOK_SECONDS
        self.url: str | None = None
        """Where the endpoint is; None without one."""

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self.configuration.settings

    # --- life ---------------------------------------------------------------------------------------------------------

    async def run(self) -> int:
        """Keep watch until a signal; with ``once`` until nothing is due any more. 0, or 1 where that failed."""
        up = self.settings.up
        self._loop = asyncio.get_running_loop()
        self._metrics = Metrics(self, lambda: figures(self.archive, utc_now()))
        pages = {"/healthz": lambda: healthz(self), "/metrics": self._metrics.page}
        endpoint = Endpoint(up.listen, pages, up.hosts) if up.listen else None
        self.url = endpoint.url if endpoint else None
        self.planner, self.examiner = Worker("timetable"), Worker("examination")
        self.postman, self._crier = Worker("notices"), Worker("cries")
        self.supervisor = Supervisor(self.settings, self._run_ended_there)
        self.dispatch = Dispatch(
            self.archive, self._parts.timetable, self.configuration, self.instance, self.supervisor, self.troubles
        )
        self.watchdog = Watchdog(
            lambda: ailments(self),
            seconds=up.tick_seconds / 2,
            patience=up.watchdog_restart_seconds,
            on_ill=lambda ill: self._cry("; ".join(ill)),
            on_well=lambda: self._cry("over again: the clock ticks"),
            on_end=self.supervisor.kill,
        )
        self.clock.every(up.tick_seconds, self._tick, "tick")
        self.clock.every(up.refresh_seconds, self._refresh, "refresh")
        self.clock.every(up.examine_seconds, self._examine, "examine", at_once=False)
        self.clock.every(up.deliver_seconds, self._deliver, "deliver")
        with self._signals():
            self.clock.start()
            self.watchdog.start()
            tell_systemd("READY=1")
            log.info(f"keeps watch{f'; how it is: {self.url}/healthz' if self.url else ''}", instance=self.instance)
            try:
                await self.stopping.wait()
            finally:
                await self._stop(endpoint)
        return self._code

    def stop(self) -> None:
        """Begin to stop; a second call kills what runs."""
        self._stop_calls += 1
        self.stopping.set()

    def reload(self) -> None:
        """Read settings and site files again."""
        self._spawn(self._reload())

    async def _stop(self, endpoint: Endpoint | None) -> None:
        """Within ten seconds in all, whatever hangs."""
        self.watchdog.stopping()
        tell_systemd("STOPPING=1")
        log.info("stopping")
        self.clock.stop()
        self.dispatch.close()
        grace = self.settings.up.stop_seconds
        self.supervisor.interrupt("the service was stopped", grace)
        await self._until(lambda: not self.supervisor.running(), grace + 0.3)
        self.supervisor.kill()
        await self._until(lambda: not self.supervisor.running(), 0.5)
        # Written down as long as the database answers at once; if not, whoever takes over closes it.
        with contextlib.suppress(TimeoutError, ArchiveError):
            await asyncio.wait_for(self.planner.run(self.dispatch.sign_off), 1.2)
        if endpoint is not None:
            endpoint.close()
        self._sender.close(0.2)
        workers = (self.planner, self.examiner, self.postman, self._crier)
        for worker in workers:
            worker.close()
        if self.supervisor.end(0.2) and all(worker.ended(0.1) for worker in workers):
            self.archive.close()
        self.watchdog.end()
        log.info("stopped")

    async def _until(self, done: Callable[[], bool], seconds: float) -> None:
        end = time.monotonic() + seconds
        while not done() and time.monotonic() < end and self._stop_calls < 2:
            await asyncio.sleep(0.05)

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        """SIGTERM and SIGINT stop, SIGHUP reloads. Outside the main thread signals are left alone."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        calls = {signal.SIGTERM: self.stop, signal.SIGINT: self.stop, signal.SIGHUP: self.reload}

        def note(number: int, frame: Any) -> None:
            call = calls[signal.Signals(number)]
            if call == self.stop and self._stop_calls:
                self.supervisor.kill()  # at once, whatever the loop is doing
            self._loop.call_soon_threadsafe(call)

        before = {number: signal.signal(number, note) for number in calls}
        # The watchdog hears of them too, even while this thread hangs.
        former = signal.set_wakeup_fd(self.watchdog.waker, warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(former)
            for number, handler in before.items():
                signal.signal(number, handler)

    # --- the clock's calls --------------------------------------------------------------------------------------------

    async def _tick(self) -> None:
        self.clock.ticked()
        due_at = self.dispatch.due_at
        due = due_at is not None and due_at <= utc_now()
        if due or self._look_again or self.dispatch.unsettled or time.monotonic() - self._looked >= LOOK_SECONDS:
            self._look()

    async def _refresh(self) -> None:
        if await self.planner.run(self.configuration.signature) != self._signature:
            await self._reload()
        if await self._guarded("timetable", self.planner, self.dispatch.refresh):
            self._refreshed = True
            self._look()
        elif self._once:
            self._give_up()

    async def _examine(self) -> None:
        self._examine_again = True
        if self._examining:
            return
        self._examining = True
        try:
            while self._examine_again and not self.stopping.is_set():
                self._examine_again = False
                await self._guarded("examination", self.examiner, self._examine_now)
        finally:
            self._examining = False

    def _examine_now(self) -> None:
        examined = self._parts.examine(self.archive, self.configuration.sites, self.settings, utc_now())
        for word, alarms in (("alarm", examined.opened), ("alarm over", examined.closed)):
            for alarm in alarms:
                where = f"{alarm.site} {alarm.column}".strip()
                why = alarm.closed_because if alarm.closed_at else alarm.reason
                log.warning(f"{word}: {where}: {alarm.kind}: {why}", site=alarm.site, kind=alarm.kind)

    async def _deliver(self) -> None:
        await self._guarded("notices", self.postman, self._sender.deliver)

    # --- what is due --------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        """See soon what is due and start it."""
        self._look_again = True
        if self._refreshed and not self._looking and not self.stopping.is_set():
            self._looking = True
            self._spawn(self._start_due())

    async def _start_due(self) -> None:
        try:
            while self._look_again and not self.stopping.is_set():
                self._look_again = False
                self._looked = time.monotonic()
                if not await self._guarded("timetable", self.planner, self.dispatch.start_due):
                    return self._give_up() if self._once else None
        finally:
            self._looking = False
        if (due_at := self.dispatch.due_at) is not None:
            wait = (due_at - utc_now()).total_seconds()
            if 0 < wait < LOOK_SECONDS and not self.stopping.is_set():
                self.clock.once(wait, self._tick, "due")
        if self._once and not self.dispatch.unsettled and not self.supervisor.running():
            await self._examine()
            await self._deliver()
            self.stopping.set()
        return None

    def _give_up(self) -> None:
        self._code = 1
        self.stopping.set()

    # --- runs ---------------------------------------------------------------------------------------------------------

    def _run_ended_there(self, task: Task, result: CrawlResult) -> None:
        """In the supervisor's thread."""
        self.dispatch.keep(task, result)
        self._loop.call_soon_threadsafe(self._run_ended, result)

    def _run_ended(self, result: CrawlResult) -> None:
        self._metrics.ended(result)
        self._on_result(result)
        self._look()
        self._spawn(self._examine())

    # --- reading again ------------------------------------------------------------------------------------------------

    async def _reload(self) -> None:
        self._signature = self.configuration.signature()
        try:
            read = await self.examiner.run(self._read)
            settings, fixed = renewed(self.settings, read.settings)
            sender = self._parts.sender(self.archive, settings) if _sends_otherwise(settings, self.settings) else None
        except (ConfigError, SeedError, OSError) as error:
            self.troubles.meet("configuration", f"the old settings stay in force: {error}")
            return
        self.troubles.over("configuration", "settings and site files were read")
        if fixed:
            log.warning(f"changes of {', '.join(fixed)} take effect after a restart")
        self.configuration = Configuration(settings, read.sites)
        if sender is not None:
            self._sender.close(0)
            self._sender = sender
        self._signature = self.configuration.signature()
        self.dispatch.use(self.configuration)
        self.supervisor.use(settings)
        log.info("settings and site files were read again", sites=len(read.sites))
        self._look()

    # --- troubles -----------------------------------------------------------------------------------------------------

    async def _guarded(self, name: str, worker: Worker, call: Callable[..., Any], *arguments: Any) -> bool:
        """Call it in the worker; whether it went well. Whatever goes wrong is a trouble of that name."""
        try:
            await worker.run(call, *arguments)
        except DiskFull as error:
            self.troubles.meet(name, f"{name}: {error}", patience=0)
        except ArchiveError as error:
            self.troubles.meet(name, f"{name}: {error}", patience=PATIENCE_SECONDS)
        except OSError as error:
            self.troubles.meet(name, f"{name}: {error}", patience=PATIENCE_SECONDS)
        except Exception as error:
            # A fault of ours in one part must not end the others; the log has all of it, once.
            if name not in {trouble.name for trouble in self.troubles.lasting()}:
                log.exception(f"{name}: unexpected")
            self.troubles.meet(name, f"{name}: unexpected {type(error).__name__}: {error}", patience=PATIENCE_SECONDS)
        else:
            self.troubles.over(name)
            return True
        return False

    def _cry(self, text: str) -> threading.Event:
        sender, told = self._sender, f"zhiwen up on {socket.gethostname()}: {text}"

        def cry() -> None:
            try:
                sender.cry(told)
            except Exception:
                log.exception("the operators could not be told")

        return self._crier.post(cry)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _sends_otherwise(new: Settings, old: Settings) -> bool:
    return (new.channels, new.notices, new.fetch) != (old.channels, old.notices, old.fetch)
