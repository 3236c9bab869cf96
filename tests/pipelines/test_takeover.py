"""What the pipelines hold back, let go and store while a site is in doubt, on a real archive in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy.exceptions import DontCloseSpider
from scrapy.http import HtmlResponse, Request
from scrapy.spidermiddlewares.httperror import HttpError
from scrapy.utils.test import get_crawler
from twisted.python.failure import Failure

from archive.archive import Archive
from archive.clock import utc_now
from crawler.extensions.run import CrawlRun
from crawler.extensions.second_look import SecondLook, nowhere_like
from crawler.items import AnyItem, ArticleItem, FailureItem, Fetch, Link, ListPageItem, UnchangedItem
from crawler.loader import SiteSpiderLoader
from pipelines.fingerprint import FingerprintPipeline
from pipelines.normalize import NormalizePipeline
from pipelines.revision import RevisionPipeline
from pipelines.store import StorePipeline
from pipelines.takeover import TakeoverPipeline
from seeds.load import load_sites

HOST = "http://town.example"
SITE = f'''publisher = "城关质量网"
base_url = "{HOST}/"
revisit = "6h"
[[lists]]
column = "要闻"
url = "/news/"
[list_layout]
links = "li a"
'''
SHOP = "百家乐在线开户，首存优惠，返水天天有，老虎机与捕鱼达人任你选，新葡京同步开奖。"
TEXTS = (
    "执法人员检查在用电梯六百一十二台，发现维护保养不到位等隐患三十四处，已责令限期整改完毕。",
    "由三家酱园共同起草的规程通过专家审定，原料产地、腌制时间与盐度均作出明确要求。",
    "技术人员现场为商户检定电子秤一百零五台，其中四台误差超标，当场封存并更换合格衡器。",
    "培训为期三天，授课内容包括卓越绩效模式与质量成本分析，四十二家企业派员参加。",
    "二十余名居民代表参观食品检测实验室，工作人员演示了农药残留快速检测的全过程。",
    "全区十七家企业申报区长质量奖，资格审查后九家进入现场评审，结果六月公示。",
)
TITLES = ("电梯安全筛查", "酱菜有了规程", "电子秤免费检定", "首席质量官培训", "实验室开放日", "区长质量奖评审")
PUBLISHED = datetime(2026, 3, 5, 1, 30, tzinfo=UTC)
NEW = ("冬至前后的湖面", "湖面结了薄冰，几只野鸭从芦苇里钻出来，岸边的老人收起鱼竿，慢慢走回村子去了。")


class Run:
    """One run of a town's spider without a network: items go in, requests of the second look come out."""

    def __init__(self, folder: Path, days: float = 0) -> None:
        spider_class = SiteSpiderLoader(["crawler.spiders"], load_sites([folder])).load("town")
        extensions = {"crawler.extensions.run.CrawlRun": 0, "crawler.extensions.second_look.SecondLook": 1}
        self.crawler = get_crawler(spider_class, {"EXTENSIONS": extensions, "RECORD_RUN": True})
        self.crawler._apply_settings()
        self.crawler.spider = spider_class()
        self.sent: list[Request] = []
        self.stopped: list[str] = []
        self.crawler.engine = SimpleNamespace(crawl=self.sent.append, close_spider_async=self._close)  # type: ignore[assignment]
        run, look = CrawlRun.of(self.crawler), SecondLook.of(self.crawler)
        assert run is not None and look is not None
        self.run, self.look, self.days = run, look, days
        self.archive = run.archive = Archive(
            f"sqlite:///{folder / 'zhiwen.db'}", folder, clock=lambda: utc_now() + timedelta(days=days)
        )
        run.handle = run.archive.open_run("town", "manual")
        self.stages = [NormalizePipeline(), FingerprintPipeline(), RevisionPipeline(self.crawler)]
        self.stages.append(TakeoverPipeline.from_crawler(self.crawler))
        self.store = StorePipeline.from_crawler(self.crawler)

    async def _close(self, reason: str) -> None:
        self.stopped.append(reason)

    def put(self, item: AnyItem) -> AnyItem:
        """The item through all stages."""
        for stage in [*self.stages, self.store]:
            item = stage.process_item(item)
        return item

    def fetch(self, path: str, led_to: str = "") -> Fetch:
        at = utc_now() + timedelta(days=self.days)
        return Fetch(HOST + (led_to or path), HOST + path, 200, {}, f"{path} {self.days}".encode(), at)

    def article(
        self, path: str, title: str, body: str, *, known: bool = False, led_to: str = "", **more: Any
    ) -> AnyItem:
        fetch = self.fetch(path, led_to)
        values = {"published_at": PUBLISHED, **more}
        return self.put(ArticleItem(fetch.url, title, body, site="town", known=known, fetch=fetch, **values))

    def failure(self, path: str, cause: str, kind: Any = "article") -> AnyItem:
        return self.put(FailureItem("town", HOST + path, kind, cause, f"{cause} seen", 404))

    def usual_list(self) -> None:
        self.put(UnchangedItem("town", f"{HOST}/news/", "list", self.fetch("/news/"), not_modified=True))

    def answer(self, page: Callable[[Request], str | int]) -> None:
        """Let the requests of the second look have their answers: markup, or a status."""
        while self.sent:
            request = self.sent.pop(0)
            told = page(request)
            status = told if isinstance(told, int) else 200
            body = (told if isinstance(told, str) else "").encode()
            request.meta["fetched_at"] = utc_now()
            response = HtmlResponse(request.url, body=body, encoding="utf-8", status=status, request=request)
            if status == 200:
                request.callback(response)  # type: ignore[misc]
            else:
                failure = Failure(HttpError(response, "refused"))
                failure.request = request  # type: ignore[attr-defined]
                request.errback(failure)  # type: ignore[misc]

    def end(self) -> None:
        self.store.close_spider()
        assert self.run.handle is not None
        self.run._settle_alarm(self.run.handle, "ok")
        self.archive.close_run(self.run.handle, "ok")

    def states(self) -> list[tuple[str, int]]:
        return [(detail.article.state, detail.article.revision) for detail in self.archive.export(sort="oldest")]


def path_of(number: int) -> str:
    return f"/news/2026/03/t{number}05.html"


def as_stored(request: Request) -> str | int:
    """What the town shows at its own addresses."""
    for number, text in enumerate(TEXTS):
        if path_of(number) in request.url:
            return f"<html><body><h1>{TITLES[number]}</h1><p>{text}</p></body></html>"
    return 404


def taken(request: Request) -> str:
    return f"<html><body><h1>新葡京</h1><p>{SHOP * 3}</p></body></html>"


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """The folder of an archive that holds six articles."""

    (tmp_path / "town.toml").write_text(SITE, "utf-8")

    async def fill() -> None:
        run = Run(tmp_path)
        for number, text in enumerate(TEXTS):
            run.article(path_of(number), TITLES[number], text)
        run.end()
        run.archive.close()

    asyncio.run(fill())
    return tmp_path


def on(folder: Path, story: Callable[[Run], None], days: float = 1.5) -> Run:
    """One run in which ``story`` happens, ended."""

    async def go() -> Run:
        run = Run(folder, days)
        story(run)
        run.end()
        await asyncio.sleep(0)
        return run

    return asyncio.run(go())


def test_rewritten_article_waits_for_the_end_and_is_stored_when_the_others_read_as_before(town: Path) -> None:
    def story(run: Run) -> None:
        run.usual_list()
        run.article(path_of(0), *NEW, known=True)
        assert [request.url for request in run.sent if not request.meta["text"]] == [nowhere_like(HOST + path_of(0))]
        run.answer(as_stored)
        assert run.states() == [("live", 1)] * 6

    run = on(town, story)
    assert sorted(run.states()) == [("live", 1)] * 5 + [("live", 2)]
    assert run.archive.alarms(closed=True) == []


def test_heavy_edits_of_three_of_five_pages_are_three_revisions_and_no_doubt(town: Path) -> None:
    def story(run: Run) -> None:
        run.usual_list()
        for number in range(3):
            body = f"{TEXTS[number]}\n编者按：部分数字经核实有误，现予更正，整改情况将于年底前向社会公布。"
            run.article(path_of(number), f"{TITLES[number]}（更正）", body, known=True)
        for number in (3, 4):
            run.article(path_of(number), TITLES[number], TEXTS[number], known=True)
        assert run.sent == [], "nothing is odd, nothing is asked for"

    assert sorted(on(town, story).states()) == [("live", 1)] * 3 + [("live", 2)] * 3


def test_known_pages_that_turn_foreign_together_freeze_the_site_and_end_the_run(town: Path) -> None:
    def story(run: Run) -> None:
        run.article(path_of(0), "新葡京", SHOP * 3, known=True)
        run.article("/game/1.html", "新葡京手机版", SHOP * 3)
        run.article(
            "/news/2026/03/t905.html", "全市质量大会召开", "会议部署年度任务，表彰先进企业，发布质量状况白皮书。"
        )
        run.answer(taken)
        assert run.run.stopped
        run.article("/game/2.html", *NEW)

    run = on(town, story)
    assert run.stopped == ["hijacked"]
    assert run.states() == [("live", 1)] * 6, "nothing that came in while in doubt is stored"
    (alarm,) = run.archive.alarms()
    assert alarm.frozen
    assert HOST + path_of(0) in alarm.pages
    assert run.archive.quarantine() == []


def test_foreign_text_without_telling_words_is_judged_by_the_other_pages(town: Path) -> None:
    def story(run: Run) -> None:
        run.article(path_of(0), *NEW, known=True)
        run.answer(lambda request: f"<html><body><h1>{NEW[0]}</h1><p>{request.url} {NEW[1] * 2}</p></body></html>")

    run = on(town, story)
    assert run.states() == [("live", 1)] * 6
    assert len(run.archive.alarms()) == 1


def test_list_of_new_entries_alone_waits_for_known_pages_and_is_stored_with_its_articles(town: Path) -> None:
    def story(run: Run) -> None:
        links = [Link(f"{HOST}/news/2026/09/t{number}.html", "全市质量工作会议") for number in range(3)]
        item = ListPageItem("town", "要闻", f"{HOST}/news/", 1, links, run.fetch("/news/"), list_url=f"{HOST}/news/")
        item.all_new = True
        run.put(item)
        for number in range(3):
            run.article(
                f"/news/2026/09/t{number}.html", f"质量工作第{number}次会议", f"会议听取第{number}季度汇报。" * 9
            )
        assert len(run.sent) == 3
        assert len(run.states()) == 6
        run.answer(as_stored)

    run = on(town, story)
    assert len(run.states()) == 9
    assert run.archive.health()[0].pending == 0


def test_run_that_ends_before_the_known_pages_answer_stores_nothing_new(town: Path) -> None:
    def story(run: Run) -> None:
        item = ListPageItem("town", "要闻", f"{HOST}/news/", 1, [], run.fetch("/news/"), list_url=f"{HOST}/news/")
        item.all_new = True
        run.put(item)
        run.article("/news/2026/09/t1.html", "质量工作会议", "会议听取季度汇报。" * 9)

    run = on(town, story)
    assert len(run.states()) == 6
    assert "2 pages were not believed" in run.run.tally.evidence[-1]


def test_single_page_with_foreign_words_is_no_revision_and_no_alarm(town: Path) -> None:
    def story(run: Run) -> None:
        run.usual_list()
        run.article(path_of(0), "新葡京", SHOP * 3, known=True)
        run.answer(as_stored)

    run = on(town, story)
    assert run.states() == [("live", 1)] * 6
    assert [row.cause for row in run.archive.quarantine()] == ["foreign"]
    assert run.archive.alarms(closed=True) == []


@pytest.mark.parametrize(
    ("title", "body", "led_to"),
    [
        ("提示信息", "您访问的页面不存在或已删除。", ""),
        (TITLES[0], "该文因内容有误，现已撤回。", ""),
        (NEW[0], NEW[1], "/other/7.html"),
        (TITLES[1], TEXTS[1], path_of(1)),
    ],
    ids=["notice", "taken back", "leads to an unknown page", "leads to another article"],
)
def test_known_article_that_gave_way_to_something_else_is_missing(
    town: Path, title: str, body: str, led_to: str
) -> None:
    def story(run: Run) -> None:
        run.usual_list()
        run.article(path_of(0), title, body, known=True, led_to=led_to)
        for number in (2, 3, 4):
            run.article(path_of(number), TITLES[number], TEXTS[number], known=True)

    run = on(town, story)
    assert sorted(run.states()) == [("live", 1)] * 5 + [("missing", 1)]
    again = on(town, story, days=3)
    assert sorted(again.states()) == [("live", 1)] * 5 + [("withdrawn", 1)]


def test_site_out_of_order_says_nothing_of_its_articles(town: Path) -> None:
    def story(run: Run) -> None:
        run.usual_list()
        for number in range(4):
            run.article(path_of(number), "系统维护", "网站正在升级维护，请稍后访问。", known=True)
        assert run.sent == []

    run = on(town, story)
    assert run.states() == [("live", 1)] * 6
    assert run.archive.alarms(closed=True) == []


def test_undated_page_that_reads_like_an_address_that_cannot_be_there_is_never_an_article(town: Path) -> None:
    note = "欢迎访问城关质量网，您可以从上方导航进入各栏目浏览最新内容，也可以来信索取资料。" * 2

    def story(run: Run) -> None:
        run.usual_list()
        run.article("/news/2026/09/t1.html", "城关质量网", note, published_at=None)
        run.article(
            "/news/2026/09/t2.html", "区志办征集老照片", "凡一九八〇年以前的街景照片均可投稿。" * 5, published_at=None
        )
        assert len(run.sent) == 1
        run.answer(lambda request: f"<html><body><h1>城关质量网</h1><div><p>{note}</p></div></body></html>")

    run = on(town, story)
    assert [row.cause for row in run.archive.quarantine()] == ["soft_404"]
    assert len(run.states()) == 7


def test_known_article_that_reads_like_an_address_that_cannot_be_there_is_missing(town: Path) -> None:
    note = "城关质量网为您提供全区资讯，请从导航进入各栏目浏览最新内容，也可以来信索取资料，地址见页脚。" * 3

    def story(run: Run) -> None:
        run.usual_list()
        run.article(path_of(0), "欢迎访问", note, known=True)
        page = f"<html><body><h1>欢迎访问</h1><div><p>{note}</p></div></body></html>"
        run.answer(lambda request: as_stored(request) if request.meta["text"] else page)

    assert sorted(on(town, story).states()) == [("live", 1)] * 5 + [("missing", 1)]


def test_more_than_can_be_held_is_found_again_by_the_next_run(town: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.store.MAX_HELD", 2)

    def story(run: Run) -> None:
        item = ListPageItem("town", "要闻", f"{HOST}/news/", 1, [], run.fetch("/news/"), list_url=f"{HOST}/news/")
        item.all_new = True
        run.put(item)
        for number in range(4):
            run.article(
                f"/news/2026/09/t{number}.html", f"质量工作第{number}次会议", f"会议听取第{number}季度汇报。" * 9
            )
        run.answer(as_stored)

    run = on(town, story)
    assert len(run.states()) == 7
    assert "3 pages were not believed" in run.run.tally.evidence[-1]


def test_links_that_all_lead_nowhere_fail_the_run(town: Path) -> None:
    def story(run: Run) -> None:
        run.usual_list()
        for number in range(4):
            run.failure(f"/news/2026/09/t{number}.html", "gone")

    run = on(town, story)
    assert run.run.tally.ill == "4 new links lead nowhere, 0 to an article"
    assert len(run.archive.quarantine()) == 4


def test_end_of_a_run_asks_for_known_pages_when_too_few_were_seen(town: Path) -> None:
    def story(run: Run) -> None:
        run.usual_list()
        for number in range(2):
            run.failure(path_of(number), "gone")
        with pytest.raises(DontCloseSpider):
            run.look.spider_idle(run.crawler.spider)  # type: ignore[arg-type]
        assert all(path_of(0) not in request.url and path_of(1) not in request.url for request in run.sent)
        run.answer(as_stored)
        run.look.spider_idle(run.crawler.spider)  # type: ignore[arg-type]
        assert run.sent == [], "once per run"

    assert sorted(on(town, story).states()) == [("live", 1)] * 4 + [("missing", 1)] * 2


def test_alarm_about_missing_pages_is_over_when_a_run_finds_lists_and_known_pages_as_usual(town: Path) -> None:
    def gone(run: Run) -> None:
        for number in range(6):
            run.failure(path_of(number), "gone")

    def usual(run: Run) -> None:
        run.run.alarm = run.archive.alarms("town")[0]
        run.usual_list()
        for number in range(6):
            run.article(path_of(number), TITLES[number], TEXTS[number], known=True)

    assert [alarm.kind for alarm in on(town, gone).archive.alarms()] == ["missing"]
    assert on(town, usual, days=3).archive.alarms() == []
