"""Alarms of crawls: raised when due, none without need. One site through everything that may befall its lists."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from archive.clock import utc_now
from archive.sights import SightRecord
from config.settings import Settings
from scheduler.examination import Examined, examine
from seeds.load import load_sites
from seeds.replica.model import Page
from seeds.replica.scenes import in_scene

SCENES = {
    # what befalls the site: the verdict of its run, and the alarm it must raise
    "challenge": ("blocked", "blocked"),
    "redesigned": ("no links", "no links"),
    "empty lists": ("soft 404", "soft 404"),
    "robots forbids": ("robots", "robots"),
}
SUBJECTS = ("电梯安全筛查", "酱菜制作规程", "电子秤免费检定", "首席质量官培训", "检测机构开放日")
TEXT = "{0}历时两周，查出并改正问题三十四处；有关负责人说，{0}将继续推进，结果向社会公布，欢迎市民监督，意见当日答复。"


class Watched:
    """A town that is crawled for real once in each scene; further visits see the same again."""

    def __init__(self, town: Any) -> None:
        self.town = town
        self.paths = [f"/news/2026/03/t{number}05.html" for number in range(5)]
        for path, subject in zip(self.paths, SUBJECTS, strict=True):
            town.article(path, f"城关区开展{subject}工作", [TEXT.format(subject)] * 2)
        town.column(*self.paths)
        self.well = {**town.pages, "/robots.txt": (404, b"", {})}
        self.reader = town.reader()
        self.archive = self.reader.archive
        self.sites = load_sites([town.folder / "sites"])
        self.list_url = self.sites["town"].lists[0].url
        self.day = 0.0
        self.archive._clock = lambda: utc_now() + timedelta(days=self.day)

    def befalls(self, scene: Any) -> None:
        """From now on the site is in this scene; None: it is well."""
        for path, (status, body, headers) in self.well.items():
            kind = {"/news/": "list", "/robots.txt": "robots"}.get(path, "article")
            page = Page(status, body, kind=kind)
            shown = in_scene(scene, page, path) if scene else page
            self.town.pages[path] = (shown.status, shown.content, {**headers, "Content-Type": shown.content_type})

    def crawl(self, *arguments: str) -> Any:
        self.day += 1.2
        return self.reader.crawl("town", *arguments, days=self.day)

    def see_again(self, verdict: str, sight: Any, visits: int = 1) -> None:
        """Further visits, a day apart, that see what a run has seen."""
        names = set(SightRecord.__dataclass_fields__)
        for _ in range(visits):
            self.day += 1
            run = self.archive.open_run("town", "scheduled")
            values = {name: value for name, value in asdict(sight).items() if name in names}
            seen = SightRecord(**{**values, "at": self.archive._clock(), "new": 0, "read": 0})
            self.archive.close_run(run, verdict, sights=[seen])

    def last_sight(self) -> Any:
        return self.archive.sights("town", [self.list_url])[self.list_url][-1]

    def examine(self) -> Examined:
        return examine(self.archive, self.sites, Settings(), self.archive._clock())


def test_each_trouble_has_its_verdict_and_one_alarm_that_ends_when_the_site_is_well(town: Any) -> None:
    watched = Watched(town)
    assert watched.crawl().verdict == "ok"
    usual = watched.last_sight()
    assert (usual.links, usual.new, usual.read, usual.cause) == (5, 5, 5, "")
    assert usual.fields == {"title": 1, "published_at": 1, "source": 1, "author": 0, "body": 1}
    assert usual.body_chars and usual.newest
    watched.see_again("ok", usual, visits=14)
    assert watched.examine().opened == [], "a site that is well"
    for scene, (verdict, kind) in SCENES.items():
        watched.befalls(scene)
        crawled = watched.crawl()
        assert crawled.verdict == verdict, (scene, crawled.reason, crawled.log)
        ill = watched.last_sight()
        assert ill.cause and ill.detail, scene
        watched.see_again(verdict, ill, visits=2)
        (alarm,) = watched.examine().opened
        assert (alarm.kind, alarm.column, alarm.frozen) == (kind, "要闻", False), scene
        assert alarm.step and any(ill.detail in sentence for sentence in alarm.evidence), scene
        watched.befalls(None)
        watched.see_again("ok", usual, visits=14)
        (over,) = watched.examine().closed
        assert (over.id, over.closed_because[:23]) == (alarm.id, "the list was read again"), scene
    assert len(watched.archive.alarms(closed=True)) == len(SCENES)


def test_articles_that_lead_to_notes_are_a_soft_404_and_one_alarm_that_the_run_raises(town: Any) -> None:
    watched = Watched(town)
    watched.crawl()
    watched.befalls("soft gone")
    crawled = watched.crawl("-a", "revisit=1")
    assert crawled.verdict == "soft 404", crawled.log
    assert watched.examine().opened == []
    (alarm,) = watched.archive.alarms()
    assert (alarm.kind, alarm.severity, alarm.frozen) == ("missing", 2, False)
    watched.befalls(None)
    assert watched.crawl("-a", "revisit=1").verdict == "ok"
    assert watched.archive.alarms() == []
    assert all(one.article.revision == 1 and one.article.state == "live" for one in watched.archive.export())


def test_list_that_shrinks_to_less_than_its_own_history_is_drift(town: Any) -> None:
    watched = Watched(town)
    watched.crawl()
    watched.see_again("ok", watched.last_sight(), visits=5)
    watched.town.column(watched.paths[0], watched.paths[1])
    crawled = watched.crawl()
    assert crawled.verdict == "drift", crawled.log
    assert crawled.reason == "要闻: 2 links on the list, 5 and more are usual."
