"""The headline among logos, breadcrumbs, kickers and the names of sites."""

from __future__ import annotations

import pytest

from crawler.reading.extract import extract_article
from crawler.reading.headline import without_site

FIRST = "示例市市场监管局日前完成首批质量提升项目的验收，十二家企业的检测能力和标准化水平明显提高。"
SECOND = "验收组认为，项目把计量、标准和检验检测放在一处办理，企业少跑了路，也少花了钱。"
TITLE = "示例市首批质量提升项目通过验收"
INFO = "<div>2024-03-01 08:30 来源：示例日报</div>"


def title_of(title: str, markup: str, head: str = "") -> str:
    page = (
        f"<html><head><title>{title}</title>{head}</head><body>{markup}"
        f"<div class=c><p>{FIRST}</p><p>{SECOND}</p></div><p>版权所有 示例网</p></body></html>"
    )
    return extract_article(page.encode(), "http://www.example.cn/n/1.html").title


@pytest.mark.parametrize(
    ("title", "markup", "expected"),
    [
        (f"{TITLE}--时政--示例网", f"<h3 class=pre>从办证到服务</h3><h1>{TITLE}</h1><h4>十二家企业受益</h4>{INFO}",
         TITLE),
        (f"{TITLE}_新闻中心_示例网", f"<h1><a href=/>示例网</a></h1><h1>{TITLE}</h1>{INFO}", TITLE),
        (f"{TITLE} 示例江网", f"<h1>示例江网</h1><h2>{TITLE}</h2>{INFO}", TITLE),
        (f"示例县人民政府 要闻动态 {TITLE}",
         f"<div class=logo>示例县人民政府</div><h2>要闻动态</h2><p>{TITLE}</p>{INFO}", TITLE),
        (f"示例市质监局 - {TITLE}", f"<h2>示例市质监局</h2><td class=bt>{TITLE}</td>{INFO}", TITLE),
        (f"{TITLE}-示例市人民政府门户网站", f"<table><tr><td><font size=5>{TITLE}</font></td></tr></table>{INFO}",
         TITLE),
        (f"{TITLE}|质量提升|验收_示例财经_示例网", f"<div><span>{TITLE}</span></div>{INFO}", TITLE),
        (f"{TITLE}_凤示网评论_示例网", f"<h1>{TITLE}</h1>{INFO}", TITLE),
        ("示例市人民政府", f"<h1>{TITLE}</h1>{INFO}", TITLE),
        ("示例市人民政府", f"<h1>示例市人民政府</h1><div class=title>{TITLE}</div>{INFO}", TITLE),
        ("示例市人民政府", f"<div>您的位置：首页 &gt; 要闻</div><div style='font-size:24px'>{TITLE}</div>{INFO}",
         TITLE),
        ("办事指南", f"<a href=/z/>办事指南</a><table><tr><td><b>{TITLE}</b></td></tr></table>{INFO}", TITLE),
        ("质量协会", f"<div>{TITLE}</div>{INFO}", TITLE),
        ("编制说明", f"<a href=/z/>编制说明</a><p><b>{TITLE}</b></p>", TITLE),
        (f"{TITLE}_示例网", f"<table><tr><td>标题： {TITLE}</td></tr></table>{INFO}", TITLE),
        ("市长信箱",
         f"<table><tr><td>来信标题</td><td>{TITLE}</td></tr><tr><td>来信时间</td><td>2024-03-01</td></tr></table>",
         TITLE),
        (f"{TITLE}十二家企业受益_示例网", f"<h1>{TITLE}<br>十二家企业受益</h1>{INFO}", f"{TITLE}十二家企业受益"),
        ("要闻动态", f"<h2>要闻动态</h2><h3>{TITLE}</h3>{INFO}", TITLE),
        ("", f"<h1>{TITLE}</h1>{INFO}", TITLE),
        ("", f"<div class=title>{TITLE}</div>{INFO}", TITLE),
        ("示例市首批质量提升项目通…_示例网", f"<h1>{TITLE}</h1>{INFO}", TITLE),
        ("示例市首批质量提升项目通...", f"<h1>{TITLE}</h1>{INFO}", TITLE),
        (f"{TITLE}-示例网", f"<h1>{TITLE}<span>原创</span></h1>{INFO}", TITLE),
        (f"&quot;{TITLE}&quot; - 示例网", f"<h1>“{TITLE}”</h1>{INFO}", f"“{TITLE}”"),
        ("示例市首批 质量提升项目通过验收_示例网", f"<h1>{TITLE}</h1>{INFO}", TITLE),
        ("标准化｜首批项目通过验收_示例网", f"<h1>标准化｜首批项目通过验收</h1>{INFO}", "标准化｜首批项目通过验收"),
        ("质检快评：企业少跑路_示例网", f"<div>质检快评：企业少跑路</div>{INFO}", "质检快评：企业少跑路"),
        (f"{TITLE}十二家企业先受益_示例省政府", f"<h1>{TITLE}</h1><div>十二家企业先受益</div>{INFO}",
         f"{TITLE}十二家企业先受益"),
        (f"从办证到服务 {TITLE}_示例网", f"<h3>从办证到服务</h3><h1>{TITLE}</h1>{INFO}", f"从办证到服务 {TITLE}"),
        ("专家走进质检中心_示例网", f"<h1>专家走进质检中心</h1>{INFO}", "专家走进质检中心"),
        ("专家走进质检中心", f"<div>专家走进质检中心</div>{INFO}", "专家走进质检中心"),
        ("示例市人民政府门户网站_要闻", f"<h2>要闻</h2><h3>{TITLE}</h3>{INFO}", TITLE),
        ("通知_示例局", f"<h1>通知</h1>{INFO}", "通知"),
        (f"{TITLE}_示例网", f"<ul><li><a href=/1>{TITLE}</a></li></ul><div class=c2>{TITLE}</div>{INFO}", TITLE),
        (f"{TITLE} _示例网", INFO, TITLE),
        (f"示例网_{TITLE}", INFO, TITLE),
        (f"{TITLE}-要闻-示例网", INFO, TITLE),
        (f"{TITLE}（组图）_示例网", f"<h1>{TITLE}（组图）</h1>{INFO}", f"{TITLE}（组图）"),
        (f"政策解读 | {TITLE}", f"<h1>政策解读 | {TITLE}</h1>{INFO}", f"政策解读 | {TITLE}"),
        (f"示例省市场监督管理局 政务要闻 {TITLE}",
         f"<h1>{TITLE}</h1>{INFO}", TITLE),
    ],
)  # fmt: skip
def test_visible_line_that_agrees_with_the_title(title: str, markup: str, expected: str) -> None:
    assert title_of(title, markup) == expected


@pytest.mark.parametrize(
    ("title", "head", "markup"),
    [
        ("示例网", f'<meta name="ArticleTitle" content="{TITLE}">', f"<h1>示例网</h1><div>{TITLE}</div>{INFO}"),
        ("示例网", f'<meta property="og:title" content="{TITLE}">', INFO),
        ("示例网", f'<meta property="og:title" content="{TITLE}_示例网">', INFO),
        ("要闻", f'<meta name="ArticleTitle" content="{TITLE}"><meta name="ColumnName" content="要闻">',
         f"<h2>要闻</h2>{INFO}"),
        (f"{TITLE}_示例网", '<meta property="og:title" content="示例网"><meta name="SiteName" content="示例网">',
         f"<h1>示例网</h1><div>{TITLE}</div>{INFO}"),
    ],
)  # fmt: skip
def test_meta_tags_have_a_vote(title: str, head: str, markup: str) -> None:
    assert title_of(title, markup, head) == TITLE


@pytest.mark.parametrize(
    ("title", "core"),
    [
        (f"{TITLE}_要闻_示例网", TITLE),
        (f"{TITLE}-示例网", TITLE),
        (f"{TITLE} - 示例网", TITLE),
        (f"示例网--{TITLE}", TITLE),
        (f"{TITLE} | 示例新闻", TITLE),
        ("评论|首批项目通过验收_示例网", "评论|首批项目通过验收"),
        ("A-B测试", "A-B测试"),
        (TITLE, TITLE),
        ("", ""),
        ("_", ""),
        ("-", "-"),
    ],
)
def test_title_without_names_of_site_and_column(title: str, core: str) -> None:
    assert without_site(title) == core
