"""The text of files that articles link to."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from typing import Self

from scrapy.crawler import Crawler

from crawler.document_reader import Limits, read_document
from crawler.extensions.run import CrawlRun
from crawler.items import AnyItem, DocumentItem
from crawler.reading.documents import READER_VERSION
from crawler.reading.text import fold


class DocumentPipeline:
    """Take the text out of a file, in a process of its own while the crawl goes on.

    Sets ``hash``, ``text``, ``search_text``, ``text_state``, ``text_detail`` and ``reader``. A file that the archive
    holds with its text is not read again, whoever links to it. Stats: ``file/read``, ``file/known`` and the other
    states of ``crawler.reading.documents``.
    """

    def __init__(self, crawler: Crawler, limits: Limits) -> None:
        self.crawler = crawler
        self.limits = limits

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's constructor."""
        return cls(crawler, Limits(**crawler.settings.getdict("DOCUMENT_READING")))

    async def process_item(self, item: AnyItem) -> AnyItem:
        """Scrapy's hook."""
        if not isinstance(item, DocumentItem):
            return item
        item.hash = sha256(item.fetch.body).digest()
        item.reader = READER_VERSION
        run = CrawlRun.of(self.crawler)
        held = run.archive.document(item.hash) if run is not None and run.archive is not None else None
        if held is not None and held.text_state == "read" and held.reader >= READER_VERSION:
            item.text_state = "known"
        else:
            found = await asyncio.to_thread(read_document, item.fetch.body, item.kind, self.limits)
            item.text, item.text_state, item.text_detail = found.text, found.state, found.detail
            item.search_text = fold(found.text) if found.text else ""
        if self.crawler.stats is not None:
            self.crawler.stats.inc_value(f"file/{item.text_state}")
        return item
