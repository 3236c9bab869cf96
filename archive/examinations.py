"""Examining sites: which have something new to be judged, and what was found becomes alarms that open and close."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import Connection, RowMapping, insert, select, update

from archive import alarms
from archive.answers import AlarmRow
from archive.database import Database
from archive.models import SiteLease, table
from archive.sight_models import SiteExamination
from archive.words import SITE_ALARMS, AlarmKind

_lease, _examination = table(SiteLease), table(SiteExamination)


class Found(Protocol):
    """One thing that is wrong: what ``scheduler.diagnosis.Finding`` says of it."""

    @property
    def kind(self) -> AlarmKind: ...
    @property
    def column(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def evidence(self) -> Sequence[str]: ...
    @property
    def step(self) -> str: ...
    @property
    def severity(self) -> int: ...


@dataclass(frozen=True, slots=True)
class DueSite:
    """A site to examine. ``runs`` of its runs have ended; ``is_new`` when some of them since it was examined last."""

    site: str
    runs: int
    is_new: bool
    examined_at: datetime | None
    trouble: str


@dataclass(slots=True)
class Settled:
    """What an examination changed."""

    opened: list[AlarmRow] = field(default_factory=list)
    closed: list[AlarmRow] = field(default_factory=list)
    outdated: bool = False
    """Another examination knew of later runs: nothing was changed."""


def due_sites(database: Database, now: datetime, every: timedelta) -> list[DueSite]:
    """See ``Archive.due_examinations``."""
    statement = select(_lease.c.site, _lease.c.token, _lease.c.run_id, _examination).join_from(
        _lease, _examination, _examination.c.site == _lease.c.site, isouter=True
    )
    due = []
    with database.read() as connection:
        for row in connection.execute(statement.order_by(_lease.c.site)):
            # A site's token counts its runs; the one that holds the lease has not ended.
            runs = row.token - (row.run_id is not None)
            is_new = runs > (row.runs or 0)
            if is_new or row.examined_at is None or now - row.examined_at >= every or row.examined_at > now:
                due.append(DueSite(row.site, runs, is_new, row.examined_at, row.trouble or ""))
    return due


def troubles(database: Database) -> dict[str, tuple[datetime, str]]:
    """When each site was examined last, and why that failed (empty when it did not)."""
    with database.read() as connection:
        rows = connection.execute(select(_examination.c.site, _examination.c.examined_at, _examination.c.trouble))
        return {site: (at, trouble) for site, at, trouble in rows}


def settle(
    connection: Connection,
    due: DueSite,
    findings: Sequence[Found],
    run_of: Callable[[str], int | None],
    over: Callable[[AlarmRow], str],
    now: datetime,
) -> Settled:
    """What was found is open from now on, and what was not found any more is over; see ``Archive.settle``."""
    before = _examined(connection, due.site)
    settled = Settled()
    if before is not None and before["runs"] > due.runs:
        settled.outdated = True
        return settled
    is_new = before is None or before["runs"] < due.runs
    open_rows = alarms.open_alarms(connection, due.site)
    held = {row.kind for row in open_rows} & SITE_ALARMS
    wanted = {(found.column, found.kind): found for found in reversed(findings)}
    for row in open_rows:
        if row.kind in SITE_ALARMS:
            continue
        found = wanted.pop((row.column, row.kind), None)
        if found is None:
            settled.closed.append(alarms.end(connection, row, over(row), now))
        elif is_new or found.reason != row.reason:
            alarms.renew(connection, row, found, now, counts=is_new)
    for found in wanted.values():
        if found.kind not in held:
            settled.opened.append(alarms.open_found(connection, due.site, found, run_of(found.column), now))
    note(connection, [due], now)
    return settled


def note(connection: Connection, examined: Iterable[DueSite], now: datetime, trouble: str = "") -> None:
    """These sites were examined now; ``trouble`` says why in vain."""
    for due in examined:
        before = _examined(connection, due.site)
        values = {"runs": due.runs, "examined_at": now, "trouble": trouble}
        if before is None:
            connection.execute(insert(_examination).values(site=due.site, **values))
        elif before["runs"] <= due.runs:
            connection.execute(update(_examination).where(_examination.c.site == due.site).values(**values))


def end_orphans(connection: Connection, watched: Collection[str], because: str, now: datetime) -> list[AlarmRow]:
    """End the alarms of sites that nobody watches any more; those that runs and persons raised stay."""
    return [
        alarms.end(connection, row, because, now)
        for row in alarms.open_alarms(connection)
        if row.kind not in SITE_ALARMS and row.site not in watched
    ]


def _examined(connection: Connection, site: str) -> RowMapping | None:
    return connection.execute(select(_examination).where(_examination.c.site == site)).mappings().first()
