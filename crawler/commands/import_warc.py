"""``scrapy import_warc FILE…``: read WARC files into the archive, through spiders and pipelines, with no network.

Prints the events of ``crawler.warc.importer`` as JSON lines; ``zhiwen import`` shows them to people.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
from pathlib import Path
from typing import Any

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from archive.errors import ArchiveError
from crawler.warc.importer import Importer
from crawler.warc.reader import NotAWarc


class Command(ScrapyCommand):
    """Exit code 0: all files were read; 1: a file, the archive or a site could not be used. Ctrl-C stops cleanly."""

    requires_project = True

    def syntax(self) -> str:
        return "[options] <file> …"

    def short_desc(self) -> str:
        return "Read WARC files into the archive; no network is used"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--site", action="append", default=[], help="only this site; may be given again")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if not args:
            raise UsageError("name a WARC file", print_help=False)
        assert self.settings is not None and self.crawler_process is not None
        importer = Importer(self.settings, self.crawler_process.spider_loader, _print)
        try:
            if not asyncio.run(_stoppable(importer, [Path(name) for name in args], opts.site)):
                self.exitcode = 1
        except (NotAWarc, ArchiveError, OSError) as error:
            _print({"event": "failed", "why": str(error)})
            self.exitcode = 1


async def _stoppable(importer: Importer, files: list[Path], only: list[str]) -> bool:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, importer.stop)
    return await importer.run(files, only)


def _print(line: dict[str, Any]) -> None:
    # ASCII only: what a file says must not reach a terminal as it is.
    print(json.dumps(line), flush=True)
