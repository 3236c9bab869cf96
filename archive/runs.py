"""Runs and leases: who may store for a site, and how each run ended.

The lease is a row with an end time and a token that only grows. Whoever lost it can store nothing any more, because
every storing transaction compares the token.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from archive.database import Database
from archive.errors import LeaseHeld, LeaseLost
from archive.models import Run, SiteLease, table
from archive.records import RunHandle, Verdict
from archive.sights import SightRecord, save

_run = table(Run)
_lease = table(SiteLease)


def open_run(
    database: Database, site: str, kind: str, options: Mapping[str, Any], lease_seconds: float, now: datetime
) -> RunHandle:
    """Take the site's lease and write the run's row, in one transaction. Raises LeaseHeld."""
    host, pid = socket.gethostname(), os.getpid()
    with database.write() as connection:
        lease = connection.execute(select(_lease).where(_lease.c.site == site)).mappings().first()
        if lease is not None and lease["run_id"] is not None:
            dead = _dead(lease, now)
            if not dead:
                raise LeaseHeld(site, lease["run_id"], lease["host"], lease["pid"], lease["since"], lease["expires_at"])
            _close_orphan(connection, lease["run_id"], dead, now)
        token = lease["token"] + 1 if lease is not None else 1
        run_id: int = connection.execute(
            insert(_run)
            .values(
                site=site,
                kind=kind,
                options=dict(options),
                token=token,
                host=host,
                pid=pid,
                started_at=now,
                heartbeat_at=now,
                verdict="running",
                reason="",
                counts={},
                causes={},
                evidence=[],
            )
            .returning(_run.c.id)
        ).scalar_one()
        holder = {
            "token": token,
            "run_id": run_id,
            "host": host,
            "pid": pid,
            "machine": machine(),
            "process_started": process_started(pid) or "",
            "since": now,
            "expires_at": now + timedelta(seconds=lease_seconds),
        }
        if lease is None:
            connection.execute(insert(_lease).values(site=site, **holder))
        else:
            connection.execute(update(_lease).where(_lease.c.site == site).values(**holder))
    return RunHandle(run_id, site, kind, token, lease_seconds, now)


def hold(connection: Connection, handle: RunHandle, now: datetime) -> None:
    """Check the fence and renew the lease, within the caller's transaction. Raises LeaseLost."""
    held = connection.execute(
        update(_lease)
        .where(_lease.c.site == handle.site, _lease.c.token == handle.token, _lease.c.run_id == handle.run_id)
        .values(expires_at=now + timedelta(seconds=handle.lease_seconds))
    )
    if held.rowcount != 1:
        raise LeaseLost(f"run {handle.run_id} no longer holds {handle.site}: it was closed or another run took over")


def renew(
    database: Database,
    handle: RunHandle,
    now: datetime,
    counts: Mapping[str, int] | None = None,
    causes: Mapping[str, int] | None = None,
    sights: Collection[SightRecord] = (),
) -> None:
    """Heartbeat, with counts and sights when given. Raises LeaseLost."""
    with database.write() as connection:
        hold(connection, handle, now)
        _update_run(connection, handle, now, counts, causes)
        save(connection, handle, sights)


def close_run(
    database: Database,
    handle: RunHandle,
    verdict: Verdict,
    reason: str,
    counts: Mapping[str, int] | None,
    causes: Mapping[str, int] | None,
    evidence: Sequence[str],
    now: datetime,
    sights: Collection[SightRecord] = (),
) -> None:
    """Write how the run ended and what it saw, and free the site. Raises LeaseLost."""
    with database.write() as connection:
        hold(connection, handle, now)
        save(connection, handle, sights)
        _update_run(
            connection,
            handle,
            now,
            counts,
            causes,
            verdict=verdict,
            reason=reason,
            evidence=list(evidence),
            finished_at=now,
        )
        connection.execute(update(_lease).where(_lease.c.site == handle.site).values(run_id=None, expires_at=now))


def reap_orphans(database: Database, now: datetime) -> list[int]:
    """Close every run that is dead: lease ended, process gone on this machine, or no lease at all."""
    running = (
        select(_run.c.id, _lease)
        .join_from(_run, _lease, _lease.c.run_id == _run.c.id, isouter=True)
        .where(_run.c.verdict == "running")
        .order_by(_run.c.id)
    )
    with database.read() as connection:
        if not any(_dead(row, now) for row in connection.execute(running).mappings()):
            return []
    closed = []
    with database.write() as connection:
        for row in connection.execute(running).mappings().all():
            why = _dead(row, now)
            if why:
                _close_orphan(connection, row["id"], why, now)
                connection.execute(update(_lease).where(_lease.c.run_id == row["id"]).values(run_id=None))
                closed.append(row["id"])
    return closed


def merged(old: Mapping[str, int], new: Mapping[str, int] | None) -> dict[str, int]:
    """Counts only grow: of each the larger figure stays."""
    result = dict(old)
    for name, value in (new or {}).items():
        result[name] = max(value, result.get(name, 0))
    return result


def _update_run(
    connection: Connection,
    handle: RunHandle,
    now: datetime,
    counts: Mapping[str, int] | None,
    causes: Mapping[str, int] | None,
    **values: Any,
) -> None:
    if counts or causes:
        old = connection.execute(select(_run.c.counts, _run.c.causes).where(_run.c.id == handle.run_id)).one()
        values |= {"counts": merged(old.counts, counts), "causes": merged(old.causes, causes)}
    connection.execute(update(_run).where(_run.c.id == handle.run_id).values(heartbeat_at=now, **values))


def _close_orphan(connection: Connection, run_id: int, why: str, now: datetime) -> None:
    connection.execute(
        update(_run)
        .where(_run.c.id == run_id, _run.c.verdict == "running")
        .values(verdict="orphaned", reason=why, finished_at=now)
    )


def _dead(lease: RowMapping, now: datetime) -> str:
    """Why the holder counts as dead; empty while it may live."""
    if lease["run_id"] is None:
        return "the run held no lease any more"
    if lease["expires_at"] <= now:
        return f"no sign of life since {lease['expires_at']:%Y-%m-%d %H:%M:%S} UTC"
    # The lease alone decides. That the process is gone only shortens the wait, and only where its number means the
    # same: same boot, same process namespace.
    same_machine = lease["machine"] and lease["machine"] == machine()
    if same_machine and process_started(lease["pid"]) != lease["process_started"]:
        return f"process {lease['pid']} is gone"
    return ""


def machine() -> str:
    """Boot id and process namespace of this machine; empty where the system does not tell."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return ""


def process_started(pid: int) -> str | None:
    """When a living process started, in the kernel's ticks; None when there is none or it is a zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return None
    # The name in parentheses may hold anything; after it come the state and, 19 fields on, the start.
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else fields[19]
