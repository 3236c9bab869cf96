"""Lines per page are for DEBUG only."""

from __future__ import annotations

from scrapy import Request, Spider
from scrapy.http import Response

from crawler.fetching.logs import QuietFormatter
from crawler.items import ArticleItem

REQUEST, SPIDER = Request("http://a.cn/1"), Spider("probe")
RESPONSE = Response("http://a.cn/1", request=REQUEST)
ITEM = ArticleItem(url="http://a.cn/1", title="title", body="a long body")


def test_no_line_per_page_at_info() -> None:
    quiet = QuietFormatter("INFO")
    assert quiet.crawled(REQUEST, RESPONSE, SPIDER) is None
    assert quiet.scraped(ITEM, RESPONSE, SPIDER) is None


def test_debug_names_the_page_and_leaves_the_article_out() -> None:
    loud = QuietFormatter("DEBUG")
    crawled, scraped = loud.crawled(REQUEST, RESPONSE, SPIDER), loud.scraped(ITEM, RESPONSE, SPIDER)
    assert crawled is not None and "http://a.cn/1" in crawled["msg"] % crawled["args"]
    assert scraped is not None and scraped["msg"] % scraped["args"] == "ArticleItem from http://a.cn/1"
