"""What runs saw of columns, and what is usual for them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from archive import database as db
from archive.archive import Archive
from archive.pruning import Rules
from archive.records import StoreBatch
from archive.sights import SightRecord

LIST = "http://news.example/policy/index.html"


def sight(make: Any, hours: float = 0, **values: Any) -> SightRecord:
    return SightRecord("policy", LIST, make.at(hours), **values)


def visit(archive: Archive, record: SightRecord, verdict: Any = "ok") -> int:
    run = archive.open_run("news", "scheduled")
    archive.close_run(run, verdict, sights=[record])
    return run.run_id


def test_sight_grows_while_its_run_goes_on_and_is_told_once_the_run_has_ended(archive: Archive, make: Any) -> None:
    run = archive.open_run("news", "scheduled")
    archive.progress(run, {}, sights=[sight(make, links=20, new=2)])
    assert archive.sights("news", [LIST]) == {LIST: []}
    whole = sight(make, links=20, new=2, read=2, fields={"title": 1.0, "source": 0.5}, body_chars=410.5)
    whole.newest = make.at(-3)
    archive.close_run(run, "ok", sights=[whole])
    (row,) = archive.sights("news", [LIST])[LIST]
    assert (row.site, row.run_id, row.verdict, row.column) == ("news", run.run_id, "ok", "policy")
    assert (row.links, row.new, row.read, row.fields, row.body_chars) == (20, 2, 2, whole.fields, 410.5)
    assert (row.at, row.newest) == (make.at(0), make.at(-3))


def test_what_a_killed_run_had_seen_is_kept(archive: Archive, make: Any) -> None:
    run = archive.open_run("news", "scheduled", lease_seconds=-1)
    archive.progress(run, {}, sights=[sight(make, links=20)])
    assert archive.reap_orphans() == [run.run_id]
    (row,) = archive.sights("news", [LIST])[LIST]
    assert (row.verdict, row.links) == ("orphaned", 20)


def test_last_sights_come_oldest_first(archive: Archive, make: Any) -> None:
    for number in range(5):
        visit(archive, sight(make, number, links=number, read=number == 0))
    seen = archive.sights("news", [LIST], limit=3)[LIST]
    assert [row.links for row in seen] == [0, 2, 3, 4], "of the older ones, those that read articles"
    assert archive.watched_since("news") == {LIST: make.at(0)}


def test_habit_is_told_by_five_sights_and_twenty_five_articles_at_least(archive: Archive, make: Any) -> None:
    whole = {"links": 20, "read": 6, "fields": {"source": 1.0, "author": 0.5}, "body_chars": 400.0}
    for number in range(4):
        visit(archive, sight(make, number, **whole))
    few = archive.usual("news", [LIST])[LIST]
    assert (few.links, few.fields, few.body_chars) == (None, {}, None)
    visit(archive, sight(make, 9, links=8, read=6, fields={"source": 1.0, "author": 0.0}, body_chars=100.0))
    visit(archive, sight(make, 10, cause="timeout", detail="no answer"), "failing")
    usual = archive.usual("news", [LIST])[LIST]
    assert usual.links == 14, "the lower quartile"
    assert usual.fields == {"source": 1.0, "author": 0.4}
    assert usual.body_chars == 400


def test_times_of_a_columns_articles_are_asked_for_from_where_one_stopped(archive: Archive, make: Any) -> None:
    run = archive.open_run("news", "manual")
    other = make.listing(4, name="other")
    other.column = "events"
    archive.store(run, StoreBatch(lists=[make.listing(1, 2, 3), other]))
    archive.store(run, StoreBatch(articles=[make.article(1), make.article(2, published_at=None), make.article(4)]))
    rows = archive.published("news", "policy")
    assert [(number, at) for number, at, _ in rows] == [(1, make.at(-24)), (2, None)]
    assert archive.published("news", "policy", after=1) == rows[1:]
    assert archive.published("news", "policy", limit=1) == rows[1:]


def test_upgrade_makes_sights_of_the_list_readings_of_former_runs(tmp_path: Path, make: Any, monkeypatch: Any) -> None:
    url = f"sqlite:///{tmp_path / 'zhiwen.db'}"
    seen, opened = "2026-03-01 08:00:00.000000", "2026-03-02 08:00:00.000000"
    with monkeypatch.context() as patched:
        patched.setattr(db, "VERSIONS", tuple(version for version in db.VERSIONS if version < "0008"))
        Archive(url, tmp_path).open().close()
    with closing(sqlite3.connect(tmp_path / "zhiwen.db")) as old:
        old.execute(
            "INSERT INTO run VALUES (1, 'news', 'manual', '{}', 1, 'host', 1, ?, ?, ?, 'ok', '', '{}', '{}', '[]')",
            (seen, seen, seen),
        )
        old.execute(
            'INSERT INTO page (id, url, url_key, kind, site, "column", state, discovered_at, conditional_count, '
            "failures, link_title, chain_open, parts) VALUES (1, ?, x'01', 'list', 'news', 'policy', 'stored', ?, 0, 0,"
            " '', 0, 0)",
            (LIST, seen),
        )
        reading = (
            'INSERT INTO list_reading (run_id, page_id, "column", number, read_at, links, known, new, layout, '
            "completes, cause, detail) VALUES (1, 1, 'policy', ?, ?, ?, 0, ?, '', 0, ?, ?)"
        )
        old.execute(reading, (0, seen, 0, 0, "timeout", "no answer"))
        old.execute(reading, (1, seen, 22, 5, "", "quoted"))
        old.execute(
            "INSERT INTO alarm (site, kind, frozen, reason, evidence, pages, run_id, opened_at, seen_at, times, "
            "closed_because) VALUES ('news', 'hijacked', 1, 'a shop', '[]', '[]', 1, ?, ?, 3, '')",
            (opened, opened),
        )
        old.commit()
    with Archive(url, tmp_path) as archive:
        (row,) = archive.sights("news", [LIST])[LIST]
        assert (row.links, row.new, row.read, row.cause, row.at) == (22, 5, 0, "", make.at(0))
        (alarm,) = archive.alarms()
        assert (alarm.kind, alarm.frozen, alarm.times, alarm.column, alarm.severity) == ("hijacked", True, 3, "", 1)
        assert alarm.opened_at == make.at(0) + timedelta(days=1)


def test_old_sights_go_but_for_the_first_the_last_and_the_last_with_articles(
    archive: Archive, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archive.sights.KEPT_SIGHTS", 2)
    for number in range(12):
        visit(archive, sight(make, number, links=number, read=number % 2 if number < 9 else 0))
    archive._clock = lambda: make.at(24 * 30)
    before = archive.sights("news", [LIST], limit=2)
    assert archive.prune(Rules()).sights == 0
    assert archive.prune(Rules(fetches_days=40)).sights == 0, "none is as old as that"
    rules = Rules(fetches_days=1)
    assert archive.prune(rules, dry_run=True).sights == 5
    assert archive.prune(rules).sights == 5
    left = archive.sights("news", [LIST], limit=60)[LIST]
    # The first; four with articles; the last two. Those between are not asked for.
    assert [row.links for row in left] == [0, 1, 3, 5, 7, 10, 11]
    assert archive.sights("news", [LIST], limit=2) == before
    assert archive.watched_since("news") == {LIST: make.at(0)}
    assert archive.prune(rules).sights == 0
