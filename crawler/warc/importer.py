"""One import from beginning to end: look through the files, then replay site after site."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from scrapy.settings import Settings
from scrapy.spiderloader import SpiderLoaderProtocol

from archive.archive import Archive
from archive.clock import utc_now
from archive.errors import ArchiveError
from crawler.bases import ListPageSpider
from crawler.loader import undeclared_spider
from crawler.warc.index import Answer, WarcIndex
from crawler.warc.replay import Replay, site_names

SETTINGS: Mapping[str, Any] = {
    "RECORD_RUN": True,
    "RUN_KIND": "import",
    "EXTENSIONS": {"crawler.warc.run.ImportRun": 0},
    "EXTENSIONS_BASE": {},
    # The budgets of a crawl are for other people's servers.
    "RUN_MAX_REQUESTS": 0,
    "RUN_MAX_SECONDS": 0,
}
"""What an import sets in the project's settings."""

_PROGRESS_SECONDS = 0.25
# Answers that are asked about together, whether they are held.
_AT_ONCE = 500
_NAMED_SITES = 10
_COUNTS = ("articles", "new", "changed", "unchanged", "alias", "files", "failed")

Say = Callable[[dict[str, Any]], None]


class Importer:
    """Reads WARC files into the archive of ``settings``, with the spiders of ``loader`` and no network.

    ``say`` hears plain dictionaries with a key ``event``: ``index`` and ``progress`` (``done`` of ``of``), ``trouble``
    (``file``, ``offset``, ``why``: a record that is left out), ``site`` (``site``, ``verdict``, ``reason``, ``counts``,
    ``evidence``) and at the end ``done`` (``sites``: those that the files hold most answers of).
    """

    def __init__(self, settings: Settings, loader: SpiderLoaderProtocol, say: Say) -> None:
        self.settings = settings.copy()
        for name, value in SETTINGS.items():
            self.settings.set(name, value, priority="cmdline")
        self.loader = loader
        self.stopping = False
        self._say = say
        self._told = time.monotonic()

    def stop(self) -> None:
        """End after the answer at hand; what was stored stays, and the same import goes on from there."""
        self.stopping = True

    async def run(self, files: Sequence[Path], only: Sequence[str] = ()) -> bool:
        """Import the files, or what they hold of the sites named; whether every site could be stored.

        Raises NotAWarc and OSError for a file that cannot be used, ArchiveError for the archive.
        """
        self.settings.set("IMPORT_FILES", [path.name for path in files], priority="cmdline")
        index = WarcIndex(files, utc_now())
        await self._look_through(index)
        sites = site_names(index.answers, index, self._domains())
        chosen = {name: answers for name, answers in sites.items() if not only or name in only}
        total = sum(map(len, chosen.values()))
        done, well = 0, True
        archive = self._archive()
        try:
            for name, answers in chosen.items():
                if self.stopping:
                    break
                replay = Replay(index, self._spider(name), self.settings, archive, self._trouble_in(index))
                well &= await self._replay(replay, answers, done, total)
                done += len(answers)
        finally:
            if archive is not None:
                archive.close()
        held = sorted(sites, key=lambda name: -len(sites[name]))[:_NAMED_SITES]
        line = {"records": sum(index.counts.values()), "sites": held, "interrupted": self.stopping}
        self._say({"event": "done", **line})
        return well

    async def _look_through(self, index: WarcIndex) -> None:
        size = sum(file.size for file in index.files)
        for trouble in index.build():
            if trouble is not None:
                self._say({"event": "trouble", "file": trouble.file, "offset": trouble.offset, "why": trouble.why})
            if self._tell("index", sum(file.position for file in index.files), size):
                await asyncio.sleep(0)  # Ctrl-C's turn
            if self.stopping:
                index.answers.clear()
                return

    async def _replay(self, replay: Replay, answers: Sequence[Answer], done: int, total: int) -> bool:
        try:
            for number, answer in _steps(replay, answers):
                if answer is not None:
                    await replay.visit(answer)
                self._tell("progress", done + number, total)
                await asyncio.sleep(0)  # the turn of the heartbeat and of Ctrl-C
                if self.stopping or replay.run.stopped:
                    break
        except ArchiveError as error:
            replay.run.broke(str(error))
        await replay.close(interrupted=self.stopping)
        tally = replay.run.tally
        counts = dict(replay.counts) | {name: tally.counts[name] for name in _COUNTS}
        counts["unchanged"] += tally.counts["unchanged_pages"]
        self._say(
            {
                "event": "site",
                "site": replay.spider.name,
                "verdict": replay.crawler.stats.get_value("run/verdict"),
                "reason": tally.held or tally.broken or tally.hijacked or "",
                "counts": counts,
                "evidence": tally.evidence,
            }
        )
        return not replay.run.stopped

    def _archive(self) -> Archive | None:
        """What is known already. A dry run makes no archive."""
        folder, url = Path(self.settings["DATA_DIR"]), self.settings["DATABASE_URL"]
        is_new = url.startswith("sqlite") and not (folder / "zhiwen.db").is_file()
        return None if is_new and self.settings.getbool("DRY_RUN") else Archive(url, folder)

    def _domains(self) -> dict[str, str]:
        """The declared sites by each of their domains, without ``www.``."""
        found: dict[str, str] = {}
        for name in self.loader.list():
            spider = self.loader.load(name)
            if issubclass(spider, ListPageSpider):
                for host in (*spider.site.mirrors, *spider.site.allowed_hosts):
                    found[host.lower().removeprefix("www.")] = name
        return found

    def _spider(self, name: str) -> type[ListPageSpider]:
        found = self.loader.load(name) if name in self.loader.list() else None
        return found if found is not None and issubclass(found, ListPageSpider) else undeclared_spider(name, name)

    def _trouble_in(self, index: WarcIndex) -> Callable[[Answer, str], None]:
        def tell(answer: Answer, why: str) -> None:
            path = str(index.files[answer.file].path)
            self._say({"event": "trouble", "file": path, "offset": answer.offset, "why": f"{answer.url}: {why}"})

        return tell

    def _tell(self, event: str, done: int, of: int) -> bool:
        if time.monotonic() - self._told < _PROGRESS_SECONDS:
            return False
        self._told = time.monotonic()
        self._say({"event": event, "done": done, "of": of})
        return True


def _steps(replay: Replay, answers: Sequence[Answer]) -> Iterator[tuple[int, Answer | None]]:
    """The answers to visit, with how far that is; None where a piece begins, all of which may be held."""
    for start in range(0, len(answers), _AT_ONCE):
        yield start, None
        yield from enumerate(replay.not_held(answers[start : start + _AT_ONCE]), start + 1)
