"""Watches: saved searches that send, each of a team, with kinds, channels and a rhythm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, insert, or_, select, update

from archive.database import Database
from archive.errors import ArchiveError
from archive.models import table
from archive.notice_models import Delivery, Event, Parcel, Watch
from archive.rhythms import Hours, IsWorkday, monday_to_friday, parse_quiet, parse_rhythm
from archive.search import Filters
from archive.words import EventKind

_watch, _event, _delivery, _parcel = table(Watch), table(Event), table(Delivery), table(Parcel)

ARTICLE_KINDS: tuple[EventKind, ...] = ("new", "changed", "withdrawn", "restored", "reprinted")
"""What a watch can tell of."""
DEFAULT_KINDS: tuple[EventKind, ...] = ("new", "changed", "withdrawn")
ALARM_KINDS: tuple[EventKind, ...] = ("alarm opened", "alarm closed")
OPERATORS = "operators"
"""Team and name of the watch that gets the alarms."""
MOST = 50
"""Notices that go out together at most, if the watch does not say otherwise."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a watch looks for and how it tells. ``words`` are the query as typed, ``terms`` the same folded; all of them
    must occur. No words and no filter: every article.

    ``all_copies``: every reprint of a text is told, not the first article of a story alone. ``breaks_quiet``: alarms of
    severity 1 do not wait for the end of quiet hours. ``most``: notices that go out together at most.
    """

    words: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    source: str | None = None
    column: str | None = None
    kinds: tuple[EventKind, ...] = DEFAULT_KINDS
    channels: tuple[str, ...] = ()
    rhythm: str = "at once"
    quiet: str = ""
    workdays: bool = False
    breaks_quiet: bool = False
    all_copies: bool = False
    most: int = MOST

    @property
    def article_kinds(self) -> frozenset[str]:
        """What it tells of articles."""
        return frozenset(self.kinds) - set(ALARM_KINDS)

    @property
    def filters(self) -> Filters:
        """The filters as search takes them."""
        return Filters(site=self.sites or None, source=self.source, column=self.column)

    @property
    def hours(self) -> Hours:
        """When it may send. Raises ValueError."""
        return Hours(parse_rhythm(self.rhythm), parse_quiet(self.quiet), self.workdays)

    def checked(self) -> Wanted:
        """The same, written in one way. Raises ValueError when something in it cannot be used."""
        hours = self.hours
        unknown = [kind for kind in self.kinds if kind not in ARTICLE_KINDS + ALARM_KINDS]
        if unknown or not self.kinds:
            raise ValueError(f"{unknown[0] if unknown else ''!r} is no kind: write {', '.join(ARTICLE_KINDS)}")
        if self.most < 1:
            raise ValueError("at least one notice must go into a message")
        quiet = str(hours.quiet) if hours.quiet is not None else ""
        return replace(self, rhythm=str(hours.rhythm), quiet=quiet)


_WANTED = tuple(Wanted.__dataclass_fields__)
_TUPLES = ("words", "terms", "sites", "kinds", "channels")


@dataclass(frozen=True, slots=True)
class WatchRow:
    """A watch with what became of it. ``waiting`` counts notices not sent yet, ``given_up`` those that never were."""

    id: int
    team: str
    name: str
    route: str
    wanted: Wanted
    enabled: bool
    created_at: datetime
    sent: int
    last_sent_at: datetime | None
    waiting: int = 0
    failing: str = ""
    """Why what is waiting could not be sent the last time."""
    next_due_at: datetime | None = None
    given_up: int = 0
    told_to: int = field(default=0, repr=False)


class WatchExists(ArchiveError):
    """The team has a watch of this name."""


def wanted_of(row: Mapping[Any, Any]) -> Wanted:
    """What a stored watch looks for."""
    values: dict[str, Any] = {name: tuple(row[name]) if name in _TUPLES else row[name] for name in _WANTED}
    return Wanted(**values)


def row_of(row: Mapping[Any, Any]) -> WatchRow:
    """A stored watch as callers get it."""
    names = ("id", "team", "name", "route", "enabled", "created_at", "sent", "last_sent_at", "told_to")
    return WatchRow(wanted=wanted_of(row), **{name: row[name] for name in names})


def _named(team: str, name: str) -> ColumnElement[bool]:
    return (_watch.c.team == team) & (_watch.c.name == name)


def last_event(connection: Connection) -> int:
    """The number of the latest event; 0 before the first."""
    return int(connection.execute(select(func.coalesce(func.max(_event.c.id), 0))).scalar_one())


def add(database: Database, team: str, name: str, wanted: Wanted, now: datetime) -> WatchRow:
    """See ``Archive.add_watch``."""
    values = asdict(wanted.checked())
    if not wanted.article_kinds:
        raise ValueError("readers are told of articles; alarms go to the operators")
    with database.write() as connection:
        if connection.execute(select(_watch.c.id).where(_named(team, name))).first() is not None:
            raise WatchExists(f"the team {team} has a watch named {name!r} already")
        statement = insert(_watch).values(
            **values, team=team, name=name, route="reader", enabled=True, created_at=now, sent=0, last_sent_at=None,
            told_to=last_event(connection),
        ).returning(_watch)  # fmt: skip
        return row_of(connection.execute(statement).mappings().one())


def edit(
    database: Database, team: str, name: str, wanted: Wanted, is_workday: IsWorkday = monday_to_friday
) -> WatchRow | None:
    """See ``Archive.edit_watch``."""
    wanted = wanted.checked()
    with database.write() as connection:
        row = connection.execute(
            update(_watch).where(_named(team, name)).values(**asdict(wanted)).returning(_watch)
        ).mappings().first()  # fmt: skip
        if row is None:
            return None
        # What waits goes out as the watch says from now on.
        mine = (_delivery.c.watch_id == row["id"]) & _delivery.c.parcel_id.is_(None)
        if row["route"] == "reader":
            connection.execute(delete(_delivery).where(mine, _delivery.c.channel.not_in(wanted.channels)))
        waiting = connection.execute(select(_delivery.c.id, _delivery.c.created_at, _delivery.c.urgent).where(mine))
        hours = wanted.hours
        rows = [
            {"number": number, "due": hours.due(created_at, is_workday, urgent=urgent)}
            for number, created_at, urgent in waiting
        ]
        for one in rows:
            connection.execute(update(_delivery).where(_delivery.c.id == one["number"]).values(due_at=one["due"]))
        return row_of(row)


def enable(database: Database, team: str, name: str, enabled: bool, now: datetime) -> WatchRow | None:
    """See ``Archive.enable_watch``."""
    with database.write() as connection:
        row = connection.execute(select(_watch).where(_named(team, name))).mappings().first()
        if row is None or row["enabled"] == enabled:
            return row_of(row) if row is not None else None
        if not enabled:
            _let_go(connection, row["id"], now)
        values = {"enabled": enabled, "told_to": last_event(connection)}
        connection.execute(update(_watch).where(_watch.c.id == row["id"]).values(**values))
        return row_of({**row, **values})


def remove(database: Database, team: str, name: str, now: datetime) -> WatchRow | None:
    """See ``Archive.remove_watch``."""
    with database.write() as connection:
        row = connection.execute(select(_watch).where(_named(team, name))).mappings().first()
        if row is None or row["route"] == "operator":
            return None  # the operators' own row stays; without a channel it does nothing
        connection.execute(delete(_delivery).where(_delivery.c.watch_id == row["id"]))
        connection.execute(delete(_parcel).where(_parcel.c.watch_id == row["id"]))
        connection.execute(delete(_watch).where(_watch.c.id == row["id"]))
        return row_of(row)


def _let_go(connection: Connection, watch_id: int, now: datetime) -> None:
    """Nothing that waits is sent any more, but for what is being sent at this moment."""
    connection.execute(delete(_delivery).where(_delivery.c.watch_id == watch_id, _delivery.c.parcel_id.is_(None)))
    claimed = (_parcel.c.claimed_until.is_not(None)) & (_parcel.c.claimed_until > now)
    left = select(_parcel.c.id).where(_parcel.c.watch_id == watch_id, _parcel.c.state == "waiting", ~claimed)
    numbers = list(connection.execute(left).scalars())
    connection.execute(delete(_delivery).where(_delivery.c.parcel_id.in_(numbers)))
    connection.execute(delete(_parcel).where(_parcel.c.id.in_(numbers)))


def watches(database: Database, team: str | None = None, name: str | None = None) -> list[WatchRow]:
    """See ``Archive.watches``."""
    statement = select(_watch).order_by(_watch.c.route.desc(), _watch.c.team, _watch.c.name)
    if team is not None:
        statement = statement.where(_watch.c.team == team)
    if name is not None:
        statement = statement.where(_watch.c.name == name)
    with database.read() as connection:
        rows = [row_of(row) for row in connection.execute(statement).mappings()]
        ids = [row.id for row in rows]
        loose = (
            select(_delivery.c.watch_id, func.count(), func.min(_delivery.c.due_at))
            .where(_delivery.c.watch_id.in_(ids), _delivery.c.parcel_id.is_(None))
            .group_by(_delivery.c.watch_id)
        )
        found = {watch_id: (int(count), due) for watch_id, count, due in connection.execute(loose)}
        parcels = select(_parcel).where(_parcel.c.watch_id.in_(ids), or_(*(_parcel.c.state == s for s in _UNSENT)))
        unsent: dict[int, list[Any]] = {}
        for parcel in connection.execute(parcels.order_by(_parcel.c.id)):
            unsent.setdefault(parcel.watch_id, []).append(parcel)
    return [_with_fate(row, *found.get(row.id, (0, None)), unsent.get(row.id, [])) for row in rows]


_UNSENT = ("waiting", "given up")


def _with_fate(row: WatchRow, loose: int, due: datetime | None, parcels: list[Any]) -> WatchRow:
    waiting = [parcel for parcel in parcels if parcel.state == "waiting"]
    turns = [moment for moment in (due, *(parcel.next_try_at for parcel in waiting)) if moment is not None]
    return replace(
        row,
        waiting=loose + sum(parcel.notices for parcel in waiting),
        failing=next((parcel.error for parcel in waiting if parcel.error), ""),
        next_due_at=min(turns, default=None),
        given_up=sum(parcel.notices for parcel in parcels if parcel.state == "given up"),
    )
