"""What pages tell of their site: publisher, column, rhythm, other columns."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from crawler.reading.page import Page, open_page
from crawler.reading.site_facts import column_links, column_name, is_home, publisher_name, registered, revisit_of

TODAY = date(2025, 6, 10)


def page(markup: str, url: str = "http://www.linxi.example/zl/") -> Page:
    return open_page(markup.encode(), url)


def titled(title: str, body: str = "<p>x</p>", head: str = "") -> Page:
    return page(f"<html><head><meta charset=utf-8><title>{title}</title>{head}</head><body>{body}</body></html>")


def test_publisher_comes_from_meta_before_title_before_foot() -> None:
    named = titled("甲_乙网", head='<meta name="SiteName" content="临溪市质量协会">')
    assert publisher_name([named]) == ("临溪市质量协会", "meta sitename")
    assert publisher_name([titled("甲事_临溪质量网"), titled("乙事_临溪质量网")]) == (
        "临溪质量网",
        "the end of <title>",
    )
    foot = titled("某日要闻", "<p>x</p><div>主办单位：临溪市计量学会 备案一号</div>")
    assert publisher_name([foot]) == ("临溪市计量学会", "the page's foot")
    assert publisher_name([titled("x")]) is None


def test_column_comes_from_breadcrumb_heading_or_title() -> None:
    crumb = titled("临溪质量网", '<div>当前位置：<a href="/">首页</a> &gt; <a href="/zl/">质量要闻</a></div>')
    assert column_name(crumb) == "质量要闻"
    assert column_name(titled("通知公告_临溪质量网"), "临溪质量网") == "通知公告"
    assert column_name(titled("临溪质量网", "<h2>计量动态</h2>"), "临溪质量网") == "计量动态"


@pytest.mark.parametrize(
    ("gaps", "expected"), [([0, 0, 0, 0, 0, 0, 0, 1], "1h"), ([1] * 8, "6h"), ([3] * 8, "12h"), ([20] * 8, "1d")]
)
def test_rhythm_follows_the_median_gap(gaps: list[int], expected: str) -> None:
    days = [TODAY]
    for gap in gaps:
        days.append(days[-1] - timedelta(days=gap))
    assert revisit_of(days, TODAY)[0] == expected


def test_rhythm_of_an_abandoned_or_undated_list_is_slow_or_usual() -> None:
    old = [TODAY - timedelta(days=200 + n) for n in range(8)]
    assert revisit_of(old, TODAY)[0] == "1d"
    assert revisit_of([], TODAY)[0] == "6h"


def test_columns_of_a_home_page_are_found_with_those_about_quality_first() -> None:
    home = page(
        '<html><body><a href="/">首页</a><a href="/tz/">通知公告</a><a href="/zl/index.html">质量强市</a>'
        '<a href="/login">登录</a><a href="http://other.test/zl/">质量论坛外站</a>'
        '<div><h3>计量动态</h3><a href="/jl/">更多&gt;&gt;</a></div>'
        '<a href="/2025/1.html">一条很长的新闻标题不是栏目名称</a>'
        "</body></html>",
        "http://www.linxi.example/",
    )
    found = {link.name: link.url for link in column_links(home)}
    assert list(found)[:2] == ["质量强市", "计量动态"]
    assert found["计量动态"] == "http://www.linxi.example/jl/"
    assert set(found) == {"质量强市", "计量动态", "通知公告"}


def test_home_pages_and_registered_hosts_are_told() -> None:
    assert is_home("http://a.example/")
    assert is_home("http://a.example/index.shtml")
    assert not is_home("http://a.example/zl/")
    assert not is_home("http://a.example/?cat=3")
    assert registered("scjg.linxi.gov.cn") == "linxi.gov.cn"
    assert registered("www.linxi.cn") == "linxi.cn"
    assert registered("127.0.0.1") == "127.0.0.1"
