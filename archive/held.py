"""What the archive holds of an article, for ``archive.edits`` to compare a reading with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from archive.attachment_models import ArticleAttachment
from archive.database import Database
from archive.edits import Finding, Held, HeldFile, judge, same_text
from archive.models import Article, Revision, SearchText, table
from archive.records import ArticleRecord
from archive.workset import Values, WorkSet

_article, _revision, _search, _link = table(Article), table(Revision), table(SearchText), table(ArticleAttachment)

_OF_REVISION = (
    "number", "fingerprint", "published_at", "published_precision", "source", "layout", "extractor_version",
    "language_script", "evidence",
)  # fmt: skip


def hold_article(work: WorkSet, article: Values, record: ArticleRecord) -> Held:
    """What is held of ``article`` within a storing transaction, with its text where ``record`` has another."""
    for row in reversed(work.revisions):
        if row["article_id"] == article["id"]:  # this batch has seen it already; nobody else has
            found = _held(row, article["last_reading"])
            found.title, found.body = work.search[article["id"]]["title"], work.search[article["id"]]["body"]
            return found
    revision = work.stored_revision(article)
    assert revision is not None
    found = _held(revision, article["last_reading"])
    found.files = _files(work.connection, article["id"])
    if not same_text(found, record):
        again = work.search.get(article["id"])  # read again by this transaction
        found.title, found.body = (again["title"], again["body"]) if again else _text(work.connection, article["id"])
    return found


def judge_early(database: Database, article_id: int, record: ArticleRecord) -> Finding | None:
    """See ``Archive.judge``."""
    with database.read() as connection:
        seen = connection.execute(select(_article.c.last_reading).where(_article.c.id == article_id)).scalar_one()
        held = _stored(connection, article_id, seen)
    return judge(held, record) if same_text(held, record) else None


def _stored(connection: Connection, article_id: int, seen: dict[str, Any]) -> Held:
    statement = (
        select(*(_revision.c[name] for name in _OF_REVISION))
        .join(_article, (_article.c.id == _revision.c.article_id) & (_article.c.revision == _revision.c.number))
        .where(_article.c.id == article_id)
    )
    held = _held(connection.execute(statement).mappings().one(), seen)
    held.files = _files(connection, article_id)
    return held


def _files(connection: Connection, article_id: int) -> list[HeldFile]:
    links = select(_link.c.url_key, _link.c.url, _link.c.name).where(_link.c.article_id == article_id, _link.c.linked)
    return [HeldFile(*row) for row in connection.execute(links.order_by(_link.c.position))]


def _held(row: Mapping[Any, Any], seen: dict[str, Any]) -> Held:
    return Held(**{name: row[name] for name in _OF_REVISION}, seen=seen)


def _text(connection: Connection, article_id: int) -> tuple[str, str]:
    row = connection.execute(select(_search.c.title, _search.c.body).where(_search.c.article_id == article_id)).one()
    return row.title, row.body
