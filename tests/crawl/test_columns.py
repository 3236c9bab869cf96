"""Runs of chosen columns: only they are asked for, judged and known to the plan."""

from __future__ import annotations

import json
from typing import Any

from archive.archive import Archive
from config.settings import Settings
from crawler.extensions.backlog import SMALL_BACKLOG, due_articles
from scheduler.timetable import Timetable
from seeds.load import load_site

NEWS, NOTES = "http://www.town.example/news/", "http://www.town.example/notes/"


def two_columns(town: Any) -> Any:
    """The town with a second column, and a user of it."""
    file = town.folder / "sites" / "town.toml"
    text = file.read_text("utf-8").replace("min_articles = 1", "min_articles = 20")
    file.write_text(
        text.replace("[list_layout]", '[[lists]]\ncolumn = "通知"\nurl = "/notes/"\n[list_layout]'), "utf-8"
    )
    town.column("/news/1.html")
    town.pages["/notes/"] = (200, town.pages["/news/"][1].replace(b"/news/1.html", b"/notes/2.html"), {})
    for path, title in (("/news/1.html", "城关区召开质量强区推进会"), ("/notes/2.html", "关于申报区长质量奖的通知")):
        town.article(path, title, [f"{title}，各街道和园区企业应在月底前完成自查并报送材料。" * 3])
    return town.reader()


def test_a_run_of_one_column_asks_for_it_alone_and_is_not_judged_by_the_links_of_all(town: Any) -> None:
    reader = two_columns(town)
    crawled = reader.crawl("town", "-a", f"lists={NEWS}")
    assert (crawled.code, crawled.verdict) == (0, "ok"), crawled.reason
    assert "/news/" in town.asked and "/notes/" not in town.asked
    (run,) = reader.archive.runs("town")
    assert run.options == {"lists": [NEWS]}
    reader.archive.close()
    everything = town.reader("all")
    assert everything.crawl("town").verdict == "drift", "of all columns together twenty links are usual"
    everything.archive.close()


def test_a_column_that_is_none_is_refused_with_the_nearest(town: Any) -> None:
    reader = two_columns(town)
    crawled = reader.crawl("town", "-a", "lists=http://www.town.example/note/")
    assert crawled.code == 2
    assert "is no list of this site: did you mean http://www.town.example/notes/?" in crawled.log
    assert town.asked == []
    reader.archive.close()


def test_a_crawl_by_hand_counts_as_a_visit_of_what_it_has_read(town: Any) -> None:
    reader = two_columns(town)
    settings = Settings(data_dir=reader.data_dir)
    site = load_site(town.folder / "sites" / "town.toml")
    table = Timetable(reader.archive, {"town": site}, settings, "test")
    table.refresh()
    reader.crawl("town", "-a", f"lists={NOTES}")
    table.refresh()
    visited = {row.list_url: row.last_visit_at for row in reader.archive.schedules("town")}
    assert visited[NEWS] is None
    assert visited[NOTES] is not None
    (visit,) = reader.archive.visits(["town"], visited[NOTES])
    assert (visit.column, visit.links, len(visit.articles)) == ("通知", 1, 1)
    reader.archive.close()


def test_the_run_says_its_number_to_whoever_has_started_it(town: Any) -> None:
    reader = two_columns(town)
    _, output, _ = reader.warm.run("crawl", "town", environment=reader.environment)
    lines = [json.loads(line) for line in output.splitlines()]
    assert {line["run"] for line in lines} == {reader.archive.runs("town")[0].id}
    reader.archive.close()


class Backlog:
    """An archive with so many due pages, whose last good run began so many hours ago."""

    def __init__(self, due: int, hours: float | None) -> None:
        from datetime import UTC, datetime, timedelta
        from types import SimpleNamespace

        self._now = datetime(2026, 11, 16, tzinfo=UTC)
        self._due = list(range(due))
        ran = [] if hours is None else [SimpleNamespace(verdict="ok", started_at=self._now - timedelta(hours=hours))]
        self._runs = [SimpleNamespace(verdict="failing", started_at=self._now), *ran]

    def now(self) -> Any:
        return self._now

    def due(self, site: str, by: Any, most: int) -> list[int]:
        return self._due[:most]

    def runs(self, site: str, limit: int) -> Any:
        return self._runs


def test_scheduled_runs_share_a_large_backlog_by_the_time_between_them() -> None:
    def taken(due: int, hours: float | None, *, spread: bool = True) -> int:
        backlog: Any = Backlog(due, hours)
        archive: Archive = backlog
        return len(due_articles(archive, "town", backlog.now(), 5000, spread=spread))

    assert taken(1200, 0.5, spread=False) == 1200, "by hand all of it is taken"
    assert taken(SMALL_BACKLOG, 0.1) == SMALL_BACKLOG
    assert taken(1200, 0.5) == 100
    assert taken(1200, 0.01) == SMALL_BACKLOG
    assert taken(1200, 6) == taken(1200, 48) == taken(1200, None) == 1200
