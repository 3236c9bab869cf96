"""Kills, failing writes, several writers: nothing half-stored, nothing lost, nothing doubled."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from archive import snapshots
from archive.archive import Archive
from archive.errors import ArchiveError, DiskFull
from archive.records import StoreBatch
from bench.warm import WarmChild, WarmPython

# Stores articles 0…99 over and over in small batches, each with a list reading, and says what was committed.
WRITER = """
import sys, runpy
from pathlib import Path
url, folder, site, conftest = sys.argv[1:]
make = runpy.run_path(conftest)["Make"]()
make.site = site
from archive.archive import Archive
from archive.records import StoreBatch
archive = Archive(url, Path(folder))
run = archive.open_run(site, "scheduled", lease_seconds=600)
print("ready", flush=True)
for start in list(range(0, 100, 5)):
    numbers = [f"http://{site}.example/{number}" for number in range(start, start + 5)]
    lists = [make.listing(*numbers, name=f"{site}-{start}")]
    archive.store(run, StoreBatch(lists=lists, articles=[make.article(number) for number in numbers]))
    print(start, flush=True)
archive.close_run(run, "ok")
"""
CONFTEST = str(Path(__file__).with_name("conftest.py"))


def start_writer(warm: WarmPython, archive: Archive, site: str) -> WarmChild:
    words = ["-c", WRITER, archive.database_url, str(archive.data_dir), site, CONFTEST]
    child = warm.start(words, environment=os.environ)
    assert child.stdout is not None
    assert child.stdout.readline() == b"ready\n"
    return child


def test_killed_writer_loses_nothing_it_committed_and_leaves_nothing_half_done(
    archive: Archive, unmeasured_scrapy: WarmPython
) -> None:
    seed = 20260301
    print("seed", seed)
    choice = random.Random(seed)
    said = -5
    for _ in range(4):
        child = start_writer(unmeasured_scrapy, archive, "news")
        assert child.stdout is not None
        for _ in range(choice.randint(0, 6)):
            said = max(said, int(child.stdout.readline()))
        # Somewhere in the middle of the next batch.
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(choice.uniform(0, 0.004))
        os.kill(child.pid, signal.SIGKILL)
        for line in child.stdout:
            said = max(said, int(line))
        child.wait()
        child.stdout.close()
        assert archive.count() >= said + 5
        problems = archive.check().problems
        assert [problem for problem in problems if "nobody holds its lease" not in problem] == []
    child = start_writer(unmeasured_scrapy, archive, "news")
    assert child.stdout is not None
    child.stdout.read()
    child.stdout.close()
    assert child.wait() == 0
    urls = Counter(detail.article.url for detail in archive.export())
    assert urls == Counter(f"http://news.example/{number}" for number in range(100))
    assert archive.check().problems == []
    assert archive.reap_orphans() == []
    assert [run.verdict for run in archive.runs()] == ["ok"] + ["orphaned"] * 4


def test_two_processes_write_one_archive(archive: Archive, unmeasured_scrapy: WarmPython) -> None:
    children = [start_writer(unmeasured_scrapy, archive, site) for site in ("news", "times")]
    for child in children:
        assert child.stdout is not None
        child.stdout.read()
        child.stdout.close()
        assert child.wait() == 0
    assert archive.count(site="news") == archive.count(site="times") == 100
    assert archive.check().problems == []
    assert {run.verdict for run in archive.runs()} == {"ok"}


class Fault(Exception):
    sqlstate = None


@contextmanager
def failing_at(archive: Archive, number: int) -> Iterator[None]:
    """The n-th statement from now on fails, as when the disk has an error or the server goes away."""
    seen = 0
    engine = archive.database._writer

    def count(*arguments: Any) -> None:
        nonlocal seen
        seen += 1
        if seen == number:
            raise OperationalError("statement", {}, sqlite3.OperationalError("disk I/O error"))

    event.listen(engine, "before_cursor_execute", count)
    event.listen(engine, "commit", count)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", count)
        event.remove(engine, "commit", count)


def everything(archive: Archive) -> dict[str, Any]:
    with archive.database.read() as connection:
        names = [
            "page",
            "article",
            "revision",
            "alias",
            "search_text",
            "fetch",
            "list_reading",
            "quarantine",
            "snapshot",
        ]
        return {
            name: sorted(map(repr, connection.exec_driver_sql(f'SELECT * FROM "{name}"')))
            for name in [*names, "run", "site_lease"]
        }


def test_failure_at_any_statement_stores_nothing_and_a_second_try_stores_all(archive: Archive, make: Any) -> None:
    run = archive.open_run("news", "manual")
    archive.store(
        run, StoreBatch(articles=[make.article(1), make.article(2), make.article(3)], failures=[make.failure(8)])
    )

    def batch() -> StoreBatch:
        return StoreBatch(
            lists=[make.listing(1, 2, 3, 4, 5, at=20)],
            articles=[
                make.article(1, at=20, title="改题"),
                make.article(4, at=20, aliases=[make.alias(9, "redirect")]),
                make.article(8, at=20),
            ],
            touches=[make.touch(2, at=20)],
            failures=[make.gone(3, at=20), make.failure(5, at=20), make.failure(2, at=21)],
        )

    before = everything(archive)
    number = 0
    while True:
        number += 1
        try:
            with failing_at(archive, number):
                outcomes = archive.store(run, batch())
        except ArchiveError:
            assert everything(archive) == before, f"statement {number} left something behind"
        else:
            break
    assert number > 15, "every table is written"
    assert [outcome.decision for outcome in outcomes] == ["changed", "new", "new"]
    assert archive.check().problems == []
    assert archive.count() == 5


def test_full_disk_for_snapshots_stores_nothing(archive: Archive, make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    run = archive.open_run("news", "manual")

    def refuse(*arguments: Any) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(snapshots.Path, "replace", refuse)
        with pytest.raises(DiskFull, match=r"no room for snapshots in .*: No space left"):
            archive.store(run, StoreBatch(articles=[make.article(1)], lists=[make.listing(1)]))
    assert archive.count() == 0
    assert archive.due("news", make.at(1)) == []
    assert list(archive.snapshots.folder.rglob("*.tmp")) == []
    archive.store(run, StoreBatch(articles=[make.article(1)], lists=[make.listing(1)]))
    assert archive.count() == 1


def test_snapshot_folder_that_cannot_be_used_is_named(archive: Archive, make: Any) -> None:
    run = archive.open_run("news", "manual")
    archive.snapshots.folder.write_text("a file where the folder should be", "utf-8")
    with pytest.raises(ArchiveError, match="cannot write snapshots in"):
        archive.store(run, StoreBatch(articles=[make.article(1)]))
    assert archive.count() == 0
