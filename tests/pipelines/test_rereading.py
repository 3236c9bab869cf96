"""A stored page read again with today's layouts: by a crawl that meets a difference, and for all of a site."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from scrapy.utils.test import get_crawler

from archive.archive import Archive
from archive.records import RevisionRow, RunHandle, StoreBatch
from crawler.bases import ListPageSpider
from crawler.commands.reread import read_site
from crawler.extensions.run import CrawlRun
from crawler.items import ArticleItem, Fetch, UnchangedItem
from crawler.parts import Chain
from crawler.reading.attachments import add_attachments
from crawler.reading.layouts import ArticleLayout, Pick
from pipelines.fingerprint import FingerprintPipeline
from pipelines.normalize import NormalizePipeline
from pipelines.records import article_record
from pipelines.revision import RevisionPipeline
from pipelines.validate import ValidatePipeline
from seeds.load import load_site

SEEN = datetime(2026, 3, 9, 1, tzinfo=UTC)
URL = "http://www.town.example/news/101.html"
TEXT = "城关区召开质量强区推进会，部署首席质量官培训，要求年内培训企业负责人三百名以上。"
# The first layout takes the whole box, share bar and all; the second knows better.
CARELESS = ArticleLayout(name="box", title=Pick("h1"), info=".info", body="div.box")
CAREFUL = ArticleLayout(name="text", title=Pick("h1"), info=".info", body="div.box .text")


def page(text: str = TEXT, views: int = 10, box: str = "box", more: str = "") -> bytes:
    return (
        f"<html><head><title>质量强区推进会召开_城关质量网</title></head><body><h1>质量强区推进会召开</h1>"
        f"<div class='info'>2026-03-08 09:30 来源：城关质量网</div><div class='{box}'><p>本文可转给同事参考阅读</p>"
        f"<div class='text'><p>{text}</p><p>会议由区市场监管局主持，二十家重点企业参加并作了交流发言。</p></div>"
        f"</div>{more}<div class='footer'>浏览 {views} 次</div></body></html>"
    ).encode()


class Town:
    """An archive of one site, read by a spider whose layouts a test changes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.archive = Archive(f"sqlite:///{folder / 'zhiwen.db'}", folder)
        file = folder / "town.toml"
        file.write_text(
            'publisher = "城关质量网"\nbase_url = "http://www.town.example/"\n'
            '[[lists]]\ncolumn = "要闻"\nurl = "/news/"\n',
            "utf-8",
        )
        self.site = load_site(file)
        self.handle: RunHandle = self.archive.open_run("town", "manual", lease_seconds=1e9)
        self.layouts = (CARELESS,)

    def spider(self) -> type[ListPageSpider]:
        members = {"name": "town", "site": self.site, "layouts": self.layouts, "__doc__": "城关质量网"}
        return type("TownSpider", (ListPageSpider,), members)

    def visit(self, body: bytes, *parts: bytes, days: float = 0, url: str = URL, is_whole: bool = False) -> Any:
        """A crawl reads the page today, and the parts after it; what became of it."""
        at = SEEN + timedelta(days=days)
        spider = self.spider()()
        crawler = get_crawler(
            type(spider), {"EXTENSIONS": {"crawler.extensions.run.CrawlRun": 0}, "RECORD_RUN": True, "DRY_RUN": True}
        )
        crawler._apply_settings()
        crawler.spider = spider
        run = CrawlRun.of(crawler)
        assert run is not None
        run.archive = self.archive
        fetches = [Fetch(url, url, 200, {"content-type": "text/html; charset=utf-8"}, body, at)]
        fetches += [
            Fetch(url.replace(".html", f"_{number}.html"), url.replace(".html", f"_{number}.html"), 200, {}, part, at)
            for number, part in enumerate(parts, 2)
        ]
        items = [spider.read_article(fetch) for fetch in fetches]
        items[0].fetch = fetches[0]
        for item, fetch in zip(items, fetches, strict=True):
            add_attachments(item, fetch)
        further = list(zip(items[1:], fetches[1:], strict=True))
        chain = Chain(items[0], fetches[0], parts=[] if is_whole else further, asking_whole=is_whole)
        if is_whole:
            chain.add(*further[0])
        (item, *_) = spider._finished(chain, "要闻")
        assert isinstance(item, ArticleItem)
        item.known = True
        done: Any = item
        for stage in (NormalizePipeline(), ValidatePipeline(), FingerprintPipeline(), RevisionPipeline(crawler)):
            done = stage.process_item(done)
        if isinstance(done, UnchangedItem):
            return "unchanged"
        (outcome,) = self.archive.store(self.handle, StoreBatch(articles=[article_record(done)]))
        return outcome.decision

    def revisions(self, article_id: int = 1) -> list[RevisionRow]:
        return self.archive.revisions(article_id)

    def read(self, **options: Any) -> list[dict[str, Any]]:
        """What ``scrapy reread`` says."""
        given = {"since": None, "until": None, "again": False, "all_revisions": False, "share": "0/1", "limit": None}
        return list(read_site(self.archive, self.spider(), Namespace(**given | {"full": False} | options)))


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path)
    yield made
    made.archive.close()


def test_our_own_better_reading_is_no_news_of_the_site(town: Town) -> None:
    assert town.visit(page()) == "new"
    assert "同事参考" in town.revisions()[0].body
    town.layouts = (CAREFUL,)
    assert town.visit(page(views=11), days=1) == "reread"
    (only,) = town.revisions()
    assert "同事参考" not in only.body
    assert only.body.startswith(TEXT)
    assert only.fetched_at == SEEN
    assert town.visit(page(views=12), days=2) == "unchanged"


def test_edit_that_comes_with_a_better_reading_shows_the_edit_alone(town: Town) -> None:
    town.visit(page())
    town.layouts = (CAREFUL,)
    assert town.visit(page(TEXT.replace("三百", "五百")), days=1) == "changed"
    before, after = town.revisions()
    assert before.body.replace("三百", "五百") == after.body
    assert (before.number, after.number) == (1, 2)


def test_over_lost_bytes_another_end_of_the_text_is_no_revision_and_an_edit_is(town: Town) -> None:
    town.visit(page())
    for pack in (town.folder / "snapshots").glob("??/*.zst"):
        pack.unlink()
    town.layouts = (CAREFUL,)
    assert town.visit(page(views=11), days=1) == "unchanged"
    assert town.visit(page(TEXT.replace("三百", "五百")), days=2) == "changed"
    assert len(town.revisions()) == 2


def test_edit_under_the_same_layouts_reads_nothing_again(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town.visit(page())

    def never(*arguments: Any) -> None:
        raise AssertionError("the stored page was read again")

    monkeypatch.setattr("pipelines.revision.read_again", never)
    assert town.visit(page(TEXT.replace("三百", "五百")), days=1) == "changed"


def test_reading_is_named_by_what_a_site_declares(town: Town) -> None:
    class OwnCode(ListPageSpider):
        site, name, layouts = town.site, "town", (CARELESS,)

        def read_article(self, fetch: Fetch) -> ArticleItem:
            return super().read_article(fetch)

    first = town.spider().reading()
    assert town.spider().reading() == first
    town.layouts = (CAREFUL,)
    assert len({first, town.spider().reading(), OwnCode.reading()}) == 3


def test_unchanged_pages_read_the_same_and_better_layouts_tell_what_differs(town: Town) -> None:
    town.visit(page())
    town.visit(page("另一篇：" + TEXT), url=URL.replace("101", "102"))
    assert [line["event"] for line in town.read()] == ["site", "end"], "today's layouts have read them"
    lines = town.read(again=True)
    assert [line.get("state") for line in lines] == [None, "same", "same", None]
    town.layouts = (CAREFUL,)
    start, first, second, _ = town.read(full=True)
    assert (start["total"], start["reading"]) == (2, town.spider().reading())
    assert (first["state"], second["state"]) == ("differs", "differs")
    how, old, new = first["changes"]["body"]
    assert how == "changed"
    assert "同事参考" in old
    assert "同事参考" not in new
    assert first["reading"]["values"]["layout"] == "text"
    assert [line["id"] for line in town.read(limit=1) if line["event"] == "read"] == [1]


def test_article_over_several_pages_is_joined_again(town: Town) -> None:
    second = page("第二页：区里将于九月公布质量月活动安排，并发布首批质量标杆企业名单。")
    town.visit(page(), second)
    assert "第二页" in town.revisions()[0].body
    (_, same, _) = town.read(again=True)
    assert same["state"] == "same"
    town.layouts = (CAREFUL,)
    (_, better, _) = town.read(full=True)
    body = better["reading"]["values"]["body"]
    assert "同事参考" not in body
    assert body.index(TEXT) < body.index("第二页")


def test_page_with_the_whole_article_stays_the_whole(town: Town) -> None:
    whole = page(f"{TEXT}</p><p>全文另有一段：首批培训将于九月开班，质量月期间公布名单。")
    town.visit(page(), whole, is_whole=True)
    assert town.revisions()[0].body.count(TEXT) == 1
    assert "首批培训" in town.revisions()[0].body
    (_, line, _) = town.read(again=True)
    assert line["state"] == "same"


@pytest.mark.parametrize(
    ("layouts", "state", "said"),
    [
        ((ArticleLayout(name="short", title=Pick("h1"), info=".info", body=".box > p"),), "worse", "are left"),
        ((ArticleLayout(name="bare", title=Pick("h1"), body="div.box .text", published_at=None),), "differs", ""),
        ((), "worse", "no layout fits any more"),
    ],
)  # fmt: skip
def test_what_would_be_lost_is_told(town: Town, layouts: Any, state: str, said: str) -> None:
    town.visit(page())
    town.layouts = layouts
    (_, line, _) = town.read()
    assert line["state"] == state
    assert said in "; ".join(line["loses"])


def test_page_that_is_no_article_any_more_and_bytes_that_are_lost_are_named_and_the_rest_is_read(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 5):
        town.visit(page(f"第{number}篇：{TEXT}"), url=URL.replace("101", str(100 + number)))
    detail = town.archive.article(2)
    assert detail is not None
    assert detail.current.snapshot_hash is not None
    with town.archive.database.read() as connection:
        from archive.bodies import places

        (place,) = places(connection, [detail.current.snapshot_hash]).values()
    (town.folder / "snapshots" / place.pack).unlink()
    spider = town.spider()
    real = spider.read_article

    def stumble(self: Any, fetch: Fetch) -> ArticleItem:
        item = real(self, fetch)
        if "第3篇" in item.body:
            raise RuntimeError("a selector of the site's own code")
        if "第4篇" in item.body:
            item.title = ""
        return item

    monkeypatch.setattr(town, "spider", lambda: spider)
    monkeypatch.setattr(spider, "read_article", stumble)
    lines = {line["id"]: line for line in town.read(again=True) if line["event"] == "read"}
    assert [lines[number]["state"] for number in (1, 2, 3, 4)] == ["same", "bytes", "unreadable", "unreadable"]
    assert place.pack in lines[2]["detail"]
    assert "RuntimeError: a selector" in lines[3]["detail"]
    assert "invalid: no title" in lines[4]["detail"]


def test_revision_without_bytes_is_named(town: Town) -> None:
    from sqlalchemy import text

    town.visit(page())
    with town.archive.database.write() as connection:
        connection.execute(text("UPDATE revision SET snapshot_hash = NULL"))
    (_, line, _) = town.read(again=True)
    assert (line["state"], line["detail"]) == ("bytes", f"no bytes are kept of {URL}")
