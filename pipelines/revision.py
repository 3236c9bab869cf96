"""What a fetched article is to the archive: new, changed or unchanged."""

from __future__ import annotations

import logging
from typing import Self

from scrapy.crawler import Crawler

from archive.archive import Archive
from archive.errors import SnapshotCorrupt
from archive.records import KnownPage
from crawler.article_pages import ArticlePages
from crawler.exceptions import CrawlError
from crawler.extensions.run import CrawlRun
from crawler.items import AnyItem, ArticleItem, UnchangedItem
from crawler.reading.urls import url_key
from pipelines.records import article_record
from pipelines.rereading import read_again

logger = logging.getLogger(__name__)


class RevisionPipeline:
    """Number the revision an article would become.

    Needs ``item.fingerprint``. Sets ``item.revision``. An article that shows no edit (``archive.edits``) goes on as an
    ``UnchangedItem``. One that differs, and whose stored revision was read by another reading than today's, gets
    ``item.rereading``, so that what our own code changed makes no revision. The storing transaction decides again
    under its lock; this stage keeps the revisit cheap.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's constructor."""
        return cls(crawler)

    def process_item(self, item: AnyItem) -> AnyItem:
        """Scrapy's hook."""
        if not isinstance(item, ArticleItem):
            return item
        item.revision = 1
        run = CrawlRun.of(self.crawler)
        # An address the archive did not hold when the page was asked for needs no look-up.
        if not item.known or run is None or run.archive is None:
            return item
        key = url_key(item.url)
        page = run.archive.known([key]).get(key)
        if page is None or page.revision is None:
            return item
        if item.fetch is not None and self._shows_nothing_new(item, page, run.archive):
            return UnchangedItem(
                site=item.site,
                url=item.url,
                kind="article",
                fetch=item.fetch,
                not_modified=False,
                views=item.views,
                attachments=item.attachments,
                files_left=item.files_left,
            )
        item.revision = page.revision + 1
        self._read_again(item, page.article_id, run.archive)
        return item

    def _read_again(self, item: ArticleItem, article_id: int | None, archive: Archive) -> None:
        """Where our reading has changed since, what the stored bytes say today tells the site's changes from ours."""
        detail = archive.article(article_id) if article_id is not None else None
        spider = self.crawler.spider
        if detail is None or detail.current.reading == item.reading or not isinstance(spider, ArticlePages):
            return
        try:
            item.rereading = read_again(archive, spider, detail.current)
        except (SnapshotCorrupt, CrawlError) as error:
            # Nothing is left to compare with: what differs counts as the site's change, and nothing is lost.
            logger.info("%s: revision %d cannot be read again: %s", item.url, detail.current.number, error)

    @staticmethod
    def _shows_nothing_new(item: ArticleItem, page: KnownPage, archive: Archive) -> bool:
        if page.article_id is None or page.extractor_version != item.extractor_version:
            return False  # stored once more, so that what this reader finds is known from now on
        finding = archive.judge(page.article_id, article_record(item))
        return finding is not None and finding.is_nothing
