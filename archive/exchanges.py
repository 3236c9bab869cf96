"""The HTTP exchanges behind articles, for writing them out as they happened."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from archive.attachment_models import ArticleAttachment
from archive.database import Database
from archive.frontier import chunks
from archive.models import Alias, Article, FetchRow, Page, table
from archive.words import ArticleState, PageKind

_fetch, _page, _article, _alias = table(FetchRow), table(Page), table(Article), table(Alias)
_link = table(ArticleAttachment)

_BATCH = 500


@dataclass(slots=True, frozen=True)
class Exchange:
    """One fetch of one page. ``snapshot_hash`` names its bytes; None when they were not kept.

    ``kind``, ``site`` and ``column`` are those of the page, ``url`` is where the answer came from.
    """

    id: int
    page_id: int
    url: str
    kind: PageKind
    site: str
    column: str
    status: int
    headers: dict[str, str]
    fetched_at: datetime
    snapshot_hash: bytes | None


@dataclass(slots=True, frozen=True)
class Standing:
    """What the exchanges do not tell of an article: its state, and the addresses that redirected to it."""

    url: str
    site: str
    state: ArticleState
    state_changed_at: datetime
    missing_since: datetime | None
    redirects: list[str]


_COLUMNS = (
    _fetch.c.id,
    _fetch.c.page_id,
    _fetch.c.url,
    _page.c.kind,
    _page.c.site,
    _page.c.column,
    _fetch.c.status,
    _fetch.c.headers,
    _fetch.c.fetched_at,
    _fetch.c.snapshot_hash,
)


def pages_of(database: Database, article_ids: Collection[int]) -> set[int]:
    """Numbers of the pages of these articles: their addresses, further pages, and files."""
    found: set[int] = set()
    with database.read() as connection:
        for part in chunks(list(article_ids)):
            found.update(connection.execute(select(_page.c.id).where(_page.c.article_id.in_(part))).scalars())
            files = select(_link.c.page_id).where(_link.c.article_id.in_(part), _link.c.page_id.isnot(None))
            found.update(connection.execute(files).scalars())
    return found


def count(database: Database) -> int:
    """How many exchanges there are."""
    with database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(_fetch)).scalar_one())


def exchanges(database: Database, page_ids: Collection[int] | None = None) -> Iterator[Exchange]:
    """The exchanges of these pages, or all, as they were stored: earlier ones first.

    Streamed in small reads; what is stored meanwhile may or may not be among them.
    """
    last = 0
    while True:
        with database.read() as connection:
            near = select(_fetch.c.id, _fetch.c.page_id).where(_fetch.c.id > last).order_by(_fetch.c.id)
            rows = connection.execute(near.limit(_BATCH if page_ids is None else 20 * _BATCH)).all()
            wanted = [row.id for row in rows if page_ids is None or row.page_id in page_ids]
            found: list[Any] = []
            for part in chunks(wanted):
                statement = select(*_COLUMNS).join(_page, _page.c.id == _fetch.c.page_id)
                found += connection.execute(statement.where(_fetch.c.id.in_(part)).order_by(_fetch.c.id)).all()
        if not rows:
            return
        last = rows[-1].id
        for row in found:
            yield Exchange(*row)


def times_of(database: Database, url_keys: Sequence[bytes]) -> dict[bytes, set[datetime]]:
    """See ``Archive.fetch_times``."""
    found: dict[bytes, set[datetime]] = {}
    statement = select(_page.c.url_key, _fetch.c.fetched_at).join(_page, _page.c.id == _fetch.c.page_id)
    with database.read() as connection:
        for part in chunks(list(dict.fromkeys(url_keys))):
            for key, at in connection.execute(statement.where(_page.c.url_key.in_(part))):
                found.setdefault(key, set()).add(at)
    return found


def standings(database: Database, article_ids: Collection[int] | None = None) -> Iterator[Standing]:
    """What the exchanges do not tell of these articles, or of all, in the order of their numbers."""
    with database.read() as connection:
        every = select(_article.c.id).order_by(_article.c.id)
        ids = sorted(article_ids) if article_ids is not None else list(connection.execute(every).scalars())
    for part in chunks(ids):
        with database.read() as connection:
            redirects: dict[int, list[str]] = {}
            moved = select(_alias.c.article_id, _alias.c.url).where(_alias.c.reason == "redirect")
            for row in connection.execute(moved.where(_alias.c.article_id.in_(part)).order_by(_alias.c.url)):
                redirects.setdefault(row.article_id, []).append(row.url)
            statement = (
                select(_article, _page.c.missing_since)
                .outerjoin(_page, _page.c.url_key == _article.c.url_key)
                .where(_article.c.id.in_(part))
                .order_by(_article.c.id)
            )
            rows = connection.execute(statement).all()
        for row in rows:
            more = redirects.get(row.id, [])
            yield Standing(row.url, row.site, row.state, row.state_changed_at, row.missing_since, more)
