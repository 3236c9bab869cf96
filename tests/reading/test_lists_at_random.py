"""Twelve list makes filled at random and set among menus, side lists and footers: what share is read right."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta

from crawler.items import Link
from crawler.reading.lists import extract_list

HOST = "http://www.qinghe.example.cn"
PLACES = ("清河市", "高新区", "临港新区", "云溪县", "市市场监管局", "省质检院", "行业协会", "老城街道")
DEEDS = ("召开", "部署", "启动", "完成", "通报", "推进", "公布", "印发", "组织开展", "圆满结束")
THINGS = (
    "质量提升行动", "计量器具专项检查", "标准化试点验收", "首席质量官培训", "检验检测机构监督抽查", "特种设备隐患排查",
    "市长质量奖评审", "认证认可宣传", "缺陷产品召回", "食品安全承诺", "小微企业质量帮扶", "地理标志产品保护",
)  # fmt: skip
SIDE_HEADINGS = ("热点排行", "推荐阅读", "最新图片", "专题专栏", "一周点击", "相关链接")

Make = Callable[[list[Link]], str]


def path(link: Link) -> str:
    return link.url.removeprefix(HOST)


def li_span(links: list[Link]) -> str:
    rows = "".join(f'<li><a href="{path(e)}">{e.title}</a><span>{e.listed_on}</span></li>' for e in links)
    return f'<ul class="news_list">{rows}</ul>'


def span_li(links: list[Link]) -> str:
    rows = "".join(f'<li><em>[{e.listed_on:%Y/%m/%d}]</em><a href="{e.url}">{e.title}</a></li>' for e in links)
    return f'<div class="lm"><ul>{rows}</ul></div>'


def cut_li(links: list[Link]) -> str:
    rows = "".join(
        f'<li class="{"odd" if n % 2 else "even"}"><a href="{path(e)}" title="{e.title}">{e.title[:9]}…</a>'
        f"<i>{e.listed_on:%Y.%m.%d}</i></li>"
        for n, e in enumerate(links)
    )
    return f"<ol>{rows}</ol>"


def table(links: list[Link]) -> str:
    rows = "".join(
        f'<tr><td width="5%">·</td><td><a href="{path(e)}">{e.title}</a></td><td width="15%">{e.listed_on}</td></tr>'
        for e in links
    )
    return f'<table width="100%">{rows}</table>'


def numbered_table(links: list[Link]) -> str:
    rows = "".join(
        f'<tr><td>{n}</td><td><a href="{path(e)}">{e.title}</a></td>'
        f"<td>清市监〔2025〕{n}号</td><td>{e.listed_on}</td></tr>"
        for n, e in enumerate(links, 1)
    )
    return f"<table><thead><tr><th>序号</th><th>名称</th><th>文号</th><th>日期</th></tr></thead>{rows}</table>"


def lines(links: list[Link]) -> str:
    return "<div>" + "".join(f'・<a href="{path(e)}">{e.title}</a>({e.listed_on})<br>' for e in links) + "</div>"


def cards(links: list[Link]) -> str:
    return "".join(
        f'<div class="card"><a href="{path(e)}"><img src="/i/{n}.jpg"></a><h3><a href="{path(e)}">{e.title}</a></h3>'
        f"<p>这里是摘要，说明此事的经过与意义。</p><span>{e.listed_on.year}年{e.listed_on.month}月{e.listed_on.day}日</span></div>"
        for n, e in enumerate(links)
        if e.listed_on
    )


def whole_cards(links: list[Link]) -> str:
    rows = "".join(
        f'<a class="it" href="{path(e)}"><div><b>{e.listed_on:%d}</b><i>{e.listed_on:%Y-%m}</i></div>'
        f'<p class="title">{e.title}</p><p>摘要文字</p></a>'
        for e in links
    )
    return f'<div class="its">{rows}</div>'


def terms(links: list[Link]) -> str:
    rows = "".join(f'<dt><a href="{path(e)}">{e.title}</a></dt><dd>时间：{e.listed_on} 阅读：7</dd>' for e in links)
    return f"<dl>{rows}</dl>"


def groups(links: list[Link]) -> str:
    return "".join(li_span(links[n : n + 5]) for n in range(0, len(links), 5))


def paragraphs(links: list[Link]) -> str:
    return "".join(
        f'<p><a href="{path(e)}"><font color="#333">{e.title}</font></a>&nbsp;&nbsp;{e.listed_on}</p>' for e in links
    )


def articles(links: list[Link]) -> str:
    return "".join(
        f'<article><h2><a href="{path(e)}">{e.title}</a></h2>'
        f'<footer><time datetime="{e.listed_on}">前天</time></footer></article>'
        for e in links
    )


MAKES: tuple[Make, ...] = (
    li_span, span_li, cut_li, table, numbered_table, lines, cards, whole_cards, terms, groups, paragraphs, articles,
)  # fmt: skip


def titled(rng: random.Random) -> str:
    return (
        f"{rng.choice(PLACES)}{rng.choice(DEEDS)}{rng.choice(THINGS)}{rng.choice(('', '工作', '活动', '情况的通报'))}"
    )


def entries(rng: random.Random, shape: str, folder: str) -> list[Link]:
    day = date(2026, 1, 18)
    found = []
    for number in range(rng.choice((1, 2, 4, 6, 10, 15, 20, 25))):
        day -= timedelta(days=rng.choice((0, 0, 1, 2, 5)))
        url = HOST + shape.format(folder=folder, ym=f"{day:%Y%m}", ymd=f"{day:%Y%m%d}", id=98765 - number, d=day)
        found.append(Link(url, f"{titled(rng)}（{number + 1}）", day))
    return found


SHAPES = (
    "/{folder}/{ym}/t{ymd}_{id}.html",
    "/{folder}/{id}.html",
    "/art/{d.year}/{d.month}/{d.day}/art_31_{id}.html",
    "/shownews.asp?id={id}",
    "/content/{ym}/content_{id}.htm",
)


def side_box(rng: random.Random, shape: str) -> str:
    old = date(2025, 12, 10)
    urls = [shape.format(folder="zh", ym="202512", ymd="20251210", id=n + 500, d=old) for n in range(400)]
    rows = "".join(f'<li><a href="{url}">{titled(rng)}</a></li>' for url in rng.sample(urls, rng.randint(5, 12)))
    name = rng.choice(("box", "box_r", "mod", "rank"))
    return f'<div class="{name}"><h3>{rng.choice(SIDE_HEADINGS)}</h3><ul>{rows}</ul></div>'


def page(rng: random.Random, make: Make, links: list[Link], shape: str, folder: str) -> str:
    menu = "".join(f'<li><a href="/c{n}/">{rng.choice(PLACES)}栏目</a></li>' for n in range(rng.randint(4, 14)))
    menu = rng.choice(
        (f'<div class="nav"><ul>{menu}</ul></div>', f"<ul>{menu}</ul>", f"<table><tr><td>{menu}</td></tr></table>")
    )
    crumb = f'<div>当前位置：<a href="/">首页</a> &gt; <a href="/{folder}/">要闻</a></div>'
    pager = rng.choice(("", '<div class="pg">1 <a href="index_1.html">2</a> <a href="index_1.html">下一页</a></div>'))
    boxes = [side_box(rng, shape) for _ in range(rng.randint(0, 2))]
    main = f'<div class="main">{make(links)}{pager}</div>'
    parts = [*boxes, main] if rng.random() < 0.4 else [main, *boxes]
    friends = "".join(
        f'<a href="http://www.site{n}.example.cn/">友好单位的门户网站{n}</a>' for n in range(rng.randint(0, 9))
    )
    return (
        f"<html><head><title>要闻-清河市</title></head><body>{menu}{crumb}<div class=wrap>{''.join(parts)}</div>"
        f"<div class=bottom>{friends}<p>清河市市场监督管理局版权所有 更新日期：2026-01-19</p></div></body></html>"
    )


def test_at_least_98_of_100_links_are_found_and_right_with_their_days() -> None:
    rng = random.Random(20260119)
    wanted = found = right = dated = 0
    for round_number in range(30):
        for make in MAKES:
            shape, folder = rng.choice(SHAPES), rng.choice(("xw/yw", "zlgz", "gzdt"))
            links = entries(rng, shape, folder)
            html = page(rng, make, links, shape, folder)
            read = extract_list(html.encode(), f"{HOST}/{folder}/index.html", None).links
            expected = {link.url: link for link in links}
            hits = [link for link in read if link.url in expected and expected[link.url].title == link.title]
            wanted += len(expected)
            found += len(read)
            right += len(hits)
            dated += sum(expected[link.url].listed_on == link.listed_on for link in hits)
            assert round_number or hits, f"nothing read of {make.__name__}"
    assert right / wanted >= 0.98
    assert right / found >= 0.98
    assert dated / right >= 0.98
