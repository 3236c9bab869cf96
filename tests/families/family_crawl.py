"""Crawls of several sites in one process: ``python family_crawl.py NAME… [-a key=value]``.

The same spiders, gate, frontier, pipelines and ledger as ``scrapy crawl``; only the start of Python is shared.
"""

from __future__ import annotations

import argparse

from scrapy.crawler import CrawlerProcess
from scrapy.utils.project import get_project_settings

from crawler.extensions.run import CrawlRun


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="+")
    parser.add_argument("-a", action="append", default=[], dest="arguments")
    given = parser.parse_args()
    settings = get_project_settings()
    settings.set("RECORD_RUN", True)
    process = CrawlerProcess(settings)
    arguments = dict(pair.split("=", 1) for pair in given.arguments)
    crawlers = []
    for name in given.names:
        crawler = process.create_crawler(name)
        crawlers.append(crawler)
        process.crawl(crawler, **arguments)
    process.start()
    for crawler in crawlers:
        if crawler.spider is not None and (run := CrawlRun.of(crawler)):
            run.settle()


if __name__ == "__main__":
    main()
