"""The tables. One schema for SQLite and PostgreSQL; ``archive/migrations`` must agree with it (a test compares).

``page`` is every address ever seen, ``article`` what it is about, ``revision`` what it said. An address belongs to at
most one page and to at most one article (as its own address or as an alias).
"""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine

# PostgreSQL takes no NUL and no driver takes a lone surrogate; both come in with broken pages and headers.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC. SQLite has no such type and gets text of one length, which sorts by time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone cannot be stored: {value!r}")
        if value.tzinfo is not UTC:
            value = value.astimezone(UTC)
        # The offset is always the same and would only take room.
        return value.isoformat(" ", "microseconds")[:26] if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if dialect.name == "sqlite":
            return datetime.fromisoformat(value).replace(tzinfo=UTC)
        moment: datetime = value
        return moment.astimezone(UTC)


class PlainText(TypeDecorator[str]):
    """Text that both databases take: NUL and lone surrogates become U+FFFD."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if not value or (value.isascii() and "\x00" not in value):
            return value
        return _UNSTORABLE.sub("\ufffd", value)


class JsonText(TypeDecorator[Any]):
    """A small structure kept as compact JSON text, the same on both databases."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str:
        if not value:
            return "{}" if isinstance(value, dict) else "[]"
        return _UNSTORABLE.sub("\ufffd", _dumps(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return json.loads(value or "null")


_dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

Id = BigInteger().with_variant(Integer, "sqlite")
_FOUND = text("article_id IS NOT NULL")


class Base(DeclarativeBase):
    # Constraints have names on both databases, so that later migrations can change them.
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {
        str: PlainText,
        datetime: UtcDateTime,
        date: Date,
        bytes: LargeBinary,
        dict[str, Any]: JsonText,
        dict[str, int]: JsonText,
        list[str]: JsonText,
        list[dict[str, Any]]: JsonText,
    }


_RUNNING = text("verdict = 'running'")


class Run(Base):
    """One execution of one spider. ``verdict`` is "running" until it is closed."""

    __tablename__ = "run"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    site: Mapped[str]
    kind: Mapped[str]
    options: Mapped[dict[str, Any]]
    token: Mapped[int] = mapped_column(BigInteger)
    host: Mapped[str]
    pid: Mapped[int] = mapped_column(BigInteger)
    started_at: Mapped[datetime]
    heartbeat_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    verdict: Mapped[str]
    reason: Mapped[str]
    counts: Mapped[dict[str, int]]
    causes: Mapped[dict[str, int]]
    evidence: Mapped[list[str]]
    __table_args__ = (
        Index("ix_run_site", "site", "id"),
        Index("ix_run_running", "id", sqlite_where=_RUNNING, postgresql_where=_RUNNING),
    )


class SiteLease(Base):
    """Who may store for a site. The row stays; ``token`` only grows, ``run_id`` is null while nobody holds it."""

    __tablename__ = "site_lease"
    site: Mapped[str] = mapped_column(primary_key=True)
    token: Mapped[int] = mapped_column(BigInteger)
    run_id: Mapped[int | None] = mapped_column(Id, ForeignKey("run.id"))
    host: Mapped[str]
    pid: Mapped[int] = mapped_column(BigInteger)
    machine: Mapped[str]
    """Boot id and process namespace, empty where unknown: only there a process number means anything."""
    process_started: Mapped[str]
    since: Mapped[datetime]
    expires_at: Mapped[datetime]


class Article(Base):
    """One article with what lists, search and the store ask for often; ``revision`` is its current number."""

    __tablename__ = "article"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    url: Mapped[str]
    url_key: Mapped[bytes] = mapped_column(unique=True)
    site: Mapped[str]
    state: Mapped[str]
    state_changed_at: Mapped[datetime]
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    revision: Mapped[int]
    fingerprint: Mapped[bytes]
    title: Mapped[str]
    published_at: Mapped[datetime | None]
    published_precision: Mapped[str | None]
    source: Mapped[str | None]
    column: Mapped[str]
    """The breadcrumb, each step between two newlines, so that one step can be looked for as a substring."""
    views: Mapped[int | None] = mapped_column(BigInteger)
    is_mirror: Mapped[bool]
    restored: Mapped[bool]
    from_mirror: Mapped[bool]
    """The current content was read from a mirror; the original, once read, takes its place."""
    last_reading: Mapped[dict[str, Any]]
    """What the next reading is compared with (``archive.edits``); empty: the current revision."""
    __table_args__ = (
        Index("ix_article_site_fingerprint", "site", "fingerprint"),
        Index("ix_article_published", "published_at"),
        Index("ix_article_state_changed", "state_changed_at"),
    )


class SearchText(Base):
    """The folded text of the current revision. Apart from ``article``, so that its rows stay small."""

    __tablename__ = "search_text"
    article_id: Mapped[int] = mapped_column(Id, ForeignKey("article.id"), primary_key=True, autoincrement=False)
    title: Mapped[str]
    body: Mapped[str]


class SnapshotPlace(Base):
    """Where the bytes of one hash lie in the snapshot folder."""

    __tablename__ = "snapshot"
    hash: Mapped[bytes] = mapped_column(primary_key=True)
    pack: Mapped[str]
    position: Mapped[int] = mapped_column(BigInteger)
    size: Mapped[int] = mapped_column(BigInteger)
    stored_size: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime]


class Revision(Base):
    """One content of one article as it was read."""

    __tablename__ = "revision"
    article_id: Mapped[int] = mapped_column(Id, ForeignKey("article.id"), primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    title: Mapped[str]
    subtitle: Mapped[str | None]
    body: Mapped[str]
    published_at: Mapped[datetime | None]
    published_precision: Mapped[str | None]
    source: Mapped[str | None]
    source_url: Mapped[str | None]
    column: Mapped[list[str]]
    reporters: Mapped[list[str]]
    correspondents: Mapped[list[str]]
    interns: Mapped[list[str]]
    authors: Mapped[list[str]]
    editors: Mapped[list[str]]
    images: Mapped[list[dict[str, Any]]]
    attachments: Mapped[list[dict[str, Any]]]
    doc_number: Mapped[str | None]
    issuer: Mapped[str | None]
    views: Mapped[int | None] = mapped_column(BigInteger)
    is_mirror: Mapped[bool]
    restored: Mapped[bool]
    title_raw: Mapped[str | None]
    body_raw: Mapped[str | None]
    repairs: Mapped[list[dict[str, Any]]]
    language_script: Mapped[str]
    charset: Mapped[str]
    layout: Mapped[str]
    extractor_version: Mapped[int]
    evidence: Mapped[dict[str, Any]]
    warnings: Mapped[list[str]]
    fingerprint: Mapped[bytes]
    url: Mapped[str]
    fetched_at: Mapped[datetime]
    snapshot_hash: Mapped[bytes | None] = mapped_column(ForeignKey("snapshot.hash"), index=True)
    run_id: Mapped[int] = mapped_column(Id, ForeignKey("run.id"))
    parts: Mapped[list[dict[str, Any]]]
    """Address and snapshot (hex) of every further page of an article over several, in order."""
    reading: Mapped[str]
    """By what it was read (see ``archive.rereading``); empty when nobody knows."""
    changes: Mapped[list[dict[str, Any]]]
    """What became another with this revision (``archive.edits.Change``); empty for the first and in older archives."""
    __table_args__ = (Index("ix_revision_fetched", "fetched_at"),)


class Alias(Base):
    """Another address of an article."""

    __tablename__ = "alias"
    url_key: Mapped[bytes] = mapped_column(primary_key=True)
    url: Mapped[str]
    article_id: Mapped[int] = mapped_column(Id, ForeignKey("article.id"), index=True)
    reason: Mapped[str]
    first_seen_at: Mapped[datetime]


class Page(Base):
    """One known address. ``next_due_at`` alone decides when it is fetched next; null means never by itself."""

    __tablename__ = "page"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    url: Mapped[str]
    url_key: Mapped[bytes] = mapped_column(unique=True)
    kind: Mapped[str]
    site: Mapped[str]
    column: Mapped[str]
    state: Mapped[str]
    article_id: Mapped[int | None] = mapped_column(Id, ForeignKey("article.id"))
    etag: Mapped[str | None]
    last_modified: Mapped[str | None]
    body_hash: Mapped[bytes | None]
    extractor_version: Mapped[int | None]
    discovered_at: Mapped[datetime]
    fetched_at: Mapped[datetime | None]
    unconditional_at: Mapped[datetime | None]
    conditional_count: Mapped[int]
    status: Mapped[int | None]
    failures: Mapped[int]
    missing_since: Mapped[datetime | None]
    next_due_at: Mapped[datetime | None]
    link_title: Mapped[str]
    listed_on: Mapped[date | None]
    complete_at: Mapped[datetime | None]
    chain_open: Mapped[bool]
    parts: Mapped[int]
    """How many further pages were joined to this one."""
    news_from: Mapped[datetime | None]
    """An article found among its column's old ones is news only when published since then; null: it is in any case."""
    __table_args__ = (
        Index("ix_page_due", "site", "kind", "next_due_at"),
        Index("ix_page_column", "site", "column", "article_id", sqlite_where=_FOUND, postgresql_where=_FOUND),
        Index("ix_page_discovered", "site", "discovered_at"),
    )


class FetchRow(Base):
    """One HTTP exchange of one run."""

    __tablename__ = "fetch"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    page_id: Mapped[int] = mapped_column(Id, ForeignKey("page.id"), index=True)
    run_id: Mapped[int] = mapped_column(Id, ForeignKey("run.id"))
    url: Mapped[str]
    status: Mapped[int]
    headers: Mapped[dict[str, Any]]
    fetched_at: Mapped[datetime]
    elapsed_ms: Mapped[int] = mapped_column(BigInteger)
    snapshot_hash: Mapped[bytes | None] = mapped_column(ForeignKey("snapshot.hash"), index=True)
    not_modified: Mapped[bool]


class ListReading(Base):
    """What one run read on one list page."""

    __tablename__ = "list_reading"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    run_id: Mapped[int] = mapped_column(Id, ForeignKey("run.id"), index=True)
    page_id: Mapped[int] = mapped_column(Id, ForeignKey("page.id"), index=True)
    column: Mapped[str]
    number: Mapped[int]
    read_at: Mapped[datetime]
    links: Mapped[int]
    known: Mapped[int]
    new: Mapped[int]
    next_url: Mapped[str | None]
    layout: Mapped[str]
    completes: Mapped[bool]
    cause: Mapped[str]
    detail: Mapped[str]


class Quarantine(Base):
    """The last trouble with one page; open until ``resolved_at`` is set."""

    __tablename__ = "quarantine"
    page_id: Mapped[int] = mapped_column(Id, ForeignKey("page.id"), primary_key=True, autoincrement=False)
    cause: Mapped[str]
    detail: Mapped[str]
    status: Mapped[int | None]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    tries: Mapped[int]
    next_try_at: Mapped[datetime]
    run_id: Mapped[int] = mapped_column(Id, ForeignKey("run.id"))
    resolved_at: Mapped[datetime | None]


class Robots(Base):
    """The last robots.txt answer of one origin; ``status`` null when there was none."""

    __tablename__ = "robots"
    origin: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[int | None]
    body: Mapped[bytes]
    fetched_at: Mapped[datetime]


def table(model: type[Base]) -> Table:
    """The Core table of a model: all statements of the archive are Core."""
    return cast(Table, model.__table__)
