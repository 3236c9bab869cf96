from __future__ import annotations

import time

import pytest

from crawler.exceptions import BadContent
from crawler.reading.body import text_of
from crawler.reading.page import each, first, open_page, parse, select

URL = "http://www.example.cn/a/1.html"


def test_page_knows_its_charset_and_base() -> None:
    page = open_page(
        '<html><head><base href="/b/"><meta charset=gb2312></head><body><p>质量强国</p></body></html>'.encode(
            "gb18030"
        ),
        URL,
        {"Content-Type": "text/html; charset=utf-8"},
    )
    assert (page.charset, page.base, page.warnings) == ("gb18030", "http://www.example.cn/b/", [])


def test_charset_of_the_header_counts_when_the_page_names_none() -> None:
    warned = open_page("<p>质量强国</p>".encode("gb18030"), URL, {"content-type": "text/html; charset=big5"})
    assert warned.warnings == ["charset: declared big5, the bytes are gb18030"]
    assert open_page("<p>质量</p>".encode(), URL, {"content-type": "text/html"}).warnings == []
    assert open_page("<p>质量</p>".encode(), URL, {"server": "x"}).warnings == []


def test_selectors_find_descendants_in_order() -> None:
    page = open_page(b"<div class='a'><p>1</p><div><p>2</p></div></div><p>3</p>", URL)
    assert [node.text for node in select(page.root, "div.a p")] == ["1", "2"]
    assert first(page.root, "h1") is None
    assert select(page.root, "div.a")[0].tag == "div"


@pytest.mark.parametrize("css", ["div[", "p::text", "", "a:nth-child(x)"])
def test_bad_selector_is_named(css: str) -> None:
    with pytest.raises(ValueError, match="not a CSS selector"):
        select(open_page(b"<p>1</p>", URL).root, css)


def test_damaged_page_is_refused_with_its_share() -> None:
    broken = b"".join("质量强国".encode() + bytes([0xFF, 0xFE, 0x81, 0xFF]) for _ in range(50))
    with pytest.raises(BadContent, match="cannot be decoded"):
        open_page(b"<p>" + broken, URL)


def test_page_of_a_comment_alone_is_refused() -> None:
    with pytest.raises(BadContent, match="no readable markup"):
        open_page(b"<!-- nothing -->", URL)
    assert parse("") is None


def test_zero_bytes_inside_markup_are_left_out() -> None:
    page = open_page(b"<html><body>" + b"<p>x</p>" * 1000 + b"<p>a\x00b</p></body></html>", URL)
    assert page.root.xpath("string(//p[last()])") == "ab"


def test_bytes_that_only_look_like_a_picture_are_a_page() -> None:
    assert open_page(b"BM<p>text</p>", URL).root is not None


@pytest.mark.parametrize("size", [3_000, 20_000])
def test_nesting_beyond_the_parser_keeps_text_and_attributes(size: int) -> None:
    markup = (
        "<div class='x'>" * size
        + "深处<!-- 注 --><b data-a='1' 坏='2'>粗</b>"
        + "</div>" * size
        + "<p id='end'>末尾</p>"
    )
    root = parse(f"<html><body>{markup}</body></html>")
    assert root is not None
    shown = "".join(map(str, root.itertext()))
    assert "深处" in shown
    assert "粗" in shown
    assert "末尾" in shown
    assert first(root, "p#end") is not None


@pytest.mark.parametrize("css", ["p", "p.b", "div.x", "div#i", "div#x", "div.a p", "section.none", ".b"])
def test_first_is_the_first_of_all(css: str) -> None:
    page = open_page(
        b"<div id=i class='x a'><p class='a'>1</p><p class=' b c '>2</p></div><div class=x><p class=b>3</p></div>", URL
    )
    found = select(page.root, css)
    assert first(page.root, css) is (found[0] if found else None)
    assert list(each(page.root, css)) == found


PLACES = """<html><body class="b"><ul class="x"><li id="1"><a>一</a><b><a>二</a></b></li><li><p><a>三</a></p></li></ul>
<div><div class="y"><a>四</a></div><p>段</p><a>五</a></div><ul><li><i><a>六</a></i></li></ul></body></html>"""


@pytest.mark.parametrize(
    "css",
    [
        "li a", "li > a", "ul.x li a", "ul.x > li > a", "div div a", "div a", "div > a", ".x a, .y a", "ul li b > a",
        "p + a", "p ~ a", "li:first-child a", "li:last-child > p a", "li:nth-child(2) a", "ul:first-of-type a",
        "div:not(.y) > a", "a", "ul *", "li#1 a", "div p + a", "ul > *", "i a, b a, p a",
    ],
)  # fmt: skip
def test_selectors_find_the_same_on_a_page_as_below_an_element(css: str) -> None:
    root = parse(PLACES)
    inside = parse(f"<html><body><section>{PLACES}</section></body></html>")
    assert root is not None and inside is not None
    below = select(inside, "section")[0]

    assert [text_of(node) for node in select(root, css)] == [text_of(node) for node in select(below, css)]


def test_links_of_a_huge_list_are_selected_at_once() -> None:
    root = parse("<html><body><ul>" + "<li><a href='/1'>一</a>" * 30_000)
    assert root is not None
    started = time.process_time()
    assert len(select(root, "ul li a")) == 30_000
    assert time.process_time() - started < 8  # over ten seconds by way of the usual expression


@pytest.mark.parametrize("depth", [1, 3000])
def test_what_stands_behind_the_end_of_the_document_belongs_to_the_page(depth: int) -> None:
    nested = "<div>" * depth + "<p>一</p>" + "</div>" * depth
    root = parse(
        f"<html><head><title>题</title></head><body>{nested}</body></html>\n<div><p>二</p>文</div></html><p>三</p>"
    )
    assert root is not None

    assert text_of(root).split() == ["一", "二", "文", "三"]
    assert [node.tag for node in select(root, "p")] == ["p", "p", "p"]
    assert len(root.findall("body")) == 1
