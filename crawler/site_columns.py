"""The columns of a new site: where they are, what their lists show, how they go on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from urllib.parse import urljoin, urlsplit

from crawler.bases import NOT_A_PAGE
from crawler.exceptions import CrawlError
from crawler.fetching.offsite import belongs
from crawler.items import Fetch, Link
from crawler.list_pages import LEAST_LINKS
from crawler.looking import NoAnswer, Web
from crawler.paging import page_templates, page_url
from crawler.reading.addresses import article_pattern
from crawler.reading.challenge import find_block
from crawler.reading.family_lists import FAMILY_LISTS
from crawler.reading.feeds import find_feeds, local_name, open_xml
from crawler.reading.layouts import ListLayout
from crawler.reading.list_drafting import draft_list_layout
from crawler.reading.listing import ListReading, PageRequest
from crawler.reading.lists import extract_list
from crawler.reading.page import Page, open_page
from crawler.reading.site_facts import ColumnLink, column_links, column_name, is_home, registered
from crawler.reading.text import clean
from crawler.reading.urls import url_key

_LEAST_LINKS = 3
_USUAL_FEEDS = ("rss.xml", "feed", "sitemap.xml")


@dataclass
class Column:
    """One list that was read: its first page, and the second when there is one."""

    name: str
    url: str
    first: Fetch
    """What the address itself answers; ``fetch`` is what the entries stood in, which may be a script's source."""
    fetch: Fetch
    reading: ListReading
    links: list[Link]
    more: list[Link] = field(default_factory=list)
    page_url: str | None = None
    paging: str = "one page"
    raw: dict[str, Any] | None = None
    """The drafted list layout, as a table of a site file."""

    @property
    def dated(self) -> int:
        """Links of the first page with a printed day."""
        return sum(link.listed_on is not None for link in self.links)

    def known_days(self) -> dict[str, date]:
        """Address to printed day, of both pages."""
        return {link.url: link.listed_on for link in (*self.links, *self.more) if link.listed_on}


async def find_columns(web: Web, fetch: Fetch, names: Sequence[str]) -> tuple[list[Column], list[Column]]:
    """The columns to watch, and all that were found. A page that is a list itself is the only one."""
    page = page_of(fetch)
    own = None
    if page is None or not is_home(fetch.url):
        own = await _column(web, fetch.requested_url, "")
        if not names and _lists_articles(own):
            return [own], [own]
    candidates = column_links(page) if page is not None else []
    if page is not None:
        candidates = [*(ColumnLink(feed.title or "feed", feed.url) for feed in find_feeds(page)[:2]), *candidates]
    found = [own] if own and own.links else []
    # Where nothing leads to a list, one may still stand where programs look for it.
    usual = [ColumnLink(name, urljoin(fetch.url, f"/{name}")) for name in _USUAL_FEEDS]
    for candidate in [*candidates, *usual]:
        if candidate in usual and found:
            break
        try:
            column = await _column(web, candidate.url, candidate.name)
        except NoAnswer:
            continue
        if len(column.links) >= _LEAST_LINKS and not any(_same_links(column, other) for other in found):
            found.append(column)
    if not found and page is not None and own is None:
        own = await _column(web, fetch.requested_url, "")  # a small site may have nothing but its first page
        found = [own] if own.links else []
    found.sort(key=lambda column: (-column.dated, -len(column.links)))
    if not found:
        raise _no_list(page, fetch, len(candidates))
    if not names:
        return found[:1], found
    chosen = [next((one for one in found if name in (one.name, one.url)), None) for name in names]
    if None in chosen:
        missing = names[chosen.index(None)]
        offered = "、".join(one.name for one in found)
        raise NoAnswer("no_column", f"there is no column {missing!r} among those found: {offered}", fetch.url)
    return [one for one in chosen if one is not None], found


def _lists_articles(column: Column) -> bool:
    """Whether the links are those of articles and not of a menu: days beside them, or numbers in their addresses."""
    if not column.links:
        return False
    return bool(column.dated) or article_pattern([link.url for link in column.links], {}, column.url) is not None


def _no_list(page: Page | None, fetch: Fetch, tried: int) -> NoAnswer:
    if page is None:
        kind = fetch.headers.get("content-type", "no type")
        return NoAnswer(
            "not_html", f"the address answers with {kind}, {len(fetch.body)} bytes: no page to read", fetch.url
        )
    if block := find_block(fetch.status, page.text):
        return NoAnswer("blocked", block, fetch.url)
    links = sum(1 for _ in page.root.iter("a"))
    also = f" and on {tried} pages it links to" if tried else ""
    return NoAnswer("no_list", f"no list of articles was found on the page ({links} links){also}", fetch.url)


def _same_links(one: Column, other: Column) -> bool:
    keys = {url_key(link.url) for link in one.links}
    return keys == {url_key(link.url) for link in other.links}


async def _column(web: Web, url: str, name: str) -> Column:
    fetch, reading = await web.list_page(url)
    first = await web.get(url)
    page = page_of(first)
    if not name:
        name = (column_name(page) if page is not None else _feed_title(first)) or ""
    return Column(name or "列表", url, first, fetch, reading, _article_links(reading, fetch.url))


def _feed_title(fetch: Fetch) -> str:
    """What a feed calls itself; "" for all else."""
    root = open_xml(fetch.body) if fetch.body.lstrip()[:1] == b"<" else None
    nodes = root.iter() if root is not None else ()
    node = next((one for one in nodes if isinstance(one.tag, str) and local_name(one) == "title"), None)
    return clean("".join(map(str, node.itertext())))[:30] if node is not None else ""


def _article_links(reading: ListReading, url: str) -> list[Link]:
    """The links that may lead to articles of the same owner, each once."""
    home = registered(urlsplit(url).hostname or "")
    found: dict[bytes, Link] = {}
    for link in reading.links:
        parts = urlsplit(link.url)
        if belongs(parts.hostname or "", home) and not NOT_A_PAGE.search(parts.path) and not is_home(link.url):
            found.setdefault(url_key(link.url), link)
    return list(found.values()) if len(found) >= _LEAST_LINKS else []


async def read_on(web: Web, column: Column, family: str | None) -> None:
    """Read the second page, by the pager or by the usual addresses; it must show other articles."""
    following = column.reading.next_page
    if following is not None:
        links = await _other_links(web, column, following)
        if links:
            column.more, column.paging = links, f"page 2 read: {following.url}"
        else:
            column.paging = f"the pager leads to {following.url}, which shows no other articles"
        return
    if len(column.links) < LEAST_LINKS or column.fetch is not column.first or page_of(column.first) is None:
        return
    for template in page_templates(column.url, family or ""):
        second = page_url(template, 2)
        if links := await _other_links(web, column, PageRequest(second)):
            column.more, column.page_url = links, template.removeprefix(urljoin(column.url, "."))
            column.paging = f"no pager; page 2 found by its usual address: {second}"
            return


async def _other_links(web: Web, column: Column, wanted: PageRequest) -> list[Link]:
    try:
        by_script = column.fetch is not column.first
        fetch, reading = await web.list_page(wanted, page=2, first_url=column.url, interface=by_script)
    except NoAnswer:
        return []
    known = {url_key(link.url) for link in column.links}
    links = _article_links(reading, fetch.url)
    return [link for link in links if url_key(link.url) not in known]


def draft_list(column: Column, family: str | None) -> None:
    """A list layout with selectors, where it reads the page as the generic reading does, or finds more days on it.

    None where the list comes from a script or a feed, or the family's own layout reads the same.
    """
    fetch = column.fetch
    if column.reading.layout != "generic" or page_of(fetch) is None:
        column.page_url = None
        return
    if known := FAMILY_LISTS.get(family or ""):
        links = _article_links(extract_list(fetch.body, fetch.url, known, headers=fetch.headers), fetch.url)
        if {url_key(link.url) for link in links} == {url_key(link.url) for link in column.links}:
            return
    column.raw = draft_list_layout(fetch.body, fetch.url, column.links, fetch.headers)
    if column.raw is None:
        column.page_url = None  # without a list layout no template is used
        return
    reading = extract_list(fetch.body, fetch.url, ListLayout(**column.raw), headers=fetch.headers)
    days = {url_key(link.url): link.listed_on for link in reading.links}
    column.links = [replace(link, listed_on=days.get(url_key(link.url)) or link.listed_on) for link in column.links]


def page_of(fetch: Fetch) -> Page | None:
    """The fetched page; None for what is no page."""
    return page_at(fetch.url, fetch.body, fetch.headers)


def page_at(url: str, content: bytes, headers: Mapping[str, str]) -> Page | None:
    """The page, when it is one: a feed or an interface's answer is none."""
    head = content[:512].lstrip().lower()
    if (
        head.startswith((b"{", b"[", b"<?xml", b"<rss", b"<feed", b"<urlset", b"<sitemapindex"))
        and b"<html" not in head
    ):
        return None
    try:
        return open_page(content, url, headers)
    except CrawlError:
        return None
