"""List pages: links, printed days and the next page, whatever kind of answer the page is."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from itertools import islice
from typing import TypeAlias

from crawler.exceptions import BadContent, Blocked
from crawler.items import Link
from crawler.reading.body import text_of
from crawler.reading.challenge import find_block
from crawler.reading.charset import decode
from crawler.reading.columns import column_request, frame_request
from crawler.reading.dates import parse_list_day
from crawler.reading.embedded import embedded_list, inline_datastore
from crawler.reading.family_lists import FAMILY_LISTS
from crawler.reading.feeds import local_name, open_xml, read_feed
from crawler.reading.interfaces import changed, fields_of, read_answer, read_datastore
from crawler.reading.layouts import ListLayout
from crawler.reading.list_days import MonthDay, complete
from crawler.reading.list_entries import day_of
from crawler.reading.list_links import Visibility, address_of
from crawler.reading.list_titles import CUT
from crawler.reading.listing import ListReading, PageRequest
from crawler.reading.page import Element, Page, each, open_page, quotation, select
from crawler.reading.pagers import next_request
from crawler.reading.records import read_records
from crawler.reading.sitemaps import is_text_sitemap, read_index, read_sitemap, read_text_sitemap, unpacked
from crawler.reading.text import clean

__all__ = ["ListReading", "PageRequest", "extract_list"]

_XML_ROOTS = {
    "rss": "rss",
    "rdf": "rss",
    "channel": "rss",
    "feed": "atom",
    "urlset": "sitemap",
    "sitemapindex": "index",
}
_DIGIT = re.compile(r"[\d〇○]")
_MOST_LINKS = 20_000
"""Links of a declared list that are read: no column page comes near, and the time stays bounded."""
_MOST_RECORDS = 8_000
_PLACES = 5
"""Places of the day that are looked at in one record."""
_MOST_ITEM_NODES = 1_000
_WEAK = 150
"""A list of so little headline text, without days, may be a side list of a page that a script fills."""
_SCALE = 4  # of an article's size; a list page may be longer
_Entry: TypeAlias = tuple[str, str, "date | MonthDay | None"]


def extract_list(
    content: bytes,
    url: str,
    layout: ListLayout | None,
    *,
    headers: Mapping[str, str] | None = None,
    page: int = 1,
    first_url: str | None = None,
    request: PageRequest | None = None,
) -> ListReading:
    """Read one list page; ``layout`` None looks for the page's repeated records.

    Feeds, sitemaps and the answers of interfaces are told by their content and need no layout. ``page`` counts from 1;
    ``first_url`` is the list's first page, to which ``page_url`` templates refer. ``request`` is what was sent, None
    for a plain GET of ``url``: the page after an interface's answer is computed from it. Links that a reader cannot see
    are left out. No links is an answer, not an error: the caller decides. Raises BadContent, and Blocked when a page
    without links is a challenge.
    """
    sent = request or PageRequest(url)
    content = unpacked(content)
    reading = _read_data(content, url, sent, page)
    if reading is not None:
        return reading
    opened = open_page(content, url, headers, scale=_SCALE)
    reading = ListReading(layout=layout.name if layout else "generic", seen=quotation(opened))
    reading.next_page, reading.page_count = next_request(opened, layout, page, first_url or url)
    if layout is None:
        _read_unknown(opened, reading, page, first_url or url)
    else:
        reading.links = _declared_links(opened, layout)
        if not reading.links:
            _read_drawn(opened, reading, page, first_url or url)
    if not reading.links and not reading.follow and (reason := find_block(200, opened.text)):
        raise Blocked(reason)
    if not reading.links and _counts_alone(layout):
        reading.next_page = None  # a template goes on for ever; a page without entries is behind the last
    if reading.next_page is None and reading.links and "search.jsp" in url:
        reading.next_page = _next_search(sent, page, reading.page_count)
    return reading


def _read_data(content: bytes, url: str, sent: PageRequest, page: int) -> ListReading | None:
    """The list in an answer that is no HTML page: feed, sitemap, JSON, JSONP or records in XML; None for all others."""
    head = decode(content[:4000]).text.lstrip("\ufeff \t\r\n")
    name = _first_tag(head)
    if name in _XML_ROOTS:
        root = open_xml(content)
        if root is None:
            raise BadContent(f"no readable XML in the answer: {head[:60]!r}")
        kind = _XML_ROOTS.get(local_name(root), _XML_ROOTS[name])
        if kind == "sitemap":
            reading = read_sitemap(root, url)
        elif kind == "index":
            reading = read_index(root, url)
        else:
            reading = read_feed(root, url, kind)
    elif name in ("datastore", "recordset", "record"):
        reading = read_datastore(decode(content).text, url, sent, page)
    elif head[:1] in ("{", "[") or (head[:1] != "<" and head[:1].isascii() and not is_text_sitemap(head)):
        found = read_answer(decode(content).text, url, sent, page)
        if found is None:
            return None
        reading = found
    elif is_text_sitemap(head):
        reading = read_text_sitemap(decode(content).text, url)
    else:
        return None
    reading.seen = f"{reading.layout}: {clean(head)[:100]!r}"
    return reading


def _read_unknown(opened: Page, reading: ListReading, page: int, first_url: str) -> None:
    """The main list of a page without layout: shown, else carried along, else drawn by a script."""
    found = read_records(opened)
    dated = any(link.listed_on for link in found.links)
    if found.score < _WEAK or not dated or "<record" in opened.text:
        if _read_inline(opened, reading, page, first_url):
            return
        carried = embedded_list(opened)
        if carried.score > 2 * found.score:
            found = carried
            reading.layout = "embedded"
            dated = True
    drawn = column_request(opened, page, first_url)
    weak = found.score < _WEAK or (not dated and drawn is not None and not _is_file(drawn))
    if drawn is not None and weak and not _is_answer_of(drawn, opened):
        reading.follow, reading.next_page = drawn, None
        return
    reading.links = found.links
    if drawn is not None and reading.next_page is None and (reading.page_count is None or page < reading.page_count):
        reading.next_page = column_request(opened, page + 1, first_url, len(found.links))
    if not reading.links:
        reading.follow = frame_request(opened)


def _read_drawn(opened: Page, reading: ListReading, page: int, first_url: str) -> None:
    """The list of a page on which a declared layout finds no entry: what a script draws there."""
    if _read_inline(opened, reading, page, first_url):
        return
    drawn = column_request(opened, page, first_url)
    if drawn is not None and not _is_answer_of(drawn, opened):
        reading.follow, reading.next_page = drawn, None
        return
    carried = embedded_list(opened)
    if carried.links:
        reading.links, reading.layout = carried.links, "embedded"
    elif reading.layout in FAMILY_LISTS and (found := read_records(opened)).links:
        reading.links, reading.layout = found.links, "generic"
    else:
        reading.follow = frame_request(opened)


def _read_inline(opened: Page, reading: ListReading, page: int, first_url: str) -> bool:
    """hanweb's page of records printed in a script; the page after it is asked for in windows of the same size."""
    if "<record" not in opened.text:
        return False
    links, total = inline_datastore(opened)
    if not links:
        return False
    reading.links, reading.layout = links, "datastore"
    reading.next_page = None
    if total is not None:
        reading.page_count = -(-total // len(links))
    if page == 1 and (total is None or total > len(links)):
        reading.next_page = column_request(opened, 2, first_url, len(links))
    return True


def _is_answer_of(drawn: PageRequest, opened: Page) -> bool:
    """Whether the page is itself what its script would ask for: a script never leads to where it stands."""
    return drawn.url.partition("?")[0] == opened.url.partition("?")[0]


def _is_file(drawn: PageRequest) -> bool:
    """Whether a script only loads a file, which may be anything, and not a program's answer with the list's keys."""
    return drawn.url.partition("?")[0].endswith(".json")


def _counts_alone(layout: ListLayout | None) -> bool:
    return layout is not None and layout.page_url is not None and layout.next_page is None


def _next_search(sent: PageRequest, page: int, count: int | None) -> PageRequest | None:
    """hanweb's 信息公开 is turned by ``currpage``."""
    current = fields_of(sent).get("currpage", "")
    if not current.isdecimal() or (count is not None and page >= count):
        return None
    return changed(sent, {"currpage": str(int(current) + 1)})


def _declared_links(page: Page, layout: ListLayout) -> list[Link]:
    visible = Visibility(page.root)
    most = _MOST_LINKS if layout.item is None else _MOST_RECORDS
    anchors = [node for node in select(page.root, layout.links)[:most] if visible.of(node)]
    if layout.item is None:
        return _unique(_entry(page, node, layout) for node in anchors)
    items = dict.fromkeys(select(page.root, layout.item))
    by_item: dict[Element, list[Element]] = defaultdict(list)
    for node in anchors:
        holder: Element | None = node
        while holder is not None and holder not in items:
            holder = holder.getparent()
        if holder is not None:
            by_item[holder].append(node)
    outer = _outer(items)
    return _unique(_record(page, item, nodes, layout, item not in outer) for item, nodes in by_item.items())


def _outer(items: Collection[Element]) -> set[Element]:
    """The items that hold other items: what they print is no single record's, and reading all of it again and again
    would cost the square of the page."""
    found: set[Element] = set()
    walked: set[Element] = set()
    for item in items:
        above = item.getparent()
        while above is not None and above not in walked:
            walked.add(above)
            if above in items:
                found.add(above)
                break
            above = above.getparent()
    return found


def _record(page: Page, item: Element, anchors: list[Element], layout: ListLayout, single: bool) -> _Entry | None:
    """The article link of one record: the one with the longest headline, for records link columns and pictures too."""
    found = [(url, _headline(node, layout.title_attr)) for node in anchors if (url := _address(page, node))]
    if not found:
        return None
    url, title = max(found, key=lambda entry: len(entry[1]))
    return url, title, _item_day(item, layout.date) if single else None


def _entry(page: Page, node: Element, layout: ListLayout) -> _Entry | None:
    url = _address(page, node)
    if url is None:
        return None
    return url, _headline(node, layout.title_attr), parse_list_day(node.tail or "") or _day_of_record(node.getparent())


def _address(page: Page, node: Element) -> str | None:
    url = address_of(node, page.base)
    return url if url != page.url else None


def _headline(node: Element, use_attribute: bool) -> str:
    """The headline of a link; lists cut long ones and keep the whole in the ``title`` attribute."""
    shown = clean(text_of(node).replace("\n", " "))
    whole = clean(node.get("title", "")) if use_attribute else ""
    if whole and (not shown or CUT.sub("", shown) in whole):
        return whole
    return shown


def _item_day(item: Element, css: str | None) -> date | MonthDay | None:
    # An item that is never closed holds all that stand behind it, and its text as a whole says nothing.
    is_whole = next(islice(item.iter(), _MOST_ITEM_NODES, None), None) is None
    if is_whole and not _DIGIT.search("".join(map(str, item.itertext()))) and item.find(".//time") is None:
        return None
    if css:
        for place in islice(each(item, css), _PLACES):
            if found := parse_list_day(text_of(place)):
                return found
    return day_of(item) or (parse_list_day(text_of(item)) if is_whole else None)


def _day_of_record(node: Element | None) -> date | MonthDay | None:
    """The day in an element that holds one link only, so that the day belongs to that link."""
    if node is None or sum(1 for _ in islice(node.iter("a"), 2)) != 1:
        return None
    return parse_list_day(text_of(node)) or day_of(node)


def _unique(entries: Iterable[_Entry | None]) -> list[Link]:
    """Each address once, at its first place, with the longest headline and a day if any of them had one."""
    kept = [entry for entry in entries if entry is not None]
    days = complete([day for _, _, day in kept], [url for url, _, _ in kept])
    found: dict[str, Link] = {}
    for (url, title, _), day in zip(kept, days, strict=True):
        known = found.setdefault(url, Link(url, title, day))
        if len(title) > len(known.title):
            known.title = title
        known.listed_on = known.listed_on or day
    return list(found.values())


def _first_tag(head: str) -> str:
    """The name of the first element, in lower case and without prefix; comments and declarations passed over."""
    position = 0
    while (start := head.find("<", position)) >= 0:
        if head[position:start].strip():
            return ""
        if head.startswith("<!--", start):
            end = head.find("-->", start)
        elif head[start + 1 : start + 2] in ("?", "!"):
            end = head.find(">", start)
        else:
            name = re.match(r"[A-Za-z][\w:.-]{0,40}", head[start + 1 : start + 45])
            return name[0].rpartition(":")[2].lower() if name else ""
        if end < 0:
            return ""
        position = end + (3 if head[end] == "-" else 1)
    return ""
