"""A copy of the whole archive while it is in use, and the way back.

A backup is a folder: the database (``zhiwen.db``, or ``zhiwen.dump`` of PostgreSQL), ``snapshots/``, the user's own
site files, and ``backup.json``, which says what it is.
"""

from __future__ import annotations

import contextlib
import filecmp
import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select, text, update
from sqlalchemy.engine import URL

from archive import postgres_tools
from archive.database import VERSIONS, Database, copy_sqlite, parse_url, schema_version
from archive.errors import ArchiveError, DatabaseTooNew, DiskFull, SnapshotCorrupt
from archive.maintenance import all_places, sqlite_problems
from archive.models import Article, Page, Run, SiteLease, SnapshotPlace, table
from archive.reports import BackupReport, RestoreReport
from archive.runs import reap_orphans
from archive.snapshots import Place, SnapshotStore, out_of_room

_article, _page, _run, _lease, _snapshot = (table(model) for model in (Article, Page, Run, SiteLease, SnapshotPlace))

SQLITE, POSTGRESQL, ABOUT = "zhiwen.db", "zhiwen.dump", "backup.json"
_SITES = "sites"

Told = Callable[[str, int, int], None]


# --- backup -----------------------------------------------------------------------------------------------------------


def backup(
    database: Database, snapshots: SnapshotStore, data_dir: Path, path: Path, now: datetime, told: Told
) -> BackupReport:
    """See ``Archive.backup``. The folder appears under its name when it is complete.

    The database is copied first: every snapshot it names was written before, and none is taken away meanwhile.
    """
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise ArchiveError(f"{path} is already there: name a new folder for the backup")
    partial = path.with_name(f"{path.name}.partial")
    try:
        with _plain_errors(f"the backup {path}"), snapshots.kept_whole() as alive:
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir(parents=True)
            articles, places = _copy_database(database, partial)
            _copy_packs(snapshots, partial / "snapshots", {place.pack for place in places.values()}, alive, told)
            if (data_dir / _SITES).is_dir():
                shutil.copytree(data_dir / _SITES, partial / _SITES)
            bad = _unreadable(SnapshotStore(partial / "snapshots"), places, told)
            problems = [f"snapshot {digest.hex()} is missing or damaged in the archive itself" for digest in bad]
            about = {
                "schema": VERSIONS[-1],
                "made_at": now.isoformat(),
                "articles": articles,
                "snapshots": len(places),
                "bad_snapshots": len(bad),
            }
            (partial / ABOUT).write_text(json.dumps(about, indent=1) + "\n", "utf-8")
            size = sum(file.stat().st_size for file in partial.rglob("*") if file.is_file())
            partial.replace(path)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return BackupReport(str(path), articles, len(places) - len(bad), size, problems)


def _copy_database(database: Database, folder: Path) -> tuple[int, dict[bytes, Place]]:
    """Copy it; how many articles the copy holds, and where its snapshots lie."""
    if not database.is_sqlite:
        with database.read() as connection:
            # The copy sees what this transaction sees; that takes longer than a transaction may otherwise be idle.
            connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
            found = _articles(connection), all_places(connection)
            seen = str(connection.execute(text("SELECT pg_export_snapshot()")).scalar_one())
            postgres_tools.dump(database, folder / POSTGRESQL, seen)
        return found
    copy_sqlite(database, folder / SQLITE)
    with contextlib.closing(Database(f"sqlite:///{folder / SQLITE}")) as copy, copy.read() as connection:
        if problem := next(sqlite_problems(connection), None):
            raise ArchiveError(f"the copy is not sound: {problem}")
        return _articles(connection), all_places(connection)


def _articles(connection: Connection) -> int:
    return int(connection.execute(select(func.count()).select_from(_article)).scalar_one())


def _copy_packs(snapshots: SnapshotStore, target: Path, packs: set[str], alive: Callable[[], None], told: Told) -> None:
    for number, pack in enumerate(sorted(packs), 1):
        (target / pack).parent.mkdir(parents=True, exist_ok=True)
        # One bad pack must not keep everything else from being saved; its snapshots are named afterwards.
        with contextlib.suppress(FileNotFoundError):
            shutil.copyfile(snapshots.folder / pack, target / pack)
        if number % 100 == 1:
            alive()
        told("packs copied", number, len(packs))


def _unreadable(snapshots: SnapshotStore, places: dict[bytes, Place], told: Told) -> list[bytes]:
    bad = []
    for number, (digest, place) in enumerate(places.items(), 1):
        try:
            snapshots.read(digest, place)
        except SnapshotCorrupt:
            bad.append(digest)
        told("snapshots verified", number, len(places))
    return bad


@contextlib.contextmanager
def _plain_errors(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if out_of_room(error):
            raise DiskFull(f"no room for {what}") from error
        raise ArchiveError(f"cannot write {what}: {error.strerror or error}") from error


# --- restore ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Backup:
    """A backup's folder. ``bad`` is how many of its snapshots were bad when it was made."""

    folder: Path
    is_sqlite: bool
    bad: int

    @classmethod
    def read(cls, folder: Path) -> _Backup:
        kinds = [name for name in (SQLITE, POSTGRESQL) if (folder / name).is_file()]
        if len(kinds) != 1:
            raise ArchiveError(f"{folder} is no backup: it holds neither {SQLITE} nor {POSTGRESQL}")
        about: dict[str, Any] = {}
        with contextlib.suppress(FileNotFoundError):  # an older backup
            try:
                about = json.loads((folder / ABOUT).read_text("utf-8"))
            except ValueError as error:
                raise ArchiveError(f"{folder / ABOUT} is damaged: this is no whole backup") from error
        schema = about.get("schema", VERSIONS[0])
        if schema not in VERSIONS:
            raise DatabaseTooNew(
                f"{folder} was made by a newer Zhiwen: it has schema {schema}, this one knows {VERSIONS[-1]} at most"
            )
        return cls(folder, kinds[0] == SQLITE, int(about.get("bad_snapshots", 0)))


def restore(folder: Path, url: str, data_dir: Path, *, force: bool, now: datetime, told: Told) -> RestoreReport:
    """See ``Archive.restore``.

    Files are only added before the one step that switches from the old database to the new: a kill leaves either.
    """
    kept = _Backup.read(folder)
    target = parse_url(url)
    is_sqlite = target.get_backend_name() == "sqlite"
    if kept.is_sqlite != is_sqlite:
        kinds = {True: "SQLite", False: "PostgreSQL"}
        raise ArchiveError(
            f"{folder} is a backup of {kinds[kept.is_sqlite]}, but the archive to fill is {kinds[is_sqlite]}: "
            f"{'leave database_url empty' if kept.is_sqlite else 'set database_url to a PostgreSQL database'}"
        )
    with _plain_errors(f"the archive in {data_dir}"):
        data_dir.mkdir(parents=True, exist_ok=True)
        into = _Into(kept, data_dir, SnapshotStore(data_dir / "snapshots"), force, now, told)
        report = _restore_sqlite(into, target) if is_sqlite else _restore_postgres(into, target)
        for file in sorted((folder / _SITES).glob("*.toml")):
            (data_dir / _SITES).mkdir(exist_ok=True)
            if not (data_dir / _SITES / file.name).exists():
                shutil.copyfile(file, data_dir / _SITES / file.name)
    return report


@dataclass(frozen=True, slots=True)
class _Into:
    """What is brought back, and where to."""

    backup: _Backup
    data_dir: Path
    snapshots: SnapshotStore
    force: bool
    now: datetime
    told: Told

    @property
    def stamp(self) -> str:
        return f"{self.now:%Y%m%dT%H%M%S}"

    @property
    def aside(self) -> Path:
        """Where the old archive goes: a whole one, which can be asked and restored from."""
        return self.data_dir / f"replaced-{self.stamp}"

    def refuse_to_overwrite(self, database: Database) -> None:
        """Raises unless the archive in place is empty, or may be replaced and nobody crawls into it."""
        with database.read() as connection:
            if not any(connection.execute(select(one.c.id).limit(1)).first() for one in (_run, _page, _article)):
                return
        if not self.force:
            raise ArchiveError(
                f"{database.name} holds an archive already: restore into another folder, "
                "or use --force, which moves it aside"
            )
        reap_orphans(database, self.now)
        with database.read() as connection:
            held = select(_lease.c.site, _lease.c.pid, _lease.c.host).where(_lease.c.run_id.is_not(None))
            for site, pid, host in connection.execute(held):
                raise ArchiveError(
                    f"{site} is being crawled (process {pid} on {host}): stop that run, then restore again"
                )

    def bring_packs(self) -> dict[str, str]:
        """Put the backup's packs beside those that are there. By old name the new, where another pack has the name."""
        source = SnapshotStore(self.backup.folder / "snapshots")
        packs = [pack for pack, _ in source.packs()]
        renamed: dict[str, str] = {}
        for number, pack in enumerate(packs, 1):
            target = self.snapshots.folder / pack
            if target.exists() and not filecmp.cmp(source.folder / pack, target, shallow=False):
                name = os.urandom(16).hex()
                renamed[pack] = f"{name[:2]}/{name[2:]}.zst"
                target = self.snapshots.folder / renamed[pack]
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                temporary = target.with_name(f"{target.name}.{self.stamp}.tmp")
                shutil.copyfile(source.folder / pack, temporary)
                temporary.replace(target)
            self.told("packs brought back", number, len(packs))
        return renamed

    def verify(self, database: Database, renamed: dict[str, str]) -> RestoreReport:
        """Everything the new database names is there. Raises when more is bad than the backup itself said."""
        schema_version(database)
        if renamed:
            with database.write() as connection:
                for old, new in renamed.items():
                    connection.execute(update(_snapshot).where(_snapshot.c.pack == old).values(pack=new))
        with database.read() as connection:
            if database.is_sqlite and (problem := next(sqlite_problems(connection), None)):
                raise ArchiveError(f"the backup is not sound: {problem}")
            articles, places = _articles(connection), all_places(connection)
        bad = _unreadable(self.snapshots, places, self.told)
        problems = [f"snapshot {digest.hex()} is missing or damaged in the backup" for digest in bad]
        if len(bad) > self.backup.bad and not self.force:
            raise ArchiveError(
                f"{len(bad)} snapshots are missing or damaged in {self.backup.folder} (the first: {bad[0].hex()}); "
                "--force brings back the rest"
            )
        return RestoreReport(database.name, articles, len(places) - len(bad), problems, None)

    def keep_packs(self, packs: list[str]) -> None:
        """The old archive keeps its own snapshots: the same files under a second name."""
        for pack in packs:
            target = self.aside / "snapshots" / pack
            target.parent.mkdir(parents=True, exist_ok=True)
            _second_name(self.snapshots.folder / pack, target)


def _second_name(file: Path, target: Path) -> None:
    try:
        target.hardlink_to(file)
    except OSError:  # a file system without second names
        shutil.copyfile(file, target)


def _restore_sqlite(into: _Into, url: URL) -> RestoreReport:
    file = Path(url.database or "")
    file.parent.mkdir(parents=True, exist_ok=True)
    sound = file.exists() and _is_sound(file)
    if sound:
        with contextlib.closing(Database(str(url))) as old:
            into.refuse_to_overwrite(old)
    elif file.exists() and not into.force:
        raise ArchiveError(f"{file} is there and no archive that can be read: --force moves it aside")
    staged = file.with_name(f"{file.name}.restoring")
    for leftover in list(file.parent.glob(f"{staged.name}*")):
        leftover.unlink()
    packs = [pack for pack, _ in into.snapshots.packs()]
    shutil.copyfile(into.backup.folder / SQLITE, staged)
    renamed = into.bring_packs()
    with contextlib.closing(Database(f"sqlite:///{staged}")) as fresh:
        report = into.verify(fresh, renamed)
    report.path = str(file)
    with _alone(staged):
        pass  # one whole file, with nothing beside it
    _sync(staged)
    beside = [other for end in ("-wal", "-shm") if (other := file.with_name(file.name + end)).exists()]
    with _alone(file) if sound else contextlib.nullcontext():
        if file.exists() or beside:
            into.aside.mkdir()
            for other in (file, *beside):
                if other.exists():
                    _second_name(other, into.aside / other.name)
            into.keep_packs(packs)
            report.replaced = str(into.aside)
        for other in beside:
            other.unlink(missing_ok=True)  # what it held is in the file by now, or the file was no sound one
        staged.replace(file)
    _sync(file.parent)
    return report


def _is_sound(file: Path) -> bool:
    try:
        with contextlib.closing(Database(f"sqlite:///{file}")) as database:
            return schema_version(database) is not None
    except ArchiveError:
        return False


@contextlib.contextmanager
def _alone(file: Path) -> Iterator[None]:
    """Nobody else uses the database meanwhile; what its log held is in the file."""
    with contextlib.closing(sqlite3.connect(file, timeout=1, isolation_level=None)) as connection:
        try:
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            connection.execute("PRAGMA journal_mode=DELETE").fetchone()
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise ArchiveError(
                f"{file} is in use ({error}): stop all crawls and commands, then restore again"
            ) from error
        yield


def _sync(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _restore_postgres(into: _Into, url: URL) -> RestoreReport:
    with contextlib.closing(_postgres(url)) as old:
        is_empty = schema_version(old) is None
        if not is_empty:
            into.refuse_to_overwrite(old)
    packs = [pack for pack, _ in into.snapshots.packs()]
    renamed = into.bring_packs()
    dumped = into.backup.folder / POSTGRESQL
    if is_empty:
        postgres_tools.load(url, dumped)
        with contextlib.closing(_postgres(url)) as fresh:
            return into.verify(fresh, renamed)
    name = (url.database or "")[:40]
    staged, aside = url.set(database=f"{name}_restoring"), f"{name}_replaced_{into.stamp.lower()}"
    postgres_tools.make_database(staged)
    try:
        postgres_tools.load(staged, dumped)
        with contextlib.closing(_postgres(staged)) as fresh:
            report = into.verify(fresh, renamed)
        into.keep_packs(packs)
        postgres_tools.change_places(url, staged.database or "", aside)
    except BaseException:
        postgres_tools.drop_database(staged)
        raise
    report.path = url.render_as_string(hide_password=True)
    report.replaced = f"database {aside}, snapshots in {into.aside}"
    return report


def _postgres(url: URL) -> Database:
    return Database(url.render_as_string(hide_password=False))
