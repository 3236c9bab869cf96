"""Whatever the bytes are, reading answers in time with an item or with one of its own errors."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.exceptions import BadContent, Blocked, CrawlError, LayoutMismatch, NotAnArticle
from crawler.reading.extract import extract_article
from crawler.reading.layouts import ArticleLayout, ListLayout, Pick
from crawler.reading.lists import extract_list

URL = "http://www.example.cn/a/1.html"
LAYOUTS = (
    ArticleLayout(name="a", title=Pick("h1"), info="div.info", body="div.text", column="div.place", drop=".no"),
    ArticleLayout(name="b", start="enpcontent"),
)
PARAGRAPH = "市场监管部门公布了第二批质量提升项目，要求各地在年底前完成验收，并把结果向社会公开。"
PAGE = f"""<html><head><meta charset="utf-8"><title>第二批质量提升项目公布_示例网</title></head><body>
<div class="place">当前位置：<a href="/">首页</a> &gt; 要闻 &gt; 正文</div><h1>第二批质量提升项目公布</h1>
<div class="info">2024-03-01 08:30 来源：示例日报 作者：</div>
<div class="text"><p>（记者 林小满）{PARAGRAPH}</p><img src="/1.jpg"><p>{PARAGRAPH}完</p>
<table><tr><td>一</td><td>二</td></tr></table></div>
<ul><li><a href="/a/2.html">另一篇文章的标题</a><span>2024-02-01</span></li></ul></body></html>""".encode()
NAMED = (BadContent, Blocked, LayoutMismatch, NotAnArticle)


def read_or_refuse(content: bytes, layouts=LAYOUTS) -> None:
    try:
        item = extract_article(content, URL, layouts=layouts)
    except CrawlError as error:
        assert isinstance(error, NAMED)
        assert "reading broke" not in str(error), repr(error.__cause__)
    else:
        assert item.title
        assert item.body or item.images


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=3000))
def test_random_bytes_are_refused_by_name(content: bytes) -> None:
    read_or_refuse(content)
    read_or_refuse(b"<html><body><div class=text>" + content)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32), st.integers(1, 40), st.sampled_from([LAYOUTS, ()]))
def test_mutated_pages_are_read_or_refused_by_name(seed: int, changes: int, layouts) -> None:
    rng = random.Random(seed)
    content = bytearray(PAGE)
    for _ in range(changes):
        place = rng.randrange(len(content))
        match rng.randrange(4):
            case 0:
                content[place] = rng.randrange(256)
            case 1:
                del content[place : place + rng.randrange(1, 30)]
            case 2:
                content[place:place] = content[rng.randrange(len(content)) :][:60]
            case _:
                content[place:place] = rng.choice(
                    [b"<", b"\x00", b"<!--", b"&#x110000;", b"</td>", b"<base href='http://['>"]
                )
    read_or_refuse(bytes(content), layouts)


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="<>/ \n\"'=abdivplitoa记者来源：2024-01 :()（）", max_size=400))
def test_lists_of_odd_markup_are_read_or_refused(text: str) -> None:
    try:
        reading = extract_list(f"<html>{text}".encode(), URL, ListLayout(links="a", item="li", date="p", next_page="a"))
        extract_list(f"<html>{text}".encode(), URL, None)
    except CrawlError:
        return
    assert all(link.url.startswith("http") for link in reading.links)


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20,
        b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj",
        b"PK\x03\x04\x14\x00" + b"\x00" * 100,
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 100,
        b"\x1f\x8b\x08\x00",
        b"GIF89a\x01\x00\x01\x00",
        bytes(range(256)) * 40,
        b"",
        b" \r\n ",
        b"OK",
        b'{"code": 404}',
        b"<" + b"\x00" * 3000,
    ],
)
def test_what_is_no_page_is_bad_content(content: bytes) -> None:
    with pytest.raises(BadContent) as caught:
        extract_article(content, URL, layouts=LAYOUTS)
    assert str(caught.value)


@pytest.mark.parametrize("layouts", [LAYOUTS, ()])
def test_text_inside_five_thousand_elements_is_kept(layouts) -> None:
    deep = "<div>" * 5000 + f"<p>{PARAGRAPH}</p>" + "</div>" * 5000
    page = PAGE.decode().replace('<img src="/1.jpg">', deep).encode()

    item = extract_article(page, URL, layouts=layouts)

    assert item.body.count(PARAGRAPH) >= 3
    assert item.title == "第二批质量提升项目公布"


MEGABYTES = {
    "paragraphs": f"<p>{PARAGRAPH}</p>",
    "one long line": PARAGRAPH,
    "links": '<li><a href="/a/3.html">关于开展质量提升行动的通知</a></li>',
    "open divs": "<div>",
    "open divs and text": "<div><p>质量</p>",
    "comments": "<!-- x",
    "scripts": "<script>",
    "attributes": "<p a='1' b=\"2\" style='display:none'>",
    "spans": "<span>质</span>",
    "brackets": "（记者（",
    "labels": "来源：时间：",
    "dates": "2024-01-",
    "table": "<table><tr><td>一",
    "lines": "第一条<br>",
    "digits": "1" * 60,
    "blanks": " \u3000\n",
    "entities": "&nbsp;&lt;",
}


@pytest.mark.parametrize("layouts", [LAYOUTS, ()], ids=["layouts", "generic"])
@pytest.mark.parametrize("kind", MEGABYTES)
def test_eight_megabytes_end_soon(kind: str, layouts) -> None:
    piece = MEGABYTES[kind]
    size = len(piece.encode())
    filler = piece * (8_000_000 // size)
    head, _, tail = PAGE.decode().partition('<div class="text">')
    page = f'{head}<div class="text">{filler}{tail}'.encode()

    started = time.process_time()
    read_or_refuse(page, layouts)
    spent = time.process_time() - started

    # One second is the bound of the product; the rest is room for a busy machine. Work without bound takes minutes.
    assert spent < 10


def test_embedded_pictures_do_not_count_as_text() -> None:
    picture = "data:image/png;base64," + "iVBORw0KGgo" * 300_000
    page = PAGE.decode().replace("/1.jpg", picture).encode()

    item = extract_article(page, URL, layouts=LAYOUTS)

    assert item.body.count(PARAGRAPH) == 2
    assert item.images == []
    assert item.warnings == []


def test_page_that_is_too_long_is_cut_and_says_so() -> None:
    page = PAGE.decode().replace("</body>", "<p>补白</p>" * 400_000 + "</body>").encode()

    item = extract_article(page, URL, layouts=LAYOUTS)

    assert item.body.count(PARAGRAPH) == 2
    assert any("only the first" in warning for warning in item.warnings)


def test_page_without_body_element_is_read() -> None:
    page = PAGE.decode().replace("<body>", "").replace("</body></html>", "").encode()

    item = extract_article(page, URL)

    assert item.title == "第二批质量提升项目公布"
    assert item.body.count(PARAGRAPH) == 2


def test_text_behind_the_end_of_the_document_is_read() -> None:
    page = PAGE.decode().replace("<body>", "<body></body></html>").encode()

    assert extract_article(page, URL).body.count(PARAGRAPH) == 2


@pytest.mark.parametrize(("label", "codec"), [("gb2312", "utf-8"), ("utf-8", "gb18030"), ("big5", "utf-8")])
def test_wrong_charset_label_is_not_believed(label: str, codec: str) -> None:
    page = PAGE.decode().replace('charset="utf-8"', f'charset="{label}"').encode(codec)

    item = extract_article(page, URL)

    assert item.body.count(PARAGRAPH) == 2
    assert any("charset" in warning for warning in item.warnings)


@pytest.mark.parametrize("count", [1, 100, 900])
def test_parts_in_another_charset_lose_nothing_and_are_told(count: int) -> None:
    page = PAGE.decode().replace("<table>", f"<p>{PARAGRAPH}</p>" * 40 + "<table>").encode()
    menu = "<a>质量工作</a>".encode("gb18030") * count

    item = extract_article(page.replace(b"<h1>", menu + b"<h1>"), URL)

    assert item.title == "第二批质量提升项目公布"
    assert item.body.count(PARAGRAPH) == 42
    assert any(warning.startswith("charset: ") for warning in item.warnings)


def test_bytes_without_any_charset_are_refused() -> None:
    noise = bytes(random.Random(1).choices(range(0x80, 0x100), k=4000))

    with pytest.raises(CrawlError) as caught:
        extract_article(b"<html><body><div class=text>" + noise, URL)
    assert isinstance(caught.value, NAMED)


@pytest.mark.parametrize(
    "content",
    [
        b"<html><head><script>" + b"var a = 1;" * 2000 + b"</script></head><body></body></html>",
        b"<html><body><div id=app></div><script src=/app.js></script></body></html>",
        "<html><body><noscript>请打开脚本功能。</noscript><script>start()</script></body></html>".encode(),
    ],
)
def test_page_of_scripts_only_is_refused_with_a_quotation(content: bytes) -> None:
    with pytest.raises((LayoutMismatch, NotAnArticle, Blocked)) as caught:
        extract_article(content, URL)
    assert str(caught.value)


@pytest.mark.parametrize("magic", [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"GIF89a", b"%PDF-1.7", b"PK\x03\x04"])
def test_picture_or_document_served_as_a_page_is_refused_by_both_readers(magic: bytes) -> None:
    headers = {"content-type": "text/html; charset=utf-8"}

    with pytest.raises(BadContent, match="no page but a"):
        extract_article(magic + PAGE, URL, headers=headers)
    with pytest.raises(CrawlError):
        extract_list(magic + PAGE, URL, None, headers=headers)


NESTED = (
    "div",
    "span",
    "b",
    "font",
    "section",
    "table><tr><td",
    "ul><li",
    "blockquote",
    "x-y",
)


@pytest.mark.parametrize("tag", NESTED)
def test_five_thousand_elements_inside_each_other_lose_neither_text_nor_time(tag: str) -> None:
    name = tag.partition(">")[0].partition(" ")[0]
    deep = f"<{tag}>" * 5000 + f"<p>{PARAGRAPH}</p>" + f"</{name}>" * 5000
    page = PAGE.decode().replace('<img src="/1.jpg">', deep).encode()
    layout = ListLayout(links="a", item="li", date="span")

    started = time.process_time()
    item = extract_article(page, URL)
    extract_list(page, URL, None)
    extract_list(page, URL, layout)
    spent = time.process_time() - started

    assert item.title == "第二批质量提升项目公布"
    assert item.body.count(PARAGRAPH) >= 2
    assert spent < 10  # three readings; work that grows with the square of the depth takes minutes


def test_paragraphs_too_deep_for_the_tree_stay_apart() -> None:
    deep = "<div>" * 3000 + f"<p>{PARAGRAPH}</p><div>{PARAGRAPH}甲</div><div><b>{PARAGRAPH}</b>乙</div>"
    deep += "<script>var a = '看不见的文字';</script><style>.a{}</style>"
    page = PAGE.decode().replace('<img src="/1.jpg">', deep).encode()

    lines = extract_article(page, URL, layouts=LAYOUTS).body.split("\n")

    assert {PARAGRAPH, f"{PARAGRAPH}甲", f"{PARAGRAPH}乙"} <= set(lines)
    assert not any("看不见" in line for line in lines)


@pytest.mark.parametrize("inside", ["", "<ul>"], ids=["beside each other", "inside each other"])
def test_declared_list_of_fifteen_thousand_records_ends_soon(inside: str) -> None:
    records = [f"{inside}<li><a href='/a/{number}.html'>通知</a>" for number in range(15_000)]
    page = ("<html><body><ul>" + "".join(records)).encode()

    started = time.process_time()
    extract_list(page, URL, ListLayout(links="li a", item="li", date="span"))
    extract_list(page, URL, ListLayout(links="a"))
    spent = time.process_time() - started

    assert spent < 12  # work that grows with the square takes longer; this takes one


@pytest.mark.parametrize("kind", ["text/html", "application/json", "text/xml"])
@pytest.mark.parametrize(
    "content", [b"", b"{", b"[[[[", b"<rss>", b"<urlset><url>", b"null", b"\xef\xbb\xbf", b"()", b"a({})"]
)
def test_broken_answers_of_feeds_and_interfaces_are_read_or_refused(content: bytes, kind: str) -> None:
    try:
        reading = extract_list(content, URL, None, headers={"content-type": kind})
    except CrawlError as error:
        assert str(error)
    else:
        assert reading.links == []


@pytest.mark.parametrize(
    "content", [b"<!DOCTYPE html PUBLIC", b"<?xml version='1.0'", b"<!-- x", b"<!-->", b"<!-- a --><!DOCTYPE"]
)
def test_answer_cut_inside_its_first_lines_ends(content: bytes) -> None:
    with pytest.raises(CrawlError):
        extract_list(content, URL, None)


def test_headings_inside_headings_take_no_time() -> None:
    page = PAGE.decode().replace('<img src="/1.jpg">', "质量（<h1>" * 20_000).encode()

    started = time.process_time()
    read_or_refuse(page, ())
    assert time.process_time() - started < 10
