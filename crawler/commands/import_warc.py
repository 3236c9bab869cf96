"""``scrapy import_warc FILE…``: read WARC files into the archive, through spiders and pipelines, with no network.

Prints JSON lines: ``trouble`` (a record that is left out), ``progress``, ``site`` (how one site's part ended) and
``done``. ``zhiwen import`` shows them to people.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import time
from pathlib import Path
from typing import Any, ClassVar

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError
from scrapy.settings import Settings

from archive.archive import Archive
from archive.clock import utc_now
from archive.errors import ArchiveError
from crawler.bases import ListPageSpider
from crawler.loader import undeclared_spider
from crawler.warc.index import Answer, WarcIndex
from crawler.warc.reader import NotAWarc
from crawler.warc.replay import Replay, site_names

_PROGRESS_SECONDS = 0.25
_COUNTS = ("new", "changed", "unchanged", "files", "alias")


class Command(ScrapyCommand):
    """Exit code 0: all files were looked through; 1: a file, the archive or a site could not be used."""

    requires_project = True
    default_settings: ClassVar[dict[str, Any]] = {
        "RECORD_RUN": True,
        "RUN_KIND": "import",
        "EXTENSIONS": {"crawler.warc.run.ImportRun": 0},
        "EXTENSIONS_BASE": {},
        # The budgets of a crawl are for other people's servers.
        "RUN_MAX_REQUESTS": 0,
        "RUN_MAX_SECONDS": 0,
    }

    def __init__(self) -> None:
        super().__init__()
        self._stopping = False
        self._told = 0.0

    def syntax(self) -> str:
        return "[options] <file> …"

    def short_desc(self) -> str:
        return "Read WARC files into the archive; no network is used"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--site", action="append", default=[], help="only this site; may be given again")

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        super().process_options(args, opts)
        assert self.settings is not None
        for name, value in self.default_settings.items():
            self.settings.set(name, value, priority="cmdline")
        self.settings.set("IMPORT_FILES", [Path(name).name for name in args], priority="cmdline")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if not args:
            raise UsageError("name a WARC file", print_help=False)
        assert self.settings is not None
        try:
            self.exitcode = asyncio.run(self._import([Path(name) for name in args], opts.site))
        except (NotAWarc, ArchiveError, OSError) as error:
            _print({"event": "failed", "why": str(error)})
            self.exitcode = 1

    async def _import(self, files: list[Path], only: list[str]) -> int:
        assert self.settings is not None
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop)
        index = WarcIndex(files, utc_now())
        await self._look_through(index)
        chosen = {
            name: answers
            for name, answers in site_names(index.answers, index, self._domains()).items()
            if not only or name in only
        }
        total = sum(map(len, chosen.values()))
        done, code = 0, 0
        archive = self._archive(self.settings)
        try:
            for name, answers in chosen.items():
                if self._stopping:
                    break
                replay = Replay(index, self._spider(name), self.settings, archive, self._trouble_of(index))
                code |= await self._replay(name, replay, answers, done, total)
                done += len(answers)
        finally:
            if archive is not None:
                archive.close()
        _print({"event": "done", "records": sum(index.counts.values()), "pages": total, "interrupted": self._stopping})
        return code

    async def _look_through(self, index: WarcIndex) -> None:
        size = sum(file.size for file in index.files)
        for trouble in index.build():
            if trouble is not None:
                _print({"event": "trouble", "file": trouble.file, "offset": trouble.offset, "why": trouble.why})
            self._tell("index", sum(file.position for file in index.files), size)
            if self._due:
                await asyncio.sleep(0)
            if self._stopping:
                index.answers.clear()
                return

    async def _replay(self, name: str, replay: Replay, answers: list[Answer], done: int, total: int) -> int:
        for number, answer in enumerate(answers, 1):
            if self._stopping or replay.run.stopped:
                break
            await replay.visit(answer)
            self._tell("progress", done + number, total)
            await asyncio.sleep(0)  # the heartbeat's turn, and that of Ctrl-C
        await replay.close(interrupted=self._stopping)
        tally = replay.run.tally
        verdict = replay.crawler.stats.get_value("run/verdict")
        line = {
            "event": "site",
            "site": name,
            "verdict": verdict,
            "reason": tally.held or tally.broken or "",
            "counts": dict(replay.counts) | {key: tally.counts[key] for key in (*_COUNTS, "articles", "failed")},
            "evidence": tally.evidence,
        }
        line["counts"]["unchanged"] += tally.counts["unchanged_pages"]
        _print(line)
        return int(bool(tally.held or tally.broken))

    def _archive(self, settings: Settings) -> Archive | None:
        """What is known already. A dry run makes no archive."""
        folder, url = Path(settings["DATA_DIR"]), settings["DATABASE_URL"]
        if settings.getbool("DRY_RUN") and url.startswith("sqlite") and not (folder / "zhiwen.db").is_file():
            return None
        return Archive(url, folder)

    def _domains(self) -> dict[str, str]:
        """The declared sites by each of their domains."""
        assert self.crawler_process is not None
        loader = self.crawler_process.spider_loader
        found: dict[str, str] = {}
        for name in loader.list():
            spider = loader.load(name)
            if issubclass(spider, ListPageSpider):
                for host in (*spider.site.mirrors, *spider.site.allowed_hosts):
                    found[host.lower().removeprefix("www.")] = name
        return found

    def _spider(self, name: str) -> type[ListPageSpider]:
        assert self.crawler_process is not None
        loader = self.crawler_process.spider_loader
        found = loader.load(name) if name in loader.list() else None
        return found if found is not None and issubclass(found, ListPageSpider) else undeclared_spider(name, name)

    def _trouble_of(self, index: WarcIndex) -> Any:
        def tell(answer: Answer, why: str) -> None:
            path = str(index.files[answer.file].path)
            _print({"event": "trouble", "file": path, "offset": answer.offset, "why": f"{answer.url}: {why}"})

        return tell

    def _stop(self) -> None:
        self._stopping = True

    @property
    def _due(self) -> bool:
        return time.monotonic() - self._told >= _PROGRESS_SECONDS

    def _tell(self, event: str, done: int, of: int) -> None:
        if self._due:
            self._told = time.monotonic()
            _print({"event": event, "done": done, "of": of})


def _print(line: dict[str, Any]) -> None:
    print(json.dumps(line), flush=True)
