"""Leases: one run per site, dead runs are closed, whoever lost the site stores nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from archive import runs
from archive.archive import Archive
from archive.errors import LeaseHeld, LeaseLost
from archive.records import StoreBatch

DIE = """
import sys
from pathlib import Path
from archive.archive import Archive
archive = Archive(sys.argv[1], Path(sys.argv[2]))
print(archive.open_run("news", "scheduled").run_id, flush=True)
import os
os.kill(os.getpid(), 9)
"""


class Clock:
    def __init__(self, start: datetime) -> None:
        self.now = start

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock(make: Any) -> Clock:
    return Clock(make.at(0))


@pytest.fixture
def timed(database_url: str, tmp_path: Path, clock: Clock) -> Archive:
    return Archive(database_url, tmp_path, clock=clock)


def test_run_row_tells_how_it_ended(archive: Archive) -> None:
    run = archive.open_run("news", "manual", {"limit": 5})
    archive.progress(run, {"requests": 3})
    archive.close_run(run, "gap possible", "stopped early", {"requests": 7}, {"timeout": 2}, ["list 3 was not read"])
    row = archive.run(run.run_id)
    assert row is not None
    assert (row.verdict, row.reason, row.counts, row.causes) == (
        "gap possible",
        "stopped early",
        {"requests": 7},
        {"timeout": 2},
    )
    assert (row.options, row.evidence, row.pid) == ({"limit": 5}, ["list 3 was not read"], os.getpid())
    assert row.finished_at is not None
    assert archive.run(10**6) is None


def test_second_run_of_a_site_is_told_who_holds_it(archive: Archive) -> None:
    first = archive.open_run("news", "manual")
    with pytest.raises(
        LeaseHeld, match=f"news is being crawled by run {first.run_id} \\(process {os.getpid()}"
    ) as held:
        archive.open_run("news", "manual")
    assert held.value.run_id == first.run_id
    archive.open_run("times", "manual")
    archive.close_run(first, "ok")
    assert archive.open_run("news", "manual").token == first.token + 1


def test_run_without_heartbeat_is_orphaned_and_fenced_off(timed: Archive, clock: Clock, make: Any) -> None:
    old = timed.open_run("news", "manual", lease_seconds=90)
    timed.store(old, StoreBatch(articles=[make.article(1)]))
    clock.forward(80)
    timed.renew(old)
    clock.forward(80)
    with pytest.raises(LeaseHeld):
        timed.open_run("news", "manual")
    clock.forward(11)
    new = timed.open_run("news", "manual")
    assert new.token > old.token
    row = timed.run(old.run_id)
    assert row is not None
    assert (row.verdict, row.finished_at) == ("orphaned", clock.now)
    for attempt in (
        lambda: timed.store(old, StoreBatch(articles=[make.article(2)])),
        lambda: timed.renew(old),
        lambda: timed.progress(old, {"requests": 1}),
        lambda: timed.close_run(old, "ok"),
    ):
        with pytest.raises(LeaseLost, match=f"run {old.run_id} no longer holds news"):
            attempt()
    timed.store(new, StoreBatch(articles=[make.article(3)]))
    assert timed.count() == 2


def test_storing_is_a_heartbeat(timed: Archive, clock: Clock, make: Any) -> None:
    run = timed.open_run("news", "manual", lease_seconds=90)
    for number in range(4):
        clock.forward(60)
        timed.store(run, StoreBatch(articles=[make.article(number)]))
    with pytest.raises(LeaseHeld):
        timed.open_run("news", "manual")


def test_late_holder_goes_on_when_nobody_took_the_site(timed: Archive, clock: Clock, make: Any) -> None:
    run = timed.open_run("news", "manual")
    clock.forward(1000)
    timed.store(run, StoreBatch(articles=[make.article(1)]))
    timed.close_run(run, "ok")


def test_stuck_runs_are_shown_and_reaped(timed: Archive, clock: Clock) -> None:
    run = timed.open_run("news", "manual")
    assert timed.reap_orphans() == []
    clock.forward(100)
    (health,) = timed.health()
    assert health.stuck_runs == [run.run_id]
    assert any("nobody holds its lease" in problem for problem in timed.check().problems)
    assert timed.reap_orphans() == [run.run_id]
    assert timed.reap_orphans() == []
    assert timed.runs("news")[0].verdict == "orphaned"
    with pytest.raises(LeaseLost):
        timed.renew(run)
    assert timed.open_run("news", "manual").token == run.token + 1


def test_site_of_a_killed_process_is_free_at_once(database_url: str, archive: Archive, tmp_path: Path) -> None:
    if not runs.machine():
        pytest.skip("this system does not tell its boot id")
    killed = subprocess.run(
        [sys.executable, "-c", DIE, database_url, str(tmp_path)], capture_output=True, text=True, check=False
    )
    dead = int(killed.stdout)
    new = archive.open_run("news", "manual")
    assert new.run_id > dead
    row = archive.run(dead)
    assert row is not None
    assert row.verdict == "orphaned"
    assert "is gone" in row.reason


def test_run_whose_lease_is_no_longer_its_own_is_reaped(timed: Archive) -> None:
    run = timed.open_run("news", "manual")
    with timed.database.write() as connection:
        connection.exec_driver_sql("UPDATE site_lease SET run_id = NULL")
    assert timed.reap_orphans() == [run.run_id]


def test_process_numbers_mean_nothing_on_another_machine(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    archive.open_run("news", "manual")
    monkeypatch.setattr(runs, "machine", lambda: "another boot")
    monkeypatch.setattr(runs, "process_started", lambda pid: None)
    with pytest.raises(LeaseHeld):
        archive.open_run("news", "manual")


def test_number_of_a_dead_process_used_again_is_not_taken_for_it(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.open_run("news", "manual")
    monkeypatch.setattr(runs, "machine", lambda: "this boot")
    with archive.database.write() as connection:
        connection.exec_driver_sql("UPDATE site_lease SET machine = 'this boot', process_started = '1'")
    archive.open_run("news", "manual")


def test_processes_are_told_apart_by_their_start() -> None:
    assert runs.process_started(os.getpid())
    assert runs.process_started(2**22 + 1) is None


def test_zombie_counts_as_dead() -> None:
    with subprocess.Popen([sys.executable, "-c", "pass"], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.read()  # ends when the process does
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert runs.process_started(child.pid) is None


def test_system_without_proc_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: Any, **values: Any) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", refuse)
    assert runs.machine() == ""
    assert runs.process_started(1) is None
