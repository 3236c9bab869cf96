"""Looking after the archive: check, backup, upgrade."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, Select, func, select, text

from archive.answers import BackupReport, CheckReport
from archive.database import Database, copy_sqlite, make_folder, migrate
from archive.errors import ArchiveError, DatabaseUnavailable, DiskFull, SnapshotCorrupt
from archive.models import Alias, Article, Page, Quarantine, Revision, Run, SearchText, SiteLease, SnapshotPlace, table
from archive.snapshots import Place, SnapshotStore, out_of_room

_article, _revision, _page, _search = table(Article), table(Revision), table(Page), table(SearchText)
_alias, _run, _lease = table(Alias), table(Run), table(SiteLease)
_snapshot, _quarantine = table(SnapshotPlace), table(Quarantine)

_LEFTOVER_SECONDS = 3600
"""A temporary file this old belongs to nobody any more."""


# --- check ------------------------------------------------------------------------------------------------------------


def check(database: Database, snapshots: SnapshotStore, now: datetime) -> CheckReport:
    """See ``Archive.check``. Temporary files of killed writers are removed on the way."""
    problems: list[str] = []
    counts = {"articles": 0, "revisions": 0, "pages": 0, "snapshots": 0, "leftovers_removed": 0}
    try:
        with database.read() as connection:
            if database.is_sqlite:
                problems += _sqlite_problems(connection)
            for name, source in (("articles", _article), ("revisions", _revision), ("pages", _page)):
                counts[name] = connection.execute(select(func.count()).select_from(source)).scalar_one()
            problems += _row_problems(connection, now)
        found = _all_places(database)
    except DatabaseUnavailable as error:
        return CheckReport([*problems, str(error)], counts)
    for digest, place in found.items():
        counts["snapshots"] += 1
        try:
            snapshots.read(digest, place)
        except SnapshotCorrupt as error:
            problems.append(str(error))
    # The file system's own clock, which set these times.
    oldest = time.time() - _LEFTOVER_SECONDS
    for leftover in list(snapshots.leftovers()):
        if leftover.stat().st_mtime < oldest:
            leftover.unlink(missing_ok=True)
            counts["leftovers_removed"] += 1
    return CheckReport(problems, counts)


def _sqlite_problems(connection: Connection) -> Iterator[str]:
    for (said,) in connection.execute(text("PRAGMA integrity_check")):
        if said != "ok":
            yield f"database file: {said}"
    for row in connection.execute(text("PRAGMA foreign_key_check")):
        yield f"row {row[1]} of table {row[0]} points to a row of {row[2]} that is not there"


def _row_problems(connection: Connection, now: datetime) -> Iterator[str]:
    revisions = (
        select(_revision.c.article_id, func.count().label("number"), func.max(_revision.c.number).label("last"))
        .group_by(_revision.c.article_id)
        .subquery()
    )
    wrong_revisions = (
        select(_article.c.id)
        .outerjoin(revisions, revisions.c.article_id == _article.c.id)
        .where(
            (func.coalesce(revisions.c.number, 0) != _article.c.revision)
            | (func.coalesce(revisions.c.last, 0) != _article.c.revision)
        )
    )
    open_trouble = (_quarantine.c.page_id == _page.c.id) & _quarantine.c.resolved_at.is_(None)
    trouble_differs: ColumnElement[bool] = (_page.c.failures > 0) != _quarantine.c.page_id.isnot(None)
    questions: list[tuple[str, Select[tuple[int]]]] = [
        ("article {} does not have all its revisions", wrong_revisions),
        (
            "article {} has no text for searching",
            select(_article.c.id)
            .outerjoin(_search, _search.c.article_id == _article.c.id)
            .where(_search.c.article_id.is_(None)),
        ),
        (
            "page {} counts as stored, but has no article",
            select(_page.c.id).where(
                _page.c.kind == "article",
                _page.c.state.in_(("stored", "missing", "withdrawn")),
                _page.c.article_id.is_(None),
            ),
        ),
        (
            "page {} waits for its article, but nothing fetches it",
            select(_page.c.id).where(_page.c.state.in_(("pending", "quarantined")), _page.c.next_due_at.is_(None)),
        ),
        (
            "article {} has an address that is also the alias of an article",
            select(_article.c.id).join(_alias, _alias.c.url_key == _article.c.url_key),
        ),
        (
            "page {} and its quarantine disagree",
            select(_page.c.id).outerjoin(_quarantine, open_trouble).where(trouble_differs),
        ),
        (
            "run {} counts as running, but nobody holds its lease (`zhiwen runs` closes it)",
            select(_run.c.id)
            .outerjoin(_lease, _lease.c.run_id == _run.c.id)
            .where(_run.c.verdict == "running", _lease.c.run_id.is_(None) | (_lease.c.expires_at <= now)),
        ),
    ]
    for sentence, question in questions:
        for number in connection.execute(question).scalars():
            yield sentence.format(number)


def _all_places(database: Database) -> dict[bytes, Place]:
    statement = select(_snapshot).order_by(_snapshot.c.pack, _snapshot.c.position)
    with database.read() as connection:
        rows = connection.execute(statement).all()
    return {row.hash: Place(row.pack, row.position, row.stored_size, row.size) for row in rows}


# --- backup -----------------------------------------------------------------------------------------------------------


def backup(database: Database, snapshots: SnapshotStore, path: Path) -> BackupReport:
    """See ``Archive.backup``. The folder appears under its name when it is complete.

    The database is copied first: every snapshot it names was written before, so all of them are there to be copied.
    """
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise ArchiveError(f"{path} is already there: name a new folder for the backup")
    partial = path.with_name(f"{path.name}.partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        source = database
        if database.is_sqlite:
            copy_sqlite(database, partial / "zhiwen.db")
            source = Database(f"sqlite:///{partial / 'zhiwen.db'}")
        else:
            _dump_postgres(database, partial / "zhiwen.dump")
        try:
            report = _copy_and_verify(source, snapshots, partial)
        finally:
            if source is not database:
                source.close()
        report.path = str(path)
        partial.replace(path)
    except OSError as error:
        shutil.rmtree(partial, ignore_errors=True)
        if out_of_room(error):
            raise DiskFull(f"no room for the backup in {path}") from error
        raise ArchiveError(f"cannot write the backup {path}: {error.strerror or error}") from error
    except ArchiveError:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return report


def _copy_and_verify(source: Database, snapshots: SnapshotStore, folder: Path) -> BackupReport:
    problems: list[str] = []
    with source.read() as connection:
        if source.is_sqlite:
            problems += _sqlite_problems(connection)
        articles = connection.execute(select(func.count()).select_from(_article)).scalar_one()
    if problems:
        raise ArchiveError(f"the copy is not sound: {problems[0]}")
    found = _all_places(source)
    for pack in sorted({place.pack for place in found.values()}):
        target = folder / "snapshots" / pack
        target.parent.mkdir(parents=True, exist_ok=True)
        # One bad pack must not keep everything else from being saved; its snapshots are named below.
        with contextlib.suppress(FileNotFoundError):
            shutil.copyfile(snapshots.folder / pack, target)
    copies = SnapshotStore(folder / "snapshots")
    copied = 0
    for digest, place in found.items():
        try:
            copies.read(digest, place)
        except SnapshotCorrupt:
            problems.append(f"snapshot {digest.hex()} is missing or damaged in the archive itself")
        else:
            copied += 1
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    return BackupReport(str(folder), articles, copied, size, problems)


def _dump_postgres(database: Database, target: Path) -> None:
    tool = shutil.which("pg_dump")
    if tool is None:
        raise ArchiveError("a PostgreSQL archive is copied by pg_dump, which was not found: install postgresql-client")
    url = database.url.set(drivername="postgresql")._replace(password=None)  # set() takes None for "as it is"
    environment = dict(os.environ)
    if database.url.password is not None:
        environment["PGPASSWORD"] = str(database.url.password)  # not on the command line, where everyone can read it
    done = subprocess.run(
        [tool, "--format=custom", f"--file={target}", "--dbname", url.render_as_string(hide_password=False)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()
        raise ArchiveError(f"pg_dump failed: {said[-1] if said else f'exit code {done.returncode}'}")


# --- upgrade ----------------------------------------------------------------------------------------------------------


def upgrade(url: str, now: datetime) -> tuple[str | None, str]:
    """See ``Archive.upgrade``."""
    database = Database(url)
    try:
        if database.is_sqlite:
            make_folder(database)
        return migrate(database, now)
    finally:
        database.close()
