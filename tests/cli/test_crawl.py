"""crawl and demo: real crawls of the little web on loopback, and what is said when none can start."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.archive import Archive
from cli.crawl import DEMO_MARKER
from seeds.replica.server import ReplicaServer


@pytest.fixture
def replica(monkeypatch: pytest.MonkeyPatch) -> Iterator[ReplicaServer]:
    """The little web, and settings that lead to it."""
    with ReplicaServer() as server:
        monkeypatch.setenv("ZHIWEN_FETCH__RESOLVE", json.dumps(server.resolve_map()))
        monkeypatch.setenv("ZHIWEN_FETCH__DELAY_SECONDS", "0")
        yield server


def test_crawl_stores_articles_and_tells_what_it_did(zhiwen, replica, tmp_path: Path) -> None:
    result = zhiwen("crawl", "liaocheng", "--limit", "5", "--json")
    (run,) = [json.loads(line) for line in result.out.splitlines()]
    assert (result.code, run["site"], run["counts"]["new"]) == (0, "liaocheng", 5), run
    assert json.loads(zhiwen("search", "--json").out)["total"] == 5
    assert Path(run["log"]).is_relative_to(tmp_path / "data" / "logs")


def test_table_tells_people_counts_and_reasons(zhiwen, replica) -> None:
    result = zhiwen("crawl", "liaocheng", "--limit", "2")
    assert "liaocheng: crawling" in result.out
    assert "site\tlists\tnew" in result.out
    assert "\x1b" not in result.out


def test_dry_run_stores_nothing(zhiwen, replica, tmp_path: Path) -> None:
    result = zhiwen("crawl", "zgnt", "--dry-run", "--limit", "2")
    assert result.code == 0, result.out
    assert not (tmp_path / "data" / "zhiwen.db").exists()


def test_check_live_shows_what_is_read_field_by_field(zhiwen, replica, tmp_path: Path) -> None:
    report = json.loads(zhiwen("sites", "check", "liaocheng", "--live", "--json").out)["sites"][0]
    assert report["ok"] is True
    assert 0 < len(report["articles"]) <= 3
    assert all(article["title"] and article["characters"] for article in report["articles"])
    assert not (tmp_path / "data" / "zhiwen.db").exists()


def test_site_without_an_address_is_skipped_with_a_word(zhiwen, replica) -> None:
    result = zhiwen("crawl", "quality_portal", "liaocheng", "--limit", "1")
    assert result.code == 1  # it was asked for by name
    assert "skipped: quality_portal has no address yet" in result.err
    alone = zhiwen("crawl", "quality_portal")
    assert alone.code == 1
    assert "no site to crawl" in alone.err


def test_unknown_site_names_the_nearest_and_crawls_nothing(zhiwen, replica, tmp_path: Path) -> None:
    result = zhiwen("crawl", "zgnt", "chinajll")
    assert result.code == 2
    assert "there is no site 'chinajll'. Did you mean chinajl" in result.err
    assert replica.requests.total == 0


def test_second_crawl_of_one_site_is_told_who_holds_it(zhiwen, replica, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    with Archive(f"sqlite:///{folder / 'zhiwen.db'}", folder) as archive:
        archive.open_run("liaocheng", "manual")
        result = zhiwen("crawl", "liaocheng", "--json")
    run = json.loads(result.out)
    assert (result.code, run["verdict"]) == (1, "held")
    assert f"process {os.getpid()}" in run["reason"]


def test_unreachable_site_fails_with_a_clear_reason(zhiwen, monkeypatch) -> None:
    monkeypatch.setenv("ZHIWEN_FETCH__RESOLVE", json.dumps({"www.zgnt.net": "127.0.0.1:1"}))
    monkeypatch.setenv("ZHIWEN_FETCH__RETRIES", "0")
    monkeypatch.setenv("ZHIWEN_FETCH__DELAY_SECONDS", "0")
    result = zhiwen("crawl", "zgnt")
    assert result.code == 1
    assert "zgnt: " in result.out
    assert "Traceback" not in result.out + result.err


def test_unusable_data_folder_is_one_sentence(zhiwen, tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("ZHIWEN_DATA_DIR", str(tmp_path / "file" / "data"))
    result = zhiwen("crawl", "zgnt")
    assert result.code == 1
    assert result.err.count("\n") == 1
    assert "Traceback" not in result.err


def test_full_disk_is_told_before_anything_starts(zhiwen, replica, monkeypatch) -> None:
    monkeypatch.setattr("cli.crawl.MIN_FREE_BYTES", 2**62)
    result = zhiwen("crawl", "zgnt")
    assert result.code == 1
    assert "MB are free" in result.err
    assert replica.requests.total == 0


def test_nothing_real_is_crawled_into_the_archive_of_the_demo(zhiwen, replica, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / DEMO_MARKER).touch()
    result = zhiwen("crawl", "zgnt")
    assert result.code == 1
    assert "invented articles" in result.err


def test_interrupted_crawl_keeps_what_it_stored_and_ends_with_130(replica, zhiwen, monkeypatch) -> None:
    monkeypatch.setenv("ZHIWEN_FETCH__DELAY_SECONDS", "0.05")
    command = [sys.executable, "-m", "cli.main", "crawl", "liaocheng", "zgnt", "--jobs", "1"]
    crawl = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert crawl.stdout is not None
    assert crawl.stdout.readline() == "liaocheng: crawling\n"
    crawl.send_signal(signal.SIGINT)
    out, err = crawl.communicate(timeout=60)
    assert crawl.returncode == 130, out + err
    assert "Traceback" not in out + err
    (run,) = json.loads(zhiwen("runs", "--json").out)["runs"]
    assert (run["site"], run["verdict"]) == ("liaocheng", "interrupted")
    assert json.loads(zhiwen("search", "--json").out)["total"] == run["counts"].get("new", 0)


def test_a_column_is_of_one_site_and_named_as_the_site_file_names_it(zhiwen, tmp_path: Path) -> None:
    refused = zhiwen("crawl", "zgnt", "--column", "南通时事")
    assert (refused.code, "zgnt has no column '南通时事'. Did you mean 南通时政?" in refused.err) == (2, True)
    assert "name it, as in `zhiwen crawl SITE --column NAME`" in zhiwen("crawl", "--column", "南通时政").err
    assert not (tmp_path / "data").exists()
