"""Storing a batch: snapshots first, then one transaction that decides and writes everything.

What is not stored is not known: links of a list page become pending pages together with its reading, so neither a
killed process nor a lost lease can make an address disappear.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from archive import decisions, stories
from archive.alarms import refuse_frozen
from archive.attachments import Attachments
from archive.bodies import add_places, require, write_bodies
from archive.database import Database
from archive.events import add_events, first_reprints, news_from
from archive.records import (
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
from archive.revisits import MISSING_AGAIN, next_retry
from archive.runs import hold
from archive.snapshots import SnapshotStore, digest_of
from archive.withdrawals import gone, move, seen_alive
from archive.workset import Values, WorkSet


def store(
    database: Database,
    snapshots: SnapshotStore,
    handle: RunHandle,
    batch: StoreBatch,
    revisit_days: Sequence[float],
    now: datetime,
) -> list[Outcome]:
    """See ``Archive.store``. Raises BytesPruned when it is to be tried again."""
    for record in batch.records():
        if record.site != handle.site:
            raise ValueError(f"run {handle.run_id} holds {handle.site!r} and cannot store for {record.site!r}")
    digests, files = write_bodies(database, snapshots, batch, now)
    with database.write() as connection:
        hold(connection, handle, now)
        require(connection, snapshots, digests, files)
        refuse_frozen(connection, handle.site)
        work = WorkSet(connection, handle, database.is_sqlite)
        work.load(_keys_of(batch), [record.fingerprint for record in batch.articles])
        add_places(work, files)
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
        stories.stored(connection, work.search, batch.articles, outcomes, now)
        told = [event for event in work.events if event["kind"] == "new"]
        if told:
            add_events(connection, first_reprints(connection, told, work.new_articles))
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
        self._reads_back: bool | None = None

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
        complete_before = first["complete_at"]
        first["chain_open"] = not record.completes
        if record.completes:
            first["complete_at"] = at
        known = 0
        new: set[bytes] = set()
        since = news_from(complete_before, at, reads_back=self.reads_back)
        for link in record.links:
            if self._is_known(link.url_key):
                known += 1
                self._note_title(link, record.column, at)
            elif link.wanted:
                new.add(link.url_key)
                told = {"link_title": link.title, "listed_on": link.listed_on, "news_from": since}
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

    @property
    def reads_back(self) -> bool:
        """Whether the run was asked for old articles, too."""
        if self._reads_back is None:
            self._reads_back = not self.work.run_options().keys().isdisjoint(("since", "backfill"))
        return self._reads_back

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
        if record.past:
            self._fetched(page, fetch, self.digests.get(id(fetch)))
            return
        page["etag"] = fetch.headers.get("etag") or page["etag"]
        page["last_modified"] = fetch.headers.get("last-modified") or page["last_modified"]
        same = fetch.body is None or digest_of(fetch.body) == page["body_hash"]  # what differs is not kept
        self._answered(page, fetch, page["body_hash"] if same else None)
        page["next_due_at"] = None
        if page["kind"] == "attachment":
            self.attachments.same(page, fetch.fetched_at)
        if page["kind"] != "article":
            return
        article = work.articles[page["article_id"]]
        if article["state"] != "live" and record.url_key == page["url_key"] and work.is_copy(page["url_key"]):
            move(work, article, page["url"], page["url_key"], fetch.fetched_at)
        if page["url_key"] == article["url_key"] or article["from_mirror"]:
            seen_alive(work, article, fetch.fetched_at, record.views)
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
            gone(work, page, at, record.detail)
            return
        elif page["article_id"] is not None and record.cause in ("gone", "soft_404"):
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
