"""What a fetched article is to the archive: new, changed or unchanged."""

from __future__ import annotations

from typing import Self

from scrapy.crawler import Crawler

from crawler.extensions.run import CrawlRun
from crawler.items import AnyItem, ArticleItem, UnchangedItem
from crawler.reading.urls import url_key


class RevisionPipeline:
    """Number the revision an article would become.

    Needs ``item.fingerprint``. Sets ``item.revision``. An article whose text is that of its latest revision goes on as
    an ``UnchangedItem``. The storing transaction decides again under its lock; this stage keeps the revisit cheap.
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
        if page.fingerprint == item.fingerprint and item.fetch is not None:
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
        return item
