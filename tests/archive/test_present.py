"""How things stand at this moment, on both databases."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from archive.archive import Archive
from archive.present import figures
from archive.scheduling import NewColumn, Pick, SlotEnd


def planned(archive: Archive, make: Any, count: int = 3) -> list[Any]:
    columns = [
        NewColumn("news", f"http://news.example/{n}/", f"栏目{n}", "interval", "every 1h", make.at(n), "new", 3600)
        for n in range(count)
    ]
    archive.keep_schedules("one", columns)
    return archive.schedules()


def test_runs_on_their_way_are_those_that_hold_their_site(archive: Archive) -> None:
    first = archive.open_run("news", "scheduled")
    second = archive.open_run("policy", "manual")
    archive.progress(second, {"requests": 7})
    assert [(run.site, run.counts.get("requests", 0)) for run in archive.running_runs()] == [("news", 0), ("policy", 7)]
    archive.close_run(first, "ok")
    assert [run.id for run in archive.running_runs()] == [second.run_id]


def test_next_visits_leave_out_what_is_under_way_or_not_watched(archive: Archive, make: Any) -> None:
    first, *_ = planned(archive, make)
    archive.claim_slots("one", [Pick(first.id, first.version, make.at(0))])
    assert [(visit.column, visit.due_at) for visit in archive.next_visits(5)] == [
        ("栏目1", make.at(1)),
        ("栏目2", make.at(2)),
    ]
    assert len(archive.next_visits(1)) == 1


def test_visits_are_counted_by_what_became_of_them_the_missed_ones_each(archive: Archive, make: Any) -> None:
    first, second, third = planned(archive, make)
    claimed = archive.claim_slots(
        "one",
        [
            Pick(first.id, first.version, make.at(0)),
            Pick(second.id, second.version, make.at(1), missed=(make.at(2), 5)),
            Pick(third.id, third.version, make.at(-100)),
        ],
    )
    archive.end_slots([SlotEnd(claimed[first.id], "ended", "ok")])
    assert archive.slot_counts(make.at(-1)) == {"claimed": 1, "ended": 1, "missed": 5}
    assert archive.slot_counts(make.at(-200))["claimed"] == 2
    assert archive.slot_counts(make.at(50)) == {}


def test_open_alarms_are_counted_by_kind(archive: Archive) -> None:
    archive.freeze("news", "by a test")
    archive.freeze("policy", "by a test")
    assert archive.open_alarm_counts() == {"by hand": 2}
    archive.close_alarm("news", "over")
    assert archive.open_alarm_counts() == {"by hand": 1}


def test_notices_of_an_empty_outbox_are_none(archive: Archive) -> None:
    assert archive.notice_counts() == {"waiting": 0, "failing": 0, "sent": 0}


def test_sizes_grow_with_the_archive(archive: Archive, make: Any) -> None:
    planned(archive, make)
    sizes = archive.sizes()
    assert sizes.database + (sizes.wal or 0) > 100_000
    assert (sizes.wal is not None) == archive.database.is_sqlite


def test_figures_name_their_labels(archive: Archive, make: Any) -> None:
    planned(archive, make)
    found: Mapping[str, Mapping[tuple[str, ...], float]] = figures(archive, make.at(0) + timedelta(hours=1))
    assert found["notices"][("waiting",)] == 0
    assert found["open_alarms"] == {}
    assert found["database_bytes"][()] > 0


def test_questions_asked_every_few_seconds_take_an_index(archive: Archive) -> None:
    if not archive.database.is_sqlite:
        return
    with archive.database.read() as connection:
        for question, index in (
            ("SELECT id FROM run WHERE verdict = 'running'", "ix_run_running"),
            ("SELECT state FROM slot WHERE planned_at >= '2026-01-01'", "ix_slot_planned"),
        ):
            plan = " ".join(str(row) for row in connection.execute(text(f"EXPLAIN QUERY PLAN {question}")))
            assert index in plan
