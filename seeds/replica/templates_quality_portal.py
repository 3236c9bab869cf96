"""A portal of quality policy: PHPCMS' default skin, and an old template without any date and with the text twice."""

# ruff: noqa: E501 - lines of HTML

from __future__ import annotations

from datetime import datetime

from seeds.replica.model import Around, Article, Block, Column, Listing, Ref, Site
from seeds.replica.parts import VISITS, chinese_day, link, menu, ranking, styles, text, words

SITE = Site(
    name="quality_portal",
    publisher="质量门户",
    host="www.quality-portal.example",
    columns=(
        Column("质量强市", "/list-12-1.html", ("质量强市",), 32, old=9),
        Column("质量月", "/list-15-1.html", ("质量月",), 16, old=3, notices=1),
    ),
    robots="<html><head><title>404</title></head><body><h1>页面不存在</h1></body></html>",
    validators=("last-modified",),
    server="nginx/1.4.4",
)

_MENU = words(
    "首页 质量要闻 质量强国 质量强市 质量月 市长质量奖 首席质量官 标准化 计量 认证认可 检验检测 品牌建设 地理标志 产品召回 消费警示 质量文化 专家专栏 协会动态"
)


def charset(template: str) -> tuple[str, str]:
    """UTF-8, said by header and page."""
    return "utf-8", "text/html; charset=utf-8"


def list_path(column: Column, number: int) -> str:
    """/list-12-1.html, /list-12-2.html …"""
    return column.path.replace("-1.html", f"-{number}.html")


def article_path(column: Column, number: int, published: datetime, template: str) -> str:
    """/index.php?m=content&c=index&a=show&catid=12&id=345; old pages /html/2012/0614/345/."""
    if template == "old":
        return f"/html/{published:%Y/%m%d}/{300 + number}/"
    category = column.path.split("-")[1]
    return f"/index.php?m=content&c=index&a=show&catid={category}&id={9000 - number}"


def article_page(article: Article, around: Around) -> str:
    """The skin of PHPCMS, or the template before it."""
    return _old_page(article, around) if article.template == "old" else _new_page(article, around)


def list_page(listing: Listing) -> str:
    """Entries with a day, also for articles that print none."""
    rows = "\n".join(f'<li><span class="rt">{ref.day:%Y-%m-%d}</span>·{link(ref)}</li>' for ref in listing.refs)
    pager = [f'<a class="a1">{len(listing.refs)}条</a>']
    if listing.number > 1:
        pager.append(f'<a href="{listing.pages[listing.number - 2]}" class="a1">上一页</a>')
    for number, path in enumerate(listing.pages, 1):
        pager.append(f"<span>{number}</span>" if number == listing.number else f'<a href="{path}">{number}</a>')
    if listing.number < len(listing.pages):
        pager.append(f'<a href="{listing.pages[listing.number]}" class="a1">下一页</a>')
    return f"""{_head(listing.column.name)}
<div class="header"><span>今天是：{chinese_day(listing.today)}</span></div>
<div class="main">
<div class="crumbs"><a href="/">首页</a><span> &gt; </span>{listing.column.name}</div>
<ul class="list lh24 f14">
{rows}
</ul>
<div id="pages" class="text-c">{" ".join(pager)}</div>
</div>
{_side(listing.hot)}
{_foot()}"""


def _new_page(article: Article, around: Around) -> str:
    stamp = f'{article.published:%Y-%m-%d %H:%M:%S}&nbsp;&nbsp;&nbsp;来源：{text(article.printed_source)}&nbsp;&nbsp;&nbsp;评论：<a href="#comment" id="comment">0</a> 点击：'
    return f"""{_head(article.title)}
<div class="header"><span>今天是：{chinese_day(around.today)}</span></div>
<div class="main">
<div class="crumbs"><a href="/">首页</a><span> &gt; </span><a href="/list-12-1.html">{article.crumbs[0]}</a> &gt; 正文</div>
<div id="Article">
<h1>{text(article.title)}<br />
<span>{stamp}</span><span id="hits"></span></h1>
<div class="content">
{_body(article.blocks)}
</div>
<div class="Article-Tool">分享到：<a href="javascript:;">QQ空间</a><a href="javascript:;">新浪微博</a><a href="javascript:;">微信</a></div>
<p class="f14"><strong>上一篇：</strong>{link(around.previous) if around.previous else "已经是最后一篇"}<br />
<strong>下一篇：</strong>{link(around.following) if around.following else "已经是第一篇"}</p>
{_related(around.related)}
</div>
</div>
{_side(around.hot)}
<script language="JavaScript" src="/api.php?op=count&amp;id={article.path.rpartition("=")[2]}&amp;modelid=1"></script>
{_foot()}"""


def _old_page(article: Article, around: Around) -> str:
    # The template of those years printed the field of the text twice.
    body = _body(article.blocks)
    return f"""{_head(article.title)}
<div class="header"></div>
<div class="main">
<div class="article">
<h2>{text(article.title)}</h2>
<div class="text">
{body}
{body}
</div>
{_related(around.related)}
</div>
</div>
{_foot()}"""


def _related(refs: tuple[Ref, ...]) -> str:
    items = "\n".join(f"<li>{link(ref)}<span>({ref.day:%Y-%m-%d})</span></li>" for ref in refs)
    return f'<div class="related">\n<h5 class="blue">延伸阅读：</h5>\n<ul class="list blue lh24 f14">\n{items}\n</ul>\n</div>'


def _body(blocks: tuple[Block, ...]) -> str:
    lines = []
    for block in blocks:
        if block.kind == "img":
            lines.append(
                f'<figure><img src="{block.src}" alt="" /><figcaption>{text(block.text)}</figcaption></figure>'
            )
        elif block.kind == "h":
            lines.append(f"<p><strong>{text(block.text)}</strong></p>")
        else:
            lines.append(f"<p>{text(block.text)}</p>")
    return "\n".join(lines)


def _head(title: str) -> str:
    return f"""<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml">
<head>
<meta http-equiv="Content-Type" content="text/html; charset=utf-8" />
<title>{text(title)} - 质量门户</title>
<link href="/statics/css/default_blue.css" rel="stylesheet" type="text/css" />
{styles("qp", 20)}
</head>
<body>
<div class="nav"><ul>
{menu(_MENU, "/list-{number}-1.html")}
</ul></div>"""


def _side(refs: tuple[Ref, ...]) -> str:
    ranked = ranking(f"<li>{link(ref, 16)}</li>" for ref in refs)
    return f'<div class="col-auto"><h5 class="title-2">频道总排行</h5><ul class="content digg">{ranked}</ul><p>累计访问 {VISITS}</p></div>'


def _foot() -> str:
    return """<div class="footer"><a href="/about.html">关于我们</a> | <a href="/contact.html">联系方式</a>
<p>质量门户 版权所有</p></div>
</body>
</html>
"""
