"""Letting go of bytes: what stays for ever, what goes when, and that nobody who reads or writes meanwhile is hurt."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from archive import pruning
from archive.archive import Archive
from archive.errors import SnapshotCorrupt
from archive.pruning import Keep, Rules
from archive.records import DocumentRecord, PartRecord, RunHandle, StoreBatch
from archive.snapshots import digest_of

DAY = 24.0
LATER = 100 * DAY


class Now:
    """The archive's clock, in hours from the fixed moment of the records."""

    def __init__(self, make: Any) -> None:
        self.make = make
        self.hours = 0.0

    def __call__(self) -> datetime:
        moment: datetime = self.make.at(self.hours)
        return moment


@pytest.fixture
def clock(archive: Archive, make: Any) -> Now:
    found = Now(make)
    archive._clock = found
    return found


@pytest.fixture
def run(archive: Archive, clock: Now) -> RunHandle:
    return archive.open_run("news", "manual", lease_seconds=1e9)


def age_packs(archive: Archive) -> None:
    """The packs were written, or left, more than an hour ago."""
    for pack in archive.snapshots.folder.glob("??/*.zst"):
        os.utime(pack, (1, 1))


def packs(archive: Archive) -> list[Path]:
    return sorted(archive.snapshots.folder.glob("??/*.zst"))


def held(archive: Archive, body: bytes) -> bool:
    try:
        return archive.snapshot(digest_of(body)).body == body
    except SnapshotCorrupt:
        return False


def listing(make: Any, at: float, body: bytes) -> Any:
    found = make.listing(1, at=at)
    found.fetch.body = body
    return found


def test_only_old_bytes_that_nothing_was_read_from_go(archive: Archive, run: RunHandle, clock: Now, make: Any) -> None:
    page, edited, counter = b"<p>first text", b"<p>second text", b"<p>second text, 17 views"
    first, second = make.article(1, body="一"), make.article(1, at=1, body="二")
    first.fetch.body, second.fetch.body = page, edited
    part = make.fetch("http://news.example/policy/1_2.html", body=b"<p>part")
    first.parts = [PartRecord(part.url, make.key(part.url), part)]
    archive.store(run, StoreBatch(articles=[first], lists=[listing(make, 0, b"list of monday")]))
    archive.store(run, StoreBatch(articles=[second], lists=[listing(make, 1, b"list of tuesday")]))
    same = make.article(1, at=2, body="二")
    same.fetch.body = counter
    archive.store(run, StoreBatch(articles=[same], failures=[make.failure(5, fetch=make.fetch(5, body=b"broken"))]))
    third = make.article(1, at=3, body="二")
    third.fetch.body = b"<p>second text, 18 views"
    archive.store(run, StoreBatch(articles=[third], lists=[listing(make, 3, b"list of today")]))

    assert archive.prune(Rules()).snapshots == 0, "all of it is young"
    clock.hours = LATER
    would = archive.prune(Rules(), dry_run=True)
    assert would.snapshots == 4
    assert held(archive, b"broken"), "a dry run lets nothing go"
    assert archive.prune(Rules()).snapshots == 4
    gone = (b"list of monday", b"list of tuesday", counter, b"broken")
    kept = (page, edited, b"<p>part", b"<p>second text, 18 views", b"list of today")
    assert [held(archive, body) for body in gone] == [False] * 4
    assert [held(archive, body) for body in kept] == [True] * 5
    with archive.database.read() as connection:
        rows = connection.execute(text('SELECT count(*), count(snapshot_hash) FROM "fetch"')).one()
    assert tuple(rows) == (9, 5), "the rows of the exchanges stay"
    assert archive.check().problems == []
    assert archive.prune(Rules()).snapshots == 0


def test_file_and_the_pages_of_a_site_with_its_own_rules_stay(
    archive: Archive, run: RunHandle, clock: Now, make: Any
) -> None:
    record = make.article(1)
    url = "http://news.example/a.pdf"
    key = make.key(url)
    from archive.records import AttachmentRecord

    record.files = [AttachmentRecord(url, key, "名单")]
    archive.store(run, StoreBatch(articles=[record], lists=[listing(make, 0, b"one")]))
    for at, body in ((1, b"%PDF-1 first"), (2, b"%PDF-1 second")):
        document = DocumentRecord("news", url, key, make.fetch(url, at, body), body.ljust(32), "pdf", text="文")
        archive.store(run, StoreBatch(documents=[document], lists=[listing(make, at, b"list %d" % at)]))
    clock.hours = LATER
    for_ever = Rules(sites={"news": Keep(None, None)})
    assert archive.prune(for_ever).snapshots == 0
    assert archive.prune(Rules(Keep(None, 5))).snapshots == 0, "lists are kept for ever here"
    assert archive.prune(Rules(Keep(1, 1), {"other": Keep(None, None)})).snapshots == 2
    assert held(archive, b"%PDF-1 first")
    assert held(archive, b"%PDF-1 second")
    assert archive.prune(Rules(Keep(None, None))).snapshots == 0


def test_mostly_dead_packs_are_written_anew_and_removed_after_an_hour(
    archive: Archive, run: RunHandle, clock: Now, make: Any
) -> None:
    live = make.article(1)
    dead = [make.failure(n, fetch=make.fetch(n, body=os.urandom(3000))) for n in range(10, 14)]
    archive.store(run, StoreBatch(articles=[live], failures=dead))
    age_packs(archive)
    (before,) = packs(archive)
    clock.hours = LATER
    would = archive.prune(Rules(), dry_run=True)
    assert (would.snapshots, would.packs_rewritten, would.packs_removed) == (4, 1, 0)
    report = archive.prune(Rules())
    assert (report.snapshots, report.packs_rewritten, report.packs_removed) == (4, 1, 0)
    assert before in packs(archive), "a reader may have looked up a place in it just now"
    assert held(archive, live.fetch.body)
    age_packs(archive)
    report = archive.prune(Rules())
    assert report.packs_removed == 1
    assert report.bytes_freed > 12_000
    assert before not in packs(archive)
    assert archive.check().problems == []


def test_leftovers_of_failed_transactions_go_when_old(archive: Archive, run: RunHandle, make: Any) -> None:
    archive.store(run, StoreBatch(articles=[make.article(1)]))
    archive.snapshots.write({b"n" * 16: make.fetch(9)})
    assert archive.prune(Rules()).packs_removed == 0, "its transaction may still come"
    age_packs(archive)
    assert archive.prune(Rules()).packs_removed == 1
    assert archive.check().problems == []


def test_nothing_is_removed_while_a_backup_copies(archive: Archive, run: RunHandle, make: Any) -> None:
    archive.snapshots.write({b"n" * 16: make.fetch(9)})
    age_packs(archive)
    with archive.snapshots.kept_whole():
        report = archive.prune(Rules())
        assert (report.packs_removed, report.kept_for_backup) == (0, True)
        for mark in archive.snapshots.folder.glob("*.keep"):
            os.utime(mark, (1, 1))  # a backup that died long ago
        assert archive.prune(Rules()).packs_removed == 1


@pytest.mark.parametrize("moment", ["_move", "_remove"])
def test_prune_that_dies_in_the_middle_loses_nothing_and_is_made_good(
    archive: Archive, run: RunHandle, clock: Now, make: Any, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    live = make.article(1)
    archive.store(
        run, StoreBatch(articles=[live], failures=[make.failure(2, fetch=make.fetch(2, body=os.urandom(5000)))])
    )
    age_packs(archive)
    clock.hours = LATER

    def die(*arguments: Any) -> None:
        if moment == "_move":
            archive.snapshots.write_frames(arguments[2], sync=True)  # the pack is there, its rows are not
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(pruning, moment, die)
        with pytest.raises(KeyboardInterrupt):
            archive.prune(Rules())
    assert archive.check().problems == []
    for _ in range(2):
        age_packs(archive)
        archive.prune(Rules())
    assert len(packs(archive)) == 1
    assert held(archive, live.fetch.body)
    assert archive.check().problems == []


def between(monkeypatch: pytest.MonkeyPatch, name: str, act: Callable[[], Any]) -> None:
    """Let something happen just before a step of pruning, once."""
    real = getattr(pruning, name)
    todo = [act]

    def step(*arguments: Any, **named: Any) -> Any:
        if todo:
            todo.pop()()
        return real(*arguments, **named)

    monkeypatch.setattr(pruning, name, step)


def test_bytes_that_come_into_use_while_they_are_to_go_stay(
    archive: Archive, run: RunHandle, clock: Now, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = b"<p>broken yesterday, an article today"
    archive.store(run, StoreBatch(failures=[make.failure(1, fetch=make.fetch(1, body=body))]))
    clock.hours = LATER
    good = make.article(1, at=LATER)
    good.fetch.body = body
    between(monkeypatch, "_let_go", lambda: archive.store(run, StoreBatch(articles=[good])))
    assert archive.prune(Rules()).snapshots == 0
    assert held(archive, body)


def test_store_that_relied_on_pruned_bytes_writes_them_again(
    archive: Archive, run: RunHandle, clock: Now, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = b"<p>broken yesterday, an article today"
    archive.store(run, StoreBatch(failures=[make.failure(1, fetch=make.fetch(1, body=body))]))
    clock.hours = LATER
    good = make.article(1, at=LATER)
    good.fetch.body = body
    from archive import store

    real, pruned = store.write_bodies, []

    def write_then_prune(*arguments: Any) -> Any:
        found = real(*arguments)
        if not pruned:
            pruned.append(archive.prune(Rules()).snapshots)
        return found

    monkeypatch.setattr(store, "write_bodies", write_then_prune)
    archive.store(run, StoreBatch(articles=[good]))
    assert pruned == [1]
    assert held(archive, body)
    assert archive.check().problems == []


def test_store_whose_own_pack_was_taken_away_writes_it_again(
    archive: Archive, run: RunHandle, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from archive import store

    real, removed = store.write_bodies, []

    def sleep_for_hours(*arguments: Any) -> Any:
        found = real(*arguments)
        if not removed:
            age_packs(archive)
            removed.append(archive.prune(Rules()).packs_removed)
        return found

    monkeypatch.setattr(store, "write_bodies", sleep_for_hours)
    record = make.article(1)
    archive.store(run, StoreBatch(articles=[record]))
    assert removed == [1]
    assert held(archive, record.fetch.body)


def test_reader_that_looked_up_the_place_before_a_move_finds_the_new_one(
    archive: Archive, run: RunHandle, clock: Now, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = make.article(1)
    archive.store(
        run, StoreBatch(articles=[live], failures=[make.failure(2, fetch=make.fetch(2, body=os.urandom(5000)))])
    )
    age_packs(archive)
    clock.hours = LATER
    real, moved = type(archive.snapshots).read, []

    def move_first(*arguments: Any) -> Any:
        if not moved:
            moved.append(archive.prune(Rules()).packs_rewritten)
            age_packs(archive)
            moved.append(archive.prune(Rules()).packs_removed)
        return real(*arguments)

    monkeypatch.setattr(type(archive.snapshots), "read", move_first)
    assert held(archive, live.fetch.body)
    assert moved == [1, 1]


def test_cut_pack_is_left_for_check_to_name(archive: Archive, run: RunHandle, clock: Now, make: Any) -> None:
    archive.store(
        run,
        StoreBatch(failures=[make.failure(2, fetch=make.fetch(2, body=os.urandom(5000)))], articles=[make.article(1)]),
    )
    with archive.database.write() as connection:
        connection.execute(
            text("UPDATE snapshot SET position = position + 99999 WHERE hash = (SELECT snapshot_hash FROM revision)")
        )
    clock.hours = LATER
    assert archive.prune(Rules()).packs_rewritten == 1
    (problem,) = archive.check().problems
    assert "read from it: revision 1 of article 1" in problem


def test_old_rows_of_the_ledgers_go_when_asked(archive: Archive, run: RunHandle, clock: Now, make: Any) -> None:
    archive.store(run, StoreBatch(articles=[make.article(1)], lists=[listing(make, 0, b"list of monday")]))
    for at in (1, 2, 3):
        archive.store(run, StoreBatch(touches=[make.touch(1, at)], lists=[listing(make, at, b"list %d" % at)]))
    clock.hours = LATER
    rules = Rules(fetches_days=30)
    assert (archive.prune(Rules()).fetches, archive.prune(Rules()).list_readings) == (0, 0)
    would = archive.prune(rules, dry_run=True)
    report = archive.prune(rules)
    # Three lists whose bytes went above, two of the three unchanged looks; the last of each page stays.
    assert (report.fetches, report.list_readings) == (would.fetches, would.list_readings) == (5, 3)
    with archive.database.read() as connection:
        assert connection.execute(text('SELECT count(*) FROM "fetch"')).scalar() == 3
    assert archive.check().problems == []
