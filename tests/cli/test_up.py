"""``zhiwen up`` and ``zhiwen status`` as they are called."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from archive.archive import Archive
from archive.clock import utc_now
from archive.scheduling import NewColumn, Pick
from cli.up import tell_result
from scheduler.runner import CrawlResult
from scheduler.watchdog import EXIT_AILING


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def watched(data: Path) -> Iterator[Archive]:
    """An archive over which somebody keeps watch: two columns, one under way, one of an unpleasant name."""
    data.mkdir()
    now = utc_now()
    with Archive(f"sqlite:///{data / 'zhiwen.db'}", data) as archive:
        columns = [
            NewColumn("news", f"http://news.example/{n}/", name, "interval", "every 1h", now, "new", 3600)
            for n, name in enumerate(("要闻", "公示\x1b[31m"))
        ]
        archive.keep_schedules(f"host-{os.getpid()}-abc", columns)
        first = archive.schedules()[0]
        archive.claim_slots("host-1-abc", [Pick(first.id, first.version, now)])
        archive.progress(archive.open_run("news", "scheduled"), {"requests": 12, "new": 3})
        yield archive


def test_status_shows_who_keeps_watch_what_runs_and_what_is_next(zhiwen: Callable[..., Any], watched: Archive) -> None:
    result = zhiwen("status")
    assert result.code == 0
    assert f"process {os.getpid()} on" in result.out and "keeps watch" in result.out
    assert "\tscheduled\t" in result.out and "\t12\t3\t" in result.out
    assert "公示[31m" in result.out and "\x1b" not in result.out
    assert "1 claimed" in result.out


def test_status_for_programs_is_one_document(zhiwen: Callable[..., Any], watched: Archive) -> None:
    result = zhiwen("status", "--json")
    found = json.loads(result.out)
    assert result.code == 0
    assert found["watched"] is True
    assert [one["alive"] for one in found["instances"]] == [True]
    assert [run["site"] for run in found["running"]] == ["news"]
    assert [visit["column"] for visit in found["next_visits"]] == ["公示\x1b[31m"]
    assert found["visits_of_last_day"] == {"claimed": 1}
    assert found["database_bytes"] > 0


def test_status_without_anybody_says_what_to_do_and_fails(zhiwen: Callable[..., Any], data: Path) -> None:
    data.mkdir()
    long_ago = utc_now() - timedelta(hours=1)
    with Archive(f"sqlite:///{data / 'zhiwen.db'}", data, clock=lambda: long_ago) as archive:
        archive.keep_schedules("dead-1-abc")
    result = zhiwen("status")
    assert result.code == 1
    assert "is dead" in result.out
    assert "nobody keeps watch: start `zhiwen up`." in result.out


def test_status_without_an_archive_says_where_it_looked(zhiwen: Callable[..., Any], data: Path) -> None:
    result = zhiwen("status")
    assert result.code == 1
    assert f"there is no archive in {data}" in result.err


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--listen", "nowhere"], "up.listen: 'nowhere' is no address to listen on"),
        (["--jobs", "0"], "greater than or equal to 1"),
    ],
)
def test_up_that_cannot_start_says_why(zhiwen: Callable[..., Any], options: list[str], says: str) -> None:
    result = zhiwen("up", *options)
    assert result.code in (1, 2)
    assert says in result.out + result.err


def test_up_keeps_away_from_the_demo(zhiwen: Callable[..., Any], data: Path) -> None:
    data.mkdir()
    (data / "demo.txt").touch()
    result = zhiwen("up", "--once")
    assert result.code == 1
    assert "the demo's archive" in result.err


def test_run_that_ended_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    counts = {"list_pages": 2, "new": 3, "changed": 1}
    tell_result(CrawlResult("zgnt", "partial", "one page\x1b", counts, {}, [], 0, Path("x.log")))
    said = capsys.readouterr().out
    assert "zgnt: partial: 2 lists, 3 new, 1 changed. one page" in said
    assert "\x1b[3" not in said.partition("one page")[2][:3]


def test_exit_code_of_a_dead_clock_is_one_that_says_try_again() -> None:
    assert os.EX_TEMPFAIL == EXIT_AILING
