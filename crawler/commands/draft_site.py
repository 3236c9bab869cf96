"""``scrapy draft_site URL``: work out a new site and print its site file's data with the evidence, as one JSON line.

``zhiwen sites add`` shows it to a person, asks and writes the file.
"""

from __future__ import annotations

import argparse
from functools import partial

from scrapy.exceptions import UsageError

from crawler.looking import LookCommand, checked_address


class Command(LookCommand):
    """The line is ``{"ok": true, "site": {…}, …}`` or ``{"ok": false, "cause", "detail", "url"}``."""

    def syntax(self) -> str:
        return "[options] <address of a column page, a home page or a feed>"

    def short_desc(self) -> str:
        return "Work out list, paging, layouts and rhythm of a new site"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--column", action="append", default=[], help="a column of a home page; may be repeated")
        parser.add_argument("--publisher", help="the name that readers know")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if len(args) != 1:
            raise UsageError("name one address: scrapy draft_site URL", print_help=False)
        # Here, not above: Scrapy imports the module of every command before it runs one, a crawl too.
        from crawler.new_site import draft_site

        url = checked_address(args[0])
        self.look({"new": partial(draft_site, url=url, columns=opts.column, publisher=opts.publisher)})
