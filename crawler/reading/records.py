"""The entries of an unknown list page: which of its repeated records are the page's list.

Links that may be articles are gathered into records (the largest element that leads to one article only), records into
blocks (the element that holds several), blocks of one make into kinds. The list is the kind with the most headline
text, weighed by printed days, addresses of articles, the pager beside it, the column's name above it, and against it
the marks of side lists. Kinds that show the same articles, or stand between its entries, belong to it.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import urlsplit

from crawler.items import Link
from crawler.reading.list_days import MonthDay, complete, heading_day, printed_day
from crawler.reading.list_links import ARTICLE, COLUMN, address_of, clickable, kind_of
from crawler.reading.list_titles import headline, is_generic, is_no_title
from crawler.reading.page import Element, Page
from crawler.reading.text import clean

MAX_ENTRIES = 6_000
"""Links that are weighed; more stand on no list page, and time stays bounded."""
_LEVELS = 12  # steps up from a link; no record is deeper
_DAY_LEVELS = 6
_PIECES = 60
_INLINE = frozenset(["a", "b", "strong", "font", "span", "i", "em", "u", "center", "big", "small", "nobr", "label"])
_ROWS = frozenset(["li", "tr", "td", "dd", "dt", "p", "h1", "h2", "h3", "h4", "h5", "h6", "tbody"])
_ODD_NAMES = re.compile(
    r"\d+|(?:^|(?<=[-_\s]))(?:odd|even|first|last|top|new|hot|cur|current|on|active|line|dashed|nobd|bor|mt|mb|clearfix|cf|fl|fr|left|right|l|r)(?=$|[-_\s])",
    re.I,
)
_PAGER = re.compile(
    r"(?:上一?[页頁]|前一?页|下一?[页頁]|后一?页|后页|末[页頁]|尾[页頁]|最后一?页|首[页頁]|next(?: page)?|prev\w*)\W*",
    re.IGNORECASE,
)
_SIDE_NAME = re.compile(
    r"(?:^|[-_\s])(?:side(?:bar|nav|list)?|aside|rank(?:ing|list)?|hot(?:news|list)?|nav(?:bar)?|menu|foot(?:er)?|header|topbar|crumbs?"
    r"|friend\w*|flink|links?|related?|recommend\w*|tuijian|paihang|xgyd|xgxw|xgwz|copyright|banner|swiper\w*|slides?|slider|focus|carousel|lunbo"
    r"|jiaodian|huandeng|flash|tagcloud|login|search)(?:$|[-_\s\d])",
    re.IGNORECASE,
)
_SIDE_TAGS = frozenset(["aside", "nav", "footer", "header", "marquee"])
_SIDE_HEADING = re.compile(
    r"热点|热门|热文|热评|排行|推荐|相关|最新(?!闻)|点击榜|阅读榜|阅读量|周榜|月榜|图片|图说|图库|友情|链接|猜你|精彩|专题|广告|24小时|一周|延伸|快速|常用|随机|视频|焦点|最热|人气|导航|检索|公众号|榜"
)


@dataclass(slots=True, eq=False)
class _Entry:
    order: int
    nodes: list[Element]
    url: str
    words: int
    article: bool
    record: Element
    block: Element | None
    day: date | MonthDay | None = None


@dataclass(slots=True, eq=False)
class _Kind:
    entries: list[_Entry] = field(default_factory=list)
    blocks: dict[Element, None] = field(default_factory=dict)
    dated: bool = False
    side: bool = False
    named: bool = False
    paged: bool = False
    score: float = 0.0


@dataclass
class Records:
    """The list of a page and how surely it is one (0 when there is none)."""

    links: list[Link] = field(default_factory=list)
    score: float = 0.0


def read_records(page: Page) -> Records:
    """The entries of the page's main list in page order, each address once."""
    nodes = list(clickable(page))
    best = _chosen(page, nodes, strict=True)
    if best.score < 40:
        other = _chosen(page, nodes, strict=False)
        if other.score > 2 * best.score:
            best = other
    return best


def read_record(node: Element, base: str) -> Link | None:
    """The article that one record leads to: the link with the longest words that does not lead to a column."""
    found: dict[str, list[Element]] = {}
    for anchor in node.iter("a"):
        url = address_of(anchor, base)
        if url is not None:
            found.setdefault(url, []).append(anchor)
    if not found:
        return None
    words = {
        url: max(len(clean("".join(map(str, anchor.itertext())))) for anchor in nodes) for url, nodes in found.items()
    }
    url = max(found, key=lambda one: (kind_of(one) != COLUMN, words[one]))
    title = headline(found[url], node)
    if not title:
        return None
    (day,) = complete([day_of(node)], [url])
    return Link(url, title, day)


def day_of(record: Element) -> date | MonthDay | None:
    """The day that a record prints."""
    return printed_day(_pieces(record, linked=False))


def _chosen(page: Page, nodes: list[Element], *, strict: bool) -> Records:
    entries, pagers = _entries(page, nodes, strict)
    if not entries:
        return Records()
    entries = _place(entries, page.root)
    _date(entries)
    kinds = _kinds(page, entries, pagers)
    main = max(kinds, key=lambda kind: kind.score, default=None)
    if main is None or main.score <= 0:
        return Records()
    chosen = _with_kin(main, kinds)
    chosen.sort(key=lambda entry: entry.order)
    return Records(_links(chosen), main.score)


def _entries(page: Page, nodes: list[Element], strict: bool) -> tuple[list[_Entry], list[Element]]:
    entries: list[_Entry] = []
    pagers: list[Element] = []
    own = page.url.partition("#")[0]
    for order, node in enumerate(nodes):
        text = clean("".join(map(str, node.itertext())))
        if _PAGER.fullmatch(text):
            pagers.append(node)
            continue
        if is_no_title(text) and (text or not _pictured(node)):
            continue
        url = address_of(node, page.base)
        if url is None or url == own or (text == "" and url == page.base):
            continue
        kind = kind_of(url)
        words = len(text) if text and not is_generic(text) else 0
        words = max(words, len(clean(node.get("title") or "")))
        if kind == COLUMN and (strict or words < 8):
            continue
        if kind != ARTICLE and words < 8:
            continue
        if kind == ARTICLE and 0 < words < 4:
            continue
        entries.append(_Entry(order, [node], url, words, kind == ARTICLE, node, None))
        if len(entries) >= MAX_ENTRIES:
            break
    return entries, pagers


def _pictured(node: Element) -> bool:
    """Whether a link without words shows something: a picture, or nothing but covers a whole card."""
    return len(node) > 0 or node.get("href") is not None


def _place(entries: list[_Entry], root: Element) -> list[_Entry]:
    """One entry a record, with all links of the record, its record and its block."""
    several = ""
    leads: dict[Element, str] = {}
    for entry in entries:
        current: Element | None = entry.nodes[0]
        while current is not None:
            known = leads.get(current)
            if known in (several, entry.url):  # all elements above are marked already
                break
            leads[current] = entry.url if known is None else several
            current = current.getparent()
    by_record: dict[Element, _Entry] = {}
    for entry in entries:
        record = entry.nodes[0]
        for _ in range(_LEVELS):
            above = record.getparent()
            if above is None or above is root or above.tag == "body" or leads.get(above) == several:
                break
            record = above
        first = by_record.setdefault(record, entry)
        if first is not entry:
            first.nodes += entry.nodes
            first.words = max(first.words, entry.words)
        entry.record, entry.block = record, record.getparent()
    return list(by_record.values())


def _date(entries: list[_Entry]) -> None:
    """The day of each entry: in its record, else beside it in the block, else on the line above the block."""
    by_block: dict[Element, list[_Entry]] = defaultdict(list)
    for entry in entries:
        entry.day = _own_day(entry)
        if entry.block is not None:
            by_block[entry.block].append(entry)
    for block, members in by_block.items():
        bare = [entry for entry in members if entry.day is None]
        if len(bare) <= len(members) // 3:
            continue
        _date_by_neighbours(block, bare)
        if all(entry.day is None for entry in members) and (day := heading_day(_heading(block, levels=2))):
            for entry in members:
                entry.day = day


def _own_day(entry: _Entry) -> date | MonthDay | None:
    """The nearest day on the way up from the link to its record."""
    place = entry.nodes[0]
    partial: MonthDay | None = None
    for _ in range(_DAY_LEVELS):
        found = printed_day(_pieces(place, linked=place.tag == "a"))
        if isinstance(found, date):
            return found
        partial = partial or found
        above = place.getparent()
        if place is entry.record or above is None:
            break
        place = above
    return partial


def _pieces(node: Element, *, linked: bool) -> list[tuple[str, bool]]:
    """The texts below an element, and whether each stands inside a link."""
    pieces: list[tuple[str, bool]] = []
    if node.text:
        pieces.append((clean(node.text), linked))
    inside: Element | None = None
    for child in node.iterdescendants():
        if inside is not None and not _below(child, inside, node):
            inside = None
        if inside is None and child.tag == "a":
            inside = child
        if child.text and isinstance(child.tag, str) and child.tag not in ("script", "style"):
            pieces.append((clean(child.text), linked or inside is not None))
        if child.tail:
            pieces.append((clean(child.tail), linked or (inside is not None and child is not inside)))
        if child.tag == "time" and (stamp := child.get("datetime")):
            pieces.append((stamp[:10], False))
        if len(pieces) > _PIECES:
            break
    return [piece for piece in pieces if piece[0]]


def _below(child: Element, upper: Element, top: Element) -> bool:
    current = child.getparent()
    while current is not None and current is not top:
        if current is upper:
            return True
        current = current.getparent()
    return False


def _date_by_neighbours(block: Element, bare: list[_Entry]) -> None:
    """Days in sibling cells, lines and terms: each belongs to the entry before it, or to those after it."""
    records = {entry.record: entry for entry in bare}
    sequence: list[_Entry | date | MonthDay] = []
    last: _Entry | None = None

    def note(text: str | None, node: Element | None = None) -> None:
        pieces = [(clean(text), False)] if text else _pieces(node, linked=False) if node is not None else []
        if pieces and (day := printed_day(pieces)):
            sequence.append(day)

    note(block.text)
    for child in block:
        if entry := records.get(child):
            sequence.append(entry)
        elif isinstance(child.tag, str):
            note(None, child)
        note(child.tail)
    if not sequence:
        return
    days_first = not isinstance(sequence[0], _Entry)
    current: date | MonthDay | None = None
    for thing in sequence:
        if isinstance(thing, _Entry):
            last = thing
            if days_first:
                thing.day = current
        elif days_first:
            current = thing
        elif last is not None and last.day is None:
            last.day = thing


def _heading(block: Element, levels: int) -> str:
    """The line above a block: the nearest words before it, when they are few."""
    current: Element | None = block
    for _ in range(levels):
        if current is None or current.tag == "body":
            break
        before = current.getprevious()
        for _ in range(3):
            if before is None:
                break
            text = clean("".join(map(str, before.itertext()))) if isinstance(before.tag, str) else ""
            if text and before.tag not in ("script", "style"):
                return text if len(text) <= 40 else ""
            before = before.getprevious()
        current = current.getparent()
    return ""


def _kinds(page: Page, entries: list[_Entry], pagers: list[Element]) -> list[_Kind]:
    by_block: dict[Element | None, list[_Entry]] = defaultdict(list)
    for entry in entries:
        by_block[entry.block].append(entry)
    zones = _pager_zones(pagers, by_block)
    named = _column_names(page)
    kinds: dict[tuple[object, ...], _Kind] = defaultdict(_Kind)
    for block, members in by_block.items():
        dated = 2 * sum(entry.day is not None for entry in members) >= len(members)
        heading = _heading(block, levels=3) if block is not None else ""
        is_named = len(heading) >= 2 and any(heading.startswith(name) for name in named)
        side = _at_the_side(block) or (bool(_SIDE_HEADING.search(heading)) and not is_named)
        paged = block is not None and _inside(block, zones)
        for entry in members:
            kind = kinds[(_path(entry), dated, side)]
            kind.entries.append(entry)
            kind.dated, kind.side = dated, side
            kind.named |= is_named
            kind.paged |= paged
            if block is not None:
                kind.blocks[block] = None
    folder = urlsplit(page.url).path.rpartition("/")[0] + "/"
    for kind in kinds.values():
        kind.score = _score(kind, folder)
    return list(kinds.values())


def _score(kind: _Kind, folder: str) -> float:
    urls = {entry.url: entry for entry in kind.entries}
    length = sum(min(entry.words or 8, 40) for entry in urls.values())
    if len(urls) < 3 and not (kind.dated or kind.paged or kind.named):
        return 0.0
    articles = sum(entry.article for entry in urls.values()) / len(urls)
    score = length * (0.3 + 0.7 * articles)
    if kind.dated:
        score *= 3.0
    if kind.side:
        score *= 0.2
    if kind.named:
        score *= 2.5
    if kind.paged:
        score *= 3.0
    if folder != "/":
        near = sum(urlsplit(url).path.startswith(folder) for url in urls) / len(urls)
        score *= 1.0 + near
    return score


def _path(entry: _Entry) -> tuple[str, ...]:
    """Tags and names on the way up, which entries of one make share; inline elements do not count."""
    names: list[str] = []
    current = entry.nodes[0].getparent()
    steps = 0
    while current is not None and len(names) < 4 and steps < _LEVELS:
        tag = str(current.tag)
        steps += 1
        if tag in _ROWS:
            names.append(tag)
        elif tag not in _INLINE:
            name = _ODD_NAMES.sub("", f"{current.get('class') or ''}").strip(" -_")
            names.append(f"{tag}.{name}.{current.get('width') or ''}")
        current = current.getparent()
    return tuple(names)


def _at_the_side(block: Element | None) -> bool:
    """Whether the names around a block are those of menus, rankings, slides and footers."""
    current = block
    for _ in range(_LEVELS):
        if current is None or current.tag in ("body", "html"):
            return False
        if current.tag in _SIDE_TAGS:
            return True
        name = f"{current.get('class') or ''} {current.get('id') or ''}"
        if len(name) > 1 and _SIDE_NAME.search(name):
            return True
        current = current.getparent()
    return False


def _pager_zones(pagers: list[Element], blocks: Iterable[Element | None]) -> set[Element]:
    """The smallest elements that hold a pager and entries."""
    holders: set[Element] = set()
    for block in blocks:
        current = block
        while current is not None and current not in holders:
            holders.add(current)
            current = current.getparent()
    zones: set[Element] = set()
    for node in pagers[:20]:
        above = node.getparent()
        while above is not None and above not in holders:
            above = above.getparent()
        if above is not None and above.tag not in ("body", "html"):
            zones.add(above)
    return zones


def _inside(block: Element, zones: set[Element]) -> bool:
    return bool(zones) and (block in zones or any(above in zones for above in block.iterancestors()))


def _column_names(page: Page) -> list[str]:
    """What the page says its column is called: the parts of its title and the standard meta tag."""
    title = page.root.find(".//title")
    parts = re.split(r"[-_—–|,，>»\s]+", clean("".join(map(str, title.itertext())))[:80]) if title is not None else []
    for meta in page.root.iter("meta"):
        if (meta.get("name") or "").lower() == "columnname":
            parts.append(clean(meta.get("content") or ""))
    return [part for part in parts if len(part) >= 2]


def _with_kin(main: _Kind, kinds: list[_Kind]) -> list[_Entry]:
    """The entries of the main kind, and of others that belong to its list."""
    chosen = list(main.entries)
    first, last = min(entry.order for entry in chosen), max(entry.order for entry in chosen)
    urls = {entry.url for entry in chosen}
    many_blocks = len(main.blocks) > 1 and len(chosen) <= 12 * len(main.blocks) and not main.paged
    shape = Counter(entry.article for entry in chosen).most_common(1)[0][0]
    region = _common_holder(list(main.blocks))
    for kind in kinds:
        if kind is main:
            continue
        own = [entry for entry in kind.entries if entry.url in urls]
        chosen += own
        others = [entry for entry in kind.entries if entry.url not in urls]
        if not others or (kind.side and not main.side) or (main.dated and not kind.dated):
            continue
        if sum(entry.article for entry in others) * 2 < len(others) and shape:
            continue
        if many_blocks and kind.dated == main.dated and len(others) >= 3:
            chosen += others
            continue
        chosen += [
            entry
            for entry in others
            if first < entry.order < last or (main.dated and region is not None and _under(entry.record, region))
        ]
    return chosen


def _common_holder(blocks: list[Element]) -> Element | None:
    """The smallest element around all blocks of a kind; around its parent for a single block."""
    if not blocks:
        return None
    common = [blocks[0], *blocks[0].iterancestors()]
    for block in blocks[1:]:
        above = {block, *block.iterancestors()}
        common = [node for node in common if node in above]
    if len(blocks) == 1:
        common = common[1:]
    return common[0] if common and common[0].tag not in ("body", "html") else None


def _under(node: Element, region: Element) -> bool:
    return any(above is region for above in node.iterancestors())


def _links(entries: list[_Entry]) -> list[Link]:
    """Links in page order, each address once, with the fullest headline and a day if any of its places had one."""
    days = complete([entry.day for entry in entries], [entry.url for entry in entries])
    found: dict[str, Link] = {}
    for entry, day in zip(entries, days, strict=True):
        title = headline(entry.nodes, entry.record)
        known = found.setdefault(entry.url, Link(entry.url, title, day))
        if len(title) > len(known.title):
            known.title = title
        known.listed_on = known.listed_on or day
    return [link for link in found.values() if link.title]
