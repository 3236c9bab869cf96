"""``zhiwen sites show SITE --plan``: the plan in words, as a picture, and for programs."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from archive.archive import Archive
from archive.clock import SHANGHAI
from cli.sites_plan import picture
from config.settings import load_settings
from scheduler.runner import CrawlResult
from scheduler.timetable import Timetable
from seeds.load import load_sites

MONDAY = datetime(2026, 11, 16, 9, 0, tzinfo=SHANGHAI)
FILE = """
publisher = "东湖质量报"
base_url = "http://donghu.example/"
revisit = "6h"
[[lists]]
column = "要闻"
url = "/news/"
[[lists]]
column = "公告"
url = "/notes/"
cron = "30 8,14 * * 1-5"
"""


@pytest.fixture
def donghu(tmp_path: Path) -> Any:
    """A site of two columns that a scheduler has looked at for a day; then its visits began to fail."""
    folder = tmp_path / "data" / "sites"
    folder.mkdir(parents=True)
    (folder / "donghu.toml").write_text(FILE, "utf-8")
    settings = load_settings()
    now = MONDAY
    with Archive(settings.archive_url, settings.data_dir, clock=lambda: now) as archive:
        sites = {"donghu": load_sites(settings.sites.paths)["donghu"]}
        table = Timetable(archive, sites, settings, "test", steady=lambda: now.timestamp())
        table.refresh()
        while now < MONDAY + timedelta(days=1):
            now = table.next_due()
            for assignment in table.claim(1, ()):
                verdict = "ok" if now < MONDAY + timedelta(hours=12) else "failing"
                table.ended(assignment, CrawlResult("donghu", verdict, None, {}, {}, [], 0, tmp_path))
        yield archive


def test_each_column_is_told_with_its_schedule_its_next_visits_and_why(zhiwen: Any, donghu: Any) -> None:
    shown = zhiwen("sites", "show", "donghu", "--plan")
    assert shown.code == 0, shown.err
    adaptive, _, cron = shown.out.partition("公告  http://donghu.example/notes/")
    assert "schedule  adaptive around 6h" in adaptive
    assert "backs off" in adaptive
    assert "budget" in adaptive and "visits in what is left of the day" in adaptive
    assert "nobody keeps watch: start `zhiwen up`" in adaptive
    assert "schedule  cron 30 8,14 * * 1-5" in cron
    assert "14:30" in cron.partition("then")[2]


def test_programs_get_the_same(zhiwen: Any, donghu: Any) -> None:
    told = json.loads(zhiwen("sites", "show", "donghu", "--plan", "--json").out)
    first, second = told["columns"]
    assert (first["column"], first["kind"], second["kind"]) == ("要闻", "adaptive", "cron")
    assert len(first["week"]) == 7 and len(first["week"][0]) == 24
    assert first["failures"] >= 1 and first["last_verdict"] == "failing"
    assert first["next_due_at"].endswith("+08:00")
    assert len(second["following"]) == 6 and second["budget_share"] is None
    plain = json.loads(zhiwen("sites", "show", "donghu", "--json").out)
    assert [one["schedule"] for one in plain["lists"]] == ["adaptive around 6h", "cron 30 8,14 * * 1-5"]


def test_without_an_archive_or_a_plan_it_says_what_to_do(zhiwen: Any, tmp_path: Path) -> None:
    assert "there is no archive" in zhiwen("sites", "show", "liaocheng", "--plan").err
    assert "has no address yet" in zhiwen("sites", "show", "quality_portal", "--plan").err
    settings = load_settings()
    with Archive(settings.archive_url, settings.data_dir):
        pass
    assert "not planned yet; `zhiwen up` makes the plan" in zhiwen("sites", "show", "liaocheng", "--plan").out


def test_the_picture_is_as_high_as_what_is_expected() -> None:
    week = [[0.0] * 24 for _ in range(7)]
    assert picture(week) == []
    week[0][9], week[0][14], week[2][9] = 4.0, 2.1, 0.01
    head, monday, _, wednesday, *_, scale = picture(week)
    assert head.index("9") == monday.index("█")
    assert monday.index("▅") == 5 + 2 * 14
    assert monday.endswith("  6.1") and "█" not in wednesday
    assert "█ = 4 new articles in the hour" in scale
