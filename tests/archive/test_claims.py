"""One sender at a time: claims, several senders, kills in between."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event as sql_event
from sqlalchemy import select, update

from archive.archive import Archive
from archive.deliveries import LEASE, Parcel
from archive.models import table
from archive.notice_models import Delivery, Event
from archive.notice_models import Parcel as ParcelTable
from archive.records import StoreBatch
from archive.routes import Routes
from archive.watches import Wanted

_delivery, _event, _parcel = table(Delivery), table(Event), table(ParcelTable)
lite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what no database decides."""
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def archive(database_url: str, tmp_path: Path, clock: Any) -> Iterator[Archive]:
    with Archive(database_url, tmp_path, clock=clock) as opened:
        yield opened


def titles(parcel: Parcel) -> list[str]:
    return [notice.title for notice in parcel.notices]


# --- claims -----------------------------------------------------------------------------------------------------------


def test_parcel_of_a_silent_sender_is_taken_over_after_its_lease(archive: Archive, happen: Any, clock: Any) -> None:
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


def test_two_senders_at_once_share_the_work(archive: Archive, happen: Any, tmp_path: Path, clock: Any) -> None:
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
    archive: Archive, make: Any, tmp_path: Path, clock: Any
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
    archive: Archive, make: Any, happen: Any, tmp_path: Path, clock: Any, database_url: str
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


def _store_and_take_out(url: str, folder: Path, make: Any, clock: Any, turn: int, last: int) -> None:
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
def test_dead_sender_on_this_machine_is_noticed_at_once(archive: Archive, happen: Any, clock: Any) -> None:
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
