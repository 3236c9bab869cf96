"""Lists that stand elsewhere than on the column's page, and pagers that cannot be read; without a network."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from scrapy import Request
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from scrapy.utils.test import get_crawler
from twisted.python.failure import Failure

from crawler.bases import ListPageSpider
from crawler.items import FailureItem, ListPageItem, UnchangedItem
from crawler.list_pages import MAX_PARTS
from crawler.loader import SiteSpiderLoader
from seeds.load import load_sites

LIST_URL = "http://town.example/dynamic/zwgk/govInfoPub.html?categorynum=003006"
SITE = """
publisher = "新镇质量局"
base_url = "http://town.example/"
family = "{family}"
[[lists]]
column = "要闻"
url = "{url}"
"""
GUID = "7eb5a1c4-90f1-4e0d-8a13-8fcb82ea5501"
SHELL = '<html><body><div id="list"></div><script src="/EWB-FRONT/js/govInfoPub.js"></script></body></html>'
IDS = f'var siteInfo = {{"projectName":"/EWB-FRONT","siteGuid":"{GUID}"}};'


def spider_for(folder: Path, family: str = "epoint", url: str = LIST_URL, more: str = "") -> ListPageSpider:
    (folder / "town.toml").write_text(SITE.format(family=family, url=url) + more, "utf-8")
    found = SiteSpiderLoader(["crawler.spiders"], load_sites([folder])).load("town")
    assert issubclass(found, ListPageSpider)
    return get_crawler(found)._create_spider()  # type: ignore[return-value]


def first_request(spider: ListPageSpider) -> Request:
    return spider.list_request(spider.site.lists[0], spider.site.lists[0].url, 1)


def answer(request: Request, body: str, status: int = 200, **meta: Any) -> Response:
    request.meta.update(fetched_at=datetime(2026, 3, 20, tzinfo=UTC), **meta)
    headers = {"Content-Type": "text/html; charset=utf-8"}
    return Response(request.url, status=status, headers=headers, body=body.encode(), request=request)


def govinfo(numbers: Iterable[int], total: int = 45) -> str:
    data = [{"title": f"质量公报第{n}期发布", "infourl": f"/gk/{n}.html", "infodate": "2026-03-01"} for n in numbers]
    return json.dumps({"custom": {"total": total, "data": data}})


def entries(numbers: Iterable[int]) -> str:
    rows = "".join(f'<li><a href="/zw/{n}.html">质量公报第{n}期发布</a><span>2026-03-01</span></li>' for n in numbers)
    return f"<html><body><ul class='l'>{rows}</ul></body></html>"


def one_request(results: Iterable[Any]) -> Request:
    (request,) = [result for result in results if isinstance(result, Request)]
    return request


def refused(spider: ListPageSpider, request: Request, status: int = 404) -> list[Any]:
    failure = Failure(HttpError(answer(request, "", status)))
    failure.request = request  # type: ignore[attr-defined]
    return list(spider.failed(failure))


def test_a_list_fetched_by_a_script_is_followed_to_its_interface(tmp_path: Path) -> None:
    spider = spider_for(tmp_path)
    script = one_request(spider.parse_list(answer(first_request(spider), SHELL)))
    assert script.method == "GET" and script.url.startswith("http://town.example/js/webBuilderCommon.js")
    api = one_request(spider.parse_list(answer(script, IDS)))
    assert (api.method, api.url) == ("POST", "http://town.example/EWB-FRONT/rest/lightfrontaction/getgovinfolist")
    assert json.loads(api.body)["siteGuid"] == GUID
    assert (api.meta["number"], api.meta["list_url"]) == (1, LIST_URL)
    assert api.headers[b"Content-Type"].startswith(b"application/json")
    assert api.headers[b"Referer"].startswith(b"http://town.example/")
    item, *requests = spider.parse_list(answer(api, govinfo(range(20))))
    assert isinstance(item, ListPageItem)
    assert (item.number, item.url, len(item.links)) == (1, api.meta["address"], 20)
    assert item.url != api.url, "all pages of this list are posted to one address"
    following = requests[-1]
    assert isinstance(following, Request)
    assert following.meta["number"] == 2 and following.url == api.url and following.body != api.body
    assert following.meta["address"] != api.meta["address"]


def test_an_empty_answer_of_an_interface_ends_the_list(tmp_path: Path) -> None:
    spider = spider_for(tmp_path)
    script = one_request(spider.parse_list(answer(first_request(spider), SHELL)))
    api = one_request(spider.parse_list(answer(script, IDS)))
    following = [*spider.parse_list(answer(api, govinfo(range(20))))][-1]
    (end,) = spider.parse_list(answer(following, govinfo((), total=45)))
    assert isinstance(end, ListPageItem)
    assert (end.number, end.links, end.url) == (2, [], following.meta["address"])


def test_an_interface_without_entries_on_its_first_page_is_a_failure_of_its_own_name(tmp_path: Path) -> None:
    spider = spider_for(tmp_path)
    script = one_request(spider.parse_list(answer(first_request(spider), SHELL)))
    api = one_request(spider.parse_list(answer(script, IDS)))
    (failure,) = spider.parse_list(answer(api, govinfo((), total=0)))
    assert isinstance(failure, FailureItem)
    assert (failure.cause, failure.url) == ("no_links", api.meta["address"])
    (failure,) = refused(spider, api, 500)
    assert (failure.url, failure.status) == (api.meta["address"], 500)


def test_a_chain_of_pages_that_lead_on_has_an_end(tmp_path: Path) -> None:
    spider = spider_for(tmp_path)
    request = first_request(spider)
    for _ in range(10):
        results = list(spider.parse_list(answer(request, IDS)))
        if not isinstance(results[0], Request):
            break
        request = results[0]
    (failure,) = results
    assert isinstance(failure, FailureItem) and failure.cause == "no_links"


def test_a_list_on_a_foreign_host_is_not_fetched_and_says_what_to_do(tmp_path: Path) -> None:
    spider = spider_for(tmp_path, "jpaas", "http://town.example/xw/")
    ids = "{'webId':'1','pageId':'2','parseType':'bulidstatic','tagId':'信息列表'}"
    page = f'<div querydata="{ids}" url="http://other.example/jpaas-publish-server/front/page/build/unit"></div>'
    (failure,) = spider.parse_list(answer(first_request(spider), f"<html><body>{page}</body></html>"))
    assert isinstance(failure, FailureItem)
    assert failure.cause == "offsite"
    assert "other.example" in failure.detail and "allowed_hosts" in failure.detail


def test_places_of_the_page_number_are_tried_until_one_shows_other_articles(tmp_path: Path) -> None:
    spider = spider_for(tmp_path, "nfcms", "http://town.example/zw/index.html")
    probe = [*spider.parse_list(answer(first_request(spider), entries(range(10, 20))))][-1]
    assert probe.url == "http://town.example/zw/index_1.html" and probe.meta["number"] == 2
    # The server shows page 1 for what it does not know.
    probe = one_request(spider.parse_list(answer(probe, entries(range(10, 20)))))
    assert probe.url == "http://town.example/zw/index_2.html"
    item, *requests = spider.parse_list(answer(probe, entries(range(10))))
    assert isinstance(item, ListPageItem) and (item.number, len(item.links)) == (2, 10)
    assert requests[-1].url == "http://town.example/zw/index_3.html", "the place is known for this run"
    (end,) = refused(spider, requests[-1])
    assert isinstance(end, ListPageItem) and end.links == []


def test_a_home_page_is_no_second_page(tmp_path: Path) -> None:
    spider = spider_for(tmp_path, "trs", "http://town.example/zw/index.shtml")
    probe = [*spider.parse_list(answer(first_request(spider), entries(range(8))))][-1]
    home = entries(range(20, 30)).replace("/zw/", "/shouye/toutiao/")
    probe = one_request(spider.parse_list(answer(probe, home)))
    assert probe.url.endswith("index_2.shtml")
    (end,) = spider.parse_list(answer(probe, entries(range(30, 40)), redirect_urls=[probe.url]))
    assert isinstance(end, ListPageItem) and end.links == []


def test_a_list_without_further_pages_ends_after_the_last_try(tmp_path: Path) -> None:
    spider = spider_for(tmp_path, "trs", "http://town.example/zw/index.shtml")
    probe = [*spider.parse_list(answer(first_request(spider), entries(range(8))))][-1]
    tried = [probe.url]
    while isinstance(probe, Request):
        (probe,) = refused(spider, probe)
        if isinstance(probe, Request):
            tried.append(probe.url)
    assert [url.rpartition("/")[2] for url in tried] == ["index_1.shtml", "index_2.shtml"]
    assert isinstance(probe, ListPageItem) and probe.completes


@pytest.mark.parametrize("family", ["vsb", "ls", "standard_meta"])
def test_families_that_do_not_count_files_are_not_tried(tmp_path: Path, family: str) -> None:
    spider = spider_for(tmp_path, family, "http://town.example/zw/index.html")
    results = list(spider.parse_list(answer(first_request(spider), entries(range(10)))))
    assert [result.meta["kind"] for result in results if isinstance(result, Request)] == ["article"] * 10


def test_the_one_entry_of_a_last_page_is_found_by_its_address(tmp_path: Path) -> None:
    spider = spider_for(tmp_path, "nfcms", "http://town.example/zw/index.html")
    source = spider.site.lists[0]
    list(spider.parse_list(answer(first_request(spider), entries(range(10)))))
    last = '<html><body><ul class="nav"><li><a href="/about/us.html">关于我们单位</a></li></ul>'
    last += '<ul class="l"><li><a href="/zw/11.html">质量公报第11期发布</a></li></ul></body></html>'
    (item, request) = spider.parse_list(answer(spider.list_request(source, "http://town.example/zw/p3.html", 3), last))
    assert isinstance(item, ListPageItem)
    assert [link.url for link in item.links] == ["http://town.example/zw/11.html"]
    assert isinstance(request, Request)


def test_parts_of_a_sitemap_index_are_looked_at_newest_first_and_bounded(tmp_path: Path) -> None:
    spider = spider_for(tmp_path, "auto", "http://town.example/sitemap.xml")
    parts = "".join(
        f"<sitemap><loc>http://town.example/map{n}.xml</loc><lastmod>20{n:02}-01-01</lastmod></sitemap>"
        for n in range(10, 26)
    )
    foreign = "<sitemap><loc>http://b.example/m.xml</loc><lastmod>2026-01-01</lastmod></sitemap>"
    index = f'<?xml version="1.0"?><sitemapindex>{parts}{foreign}</sitemapindex>'
    part = one_request(spider.parse_list(answer(first_request(spider), index)))
    assert (part.url, part.meta["number"]) == ("http://town.example/map25.xml", 1)
    assert len(part.meta["parts"]) == 15 < MAX_PARTS, "a foreign host is left out"
    unchanged, second = spider.parse_list(answer(part, "", same_bytes=True))
    assert isinstance(unchanged, UnchangedItem)
    assert isinstance(second, Request)
    assert (second.url, second.meta["number"]) == ("http://town.example/map24.xml", 2)


def test_a_page_that_counts_more_pages_than_can_be_asked_for_says_so(tmp_path: Path) -> None:
    spider = spider_for(tmp_path, "standard_meta", "http://town.example/zw/")
    page = entries(range(10)).replace("</body>", "<p>共12页</p></body>")
    item = next(iter(spider.parse_list(answer(first_request(spider), page))))
    assert isinstance(item, ListPageItem)
    assert "12 pages" in item.unread
