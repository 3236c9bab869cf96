"""Draft a list layout: where the links of known articles stand on a list page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from crawler.items import Link
from crawler.reading.layouts import ListLayout
from crawler.reading.lists import extract_list
from crawler.reading.page import Element, Page, open_page, select
from crawler.reading.selectors import names
from crawler.reading.text import clean, fold
from crawler.reading.urls import absolute, url_key

_MAX_TRIED = 60
_SAME_SHARE = 0.9
_LEAST_TITLE = 6


def draft_list_layout(
    content: bytes, url: str, wanted: Sequence[Link], headers: Mapping[str, str] | None = None, *, exact: bool = True
) -> dict[str, Any] | None:
    """The list layout, as a table of a site file, that reads these links; None when no selector does.

    With ``exact`` it reads these links and no others, with the same headlines and at least as many days; without, it
    reads all of them among others.
    """
    page = open_page(content, url, headers, scale=8)
    anchors = _anchors(page, wanted)
    if len(anchors) < 2:
        return None
    items = [_record(node, anchors) for node in anchors.values()]
    for raw in islice(_candidates(items, list(anchors.values())), _MAX_TRIED):
        if not _plausible(page, raw, anchors, exact):
            continue
        reading = extract_list(content, url, ListLayout(**raw), headers=headers)
        if _same(reading.links, wanted, exact):
            return raw
    return None


def match_titles(links: Sequence[Link], titles: Mapping[str, str]) -> dict[str, Link]:
    """The links whose headline is that of a known article: from the article's address (``titles``: address to
    headline) to its link. A headline that a list cut counts by its beginning."""
    by_title = {fold(title): url for url, title in titles.items() if len(fold(title)) >= _LEAST_TITLE}
    found: dict[str, Link] = {}
    for link in links:
        shown = fold(link.title).rstrip(".…")
        url = by_title.get(shown)
        if url is None and len(shown) >= _LEAST_TITLE and shown != fold(link.title):
            url = next((one for title, one in by_title.items() if title.startswith(shown)), None)
        if url is not None:
            found.setdefault(url, link)
    return found


def _anchors(page: Page, wanted: Sequence[Link]) -> dict[bytes, Element]:
    """The anchor of each wanted address: the one with the longest text."""
    keys = {url_key(link.url) for link in wanted}
    found: dict[bytes, tuple[int, Element]] = {}
    for node in page.root.iter("a"):
        url = absolute(page.base, node.get("href"))
        key = url_key(url) if url else None
        if key in keys:
            assert key is not None
            length = len(clean("".join(map(str, node.itertext()))))
            if key not in found or length > found[key][0]:
                found[key] = (length, node)
    return {key: node for key, (_, node) in found.items()}


def _record(node: Element, anchors: Mapping[bytes, Element]) -> Element:
    """The largest element around the link that holds no other of the links."""
    others = {above for other in anchors.values() if other is not node for above in (other, *other.iterancestors())}
    found = node
    for above in node.iterancestors():
        if above in others:
            break
        found = above
    return found


def _candidates(items: Sequence[Element], anchors: Sequence[Element]) -> Iterator[dict[str, Any]]:
    """List layouts by the first record's names and those of what is around it, the plainest first."""
    item, node = items[0], anchors[0]
    holders = [above for above in islice(item.iterancestors(), 6) if above.tag not in ("body", "html")]
    links = _link_ways(item, node)
    if item is node:
        for holder in holders:
            for name in names(holder):
                yield from ({"links": f"{name} {way}"} for way in links)
        return
    own = [*_like(item), str(item.tag)]
    for holder in holders:
        child = " > " if holder is item.getparent() else " "
        for name in names(holder):
            for way in own:
                record = f"{name}{child}{way}"
                yield from ({"item": record, "links": f"{record} {link}"} for link in links)
    for way in _like(item):
        yield from ({"item": way, "links": f"{way} {link}"} for link in links)
    for holder in holders[:3]:  # old pages have no names; what describes the table must do
        for key in ("width", "bgcolor", "align", "border", "cellpadding"):
            if value := holder.get(key):
                record = f'{holder.tag!s}[{key}="{value}"] {item.tag!s}'
                yield from ({"item": record, "links": f"{record} {link}"} for link in links)


def _like(item: Element) -> list[str]:
    """The record's names but for an id, which only one record of a page should have."""
    return [name for name in names(item) if "#" not in name]


def _link_ways(item: Element, node: Element) -> list[str]:
    """How the headline's link is told from the record's other links: by its own names, by what holds it."""
    ways = ["a"]
    parent = node.getparent()
    if parent is not None and item is not node and parent is not item:
        ways += [f"{name} a" for name in _like(parent)] + [f"{parent.tag!s} > a"]
    return [*ways, *_like(node)]


def _plausible(page: Page, raw: Mapping[str, Any], anchors: Mapping[bytes, Element], exact: bool) -> bool:
    """A cheap look before the reading: the selector finds all the anchors, and not many more records."""
    found = set(select(page.root, raw["links"]))
    if not all(node in found for node in anchors.values()):
        return False
    if not exact or "item" not in raw:
        return True
    return len(select(page.root, raw["item"])) <= 3 * len(anchors) + 3


def _same(links: Sequence[Link], wanted: Sequence[Link], exact: bool) -> bool:
    found = {url_key(link.url): link for link in links}
    for link in wanted:
        own = found.get(url_key(link.url))
        if own is None or (exact and (len(own.title) < len(link.title) or (link.listed_on and not own.listed_on))):
            return False
    return not exact or len(found) == len({url_key(link.url) for link in wanted})
