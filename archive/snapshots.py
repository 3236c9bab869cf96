"""The bytes of every fetch that was read, compressed, in packs.

A snapshot is known by the BLAKE2b-128 of its body. What one transaction stores goes into one file, a pack:
``snapshots/ab/cdef….zst``, named after the digests it holds, one zstd frame per snapshot, each a JSON line (url,
fetched_at, status, headers) and the body. A row of the database says in which pack a digest lies and where. A pack
appears whole or not at all and is never changed; one nobody refers to (its transaction failed) is harmless.

Packs instead of one file per page: making a file costs more than compressing a page, and millions of small files are
no pleasure to copy.
"""

from __future__ import annotations

import errno
import hashlib
import itertools
import json
import os
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import zstandard

from archive.errors import ArchiveError, DiskFull, SnapshotCorrupt
from archive.records import FetchRecord, Snapshot

# Level 1 takes half the time of the default and packs pages of a template no worse.
_LEVEL = 1
_MAX_BYTES = 1 << 30
_serial = itertools.count()
# Process numbers are used again, and containers sharing a folder all have a process 1.
_process = os.urandom(4).hex()
_local = threading.local()


@dataclass(slots=True, frozen=True)
class Place:
    """Where a snapshot lies: pack (relative to the folder), first byte and length of its frame, length of its body."""

    pack: str
    position: int
    stored_size: int
    size: int


def digest_of(body: bytes) -> bytes:
    """The 16-byte name of a body."""
    return hashlib.blake2b(body, digest_size=16).digest()


def out_of_room(error: OSError) -> bool:
    """Is this the error of a full disk or quota?"""
    return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class SnapshotStore:
    """The snapshot folder. It is made when the first pack is written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def holds(self, place: Place) -> bool:
        """Is the pack there, and long enough? (After a power failure it may not be.)"""
        try:
            return (self.folder / place.pack).stat().st_size >= place.position + place.stored_size
        except OSError:
            return False

    def write(self, fetches: Mapping[bytes, FetchRecord]) -> dict[bytes, Place]:
        """Write the bodies of these fetches, by digest, as one pack. Raises DiskFull, ArchiveError."""
        if not fetches:
            return {}
        name = digest_of(b"".join(fetches)).hex()
        pack = f"{name[:2]}/{name[2:]}.zst"
        compress = _compressor().compress
        frames: list[bytes] = []
        places: dict[bytes, Place] = {}
        position = 0
        for digest, fetch in fetches.items():
            body = fetch.body or b""
            frame = compress(_head(fetch) + body)
            frames.append(frame)
            places[digest] = Place(pack, position, len(frame), len(body))
            position += len(frame)
        try:
            self._put(self.folder / pack, b"".join(frames))
        except OSError as error:
            if out_of_room(error):
                raise DiskFull(f"no room for snapshots in {self.folder}: {error.strerror}") from error
            raise ArchiveError(f"cannot write snapshots in {self.folder}: {error.strerror or error}") from error
        return places

    @staticmethod
    def _put(target: Path, content: bytes) -> None:
        # No fsync: after a power failure the database may be ahead of the files; `check` names what is missing.
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f"{target.name}.{_process}{os.getpid()}-{next(_serial)}.tmp")
        try:
            temporary.write_bytes(content)
            temporary.replace(target)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise

    def read(self, digest: bytes, place: Place) -> Snapshot:
        """The snapshot of this digest, verified. Raises SnapshotCorrupt, which names digest and file."""
        path = self.folder / place.pack
        called = f"snapshot {digest.hex()}"
        try:
            with path.open("rb") as file:
                file.seek(place.position)
                frame = file.read(place.stored_size)
            raw = zstandard.ZstdDecompressor().decompress(frame, max_output_size=_MAX_BYTES)
            line, _, body = raw.partition(b"\n")
            head = json.loads(line)
            found = Snapshot(
                hash=digest,
                url=head["url"],
                fetched_at=datetime.fromisoformat(head["fetched_at"]),
                status=head["status"],
                headers=head["headers"],
                body=body,
            )
        except FileNotFoundError as error:
            raise SnapshotCorrupt(f"{called} is missing: {path}") from error
        except OSError as error:
            raise SnapshotCorrupt(f"{called} cannot be read: {path}: {error.strerror or error}") from error
        except (zstandard.ZstdError, ValueError, KeyError, TypeError) as error:
            raise SnapshotCorrupt(f"{called} is damaged: {path}: {error}") from error
        if digest_of(body) != digest:
            raise SnapshotCorrupt(f"{called} holds other bytes than it is named after: {path}")
        return found

    def leftovers(self) -> Iterator[Path]:
        """Temporary files of writers that were killed, or that write at this moment."""
        return self.folder.glob("??/*.tmp")


def _head(fetch: FetchRecord) -> bytes:
    head = {
        "url": fetch.url,
        "fetched_at": fetch.fetched_at.isoformat(),
        "status": fetch.status,
        "headers": dict(fetch.headers),
    }
    # ASCII keeps the lone surrogates of broken headers.
    return json.dumps(head).encode("ascii") + b"\n"


def _compressor() -> zstandard.ZstdCompressor:
    # One per thread: making one costs as much as compressing a page, and it must not be shared.
    found: zstandard.ZstdCompressor | None = getattr(_local, "compressor", None)
    if found is None:
        found = _local.compressor = zstandard.ZstdCompressor(level=_LEVEL)
    return found
