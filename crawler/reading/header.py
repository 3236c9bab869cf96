"""What stands above an article's text: breadcrumb, headline, the line of time and source; and the page's meta tags."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import cast
from urllib.parse import urlsplit

from lxml import etree

from crawler.reading.body import text_of
from crawler.reading.page import Element, Page
from crawler.reading.text import clean
from crawler.reading.urls import absolute

_PLACE_WORDS = re.compile(
    r"(?:[您你]的?)?(?:现在|当前|當前|目前|所在|所处)(?:所在|所处)?的?(?:位置|栏目)\s*(?:是|为)?\s*[:：>＞»]?"
    r"|[您你][的现]?(?:所在)?的?位置\s*(?:是|为)?\s*[:：>＞»]?|位置\s*[:：]"
)
_CRUMB = re.compile(r"\s*(?:>|＞|»|›|→|\||｜|/|\\|&gt;|::|·>)+\s*|\n+|\s-\s|--")
_HOME = re.compile(
    r"(?:网站|本站|返回|门户|中文)?(?:首页|首頁|主页|主頁)|home(?:page)?|.{0,10}首[页頁]|网站地图", re.IGNORECASE
)
_PAGE_NAMES = (
    "正文 内容 內容 详情 文章 浏览文章 查看文章 文章内容 文章正文 新闻正文 新闻内容 信息内容 内容页 "
    "详细 详细内容 详情页 阅读"
)
_LAST = frozenset(_PAGE_NAMES.split())
_ROOT_PATHS = frozenset(
    ["", "/", "/index.html", "/index.htm", "/index.shtml", "/index.php", "/index.asp", "/index.aspx"]
)
_DOC_NUMBER = re.compile(
    r"[\u4e00-\u9fff]{1,12}(?:字|函|发|令|规|办)?\s?[〔\[［【(（]\s?(?:19|20)\d{2}\s?[〕\]］】)）]\s?(?:第\s?)?\d{1,5}\s?号"
)
_PLACES = etree.XPath("descendant::text()[contains(., '位置')]")
_FOLLOWING = etree.XPath("following::text()[position() < 60]")
_UNREAD = ("script", "style", "noscript", "select", "option", "textarea")


class Metas(dict[str, str]):
    """Meta tags by lower-case name or property; the first of each name."""

    @classmethod
    def of(cls, root: Element) -> Metas:
        metas = cls()
        head = root.find("head")
        for node in (root if head is None or head.find("meta") is None else head).iter("meta"):
            name = node.get("name") or node.get("property") or node.get("itemprop")
            content = node.get("content")
            if name and content and content.strip():
                metas.setdefault(name.strip().lower(), content.strip())
        return metas


def find_column(page: Page) -> Element | None:
    """The breadcrumb, by its words (您的当前位置, 当前位置, 所在位置)."""
    if "位置" not in page.text:
        return None
    for text in cast("list[etree._ElementUnicodeResult]", _PLACES(page.root))[:8]:
        node = text.getparent()
        if node is None or node.tag in _UNREAD or not _PLACE_WORDS.search(clean(text)):
            continue
        if text.is_tail:
            node = node.getparent()
        for _ in range(3):
            if node is None:
                break
            shown = text_of(node)
            if len(shown) > 200:
                break
            if len(_PLACE_WORDS.sub("", shown).strip(" :：>＞»")) > 0:
                return node
            node = node.getparent()
    return None


def read_column(node: Element, base: str, title: str = "", restored: Callable[[str], str] = str) -> list[str]:
    """The breadcrumb's names without home, without 正文 and without the headline.

    ``restored`` takes mirror noise out of a text.
    """
    shown, home = restored(text_of(node)), restored(_home_name(node, base))
    names = [clean(name).strip(" :：-[]【】") for name in _CRUMB.split(_PLACE_WORDS.sub("", shown, count=1))]
    names = [name for name in names if name]
    while names and (names[0] == home or _HOME.fullmatch(names[0])):
        names.pop(0)
    while names and (names[-1] in _LAST or (title and "".join(names[-1].split()) == "".join(title.split()))):
        names.pop()
    return [name for name in names if len(name) <= 40][:8]


def _home_name(node: Element, base: str) -> str:
    """What the breadcrumb calls the site's first page: the text of its first link, when that leads there."""
    link = next(node.iter("a"), None)
    url = absolute(base, link.get("href")) if link is not None else None
    if link is None or url is None or urlsplit(url).path not in _ROOT_PATHS or urlsplit(url).query:
        return ""
    return clean("".join(map(str, link.itertext())))


def header_text(title: Element, first_line: str) -> str:
    """The visible text between the headline's element and the text's first line, as one line; "" without that line."""
    pieces: list[str] = []
    mark = first_line[:16]
    for text in cast("list[etree._ElementUnicodeResult]", _FOLLOWING(title)):
        node = text.getparent()
        if node is None or (not text.is_tail and node.tag in _UNREAD) or not isinstance(node.tag, str):
            continue
        piece = clean(text)
        if not piece:
            continue
        if piece.startswith(mark) or (len(piece) >= 6 and first_line.startswith(piece)):
            return " ".join(pieces)
        pieces.append(piece)
        if sum(map(len, pieces)) > 600:
            break
    return ""


def doc_number(*places: str) -> str | None:
    """The number of an official document (国办发〔2017〕47号) when one of the places is or ends with one."""
    for place in places:
        for line in place.split("\n"):
            found = _DOC_NUMBER.search(line) if "号" in line and len(line) < 60 else None
            if found and len(line) <= len(found[0]) + 12:
                return re.sub(r"\s", "", found[0])
    return None


def canonical_hint(page: Page, metas: Mapping[str, str]) -> str | None:
    """The address the page names as its own: link rel=canonical, else og:url."""
    head = page.root.find("head")
    for node in (head if head is not None else page.root).iter("link"):
        if (node.get("rel") or "").lower() == "canonical":
            return absolute(page.base, node.get("href"))
    return absolute(page.base, metas.get("og:url"))
