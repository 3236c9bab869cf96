"""Pieces that several layouts share, and the tokens the server replaces at every fetch."""

# ruff: noqa: E501 - lines of HTML

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from html import escape

from seeds.replica.model import Ref

VIEWS = "@@VIEWS@@"
"""The article's view count, one more at every fetch."""
VISITS = "@@VISITS@@"
"""A counter of the whole site."""
RANKING = "@@RANKING@@"
"""A side list whose order changes with every fetch; followed by its items, closed by ``RANKING_END``."""
RANKING_END = "@@RANKING_END@@"
RANKING_SPLIT = "@@|@@"

WEEKDAYS = "一二三四五六日"


def words(text: str) -> list[str]:
    """The words of a text; long lists read better so."""
    return text.split()


def text(value: str) -> str:
    """The text escaped for HTML."""
    return escape(value, quote=True)


def chinese_day(day: date) -> str:
    """2025年9月21日 星期日."""
    return f"{day.year}年{day.month}月{day.day}日 星期{WEEKDAYS[day.weekday()]}"


def link(ref: Ref, cut: int | None = None) -> str:
    """A link with the headline, cut to ``cut`` characters as side columns do."""
    shown = ref.title if cut is None or len(ref.title) <= cut else ref.title[:cut] + "..."
    return f'<a href="{text(ref.href)}" title="{text(ref.title)}">{text(shown)}</a>'


def ranking(items: Iterable[str]) -> str:
    """Items in an order that changes with every fetch."""
    return RANKING + RANKING_SPLIT.join(items) + RANKING_END


def menu(names: Sequence[str], pattern: str) -> str:
    """Navigation links; ``pattern`` has ``{number}`` for the position."""
    return "\n".join(
        f'<li><a href="{pattern.format(number=place)}">{name}</a></li>' for place, name in enumerate(names)
    )


def styles(prefix: str, number: int) -> str:
    """An inline style sheet of ``number`` rules, as pages of that age carry."""
    rules = [
        "*{margin:0;padding:0}",
        "body{font:12px/1.6 SimSun,Arial,sans-serif;color:#333;background:#fff}",
        "a{color:#1a4f8b;text-decoration:none}",
        "a:hover{color:#c00;text-decoration:underline}",
        "ul,li{list-style:none}",
        "img{border:0}",
    ]
    for place in range(number):
        width, shade = 120 + place * 37 % 860, f"{place * 7 % 10}{place * 3 % 10}{place * 9 % 10}"
        rules.append(
            f".{prefix}{place}{{width:{width}px;float:{'left' if place % 2 else 'right'};margin:{place % 9}px 0 0 "
            f"{place % 7}px;border-bottom:1px solid #{shade};background:url(/images/{prefix}_{place % 12}.gif) no-repeat}}"
        )
    return '<style type="text/css">\n' + "\n".join(rules) + "\n</style>"


def clock_script() -> str:
    """A clock in the page's head that a browser fills in."""
    return (
        '<script type="text/javascript">var d=new Date();document.write(d.getFullYear()+"年"+(d.getMonth()+1)+"月"'
        '+d.getDate()+"日 星期"+"日一二三四五六".charAt(d.getDay()));</script>'
    )


def share_bar(label: str) -> str:
    """A bar of share buttons."""
    return (
        f'<div id="bdshare" class="bdshare_t bds_tools get-codes-bdshare"><span>{label}</span>'
        '<a class="bds_qzone" href="javascript:void(0)">QQ空间</a><a class="bds_tsina" href="javascript:void(0)">新浪微博</a>'
        '<a class="bds_weixin" href="javascript:void(0)">微信</a><a class="shareCount" href="javascript:void(0)">0</a></div>\n'
        '<script type="text/javascript" id="bdshare_js" data="type=tools&amp;uid=0"></script>\n'
        '<script type="text/javascript">document.getElementById("bdshell_js")&&(document.getElementById("bdshell_js").src='
        '"/js/shell.js?cdnversion="+Math.ceil(new Date()/3600000));</script>'
    )
