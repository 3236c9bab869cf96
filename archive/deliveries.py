"""What goes out: notices made up into parcels, claimed by one sender at a time, and what became of each.

A parcel's members and their texts are fixed before anything of it is sent, so a retry sends the same under the same
number. Of each channel one parcel is on its way at most; what comes after it waits, also while it waits for its retry.
A sender holds a parcel by a claim with an end; when it dies another takes over, at once where its process is seen to be
gone, and goes on after the last part that was recorded.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, exists, insert, or_, select, update

from archive.database import Database
from archive.models import table
from archive.notice_models import Delivery, Watch
from archive.notice_models import Parcel as ParcelTable
from archive.rhythms import IsWorkday, monday_to_friday
from archive.runs import machine, process_started
from archive.tellings import Alarm, Notice, contents, notice_of, stamp
from archive.watches import wanted_of

__all__ = ["LEASE", "Alarm", "Notice", "Parcel", "due", "ended", "failed", "part_sent"]

_delivery, _parcel, _watch = table(Delivery), table(ParcelTable), table(Watch)

LEASE = timedelta(minutes=5)
"""How long a sender may be silent about a parcel before it counts as dead; each recorded part renews it."""


SKEW = timedelta(minutes=1)
"""What is so little ahead is no clock set back: another thread wrote it since ``now`` was asked for, or a machine."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """What goes out together by one channel. ``parcel_id`` is the same in every retry.

    ``route`` is "reader" or "operator". ``tries`` counts those that failed, ``sent_parts`` the messages of it that
    arrived: the next try begins after them. How long it has been tried counts from ``due_at``. ``claim`` is the
    sender's; it is handed back with every report.
    """

    parcel_id: str
    channel: str
    route: str
    team: str
    watch: str
    notices: tuple[Notice, ...]
    due_at: datetime
    tries: int = 0
    sent_parts: int = 0
    number: int = 0
    claim: str = ""


# --- what is due ------------------------------------------------------------------------------------------------------


def due(database: Database, now: datetime, limit: int, is_workday: IsWorkday = monday_to_friday) -> list[Parcel]:
    """See ``Archive.due_parcels``."""
    with database.read() as connection:
        if not any(connection.execute(select(exists().where(one))).scalar() for one in (_loose(now), _retried(now))):
            return []
    claim, taken = secrets.token_hex(8), []
    with database.write() as connection:
        watches = {row["id"]: row for row in connection.execute(select(_watch)).mappings()}
        held = [
            number
            for number, row in watches.items()
            if wanted_of(row).hours.opens(now, is_workday) is not None or not row["enabled"]
        ]
        for number in _next_of_each_channel(connection, now, held, watches)[:limit]:
            values = {"claim": claim, "claimant": _claimant(), "claimed_until": now + LEASE}
            mine = update(_parcel).where(_parcel.c.id == number).values(**values).returning(_parcel)
            taken.append(connection.execute(mine).mappings().one())
    return [_parcel_of(database, row, watches[row["watch_id"]]) for row in taken]


def _loose(now: datetime) -> ColumnElement[bool]:
    """Deliveries that may go. What was made in the future was made before the clock was set back."""
    return _delivery.c.parcel_id.is_(None) & or_(_delivery.c.due_at <= now, _delivery.c.created_at > now + SKEW)


def _retried(now: datetime) -> ColumnElement[bool]:
    later = now + SKEW
    turn = or_(_parcel.c.next_try_at <= now, _parcel.c.failed_at > later, _parcel.c.created_at > later)
    return (_parcel.c.state == "waiting") & turn


def _next_of_each_channel(
    connection: Connection, now: datetime, held: Collection[int], watches: Mapping[int, RowMapping]
) -> list[int]:
    """The parcel that each channel is to send now, made up where there is none; the longest due first."""
    columns = [_parcel.c[name] for name in ("id", "channel", "due_at", "claimant", "claimed_until")]
    mine = (_parcel.c.state == "waiting") & or_(_parcel.c.urgent, _parcel.c.watch_id.not_in(held))
    open_parcels = select(*columns, _retried(now).label("turn")).where(mine).order_by(_parcel.c.id)
    found: list[tuple[datetime, int]] = []
    taken: set[str] = set()
    for row in connection.execute(open_parcels):
        if row.channel not in taken:
            taken.add(row.channel)
            if row.turn and not _is_claimed(row, now):
                found.append((row.due_at, row.id))
    free = _loose(now) & or_(_delivery.c.urgent, _delivery.c.watch_id.not_in(held))
    waiting = (
        select(_delivery.c.channel)
        .where(free, _delivery.c.channel.not_in(taken))
        .distinct()
        .order_by(_delivery.c.channel)
    )
    for channel in connection.execute(waiting).scalars().all():
        found.append(_make_up(connection, now, free & (_delivery.c.channel == channel), watches))
    return [number for _, number in sorted(found)]


def _make_up(
    connection: Connection, now: datetime, free: ColumnElement[bool], watches: Mapping[int, RowMapping]
) -> tuple[datetime, int]:
    """Put together what goes out next of this channel: of the watch whose turn it is all that is due."""
    first = connection.execute(select(_delivery).where(free).order_by(_delivery.c.id).limit(1)).one()
    watch = watches[first.watch_id]
    mine = select(_delivery.c.id, _delivery.c.urgent).where(free, _delivery.c.watch_id == first.watch_id)
    members = connection.execute(mine.order_by(_delivery.c.id).limit(watch["most"])).all()
    values = {
        "watch_id": first.watch_id,
        "channel": first.channel,
        "state": "waiting",
        "urgent": all(member.urgent for member in members),
        "notices": len(members),
        "content": [],
        "created_at": now,
        "due_at": first.due_at,
        "tries": 0,
        "sent_parts": 0,
        "failed_at": None,
        "next_try_at": now,
        "error": "",
        "claim": "",
        "claimant": "",
        "claimed_until": None,
        "ended_at": None,
    }
    number: int = connection.execute(insert(_parcel).values(**values).returning(_parcel.c.id)).scalar_one()
    ids = [member.id for member in members]
    connection.execute(update(_delivery).where(_delivery.c.id.in_(ids)).values(parcel_id=number))
    return first.due_at, number


def _claimant() -> str:
    """This process, as far as others on this machine can see whether it lives."""
    return f"{machine()}\n{os.getpid()}\n{process_started(os.getpid()) or ''}"


def _is_claimed(row: Any, now: datetime) -> bool:
    if row.claimed_until is None or row.claimed_until <= now:
        return False
    where, pid, started = row.claimant.split("\n")
    return not (where and where == machine() and process_started(int(pid)) != started)


def _parcel_of(database: Database, row: RowMapping, watch: RowMapping) -> Parcel:
    """The claimed parcel with its texts; they are written down before it is handed out."""
    content = row["content"]
    if not content:
        content = contents(database, row["id"], wanted_of(watch).terms)
        with database.write() as connection:
            mine = (_parcel.c.id == row["id"]) & (_parcel.c.claim == row["claim"])
            connection.execute(update(_parcel).where(mine).values(content=content))
    return Parcel(
        parcel_id=f"p{row['id']}-{stamp(row['created_at'])}-w{watch['id']}-{row['channel']}",
        channel=row["channel"],
        route=watch["route"],
        team=watch["team"],
        watch=watch["name"],
        notices=tuple(notice_of(one) for one in content),
        due_at=max(row["due_at"], row["created_at"]),
        tries=row["tries"],
        sent_parts=row["sent_parts"],
        number=row["id"],
        claim=row["claim"],
    )


# --- what became of it ------------------------------------------------------------------------------------------------


def part_sent(database: Database, parcel: Parcel, parts: int, now: datetime) -> bool:
    """See ``Archive.part_sent``."""
    same = (_parcel.c.id == parcel.number) & (_parcel.c.state == "waiting")
    with database.write() as connection:
        # It did arrive, whoever has the parcel now.
        connection.execute(update(_parcel).where(same, _parcel.c.sent_parts < parts).values(sent_parts=parts))
        renewed = update(_parcel).where(same, _parcel.c.claim == parcel.claim).values(claimed_until=now + LEASE)
        return bool(connection.execute(renewed).rowcount)


def ended(database: Database, parcel: Parcel, state: str, why: str, now: datetime) -> None:
    """It arrived, whoever has it now; or the sender that has it gave it up."""
    mine = (_parcel.c.id == parcel.number) & (_parcel.c.state == "waiting")
    if state != "sent":
        mine &= _parcel.c.claim == parcel.claim
    values: dict[str, Any] = {"state": state, "error": why, "ended_at": now, "claimed_until": None}
    with database.write() as connection:
        done = update(_parcel).where(mine).values(**values).returning(_parcel.c.watch_id, _parcel.c.notices)
        row = connection.execute(done).first()
        if row is not None and state == "sent":
            counted = {"sent": _watch.c.sent + row.notices, "last_sent_at": now}
            connection.execute(update(_watch).where(_watch.c.id == row.watch_id).values(**counted))


def failed(database: Database, parcel: Parcel, why: str, retry_at: datetime, now: datetime) -> None:
    """See ``Archive.parcel_failed``."""
    mine = (_parcel.c.id == parcel.number) & (_parcel.c.state == "waiting") & (_parcel.c.claim == parcel.claim)
    values: dict[str, Any] = {"tries": _parcel.c.tries + 1, "error": why, "failed_at": now, "next_try_at": retry_at}
    with database.write() as connection:
        connection.execute(update(_parcel).where(mine).values(**values, claimed_until=None))
