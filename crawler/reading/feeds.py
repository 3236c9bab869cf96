"""Feeds: RSS 0.9x, 1.0 (RDF) and 2.0, Atom and JSON Feed, also broken ones; and where a page names its feeds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import unescape
from html.entities import html5
from itertools import islice
from typing import Any, cast
from urllib.parse import urljoin

from lxml import etree

from crawler.items import Link
from crawler.reading.charset import decode
from crawler.reading.listing import ListReading, PageRequest
from crawler.reading.page import Element, Page
from crawler.reading.stamps import stamp_day
from crawler.reading.text import clean
from crawler.reading.urls import absolute

MAX_ITEMS = 3_000
_MAX_CHARS = 4_000_000
_MANY_MARKS = 100_000
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]{0,200}?(?:encoding\s*=\s*[\"']([\w-]{1,30})[\"'][^>]{0,100})?\?>")
_DOCTYPE = re.compile(r"<!DOCTYPE[^>\[]{0,500}(?:\[[^\]]{0,20000}\]\s*)?>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:(#\d{1,7}|#x[0-9a-fA-F]{1,6})|([A-Za-z][A-Za-z0-9]{1,30}));|&")
_CDATA = re.compile(r"(<!\[CDATA\[.*?\]\]>)", re.DOTALL)
_XML_ENTITIES = frozenset(["amp", "lt", "gt", "quot", "apos"])
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_DEEP = 6
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,300}>")
_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml")
_DAY_NAMES = (
    "pubdate",
    "published",
    "date",
    "issued",
    "created",
    "updated",
    "modified",
    "publishdate",
    "pubtime",
    "time",
)


def read_feed(root: Element, url: str, kind: str) -> ListReading:
    """The entries of an RSS, RDF or Atom feed; ``rel=next`` of a paged feed is its next page."""
    reading = ListReading(layout=kind)
    links: dict[str, Link] = {}
    for node in islice(_items(root), MAX_ITEMS):
        if link := _entry(node, url):
            links.setdefault(link.url, link)
    reading.links = list(links.values())
    for node in root.iter():
        name = local_name(node)
        if name == "link" and (node.get("rel") or "").lower() == "next" and (href := absolute(url, node.get("href"))):
            reading.next_page = PageRequest(href) if href != url else None
            break
        if name in ("item", "entry"):
            break
    return reading


def read_json_feed(data: Mapping[str, Any], url: str) -> ListReading:
    """The entries of a JSON Feed (jsonfeed.org); ``next_url`` is its next page."""
    reading = ListReading(layout="json feed")
    items = data.get("items")
    for item in items[:MAX_ITEMS] if isinstance(items, list) else ():
        if not isinstance(item, dict):
            continue
        address = next((item[key] for key in ("url", "external_url", "id") if isinstance(item.get(key), str)), None)
        target = absolute(url, address)
        title = item.get("title") or item.get("summary") or item.get("content_text")
        if target and isinstance(title, str):
            day = stamp_day(item.get("date_published")) or stamp_day(item.get("date_modified"))
            reading.links.append(Link(target, plain(title)[:200], day))
    following = data.get("next_url")
    if isinstance(following, str) and (target := absolute(url, following)) and target != url:
        reading.next_page = PageRequest(target)
    return reading


def find_feeds(page: Page) -> list[Link]:
    """The feeds a page names in its head, in its order."""
    found: dict[str, Link] = {}
    for node in page.root.iter("link"):
        relations = (node.get("rel") or "").lower().split()
        kind = (node.get("type") or "").lower().partition(";")[0].strip()
        if "alternate" in relations and kind in _FEED_TYPES and (url := absolute(page.base, node.get("href"))):
            found.setdefault(url, Link(url, clean(node.get("title") or "")))
    return list(found.values())


def open_xml(content: bytes, declared: str | None = None) -> Element | None:
    """The tree of an XML document, broken or not, whatever its declared charset; None when nothing is in it.

    Entities are never expanded but for the named characters of HTML.
    """
    head = content[:300].decode("latin-1")
    named = _DECLARATION.match(head)
    text = decode(content, (named[1] if named else None) or declared).text[:_MAX_CHARS]
    return xml_tree(text)


def xml_tree(text: str) -> Element | None:
    """``open_xml`` for text that is decoded already."""
    text = _DOCTYPE.sub("", _DECLARATION.sub("", _NOT_XML.sub("", text), count=1), count=1).lstrip()
    if text.count("&") > _MANY_MARKS:  # damaged; no feed has so many characters written as entities
        mended = text.replace("&", "&amp;")
    else:
        parts = _CDATA.split(text) if "<![CDATA[" in text else [text]
        mended = "".join(part if part.startswith("<![CDATA[") else _ENTITY.sub(_mended, part) for part in parts)
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True
    )
    try:
        return cast("Element | None", etree.fromstring(mended.encode("utf-8", "replace"), parser))
    except etree.XMLSyntaxError:
        return None


def local_name(node: Element) -> str:
    """The element's name without namespace or prefix, in lower case."""
    return node.tag.rpartition("}")[2].rpartition(":")[2].lower() if isinstance(node.tag, str) else ""


def plain(text: str) -> str:
    """A title without markup and entities, which feeds escape once or twice."""
    text = unescape(text)
    if "<" in text:
        text = _TAG.sub("", text)
    return clean(unescape(text))


def _mended(match: re.Match[str]) -> str:
    if match[1]:
        return match[0]
    if match[2]:
        if match[2] in _XML_ENTITIES:
            return match[0]
        char = html5.get(match[2] + ";")
        return char if char and char not in "<&" else "&amp;" + match[0][1:]
    return "&amp;"


def _items(root: Element) -> Iterator[Element]:
    for node in root.iter():
        if local_name(node) in ("item", "entry"):
            yield node


def _entry(node: Element, url: str) -> Link | None:
    texts: dict[str, str] = {}
    address: str | None = None
    permalink: str | None = None
    title = ""
    base = url
    for above in reversed([node, *islice(node.iterancestors(), _DEEP)]):
        base = urljoin(base, above.get(_BASE) or "")
    for child in node:
        name = local_name(child)
        text = "".join(map(str, child.itertext()))
        if name == "link":
            href = child.get("href")
            if href is None:
                address = address or text.strip()
            elif (child.get("rel") or "alternate").lower() == "alternate":
                address = href if not address or "html" in (child.get("type") or "") else address
        elif name in ("guid", "id"):
            if (child.get("isPermaLink") or "").lower() != "false" and re.match(r"\s*https?://", text):
                permalink = text
        elif name == "origlink":
            permalink = address = text
        elif name == "title":
            title = title or plain(text)
        elif text.strip():
            texts.setdefault(name, text)
    address = address or permalink or node.get("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about")
    target = absolute(base, unescape(address)) if address else None
    if target is None:
        return None
    if not title:
        title = plain(texts.get("description") or texts.get("summary") or "")[:100]
    day = next((day for name in _DAY_NAMES if (day := stamp_day(texts.get(name)))), None)
    return Link(target, title, day)
