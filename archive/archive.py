"""The archive as the other packages see it: one class, all SQL behind it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from archive import (
    attachments,
    backups,
    frontier,
    held,
    maintenance,
    pruning,
    rereading,
    runs,
    store,
    stories,
)
from archive.answers import RevisionRow
from archive.bodies import BytesPruned
from archive.database import upgrade
from archive.edits import Finding
from archive.notices import Notices
from archive.pruning import Rules, Told
from archive.questions import Questions
from archive.records import (
    ArticleRecord,
    KnownPage,
    Outcome,
    PageKind,
    RobotsRow,
    RunHandle,
    StoreBatch,
    Verdict,
)
from archive.reports import BackupReport, CheckReport, PruneReport, RestoreReport
from archive.rereading import Fate, NewReading, RereadingRow, Wanted
from archive.scheduling import Scheduling
from archive.sickness import Sickness
from archive.sights import SightRecord


def silent(what: str, done: int, total: int) -> None:
    """Nobody wants to know how far it is."""


class Archive(Questions, Sickness, Scheduling, Notices):
    """The archive of one data folder and one database: what is written, what is asked (``Questions``), and what is told
    of it (``Notices``).

    ``database_url`` is a SQLAlchemy address (``sqlite:///…`` or ``postgresql+psycopg://…``), ``data_dir`` the folder
    that holds ``snapshots/``. ``revisit_days`` are the ages at which a known article is looked at again.
    Errors are those of ``archive.errors``. One object may be shared by threads.
    """

    # --- runs ---------------------------------------------------------------------------------------------------------

    def open_run(
        self, site: str, kind: str, options: Mapping[str, Any] | None = None, lease_seconds: float = 90
    ) -> RunHandle:
        """Start a run and take the site's lease. A dead run of the site is closed as orphaned first.

        Raises LeaseHeld when a living run holds the site.
        """
        return runs.open_run(self.database, site, kind, options or {}, lease_seconds, self._clock())

    def renew(self, handle: RunHandle) -> None:
        """Heartbeat: hold the lease for another ``lease_seconds``. Raises LeaseLost. Storing renews too."""
        runs.renew(self.database, handle, self._clock())

    def progress(
        self,
        handle: RunHandle,
        counts: Mapping[str, int],
        causes: Mapping[str, int] | None = None,
        sights: Collection[SightRecord] = (),
    ) -> None:
        """Heartbeat with counts for the run row, and what was seen of columns. Raises LeaseLost.

        Of each count the larger figure stays; of each column the latest sight.
        """
        runs.renew(self.database, handle, self._clock(), counts, causes, sights)

    def close_run(
        self,
        handle: RunHandle,
        verdict: Verdict,
        reason: str = "",
        counts: Mapping[str, int] | None = None,
        causes: Mapping[str, int] | None = None,
        evidence: Sequence[str] = (),
        sights: Collection[SightRecord] = (),
    ) -> None:
        """End the run and free the site. Raises LeaseLost when the run was closed or taken over meanwhile."""
        runs.close_run(self.database, handle, verdict, reason, counts, causes, evidence, self._clock(), sights)

    def reap_orphans(self) -> list[int]:
        """Close runs whose lease ended or whose process died on this machine; their numbers."""
        return runs.reap_orphans(self.database, self._clock())

    # --- frontier -----------------------------------------------------------------------------------------------------

    def known(self, url_keys: Sequence[bytes]) -> dict[bytes, KnownPage]:
        """What is held about each address, by the key asked for; unknown ones are left out. One query."""
        return frontier.known(self.database, url_keys)

    def due(
        self, site: str, now: datetime | None = None, limit: int = 1000, kind: PageKind | None = "article"
    ) -> list[KnownPage]:
        """Pages to fetch now: pending ones first, then retries of failed ones, then revisits; oldest first.

        ``kind`` "list" gives list pages whose last fetch failed, None both kinds.
        """
        return frontier.due(self.database, site, now or self._clock(), limit, kind)

    def list_page(self, site: str, url: str) -> KnownPage | None:
        """The list page of a site with this very address, with its validators; None before its first reading."""
        return frontier.list_page(self.database, site, url)

    def robots(self, origin: str) -> RobotsRow | None:
        """The stored robots.txt answer of an origin such as ``https://www.example.cn``."""
        return frontier.robots(self.database, origin)

    def save_robots(self, row: RobotsRow) -> None:
        """Keep a robots.txt answer, replacing the origin's last one."""
        frontier.save_robots(self.database, row)

    # --- storing ------------------------------------------------------------------------------------------------------

    def store(self, handle: RunHandle, batch: StoreBatch) -> list[Outcome]:
        """Store a batch in one transaction: all of it or nothing. One outcome per article record, in order.

        Snapshot files are written first; a file without a row is harmless. Raises LeaseLost, DiskFull,
        DatabaseUnavailable; after any error nothing of the batch is stored and the batch may be stored again.
        """
        while True:
            with contextlib.suppress(BytesPruned):
                return store.store(self.database, self.snapshots, handle, batch, self._revisit_days, self._clock())

    def save_names(self, site: str, names: Sequence[str]) -> None:
        """Keep the names by which 来源 means this site, its publisher's first. Written only when they are new."""
        stories.save_names(self.database, site, list(dict.fromkeys(names)))

    def look_back(self, limit: int = stories.BACKLOG_BATCH) -> int:
        """Put articles of an older archive into their stories, so many at once; how many there were.

        Storing does the same, a few at a time. May be interrupted between calls and goes on where it was.
        """
        with self.database.write() as connection:
            return stories.look_back(connection, self._clock(), limit)

    def backlog(self) -> int:
        """How many articles of an older archive were not yet compared with the others."""
        return stories.backlog(self.database)

    def judge(self, article_id: int, record: ArticleRecord) -> Finding | None:
        """What a reading of an article's own page will be when it is stored; None where that needs its whole text.

        Spares the storing of pages that show nothing new; ``store`` decides again under its lock.
        """
        return held.judge_early(self.database, article_id, record)

    # --- reading again ------------------------------------------------------------------------------------------------

    def to_reread(self, wanted: Wanted) -> Iterator[RevisionRow]:
        """The revisions to read again, by article and number, streamed in small reads."""
        return rereading.listed(self.database, wanted)

    def count_to_reread(self, wanted: Wanted) -> int:
        """How many ``to_reread`` gives."""
        return rereading.count(self.database, wanted)

    def reread(self, handle: RunHandle, readings: Sequence[NewReading]) -> list[Fate]:
        """Store new readings of stored revisions in one transaction; what became of each.

        Numbers, times and bytes stay; what the former reading said is kept (``rereadings``). Raises LeaseLost.
        """
        return rereading.store(self.database, handle, readings, self._clock())

    def undo_rereading(self, handle: RunHandle, run_id: int, fold: Callable[[str], str]) -> tuple[int, int]:
        """Put back what the run ``run_id`` replaced by reading again: how many revisions, and how many stay as they are
        because they were read again since. ``fold`` makes the text for searching. Raises LeaseLost."""
        put_back = left = 0
        before: int | None = None
        while True:
            done, others, before = rereading.undo(self.database, handle, run_id, fold, self._clock(), before)
            put_back, left = put_back + done, left + others
            if before is None:
                return put_back, left

    def rereadings(self, article_id: int | None = None, run_id: int | None = None) -> list[RereadingRow]:
        """What was read again, of an article or by a run, oldest first."""
        return rereading.history(self.database, article_id, run_id)

    # --- files --------------------------------------------------------------------------------------------------

    def save_text(
        self, digest: bytes, text: str | None, search_text: str, state: str, detail: str, reader: int
    ) -> None:
        """Fill in the text of a file that is held already."""
        attachments.save_text(self.database, digest, text, search_text, state, detail, reader)

    # --- maintenance --------------------------------------------------------------------------------------------------

    def check(self, *, quick: bool = False, told: Told = silent) -> CheckReport:
        """Look at everything: the database file, dangling rows, missing or corrupt snapshots, stuck runs.

        ``quick`` reads no snapshot and looks at the packs' lengths only. ``told`` is called with what is being done,
        how much of it is done and of how much (0: not known).
        """
        return maintenance.check(self.database, self.snapshots, self._clock(), quick=quick, told=told)

    def prune(self, rules: Rules, *, dry_run: bool = False, told: Told = silent) -> PruneReport:
        """Let go of bytes and rows that the rules no longer keep, also while crawling. Killed, it can be run again."""
        return pruning.prune(self.database, self.snapshots, rules, self._clock(), dry_run=dry_run, told=told)

    def backup(self, path: Path, *, told: Told = silent) -> BackupReport:
        """A consistent, verified copy of database and snapshots in the new folder ``path``, also while crawling."""
        return backups.backup(self.database, self.snapshots, self.data_dir, Path(path), self._clock(), told)

    def restore(self, folder: Path, *, force: bool = False, told: Told = silent) -> RestoreReport:
        """Make this the archive of a backup. One that is there already is replaced only by ``force``, and moved aside.

        The copy is verified before one step puts it in place. Raises ArchiveError when it is not sound, or when
        somebody uses the archive in place.
        """
        self.close()
        return backups.restore(
            Path(folder), self.database_url, self.data_dir, force=force, now=self._clock(), told=told
        )

    def upgrade(self) -> tuple[str | None, str]:
        """Bring the schema up to date; the version before (None: empty database) and after."""
        return upgrade(self.database_url, self._clock())
