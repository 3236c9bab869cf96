"""Errors of the archive, each a sentence that a user can act on."""

from __future__ import annotations

from datetime import datetime


class ArchiveError(Exception):
    """Base of all errors of the archive."""


class DatabaseUnavailable(ArchiveError):
    """The database cannot be used: wrong address, no driver, no server, no permission, no Zhiwen database, locked."""


class DatabaseTooNew(ArchiveError):
    """The database was written by a newer Zhiwen; nothing was touched."""


class DatabaseTooOld(ArchiveError):
    """The database has an older schema; ``zhiwen db upgrade`` brings it up to date."""


class DiskFull(ArchiveError):
    """No room for a snapshot or for the database. What was being stored was not stored."""


class SnapshotCorrupt(ArchiveError):
    """A snapshot file is missing, damaged, or not the bytes it was named after."""


class SiteFrozen(ArchiveError):
    """Nothing of the site may be stored: an alarm says why, ``zhiwen sites thaw`` ends it."""


class LeaseLost(ArchiveError):
    """The run no longer holds its site: it was closed, or another run took over. Nothing was stored."""


class LeaseHeld(ArchiveError):
    """Another run holds the site. ``run_id``, ``host``, ``pid`` and ``since`` name it."""

    def __init__(self, site: str, run_id: int, host: str, pid: int, since: datetime, expires_at: datetime) -> None:
        self.site = site
        self.run_id = run_id
        self.host = host
        self.pid = pid
        self.since = since
        self.expires_at = expires_at
        super().__init__(
            f"{site} is being crawled by run {run_id} (process {pid} on {host}, since {since:%Y-%m-%d %H:%M:%S} UTC)"
        )
