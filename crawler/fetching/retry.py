"""Trying again: seldom, later, and never where it cannot help."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import Request, Response

from crawler.fetching.errors import CannotConnect, HostClosed, Incomplete
from crawler.fetching.hosts import Hosts

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

# Passing troubles of a server. 521 and 412 are walls against crawlers: asking again only hammers on them.
STATUSES = frozenset({408, 429, 500, 502, 503, 504, 522, 524})
# A page that runs into the deadline has held its host for 30 s; twice is the most (60 s per page).
TIMEOUT_RETRIES = 1
MAX_BACKOFF_SECONDS = 30.0


class RetryMiddleware:
    """Retry passing failures, with pauses of the whole host: 1, 4, 16 … times the site's delay.

    A Retry-After is kept by ``Hosts``. When the tries are used up the failure goes to the spider's errback, so the
    page is kept for a later run. Stats: ``fetch/retries``, ``fetch/given_up``.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._hosts = Hosts.of(crawler)
        self._retries = crawler.settings.getint("FETCH_RETRIES")
        self._delay = crawler.settings.getfloat("DOWNLOAD_DELAY")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's constructor."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Spare a closed host the request, and the request the wait in the slot."""
        self._hosts.check(request)

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """The request for another try, or the response."""
        if response.status not in STATUSES:
            return response
        try:
            self._hosts.check(request)
        except HostClosed:
            return response
        return self._again(request, self._retries) or response

    def process_exception(self, request: Request, exception: Exception) -> Request | None:
        """The request for another try after a failure of the connection; None for all else."""
        if isinstance(exception, DownloadTimeoutError):
            return self._again(request, min(self._retries, TIMEOUT_RETRIES))
        if isinstance(exception, Incomplete):
            return self._again(request, self._retries)
        if isinstance(exception, CannotConnect):
            again = self._again(request, self._retries)
            if again is None:
                self._hosts.gave_up_connecting(request)
            return again
        return None

    def _again(self, request: Request, limit: int) -> Request | None:
        tried = request.meta.get("retry_times", 0)
        if tried >= limit:
            self._crawler.stats.inc_value("fetch/given_up")
            return None
        self._crawler.stats.inc_value("fetch/retries")
        self._hosts.pause(request, min(self._delay * 4**tried, MAX_BACKOFF_SECONDS))
        # After the pages that wait already: time is what helps most.
        again = request.replace(dont_filter=True, priority=request.priority - 1)
        again.meta["retry_times"] = tried + 1
        return again
