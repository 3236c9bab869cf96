from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from scrapy import Request
from scrapy.http import Response
from scrapy.settings import Settings
from scrapy.spidermiddlewares.httperror import HttpError
from scrapy.utils.test import get_crawler
from twisted.python.failure import Failure

from crawler.arguments import ArgumentError
from crawler.bases import ListPageSpider, list_layout_of
from crawler.fetching.errors import RobotsForbidden
from crawler.items import ArticleItem, FailureItem, Link, ListPageItem, UnchangedItem
from crawler.loader import SiteSpiderLoader
from crawler.reading.layouts import ListLayout
from crawler.reading.lists import ListReading
from seeds.load import load_sites

FETCHED_AT = datetime(2026, 3, 20, 2, 15, tzinfo=UTC)
LIST_URL = "http://town.example/news/"
SITE = r"""
publisher = "新镇报"
base_url = "http://town.example/"
mirrors = ["mirror.example"]
article_url = '^/news/(?P<y>\d{4})/(?P<m>\d\d)(?P<d>\d\d)/\d+\.html'
[[lists]]
column = "要闻"
url = "/news/"
max_pages = 4
[list_layout]
links = "li a"
item = "li"
date = "span"
next_page = ".pages a"
[[layouts]]
name = "2024"
title = "h1"
info = ".info"
body = ".text"
"""
LIST = """<html><head><meta charset="utf-8"></head><body><ul>
<li><a href="/news/2026/0318/12.html">市场监管所晒出检验账本</a><span>2026-03-18</span></li>
<li><a href="/news/2026/0317/11.html">老字号自愿公开配料用量</a><span>03-17</span></li></ul>
<div class="pages"><a href="index_2.html">下一页</a></div></body></html>"""
ARTICLE = """<html><head><meta charset="utf-8"></head><body><h1>市场监管所晒出检验账本</h1>
<div class="info">2026-03-18 09:30 来源：新镇报</div><div class="text">
<p>新镇市场监管所把去年三百二十份检验报告装订成册，摆在办事大厅供人翻看，不合格的用红纸标出。</p>
<p>所长说，账本摊开了，商户才肯相信抽检没有厚此薄彼，居民也知道哪家的秤更准。</p></div></body></html>"""


def spider_class(folder: Path, text: str = SITE, name: str = "town") -> type[ListPageSpider]:
    (folder / f"{name}.toml").write_text(text, "utf-8")
    found = SiteSpiderLoader(["crawler.spiders"], load_sites([folder])).load(name)
    assert issubclass(found, ListPageSpider)
    return found


@pytest.fixture
def spider(tmp_path: Path) -> ListPageSpider:
    return get_crawler(spider_class(tmp_path))._create_spider()  # type: ignore[return-value]


def start_requests(spider: ListPageSpider) -> list[Request]:
    async def collect() -> list[Request]:
        return [request async for request in spider.start()]

    return asyncio.run(collect())


def answer(request: Request, body: str, **meta: Any) -> Response:
    request.meta.update(fetched_at=FETCHED_AT, elapsed_ms=12, **meta)
    headers = {"Content-Type": "text/html; charset=utf-8", "ETag": '"a1"'}
    return Response(request.url, headers=headers, body=body.encode(), request=request)


def test_a_run_starts_with_page_one_of_every_list(spider: ListPageSpider) -> None:
    (request,) = start_requests(spider)
    assert request.url == LIST_URL
    meta = {"kind": "list", "column": "要闻", "number": 1, "list_url": LIST_URL, "max_pages": 4}
    assert request.meta == meta
    assert not request.dont_filter


def test_a_site_without_an_address_requests_nothing() -> None:
    found = SiteSpiderLoader(["crawler.spiders"], load_sites()).load("quality_portal")
    assert issubclass(found, ListPageSpider)
    assert start_requests(found()) == []


def test_a_list_page_gives_itself_then_its_articles_then_the_next_page(spider: ListPageSpider) -> None:
    (request,) = start_requests(spider)
    item, first, second, following = spider.parse_list(answer(request, LIST))
    assert isinstance(item, ListPageItem)
    assert (item.site, item.column, item.url, item.number) == ("town", "要闻", LIST_URL, 1)
    assert [(link.title, link.listed_on) for link in item.links] == [
        ("市场监管所晒出检验账本", date(2026, 3, 18)),
        ("老字号自愿公开配料用量", date(2026, 3, 17)),
    ]
    assert (item.fetch.status, item.fetch.fetched_at, item.fetch.elapsed_ms) == (200, FETCHED_AT, 12)
    assert item.fetch.headers["etag"] == '"a1"'
    assert isinstance(first, Request) and isinstance(second, Request) and isinstance(following, Request)
    assert first.meta == {"kind": "article", "column": "要闻", "link": item.links[0]}
    assert first.callback == spider.parse_article and first.errback == spider.failed
    assert following.url == "http://town.example/news/index_2.html"
    assert (following.meta["number"], following.meta["list_url"]) == (2, LIST_URL)


def test_a_list_without_article_links_is_a_failure_that_quotes_the_page(spider: ListPageSpider) -> None:
    (request,) = start_requests(spider)
    page = (
        "<html><title>新镇报</title><body><div>全新改版上线</div><li><a href='/about.html'>关于</a></li></body></html>"
    )
    (failure,) = spider.parse_list(answer(request, page))
    assert isinstance(failure, FailureItem)
    assert (failure.kind, failure.cause, failure.status, failure.column) == ("list", "no_links", 200, "要闻")
    assert "改版" in failure.detail
    assert failure.fetch is not None


def test_links_that_are_no_articles_of_the_site_are_left_out_and_counted(spider: ListPageSpider) -> None:
    addresses = [
        "http://town.example/news/2026/0318/12.html",
        "http://town.example/news/2026/0318/12.html?utm_source=list",
        "http://www.town.example/news/2026/0318/12.html",
        "http://other.example/news/2026/0318/12.html",
        "http://town.example/news/2026/0318/plan.PDF",
        "http://town.example/about/12.html",
        "http://mirror.example/news/2026/1399/13.html?a=1",
    ]
    links = list(spider.article_links(ListReading(links=[Link(url) for url in addresses])))
    assert links == [
        Link(addresses[0], listed_on=date(2026, 3, 18)),
        Link("http://town.example/news/2026/1399/13.html?a=1"),
    ]
    counted = {name: spider.crawler.stats.get_value(f"list/{name}") for name in ("offsite", "not_a_page", "repeated")}
    assert counted == {"offsite": 1, "not_a_page": 1, "repeated": 2}
    assert spider.crawler.stats.get_value("list/not_an_article") == 1


def test_an_article_page_gives_one_item_with_its_fetch(spider: ListPageSpider) -> None:
    request = spider.article_request(Link("http://town.example/news/2026/0318/12.html"), "要闻")
    (item,) = spider.parse_article(answer(request, ARTICLE))
    assert isinstance(item, ArticleItem)
    assert (item.site, item.title, item.source) == ("town", "市场监管所晒出检验账本", "新镇报")
    assert item.published_at == datetime(2026, 3, 18, 1, 30, tzinfo=UTC)
    assert item.fetch is not None and item.fetch.body == ARTICLE.encode()


def test_a_redirected_page_keeps_the_address_that_was_asked_for(spider: ListPageSpider) -> None:
    request = spider.article_request(Link("http://town.example/news/2026/0318/12.html"), "要闻")
    asked = "http://town.example/old/12.html"
    (item,) = spider.parse_article(answer(request, ARTICLE, redirect_urls=[asked]))
    assert isinstance(item, ArticleItem) and item.fetch is not None
    assert (item.fetch.url, item.fetch.requested_url) == (request.url, asked)


@pytest.mark.parametrize("led_to", ["/", "/index.html", "/Default.aspx", "/news/"])
def test_an_article_that_leads_to_the_home_page_or_a_list_is_not_there(spider: ListPageSpider, led_to: str) -> None:
    asked = "http://town.example/news/2026/0318/12.html"
    request = Request(f"http://town.example{led_to}", meta={"kind": "article", "column": "要闻"})
    (failure,) = spider.parse_article(answer(request, ARTICLE, redirect_urls=[asked]))
    assert isinstance(failure, FailureItem)
    assert (failure.url, failure.cause) == (asked, "soft_404")


def test_a_page_that_is_no_article_is_a_failure_with_its_cause(spider: ListPageSpider) -> None:
    request = spider.article_request(Link("http://town.example/news/2026/0318/12.html"), "要闻")
    (failure,) = spider.parse_article(answer(request, "\x00\x01\x02PK\x03\x04" * 50))
    assert isinstance(failure, FailureItem)
    assert (failure.kind, failure.cause, failure.column) == ("article", "bad_content", "要闻")


@pytest.mark.parametrize(("mark", "not_modified"), [("not_modified", True), ("same_bytes", False)])
def test_an_unchanged_page_is_not_read_again(spider: ListPageSpider, mark: str, not_modified: bool) -> None:
    (request,) = start_requests(spider)
    (item,) = spider.parse_list(answer(request, LIST, **{mark: True}))
    assert isinstance(item, UnchangedItem)
    assert (item.kind, item.not_modified) == ("list", not_modified)
    article = spider.article_request(Link("http://town.example/news/2026/0318/12.html"), "要闻")
    (item,) = spider.parse_article(answer(article, "", **{mark: True}))
    assert isinstance(item, UnchangedItem)
    assert (item.kind, item.url) == ("article", article.url)


def test_a_request_that_failed_is_a_failure_item(spider: ListPageSpider) -> None:
    request = spider.article_request(Link("http://town.example/news/2026/0318/12.html"), "要闻")
    failure = Failure(RobotsForbidden("robots.txt forbids this address"))
    failure.request = request  # type: ignore[attr-defined]
    (item,) = spider.failed(failure)
    assert (item.url, item.kind, item.cause, item.column) == (request.url, "article", "robots", "要闻")


def test_arguments_are_kept_with_their_types(tmp_path: Path) -> None:
    made = spider_class(tmp_path)(since="2021-01-31", limit="5", backfill="1")
    assert (made.since, made.limit, made.backfill) == (date(2021, 1, 31), 5, True)
    plain = spider_class(tmp_path)()
    assert (plain.since, plain.limit, plain.backfill) == (None, None, False)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"since": "yesterday"}, "since=yesterday is no day"),
        ({"limit": "0"}, "limit=0 is no count"),
        ({"limit": "many"}, "limit=many is no count"),
        ({"backfill": "perhaps"}, "backfill=perhaps is neither yes nor no"),
        ({"sinse": "2021-01-01"}, 'unknown spider argument "sinse": did you mean "since"'),
        ({"x": "1"}, "known are since, limit, backfill, revisit"),
    ],
)
def test_a_bad_argument_is_refused_in_one_sentence(tmp_path: Path, arguments: dict[str, str], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        spider_class(tmp_path)(**arguments)


def test_delay_ladder_and_tls_of_the_site_file_become_settings(tmp_path: Path) -> None:
    text = (
        'delay_seconds = 5\nrevisit_days = [0.5, 2]\ntls = { verify = false, reason = "expired since 2026-01" }' + SITE
    )
    settings = Settings({"DOWNLOAD_VERIFY_CERTIFICATES": True, "REVISIT_DAYS": [1, 3]})
    spider_class(tmp_path, text).update_settings(settings)
    assert settings.getfloat("DOWNLOAD_DELAY") == 5
    assert settings.getlist("REVISIT_DAYS") == [0.5, 2.0]
    assert not settings.getbool("DOWNLOAD_VERIFY_CERTIFICATES")


def test_without_such_keys_the_project_settings_stay(tmp_path: Path) -> None:
    settings = Settings({"DOWNLOAD_VERIFY_CERTIFICATES": True, "DOWNLOAD_DELAY": 2, "REVISIT_DAYS": [1, 3]})
    spider_class(tmp_path).update_settings(settings)
    assert settings.getfloat("DOWNLOAD_DELAY") == 2
    assert settings.getlist("REVISIT_DAYS") == [1, 3]
    assert settings.getbool("DOWNLOAD_VERIFY_CERTIFICATES")


def test_one_list_may_differ_from_the_sites_layout(tmp_path: Path) -> None:
    text = SITE.replace("max_pages = 4", 'page_url = "p{page}.html"\nlinks = "dd a"\nitem = "dd"')
    found = spider_class(tmp_path, text)
    layout = list_layout_of(found.list_layout, found.site.lists[0])
    assert layout == ListLayout(links="dd a", item="dd", date="span", next_page=None, page_url="p{page}.html")
    assert list_layout_of(None, found.site.lists[0]) == ListLayout(links="dd a", item="dd", page_url="p{page}.html")


def test_a_list_without_any_layout_is_read_generically(tmp_path: Path) -> None:
    found = spider_class(tmp_path)
    assert list_layout_of(None, found.site.lists[0]) is None


def test_a_list_page_that_cannot_be_read_is_a_failure_with_its_cause(spider: ListPageSpider) -> None:
    (request,) = start_requests(spider)
    (failure,) = spider.parse_list(answer(request, "\x00\x01\x02PK\x03\x04" * 50))
    assert isinstance(failure, FailureItem)
    assert (failure.kind, failure.cause, failure.column) == ("list", "bad_content", "要闻")


def refused(spider: ListPageSpider, number: int, status: int) -> Any:
    request = spider.list_request(spider.site.lists[0], f"{LIST_URL}index_{number}.html", number)
    response = answer(request, "").replace(status=status)
    failure = Failure(HttpError(response))
    failure.request = request  # type: ignore[attr-defined]
    (item,) = spider.failed(failure)
    return item


def test_a_counted_list_page_that_is_not_there_ends_the_list(tmp_path: Path) -> None:
    text = SITE.replace("max_pages = 4", 'page_url = "index_{page}.html"')
    counted = spider_class(tmp_path, text)()
    item = refused(counted, 3, 404)
    assert isinstance(item, ListPageItem)
    assert (item.number, item.links, item.completes) == (3, [], True)
    for number, status in ((1, 404), (3, 500)):
        assert isinstance(refused(counted, number, status), FailureItem)


def test_a_linked_list_page_that_is_not_there_is_a_failure(spider: ListPageSpider) -> None:
    item = refused(spider, 3, 404)
    assert isinstance(item, FailureItem)
    assert (item.cause, item.status) == ("gone", 404)


@pytest.mark.parametrize(
    ("words", "led_to", "cause"),
    [
        ("提示信息 您访问的栏目不存在或已被删除。", "", "soft_404"),
        ("系统维护，网站升级期间暂停访问，请稍后再试。", "", "maintenance"),
        ("欢迎来到新版频道，请选择栏目。", "", "no_links"),
        ("欢迎来到新版频道，请选择栏目。", "http://town.example/", "soft_404"),
    ],
)
def test_list_without_articles_says_whether_it_is_a_note_or_out_of_order_or_led_home(
    spider: ListPageSpider, words: str, led_to: str, cause: str
) -> None:
    request = spider.list_request(spider.site.lists[0], spider.site.lists[0].url, 1)
    response = answer(request, f"<html><body><p>{words}</p></body></html>")
    if led_to:
        request.meta["redirect_urls"] = [request.url]
        response = response.replace(url=led_to)
    (failure,) = spider.parse_list(response)
    assert isinstance(failure, FailureItem)
    assert failure.cause == cause
