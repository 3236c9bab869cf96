"""Articles as callers get them, with their stories; and one story with all its copies."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, RowMapping, select

from archive.answers import ArticleRow, CopyRow, OriginalRow, StoryRow
from archive.database import Database
from archive.frontier import chunks
from archive.models import Article, SearchText, table
from archive.origin import published_between
from archive.story_models import Story, StoryMember, TextSignature

_article, _text = table(Article), table(SearchText)
_story, _member, _signature = table(Story), table(StoryMember), table(TextSignature)

_NO_COLUMNS = {"column", "story_id", "reprint_kind", "original"}
_ARTICLE_FIELDS = tuple(name for name in ArticleRow.__dataclass_fields__ if name not in _NO_COLUMNS)


def article_row(row: RowMapping) -> ArticleRow:
    """An article's row of the database as the caller gets it."""
    steps = [step for step in row["column"].split("\n") if step]
    return ArticleRow(column=steps, **{name: row[name] for name in _ARTICLE_FIELDS})


def add_stories(connection: Connection, rows: Iterable[ArticleRow]) -> None:
    """Fill in the story of each article, what it is in it, and who said it first."""
    by_id: dict[int, list[ArticleRow]] = {}
    for row in rows:
        by_id.setdefault(row.id, []).append(row)
    first = _article.alias("first")
    statement = (
        select(_member.c.article_id, _member.c.story_id, _member.c.kind, _story.c.original_id, _story.c.original_name)
        .add_columns(_story.c.confidence, _story.c.evidence, first.c.site, first.c.title, first.c.url)
        .join(_story, _story.c.id == _member.c.story_id)
        .outerjoin(first, first.c.id == _story.c.original_id)
    )
    for part in chunks(list(by_id)):
        for found in connection.execute(statement.where(_member.c.article_id.in_(part))):
            for row in by_id[found.article_id]:
                row.story_id, row.reprint_kind = found.story_id, found.kind
                row.original = OriginalRow(
                    article_id=found.original_id,
                    name=found.original_name,
                    site=found.site,
                    title=found.title,
                    url=found.url,
                    confidence=found.confidence,
                    evidence=found.evidence,
                )


def story(database: Database, article_id: int) -> StoryRow | None:
    """See ``Archive.story``."""
    with database.read() as connection:
        mine = select(_member.c.story_id).where(_member.c.article_id == article_id)
        number = connection.execute(mine).scalar()
        if number is None:
            return None
        row = connection.execute(select(_story).where(_story.c.id == number)).one()
        statement = (
            select(_article, _member.c.kind, _member.c.reference_id, _member.c.jaccard, _member.c.containment)
            .add_columns(_signature.c.chars, _text.c.title.label("folded"))
            .join(_member, _member.c.article_id == _article.c.id)
            .join(_signature, _signature.c.article_id == _article.c.id)
            .join(_text, _text.c.article_id == _article.c.id)
            .where(_member.c.story_id == number)
        )
        members = connection.execute(statement).mappings().all()
        articles = {member["id"]: article_row(member) for member in members}
        add_stories(connection, articles.values())
    reference = members[0]["reference_id"]
    title = next(member["folded"] for member in members if member["id"] == reference)
    copies = [
        CopyRow(
            article=articles[member["id"]],
            kind=member["kind"],
            jaccard=member["jaccard"],
            containment=member["containment"],
            chars=member["chars"],
            retitled=member["folded"] != title,
        )
        for member in members
    ]
    copies.sort(key=lambda copy: (*_published(copy.article), copy.article.id))
    original = articles[reference].original
    assert original is not None
    return StoryRow(number, original, reference, copies, row.changed_at)


def _published(row: ArticleRow) -> tuple[datetime, datetime]:
    earliest, latest = published_between(row.published_at, row.published_precision, row.first_seen_at)
    return latest, earliest
