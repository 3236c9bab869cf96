from __future__ import annotations

import pytest
from lxml import html

from crawler.reading.header import Metas, doc_number, find_column, header_text, read_column
from crawler.reading.page import open_page

BASE = "http://www.example.cn/a/1.html"


@pytest.mark.parametrize(
    ("markup", "names"),
    [
        ('您的当前位置: <a href="/n"></a> >> 正文', []),
        ('您当前的位置: <a href="/">首页</a> &gt; 新闻 &gt; 计量与质量', ["新闻", "计量与质量"]),
        ('您所在的位置：<a href="/">聊城信息港</a> > <a href="/z">资讯中心</a> > 聊城新闻', ["资讯中心", "聊城新闻"]),
        ('當前位置：<a href="/index.html">示例網</a>»要聞»內容', ["要聞"]),
        ('<a href="/n/">要闻</a> | 项目公布', ["要闻"]),
        ("网站首页 / 政务 / 公告 / 详情", ["政务", "公告"]),
        ('<a href="/?c=1">栏目</a> &gt; 次级', ["栏目", "次级"]),
        ("正文", []),
    ],
)
def test_breadcrumb_without_home_and_without_the_page_itself(markup: str, names: list[str]) -> None:
    node = html.fragment_fromstring(markup, create_parent="div")
    assert read_column(node, BASE, "项目 公布") == names


@pytest.mark.parametrize(
    "markup",
    [
        '<div>当前位置：<a href="/">首页</a> &gt; 要闻</div>',
        '<div><span>您的位置：</span><a href="/">首页</a> &gt; 要闻</div>',
        '<table><tr><td><b><font>所在位置</font></b>：<a href="/">首页</a> &gt; 要闻</td></tr></table>',
        '<p>项目的位置优越</p><script>"当前位置：x"</script><div><img>当前位置：<a href="/">首页</a> &gt; 要闻</div>',
    ],
)
def test_breadcrumb_is_found_by_its_words(markup: str) -> None:
    node = find_column(open_page(f"<html><body>{markup}</body></html>".encode(), BASE))
    assert node is not None
    assert read_column(node, BASE) == ["要闻"]


@pytest.mark.parametrize(
    "markup", ["<p>没有面包屑</p>", "<p>位置</p>", "<p>当前位置：</p>", f"<p>当前位置：{'长' * 300}</p>"]
)
def test_pages_without_breadcrumb_have_none(markup: str) -> None:
    assert (
        find_column(open_page(f"<html><body><div><div><div>{markup}</div></div></div></body></html>".encode(), BASE))
        is None
    )


def test_lines_between_headline_and_text() -> None:
    root = html.document_fromstring(
        "<h1>标题</h1><!-- x --><script>var a='2020-01-01'</script><p>2024-03-01 <b>来源：</b>甲报</p>"
        "<div>正文第一段的开头在这里，很长。</div><p>2023-01-01</p>"
    )
    (title,) = root.cssselect("h1")
    assert header_text(title, "正文第一段的开头在这里，很长。") == "2024-03-01 来源： 甲报"
    assert header_text(title, "别处的文字开头是这样的。") == ""


def test_endless_lines_after_the_headline_are_given_up() -> None:
    root = html.document_fromstring("<h1>标题</h1>" + f"<p>{'别的文字' * 20}</p>" * 50)
    assert header_text(root.cssselect("h1")[0], "正文从不出现在此处。") == ""


@pytest.mark.parametrize(
    ("lines", "number"),
    [
        (["国市监质〔2024〕17号"], "国市监质〔2024〕17号"),
        (["标题", "国办发 [2017] 47 号"], "国办发[2017]47号"),
        (["关于印发办法的通知（国市监质〔2024〕17号）"], "国市监质〔2024〕17号"),
        (["根据国市监质〔2024〕17号文件要求，各地应当认真落实质量提升的各项任务。"], None),
        (["2024年第17号"], None),
        ([], None),
    ],
)
def test_document_number_stands_alone(lines: list[str], number: str | None) -> None:
    assert doc_number(*lines) == number


def test_meta_tags_by_name_property_and_any_case() -> None:
    root = html.document_fromstring(
        '<head><meta name="PUBDATE" content=" a "><meta property="og:title" content="b">'
        '<meta name="x"><meta name="PubDate" content="c"></head>'
    )
    assert Metas.of(root) == {"pubdate": "a", "og:title": "b"}
    assert Metas.of(html.document_fromstring('<p>x</p><meta name="a" content="1">')) == {"a": "1"}
