"""Letting go of bytes that nothing needs any more.

Kept for ever: whatever a revision, one of its parts or a file was read from, and the latest bytes of every address.
The rest (lists as they were, pages that changed in their counters only, pages of failures) goes after some days.

Safe beside a crawl, and against a kill at any moment: rows go in small transactions that look again, under the writers'
lock, whether the bytes are still not needed; a pack that holds mostly dead bytes is written anew before one transaction
moves the places of the others; a file is taken away only an hour after the last row left it, and never while a backup
copies the packs.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, delete, except_, false, func, or_, select, update

from archive import outbox, sights
from archive.attachment_models import Document
from archive.database import Database
from archive.frontier import chunks
from archive.models import FetchRow, ListReading, Page, Revision, SnapshotPlace, table
from archive.reports import PruneReport
from archive.snapshots import Place, SnapshotStore

_snapshot, _fetch, _page, _revision = table(SnapshotPlace), table(FetchRow), table(Page), table(Revision)
_document, _reading = table(Document), table(ListReading)

NEEDED: tuple[Select[tuple[Any]], ...] = (
    select(_revision.c.snapshot_hash).where(_revision.c.snapshot_hash.is_not(None)),
    select(_page.c.body_hash).where(_page.c.body_hash.is_not(None)),
    select(_document.c.snapshot_hash),
)
"""Each asks for hashes that must stay. The parts of revisions, which stand in JSON, come on top."""

GRACE_SECONDS = 3600.0
"""How long a pack stays after the last row has left it: whoever looked up a place before has read it by then."""
_LIVE_SHARE = 0.5
"""A pack of which less than this is still needed is written anew."""
_PACK_BYTES = 8 << 20
_FILES = 2000
"""Files taken away under one lock."""

Told = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Keep:
    """For how many days what is not needed is kept: of list pages, of everything else. None: for ever."""

    lists_days: float | None = 90
    unreferenced_days: float | None = 90


@dataclass(frozen=True, slots=True)
class Rules:
    """What is kept, by site where a site has its own rules. ``fetches_days`` bounds the rows of the ledgers,
    ``notices_days`` those of notices that arrived."""

    default: Keep = Keep()
    sites: Mapping[str, Keep] = field(default_factory=dict)
    fetches_days: float | None = None
    notices_days: float | None = None


def prune(
    database: Database,
    snapshots: SnapshotStore,
    rules: Rules,
    now: datetime,
    *,
    dry_run: bool = False,
    told: Told = lambda what, done, total: None,
) -> PruneReport:
    """See ``Archive.prune``."""
    report = PruneReport(dry_run=dry_run, notices=outbox.prune(database, rules.notices_days, now, dry_run=dry_run))
    with database.read() as connection:
        last_fetch = connection.execute(select(func.coalesce(func.max(_fetch.c.id), 0))).scalar_one()
        dead = _dead(connection, rules, now)
        report.snapshots, report.bytes = _measured(connection, dead)
    if dry_run:
        gone = set(dead)
        report.packs_rewritten = sum(1 for _ in _mostly_dead(database, snapshots, gone))
        report.packs_removed = len(_unreferenced(database, snapshots, gone))
        with database.read() as connection:
            report.fetches, report.list_readings = (
                connection.execute(select(func.count()).select_from(old.subquery())).scalar_one()
                for old in _old_rows(rules, now)
            )
        report.sights = sights.prune(database, _before(rules, now), dry_run=True)
        return report
    report.snapshots = 0
    for part in chunks(dead):
        report.snapshots += _let_go(database, part, last_fetch)
        told("snapshots let go", report.snapshots, len(dead))
    report.packs_rewritten = _rewrite(database, snapshots, told)
    _remove(database, snapshots, report)
    _forget_rows(database, rules, now, report)
    return report


# --- rows -------------------------------------------------------------------------------------------------------------


def _dead(connection: Connection, rules: Rules, now: datetime) -> list[bytes]:
    """Hashes that nothing needs, and whose last fetch is older than the rules ask for."""
    days = [one for keep in (rules.default, *rules.sites.values()) for one in (keep.lists_days, keep.unreferenced_days)]
    finite = [one for one in days if one is not None]
    if not finite:
        return []
    old = select(_snapshot.c.hash).where(_snapshot.c.created_at < now - timedelta(days=min(finite)))
    young = select(_fetch.c.snapshot_hash).join(_page, _page.c.id == _fetch.c.page_id)
    young = young.where(_fetch.c.snapshot_hash.is_not(None), _still_kept(rules, now))
    found = set(connection.execute(except_(old, *NEEDED, young)).scalars())
    return sorted(found - _parts(connection))


def _parts(connection: Connection, *conditions: ColumnElement[bool]) -> set[bytes]:
    """The hashes of further pages of articles over several."""
    rows = connection.execute(select(_revision.c.parts).where(_revision.c.parts != [], *conditions)).scalars()
    return {bytes.fromhex(part["snapshot"]) for parts in rows for part in parts}


def _still_kept(rules: Rules, now: datetime) -> ColumnElement[bool]:
    """The condition on a fetch and its page: its bytes are not old enough to go."""

    def young(keep: Keep) -> ColumnElement[bool]:
        kinds = ((_page.c.kind == "list", keep.lists_days), (_page.c.kind != "list", keep.unreferenced_days))
        return or_(
            *(
                kind if days is None else and_(kind, _fetch.c.fetched_at >= now - timedelta(days=days))
                for kind, days in kinds
            )
        )

    own = [and_(_page.c.site == site, young(keep)) for site, keep in rules.sites.items()]
    others = _page.c.site.not_in(list(rules.sites)) if rules.sites else ~false()
    return or_(*own, and_(others, young(rules.default)))


def _measured(connection: Connection, hashes: Sequence[bytes]) -> tuple[int, int]:
    size = 0
    for part in chunks(hashes):
        asked = select(func.sum(_snapshot.c.stored_size)).where(_snapshot.c.hash.in_(part))
        size += int(connection.execute(asked).scalar() or 0)
    return len(hashes), size


def _let_go(database: Database, hashes: Sequence[bytes], last_fetch: int) -> int:
    """Delete the rows of these snapshots, except those that came into use since they were looked for."""
    with database.write() as connection:
        # Whatever takes bytes into use writes a fetch with them.
        newer = select(_fetch.c.snapshot_hash).where(_fetch.c.id > last_fetch, _fetch.c.snapshot_hash.in_(hashes))
        needed = set(connection.execute(newer).scalars())
        told_of = (
            select(_page.c.article_id).join(_fetch, _fetch.c.page_id == _page.c.id).where(_fetch.c.id > last_fetch)
        )
        needed |= _parts(connection, _revision.c.article_id.in_(told_of))
        gone = [digest for digest in hashes if digest not in needed]
        connection.execute(update(_fetch).where(_fetch.c.snapshot_hash.in_(gone)).values(snapshot_hash=None))
        connection.execute(delete(_snapshot).where(_snapshot.c.hash.in_(gone)))
    return len(gone)


def _before(rules: Rules, now: datetime) -> datetime | None:
    return now - timedelta(days=rules.fetches_days) if rules.fetches_days is not None else None


def _old_rows(rules: Rules, now: datetime) -> tuple[Select[tuple[int]], Select[tuple[int]]]:
    """Fetches that brought nothing or hold no bytes any more, and list readings: old, not the last of their page."""
    before = _before(rules, now)
    last_fetches = select(func.max(_fetch.c.id)).group_by(_fetch.c.page_id)
    fetches = select(_fetch.c.id).where(
        _fetch.c.fetched_at < before if before is not None else false(),
        or_(_fetch.c.not_modified, _fetch.c.snapshot_hash.is_(None)),
        _fetch.c.id.not_in(last_fetches),
    )
    # Health asks for the last reading of each kind.
    last_readings = select(func.max(_reading.c.id)).group_by(_reading.c.page_id, _reading.c.cause)
    readings = select(_reading.c.id).where(
        _reading.c.read_at < before if before is not None else false(), _reading.c.id.not_in(last_readings)
    )
    return fetches, readings


def _forget_rows(database: Database, rules: Rules, now: datetime, report: PruneReport) -> None:
    if rules.fetches_days is None:
        return
    fetches, readings = _old_rows(rules, now)
    with database.read() as connection:
        old_fetches = list(connection.execute(fetches).scalars())
        old_readings = list(connection.execute(readings).scalars())
    for rows, numbers in ((_fetch, old_fetches), (_reading, old_readings)):
        for part in chunks(numbers):
            with database.write() as connection:
                connection.execute(delete(rows).where(rows.c.id.in_(part)))
    report.fetches, report.list_readings = len(old_fetches), len(old_readings)
    report.sights = sights.prune(database, _before(rules, now))


# --- packs ------------------------------------------------------------------------------------------------------------


def _mostly_dead(database: Database, snapshots: SnapshotStore, without: set[bytes]) -> Iterator[str]:
    """Packs of which less than half is needed, and not nothing."""
    live: dict[str, int] = {}
    with database.read() as connection:
        for digest, pack, size in connection.execute(
            select(_snapshot.c.hash, _snapshot.c.pack, _snapshot.c.stored_size)
        ):
            if digest not in without:
                live[pack] = live.get(pack, 0) + size
    for pack, found in snapshots.packs():
        if 0 < live.get(pack, 0) < _LIVE_SHARE * found.st_size:
            yield pack


def _rewrite(database: Database, snapshots: SnapshotStore, told: Told) -> int:
    """Put what is still needed of mostly dead packs into new ones; how many packs were left."""
    packs = list(_mostly_dead(database, snapshots, set()))
    frames: dict[bytes, tuple[bytes, int]] = {}
    leaving: dict[bytes, str] = {}
    for number, pack in enumerate(packs, 1):
        with database.read() as connection:
            rows = connection.execute(select(_snapshot).where(_snapshot.c.pack == pack)).all()
        for row in rows:
            frame = snapshots.frame(Place(row.pack, row.position, row.stored_size, row.size))
            if frame is not None:  # what is cut off or missing stays where it is, for `check` to name
                frames[row.hash], leaving[row.hash] = (frame, row.size), pack
        if sum(len(frame) for frame, _ in frames.values()) >= _PACK_BYTES or number == len(packs):
            _move(database, snapshots, frames, leaving)
            frames, leaving = {}, {}
        told("packs written anew", number, len(packs))
    return len(packs)


def _move(
    database: Database,
    snapshots: SnapshotStore,
    frames: Mapping[bytes, tuple[bytes, int]],
    leaving: Mapping[bytes, str],
) -> None:
    """Write the frames as one pack, then let their rows point to it. Killed in between, a pack too many is left."""
    if not frames:
        return
    moved = snapshots.write_frames(frames, sync=True)
    for pack in set(leaving.values()):
        # From now on its hour of grace counts: a reader may have looked up a place in it just now.
        os.utime(snapshots.folder / pack)
    with database.write() as connection:
        for digest, place in moved.items():
            same = (_snapshot.c.hash == digest) & (_snapshot.c.pack == leaving[digest])
            connection.execute(update(_snapshot).where(same).values(pack=place.pack, position=place.position))


def _unreferenced(
    database: Database, snapshots: SnapshotStore, without: set[bytes], connection: Connection | None = None
) -> list[tuple[str, int]]:
    """Old packs that no row names, with their sizes."""
    # The file system's own clock, which set these times.
    oldest = time.time() - GRACE_SECONDS
    found = [(pack, state.st_size) for pack, state in snapshots.packs() if state.st_mtime < oldest]
    statement = select(_snapshot.c.pack).distinct() if not without else select(_snapshot.c.pack, _snapshot.c.hash)

    def named(asked: Connection) -> set[str]:
        rows = asked.execute(statement)
        return {row[0] for row in rows if not without or row[1] not in without}

    if connection is not None:
        used = named(connection)
    else:
        with database.read() as reading:
            used = named(reading)
    return [(pack, size) for pack, size in found if pack not in used]


def _remove(database: Database, snapshots: SnapshotStore, report: PruneReport) -> None:
    """Take away packs that nothing names, and half-written files of the dead."""
    while True:
        # Under the writers' lock: nobody can begin to use a file, or to copy the packs, while it is looked at.
        with database.write() as connection:
            if snapshots.is_kept_whole(time.time() - GRACE_SECONDS):
                report.kept_for_backup = True
                break
            found = _unreferenced(database, snapshots, set(), connection)
            for pack, size in found[:_FILES]:
                (snapshots.folder / pack).unlink(missing_ok=True)
                report.packs_removed += 1
                report.bytes_freed += size
        if len(found) <= _FILES:
            break
    report.leftovers += snapshots.remove_leftovers(GRACE_SECONDS)
