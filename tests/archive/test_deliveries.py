"""What is due to whom: parcels, their order, claims, retries, and kills in between."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event as sql_event
from sqlalchemy import select, update

from archive.archive import Archive
from archive.clock import SHANGHAI
from archive.deliveries import LEASE, Parcel
from archive.models import table
from archive.notice_models import Delivery, Event
from archive.notice_models import Parcel as ParcelTable
from archive.pruning import Rules
from archive.records import StoreBatch
from archive.routes import Routes
from archive.watches import Wanted, WatchExists

_delivery, _event, _parcel = table(Delivery), table(Event), table(ParcelTable)
lite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what no database decides."""
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


class Clock:
    """The archive's clock; noon of a Friday in Shanghai at first."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 12, tzinfo=SHANGHAI).astimezone(UTC)

    def __call__(self) -> datetime:
        return self.now

    def to(self, text: str) -> None:
        self.now = datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI).astimezone(UTC)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def archive(database_url: str, tmp_path: Path, clock: Clock) -> Iterator[Archive]:
    with Archive(database_url, tmp_path, clock=clock) as opened:
        yield opened


@pytest.fixture
def happen(archive: Archive, make: Any, clock: Clock) -> Callable[..., None]:
    """Articles of these numbers appear now."""

    def store(*numbers: int, site: str = "news") -> None:
        make.site = site
        run = archive.open_run(site, "manual")
        records = [make.article(f"http://{site}.example/{number}", body=f"第{number}号消息。") for number in numbers]
        for number, record in zip(numbers, records, strict=True):
            record.title, record.fetch.fetched_at = f"{site} {number}", clock.now
        archive.store(run, StoreBatch(articles=records))
        archive.close_run(run, "ok")
        archive.expand_events(Routes())

    return store


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


def test_retry_is_the_same_parcel_with_the_same_text(archive: Archive, happen: Any, make: Any, clock: Clock) -> None:
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
def test_channel_that_is_down_blocks_no_other(archive: Archive, happen: Any, clock: Clock) -> None:
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
def test_receiver_that_was_down_for_a_day_gets_all_in_order_and_once(
    archive: Archive, happen: Any, clock: Clock
) -> None:
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
def test_digest_comes_at_its_hour_with_all_that_happened(archive: Archive, happen: Any, clock: Clock) -> None:
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
def test_members_of_a_digest_stay_when_more_happens_before_its_retry(
    archive: Archive, happen: Any, clock: Clock
) -> None:
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
    archive: Archive, make: Any, clock: Clock
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


def test_quiet_hours_hold_new_things_and_retries_but_no_other_watch(
    archive: Archive, happen: Any, clock: Clock
) -> None:
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
def test_on_working_days_only_the_weekend_waits_for_monday(archive: Archive, happen: Any, clock: Clock) -> None:
    archive.add_watch("default", "office", Wanted(channels=("ops",), workdays=True, quiet="18:00-08:00"))
    clock.to("2026-11-20 18:30")
    happen(1)
    for moment in ("2026-11-20 23:00", "2026-11-21 12:00", "2026-11-22 12:00", "2026-11-23 07:59"):
        clock.to(moment)
        assert sent(archive) == []
    clock.to("2026-11-23 08:00")
    assert sent(archive) == [("ops", ["news 1"])]


@lite
def test_worst_alarms_break_the_quiet_of_operators(archive: Archive, clock: Clock) -> None:
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
def test_clock_set_back_holds_nothing(archive: Archive, happen: Any, clock: Clock) -> None:
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


# --- claims -----------------------------------------------------------------------------------------------------------


def test_parcel_of_a_silent_sender_is_taken_over_after_its_lease(archive: Archive, happen: Any, clock: Clock) -> None:
    archive.add_watch("default", "all", Wanted(channels=("ops",)))
    happen(1)
    (first,) = archive.due_parcels()
    clock.now += LEASE - MINUTE
    assert archive.due_parcels() == []
    assert archive.part_sent(first, 1)  # renews it
    clock.now += LEASE - MINUTE
    assert archive.due_parcels() == []
    clock.now += MINUTE
    (second,) = archive.due_parcels()
    assert (second.parcel_id, second.sent_parts) == (first.parcel_id, 1)
    assert not archive.part_sent(first, 2)
    archive.parcel_failed(first, "too late to say", clock.now + HOUR)
    archive.parcel_given_up(first, "too late to say")
    assert archive.outbox()[0].state == "sending"
    archive.parcel_sent(first)  # it did arrive, whoever sent it
    archive.parcel_sent(second)
    assert archive.watches("default")[0].sent == 1


def test_two_senders_at_once_share_the_work(archive: Archive, happen: Any, tmp_path: Path, clock: Clock) -> None:
    channels = tuple(f"c{number}" for number in range(4))
    archive.add_watch("default", "all", Wanted(channels=channels, most=1))
    happen(*range(5))
    arrived: list[tuple[str, str, str]] = []
    start = threading.Barrier(3)

    def send() -> None:
        with Archive(archive.database_url, tmp_path, clock=clock) as mine:
            start.wait()
            while any(row.notices for row in mine.outbox()):
                for parcel in mine.due_parcels():
                    arrived.extend((parcel.parcel_id, parcel.channel, title) for title in titles(parcel))
                    mine.parcel_sent(parcel)

    senders = [threading.Thread(target=send) for _ in range(3)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert len(arrived) == 20
    for channel in channels:
        assert [title for _, where, title in arrived if where == channel] == [f"news {n}" for n in range(5)]


def test_two_processes_that_expand_at_once_double_nothing(
    archive: Archive, make: Any, tmp_path: Path, clock: Clock
) -> None:
    for number in range(3):
        archive.add_watch("default", f"w{number}", Wanted(channels=("ops", "mail")))
    run = archive.open_run("news", "manual")
    for start_at in range(0, 100, 50):
        numbers = range(start_at, start_at + 50)
        archive.store(run, StoreBatch(articles=[make.article(n, body=f"第{n}号。") for n in numbers]))
    start = threading.Barrier(3)
    counts: list[int] = []

    def expand() -> None:
        with Archive(archive.database_url, tmp_path, clock=clock) as mine:
            start.wait()
            counts.append(mine.expand_events(Routes()))

    threads = [threading.Thread(target=expand) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 100 * 3 * 2
    with archive.database.read() as connection:
        rows = connection.execute(select(_delivery.c.watch_id, _delivery.c.channel, _delivery.c.event_id)).all()
    assert len(rows) == len(set(rows)) == 100 * 3 * 2


def test_kills_between_storing_and_sending_lose_and_double_nothing(
    archive: Archive, make: Any, happen: Any, tmp_path: Path, clock: Clock, database_url: str
) -> None:
    """Each child stores, plans and takes out, and is killed at a statement chosen at random. What it took is sent by
    the next one that lives; `zhiwen bench delivery` does the same fifty times and more."""
    seed = 20261121
    choice = random.Random(seed)
    archive.add_watch("default", "all", Wanted(channels=("ops", "mail"), most=3))
    happen(1)  # loads what storing needs, once for all children
    archive.close()
    arrived: dict[str, list[tuple[str, str]]] = {"ops": [], "mail": []}
    killed = 0
    for turn in range(10):
        child = os.fork()
        if child == 0:
            _store_and_take_out(database_url, tmp_path, make, clock, turn, choice.randint(1, 110))
        killed += os.WIFSIGNALED(os.waitpid(child, 0)[1])
        choice.random()  # as in the child
        if turn % 5 == 4:
            clock.now += LEASE
            archive.expand_events(Routes())
            while parcels := archive.due_parcels():
                for parcel in parcels:
                    arrived[parcel.channel] += [(one.notice_id, one.title) for one in parcel.notices]
                    archive.parcel_sent(parcel)
            archive.close()
    with archive.database.read() as connection:
        stored = connection.execute(select(_event.c.id, _event.c.kind).order_by(_event.c.id)).all()
    assert killed > 4, seed
    assert len(stored) == archive.count() > 5
    for told in arrived.values():
        numbers = [int(notice_id.split("-")[0][1:]) for notice_id, _ in told]
        assert numbers == [row.id for row in stored], seed


def _store_and_take_out(url: str, folder: Path, make: Any, clock: Clock, turn: int, last: int) -> None:
    """In a child of its own: killed at the ``last`` statement, if it comes so far."""
    left = [last]

    def count(*anything: Any) -> None:
        left[0] -= 1
        if left[0] <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    try:
        with Archive(url, folder, clock=clock) as mine:
            sql_event.listen(mine.database._writer, "before_cursor_execute", count)
            sql_event.listen(mine.database._writer, "commit", count)
            make.site = f"site{turn}"  # a killed one holds the lease of its site
            run = mine.open_run(make.site, "manual")
            for number in range(3):
                record = make.article(f"http://{make.site}.example/{number}", body=f"{turn} {number}")
                mine.store(run, StoreBatch(articles=[record]))
            mine.expand_events(Routes())
            mine.due_parcels()
            mine.expand_events(Routes())
    finally:
        os._exit(0)


@lite
def test_dead_sender_on_this_machine_is_noticed_at_once(archive: Archive, happen: Any, clock: Clock) -> None:
    archive.add_watch("default", "all", Wanted(channels=("ops",)))
    happen(1)
    (parcel,) = archive.due_parcels()
    assert archive.due_parcels() == []
    with archive.database.write() as connection:
        claimant = connection.execute(select(_parcel.c.claimant)).scalar_one()
        where, pid, started = claimant.split("\n")
        assert int(pid) == os.getpid()
        connection.execute(update(_parcel).values(claimant=f"{where}\n{pid}\n{started}0"))
    (again,) = archive.due_parcels()
    assert again.parcel_id == parcel.parcel_id


# --- the outbox and watches -------------------------------------------------------------------------------------------


def test_given_up_is_shown_and_can_be_tried_again(archive: Archive, happen: Any, clock: Clock) -> None:
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
    archive: Archive, happen: Any, clock: Clock
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
def test_preview_is_what_was_told(archive: Archive, happen: Any, clock: Clock) -> None:
    wanted = Wanted(channels=("ops",), sites=("city",))
    archive.add_watch("default", "city", wanted)
    since = clock.now
    happen(1)
    happen(2, 3, site="city")
    assert [one.title for one in archive.preview(wanted, since)] == ["city 2", "city 3"]
    assert archive.preview(wanted, since + MINUTE) == []
    assert sent(archive) == [("ops", ["city 2", "city 3"])]
    assert archive.example(1, wanted).title == "news 1"


def test_old_notices_are_pruned_and_what_waits_stays(archive: Archive, happen: Any, clock: Clock) -> None:
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
