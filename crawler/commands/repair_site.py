"""``scrapy repair_site NAME``: draft new layouts for a redesigned site and print them, with what they read, as JSON.

``zhiwen sites repair`` shows them to a person, asks and writes the site file.
"""

from __future__ import annotations

import argparse
import asyncio
from functools import partial
from pathlib import Path

from scrapy.exceptions import UsageError

from archive.archive import Archive
from crawler.commands.check_site import members_of, site_spider
from crawler.looking import LookCommand, answer_of, print_answer


class Command(LookCommand):
    """The line is ``{"ok": true, "needed": …, "layout": …}`` or ``{"ok": false, "cause", "detail", "url"}``."""

    def syntax(self) -> str:
        return "[options] <site>"

    def short_desc(self) -> str:
        return "Draft new layouts for a redesigned site from what the archive knows"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--from-snapshots", action="store_true", help="use the newest stored pages; no network")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if len(args) != 1:
            raise UsageError("name one site: scrapy repair_site NAME", print_help=False)
        # Here, not above: Scrapy imports the module of every command before it runs one, a crawl too.
        from crawler.site_repair import StoredWeb, repair_site

        assert self.settings is not None
        spider_class = site_spider(self, args[0])
        with Archive(self.settings["DATABASE_URL"], Path(self.settings["DATA_DIR"])) as archive:
            job = partial(repair_site, spider_class=spider_class, archive=archive)
            if opts.from_snapshots:
                print_answer(args[0], asyncio.run(answer_of(job, StoredWeb(archive))))
            else:
                self.look({args[0]: job}, {args[0]: members_of(spider_class)})
