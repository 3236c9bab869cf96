"""A second look at a site: some known pages, and an address that cannot be there, asked for when something is odd.

Polite: at most three known pages and one such address per run, and only on suspicion.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Self, cast
from urllib.parse import urlsplit

from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider, NotConfigured
from scrapy.http import Request, Response
from twisted.python.failure import Failure

from crawler.exceptions import CrawlError
from crawler.extensions.run import CrawlRun
from crawler.extensions.watch import needs_look
from crawler.fetching.causes import cause_of
from crawler.reading.challenge import shown_text
from crawler.reading.charset import decode
from crawler.reading.foreign import Sight, alike, sight_of
from crawler.reading.text import fold
from crawler.reading.urls import url_key

if TYPE_CHECKING:
    from archive.answers import AlarmRow, KnownText
    from crawler.items import ArticleItem

logger = logging.getLogger(__name__)

KNOWN_PAGES = 3
FROZEN_PAGES = 5
# Before everything else that waits: until these have answered, what came in is held in memory.
_AT_ONCE = 1000
_DIGITS = re.compile(r"\d+")


@dataclass(slots=True)
class Nowhere:
    """What the site shows at an address that cannot be there; ``text`` is empty when it says "not found" as it should.

    ``led_to`` is the address it redirects to.
    """

    text: str = ""
    led_to: str = ""


class SecondLook:
    """Asks for known pages when a run finds its site odd, and tells ``CrawlRun.watch`` what they show."""

    def __init__(self, crawler: Crawler) -> None:
        if not crawler.settings.getbool("RECORD_RUN"):
            raise NotConfigured("only a crawl has known pages")
        self.crawler = crawler
        self.nowhere: Nowhere | None = None
        """What stands at an address that cannot be there; None until that is known."""
        self._waiting = 0
        self._asked_nowhere = False
        self._settled = asyncio.Event()
        self._listeners: list[Callable[[], None]] = []

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's constructor; connects the signal."""
        look = cls(crawler)
        crawler.signals.connect(look.spider_idle, signal=signals.spider_idle)
        return look

    @classmethod
    def of(cls, crawler: Crawler) -> SecondLook | None:
        """The second look of this crawl; None where no run is recorded."""
        return crawler.get_extension(cls)

    def on_answer(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` whenever the known pages, or the address that cannot be there, have answered."""
        self._listeners.append(listener)

    # Known pages

    def look(self, why: str) -> None:
        """Something is odd: ask for known pages, once per run."""
        run = CrawlRun.of(self.crawler)
        if run is None or run.archive is None or run.watch.looked is not None:
            return
        run.watch.why = run.watch.why or why
        logger.warning("%s: looking at known pages", why)
        self._ask(run, (), KNOWN_PAGES)

    async def lets_start(self) -> bool:
        """Whether the run may go on: not while its site is frozen, unless its known pages read as stored again."""
        run, spider = CrawlRun.of(self.crawler), self.crawler.spider
        alarm = run.alarm if run is not None else None
        if run is None or spider is None or alarm is None or not alarm.frozen:
            return True
        since = f"{spider.name} is frozen since {alarm.opened_at:%Y-%m-%d %H:%M} UTC: {alarm.reason.rstrip('.')}."
        next_step = f"Look at the site; `zhiwen sites thaw {spider.name}` goes on with it as it is."
        if alarm.kind == "by hand":
            run.frozen(f"{since} {next_step}")
            return False
        if await self._is_well_again(run, alarm):
            run.thaw(f"{len(run.watch.alive)} known pages read as stored again")
            return True
        looked = len(run.watch.looked or {})
        run.frozen(f"{since} {len(run.watch.alive)} of {looked} known pages read as stored now. {next_step}")
        return False

    async def _is_well_again(self, run: CrawlRun, alarm: AlarmRow) -> bool:
        self._ask(run, alarm.pages, FROZEN_PAGES)
        await self._settled.wait()
        sights = list((run.watch.looked or {}).values())
        # One that was withdrawn meanwhile proves nothing.
        return sights.count("alive") > sights.count("gone") and "foreign" not in sights

    def spider_idle(self, spider: Spider) -> None:
        """The run is at its end: is what it saw enough to judge by?"""
        run = CrawlRun.of(self.crawler)
        if run is None or run.archive is None or run.stopped or run.watch.looked is not None:
            return
        if needs_look(run.watch) or (run.alarm is not None and not run.watch.alive):
            self.look(run.watch.why or "known pages or lists are not as they were")
            if self._waiting:
                raise DontCloseSpider

    def _ask(self, run: CrawlRun, first: Any, limit: int) -> None:
        assert run.archive is not None
        watch = run.watch
        watch.looked = {}
        seen = watch.alive | set(watch.foreign) | set(watch.gone)
        spider = self.crawler.spider
        assert spider is not None
        for text in run.archive.known_texts(spider.name, first=first, without=seen, limit=limit):
            self._waiting += 1
            self._send(text.url, self._came, self._failed, text)
        if not self._waiting:
            self._settle()

    def _send(self, url: str, callback: Any, errback: Any, text: KnownText | None = None) -> None:
        meta = {"kind": "second look", "text": text}
        engine = self.crawler.engine
        assert engine is not None
        engine.crawl(Request(url, callback, errback=errback, meta=meta, priority=_AT_ONCE, dont_filter=True))

    def _came(self, response: Response) -> None:
        text: KnownText = response.meta["text"]
        spider: Any = self.crawler.spider
        sight, quoted = sight_of(text.title, text.body, response.status, decode(response.body).text)
        if sight != "alive" and url_key(response.url) != text.url_key and _led_home(spider, response.url):
            sight, quoted = "gone", f"it leads to {response.url}"
        self._saw(text, sight, f"{text.url} shows {quoted!r}")

    def _failed(self, failure: Failure) -> None:
        request = failure.request  # type: ignore[attr-defined]  # Scrapy sets it
        cause, detail, _ = cause_of(failure)
        sight = {"gone": "gone", "offsite": "foreign", "redirect": "foreign"}.get(cause, "unclear")
        self._saw(request.meta["text"], cast(Sight, sight), f"{request.meta['text'].url}: {detail}")

    def _saw(self, text: KnownText, sight: Sight, sentence: str) -> None:
        run = CrawlRun.of(self.crawler)
        assert run is not None and run.watch.looked is not None
        run.watch.looked[text.url_key] = sight
        run.watch.articles[text.url_key] = text.article_id
        run.watch.see(text.url_key, text.url, sight, sentence)
        if sight != "alive":
            run.tally.witness(f"known page {sentence}: {sight}")
        self._waiting -= 1
        if not self._waiting:
            self._settle()

    def _settle(self) -> None:
        run = CrawlRun.of(self.crawler)
        assert run is not None
        run.watch.settled = True
        self._settled.set()
        self._tell()

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()

    # An address that cannot be there

    def ask_nowhere(self, like: str) -> None:
        """Ask, once per run, for an address of the shape of ``like`` that cannot be there."""
        if self._asked_nowhere:
            return
        self._asked_nowhere = True
        self._send(nowhere_like(like), self._nowhere_came, self._nowhere_failed)

    def is_nowhere(self, item: ArticleItem) -> bool:
        """Whether an article reads like what the site shows where nothing is."""
        found = self.nowhere
        if found is None or not (found.text or found.led_to):
            return False
        led_to = item.fetch.url if item.fetch is not None else item.url
        if found.led_to and url_key(led_to) == url_key(found.led_to):
            return True
        return bool(found.text) and alike(f"{item.search_title}\n{item.search_body}", found.text)

    def _nowhere_came(self, response: Response) -> None:
        from crawler.article_pages import fetch_of

        spider: Any = self.crawler.spider
        redirected = "redirect_urls" in response.meta
        try:
            read = spider.read_article(fetch_of(response))
            text = fold(f"{read.title}\n{read.body}")
        except CrawlError:
            text = fold(shown_text(decode(response.body).text))
        self.nowhere = Nowhere(text, response.url if redirected else "")
        self._tell()

    def _nowhere_failed(self, failure: Failure) -> None:
        self.nowhere = Nowhere()
        self._tell()


def nowhere_like(url: str) -> str:
    """An address of the same shape that cannot be there: its last number is another, of as many digits."""
    parts = urlsplit(url)
    number = int.from_bytes(blake2b(url.encode(), digest_size=16).digest())
    part = "query" if _DIGITS.search(parts.query) else "path"
    text = getattr(parts, part)
    last = None
    for last in _DIGITS.finditer(text):  # noqa: B007 - the last one is wanted
        pass
    if last is None:
        return parts._replace(path=f"{parts.path.rstrip('/')}-{number % 10**9:09d}").geturl()
    digits = f"{number % 10 ** len(last[0]):0{len(last[0])}d}" if len(last[0]) > 4 else f"9{number % 10**7:07d}"
    return parts._replace(**{part: f"{text[: last.start()]}{digits}{text[last.end() :]}"}).geturl()


def _led_home(spider: Any, url: str) -> bool:
    return urlsplit(url).path in ("", "/") or any(url_key(url) == url_key(source.url) for source in spider.site.lists)
