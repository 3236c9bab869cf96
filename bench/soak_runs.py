"""The process of ``bench.soak``: ``python -m bench.soak_runs SITE COUNT`` crawls a site so often and says how it is."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

from bench.watching import sample


def crawl(site: str, count: int) -> None:
    """Crawl ``count`` times in this process, one after the other."""
    from scrapy.crawler import CrawlerProcess
    from scrapy.utils.project import get_project_settings

    from crawler.extensions.run import CrawlRun

    settings = get_project_settings()
    settings.set("RECORD_RUN", True)
    settings.set("LOG_LEVEL", "WARNING")
    process = CrawlerProcess(settings)
    wal = Path(os.environ["ZHIWEN_DATA_DIR"]) / "zhiwen.db-wal"

    def start(number: int) -> None:
        crawler = process.create_crawler(site)

        def ended(_: object) -> None:
            if crawler.spider is not None and (run := CrawlRun.of(crawler)):
                run.settle()
            if number % 10 == 0 or number in (1, count):
                size = wal.stat().st_size if wal.exists() else 0
                print(json.dumps({"run": number, "sample": asdict(sample(os.getpid())), "wal": size}), flush=True)
            if number < count:
                start(number + 1)

        process.crawl(crawler).addCallback(ended)

    start(1)
    process.start()


if __name__ == "__main__":
    crawl(sys.argv[1], int(sys.argv[2]))
