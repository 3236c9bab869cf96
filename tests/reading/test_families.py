from __future__ import annotations

import pytest

from crawler.reading.extract import extract_article
from crawler.reading.families import FAMILIES, founder_properties, marked

TEXT = "市场监管部门公布了第二批质量提升项目，要求各地在年底前完成验收，并把结果向社会公开。"

PAGES = {
    "founder": f"""<h1>项目公布</h1><div>2024-03-01 08:30 来源: 示例报</div>
<div><!--enpcontent--><!--enpcontent--><p>{TEXT}</p><!--/enpcontent--></div><div>一键分享至</div>""",
    "phpcms": f"""<div class="crumbs"><a href="/">首页</a> &gt; 要闻 &gt; 正文</div><div id="Article"><h1>项目公布<br>
<span>2024-03-01 08:30&nbsp;&nbsp;来源：示例报&nbsp;&nbsp;评论：<a href="#">0</a> 点击：</span>
<span id="hits"></span></h1>
<div class="content"><p>{TEXT}</p></div><div class="Article-Tool">分享到</div>
<div class="related"><h5>延伸阅读：</h5><li><a href="/2">另一篇</a><span>(2023-01-01)</span></li></div></div>""",
    "empire": f"""<div>您当前的位置：<a href="/">首页</a> &gt; 要闻 &gt; 正文</div>
<div class="title_info"><h1>项目公布</h1></div>
<div class="info_text">时间：2024-03-01 08:30 来源：示例报 作者：</div>
<table><tr><td id="text"><p>{TEXT}</p></td></tr></table>""",
    "standard_meta": f"""<meta name="ArticleTitle" content="项目公布"><meta name="PubDate" content="2024-03-01 08:30">
<meta name="ContentSource" content="示例报"></head><body><div class="TRS_Editor">
<style>.TRS_Editor P{{}}</style><p>{TEXT}</p></div>""",
}


@pytest.mark.parametrize("name", PAGES)
def test_each_family_reads_its_default_template(name: str) -> None:
    page = f"<html><head><title>项目公布 - 示例网</title>{PAGES[name]}</html>".encode()

    item = extract_article(page, "http://www.example.cn/1.html", layouts=(FAMILIES[name],))

    assert item.layout == name
    assert (item.title, item.source, item.body) == ("项目公布", "示例报", TEXT)
    assert item.published_at is not None
    assert item.published_at.isoformat() == "2024-03-01T00:30:00+00:00"
    assert item.views is None
    assert item.column in ([], ["要闻"])


def test_founder_properties_in_both_forms() -> None:
    tags = "<!--enpproperty <articleid>1</articleid><date>2024-03-01</date><author> </author>/enpproperty-->"
    assert founder_properties(tags) == {"articleid": "1", "date": "2024-03-01"}
    attributes = '<!--enpproperty date="2024-03-01" sourcename="示例报" author="" /enpproperty-->'
    assert founder_properties(attributes) == {"date": "2024-03-01", "sourcename": "示例报"}
    assert founder_properties("<p>") == {}
    assert founder_properties("<!--enpproperty never closed") == {}


@pytest.mark.parametrize(
    ("page", "inside"),
    [
        ("<!--a-->x<!--/a-->", "x"),
        ("<!-- a --><!--a-->x<!-- /a --><!--a-->x<!--/a-->", "x"),
        ("<!--a--> <!--/a--><!--a-->y<!--/a-->", "y"),
        ("<!--a-->x", None),
        ("x<!--/a-->", None),
        ("<!--/a-->x<!--a-->", None),
        ("<!--b-->x<!--/b-->", None),
    ],
)
def test_text_between_comments(page: str, inside: str | None) -> None:
    assert marked(page, "a") == inside


def test_end_marker_may_have_its_own_name() -> None:
    assert marked("<!--begin-->x<!--end-->", "begin", "end") == "x"
