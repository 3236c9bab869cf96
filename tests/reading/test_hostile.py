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
