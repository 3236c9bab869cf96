"""Which links of a page may be entries of a list: where they lead, and whether a reader sees them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import cast
from urllib.parse import urlsplit

from crawler.reading.body import hidden
from crawler.reading.page import Element, Page
from crawler.reading.urls import absolute

_OTHER_PLACES = ("data-href", "data-url", "data-link", "data-src-url", "href-data", "link")
_SCRIPTED = re.compile(
    r"(?:location(?:\.href)?\s*=|location\.(?:assign|replace)\s*\(|window\.open\s*\(|(?:open|go|jump|link|to)\w{0,12}\s*\()"
    r"\s*\\?[\"']([^\"'\s]{2,500}?)\\?[\"']",
    re.IGNORECASE,
)
_PATH = re.compile(r"/|\?|\.(?:[sj]?html?|aspx?|php|jsp|do)\b")

ARTICLE, NEUTRAL, COLUMN, HOME = 3, 2, 1, 0
_COLUMN_QUERY = re.compile(
    r"(?:\A|&)(?:a=lists?|c=list)(?:&|\Z)|\A(?:catid|classid|cid|typeid|tid|lmid|columnid|cat|channelid|page|p)=[^&]*\Z",
    re.I,
)
_ARTICLE_QUERY = re.compile(
    r"(?:\A|&)(?:a=show|(?:article|news|info|content|doc|item|post|news_?|art|detail|a|n|x|w|record|msg|page)?_?id=[\w-]+|aid=|guid=|uuid=)",
    re.I,
)
_COLUMN_PATH = re.compile(
    r"/(?:(?:index|default|main|more|list|lists|node|col|column|channel|category|class|search|login|sitemap|about|contact|type|tag|lm|home)"
    r"(?:[-_]?\d+)*(?:\.[a-z]{3,5})?|(?:list|lists|column|channel|category|cate|tags?|author|space|user|member|special|topic|zt)/[\w%-]*(?:\.s?html?)?)/?\Z",
    re.IGNORECASE,
)
_PERSON = re.compile(r"/(?:space|user|member|u|author|profile)[-_/]", re.IGNORECASE)
_DATED = re.compile(r"(?<!\d)(?:19|20)\d\d[-/_]?[01]?\d(?:[-/_]?[0-3]?\d)?[-/_]|/t?(?:19|20)\d\d[01]\d[0-3]\d")
_NUMBERED = re.compile(
    r"/(?:[a-z]{1,20}[-_])*\d+(?:[-_]\d+)*\.(?:s?html?|jhtml|aspx?|php|jsp|do)\Z|\d{5,}|[0-9a-f]{16,}|/(?:show|view|detail|content|article|info|news|post|a|p|n|d|doc|archives)[-/_]\d+",
    re.IGNORECASE,
)
_NUMBERED_FOLDER = re.compile(r"/\d{5,}/(?:index\.s?html?)?\Z")
_PANELS = frozenset(["div", "ul", "ol", "dl", "table", "section"])
_FILE = re.compile(r"\.(?:pdf|docx?|xlsx?|wps|ofd|rar|zip)\Z", re.IGNORECASE)


def address_of(node: Element, base: str) -> str | None:
    """Where a reader comes who clicks on the element: ``href``, else an address in its data or its script.

    None for scripts that need running (``javascript:openNews('123')``).
    """
    href = node.get("href")
    if href and (found := absolute(base, href)):
        return found
    for name in _OTHER_PLACES:
        value = node.get(name)
        if value and _PATH.search(value) and (found := absolute(base, value)):
            return found
    for script in (node.get("onclick"), href):
        if script and (call := _SCRIPTED.search(script)) and _PATH.search(call[1]):
            return absolute(base, call[1])
    return None


def clickable(page: Page) -> Iterator[Element]:
    """Everything on the page that leads somewhere, in page order, hidden elements left out."""
    root = page.root
    if "onclick" in page.text or "data-" in page.text:
        nodes = cast(
            "list[Element]",
            root.xpath(
                "descendant::*[self::a or @onclick or @data-href or @data-url or @data-link][not(self::option)]"
            ),
        )
        nodes = [node for node in nodes if node.tag == "a" or not _holds_link(node)]
    else:
        nodes = list(root.iter("a"))
    visible = Visibility(root)
    for node in nodes:
        if visible.of(node):
            yield node


def kind_of(url: str) -> int:
    """What the shape of an address says: ARTICLE, COLUMN, HOME of a site, or NEUTRAL when it says nothing."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return HOME
    path, query = parts.path, parts.query
    if query and _COLUMN_QUERY.search(query):
        return COLUMN
    if query and _ARTICLE_QUERY.search(query):
        return ARTICLE
    if path in ("", "/"):
        return NEUTRAL if query else HOME
    if _PERSON.search(path):
        return COLUMN
    if _NUMBERED_FOLDER.search(path):
        return NEUTRAL
    if _COLUMN_PATH.search(path):
        if not _DATED.search(path):
            return COLUMN
        if re.search(r"/index\.s?html?\Z", path):
            return NEUTRAL  # /2013/0614/423/index.html is an article, /2013/06/index.html a month
        return COLUMN if re.search(r"/(?:list|node|col|index)[-_/]?\d*", path) else ARTICLE
    if _DATED.search(path) or _NUMBERED.search(path):
        return ARTICLE
    if path.endswith("/"):
        return COLUMN
    return NEUTRAL if "." in path.rpartition("/")[2] or path.count("/") > 1 or _FILE.search(path) else COLUMN


def _is_tab(node: Element, unseen: set[Element]) -> bool:
    """Whether a hidden element is one of several panels of which a reader chooses: it has a visible twin beside it."""
    name = node.get("class")
    if node.tag not in _PANELS or not name or sum(1 for _ in islice(node.iterdescendants("a"), 3)) < 3:
        return False
    twins = (*islice(node.itersiblings(preceding=True), 8), *islice(node.itersiblings(), 8))
    return any(twin.tag == node.tag and twin.get("class") == name and twin not in unseen for twin in twins)


def _holds_link(node: Element) -> bool:
    return next(node.iterdescendants("a"), None) is not None or any(above.tag == "a" for above in node.iterancestors())


class Visibility:
    """Whether a reader sees elements of a tree; each ancestor is asked once."""

    def __init__(self, root: Element) -> None:
        marked = cast("list[Element]", root.xpath("descendant-or-self::*[@style or @hidden]"))
        unseen = {node for node in marked if hidden(node)}
        self._hidden = {node for node in unseen if not _is_tab(node, unseen)}
        self._known: dict[Element, bool] = {}

    def of(self, node: Element) -> bool:
        """Whether neither the element nor one around it is hidden by its own attributes."""
        if not self._hidden:
            return True
        chain: list[Element] = []
        current: Element | None = node
        answer = True
        while current is not None:
            if current in self._known:
                answer = self._known[current]
                break
            chain.append(current)
            if current in self._hidden:
                answer = False
                break
            current = current.getparent()
        for element in chain:
            self._known[element] = answer
        return answer
