"""What can be asked of an archive. Nothing here writes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from archive import (
    attachments,
    exchanges,
    queries,
    search,
    story_answers,
)
from archive.answers import (
    ArticleDetail,
    ChangeRow,
    DocumentRow,
    ListReadingRow,
    QuarantineRow,
    RevisionRow,
    RunRow,
    SearchHit,
    SiteHealth,
    StoryRow,
)
from archive.exchanges import Exchange, Standing
from archive.publications import Publications
from archive.records import (
    ArticleState,
    SiteFilter,
    Snapshot,
    Sort,
)


class Questions(Publications):
    """The questions; see ``Archive``."""

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
        stories: bool = False,
    ) -> list[SearchHit]:
        """Articles whose current title or body contains every term, as exact substrings of the folded text.

        ``terms`` must be folded like the stored text; no terms match everything. ``since`` is included, ``until`` is
        not; both ask for the published time, so undated articles match neither. ``source`` is part of the printed
        source, ``column`` one whole step of the breadcrumb. "relevance" sorts title hits before body hits, then the
        newest first. With ``stories`` only the first hit of each story is given, and counted.
        """
        chosen = search.Filters(site=site, source=source, since=since, until=until, column=column, state=state)
        return search.search(self.database, terms, chosen, sort, limit, offset, stories=stories)

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
        stories: bool = False,
    ) -> int:
        """How many articles ``search`` would find without a limit."""
        chosen = search.Filters(site=site, source=source, since=since, until=until, column=column, state=state)
        return search.count(self.database, terms, chosen, stories=stories)

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

    def matching(
        self,
        terms: Sequence[str] = (),
        *,
        site: SiteFilter = None,
        source: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        column: str | None = None,
        state: ArticleState | None = None,
    ) -> list[int]:
        """The numbers of all articles that ``search`` would find, newest first."""
        chosen = search.Filters(site=site, source=source, since=since, until=until, column=column, state=state)
        return search.matching(self.database, terms, chosen, "newest")

    def site_names(self) -> list[str]:
        """The sites that articles belong to, declared or not, by name."""
        return queries.site_names(self.database)

    def exchanges(self, articles: Collection[int] | None = None) -> Iterator[Exchange]:
        """The stored HTTP exchanges of these articles (their pages, further pages and files), or all; streamed."""
        pages = exchanges.pages_of(self.database, articles) if articles is not None else None
        return exchanges.exchanges(self.database, pages)

    def exchange_count(self) -> int:
        """How many exchanges ``exchanges()`` would give."""
        return exchanges.count(self.database)

    def fetch_times(self, url_keys: Sequence[bytes]) -> dict[bytes, set[datetime]]:
        """When the answers came that are held of each page; those of addresses never fetched are left out."""
        return exchanges.times_of(self.database, url_keys)

    def standings(self, articles: Collection[int] | None = None) -> Iterator[Standing]:
        """State and redirects of these articles, or of all: what their exchanges do not tell; streamed."""
        return exchanges.standings(self.database, articles)

    def article(self, ref: int | str | bytes) -> ArticleDetail | None:
        """One article by id, by ``url_key`` (bytes), or by an address exactly as stored (aliases count)."""
        return queries.article(self.database, ref)

    def story(self, article_id: int) -> StoryRow | None:
        """The story an article belongs to, with all its copies; None when no other article has its text."""
        return story_answers.story(self.database, article_id)

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
