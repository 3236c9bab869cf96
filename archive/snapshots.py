"""The bytes of every fetch that was read, compressed, in packs.

A snapshot is known by the BLAKE2b-128 of its body. What one transaction stores goes into one file, a pack:
``snapshots/ab/cdef….zst``, one zstd frame per snapshot, each a JSON line (url, fetched_at, status, headers) and the
body. A row of the database says in which pack a digest lies and where. A pack appears whole or not at all, under a name
that was never used before, and is never changed; one nobody refers to (its transaction failed) is harmless, until
``archive.pruning`` takes it away.

Packs instead of one file per page: making a file costs more than compressing a page, and millions of small files are
no pleasure to copy.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import itertools
import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import zstandard

from archive.errors import ArchiveError, DiskFull, SnapshotCorrupt
from archive.records import FetchRecord, Snapshot

# Level 1 takes half the time of the default and packs pages of a template no worse.
_LEVEL = 1
_MAX_BYTES = 1 << 30
_KEEP = ".keep"
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
        compress = _compressor().compress
        frames = {
            digest: (compress(_head(fetch) + (fetch.body or b"")), len(fetch.body or b""))
            for digest, fetch in fetches.items()
        }
        return self.write_frames(frames)

    def write_frames(self, frames: Mapping[bytes, tuple[bytes, int]], *, sync: bool = False) -> dict[bytes, Place]:
        """Write frames as they are, by digest and with the length of their bodies, as one pack.

        ``sync``: return only when they are on the disk. Raises DiskFull, ArchiveError.
        """
        # Drawn by lot: a file that is about to be taken away must never be one that somebody has just written anew.
        name = os.urandom(16).hex()
        pack = f"{name[:2]}/{name[2:]}.zst"
        places: dict[bytes, Place] = {}
        position = 0
        for digest, (frame, size) in frames.items():
            places[digest] = Place(pack, position, len(frame), size)
            position += len(frame)
        try:
            self._put(self.folder / pack, b"".join(frame for frame, _ in frames.values()), sync=sync)
        except OSError as error:
            if out_of_room(error):
                raise DiskFull(f"no room for snapshots in {self.folder}: {error.strerror}") from error
            raise ArchiveError(f"cannot write snapshots in {self.folder}: {error.strerror or error}") from error
        return places

    @staticmethod
    def _put(target: Path, content: bytes, *, sync: bool) -> None:
        # No fsync: after a power failure the database may be ahead of the files; `check` names what is missing.
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f"{target.name}.{_process}{os.getpid()}-{next(_serial)}.tmp")
        try:
            with temporary.open("wb") as file:
                file.write(content)
                if sync:
                    file.flush()
                    os.fsync(file.fileno())
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

    def frame(self, place: Place) -> bytes | None:
        """The frame as it lies in its pack; None when it is not there whole."""
        try:
            with (self.folder / place.pack).open("rb") as file:
                file.seek(place.position)
                found = file.read(place.stored_size)
        except OSError:
            return None
        return found if len(found) == place.stored_size else None

    @contextlib.contextmanager
    def kept_whole(self) -> Iterator[Callable[[], None]]:
        """While this lasts no pack is taken away, by whichever process: somebody copies them.

        Yields a function to be called now and then: without a sign of life for an hour the mark counts for nothing.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        mark = self.folder / f"{_process}{os.getpid()}-{next(_serial)}{_KEEP}"
        mark.touch()
        try:
            yield mark.touch
        finally:
            mark.unlink(missing_ok=True)

    def is_kept_whole(self, oldest: float) -> bool:
        """Whether somebody copies the packs; marks older than ``oldest`` (file system time) are those of the dead."""
        kept = False
        for mark in list(self.folder.glob(f"*{_KEEP}")):
            with contextlib.suppress(FileNotFoundError):
                if mark.stat().st_mtime >= oldest:
                    kept = True
                else:
                    mark.unlink()
        return kept

    def packs(self) -> Iterator[tuple[str, os.stat_result]]:
        """All packs by their names relative to the folder, with size and times."""
        for path in self.folder.glob("??/*.zst"):
            with contextlib.suppress(FileNotFoundError):
                yield f"{path.parent.name}/{path.name}", path.stat()

    def remove_leftovers(self, seconds: float) -> int:
        """Remove temporary files of writers that were killed; younger ones may belong to a writer of this moment."""
        # The file system's own clock, which set these times.
        oldest, removed = time.time() - seconds, 0
        for leftover in list(self.folder.glob("??/*.tmp")):
            with contextlib.suppress(FileNotFoundError):
                if leftover.stat().st_mtime < oldest:
                    leftover.unlink()
                    removed += 1
        return removed


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
