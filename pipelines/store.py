"""Into the archive: small batches, each one transaction holding everything of its articles."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Self

from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

from archive.errors import ArchiveError
from archive.records import FailureRecord, StoreBatch
from crawler.extensions.run import CrawlRun
from crawler.items import AnyItem, ArticleItem, DocumentItem, FailureItem, ListPageItem, PageKind, UnchangedItem
from pipelines.records import article_record, document_record, failure_record, list_record, touch_record

logger = logging.getLogger(__name__)

# Enough to share one commit, few enough to hold the write lock for some milliseconds only.
MAX_ITEMS = 32
MAX_BYTES = 4 * 1024 * 1024
MAX_SECONDS = 1.0

# Above this share of missing pages among the answered ones the site is ill, not its articles withdrawn.
ILL_SHARE = 0.3
ILL_MINIMUM = 3


class StorePipeline:
    """Store items in batches of at most 32 items, 4 MB or one second.

    What is not stored is not known: a kill loses the batch in memory and nothing else, and the next run fetches it
    again. A failure to write ends the run; pages that are gone are told to the archive only at the end of the run, when
    it is clear that the site as a whole answers.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self._batch = StoreBatch()
        self._size = 0
        self._bytes = 0
        self._gone: list[FailureRecord] = []
        self._timer: asyncio.TimerHandle | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's constructor."""
        pipeline = cls(crawler)
        crawler.signals.connect(pipeline.item_error, signal=signals.item_error)
        return pipeline

    def process_item(self, item: AnyItem) -> AnyItem:
        """Scrapy's hook: count the item and put it into the batch."""
        run = CrawlRun.of(self.crawler)
        if run is None:
            return item
        self._count(item, run)
        if run.handle is None or run.stopped:
            if run.dry_run and isinstance(item, ArticleItem):
                run.say("article", article=shown(item))
            return item
        if isinstance(item, ArticleItem):
            self._batch.articles.append(article_record(item))
        elif isinstance(item, ListPageItem):
            self._batch.lists.append(list_record(item))
        elif isinstance(item, UnchangedItem):
            self._batch.touches.append(touch_record(item))
        elif isinstance(item, DocumentItem):
            self._batch.documents.append(document_record(item))
        elif item.cause == "gone" and item.kind != "attachment":
            self._gone.append(failure_record(item))
            return item
        else:
            self._batch.failures.append(failure_record(item))
        self._size += 1
        self._bytes += len(item.fetch.body) if item.fetch is not None else 0
        self._bytes += sum(len(part.body) for part in item.parts) if isinstance(item, ArticleItem) else 0
        if self._size >= MAX_ITEMS or self._bytes >= MAX_BYTES:
            self._flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(MAX_SECONDS, self._flush)
        return item

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
        """Scrapy's hook: store the rest, then what is gone."""
        run = CrawlRun.of(self.crawler)
        if run is None or run.handle is None:
            return
        self._flush()
        if self._gone and not run.stopped:
            counts = run.tally.counts
            answered = counts["articles"] + counts["unchanged_pages"]
            ill = len(self._gone) >= ILL_MINIMUM and len(self._gone) > ILL_SHARE * (answered + len(self._gone))
            healthy = not ill and not run.tally.list_causes and counts["list_pages"] + counts["lists_unchanged"] > 0
            if ill:
                run.tally.ill = f"{len(self._gone)} known pages answered 404 or 410 in one run; none is marked missing"
            for record in self._gone:
                record.gone = healthy
            self._batch.failures.extend(self._gone)
            self._size += len(self._gone)
            self._flush()

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
        elif item.cause == "gone" and item.kind == "article":
            tally.counts["gone"] += 1
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
