"""What each visit of a column showed: when, how many links, and the new articles with their times of publication.

A visit is what one run fetched of one column's list pages. Answers that were the same as before count: nothing new is
knowledge too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from archive.database import Database
from archive.frontier import chunks
from archive.models import Article, FetchRow, ListReading, Page, Run, table
from archive.records import Precision

_fetch, _page, _reading, _run, _article = (
    table(FetchRow),
    table(Page),
    table(ListReading),
    table(Run),
    table(Article),
)


@dataclass(frozen=True, slots=True)
class NewArticle:
    """An article that a visit found. ``published_at`` is as printed, ``listed_on`` the day beside its link."""

    published_at: datetime | None
    precision: Precision | None
    listed_on: date | None


@dataclass(slots=True)
class VisitRow:
    """One visit of one column. ``urls`` are the list pages that were fetched, page 1 among them where it was.

    ``links`` is how many links page 1 showed, None when it was not read anew (unchanged, or not readable). ``cause``
    is why the list could not be read, empty when it was. ``verdict`` and ``kind`` are those of the run.
    """

    site: str
    column: str
    run_id: int
    kind: str
    verdict: str
    at: datetime
    urls: list[str] = field(default_factory=list)
    links: int | None = None
    cause: str = ""
    moments: list[datetime] = field(default_factory=list)
    """When its list pages were fetched: what was new on them was discovered then."""
    articles: list[NewArticle] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Mark:
    """How far visits were told: the last run looked at, those that went on then, and the last fetch before them."""

    run_id: int
    fetch_id: int
    running: frozenset[int] = frozenset()


def visits(database: Database, sites: Collection[str], since: datetime) -> Iterator[VisitRow]:
    """See ``Archive.visits``."""
    for site in sorted(sites):
        wanted = (_page.c.site == site, _fetch.c.fetched_at >= since, _run.c.verdict != "running")
        with database.read() as connection:
            found = _group(connection.execute(_fetches(*wanted)))
            _add_articles(connection, site, found, since)
        yield from found


def visits_after(database: Database, mark: Mark | None) -> tuple[list[VisitRow], Mark]:
    """See ``Archive.visits_after``."""
    with database.read() as connection:
        last_fetch = connection.execute(select(func.coalesce(func.max(_fetch.c.id), 0))).scalar_one()
        if mark is None:
            last = connection.execute(select(func.coalesce(func.max(_run.c.id), 0))).scalar_one()
            running = connection.execute(select(_run.c.id).where(_run.c.verdict == "running")).scalars().all()
            # What runs that go on have fetched already is told when they have ended: then all fetches are looked at.
            first = select(func.min(_fetch.c.id)).where(_fetch.c.run_id.in_(running), _fetch.c.id > last_fetch - 20_000)
            begun = connection.execute(first).scalar() if running else None
            return [], Mark(last, last_fetch if begun is None else begun - 1, frozenset(running))
        looked = (_run.c.id > mark.run_id) | _run.c.id.in_(mark.running)
        runs = connection.execute(select(_run.c.id, _run.c.verdict).where(looked)).all()
        running_now = frozenset(run.id for run in runs if run.verdict == "running")
        ended = [run.id for run in runs if run.verdict != "running"]
        found: list[VisitRow] = []
        for part in chunks(ended):
            found += _group(connection.execute(_fetches(_fetch.c.id > mark.fetch_id, _run.c.id.in_(part))))
        for site in sorted({visit.site for visit in found}):
            own = [visit for visit in found if visit.site == site]
            _add_articles(connection, site, own, min(moment for visit in own for moment in visit.moments))
    last_run = max([mark.run_id, *(run.id for run in runs)])
    return found, Mark(last_run, mark.fetch_id if running_now else last_fetch, running_now)


def _fetches(*conditions: Any) -> Select[Any]:
    """The list pages that runs have fetched, with what was read on them."""
    read = (_reading.c.run_id == _fetch.c.run_id) & (_reading.c.page_id == _fetch.c.page_id)
    return (
        select(
            _page.c.site,
            _page.c.column,
            _page.c.url,
            _fetch.c.run_id,
            _run.c.kind,
            _run.c.verdict,
            _fetch.c.fetched_at,
            _fetch.c.status,
            _reading.c.number,
            _reading.c.links,
            _reading.c.cause,
        )
        .select_from(_fetch)
        .join(_page, _page.c.id == _fetch.c.page_id)
        .join(_run, _run.c.id == _fetch.c.run_id)
        .outerjoin(_reading, read)
        # What an imported web archive holds was fetched by others, at moments of their own.
        .where(_page.c.kind == "list", _run.c.kind != "import", *conditions)
        .order_by(_fetch.c.fetched_at, _fetch.c.id)
    )


def _group(rows: Any) -> list[VisitRow]:
    found: dict[tuple[str, str, int], VisitRow] = {}
    row: Row[Any]
    for row in rows:
        key = (row.site, row.column, row.run_id)
        visit = found.get(key)
        if visit is None:
            visit = VisitRow(row.site, row.column, row.run_id, row.kind, row.verdict, row.fetched_at)
            found[key] = visit
        visit.urls.append(row.url)
        visit.moments.append(row.fetched_at)
        if row.number == 1 and not row.cause:
            visit.links = row.links
        if row.cause or row.status >= 400:
            visit.cause = visit.cause or row.cause or "http"
    return list(found.values())


def _add_articles(connection: Connection, site: str, found: Sequence[VisitRow], since: datetime) -> None:
    """The articles that were discovered at the very moments at which the visits' list pages were fetched."""
    by_moment = {(visit.column, moment): visit for visit in found for moment in visit.moments}
    if not by_moment:
        return
    statement = (
        select(
            _page.c.column,
            _page.c.discovered_at,
            _page.c.listed_on,
            _article.c.published_at,
            _article.c.published_precision,
        )
        .outerjoin(_article, _article.c.id == _page.c.article_id)
        .where(_page.c.site == site, _page.c.kind == "article", _page.c.discovered_at >= since)
    )
    for row in connection.execute(statement):
        visit = by_moment.get((row.column, row.discovered_at))
        if visit is not None:
            visit.articles.append(NewArticle(row.published_at, row.published_precision, row.listed_on))
