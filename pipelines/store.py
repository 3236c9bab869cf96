"""Into the archive: small batches, each one transaction holding everything of its articles."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Self

from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

from archive.clock import utc_now
from archive.errors import ArchiveError
from archive.records import FailureRecord, StoreBatch
from crawler.extensions.run import CrawlRun
from crawler.extensions.second_look import SecondLook
from crawler.extensions.watch import MANY, judge_site
from crawler.items import AnyItem, ArticleItem, DocumentItem, FailureItem, ListPageItem, PageKind, UnchangedItem
from crawler.reading.urls import url_key
from pipelines.records import article_record, document_record, failure_record, list_record, touch_record

logger = logging.getLogger(__name__)

# Enough to share one commit, few enough to hold the write lock for some milliseconds only.
MAX_ITEMS = 32
MAX_BYTES = 4 * 1024 * 1024
MAX_SECONDS = 1.0

# What is held back while it is not clear whether the site is itself. More is let go: the next run finds it again.
MAX_HELD = 300
MAX_HELD_BYTES = 32 * 1024 * 1024


class StorePipeline:
    """Store items in batches of at most 32 items, 4 MB or one second.

    What is not stored is not known: a kill loses the batch in memory and nothing else, and the next run fetches it
    again. A failure to write ends the run. While the run doubts that the site is itself, new things wait in memory for
    what known pages show; pages that are gone, and articles with another text altogether, wait for the end of the run.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self._batch = StoreBatch()
        self._size = 0
        self._bytes = 0
        self._gone: list[FailureRecord] = []
        self._held: list[AnyItem] = []
        self._held_bytes = 0
        self._let_go = 0
        self._timer: asyncio.TimerHandle | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's constructor."""
        pipeline = cls(crawler)
        crawler.signals.connect(pipeline.item_error, signal=signals.item_error)
        if (look := SecondLook.of(crawler)) is not None:
            look.on_answer(pipeline.go_on)
        return pipeline

    def process_item(self, item: AnyItem) -> AnyItem:
        """Scrapy's hook: count the item and put it into the batch."""
        run = CrawlRun.of(self.crawler)
        if run is None:
            return item
        self._count(item, run)
        run.sights.see(item, utc_now())
        if run.handle is None or run.stopped:
            if run.dry_run and isinstance(item, ArticleItem):
                run.say("article", article=shown(item))
        elif self._must_wait(item, run):
            self._hold(item)
        else:
            self._take(item, run)
        return item

    def _take(self, item: AnyItem, run: CrawlRun) -> None:
        if isinstance(item, ArticleItem) and item.doubt:
            look = SecondLook.of(self.crawler)
            if look is not None and look.is_nowhere(item):
                item = self._nowhere(item, run)
        if isinstance(item, ArticleItem):
            self._batch.articles.append(article_record(item))
        elif isinstance(item, ListPageItem):
            self._batch.lists.append(list_record(item))
        elif isinstance(item, UnchangedItem):
            self._batch.touches.append(touch_record(item))
        elif isinstance(item, DocumentItem):
            self._batch.documents.append(document_record(item))
        elif item.cause in ("gone", "soft_404") and item.kind != "attachment":
            self._gone.append(failure_record(item))
            return
        else:
            self._batch.failures.append(failure_record(item))
        self._size += 1
        self._bytes += _size_of(item)
        if self._size >= MAX_ITEMS or self._bytes >= MAX_BYTES:
            self._flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(MAX_SECONDS, self._flush)

    # Waiting

    def _must_wait(self, item: AnyItem, run: CrawlRun) -> bool:
        if isinstance(item, ArticleItem) and item.doubt:
            look = SecondLook.of(self.crawler)
            if item.doubt == "foreign" or (look is not None and look.nowhere is None):
                return True
        if isinstance(item, UnchangedItem) or (isinstance(item, FailureItem) and item.kind == "list"):
            return False
        return run.watch.doubtful

    def _hold(self, item: AnyItem) -> None:
        size = _size_of(item)
        if len(self._held) >= MAX_HELD or self._held_bytes + size > MAX_HELD_BYTES:
            self._let_go += 1
            return
        self._held.append(item)
        self._held_bytes += size

    def go_on(self) -> None:
        """The second look has an answer: store what waited for it, or end the run of a site that is not itself."""
        run = CrawlRun.of(self.crawler)
        if run is None or run.handle is None or run.stopped:
            return
        if run.watch.settled and (judgement := judge_site(run.watch)).frozen:
            self._flush()
            run.hijacked(judgement)
            return
        held, self._held, self._held_bytes = self._held, [], 0
        for item in held:
            if self._must_wait(item, run):
                self._hold(item)
            else:
                self._take(item, run)

    def _nowhere(self, item: ArticleItem, run: CrawlRun) -> FailureItem:
        """The article is what the site shows where nothing is."""
        asked = item.fetch.requested_url if item.fetch is not None else item.url
        detail = f"the page reads like an address that cannot be there: {item.title[:40]} / {item.body[:60]}"
        failure = FailureItem(
            site=item.site,
            url=asked,
            kind="article",
            cause="soft_404",
            detail=detail,
            status=item.fetch.status if item.fetch is not None else None,
            column=item.listed_in or " > ".join(item.column),
            fetch=item.fetch,
        )
        if item.doubt == "foreign":
            run.watch.see(url_key(asked), asked, "gone", f"{asked}: {detail}")
        else:
            run.watch.new -= 1
        run.tally.counts["articles"] -= 1
        self._count(failure, run)
        return failure

    def flush(self) -> None:
        """Store what was gathered now, for a caller that asks the archive about it next."""
        self._flush()

    def item_error(self, item: Any, response: Response | None, spider: Spider, failure: Failure) -> None:
        """A stage stumbled over an item: that page goes to quarantine, the run goes on."""
        if isinstance(item, ArticleItem | ListPageItem | UnchangedItem | DocumentItem):
            self.process_item(
                FailureItem(
                    site=spider.name,
                    url=item.fetch.requested_url if item.fetch else item.url,
                    kind=_kind_of(item),
                    cause="error",
                    detail=f"{type(failure.value).__name__}: {failure.getErrorMessage()}",
                    fetch=item.fetch,
                )
            )

    def close_spider(self) -> None:
        """Scrapy's hook: store the rest, then what is gone or has another text, if the site is itself."""
        run = CrawlRun.of(self.crawler)
        if run is None or run.handle is None:
            return
        self._flush()
        if run.stopped:
            return
        self._take_nowhere(run)
        self._flush()
        judgement = judge_site(run.watch)
        if judgement.kind == "hijacked":
            run.hijacked(judgement)
        elif judgement.kind == "missing":
            run.tally.ill = judgement.why
        elif run.watch.dead >= MANY and run.watch.dead > run.watch.new:
            run.tally.ill = f"{run.watch.dead} new links lead nowhere, {run.watch.new} to an article"
        run.judgement = judgement
        if judgement.frozen:
            return
        lost = self._let_go
        for item in self._held:
            waits_for_end = isinstance(item, ArticleItem) and item.doubt == "foreign"
            if judgement.is_well and not run.watch.doubtful and (waits_for_end or not self._must_wait(item, run)):
                self._take(item, run)
            else:
                lost += 1
        if lost:
            run.tally.witness(f"{lost} pages were not believed and not stored; they are looked at again")
        # Something of the site must be as usual: a list with known articles, or one that did not change.
        is_well = judgement.is_well and run.watch.lists_usual > 0
        for record in self._gone:
            record.gone = is_well or run.watch.has_moved(record.url_key)
        self._batch.failures.extend(self._gone)
        self._size += len(self._gone)
        self._flush()

    def _take_nowhere(self, run: CrawlRun) -> None:
        """Of what waits, what is not there any more counts as gone before the site is judged."""
        look = SecondLook.of(self.crawler)
        held, self._held = self._held, []
        for item in held:
            if look is not None and isinstance(item, ArticleItem) and item.doubt and look.is_nowhere(item):
                self._take(item, run)
            else:
                self._held.append(item)

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        run = CrawlRun.of(self.crawler)
        if self._size == 0 or run is None or run.archive is None or run.handle is None or run.stopped:
            return
        batch, self._batch = self._batch, StoreBatch()
        self._size = self._bytes = 0
        try:
            outcomes = run.archive.store(run.handle, batch)
        except (ArchiveError, OSError) as error:
            run.broke(f"the archive could not be written: {error}")
            return
        for outcome in outcomes:
            if outcome.decision == "alias":
                run.watch.moved.add(outcome.article_id)
            run.tally.counts[outcome.decision] += 1
            if self.crawler.stats is not None:
                self.crawler.stats.inc_value(f"article/{outcome.decision}")
        run.say("progress")

    @staticmethod
    def _count(item: AnyItem, run: CrawlRun) -> None:
        tally = run.tally
        if isinstance(item, ArticleItem):
            tally.counts["articles"] += 1
        elif isinstance(item, ListPageItem):
            tally.counts["list_pages"] += 1
            tally.counts["links"] += len(item.links)
            tally.counts["fresh"] += item.fresh
        elif isinstance(item, UnchangedItem):
            if item.kind == "list":
                tally.counts["lists_unchanged"] += 1
            elif item.kind == "attachment":
                tally.counts["files_unchanged"] += 1
            else:
                tally.counts["unchanged_pages"] += 1
        elif isinstance(item, DocumentItem):
            tally.counts["files"] += 1
        elif item.kind == "attachment":
            tally.file_causes[item.cause] += 1
            tally.counts["files_failed"] += 1
            tally.witness(f"file {item.url}: {item.cause}: {item.detail}")
        elif item.cause in ("gone", "soft_404") and item.kind == "article":
            tally.counts["gone"] += 1
            if item.cause == "soft_404":
                tally.counts["soft_404"] += 1
                tally.witness(f"{item.url}: soft_404: {item.detail}")
        else:
            causes = tally.list_causes if item.kind == "list" else tally.article_causes
            causes[item.cause] += 1
            tally.counts["failed"] += 1
            tally.witness(f"{item.url}: {item.cause}: {item.detail}")


def _kind_of(item: ArticleItem | ListPageItem | UnchangedItem | DocumentItem) -> PageKind:
    if isinstance(item, UnchangedItem):
        return item.kind
    if isinstance(item, DocumentItem):
        return "attachment"
    return "list" if isinstance(item, ListPageItem) else "article"


def _size_of(item: AnyItem) -> int:
    fetch = len(item.fetch.body) if item.fetch is not None else 0
    return fetch + (sum(len(part.body) for part in item.parts) if isinstance(item, ArticleItem) else 0)


def shown(item: ArticleItem) -> dict[str, Any]:
    """The fields of an article for a progress line of a dry run: plain values, the body cut to 200 characters."""
    return {
        "url": item.url,
        "title": item.title,
        "published_at": item.published_at.isoformat() if item.published_at else None,
        "published_precision": item.published_precision,
        "source": item.source,
        "reporters": item.reporters,
        "correspondents": item.correspondents,
        "interns": item.interns,
        "authors": item.authors,
        "editors": item.editors,
        "column": item.column,
        "views": item.views,
        "images": len(item.images),
        "attachments": len(item.attachments),
        "charset": item.charset,
        "layout": item.layout,
        "body_length": len(item.body),
        "body": item.body[:200],
        "warnings": item.warnings,
    }
