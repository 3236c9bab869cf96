"""Storing a batch: snapshots first, then one transaction that decides and writes everything.

What is not stored is not known: links of a list page become pending pages together with its reading, so neither a
killed process nor a lost lease can make an address disappear.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from archive import decisions
from archive.attachments import Attachments
from archive.database import Database
from archive.frontier import chunks
from archive.models import SnapshotPlace, table
from archive.records import (
    ArticleRecord,
    DocumentRecord,
    FailureRecord,
    FetchRecord,
    LinkRecord,
    ListRecord,
    Outcome,
    RunHandle,
    StoreBatch,
    TouchRecord,
)
from archive.revisits import CONFIRM_AFTER, MISSING_AGAIN, WITHDRAWN_AGAIN, next_retry
from archive.runs import hold
from archive.snapshots import Place, SnapshotStore, digest_of
from archive.workset import Values, WorkSet

_snapshot = table(SnapshotPlace)


def store(
    database: Database,
    snapshots: SnapshotStore,
    handle: RunHandle,
    batch: StoreBatch,
    revisit_days: Sequence[float],
    now: datetime,
) -> list[Outcome]:
    """See ``Archive.store``."""
    for record in batch.records():
        if record.site != handle.site:
            raise ValueError(f"run {handle.run_id} holds {handle.site!r} and cannot store for {record.site!r}")
    digests, files = _write_snapshots(database, snapshots, batch, now)
    with database.write() as connection:
        hold(connection, handle, now)
        work = WorkSet(connection, handle, database.is_sqlite)
        work.load(_keys_of(batch), [record.fingerprint for record in batch.articles])
        _add_snapshots(work, files)
        attachments = Attachments(work, revisit_days)
        storing = _Storing(work, digests, revisit_days, now, attachments)
        for listed in batch.lists:
            storing.list_page(listed)
        outcomes = decisions.decide(work, storing.read, batch.articles, revisit_days)
        for article, outcome in zip(batch.articles, outcomes, strict=True):
            if outcome.decision != "alias":
                attachments.link(outcome.article_id, article.files, article.fetch.fetched_at)
        for touch in batch.touches:
            storing.touch(touch)
        for document in batch.documents:
            storing.document(document)
        failing = [work.pages.get(failure.url_key) for failure in batch.failures]
        work.load_quarantine([page["id"] for page in failing if page is not None and page["id"]])
        for failure in batch.failures:
            storing.failure(failure)
        work.flush(now)
        attachments.flush()
        work.count(now)
    return outcomes


def _keys_of(batch: StoreBatch) -> list[bytes]:
    keys: list[bytes] = []
    for listed in batch.lists:
        keys += (listed.url_key, listed.list_url_key)
        keys.extend(link.url_key for link in listed.links)
    for article in batch.articles:
        keys.append(article.url_key)
        keys.extend(alias.url_key for alias in article.aliases)
        keys.extend(part.url_key for part in article.parts)
        keys.extend(file.url_key for file in article.files)
    for touch in batch.touches:
        keys.append(touch.url_key)
        keys.extend(file.url_key for file in touch.files or ())
    keys.extend(document.url_key for document in batch.documents)
    keys.extend(failure.url_key for failure in batch.failures)
    return keys


# --- snapshots --------------------------------------------------------------------------------------------------------


def _write_snapshots(
    database: Database, snapshots: SnapshotStore, batch: StoreBatch, now: datetime
) -> tuple[dict[int, bytes], dict[bytes, Values]]:
    """Put all bodies on disk; the digest by fetch (its ``id()``), and rows for what was written."""
    digests: dict[int, bytes] = {}
    bodies: dict[bytes, FetchRecord] = {}
    for record in batch.records():
        if isinstance(record, TouchRecord):
            continue  # its bytes are there already
        further = [part.fetch for part in record.parts] if isinstance(record, ArticleRecord) else []
        for fetch in (record.fetch, *further):
            if fetch is not None and fetch.body is not None and not fetch.not_modified:
                digest = digests[id(fetch)] = digest_of(fetch.body)
                bodies.setdefault(digest, fetch)
    if bodies:
        with database.read() as connection:
            # A pack that is missing or cut, say by a power failure, is not relied on: the body is written again.
            for digest, place in places(connection, list(bodies)).items():
                if snapshots.holds(place):
                    del bodies[digest]
    written = snapshots.write(bodies)
    return digests, {
        digest: {
            "hash": digest,
            "pack": place.pack,
            "position": place.position,
            "size": place.size,
            "stored_size": place.stored_size,
            "created_at": now,
        }
        for digest, place in written.items()
    }


def places(connection: Connection, digests: Sequence[bytes]) -> dict[bytes, Place]:
    """Where these snapshots lie; unknown ones are left out."""
    found: dict[bytes, Place] = {}
    for part in chunks(digests):
        for row in connection.execute(select(_snapshot).where(_snapshot.c.hash.in_(part))):
            found[row.hash] = Place(row.pack, row.position, row.stored_size, row.size)
    return found


def _add_snapshots(work: WorkSet, rows: dict[bytes, Values]) -> None:
    """Rows for what was written. Where a hash has a row already, the newly written place takes over."""
    for digest in places(work.connection, list(rows)):
        row = rows.pop(digest)
        work.connection.execute(_snapshot.update().where(_snapshot.c.hash == digest).values(**row))
    work.snapshots.extend(rows.values())


# --- pages ------------------------------------------------------------------------------------------------------------


class _Storing:
    """What each kind of record does to its pages."""

    def __init__(
        self,
        work: WorkSet,
        digests: dict[int, bytes],
        revisit_days: Sequence[float],
        now: datetime,
        attachments: Attachments,
    ) -> None:
        self.work = work
        self.attachments = attachments
        self.digests = digests
        self.days = revisit_days
        self.now = now

    def list_page(self, record: ListRecord) -> None:
        """A list reading: its page, its links as pending pages, and the row that proves what was seen."""
        work, at = self.work, record.fetch.fetched_at
        page = self._list_row(record.url, record.url_key, record.column, at)
        page["next_due_at"] = None
        self.read(page, record.fetch)
        first = page
        if record.list_url_key and record.list_url_key != record.url_key:
            first = self._list_row(record.list_url, record.list_url_key, record.column, at)
            work.dirty_page(first)
            if record.number == 1:
                # The column's page only names where its list stands; it was read, or nobody would know.
                work.recovered(first)
                first["state"], first["next_due_at"] = "stored", None
        first["chain_open"] = not record.completes
        if record.completes:
            first["complete_at"] = at
        known = 0
        new: set[bytes] = set()
        for link in record.links:
            if self._is_known(link.url_key):
                known += 1
                self._note_title(link, record.column, at)
            elif link.wanted:
                new.add(link.url_key)
                told = {"link_title": link.title, "listed_on": link.listed_on}
                work.add_page(link.url, link.url_key, "article", record.column, at, **told)
        self._add_reading(
            page,
            at,
            column=record.column,
            number=record.number,
            links=len(record.links),
            known=known,
            new=len(new),
            next_url=record.next_url,
            layout=record.layout,
            completes=record.completes,
            detail=record.seen,
        )
        work.counts.update(lists=1, links=len(record.links), links_new=len(new))

    def _note_title(self, link: LinkRecord, column: str, at: datetime) -> None:
        """An article whose headline changed on its own list is due at once."""
        page = self.work.pages.get(link.url_key)
        if page is None or page["kind"] != "article" or page["column"] != column or not link.title:
            return
        if page["link_title"] == link.title:
            return
        if page["link_title"] and page["state"] == "stored":
            page["next_due_at"] = at
        page["link_title"] = link.title
        self.work.dirty_page(page)

    def _list_row(self, url: str, key: bytes, column: str, at: datetime) -> Values:
        page = self.work.pages.get(key) or self.work.add_page(url, key, "list", column, at, next_due_at=None)
        page["kind"] = "list"
        return page

    def _add_reading(self, page: Values, at: datetime, **values: Any) -> None:
        row: Values = {
            "links": 0,
            "known": 0,
            "new": 0,
            "number": 0,
            "next_url": None,
            "layout": "",
            "completes": False,
        }
        row |= {"cause": "", "page": page, "run_id": self.work.handle.run_id, "read_at": at}
        self.work.readings.append(row | values)

    def _is_known(self, key: bytes) -> bool:
        if key in self.work.pages:
            return True
        owner = self.work.owner.get(key)
        if owner is None:
            return False
        # Of an article known from a mirror alone, the original address is still to be read.
        article = self.work.articles[owner]
        return not (article["from_mirror"] and article["url_key"] == key)

    def read(self, page: Values, fetch: FetchRecord, extractor_version: int | None = None) -> bytes | None:
        """The page was fetched and read: fetch row, validators, no trouble. The snapshot's hash."""
        digest = page["body_hash"] = self.digests.get(id(fetch))
        page["etag"] = fetch.headers.get("etag")
        page["last_modified"] = fetch.headers.get("last-modified")
        page["extractor_version"] = extractor_version
        self._answered(page, fetch, digest)
        return digest

    def touch(self, record: TouchRecord) -> None:
        """A page that is as it was: seen alive, due again later."""
        work, fetch = self.work, record.fetch
        page = work.pages.get(record.url_key)
        if page is None and record.url_key in work.owner:
            page = work.pages.get(work.articles[work.owner[record.url_key]]["url_key"])
        if page is None or (page["kind"] == "article" and page["article_id"] is None):
            return  # never stored, so there is nothing it could be unchanged from; it stays due
        page["etag"] = fetch.headers.get("etag") or page["etag"]
        page["last_modified"] = fetch.headers.get("last-modified") or page["last_modified"]
        self._answered(page, fetch, page["body_hash"])
        page["next_due_at"] = None
        if page["kind"] == "attachment":
            self.attachments.same(page, fetch.fetched_at)
        if page["kind"] != "article":
            return
        article = work.articles[page["article_id"]]
        if page["url_key"] == article["url_key"] or article["from_mirror"]:
            decisions.seen_alive(work, article, fetch.fetched_at, record.views)
            page["next_due_at"] = decisions.next_due(article, fetch.fetched_at, self.days)
        if record.files is not None:
            self.attachments.link(article["id"], record.files, fetch.fetched_at)
        work.counts["unchanged"] += 1

    def document(self, record: DocumentRecord) -> None:
        """A file came. One that no stored article links to is let go: its article could not be stored."""
        page = self.work.pages.get(record.url_key)
        if page is None or page["kind"] != "attachment":
            return
        before = page["body_hash"]
        digest = self.read(page, record.fetch)
        changed = before is not None and before != digest
        self.attachments.came(record, page, digest, changed)
        self.work.counts.update(files=1, files_changed=changed)

    def _answered(self, page: Values, fetch: FetchRecord, digest: bytes | None) -> None:
        page["fetched_at"] = fetch.fetched_at
        page["status"] = fetch.status
        page["missing_since"] = None
        page["state"] = "stored"
        if fetch.conditional:
            page["conditional_count"] += 1
        else:
            page["conditional_count"] = 0
            page["unconditional_at"] = fetch.fetched_at
        self.work.recovered(page)
        self.work.dirty_page(page)
        self._fetched(page, fetch, digest)

    def failure(self, record: FailureRecord) -> None:
        """A page that could not be read: gone, or quarantined and due for another try."""
        work = self.work
        at = record.at or (record.fetch.fetched_at if record.fetch is not None else self.now)
        page = work.pages.get(record.url_key)
        if record.kind == "attachment":
            if page is None or page["kind"] != "attachment":
                return
            self.attachments.failed(record.url_key, f"{record.cause}: {record.detail}")
        if page is None:
            page = work.add_page(record.url, record.url_key, record.kind, record.column, at)
            page["article_id"] = work.owner.get(record.url_key)
        work.dirty_page(page)
        work.causes[record.cause] += 1
        if record.fetch is not None:
            self._fetched(page, record.fetch, self.digests.get(id(record.fetch)))
        page["status"] = record.status
        if record.kind == "list":
            self._add_reading(page, at, column=record.column, cause=record.cause, detail=record.detail)
        elif page["article_id"] is not None and record.gone:
            self._gone(page, at)
            return
        elif page["article_id"] is not None and record.cause == "gone":
            page["next_due_at"] = at + MISSING_AGAIN
            return
        work.counts["failed"] += 1
        page["failures"] += 1
        if page["state"] == "pending":
            page["state"] = "quarantined"
        row = work.troubles.get(record.url_key) or work.quarantine.get(page["id"])
        goes_on = row is not None and row["resolved_at"] is None
        first_at = row["first_at"] if row is not None and goes_on else at
        tries = row["tries"] + 1 if row is not None and goes_on else 1
        page["next_due_at"] = next_retry(at, tries, first_at)
        work.troubles[record.url_key] = {
            "cause": record.cause,
            "detail": record.detail,
            "status": record.status,
            "first_at": first_at,
            "last_at": at,
            "tries": tries,
            "next_try_at": page["next_due_at"],
            "run_id": work.handle.run_id,
            "resolved_at": None,
        }

    def _gone(self, page: Values, at: datetime) -> None:
        """404 or 410 for a stored page on a healthy site: missing at first, withdrawn when it stays so."""
        work = self.work
        work.recovered(page)
        article = work.articles[page["article_id"]]
        if page["url_key"] != article["url_key"]:
            # Another address of the article; the article lives or dies at its own.
            page["state"], page["next_due_at"] = "missing", None
            return
        page["missing_since"] = page["missing_since"] or at
        confirmed = at - page["missing_since"] >= CONFIRM_AFTER
        state = "withdrawn" if confirmed or page["state"] == "withdrawn" else "missing"
        page["state"] = state
        # The second look counts from the first 404, so that looks in between do not put it off.
        page["next_due_at"] = at + WITHDRAWN_AGAIN if state == "withdrawn" else page["missing_since"] + MISSING_AGAIN
        if article["state"] != state:
            article["state"], article["state_changed_at"] = state, at
            work.dirty_article(article)
            work.counts[state] += 1
            # It may have moved to an address that so far was only a copy.
            for other in work.other_pages(article["id"]):
                if other["state"] == "stored":
                    other["next_due_at"] = at
                    work.dirty_page(other)

    def _fetched(self, page: Values, fetch: FetchRecord, digest: bytes | None) -> None:
        self.work.counts["fetched"] += 1
        self.work.fetches.append(
            {
                "page": page,
                "run_id": self.work.handle.run_id,
                "url": fetch.url,
                "status": fetch.status,
                "headers": dict(fetch.headers),
                "fetched_at": fetch.fetched_at,
                "elapsed_ms": fetch.elapsed_ms,
                "snapshot_hash": digest,
                "not_modified": fetch.not_modified,
            }
        )
