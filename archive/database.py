"""The connection: engines, transactions, schema versions, and database errors in plain words.

Writers take the whole database (``BEGIN IMMEDIATE`` on SQLite, one advisory lock on PostgreSQL), so what a storing
transaction decided stays true until it commits, and both databases behave alike. Readers never wait for writers.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from archive.errors import ArchiveError, DatabaseTooNew, DatabaseTooOld, DatabaseUnavailable, DiskFull

MIGRATIONS = Path(__file__).parent / "migrations"
VERSIONS: tuple[str, ...] = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010", "0011")
"""Schema versions, oldest first. Named here so that opening needs no Alembic; a test compares with the scripts."""

BUSY_SECONDS = 30
_WRITER_LOCK = 0x5A484957454E  # "ZHIWEN": the one advisory lock of all writers
_OWN_TABLES = {"site_lease", "list_reading", "revision"}


class Database:
    """An open database with a current schema. ``write()`` and ``read()`` are the only ways in."""

    def __init__(self, url: str) -> None:
        self.url = parse_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            self._writer, self._reader = _sqlite_engines(self.url)
        else:
            self._writer = self._reader = postgres_engine(self.url)

    @property
    def name(self) -> str:
        """The database as messages call it: the file, or the address without the password."""
        return self.url.database or "" if self.is_sqlite else self.url.render_as_string(hide_password=True)

    @property
    def path(self) -> Path:
        """The file of a SQLite database."""
        return Path(self.url.database or "")

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        """One writing transaction; commits at the end, rolls back on any error. Database errors become plain ones."""
        with self._plain_errors(), self._writer.begin() as connection:
            if not self.is_sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITER_LOCK})
            yield connection

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """One reading transaction: all its statements see the same state."""
        with self._plain_errors(), self._reader.connect() as connection:
            if not self.is_sqlite:
                connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Close all pooled connections."""
        self._writer.dispose()
        self._reader.dispose()

    @contextlib.contextmanager
    def _plain_errors(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise plain_error(error, self.name) from error


# --- opening ----------------------------------------------------------------------------------------------------------


def open_database(url: str, *, now: datetime) -> Database:
    """Open, check the version, create the schema in an empty database; upgrade an older SQLite file after copying it.

    Raises DatabaseUnavailable, DatabaseTooNew, and DatabaseTooOld for an older PostgreSQL database, whose copy is the
    administrator's to make.
    """
    database = Database(url)
    try:
        if database.is_sqlite:
            make_folder(database)
        version = schema_version(database)
        if version != VERSIONS[-1]:
            if version is not None and not database.is_sqlite:
                raise DatabaseTooOld(
                    f"{database.name} has schema {version}, this Zhiwen needs {VERSIONS[-1]}: "
                    "back it up, then run `zhiwen db upgrade`"
                )
            migrate(database, now)
    except BaseException:
        database.close()
        raise
    return database


def schema_version(database: Database) -> str | None:
    """The schema's version, None for an empty database. Raises for a foreign or newer one."""
    with database.read() as connection:
        return _version_seen(connection, database.name)


def _version_seen(connection: Connection, name: str) -> str | None:
    tables = set(inspect(connection).get_table_names())
    version = None
    if "alembic_version" in tables:
        version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    others = tables - {"alembic_version"}
    if version is None and not others:
        return None
    if version is None or not others >= _OWN_TABLES:
        seen = ", ".join(sorted(others)[:3])
        raise DatabaseUnavailable(f"{name} is not a Zhiwen database: it holds other tables ({seen})")
    if version not in VERSIONS:
        raise DatabaseTooNew(
            f"{name} was written by a newer Zhiwen: it has schema {version}, this one knows {VERSIONS[-1]} at most"
        )
    return str(version)


def migrate(database: Database, now: datetime) -> tuple[str | None, str]:
    """Bring the schema to the last version in one transaction; the version before and after.

    An older SQLite file is copied beside itself first. Killed at any moment, the database has the old or the new
    schema, never something between.
    """
    from alembic import command  # imported late: only a change of schema needs it
    from alembic.config import Config

    before = schema_version(database)
    if before == VERSIONS[-1]:
        return before, before
    if before is not None and database.is_sqlite:
        copy_sqlite(database, database.path.with_name(f"{database.path.name}.{before}.{now:%Y%m%dT%H%M%S}.bak"))
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    with database.write() as connection:
        # Another process may have been quicker while this one waited for the lock.
        if _version_seen(connection, database.name) != VERSIONS[-1]:
            config.attributes["connection"] = connection
            command.upgrade(config, VERSIONS[-1])
    return before, VERSIONS[-1]


def upgrade(url: str, now: datetime) -> tuple[str | None, str]:
    """See ``Archive.upgrade``."""
    database = Database(url)
    try:
        if database.is_sqlite:
            make_folder(database)
        return migrate(database, now)
    finally:
        database.close()


def copy_sqlite(database: Database, target: Path) -> None:
    """A consistent copy of a SQLite database that is in use, by SQLite's own backup. Raises DiskFull and others."""
    import sqlite3

    try:
        with (
            contextlib.closing(sqlite3.connect(database.path, timeout=BUSY_SECONDS)) as source,
            contextlib.closing(sqlite3.connect(target)) as copy,
        ):
            # All pages in one step: SQLite starts over whenever another process writes in between.
            source.backup(copy, pages=-1)
            copy.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        raise _sqlite_error(error, str(target)) from error


# --- engines ----------------------------------------------------------------------------------------------------------


def parse_url(url: str) -> URL:
    """The address, with the driver filled in. Raises DatabaseUnavailable with the remedy."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        shown = url if "@" not in url else "…@" + url.rpartition("@")[2]
        raise DatabaseUnavailable(
            f"not a database address: {shown!r} (expected sqlite:///FILE or postgresql://USER@HOST/NAME)"
        ) from error
    backend = parsed.get_backend_name()
    if backend == "postgres":
        backend = "postgresql"
    if backend not in ("sqlite", "postgresql"):
        raise DatabaseUnavailable(
            f"unknown kind of database {backend!r}: Zhiwen keeps its archive in sqlite or postgresql"
        )
    if backend == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise DatabaseUnavailable(
            "an archive in memory cannot be shared: name a file, such as sqlite:///data/zhiwen.db"
        )
    if backend == "postgresql" and parsed.drivername in ("postgres", "postgresql"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    return parsed


def make_folder(database: Database) -> None:
    """Make the folder of a SQLite file. Raises DatabaseUnavailable."""
    try:
        database.path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseUnavailable(
            f"cannot make the folder {database.path.parent} for the database: {error.strerror}"
        ) from error


def _engine(url: URL, **options: Any) -> Engine:
    try:
        return create_engine(url, **options)
    except NoSuchModuleError as error:
        raise DatabaseUnavailable(f"unknown database driver in {url.drivername!r}") from error
    except ImportError as error:
        raise DatabaseUnavailable(f"the driver for {url.drivername!r} is not installed: {error}") from error


def _sqlite_engines(url: URL) -> tuple[Engine, Engine]:
    writer = _engine(url, connect_args={"timeout": BUSY_SECONDS})
    reader = _engine(url, connect_args={"timeout": BUSY_SECONDS})

    @event.listens_for(writer, "connect")
    def set_up_writer(connection: Any, record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # the driver's own BEGIN would come late; ours is explicit
        connection.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
        _use_wal(connection)
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(writer, "begin")
    def begin_immediate(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    @event.listens_for(reader, "connect")
    def set_up_reader(connection: Any, record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
        connection.execute("PRAGMA query_only=ON")

    @event.listens_for(reader, "begin")
    def begin_deferred(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return writer, reader


def _use_wal(connection: Any) -> None:
    # Changing the journal mode ignores the busy timeout; two first starts at once would fail here.
    import sqlite3

    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").fetchone()
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def postgres_engine(url: URL) -> Engine:
    """Connections to a PostgreSQL database that give up instead of hanging."""
    arguments: dict[str, Any] = {}
    if "connect_timeout" not in url.query:
        arguments["connect_timeout"] = 10
    if "options" not in url.query:
        # A writer that hangs in the middle of a transaction must not stop all the others for ever.
        arguments["options"] = (
            f"-c lock_timeout={BUSY_SECONDS}s -c idle_in_transaction_session_timeout=600s -c timezone=UTC"
        )
    return _engine(url, connect_args=arguments, pool_pre_ping=True)


# --- errors -----------------------------------------------------------------------------------------------------------


def plain_error(error: SQLAlchemyError, name: str) -> ArchiveError:
    """The archive's error for one of SQLAlchemy's."""
    if not isinstance(error, DBAPIError) or error.orig is None:
        return ArchiveError(f"{name}: {error}")
    if hasattr(error.orig, "sqlstate"):
        return _postgres_error(error.orig, name)
    return _sqlite_error(error.orig, name)


def _sqlite_error(error: BaseException, name: str) -> ArchiveError:
    said = str(error)
    if "disk is full" in said:
        return DiskFull(f"no room left for the database {name}")
    for mark, sentence in (
        ("database is locked", f"is locked by another process for more than {BUSY_SECONDS} s"),
        ("readonly database", "cannot be written: the file or its folder is read-only"),
        ("unable to open", "cannot be opened: the folder is missing or not permitted"),
        ("not a database", "is not a Zhiwen database: it is no SQLite file"),
        ("malformed", "is damaged: restore a backup (`zhiwen db check` says more)"),
        ("disk I/O error", "cannot be read or written: the disk reports an error"),
    ):
        if mark in said:
            return DatabaseUnavailable(f"{name} {sentence}")
    return ArchiveError(f"{name}: {said}")


def _postgres_error(error: BaseException, name: str) -> ArchiveError:
    state = getattr(error, "sqlstate", None)
    lines = str(error).strip().splitlines()
    said = lines[0] if lines else type(error).__name__
    if state == "53100":
        return DiskFull(f"no room left for the database {name}")
    if state == "55P03":
        return DatabaseUnavailable(f"{name} is locked by another process for more than {BUSY_SECONDS} s")
    if state == "25006":
        return DatabaseUnavailable(f"{name} cannot be written: it is read-only")
    # No state: no connection. 08 and 57: connection lost, server shut down. 28, 3D, 53: refused at the door.
    if state is None or state[:2] in ("08", "57", "28", "3D", "53"):
        return DatabaseUnavailable(f"cannot use the database {name}: {said}")
    return ArchiveError(f"{name}: {said}")
