"""聊城信息港: own ASP.NET, static pages, GBK bytes under a gb2312 label, view count by script."""

# ruff: noqa: E501 - lines of HTML

from __future__ import annotations

from datetime import datetime

from seeds.replica.content import chance
from seeds.replica.model import Around, Article, Block, Column, Listing, Ref, Site
from seeds.replica.parts import clock_script, link, menu, share_bar, styles, text, words

SITE = Site(
    name="liaocheng",
    publisher="聊城信息港",
    host="www.liaocheng.cc",
    home="聊城",
    columns=(
        Column("聊城资讯", "/life/liaocheng", ("资讯中心", "聊城新闻"), 34, notices=1),
        Column("热点", "/life/redian", ("资讯中心", "热点新闻"), 17, notices=1),
    ),
    robots="User-agent: *\r\nDisallow: /huiyuan/\r\nDisallow: /news_search.aspx\r\nAllow: /\r\n",
    validators=("etag", "last-modified"),
    server="Microsoft-IIS/6.0",
    twins=("liaocheng.cc",),
)

_MENU = words(
    "首页 资讯中心 聊城新闻 房产 汽车 招聘 二手 团购 美食 婚嫁 教育 旅游 摄影 娱乐 论坛 博客 黄页 企业 分类信息 会员"
)


def charset(template: str) -> tuple[str, str]:
    """GBK; the header names no charset, the page says gb2312."""
    return "gbk", "text/html"


def list_path(column: Column, number: int) -> str:
    """/life/liaocheng, /life/liaocheng?page=2 …"""
    return column.path if number == 1 else f"{column.path}?page={number}"


def article_path(column: Column, number: int, published: datetime, template: str) -> str:
    """/html/2015/0615/0922324817.htm: the publish time and four digits."""
    return f"/html/{published:%Y/%m%d/%H%M%S}{chance(f'liaocheng {number}').randint(1000, 9999)}.htm"


def article_page(article: Article, around: Around) -> str:
    """Structure of the captured page of 2018."""
    crumbs = " &gt; ".join(f'<a href="/life/{place}">{name}</a>' for place, name in enumerate(article.crumbs))
    moment = article.published
    when = f"{moment.year}-{moment.month}-{moment.day} {moment.hour}:{moment:%M:%S}"
    info = (
        f'发布：{when}&nbsp;&nbsp;来源:{text(article.printed_source)}&nbsp;&nbsp;浏览<span id="hits"></span>次'
        f"&nbsp;&nbsp;编辑：{text(article.printed_editor)}"
    )
    related = "\n".join(f"<li><span>{_short(ref)}</span>{link(ref)}</li>" for ref in around.related)
    return f"""{_head(article.title)}
<div class="content">
<div class="l">
<div class="news_dh">您所在的位置：<a href="/">聊城信息港</a> &gt; {crumbs}</div>
<div class="box">
<h1>{text(article.title)}</h1>
<div class="info">{info}</div>
<div class="nr">
{_body(article.blocks)}
</div>
<div class="info_bottom"><a href="/huiyuan/blog.aspx">【写进Blog】</a><a href="#pl">【点评留言】</a><a href="/huiyuan/tg.aspx">【在线投稿】</a><a href="javascript:window.print()">【打印页面】</a></div>
{share_bar("分享到：")}
<h3>相关文章</h3>
<ul>
{related}
</ul>
</div>
</div>
{_side(around.hot)}
</div>
<script type="text/javascript" src="/hits.aspx?id={article.path[-8:-4]}&amp;to=hits"></script>
{_foot()}"""


def list_page(listing: Listing) -> str:
    """The day stands before the link; further pages by a query."""
    rows = "\n".join(f"<li><span>{_short(ref)}</span>{link(ref)}</li>" for ref in listing.refs)
    pager = [f"<span>共{len(listing.pages)}页</span>"]
    if listing.number > 1:
        pager.append(f'<a href="{listing.pages[listing.number - 2]}">上一页</a>')
    for number, path in enumerate(listing.pages, 1):
        pager.append(f"<span>{number}</span>" if number == listing.number else f'<a href="{path}">{number}</a>')
    if listing.number < len(listing.pages):
        pager.append(f'<a href="{listing.pages[listing.number]}">下一页</a>')
    return f"""{_head(listing.column.name)}
<div class="content">
<div class="l">
<div class="list">
<div class="dh">您所在的位置：<a href="/">聊城信息港</a> &gt; {listing.column.name}</div>
<ul>
{rows}
</ul>
<div class="page">{" ".join(pager)}</div>
</div>
</div>
{_side(listing.hot)}
</div>
{_foot()}"""


def _short(ref: Ref) -> str:
    return f"{ref.day.year}-{ref.day.month}-{ref.day.day}"


def _body(blocks: tuple[Block, ...]) -> str:
    lines = []
    for block in blocks:
        if block.kind == "img":
            lines.append(f'<p align="center"><img src="{block.src}"><br>{text(block.text)}</p>')
        elif block.kind == "h":
            lines.append(f"<p>&nbsp;&nbsp;&nbsp; <strong>{text(block.text)}</strong></p>")
        else:
            lines.append(f"<p>&nbsp;&nbsp;&nbsp; {text(block.text)}</p>")
    return "\n".join(lines)


def _head(title: str) -> str:
    return f"""<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml">
<head>
<meta http-equiv="Content-Type" content="text/html; charset=gb2312" />
<title>{text(title)}-聊城信息港</title>
<link href="/css/news.css" rel="stylesheet" type="text/css" />
{styles("lc", 30)}
</head>
<body>
<div id="top"><a href="/huiyuan/reg.aspx">免费注册</a> <a href="/huiyuan/login.aspx">登录</a> {clock_script()}</div>
<div id="dh"><ul>
{menu(_MENU, "/bbs/lb-{number}.aspx")}
</ul></div>
<form action="/news_search.aspx"><input name="key" /><input type="submit" value="搜索资讯" /></form>"""


def _side(refs: tuple[Ref, ...]) -> str:
    items = "\n".join(f"<li>{link(ref, 15)}</li>" for ref in refs)
    return f"""<div class="r">
<div class="box2"><h5>图片新闻</h5><ul><li><a href="/info/1244.aspx"><img src="/up/small/1.jpg" width="120" /></a></li></ul></div>
<div class="box2"><h5>热门资讯</h5><ul>
{items}
</ul></div>
</div>"""


def _foot() -> str:
    return """<div id="bottom"><a href="/about.aspx">关于我们</a> <a href="/ad.aspx">广告刊登</a>
<p>Copyright © 聊城信息港</p><a href="tencent://message/?uin=10000"><img src="/img/qq.gif" alt="点我联系客服" /></a></div>
</body>
</html>
"""
