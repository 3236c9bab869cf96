"""Base spiders: one per way to find articles. A site's spider only declares what its pages look like."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, ClassVar
from urllib.parse import SplitResult, urljoin, urlsplit

from scrapy import Request
from scrapy.http import Response
from scrapy.settings import BaseSettings
from twisted.python.failure import Failure

from crawler.arguments import chosen_lists, read_arguments
from crawler.article_pages import fetch_of, led_home
from crawler.exceptions import CrawlError
from crawler.fetching.causes import cause_of
from crawler.items import AnyItem, FailureItem, Fetch, Link, ListPageItem
from crawler.list_pages import MAX_FOLLOWS, ListPages, list_layout_of
from crawler.paging import address_shape
from crawler.reading.challenge import find_missing, find_out_of_order, shown_text
from crawler.reading.charset import decode
from crawler.reading.layouts import ListLayout
from crawler.reading.listing import ListReading, PageRequest
from crawler.reading.lists import extract_list
from crawler.reading.urls import url_key
from seeds.model import ListSource

# Files that lists link to beside articles. They are attachments or pictures and no article pages.
NOT_A_PAGE = re.compile(
    r"\.(pdf|docx?|xlsx?|pptx?|wps|et|ofd|txt|rar|zip|7z|jpe?g|png|gif|bmp|webp|svg|mp[34]|avi|wmv|flv|swf|css|js|xml)$",
    re.IGNORECASE,
)

BY_ADDRESS = ListLayout(name="by address", links="a[href]", next_page="a[href]")
GENERIC = ListLayout(name="generic", links="a[href]")
"""Stands for no layout: the page's repeated records are looked for."""


class ListPageSpider(ListPages):
    """Finds articles on list pages and reads each.

    To write a site's spider:

    1. Declare the site in ``seeds/<site>.toml``: its lists, hosts and rhythm. The spider loader puts it into ``site``.
    2. Name the class after the site, ``ZgntSpider`` with ``name = "zgnt"`` in ``crawler/spiders/zgnt.py``, and write
       its docstring with the parts Pages, Caveats and Checked.
    3. Say in ``list_layout`` where the links of a list page stand, and in ``layouts`` where an article's parts stand,
       newest template first.
    4. Save pages with ``scrapy record`` and approve what was read; ``scrapy checkall`` names what is missing.
    5. Where declarations do not suffice, override one hook: ``article_links`` or ``read_article``.

    ::

        class ExampleSpider(ListPageSpider):
            name = "example"
            list_layout = ListLayout(links="ul.news li a", item="ul.news li", date="span", next_page=".pager a")
            layouts = (ArticleLayout(name="2024", title=Pick("h1"), info=".info", body=".text"),)

    Which of the requests are sent, and how far the lists are read, is decided outside, by what the archive knows.
    Stats: ``list/offsite``, ``list/not_a_page``, ``list/not_an_article``, ``list/repeated`` count the links left out.
    """

    list_by_address: ClassVar[bool] = False
    """The list layout is a guess: where it finds no article, any link of an article's address counts."""
    list_of_family: ClassVar[bool] = False
    """The list layout is the default skin of the site's family: where it finds no article, records are looked for."""

    def __init__(self, name: str | None = None, **arguments: Any) -> None:
        super().__init__(name)
        given = read_arguments(arguments)
        self.since = given.since
        self.limit = given.limit
        self.backfill = given.backfill
        self.revisit = given.revisit
        self.chosen = chosen_lists(self.site.lists, given.lists)
        self._article_url = re.compile(self.site.article_url) if self.site.article_url else None
        self._lists = {source.url: source for source in self.site.lists}

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        """Apply what the site file says about fetching."""
        super().update_settings(settings)
        if cls.site.delay_seconds is not None:
            settings.set("DOWNLOAD_DELAY", cls.site.delay_seconds, priority="spider")
        if cls.site.revisit_days is not None:
            settings.set("REVISIT_DAYS", list(cls.site.revisit_days), priority="spider")
        if not cls.site.tls_verify:
            settings.set("DOWNLOAD_VERIFY_CERTIFICATES", False, priority="spider")

    async def start(self) -> AsyncIterator[Request]:
        """One request per declared list, or per one that was asked for; none while the site has no address."""
        if self.site.why_not_live:
            self.logger.warning(self.site.why_not_live)
            return
        for source in self.chosen:
            yield self.list_request(source, source.url, 1)

    def parse_list(self, response: Response) -> Iterator[AnyItem | Request]:
        """The list page as read, then one request per article, then the next page; a FailureItem without links.

        A page whose list is fetched by a script gives nothing but the request for that list.
        """
        meta = response.meta
        source, number = self._lists[meta["list_url"]], meta["number"]
        if unchanged := self.unchanged(response, "list"):
            yield unchanged
            if meta.get("parts"):
                yield self._part(source, meta["parts"], number + 1)
            return
        fetch = fetch_of(response)
        fetch.requested_url = meta.get("address") or fetch.requested_url
        try:
            reading, links = self._read_links(fetch, source, number, meta.get("request"))
        except CrawlError as error:
            if "probe" in meta:
                yield self._next_probe(source, meta) or self._end_of_list(response)
            else:
                yield self.failure(fetch, "list", error.cause, str(error), source.column)
            return
        if (reading.follow or reading.parts) and meta.get("follows", 0) < MAX_FOLLOWS:
            yield self._follow(reading, fetch, source, meta)
            return
        shown = frozenset(url_key(link.url) for link in links)
        if "probe" in meta:
            # Not page 1 again, and no home page that stands for whatever is not there.
            known = {address_shape(link.url) for link in links} & self._shapes.get(source.url, set())
            if not known or shown == self._first_pages.get(source.url) or "redirect_urls" in meta:
                yield self._next_probe(source, meta) or self._end_of_list(response)
                return
            self._templates[source.url] = meta["probe"]
        if not reading.links and number > 1 and self._runs_out(source, meta):
            yield self._end_of_list(response)
            return
        if not links and not meta.get("parts"):
            yield self.failure(fetch, "list", *_why_no_links(fetch, reading), source.column)
            return
        if number == 1:
            self._first_pages[source.url] = shown
            self._shapes[source.url] = {address_shape(link.url) for link in links}
        following = self._following(reading, source, meta)
        item = ListPageItem(
            self.name,
            source.column,
            meta.get("address") or response.url,
            number,
            links,
            fetch,
            layout=reading.layout,
            seen=reading.seen,
        )
        if following is None and reading.page_count is not None and number < reading.page_count:
            item.unread = f"the list has {reading.page_count} pages; how page {number + 1} is asked for cannot be read"
        yield item
        for link in links:
            yield self.article_request(link, source.column)
        if following is not None:
            yield following

    def _read_links(
        self, fetch: Fetch, source: ListSource, number: int, request: PageRequest | None
    ) -> tuple[ListReading, list[Link]]:
        reading = self.read_list(fetch, source, number, request=request)
        links = list(self.article_links(reading))
        if links or reading.follow or reading.parts:
            return reading, links
        if self.list_by_address:
            reading = self.read_list(fetch, source, number, BY_ADDRESS, request)
        elif self.list_of_family:
            # The family's own skin; a live site often has another.
            reading = self.read_list(fetch, source, number, GENERIC, request)
        links = list(self.article_links(reading))
        if not links and number > 1 and (shapes := self._shapes.get(source.url)):
            # One or two entries of a last page are no repeated records; they have the addresses of all the others.
            every = self.read_list(fetch, source, number, BY_ADDRESS, request)
            every.links = [link for link in every.links if address_shape(link.url) in shapes]
            links = list(self.article_links(every))
            reading.links = every.links
        return reading, links

    def read_list(
        self,
        fetch: Fetch,
        source: ListSource,
        number: int,
        layout: ListLayout | None = None,
        request: PageRequest | None = None,
    ) -> ListReading:
        """Read one list page with ``layout``, by default the spider's with the overrides of its ``[[lists]]`` entry.

        ``request`` is what was sent, None for a plain GET.
        """
        chosen = layout or list_layout_of(self.list_layout, source)
        return extract_list(
            fetch.body,
            fetch.url,
            chosen if chosen is not GENERIC else None,
            headers=fetch.headers,
            page=number,
            first_url=source.url,
            request=request,
        )

    def article_links(self, reading: ListReading) -> Iterator[Link]:
        """The links of a list page that lead to articles of this site, each once, in the page's order."""
        seen: set[bytes] = set()
        for link in reading.links:
            link = self._at_home(link)
            parts = urlsplit(link.url)
            if not self._on_site(link.url):
                self._count("list/offsite")
            elif NOT_A_PAGE.search(parts.path):
                self._count("list/not_a_page")
            elif self._article_url and not (shape := _match(self._article_url, parts)):
                self._count("list/not_an_article")
            elif (key := url_key(link.url)) in seen:
                self._count("list/repeated")
            else:
                seen.add(key)
                if link.listed_on is None and self._article_url and shape:
                    link = replace(link, listed_on=_day_in(shape))
                yield link

    def failed(self, failure: Failure) -> Iterator[AnyItem | Request]:
        """A request that got no usable answer; for a counted list page that is not there, the end of the list."""
        request = failure.request  # type: ignore[attr-defined]  # Scrapy sets it
        cause, detail, status = cause_of(failure)
        meta = request.meta
        response = getattr(failure.value, "response", None)
        if response is not None and "probe" in meta:
            yield self._next_probe(self._lists[meta["list_url"]], meta) or self._end_of_list(response)
            return
        if response is not None and self._is_end_of_list(meta, status):
            yield self._end_of_list(response)
            return
        # After a redirect the address asked for is the first one; that is the page the archive knows.
        asked = meta.get("address") or (meta.get("redirect_urls") or [request.url])[0]
        yield FailureItem(self.name, asked, meta["kind"], cause, detail, status, meta.get("column", ""))

    def _is_end_of_list(self, meta: Mapping[str, Any], status: int | None) -> bool:
        # Where the pages of a list are counted by a template, "not found" is how the list ends.
        if meta["kind"] != "list" or meta["number"] == 1 or status not in (404, 410):
            return False
        return self._runs_out(self._lists[meta["list_url"]], meta)

    def _end_of_list(self, response: Response) -> ListPageItem:
        meta = response.request.meta if response.request else response.meta
        return ListPageItem(
            self.name,
            meta["column"],
            meta.get("address") or response.url,
            meta["number"],
            links=[],
            fetch=fetch_of(response),
            seen="end of the list",
            list_url=meta["list_url"],
            completes=True,
        )

    def _at_home(self, link: Link) -> Link:
        """A link to a mirror as the same path on the site's own host."""
        parts = urlsplit(link.url)
        if self.site.base_url and parts.hostname in self.site.mirrors:
            return replace(link, url=urljoin(self.site.base_url, parts._replace(scheme="", netloc="").geturl()))
        return link

    def _count(self, name: str) -> None:
        # A spider read by tests and by `scrapy record` has no crawler.
        if crawler := getattr(self, "crawler", None):
            crawler.stats.inc_value(name)


def _match(pattern: re.Pattern[str], url: SplitResult) -> re.Match[str] | None:
    """``pattern`` in the path, else in path and query: tracking parameters do not spoil a pattern that ends in $."""
    return pattern.search(url.path) or (pattern.search(f"{url.path}?{url.query}") if url.query else None)


def _day_in(shape: re.Match[str]) -> date | None:
    """The day in an article's address, where the pattern ``article_url`` names groups y, m and d."""
    found = shape.groupdict()
    try:
        return date(int(found["y"]), int(found["m"]), int(found["d"]))
    except (KeyError, TypeError, ValueError):
        return None


def _why_no_links(fetch: Fetch, reading: ListReading) -> tuple[str, str]:
    """Cause and sentence for a list page without an article."""
    shown = shown_text(decode(fetch.body).text)
    if note := find_missing(shown):
        return "soft_404", f"the list answers with a note that says {note!r}: {reading.seen}"
    if note := find_out_of_order(shown):
        return "maintenance", f"the site is out of order, it says {note!r}: {reading.seen}"
    if led_home(fetch):
        return "soft_404", f"the list's address led to the home page {fetch.url}; it shows: {reading.seen}"
    left_out = f", {len(reading.links)} other links" if reading.links else ""
    return "no_links", f"no article links on the list page{left_out}; the page shows: {reading.seen}"
