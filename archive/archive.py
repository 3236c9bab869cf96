"""The archive as the other packages see it: one class, all SQL behind it.

Nothing is opened before it is needed. The first use checks the database, creates the schema in an empty one, and
upgrades an older one after a copy of the SQLite file was made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from archive import attachments, frontier, held, maintenance, queries, runs, search, store
from archive.answers import (
    ArticleDetail,
    BackupReport,
    ChangeRow,
    CheckReport,
    DocumentRow,
    ListReadingRow,
    QuarantineRow,
    RevisionRow,
    RunRow,
    SearchHit,
    SiteHealth,
)
from archive.clock import utc_now
from archive.database import Database, open_database
from archive.edits import Finding
from archive.records import (
    ArticleRecord,
    ArticleState,
    KnownPage,
    Outcome,
    PageKind,
    RobotsRow,
    RunHandle,
    SiteFilter,
    Snapshot,
    Sort,
    StoreBatch,
    Verdict,
)
from archive.revisits import DEFAULT_DAYS
from archive.snapshots import SnapshotStore


class Archive:
    """The archive of one data folder and one database.

    ``database_url`` is a SQLAlchemy address (``sqlite:///…`` or ``postgresql+psycopg://…``), ``data_dir`` the folder
    that holds ``snapshots/``. ``revisit_days`` are the ages at which a known article is looked at again.
    Errors are those of ``archive.errors``. One object may be shared by threads.
    """

    def __init__(
        self,
        database_url: str,
        data_dir: Path,
        *,
        revisit_days: Sequence[float] = DEFAULT_DAYS,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.database_url = database_url
        self.data_dir = Path(data_dir)
        self.snapshots = SnapshotStore(self.data_dir / "snapshots")
        self._revisit_days = tuple(revisit_days)
        self._clock = clock
        self._database: Database | None = None

    def open(self) -> Self:
        """Open now instead of at the first use: check, create or upgrade the schema. May be called again."""
        if self._database is None:
            self._database = open_database(self.database_url, now=self._clock())
        return self

    def close(self) -> None:
        """Give all connections back. The object opens again when it is used again."""
        if self._database is not None:
            self._database.close()
            self._database = None

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def database(self) -> Database:
        """The open database."""
        self.open()
        assert self._database is not None
        return self._database

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

    def progress(self, handle: RunHandle, counts: Mapping[str, int], causes: Mapping[str, int] | None = None) -> None:
        """Heartbeat with counts for the run row. Of each count the larger figure stays. Raises LeaseLost."""
        runs.renew(self.database, handle, self._clock(), counts, causes)

    def close_run(
        self,
        handle: RunHandle,
        verdict: Verdict,
        reason: str = "",
        counts: Mapping[str, int] | None = None,
        causes: Mapping[str, int] | None = None,
        evidence: Sequence[str] = (),
    ) -> None:
        """End the run and free the site. Raises LeaseLost when the run was closed or taken over meanwhile."""
        runs.close_run(self.database, handle, verdict, reason, counts, causes, evidence, self._clock())

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
        return store.store(self.database, self.snapshots, handle, batch, self._revisit_days, self._clock())

    def judge(self, article_id: int, record: ArticleRecord) -> Finding | None:
        """What a reading of an article's own page will be when it is stored; None where that needs its whole text.

        Spares the storing of pages that show nothing new; ``store`` decides again under its lock.
        """
        return held.judge_early(self.database, article_id, record)

    # --- questions ----------------------------------------------------------------------------------------------------

    def search(
        self,
        terms: Sequence[str] = (),
        *,
        site: SiteFilter = None,
        source: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        column: str | None = None,
        state: ArticleState | None = None,
        sort: Sort = "relevance",
        limit: int = 20,
        offset: int = 0,
    ) -> list[SearchHit]:
        """Articles whose current title or body contains every term, as exact substrings of the folded text.

        ``terms`` must be folded like the stored text; no terms match everything. ``since`` is included, ``until`` is
        not; both ask for the published time, so undated articles match neither. ``source`` is part of the printed
        source, ``column`` one whole step of the breadcrumb. "relevance" sorts title hits before body hits, then the
        newest first.
        """
        chosen = search.Filters(site=site, source=source, since=since, until=until, column=column, state=state)
        return search.search(self.database, terms, chosen, sort, limit, offset)

    def count(
        self,
        terms: Sequence[str] = (),
        *,
        site: SiteFilter = None,
        source: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        column: str | None = None,
        state: ArticleState | None = None,
    ) -> int:
        """How many articles ``search`` would find without a limit."""
        chosen = search.Filters(site=site, source=source, since=since, until=until, column=column, state=state)
        return search.count(self.database, terms, chosen)

    def export(
        self,
        terms: Sequence[str] = (),
        *,
        site: SiteFilter = None,
        source: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        column: str | None = None,
        state: ArticleState | None = None,
        sort: Sort = "newest",
    ) -> Iterator[ArticleDetail]:
        """All matching articles in full, streamed in small reads so that a crawl is never held up."""
        chosen = search.Filters(site=site, source=source, since=since, until=until, column=column, state=state)
        return search.export(self.database, terms, chosen, sort)

    def article(self, ref: int | str | bytes) -> ArticleDetail | None:
        """One article by id, by ``url_key`` (bytes), or by an address exactly as stored (aliases count)."""
        return queries.article(self.database, ref)

    def revisions(self, article_id: int) -> list[RevisionRow]:
        """All contents of an article, oldest first; empty when there is no such article."""
        return queries.revisions(self.database, article_id)

    def changes(
        self, since: datetime, until: datetime | None = None, *, site: SiteFilter = None, limit: int = 1000
    ) -> list[ChangeRow]:
        """What became new, changed, missing, withdrawn or came back in [since, until), oldest first."""
        return queries.changes(self.database, since, until, site, limit)

    def runs(self, site: SiteFilter = None, *, limit: int = 20) -> list[RunRow]:
        """The latest runs, newest first. Dead ones are closed as orphaned by ``reap_orphans``."""
        return queries.runs(self.database, site, limit)

    def run(self, run_id: int) -> RunRow | None:
        """One run by number."""
        return queries.run(self.database, run_id)

    def list_readings(self, run_id: int) -> list[ListReadingRow]:
        """The list pages a run read, in order."""
        return queries.list_readings(self.database, run_id)

    def health(self, sites: SiteFilter = None) -> list[SiteHealth]:
        """The state of each site that the archive has seen, by name."""
        return queries.health(self.database, sites, self._clock())

    def quarantine(
        self, site: SiteFilter = None, *, cause: str | None = None, resolved: bool = False, limit: int = 100
    ) -> list[QuarantineRow]:
        """Pages that failed, latest failure first; ``resolved`` adds those that were read again since."""
        return queries.quarantine(self.database, site, cause, resolved, limit)

    def snapshot(self, digest: bytes | str) -> Snapshot:
        """The bytes of one fetch by hash (bytes or hex). Raises SnapshotCorrupt when missing or damaged."""
        return queries.snapshot(self.database, self.snapshots, digest)

    def newest_snapshot(self, url_key: bytes) -> Snapshot | None:
        """The bytes of the last fetch of an address that had any; None for an address never fetched.

        Raises SnapshotCorrupt.
        """
        return queries.newest_snapshot(self.database, self.snapshots, url_key)

    # --- files --------------------------------------------------------------------------------------------------------

    def document(self, digest: bytes) -> DocumentRow | None:
        """The file with this SHA-256; None when the archive does not have it."""
        return attachments.document(self.database, digest)

    def documents(
        self, states: Sequence[str] | None = None, *, limit: int = 1000, before_reader: int | None = None
    ) -> list[DocumentRow]:
        """Files, oldest first: those whose text is in one of ``states``, read by an older version than named."""
        return attachments.documents(self.database, states, limit, before_reader)

    def save_text(
        self, digest: bytes, text: str | None, search_text: str, state: str, detail: str, reader: int
    ) -> None:
        """Fill in the text of a file that is held already."""
        attachments.save_text(self.database, digest, text, search_text, state, detail, reader)

    # --- maintenance --------------------------------------------------------------------------------------------------

    def check(self) -> CheckReport:
        """Look at everything: the database file, dangling rows, missing or corrupt snapshots, stuck runs."""
        return maintenance.check(self.database, self.snapshots, self._clock())

    def backup(self, path: Path) -> BackupReport:
        """A consistent, verified copy of database and snapshots in the new folder ``path``, also while crawling."""
        return maintenance.backup(self.database, self.snapshots, Path(path))

    def upgrade(self) -> tuple[str | None, str]:
        """Bring the schema up to date; the version before (None: empty database) and after."""
        return maintenance.upgrade(self.database_url, self._clock())
