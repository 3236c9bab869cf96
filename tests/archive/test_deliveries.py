"""What is due to whom: parcels, their order, claims, retries."""

from __future__ import annotations

from typing import Any

from archive.archive import Archive
from archive.records import StoreBatch
from archive.routes import Routes
from archive.watches import Wanted


def store(archive: Archive, make: Any, *records: Any) -> None:
    run = archive.open_run("news", "manual")
    archive.store(run, StoreBatch(articles=list(records)))
    archive.close_run(run, "ok")


def test_what_is_new_goes_out_once_in_its_order(archive: Archive, make: Any) -> None:
    archive.add_watch("default", "all", Wanted(channels=("ops", "mail")))
    store(archive, make, make.article(1), make.article(2))
    assert archive.expand_events(Routes()) == 4
    assert archive.expand_events(Routes()) == 0
    parcels = archive.due_parcels()
    assert [(parcel.channel, [one.title for one in parcel.notices]) for parcel in parcels] == [
        ("mail", ["质量月启动 1", "质量月启动 2"]),
        ("ops", ["质量月启动 1", "质量月启动 2"]),
    ]
    assert archive.due_parcels() == []
    for parcel in parcels:
        archive.parcel_sent(parcel)
    assert archive.due_parcels() == []
    row = archive.watches()[0]
    assert (row.sent, row.waiting) == (4, 0)
