"""``scrapy extract URL-or-FILE …``: read pages and print what was read, one JSON line each; nothing is stored.

An address whose host belongs to a site is read with that site's layouts. ``zhiwen extract`` shows the lines to people.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError
from scrapy.http import Response
from twisted.python.failure import Failure

from archive.clock import utc_now
from crawler.article_pages import ArticlePages
from crawler.bases import ListPageSpider
from crawler.exceptions import CrawlError
from crawler.fetching.causes import cause_of
from crawler.items import ArticleItem, FailureItem, Fetch, Link
from crawler.parts import Chain
from crawler.reading.attachments import add_attachments
from crawler.reading.extract import extract_article

# Stands for the address of a file whose own address nobody named; reserved for such use by RFC 2606.
NO_ADDRESS = "http://page.invalid/"
PAGE_SUFFIXES = (".html", ".htm", ".shtml", ".xhtml")

_NOT_READ = (
    *("fetch", "fingerprint", "search_title", "search_body", "revision", "signature"),
    *("aliases", "parts", "files_left", "reading", "rereading", "doubt"),
)


class Command(ScrapyCommand):
    """Each line is ``{"from", "ok": true, "article": {…}}`` or ``{"from", "ok": false, "cause", "detail"}``."""

    requires_project = True

    def syntax(self) -> str:
        return "[options] <address or file or folder> …"

    def short_desc(self) -> str:
        return "Read pages and print the fields with their evidence as JSON lines"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--url", help="the address of the page in the file (chooses the site's layouts)")

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        super().process_options(args, opts)
        assert self.settings is not None
        # Only the way out is used, with its checks of address, robots and size: nothing is stored, no run is opened.
        for name in ("ITEM_PIPELINES", "SPIDER_MIDDLEWARES", "EXTENSIONS"):
            self.settings.set(name, {}, priority="cmdline")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if not args:
            raise UsageError("name an address, a file or a folder", print_help=False)
        for name in args:
            if name.startswith(("http://", "https://")):
                self._read_address(name)
            else:
                for file in _files(Path(name)):
                    self._read_file(file, opts.url)

    def _read_file(self, file: Path, url: str | None) -> None:
        assert self.settings is not None
        try:
            limit = self.settings.getint("DOWNLOAD_MAXSIZE")
            with file.open("rb") as source:
                body = source.read(limit + 1)
            if len(body) > limit:
                _print_failure(str(file), "too_large", f"the file has more than {limit} bytes (fetch.max_bytes)")
                return
            meta = _meta_beside(file)
        except OSError as error:
            _print_failure(str(file), "unreadable", f"{file} cannot be read: {error.strerror}")
            return
        address = url or meta.get("url") or NO_ADDRESS
        seen_at = datetime.fromisoformat(meta["fetched_at"]) if "fetched_at" in meta else utc_now()
        fetch = Fetch(address, address, meta.get("status", 200), meta.get("headers", {}), body, seen_at)
        _print_reading(str(file), fetch, self._spider_of(address))

    def _read_address(self, url: str) -> None:
        assert self.crawler_process is not None
        spider = self._spider_of(url)
        members: dict[str, Any] = {"name": spider.name if spider else "extract", "url": url, "reader": spider}
        if spider:
            members |= {"allowed_domains": list(spider.site.allowed_hosts), "update_settings": spider.update_settings}
        self.crawler_process.crawl(type("PageReader", (_PageReader,), members))
        self.crawler_process.start()

    def _spider_of(self, url: str) -> type[ListPageSpider] | None:
        """The spider of the site that the address belongs to."""
        assert self.crawler_process is not None
        loader = self.crawler_process.spider_loader
        host = (urlsplit(url).hostname or "").removeprefix("www.")
        for name in loader.list():
            found = loader.load(name)
            if issubclass(found, ListPageSpider):
                homes = [home.removeprefix("www.") for home in (*found.site.allowed_hosts, *found.site.mirrors)]
                if any(host == home or host.endswith(f".{home}") for home in homes):
                    return found
        return None


class _PageReader(ArticlePages):
    """Fetches one page through the gate, with the further pages of its article, and prints what is read from it."""

    url: str
    reader: type[ListPageSpider] | None

    async def start(self) -> AsyncIterator[Request]:
        """Scrapy's entry: the one request."""
        yield self.article_request(Link(self.url), "")

    def read_article(self, fetch: Fetch) -> ArticleItem:
        """With the layouts of the site that the address belongs to."""
        return _read(fetch, self.reader)

    def parse_article(self, response: Response) -> Iterator[Any]:
        """The page came."""
        yield from self._printed(super().parse_article(response))

    def parse_part(self, response: Response) -> Iterator[Any]:
        """So did a further one."""
        yield from self._printed(super().parse_part(response))

    def part_failed(self, failure: Failure) -> Iterator[Any]:
        """A further one did not; the article is printed with a warning."""
        yield from self._printed(super().part_failed(failure))

    def failed(self, failure: Failure) -> Iterator[Any]:
        """The page did not come."""
        cause, detail, _ = cause_of(failure)
        _print_failure(self.url, cause, detail)
        yield from ()

    def _printed(self, entries: Iterator[Any]) -> Iterator[Request]:
        for entry in entries:
            if isinstance(entry, ArticleItem):
                _print({"from": self.url, "ok": True, "article": _fields(entry)})
            elif isinstance(entry, FailureItem):
                _print_failure(self.url, entry.cause, entry.detail)
            elif entry.meta["kind"] != "attachment":
                yield entry


def _files(path: Path) -> Iterator[Path]:
    """The file itself, or the pages below a folder, by name."""
    if path.is_dir():
        yield from sorted(file for file in path.rglob("*") if file.suffix.lower() in PAGE_SUFFIXES and file.is_file())
    else:
        yield path


def _meta_beside(file: Path) -> dict[str, Any]:
    """What ``scrapy record`` has written about the page: address, headers, time. Empty where there is nothing."""
    meta = file.with_name("meta.json")
    if file.name != "page.html" or not meta.is_file():
        return {}
    found: dict[str, Any] = json.loads(meta.read_text("utf-8"))
    return found


def _print_reading(name: str, fetch: Fetch, spider: type[ListPageSpider] | None) -> None:
    try:
        item = _read(fetch, spider)
    except CrawlError as error:
        _print_failure(name, error.cause, str(error))
        return
    item.fetch = fetch
    add_attachments(item, fetch)
    if (step := Chain(item, fetch).first_step()) is not None:
        what = "this is a later page of the article at" if step.is_start else "the article goes on at"
        item.warnings.append(f"parts: {what} {step.url}; only this page was read")
    _print({"from": name, "ok": True, "article": _fields(item)})


def _read(fetch: Fetch, spider: type[ListPageSpider] | None) -> ArticleItem:
    if spider:
        return spider().read_article(fetch)
    return extract_article(fetch.body, fetch.url, headers=fetch.headers, fetched_at=fetch.fetched_at)


def _fields(item: ArticleItem) -> Mapping[str, Any]:
    fields = {key: value for key, value in asdict(item).items() if key not in _NOT_READ}
    if item.url.startswith(NO_ADDRESS):
        fields["url"] = None
    return fields


def _print_failure(name: str, cause: str, detail: str) -> None:
    _print({"from": name, "ok": False, "cause": cause, "detail": detail})


def _print(line: Mapping[str, Any]) -> None:
    # ASCII only: what a page says must not reach a terminal as it is.
    print(json.dumps(line, default=lambda value: value.isoformat()), flush=True)
