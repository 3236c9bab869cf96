"""What the head of a page and its address declare: it fills in what is not printed and is a doubt where it differs."""

from __future__ import annotations

import pytest

from crawler.items import ArticleItem
from crawler.reading.dates import PAGE_ZONE
from crawler.reading.extract import extract_article

TITLE = "示例市首批质量提升项目通过验收"
FIRST = "示例市市场监管局日前完成首批质量提升项目的验收，十二家企业的检测能力和标准化水平明显提高。"
SECOND = "验收组认为，项目把计量、标准和检验检测放在一处办理，企业少跑了路，也少花了钱。"
LAST = "下一步，当地将把做法推广到更多行业，并每季度公布一次进展。"
TEXT = f"<p>{FIRST}</p><p>{SECOND}</p><p>{LAST}</p>"


def read(header: str, *, head: str = "", url: str = "http://www.example.cn/n/1.html") -> ArticleItem:
    page = (
        f"<html><head><title>{TITLE}_要闻_示例新闻网</title>{head}</head><body><h1>{TITLE}</h1>{header}"
        f"<div class=text>{TEXT}</div><div>版权所有 2001-2026 示例新闻网</div></body></html>"
    )
    return extract_article(page.encode(), url)


def local(item: ArticleItem) -> str | None:
    if item.published_at is None:
        return None
    shown = "%Y-%m-%d" if item.published_precision == "day" else "%Y-%m-%d %H:%M"
    return item.published_at.astimezone(PAGE_ZONE).strftime(shown)


@pytest.mark.parametrize(
    ("head", "time"),
    [
        ('<meta name="PubDate" content="2024-03-01 08:30">', "2024-03-01 08:30"),
        ('<meta name="firstpublishedtime" content="2024-03-01-08:30:00">', "2024-03-01 08:30"),
        ('<meta property="article:published_time" content="2024-03-01T00:30:00Z">', "2024-03-01 08:30"),
        ('<meta property="og:release_date" content="2024-03-01 08:30">', "2024-03-01 08:30"),
        ('<script type="application/ld+json">{"datePublished": "2024-03-01T00:30:00Z"}</script>', "2024-03-01 08:30"),
        ('<script type="application/ld+json">{"pubDate":"2024-03-01T08:30:00"}</script>', "2024-03-01 08:30"),
        ('<script>var x = {"datePublished": "2024-03-01"}</script>', None),
    ],
)  # fmt: skip
def test_head_fills_in_what_is_not_printed(head: str, time: str | None) -> None:
    assert local(read("", head=head)) == time


def test_hidden_box_and_time_element_fill_in() -> None:
    assert local(read("<div style='display:none' id=pubtime_baidu>2024-03-01 08:30:15</div>")) == "2024-03-01 08:30"
    assert local(read("<time datetime='2024-03-01T08:30:00+08:00'>三月</time>")) == "2024-03-01 08:30"


def test_printed_time_goes_before_the_head_and_keeps_the_doubt() -> None:
    item = read("<div>发布日期：2017-05-15 10:49</div>", head='<meta name="PubDate" content="2022-04-24 09:00">')

    assert local(item) == "2017-05-15 10:49"
    assert item.warnings == ["published_at: page says 2017-05-15, meta says 2022-04-24"]


@pytest.mark.parametrize(
    "head",
    [
        '<meta name="PubDate" content="2024-03-01 09:00">',
        '<meta property="article:published_time" content="2024-02-29T22:30:00">',
        '<meta property="article:published_time" content="2024-02-29T22:30:00Z">',
        '<meta name="ContentSource" content="示例日报社">',
    ],
)
def test_no_false_alarm(head: str) -> None:
    item = read("<div>2024-03-01 06:30 来源：示例日报</div>", head=head)
    assert item.warnings == []


def test_another_source_in_the_head_is_a_doubt() -> None:
    item = read("<div>2024-03-01 来源：示例日报</div>", head='<meta name="ContentSource" content="某某局">')
    assert item.source == "示例日报"
    assert item.warnings == ["source: page says 示例日报, meta:ContentSource says 某某局"]


def test_address_is_a_check_of_the_printed_day() -> None:
    item = read("<div>2024-03-01 08:30</div>", url="http://www.example.cn/2024/0304/8.html")
    assert item.warnings == ["published_at: page says 2024-03-01, URL says 2024-03-04"]


def test_printed_day_takes_its_clock_from_the_head() -> None:
    item = read("<div>2024-03-01</div>", head='<meta name="PubDate" content="2024-03-01 08:30">')
    assert local(item) == "2024-03-01 08:30"
    assert item.evidence["published_at"].rule == "date below the headline"
    assert item.evidence["published_at_clock"].rule == "meta:PubDate"


def test_another_headline_in_the_head_is_a_doubt() -> None:
    item = read("<div>2024-03-01</div>", head='<meta property="og:title" content="完全是另外一回事情的标题">')
    assert item.warnings == [f"title: page says {TITLE}, meta says 完全是另外一回事情的标题"]


def test_source_of_the_head_is_used_where_none_is_printed() -> None:
    assert read("<div>2024-03-01</div>", head='<meta name="source" content="来源：示例日报">').source == "示例日报"
