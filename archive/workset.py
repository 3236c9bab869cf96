"""The rows one storing transaction reads and writes: loaded in a few queries, changed in memory, written in bulk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, func, select, text, union_all, update

from archive.alarm_models import StateChange
from archive.bulk import BulkWrite
from archive.events import add_events
from archive.frontier import chunks
from archive.models import (
    Alias,
    Article,
    FetchRow,
    ListReading,
    Page,
    Quarantine,
    Revision,
    Run,
    SearchText,
    SnapshotPlace,
    table,
)
from archive.records import PageKind, RunHandle
from archive.rereading_models import Rereading
from archive.words import IMPORT, REREADING, EventKind

Values = dict[str, Any]

_page, _article, _alias, _search = table(Page), table(Article), table(Alias), table(SearchText)
_fetch, _run, _quarantine, _snapshot = table(FetchRow), table(Run), table(Quarantine), table(SnapshotPlace)
_revision, _reading, _rereading = table(Revision), table(ListReading), table(Rereading)
_state = table(StateChange)


def _insert(target: Table, *generated: str) -> BulkWrite:
    return BulkWrite(target, [column.name for column in target.c if column.name not in generated])


def _update(target: Table, key: str, *fixed: str) -> BulkWrite:
    # Columns that never change stay out: naming one rewrites its index entry.
    return BulkWrite(target, [column.name for column in target.c if column.name not in (key, *fixed)], key)


_INSERT_PAGE, _INSERT_ARTICLE, _INSERT_ALIAS, _INSERT_SEARCH = map(_insert, (_page, _article, _alias, _search))
_INSERT_REVISION, _INSERT_SNAPSHOT, _INSERT_QUARANTINE = map(_insert, (_revision, _snapshot, _quarantine))
_INSERT_REREADING = _insert(_rereading, "id")
_INSERT_FETCH, _INSERT_READING, _INSERT_STATE = (_insert(target, "id") for target in (_fetch, _reading, _state))
_UPDATE_PAGE = _update(_page, "id", "url", "url_key", "site", "column", "discovered_at", "listed_on", "news_from")
_UPDATE_ARTICLE = _update(_article, "id")
_UPDATE_SEEN = BulkWrite(_article, ["last_seen_at", "views"], "id")
_UPDATE_SEARCH = _update(_search, "article_id")
_UPDATE_QUARANTINE = _update(_quarantine, "page_id")


class WorkSet:
    """Pages, articles and their owners as this transaction sees them, with its own changes on top.

    ``pages`` by key, ``articles`` by id, ``owner`` from every article or alias key to the article's id. Row values are
    dictionaries of columns; changing one and naming it dirty is enough to have it written.
    """

    def __init__(self, connection: Connection, handle: RunHandle, is_sqlite: bool) -> None:
        self.connection = connection
        self.handle = handle
        self.is_sqlite = is_sqlite
        self.pages: dict[bytes, Values] = {}
        self.articles: dict[int, Values] = {}
        self.owner: dict[bytes, int] = {}
        self.same_text: dict[tuple[str, bytes], list[int]] = {}
        self.quarantine: dict[int, Values] = {}
        """Stored quarantine rows of failing pages, by page number."""
        self.troubles: dict[bytes, Values] = {}
        """Quarantine rows to write, by the page's key."""
        self.counts: Counter[str] = Counter()
        self.causes: Counter[str] = Counter()
        self.fetches: list[Values] = []
        self.readings: list[Values] = []
        self.revisions: list[Values] = []
        self.states: list[Values] = []
        self.aliases: list[Values] = []
        self.search: dict[int, Values] = {}
        self.snapshots: list[Values] = []
        self.rereadings: list[Values] = []
        self.events: list[Values] = []
        self._new_pages: list[Values] = []
        self._new_articles: list[Values] = []
        self._new_ids: set[int] = set()
        self._dirty_pages: dict[int, Values] = {}
        self._dirty_articles: dict[int, Values] = {}
        self._seen_articles: dict[int, Values] = {}
        self._resolved: list[int] = []

    # --- loading ------------------------------------------------------------------------------------------------------

    def load(self, keys: Iterable[bytes], fingerprints: Iterable[bytes]) -> None:
        """Read everything that these addresses and texts touch."""
        wanted = list(dict.fromkeys(keys))
        for part in chunks(wanted):
            self._load_pages(part)
            owners = union_all(
                select(_article.c.url_key, _article.c.id).where(_article.c.url_key.in_(part)),
                select(_alias.c.url_key, _alias.c.article_id).where(_alias.c.url_key.in_(part)),
            )
            for key, article_id in self.connection.execute(owners):
                self.owner[key] = article_id
        ids = set(self.owner.values()) | {page["article_id"] for page in self.pages.values() if page["article_id"]}
        for part_of_ids in chunks(sorted(ids)):
            self._load_articles(select(_article).where(_article.c.id.in_(part_of_ids)))
        for part in chunks(list(dict.fromkeys(fingerprints))):
            same = select(_article).where(_article.c.site == self.handle.site, _article.c.fingerprint.in_(part))
            self._load_articles(same.order_by(_article.c.id))
        # An alias leads to the article's own page.
        missing = [article["url_key"] for article in self.articles.values() if article["url_key"] not in self.pages]
        for part in chunks(missing):
            self._load_pages(part)

    def load_articles(self, ids: Iterable[int]) -> None:
        """Read these articles and their own pages."""
        for part in chunks(sorted(set(ids))):
            self._load_articles(select(_article).where(_article.c.id.in_(part)))
        missing = [article["url_key"] for article in self.articles.values() if article["url_key"] not in self.pages]
        for keys in chunks(missing):
            self._load_pages(keys)

    def load_quarantine(self, page_ids: Iterable[int]) -> None:
        """Read the quarantine rows of these pages."""
        for part in chunks(list(page_ids)):
            rows = self.connection.execute(select(_quarantine).where(_quarantine.c.page_id.in_(part)))
            for row in rows.mappings():
                self.quarantine[row["page_id"]] = dict(row)

    def other_pages(self, article_id: int) -> list[Values]:
        """The pages at an article's other addresses, without the further pages of one over several."""
        mine = (_alias.c.article_id == article_id) & (_alias.c.reason != "part")
        keys = self.connection.execute(select(_alias.c.url_key).where(mine)).scalars().all()
        self._load_pages([key for key in keys if key not in self.pages])
        return [self.pages[key] for key in keys if key in self.pages]

    def _load_pages(self, keys: Iterable[bytes]) -> None:
        for row in self.connection.execute(select(_page).where(_page.c.url_key.in_(keys))).mappings():
            self.pages[row["url_key"]] = dict(row)

    def _load_articles(self, statement: Any) -> None:
        for row in self.connection.execute(statement).mappings():
            if row["id"] not in self.articles:
                self._remember(dict(row))

    def _remember(self, article: Values) -> None:
        self.articles[article["id"]] = article
        self.owner[article["url_key"]] = article["id"]
        ids = self.same_text.setdefault((article["site"], article["fingerprint"]), [])
        if article["id"] not in ids:
            ids.append(article["id"])

    def next_ids(self, target: Table, count: int) -> list[int]:
        """Numbers for new rows. Writers are alone, and no row is ever deleted."""
        if count == 0:
            return []
        if self.is_sqlite:
            last = self.connection.execute(select(func.coalesce(func.max(target.c.id), 0))).scalar_one()
            return list(range(last + 1, last + 1 + count))
        statement = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)")
        return list(self.connection.execute(statement, {"name": target.name, "count": count}).scalars())

    # --- changing -----------------------------------------------------------------------------------------------------

    def add_page(self, url: str, key: bytes, kind: PageKind, column: str, at: datetime, **values: Any) -> Values:
        """A page for an address never seen before, pending and due at once. It gets its number when written."""
        page: Values = {
            "id": 0,
            "url": url,
            "url_key": key,
            "kind": kind,
            "site": self.handle.site,
            "column": column,
            "state": "pending",
            "article_id": None,
            "etag": None,
            "last_modified": None,
            "body_hash": None,
            "extractor_version": None,
            "discovered_at": at,
            "fetched_at": None,
            "unconditional_at": None,
            "conditional_count": 0,
            "status": None,
            "failures": 0,
            "missing_since": None,
            "next_due_at": at,
            "link_title": "",
            "listed_on": None,
            "complete_at": None,
            "chain_open": False,
            "parts": 0,
            "news_from": None,
            **values,
        }
        self.pages[key] = page
        self._new_pages.append(page)
        return page

    def dirty_page(self, page: Values) -> None:
        """This page's row must be written again."""
        if page["id"]:
            self._dirty_pages[page["id"]] = page

    def retire_page(self, page_id: int, at: datetime) -> None:
        """Nobody links to this file any more: it is not asked for again, and no trouble of anyone. After ``flush``."""
        mine = _page.c.id == page_id
        self.connection.execute(update(_page).where(mine).values(state="missing", failures=0, next_due_at=None))
        trouble = (_quarantine.c.page_id == page_id) & _quarantine.c.resolved_at.is_(None)
        self.connection.execute(update(_quarantine).where(trouble).values(resolved_at=at))

    def run_options(self) -> Values:
        """What this run was asked for."""
        mine = select(_run.c.options).where(_run.c.id == self.handle.run_id)
        return dict(self.connection.execute(mine).scalar_one())

    @property
    def new_articles(self) -> Collection[int]:
        """Numbers of the articles that this transaction adds."""
        return self._new_ids

    def add_article(self, article: Values) -> None:
        """A new article; ``article["id"]`` is set."""
        self._new_articles.append(article)
        self._new_ids.add(article["id"])
        self._remember(article)

    def dirty_article(self, article: Values) -> None:
        """This article's row must be written again."""
        if article["id"] not in self._new_ids:
            self._dirty_articles[article["id"]] = article
        self._remember(article)

    def set_state(self, article: Values, state: str, at: datetime, why: str) -> None:
        """The article is live, missing or withdrawn from now on; ``why`` is kept with it."""
        if state == "withdrawn":
            self.tell("withdrawn", article, at, why=why)
        elif article["state"] == "withdrawn":
            self.tell("restored", article, at)
        article["state"], article["state_changed_at"] = state, at
        row = {"article_id": article["id"], "state": state, "why": why, "at": at, "run_id": self.handle.run_id}
        self.states.append(row)

    def tell(self, kind: EventKind, article: Values, at: datetime, **detail: Any) -> None:
        """Something happened that watches may want to know. What was brought from elsewhere happened long ago."""
        if self.handle.kind not in (IMPORT, REREADING):
            row = {"kind": kind, "site": article["site"], "article_id": article["id"], "revision": article["revision"]}
            self.events.append({**row, "at": at, "run_id": self.handle.run_id, "detail": detail})

    def seen_article(self, article: Values) -> None:
        """Of this article only the last sight and the views have changed: most revisits."""
        if article["id"] not in self._new_ids:
            self._seen_articles[article["id"]] = article

    def stored_revision(self, article: Values) -> Values | None:
        """The current revision of an article; None when this transaction adds it."""
        mine = (_revision.c.article_id == article["id"]) & (_revision.c.number == article["revision"])
        row = self.connection.execute(select(_revision).where(mine)).mappings().first()
        return None if row is None else dict(row)

    def revise(self, article_id: int, number: int, values: Values) -> None:
        """Give a stored revision other values, now: what comes after is compared with them."""
        mine = (_revision.c.article_id == article_id) & (_revision.c.number == number)
        self.connection.execute(update(_revision).where(mine).values(**values))

    def add_alias(self, url: str, key: bytes, article_id: int, reason: str, at: datetime) -> None:
        """Another address of an article, unless the address belongs to one already."""
        if key not in self.owner:
            self.owner[key] = article_id
            row = {"url_key": key, "url": url, "article_id": article_id, "reason": reason, "first_seen_at": at}
            self.aliases.append(row)

    def is_copy(self, key: bytes) -> bool:
        """Whether the address is one that showed an article's whole text, and not a part of it."""
        reason = self.connection.execute(select(_alias.c.reason).where(_alias.c.url_key == key)).scalar()
        return reason in ("copy", "canonical", "redirect")

    def drop_alias(self, key: bytes) -> None:
        """The address becomes an article's own."""
        self.aliases = [row for row in self.aliases if row["url_key"] != key]
        self.connection.execute(_alias.delete().where(_alias.c.url_key == key))

    def recovered(self, page: Values) -> None:
        """The page was read, or is known to be gone: its trouble is over."""
        if page["failures"]:
            page["failures"] = 0
            self.troubles.pop(page["url_key"], None)
            if page["id"]:
                self._resolved.append(page["id"])

    # --- writing ------------------------------------------------------------------------------------------------------

    def flush(self, now: datetime) -> None:
        """Write all changes, a bulk statement per table, in the order of the references."""
        for page, number in zip(self._new_pages, self.next_ids(_page, len(self._new_pages)), strict=True):
            page["id"] = number
        _INSERT_SNAPSHOT.run(self.connection, self.snapshots)
        _INSERT_ARTICLE.run(self.connection, self._new_articles)
        _UPDATE_ARTICLE.run(self.connection, self._dirty_articles.values())
        seen = [row for number, row in self._seen_articles.items() if number not in self._dirty_articles]
        _UPDATE_SEEN.run(self.connection, seen)
        rows = list(self.search.values())
        _INSERT_SEARCH.run(self.connection, [row for row in rows if row["article_id"] in self._new_ids])
        _UPDATE_SEARCH.run(self.connection, [row for row in rows if row["article_id"] not in self._new_ids])
        _INSERT_REVISION.run(self.connection, self.revisions)
        _INSERT_REREADING.run(self.connection, self.rereadings)
        _INSERT_STATE.run(self.connection, self.states)
        _INSERT_ALIAS.run(self.connection, self.aliases)
        _INSERT_PAGE.run(self.connection, self._new_pages)
        _UPDATE_PAGE.run(self.connection, self._dirty_pages.values())
        for rows_of_pages in (self.fetches, self.readings):
            for row in rows_of_pages:
                row["page_id"] = row.pop("page")["id"]
        _INSERT_FETCH.run(self.connection, self.fetches)
        _INSERT_READING.run(self.connection, self.readings)
        self._write_quarantine(now)
        add_events(self.connection, self.events)

    def _write_quarantine(self, now: datetime) -> None:
        for part in chunks(self._resolved):
            self.connection.execute(
                update(_quarantine)
                .where(_quarantine.c.page_id.in_(part), _quarantine.c.resolved_at.is_(None))
                .values(resolved_at=now)
            )
        rows = [{**row, "page_id": self.pages[key]["id"]} for key, row in self.troubles.items()]
        _INSERT_QUARANTINE.run(self.connection, [row for row in rows if row["page_id"] not in self.quarantine])
        _UPDATE_QUARANTINE.run(self.connection, [row for row in rows if row["page_id"] in self.quarantine])

    def count(self, now: datetime) -> None:
        """Add this transaction's counts to its run. The last step."""
        mine = _run.c.id == self.handle.run_id
        old = self.connection.execute(select(_run.c.counts, _run.c.causes).where(mine)).one()
        counts = Counter(old.counts) + self.counts
        causes = Counter(old.causes) + self.causes
        values = {"heartbeat_at": now, "counts": dict(counts), "causes": dict(causes)}
        self.connection.execute(update(_run).where(mine).values(**values))
