"""``scrapy check_site NAME …``: read sites live and print, as one JSON line each, field by field what works."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import Any

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from archive.archive import Archive
from crawler.bases import ListPageSpider
from crawler.looking import LookCommand


class Command(LookCommand):
    """Each line is ``{"ok": true, "lists": […], "articles": […], "faults": […]}``."""

    def syntax(self) -> str:
        return "[options] <site> …"

    def short_desc(self) -> str:
        return "Read sites live and say what works"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--archive", action="store_true", help="compare the articles with the archive")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if not args:
            raise UsageError("name a site: scrapy check_site NAME", print_help=False)
        # Here, not above: Scrapy imports the module of every command before it runs one, a crawl too.
        from crawler.site_check import check_site

        assert self.settings is not None
        spiders = {name: site_spider(self, name) for name in args}
        archive = Archive(self.settings["DATABASE_URL"], Path(self.settings["DATA_DIR"])) if opts.archive else None
        jobs = {name: partial(check_site, spider_class=spider, archive=archive) for name, spider in spiders.items()}
        self.look(jobs, {name: members_of(spider) for name, spider in spiders.items()})
        if archive is not None:
            archive.close()


def site_spider(command: ScrapyCommand, name: str) -> type[ListPageSpider]:
    """The spider of that name; raises UsageError when it is none of ours."""
    assert command.crawler_process is not None
    try:
        found = command.crawler_process.spider_loader.load(name)
    except KeyError as error:
        raise UsageError(str(error.args[0]), print_help=False) from None
    if not issubclass(found, ListPageSpider):
        raise UsageError(f"{name} is no spider of this project's kind", print_help=False)
    return found


def members_of(spider: type[ListPageSpider]) -> dict[str, Any]:
    """What a looker needs of a spider to fetch as it does: its hosts and its settings."""
    return {
        "allowed_domains": list(spider.site.allowed_hosts),
        "update_settings": spider.update_settings,
        "custom_settings": spider.custom_settings,
    }
