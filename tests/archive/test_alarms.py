"""Alarms of whole sites, frozen sites, known pages to look at, and articles that moved or went."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from archive import database as db
from archive.archive import Archive
from archive.errors import LeaseLost, SiteFrozen
from archive.records import RunHandle, StoreBatch


@pytest.fixture
def run(archive: Archive) -> RunHandle:
    return archive.open_run("news", "manual")


def test_alarm_opens_once_and_counts_the_runs_that_see_it(archive: Archive, run: RunHandle) -> None:
    first = archive.raise_alarm(run, "missing", "9 of 9 known pages are gone", frozen=False, evidence=["404"])
    again = archive.raise_alarm(run, "missing", "8 of 9 known pages are gone", frozen=False)
    assert (again.id, again.times, again.reason, again.opened_at) == (first.id, 2, first.reason, first.opened_at)
    (row,) = archive.alarms("news")
    assert (row.kind, row.evidence, row.run_id, row.closed_at) == ("missing", ["404"], run.run_id, None)
    (health,) = archive.health()
    assert health.alarm == row
    closed = archive.close_alarm("news", "as usual again")
    assert closed is not None and closed.closed_at is not None
    assert archive.alarms() == []
    assert [alarm.closed_because for alarm in archive.alarms(closed=True)] == ["as usual again"]
    assert archive.close_alarm("news", "twice") is None
    assert archive.raise_alarm(run, "missing", "once more", frozen=False).id != first.id


def test_trouble_that_gets_worse_is_the_same_alarm_and_freezes_the_site(archive: Archive, run: RunHandle) -> None:
    first = archive.raise_alarm(run, "missing", "known pages are gone", frozen=False)
    worse = archive.raise_alarm(run, "hijacked", "they show something else", frozen=True, pages=["http://a.example/1"])
    assert (worse.id, worse.kind, worse.frozen, worse.pages) == (first.id, "hijacked", True, ["http://a.example/1"])
    milder = archive.raise_alarm(run, "missing", "known pages are gone", frozen=False)
    assert (milder.kind, milder.frozen, milder.times) == ("hijacked", True, 3)
    by_hand = archive.freeze("news", "it was sold")
    assert (by_hand.kind, by_hand.reason, by_hand.pages) == ("by hand", "it was sold", ["http://a.example/1"])


def test_nothing_of_a_frozen_site_is_stored_and_another_site_is_not_concerned(
    archive: Archive, run: RunHandle, make: Any
) -> None:
    archive.freeze("news", "it was sold")
    with pytest.raises(SiteFrozen, match="it was sold"):
        archive.store(run, StoreBatch(articles=[make.article(1)]))
    assert archive.count() == 0
    make.site = "times"
    archive.store(archive.open_run("times", "manual"), StoreBatch(articles=[make.article(2)]))
    archive.close_alarm("news", "thawed by hand")
    make.site = "news"
    archive.store(run, StoreBatch(articles=[make.article(1)]))
    assert archive.count() == 2


def test_run_that_lost_its_lease_raises_no_alarm(archive: Archive, run: RunHandle) -> None:
    archive.close_run(run, "ok")
    with pytest.raises(LeaseLost):
        archive.raise_alarm(run, "missing", "late", frozen=False)
    assert archive.alarms() == []


def test_known_pages_are_live_ones_of_all_columns_and_those_named_come_first(
    archive: Archive, run: RunHandle, make: Any
) -> None:
    lists = [make.listing(*range(first, first + 4), name=f"list{first}") for first in (1, 5)]
    for listed, column in zip(lists, ("policy", "events"), strict=True):
        listed.column = column
    archive.store(run, StoreBatch(lists=lists))
    articles = [make.article(number, at=number) for number in range(1, 9)]
    articles[7].parts = []
    archive.store(run, StoreBatch(articles=articles))
    archive.store(run, StoreBatch(failures=[make.gone(8, at=30)]))
    texts = archive.known_texts("news", limit=2)
    assert [text.url for text in texts] == [make.url(7), make.url(4)], "one of each column, the latest seen"
    assert texts[0].title == articles[6].search_title
    assert texts[0].body == articles[6].search_body
    named = archive.known_texts("news", first=[make.url(2), make.url(8), "http://nowhere.example/"], limit=3)
    assert [text.url for text in named] == [make.url(2), make.url(8), make.url(7)]
    without = archive.known_texts("news", without=[make.key(make.url(7))], limit=1)
    assert [text.url for text in without] == [make.url(6)]
    assert archive.known_texts("times") == []


def test_every_change_of_state_is_kept_with_what_the_address_answered(
    archive: Archive, run: RunHandle, make: Any
) -> None:
    archive.store(run, StoreBatch(articles=[make.article(1)]))
    archive.store(run, StoreBatch(failures=[make.failure(1, 24, "soft_404", detail="信息不存在", gone=True)]))
    archive.store(run, StoreBatch(failures=[make.failure(1, 48, "gone", detail="404", gone=True)]))
    archive.store(run, StoreBatch(touches=[make.touch(1, 300)]))
    detail = archive.article(1)
    assert detail is not None
    assert [(row.state, row.at, row.why) for row in detail.states] == [
        ("missing", make.at(24), "信息不存在"),
        ("withdrawn", make.at(48), "404"),
        ("live", make.at(300), "its address shows it again"),
    ]
    changes = archive.changes(make.at(1))
    assert [(change.kind, change.why[:5]) for change in changes] == [
        ("missing", "信息不存在"),
        ("withdrawn", "404"),
        ("back", "its a"),
    ]


def test_soft_404_on_an_ill_site_changes_no_article(archive: Archive, run: RunHandle, make: Any) -> None:
    archive.store(run, StoreBatch(articles=[make.article(1)]))
    archive.store(run, StoreBatch(failures=[make.failure(1, 24, "soft_404"), make.failure(2, 24, "soft_404")]))
    detail = archive.article(1)
    assert detail is not None and detail.article.state == "live"
    assert [row.url for row in archive.quarantine(cause="soft_404")] == [make.url(2)], "never an article, but a trouble"


def test_article_read_at_another_address_in_the_run_that_misses_it_has_moved(archive: Archive, make: Any) -> None:
    handle = archive.open_run("news", "manual")
    text = make.article(1)
    archive.store(handle, StoreBatch(articles=[text]))
    start = (handle.started_at - make.at(0)).total_seconds() / 3600
    copy = make.article("http://news.example/new/1.html", at=start + 1, title=text.title, body=text.body)
    copy.fingerprint = text.fingerprint
    (outcome,) = archive.store(handle, StoreBatch(articles=[copy]))
    assert outcome.decision == "alias"
    archive.store(handle, StoreBatch(failures=[make.gone(1, at=start + 2)]))
    detail = archive.article(1)
    assert detail is not None
    assert (detail.article.url, detail.article.state, detail.states) == (copy.url, "live", [])
    assert [alias.url for alias in detail.aliases] == [make.url(1)]
    (due,) = archive.due("news", make.at(start + 30))
    assert due.url == copy.url


def test_missing_article_whose_copy_is_as_it_was_has_moved_there(archive: Archive, run: RunHandle, make: Any) -> None:
    text = make.article(1)
    copy = make.article(2, at=1, title=text.title, body=text.body)
    copy.fingerprint = text.fingerprint
    archive.store(run, StoreBatch(articles=[text]))
    archive.store(run, StoreBatch(articles=[copy]))
    archive.store(run, StoreBatch(failures=[make.gone(1, at=24)]))
    archive.store(run, StoreBatch(touches=[make.touch(2, at=25)]))
    detail = archive.article(1)
    assert detail is not None
    assert (detail.article.url, detail.article.state) == (make.url(2), "live")


def test_upgrade_keeps_what_became_of_articles_before(tmp_path: Path, make: Any, monkeypatch: Any) -> None:
    url = f"sqlite:///{tmp_path / 'zhiwen.db'}"
    with monkeypatch.context() as patched:
        patched.setattr(db, "VERSIONS", ("0001", "0002"))
        Archive(url, tmp_path).open().close()
    with closing(sqlite3.connect(tmp_path / "zhiwen.db")) as connection:
        names = "url, site, state, state_changed_at, first_seen_at, last_seen_at, changed_at, title"
        for number, (state, at) in enumerate([("live", "01"), ("withdrawn", "04"), ("live", "05")], 1):
            seen = "2026-03-01 08:00:00.000000"
            row = (make.url(number), "news", state, f"2026-03-{at} 08:00:00.000000", seen, seen, seen, "质量月")
            connection.execute(
                f'INSERT INTO article (id, url_key, revision, fingerprint, "column", is_mirror, restored, from_mirror, {names})'  # noqa: E501
                f" VALUES ({number}, x'0{number}', 1, x'00', '', 0, 0, 0, ?, ?, ?, ?, ?, ?, ?, ?)",
                row,
            )
        connection.commit()
    with Archive(url, tmp_path) as archive:
        changes = archive.changes(make.at(1))
        assert [(change.kind, change.article.id) for change in changes] == [("withdrawn", 2), ("back", 3)]
