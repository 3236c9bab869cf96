"""Look at pages one after the other, through the gate, and store nothing: for commands that find out about a site."""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, ClassVar
from urllib.parse import urlsplit

from scrapy import Request, Spider
from scrapy.commands import ScrapyCommand
from scrapy.crawler import Crawler
from scrapy.exceptions import UsageError
from scrapy.spidermiddlewares.httperror import HttpError

from crawler.article_pages import fetch_of
from crawler.exceptions import CrawlError
from crawler.fetching.causes import cause_of
from crawler.items import Fetch
from crawler.paging import headers_of
from crawler.reading.layouts import ListLayout
from crawler.reading.listing import ListReading, PageRequest
from crawler.reading.lists import extract_list

logger = logging.getLogger(__name__)

_MOST_FOLLOWED = 2


class NoAnswer(Exception):
    """A page that cannot be had or read. ``cause`` is a word of ``FailureItem``, ``detail`` one sentence."""

    def __init__(self, cause: str, detail: str, url: str) -> None:
        self.cause = cause
        self.detail = detail
        self.url = url
        super().__init__(f"{cause}: {detail}")


class Web:
    """The pages of a site, each asked for once. ``requests`` counts them."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, bytes | None], Fetch] = {}
        self.requests = 0

    async def get(self, wanted: PageRequest | str) -> Fetch:
        """One page. Raises NoAnswer."""
        asked = PageRequest(wanted) if isinstance(wanted, str) else wanted
        key = (asked.url, asked.body)
        if key not in self._seen:
            self.requests += 1
            self._seen[key] = await self._ask(asked)
        return self._seen[key]

    async def _ask(self, asked: PageRequest) -> Fetch:
        raise NotImplementedError

    async def list_page(
        self,
        wanted: PageRequest | str,
        layout: ListLayout | None = None,
        *,
        page: int = 1,
        first_url: str | None = None,
        interface: bool = False,
    ) -> tuple[Fetch, ListReading]:
        """One list page as read; where the page only has a script that fetches its entries, their answer.

        The fetch is the one that the entries stood in. ``interface``: a program is asked, as the page's script would.
        Raises NoAnswer.
        """
        asked = PageRequest(wanted) if isinstance(wanted, str) else wanted
        if interface and first_url:
            asked = PageRequest(asked.url, asked.body, headers_of(asked, first_url))
        first_url = first_url or asked.url
        for _ in range(_MOST_FOLLOWED + 1):
            fetch = await self.get(asked)
            try:
                reading = extract_list(
                    fetch.body,
                    fetch.url,
                    layout,
                    headers=fetch.headers,
                    page=page,
                    first_url=first_url,
                    request=asked if asked.body is not None or asked.headers else None,
                )
            except CrawlError as error:
                raise NoAnswer(error.cause, str(error), fetch.url) from error
            following = reading.follow or next(iter(reading.parts), None)
            if following is None or reading.links:
                break
            # An interface answers only to who seems to come from the column's page.
            asked = PageRequest(following.url, following.body, headers_of(following, first_url))
        return fetch, reading


class LiveWeb(Web):
    """The way to the pages through the gate: checked addresses, robots, delays and limits as in a crawl."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__()
        self._crawler = crawler

    async def _ask(self, asked: PageRequest) -> Fetch:
        engine = self._crawler.engine
        assert engine is not None
        try:
            request = Request(
                asked.url,
                method="GET" if asked.body is None else "POST",
                body=asked.body or b"",
                headers=dict(asked.headers),
                dont_filter=True,
                meta={"kind": "list"},
            )
            response = await engine.download_async(request)
        except Exception as error:  # whatever the way out refuses or breaks with has a word for people
            cause, detail, _ = cause_of(error)
            raise NoAnswer(cause, detail, asked.url) from error
        if response.status != 200:
            cause, detail, _ = cause_of(HttpError(response))
            raise NoAnswer(cause, detail, asked.url)
        return fetch_of(response)


Job = Callable[[Web], Awaitable[Mapping[str, Any]]]


class _Looker(Spider):
    """Runs one job and keeps its answer."""

    job: ClassVar[Job]
    answer: ClassVar[Mapping[str, Any] | None] = None

    async def start(self) -> AsyncIterator[Request]:
        """Scrapy's entry: the job does all its requests itself."""
        type(self).answer = await answer_of(type(self).job, LiveWeb(self.crawler))
        nothing: tuple[Request, ...] = ()
        for request in nothing:  # makes this a generator, as Scrapy wants it
            yield request


async def answer_of(job: Job, web: Web) -> Mapping[str, Any]:
    """The job's answer, or why there is none."""
    try:
        return await job(web)
    except NoAnswer as error:
        return {"ok": False, "cause": error.cause, "detail": error.detail, "url": error.url}
    except Exception as error:
        logger.exception("looking failed")
        return {"ok": False, "cause": "error", "detail": f"{type(error).__name__}: {error}", "url": None}


class LookCommand(ScrapyCommand):
    """A command that looks at a site and prints what it found as JSON lines; nothing is stored."""

    requires_project = True

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Leave only the way out: no pipelines, no frontier, no run."""
        super().process_options(args, opts)
        assert self.settings is not None
        for name in ("ITEM_PIPELINES", "SPIDER_MIDDLEWARES", "EXTENSIONS"):
            self.settings.set(name, {}, priority="cmdline")

    def look(self, jobs: Mapping[str, Job], members: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        """Run the jobs side by side and print each answer as one line, in their order.

        ``members`` are attributes of the spider that fetches for a job: hosts, settings of its site.
        """
        assert self.crawler_process is not None
        lookers: dict[str, type[_Looker]] = {}
        for name, job in jobs.items():
            own = {"name": name, "job": staticmethod(job), **(members or {}).get(name, {})}
            lookers[name] = type("Looker", (_Looker,), own)
            self.crawler_process.crawl(lookers[name])
        self.crawler_process.start()
        for name, looker in lookers.items():
            answer = looker.answer or {"ok": False, "cause": "error", "detail": "the look was ended early", "url": None}
            print_answer(name, answer)


def print_answer(name: str, answer: Mapping[str, Any]) -> None:
    """One answer as one line."""
    # ASCII only: what a page says must not reach a terminal as it is.
    print(json.dumps({"name": name, **answer}, default=_plain), flush=True)


def checked_address(url: str) -> str:
    """The address, or a UsageError that says what is wrong with it."""
    try:
        parts = urlsplit(url)
        fault = parts.scheme not in ("http", "https") or not parts.hostname or (parts.port == 0)
    except ValueError:
        fault = True
    if fault:
        raise UsageError(f"{url} is no http or https address", print_help=False)
    return url


def _plain(value: Any) -> str:
    return str(value.isoformat())
