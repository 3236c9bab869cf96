"""Files that articles link to: which are wanted, what came, and what is told of them.

A file's address is a page of the kind "attachment", so that retries, quarantine, validators and revisits are those of
all pages. A link belongs to its article and is written with it; what was fetched is one document, whoever links to it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, case, func, select, update

from archive.answers import AttachmentRow, DocumentRow
from archive.attachment_models import ArticleAttachment, Document
from archive.database import Database
from archive.edits import same_files
from archive.file_revisions import revise_files
from archive.frontier import chunks
from archive.models import Article, table
from archive.records import AttachmentRecord, DocumentRecord
from archive.revisits import next_revisit
from archive.workset import Values, WorkSet

_link, _document, _article = table(ArticleAttachment), table(Document), table(Article)

_DOCUMENT_FIELDS = tuple(DocumentRow.__dataclass_fields__)
_LINK_FIELDS = tuple(name for name in AttachmentRow.__dataclass_fields__ if name != "document")


class Attachments:
    """The links and files of one storing transaction: gathered while pages are decided, written after them."""

    def __init__(self, work: WorkSet, revisit_days: Sequence[float]) -> None:
        self.work = work
        self.days = revisit_days
        self._linked: dict[int, tuple[list[AttachmentRecord], datetime]] = {}
        self._came: list[tuple[DocumentRecord, bytes | None]] = []
        self._outcomes: list[tuple[bytes, str, str]] = []
        self._replaced: dict[int, tuple[list[Values], datetime]] = {}

    # --- before the pages are written ---------------------------------------------------------------------------------

    def link(self, article_id: int, records: list[AttachmentRecord], at: datetime) -> None:
        """What an article's page links to now. Addresses never seen become pending pages."""
        self._linked[article_id] = (records, at)
        for record in records:
            if record.why_left:
                continue
            page = self.work.pages.get(record.url_key)
            if page is None:
                self.work.add_page(record.url, record.url_key, "attachment", "", at)
            elif page["kind"] == "article" and page["article_id"] is None:
                # A list linked to it as if it were an article.
                self.work.recovered(page)
                page.update(kind="attachment", state="pending", next_due_at=at)
                self.work.dirty_page(page)
            elif page["kind"] == "attachment" and page["next_due_at"] is None:
                page["next_due_at"] = at  # linked again after nobody did
                self.work.dirty_page(page)
            elif page["kind"] == "attachment" and self.work.articles[article_id]["changed_at"] == at:
                # Who edits an article may well replace its files: their ladder begins anew with it.
                page["next_due_at"] = min(page["next_due_at"], next_revisit(at, at, days=self.days))
                self.work.dirty_page(page)

    def came(self, record: DocumentRecord, page: Values, digest: bytes | None, changed: bool) -> None:
        """A file was fetched; its page is due again on the ladder of revisits."""
        self._came.append((record, digest))
        at = record.fetch.fetched_at
        since = at if changed else self._since(page)
        page["kind"], page["next_due_at"] = "attachment", next_revisit(at, since, days=self.days)

    def same(self, page: Values, at: datetime) -> None:
        """The file is as it was."""
        page["next_due_at"] = next_revisit(at, self._since(page), days=self.days)
        self._outcomes.append((page["url_key"], "stored", ""))

    def _since(self, page: Values) -> datetime:
        """When the ladder of a file began: with it, or with the last change of an article that links to it."""
        changed = (
            select(_article.c.id, _article.c.changed_at)
            .join(_link, _link.c.article_id == _article.c.id)
            .where(_link.c.url_key == page["url_key"], _link.c.linked)
        )
        moments: list[datetime] = [page["discovered_at"]]
        for article_id, at in self.work.connection.execute(changed):
            moments.append(self.work.articles[article_id]["changed_at"] if article_id in self.work.articles else at)
        return max(moments)

    def failed(self, url_key: bytes, detail: str) -> None:
        """The file could not be had this time; what was had before stays."""
        self._outcomes.append((url_key, "failed", detail))

    # --- after them ---------------------------------------------------------------------------------------------------

    def flush(self) -> None:
        """Write links, files and states; the pages have their numbers now."""
        for article_id, (records, at) in self._linked.items():
            self._write_links(article_id, records, at)
        for record, digest in self._came:
            if digest is not None:
                self._write_document(record, digest)
        for article_id, (files, seen_at) in self._replaced.items():
            revise_files(self.work, article_id, files, seen_at)
        for url_key, state, detail in self._outcomes:
            self.work.connection.execute(
                update(_link)
                .where(_link.c.url_key == url_key, _link.c.page_id.isnot(None))
                .values(state=state, detail=detail)
            )

    def _write_links(self, article_id: int, records: list[AttachmentRecord], at: datetime) -> None:
        connection = self.work.connection
        held: dict[bytes, RowMapping] = {}
        if article_id not in self.work.new_articles:
            mine = select(_link).where(_link.c.article_id == article_id)
            held = {row["url_key"]: row for row in connection.execute(mine).mappings()}
        linked = [row for row in held.values() if row["linked"]]
        moved = {new.url_key: old for old, new in same_files(linked, records) if old.url_key != new.url_key}
        for position, record in enumerate(records):
            page = None if record.why_left else self.work.pages[record.url_key]
            values: Values = {
                "url": record.url,
                "name": record.name,
                "position": position,
                "linked": True,
                "page_id": page["id"] if page is not None else None,
            }
            row = held.pop(record.url_key, None)
            if row is not None:
                if row["page_id"] is None or page is None:
                    values |= self._state(record, page)
                if any(row[name] != value for name, value in values.items()):
                    connection.execute(
                        update(_link)
                        .where(_link.c.article_id == article_id, _link.c.url_key == record.url_key)
                        .values(**values)
                    )
                continue
            values |= {"article_id": article_id, "url_key": record.url_key, "changed_at": None, "document_hash": None}
            values |= self._state(record, page)
            if record.url_key in moved:
                # The same file at another address; what comes from there shows whether it is another.
                values["document_hash"] = values["document_hash"] or moved[record.url_key].document_hash
            connection.execute(_link.insert().values(**values))
        self._unlink(article_id, [row for row in held.values() if row["linked"]], at)

    def _state(self, record: AttachmentRecord, page: Values | None) -> Values:
        if page is None:
            return {"state": "left", "detail": record.why_left}
        if page["body_hash"] is None:
            return {"state": "pending", "detail": ""}
        # Another article links to this very address, and the file is here.
        same = select(_document.c.hash).where(_document.c.snapshot_hash == page["body_hash"])
        found = self.work.connection.execute(same).scalar()
        return {"state": "stored" if found else "pending", "detail": "", "document_hash": found}

    def _unlink(self, article_id: int, rows: Sequence[RowMapping], at: datetime) -> None:
        """What the page no longer names is kept, and not asked for again unless another article links to it."""
        connection = self.work.connection
        for row in rows:
            mine = (_link.c.article_id == article_id) & (_link.c.url_key == row["url_key"])
            connection.execute(update(_link).where(mine).values(linked=False))
            others = select(func.count()).where(_link.c.url_key == row["url_key"], _link.c.linked)
            if row["page_id"] is not None and not connection.execute(others).scalar_one():
                self.work.retire_page(row["page_id"], at)

    def _write_document(self, record: DocumentRecord, digest: bytes) -> None:
        connection = self.work.connection
        held = connection.execute(
            select(_document.c.text_state, _document.c.reader).where(_document.c.hash == record.hash)
        ).first()
        if held is None:
            connection.execute(
                _document.insert().values(
                    hash=record.hash,
                    size=len(record.fetch.body or b""),
                    kind=record.kind,
                    media_type=record.media_type,
                    snapshot_hash=digest,
                    first_seen_at=record.fetch.fetched_at,
                    **_text_values(record),
                )
            )
        elif (record.text_state == "read" and held.reader < record.reader) or (
            held.text_state != "read" and record.text_state != "known"
        ):
            connection.execute(update(_document).where(_document.c.hash == record.hash).values(**_text_values(record)))
        self._note_replaced(record)
        other = _link.c.document_hash.isnot(None) & (_link.c.document_hash != record.hash)
        connection.execute(
            update(_link)
            .where(_link.c.url_key == record.url_key, _link.c.page_id.isnot(None))
            .values(
                state="stored",
                detail="",
                changed_at=case((other, record.fetch.fetched_at), else_=_link.c.changed_at),
                document_hash=record.hash,
            )
        )

    def _note_replaced(self, record: DocumentRecord) -> None:
        """Articles whose file was another one so far: their next revision says so."""
        before = (
            select(_link.c.article_id, _link.c.name, _link.c.url, _link.c.changed_at, _document.c.hash)
            .add_columns(_document.c.search_text, _document.c.text_state)
            .join(_document, _document.c.hash == _link.c.document_hash)
            .where(_link.c.url_key == record.url_key, _link.c.page_id.isnot(None), _link.c.linked)
            .where(_link.c.document_hash != record.hash)
        )
        now = select(_document.c.search_text, _document.c.text_state).where(_document.c.hash == record.hash)
        for row in self.work.connection.execute(before).mappings():
            new = self.work.connection.execute(now).one()
            if row["changed_at"] and row["text_state"] == new.text_state == "read" and row["search_text"] == new[0]:
                continue  # a program that writes the file anew for every reader, with the same words
            files, _ = self._replaced.setdefault(row["article_id"], ([], record.fetch.fetched_at))
            told = {"name": row["name"], "url": row["url"], "before": row["hash"].hex(), "after": record.hash.hex()}
            files.append(told)


def _text_values(record: DocumentRecord) -> Values:
    return {
        "text_state": record.text_state,
        "text_detail": record.text_detail,
        "reader": record.reader,
        "text": record.text,
        "search_text": record.search_text,
    }


# --- questions --------------------------------------------------------------------------------------------------------


def of_articles(connection: Connection, ids: Collection[int]) -> dict[int, list[AttachmentRow]]:
    """The files of each of these articles, in the page's order, those no longer linked last."""
    found: dict[int, list[AttachmentRow]] = {}
    columns = [_link.c[name] for name in ("article_id", *_LINK_FIELDS)]
    of_file = [_document.c[name].label(f"document_{name}") for name in _DOCUMENT_FIELDS]
    statement = (
        select(*columns, *of_file)
        .outerjoin(_document, _document.c.hash == _link.c.document_hash)
        .where(_link.c.article_id.in_(ids))
        .order_by(_link.c.article_id, _link.c.linked.desc(), _link.c.position, _link.c.url)
    )
    for row in connection.execute(statement).mappings():
        document = None
        if row["document_hash"] is not None:
            document = DocumentRow(**{name: row[f"document_{name}"] for name in _DOCUMENT_FIELDS})
        values = {name: row[name] for name in _LINK_FIELDS}
        found.setdefault(row["article_id"], []).append(AttachmentRow(**values, document=document))
    return found


def documents(
    database: Database, states: Sequence[str] | None, limit: int, before_reader: int | None
) -> list[DocumentRow]:
    """See ``Archive.documents``."""
    statement = select(*(_document.c[name] for name in _DOCUMENT_FIELDS)).order_by(
        _document.c.first_seen_at, _document.c.hash
    )
    if states is not None:
        statement = statement.where(_document.c.text_state.in_(list(states)))
    if before_reader is not None:
        statement = statement.where(_document.c.reader < before_reader)
    with database.read() as connection:
        return [DocumentRow(**row) for row in connection.execute(statement.limit(limit)).mappings()]


def document(database: Database, digest: bytes) -> DocumentRow | None:
    """See ``Archive.document``."""
    statement = select(*(_document.c[name] for name in _DOCUMENT_FIELDS)).where(_document.c.hash == digest)
    with database.read() as connection:
        row = connection.execute(statement).mappings().first()
    return DocumentRow(**row) if row is not None else None


def save_text(
    database: Database, digest: bytes, text: str | None, search_text: str, state: str, detail: str, reader: int
) -> None:
    """See ``Archive.save_text``."""
    with database.write() as connection:
        connection.execute(
            update(_document)
            .where(_document.c.hash == digest)
            .values(text=text, search_text=search_text, text_state=state, text_detail=detail, reader=reader)
        )


def file_states(connection: Connection, sites: list[Any]) -> dict[str, dict[str, int]]:
    """By site: how many linked files there are in each state; of fetched ones, by the state of their text."""
    state = case((_link.c.state == "stored", _document.c.text_state), else_=_link.c.state)
    statement = (
        select(_article.c.site, state, func.count())
        .join(_article, _article.c.id == _link.c.article_id)
        .outerjoin(_document, _document.c.hash == _link.c.document_hash)
        .where(_link.c.linked, *sites)
        .group_by(_article.c.site, state)
        .order_by(_article.c.site, state)
    )
    found: dict[str, dict[str, int]] = {}
    for site, word, number in connection.execute(statement):
        found.setdefault(site, {})[word] = number
    return found


def folded_texts(connection: Connection, ids: Collection[int]) -> dict[int, list[tuple[str, str, str]]]:
    """Name, text and folded text of the files of each article that have text."""
    found: dict[int, list[tuple[str, str, str]]] = {}
    for part in chunks(list(ids)):
        statement = (
            select(_link.c.article_id, _link.c.name, _document.c.text, _document.c.search_text)
            .join(_document, _document.c.hash == _link.c.document_hash)
            .where(_link.c.article_id.in_(part), _link.c.linked, _document.c.text.isnot(None))
            .order_by(_link.c.position)
        )
        for article_id, name, text, folded in connection.execute(statement):
            found.setdefault(article_id, []).append((name, text, folded))
    return found


def articles_holding(term: Any, among: Sequence[int] | None = None) -> Any:
    """The ids of articles that link to a file for which ``term(folded text)`` is true, as a subquery.

    With ``among`` only the files of these articles are looked into.
    """
    mine = [] if among is None else [_link.c.article_id.in_(among)]
    return (
        select(_link.c.article_id)
        .join(_document, _document.c.hash == _link.c.document_hash)
        .where(_link.c.linked, *mine, term(_document.c.search_text))
    )
