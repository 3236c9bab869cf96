"""The demo, whole; and that it never touches what is not its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from archive.archive import Archive
from cli.crawl import DEMO_MARKER
from cli.demo import KIND, _data_folder
from cli.output import CliError


def _archive(folder: Path, kind: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with Archive(f"sqlite:///{folder / 'zhiwen.db'}", folder) as archive:
        handle = archive.open_run("zgnt", kind)
        archive.close_run(handle, "ok")


def test_demo_tells_the_true_story_and_leaves_an_archive_to_ask(zhiwen, tmp_path: Path) -> None:
    result = zhiwen("demo")
    assert result.code == 0, result.err
    for word in ("edited", "retitled", "withdrawn", "redesigned", "challenge", "restored", "reprinted"):
        assert f"\n  {word} " in result.out, word
    state = json.loads(zhiwen("health", "--json").out)
    sites = {site["site"]: site for site in state["sites"]}
    assert [name for name, site in sites.items() if site["alarms"]] == ["cinic"]
    assert sites["zgnt"]["withdrawn"] == 1
    edited = json.loads(zhiwen("search", "--site", "liaocheng", "--limit", "100", "--json").out)["hits"]
    assert sorted(hit["revision"] for hit in edited)[-2:] == [1, 2]
    assert zhiwen("search", "质量").code == 0
    assert zhiwen("db", "check").code == 0
    assert len(json.loads(zhiwen("runs", "--json").out)["runs"]) == 15
    assert "invented articles" in zhiwen("crawl", "zgnt").err


def test_empty_data_folder_is_used_and_marked(tmp_path: Path) -> None:
    assert _data_folder(None) == tmp_path / "data"
    assert (tmp_path / "data" / DEMO_MARKER).exists()


def test_earlier_demo_is_replaced_and_other_files_stay(tmp_path: Path) -> None:
    _data_folder(None)
    _archive(tmp_path / "data", KIND)
    (tmp_path / "data" / "news.csv").touch()
    assert _data_folder(None) == tmp_path / "data"
    assert not (tmp_path / "data" / "zhiwen.db").exists()
    assert (tmp_path / "data" / "news.csv").exists()


def test_real_archive_is_left_alone_and_the_demo_moves_beside_it(tmp_path: Path) -> None:
    _archive(tmp_path / "data", "manual")
    assert _data_folder(None) == tmp_path / "data" / "demo"
    assert (tmp_path / "data" / "zhiwen.db").exists()


def test_marked_archive_with_a_real_run_in_it_is_no_demo_any_more(tmp_path: Path) -> None:
    _data_folder(None)
    _archive(tmp_path / "data", KIND)
    _archive(tmp_path / "data", "manual")
    assert _data_folder(None) == tmp_path / "data" / "demo"
    assert (tmp_path / "data" / "zhiwen.db").exists()


def test_database_server_is_never_filled_by_the_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHIWEN_DATABASE_URL", "postgresql+psycopg://127.0.0.1:1/none")
    assert _data_folder(None) == tmp_path / "data" / "demo"


def test_named_folder_that_is_not_empty_is_refused(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "file").touch()
    with pytest.raises(CliError, match="is not empty"):
        _data_folder(tmp_path / "own")
