"""Pages that stand in an article's place: challenges, captchas, block pages, login walls, soft 404s.

Conservative: what has an article's text on it is none of them, whatever words it uses.
"""

from __future__ import annotations

import re
from html import unescape

_STATUS = {521: "script challenge, status 521 (加速乐)", 412: "script challenge, status 412 (瑞数)"}
_MARKS = {
    "jsl_clearance": "script challenge (加速乐)",
    "__jsl_clearance_s": "script challenge (加速乐)",
    "$_ts=window": "script challenge (瑞数)",
    "$_ts.cd": "script challenge (瑞数)",
    "acw_sc__v2": "script challenge (阿里云)",
    "/_guard/auto.js": "script challenge (guard)",
    "cf-browser-verification": "browser check (Cloudflare)",
    "_cf_chl_opt": "browser check (Cloudflare)",
    "yunsuo_session": "script challenge (云锁)",
    "yunsuoautojump": "script challenge (云锁)",
    "waf_captcha": "captcha of a firewall",
    "TencentCaptcha": "captcha (腾讯)",
    "aliyunCaptcha": "captcha (阿里云)",
    "initGeetest": "captcha (极验)",
}
_WORDS = re.compile(
    r"安全验证|人机验证|滑动验证|行为验证|请(?:输入|完成)(?:图片|图形|下方|以下|安全)?(?:验证码|验证)|验证码(?:校验|验证)|拖动滑块|点击按钮进行验证"
    r"|访问(?:过于|太|过)频繁|(?:请求|操作)(?:过于|太)频繁|您的(?:访问|请求|IP)(?:被|已被|存在|可能)|(?:访问|请求)(?:被|已被)(?:拦截|阻断|拒绝|禁止)|网站防火墙|创宇盾"
    r"|知道创宇|安全狗|云防护|云盾|D盾|护卫神|正在(?:检查|检测)(?:您的|你的)?浏览器|浏览器安全检查|请(?:开启|启用)(?:浏览器的?)?\s?(?:JavaScript|Cookie)"
    r"|请先?登录(?:后|才能|查看|阅读)|登录后(?:才能|方可|可)(?:查看|阅读|浏览)"
    r"|Access Denied|Just a moment|Attention Required|unusual traffic|verify (?:that )?you are (?:a )?human|captcha",
    re.IGNORECASE,
)
_THING = r"(?:页面|网页|文章|信息|内容|文件|地址|新闻|资讯|公告|稿件|记录|数据|资源|链接|栏目|主题|帖子|URL)"
_SOFT_404 = re.compile(
    rf"{_THING}(?:可能)?(?:已经?|并)?(?:不存在|找不到|未找到|没有找到|没找到|被?(?:管理员)?(?:删除|移除|移走|下架|下线|撤下|撤销)|失效|过期|无法(?:访问|找到|显示))"
    rf"|(?:找不到|没有找到|没找到|未找到|无法找到|未能找到|不存在)(?:您|你)?(?:要|所|想|请求)?(?:的|访问|查看|浏览|查找)?的?(?:该|此|这个|相关)?{_THING}"
    rf"|(?:该|此|本)(?:条)?{_THING}(?:已|不|未)(?!经(?:被|过)?(?:审|批|发|公|更|转))"
    r"|404\s*(?:not\s*found|错误|页面|error|-|$)|not\s*found|无此(?:信息|文章|页面|记录)|暂无(?:此|该|相关)(?:信息|文章|内容|数据)|参数(?:错误|不正确|有误)|提示信息",
    re.IGNORECASE,
)
_OUT_OF_ORDER = re.compile(
    r"系统(?:正在|临时)?(?:维护|升级|繁忙)|(?:网站|本站|系统|站点)(?:正在|临时|进行)?(?:维护|升级|建设|改版|调整)"
    r"|(?:升级|维护|改版)(?:中|期间|公告)|暂停(?:服务|访问|开放)|数据库(?:连接)?(?:失败|错误|异常)"
    r"|服务器?(?:错误|异常|繁忙|内部错误)|出错了|运行时错误|网站(?:已)?(?:关闭|关停|暂停)|稍后(?:再试|访问)"
    r"|Server Error|under (?:construction|maintenance)",
    re.IGNORECASE,
)
_TAKEN_BACK = re.compile(
    r"(?:本|该|此|原)(?:文|稿|稿件|文章|信息|新闻|报道|通知|公告)(?:因[^。；]{1,30}?)?(?:现已|已经?|现)(?:被)?"
    r"(?:撤回|撤稿|撤销|撤下|作废|删除|下线|下架|停止发布)|(?:稿件|文章|内容)(?:现?已)?(?:撤回|撤稿)|(?:撤稿|撤回)(?:声明|说明|通知)$"
)
_TAG = re.compile(r"<[^<>]{0,2000}>")
_SMALL = 20_000  # characters of markup; a challenge is a small page
_FEW = 400  # characters a challenge shows


def find_block(status: int, text: str) -> str | None:
    """Why the page is a challenge, captcha, block or login page; None when it is not.

    ``text`` is the decoded markup.
    """
    shown = None
    if status in _STATUS:
        shown = shown_text(text)
        if len(shown) < _FEW:
            return _STATUS[status]
    if len(text) > 10 * _SMALL:
        return None
    for mark, reason in _MARKS.items():
        if mark in text:
            shown = shown_text(text) if shown is None else shown
            if len(shown) < _FEW:
                return f"{reason}: {mark}"
    shown = shown_text(text) if shown is None else shown
    if len(shown) >= _FEW or len(text) > 5 * _SMALL:
        return None
    found = _WORDS.search(shown)
    if found:
        start = max(found.start() - 10, 0)
        return f"block page: {shown[start : found.end() + 20]}"
    if len(shown) < 10 and len(text) < _SMALL and "<script" in text.lower() and _sets_location(text):
        return "nothing but a script that sets a cookie or an address"
    return None


def find_missing(text: str) -> str | None:
    """The words of a soft 404 (页面不存在, 提示信息, 该信息已被删除); None when there are none.

    ``text`` is what the page shows; a page that shows much is no notice, and one that says that the site is out of
    order tells nothing of the article.
    """
    if len(text) > 2 * _FEW or _OUT_OF_ORDER.search(text):
        return None
    found = _SOFT_404.search(text)
    return found[0] if found else None


def find_out_of_order(text: str) -> str | None:
    """The words of a page that stands in for a whole site (系统维护, 网站升级, 数据库错误), or None."""
    if len(text) > 2 * _FEW:
        return None
    found = _OUT_OF_ORDER.search(text)
    return found[0] if found else None


def find_taken_back(title: str, body: str, most: int = 80) -> str | None:
    """The words of a note that stands in place of an article's text and says that it was taken back (该文已撤回).

    Only a note, of ``most`` characters: an article that reports on a withdrawal says more.
    """
    if len(body) > most:
        return None
    found = _TAKEN_BACK.search(body) or _TAKEN_BACK.search(title)
    return found[0] if found else None


def shown_text(markup: str) -> str:
    """Roughly what a page shows, for short pages: markup without scripts, comments and tags."""
    if len(markup) > 20 * _SMALL:
        markup = markup[: 20 * _SMALL]
    for opening, closing in (
        ("<!--", "-->"),
        ("<script", "</script"),
        ("<style", "</style"),
        ("<noscript", "</noscript"),
    ):
        markup = _without(markup, opening, closing)
    bare = _TAG.sub(" ", markup)
    return " ".join(unescape(bare).split())


def _without(markup: str, opening: str, closing: str) -> str:
    """The markup without everything from an opening to its closing; an opening never closed hides the rest."""
    lowered = markup.lower()
    kept, position = [], 0
    while (start := lowered.find(opening, position)) >= 0:
        kept.append(markup[position:start])
        end = lowered.find(closing, start)
        if end < 0:
            return " ".join(kept)
        position = lowered.find(">", end) + 1 or len(markup)
    kept.append(markup[position:])
    return " ".join(kept)


def _sets_location(text: str) -> bool:
    lowered = text.lower()
    return any(word in lowered for word in ("document.cookie", "location", "eval(", "settimeout"))
