"""List pages in a spider: the request for each, and which comes after the one just read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, ClassVar
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.http import Response

from crawler.article_pages import ArticlePages
from crawler.fetching.offsite import belongs
from crawler.items import AnyItem, Fetch
from crawler.paging import COUNTED_FAMILIES, address_of, headers_of, page_templates, page_url
from crawler.reading.layouts import ListLayout
from crawler.reading.listing import ListReading, PageRequest
from seeds.model import ListSource

# Of a sitemap index, newest first; a site with more parts keeps its old years in the others.
MAX_PARTS = 20
# A column's page may lead to a frame or a script, and that to the program that has the list.
MAX_FOLLOWS = 3
# A list with fewer entries has no second page to be guessed.
LEAST_LINKS = 5


class ListPages(ArticlePages):
    """The part of a site's spider that asks for list pages."""

    list_layout: ClassVar[ListLayout | None] = None

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)
        self.allowed_domains = list(self.site.allowed_hosts)
        # Of this run: how a list's further pages are named, found out by trying; and of its first page the articles
        # and the shapes of their addresses.
        self._templates: dict[str, str] = {}
        self._first_pages: dict[str, frozenset[bytes]] = {}
        self._shapes: dict[str, set[str]] = {}

    def parse_list(self, response: Response) -> Iterator[AnyItem | Request]:
        """What a list page yields; the other half knows how it is read."""
        raise NotImplementedError

    def list_request(self, source: ListSource, wanted: PageRequest | str, number: int, **more: Any) -> Request:
        """The request for page ``number`` of a list; ``more`` goes into its meta.

        ``interface``: a program answers, not a page. ``parts``: what is left of a sitemap index. ``probe`` and
        ``probes``: the template that is tried, and those to try after it.
        """
        wanted = PageRequest(wanted) if isinstance(wanted, str) else wanted
        meta: dict[str, Any] = {
            "kind": "list",
            "column": source.column,
            "number": number,
            "list_url": source.url,
            "max_pages": source.max_pages,
            **more,
        }
        if wanted.body is not None or more.get("interface"):
            wanted = PageRequest(wanted.url, wanted.body, headers_of(wanted, source.url))
            meta |= {"interface": True, "address": address_of(wanted, source.url, number)}
        if wanted.headers or wanted.body is not None:
            meta["request"] = wanted
        return Request(
            wanted.url,
            method="GET" if wanted.body is None else "POST",
            headers=dict(wanted.headers),
            body=wanted.body,
            callback=self.parse_list,
            errback=self.failed,
            meta=meta,
        )

    def _follow(
        self, reading: ListReading, fetch: Fetch, source: ListSource, meta: Mapping[str, Any]
    ) -> AnyItem | Request:
        """The request for a list that stands elsewhere than on the column's page."""
        named = [reading.follow] if reading.follow else reading.parts
        wanted = [one for one in named if self._on_site(one.url)]
        if not wanted:
            host = urlsplit(named[0].url).hostname
            detail = f"the list is fetched from {host}, which is no host of this site; add it to allowed_hosts"
            return self.failure(fetch, "list", "offsite", detail, source.column)
        if reading.follow:
            follows = meta.get("follows", 0) + 1
            return self.list_request(source, wanted[0], meta["number"], interface=True, follows=follows)
        if not getattr(self, "backfill", False):
            wanted = wanted[: source.max_pages or MAX_PARTS]
        return self._part(source, wanted, meta["number"])

    def _part(self, source: ListSource, parts: Sequence[PageRequest], number: int) -> Request:
        return self.list_request(source, parts[0], number, interface=True, follows=MAX_FOLLOWS, parts=list(parts[1:]))

    def _following(self, reading: ListReading, source: ListSource, meta: Mapping[str, Any]) -> Request | None:
        number = meta["number"] + 1
        if reading.next_page:
            if not self._on_site(reading.next_page.url):
                return None
            kept = {"interface": True} if meta.get("interface") else {}
            return self.list_request(source, reading.next_page, number, **kept)
        if meta.get("parts"):
            return self._part(source, meta["parts"], number)
        if source.url in self._templates:
            return self.list_request(source, page_url(self._templates[source.url], number), number)
        # Feeds, sitemaps and files of data have no second page.
        is_page = reading.layout in ("generic", self.list_layout.name if self.list_layout else "")
        countable = is_page and self.site.family in COUNTED_FAMILIES and reading.page_count is None
        if number == 2 and countable and len(reading.links) >= LEAST_LINKS and not self._counts_pages(source):
            templates = page_templates(source.url, self.site.family or "")
            return self._probe(source, templates)
        return None

    def _probe(self, source: ListSource, templates: Sequence[str]) -> Request:
        """Page 2 by the first template. The pager cannot be read, and nothing says where the number stands."""
        wanted = page_url(templates[0], 2)
        return self.list_request(source, wanted, 2, probe=templates[0], probes=list(templates[1:]))

    def _next_probe(self, source: ListSource, meta: Mapping[str, Any]) -> Request | None:
        return self._probe(source, meta["probes"]) if meta["probes"] else None

    def _runs_out(self, source: ListSource, meta: Mapping[str, Any]) -> bool:
        """Whether nothing tells the last page of this list but that the next one is empty or not there."""
        return bool(meta.get("interface")) or source.url in self._templates or self._counts_pages(source)

    def _counts_pages(self, source: ListSource) -> bool:
        layout = list_layout_of(self.list_layout, source)
        return layout is not None and layout.page_url is not None and layout.next_page is None

    def _on_site(self, url: str) -> bool:
        host = urlsplit(url).hostname or ""
        return any(belongs(host, own) for own in self.allowed_domains)


def list_layout_of(layout: ListLayout | None, source: ListSource) -> ListLayout | None:
    """The list layout for one list: the site's, with the list's own overrides; None for a generic reading."""
    own: Mapping[str, Any] = source.layout
    changes = {item.name: own[item.name] for item in fields(ListLayout) if item.name in own}
    if source.page_url:
        # A template is used where there is no pager link to follow.
        changes = {"next_page": None, **changes, "page_url": source.page_url}
    if layout is not None:
        return replace(layout, **changes)
    return ListLayout(**changes) if "links" in changes else None
