"""``scrapy record NAME URL``: save a page and what is read from it, for a person to approve."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from scrapy import Request
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler import cases
from crawler.article_pages import fetch_of
from crawler.bases import ListPageSpider
from crawler.fetching.causes import cause_of
from crawler.items import PageKind

CASES = Path("tests/sites")


class Command(ScrapyCommand):
    """Writes page.html, meta.json and expected.new.json; renaming the last to expected.json is the approval."""

    requires_project = True

    def syntax(self) -> str:
        return "[options] <site> <url>"

    def short_desc(self) -> str:
        return "Save a page as a test case, with the reading of it to be approved"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--list", action="store_true", dest="is_list", help="the page is a list page")
        parser.add_argument("--column", help="column of the list page, as named in the site file")
        parser.add_argument("--case", help="name of the case (default: from the address)")
        parser.add_argument("--keep-page", action="store_true", help="read the saved page again instead of fetching it")

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        super().process_options(args, opts)
        assert self.settings is not None
        # Only the way out is used, with its checks of address, robots and size: nothing is stored, no run is opened.
        for name in ("ITEM_PIPELINES", "SPIDER_MIDDLEWARES", "EXTENSIONS"):
            self.settings.set(name, {}, priority="cmdline")
        self.settings.set("DRY_RUN", True, priority="cmdline")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if len(args) != 2:
            raise UsageError("name a site and an address: scrapy record NAME URL", print_help=False)
        assert self.crawler_process is not None
        name, url = args
        try:
            spider_class = self.crawler_process.spider_loader.load(name)
        except KeyError as error:
            raise UsageError(str(error.args[0]), print_help=False) from None
        if not issubclass(spider_class, ListPageSpider):
            raise UsageError(f"{name} is no spider of this project's kind", print_help=False)
        kind: PageKind = "list" if opts.is_list else "article"
        folder = CASES / name / (f"{kind}_{opts.case}" if opts.case else cases.case_name(kind, url))
        if not opts.keep_page:
            saver = _saver(spider_class, url, folder, opts.column or spider_class.site.lists[0].column)
            self.crawler_process.crawl(saver)
            self.crawler_process.start()
            if saver.fault:
                print(f"not saved: {saver.fault}")
                self.exitcode = 1
                return
        elif not (folder / "page.html").is_file():
            raise UsageError(f"there is no saved page {folder / 'page.html'}", print_help=False)
        cases.write_json(folder / "expected.new.json", cases.read_case(spider_class, folder))
        print(f"Read {folder / 'expected.new.json'} line by line; if it is true, rename it to expected.json.")


class _PageSaver(ListPageSpider):
    """Fetches one page and saves it. ``fault`` tells why that failed, or that nothing came."""

    page_url: str
    folder: Path
    column: str
    fault: str | None = "no answer"

    async def start(self) -> AsyncIterator[Request]:
        meta: dict[str, Any] = {"kind": "article", "column": self.column}
        yield Request(self.page_url, callback=self.save, errback=self.note, meta=meta)

    def save(self, response: Response) -> None:
        """Write the page's files."""
        cases.save_page(self.folder, fetch_of(response), self.column)
        type(self).fault = None

    def note(self, failure: Failure) -> None:
        """Keep the reason for ``run``."""
        cause, detail, _ = cause_of(failure)
        type(self).fault = f"{cause}: {detail}"


def _saver(spider_class: type[ListPageSpider], url: str, folder: Path, column: str) -> type[_PageSaver]:
    members = {"name": spider_class.name, "site": spider_class.site, "page_url": url, "folder": folder}
    return type("PageSaver", (_PageSaver,), members | {"column": column})
