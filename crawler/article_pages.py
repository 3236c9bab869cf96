"""Article pages in a spider: the request for one, and what its answer yields; further pages and files of it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import ClassVar
from urllib.parse import urlsplit

from scrapy import Request, Spider
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.exceptions import CrawlError, SoftMissing
from crawler.fetching.causes import cause_of
from crawler.fetching.offsite import belongs
from crawler.items import (
    EXTRACTOR_VERSION,
    AnyItem,
    ArticleItem,
    DocumentItem,
    FailureItem,
    Fetch,
    Link,
    PageKind,
    UnchangedItem,
)
from crawler.parts import Chain, Step
from crawler.reading.attachments import add_attachments, kind_of_file, why_left
from crawler.reading.extract import extract_article
from crawler.reading.layouts import ArticleLayout
from crawler.reading.urls import url_key
from seeds.model import Site

# Parts and files of an article go before the next article: what is begun is soon stored.
_SOON = 10
_HOME = re.compile(r"/?(?:(?:index|default|home|main)\.\w{2,5})?", re.IGNORECASE)
# Not the suffixes under which anybody may register: what stands below them is no one's own.
_SHARED_DOMAINS = frozenset(f"{name}.cn" for name in ("com", "gov", "org", "net", "edu", "ac", "mil"))


class ArticlePages(Spider):
    """The half of a site's spider that reads articles; how they are found is the other half's.

    Meta of its requests: ``kind`` "article", "part" (a further page; ``chain`` holds what was read so far) or
    "attachment".
    """

    site: ClassVar[Site]
    layouts: ClassVar[Sequence[ArticleLayout]] = ()
    _reading: ClassVar[str]

    def article_request(self, link: Link, column: str) -> Request:
        """The request for one listed article."""
        meta = {"kind": "article", "column": column, "link": link}
        return Request(link.url, callback=self.parse_article, errback=self.failed, meta=meta)

    def attachment_request(self, url: str) -> Request:
        """The request for one file. Larger and slower than a page may be, through the same gate."""
        settings = getattr(self, "settings", None)
        meta = {"kind": "attachment", "column": ""}
        if settings is not None:
            meta |= {
                "max_bytes": settings.getint("DOCUMENT_MAX_BYTES"),
                "download_timeout": settings.getfloat("DOCUMENT_TIMEOUT"),
            }
        return Request(url, callback=self.parse_attachment, errback=self.failed, meta=meta, priority=_SOON)

    def failed(self, failure: Failure) -> Iterator[AnyItem | Request]:
        """What a request without a usable answer yields; the half that finds articles knows how a list ends."""
        raise NotImplementedError

    def parse_article(self, response: Response) -> Iterator[AnyItem | Request]:
        """One ArticleItem, at once or after its further pages were read; then requests for its files.

        An UnchangedItem when the page did not change; a FailureItem when it cannot be read.
        """
        if unchanged := self.unchanged(response, "article"):
            yield unchanged
            return
        fetch = fetch_of(response)
        try:
            self._refuse_led_away(fetch)
            item = self.read_article(fetch)
        except CrawlError as error:
            if asked_for := response.meta.get("asked_for"):
                yield self._alone(asked_for, response.meta.get("column", ""))
                return
            yield self.failure(fetch, "article", error.cause, str(error), response.meta.get("column", ""))
            return
        item.fetch = fetch
        add_attachments(item, fetch)
        meta = response.meta
        chain = Chain(item, fetch, meta.get("page"), meta.get("asked_for", ""), bool(meta.get("alone")))
        step = chain.first_step()
        if step is not None and step.is_start:
            # A list led into the middle of the article.
            request = self.article_request(Link(step.url), meta.get("column", ""))
            request.meta["asked_for"] = fetch.requested_url
            yield request.replace(priority=_SOON, errback=self.start_failed)
            return
        yield from self._go_on(chain, step, meta.get("column", ""))

    def _refuse_led_away(self, fetch: Fetch) -> None:
        """Raise SoftMissing for an article's address that leads to the home page or to a list of the site."""
        here = url_key(fetch.url)
        if here == url_key(fetch.requested_url):
            return
        if led_home(fetch):
            raise SoftMissing(f"the address led to the home page {fetch.url}")
        if any(here == url_key(source.url) for source in self.site.lists):
            raise SoftMissing(f"the address led to the list {fetch.url}")

    def start_failed(self, failure: Failure) -> Iterator[Request]:
        """What looked like the first page of an article is not to be had: the page that led there stands alone."""
        meta = failure.request.meta  # type: ignore[attr-defined]  # Scrapy sets it
        yield self._alone(meta["asked_for"], meta.get("column", ""))

    def _alone(self, url: str, column: str) -> Request:
        request = self.article_request(Link(url), column)
        request.meta["alone"] = True
        return request.replace(priority=_SOON, dont_filter=True)

    def parse_part(self, response: Response) -> Iterator[AnyItem | Request]:
        """A further page of an article: the request for the next one, or the whole article."""
        chain: Chain = response.meta["chain"]
        fetch = fetch_of(response)
        column = response.meta.get("column", "")
        try:
            item = self.read_article(fetch)
        except CrawlError as error:
            yield from self._broken(chain, fetch.requested_url, error.cause, str(error), fetch.status, column)
            return
        add_attachments(item, fetch)
        yield from self._go_on(chain, chain.add(item, fetch), column)

    def part_failed(self, failure: Failure) -> Iterator[AnyItem | Request]:
        """A further page got no usable answer."""
        request = failure.request  # type: ignore[attr-defined]  # Scrapy sets it
        cause, detail, status = cause_of(failure)
        yield from self._broken(
            request.meta["chain"], request.url, cause, detail, status, request.meta.get("column", "")
        )

    def parse_attachment(self, response: Response) -> Iterator[AnyItem]:
        """One DocumentItem; an UnchangedItem; a FailureItem when the answer is no file of a known kind."""
        if unchanged := self.unchanged(response, "attachment"):
            yield unchanged
            return
        fetch = fetch_of(response)
        kind, seen = kind_of_file(fetch.body)
        if not kind:
            yield self.failure(fetch, "attachment", "bad_content", f"the answer is no document but {seen}", "")
            return
        yield DocumentItem(self.name, fetch.requested_url, kind, fetch)

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

    @classmethod
    def reading(cls) -> str:
        """By what this spider reads: the extractor's version, and a digest of what the site declares.

        Two equal ones read the same from the same bytes.
        """
        if "_reading" not in cls.__dict__:
            declared = repr(tuple(cls.layouts))
            if cls.read_article is not ArticlePages.read_article:
                # A site's own code; what it calls is the extractor's, and has its version.
                declared += inspect.getsource(cls.read_article)
            cls._reading = f"{EXTRACTOR_VERSION}-{blake2b(declared.encode(), digest_size=6).hexdigest()}"
        return cls._reading

    def unchanged(self, response: Response, kind: PageKind) -> UnchangedItem | None:
        """The item for an answer that says, or shows by its bytes, that the page did not change."""
        not_modified = bool(response.meta.get("not_modified"))
        if not_modified or response.meta.get("same_bytes"):
            return UnchangedItem(self.name, response.url, kind, fetch_of(response), not_modified)
        return None

    def failure(self, fetch: Fetch, kind: PageKind, cause: str, detail: str, column: str) -> FailureItem:
        """The item for an answer that cannot be read."""
        return FailureItem(self.name, fetch.requested_url, kind, cause, detail, fetch.status, column, fetch)

    # Further pages

    def _go_on(self, chain: Chain, step: Step | None, column: str) -> Iterator[AnyItem | Request]:
        if step is None:
            yield from self._finished(chain, column)
            return
        meta = {"kind": "part", "chain": chain, "column": column, "page": chain.known}
        # Never filtered as seen: the article would be lost without a word.
        yield Request(
            step.url,
            callback=self.parse_part,
            errback=self.part_failed,
            meta=meta,
            priority=_SOON,
            dont_filter=True,
        )

    def _broken(
        self, chain: Chain, url: str, cause: str, detail: str, status: int | None, column: str
    ) -> Iterator[AnyItem | Request]:
        """A further page is missing. A stored text is not replaced by half of it; a new article is kept as it is."""
        if chain.asking_whole and (step := chain.without_whole()) is not None:
            yield from self._go_on(chain, step, column)
        elif chain.is_stored:
            sentence = f"page {chain.read + 1} of the article, {url}: {detail}"
            cause = "incomplete" if cause == "gone" else cause  # a part is gone, not the article
            yield FailureItem(self.name, chain.fetch.requested_url, "article", cause, sentence, status, column)
        else:
            chain.item.incomplete = True
            chain.item.warnings.append(f"parts: page {chain.read + 1}, {url}, could not be read ({cause}: {detail})")
            yield from self._finished(chain, column)

    def _finished(self, chain: Chain, column: str) -> Iterator[AnyItem | Request]:
        item = chain.joined()
        item.reading = self.reading()
        wanted = []
        for file in item.attachments:
            why = why_left(file) or self._why_foreign(file.url)
            if why:
                item.files_left[file.url] = why
            else:
                wanted.append(file.url)
        yield item
        if chain.asked_for and not chain.holds(chain.asked_for):
            yield self._alone(chain.asked_for, column)
        for url in wanted:
            yield self.attachment_request(url)

    # Files

    @property
    def attachment_domains(self) -> list[str]:
        """Hosts that files may lie on: the site's own, their neighbours below one domain, and those of the settings."""
        settings = getattr(self, "settings", None)
        more = settings.getlist("DOCUMENT_HOSTS") if settings is not None else []
        own = getattr(self, "allowed_domains", None) or []
        return [*own, *filter(None, (neighbourhood(host) for host in own)), *more]

    def _why_foreign(self, url: str) -> str:
        settings = getattr(self, "settings", None)
        if settings is not None and not settings.getbool("DOCUMENT_FETCH", True):
            return "files are not fetched (documents.fetch)"
        host = urlsplit(url).hostname or ""
        if any(domain == "*" or belongs(host, domain) for domain in self.attachment_domains):
            return ""
        return f"{host} is not a host of this site (documents.hosts)"


def led_home(fetch: Fetch) -> bool:
    """Whether an address led to the home page of a site."""
    return url_key(fetch.url) != url_key(fetch.requested_url) and bool(_HOME.fullmatch(urlsplit(fetch.url).path))


def neighbourhood(host: str) -> str | None:
    """The domain whose other hosts are the same publisher's: ``example.gov.cn`` of ``www.example.gov.cn``."""
    domain = host.removeprefix("www.")
    if domain == host or "." not in domain or domain in _SHARED_DOMAINS:
        return None
    return domain


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
