"""南通网: Founder CMS. New template in UTF-8, old one in GBK, both sent as ISO-8859-1."""

# ruff: noqa: E501 - lines of HTML

from __future__ import annotations

from datetime import datetime

from seeds.replica.model import Around, Article, Block, Column, Listing, Site
from seeds.replica.parts import clock_script, link, menu, share_bar, styles, text, words

SITE = Site(
    name="zgnt",
    publisher="南通网",
    host="www.zgnt.net",
    home="南通",
    columns=(
        Column("南通时政", "/node_101.htm", (), 33, old=9),
        Column("公告活动", "/node_102.htm", (), 18, notices=2),
    ),
    robots=None,
    validators=("etag", "last-modified"),
    server="nginx/1.10.3",
    redirects=("zgnt.net",),
)

_MENU = words(
    "南通新闻 时政要闻 县区播报 社会民生 经济纵横 江海文化 教育周刊 健康讲堂 交通出行 房产楼盘 汽车行情 家居装修 旅游线路 "
    "美食地图 亲子乐园 图说南通 视频点播 网络问政 公告活动 便民服务 天气预报 公交查询 违章查询 数字报纸 论坛社区 手机报 专题汇总"
)
_HOT_PICTURES = ("濠河晨练的人 ...", "沿江步道添新景 ...", "老城巷口的秋色 ...", "渔港归航忙卸货 ...")


def charset(template: str) -> tuple[str, str]:
    """The header's label is wrong for both templates."""
    return ("gbk" if template == "old" else "utf-8"), "text/html; charset=ISO-8859-1"


def list_path(column: Column, number: int) -> str:
    """node_101.htm, node_101_2.htm …"""
    return column.path if number == 1 else column.path.replace(".htm", f"_{number}.htm")


def article_path(column: Column, number: int, published: datetime, template: str) -> str:
    """/content/2025-09/18/content_3104312.htm."""
    days = published.toordinal() - 733000
    return f"/content/{published:%Y-%m/%d}/content_{days * 400 + number}.htm"


def article_page(article: Article, around: Around) -> str:
    """New template, or the table of the years before."""
    return _old_page(article, around) if article.template == "old" else _new_page(article, around)


def list_page(listing: Listing) -> str:
    """Entries with a day; the pinned one stands on top of every page."""
    rows = []
    for ref in listing.refs:
        mark = ' class="top"' if ref.pinned else ""
        rows.append(f"<li{mark}>{link(ref, None if ref.pinned else 34)}<span>{ref.day:%Y-%m-%d}</span></li>")
    pager = []
    for number, path in enumerate(listing.pages, 1):
        name = path.lstrip("/")
        pager.append(f"<b>{number}</b>" if number == listing.number else f'<a href="{name}">{number}</a>')
    if listing.number > 1:
        pager.insert(0, f'<a href="{listing.pages[listing.number - 2].lstrip("/")}">上一页</a>')
    if listing.number < len(listing.pages):
        pager.append(f'<a href="{listing.pages[listing.number].lstrip("/")}">下一页</a>')
    return f"""<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml">
<head>
<meta http-equiv="Content-Type" content="text/html; charset=utf-8" />
<title>{listing.column.name}_南通网</title>
<meta name="ColumnName" content="{listing.column.name}" />
{styles("nt", 40)}
</head>
<body>
{_head()}
<div class="main"><div class="position">您的当前位置: <a href="/">首页</a> >> {listing.column.name}</div>
<div class="left">
<ul class="list">
{chr(10).join(rows)}
</ul>
<div id="displaypagenum">{"&nbsp;".join(pager)}</div>
<span id="mpagecount" style="display:none">{len(listing.pages)}</span><span id="mcurrentpage" style="display:none">{listing.number}</span>
</div>
<div class="right"><h3>酷图热图</h3><ul>{_pictures()}</ul></div>
</div>
{_foot()}
</body></html>
"""


def _new_page(article: Article, around: Around) -> str:
    related = "\n".join(f"<li>{link(ref)}<em>{ref.day:%Y-%m-%d}</em></li>" for ref in around.related)
    subtitle = f'\n<h2 class="subtitle">{text(article.subtitle)}</h2>' if article.subtitle else ""
    # Founder doubles the marker now and then.
    start = "<!--enpcontent--><!--enpcontent-->" if len(article.title) % 3 == 0 else "<!--enpcontent-->"
    return f"""<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml">
<head>
<meta http-equiv="Content-Type" content="text/html; charset=utf-8" />
<title>{text(article.title)}_南通网</title>
<meta name="keywords" content="南通,新闻,质量" />
{styles("nt", 60)}
<script type="text/javascript" src="/js/jquery-1.8.3.min.js"></script>
</head>
<body>
{_head()}
<div class="main">
<div class="position">您的当前位置: <a href="/node_101.htm"></a> >> 正文</div>
<div class="content">
<!--enpproperty <articleid>{_id(article)}</articleid><date>{article.published:%Y-%m-%d %H:%M:%S}.0</date><author></author><title>{text(article.title)}</title><subtitle>{text(article.subtitle or "")}</subtitle><introtitle></introtitle><keyword></keyword><siteid>2</siteid><nodeid>101</nodeid><nodename></nodename><nodesearchname></nodesearchname>/enpproperty-->
<h1>{text(article.title)}</h1>{subtitle}
<div class="info">{article.published:%Y-%m-%d %H:%M:%S}　来源: {text(article.printed_source)}</div>
<div class="text" id="zoomtext">
{start}
{_body(article.blocks)}
<!--/enpcontent-->
</div>
<div class="share"><span>一键分享至</span>
{share_bar("分享")}
</div>
<div class="related"><h3>相关新闻</h3>
<ul>
{related}
</ul></div>
<div class="pics"><h3>酷图热图</h3><ul>{_pictures()}</ul></div>
</div>
</div>
{_foot()}
</body></html>
"""


def _old_page(article: Article, around: Around) -> str:
    crumbs = " &gt;&gt; ".join(
        f'<a href="/node_{place}.htm">{name}</a>' for place, name in enumerate(article.crumbs, 100)
    )
    info = f"来源：{article.printed_source}　{article.published:%Y年%m月%d日 %H:%M}"
    if article.printed_author:
        info += f"　作者：{article.printed_author}"
    info += f"　责任编辑：{article.printed_editor}"
    hot = "\n".join(f"<tr><td>·{link(ref, 16)} ({ref.day.month}-{ref.day.day})</td></tr>" for ref in around.hot)
    return f"""<HTML>
<HEAD><META http-equiv=Content-Type content="text/html; charset=gb2312">
<TITLE>{text(article.title)} - 南通网</TITLE>
<LINK href="/css/old.css" type=text/css rel=stylesheet>
</HEAD>
<BODY bgColor=#ffffff leftMargin=0 topMargin=0>
<TABLE width=980 align=center border=0 cellPadding=0 cellSpacing=0>
<TR><TD height=28>{clock_script()}</TD><TD align=right><A href="/">网站首页</A> | <A href="#">设为首页</A> | <A href="#">加入收藏</A></TD></TR>
</TABLE>
<TABLE width=980 align=center><TR><TD class=dqwz>您的当前位置: <A href="/">首页</A> &gt;&gt; {crumbs} &gt;&gt; 正文</TD></TR></TABLE>
<TABLE width=980 align=center><TR><TD width=690 vAlign=top>
<TABLE width="100%">
<TR><TD align=center><h1 class=bt>{text(article.title)}</h1></TD></TR>
<TR><TD align=center class=xx>{text(info)}</TD></TR>
<TR><TD class=nr>
<!--enpcontent-->
{_body(article.blocks)}
<!--/enpcontent-->
</TD></TR>
</TABLE>
</TD><TD width=280 vAlign=top>
<TABLE width="100%"><TR><TD class=tt>点击排行</TD></TR>
{hot}
</TABLE>
</TD></TR></TABLE>
<TABLE width=980 align=center><TR><TD align=center class=foot>南通网 版权所有 未经许可不得镜像</TD></TR></TABLE>
</BODY></HTML>
"""


def _body(blocks: tuple[Block, ...]) -> str:
    lines = []
    for block in blocks:
        if block.kind == "img":
            lines.append(f'<p align="center"><img src="{block.src}" border="0" width="560" /></p>')
            lines.append(f'<p align="center">{text(block.text)}</p>')
        elif block.kind == "h":
            lines.append(f"<p>　　<strong>{text(block.text)}</strong></p>")
        else:
            lines.append(f"<p>　　{text(block.text)}</p>")
    return "\n".join(lines)


def _id(article: Article) -> str:
    return article.path.rpartition("_")[2].removesuffix(".htm")


def _pictures() -> str:
    return "".join(
        f'<li><a href="/node_{310 + place}.htm"><img src="/attachement/thumb_{place}.jpg" width="120" />{name}</a></li>'
        for place, name in enumerate(_HOT_PICTURES)
    )


def _head() -> str:
    return f"""<div class="top"><div class="w980">南通人看南通 <a href="/">南通网首页</a> {clock_script()}</div></div>
<div class="nav"><ul>
{menu(_MENU, "/node_{number}.htm")}
</ul></div>"""


def _foot() -> str:
    return """<div class="foot"><p>南通网 版权所有 苏ICP备00000000号</p>
<p>转载图文旨在传递信息，如有版权疑问请来电，我们会及时处理。</p><p>新闻热线：0513-80000000　投稿邮箱：news@zgnt.example</p></div>
<script type="text/javascript">$(function(){$(".nav li").hover(function(){$(this).addClass("on")},function(){$(this).removeClass("on")});});</script>"""
