"""中国计量网: EmpireCMS-like pages, counted and rendered by the server at every fetch, no validators."""

# ruff: noqa: E501 - lines of HTML

from __future__ import annotations

from datetime import datetime

from seeds.replica.model import Around, Article, Block, Column, Listing, Ref, Site
from seeds.replica.parts import VIEWS, VISITS, chinese_day, link, menu, ranking, share_bar, styles, text, words

SITE = Site(
    name="chinajl",
    publisher="中国计量网",
    host="www.chinajl.com.cn",
    columns=(
        Column("计量与质量", "/jiliangyuzhiliang/", ("新闻", "计量与质量"), 33),
        Column("产业计量", "/chanyejiliang/", ("新闻", "产业计量"), 17),
        Column("政策要闻", "/zhengceyaowen/", ("新闻", "政策要闻"), 8, notices=1),
        Column("计量文化研究", "/jiliangwenhuayanjiu/", ("文化", "计量文化研究"), 6),
    ),
    robots="User-agent: *\nCrawl-delay: 0\nDisallow: /e/\nDisallow: /d/\n",
    server="Microsoft-IIS/8.5",
)

_MENU = words(
    "首页 新闻 计量要闻 政策要闻 产业计量 计量与质量 地方动态 国际计量 技术 检定规程 校准规范 测量技术 不确定度 法规 文化 计量文化研究 "
    "计量史话 人物 培训 考试 展会 仪器 供求 企业 论坛 下载 期刊 会员"
)


def charset(template: str) -> tuple[str, str]:
    """UTF-8, said in the page alone."""
    return "utf-8", "text/html"


def list_path(column: Column, number: int) -> str:
    """/jiliangyuzhiliang/, /jiliangyuzhiliang/index_2.html …"""
    return column.path if number == 1 else f"{column.path}index_{number}.html"


def article_path(column: Column, number: int, published: datetime, template: str) -> str:
    """/jiliangyuzhiliang/57604.html."""
    return f"{column.path}{(published.toordinal() - 733000) * 30 + number}.html"


def article_page(article: Article, around: Around) -> str:
    """One line of 发布时间, 作者, 来源, 浏览; the author is often empty."""
    crumbs = " &gt; ".join(f'<a href="/{place}/">{name}</a>' for place, name in enumerate(article.crumbs))
    info = f"发布时间:{article.published:%Y-%m-%d} 作者:{article.printed_author} 来源:{article.printed_source} 浏览:{VIEWS}"
    related = "\n".join(f"<li>{link(ref)}<span>{ref.day:%Y-%m-%d}</span></li>" for ref in around.related)
    return f"""{_head(article.title, around.today.strftime("%Y"))}
{_top(around.hot, chinese_day(around.today))}
<div class="wrap">
<div class="left">
<div class="position">您当前的位置: <a href="/">首页</a> &gt; {crumbs}</div>
<div class="title_info"><h1>{text(article.title)}</h1></div>
<div class="info_text">{text(info)}</div>
<table width="100%" border="0"><tr><td id="text">
{_body(article.blocks)}
</td></tr></table>
{share_bar("分享到:")}
<div class="prevnext">{_neighbour("上一篇", around.previous)}{_neighbour("下一篇", around.following)}</div>
<div class="xg"><h3>相关信息</h3><ul>
{related}
</ul></div>
</div>
{_side(around.hot)}
</div>
{_foot()}"""


def list_page(listing: Listing) -> str:
    """Entries with a day."""
    crumbs = " &gt; ".join(listing.column.crumbs)
    rows = "\n".join(f"<li>{link(ref)}<span>{ref.day:%Y-%m-%d}</span></li>" for ref in listing.refs)
    pager = [f'<a title="总数">&nbsp;<b>{sum(1 for _ in listing.pages) * 15}</b></a>']
    for number, path in enumerate(listing.pages, 1):
        pager.append(f"<b>{number}</b>" if number == listing.number else f'<a href="{path}">{number}</a>')
    if listing.number < len(listing.pages):
        pager.append(f'<a href="{listing.pages[listing.number]}">下一页</a>')
        pager.append(f'<a href="{listing.pages[-1]}">尾页</a>')
    return f"""{_head(listing.column.name, listing.today.strftime("%Y"))}
{_top(listing.hot, chinese_day(listing.today))}
<div class="wrap">
<div class="left">
<div class="position">您当前的位置: <a href="/">首页</a> &gt; {crumbs}</div>
<ul class="newslist">
{rows}
</ul>
<div class="epages">{"&nbsp;".join(pager)}</div>
</div>
{_side(())}
</div>
{_foot()}"""


def _neighbour(label: str, ref: Ref | None) -> str:
    return f"<p>{label}：{link(ref) if ref else '没有了'}</p>"


def _body(blocks: tuple[Block, ...]) -> str:
    lines = []
    for block in blocks:
        if block.kind == "img":
            lines.append(
                f'<div align="center"><img src="{block.src}" alt="" /></div><div class="img-desc">{text(block.text)}</div>'
            )
        elif block.kind == "h":
            lines.append(f"<p>　　<b>{text(block.text)}</b></p>")
        else:
            lines.append(f"<p>　　{text(block.text)}</p>\n<p>&nbsp;</p>")
    return "\n".join(lines)


def _head(title: str, year: str) -> str:
    return f"""<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml">
<head>
<meta http-equiv="Content-Type" content="text/html; charset=utf-8" />
<title>{text(title)} - 中国计量网</title>
<meta name="description" content="计量资讯 {year}" />
{styles("jl", 45)}
</head>
<body>"""


def _top(hot: tuple[Ref, ...], day: str) -> str:
    return f"""<div class="top"><span>中国计量网 http://www.chinajl.com.cn/</span><span>今天是{day}</span><span>今日访问 {VISITS} 人次</span></div>
<div class="logo"><h2>中国计量网——计量人的网上家园</h2></div>
<div class="nav"><ul>
{menu(_MENU, "/lm{number}/")}
</ul></div>
<div class="sd"><b>计量资讯速递</b></div>"""


def _side(hot: tuple[Ref, ...]) -> str:
    ranked = ranking(f"<li>{link(ref, 14)} <i>{ref.day.month:02d}-{ref.day.day:02d}</i></li>" for ref in hot)
    return f"""<div class="right"><div class="tz"><h3>通知</h3><p><a href="/e/tz.php">点击查看</a></p></div>
<div class="ph"><h3>点击排行</h3><ul>{ranked}</ul></div>
<div class="hy"><h3>会员注册</h3><form action="/e/enews/" method="post"><p>账号<input name="username" /></p><p>密码<input name="password" type="password" /></p></form></div></div>"""


def _foot() -> str:
    return f"""<div class="foot"><p>中国计量网 版权所有 京ICP备00000000号</p><p>在线 {VISITS} 人</p></div>
<script type="text/javascript" src="/e/public/onclick/?enews=donews"></script>
</body>
</html>
"""
