"""Substring search over the folded text, the same on both databases, and the export of what it finds."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, case, func, literal, or_, select

from archive.answers import ArticleDetail, SearchHit
from archive.attachments import articles_holding, folded_texts
from archive.database import Database
from archive.frontier import chunks
from archive.models import Article, Revision, SearchText, table
from archive.queries import details, in_sites
from archive.records import ArticleState, SiteFilter, Sort
from archive.story_answers import add_stories, article_row
from archive.story_models import StoryMember

_article, _text, _revision = table(Article), table(SearchText), table(Revision)
_member = table(StoryMember)

SNIPPET_CHARS = 120
_BEFORE = 30
_EXPORT_BATCH = 200


@dataclass(slots=True, frozen=True)
class Filters:
    """What an article must be, apart from holding the terms."""

    site: SiteFilter = None
    source: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    column: str | None = None
    state: ArticleState | None = None


def search(
    database: Database,
    terms: Sequence[str],
    filters: Filters,
    sort: Sort,
    limit: int,
    offset: int,
    *,
    stories: bool = False,
) -> list[SearchHit]:
    """See ``Archive.search``."""
    terms = _clean(terms)
    order = _order(database, terms, sort)
    if stories:
        chosen = _one_of_each_story(_matching(database, terms, filters, _in_stories(order)))
    else:
        chosen = _matching(database, terms, filters, select(_article.c.id, literal(1))).order_by(*order)
    with database.read() as connection:
        copies = {number: int(count) for number, count in connection.execute(chosen.limit(limit).offset(offset))}
        ids = list(copies)
        statement = (
            select(_article, _revision.c.body.label("text"), _text.c.body.label("folded"))
            .join(_revision, (_revision.c.article_id == _article.c.id) & (_revision.c.number == _article.c.revision))
            .join(_text, _text.c.article_id == _article.c.id)
            .where(_article.c.id.in_(ids))
        )
        rows = {row["id"]: row for row in connection.execute(statement).mappings()}
        titles = select(_text.c.article_id, _text.c.title).where(_text.c.article_id.in_(ids))
        folded = {number: f"{title}\n{rows[number]['folded']}" for number, title in connection.execute(titles)}
        # Only where the article itself does not hold a term is it worth reading its files.
        outside = [number for number in ids if any(term not in folded[number] for term in terms)]
        files = folded_texts(connection, outside) if outside else {}
        hits = [_hit(rows[number], folded[number], files.get(number, []), terms) for number in ids]
        add_stories(connection, [hit.article for hit in hits])
    for hit in hits:
        hit.others = copies[hit.article.id] - 1
    return hits


def _home() -> ColumnElement[Any]:
    """The story of an article, or the article itself where it has none."""
    return func.coalesce(_member.c.story_id, -_article.c.id)


def _in_stories(order: Sequence[ColumnElement[Any]]) -> Select[Any]:
    """All articles with their place in the whole order, and their turn within their story."""
    home = _home()
    return select(
        _article.c.id,
        func.row_number().over(order_by=order).label("place"),
        func.row_number().over(partition_by=home, order_by=order).label("turn"),
        func.count().over(partition_by=home).label("copies"),
    ).select_from(_article.outerjoin(_member, _member.c.article_id == _article.c.id))


def _one_of_each_story(matching: Select[Any]) -> Select[Any]:
    found = matching.subquery()
    return select(found.c.id, found.c.copies).where(found.c.turn == 1).order_by(found.c.place)


def _hit(row: RowMapping, folded: str, files: list[tuple[str, str, str]], terms: Sequence[str]) -> SearchHit:
    """A hit with its snippet: from the article, or from the file that holds what the article does not."""
    title_marks = find_terms(row["title"], terms)
    missing = [term for term in terms if term not in folded]
    for name, text, folded_text in files:
        held = [term for term in missing if term in folded_text]
        if held:
            snippet, marks = snippet_of(text, folded_text, held)
            return SearchHit(article_row(row), snippet, marks, title_marks, name)
    snippet, marks = snippet_of(row["text"], row["folded"], terms)
    return SearchHit(article_row(row), snippet, marks, title_marks)


def count(database: Database, terms: Sequence[str], filters: Filters, *, stories: bool = False) -> int:
    """See ``Archive.count``."""
    counted = select(func.count()).select_from(_article)
    if stories:
        joined = _article.outerjoin(_member, _member.c.article_id == _article.c.id)
        counted = select(func.count(_home().distinct())).select_from(joined)
    statement = _matching(database, _clean(terms), filters, counted)
    with database.read() as connection:
        return int(connection.execute(statement).scalar_one())


def export(database: Database, terms: Sequence[str], filters: Filters, sort: Sort) -> Iterator[ArticleDetail]:
    """See ``Archive.export``. The numbers are read at once, the articles in small reads."""
    ids = matching(database, terms, filters, sort)
    for start in range(0, len(ids), _EXPORT_BATCH):
        with database.read() as connection:
            found = details(connection, ids[start : start + _EXPORT_BATCH])
        yield from found


def matching(database: Database, terms: Sequence[str], filters: Filters, sort: Sort) -> list[int]:
    """The numbers of all articles that are found."""
    terms = _clean(terms)
    chosen = _matching(database, terms, filters, select(_article.c.id)).order_by(*_order(database, terms, sort))
    with database.read() as connection:
        return list(connection.execute(chosen).scalars())


def among(
    database: Database, connection: Connection, terms: Sequence[str], filters: Filters, ids: Collection[int]
) -> set[int]:
    """Those of these articles that ``search`` would find: the same conditions, asked of them alone."""
    found: set[int] = set()
    for part in chunks(sorted(ids)):
        statement = select(_article.c.id).where(_article.c.id.in_(part))
        found |= set(connection.execute(_matching(database, _clean(terms), filters, statement, part)).scalars())
    return found


def _clean(terms: Sequence[str]) -> list[str]:
    # The archive holds no NUL, and PostgreSQL takes none in a question either.
    return list(dict.fromkeys(term.replace("\x00", "\ufffd") for term in terms if term))


def _contains(database: Database, text: ColumnElement[Any], part: str) -> ColumnElement[bool]:
    # instr and strpos know no wildcards: %, _ and quotes are ordinary characters.
    return (func.instr if database.is_sqlite else func.strpos)(text, part) > 0


def _matching(
    database: Database,
    terms: Sequence[str],
    filters: Filters,
    statement: Select[Any],
    among_ids: Sequence[int] | None = None,
) -> Select[Any]:
    if terms:
        statement = statement.join(_text, _text.c.article_id == _article.c.id)
        for term in terms:
            statement = statement.where(
                or_(
                    _contains(database, _text.c.title, term),
                    _contains(database, _text.c.body, term),
                    # Not correlated: each file is looked into once, however many articles link to it.
                    _article.c.id.in_(articles_holding(partial(_contains, database, part=term), among_ids)),
                )
            )
    conditions: list[ColumnElement[bool]] = in_sites(_article.c.site, filters.site)
    if filters.source:
        conditions.append(_contains(database, _article.c.source, filters.source))
    if filters.column:
        conditions.append(_contains(database, _article.c.column, f"\n{filters.column}\n"))
    if filters.since is not None:
        conditions.append(_article.c.published_at >= filters.since)
    if filters.until is not None:
        conditions.append(_article.c.published_at < filters.until)
    if filters.state is not None:
        conditions.append(_article.c.state == filters.state)
    return statement.where(*conditions)


def _order(database: Database, terms: Sequence[str], sort: Sort) -> list[ColumnElement[Any]]:
    # Undated articles stand last: the day of their first sight says nothing about their age.
    undated, published = _article.c.published_at.is_(None), _article.c.published_at
    if sort == "oldest":
        return [undated.asc(), published.asc(), _article.c.id.asc()]
    newest: list[ColumnElement[Any]] = [undated.asc(), published.desc(), _article.c.id.desc()]
    if sort == "newest" or not terms:
        return newest
    in_title: ColumnElement[int] = literal(0)
    for term in terms:
        in_title = in_title + case((_contains(database, _text.c.title, term), 1), else_=0)
    return [in_title.desc(), *newest]


# --- snippets ---------------------------------------------------------------------------------------------------------


def find_terms(text: str, terms: Sequence[str]) -> list[tuple[int, int]]:
    """Places of folded terms in a text as printed, (start, end), in order and not overlapping.

    Case and white space between characters do not count. Traditional characters and full-width forms are not found.
    """
    places = sorted(
        match.span() for term in terms for match in re.finditer(r"\s*".join(map(re.escape, term)), text, re.IGNORECASE)
    )
    merged: list[tuple[int, int]] = []
    for start, end in places:
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def snippet_of(text: str, folded: str, terms: Sequence[str]) -> tuple[str, list[tuple[int, int]]]:
    """A piece of the text around the first hit, and where the hits are in it.

    From the text as printed when a term stands there so, else from the folded text, else the beginning.
    """
    first = min((place for term in terms for place in find_terms(text, [term])[:1]), default=None)
    if first is None:
        in_folded = [at for at in (folded.find(term) for term in terms) if at >= 0]
        if in_folded:
            text, first = folded, (min(in_folded), 0)
    begin = max(0, first[0] - _BEFORE) if first is not None else 0
    piece = text[begin : begin + SNIPPET_CHARS]
    # One line; the length must stay, because the marks count characters.
    piece = re.sub(r"\s", " ", piece)
    return piece, find_terms(piece, terms)
