"""The service at work: a real archive on SQLite, the real timetable, small programs in the place of crawls.

It runs in a thread of its own, and each test waits for what it tells.
"""

from __future__ import annotations

import asyncio
import json
import queue
import sqlite3
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import archive.database
from archive.archive import Archive
from archive.clock import utc_now
from config.settings import Settings, SitesSettings
from config.up import UpSettings
from scheduler import dispatch, runner, watched
from scheduler.condition import ailments
from scheduler.configuration import Configuration
from scheduler.examination import Examined
from scheduler.runner import CrawlResult
from scheduler.service import Parts, Service
from scheduler.timetable import Timetable
from seeds.load import load_site

SITE = """\
publisher = "质量观察"
base_url = "http://{name}.example/"

[schedule]
every = "{every}"

[[lists]]
column = "要闻"
url = "/news/"
"""
PATIENCE = 60
"""Seconds that a test waits for what must come, on a machine that is busy with others."""


class Heard:
    """What the service told: cries to the operators, results of runs."""

    def __init__(self) -> None:
        self.cries: queue.Queue[str] = queue.Queue()
        self.results: queue.Queue[CrawlResult] = queue.Queue()

    def cry(self, having: str) -> str:
        """The next cry with these words."""
        while having not in (text := self.cries.get(timeout=PATIENCE)):
            pass
        return text

    def result(self) -> CrawlResult:
        return self.results.get(timeout=PATIENCE)


class Postman:
    """Takes cries; the sending of notices has tests of its own."""

    def __init__(self, heard: Heard) -> None:
        self.cry = heard.cries.put

    def deliver(self) -> None:
        pass

    def close(self, seconds: float = 0) -> None:
        pass


class Up:
    """A service that runs in a thread."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.code: int | None = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        self.code = asyncio.run(self.service.run())

    def ask(self, page: str = "/healthz") -> tuple[int, Any]:
        """Status and answer of a page of the endpoint."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(f"{self.service.url}{page}", timeout=PATIENCE) as answer:
                status, body = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, body = error.code, error.read()
        return status, json.loads(body) if page == "/healthz" else body.decode()

    def in_the_loop(self, call: Callable[[], object]) -> None:
        self.service._loop.call_soon_threadsafe(call)

    def stop(self) -> int | None:
        if self._thread.is_alive():
            self.in_the_loop(self.service.stop)
            self._thread.join(PATIENCE)
        return self.code


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "sites").mkdir()
    # Ticks far apart: on a machine that is busy with others the clock must not count as dead.
    up = UpSettings(listen="127.0.0.1:0", tick_seconds=10, refresh_seconds=0.5, deliver_seconds=1, stop_seconds=2)
    return Settings(data_dir=tmp_path / "data", sites=SitesSettings(paths=[tmp_path / "sites"]), up=up)


@pytest.fixture(autouse=True)
def no_spread(monkeypatch: pytest.MonkeyPatch) -> None:
    """New columns are due at once."""
    monkeypatch.setattr(watched, "FIRST_VISITS_APART", timedelta())


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def start(settings: Settings, heard: Heard, tmp_path: Path) -> Iterator[Callable[..., Up]]:
    """Starts a service over the sites of these names; ``use`` changes its settings."""
    running: list[Up] = []

    def start(*names: str, every: str = "1h", once: bool = False, **use: Any) -> Up:
        for name in names:
            (tmp_path / "sites" / f"{name}.toml").write_text(SITE.format(name=name.replace("_", "-"), every=every))
        changed = settings.model_copy(update={"up": settings.up.model_copy(update=use)})
        changed.data_dir.mkdir(exist_ok=True)

        def read() -> Configuration:
            files = sorted((tmp_path / "sites").glob("*.toml"))
            return Configuration(changed, {file.stem: load_site(file) for file in files})

        parts = Parts(Timetable, lambda archive, settings: Postman(heard), lambda *about: Examined())
        up = Up(Service(read, parts, on_result=heard.results.put, once=once))
        running.append(up)
        return up

    yield start
    for up in running:
        up.stop()


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Lets every crawl run this program; ``site`` is its site."""

    def use(source: str) -> None:
        head = (
            "import json, os, signal, sys, time\nsite = sys.argv[1]\n"
            "def say(event, **more): print(json.dumps({'event': event, **more}), flush=True)\n"
        )
        monkeypatch.setattr(
            runner, "crawl_command", lambda site, options: [sys.executable, "-S", "-c", head + source, site]
        )

    use("say('done', verdict='ok', counts={'new': 3})")
    return use


def until(true: Callable[[], object]) -> None:
    """Wait for what nobody announces."""
    pause, end = threading.Event(), time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "it never came"
        pause.wait(0.02)


def make_due(settings: Settings) -> None:
    """Every planned visit is due now; what runs before has been written down."""
    with Archive(settings.archive_url, settings.data_dir) as archive:
        until(lambda: [slot.state for slot in archive.slots()] == ["ended"])
    with sqlite3.connect(settings.data_dir / "zhiwen.db", timeout=30) as connection:
        connection.execute("UPDATE schedule SET next_due_at = ?", (utc_now().strftime("%Y-%m-%d %H:%M:%S.000000"),))


def test_what_is_due_is_run_once_written_down_and_told(start, program, heard: Heard, settings: Settings) -> None:
    up = start("quality_a", "quality_b", every="1h")
    results = [heard.result(), heard.result()]
    assert sorted(result.site for result in results) == ["quality_a", "quality_b"]
    assert up.stop() == 0
    with Archive(settings.archive_url, settings.data_dir) as archive:
        slots = archive.slots()
        assert [(slot.state, slot.note) for slot in slots] == [("ended", "ok")] * 2
        assert all(row.next_due_at > utc_now() for row in archive.schedules())
        assert archive.instances() == []  # signed off: another takes over at once
    assert heard.results.empty()


def test_once_does_what_is_due_and_ends(start, program, heard: Heard) -> None:
    up = start("quality_a", "quality_b", "quality_c", once=True, jobs=1)
    assert sorted(heard.result().site for _ in range(3)) == ["quality_a", "quality_b", "quality_c"]
    up._thread.join(PATIENCE)
    assert up.code == 0


def test_metrics_and_health_tell_of_runs_without_naming_anything_else(start, program, heard: Heard) -> None:
    up = start("quality_a")
    heard.result()
    status, health = up.ask()
    assert (status, health["status"], health["database"], health["problems"]) == (200, "ok", True, [])
    status, metrics = up.ask("/metrics")
    assert status == 200
    assert 'zhiwen_runs_total{site="quality_a",verdict="ok"} 1.0' in metrics
    assert 'zhiwen_articles_total{kind="new",site="quality_a"} 3.0' in metrics
    assert "zhiwen_database_up 1.0" in metrics
    assert 'zhiwen_slots{state="' in metrics
    assert "process_resident_memory_bytes" in metrics
    assert up.ask("/")[0] == 404


def still_dead(looks: Iterator[int], looked_often: threading.Event) -> list[str]:
    if next(looks, None) is None:
        looked_often.set()
    return ["still dead"]


@pytest.mark.parametrize("how", ["blocked", "killed"])
def test_dead_clock_is_noticed_by_health_and_heartbeat_and_told_and_over_again(
    how: str, start, program, heard: Heard, settings: Settings
) -> None:
    up = start("quality_a", tick_seconds=0.2)
    heard.result()
    release = threading.Event()
    scheduler = up.service.clock._scheduler
    up.in_the_loop(release.wait if how == "blocked" else scheduler.pause)
    heard.cry("the clock is dead: its last tick was")
    # On a busy machine an earlier moment of weakness may have been told first.
    until(lambda: up.ask()[0] == 503)
    health = up.ask()[1]
    assert health["status"] == "ill"
    assert "the clock is dead" in health["problems"][0]
    with Archive(settings.archive_url, settings.data_dir) as archive:
        beat = archive.instances()[0].beat_at
        looked_often, looks = threading.Event(), iter(range(15))
        up.service.watchdog._ailments = lambda: still_dead(looks, looked_often)
        assert looked_often.wait(PATIENCE)  # for several refreshes' time
        assert archive.instances()[0].beat_at == beat
    up.service.watchdog._ailments = lambda: ailments(up.service)
    release.set()
    if how == "killed":
        up.in_the_loop(scheduler.resume)
    heard.cry("over again")
    until(lambda: up.ask()[0] == 200)


def test_locked_database_blocks_nothing_is_told_once_and_caught_up(
    start, program, heard: Heard, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive.database, "BUSY_SECONDS", 0.3)
    up = start("quality_a")
    heard.result()
    met, is_over = threading.Event(), threading.Event()
    troubles = up.service.troubles
    meet, over = troubles.meet, troubles.over

    def note_meet(name: str, text: str, **more: Any) -> None:
        meet(name, text, **more)
        if troubles.met.get(name, 0) >= 3:
            met.set()

    def note_over(name: str, text: str = "") -> None:
        over(name, text)
        if met.is_set() and not troubles.lasting():
            is_over.set()

    monkeypatch.setattr(troubles, "meet", note_meet)
    monkeypatch.setattr(troubles, "over", note_over)
    make_due(settings)
    with sqlite3.connect(settings.data_dir / "zhiwen.db", timeout=30, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE schedule SET next_due_at = '2020-01-01 00:00:00.000000'")
        assert met.wait(PATIENCE)
        status, health = up.ask()
        assert (status, health["status"], health["database"]) == (200, "ok", False)
        assert len([text for text in health["problems"] if "is locked by another process" in text]) == 1
        other.execute("COMMIT")
    other.close()
    assert heard.result().site == "quality_a"
    assert is_over.wait(PATIENCE)
    assert up.service.clock.failed == 0


def test_run_that_ends_while_the_database_is_locked_is_written_down_later(
    start, program, heard: Heard, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(archive.database, "BUSY_SECONDS", 0.3)
    gate = tmp_path / "gate"
    program(
        f"import pathlib\nwhile not pathlib.Path({str(gate)!r}).exists(): time.sleep(0.02)\nsay('done', verdict='ok')"
    )
    up = start("quality_a")
    with Archive(settings.archive_url, settings.data_dir) as mine:
        until(lambda: mine.slots(states=("claimed",)))
        with sqlite3.connect(settings.data_dir / "zhiwen.db", timeout=30, isolation_level=None) as other:
            other.execute("BEGIN IMMEDIATE")
            gate.touch()
            heard.result()
            assert up.ask()[0] == 200
            assert [slot.state for slot in mine.slots()] == ["claimed"]
            other.execute("ROLLBACK")
        other.close()
        assert up.stop() == 0
        assert [slot.state for slot in mine.slots()] == ["ended"]


def test_without_free_space_nothing_is_started_and_the_operators_are_told_at_once_and_when_it_is_over(
    start, program, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = [100 * 2**20]
    monkeypatch.setattr(dispatch.shutil, "disk_usage", lambda folder: type("Usage", (), {"free": free[0]}))
    up = start("quality_a")
    assert "only 100 MB are free" in heard.cry("are free")
    assert heard.results.empty()
    free[0] = 10**12
    assert heard.result().site == "quality_a"
    heard.cry("over again")
    assert up.ask()[1]["problems"] == []
    assert heard.cries.empty()


def test_new_site_file_is_noticed_and_a_broken_one_changes_nothing(
    start, program, heard: Heard, tmp_path: Path
) -> None:
    up = start("quality_a")
    heard.result()
    broken = tmp_path / "sites" / "quality_b.toml"
    broken.write_text("publisher = ")
    up.in_the_loop(up.service.reload)
    until(lambda: any("the old settings stay in force" in text for text in up.ask()[1]["problems"]))
    assert up.ask()[1]["sites"] == 1
    broken.write_text(SITE.format(name="quality-b", every="1h"))
    assert heard.result().site == "quality_b"  # by itself, with the next refresh
    assert up.ask()[1]["problems"] == []


def test_fault_in_one_part_is_told_and_leaves_the_others_alone(start, program, heard: Heard) -> None:
    up = start("quality_a", deliver_seconds=0.2)
    heard.result()
    failed = threading.Event()

    def fail() -> None:
        failed.set()
        raise RuntimeError("a fault of ours")

    up.service._sender.deliver = fail
    assert failed.wait(PATIENCE)
    until(lambda: up.ask()[1]["problems"])
    status, health = up.ask()
    assert status == 200
    assert health["problems"] == ["notices: unexpected RuntimeError: a fault of ours"]
