"""The archive opened: its address, its folder, its database. Nothing is opened before it is needed.

The first use checks the database, creates the schema in an empty one, and upgrades an older one after a copy of the
SQLite file was made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from archive.clock import utc_now
from archive.database import Database, open_database
from archive.revisits import DEFAULT_DAYS
from archive.snapshots import SnapshotStore


class Opened:
    """The archive of one data folder and one database.

    ``database_url`` is a SQLAlchemy address (``sqlite:///…`` or ``postgresql+psycopg://…``), ``data_dir`` the folder
    that holds ``snapshots/``. ``revisit_days`` are the ages at which a known article is looked at again.
    Errors are those of ``archive.errors``. One object may be shared by threads.
    """

    def __init__(
        self,
        database_url: str,
        data_dir: Path,
        *,
        revisit_days: Sequence[float] = DEFAULT_DAYS,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.database_url = database_url
        self.data_dir = Path(data_dir)
        self.snapshots = SnapshotStore(self.data_dir / "snapshots")
        self._revisit_days = tuple(revisit_days)
        self._clock = clock
        self._database: Database | None = None

    def open(self) -> Self:
        """Open now instead of at the first use: check, create or upgrade the schema. May be called again."""
        if self._database is None:
            self._database = open_database(self.database_url, now=self._clock())
        return self

    def close(self) -> None:
        """Give all connections back. The object opens again when it is used again."""
        if self._database is not None:
            self._database.close()
            self._database = None

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def database(self) -> Database:
        """The open database."""
        self.open()
        assert self._database is not None
        return self._database
