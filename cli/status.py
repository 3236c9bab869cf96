"""``zhiwen status``: what the processes that keep watch are about, as the database knows it."""

from __future__ import annotations

import shutil
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from archive.clock import utc_now
from cli.context import open_archive, settings
from cli.output import FAILURE, emit, emit_json, one_line, since_then, table, when

if TYPE_CHECKING:
    from archive.archive import Archive
    from archive.scheduling import InstanceRow
    from config.settings import Settings

SHOWN_VISITS = 8
"""Next visits shown."""


def status(as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False) -> None:
    """How the watch goes: who keeps it, what runs, what is due next, what is open. Asks the database only.

    Ends with 1 when no `zhiwen up` keeps watch.
    """
    chosen = settings()
    now = utc_now()
    with open_archive(chosen) as archive:
        found = _ask(archive, chosen, now)
    if as_json:
        emit_json(found)
    else:
        _print(found, now)
    if not found["watched"]:
        raise typer.Exit(FAILURE)


def _ask(archive: Archive, chosen: Settings, now: datetime) -> dict[str, Any]:
    from archive.present import LATELY
    from scheduler.alive import is_alive

    instances = archive.instances()
    living = [one for one in instances if is_alive(one, now)]
    sizes = archive.sizes()
    return {
        "watched": bool(living),
        "instances": [_instance(one, one in living) for one in instances],
        "running": [
            {"run": row.id, "site": row.site, "kind": row.kind, "started_at": row.started_at, "counts": row.counts}
            for row in archive.running_runs()
        ],
        "next_visits": archive.next_visits(SHOWN_VISITS),
        "visits_of_last_day": archive.slot_counts(now - LATELY),
        "notices": archive.notice_counts(),
        "open_alarms": archive.open_alarm_counts(),
        "database_bytes": sizes.database,
        "wal_bytes": sizes.wal,
        "free_bytes": shutil.disk_usage(chosen.data_dir).free if chosen.data_dir.is_dir() else None,
    }


def _instance(one: InstanceRow, alive: bool) -> dict[str, Any]:
    return {
        "name": one.name,
        "alive": alive,
        "host": one.host,
        "pid": one.pid,
        "started_at": one.started_at,
        "beat_at": one.beat_at,
        "clock_jumps": one.jumps,
        "last_jump": one.last_jump,
    }


def _print(found: dict[str, Any], now: datetime) -> None:
    for one in found["instances"]:
        state = "keeps watch" if one["alive"] else "is dead"
        since, beat = when(one["started_at"]), since_then(one["beat_at"], now)
        emit(f"process {one['pid']} on {one_line(one['host'])} {state}, since {since}, last sign of life {beat}")
        if one["last_jump"]:
            emit(f"  its clock jumped {one['clock_jumps']} times, last: {one_line(one['last_jump'])}")
    if not found["watched"]:
        emit("nobody keeps watch: start `zhiwen up`.")
    if found["running"]:
        emit("")
        rows = [
            [row["run"], row["site"], row["kind"], when(row["started_at"], "second"), row["counts"].get("requests", 0)]
            + [row["counts"].get(name, 0) for name in ("new", "changed", "failed")]
            for row in found["running"]
        ]
        table(("run", "site", "kind", "started", "requests", "new", "changed", "failed"), rows)
    if found["next_visits"]:
        emit("")
        rows = [[one.site, one.column, when(one.due_at, "second"), one.why] for one in found["next_visits"]]
        table(("next visits", "column", "due", "why"), rows)
    emit("")
    for name, text in (
        ("visits of the last day", _counted(found["visits_of_last_day"])),
        ("notices", _counted(found["notices"])),
        ("open alarms", _counted(found["open_alarms"])),
        ("database", _megabytes(found["database_bytes"])),
        ("write-ahead log", _megabytes(found["wal_bytes"])),
        ("free space", _megabytes(found["free_bytes"])),
    ):
        if text:
            emit(f"{name:>22}  {text}")


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in counts.items()) or "none"


def _megabytes(size: int | None) -> str:
    return "" if size is None else f"{size / 2**20:,.1f} MB"
