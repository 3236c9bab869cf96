"""An import in the ledger of runs."""

from __future__ import annotations

from typing import Any

from scrapy import Spider

from archive.records import RunHandle
from crawler.extensions.run import CrawlRun


class ImportRun(CrawlRun):
    """The run of one site's part of an import: lease, heartbeat and counts as in a crawl, with a verdict of its own.

    Setting ``IMPORT_FILES``: the names of the files, for the ledger.
    """

    def options(self, spider: Spider) -> dict[str, Any]:
        """What was imported."""
        return {"files": ", ".join(self.crawler.settings.getlist("IMPORT_FILES"))}

    def stop(self, reason: str) -> None:
        """There is no engine to be stopped: who replays looks at ``stopped``."""

    def say(self, event: str, **more: Any) -> None:
        """Progress is told by the command, for all sites together."""

    def _settle_alarm(self, handle: RunHandle, verdict: str) -> None:
        """Alarms are about the site of today; an import tells of other days."""

    def columns(self, spider: Spider) -> dict[str, str]:
        """None: so are sights."""
        return {}

    def judged(self, spider: Spider) -> tuple[str, str]:
        """An import that was read to its end went well, whatever the files did not hold."""
        tally = self.tally
        if tally.held:
            return "held", tally.held
        if tally.broken:
            return "failed", tally.broken
        if tally.hijacked:
            return "partial", f"what may not be the site's own was not stored: {tally.hijacked}"
        if tally.interrupted:
            return "interrupted", "stopped by hand; what was stored stays, the same import goes on from there."
        if tally.counts["failed"]:
            return "partial", f"{tally.counts['failed']} records could not be read."
        return "ok", "every record was read."
