"""Bookkeeping of one crawl run: lease, heartbeat, budgets, progress lines and the verdict in the ledger.

The archive and the run's handle live here; frontier and pipelines take them from ``CrawlRun.of(crawler)``.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self, cast

from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Request, Response
from twisted.python.failure import Failure

from archive.answers import AlarmRow
from archive.archive import Archive
from archive.clock import utc_now
from archive.errors import ArchiveError, LeaseHeld
from archive.records import RunHandle, Verdict
from archive.sights import Usual
from archive.words import BY_HAND, GOOD_VERDICTS, SITE_ALARMS
from crawler.extensions.sights import Sights, unusual
from crawler.extensions.verdict import Tally, judge
from crawler.extensions.watch import Judgement, Watch

logger = logging.getLogger(__name__)

# A lease outlives three missed heartbeats; a killed run on this host is noticed at once by its process id.
LEASE_SECONDS = 90
HEARTBEAT_SECONDS = 20
PROGRESS_SECONDS = 0.25
# Who ends an alarm by hand has looked at the site; two visits and a slow week of it fit in.
ACCEPTED_FOR = timedelta(days=10)


class CrawlRun:
    """One crawl run in the ledger, from claim to verdict.

    Opens the archive and claims the site's lease when the spider opens; a second run of one site is refused with the
    holder's name. Closes the run with a verdict whatever ended it, short of a kill; a killed run is closed by the next.
    """

    def __init__(self, crawler: Crawler) -> None:
        settings = crawler.settings
        if not settings.getbool("RECORD_RUN"):
            raise NotConfigured("only a crawl stands in the ledger")
        self.crawler = crawler
        self.dry_run = settings.getbool("DRY_RUN")
        self.kind: str = settings.get("RUN_KIND", "manual")
        """Who asked for the run: "manual", or "scheduled"."""
        self.tally = Tally(dry_run=self.dry_run)
        self.watch = Watch()
        self.sights = Sights({})
        """What was seen of each column."""
        self.usual: dict[str, Usual] = {}
        """What is usual for each column, by the address of its list."""
        self.judgement = Judgement()
        """What is thought of the site at the end of the run."""
        self.alarm: AlarmRow | None = None
        """The site's alarm that was open when the run began."""
        self.archive: Archive | None = None
        self.handle: RunHandle | None = None
        self._max_requests = settings.getint("RUN_MAX_REQUESTS")
        self._max_seconds = settings.getfloat("RUN_MAX_SECONDS")
        self._progress = bool(os.environ.get("ZHIWEN_PROGRESS"))
        self._last_progress = 0.0
        self._tasks: list[asyncio.Task[None]] = []
        self._open = False

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's constructor; connects the signals."""
        run = cls(crawler)
        connect = crawler.signals.connect
        connect(run.spider_opened, signal=signals.spider_opened)
        connect(run.spider_closed, signal=signals.spider_closed)
        connect(run.request_sent, signal=signals.request_reached_downloader)
        connect(run.response_came, signal=signals.response_downloaded)
        connect(run.spider_error, signal=signals.spider_error)
        return run

    @classmethod
    def of(cls, crawler: Crawler) -> CrawlRun | None:
        """The run of this crawler; None where none is recorded (shell, record, extract)."""
        return crawler.get_extension(cls)

    # Signals

    def spider_opened(self, spider: Spider) -> None:
        """Claim the site, or refuse the run."""
        self._open = True
        self.sights = Sights(self.columns(spider))
        self.usual = {}
        self.tally.late_by = self._late_by()
        if not self.dry_run:
            try:
                self._claim(spider)
            except LeaseHeld as error:
                self.tally.held = str(error)
                logger.error("%s", error)
            except (ArchiveError, OSError) as error:
                self.tally.broken = str(error)
                logger.error("%s", error)
        self.say("start")
        if self.stopped:
            self.stop("refused")
            return
        loop = asyncio.get_running_loop()
        self._tasks.append(loop.create_task(self._deadline()))
        if self.handle is not None:
            self._tasks.append(loop.create_task(self._heartbeat()))

    def spider_closed(self, spider: Spider, reason: str) -> None:
        """Write the verdict."""
        self._open = False
        for task in self._tasks:
            if not task.get_loop().is_closed():
                task.cancel()
        if reason == "shutdown":
            self.tally.interrupted = "stopped by hand; what was stored stays, the next run goes on."
        elif reason == "memusage_exceeded":
            self.tally.broken = "the run used more memory than it may."
        elif reason == "start_error" and self.tally.broken is None and self.tally.held is None:
            self.tally.broken = "the spider could not start; the log names the error."
        verdict, why = self.judged(spider)
        stats = self.crawler.stats
        assert stats is not None
        stats.set_value("run/verdict", verdict)
        if verdict not in GOOD_VERDICTS:
            logger.error("%s: %s: %s", spider.name, verdict, why)
        else:
            logger.info("%s: %s: %s", spider.name, verdict, why)
        if self.archive is not None:
            self._close(verdict, why)
        self.say("done", verdict=verdict, reason=why)

    def judged(self, spider: Spider) -> tuple[str, str]:
        """The verdict word and one sentence that explains it."""
        site = getattr(spider, "site", None)
        self.tally.unusual = unusual(self.sights.records(), self.usual)
        # How many articles are usual is told of all lists together.
        least = 0 if site is None or self.chosen(spider) else site.min_articles
        return judge(self.tally, min_articles=least)

    def options(self, spider: Spider) -> dict[str, Any]:
        """What the run was asked for, as the ledger keeps it."""
        names = ("since", "limit", "backfill", "revisit")
        asked: dict[str, Any] = {name: str(value) for name in names if (value := getattr(spider, name, None))}
        return asked | ({"lists": lists} if (lists := self.chosen(spider)) else {})

    @staticmethod
    def chosen(spider: Spider) -> list[str]:
        """The list addresses that the run was asked for; empty when it reads every list of the site."""
        chosen = getattr(spider, "chosen", ())
        site = getattr(spider, "site", None)
        return [source.url for source in chosen] if site is not None and len(chosen) < len(site.lists) else []

    def columns(self, spider: Spider) -> dict[str, str]:
        """The columns whose health this run tells of: their names by the addresses of their lists."""
        site = getattr(spider, "site", None)
        return {source.url: source.column for source in site.lists} if site is not None else {}

    def settle(self) -> None:
        """Close a run that Scrapy left open: one stopped between the opening of its spider and the engine's start.

        The engine counts as not running then, and is ended without ``spider_closed``.
        """
        spider = self.crawler.spider
        if self._open and spider is not None:
            self.spider_closed(spider, "shutdown")

    def request_sent(self, request: Request, spider: Spider) -> None:
        """Count the request and keep the budget."""
        self.tally.counts["requests"] += 1
        if self._max_requests and self.tally.counts["requests"] >= self._max_requests:
            self.stop_early(f"the budget of {self._max_requests} requests was used up.")
        self.say("progress")

    def response_came(self, response: Response, request: Request, spider: Spider) -> None:
        """Count the bytes."""
        self.tally.counts["bytes"] += len(response.body)

    def spider_error(self, failure: Failure, response: Response, spider: Spider) -> None:
        """A fault of the crawler itself ended the reading of a page: the run cannot have gone well."""
        kind = response.meta.get("kind")
        causes = self.tally.list_causes if kind == "list" else self.tally.article_causes
        causes["error"] += 1
        self.tally.counts["failed"] += 1
        self.tally.witness(f"{response.url}: the crawler broke: {type(failure.value).__name__}: {failure.value}")

    # For frontier and pipelines

    @property
    def stopped(self) -> bool:
        """True when nothing more may be fetched or stored."""
        return bool(self.tally.held or self.tally.broken or self.tally.frozen or self.judgement.frozen)

    def stop(self, reason: str) -> None:
        """Close the spider soon; what runs is finished."""
        engine = self.crawler.engine
        if engine is not None:
            asyncio.get_running_loop().create_task(engine.close_spider_async(reason=reason))

    def stop_early(self, why: str) -> None:
        """A budget is used up: end the run and say that a gap is possible."""
        if "run" not in self.tally.gaps:
            self.tally.gaps["run"] = why
            self.stop("budget")

    def broke(self, why: str) -> None:
        """The archive cannot be written: nothing more is stored, the run has failed."""
        if self.tally.broken is None:
            self.tally.broken = why
            logger.error("%s", why)
            self.stop("broken")

    def hijacked(self, judgement: Judgement) -> None:
        """The site shows something foreign: the verdict says so; what may not be believed at all ends the run."""
        self.judgement = judgement
        left = "the site is frozen, nothing of it is stored" if judgement.frozen else "what is foreign is left out"
        self.tally.hijacked = f"{judgement.why.rstrip('.')}; {left}."
        if judgement.frozen:
            self.stop("hijacked")

    def frozen(self, why: str) -> None:
        """The site stays frozen: nothing is asked for and nothing stored."""
        self.tally.frozen = why

    def thaw(self, because: str) -> None:
        """The site is itself again: the run goes on as any other."""
        assert self.archive is not None and self.handle is not None
        self.archive.close_alarm(self.handle.site, because)
        self.tally.witness(f"no longer frozen: {because}")
        logger.warning("%s: no longer frozen: %s", self.handle.site, because)
        self.alarm = None

    def say(self, event: str, **more: Any) -> None:
        """One JSON line on standard output for the process that started this run."""
        if not self._progress:
            return
        now = time.monotonic()
        if event == "progress" and now - self._last_progress < PROGRESS_SECONDS:
            return
        self._last_progress = now
        spider = self.crawler.spider
        line = {"site": spider.name if spider else "", "event": event, "counts": dict(self.tally.counts), **more}
        if self.handle is not None:
            line["run"] = self.handle.run_id
        if event == "done":
            line["causes"] = dict(self.tally.list_causes + self.tally.article_causes + self.tally.file_causes)
            line["evidence"] = self.tally.evidence
        sys.stdout.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")
        sys.stdout.flush()

    # Inside

    def _late_by(self) -> timedelta | None:
        settings = self.crawler.settings
        if not settings.get("RUN_PLANNED_AT"):
            return None
        late = utc_now() - datetime.fromisoformat(settings["RUN_PLANNED_AT"])
        return late if late > timedelta(minutes=settings.getfloat("HEALTH_LATE_MINUTES")) else None

    def _claim(self, spider: Spider) -> None:
        settings = self.crawler.settings
        self.archive = Archive(
            settings["DATABASE_URL"],
            Path(settings["DATA_DIR"]),
            revisit_days=[float(days) for days in settings.getlist("REVISIT_DAYS")],
        )
        self.handle = self.archive.open_run(
            spider.name,
            kind=self.kind,
            options=self.options(spider),
            lease_seconds=LEASE_SECONDS,
        )
        site = getattr(spider, "site", None)
        if site is not None:
            self.archive.save_names(spider.name, [site.publisher, *site.source_names])
            self.usual = self.archive.usual(spider.name, list(self.columns(spider)))
        last = next(iter(self.archive.alarms(spider.name, closed=True, limit=1, kinds=SITE_ALARMS)), None)
        if last is not None and last.closed_at is None:
            self.alarm = last
        elif last is not None and last.closed_at is not None and last.closed_because == BY_HAND:
            self.watch.accepted = utc_now() - last.closed_at < ACCEPTED_FOR

    def _close(self, verdict: str, why: str) -> None:
        assert self.archive is not None
        tally = self.tally
        try:
            if self.handle is not None:
                self._settle_alarm(self.handle, verdict)
                self.archive.close_run(
                    self.handle,
                    verdict=cast(Verdict, verdict),
                    reason=why,
                    counts=dict(tally.counts),
                    causes=dict(tally.list_causes + tally.article_causes + tally.file_causes),
                    evidence=tally.evidence
                    + tally.unusual
                    + [f"{column}: {gap}" for column, gap in tally.gaps.items()],
                    sights=self.sights.records(),
                )
        except (ArchiveError, OSError) as error:
            logger.error("the verdict could not be stored: %s", error)
        finally:
            self.archive.close()

    def _settle_alarm(self, handle: RunHandle, verdict: str) -> None:
        """Open the site's alarm or count it once more; end one that is over."""
        assert self.archive is not None
        judgement = self.judgement
        as_usual = judgement.is_well and self.watch.alive and self.watch.lists_usual
        if self.tally.frozen and self.alarm is not None:
            self.archive.raise_alarm(handle, self.alarm.kind, self.alarm.reason, frozen=True)
        elif judgement.kind and verdict not in ("held", "interrupted"):
            self.archive.raise_alarm(
                handle,
                judgement.kind,
                judgement.why,
                frozen=judgement.frozen,
                evidence=self.tally.evidence,
                pages=list(self.watch.pages.values())[:20],
            )
        elif self.alarm is not None and as_usual and verdict not in ("held", "interrupted", "failed"):
            self.archive.close_alarm(handle.site, f"run {handle.run_id} found lists and known pages as usual")

    async def _heartbeat(self) -> None:
        assert self.archive is not None and self.handle is not None
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            try:
                self.archive.progress(self.handle, dict(self.tally.counts), sights=self.sights.records())
            except ArchiveError as error:
                self.broke(str(error))
                return

    async def _deadline(self) -> None:
        if self._max_seconds:
            await asyncio.sleep(self._max_seconds)
            self.stop_early(f"the budget of {self._max_seconds:g} seconds was used up.")
