"""A page without a layout: the usual containers, then the densest block; the headline by agreement of <title> and a
visible line; the info lines of the zone between headline and text.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from crawler.reading.body import Block, hidden, read_blocks
from crawler.reading.dates import find_date
from crawler.reading.labels import read_info
from crawler.reading.page import Element, Page, select
from crawler.reading.text import clean, fold
from crawler.reading.trimming import is_link, without_date

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
_TITLE_TAGS = ("h1", "h2", "h3", "h4")
_TITLE_SEPARATOR = re.compile(r"\s*[_|｜＿—–»]+\s*|\s+-+\s+|\s*--+\s*|-(?=[^-]{2,14}\Z)|\s·\s|\s*[<＜]\s*")
_TITLE_METAS = ("articletitle", "og:title", "twitter:title", "headline")
_MIN_MASS = 30
_SOURCE_CHARS = 14


@dataclass
class GenericReading:
    """``header`` are lines between headline and text that look like info lines; ``rule`` tells how the text was found.

    ``shown`` and ``links`` (anchors on the page) describe pages without text.
    """

    title: str | None = None
    title_rule: str = ""
    blocks: list[Block] = field(default_factory=list)
    header: list[str] = field(default_factory=list)
    rule: str = ""
    confidence: float = 0.0
    shown: str = ""
    links: int = 0


def read_generic(page: Page, metas: Mapping[str, str]) -> GenericReading:
    """Find headline, info lines and text of any article page; ``blocks`` is empty when there is no running text."""
    side = _side_matter(page.root)
    blocks = read_blocks((page.root,), page.base, side)
    reading = GenericReading(links=sum(1 for _ in page.root.iter("a")))
    reading.shown = "\n".join(block.text for block in blocks if block.text)[:1000]
    container, rule, confidence = _container(page.root, blocks)
    reading.title, reading.title_rule, place = _title(page, metas, blocks, container)
    if container is None:
        return reading
    inside = set(container.iter())
    first = next((number for number, block in enumerate(blocks) if block.node in inside), 0)
    body = [block for block in blocks if block.node in inside]
    reading.rule, reading.confidence = rule, confidence
    start = place if place is not None and place < first else max(0, first - 6)
    lead = _leading_lines(body, reading.title)
    reading.header = _info_lines([*blocks[start:first], *body[:lead]])
    reading.blocks = [block for block in body[lead:] if not (is_link(block) and block.tag == "li")]
    if not reading.header and place is not None and place > 0:
        reading.header = _info_lines(blocks[max(0, place - 3) : place])
    return reading


def headline(page: Page, metas: Mapping[str, str]) -> str | None:
    """The headline by meta tags, headings and <title>, for pages whose layout lost it."""
    shown = _document_title(page.root)
    for node in page.root.iter(*_TITLE_TAGS):
        text = clean("".join(map(str, node.itertext())))
        if 4 <= len(text) <= 120 and shown and fold(text) in fold(shown):
            return text
    for name in _TITLE_METAS:
        if metas.get(name):
            return clean(metas[name])
    return _without_site(shown) or None


def _side_matter(root: Element) -> set[Element]:
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


def _container(root: Element, blocks: list[Block]) -> tuple[Element | None, str, float]:
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


def _document_title(root: Element) -> str:
    node = root.find(".//title")
    return clean("".join(map(str, node.itertext()))) if node is not None else ""


def _without_site(title: str) -> str:
    parts = [part for part in _TITLE_SEPARATOR.split(title) if part.strip()]
    if not parts:
        return title
    longest = max(parts, key=len)
    return parts[0] if len(parts[0]) >= 6 or len(parts[0]) * 2 > len(longest) else longest


def _title(
    page: Page, metas: Mapping[str, str], blocks: list[Block], container: Element | None
) -> tuple[str | None, str, int | None]:
    """The headline, its rule, and the number of its block when it is a visible line."""
    whole = fold(_document_title(page.root))
    inside = set(container.iter()) if container is not None else set()
    seen_inside = 0
    best: tuple[float, int] | None = None
    for number, block in enumerate(blocks):
        if not 4 <= len(block.text) <= 120:
            seen_inside += block.node in inside
            continue
        if block.node in inside:
            seen_inside += 1
            if seen_inside > 3:
                break
        heading = block.tag if block.tag in _TITLE_TAGS else ""
        line = fold(block.text)
        score = 0.0
        if len(line) >= 4 and line in whole:
            score = 2 + len(line) / max(len(whole), 1)
            score -= 1.5 if is_link(block) else 0
        elif heading == "h1" and not is_link(block):
            score = 1.2 if not whole else 0.9
        score += {"h1": 1.0, "h2": 0.5, "h3": 0.3, "h4": 0.2}.get(heading, 0.0) if score else 0
        if score and (best is None or score > best[0]):
            best = (score, number)
    if best is not None and best[0] >= 1.5:
        return blocks[best[1]].text, "title agrees with a visible line", best[1]
    for name in _TITLE_METAS:
        if metas.get(name):
            return clean(metas[name]), f"meta:{name}", None
    title = _without_site(_document_title(page.root))
    if title:
        return title, "title element", None
    return (blocks[best[1]].text, "heading", best[1]) if best else (None, "", None)


def _leading_lines(body: list[Block], title: str | None) -> int:
    """How many blocks at the container's head are headline, breadcrumb and info lines."""
    lead = 0
    wanted = fold(title or "")
    for number, block in enumerate(body[:12]):
        if not block.text:
            continue
        if (wanted and fold(block.text) == wanted) or _is_info(block) or (is_link(block) and number < 4):
            lead = number + 1
        elif len(block.text) > 40 or lead < number - 2:
            break
    return lead


def _is_headline(block: Block) -> bool:
    """Whether the line is the link of another article with its day; a linked source beside the time is short."""
    return is_link(block) and (block.tag in ("li", "dd") or len(without_date(block.text)) > _SOURCE_CHARS)


def _is_info(block: Block) -> bool:
    if len(block.text) > 160 or "。" in block.text:
        return False
    found = find_date(block.text)
    if found and len(block.text) - len(found.matched) < 60:
        return True
    info = read_info(block.text)
    return info.labels > 0 and len(block.text) < 80 and bool(info.values or info.views is not None or info.labels > 1)


def _info_lines(blocks: list[Block]) -> list[str]:
    """The lines that carry time or labels, those with a date first."""
    found = [block.text for block in blocks if block.text and not _is_headline(block) and _is_info(block)]
    dated = [line for line in found if find_date(line)]
    return dated + [line for line in found if line not in dated]
