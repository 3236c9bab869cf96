"""Article pages in a spider: the request for one, and what its answer yields."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from scrapy import Request, Spider
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.exceptions import CrawlError
from crawler.items import AnyItem, ArticleItem, FailureItem, Fetch, Link, PageKind, UnchangedItem
from crawler.reading.extract import extract_article
from crawler.reading.layouts import ArticleLayout
from seeds.model import Site


class ArticlePages(Spider):
    """The half of a site's spider that reads articles; how they are found is the other half's."""

    site: ClassVar[Site]
    layouts: ClassVar[Sequence[ArticleLayout]] = ()

    def article_request(self, link: Link, column: str) -> Request:
        """The request for one listed article."""
        meta = {"kind": "article", "column": column, "link": link}
        return Request(link.url, callback=self.parse_article, errback=self.failed, meta=meta)

    def failed(self, failure: Failure) -> Iterator[AnyItem | Request]:
        """What a request without a usable answer yields; the half that finds articles knows how a list ends."""
        raise NotImplementedError

    def parse_article(self, response: Response) -> Iterator[AnyItem]:
        """One ArticleItem; an UnchangedItem when the page did not change; a FailureItem when it cannot be read."""
        if unchanged := self.unchanged(response, "article"):
            yield unchanged
            return
        fetch = fetch_of(response)
        try:
            item = self.read_article(fetch)
        except CrawlError as error:
            yield self.failure(fetch, "article", error.cause, str(error), response.meta.get("column", ""))
            return
        item.fetch = fetch
        yield item

    def read_article(self, fetch: Fetch) -> ArticleItem:
        """Read one article page with the spider's layouts; raises CrawlError."""
        return extract_article(
            fetch.body,
            fetch.url,
            headers=fetch.headers,
            layouts=self.layouts,
            fetched_at=fetch.fetched_at,
            site=self.name,
        )

    def unchanged(self, response: Response, kind: PageKind) -> UnchangedItem | None:
        """The item for an answer that says, or shows by its bytes, that the page did not change."""
        not_modified = bool(response.meta.get("not_modified"))
        if not_modified or response.meta.get("same_bytes"):
            return UnchangedItem(self.name, response.url, kind, fetch_of(response), not_modified)
        return None

    def failure(self, fetch: Fetch, kind: PageKind, cause: str, detail: str, column: str) -> FailureItem:
        """The item for an answer that cannot be read."""
        return FailureItem(self.name, fetch.requested_url, kind, cause, detail, fetch.status, column, fetch)


def fetch_of(response: Response) -> Fetch:
    """The exchange behind a response. ``fetched_at`` and ``elapsed_ms`` are set where the answer arrives."""
    request = response.request
    asked = request.meta.get("redirect_urls", [request.url])[0] if request else response.url
    headers = {
        name.decode("latin-1").lower(): b", ".join(values).decode("latin-1")
        for name, values in response.headers.items()
    }
    return Fetch(
        url=response.url,
        requested_url=asked,
        status=response.status,
        headers=headers,
        body=response.body,
        fetched_at=response.meta["fetched_at"],
        elapsed_ms=response.meta.get("elapsed_ms", 0),
        conditional=bool(request and ("If-None-Match" in request.headers or "If-Modified-Since" in request.headers)),
    )
