"""Reading again: a revision keeps its number, its time and its bytes, and gets what today's reading says of them.

That is no change of the site, so it makes no revision. What the former reading said is kept in a table of its own: it
can be told and put back. A *reading* is named by a signature of the extractor's version and the site's declarations;
a revision that carries today's signature needs no second look.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, func, select, tuple_, update

from archive import stories
from archive.answers import RevisionRow
from archive.database import Database
from archive.models import Article, JsonText, PlainText, Revision, table
from archive.records import ArticleRecord, RunHandle
from archive.rereading_models import Rereading
from archive.runs import hold
from archive.workset import Values, WorkSet

_article, _revision, _rereading = table(Article), table(Revision), table(Rereading)

FIELDS = (
    "title", "subtitle", "body", "published_at", "published_precision", "source", "source_url", "column",
    "reporters", "correspondents", "interns", "authors", "editors", "images", "attachments", "doc_number", "issuer",
    "views", "is_mirror", "restored", "title_raw", "body_raw", "repairs", "language_script", "charset", "layout",
    "evidence", "warnings", "fingerprint",
)  # fmt: skip
"""The columns of a revision that its reading says; the others tell of the fetch."""

LARGEST = 2**63 - 1
_ASKED_FOR = frozenset(["title", "body", "fingerprint", "published_at", "published_precision", "source", "is_mirror"])
"""Those that search and stories go by."""
_REVISION_FIELDS = tuple(RevisionRow.__dataclass_fields__)
_text, _json = PlainText(), JsonText()
_PAGE = 200

Fate = Literal["reread", "same", "outdated"]
"""What became of one new reading: it replaced another; it says the same; what it was read from is not there now."""


@dataclass(slots=True)
class RereadingRow:
    """A revision was read again from its bytes. ``fields`` holds the former value of each field that differed.

    ``reading_before`` and ``reading_after`` name both readings, ``extractor_version`` is the former's.
    """

    id: int
    article_id: int
    number: int
    replaced_at: datetime
    run_id: int
    reading_before: str
    reading_after: str
    extractor_version: int
    fields: dict[str, Any]
    undone_at: datetime | None


_ROW_FIELDS = tuple(RereadingRow.__dataclass_fields__)


@dataclass(slots=True, frozen=True)
class NewReading:
    """What one revision's bytes say by today's reading. ``values`` holds each of ``FIELDS``.

    ``snapshot_hash`` is what was read: a revision that stands on other bytes by now is left alone.
    """

    article_id: int
    number: int
    snapshot_hash: bytes | None
    extractor_version: int
    reading: str
    values: Values
    search_title: str
    search_body: str

    def to_json(self) -> dict[str, Any]:
        """Plain values, for another process."""
        return {
            "article_id": self.article_id,
            "number": self.number,
            "snapshot_hash": self.snapshot_hash.hex() if self.snapshot_hash is not None else None,
            "extractor_version": self.extractor_version,
            "reading": self.reading,
            "values": _encoded(self.values),
            "search_title": self.search_title,
            "search_body": self.search_body,
        }

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> NewReading:
        """The reading that another process wrote down."""
        digest = plain["snapshot_hash"]
        return cls(
            **{
                **plain,
                "snapshot_hash": bytes.fromhex(digest) if digest is not None else None,
                "values": _decoded(plain["values"]),
            }
        )


def reading_values(record: ArticleRecord) -> Values:
    """The columns of a revision that come from reading."""
    values: Values = {name: getattr(record, name) for name in FIELDS}
    values["views"] = None if record.views is None else min(record.views, LARGEST)
    return values


def repeated_values(values: Mapping[str, Any]) -> Values:
    """The columns of ``article`` that repeat what its current revision says."""
    named = ("fingerprint", "title", "published_at", "published_precision", "source", "is_mirror", "restored")
    column = values["column"]
    return {**{name: values[name] for name in named}, "column": "\n" + "\n".join(column) + "\n" if column else ""}


def new_reading(revision: RevisionRow, record: ArticleRecord) -> NewReading:
    """``record`` as the new reading of a stored revision."""
    return NewReading(
        article_id=revision.article_id,
        number=revision.number,
        snapshot_hash=revision.snapshot_hash,
        extractor_version=record.extractor_version,
        reading=record.reading,
        values=reading_values(record),
        search_title=record.search_title,
        search_body=record.search_body,
    )


def differing(held: Mapping[str, Any], values: Mapping[str, Any]) -> list[str]:
    """The fields in which a new reading differs from the stored one, as they would be stored."""
    return [name for name in FIELDS if held[name] != _as_stored(values[name])]


def _as_stored(value: Any) -> Any:
    if isinstance(value, str):
        return _text.process_bind_param(value, None)  # type: ignore[arg-type]  # the dialect does not matter
    if isinstance(value, list | dict):
        return json.loads(_json.process_bind_param(value, None)) if value else value  # type: ignore[arg-type]
    return value


def _encoded(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else value


def _decoded(plain: Mapping[str, Any]) -> Values:
    values = dict(plain)
    if values.get("published_at") is not None:
        values["published_at"] = datetime.fromisoformat(values["published_at"])
    if "fingerprint" in values:
        values["fingerprint"] = bytes.fromhex(values["fingerprint"])
    return values


# --- writing ----------------------------------------------------------------------------------------------------------


def replace(work: WorkSet, new: NewReading, now: datetime, held: Mapping[str, Any] | None = None) -> Fate:
    """Put a new reading in the place of the stored one, at once; ``work.articles`` must hold the article.

    ``held`` is the revision's row, looked up when it is not given.
    """
    article = work.articles[new.article_id]
    if held is None:
        held = _rows(work, [(new.article_id, new.number)]).get((new.article_id, new.number))
    if held is None or held["snapshot_hash"] != new.snapshot_hash:
        return "outdated"
    names = differing(held, new.values)
    marks = {"extractor_version": new.extractor_version, "reading": new.reading}
    if article["revision"] == new.number and article["last_reading"]:
        article["last_reading"] = {}  # it tells what another reading found
        work.dirty_article(article)
    if not names:
        if any(held[name] != mark for name, mark in marks.items()):
            work.revise(new.article_id, new.number, marks)
        return "same"
    work.revise(new.article_id, new.number, marks | {name: new.values[name] for name in names})
    work.rereadings.append(
        {
            "article_id": new.article_id,
            "number": new.number,
            "replaced_at": now,
            "run_id": work.handle.run_id,
            "reading_before": held["reading"],
            "reading_after": new.reading,
            "extractor_version": held["extractor_version"],
            "fields": _encoded({name: held[name] for name in names}),
            "undone_at": None,
        }
    )
    _show(work, article, new.number, names, new.values, (new.search_title, new.search_body))
    return "reread"


def _show(
    work: WorkSet, article: Values, number: int, names: Sequence[str], values: Mapping[str, Any], folded: Sequence[str]
) -> None:
    """Where the revision is the current one, article and search say what it says."""
    if article["revision"] != number:
        return
    article.update(repeated_values(values))
    work.dirty_article(article)
    if not _ASKED_FOR.isdisjoint(names):
        work.search[article["id"]] = {"article_id": article["id"], "title": folded[0], "body": folded[1]}


def _texts(work: WorkSet) -> dict[int, tuple[str, str]]:
    """The folded texts of the articles whose stories may be others now."""
    return {number: (row["title"], row["body"]) for number, row in work.search.items()}


def _rows(work: WorkSet, keys: Sequence[tuple[int, int]]) -> dict[tuple[int, int], Values]:
    statement = select(_revision).where(tuple_(_revision.c.article_id, _revision.c.number).in_(keys))
    return {(row["article_id"], row["number"]): dict(row) for row in work.connection.execute(statement).mappings()}


def store(database: Database, handle: RunHandle, readings: Sequence[NewReading], now: datetime) -> list[Fate]:
    """See ``Archive.reread``."""
    with database.write() as connection:
        hold(connection, handle, now)
        work = WorkSet(connection, handle, database.is_sqlite)
        work.load_articles([new.article_id for new in readings])
        held = _rows(work, [(new.article_id, new.number) for new in readings])
        fates = [_replace_listed(work, new, held.get((new.article_id, new.number)), now) for new in readings]
        for fate in fates:
            work.counts[fate] += 1
        work.flush(now)
        work.count(now)
        stories.refresh(connection, _texts(work), now)
    return fates


def _replace_listed(work: WorkSet, new: NewReading, held: Values | None, now: datetime) -> Fate:
    if held is None or new.article_id not in work.articles:
        return "outdated"
    fate = replace(work, new, now, held)
    article = work.articles[new.article_id]
    is_current = article["revision"] == new.number and article["state"] == "live"
    if fate == "reread" and is_current and held["attachments"] != _as_stored(new.values["attachments"]):
        # Which files are wanted is the crawl's to say: the page is asked for, and its files with it.
        page = work.pages.get(article["url_key"])
        if page is not None:
            page["extractor_version"], page["next_due_at"] = None, now
            work.dirty_page(page)
    return fate


def undo(
    database: Database, handle: RunHandle, run_id: int, fold: Callable[[str], str], now: datetime, before: int | None
) -> tuple[int, int, int | None]:
    """One batch of ``Archive.undo_rereading``, newest first, below the number ``before``; the third is the next one."""
    statement = select(_rereading).where(_rereading.c.run_id == run_id, _rereading.c.undone_at.is_(None))
    if before is not None:
        statement = statement.where(_rereading.c.id < before)
    put_back = 0
    with database.write() as connection:
        hold(connection, handle, now)
        work = WorkSet(connection, handle, database.is_sqlite)
        found = connection.execute(statement.order_by(_rereading.c.id.desc()).limit(_PAGE)).mappings()
        rows = [dict(row) for row in found]
        work.load_articles([row["article_id"] for row in rows])
        held = _rows(work, [(row["article_id"], row["number"]) for row in rows])
        for row in rows:
            revision = held[row["article_id"], row["number"]]
            if revision["reading"] != row["reading_after"]:
                continue  # read again since; that reading stays
            former = _decoded(row["fields"])
            marks = {"extractor_version": row["extractor_version"], "reading": row["reading_before"]}
            revision |= marks | former
            work.revise(row["article_id"], row["number"], marks | former)
            folded = (fold(revision["title"]), fold(revision["body"]))
            _show(work, work.articles[row["article_id"]], row["number"], list(former), revision, folded)
            connection.execute(update(_rereading).where(_rereading.c.id == row["id"]).values(undone_at=now))
            put_back += 1
        work.counts["undone"] += put_back
        work.flush(now)
        work.count(now)
        stories.refresh(connection, _texts(work), now)
    return put_back, len(rows) - put_back, rows[-1]["id"] if len(rows) == _PAGE else None


# --- questions --------------------------------------------------------------------------------------------------------


@dataclass(slots=True, frozen=True)
class Wanted:
    """Which revisions are read again. ``since`` is included, ``until`` is not; both ask when the page was fetched.

    ``reading`` leaves out those that were read by it already. ``share`` (i, n) takes every n-th article.
    """

    site: str
    reading: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    all_revisions: bool = False
    share: tuple[int, int] = (0, 1)

    def narrowed(self, statement: Select[Any]) -> Select[Any]:
        """The statement, over articles and their revisions, for these only."""
        conditions: list[ColumnElement[bool]] = [_article.c.site == self.site]
        if not self.all_revisions:
            conditions.append(_revision.c.number == _article.c.revision)
        if self.reading is not None:
            conditions.append(_revision.c.reading != self.reading)
        if self.since is not None:
            conditions.append(_revision.c.fetched_at >= self.since)
        if self.until is not None:
            conditions.append(_revision.c.fetched_at < self.until)
        if self.share[1] > 1:
            conditions.append(_article.c.id % self.share[1] == self.share[0])
        return statement.where(*conditions)


_BOTH = _article.join(_revision, _revision.c.article_id == _article.c.id)


def count(database: Database, wanted: Wanted) -> int:
    """See ``Archive.count_to_reread``."""
    with database.read() as connection:
        found: int = connection.execute(wanted.narrowed(select(func.count()).select_from(_BOTH))).scalar_one()
    return found


def listed(database: Database, wanted: Wanted) -> Iterator[RevisionRow]:
    """See ``Archive.to_reread``."""
    key = tuple_(_revision.c.article_id, _revision.c.number)
    statement = wanted.narrowed(select(_revision).select_from(_BOTH))
    statement = statement.order_by(_revision.c.article_id, _revision.c.number).limit(_PAGE)
    last = (0, 0)
    while True:
        with database.read() as connection:
            rows = connection.execute(statement.where(key > tuple_(*last))).mappings().all()
        for row in rows:
            yield RevisionRow(**{name: row[name] for name in _REVISION_FIELDS})
        if len(rows) < _PAGE:
            return
        last = (rows[-1]["article_id"], rows[-1]["number"])


def history(database: Database, article_id: int | None, run_id: int | None) -> list[RereadingRow]:
    """See ``Archive.rereadings``."""
    statement = select(_rereading).order_by(_rereading.c.id)
    if article_id is not None:
        statement = statement.where(_rereading.c.article_id == article_id)
    if run_id is not None:
        statement = statement.where(_rereading.c.run_id == run_id)
    with database.read() as connection:
        rows = connection.execute(statement).mappings().all()
    return [RereadingRow(**{name: row[name] for name in _ROW_FIELDS}) for row in rows]
