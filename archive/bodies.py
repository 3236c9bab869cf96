"""The bytes that a batch brings: on the disk first, then a row for each that says where it lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from archive.database import Database
from archive.frontier import chunks
from archive.models import SnapshotPlace, table
from archive.records import ArticleRecord, FetchRecord, StoreBatch, TouchRecord
from archive.snapshots import Place, SnapshotStore, digest_of
from archive.workset import Values, WorkSet

_snapshot = table(SnapshotPlace)


class BytesPruned(Exception):
    """Bytes that were there a moment ago have been let go since: they must be written again."""


def write_bodies(
    database: Database, snapshots: SnapshotStore, batch: StoreBatch, now: datetime
) -> tuple[dict[int, bytes], dict[bytes, Values]]:
    """Put all bodies on disk; the digest by fetch (its ``id()``), and rows for what was written."""
    digests: dict[int, bytes] = {}
    bodies: dict[bytes, FetchRecord] = {}
    for record in batch.records():
        if isinstance(record, TouchRecord) and not record.past:
            continue  # its bytes are there already
        further = [part.fetch for part in record.parts] if isinstance(record, ArticleRecord) else []
        for fetch in (record.fetch, *further):
            if fetch is not None and fetch.body is not None and not fetch.not_modified:
                digest = digests[id(fetch)] = digest_of(fetch.body)
                bodies.setdefault(digest, fetch)
    if bodies:
        with database.read() as connection:
            # A pack that is missing or cut, say by a power failure, is not relied on: the body is written again.
            for digest, place in places(connection, list(bodies)).items():
                if snapshots.holds(place):
                    del bodies[digest]
    written = snapshots.write(bodies)
    return digests, {
        digest: {
            "hash": digest,
            "pack": place.pack,
            "position": place.position,
            "size": place.size,
            "stored_size": place.stored_size,
            "created_at": now,
        }
        for digest, place in written.items()
    }


def places(connection: Connection, digests: Sequence[bytes]) -> dict[bytes, Place]:
    """Where these snapshots lie; unknown ones are left out."""
    found: dict[bytes, Place] = {}
    for part in chunks(digests):
        for row in connection.execute(select(_snapshot).where(_snapshot.c.hash.in_(part))):
            found[row.hash] = Place(row.pack, row.position, row.stored_size, row.size)
    return found


def add_places(work: WorkSet, rows: dict[bytes, Values]) -> None:
    """Rows for what was written. Where a hash has a row already, the newly written place takes over."""
    for digest in places(work.connection, list(rows)):
        row = rows.pop(digest)
        work.connection.execute(_snapshot.update().where(_snapshot.c.hash == digest).values(**row))
    work.snapshots.extend(rows.values())


def require(
    connection: Connection, snapshots: SnapshotStore, digests: Mapping[int, bytes], written: Mapping[bytes, Values]
) -> None:
    """What ``write_bodies`` relied on is still so, now that nobody else can write. Raises BytesPruned."""
    held = set(digests.values()) - written.keys()
    if held and len(places(connection, list(held))) < len(held):
        raise BytesPruned
    row = next(iter(written.values()), None)  # they are all in one pack
    if row is not None and not (snapshots.folder / row["pack"]).exists():
        raise BytesPruned
