"""Mend a site after its redesign: look for what the archive knows of its articles in its pages, draft new layouts.

1. The list pages are read with the site's layout and generically. Where the site's layout finds nothing of what is
   known, or nothing at all, the links of known articles (by address, or by headline when the addresses changed) tell
   where the list stands now.
2. The pages of some known articles are read with the site's layouts. Where these no longer read what is known, a new
   layout is drafted, which goes before the others.

Nothing is written here; ``zhiwen sites repair`` shows the answer and asks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from archive.answers import RevisionRow
from archive.archive import Archive
from archive.clock import shanghai, utc_now
from archive.errors import SnapshotCorrupt
from crawler.bases import ListPageSpider
from crawler.exceptions import CrawlError
from crawler.items import Fetch, Link
from crawler.looking import NoAnswer, Web
from crawler.reading.addresses import article_pattern
from crawler.reading.drafting import (
    FIELDS,
    NEEDED,
    Coverage,
    Known,
    Sample,
    coverage,
    draft_layout,
    layout_of,
)
from crawler.reading.layouts import ListLayout
from crawler.reading.list_drafting import draft_list_layout, match_titles
from crawler.reading.listing import PageRequest
from crawler.reading.lists import extract_list
from crawler.reading.page import open_page
from crawler.reading.text import clean
from crawler.reading.urls import absolute, canonical_url, url_key
from crawler.site_check import first_page
from seeds.model import ListSource

KNOWN_ARTICLES = 300
"""Newest articles of the archive that are looked for on the list pages."""
PAGES = 6
"""Article pages that are read: enough for odd ones to be outvoted."""
_LEAST_BODY = 40
_LEAST_MATCHED = 2


@dataclass
class _Article:
    """One article of the archive: its address, where it is listed now, what its last good revision says."""

    url: str
    known: Known
    listed: Link | None = None


@dataclass
class _List:
    """One list page before and after."""

    source: ListSource
    links: int = 0
    known: int = 0
    after_links: int = 0
    after_known: int = 0
    raw: dict[str, Any] | None = None
    wanted: list[Link] = field(default_factory=list)
    fault: str | None = None


class StoredWeb(Web):
    """The newest stored bytes of each page, without any network."""

    def __init__(self, archive: Archive) -> None:
        super().__init__()
        self._archive = archive

    async def _ask(self, asked: PageRequest) -> Fetch:
        try:
            found = self._archive.newest_snapshot(url_key(asked.url)) if asked.body is None else None
        except SnapshotCorrupt as error:
            raise NoAnswer("bad_content", str(error), asked.url) from error
        if found is None:
            raise NoAnswer("not_stored", "the archive holds no snapshot of this page", asked.url)
        return Fetch(asked.url, asked.url, found.status, dict(found.headers), found.body, found.fetched_at)


async def repair_site(web: Web, spider_class: type[ListPageSpider], archive: Archive) -> dict[str, Any]:
    """What of the site's layouts no longer fits, the drafts that do, and the fields read before and after.

    Raises NoAnswer when nothing can be compared: an empty archive, no page to be had.
    """
    spider = spider_class()
    articles = _known_articles(archive, spider.name)
    if not articles:
        raise NoAnswer("nothing_known", f"the archive holds no article of {spider.name} to compare with", "")
    lists = [await _look_at_list(web, spider, source, articles) for source in spider.site.lists]
    samples, failed = await _samples(web, articles)
    if not samples and all(one.fault for one in lists):
        raise NoAnswer("no_page", lists[0].fault or "no page could be read", lists[0].source.url)
    before, after, raw = _mend_layouts(spider, samples)
    pattern = _new_pattern(spider, lists)
    return {
        "ok": True,
        "site": spider.name,
        "lists": [_list_answer(one) for one in lists],
        "article_url": pattern,
        "layout": raw,
        "before": _figures(before),
        "after": _figures(after),
        "moved": sum(one.listed is not None and url_key(one.listed.url) != url_key(one.url) for one in articles),
        "failed": failed,
        "needed": bool(raw or pattern or any(one.raw for one in lists)),
        "broken": _broken(lists, before, raw),
        "fields": FIELDS,
        "requests": web.requests,
        "seen_at": utc_now(),
    }


def _known_articles(archive: Archive, site: str) -> list[_Article]:
    found = []
    for detail in islice(archive.export(site=site, sort="newest"), KNOWN_ARTICLES):
        if detail.article.state != "live" or detail.article.is_mirror:
            continue
        if any(alias.reason == "part" for alias in detail.aliases):
            continue  # its text stands on several pages
        good = _good_revision(archive, detail.current)
        if len(good.body) >= _LEAST_BODY:
            found.append(_Article(detail.article.url, Known.of(good)))
    return found


def _good_revision(archive: Archive, current: RevisionRow) -> RevisionRow:
    """The latest content that a layout read; what was read generically after a redesign proves nothing."""
    if current.layout != "generic" or current.number == 1:
        return current
    earlier = [one for one in archive.revisions(current.article_id) if one.layout != "generic"]
    return earlier[-1] if earlier else current


# --- lists ------------------------------------------------------------------------------------------------------------


async def _look_at_list(web: Web, spider: ListPageSpider, source: ListSource, articles: Sequence[_Article]) -> _List:
    found = _List(source)
    try:
        fetch, _, links = await first_page(web, spider, source)
    except NoAnswer as error:
        found.fault = f"{error.cause}: {error.detail}"
        return found
    found.links, found.known = len(links), len(_matched(links, articles))
    others = _all_links(fetch)
    matched = _matched(others, articles)
    for article, link in matched:
        article.listed = article.listed or link
    wanted = [link for _, link in matched]
    generic = extract_list(fetch.body, fetch.url, None, headers=fetch.headers).links if others else []
    if len(_matched(generic, articles)) >= max(_LEAST_MATCHED, 0.8 * len(matched)):
        wanted = generic
    found.wanted = wanted if len(wanted) >= _LEAST_MATCHED and len(matched) >= _LEAST_MATCHED else links
    found.after_links, found.after_known = found.links, found.known
    if found.known < len(matched) or not links:
        _mend_list(fetch, found, articles, exact=wanted is generic)
    return found


def _mend_list(fetch: Fetch, found: _List, articles: Sequence[_Article], *, exact: bool) -> None:
    """A layout with which the list gives the wanted links again; the old may still do, when only addresses changed."""
    if len(found.wanted) < _LEAST_MATCHED:
        return
    raw = draft_list_layout(fetch.body, fetch.url, found.wanted, fetch.headers, exact=exact)
    if raw is None:
        return
    links = extract_list(fetch.body, fetch.url, ListLayout(**raw), headers=fetch.headers).links
    known = len(_matched(links, articles))
    if known >= found.known and len(links) >= found.links:
        found.raw, found.after_links, found.after_known = raw, len(links), known


def _matched(links: Sequence[Link], articles: Sequence[_Article]) -> list[tuple[_Article, Link]]:
    """Known articles among the links, by address, else by headline."""
    by_key = {url_key(link.url): link for link in reversed(links)}
    by_title = match_titles(links, {article.url: article.known.title for article in articles})
    pairs = []
    for article in articles:
        link = by_key.get(url_key(article.url)) or by_title.get(article.url)
        if link is not None:
            pairs.append((article, link))
    return pairs


def _all_links(fetch: Fetch) -> list[Link]:
    """Every link of a page; none for what is no page, such as a feed."""
    if fetch.body[:512].lstrip().lower().startswith((b"{", b"[", b"<?xml", b"<rss", b"<feed", b"<urlset")):
        return []
    try:
        page = open_page(fetch.body, fetch.url, fetch.headers, scale=8)
    except CrawlError:
        return []
    found = []
    for node in page.root.iter("a"):
        url = absolute(page.base, node.get("href"))
        if url:
            shown = clean("".join(map(str, node.itertext())))
            found.append(Link(url, clean(node.get("title") or "") or shown))
    return found


def _new_pattern(spider: ListPageSpider, lists: Sequence[_List]) -> str | None:
    """Another ``article_url``, when the site's no longer lets the listed articles through."""
    old = spider.site.article_url
    urls = list(dict.fromkeys(link.url for one in lists for link in one.wanted))
    if not old or not urls:
        return None
    pattern = re.compile(old)

    def passes(url: str) -> bool:
        parts = urlsplit(url)
        return bool(pattern.search(parts.path) or pattern.search(f"{parts.path}?{parts.query}"))

    if sum(map(passes, urls)) >= 0.9 * len(urls):
        return None
    days = {link.url: link.listed_on for one in lists for link in one.wanted if link.listed_on}
    return article_pattern(urls, days, lists[0].source.url)


# --- articles ---------------------------------------------------------------------------------------------------------


async def _samples(web: Web, articles: Sequence[_Article]) -> tuple[list[Sample], list[dict[str, str]]]:
    """Pages of known articles, those first that the lists show now."""
    ordered = sorted(articles, key=lambda one: one.listed is None)
    samples: list[Sample] = []
    failed: list[dict[str, str]] = []
    for article in ordered[: 2 * PAGES]:
        if len(samples) == PAGES:
            break
        addresses = [article.listed.url, article.url] if article.listed else [article.url]
        for url in dict.fromkeys(addresses):
            try:
                fetch = await web.get(url)
            except NoAnswer as error:
                failed.append({"url": url, "cause": error.cause, "detail": error.detail})
                continue
            address = canonical_url(fetch.url)
            samples.append(Sample(address, fetch.body, fetch.headers, fetch.fetched_at, article.known))
            break
    return samples, failed


def _mend_layouts(
    spider: ListPageSpider, samples: Sequence[Sample]
) -> tuple[Coverage, Coverage, dict[str, Any] | None]:
    """How well the site's layouts read the samples, how well with a new one before them, and that new one if needed."""
    before = coverage(samples, spider.layouts)
    if not samples or (before.complete(NEEDED) and not before.unread):
        return before, before, None
    raw = draft_layout(samples, _layout_name([layout.name for layout in spider.layouts]))
    if raw is None:
        return before, before, None
    after = coverage(samples, [layout_of(raw), *spider.layouts])
    worse = any(after.right[name] < before.right[name] for name in NEEDED)
    if worse or (after.total <= before.total and after.unread >= before.unread):
        return before, before, None
    return before, after, raw


def _layout_name(taken: Sequence[str]) -> str:
    """This year's name, or today's when there is one of this year."""
    today = shanghai(utc_now()).date()
    names = [str(today.year), today.isoformat(), *(f"{today.isoformat()}-{n}" for n in range(2, 100))]
    return next(name for name in names if name not in taken)


# --- the answer -------------------------------------------------------------------------------------------------------


def _broken(lists: Sequence[_List], before: Coverage, raw: Mapping[str, Any] | None) -> list[str]:
    """What is wrong and has no draft: one sentence each."""
    found = [f"{one.source.column}: {one.fault}" for one in lists if one.fault]
    found += [
        f"{one.source.column}: no link is read, and fewer than {_LEAST_MATCHED} known articles were found on the page"
        for one in lists
        if not one.fault and not one.links and one.raw is None
    ]
    if before.pages and raw is None and not before.complete(("title", "body")):
        wrong = [name for name in NEEDED if before.right[name] < before.pages]
        found.append(f"articles: {', '.join(wrong)} differ from the archive, and no better layout was found")
    return found


def _list_answer(one: _List) -> dict[str, Any]:
    return {
        "column": one.source.column,
        "url": one.source.url,
        "own": bool(one.source.layout),
        "before": {"links": one.links, "known": one.known},
        "after": {"links": one.after_links, "known": one.after_known},
        "layout": one.raw,
        "fault": one.fault,
    }


def _figures(found: Coverage) -> dict[str, Any]:
    return {"pages": found.pages, "right": found.right, "unread": found.unread}
