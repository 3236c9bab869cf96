"""Lists that a page carries but does not show: in comments, in data scripts, in text areas and templates.

Scripts draw them for a reader. They are looked for only where the page shows no list of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from itertools import islice

from lxml import etree

from crawler.items import Link
from crawler.reading.interfaces import datastore_links, datastore_total, is_datastore
from crawler.reading.json_lists import parse_json, read_json_list, value_at
from crawler.reading.page import Page, parse
from crawler.reading.records import Records, read_records

_DATA_SCRIPT = re.compile(r"xml|json|html|template|plain", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"\{\{|\$\{|<%|\{%|#\{")
_ASSIGNED = re.compile(r"(?:\b(?:var|let|const)\s+[\w$]{1,60}|[\w$.\[\]\"']{1,80})\s*=\s*(?=[\[{])")
_MOST_PIECES = 8
_MOST_ASSIGNMENTS = 20
_MOST_CHARS = 1_500_000


def inline_datastore(page: Page) -> tuple[list[Link], int | None]:
    """The records that hanweb JCMS prints in a script of its column page, and how many there are in all."""
    for node in page.root.iter("script"):
        text = node.text or ""
        if "<record" in text and is_datastore(text):
            links = datastore_links(text, page.base)
            if links:
                return links, datastore_total(text)
    return [], None


def embedded_list(page: Page) -> Records:
    """The best list in what the page does not show; without links when there is none."""
    best = Records()
    for markup in islice(_pieces(page), _MOST_PIECES):
        root = parse(f"<html><body>{markup}</body></html>")
        if root is None:
            continue
        found = read_records(Page(page.url, page.base, markup, root, page.charset, []))
        if found.score > best.score and len(found.links) >= 3:
            best = found
    for value in _values(page):
        data = read_json_list(value, page.base)
        score = sum(min(len(link.title), 40) * (3 if link.listed_on else 1) for link in data.links)
        if len(data.links) >= 3 and score > best.score:
            best = Records(data.links, score)
    return best


def _pieces(page: Page) -> Iterator[str]:
    """Markup with several links, from comments, text areas and templates."""
    taken = 0
    for node in page.root.iter(etree.Comment, "textarea", "template", "script", "noscript", "xmp"):
        if node.tag == "script" and not _DATA_SCRIPT.search(node.get("type") or ""):
            continue
        text = node.text or ""
        if node.tag in ("template", "noscript", "textarea") and len(node):
            text += "".join(etree.tostring(child, encoding="unicode", method="html") for child in node)
        if "&lt;a" in text:
            text = unescape(text)
        taken += len(text)
        if taken > _MOST_CHARS:
            return
        if text.count("<a") >= 3 and not _PLACEHOLDER.search(text[:20_000]):
            yield text


def _values(page: Page) -> Iterator[object]:
    """JSON in scripts: whole ones by their type, and what scripts assign."""
    taken = 0
    for node in page.root.iter("script"):
        text = node.text or ""
        if len(text) < 60 or '"' not in text or ("{" not in text and "[" not in text):
            continue
        taken += len(text)
        if taken > _MOST_CHARS:
            return
        if "json" in (node.get("type") or "").lower():
            if "ld+json" not in (node.get("type") or ""):
                yield parse_json(text)
            continue
        position = 0
        for _ in range(_MOST_ASSIGNMENTS):
            match = _ASSIGNED.search(text, position)
            if match is None:
                break
            value, position = value_at(text, match.end())
            if value is not None:
                yield value
