"""Whatever is served as a list is read or refused by name, in bounded time."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.exceptions import CrawlError
from crawler.reading.lists import PageRequest, extract_list

URL = "http://www.linjiang.example.cn/xw/index.html"
MOST_SECONDS = 10  # of CPU: work without bound takes minutes; `zhiwen bench fuzz` holds the bar of one second


def row(number: int) -> str:
    return f'<li><a href="/n/{number}.html" title="x">市场监管消息第{number}条</a><span>2026-01-05</span></li>'


def many(count: int) -> str:
    return "".join(map(row, range(count)))


HOSTILE = {
    "20,000 links": lambda: f"<ul>{many(20_000)}</ul>",
    "20,000 links without records": lambda: "".join(
        f'<a href="/n/{n}.html">市场监管消息第{n}条</a> 01-05<br>' for n in range(20_000)
    ),
    "links inside links": lambda: "".join(f'<b><a href="/n/{n}.html">市场监管消息第{n}条</a>' for n in range(1_900)),
    "one address 2,000 deep": lambda: "".join('<div><a href="/n/1.html">市场监管消息一条</a>' for _ in range(2_000)),
    "5,000 elements deep": lambda: "<div>" * 5_000 + many(2_000),
    "8 MB of words": lambda: f"<ul>{many(20)}</ul><p>" + "质量" * 1_300_000,
    "endless script": lambda: "<script>var page='" + 'a="x_"+page+' * 300_000,
    "JSON in JSON": lambda: "<script>" + 'var x={"a":' * 200_000,
    "deep JSON": lambda: "[" * 400_000,
    "90,000 JSON rows": lambda: (
        "[" + ",".join(f'{{"title":"消息标题{n}","url":"/n/{n}.html"}}' for n in range(90_000)) + "]"
    ),
    "feed of ampersands": lambda: '<?xml version="1.0"?><rss>' + "&" * 2_000_000,
    "feed of open items": lambda: '<?xml version="1.0"?><rss>' + "<item>" * 300_000,
    "entities in entities": lambda: (
        '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "xx"><!ENTITY b "&a;&a;">]><rss>&b;</rss>'
    ),
    "100,000 comments": lambda: "<!-- <a href='/n/1.html'>a</a><a><a> -->" * 100_000,
    "open records": lambda: "<datastore><recordset>" + "<record>" * 500_000,
    "30,000 clickable lines": lambda: "".join(
        f'<p onclick="x" data-url="/n/{n}.html">市场监管消息第{n}条</p>' for n in range(30_000)
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_lists_are_read_or_refused_in_time(name: str) -> None:
    content = HOSTILE[name]().encode()
    start = time.process_time()
    with contextlib.suppress(CrawlError):
        extract_list(content, URL, None)
    assert time.process_time() - start < MOST_SECONDS


FRAGMENTS = st.lists(
    st.sampled_from(
        [
            "<ul>",
            "</ul>",
            "<li>",
            "</li>",
            '<a href="/n/12345.html">市场监管消息的标题',
            "</a>",
            "2026-01-05",
            "01-05",
            '<a href="?page=2">下一页</a>',
            "<table><tr><td>",
            "</td></tr></table>",
            "<!--",
            "-->",
            "<script>",
            "</script>",
            '{"title":"标题","url":"/a/1.html"}',
            "[",
            "]",
            "createPageHTML(3,0,'index','html')",
            "<rss><item>",
            "<link>",
            "dataproxy.jsp?unitid=1&columnid=2",
            "<record><![CDATA[",
            "]]></record>",
            "totalrecord",
            "&",
            "\x00",
            "<base href='//['>",
            "<div style='display:none' class=a>",
            "<div class=a>",
            "</div>",
            "http://[::1",
            "<iframe src='/x'>",
            "querydata=",
        ]
    ),
    max_size=40,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(FRAGMENTS, st.sampled_from(["<html><body>", '<?xml version="1.0"?>', "", "cb("]), st.integers(1, 3))
def test_any_mixture_is_read_or_refused_by_name(parts: list[str], start: str, number: int) -> None:
    content = (start + "".join(parts)).encode()
    request = PageRequest(f"{URL}?page=1&startrecord=1&endrecord=2", b'{"pageIndex":1}')
    try:
        reading = extract_list(content, URL, None, page=number, request=request)
    except CrawlError:
        return
    assert all(link.url.startswith("http") for link in reading.links)
    assert len({link.url for link in reading.links}) == len(reading.links)
