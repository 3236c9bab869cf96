"""What list and article pages tell of their site: publisher, column, rhythm, other columns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from statistics import median
from urllib.parse import urlsplit

from crawler.reading.body import text_of
from crawler.reading.header import Metas, find_column, read_column
from crawler.reading.page import Element, Page
from crawler.reading.text import clean, fold
from crawler.reading.urls import absolute

_SITE_METAS = ("sitename", "og:site_name", "application-name", "siteName")
_SEPARATOR = re.compile(r"\s*[_|｜＿—–»]+\s*|\s+-+\s+|\s*--+\s*|\s*-\s*|\s·\s|\s*[<＜>＞]\s*")
_OWNER = re.compile(
    r"(?:主办单位|主办|版权所有|网站主办|承办单位)\s*[:：©]?\s*([\u4e00-\u9fff][\u4e00-\u9fffA-Za-z]{2,24})"
    r"|([\u4e00-\u9fff]{3,20})\s*版权所有"
)
_NO_NAME = re.compile(r"首页|列表|频道|欢迎|官网$|官方网站$|正文|新闻中心$|第\d+页")
_MORE = re.compile(
    r"\s*(?:[>＞»+\[【]*)\s*(?:更多|more|MORE|查看更多|更多内容)\s*(?:[>＞»+.\]】…]*)\s*\Z", re.IGNORECASE
)
_COLUMN_WORDS = re.compile(
    r"质量|标准|计量|认证|认可|检验|检测|品牌|监管|质监|市场|特种设备|食品|药品|知识产权|要闻|动态|新闻|资讯|快讯|头条|时政|政务|"
    r"通知|公告|公示|政策|法规|文件|信息|工作|会议|行业|产经|经济|热点|聚焦|综合"
)
_QUALITY_WORDS = re.compile(r"质量|标准|计量|认证|认可|检验|检测|品牌|质监|质检")
_NO_COLUMN = re.compile(
    r"首页|登录|注册|邮箱|搜索|关于|联系|地图|English|繁|手机|客户端|微信|微博|投稿|广告|招聘|友情|视频|图片|专题|论坛|举报|无障碍",
    re.IGNORECASE,
)
_HOME_PATH = re.compile(r"/?(?:(?:index|default|home|main)\.\w{2,5})?\Z", re.IGNORECASE)
_FOLDER = re.compile(
    r"/\Z|/(?:index|list|node|col|column|channel|catalog)[\w.-]*\Z|(?:list|node|column|channel)[-_]?\w*\.\w{2,5}\Z"
)
_HOUR = 3600
_STALE_DAYS = 60


@dataclass(frozen=True)
class ColumnLink:
    """A link of a home page that looks like one to a column."""

    name: str
    url: str


def publisher_name(pages: Sequence[Page]) -> tuple[str, str] | None:
    """The publisher's name as its pages give it, and where it stood; None when they give none."""
    for page in pages:
        metas = Metas.of(page.root)
        for name in _SITE_METAS:
            value = clean(metas.get(name.lower(), ""))
            if 2 <= len(value) <= 30:
                return value, f"meta {name}"
    endings = Counter(ending for page in pages if (ending := _title_ending(page)))
    if endings:
        name, number = endings.most_common(1)[0]
        if number >= min(2, len(pages)):
            return name, "the end of <title>"
    for page in pages:
        shown = clean(" ".join(map(str, page.root.itertext()))[-3000:])
        if found := _OWNER.search(shown):
            return found[1] or found[2], "the page's foot"
    return None


def _title_ending(page: Page) -> str | None:
    parts = [part for part in _SEPARATOR.split(_document_title(page)) if part]
    if len(parts) < 2 or not 2 <= len(parts[-1]) <= 24 or _NO_NAME.search(parts[-1]):
        return None
    return parts[-1]


def _document_title(page: Page) -> str:
    node = page.root.find(".//title")
    return clean("".join(map(str, node.itertext()))) if node is not None else ""


def column_name(page: Page, publisher: str = "") -> str | None:
    """The name of a column page: its meta tag, its breadcrumb's end, its heading, the beginning of its title."""
    if name := clean(Metas.of(page.root).get("columnname", "")):
        return name[:30]
    node = find_column(page)
    if node is not None:
        steps = [step for step in read_column(node, page.base) if not _NO_NAME.search(step)]
        if steps:
            return steps[-1][:30]
    parts = [part for part in _SEPARATOR.split(_document_title(page)) if part and not _NO_NAME.search(part)]
    if parts and fold(parts[0]) != fold(publisher) and len(parts[0]) <= 20:
        return parts[0]
    for heading in page.root.iter("h1", "h2", "h3"):
        text = clean(text_of(heading))
        if 2 <= len(text) <= 12 and fold(text) != fold(publisher):
            return text
    return None


def revisit_of(days: Sequence[date], today: date) -> tuple[str, str]:
    """How often the list should be fetched, and why: by the median gap between the days it prints."""
    if len(days) < 3:
        return "6h", "the list prints too few days to tell its rhythm"
    ordered = sorted(days, reverse=True)
    gaps = [(newer - older).days * 24 for newer, older in pairwise(ordered)]
    span = max((ordered[0] - ordered[-1]).days, 1) * 24
    gap = median(gaps) or span / len(gaps)  # several a day: their mean distance
    why = f"{len(days)} days printed, {ordered[-1]} to {ordered[0]}"
    if (today - ordered[0]).days > _STALE_DAYS:
        return "1d", f"{why}; nothing newer"
    for limit, answer in ((3, "1h"), (8, "2h"), (16, "4h"), (36, "6h"), (96, "12h")):
        if gap <= limit:
            return answer, why
    return "1d", why


def is_home(url: str) -> bool:
    """Whether the address is a site's first page."""
    parts = urlsplit(url)
    return bool(_HOME_PATH.fullmatch(parts.path)) and not parts.query


def column_links(page: Page, limit: int = 8) -> list[ColumnLink]:
    """Links of a home page that look like columns of news, those about quality first, at most ``limit``."""
    found: dict[str, tuple[int, str]] = {}
    host = urlsplit(page.url).hostname or ""
    for place, node in enumerate(page.root.iter("a")):
        url = absolute(page.base, node.get("href"))
        if url is None or is_home(url) or not _same_site(urlsplit(url).hostname or "", host):
            continue
        name = clean(text_of(node)) or clean(node.get("title", ""))
        if _MORE.fullmatch(name):
            name = clean(node.get("title", "")) or _heading_beside(node)
        if not 2 <= len(name) <= 12 or _NO_COLUMN.search(name):
            continue
        rank = 2 * bool(_QUALITY_WORDS.search(name)) + bool(_COLUMN_WORDS.search(name)) + bool(_FOLDER.search(url))
        if rank and (url not in found or rank > found[url][0]):
            found[url] = (rank * 10_000 - place, name)
    best = sorted(found.items(), key=lambda pair: -pair[1][0])[:limit]
    return [ColumnLink(name, url) for url, (_, name) in best]


def _heading_beside(node: Element) -> str:
    """The heading of the box in which 更多 stands."""
    current: Element | None = node.getparent()
    for _ in range(3):
        if current is None:
            return ""
        shown = clean(text_of(current).replace("\n", " "))
        name = re.sub(r"[\[【]?\s*(?:更多|more|MORE|查看更多)\s*[>＞»+.\]】…]*", "", shown).strip(" >＞»+|·")
        if 2 <= len(name) <= 12:
            return name
        if len(shown) > 40:
            return ""
        current = current.getparent()
    return ""


def _same_site(host: str, home: str) -> bool:
    return host == home or registered(host) == registered(home)


def registered(host: str) -> str:
    """The part of a host that its owner registered: ``scjg.example.gov.cn`` to ``example.gov.cn``."""
    labels = host.split(".")
    if all(label.isdecimal() for label in labels):
        return host
    keep = 3 if len(labels) > 2 and labels[-1] == "cn" and labels[-2] in _SECOND_LEVEL else 2
    return ".".join(labels[-keep:])


_SECOND_LEVEL = frozenset(
    [
        "gov",
        "com",
        "net",
        "org",
        "edu",
        "ac",
        "mil",
        "bj",
        "sh",
        "tj",
        "cq",
        "he",
        "sx",
        "nm",
        "ln",
        "jl",
        "hl",
        "js",
        "zj",
        "ah",
        "fj",
        "jx",
        "sd",
        "ha",
        "hb",
        "hn",
        "gd",
        "gx",
        "hi",
        "sc",
        "gz",
        "yn",
        "xz",
        "sn",
        "gs",
        "qh",
        "nx",
        "xj",
        "tw",
        "hk",
        "mo",
    ]
)
"""Second-level names under .cn: kinds of owners, and provinces."""
