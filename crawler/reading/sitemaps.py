"""Sitemaps (sitemaps.org 0.9, with Google's news extension): XML, text and their indexes; and robots' lines of them."""

from __future__ import annotations

import re
import zlib
from datetime import date

from crawler.items import Link
from crawler.reading.feeds import MAX_ITEMS, local_name, plain
from crawler.reading.list_links import COLUMN, kind_of
from crawler.reading.listing import ListReading, PageRequest
from crawler.reading.page import Element
from crawler.reading.stamps import stamp_day
from crawler.reading.urls import absolute

_MAX_PARTS = 50
_MAX_UNPACKED = 16_000_000
_ROBOTS_LINE = re.compile(r"^\s*sitemap\s*:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
_NEWS = re.compile(r"news|xinwen|article", re.IGNORECASE)
_ADDRESS_LINE = re.compile(r"\s*https?://\S+\s*\Z")


def read_sitemap(root: Element, url: str) -> ListReading:
    """The pages of a sitemap, the newest first when all tell when they changed.

    A news sitemap gives title and day of publication. ``lastmod`` is no day of publication and only orders. Addresses
    that look like columns are left out.
    """
    reading = ListReading(layout="sitemap")
    found: dict[str, tuple[Link, date | None]] = {}
    for node in root.iter():
        if local_name(node) != "url":
            continue
        texts = {local_name(child): "".join(map(str, child.itertext())).strip() for child in node.iterdescendants()}
        target = absolute(url, texts.get("loc"))
        if target is None or (kind_of(target) <= COLUMN and "title" not in texts):
            continue
        day = stamp_day(texts.get("publication_date"))
        link = Link(target, plain(texts.get("title", "")), day)
        found.setdefault(target, (link, day or stamp_day(texts.get("lastmod"))))
        if len(found) >= 2 * MAX_ITEMS:
            break
    reading.links = [link for link, _ in _newest_first(list(found.values()))][:MAX_ITEMS]
    return reading


def read_index(root: Element, url: str) -> ListReading:
    """The sitemaps of an index as ``parts``: those of news first, then the newest."""
    reading = ListReading(layout="sitemap index")
    found: dict[str, tuple[Link, date | None]] = {}
    for node in root.iter():
        if local_name(node) != "sitemap":
            continue
        texts = {local_name(child): "".join(map(str, child.itertext())).strip() for child in node}
        target = absolute(url, texts.get("loc"))
        if target and target != url:
            found.setdefault(target, (Link(target), stamp_day(texts.get("lastmod"))))
    ordered = [link.url for link, _ in _newest_first(list(found.values()))]
    ordered.sort(key=lambda part: not _NEWS.search(part.rpartition("/")[2]))
    reading.parts = [PageRequest(part) for part in ordered[:_MAX_PARTS]]
    return reading


def read_text_sitemap(text: str, url: str) -> ListReading:
    """A sitemap of one address a line."""
    reading = ListReading(layout="sitemap")
    targets = (absolute(url, line) for line in text.splitlines()[: 2 * MAX_ITEMS])
    reading.links = [Link(target) for target in dict.fromkeys(targets) if target and kind_of(target) > COLUMN]
    return reading


def is_text_sitemap(text: str) -> bool:
    """Whether the first lines are addresses and nothing else."""
    lines = [line for line in text[:4000].splitlines()[:6] if line.strip()]
    return bool(lines) and all(_ADDRESS_LINE.match(line) for line in lines)


def sitemaps_of(robots: str, url: str) -> list[str]:
    """The sitemaps that a ``robots.txt`` names; ``url`` is its address."""
    named = (absolute(url, line) for line in _ROBOTS_LINE.findall(robots))
    return list(dict.fromkeys(target for target in named if target))


def unpacked(content: bytes) -> bytes:
    """The content of a gzip file up to 16 MB; the bytes themselves when they are none or are damaged."""
    if not content.startswith(b"\x1f\x8b"):
        return content
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(content, _MAX_UNPACKED) or content
    except zlib.error:
        return content


def _newest_first(found: list[tuple[Link, date | None]]) -> list[tuple[Link, date | None]]:
    if any(day is None for _, day in found):
        return found
    return sorted(found, key=lambda pair: pair[1] or date.min, reverse=True)
