"""The outbox as people see it, and letting go of what was sent long ago."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, delete, func, select, update

from archive.database import Database
from archive.frontier import chunks
from archive.models import table
from archive.notice_models import Delivery, Event, Parcel, Watch
from archive.rereading import LARGEST

_event, _watch, _delivery, _parcel = table(Event), table(Watch), table(Delivery), table(Parcel)


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """Notices of one watch for one channel that did not arrive yet, or never did.

    ``state``: "waiting" for their hour (no parcel yet: ``number`` is None), "due", "sending", "failing" (tried again at
    ``next_try_at``; ``error`` says why), "given up".
    """

    state: str
    number: int | None
    team: str
    watch: str
    route: str
    channel: str
    notices: int
    since: datetime
    next_try_at: datetime
    tries: int = 0
    sent_parts: int = 0
    error: str = ""


def outbox(database: Database, now: datetime, team: str | None = None, name: str | None = None) -> list[OutboxRow]:
    """See ``Archive.outbox``."""
    mine = [_watch.c.team == team] if team is not None else []
    mine += [_watch.c.name == name] if name is not None else []
    of_watch = (_watch.c.team, _watch.c.name, _watch.c.route)
    parcels = (
        select(_parcel, *of_watch)
        .join(_watch, _watch.c.id == _parcel.c.watch_id)
        .where(_parcel.c.state != "sent", *mine)
        .order_by(_parcel.c.id)
    )
    loose = (
        select(*of_watch, _delivery.c.channel, func.count(), func.min(_delivery.c.created_at))
        .add_columns(func.min(_delivery.c.due_at))
        .join(_watch, _watch.c.id == _delivery.c.watch_id)
        .where(_delivery.c.parcel_id.is_(None), *mine)
        .group_by(*of_watch, _delivery.c.channel)
        .order_by(func.min(_delivery.c.due_at), _watch.c.team, _watch.c.name, _delivery.c.channel)
    )
    with database.read() as connection:
        rows = [
            OutboxRow(
                state=_state(row.state, row.error, row.claimed_until, now),
                number=row.id,
                team=row.team,
                watch=row.name,
                route=row.route,
                channel=row.channel,
                notices=row.notices,
                since=row.created_at,
                next_try_at=row.next_try_at,
                tries=row.tries,
                sent_parts=row.sent_parts,
                error=row.error,
            )
            for row in connection.execute(parcels)
        ]
        for watch_team, watch, route, channel, count, since, due in connection.execute(loose):
            state = "due" if due <= now else "waiting"
            rows.append(OutboxRow(state, None, watch_team, watch, route, channel, int(count), since, due))
    return rows


def _state(stored: str, error: str, claimed_until: datetime | None, now: datetime) -> str:
    if stored != "waiting":
        return stored
    if claimed_until is not None and claimed_until > now:
        return "sending"
    return "failing" if error else "due"


@dataclass(frozen=True, slots=True)
class SentRow:
    """A parcel that arrived."""

    number: int
    channel: str
    sent_at: datetime
    titles: list[str]


def last_sent(database: Database, watch_id: int, limit: int) -> list[SentRow]:
    """See ``Archive.last_sent``."""
    mine = (_parcel.c.watch_id == watch_id) & (_parcel.c.state == "sent")
    columns = (_parcel.c.id, _parcel.c.channel, _parcel.c.ended_at, _parcel.c.content)
    statement = select(*columns).where(mine).order_by(_parcel.c.id.desc()).limit(limit)
    with database.read() as connection:
        return [
            SentRow(row.id, row.channel, row.ended_at, [str(notice["title"]) for notice in row.content])
            for row in connection.execute(statement)
        ]


def try_again(database: Database, numbers: Sequence[int], now: datetime) -> list[int]:
    """See ``Archive.retry_parcels``."""
    mine = _parcel.c.id.in_(list(numbers)) & _parcel.c.state.in_(("waiting", "given up"))
    # It counts as new: whoever gives up after some days begins to count again.
    values = {"state": "waiting", "next_try_at": now, "created_at": now, "ended_at": None}
    with database.write() as connection:
        return sorted(
            connection.execute(update(_parcel).where(mine).values(**values).returning(_parcel.c.id)).scalars()
        )


# --- letting go -------------------------------------------------------------------------------------------------------


def _old(before: datetime) -> tuple[Select[tuple[int]], Select[tuple[int]]]:
    """Parcels that ended, and events that nobody waits for and that no delivery names."""
    parcels = select(_parcel.c.id).where(_parcel.c.state != "waiting", _parcel.c.ended_at < before)
    told = select(func.coalesce(func.min(_watch.c.told_to), LARGEST)).where(_watch.c.enabled).scalar_subquery()
    kept = select(_delivery.c.event_id)
    events = select(_event.c.id).where(_event.c.at < before, _event.c.id <= told, _event.c.id.not_in(kept))
    return parcels, events


def prune(database: Database, days: float | None, now: datetime, *, dry_run: bool) -> int:
    """Forget notices that arrived or were given up before so many days, and events as old; how many notices.

    What a watch was told in all is counted in its own row. None: for ever.
    """
    if days is None:
        return 0
    parcels, events = _old(now - timedelta(days=days))
    with database.read() as connection:
        numbers = list(connection.execute(parcels).scalars())
        counted = select(func.count()).where(_delivery.c.parcel_id.in_(parcels))
        notices = int(connection.execute(counted).scalar_one())
    if dry_run:
        return notices
    for part in chunks(numbers):
        with database.write() as connection:
            connection.execute(delete(_delivery).where(_delivery.c.parcel_id.in_(part)))
            connection.execute(delete(_parcel).where(_parcel.c.id.in_(part)))
    with database.read() as connection:
        old_events = list(connection.execute(events).scalars())
    for part in chunks(old_events):
        with database.write() as connection:
            # A watch may have been told of one since.
            free = _event.c.id.in_(part) & _event.c.id.not_in(select(_delivery.c.event_id))
            connection.execute(delete(_event).where(free))
    return notices
