"""What may befall a whole site: a scene stands between a page of the replica and who asks for it.

- ``hijacked``: the domain fell to others; every address answers 200 with one page of a betting shop and its links.
- ``parked``: every address answers 200 with the page of a dealer in domains.
- ``no articles``: every article answers 404, the lists are as before.
- ``gone``: every address but robots.txt answers 404.
- ``soft gone``: every article answers 200 with a page that says there is nothing.
- ``maintenance``: every address answers 200 with a note that the site is being worked on.
- ``led home``: every article redirects to the home page, as after a new design.
- ``challenge``: every address but robots.txt answers 521 with a script that must be run first.
- ``redesigned``: the lists answer 200 with a new front of the site that links to no article.
- ``empty lists``: the lists answer 200 with a page that says there is nothing.
- ``robots forbids``: robots.txt forbids everything.
"""

from __future__ import annotations

from typing import Literal

from seeds.replica.model import Page

Scene = Literal["hijacked", "parked", "no articles", "gone", "soft gone", "maintenance", "led home",
    "challenge", "redesigned", "empty lists", "robots forbids"]  # fmt: skip

_DOORS = ("首页", "要闻", "服务", "互动", "数据")
_GAMES = ("百家乐", "老虎机", "真人视讯", "棋牌游戏", "捕鱼达人", "体育投注")


def in_scene(scene: Scene, page: Page, target: str) -> Page:
    """What the site answers in place of ``page``; ``target`` is path and query that were asked for."""
    is_article, is_list = page.kind == "article", page.kind == "list"
    if scene == "robots forbids":
        return (
            Page(200, b"User-agent: *\nDisallow: /\n", "text/plain", kind="robots") if page.kind == "robots" else page
        )
    if scene == "challenge" and page.kind != "robots":
        return Page(521, _challenge(), kind="other")
    if scene == "redesigned" and is_list:
        return Page(200, _front(), kind="list")
    if scene == "empty lists" and is_list:
        return Page(200, _note("提示信息", "您要访问的栏目不存在或已被删除。三秒后返回首页。"), kind="missing")
    if scene == "hijacked":
        return Page(200, _shop(target), kind="other")
    if scene == "parked":
        return Page(200, _dealer(), kind="other")
    if scene == "maintenance":
        return Page(200, _note("系统维护", "网站正在升级维护，请稍后访问。给您带来的不便敬请谅解。"), kind="other")
    if (scene == "gone" and page.kind != "robots") or (scene == "no articles" and is_article):
        return Page(404, _note("404", "您访问的页面不存在或已被删除。"), kind="missing")
    if scene == "soft gone" and is_article:
        return Page(200, _note("提示信息", "您要访问的信息不存在或已被删除。三秒后返回首页。"), kind="missing")
    if scene == "led home" and is_article:
        return Page(302, b"", kind="redirect", location="/")
    return page


def _shop(target: str) -> bytes:
    games = "".join(
        f'<li><a href="/game/{place}/20260{place}15/t{place}.html">{game}官网入口，注册送彩金，提现秒到</a></li>'
        for place, game in enumerate(_GAMES, 1)
    )
    text = "".join(
        f"<p>{game}在线开户，首存优惠，返水天天有，{game}平台信誉保证，澳门新葡京同步开奖，手机客户端立即下载。</p>"
        for game in _GAMES
    )
    html = (
        '<html><head><meta charset="utf-8"><title>澳门新葡京娱乐城_注册即送彩金</title></head>'
        f"<body><!-- {target.encode('ascii', 'replace').decode().replace('-', '')} --><h1>澳门新葡京娱乐城官方入口</h1>"
        f'<div class="info">2026-03-02 10:00</div><div class="content">{text}</div><ul>{games}</ul></body></html>'
    )
    return html.encode()


def _dealer() -> bytes:
    text = "".join(
        f"<p>{sentence}</p>"
        for sentence in (
            "This domain name is for sale and may be yours today.",
            "Buy this domain through our brokers; most transfers are done within two days.",
            "Related searches: cheap flights, insurance quotes, online degrees, home loans, used cars.",
            "The owner of this parked domain has no relation to the advertisers shown on this page.",
        )
    )
    return f"<html><head><title>Domain for sale</title></head><body><h1>Premium names</h1>{text}</body></html>".encode()


def _challenge() -> bytes:
    script = "document.cookie='__jsl_clearance_s='+(+!![]+[])+';max-age=3600;path=/';location.href=location.pathname"
    return f"<html><head><script>{script}</script></head><body></body></html>".encode()


def _front() -> bytes:
    doors = "".join(f'<a class="door" href="#{place}">{name}</a>' for place, name in enumerate(_DOORS))
    return (
        '<html><head><meta charset="utf-8"><title>新版频道</title></head>'
        f'<body><div id="app"><nav>{doors}</nav><p>新版频道试运行，欢迎提出意见。</p></div></body></html>'
    ).encode()


def _note(title: str, words: str) -> bytes:
    return f'<html><head><meta charset="utf-8"><title>{title}</title></head><body><p>{words}</p></body></html>'.encode()
