from __future__ import annotations

import gzip
from datetime import date

import pytest

from crawler.exceptions import BadContent
from crawler.items import Link
from crawler.reading.feeds import find_feeds
from crawler.reading.lists import PageRequest, extract_list
from crawler.reading.page import open_page
from crawler.reading.sitemaps import sitemaps_of
from crawler.reading.stamps import stamp_day

URL = "https://feeds.linjiang.example.cn/quality/rss.xml"
HOST = "https://feeds.linjiang.example.cn"
DAY = date(2026, 1, 5)


def read(text: str, charset: str = "utf-8", url: str = URL):
    return extract_list(text.encode(charset), url, None)


def rss(items: str, head: str = '<?xml version="1.0" encoding="utf-8"?>') -> str:
    return f'{head}<rss version="2.0"><channel><title>质量要闻</title><link>{HOST}/</link>{items}</channel></rss>'


def test_rss_gives_titles_addresses_and_days() -> None:
    reading = read(
        rss(
            "<item><title>质量月活动启动</title><link>/a/1.html</link>"
            "<pubDate>Mon, 05 Jan 2026 08:00:00 +0800</pubDate></item>"
            "<item><title><![CDATA[标准&nbsp;<b>实施</b>]]></title>"
            "<link><![CDATA[https://x.example.cn/s?a=1&b=2]]></link>"
            "<pubDate>2026-01-05 10:30</pubDate></item>"
            '<item><title>没有链接的条目</title><guid isPermaLink="true">https://x.example.cn/g/3</guid></item>'
            '<item><title>既无链接也无固定地址</title><guid isPermaLink="false">urn:4</guid></item>'
        )
    )
    assert reading.links == [
        Link(f"{HOST}/a/1.html", "质量月活动启动", DAY),
        Link("https://x.example.cn/s?a=1&b=2", "标准 实施", DAY),
        Link("https://x.example.cn/g/3", "没有链接的条目", None),
    ]
    assert reading.layout == "rss"
    assert "rss" in reading.seen


def test_rss_in_gbk_with_its_declaration() -> None:
    items = "<item><title>计量检定规程发布实施的消息</title><link>/a/2.html</link></item>"
    reading = read(rss(items, '<?xml version="1.0" encoding="gb2312"?>'), "gbk")
    assert reading.links == [Link(f"{HOST}/a/2.html", "计量检定规程发布实施的消息")]


def test_rss_with_bare_ampersands_undeclared_prefixes_and_a_torn_end() -> None:
    reading = read(
        '<?xml version="1.0"?>\n<!-- made by hand -->\n<rss><channel>'
        "<item><title>研发&检测 A&amp;B &ldquo;双提升&rdquo;</title>"
        "<link>https://x.example.cn/v?id=7&cat=2</link><dc:date>2026-01-05T23:30:00Z</dc:date></item><item><title>被截断"
    )
    assert reading.links == [Link("https://x.example.cn/v?id=7&cat=2", "研发&检测 A&B “双提升”", date(2026, 1, 6))]


def test_rdf_feed_takes_the_address_of_the_item() -> None:
    reading = read(
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><item rdf:about="https://x.example.cn/5"><title>认证公告</title>'
        "<dc:date>2026-01-05T09:00:00+08:00</dc:date></item></rdf:RDF>"
    )
    assert reading.links == [Link("https://x.example.cn/5", "认证公告", DAY)]


def test_atom_with_bases_alternate_links_and_a_next_page() -> None:
    reading = read(
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://x.example.cn/q/"><title>质量</title>'
        '<link rel="self" href="feed.xml"/><link rel="next" href="?page=2"/>'
        '<entry><title type="html">&lt;b&gt;强市&lt;/b&gt;方案</title><link rel="edit" href="e/1"/>'
        '<link rel="alternate" type="text/html" href="n/1.html"/><updated>2026-01-07T00:00:00+08:00</updated>'
        "<published>2026-01-05T00:00:00+08:00</published></entry>"
        '<entry><title>第二条</title><link href="n/2.html"/></entry></feed>'
    )
    assert reading.links == [
        Link("https://x.example.cn/q/n/1.html", "强市方案", DAY),
        Link("https://x.example.cn/q/n/2.html", "第二条"),
    ]
    assert reading.next_page == PageRequest(f"{URL}?page=2")


def test_json_feed_and_its_next_page() -> None:
    reading = read(
        '{"version":"https://jsonfeed.org/version/1.1","next_url":"/feed2.json","items":[{"id":"9","url":"/n/9",'
        '"title":"检验 &amp; 检测","date_published":"2026-01-05T08:00:00+08:00"},{"id":"x"},3]}'
    )
    assert reading.links == [Link(f"{HOST}/n/9", "检验 & 检测", DAY)]
    assert reading.next_page == PageRequest(f"{HOST}/feed2.json")
    assert reading.layout == "json feed"


def test_an_empty_or_torn_feed_is_a_list_without_links() -> None:
    assert read(rss("")).links == []
    assert read('<?xml version="1.0"?><rss').links == []


def test_sitemap_gives_articles_newest_first_and_no_columns() -> None:
    reading = read(
        '<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        "<url><loc>https://x.example.cn/</loc><lastmod>2026-01-09</lastmod></url>"
        "<url><loc>https://x.example.cn/n/1001.html</loc><lastmod>2026-01-02</lastmod></url>"
        "<url><loc>https://x.example.cn/n/1002.html</loc><lastmod>2026-01-05</lastmod></url></urlset>"
    )
    assert reading.links == [Link("https://x.example.cn/n/1002.html"), Link("https://x.example.cn/n/1001.html")]
    assert reading.layout == "sitemap"


def test_news_sitemap_gives_titles_and_days_of_publication() -> None:
    reading = read(
        '<urlset xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>https://x.example.cn/a/b</loc>'
        "<news:news><news:publication><news:name>示例</news:name></news:publication><news:publication_date>2026-01-05"
        "</news:publication_date><news:title>首席质量官名单公布</news:title></news:news></url></urlset>"
    )
    assert reading.links == [Link("https://x.example.cn/a/b", "首席质量官名单公布", DAY)]


def test_sitemap_index_names_its_parts_news_first_then_newest() -> None:
    parts = "".join(
        f"<sitemap><loc>https://x.example.cn/{name}.xml</loc><lastmod>{day}</lastmod></sitemap>"
        for name, day in (("old", "2024-01-01"), ("recent", "2026-01-05"), ("news-map", "2025-01-01"))
    )
    reading = read(f"<sitemapindex>{parts}</sitemapindex>")
    assert [part.url.rpartition("/")[2] for part in reading.parts] == ["news-map.xml", "recent.xml", "old.xml"]
    assert reading.links == []


def test_packed_and_plain_text_sitemaps() -> None:
    text = "https://x.example.cn/n/1001.html\nhttps://x.example.cn/list/\n\nhttps://x.example.cn/n/1002.html\n"
    links = [Link("https://x.example.cn/n/1001.html"), Link("https://x.example.cn/n/1002.html")]
    assert extract_list(gzip.compress(text.encode()), f"{HOST}/sitemap.txt.gz", None).links == links
    assert read(text).links == links
    with pytest.raises(BadContent):
        extract_list(b"\x1f\x8bnothing of the kind", f"{HOST}/sitemap.xml.gz", None)


def test_feeds_of_a_page_and_sitemaps_of_a_robots_file() -> None:
    page = open_page(
        '<html><head><link rel="alternate" type="application/rss+xml; charset=utf-8" title="要闻" href="/rss.xml">'
        '<link rel="ALTERNATE" type="application/atom+xml" href="atom.xml">'
        '<link rel="alternate" hreflang="en" href="/en">'
        '<link rel="stylesheet" href="/a.css"></head><body><p>正文</p></body></html>'.encode(),
        f"{HOST}/xw/",
    )
    assert find_feeds(page) == [Link(f"{HOST}/rss.xml", "要闻"), Link(f"{HOST}/xw/atom.xml")]
    robots = "User-agent: *\nDisallow: /x\nsitemap: /map.xml\nSitemap: https://x.example.cn/2.xml  # new\n"
    assert sitemaps_of(robots, f"{HOST}/robots.txt") == [f"{HOST}/map.xml", "https://x.example.cn/2.xml"]


@pytest.mark.parametrize(
    ("printed", "day"),
    [
        ("Mon, 05 Jan 2026 10:30:00 GMT", DAY),
        ("Sun, 04 Jan 2026 20:30:00 GMT", DAY),
        ("Mon, 5 Jan 2026 10:30:00 CST", DAY),
        ("Mon Jan 05 10:30:00 CST 2026", DAY),
        ("Jan 5, 2026 10:30:00 AM", DAY),
        ("05-Jan-2026", DAY),
        ("2026年1月5日 10:30", DAY),
        ("2026/1/5", DAY),
        ("20260105", DAY),
        (1767580200, DAY),
        ("1767580200000", DAY),
        ("/Date(1767580200000+0800)/", DAY),
        ({"time": 1767580200000, "nanos": 0}, DAY),
        ("05 Foo 2026", None),
        ("31 Feb 2026", None),
        ("Mon, 05 Jan 2026 99:30:00 GMT", None),
        ("昨天", None),
        (12, None),
        (True, None),
        (None, None),
        ([], None),
    ],
)
def test_days_as_programs_write_them(printed: object, day: date | None) -> None:
    assert stamp_day(printed) == day
