"""What is due to whom: parcels, digests, quiet hours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from archive.archive import Archive
from archive.deliveries import Parcel
from archive.records import StoreBatch
from archive.routes import Routes
from archive.watches import Wanted

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


# --- parcels ----------------------------------------------------------------------------------------------------------


def test_what_is_new_goes_out_once_by_each_channel(archive: Archive, happen: Any) -> None:
    archive.add_watch("default", "all", Wanted(channels=("ops", "mail")))
    happen(1, 2)
    assert archive.expand_events(Routes()) == 0
    parcels = archive.due_parcels()
    assert [(one.channel, titles(one)) for one in parcels] == [
        ("mail", ["news 1", "news 2"]),
        ("ops", ["news 1", "news 2"]),
    ]
    assert archive.due_parcels() == []
    for parcel in parcels:
        archive.parcel_sent(parcel)
    assert archive.due_parcels() == []
    row = archive.watches("default")[0]
    assert (row.sent, row.waiting, row.last_sent_at) == (4, 0, archive._clock())


@lite
def test_more_than_fits_goes_out_in_several_parcels_in_order(archive: Archive, happen: Any) -> None:
    archive.add_watch("default", "all", Wanted(channels=("ops",), most=2))
    happen(1, 2, 3, 4, 5)
    assert sent(archive) == [
        ("ops", ["news 1", "news 2"]),
        ("ops", ["news 3", "news 4"]),
        ("ops", ["news 5"]),
    ]


def test_retry_is_the_same_parcel_with_the_same_text(archive: Archive, happen: Any, make: Any, clock: Any) -> None:
    archive.add_watch("default", "all", Wanted(channels=("ops",)))
    happen(1)
    (first,) = archive.due_parcels()
    assert archive.part_sent(first, 1)
    archive.parcel_failed(first, "502 Bad Gateway", clock.now + MINUTE)
    happen(2)
    run = archive.open_run("news", "manual")
    edited = make.article("http://news.example/1", body="第1号消息，已经修改过。", title="另一个题目")
    archive.store(run, StoreBatch(articles=[edited]))
    assert archive.due_parcels() == []
    clock.now += MINUTE
    (again,) = archive.due_parcels()
    assert (again.parcel_id, again.notices) == (first.parcel_id, first.notices)
    assert (again.tries, again.sent_parts) == (1, 1)
    archive.parcel_sent(again)
    (later,) = archive.due_parcels()
    assert later.parcel_id != first.parcel_id
    assert titles(later) == ["news 2"]


@lite
def test_channel_that_is_down_blocks_no_other(archive: Archive, happen: Any, clock: Any) -> None:
    archive.add_watch("default", "all", Wanted(channels=("down", "up")))
    happen(1)
    for parcel in archive.due_parcels():
        if parcel.channel == "down":
            archive.parcel_failed(parcel, "connection refused", clock.now + HOUR)
        else:
            archive.parcel_sent(parcel)
    happen(2)
    assert sent(archive) == [("up", ["news 2"])]
    states = {(row.channel, row.state): row for row in archive.outbox()}
    assert states["down", "failing"].error == "connection refused"
    assert states["down", "due"].notices == 1


@lite
def test_receiver_that_was_down_for_a_day_gets_all_in_order_and_once(archive: Archive, happen: Any, clock: Any) -> None:
    archive.add_watch("default", "all", Wanted(channels=("ops",), most=7))
    archive.add_watch("default", "city", Wanted(channels=("ops",), sites=("city",), kinds=("new",)))
    tries = 0
    for hour in range(12):
        happen(hour, site=("news", "city")[hour % 2])
        for parcel in archive.due_parcels():
            archive.parcel_failed(parcel, "down", clock.now + timedelta(minutes=50))
            tries += 1
        clock.now += HOUR
    assert tries > 5
    found: list[tuple[str, str]] = []
    numbers: list[str] = []
    while parcels := archive.due_parcels():
        for parcel in parcels:
            found += [(parcel.watch, notice.title) for notice in parcel.notices]
            numbers += [notice.notice_id for notice in parcel.notices]
            archive.parcel_sent(parcel)
    assert len(numbers) == len(set(numbers)) == 18
    for watch, count in (("all", 12), ("city", 6)):
        told = [int(title.split()[1]) for name, title in found if name == watch]
        assert told == sorted(told) and len(told) == count


@lite
def test_digest_comes_at_its_hour_with_all_that_happened(archive: Archive, happen: Any, clock: Any) -> None:
    archive.add_watch("default", "daily", Wanted(channels=("ops",), rhythm="daily 08:30"))
    happen(1)
    clock.to("2026-11-20 23:00")
    happen(2)
    assert sent(archive) == []
    clock.to("2026-11-21 08:29")
    assert sent(archive) == []
    clock.to("2026-11-21 08:30")
    assert sent(archive) == [("ops", ["news 1", "news 2"])]


@lite
def test_members_of_a_digest_stay_when_more_happens_before_its_retry(archive: Archive, happen: Any, clock: Any) -> None:
    archive.add_watch("default", "hourly", Wanted(channels=("ops",), rhythm="hourly"))
    happen(1)
    clock.to("2026-11-20 12:59")
    happen(2)
    clock.to("2026-11-20 13:00")
    (digest,) = archive.due_parcels()
    archive.parcel_failed(digest, "down", clock.now + HOUR)
    happen(3)
    clock.to("2026-11-20 14:00")
    (again,) = archive.due_parcels()
    assert again.notices == digest.notices
    archive.parcel_sent(again)
    assert sent(archive) == [("ops", ["news 3"])]


@lite
def test_digest_that_was_due_while_nobody_ran_comes_as_soon_as_somebody_does(
    archive: Archive, make: Any, clock: Any
) -> None:
    archive.add_watch("default", "daily", Wanted(channels=("ops",), rhythm="daily 08:30", quiet="22:00-07:30"))
    run = archive.open_run("news", "manual")
    record = make.article(1)
    record.fetch.fetched_at = clock.now
    archive.store(run, StoreBatch(articles=[record]))
    clock.to("2026-11-21 23:00")
    archive.expand_events(Routes())
    assert sent(archive) == []  # in quiet hours, though it is late
    clock.to("2026-11-22 07:30")
    assert len(sent(archive)) == 1


# --- quiet hours ------------------------------------------------------------------------------------------------------


def test_quiet_hours_hold_new_things_and_retries_but_no_other_watch(archive: Archive, happen: Any, clock: Any) -> None:
    archive.add_watch("default", "quiet", Wanted(channels=("ops",), quiet="22:00-07:30"))
    archive.add_watch("night", "owl", Wanted(channels=("ops",), sites=("city",)))
    clock.to("2026-11-20 21:58")
    happen(1)
    (parcel,) = archive.due_parcels()
    archive.parcel_failed(parcel, "down", clock.now + 5 * MINUTE)
    clock.to("2026-11-20 22:05")
    happen(2)
    assert sent(archive) == []
    happen(3, site="city")
    assert sent(archive) == [("ops", ["city 3"])]
    clock.to("2026-11-21 07:30")
    assert sent(archive) == [("ops", ["news 1"]), ("ops", ["news 2", "city 3"])]


@lite
def test_on_working_days_only_the_weekend_waits_for_monday(archive: Archive, happen: Any, clock: Any) -> None:
    archive.add_watch("default", "office", Wanted(channels=("ops",), workdays=True, quiet="18:00-08:00"))
    clock.to("2026-11-20 18:30")
    happen(1)
    for moment in ("2026-11-20 23:00", "2026-11-21 12:00", "2026-11-22 12:00", "2026-11-23 07:59"):
        clock.to(moment)
        assert sent(archive) == []
    clock.to("2026-11-23 08:00")
    assert sent(archive) == [("ops", ["news 1"])]


@lite
def test_worst_alarms_break_the_quiet_of_operators(archive: Archive, clock: Any) -> None:
    from archive.events import add_events

    routes = Routes(operators=("ops",), operator_quiet="22:00-07:30")
    clock.to("2026-11-20 23:00")
    with archive.database.write() as connection:
        for severity in (2, 1):
            row = {"kind": "alarm opened", "site": "news", "alarm_id": severity, "at": clock.now}
            add_events(connection, [{**row, "detail": {"alarm": f"trouble {severity}", "severity": severity}}])
    archive.expand_events(routes)
    assert sent(archive) == [("ops", ["news: trouble 1"])]
    clock.to("2026-11-21 07:30")
    assert sent(archive) == [("ops", ["news: trouble 2"])]


@lite
def test_clock_set_back_holds_nothing(archive: Archive, happen: Any, clock: Any) -> None:
    archive.add_watch("default", "all", Wanted(channels=("ops",)))
    happen(1)
    clock.now -= 8 * HOUR
    assert sent(archive) == [("ops", ["news 1"])]
    clock.now += 8 * HOUR
    happen(2)
    (parcel,) = archive.due_parcels()
    archive.parcel_failed(parcel, "down", clock.now + MINUTE)
    clock.now -= 8 * HOUR
    assert sent(archive) == [("ops", ["news 2"])]
