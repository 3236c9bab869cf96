"""health and alarms: what is wrong, worst first, with evidence and the next step; and what was wrong before."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from archive.answers import AlarmRow
from archive.archive import Archive
from archive.clock import utc_now
from archive.records import FailureRecord, StoreBatch
from archive.scheduling import NewColumn
from archive.sights import SightRecord
from archive.words import NOTE
from cli.complaints import NEEDS_A_HAND, Complaint, nobody_watches, worst_first
from cli.health import chosen_evidence, tell_alarms
from crawler.reading.urls import url_key
from scheduler.examination import Examined

LIST = "http://www.cinic.org.cn/xw/cjxw/"


@pytest.fixture
def archive(filled) -> Iterator[Archive]:
    with Archive(f"sqlite:///{filled.folder / 'zhiwen.db'}", filled.folder) as opened:
        yield opened


@pytest.fixture
def visit(archive):
    """One run of cinic some hours ago, with what it saw of its first column."""

    def run(hours_ago: float, verdict: Any = "ok", **seen: Any) -> None:
        now = utc_now() - timedelta(hours=hours_ago)
        archive._clock = lambda: now
        handle = archive.open_run("cinic", "manual")
        archive.close_run(handle, verdict, sights=[SightRecord("产经新闻", LIST, now, **seen)])

    return run


WALL = {"cause": "blocked", "detail": "block page: 安全验证\x1b[31m"}


def test_failed_run_is_a_complaint_with_its_words_and_ends_with_1(zhiwen, filled) -> None:
    result = zhiwen("health")
    assert result.code == 1
    assert result.out.startswith("1 serious; worst first.\n")
    assert "1. serious: cinic: no links, since" in result.out
    assert "Run 2: 1 list page without a link: the page shows 新版频道." in result.out
    assert "-> Compare the quoted text with the site: `zhiwen sites check cinic --live`" in result.out
    assert (
        "quarantine: zgnt: blocked: http://www.zgnt.net/content/2026-03/06/content_3.htm: the page says" in result.out
    )
    assert "1 site well: zgnt." in result.out
    assert "not live: quality_portal." in result.out
    assert "\x1b" not in result.out


def test_health_as_json_names_complaints_sites_and_quarantine(zhiwen, filled) -> None:
    state = json.loads(zhiwen("health", "--json").out)
    sites = {site["site"]: site for site in state["sites"]}
    assert state["ok"] is False
    (complaint,) = state["complaints"]
    assert (complaint["severity"], complaint["kind"], complaint["site"]) == (2, "no links", "cinic")
    assert sites["cinic"]["state"] == "alarm"
    assert len(sites["cinic"]["alarms"]) == 1
    assert sites["zgnt"]["state"] == "ok"
    assert sites["zgnt"]["remarks"][-1] == "in quarantine: blocked 1"
    assert sites["liaocheng"]["state"] == "never crawled"
    assert [row["cause"] for row in state["quarantine"]] == ["blocked"]


def test_only_the_sites_named_are_told_of_and_an_unknown_one_is_refused(zhiwen, filled) -> None:
    result = zhiwen("health", "zgnt")
    assert result.code == 0
    assert "cinic" not in result.out
    assert zhiwen("health", "zgntt").code == 2


def test_health_examines_and_an_alarm_stands_once_in_place_of_the_run(zhiwen, visit, monkeypatch) -> None:
    # As outside of pytest, where warnings that nobody handles go to the terminal.
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    visit(30, links=20, new=1)
    visit(20, "blocked", **WALL)
    visit(10, "blocked", **WALL)
    result = zhiwen("health")
    assert result.code == 1
    assert result.err == "", "the alarm is told once, in the list"
    assert result.out.count("cinic · 产经新闻: blocked, since") == 1
    assert "Run " not in result.out
    assert f"   > {LIST}\n" in result.out
    assert "block page: 安全验证" in result.out
    assert "\x1b" not in result.out
    visit(1, links=20, new=2)
    assert zhiwen("health").code == 0
    (alarm,) = json.loads(zhiwen("alarms", "--closed", "--json").out)["alarms"]
    assert (alarm["kind"], alarm["column"]) == ("blocked", "产经新闻")
    assert alarm["closed_because"].startswith("the list was read again")
    told = zhiwen("alarms", "--closed", "cinic").out
    assert "Over: the list was read again" in told


def test_who_looks_with_other_site_files_ends_no_alarm(zhiwen, visit, tmp_path, monkeypatch) -> None:
    visit(30, links=20, new=1)
    visit(20, "blocked", **WALL)
    visit(10, "blocked", **WALL)
    assert zhiwen("health").code == 1
    folder = tmp_path / "others"
    folder.mkdir()
    (folder / "cinic.toml").write_text("enabled = false\n", "utf-8")
    monkeypatch.setenv("ZHIWEN_SITES__PATHS", str(folder))
    zhiwen("health")
    (alarm,) = json.loads(zhiwen("alarms", "--json").out)["alarms"]
    assert (alarm["kind"], alarm["closed_at"]) == ("blocked", None)


def test_without_alarms_their_history_ends_with_3_and_an_unknown_site_with_2(zhiwen, filled) -> None:
    assert zhiwen("alarms").code == 3
    assert zhiwen("alarms", "zgnt").code == 3
    assert zhiwen("alarms", "zgntt").code == 2


def test_backup_that_is_asked_stays_as_it_was(zhiwen, visit, tmp_path) -> None:
    for hours in (20, 10):
        visit(hours, "blocked", **WALL)
    assert zhiwen("db", "backup", "copy").code == 0
    before = (tmp_path / "copy" / "zhiwen.db").read_bytes()
    zhiwen("--data", "copy", "health")
    assert (tmp_path / "copy" / "zhiwen.db").read_bytes() == before


def test_hundreds_of_pages_in_quarantine_are_one_line_per_cause(zhiwen, filled, archive) -> None:
    run = archive.open_run("zgnt", "manual")
    urls = [f"http://www.zgnt.net/content/2026-03/07/content_{number}.htm" for number in range(200)]
    failures = [FailureRecord("zgnt", url, url_key(url), "article", "timeout", "no answer.") for url in urls]
    archive.store(run, StoreBatch(failures=failures))
    archive.close_run(run, "partial", "200 pages in quarantine")
    lines = [line for line in zhiwen("health").out.splitlines() if line.startswith("quarantine")]
    assert len(lines) == 2
    assert lines[0].startswith("quarantine: zgnt: timeout: 200 pages, such as http://www.zgnt.net/")
    assert len([line for line in zhiwen("health", "--all").out.splitlines() if line.startswith("quarantine")]) == 11


def test_failing_site_says_how_slowly_it_is_asked_now(zhiwen, filled, archive) -> None:
    due = utc_now() + timedelta(hours=3)
    archive.keep_schedules("here", [NewColumn("cinic", LIST, "产经新闻", "interval", "6h", due, "x", 12 * 3600)])
    (row,) = archive.schedules("cinic")
    from archive.scheduling import Change

    archive.keep_schedules("here", changes=[Change(row.id, row.version, {"failures": 4})])
    assert "Asked more slowly after 4 visits in vain: next " in zhiwen("health").out


def complaint(severity: int, **values: Any) -> Complaint:
    about = {"kind": "failing", "site": "a", "column": "", "since": None, "reason": "x", "evidence": [], "step": ""}
    return Complaint(severity, **{**about, **values})


def test_worst_come_first_frozen_sites_before_all_and_old_troubles_before_new_ones() -> None:
    old, new = (datetime(2026, 3, day, tzinfo=UTC) for day in (1, 2))
    rows = [
        complaint(4, site="hand"),
        complaint(2, site="new", since=new),
        complaint(1, site="walled", since=old),
        complaint(2, site="old", since=old),
        complaint(1, site="taken", since=new, frozen=True),
    ]
    assert [one.site for one in worst_first(rows)] == ["taken", "walled", "old", "new", "hand"]
    assert [one.site for one in rows if one.severity > NEEDS_A_HAND] == ["hand"]


def test_what_is_worth_a_note_is_not_told_as_an_alarm_after_a_crawl(capsys) -> None:
    alarm = AlarmRow(
        id=1,
        site="cinic",
        column="产经新闻",
        kind="moved",
        severity=NOTE,
        frozen=False,
        reason="the list shows old articles alone",
        evidence=[],
        pages=[],
        run_id=None,
        opened_at=utc_now(),
        seen_at=utc_now(),
        times=1,
        closed_at=None,
        closed_because="",
    )
    tell_alarms(Examined(opened=[alarm, replace(alarm, kind="blocked", severity=NOTE - 1, reason="a wall")]))
    assert capsys.readouterr().out.splitlines() == [
        "cinic · 产经新闻: note: moved: the list shows old articles alone",
        "cinic · 产经新闻: alarm: blocked: a wall",
    ]


def test_evidence_shown_is_the_address_and_two_unlike_quotations() -> None:
    evidence = [
        "policy: the list answers with a block page",
        LIST,
        "2026-03-02 10:00: 安全验证",
        "2026-03-02 04:00: 安全验证",
        "2026-03-01 22:00: 访问频繁",
    ]
    assert chosen_evidence(evidence) == [LIST, evidence[2], evidence[4]]
    assert chosen_evidence(["a page of notes"]) == ["a page of notes"]


def test_that_nobody_keeps_watch_is_one_complaint_and_none_while_somebody_does(archive) -> None:
    now = utc_now()
    due = now - timedelta(hours=5)
    archive._clock = lambda: now - timedelta(hours=4)
    columns = [NewColumn("cinic", f"{LIST}{place}", "x", "interval", "6h", due, "x", 3600.0) for place in range(3)]
    archive.keep_schedules("here", columns)
    schedules, instances = archive.schedules(), archive.instances()
    told = nobody_watches(schedules, instances, now)
    assert told is not None
    assert told.reason.startswith("3 columns are due and no scheduler runs; the last sign of life")
    assert nobody_watches(schedules, instances, now - timedelta(hours=4)) is None, "one was alive"
    assert nobody_watches([], instances, now) is None, "nothing is planned"
    assert nobody_watches(schedules, [], due + timedelta(hours=1)) is None, "not for long yet"
