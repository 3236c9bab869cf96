"""Opening, schema versions, and database errors in plain words."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError

from archive import database as db
from archive.archive import Archive
from archive.clock import shanghai, utc_now
from archive.database import Database, open_database, plain_error
from archive.errors import ArchiveError, DatabaseTooNew, DatabaseTooOld, DatabaseUnavailable, DiskFull
from archive.models import Base, UtcDateTime
from archive.records import StoreBatch

SECOND = '''
"""A second schema."""
import sqlalchemy as sa
from alembic import op
revision = "{next}"
down_revision = "{last}"
def upgrade():
    op.add_column("article", sa.Column("extra", sa.Text()))
    {then}
'''

LAST = db.VERSIONS[-1]
NEXT = f"{int(LAST) + 1:04}"


@pytest.fixture
def next_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes the program one schema version newer than the databases it meets."""

    def switch(then: str = "") -> None:
        folder = tmp_path / "migrations %"
        if not folder.exists():
            shutil.copytree(db.MIGRATIONS, folder)
        (folder / "versions" / f"{NEXT}_second.py").write_text(SECOND.format(then=then, last=LAST, next=NEXT), "utf-8")
        monkeypatch.setattr(db, "MIGRATIONS", folder)
        monkeypatch.setattr(db, "VERSIONS", (*db.VERSIONS, NEXT))

    return switch


def test_models_and_migrations_agree(archive: Archive) -> None:
    with archive.database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_versions_are_those_of_the_migration_scripts() -> None:
    scripts = ScriptDirectory(str(db.MIGRATIONS))
    assert tuple(script.revision for script in scripts.walk_revisions())[::-1] == db.VERSIONS


def test_empty_database_gets_its_schema_at_the_first_use(empty_postgres_url: str, tmp_path: Path) -> None:
    for url in (empty_postgres_url, f"sqlite:///{tmp_path / 'new' / 'folder' / 'zhiwen.db'}"):
        with Archive(url, tmp_path) as archive:
            assert archive.count() == 0
            assert archive.upgrade() == (LAST, LAST)
        fresh = Archive(url, tmp_path)
        assert fresh.count() == 0
        fresh.close()


def test_explicit_upgrade_creates_the_schema(tmp_path: Path) -> None:
    archive = Archive(f"sqlite:///{tmp_path / 'zhiwen.db'}", tmp_path)
    assert archive.upgrade() == (None, LAST)


@pytest.mark.usefixtures("unmeasured_children")
def test_two_first_starts_at_once_make_one_schema(empty_postgres_url: str, tmp_path: Path) -> None:
    code = "import sys, pathlib, archive.archive as a; a.Archive(sys.argv[1], pathlib.Path('.')).open()"
    for url in (f"sqlite:///{tmp_path / 'zhiwen.db'}", empty_postgres_url):
        children = [subprocess.Popen([sys.executable, "-c", code, url], stderr=subprocess.PIPE) for _ in range(3)]
        assert [(child.wait(), child.communicate()[1]) for child in children] == [(0, b"")] * 3


def test_database_of_a_newer_version_is_refused_untouched(archive: Archive, database_url: str) -> None:
    with archive.database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    archive.close()
    for use in (archive.count, archive.upgrade):
        with pytest.raises(
            DatabaseTooNew, match=f"written by a newer Zhiwen: it has schema 9999, this one knows {LAST}"
        ):
            use()


def test_older_sqlite_file_is_copied_and_upgraded(tmp_path: Path, make: Any, next_version: Any) -> None:
    url = f"sqlite:///{tmp_path / 'zhiwen.db'}"
    with Archive(url, tmp_path) as archive:
        archive.store(archive.open_run("news", "manual"), StoreBatch(articles=[make.article(1)]))
    next_version()
    with Archive(url, tmp_path) as archive:
        assert archive.count() == 1
    (copy,) = tmp_path.glob(f"zhiwen.db.{LAST}.*.bak")
    with sqlite3.connect(copy) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (LAST,)
        assert connection.execute("SELECT count(*) FROM article").fetchone() == (1,)
    with sqlite3.connect(tmp_path / "zhiwen.db") as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (NEXT,)


def test_older_postgresql_database_asks_for_the_upgrade(postgres_url: str, tmp_path: Path, next_version: Any) -> None:
    next_version()
    archive = Archive(postgres_url, tmp_path)
    with pytest.raises(DatabaseTooOld, match="run `zhiwen db upgrade`"):
        archive.open()
    assert archive.upgrade() == (LAST, NEXT)
    assert archive.count() == 0
    archive.close()


def test_upgrade_that_fails_in_the_middle_leaves_the_old_schema(
    archive: Archive, database_url: str, next_version: Any
) -> None:
    archive.close()
    next_version(then="raise RuntimeError('power cut')")
    with pytest.raises(RuntimeError, match="power cut"):
        archive.upgrade()
    next_version()
    assert archive.upgrade() == (LAST, NEXT)
    archive.close()


def test_foreign_database_is_no_archive(database_url: str, tmp_path: Path) -> None:
    database = Database(database_url.replace("zhiwen.db", "other.db"))
    with database.write() as connection:
        for table in ("revision", "list_reading", "site_lease"):
            connection.execute(
                text(
                    f"DROP TABLE IF EXISTS {table} CASCADE".replace(
                        " CASCADE", "" if database.is_sqlite else " CASCADE"
                    )
                )
            )
        connection.execute(text("CREATE TABLE customers (id integer)"))
    with pytest.raises(DatabaseUnavailable, match="is not a Zhiwen database: it holds other tables"):
        open_database(database.url.render_as_string(hide_password=False), now=utc_now())
    database.close()


def test_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.db").write_text("a shopping list, long enough to be read as a header" * 9, "utf-8")
    with pytest.raises(DatabaseUnavailable, match=r"notes\.db is not a Zhiwen database"):
        Archive(f"sqlite:///{tmp_path / 'notes.db'}", tmp_path).open()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", "not a database address"),
        ("zhiwen.db", "not a database address"),
        ("nonsense secret@host", "not a database address: '…@host'"),
        ("mysql://root@localhost/x", "unknown kind of database 'mysql'"),
        ("sqlite://", "name a file"),
        ("sqlite:///:memory:", "name a file"),
        ("sqlite+nothing:///x.db", r"unknown database driver in 'sqlite\+nothing'"),
        ("postgresql+psycopg2://localhost/x", r"driver for 'postgresql\+psycopg2' is not installed"),
        ("postgresql://user:secret@127.0.0.1:1/x", r"cannot use the database postgresql\+psycopg://user:\*\*\*@127.0.0.1:1/x"),
        ("postgres://user@127.0.0.1:1/x?connect_timeout=2&options=-c%20a.b%3D1", "cannot use the database"),
    ],
)  # fmt: skip
def test_wrong_address_is_a_plain_sentence(url: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnavailable, match=message) as error:
        Archive(url, tmp_path).open()
    assert "secret" not in str(error.value)


def test_missing_database_on_a_server_is_a_plain_sentence(postgres_url: str, tmp_path: Path) -> None:
    head, _, tail = postgres_url.partition("/zhiwen_")
    with pytest.raises(DatabaseUnavailable, match='database "nowhere" does not exist'):
        Archive(f"{head}/nowhere?{tail.partition('?')[2]}", tmp_path).open()


def test_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(DatabaseUnavailable, match="cannot make the folder"):
        Archive(f"sqlite:///{tmp_path / 'file' / 'sub' / 'zhiwen.db'}", tmp_path).open()
    with pytest.raises(DatabaseUnavailable, match="cannot be opened"):
        Archive(f"sqlite:///{tmp_path}", tmp_path).open()


def test_locked_database_waits_and_then_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path / 'zhiwen.db'}"
    Archive(url, tmp_path).open().close()
    monkeypatch.setattr(db, "BUSY_SECONDS", 0.2)
    archive = Archive(url, tmp_path)
    other = sqlite3.connect(tmp_path / "zhiwen.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert archive.count() == 0, "readers do not wait"
    with pytest.raises(DatabaseUnavailable, match="is locked by another process"):
        archive.open_run("news", "manual")
    other.rollback()
    archive.open_run("news", "manual")
    other.close()
    archive.close()


def test_locked_postgresql_says_so(postgres_url: str, tmp_path: Path) -> None:
    separator = "&" if "?" in postgres_url else "?"
    holder = Archive(postgres_url, tmp_path).open()
    waiter = Archive(f"{postgres_url}{separator}options=-c%20lock_timeout%3D100", tmp_path).open()
    with holder.database.write(), pytest.raises(DatabaseUnavailable, match="is locked by another process"):
        waiter.open_run("news", "manual")
    holder.close()
    waiter.close()


def test_change_to_wal_waits_for_the_other_process(monkeypatch: pytest.MonkeyPatch) -> None:
    class Connection:
        tries = 0

        def execute(self, statement: str) -> Connection:
            self.tries += 1
            if self.tries < 3:
                raise sqlite3.OperationalError("database is locked")
            return self

        def fetchone(self) -> None:
            return None

    connection = Connection()
    db._use_wal(connection)
    assert connection.tries == 3
    monkeypatch.setattr(db, "BUSY_SECONDS", -1)
    with pytest.raises(sqlite3.OperationalError):
        db._use_wal(Connection())


def test_readers_cannot_write(archive: Archive) -> None:
    with pytest.raises(DatabaseUnavailable, match="read-only"), archive.database.read() as connection:
        connection.execute(text("DELETE FROM page"))


def test_full_database_is_a_full_disk(tmp_path: Path, make: Any) -> None:
    archive = Archive(f"sqlite:///{tmp_path / 'zhiwen.db'}", tmp_path).open()
    run = archive.open_run("news", "manual")
    with archive.database.write() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar()
        connection.execute(text(f"PRAGMA max_page_count = {pages}"))
    articles = [make.article(number) for number in range(50)]
    with pytest.raises(DiskFull, match="no room left for the database"):
        archive.store(run, StoreBatch(articles=articles))
    assert archive.count() == 0
    with archive.database.write() as connection:
        connection.execute(text("PRAGMA max_page_count = 1000000"))
    archive.store(run, StoreBatch(articles=articles))
    assert archive.count() == 50
    assert archive.check().problems == []
    archive.close()


class ServerError(Exception):
    def __init__(self, state: str | None, said: str) -> None:
        super().__init__(said)
        self.sqlstate = state


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (sqlite3.DatabaseError("database disk image is malformed"), DatabaseUnavailable, "DB is damaged"),
        (sqlite3.OperationalError("disk I/O error"), DatabaseUnavailable, "the disk reports an error"),
        (sqlite3.OperationalError("attempt to write a readonly database"), DatabaseUnavailable, "read-only"),
        (sqlite3.IntegrityError("UNIQUE constraint failed"), ArchiveError, "DB: UNIQUE constraint failed"),
        (ServerError("53100", "disk full"), DiskFull, "no room left for the database DB"),
        (ServerError("25006", "read only"), DatabaseUnavailable, "DB cannot be written"),
        (ServerError("57P01", "terminating connection\nmore"), DatabaseUnavailable, "DB: terminating connection$"),
        (ServerError("23505", "duplicate key"), ArchiveError, "DB: duplicate key"),
        (ServerError(None, ""), DatabaseUnavailable, "ServerError"),
    ],
)  # fmt: skip
def test_driver_errors_become_plain_ones(error: Exception, kind: type[ArchiveError], message: str) -> None:
    plain = plain_error(OperationalError("SELECT 1", {}, error), "DB")
    assert type(plain) is kind
    with pytest.raises(kind, match=message):
        raise plain


def test_errors_without_a_driver_are_plain_too() -> None:
    assert str(plain_error(SQLAlchemyError("odd"), "DB")) == "DB: odd"
    assert str(plain_error(InterfaceError("SELECT 1", {}, None), "DB")).startswith("DB: ")  # type: ignore[arg-type]


def test_times_without_a_zone_are_refused(archive: Archive) -> None:
    dialect = archive.database._writer.dialect
    with pytest.raises(ValueError, match="without a zone"):
        UtcDateTime().process_bind_param(utc_now().replace(tzinfo=None), dialect)


def test_times_of_any_zone_come_back_in_utc(archive: Archive, make: Any) -> None:
    record = make.article(1, published_at=shanghai(make.at(0)))
    archive.store(archive.open_run("news", "manual"), StoreBatch(articles=[record]))
    detail = archive.article(1)
    assert detail is not None
    assert detail.article.published_at == make.at(0)
    assert detail.article.published_at.tzinfo is UTC


def test_packages_that_only_need_the_clock_load_no_database() -> None:
    code = "import sys, archive.clock, archive.records; sys.exit('sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
