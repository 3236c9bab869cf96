"""robots.txt by RFC 9309: asked once per origin, kept at most a day, and a site that cannot be asked says no."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from protego import Protego
from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import Request
from scrapy.http.request import NO_CALLBACK
from scrapy.utils.httpobj import urlparse_cached

from archive.clock import utc_now
from archive.errors import ArchiveError
from archive.records import RobotsRow
from crawler.fetching.errors import (
    BadRedirect,
    CannotConnect,
    FetchError,
    RefusedAddress,
    RobotsForbidden,
    UntrustedTls,
)
from crawler.fetching.hosts import Hosts

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

AGENT = "Zhiwen"
MAX_AGE = timedelta(hours=24)
MAX_REDIRECTS = 5
MAX_DELAY_SECONDS = 60.0
# The site measures between arrivals, we between departures, and the first request also opens the connection.
DELAY_MARGIN_SECONDS = 0.05
# RFC 9309, 2.5: at least 500 KiB must be read.
MAX_BYTES = 1024 * 1024


@dataclass(slots=True)
class Rules:
    """What an origin's robots.txt says to us. ``refusal`` is set when all is forbidden because nobody answered.

    ``cause`` is the ledger's word for that: "robots", or why there is no connection at all.
    """

    parsed: Protego | None = None
    delay: float = 0.0
    refusal: str | None = None
    status: int | None = None
    cause: str = RobotsForbidden.cause

    def forbids(self, url: str) -> bool:
        """True when the address may not be fetched."""
        return self.refusal is not None or (self.parsed is not None and not self.parsed.can_fetch(url, AGENT))


def read_rules(status: int, body: bytes) -> Rules:
    """The rules of an answer: 2xx are read, 5xx and 429 forbid all, everything else allows all.

    HTML is no robots.txt, whatever the status says: it is a home page or an error page and holds no rules.
    """
    if status >= 500 or status == 429:
        # 521 is not a server in trouble but a wall that wants a browser; the alarm for that is another one.
        cause = "blocked" if status == 521 else RobotsForbidden.cause
        return Rules(refusal=f"robots.txt answered {status}", status=status, cause=cause)
    if not 200 <= status < 300:
        return Rules(status=status)
    text = body[:MAX_BYTES].decode("utf-8-sig", "replace")
    if len(body) >= MAX_BYTES:
        # The last line may be cut in the middle and then says something else.
        text = text.rpartition("\n")[0]
    if text.lstrip().startswith("<"):
        return Rules(status=status)
    parsed = Protego.parse(text)
    delay = min(float(parsed.crawl_delay(AGENT) or 0), MAX_DELAY_SECONDS)
    return Rules(parsed if "disallow" in text.lower() else None, delay, status=status)


class RobotsMiddleware:
    """Drop what robots.txt forbids with ``RobotsForbidden``; keep its Crawl-delay in the host's slot.

    The archive of the run, when there is one, remembers answers for a day. Stats: ``robots/requests``,
    ``robots/cached``, ``robots/forbidden``.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._hosts = Hosts.of(crawler)
        self._delay = crawler.settings.getfloat("DOWNLOAD_DELAY")
        self._rules: dict[str, Rules | asyncio.Future[Rules]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's constructor."""
        return cls(crawler)

    def process_request(self, request: Request) -> Awaitable[None] | None:
        """Judge the request at once when the rules are known, else after asking for them."""
        if "robots" in request.meta:
            return None
        origin = origin_of(request)
        rules = self._rules.get(origin)
        if isinstance(rules, Rules):
            self._judge(rules, request)
            return None
        return self._ask_and_judge(origin, request)

    def _judge(self, rules: Rules, request: Request) -> None:
        if not rules.forbids(request.url):
            return
        self._crawler.stats.inc_value("robots/forbidden")
        message = rules.refusal or "robots.txt forbids this address"
        error = RobotsForbidden(f"{message}: {request.url}", status=rules.status if rules.refusal else None)
        error.cause = rules.cause
        raise error

    async def _ask_and_judge(self, origin: str, request: Request) -> None:
        waiting = self._rules.get(origin)
        if waiting is None:
            waiting = self._rules[origin] = asyncio.get_running_loop().create_future()
            rules = Rules(refusal="robots.txt was not read")
            try:
                rules = self._remembered(origin) or await self._fetch(origin)
            finally:
                self._rules[origin] = rules
                waiting.set_result(rules)
            if rules.delay > self._delay:
                self._hosts.set_delay(request, rules.delay + DELAY_MARGIN_SECONDS)
        elif isinstance(waiting, Rules):
            rules = waiting
        else:
            rules = await asyncio.shield(waiting)
        self._judge(rules, request)

    async def _fetch(self, origin: str) -> Rules:
        assert self._crawler.engine is not None
        request = Request(
            f"{origin}/robots.txt",
            callback=NO_CALLBACK,
            # Uncompressed, because reading stops in the middle of a file of many megabytes.
            headers={"Accept-Encoding": "identity"},
            meta={"robots": True, "max_redirects": MAX_REDIRECTS, "cut_at": MAX_BYTES},
            priority=1000,
        )
        self._crawler.stats.inc_value("robots/requests")
        try:
            response = await self._crawler.engine.download_async(request)
        except BadRedirect:
            # RFC 9309, 2.3.1.2: after five redirects it may be taken as not there.
            return Rules()
        except (FetchError, DownloadTimeoutError) as error:
            status = error.status if isinstance(error, FetchError) else None
            logger.warning("%s/robots.txt: %s", origin, error)
            # Where not even a connection comes about, that is what the page's failure should say.
            if isinstance(error, CannotConnect | RefusedAddress | UntrustedTls):
                return Rules(refusal=str(error), cause=error.cause)
            return Rules(refusal=f"robots.txt could not be read ({error})", status=status)
        rules = read_rules(response.status, response.body)
        if rules.refusal is None:
            self._remember(origin, response.status, response.body, response.meta["fetched_at"])
        return rules

    # The archive's memory

    def _archive(self) -> Any:
        # The run's extension opens it when the spider opens; asked by attribute, so that fetching needs no database.
        extensions = self._crawler.extensions
        found = (getattr(extension, "archive", None) for extension in (extensions.middlewares if extensions else ()))
        return next((archive for archive in found if archive is not None), None)

    def _remembered(self, origin: str) -> Rules | None:
        archive = self._archive()
        if archive is None:
            return None
        try:
            kept: RobotsRow | None = archive.robots(origin)
        except ArchiveError as error:
            logger.warning("the stored robots.txt of %s could not be read: %s", origin, error)
            return None
        if kept is None or kept.status is None or not timedelta() <= utc_now() - kept.fetched_at < MAX_AGE:
            return None
        self._crawler.stats.inc_value("robots/cached")
        return read_rules(kept.status, kept.body)

    def _remember(self, origin: str, status: int, body: bytes, fetched_at: datetime) -> None:
        archive = self._archive()
        if archive is None:
            return
        try:
            archive.save_robots(RobotsRow(origin, status, body, fetched_at))
        except ArchiveError as error:
            # It is asked for again by the next run; nothing is lost.
            logger.warning("robots.txt of %s could not be stored: %s", origin, error)


def origin_of(request: Request) -> str:
    """Scheme, host and port of a request, as the address of its robots.txt begins."""
    parts = urlparse_cached(request)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2].lower()}"
