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
from itertools import islice
from urllib.parse import urlsplit

from crawler.items import Link
from crawler.reading.list_days import address_day, complete
from crawler.reading.list_entries import Entry, day_of, gather, heading_above, place, set_days
from crawler.reading.list_links import COLUMN, address_of, clickable, kind_of
from crawler.reading.list_titles import headline, without_labels, words_of
from crawler.reading.page import Element, Page
from crawler.reading.text import clean

_LEVELS = 12  # steps up from a block to the names around it
_LEAST_UNPROVED = 3  # entries of a list that nothing else speaks for
_MOST_NODES = 5_000  # links that are looked at
_MOST_WEIGHED_TWICE = 1_500
_INLINE = frozenset(["a", "b", "strong", "font", "span", "i", "em", "u", "center", "big", "small", "nobr", "label"])
_ROWS = frozenset(["li", "tr", "td", "dd", "dt", "p", "h1", "h2", "h3", "h4", "h5", "h6", "tbody"])
_ODD_NAMES = re.compile(
    r"\d+|(?:^|(?<=[-_\s]))(?:odd|even|first|last|top|new|hot|cur|current|on|active|line|dashed|nobd|bor|mt|mb|clearfix|cf|fl|fr|left|right|l|r)(?=$|[-_\s])",
    re.I,
)
_SIDE_NAME = re.compile(
    r"(?:^|[-_\s])(?:side(?:bar|nav|list)?|aside|rank(?:ing|list)?|hot(?:news|list)?|nav(?:bar)?|menu|foot(?:er)?|header|topbar|crumbs?"
    r"|friend\w*|flink|links?|related?|recommend\w*|tuijian|paihang|xgyd|xgxw|xgwz|copyright|banner|swiper\w*|slides?|slider|focus|carousel|lunbo"
    r"|jiaodian|huandeng|flash|tagcloud|login|search)(?:$|[-_\s\d])",
    re.IGNORECASE,
)
_SIDE_TAGS = frozenset(["aside", "nav", "footer", "header", "marquee"])
_CRUMBS = re.compile(r"位置|[>＞»›]")
"""A line that tells where the page stands may name any column, 热点 among them."""
_SIDE_HEADING = re.compile(
    r"热点|热门|热文|热评|排行|推荐|相关|最新(?!闻)|点击榜|阅读榜|阅读量|周榜|月榜|图片|图说|图库|友情|链接|猜你|精彩|专题|广告|24小时|一周|延伸|快速|常用|随机|视频|焦点|最热|人气|导航|检索|公众号|榜"
)


@dataclass(slots=True, eq=False)
class _Kind:
    entries: list[Entry] = field(default_factory=list)
    blocks: dict[Element, None] = field(default_factory=dict)
    dated: bool = False
    side: bool = False
    named: bool = False
    paged: bool = False
    near: bool = False
    score: float = 0.0

    @property
    def proved(self) -> bool:
        """Whether something speaks for a list: days, a pager, the column's name above it or in its addresses."""
        return self.dated or self.paged or self.named or self.near


@dataclass
class Records:
    """The list of a page and how surely it is one (0 when there is none)."""

    links: list[Link] = field(default_factory=list)
    score: float = 0.0


def read_records(page: Page) -> Records:
    """The entries of the page's main list in page order, each address once."""
    nodes = list(islice(clickable(page), _MOST_NODES))
    best = _chosen(page, nodes, strict=True)
    if best.score < 40 and len(nodes) <= _MOST_WEIGHED_TWICE:
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
    words = {url: max(len(words_of(anchor)) for anchor in nodes) for url, nodes in found.items()}
    url = max(found, key=lambda one: (kind_of(one) > COLUMN, words[one]))
    title = headline(found[url], node)
    if not title:
        return None
    (day,) = complete([day_of(node)], [url])
    return Link(url, title, day)


def _chosen(page: Page, nodes: list[Element], *, strict: bool) -> Records:
    entries, pagers = gather(page, nodes, strict)
    if not entries:
        return Records()
    entries = place(entries, page.root)
    set_days(entries)
    _set_issue(entries, page.url)
    kinds = _kinds(page, entries, pagers)
    main = max(kinds, key=lambda kind: kind.score, default=None)
    if main is not None and main.side:
        # A side list is the page's list only where nothing speaks for another.
        proper = [kind for kind in kinds if not kind.side and kind.proved]
        main = max(proper, key=lambda kind: kind.score, default=main)
    if main is None or main.score <= 0:
        return Records()
    chosen = _with_kin(main, kinds)
    chosen.sort(key=lambda entry: entry.order)
    return Records(_links(chosen), main.score)


def _set_issue(entries: list[Entry], url: str) -> None:
    """The contents of a printed paper: all articles are of the day in the address of the page and in their own."""
    issue = address_day(url)
    if issue is None or any(entry.day for entry in entries):
        return
    for entry in entries:
        if address_day(entry.url) == issue:
            entry.day = issue


def _kinds(page: Page, entries: list[Entry], pagers: list[Element]) -> list[_Kind]:
    by_block: dict[Element | None, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_block[entry.block].append(entry)
    zones = _pager_zones(pagers, by_block)
    named = _column_names(page)
    kinds: dict[tuple[object, ...], _Kind] = defaultdict(_Kind)
    for block, members in by_block.items():
        dated = 2 * sum(entry.day is not None for entry in members) >= len(members)
        heading = heading_above(block, levels=3) if block is not None else ""
        is_named = len(heading) >= 2 and any(heading.startswith(name) for name in named)
        beside = bool(_SIDE_HEADING.search(heading)) and not _CRUMBS.search(heading)
        side = _at_the_side(block) or (beside and not is_named)
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
    near = sum(urlsplit(url).path.startswith(folder) for url in urls) / len(urls) if folder != "/" else 0.0
    kind.near = near > 0.9 and len(urls) > 1
    if len(urls) < _LEAST_UNPROVED and not kind.proved:
        return 0.0
    length = sum(min(entry.words or 8, 40) for entry in urls.values())
    articles = sum(entry.article for entry in urls.values()) / len(urls)
    score = length * (0.3 + 0.7 * articles) * (1.0 + near)
    if kind.dated:
        score *= 3.0
    if kind.side:
        score *= 0.1
    if kind.named:
        score *= 2.5
    if kind.paged:
        score *= 3.0
    return score


def _path(entry: Entry) -> tuple[str, ...]:
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


def _with_kin(main: _Kind, kinds: list[_Kind]) -> list[Entry]:
    """The entries of the main kind, and of others that belong to its list."""
    chosen = list(main.entries)
    first, last = min(entry.order for entry in chosen), max(entry.order for entry in chosen)
    urls = {entry.url for entry in chosen}
    many_blocks = len(main.blocks) > 1 and len(chosen) <= 12 * len(main.blocks) and not main.paged
    shape = Counter(entry.article for entry in chosen).most_common(1)[0][0]
    region = _common_holder(list(main.blocks))
    first_block = min(chosen, key=lambda entry: entry.order).block
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
        if 2 * len(main.blocks) >= len(main.entries) and 2 * sum(e.block in main.blocks for e in others) > len(others):
            continue  # second links of the same records: authors, sections
        if many_blocks and kind.dated == main.dated and len(others) >= 3:
            chosen += others
            continue
        chosen += [
            entry
            for entry in others
            if first < entry.order < last
            or (main.dated and region is not None and _under(entry.record, region))
            or (main.dated and len(kind.entries) < _LEAST_UNPROVED and _right_above(entry.record, first_block))
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


def _right_above(record: Element, block: Element | None) -> bool:
    """Whether a record stands right above a block: a headline set apart from its list."""
    current = block
    for _ in range(3):
        if current is None:
            return False
        before = current.getprevious()
        if before is not None and (before is record or _under(record, before)):
            return True
        current = current.getparent()
    return False


def _under(node: Element, region: Element) -> bool:
    return any(above is region for above in node.iterancestors())


def _links(entries: list[Entry]) -> list[Link]:
    """Links in page order, each address once, with the fullest headline and a day if any of its places had one."""
    days = complete([entry.day for entry in entries], [entry.url for entry in entries])
    titles = without_labels([headline(entry.nodes, entry.record) for entry in entries])
    found: dict[str, Link] = {}
    for entry, title, day in zip(entries, titles, days, strict=True):
        known = found.setdefault(entry.url, Link(entry.url, title, day))
        if len(title) > len(known.title):
            known.title = title
        known.listed_on = known.listed_on or day
    return [link for link in found.values() if link.title]
