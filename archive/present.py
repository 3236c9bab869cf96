"""How things stand at this moment: what runs, what is open, what waits, how large it all is.

Asked for every few seconds by whoever watches, so every question here takes an index and none reads a history.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, text

from archive.alarm_models import Alarm
from archive.answers import RunRow
from archive.database import Database
from archive.models import Run, SiteLease, table
from archive.notice_models import Delivery, Parcel, Watch
from archive.opened import Opened
from archive.queries import run_row
from archive.schedule_models import ColumnSchedule, Slot

_run = table(Run)
_lease = table(SiteLease)
_alarm = table(Alarm)
_delivery = table(Delivery)
_parcel = table(Parcel)
_watch = table(Watch)
_schedule = table(ColumnSchedule)
_slot = table(Slot)

LATELY = timedelta(days=1)
"""So far back planned visits are counted."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes of the database, and of the log of what was written last (SQLite's WAL; None elsewhere)."""

    database: int
    wal: int | None


@dataclass(frozen=True, slots=True)
class NextVisit:
    """The next visit of a column, and why then."""

    site: str
    column: str
    due_at: datetime
    why: str


class Present(Opened):
    """The questions; see ``Archive``."""

    def running_runs(self) -> list[RunRow]:
        """Runs that hold their site, the oldest first, with what they counted up to their last heartbeat."""
        statement = select(_run).join(_lease, _lease.c.run_id == _run.c.id).order_by(_run.c.id)
        with self.database.read() as connection:
            return [run_row(row) for row in connection.execute(statement).mappings()]

    def open_alarm_counts(self) -> dict[str, int]:
        """How many alarms are open, by kind."""
        statement = select(_alarm.c.kind, func.count()).where(_alarm.c.closed_at.is_(None)).group_by(_alarm.c.kind)
        with self.database.read() as connection:
            return {row[0]: row[1] for row in connection.execute(statement.order_by(_alarm.c.kind))}

    def notice_counts(self) -> dict[str, int]:
        """Notices by how far they are: "waiting", of those "failing" (tried in vain, tried again), and "sent"."""
        unsent = _parcel.c.state == "waiting"
        failing = func.sum(_parcel.c.notices).filter(_parcel.c.failed_at.is_not(None))
        with self.database.read() as connection:
            alone = connection.execute(
                select(func.count()).select_from(_delivery).where(_delivery.c.parcel_id.is_(None))
            ).scalar_one()
            packed = connection.execute(select(func.sum(_parcel.c.notices), failing).where(unsent)).one()
            sent = connection.execute(select(func.sum(_watch.c.sent))).scalar()
        return {"waiting": alone + int(packed[0] or 0), "failing": int(packed[1] or 0), "sent": int(sent or 0)}

    def next_visits(self, limit: int) -> list[NextVisit]:
        """The columns that are due next, the earliest first; none that is under way."""
        chosen = select(_schedule.c.site, _schedule.c.column, _schedule.c.next_due_at, _schedule.c.why)
        free = _schedule.c.slot_id.is_(None) & _schedule.c.next_due_at.is_not(None)
        with self.database.read() as connection:
            rows = connection.execute(chosen.where(free).order_by(_schedule.c.next_due_at).limit(limit))
            return [NextVisit(*row) for row in rows]

    def slot_counts(self, since: datetime) -> dict[str, int]:
        """Planned visits from ``since`` on, by what became of them: "claimed", "ended", "missed", "lost"."""
        number = func.sum(_slot.c.count)
        statement = select(_slot.c.state, number).where(_slot.c.planned_at >= since).group_by(_slot.c.state)
        with self.database.read() as connection:
            return {row[0]: int(row[1]) for row in connection.execute(statement.order_by(_slot.c.state))}

    def sizes(self) -> Sizes:
        """How large the database is."""
        return _file_sizes(self.database) if self.database.is_sqlite else _server_sizes(self.database)


def _file_sizes(database: Database) -> Sizes:
    wal = 0
    with contextlib.suppress(FileNotFoundError):  # nothing was written since the last one closed it
        wal = database.path.with_name(f"{database.path.name}-wal").stat().st_size
    return Sizes(database.path.stat().st_size, wal)


def _server_sizes(database: Database) -> Sizes:
    with database.read() as connection:
        size = connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
    return Sizes(int(size), None)


def figures(archive: Present, now: datetime) -> Mapping[str, Mapping[tuple[str, ...], float]]:
    """The same as figures by name, each by the words that tell one from another."""
    sizes = archive.sizes()
    found: dict[str, Mapping[tuple[str, ...], float]] = {
        "open_alarms": {(kind,): number for kind, number in archive.open_alarm_counts().items()},
        "notices": {(state,): number for state, number in archive.notice_counts().items()},
        "slots": {(state,): number for state, number in archive.slot_counts(now - LATELY).items()},
        "database_bytes": {(): sizes.database},
    }
    if sizes.wal is not None:
        found["wal_bytes"] = {(): sizes.wal}
    return found
