"""What is known about addresses, and which of them are due."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Row, Select, case, delete, insert, literal, select, union_all

from archive.database import Database
from archive.models import Alias, Article, Page, Robots, table
from archive.records import KnownPage, PageKind, RobotsRow

_page = table(Page)
_article = table(Article)
_alias = table(Alias)
_robots = table(Robots)

_COLUMNS = (
    _page.c.id,
    _page.c.url,
    _page.c.url_key,
    _page.c.kind,
    _page.c.site,
    _page.c.column,
    _page.c.state,
    _page.c.article_id,
    _article.c.revision,
    _article.c.fingerprint,
    _page.c.etag,
    _page.c.last_modified,
    _page.c.body_hash,
    _page.c.extractor_version,
    _page.c.discovered_at,
    _page.c.fetched_at,
    _page.c.unconditional_at,
    _page.c.conditional_count,
    _page.c.status,
    _page.c.failures,
    _page.c.next_due_at,
    _page.c.link_title,
    _page.c.listed_on,
    _page.c.complete_at,
    _page.c.chain_open,
    _page.c.parts,
)
# In the order of the columns; what a statement selects beyond them is left over.
_FIELDS = tuple(name for name in KnownPage.__dataclass_fields__ if name != "is_alias")
_WITH_ARTICLE = _page.outerjoin(_article, _article.c.id == _page.c.article_id)

T = TypeVar("T")


def chunks(values: Sequence[T], size: int = 500) -> Iterator[Sequence[T]]:
    """The values in pieces that fit into one IN list."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


def known(database: Database, url_keys: Sequence[bytes]) -> dict[bytes, KnownPage]:
    """Pages and aliases by the key asked for. A page of its own goes before an alias."""
    found: dict[bytes, KnownPage] = {}
    if not url_keys:
        return found
    with database.read() as connection:
        for part in chunks(list(dict.fromkeys(url_keys))):
            own = select(*_COLUMNS, _page.c.url_key.label("asked"), literal(0).label("via")).select_from(_WITH_ARTICLE)
            via_alias = (
                select(*_COLUMNS, _alias.c.url_key.label("asked"), literal(1).label("via"))
                .select_from(_alias)
                .join(_article, _article.c.id == _alias.c.article_id)
                .join(_page, _page.c.url_key == _article.c.url_key)
            )
            statement = union_all(own.where(_page.c.url_key.in_(part)), via_alias.where(_alias.c.url_key.in_(part)))
            for row in connection.execute(statement):
                if not row.via:
                    found[row.asked] = _known_page(row)
                else:
                    found.setdefault(row.asked, _known_page(row, is_alias=True))
    return found


def due(database: Database, site: str, now: datetime, limit: int, kind: PageKind | None) -> list[KnownPage]:
    """Due pages of one site: pending, then failed ones, then revisits; each group oldest first."""
    group = case((_page.c.failures > 0, 1), (_page.c.state == "pending", 0), else_=2)
    statement = (
        _select_pages(_page.c.site == site, _page.c.next_due_at <= now)
        .order_by(group, _page.c.next_due_at, _page.c.id)
        .limit(limit)
    )
    if kind is not None:
        statement = statement.where(_page.c.kind == kind)
    with database.read() as connection:
        return [_known_page(row) for row in connection.execute(statement)]


def list_page(database: Database, site: str, url: str) -> KnownPage | None:
    """The list page with this very address."""
    statement = _select_pages(_page.c.site == site, _page.c.kind == "list", _page.c.url == url)
    with database.read() as connection:
        row = connection.execute(statement).first()
    return _known_page(row) if row is not None else None


def robots(database: Database, origin: str) -> RobotsRow | None:
    """The stored answer of one origin."""
    with database.read() as connection:
        row = connection.execute(select(_robots).where(_robots.c.origin == origin)).first()
    return RobotsRow(row.origin, row.status, row.body, row.fetched_at) if row is not None else None


def save_robots(database: Database, row: RobotsRow) -> None:
    """Replace the stored answer of one origin."""
    with database.write() as connection:
        connection.execute(delete(_robots).where(_robots.c.origin == row.origin))
        connection.execute(
            insert(_robots).values(origin=row.origin, status=row.status, body=row.body, fetched_at=row.fetched_at)
        )


def _select_pages(*conditions: ColumnElement[bool]) -> Select[Any]:
    return select(*_COLUMNS).select_from(_WITH_ARTICLE).where(*conditions)


def _known_page(row: Row[Any], is_alias: bool = False) -> KnownPage:
    return KnownPage(**dict(zip(_FIELDS, row, strict=False)), is_alias=is_alias)
