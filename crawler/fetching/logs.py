"""Log lines of single pages."""

from __future__ import annotations

import logging
from typing import Any, Self

from scrapy import Spider
from scrapy.crawler import Crawler
from scrapy.http import Request, Response
from scrapy.logformatter import LogFormatter, LogFormatterResult
from twisted.python.failure import Failure


class QuietFormatter(LogFormatter):
    """Scrapy's lines about fetched and scraped pages, made only when ``LOG_LEVEL`` is DEBUG.

    Scrapy lets its loggers take everything and drops what is below the level last: two records for nothing per page.
    """

    def __init__(self, level: str | int) -> None:
        number = logging.getLevelName(level) if isinstance(level, str) else level
        self._wanted = number <= logging.DEBUG

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's constructor."""
        return cls(crawler.settings["LOG_LEVEL"])

    def crawled(self, request: Request, response: Response, spider: Spider) -> LogFormatterResult | None:  # type: ignore[override]
        """The line of a fetched page."""
        return super().crawled(request, response, spider) if self._wanted else None

    def scraped(self, item: Any, response: Response | Failure | None, spider: Spider) -> LogFormatterResult | None:  # type: ignore[override]
        """The line of an item; the item itself is a whole article and is left out."""
        if not self._wanted:
            return None
        args = {"kind": type(item).__name__, "url": getattr(item, "url", "")}
        return {"level": logging.DEBUG, "msg": "%(kind)s from %(url)s", "args": args}
