"""Whether what a site shows is still its own: stored text against page, and the words of taken-over pages. Pure.

Compared are runs of three folded characters, so that neither a new layout nor another script makes a text foreign.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from crawler.reading.challenge import find_block, find_missing, find_out_of_order, shown_text
from crawler.reading.text import fold

STANDS = 0.4
"""This share of a stored text on its page: the article is there, whatever surrounds it. Noise of a mirror leaves more
than half, unrelated news of the same office shares under a tenth."""
SHARED = 0.15
"""Two texts of which the smaller shares less than this with the larger have nothing to do with each other."""
ENOUGH = 3
"""So many different words of taken-over pages; a report on such things has fewer, and words of its own."""

_SIZE = 3
_LITTLE = 50  # characters a page shows that shows next to nothing
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_MOST = 20_000  # characters compared: enough for any text, and no page is long in vain
# What is sold on taken-over and parked domains. No word that a report about it, or an office, would need.
_FOREIGN = re.compile(
    r"百家乐|老虎机|时时彩|六合彩|七星彩|北京赛车|pk10|幸运飞艇|快三计划|龙虎斗|炸金花|斗地主官网|德州扑克平台|捕鱼达人|真人视讯|真人娱乐"
    r"|棋牌(?:游戏|平台|官网|app|下载)|电子游艺|体育投注|体育平台|投注(?:平台|网站|app)|娱乐城|娱乐平台|博彩(?:平台|公司|网站|app)|彩票(?:平台|网址|app|计划)"
    r"|赔率|首存|彩金|洗码|返水|上分|盘口|注册(?:即)?送|送彩金|大额提款|提现秒到|稳赚|包赢|计划群|代理加盟日赚"
    r"|新葡京|葡京|威尼斯人|金沙(?:娱乐|集团|官网)|永利(?:娱乐|皇宫)|银河(?:娱乐|国际)|太阳城|皇冠(?:体育|新现金)|澳门(?:赌场|新|正版|彩|资料)|必威|亚博|开云体育|乐鱼|华体会|米兰体育|爱游戏|九游|bet365|88娱乐"
    r"|成人(?:视频|影片|电影|网站)|无码|av在线|在线(?:偷拍|自拍)|激情视频|裸聊|约炮|同城(?:约|交友)上门|黄色(?:网站|视频)|色情直播"
    r"|域名(?:出售|转让|正在出售|可以?出售|已过期|已到期)|出售(?:此|该|本)域名|购买(?:此|该|本)域名|(?:此|该|本)域名(?:可|正在|已)"
    r"|domain(?: name)? (?:is |may be )?(?:for sale|parked|has expired)|buy this domain|parked (?:free|domain)"
    r"|sedo\b|godaddy|hugedomains"
    r"|代开发票|代孕|私家侦探|无抵押贷款|套现|刷单|代写论文|买粉",
    re.IGNORECASE,
)
# Who writes about such things: the police, courts, and the offices of market regulation.
_AUTHORITY = re.compile(
    r"公安|民警|警方|涉案|查处|打击|取缔|整治|诈骗|违法|犯罪|立案|判处|有期徒刑|检察|法院|处罚|专项行动|谨防|警惕|反诈|曝光|举报"
)

_USUAL = re.compile(
    r"质量|标准|计量|认证|检验|检测|监管|监督|抽查|政府|市委|省委|区委|县委|书记|市长|局长|会议|座谈|调研|培训|通知|通报|公告|公示|意见|方案|办法|条例|政策|工作"
    r"|企业|产业|经济|发展|建设|项目|服务|安全|创新|改革|全市|全省|全国|全县|全区|我市|我省|我县|我区|国务院|委员会|总局|活动|举行|召开|发布|启动"
)


@dataclass(frozen=True, slots=True)
class Shares:
    """How much two texts have in common: of the smaller body in the larger, and of the titles likewise. 0 to 1."""

    title: float
    body: float

    @property
    def is_foreign(self) -> bool:
        """Nothing is left of the one in the other: neither the headline nor the text."""
        return self.body < SHARED and self.title < 0.5


def shares(title: str, body: str, other_title: str, other_body: str) -> Shares:
    """Compare two articles, all four texts folded. Titles by runs of two characters, for they are short."""
    return Shares(_common(title, other_title, 2), _common(body, other_body, _SIZE))


def standing(title: str, body: str, page: str) -> float:
    """The share of a stored text that stands on a page: all folded, ``page`` everything that it shows.

    A text too short to be told by its runs is looked for as it is, together with its title.
    """
    page = squeezed(page)
    mine = _runs(body, _SIZE)
    if len(mine) < 20:
        mine = _runs(f"{title}{body}", _SIZE)
    if not mine:
        return float(bool(title) and squeezed(title) in page)
    return len(mine & _runs(page, _SIZE, 10 * _MOST)) / len(mine)


def alike(text: str, other: str) -> bool:
    """Whether two folded texts are one but for a counter, a date or the address that was asked for."""
    mine, others = _runs(text, _SIZE), _runs(other, _SIZE)
    if not mine or not others:
        return squeezed(text) == squeezed(other)
    return len(mine & others) >= 0.85 * max(len(mine), len(others))


def foreign_words(text: str) -> list[str]:
    """The different words of a taken-over or parked page in ``text``; empty when there are too few to say so.

    A report of the police or of an office on such pages is none: it names fewer of them than who acts against them.
    """
    found = sorted({match[0].lower() for match in _FOREIGN.finditer(text[:_MOST])})
    against = {match[0] for match in _AUTHORITY.finditer(text[:_MOST])}
    return found if len(found) >= ENOUGH and len(found) > 2 * len(against) else []


def foreign_list(markup: str, names: Sequence[str], titles: Sequence[str]) -> str:
    """Why a list page whose entries are all new is not believed to be the site's own; empty when it is.

    ``names`` are what the site calls itself, ``titles`` those of the entries. Its own page shows one of its names, or
    entries in the words of news and offices.
    """
    shown = fold(shown_text(markup))
    if words := foreign_words(shown):
        return f"the list shows {'、'.join(words[:5])}: {shown[:80]}"
    if any(squeezed(fold(name)) in squeezed(shown) for name in names if name):
        return ""
    usual = sum(bool(_USUAL.search(fold(title))) for title in titles)
    if usual * 5 >= len(titles):
        return ""
    count = len(titles)
    return f"none of its {count} entries is known, and neither the site's name nor its words are there: {shown[:80]}"


Sight = Literal["alive", "foreign", "gone", "unclear"]
"""What a known page shows: its article, something foreign, that it is not there, or nothing that says either."""


def sight_of(title: str, body: str, status: int, markup: str) -> tuple[Sight, str]:
    """What a page shows in place of a stored article (``title``, ``body``: folded), and a quotation.

    Layouts are not asked: a new design keeps the text. A wall, a page of maintenance and one that shows next to nothing
    say nothing of the site.
    """
    shown = shown_text(markup)
    quoted = shown[:80]
    # A text that a script puts on the page stands in the markup alone.
    if standing(title, body, fold(shown)) >= STANDS or standing(title, body, fold(_unescaped(markup))) >= STANDS:
        return "alive", quoted
    if foreign_words(shown):
        return "foreign", quoted
    if find_missing(shown):
        return "gone", quoted
    if len(shown) < _LITTLE or find_block(status, markup) or find_out_of_order(shown):
        return "unclear", quoted
    return ("foreign" if standing(title, body, fold(shown)) < SHARED else "unclear"), quoted


def _unescaped(markup: str) -> str:
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), markup[: 10 * _MOST])


def squeezed(text: str) -> str:
    """The text without white space."""
    return "".join(text.split())


def _common(text: str, other: str, size: int) -> float:
    mine, others = sorted((_runs(text, size), _runs(other, size)), key=len)
    if not mine:
        return float(squeezed(text) == squeezed(other))
    return len(mine & others) / len(mine)


def _runs(text: str, size: int, most: int = _MOST) -> set[str]:
    letters = squeezed(text[:most])
    return {letters[at : at + size] for at in range(len(letters) - size + 1)}
