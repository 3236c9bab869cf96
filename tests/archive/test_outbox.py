"""The outbox and its watches: shown, tried again, changed, pruned."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from archive.archive import Archive
from archive.deliveries import Parcel
from archive.models import table
from archive.notice_models import Event
from archive.pruning import Rules
from archive.records import StoreBatch
from archive.routes import Routes
from archive.watches import Wanted, WatchExists

_event = table(Event)
lite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what no database decides."""
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def archive(database_url: str, tmp_path: Path, clock: Any) -> Iterator[Archive]:
    with Archive(database_url, tmp_path, clock=clock) as opened:
        yield opened


def titles(parcel: Parcel) -> list[str]:
    return [notice.title for notice in parcel.notices]


def sent(archive: Archive) -> list[tuple[str, list[str]]]:
    """All that is due now, taken out and sent: channel and titles of each parcel, in order."""
    found = []
    while parcels := archive.due_parcels():
        for parcel in parcels:
            found.append((parcel.channel, titles(parcel)))
            archive.parcel_sent(parcel)
    return found


# --- the outbox and watches -------------------------------------------------------------------------------------------


def test_given_up_is_shown_and_can_be_tried_again(archive: Archive, happen: Any, clock: Any) -> None:
    archive.add_watch("default", "all", Wanted(channels=("ops",)))
    happen(1)
    (parcel,) = archive.due_parcels()
    archive.parcel_given_up(parcel, "no answer for 3 days")
    happen(2)
    assert sent(archive) == [("ops", ["news 2"])]
    (row,) = archive.outbox("default", "all")
    assert (row.state, row.error, row.notices) == ("given up", "no answer for 3 days", 1)
    assert archive.watches("default")[0].given_up == 1
    assert archive.retry_parcels([row.number, 99]) == [row.number]  # type: ignore[list-item]
    (again,) = archive.due_parcels()
    assert (again.parcel_id, again.due_at) == (parcel.parcel_id, clock.now)
    archive.parcel_sent(again)
    assert archive.outbox() == []


@lite
def test_watch_that_rests_is_told_of_nothing_that_happens_meanwhile(archive: Archive, happen: Any) -> None:
    archive.add_watch("default", "all", Wanted(channels=("ops",)))
    happen(1)
    archive.enable_watch("default", "all", False)
    happen(2)
    assert sent(archive) == []
    archive.enable_watch("default", "all", True)
    happen(3)
    assert sent(archive) == [("ops", ["news 3"])]


@lite
def test_edited_watch_sends_what_waits_by_its_new_rhythm_and_channels(
    archive: Archive, happen: Any, clock: Any
) -> None:
    archive.add_watch("default", "all", Wanted(channels=("ops", "mail"), rhythm="daily 08:30"))
    happen(1)
    archive.edit_watch("default", "all", Wanted(channels=("mail",)))
    assert sent(archive) == [("mail", ["news 1"])]


def test_removed_watch_takes_what_waits_with_it_and_its_number_is_not_used_again(archive: Archive, happen: Any) -> None:
    first = archive.add_watch("default", "all", Wanted(channels=("ops",)))
    happen(1)
    archive.due_parcels()
    assert archive.remove_watch("default", "all") is not None
    assert archive.outbox() == []
    assert archive.add_watch("default", "all", Wanted(channels=("ops",))).id > first.id
    for change in (archive.remove_watch, lambda *name: archive.enable_watch(*name, True)):
        assert change("default", "other") is None
    assert archive.edit_watch("default", "other", Wanted()) is None


@lite
def test_name_is_taken_once_in_each_team(archive: Archive) -> None:
    archive.add_watch("north", "all", Wanted(channels=("ops",)))
    archive.add_watch("south", "all", Wanted(channels=("ops",)))
    with pytest.raises(WatchExists, match="the team north has a watch named 'all' already"):
        archive.add_watch("north", "all", Wanted(channels=("ops",)))
    with pytest.raises(ValueError, match="is no kind"):
        archive.add_watch("north", "odd", Wanted(kinds=("deleted",)))  # type: ignore[arg-type]


@lite
def test_preview_is_what_was_told(archive: Archive, happen: Any, clock: Any) -> None:
    wanted = Wanted(channels=("ops",), sites=("city",))
    archive.add_watch("default", "city", wanted)
    since = clock.now
    happen(1)
    happen(2, 3, site="city")
    assert [one.title for one in archive.preview(wanted, since)] == ["city 2", "city 3"]
    assert archive.preview(wanted, since + MINUTE) == []
    assert sent(archive) == [("ops", ["city 2", "city 3"])]
    assert archive.example(1, wanted).title == "news 1"


def test_old_notices_are_pruned_and_what_waits_stays(archive: Archive, happen: Any, clock: Any) -> None:
    archive.add_watch("default", "all", Wanted(channels=("ops",), most=1))
    archive.add_watch("default", "none", Wanted(channels=("ops",), terms=("没有的词",)))
    happen(1, 2, 3)
    for _ in range(2):
        (parcel,) = archive.due_parcels()
        archive.parcel_sent(parcel)
    clock.now += timedelta(days=40)
    happen(4)
    rules = Rules(notices_days=30)
    assert archive.prune(rules, dry_run=True).notices == 2
    assert archive.prune(rules).notices == 2
    assert archive.prune(Rules()).notices == 0
    with archive.database.read() as connection:
        assert connection.execute(select(_event.c.article_id).order_by(_event.c.id)).scalars().all() == [3, 4]
    assert archive.watches("default", "all")[0].sent == 2
    happen(5)
    assert sent(archive) == [("ops", ["news 3"]), ("ops", ["news 4"]), ("ops", ["news 5"])]


@lite
def test_change_that_cannot_be_put_in_words_is_told_without_them_and_holds_up_no_other(
    archive: Archive, make: Any, happen: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise RecursionError("too deep")

    archive.add_watch("default", "all", Wanted(channels=("ops",)))
    happen(1, 2)
    run = archive.open_run("news", "manual")
    archive.store(run, StoreBatch(articles=[make.article("http://news.example/1", title="另一个题目")]))
    monkeypatch.setattr("archive.summaries.difference", fail)
    archive.expand_events(Routes())
    notices = archive.due_parcels()[0].notices
    assert [(notice.title, notice.kind) for notice in notices] == [
        ("news 1", "new"),
        ("news 2", "new"),
        ("另一个题目", "changed"),
    ]
    assert [notice.changes for notice in notices] == ["", "", ""]


@lite
def test_archive_put_back_to_an_older_day_gives_no_number_twice(
    archive: Archive, happen: Any, clock: Any, tmp_path: Path
) -> None:
    """A receiver that drops numbers it knows would drop what is new."""
    archive.add_watch("default", "all", Wanted(channels=("ops",)))
    archive.backup(tmp_path / "copy")
    numbers = []
    for article in (1, 2):
        happen(article)
        (parcel,) = archive.due_parcels()
        numbers += [parcel.parcel_id, *(notice.notice_id for notice in parcel.notices)]
        archive.parcel_sent(parcel)
        archive.close()
        archive.restore(tmp_path / "copy", force=True)
        archive.open()
        clock.now += MINUTE
    assert len(set(numbers)) == 4, numbers
