"""Which of the pages a spider found are asked for, and when a column has been read far enough.

Rules (see also ``docs/architecture.md``, "Completeness"):

1. A link found on a list page becomes a row of the frontier in the same transaction as the reading of that page, so a
   killed run loses none; pages once found and not yet stored, in quarantine or due for a revisit are asked for anew.
2. A column is read until a *whole page* of links that were known when the column was last complete. Pinned and
   unordered items therefore stop nothing, and a run that was cut short is read through by the next one.
3. ``--since`` reads on to the first whole page of older items, ``--backfill`` to the last page.
4. A list page is asked for with conditions only while its column is complete, and now and then without. Where a script
   fetches a column's list, the conditions are those of the script's request: the page around it never changes.
5. The parts of a sitemap index are no pages of one list: each is looked at in every run.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any, Self

from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider
from scrapy.http import Request, Response

from archive.archive import Archive
from archive.clock import utc_now
from archive.records import KnownPage
from crawler.exceptions import CrawlError
from crawler.extensions.backlog import due_articles
from crawler.extensions.columns import Column, Conditions, is_due
from crawler.extensions.run import CrawlRun
from crawler.extensions.second_look import SecondLook
from crawler.items import EXTRACTOR_VERSION, ArticleItem, FailureItem, Link, ListPageItem, UnchangedItem
from crawler.paging import archived_at
from crawler.reading.charset import decode
from crawler.reading.foreign import foreign_list
from crawler.reading.urls import url_key

logger = logging.getLogger(__name__)


_END_OF_TIME = datetime(9999, 1, 1, tzinfo=UTC)
"""Whatever is ever due, is due by then."""


class FrontierMiddleware:
    """Spider middleware: passes list pages on, keeps back what is known, adds what is due.

    Stats: ``frontier/known``, ``frontier/fresh``, ``frontier/due``, ``frontier/older``.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self._columns: dict[str, Column] = {}
        self._asked: set[bytes] = set()
        self._held_back: list[Request] = []
        self._sent = 0
        self._max_pages = crawler.settings.getint("RUN_MAX_LIST_PAGES", 50)
        self._unconditional_every = crawler.settings.getint("LIST_UNCONDITIONAL_EVERY", 12)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's constructor."""
        middleware = cls(crawler)
        crawler.signals.connect(middleware.spider_idle, signal=signals.spider_idle)
        return middleware

    # Scrapy's hooks

    async def process_start(self, start: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """List pages first, then what is due: found but not stored, in quarantine, to be revisited."""
        run, archive = self._run()
        if run is not None and run.stopped:
            return
        look = SecondLook.of(self.crawler)
        if look is not None and not await look.lets_start():
            return
        async for request in start:
            if archive is not None and request.meta.get("kind") == "list":
                yield self._list_request(request, archive)
            else:
                yield request
        if archive is None or self._limit is not None:
            # With a limit, the newest of the lists are wanted; what is due waits for an ordinary run.
            return
        spider: Any = self.crawler.spider
        by = _END_OF_TIME if getattr(spider, "revisit", False) else utc_now()
        # More than the run may ask for waits for the next run; what is pending comes first.
        most, scheduled = self.crawler.settings.getint("RUN_MAX_REQUESTS"), run is not None and run.kind == "scheduled"
        for page in due_articles(archive, spider.name, by, most, spread=scheduled):
            if page.url_key in self._asked:
                continue
            self._asked.add(page.url_key)
            self._count("frontier/due")
            request = spider.article_request(Link(url=page.url), column=page.column or "")
            yield self._article_request(request, page)
        for page in archive.due(spider.name, by, most, "attachment"):
            if page.url_key not in self._asked:
                self._asked.add(page.url_key)
                self._count("frontier/due")
                yield self._file_request(spider.attachment_request(page.url), page)

    async def process_spider_output(self, response: Response, result: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """Decide which requests of a page are sent; complete the items with what the frontier knows."""
        if response.meta.get("kind") != "list":
            known: KnownPage | None = response.meta.get("page")
            files: list[Request] = []
            async for entry in result:
                if isinstance(entry, ArticleItem):
                    entry.known = known is not None and known.article_id is not None
                    entry.listed_in = response.meta.get("column", "")
                if isinstance(entry, Request) and entry.meta.get("kind") == "attachment":
                    files.append(entry)
                else:
                    yield entry
            for request in self._wanted_files(files):
                yield request
            return
        async for entry in self._list_output(response, [entry async for entry in result]):
            yield entry

    def process_spider_exception(self, response: Response, exception: Exception) -> list[FailureItem]:
        """An error in a callback concerns its page alone: it becomes a failure of that page."""
        cause = exception.cause if isinstance(exception, CrawlError) else "error"
        if cause == "error":
            logger.exception("reading %s failed", response.url, exc_info=exception)
        spider: Any = self.crawler.spider
        return [
            FailureItem(
                site=spider.name,
                url=response.meta.get("list_url") or response.url,
                kind=response.meta.get("kind", "article"),
                cause=cause,
                detail=f"{type(exception).__name__}: {exception}",
                status=response.status,
                column=response.meta.get("column", ""),
            )
        ]

    def spider_idle(self, spider: Spider) -> None:
        """With a limit: articles that failed are made up for by the next ones of the lists."""
        run, _ = self._run()
        limit = self._limit
        if limit is None or run is None or run.stopped or not self._held_back:
            return
        missing = limit - run.tally.counts["articles"]
        if missing <= 0:
            return
        engine = self.crawler.engine
        assert engine is not None
        for request in self._held_back[:missing]:
            engine.crawl(request)
        del self._held_back[:missing]
        raise DontCloseSpider

    # Inside

    @property
    def _limit(self) -> int | None:
        return getattr(self.crawler.spider, "limit", None)

    def _run(self) -> tuple[CrawlRun | None, Archive | None]:
        run = CrawlRun.of(self.crawler)
        return run, run.archive if run is not None else None

    def _count(self, key: str, number: int = 1) -> None:
        assert self.crawler.stats is not None
        self.crawler.stats.inc_value(key, number)

    def _list_request(self, request: Request, archive: Archive) -> Request:
        list_url = request.meta["list_url"]
        spider: Any = self.crawler.spider
        page = archive.list_page(spider.name, list_url)
        column = self._columns.setdefault(list_url, Column())
        if page is None:
            return request
        column.complete_at = page.complete_at
        column.is_closed = page.complete_at is not None and not page.chain_open
        return self._with_conditions(request, column, page)

    def _with_conditions(self, request: Request, column: Column, page: KnownPage | None) -> Request:
        """A request for the newest page of a list: only for what changed, while nothing is missing before it."""
        spider: Any = self.crawler.spider
        reads_on = bool(getattr(spider, "backfill", False) or getattr(spider, "since", None) or self._limit)
        if page is None or not column.is_closed or reads_on:
            return request
        # Validators are for GET (RFC 9110, 13.1); what was posted may still be answered with the very same bytes.
        posted = request.method != "GET"
        request.meta["known"] = Conditions(
            etag=None if posted else page.etag,
            last_modified=None if posted else page.last_modified,
            body_hash=page.body_hash,
            conditional_ok=page.conditional_count + 1 < self._unconditional_every,
        )
        return request

    def _article_request(self, request: Request, page: KnownPage | None) -> Request:
        if page is not None:
            request.meta["page"] = page
            # A page read by an older extractor is read again even when its bytes are the same.
            # So is the first page of an article over several: what changed may stand on one of the others.
            current = page.article_id is not None and page.extractor_version == EXTRACTOR_VERSION and not page.parts
            request.meta["known"] = Conditions(
                etag=page.etag,
                last_modified=page.last_modified,
                body_hash=page.body_hash if current else None,
                conditional_ok=current,
            )
        return request

    async def _list_output(self, response: Response, entries: list[Any]) -> AsyncIterator[Any]:
        run, archive = self._run()
        item: ListPageItem | None = None
        articles: list[Request] = []
        following: Request | None = None
        for entry in entries:
            if isinstance(entry, ListPageItem):
                item = entry
            elif isinstance(entry, Request):
                if entry.meta.get("kind") == "list":
                    following = entry
                else:
                    articles.append(entry)
            else:
                if isinstance(entry, UnchangedItem):
                    entry.url, entry.list_url = archived_at(response.meta, response.url), response.meta["list_url"]
                yield entry
        if item is None:
            # The list stands elsewhere, the next part is to be looked at, or another way to page 2 is tried.
            if following is not None:
                yield self._elsewhere(following, archive)
            return
        item.list_url = response.meta["list_url"]
        column = self._columns.setdefault(item.list_url, Column())
        keys = [url_key(request.url) for request in articles]
        known = archive.known(keys) if archive is not None else {}
        now = utc_now()
        wanted: list[Request] = []
        for request, key in zip(articles, keys, strict=True):
            link: Link = request.meta["link"]
            page = known.get(key)
            link.wanted = not self._older(link)
            if page is not None:
                item.known += 1
            elif link.wanted:
                item.fresh += 1
            else:
                self._count("frontier/older")
            if key in self._asked or not link.wanted or not is_due(page, link, item.column, now):
                continue
            self._asked.add(key)
            wanted.append(self._article_request(request, page))
        item.all_new = column.complete_at is not None and item.number == 1 and bool(keys) and not known
        self._count("frontier/known", item.known)
        self._count("frontier/fresh", item.fresh)
        if item.all_new and (why := self._why_foreign(item)):
            # Not even asked for: what a taken-over list leads to is nobody's news.
            yield FailureItem(
                item.site, item.list_url, "list", "foreign", why, response.status, item.column, item.fetch
            )
            return
        column.max_pages = response.meta.get("max_pages") or self._max_pages
        going_on, why_not = self._goes_on(item, column, keys, known, following, "parts" in response.meta)
        item.completes = not going_on and not why_not
        if why_not and run is not None:
            run.tally.gaps[item.column or item.list_url] = why_not
        yield item
        for request in self._within_limit(wanted):
            yield request
        if going_on:
            assert following is not None
            yield self._elsewhere(following, archive) if "parts" in following.meta else following

    def _why_foreign(self, item: ListPageItem) -> str:
        """Why a list of nothing but new entries is not believed to be the site's own; empty when it is."""
        spider: Any = self.crawler.spider
        if getattr(spider, "backfill", False) or getattr(spider, "since", None):
            return ""  # whoever asks for old entries gets lists of unknown ones
        names = [spider.site.publisher, *spider.site.source_names]
        return foreign_list(decode(item.fetch.body).text, names, [link.title for link in item.links])

    def _elsewhere(self, request: Request, archive: Archive | None) -> Request:
        """A request for the entries of a column that do not stand on its own page."""
        column = self._columns.setdefault(request.meta["list_url"], Column())
        column.asked.add((request.url, request.body))
        if archive is None or "probe" in request.meta:
            return request
        spider: Any = self.crawler.spider
        return self._with_conditions(request, column, archive.list_page(spider.name, request.meta["address"]))

    def _wanted_files(self, requests: list[Request]) -> list[Request]:
        """The files of an article that are not here yet, or are due; none where nothing is stored."""
        _, archive = self._run()
        if archive is None or not requests:
            return []
        keys = {url_key(request.url): request for request in requests}
        known, now = archive.known(list(keys)), utc_now()
        wanted: list[Request] = []
        for key, request in keys.items():
            page = known.get(key)
            due = page is None or page.state == "pending" or (page.next_due_at or _END_OF_TIME) <= now
            if due and key not in self._asked:
                self._asked.add(key)
                wanted.append(self._file_request(request, page))
        return wanted

    @staticmethod
    def _file_request(request: Request, page: KnownPage | None) -> Request:
        if page is not None:
            held = page.body_hash is not None
            request.meta["known"] = Conditions(page.etag, page.last_modified, page.body_hash, conditional_ok=held)
        return request

    def _older(self, link: Link) -> bool:
        since: date | None = getattr(self.crawler.spider, "since", None)
        return since is not None and link.listed_on is not None and link.listed_on < since

    def _goes_on(
        self,
        item: ListPageItem,
        column: Column,
        keys: list[bytes],
        known: dict[bytes, KnownPage],
        following: Request | None,
        is_part: bool,
    ) -> tuple[bool, str]:
        """Whether the next list page is asked for; when not, why the column is not complete ("" when it is)."""
        spider: Any = self.crawler.spider
        since: date | None = getattr(spider, "since", None)
        backfill = bool(getattr(spider, "backfill", False))
        anchored = column.complete_at is not None and all(
            key in known and known[key].discovered_at <= column.complete_at for key in keys
        )
        if following is None:
            return (False, "") if anchored or not item.unread else self._cannot_go_on(item, column, item.unread)
        shown = frozenset(keys)
        before = column.pages_seen.setdefault(shown, item.number)
        sent = (following.url, following.body)
        if before != item.number or sent in column.asked:
            # The site ignores the page number and serves one page for ever; after its last page that is the end.
            # Programs that count from 1 show page 1 for 0 too: what comes after is then the second page.
            is_second = before == 1 and item.number == 2
            if is_second and following.meta.get("interface") and not column.shifted:
                column.shifted = True
                column.asked.add(sent)
                following.meta.update(number=item.number, address=item.url)
                return True, ""
            if is_second:
                return self._cannot_go_on(item, column, "page 2 shows the articles of page 1")
            return False, ""
        run, archive = self._run()
        if self._limit is not None and self._sent >= self._limit:
            if run is not None:
                run.tally.limited = True
            return False, "stopped at the limit that was asked for."
        if archive is not None and not backfill:
            if since is not None:
                if item.links and all(link.listed_on and link.listed_on < since for link in item.links):
                    bridged = anchored or column.complete_at is None
                    return False, "" if bridged else f"read back to {since} only; an ordinary run closes the gap."
            elif anchored and not is_part:
                return False, ""
        if not backfill and since is None and item.number >= column.max_pages:
            if column.complete_at is None:
                # A first look: what is newer than this horizon is proven, what is older was not asked for.
                if run is not None:
                    run.tally.gaps[item.column or item.list_url] = (
                        f"first reading stopped after {item.number} list pages; --backfill reads the older ones."
                    )
                return False, ""
            return False, f"no known article on {item.number} list pages; --backfill closes the gap."
        column.asked.add(sent)
        return True, ""

    def _cannot_go_on(self, item: ListPageItem, column: Column, why: str) -> tuple[bool, str]:
        """The list has more than can be asked for. At a first look that is told and no gap; later it may be one."""
        logger.warning("%s: %s; older articles are not read", item.list_url, why)
        if column.complete_at is not None:
            return False, f"{why}; articles between may be missing."
        run, _ = self._run()
        if run is not None:
            run.tally.gaps[item.column or item.list_url] = f"{why}; older articles are not read."
        return False, ""

    def _within_limit(self, wanted: list[Request]) -> list[Request]:
        limit = self._limit
        if limit is None:
            self._sent += len(wanted)
            return wanted
        free = max(0, limit - self._sent)
        self._held_back.extend(wanted[free:])
        self._sent += len(wanted[:free])
        run, _ = self._run()
        if run is not None and (wanted[free:] or self._sent >= limit):
            run.tally.limited = True
        return wanted[:free]
