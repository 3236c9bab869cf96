"""How each channel does: what last arrived by it, what last failed, what waits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from archive.database import Database
from archive.models import table
from archive.notice_models import Delivery, Parcel

_parcel, _delivery = table(Parcel), table(Delivery)


@dataclass(frozen=True, slots=True)
class ChannelState:
    """``waiting`` counts notices, of parcels that are not sent yet too; ``error`` is the last fault in words."""

    channel: str
    arrived_at: datetime | None = None
    failed_at: datetime | None = None
    error: str = ""
    waiting: int = 0
    given_up: int = 0


def channel_states(database: Database) -> dict[str, ChannelState]:
    """Of all channels that ever had something to send, by name."""
    ended = select(
        _parcel.c.channel,
        func.max(_parcel.c.ended_at).filter(_parcel.c.state == "sent").label("arrived_at"),
        func.max(_parcel.c.failed_at).label("failed_at"),
        func.coalesce(func.sum(_parcel.c.notices).filter(_parcel.c.state == "waiting"), 0).label("waiting"),
        func.coalesce(func.sum(_parcel.c.notices).filter(_parcel.c.state == "given up"), 0).label("given_up"),
        func.max(_parcel.c.id).filter(_parcel.c.error != "").label("faulty"),
    ).group_by(_parcel.c.channel)
    loose = (
        select(_delivery.c.channel, func.count()).where(_delivery.c.parcel_id.is_(None)).group_by(_delivery.c.channel)
    )
    with database.read() as connection:
        rows = {row.channel: row for row in connection.execute(ended)}
        numbers = [row.faulty for row in rows.values() if row.faulty is not None]
        errors = {
            row.id: row.error
            for row in connection.execute(select(_parcel.c.id, _parcel.c.error).where(_parcel.c.id.in_(numbers)))
        }
        waiting: dict[str, int] = dict(connection.execute(loose).all())
    states: dict[str, ChannelState] = {}
    for name in sorted({*rows, *waiting}):
        row = rows.get(name)
        more = waiting.get(name, 0)
        if row is None:
            states[name] = ChannelState(name, waiting=more)
        else:
            error = errors.get(row.faulty, "")
            states[name] = ChannelState(
                name, row.arrived_at, row.failed_at, error, int(row.waiting) + more, int(row.given_up)
            )
    return states
