"""runs and db: what the archive says about itself."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path


def test_runs_are_listed_with_counts_verdict_and_reason(zhiwen, filled) -> None:
    result = zhiwen("runs")
    lines = result.out.splitlines()
    assert result.code == 0
    assert lines[0].split("\t")[:2] == ["run", "site"]
    assert lines[1].split("\t")[1] == "cinic"
    assert "cinic: 1 list page without a link" in result.out
    zgnt = next(line.split("\t") for line in lines if line.split("\t")[1:2] == ["zgnt"])
    assert zgnt[5:10] == ["3", "1", "0", "0", "1"]  # new, changed, unchanged, gone, quarantined


def test_runs_of_one_site_as_json(zhiwen, filled) -> None:
    (run,) = json.loads(zhiwen("runs", "--site", "zgnt", "--json").out)["runs"]
    assert (run["verdict"], run["counts"]["new"]) == ("partial", 3)


def test_no_runs_ends_with_3(zhiwen, filled) -> None:
    assert zhiwen("runs", "--site", "liaocheng").code == 3


def test_check_of_a_good_archive_finds_nothing(zhiwen, filled) -> None:
    result = zhiwen("db", "check")
    assert result.code == 0, result.out
    assert "no problems." in result.out


def test_check_names_a_missing_snapshot_and_ends_with_1(zhiwen, filled) -> None:
    lost = next((filled.folder / "snapshots").rglob("*.zst"))
    lost.unlink()
    result = zhiwen("db", "check", "--json")
    assert result.code == 1
    problems = json.loads(result.out)["problems"]
    assert problems
    assert all(lost.name in problem for problem in problems), "each snapshot of the lost file, and nothing else"


def test_backup_can_be_asked_like_the_archive(zhiwen, filled, tmp_path: Path) -> None:
    result = zhiwen("db", "backup", "copy")
    assert result.code == 0, result.err
    assert "3 articles" in result.out
    assert json.loads(zhiwen("--data", "copy", "search", "质量", "--json").out)["total"] == 2
    assert zhiwen("--data", "copy", "show", filled.ids["edited"], "--raw").code == 0
    again = zhiwen("db", "backup", "copy")
    assert again.code == 1
    assert again.err.count("\n") == 1


def test_upgrade_of_a_current_archive_has_nothing_to_do(zhiwen, filled) -> None:
    result = zhiwen("db", "upgrade")
    assert result.code == 0
    assert "nothing to do" in result.out


def test_archive_of_a_newer_version_is_refused_and_untouched(zhiwen, filled) -> None:
    file = filled.folder / "zhiwen.db"
    with sqlite3.connect(file) as database:
        database.execute("update alembic_version set version_num = '9999_from_the_future'")
    database.close()
    result = zhiwen("search", "质量")
    assert result.code == 1
    assert "newer" in result.err
    assert result.err.count("\n") == 1
