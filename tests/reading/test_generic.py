from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.items import ArticleItem
from crawler.reading.extract import extract_article

FIRST = "市场监管部门公布了第二批质量提升项目，要求各地在年底前完成验收，并把结果向社会公开。"
SECOND = "负责人表示，项目经费由省市两级分担，企业不再另行申报，验收不合格的限期整改。"
LINKS = "".join(f'<li><a href="/n/{n}.html">第{n}条别的新闻的标题在此</a> 2023-01-{n:02d}</li>' for n in range(1, 13))
TITLE = "第二批质量提升项目公布"


def read(body: str, head: str = f"<title>{TITLE}_示例网</title>") -> ArticleItem:
    page = f"<html><head>{head}</head><body>{body}</body></html>"
    return extract_article(page.encode(), "http://www.example.cn/n/1.html")


TEXTS = {
    "paragraphs": f"<p>{FIRST}</p><p>{SECOND}</p>",
    "lines": f"　　{FIRST}<br><br>　　{SECOND}<br>",
    "boxes": f"<div>{FIRST}</div><div>{SECOND}</div>",
    "cells": f"<table><tr><td><p>{FIRST}</p><p>{SECOND}</p></td></tr></table>",
    "split boxes": f"<div class='p1'><p>{FIRST}</p></div><div class='p2'><p>{SECOND}</p></div>",
}


@pytest.mark.parametrize(
    "container", ["div class=x7", "div id=zoom", "div class=TRS_Editor", "td", "section id=vsb_content_2"]
)
@pytest.mark.parametrize("text", TEXTS)
def test_text_is_found_among_links(container: str, text: str) -> None:
    tag = container.split()[0]
    box = f"<{container}>{TEXTS[text]}</{tag}>"
    if tag == "td":
        box = f"<table><tr>{box}</tr></table>"
    item = read(
        f"<div class='top'><ul>{LINKS}</ul></div><h1>{TITLE}</h1><div>2024-03-01 08:30 来源：示例日报</div>{box}"
        f"<div class='related'><h3>相关新闻</h3><ul>{LINKS}</ul></div>"
        f"<div class='footer'>版权所有 示例网，未经许可不得转载。</div>"
    )
    assert item.layout == "generic"
    assert item.body == f"{FIRST}\n{SECOND}"
    assert item.title == TITLE
    assert (item.source, item.published_precision) == ("示例日报", "minute")
    assert item.evidence["body"].confidence < 1


def test_named_container_goes_before_the_densest_block() -> None:
    item = read(f"<h1>{TITLE}</h1><div id=zoom><p>{FIRST}</p></div><div class=x><p>{SECOND[:30]}。</p></div>")
    assert item.body == FIRST
    assert item.evidence["body"].text == "container zoom"


@pytest.mark.parametrize(
    ("body", "head", "title"),
    [
        (f"<h1>{TITLE}</h1>", f"<title>{TITLE}_要闻_示例网</title>", TITLE),
        (f"<h1>示例网</h1><h2>{TITLE}</h2>", f"<title>{TITLE} - 示例网</title>", TITLE),
        (f"<div class=t>{TITLE}</div>", f"<title>示例网--{TITLE}</title>", TITLE),
        (f"<h1>{TITLE}</h1>", "<title></title>", TITLE),
        (f"<h1>{TITLE}</h1>", "", TITLE),
        ("", f"<title>{TITLE}_示例网</title>", TITLE),
        ("", f"<title>{TITLE}-示例网</title>", TITLE),
        ("", f"<title>示例网</title><meta property='og:title' content='{TITLE}'>", TITLE),
        (f"<div><a href='/'>示例网</a> &gt; <a href='/1'>{TITLE}</a></div>", f"<title>{TITLE}|示例网</title>", TITLE),
    ],
)
def test_headline_by_agreement(body: str, head: str, title: str) -> None:
    item = read(f"{body}<div class=x><p>{FIRST}</p><p>{SECOND}</p></div>", head)
    assert item.title == title
    assert item.body == f"{FIRST}\n{SECOND}"


def test_dates_of_other_articles_are_not_taken() -> None:
    item = read(f"<ul>{LINKS}</ul><h1>{TITLE}</h1><div class=x><p>{FIRST}</p><p>{SECOND}</p></div><ul>{LINKS}</ul>")
    assert item.published_at is None
    assert item.source is None


def test_todays_date_above_the_headline_is_not_taken() -> None:
    item = read(
        f"<div>今天是2026年11月21日 星期六</div><h1>{TITLE}</h1><p>发布时间：2024-03-01</p>"
        f"<div class=x><p>{FIRST}</p><p>{SECOND}</p></div>"
    )
    assert item.published_at is not None
    assert item.published_at.isoformat() == "2024-02-29T16:00:00+00:00"


def test_headline_and_info_line_inside_the_container_are_no_text() -> None:
    item = read(f"<div class=x><h1>{TITLE}</h1><p>2024-03-01 08:30　示例日报</p><p>{FIRST}</p><p>{SECOND}</p></div>")
    assert item.body == f"{FIRST}\n{SECOND}"
    assert (item.source, item.published_precision) == ("示例日报", "minute")


def test_hidden_links_are_no_text() -> None:
    item = read(f"<h1>{TITLE}</h1><div class=x><p>{FIRST}</p><div style='display:none'>{SECOND * 5}</div></div>")
    assert item.body == FIRST


def test_meta_source_is_used_when_none_is_printed() -> None:
    item = read(
        f"<h1>{TITLE}</h1><div class=x><p>{FIRST}</p></div>",
        "<meta name=ContentSource content=示例省局><meta name=ArticleTitle content=x>",
    )
    assert item.source == "示例省局"


def test_day_of_the_issue_printed_far_away_counts_when_the_address_tells_it_too() -> None:
    issue = "<div class=top><span>滨江时报</span><p>2022年03月22日 Tue</p></div>"
    others = "<ul>" + "".join(f"<li><a href=/{n}.html>第{n}批名单公布</a></li>" for n in range(8)) + "</ul>"
    text = "<p>全市质量工作会议昨天召开，会议部署了首席质量官制度的推广工作，要求各县区年内完成培训。</p>" * 6
    content = f"<title>质量会议召开</title>{issue}<div>{others}</div><div><h3>质量会议召开</h3>{text}</div>".encode()

    told = extract_article(content, "http://paper.example.cn/content/202203/22/content_40112.html")
    other_day = extract_article(content, "http://paper.example.cn/content/202203/23/content_40112.html")
    untold = extract_article(content, "http://paper.example.cn/content/40112.html")

    assert told.published_at == datetime(2022, 3, 21, 16, tzinfo=UTC)
    assert told.published_precision == "day"
    assert told.evidence["published_at"].text == "2022年03月22日"
    assert other_day.published_at is None
    assert untold.published_at is None


def test_headline_over_two_lines_is_whole_when_the_title_adds_the_number_of_the_document() -> None:
    text = "<p>各县区人民政府，市政府各部门：为提升全市质量水平，经市政府同意，现提出以下意见，请认真贯彻执行。</p>" * 6
    content = (
        "<title>滨江市人民政府关于加强计量工作推进质量强市的意见（滨政发〔2019〕7号）_信息公开</title><div>"
        "<p align=center><b>滨江市人民政府关于加强计量工作</b></p><p align=center><b>推进质量强市的意见</b></p>"
        f"<p align=center>滨政发〔2019〕7号</p>{text}</div>"
    ).encode()
    assert (
        extract_article(content, "http://x.example.cn/1.html").title
        == "滨江市人民政府关于加强计量工作推进质量强市的意见"
    )
