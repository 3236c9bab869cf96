"""What is due, as it is stored: columns with their next visit, planned visits (slots), and who keeps watch.

Whoever decides something read it before; each change names the version of the row it was decided on, and is left out
when the row has changed meanwhile. So of two schedulers on one database one is heard, and nothing waits for the other.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from archive import visits
from archive.database import Database
from archive.frontier import chunks
from archive.models import table
from archive.opened import Opened
from archive.runs import machine, process_started
from archive.schedule_models import ColumnSchedule, Instance, Slot
from archive.visits import Mark, VisitRow

_schedule, _slot, _instance = table(ColumnSchedule), table(Slot), table(Instance)

_FORGET_INSTANCES = timedelta(days=7)


@dataclass(slots=True)
class ScheduleRow:
    """One watched column; see ``archive.schedule_models.ColumnSchedule``."""

    id: int
    site: str
    list_url: str
    column: str
    kind: str
    rule: str
    next_due_at: datetime | None
    why: str
    planned_at: datetime
    rhythm_seconds: int
    failures: int
    last_visit_at: datetime | None
    last_verdict: str
    slot_id: int | None
    version: int


@dataclass(slots=True)
class SlotRow:
    """One planned visit, or several missed in a row. ``state``: claimed, ended, missed or lost."""

    id: int
    schedule_id: int
    planned_at: datetime
    owner: str
    claimed_at: datetime
    state: str
    count: int
    run_id: int | None
    ended_at: datetime | None
    note: str


@dataclass(slots=True)
class InstanceRow:
    """One process that keeps watch. ``gone``: its process ended on this very machine."""

    name: str
    host: str
    pid: int
    started_at: datetime
    beat_at: datetime
    jumps: int
    last_jump: str
    gone: bool


@dataclass(frozen=True, slots=True)
class NewColumn:
    """A column that is watched from now on."""

    site: str
    list_url: str
    column: str
    kind: str
    rule: str
    next_due_at: datetime | None
    why: str
    rhythm_seconds: int


@dataclass(frozen=True, slots=True)
class Change:
    """New values of a schedule's row, for the version of it that was seen."""

    id: int
    version: int
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Pick:
    """A planned visit to claim: of which schedule in which version, and which later ones it stands for.

    ``missed`` is the first of the planned visits that passed meanwhile, with their count.
    """

    schedule_id: int
    version: int
    planned_at: datetime
    missed: tuple[datetime, int] | None = None


@dataclass(frozen=True, slots=True)
class SlotEnd:
    """How a claimed slot ended. The change of its schedule is made with it, or not at all."""

    slot_id: int
    state: str
    note: str
    run_id: int | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


class Scheduling(Opened):
    """The part of the archive that knows what is due; see ``Archive``."""

    def now(self) -> datetime:
        """The moment by the archive's clock, UTC."""
        return self._clock()

    def next_due(self) -> datetime | None:
        """When the next visit is due that is not under way."""
        with self.database.read() as connection:
            free = _schedule.c.slot_id.is_(None)
            statement = select(_schedule.c.next_due_at).where(free, _schedule.c.next_due_at.is_not(None))
            return connection.execute(statement.order_by(_schedule.c.next_due_at).limit(1)).scalar()

    def note_jump(self, instance: str, note: str) -> None:
        """Keep with the instance that its clock was set, or that its machine slept."""
        told = f"{self._clock():%Y-%m-%d %H:%M:%S} UTC: {note}"
        mine = update(_instance).where(_instance.c.name == instance)
        with self.database.write() as connection:
            connection.execute(mine.values(jumps=_instance.c.jumps + 1, last_jump=told))

    def schedules(self, site: str | None = None, *, due_by: datetime | None = None) -> list[ScheduleRow]:
        """Watched columns by site and number; with ``due_by`` those that are due by then and not under way."""
        return schedules(self.database, site, due_by)

    def slots(
        self, schedule_ids: Collection[int] | None = None, *, states: Collection[str] | None = None, limit: int = 100
    ) -> list[SlotRow]:
        """Planned visits, the latest first."""
        return slots(self.database, schedule_ids, states, limit)

    def latest_slots(self, after: datetime) -> dict[int, datetime]:
        """The latest planned visit of each schedule that has one later than ``after``."""
        return latest_slots(self.database, after)

    def instances(self) -> list[InstanceRow]:
        """The processes that keep watch, or did in the last days, by name."""
        return instances(self.database)

    def visits(self, sites: Collection[str], since: datetime) -> Iterator[VisitRow]:
        """What visits of list pages showed, by ended runs of any kind; site by site, oldest first."""
        return visits.visits(self.database, sites, since)

    def visits_after(self, mark: Mark | None) -> tuple[list[VisitRow], Mark]:
        """The visits of runs that have ended since ``mark`` was given, and the mark to ask with the next time."""
        return visits.visits_after(self.database, mark)

    def keep_schedules(
        self,
        instance: str,
        new: Sequence[NewColumn] = (),
        changes: Sequence[Change] = (),
        lost: Sequence[SlotEnd] = (),
        *,
        keep_slots: timedelta | None = None,
    ) -> set[int]:
        """Sign of life of ``instance``, and in the same transaction: new columns, changed ones, slots that are lost.

        ``keep_slots``: slots claimed longer ago are forgotten. The numbers of the slots that were closed.
        """
        return keep_schedules(self.database, instance, new, changes, lost, keep_slots, self._clock())

    def claim_slots(self, instance: str, picks: Sequence[Pick]) -> dict[int, int]:
        """Claim planned visits: the slot's number by schedule. What somebody else has claimed is left out."""
        return claim_slots(self.database, instance, picks, self._clock())

    def end_slots(self, ends: Sequence[SlotEnd]) -> set[int]:
        """Close claimed slots and plan what comes next, in one transaction; the numbers of those that were closed.

        Slots that somebody closed before are left alone.
        """
        with self.database.write() as connection:
            return _end_slots(connection, ends, self._clock())

    def leave(self, instance: str, because: str) -> None:
        """The instance stops: what it still had claimed is due again at once, its row goes."""
        leave(self.database, instance, because, self._clock())


def schedules(database: Database, site: str | None, due_by: datetime | None) -> list[ScheduleRow]:
    """See ``Archive.schedules``."""
    statement = select(_schedule).order_by(_schedule.c.site, _schedule.c.id)
    if site is not None:
        statement = statement.where(_schedule.c.site == site)
    if due_by is not None:
        statement = statement.where(_schedule.c.next_due_at <= due_by, _schedule.c.slot_id.is_(None))
    with database.read() as connection:
        return [ScheduleRow(*row) for row in connection.execute(statement)]


def slots(
    database: Database, schedule_ids: Collection[int] | None, states: Collection[str] | None, limit: int
) -> list[SlotRow]:
    """See ``Archive.slots``."""
    statement = select(_slot).order_by(_slot.c.planned_at.desc(), _slot.c.id.desc()).limit(limit)
    if states is not None:
        statement = statement.where(_slot.c.state.in_(states))
    if schedule_ids is not None:
        statement = statement.where(_slot.c.schedule_id.in_(schedule_ids))
    with database.read() as connection:
        return [SlotRow(*row) for row in connection.execute(statement)]


def latest_slots(database: Database, after: datetime) -> dict[int, datetime]:
    """See ``Archive.latest_slots``."""
    latest = func.max(_slot.c.planned_at, type_=_slot.c.planned_at.type).label("latest")
    statement = select(_slot.c.schedule_id, latest).where(_slot.c.planned_at > after).group_by(_slot.c.schedule_id)
    with database.read() as connection:
        return {row.schedule_id: row.latest for row in connection.execute(statement)}


def instances(database: Database) -> list[InstanceRow]:
    """See ``Archive.instances``."""
    with database.read() as connection:
        rows = connection.execute(select(_instance).order_by(_instance.c.name)).all()
    here = machine()
    return [
        InstanceRow(
            row.name,
            row.host,
            row.pid,
            row.started_at,
            row.beat_at,
            row.jumps,
            row.last_jump,
            gone=bool(here) and row.machine == here and process_started(row.pid) != row.process_started,
        )
        for row in rows
    ]


def keep_schedules(
    database: Database,
    instance: str,
    new: Sequence[NewColumn],
    changes: Sequence[Change],
    lost: Sequence[SlotEnd],
    keep_slots: timedelta | None,
    now: datetime,
) -> set[int]:
    """See ``Archive.keep_schedules``."""
    with database.write() as connection:
        _beat(connection, instance, now)
        _add(connection, new, now)
        for change in changes:
            _change(connection, change.id, change.values, now, version=change.version)
        closed = _end_slots(connection, lost, now)
        if keep_slots is not None:
            old = (_slot.c.claimed_at < now - keep_slots) & (_slot.c.state != "claimed")
            connection.execute(delete(_slot).where(old))
    return closed


def claim_slots(database: Database, instance: str, picks: Sequence[Pick], now: datetime) -> dict[int, int]:
    """See ``Archive.claim_slots``."""
    claimed: dict[int, int] = {}
    with database.write() as connection:
        for pick in picks:
            mine = (_schedule.c.id == pick.schedule_id) & (_schedule.c.version == pick.version)
            free = connection.execute(select(_schedule.c.id).where(mine, _schedule.c.slot_id.is_(None))).first()
            taken = (_slot.c.schedule_id == pick.schedule_id) & (_slot.c.planned_at == pick.planned_at)
            if free is None or connection.execute(select(_slot.c.id).where(taken)).first() is not None:
                continue
            values = {"schedule_id": pick.schedule_id, "owner": instance, "claimed_at": now, "run_id": None}
            slot_id = connection.execute(
                insert(_slot)
                .values(**values, planned_at=pick.planned_at, state="claimed", count=1, ended_at=None, note="")
                .returning(_slot.c.id)
            ).scalar_one()
            if pick.missed is not None:
                first, count = pick.missed
                _add_missed(connection, {**values, "planned_at": first, "count": count}, now)
            _change(connection, pick.schedule_id, {"slot_id": slot_id}, None, version=pick.version)
            claimed[pick.schedule_id] = slot_id
    return claimed


def leave(database: Database, instance: str, because: str, now: datetime) -> None:
    """See ``Archive.leave``."""
    with database.write() as connection:
        mine = select(_slot.c.id).where(_slot.c.owner == instance, _slot.c.state == "claimed")
        again = {"next_due_at": now, "why": f"{because}; visited again at once"}
        ends = [SlotEnd(slot_id, "lost", because, values=again) for slot_id in connection.execute(mine).scalars()]
        _end_slots(connection, ends, now)
        connection.execute(delete(_instance).where(_instance.c.name == instance))


def _beat(connection: Connection, name: str, now: datetime) -> None:
    mine = _instance.c.name == name
    if connection.execute(update(_instance).where(mine).values(beat_at=now, pid=os.getpid())).rowcount == 0:
        pid = os.getpid()
        connection.execute(
            insert(_instance).values(
                name=name,
                host=socket.gethostname(),
                pid=pid,
                machine=machine(),
                process_started=process_started(pid) or "",
                started_at=now,
                beat_at=now,
                jumps=0,
                last_jump="",
            )
        )
        connection.execute(delete(_instance).where(_instance.c.beat_at < now - _FORGET_INSTANCES))


def _add(connection: Connection, new: Sequence[NewColumn], now: datetime) -> None:
    """Rows for columns that have none; another scheduler may have been quicker."""
    if not new:
        return
    known: set[tuple[str, str]] = set()
    for sites in chunks(sorted({column.site for column in new})):
        rows = connection.execute(select(_schedule.c.site, _schedule.c.list_url).where(_schedule.c.site.in_(sites)))
        known |= {(row.site, row.list_url) for row in rows}
    fresh = {"planned_at": now, "failures": 0, "last_visit_at": None, "last_verdict": "", "slot_id": None, "version": 1}
    added = [{**fresh, **asdict(column)} for column in new if (column.site, column.list_url) not in known]
    if added:
        connection.execute(insert(_schedule), added)


def _change(
    connection: Connection,
    schedule_id: int,
    values: Mapping[str, Any],
    now: datetime | None,
    *,
    version: int | None = None,
    slot_id: int | None = None,
) -> None:
    """Change one row if it is still in this version, or still has this slot under way."""
    chosen = update(_schedule).where(_schedule.c.id == schedule_id)
    if version is not None:
        chosen = chosen.where(_schedule.c.version == version)
    if slot_id is not None:
        chosen = chosen.where(_schedule.c.slot_id == slot_id)
    planned = {"planned_at": now} if now is not None else {}
    connection.execute(chosen.values(**{**planned, **values}, version=_schedule.c.version + 1))


def _end_slots(connection: Connection, ends: Iterable[SlotEnd], now: datetime) -> set[int]:
    done = set()
    for end in ends:
        mine = (_slot.c.id == end.slot_id) & (_slot.c.state == "claimed")
        closed = connection.execute(
            update(_slot)
            .where(mine)
            .values(state=end.state, note=end.note, run_id=end.run_id, ended_at=now)
            .returning(_slot.c.schedule_id)
        ).scalar()
        if closed is not None:
            done.add(end.slot_id)
            _change(connection, closed, {"slot_id": None, **end.values}, now, slot_id=end.slot_id)
    return done


def _add_missed(connection: Connection, values: Mapping[str, Any], now: datetime) -> None:
    """A row for visits that did not take place, unless it is there already (the clock was set back)."""
    taken = (_slot.c.schedule_id == values["schedule_id"]) & (_slot.c.planned_at == values["planned_at"])
    if connection.execute(select(_slot.c.id).where(taken)).first() is None:
        note = "passed while nothing ran; caught up once"
        connection.execute(insert(_slot).values(**values, state="missed", ended_at=now, note=note))
