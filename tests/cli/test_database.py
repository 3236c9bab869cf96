"""``zhiwen db``: what its commands tell and leave behind."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from archive.archive import Archive
from archive.records import FailureRecord, FetchRecord, StoreBatch
from archive.snapshots import digest_of

BROKEN = "http://www.zgnt.net/content/2020-01/01/content_9.htm"
BODY = b"<html>a page that could not be read</html>"


def add_old_bytes(folder: Path) -> None:
    """A page of years ago that nothing was read from."""
    then = datetime(2020, 1, 1, tzinfo=UTC)
    fetch = FetchRecord(BROKEN, 200, then, body=BODY)
    failure = FailureRecord("zgnt", BROKEN, b"k" * 16, "article", "layout", "no title", fetch=fetch)
    with Archive(f"sqlite:///{folder / 'zhiwen.db'}", folder, clock=lambda: then) as archive:
        run = archive.open_run("zgnt", "manual")
        archive.store(run, StoreBatch(failures=[failure]))
        archive.close_run(run, "ok")


def test_old_bytes_go_unless_settings_or_site_keep_them(
    filled: Any, zhiwen: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    add_old_bytes(filled.folder)
    monkeypatch.setenv("ZHIWEN_SNAPSHOTS__KEEP_UNREFERENCED_DAYS", "forever")
    assert json.loads(zhiwen("db", "prune", "--json").out)["snapshots"] == 0
    monkeypatch.setenv("ZHIWEN_SNAPSHOTS__KEEP_UNREFERENCED_DAYS", "30")
    own = filled.folder / "sites"
    own.mkdir()
    (own / "zgnt.toml").write_text('[snapshots]\nkeep_unreferenced_days = "forever"\n', "utf-8")
    assert json.loads(zhiwen("db", "prune", "--json").out)["snapshots"] == 0
    (own / "zgnt.toml").write_text("[snapshots]\nkeep_lists_days = 400\n", "utf-8")
    would = zhiwen("db", "prune", "--dry-run")
    assert "1 snapshots would go" in would.out
    done = zhiwen("db", "prune")
    assert "1 snapshots let go" in done.out
    assert zhiwen("db", "check", "--quick").code == 0


def test_rule_for_snapshots_that_makes_no_sense_is_refused(filled: Any, zhiwen: Callable[..., Any]) -> None:
    own = filled.folder / "sites"
    own.mkdir()
    (own / "zgnt.toml").write_text("[snapshots]\nkeep_lists_days = 0\n", "utf-8")
    result = zhiwen("db", "prune")
    assert result.code == 1
    assert "zgnt.toml:2: keep_lists_days must be a number of 1 or more" in result.err


def test_backup_is_told_restored_and_never_overwrites(filled: Any, zhiwen: Callable[..., Any], tmp_path: Path) -> None:
    made = zhiwen("db", "backup", tmp_path / "copy")
    assert "Bring it back with: zhiwen db restore" in made.out
    refused = zhiwen("db", "restore", tmp_path / "copy")
    assert refused.code == 1
    assert "holds an archive already" in refused.err
    (filled.folder / "demo.txt").write_text("demo", "utf-8")
    back = zhiwen("db", "restore", tmp_path / "copy", "--force")
    assert back.code == 0
    assert "3 articles and" in back.out
    assert f"What was there before: {filled.folder / 'replaced-'}" in back.out
    assert not (filled.folder / "demo.txt").exists()
    elsewhere = json.loads(zhiwen("db", "restore", tmp_path / "copy", "--into", tmp_path / "new", "--json").out)
    assert (elsewhere["articles"], elsewhere["replaced"]) == (3, None)
    assert zhiwen("--data", tmp_path / "new", "search", "质量").code == 0


def test_backup_with_a_lost_pack_is_restored_by_force_and_told(
    filled: Any, zhiwen: Callable[..., Any], tmp_path: Path
) -> None:
    zhiwen("db", "backup", tmp_path / "copy")
    next((tmp_path / "copy" / "snapshots").glob("??/*.zst")).unlink()
    refused = zhiwen("db", "restore", tmp_path / "copy", "--into", tmp_path / "new")
    assert refused.code == 1
    assert "--force brings back the rest" in refused.err
    told = zhiwen("db", "restore", tmp_path / "copy", "--into", tmp_path / "new", "--force")
    assert told.code == 1
    assert "problem: snapshot" in told.out


def test_check_says_what_is_lost_and_what_helps(filled: Any, zhiwen: Callable[..., Any]) -> None:
    add_old_bytes(filled.folder)
    with Archive(f"sqlite:///{filled.folder / 'zhiwen.db'}", filled.folder) as archive:
        digest = digest_of(BODY).hex()
        with archive.database.read() as connection:
            packs = connection.exec_driver_sql("SELECT lower(hex(hash)), pack FROM snapshot").all()
    (pack,) = [pack for found, pack in packs if found == digest]
    os.truncate(filled.folder / "snapshots" / pack, 10)
    for arguments in (["db", "check"], ["db", "check", "--quick"]):
        result = zhiwen(*arguments)
        assert result.code == 1
        assert f"{digest} " in result.out
        assert "read from it: nothing that is kept" in result.out
        assert "→ Bytes are lost, the text read from them is not." in result.out
