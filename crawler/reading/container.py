"""Where the text of a page without a layout stands: the usual containers, then the densest block."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from crawler.reading.body import Block, hidden
from crawler.reading.page import Element, select

# By how often they were met on Chinese government and news sites; ids are case-sensitive.
CONTAINERS = (
    "#js_content", "#zoom", "#Zoom", "#ZOOM", ".TRS_Editor", ".TRS_UEDITOR", ".trs_editor_view", "#UCAP-CONTENT",
    ".j-fontContent", "[id^=vsb_content]", ".v_news_content", "#fontzoom", "#mainText", "#barrierfree_container",
    ".article-content", ".article_content", "#artibody", "#endText",
)  # fmt: skip
_SIDE = re.compile(
    r"comment|pinglun|reply|footer|copyright|sidebar|aside|relate|recommend|tuijian|hotnews|rank|crumb|share|toolbar"
    r"|qrcode|nav(?!_?content)|menu|login|(?:^|[-_ ])ad(?:s|vert)?(?:$|[-_ ])|tags?(?:$|[-_ ])|statement|mianze"
    r"|disclaimer",
    re.IGNORECASE,
)
_SENTENCE = re.compile("[。！？；，,;!?：]")
_MIN_MASS = 30


def find_container(root: Element, blocks: list[Block]) -> tuple[Element | None, str, float]:
    """The element that holds the text, how it was found, and how sure that is."""
    own: dict[Element, float] = defaultdict(float)
    total: dict[Element, float] = defaultdict(float)
    links: dict[Element, int] = defaultdict(int)
    count: dict[Element, int] = defaultdict(int)
    for block in blocks:
        if block.node is None or not block.text:
            continue
        mass = _mass(block)
        count[block.node] += 1
        own[block.node] += mass
        for node in _with_ancestors(block.node):
            total[node] += mass
            links[node] += block.links
    scores: dict[Element, float] = defaultdict(float)
    for node, mass in own.items():
        if not mass:
            continue
        parent = node.getparent()
        holder = node
        if count[node] == 1 and parent is not None:  # a paragraph; several lines in one element are its text
            holder = parent
            scores[node] += 0.2 * mass
        scores[holder] += mass
        above = holder.getparent()
        if above is not None:
            scores[above] += 0.4 * mass
    if not scores:
        return None, "", 0.0
    best = max(scores, key=lambda node: scores[node] * _weight(node, total[node], links[node]))
    known = _known_container(root, total)
    if known is not None and total[known] >= 0.5 * total[best]:
        return known, f"container {known.get('id') or known.get('class')}", 0.8
    if total[best] < _MIN_MASS:
        return None, "", 0.0
    return _climbed(best, total, links), "densest block", 0.6


def side_matter(root: Element) -> set[Element]:
    """Elements that by tag, name or hiding are not the article, unless they hold most of the page's text."""
    found: set[Element] = set()
    total = None
    for node in root.iter("nav", "footer", "aside", "div", "ul", "section", "table", "p", "dl", "form"):
        names = f"{node.get('class', '')} {node.get('id', '')}"
        if node.tag in ("nav", "footer", "aside") or (names != " " and _SIDE.search(names)):
            if total is None:
                total = _length(root)
            if _length(node) < 0.4 * total:
                found.add(node)
        elif hidden(node) and not names.startswith("rich_media_content"):
            continue
    return found


def _length(node: Element) -> int:
    return sum(len(text.strip()) for text in node.itertext("p", "div", "td", "span", "section", "br"))


def _mass(block: Block) -> float:
    """How much running text a block is: its characters outside links, if it reads like a sentence."""
    own = len(block.text) - block.links
    if own < 10 or block.links > 0.5 * len(block.text):
        return 0.0
    if not _SENTENCE.search(block.text):
        return 0.15 * own
    return float(own)


def _with_ancestors(node: Element) -> Iterator[Element]:
    current: Element | None = node
    for _ in range(60):
        if current is None:
            return
        yield current
        current = current.getparent()


def _weight(node: Element, mass: float, links: int) -> float:
    weight = mass / (mass + links + 1)
    if node.tag in ("body", "html"):
        weight *= 0.7
    if _SIDE.search(f"{node.get('class', '')} {node.get('id', '')}"):
        weight *= 0.4
    return weight


def _known_container(root: Element, total: Mapping[Element, float]) -> Element | None:
    for css in CONTAINERS:
        found = [node for node in select(root, css) if total.get(node, 0) > _MIN_MASS]
        if found:
            return max(found, key=lambda node: total[node])
    return None


def _climbed(node: Element, total: Mapping[Element, float], links: Mapping[Element, int]) -> Element:
    """The element, or the one above while that adds text and hardly any links: articles split over several boxes."""
    for _ in range(4):
        above = node.getparent()
        if above is None or above.tag in ("html", "body"):
            return node
        gain = total[above] - total[node]
        if gain < 0.12 * total[node] or links[above] - links[node] > 0.4 * gain:
            return node
        node = above
    return node
