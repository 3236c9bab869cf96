"""Where an article goes on, and where it only seems to."""

from __future__ import annotations

import pytest

from crawler.reading.continuation import Continuation, find_continuation, may_continue, part_number
from crawler.reading.page import open_page

TEXT = "<p>区市场监管局会同有关部门开展质量提升行动，走访企业一百余家，解决难题三十多件，成效明显。</p>" * 3
ARTICLE = "http://www.town.example/news/2026/101.html"


def look(below: str, url: str = ARTICLE, article: str = "", read: int = 1, charset: str = "utf-8") -> Continuation:
    content = f"<html><head><title>通报</title></head><body><h1>通报</h1>{TEXT}{below}</body></html>".encode(charset)
    assert read > 1 or may_continue(content, charset)
    return find_continuation(open_page(content, url), article or url, read)


@pytest.mark.parametrize(
    ("article", "other", "number"),
    [
        ("http://a.cn/n/101.html", "http://www.a.cn/n/101_2.html", 2),
        ("http://a.cn/n/101.html", "http://a.cn/n/101-3.html", 3),
        ("http://a.cn/n/t20260101_7.html", "http://a.cn/n/t20260101_7_1.html", 1),
        ("http://a.cn/c/2026-01/02/content_77.htm", "http://a.cn/c/2026-01/02/content_77_2.htm", 2),
        ("http://a.cn/show-9-101-1.html", "http://a.cn/show-9-101-2.html", 2),
        ("http://a.cn/n/101.html", "http://a.cn/n/101/2.html", 2),
        ("http://a.cn/2026/01/name/", "http://a.cn/2026/01/name/2/", 2),
        ("http://a.cn/n/101/index.html", "http://a.cn/n/101/index_1.html", 1),
        ("http://a.cn/n/101/", "http://a.cn/n/101/index_2.html", 2),
        ("http://a.cn/show.php?id=7", "http://a.cn/show.php?id=7&page=2", 2),
        ("http://a.cn/show.php?id=7&page=1", "http://a.cn/show.php?page=3&id=7", 3),
        ("http://a.cn/n/101.html", "http://a.cn/n/102.html", None),
        ("http://a.cn/n/101.html", "http://a.cn/n/1011_2.html", None),
        ("http://a.cn/n/101.html", "http://a.cn/n/index_2.html", None),
        ("http://a.cn/n/101.html", "http://a.cn/m/101_2.html", None),
        ("http://a.cn/n/101.html", "http://b.cn/n/101_2.html", None),
        ("http://a.cn/show-9-101-1.html", "http://a.cn/show-9-102-1.html", None),
        ("http://a.cn/show.php?id=7", "http://a.cn/show.php?id=8&page=2", None),
        ("http://a.cn/show.php?id=7", "http://a.cn/show.php?id=7&order=2", None),
        ("http://a.cn/n/101.html", "http://[bad/n/101_2.html", None),
    ],
)
def test_address_of_a_part_is_told_from_that_of_another_article(article: str, other: str, number: int | None) -> None:
    assert part_number(article, other) == number


@pytest.mark.parametrize(
    ("below", "following"),
    [
        (
            "<div id='pages'><b>1</b> <a href='101_2.html'>2</a> <a class='a1' href='101_2.html'>下一页</a></div>",
            "101_2",
        ),
        ("<p align=center>【1】 <a href='101_1.html'>【2】</a> <a href='101_2.html'>【3】</a></p>", "101_1"),
        ("<p>[1] <a href='/news/2026/101_2.html'>[2]</a></p>", "101_2"),
        ("<p><a href='101_2.html'>后一页 &gt;</a></p>", "101_2"),
        ("<p><a href='101_2.html'>第二页</a></p>", "101_2"),
        ("<p><a href='101_2.html'>&gt;&gt;</a> 下一页</p>", "101_2"),
        (
            "<ul><li><a>共3页:</a></li><li class='thisclass'><a>1</a></li><li><a href='101_2.html'>2</a></li></ul>",
            "101_2",
        ),
        ("<script>createPageHTML(3, 0, '101', 'html');</script>", "101_1"),
        ("<script>createPageHTML('div', 3, 1, '101', 'html', 500);</script>", "101_2"),
        (
            "<script>var currentPage = 0; var countPage = 3; write('<a href=\"101_' + 1 + '.html\">');</script>",
            "101_1",
        ),
    ],
)
def test_next_part_is_found_by_every_kind_of_pager(below: str, following: str) -> None:
    assert look(below).next == f"http://www.town.example/news/2026/{following}.html"


@pytest.mark.parametrize(
    "below",
    [
        "<p>下一篇：<a href='102.html'>下一篇文章</a> <a href='102.html'>下一篇</a> 下一页</p>",
        "<p><a href='102.html'>下一页</a></p>",
        "<div class='comment-list'><a href='101.html?page=2'>2</a> <a href='101.html?page=2'>下一页</a></div>",
        "<div><a href='101.html?page=2#comments'>下一页</a></div>",
        "<div class='list'><a href='index_2.html'>2</a> <a href='index_2.html'>下一页</a></div>",
        "<div><a href='101.html'>下一页</a></div>",
        "<div><a href='javascript:go(2)'>下一页</a></div>",
        "<script>createPageHTML(17, 0, 'index', 'html');</script>",
        "<script>createPageHTML(1, 0, '101', 'html');</script>",
        "<script>var currentPage = 0; var countPage = 1; document.write('101_');</script>",
        "<p><a href='/zt/2.html'>2</a><a href='/zt/1.html'>1</a> 全文</p>",
    ],
)
def test_other_articles_lists_and_comments_are_no_part(below: str) -> None:
    assert look(below) == Continuation()


def test_last_part_has_no_next() -> None:
    below = "<p><a href='101.html'>上一页</a> <a href='101.html'>1</a> <b>2</b> <a href='101_2.html'>下一页</a></p>"
    assert look(below, "http://www.town.example/news/2026/101_2.html", ARTICLE, read=2).next is None
    assert look("<script>createPageHTML(2,1,'101','html')</script>", ARTICLE, ARTICLE, read=2).next is None


def test_later_parts_count_on() -> None:
    below = "<p><a href='101.html'>1</a> <b>2</b> <a href='101_3.html'>3</a> <a href='101_3.html'>下一页</a></p>"
    found = look(below, "http://www.town.example/news/2026/101_2.html", ARTICLE, read=2)
    assert found.next == "http://www.town.example/news/2026/101_3.html"


def test_later_part_that_a_list_links_names_its_first() -> None:
    below = "<p><a href='101.html'>上一页</a> <a href='101.html'>1</a> <b>2</b></p>"
    found = look(below, "http://www.town.example/news/2026/101_2.html")
    assert found.first == ARTICLE


@pytest.mark.parametrize("label", ["在本页阅读全文", "单页显示", "全文", "余下全文", "[查看全文]", "不分页显示"])
def test_page_with_the_whole_article_is_named(label: str) -> None:
    assert look(f"<a href='101_all.html'>{label}</a> 全文").whole == "http://www.town.example/news/2026/101_all.html"
    assert look(f"<a href='101.html?all=1'>{label}</a> 全文").whole == f"{ARTICLE}?all=1"


@pytest.mark.parametrize(
    "href", ["101.html", "/zw/9.html", "http://other.example/news/2026/101_all.html", "102_all.html"]
)
def test_whole_text_elsewhere_is_another_page(href: str) -> None:
    assert look(f"<a href='{href}'>阅读全文</a>").whole is None


def test_parts_with_addresses_of_their_own_are_followed_by_a_whole_pager_below_the_text() -> None:
    pager = (
        "<div class='fy'><b>1</b> <a href='102.html'>2</a> <a href='105.html'>3</a> <a href='102.html'>下一页</a></div>"
    )
    assert look(pager).next == "http://www.town.example/news/2026/102.html"
    second = "<div class='fy'><a href='101.html'>1</a> <b>2</b> <a href='105.html'>3</a></div>"
    found = look(second, "http://www.town.example/news/2026/102.html", ARTICLE, read=2)
    assert found.next == "http://www.town.example/news/2026/105.html"
    assert look(f"<div>{pager} 最新推荐</div>".replace("<b>1</b>", "<b>热点</b>")).next is None
    above = f"<html><body>{pager}{TEXT}</body></html>".encode()
    assert find_continuation(open_page(above, ARTICLE), ARTICLE).next is None


def test_file_without_an_address_still_says_that_it_goes_on() -> None:
    found = look("<a href='t1_2.html'>下一页</a>", "http://page.invalid/")
    assert found.next == "http://page.invalid/t1_2.html"


def test_hint_is_seen_in_every_charset() -> None:
    for charset in ("utf-8", "gb18030", "big5"):
        assert may_continue(("<a>下一頁</a>" if charset == "big5" else "<a>下一页</a>").encode(charset), charset)
    assert may_continue("<a>【2】</a>".encode("gb18030"), "gb18030")
    assert not may_continue("<p>2026年2月，共有2家企业</p>".encode())


def test_pager_in_gbk_is_read() -> None:
    assert look("<a href='101_2.html'>下一页</a>", charset="gb18030").next is not None
