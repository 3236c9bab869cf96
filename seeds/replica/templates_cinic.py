"""中国产业经济信息网: PHPCMS with its own skin; the old site's shtml pages beside it."""

# ruff: noqa: E501 - lines of HTML

from __future__ import annotations

from datetime import datetime

from seeds.replica.model import Around, Article, Block, Column, Listing, Ref, Site
from seeds.replica.parts import clock_script, link, menu, share_bar, styles, text, words

SITE = Site(
    name="cinic",
    publisher="中国产业经济信息网",
    host="www.cinic.org.cn",
    columns=(
        Column("产经新闻", "/xw/cjxw/", (), 33, old=4, notices=1),
        Column("时政新闻", "/xw/szxw/", (), 17),
        Column("南京", "/xy/nanjing/tsnj/", (), 8),
    ),
    robots="User-agent: *\nDisallow: /index.php\nDisallow: /caches/\nDisallow: /phpsso_server/\n",
    server="Apache",
)

_MENU = words(
    "首页 新闻 产经新闻 时政新闻 统计数据 部委动态 市场环境 快讯 行业 食品 家电 汽车 钢铁 有色 石化 建材 纺织 轻工 医药 电力 煤炭 "
    "机械 电子 通信 物流 金融 房产 旅游 农业 环保 区域 江苏 浙江 山东 广东 河南 四川 湖北 湖南 陕西 辽宁 吉林 安徽 江西 福建 "
    "企业 品牌 人物 会展 招商 园区 专题 视频 图片 研究 报告 数据库 电子刊"
)
_DISCLAIMERS = (
    "【版权及免责声明】本网原创内容受法律保护，引用请写明出自本网。转来的稿件只为提供参考，与本网立场无关，如涉及版权请致电编辑部。",
    "版权及免责声明：未经许可不得整页复制本网内容，转发请保留出处。其他来源的稿件文责由原作者承担。",
)


def charset(template: str) -> tuple[str, str]:
    """UTF-8 everywhere; the old site's server names no charset."""
    return "utf-8", "text/html" if template == "old" else "text/html; charset=utf-8"


def list_path(column: Column, number: int) -> str:
    """/xw/cjxw/, /xw/cjxw/index_2.html …"""
    return column.path if number == 1 else f"{column.path}index_{number}.html"


def article_path(column: Column, number: int, published: datetime, template: str) -> str:
    """/xw/cjxw/1092955.html, on the old site /site951/hwcj/2016-02-18/812129.shtml."""
    ident = (published.toordinal() - 733000) * 400 + number
    if template == "old":
        return f"/site951/hwcj/{published:%Y-%m-%d}/{ident}.shtml"
    return f"{column.path}{ident}.html"


def article_page(article: Article, around: Around) -> str:
    """Title in h1 center b; one line of source and time; the disclaimer lies inside the text's box."""
    return _old_page(article, around) if article.template == "old" else _new_page(article, around)


def list_page(listing: Listing) -> str:
    """Entries with picture, headline and day; after the redesign nothing of the old classes is left."""
    rows = _cards(listing) if listing.redesigned else _rows(listing)
    if listing.redesigned:
        pager = "".join(
            f'<button class="pg" data-href="{path}">{number}</button>' for number, path in enumerate(listing.pages, 1)
        )
        main = f'<main id="app" class="wrap-2025"><section class="feed">{rows}</section><nav class="pgs">{pager}</nav></main>'
    else:
        main = f"""<div class="w1000"><div class="col-l">
<div class="dh">当前位置：<a href="/">首页</a> &gt; {listing.column.name}</div>
<ul>
{rows}
</ul>
<div class="pages">{_pager(listing)}</div>
</div><div class="col-r">{_side(listing.hot)}</div></div>"""
    return f"""<!doctype html>
<html>
<head>
<meta charset="utf-8" />
<title>{listing.column.name} - 中国产业经济信息网</title>
{styles("dc", 50)}
</head>
<body>
{_head()}
{main}
{_foot()}
</body>
</html>
"""


def _rows(listing: Listing) -> str:
    rows = []
    for ref in listing.refs:
        # One column prints the day as an update.
        day = (
            f"更新于{ref.day.year}年{ref.day.month}月{ref.day.day}日" if listing.column.name == "南京" else f"{ref.day}"
        )
        rows.append(
            f"""<li class="load-son"><div class="pic"><a href="{text(ref.href)}"><img src="/statics/images/nopic.gif" /></a></div>
<div class="txt"><h3>{link(ref)}</h3><p>{text(ref.title[:12])}……<a href="{text(ref.href)}">[详细]</a></p><span class="sp1">阅读</span><span class="sp2">{day}</span></div></li>"""
        )
    return "\n".join(rows)


def _cards(listing: Listing) -> str:
    return "\n".join(
        f'<article class="card"><h4 data-url="{text(ref.href)}" onclick="go(this)">{text(ref.title)}</h4>'
        f"<time>{ref.day:%Y/%m/%d}</time></article>"
        for ref in listing.refs
    )


def _pager(listing: Listing) -> str:
    parts = [f'<a class="a1">{len(listing.refs)}条</a>']
    if listing.number > 1:
        parts.append(f'<a href="{listing.pages[listing.number - 2]}" class="a1">上一页</a>')
    for number, path in enumerate(listing.pages, 1):
        parts.append(f"<span>{number}</span>" if number == listing.number else f'<a href="{path}">{number}</a>')
    if listing.number < len(listing.pages):
        parts.append(f'<a href="{listing.pages[listing.number]}" class="a1">下一页</a>')
    return " ".join(parts)


def _new_page(article: Article, around: Around) -> str:
    related = "\n".join(f"<li>{link(ref)}<span>({ref.day:%Y-%m-%d})</span></li>" for ref in around.related)
    disclaimer = _DISCLAIMERS[len(article.title) % 2]
    return f"""<!doctype html>
<html>
<head>
<meta charset="utf-8" />
<meta http-equiv="X-UA-Compatible" content="IE=edge" />
<title>{text(article.title)} - 中国产业经济信息网</title>
<meta name="keywords" content="产业,经济,质量" />
{styles("dc", 90)}
<script type="text/javascript" src="/statics/js/jquery.min.js"></script>
</head>
<body>
{_head()}
<div class="w1000 clearfix">
<div class="col-l">
<h1><center><b>{text(article.title)}</b></center></h1>
<div class="zuozhe"><center>{text(_info(article))}</center></div>
<div class="dc-ccm1">
{_body(article.blocks)}
<p>　　{disclaimer}</p>
</div>
{share_bar("分享到：")}
<div class="yanshen"><h5>延伸阅读</h5><ul>
{related}
</ul></div>
</div>
<div class="col-r">{_side(around.hot)}</div>
</div>
{_foot()}
</body>
</html>
"""


def _old_page(article: Article, around: Around) -> str:
    side = "\n".join(f"<li>{link(ref, 18)}</li>" for ref in around.hot)
    return f"""<!DOCTYPE html PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN">
<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8">
<title>{text(article.title)}-中国产业经济信息网</title></head>
<body>
<div id="topbar"><a href="/">中国产业经济信息网</a> {clock_script()}</div>
<div id="wrapper">
<div id="article-left">
<h1 id="bt">{text(article.title)}</h1>
<p class="laiyuan">时间：{article.published:%Y-%m-%d}　来源：{text(article.printed_source)}</p>
<div id="wenzhang">
{_body(article.blocks)}
</div>
</div>
<div id="article-right"><h3>热点文章</h3><ul>
{side}
</ul></div>
</div>
<div id="copyright">中国产业经济信息网 版权所有</div>
</body></html>
"""


def _info(article: Article) -> str:
    when = f"时间：{article.published:%Y-%m-%d}"
    if article.printed_author:
        return f"作者：{article.printed_author} {when}"
    if article.printed_source == SITE.publisher:
        return f"{SITE.publisher}   {when}"
    if article.printed_source:
        return f"来源：{article.printed_source} {when}"
    return when


def _body(blocks: tuple[Block, ...]) -> str:
    # On some pages paragraphs stand in div without class.
    tag = "div" if len(blocks) % 4 == 1 else "p"
    lines = []
    for block in blocks:
        if block.kind == "img":
            lines.append(f'<{tag} style="text-align: center;"><img src="{block.src}" /></{tag}>')
            lines.append(f'<{tag} style="text-align: center;">{text(block.text)}</{tag}>')
        elif block.kind == "h":
            lines.append(f"<{tag}>　　<strong>{text(block.text)}</strong></{tag}>")
        else:
            lines.append(f"<{tag}>　　{text(block.text)}</{tag}>")
    return "\n".join(lines)


def _side(refs: tuple[Ref, ...]) -> str:
    items = "\n".join(f"<li><i>{place}</i>{link(ref, 20)}</li>" for place, ref in enumerate(refs, 1))
    return f'<div class="rank"><h4>热门文章</h4><ul>\n{items}\n</ul></div><div class="ad"><a href="/ad/1.html"><img src="/ad/300.gif" /></a></div>'


def _head() -> str:
    return f"""<div class="header"><div class="w1000"><a href="/"><img src="/statics/images/logo.png" alt="中国产业经济信息网" /></a>
<form action="/index.php" method="get"><input type="hidden" name="m" value="search" /><input name="q" value="请输入关键词" /><input type="submit" value="搜索" /></form>
<span class="date">{clock_script()}</span></div></div>
<div class="menu"><ul>
{menu(_MENU, "/c{number}/")}
</ul></div>"""


def _foot() -> str:
    return """<div class="footer"><a href="/about/">关于本网</a> | <a href="/ad/">广告服务</a> | <a href="/job/">诚聘英才</a> | <a href="/map/">网站地图</a>
<p>版权所有：中国产业经济信息网　京ICP备00000000号　京公网安备00000000000000</p></div>"""
