"""A crawl of given addresses that reports what became of each; runs in this process or as a child.

As a child: ``python fetch_crawl.py`` reads a job as JSON on standard input and prints the results as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from typing import Any

from scrapy import Request, Spider

BARE = {
    "EXTENSIONS": {"scrapy.extensions.corestats.CoreStats": None, "scrapy.extensions.logstats.LogStats": None},
    "SPIDER_MIDDLEWARES": {},
    "ITEM_PIPELINES": {},
    "SPIDER_LOADER_CLASS": "scrapy.spiderloader.SpiderLoader",
    "SPIDER_MODULES": [],
    "DOWNLOAD_DELAY": 0,
    "LOG_LEVEL": "CRITICAL",
}


class ProbeSpider(Spider):
    """Asks for ``start`` and, with ``follow``, for every link of a page; results in the list ``seen``."""

    name = "probe"

    def __init__(self, start: list[Any], seen: list[dict[str, Any]], follow: bool = False, **rest: Any) -> None:
        super().__init__(**rest)
        self.begin = start
        self.seen = seen
        self.follow = follow

    async def start(self):  # type: ignore[no-untyped-def]
        for entry in self.begin:
            options = entry if isinstance(entry, dict) else {"url": entry}
            yield Request(callback=self.parse, errback=self.failed, dont_filter=True, **options)

    def parse(self, response):  # type: ignore[no-untyped-def]
        meta = response.meta
        self.seen.append(
            {
                "url": response.url,
                "asked": (meta.get("redirect_urls") or [response.url])[0],
                "status": response.status,
                "body": response.body.decode("latin-1"),
                "fetched_at": meta["fetched_at"].isoformat(),
                "elapsed_ms": meta["elapsed_ms"],
                "not_modified": meta.get("not_modified", False),
                "same_bytes": meta.get("same_bytes", False),
                "headers": {k.decode().lower(): v[0].decode("latin-1") for k, v in response.headers.items()},
            }
        )
        if not self.follow:
            return
        for href in response.css("a::attr(href)").getall():
            try:
                yield response.follow(href, callback=self.parse, errback=self.failed, dont_filter=True)
            except ValueError as error:
                self.seen.append({"asked": href, "cause": "not_a_request", "detail": str(error)})

    def failed(self, failure):  # type: ignore[no-untyped-def]
        from crawler.fetching.causes import cause_of

        request = failure.request
        cause = cause_of(failure)
        self.seen.append(
            {
                "url": request.url,
                "asked": (request.meta.get("redirect_urls") or [request.url])[0],
                "cause": cause.cause,
                "detail": cause.detail,
                "status": cause.status,
            }
        )


def project_settings(**changes: Any) -> Any:
    """The project's settings with the parts that need an archive switched off."""
    from scrapy.settings import Settings

    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    settings.setdict({**BARE, **changes}, priority="cmdline")
    return settings


class Reactor:
    """Twisted's reactor in a thread of this process, for crawls one after another."""

    def __init__(self) -> None:
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        assert ready.wait(10)

    def _run(self, ready: threading.Event) -> None:
        from twisted.internet import asyncioreactor

        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)
        asyncioreactor.install(self.loop)
        from twisted.internet import reactor

        reactor.callWhenRunning(ready.set)
        reactor.run(installSignalHandlers=False)

    def crawl(self, start: list[Any], *, settings: Any, timeout: float = 60, **options: Any) -> tuple[list[Any], Any]:
        """Results and stats of one crawl."""
        return asyncio.run_coroutine_threadsafe(self._crawl(start, settings, options), self.loop).result(timeout)

    async def _crawl(self, start: list[Any], settings: Any, options: dict[str, Any]) -> tuple[list[Any], Any]:
        from scrapy.crawler import AsyncCrawlerRunner

        seen: list[dict[str, Any]] = []
        runner = AsyncCrawlerRunner(settings)
        crawler = runner.create_crawler(ProbeSpider)
        await runner.crawl(crawler, start=start, seen=seen, **options)
        return seen, crawler.stats.get_stats()


def main() -> None:
    from scrapy.crawler import AsyncCrawlerProcess

    job = json.load(sys.stdin)
    seen: list[dict[str, Any]] = []
    process = AsyncCrawlerProcess(project_settings(**job.get("settings", {})))
    process.crawl(ProbeSpider, seen=seen, **job["spider"])
    process.start()
    json.dump(seen, sys.stdout)


if __name__ == "__main__":
    main()
