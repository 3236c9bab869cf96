"""``scrapy crawl NAME``: like Scrapy's own, with plain sentences and an exit code that tells how the run ended."""

from __future__ import annotations

import argparse
import sys
from typing import Any, ClassVar

from scrapy.commands import BaseRunSpiderCommand
from scrapy.exceptions import UsageError

from archive.words import GOOD_VERDICTS
from crawler.arguments import ArgumentError, chosen_lists, read_arguments
from crawler.bases import ListPageSpider
from crawler.extensions.run import CrawlRun


class Command(BaseRunSpiderCommand):
    """Exit code 0: the run ended well, or the site is not to be crawled; 1: it failed; 2: it could not be started."""

    requires_project = True
    # Only a crawl stands in the ledger and stores; scrapy shell, fetch and parse look and leave no trace.
    default_settings: ClassVar[dict[str, Any]] = {"RECORD_RUN": True}

    def syntax(self) -> str:
        return "[options] <site>"

    def short_desc(self) -> str:
        return "Crawl one site, by name"

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if len(args) != 1:
            raise UsageError("name one site; several are crawled with: zhiwen crawl SITE SITE …", print_help=False)
        assert self.crawler_process is not None
        try:
            spider_class = self.crawler_process.spider_loader.load(args[0])
        except KeyError as error:
            raise UsageError(str(error.args[0]), print_help=False) from None
        if issubclass(spider_class, ListPageSpider):
            try:
                chosen_lists(spider_class.site.lists, read_arguments(opts.spargs).lists)
            except ArgumentError as error:
                raise UsageError(str(error), print_help=False) from None
            if reason := spider_class.site.why_not_live:
                print(f"skipped: {reason}", file=sys.stderr)
                return
        crawler = self._create_crawler(spider_class)
        self.crawler_process.crawl(crawler, **opts.spargs)
        self.crawler_process.start()
        if self.crawler_process.bootstrap_failed:
            self.exitcode = 1
            return
        if crawler.spider is not None and (run := CrawlRun.of(crawler)):
            run.settle()
        # The run itself has told verdict and reason in the log.
        verdict = crawler.stats.get_value("run/verdict")
        if verdict is None:
            print(f"{args[0]}: the run was not recorded; the log says why", file=sys.stderr)
        if verdict not in GOOD_VERDICTS:
            self.exitcode = 1
