"""Which of the due pages one run takes along."""

from __future__ import annotations

from datetime import datetime, timedelta

from archive.archive import Archive
from archive.records import KnownPage
from archive.words import GOOD_VERDICTS

SMALL_BACKLOG = 50
"""So many due pages any run takes along."""
BACKLOG_WITHIN = timedelta(hours=6)
"""A larger backlog is spread over the scheduled runs of so long."""


def due_articles(archive: Archive, site: str, by: datetime, most: int, *, spread: bool) -> list[KnownPage]:
    """The article pages to fetch beside what the lists show, what is pending first; at most ``most``.

    With ``spread`` a large backlog is divided among the runs of some hours, by the time since the last good one: a
    column that is looked at every ten minutes must not wait each time until a thousand revisits are made.
    """
    due = archive.due(site, by, most)
    if not spread or len(due) <= SMALL_BACKLOG:
        return due
    before = [run.started_at for run in archive.runs(site, limit=10) if run.verdict in GOOD_VERDICTS]
    if not before:
        return due
    share = (archive.now() - max(before)) / BACKLOG_WITHIN
    return due[: max(SMALL_BACKLOG, int(len(due) * min(1.0, share)))]
