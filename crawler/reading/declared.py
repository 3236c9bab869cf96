"""Dates that a page declares without printing them: meta tags, JSON-LD, ``time`` elements, hidden boxes.

They fill in what is not printed and check what is. The names are those of the government standard (国办发〔2017〕47号),
of Open Graph, of Baidu's rules for news pages, and what is often seen beside them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from crawler.reading.dates import FoundDate, find_date
from crawler.reading.page import Page
from crawler.reading.text import clean

_META_DATES = (
    "pubdate", "publishdate", "publish_date", "firstpublishedtime", "article:published_time", "og:published_time",
    "publish_time", "publishtime", "publish-date", "pub_date", "pubtime", "og:release_date", "og:time", "apub:time",
    "datepublished", "weibo: article:create_at", "weibo:article:create_at", "bytedance:published_time",
    "article:publish_time", "sailthru.date", "dc.date.issued", "dcterms.issued", "releasedate", "createdate",
)  # fmt: skip
_LINKED_DATA = re.compile(r"[\"'](?:datePublished|pubDate)[\"']\s*:\s*[\"']([^\"']{8,40})[\"']")
_WECHAT = re.compile(r"var (?:ct|oriCreateTime)\s*=\s*[\"'](\d{10})[\"']")
_LINKED_DATA_CHARS = 8000
_DATE_CHARS = 80


def meta_date(metas: Mapping[str, str]) -> str | None:
    """The text of the first meta tag that tells the time of publication."""
    return next((metas[name] for name in _META_DATES if name in metas), None)


def declared_dates(page: Page, metas: Mapping[str, str], latest: datetime | None) -> list[tuple[str, FoundDate]]:
    """Declared dates, the surest kind first, each with the rule that found it."""
    found: list[tuple[str, FoundDate]] = []

    def keep(rule: str, text: str | None) -> None:
        one = find_date(text[:_DATE_CHARS], latest=latest) if text else None
        if one is not None:
            found.append((rule, one))

    text = page.text
    named = meta_date(metas)
    keep("meta:PubDate", named)
    if "ld+json" in text:
        start = text.find("ld+json")
        match = _LINKED_DATA.search(text, start, start + _LINKED_DATA_CHARS)
        keep("JSON-LD", match[1] if match else None)
    if "pubtime_baidu" in text:
        node = next(
            (node for node in page.root.iter("span", "div", "p", "em", "i") if node.get("id") == "pubtime_baidu"), None
        )
        keep("meta:pubtime_baidu", clean("".join(map(str, node.itertext()))) if node is not None else None)
    if "datetime=" in text and "<time" in text:
        keep("time element", _time_element(page))
    if "js_content" in text:
        place = max(text.find("var ct"), text.find("var oriCreateTime"))
        match = _WECHAT.match(text, place) if place >= 0 else None
        if match:
            found.append(("script:ct", FoundDate(datetime.fromtimestamp(int(match[1]), UTC), "minute", match[1])))
    return found


def _time_element(page: Page) -> str | None:
    """The one ``time`` of the page, or the one that says it is the article's; lists of stories carry one each."""
    nodes = [node for node in page.root.iter("time") if node.get("datetime")]
    marked = [
        node for node in nodes if node.get("pubdate") is not None or "publish" in (node.get("itemprop") or "").lower()
    ]
    chosen = marked[:1] or (nodes if len(nodes) == 1 else [])
    return chosen[0].get("datetime") if chosen else None
