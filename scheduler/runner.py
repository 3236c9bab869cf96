"""A crawl run is a process: the one place that starts it, watches it and ends it.

``start_crawl`` starts ``scrapy crawl SITE`` in its own process group. The child tells its progress in JSON lines on its
standard output, its log goes to a file of its own in ``data_dir/logs``. ``Crawls`` keeps several going side by side:
for ``run_crawls``, which runs a list of sites to the end, and for the supervisor of ``zhiwen up``.

1. A child never outlives its parent (Linux: the kernel kills it when the parent dies).
2. It never outlives its time: after ``crawl.max_seconds`` it is asked to stop, ``GRACE_SECONDS`` later it is killed.
3. Ctrl-C asks every child to stop once; what it has stored stays. A second Ctrl-C kills.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Self

from archive.clock import utc_now
from config.settings import Settings, child_environment
from seeds.model import list_word

GRACE_SECONDS = 60.0
"""A crawl that was asked to stop still finishes the request on its way (``fetch.timeout_seconds``) and stores."""
KEPT_LOGS = 20
"""Log files kept per site."""

_PR_SET_PDEATHSIG = 1
# Looked up before any fork: between fork and exec nothing may be imported.
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True, slots=True)
class CrawlOptions:
    """What one run is asked to do. ``since``: nothing from before this day; ``limit``: at most so many articles.

    ``lists``: only the columns with these list addresses; none means all. ``kind`` is written into the ledger: who
    asked for the run. ``planned_at``: when it was to begin (UTC).
    """

    since: date | None = None
    backfill: bool = False
    revisit: bool = False
    limit: int | None = None
    dry_run: bool = False
    kind: str = "manual"
    lists: tuple[str, ...] = ()
    planned_at: datetime | None = None

    def arguments(self) -> list[str]:
        """The options in Scrapy's words."""
        words: list[str] = []
        if self.since:
            words += ["-a", f"since={self.since.isoformat()}"]
        if self.backfill:
            words += ["-a", "backfill=1"]
        if self.revisit:
            words += ["-a", "revisit=1"]
        if self.limit is not None:
            words += ["-a", f"limit={self.limit}"]
        if self.lists:
            words += ["-a", f"lists={','.join(map(list_word, self.lists))}"]
        if self.dry_run:
            words += ["-s", "DRY_RUN=1"]
        if self.kind != "manual":
            words += ["-s", f"RUN_KIND={self.kind}"]
        if self.planned_at is not None:
            words += ["-s", f"RUN_PLANNED_AT={self.planned_at.isoformat()}"]
        return words


@dataclass(frozen=True, slots=True)
class CrawlEvent:
    """One line of a child: ``event`` is start, progress, item or done; ``data`` is the whole line."""

    site: str
    event: str
    counts: dict[str, int]
    verdict: str | None
    reason: str | None
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class CrawlResult:
    """How a run ended. ``verdict`` is the child's own word, or "failed" when it died without one.

    ``causes`` counts failed pages by cause, ``evidence`` quotes what was seen. ``run_id`` is the run's number in the
    ledger, None when it got none (held, dry run) or died before it could tell.
    """

    site: str
    verdict: str
    reason: str | None
    counts: dict[str, int]
    causes: dict[str, int]
    evidence: list[str]
    returncode: int
    log: Path
    run_id: int | None = None

    @property
    def ok(self) -> bool:
        """Whether the run did what it should; warnings such as a possible gap are no failure."""
        return self.returncode == 0


@dataclass(slots=True)
class CrawlProcess:
    """A running crawl. ``deadline`` counts on the monotonic clock."""

    site: str
    process: subprocess.Popen[bytes]
    log: Path
    deadline: float
    counts: dict[str, int] = field(default_factory=dict)
    done: dict[str, Any] = field(default_factory=dict)
    ended_because: str | None = None
    silent: bool = False
    """Whether it has closed its output."""
    run_id: int | None = None
    _rest: bytes = b""

    def read_events(self) -> list[CrawlEvent] | None:
        """What the child has said since the last call; None when it has closed its output. Waits for a first byte."""
        assert self.process.stdout is not None
        chunk = os.read(self.process.stdout.fileno(), 65536)
        return self._events(chunk) if chunk else None

    def last_events(self) -> list[CrawlEvent]:
        """What an ended child left unread. Waits for nothing: its output may be held open by what it had started."""
        assert self.process.stdout is not None
        os.set_blocking(self.process.stdout.fileno(), False)
        events: list[CrawlEvent] = []
        with contextlib.suppress(BlockingIOError):
            while chunk := os.read(self.process.stdout.fileno(), 65536):
                events += self._events(chunk)
        return events

    def _events(self, chunk: bytes) -> list[CrawlEvent]:
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        return [event for line in lines if (event := self._event(line))]

    def _event(self, line: bytes) -> CrawlEvent | None:
        try:
            data = json.loads(line)
            name = data["event"]
        except (ValueError, TypeError, KeyError):
            return None  # a stray print of a library is no progress
        counts = data.get("counts") or {}
        self.counts = {**self.counts, **counts}
        self.run_id = data.get("run") or self.run_id
        if name == "done":
            self.done = data
        return CrawlEvent(self.site, name, dict(self.counts), data.get("verdict"), data.get("reason"), data)

    def interrupt(self, because: str, grace: float | None = None) -> None:
        """Ask for a clean stop: the child finishes what is on its way, stores it and closes its run, or is killed.

        It is killed after ``grace`` seconds (``GRACE_SECONDS``).
        """
        self.ended_because = because
        self.deadline = time.monotonic() + (GRACE_SECONDS if grace is None else grace)
        self._signal(signal.SIGINT)

    def kill(self) -> None:
        """End the child and whatever it started, now. What it had committed is safe."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if self.process.poll() is None:
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                return

    def result(self) -> CrawlResult:
        """Wait for the end and say how it was."""
        code = self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()
        verdict, reason = self.done.get("verdict"), self.done.get("reason")
        if verdict is None:
            verdict, reason = "failed", self.ended_because or _cause_of_death(code, self.log)
            code = code or 1
        causes, evidence = self.done.get("causes") or {}, self.done.get("evidence") or []
        return CrawlResult(self.site, verdict, reason, self.counts, causes, evidence, code, self.log, self.run_id)


def crawl_command(site: str, options: CrawlOptions) -> list[str]:
    """The program that crawls a site. -P: nothing of the working folder is imported instead of a library."""
    return [sys.executable, "-P", "-m", "scrapy", "crawl", site, *options.arguments()]


def start_crawl(site: str, options: CrawlOptions, settings: Settings) -> CrawlProcess:
    """Start one run of one site and return at once.

    Call it from a thread that lives as long as the run: the kernel ties the child to the thread that started it.
    Raises OSError when the log folder cannot be written.
    """
    log = new_log(settings.data_dir.absolute() / "logs", site)
    with log.open("wb") as errors:
        process = start_child(crawl_command(site, options), settings, stdout=subprocess.PIPE, stderr=errors)
    return CrawlProcess(site, process, log, time.monotonic() + settings.crawl.max_seconds)


def start_child(command: Sequence[str], settings: Settings, *, stdout: int, stderr: Any) -> subprocess.Popen[bytes]:
    """A Scrapy command as a child in its own process group, with exactly these settings, that dies with its parent."""
    parent = os.getpid()
    environment = child_environment(settings) | {
        "SCRAPY_SETTINGS_MODULE": "crawler.settings",
        "ZHIWEN_PROGRESS": "1",
        "ZHIWEN_PARENT_PID": str(parent),
        "PYTHONUNBUFFERED": "1",
    }

    def tie_to_parent() -> None:
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:  # it died before the tie was made
                os._exit(1)

    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        env=environment,
        process_group=0,
        preexec_fn=tie_to_parent if _LIBC is not None else None,
    )


class Crawls:
    """Runs side by side: starts them, hears what they say, ends those whose time is over.

    Belongs to one thread, which must live as long as the runs; only ``wake`` may be called from others. As a context
    manager it leaves no run behind.
    """

    def __init__(self, settings: Settings, on_event: Callable[[CrawlEvent], None] = lambda event: None) -> None:
        self.settings = settings
        self.running: dict[str, CrawlProcess] = {}
        self._on_event = on_event
        self._selector = selectors.DefaultSelector()
        self._wakeful, self._waker = os.pipe()
        for end in (self._wakeful, self._waker):
            os.set_blocking(end, False)
        self._selector.register(self._wakeful, selectors.EVENT_READ)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.kill()
        self._selector.close()
        os.close(self._wakeful)
        os.close(self._waker)

    def start(self, site: str, options: CrawlOptions) -> CrawlProcess:
        """Start one run. Raises OSError when it cannot be."""
        crawl = start_crawl(site, options, self.settings)
        self.running[site] = crawl
        self._selector.register(crawl.process.stdout, selectors.EVENT_READ, crawl)  # type: ignore[arg-type]
        return crawl

    def wait(self, seconds: float) -> list[CrawlResult]:
        """Hear the runs for at most so long, or until one says something; those that have ended."""
        if any(crawl.silent for crawl in self.running.values()):
            seconds = min(seconds, 0.02)  # it is about to end
        for key, _ in self._selector.select(seconds):
            crawl = key.data
            if crawl is None:
                with contextlib.suppress(BlockingIOError):
                    os.read(self._wakeful, 4096)
                continue
            events = crawl.read_events()
            for event in events or ():
                self._on_event(event)
            if events is None:
                self._selector.unregister(key.fileobj)
                crawl.silent = True
        # One that has said its last word may still live, and a dead one's output be held open by what it started.
        ended = [crawl for crawl in self.running.values() if crawl.process.poll() is not None]
        for crawl in ended:
            del self.running[crawl.site]
            if not crawl.silent:
                self._selector.unregister(crawl.process.stdout)  # type: ignore[arg-type]
                for event in crawl.last_events():
                    self._on_event(event)
        self._enforce_deadlines()
        return [crawl.result() for crawl in ended]

    def wake(self) -> None:
        """End a ``wait`` early; from any thread."""
        with contextlib.suppress(OSError):  # full: it wakes anyway; closed: nobody waits
            os.write(self._waker, b"1")

    def interrupt(self, because: str, grace: float | None = None) -> None:
        """Ask all runs for a clean stop; what still runs after ``grace`` seconds is killed."""
        for crawl in self.running.values():
            crawl.interrupt(because, grace)

    def kill(self) -> None:
        """End all runs now."""
        for crawl in list(self.running.values()):
            crawl.kill()

    def _enforce_deadlines(self) -> None:
        for crawl in self.running.values():
            if time.monotonic() > crawl.deadline:
                crawl.kill() if crawl.ended_because else crawl.interrupt("stopped after crawl.max_seconds")


def run_crawls(
    sites: Sequence[str],
    options: CrawlOptions,
    settings: Settings,
    *,
    jobs: int = 2,
    on_event: Callable[[CrawlEvent], None] = lambda event: None,
    on_result: Callable[[CrawlResult], None] = lambda result: None,
) -> list[CrawlResult]:
    """Run the sites, at most ``jobs`` at a time, and return how each ended, in the order of ``sites``.

    A Ctrl-C (or SIGTERM) stops them cleanly; sites not yet started are left out of the answer.
    """
    waiting = deque(sites)
    results: dict[str, CrawlResult] = {}
    with Crawls(settings, on_event) as crawls, _interrupts() as interrupts:
        handled = 0
        while crawls.running or (waiting and not interrupts):
            while waiting and len(crawls.running) < max(1, jobs) and not interrupts:
                crawls.start(waiting.popleft(), options)
            for result in crawls.wait(0.2):
                results[result.site] = result
                on_result(result)
            if len(interrupts) > handled:
                handled = len(interrupts)
                crawls.interrupt("stopped by the user") if handled == 1 else crawls.kill()
    return [results[site] for site in sites if site in results]


@contextmanager
def _interrupts() -> Iterator[list[int]]:
    """Collect SIGINT and SIGTERM instead of dying of them. Outside the main thread signals are left alone."""
    seen: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        seen.append(number)

    try:
        before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    except ValueError:  # not the main thread
        yield seen
        return
    try:
        yield seen
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def new_log(folder: Path, site: str) -> Path:
    """A log file name for a run that starts now; the oldest ones of the site are removed."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in sorted(folder.glob(f"{site}-2*.log"))[: -KEPT_LOGS + 1]:
        old.unlink(missing_ok=True)
    return folder / f"{site}-{utc_now():%Y%m%dT%H%M%S}-{os.getpid()}-{time.monotonic_ns() % 10**6:06d}.log"


def _cause_of_death(code: int, log: Path) -> str:
    """Why a child ended without a word, from its exit code and the last line of its log."""
    lines = [line for line in log.read_text("utf-8", errors="replace").splitlines() if line.strip()]
    last = f" Its log ends: {lines[-1].strip()[:300]}" if lines else ""
    if code < 0:
        return f"the crawl was killed by {signal.Signals(-code).name}.{last}"
    return f"the crawl ended with code {code} and no verdict.{last}"
