"""What each run saw of each column, and what is usual for it: the evidence that health is judged by."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median, quantiles
from typing import Any

from sqlalchemy import Connection, and_, case, delete, func, insert, not_, or_, select, tuple_, update

from archive.database import Database
from archive.frontier import chunks
from archive.models import Article, Page, Run, table
from archive.records import RunHandle, Verdict
from archive.sight_models import ColumnSight

_sight, _run, _page, _article = table(ColumnSight), table(Run), table(Page), table(Article)

KEPT_SIGHTS = 60
"""Nobody asks for more of a column's last sights."""
USUAL_SIGHTS = 30
"""What is usual is told by so many of the last runs."""
_LEAST = 5
"""Fewer sights, or fewer than five times as many articles, make no habit."""


@dataclass(slots=True)
class SightRecord:
    """What a run saw of one column so far.

    ``links`` are those on page 1 of its list, None when that was not read; ``new`` those never seen before. ``read``
    counts the article pages read, ``fields`` holds the share of them that has each of title, published_at, source,
    author and body, ``body_chars`` the median length of their texts, ``newest`` the latest time printed on one.
    ``cause`` says why the list could not be read, empty when it was; ``detail`` quotes what was seen.
    """

    column: str
    list_url: str
    at: datetime
    links: int | None = None
    new: int = 0
    read: int = 0
    fields: dict[str, float] = field(default_factory=dict)
    body_chars: float | None = None
    newest: datetime | None = None
    cause: str = ""
    detail: str = ""


@dataclass(slots=True)
class SightRow(SightRecord):
    """A stored sight with the run that had it. ``site`` is the site's name."""

    site: str = ""
    run_id: int = 0
    verdict: Verdict = "ok"
    """How that run ended."""


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual for a column, by its last runs. None and missing: too little is known.

    ``links`` is the lower quartile of what page 1 of its list showed, ``fields`` the share of its articles with each
    field, ``body_chars`` the median length of a text.
    """

    links: float | None = None
    fields: Mapping[str, float] = field(default_factory=dict)
    body_chars: float | None = None


def save(connection: Connection, handle: RunHandle, records: Collection[SightRecord]) -> None:
    """Write what a run has seen so far, within the caller's transaction; what it wrote before is replaced."""
    for record in records:
        values: dict[str, Any] = {name: getattr(record, name) for name in SightRecord.__dataclass_fields__}
        key = (_sight.c.site == handle.site, _sight.c.list_url == record.list_url, _sight.c.run_id == handle.run_id)
        if connection.execute(update(_sight).where(*key).values(**values)).rowcount == 0:
            connection.execute(insert(_sight).values(site=handle.site, run_id=handle.run_id, **values))


def sights(database: Database, site: str, list_urls: Sequence[str], limit: int) -> dict[str, list[SightRow]]:
    """See ``Archive.sights``."""
    names = [_sight.c[name] for name in SightRow.__dataclass_fields__ if name != "verdict"]
    statement = select(*names, _run.c.verdict).join(_run, _run.c.id == _sight.c.run_id)
    statement = statement.where(_sight.c.site == site, _run.c.verdict != "running")
    found: dict[str, list[SightRow]] = {}
    with database.read() as connection:
        for url in list_urls:
            rows = connection.execute(
                statement.where(_sight.c.list_url == url).order_by(_sight.c.run_id.desc()).limit(limit)
            ).mappings()
            found[url] = [SightRow(**row) for row in rows][::-1]
            if len(found[url]) == limit:
                # A slow column has few articles in its last sights; what they look like is told by older ones.
                older = statement.where(_sight.c.list_url == url, _sight.c.run_id < found[url][0].run_id)
                with_articles = older.where(_sight.c.read > 0).order_by(_sight.c.run_id.desc()).limit(limit)
                found[url][:0] = [SightRow(**row) for row in connection.execute(with_articles).mappings()][::-1]
    return found


def first_seen(database: Database, site: str) -> dict[str, datetime]:
    """See ``Archive.watched_since``."""
    statement = select(_sight.c.list_url, func.min(_sight.c.at)).where(_sight.c.site == site)
    with database.read() as connection:
        return {row[0]: row[1] for row in connection.execute(statement.group_by(_sight.c.list_url))}


def prune(database: Database, before: datetime | None, *, dry_run: bool = False) -> int:
    """Let go of sights from before a moment (None: of none) that nobody asks for; returns how many.

    The first of a column stays, which says since when it is watched; so do the last ones and the last with articles.
    """
    if before is None:
        return 0
    column = (_sight.c.site, _sight.c.list_url)
    has_articles = case((_sight.c.read > 0, 1), else_=0)
    newest_first = func.row_number().over(partition_by=column, order_by=_sight.c.run_id.desc())
    of_its_kind = func.row_number().over(partition_by=(*column, has_articles), order_by=_sight.c.run_id.desc())
    oldest_first = func.row_number().over(partition_by=column, order_by=_sight.c.run_id)
    placed = select(
        *_sight.primary_key.columns,
        _sight.c.at,
        has_articles.label("has_articles"),
        newest_first.label("newest_first"),
        of_its_kind.label("of_its_kind"),
        oldest_first.label("oldest_first"),
    ).subquery()
    # As many as ``sights`` is ever asked for, and as many again with articles before them.
    kept = or_(
        placed.c.newest_first <= KEPT_SIGHTS,
        and_(placed.c.has_articles == 1, placed.c.of_its_kind <= 2 * KEPT_SIGHTS),
        placed.c.oldest_first == 1,
    )
    old = select(placed.c.site, placed.c.list_url, placed.c.run_id).where(placed.c.at < before, not_(kept))
    with database.read() as connection:
        found = connection.execute(old).all()
    if dry_run:
        return len(found)
    for part in chunks(found):
        with database.write() as connection:
            connection.execute(
                delete(_sight).where(tuple_(*_sight.primary_key.columns).in_([tuple(key) for key in part]))
            )
    return len(found)


def usual(database: Database, site: str, list_urls: Sequence[str]) -> dict[str, Usual]:
    """See ``Archive.usual``."""
    return {url: _usual(rows) for url, rows in sights(database, site, list_urls, USUAL_SIGHTS).items()}


def _usual(rows: Sequence[SightRow]) -> Usual:
    links = [row.links for row in rows if row.links is not None and not row.cause]
    read = [row for row in rows if row.read]
    pages = sum(row.read for row in read)
    chars = [row.body_chars for row in read if row.body_chars is not None]
    fields: dict[str, float] = {}
    if pages >= 5 * _LEAST:
        names = {name for row in read for name in row.fields}
        fields = {name: sum(row.fields.get(name, 0) * row.read for row in read) / pages for name in names}
    return Usual(
        links=quantiles(links, n=4)[0] if len(links) >= _LEAST else None,
        fields=fields,
        body_chars=median(chars) if fields and len(chars) >= _LEAST else None,
    )


def published(
    database: Database, site: str, column: str, after: int, limit: int
) -> list[tuple[int, datetime | None, datetime]]:
    """See ``Archive.published``."""
    statement = (
        select(_page.c.article_id, _article.c.published_at, _article.c.first_seen_at)
        .join(_article, _article.c.id == _page.c.article_id)
        .where(_page.c.site == site, _page.c.column == column, _page.c.article_id > after)
        .order_by(_page.c.article_id.desc())
        .limit(limit)
    )
    with database.read() as connection:
        return [(row[0], row[1], row[2]) for row in connection.execute(statement)][::-1]
