"""A revision of an article whose own page stayed, because a file it links to became another."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from archive.edits import Change
from archive.models import Article, Revision, table
from archive.workset import Values, WorkSet

_article, _revision = table(Article), table(Revision)


def revise_files(work: WorkSet, article_id: int, replaced: list[Values], at: datetime) -> None:
    """Give the article a revision that names the files with other bytes. After the articles are written.

    What one run finds is one edit: files that change together with the page, or one after the other, are told by the
    revision that this run has made already.
    """
    current = (
        select(_revision)
        .join(_article, (_article.c.id == _revision.c.article_id) & (_article.c.revision == _revision.c.number))
        .where(_article.c.id == article_id)
    )
    row = dict(work.connection.execute(current).mappings().one())
    if row["run_id"] == work.handle.run_id and row["number"] > 1:
        mine = (_revision.c.article_id == article_id) & (_revision.c.number == row["number"])
        changes = with_replaced(row["changes"], replaced)
        work.connection.execute(update(_revision).where(mine).values(changes=changes))
        return
    row |= {"number": row["number"] + 1, "fetched_at": at, "run_id": work.handle.run_id}
    row["changes"] = with_replaced([], replaced)
    work.connection.execute(_revision.insert().values(**row))
    values: dict[str, Any] = {"revision": row["number"], "changed_at": at}
    work.connection.execute(update(_article).where(_article.c.id == article_id).values(**values))
    work.counts["changed"] += 1


def with_replaced(changes: list[Change], replaced: list[Values]) -> list[Change]:
    """The changes with these files among what changed of the attachments."""
    files = next((change for change in changes if change["field"] == "attachments"), {"field": "attachments"})
    others = [change for change in changes if change["field"] != "attachments"]
    return [*others, {**files, "replaced": [*files.get("replaced", []), *replaced]}]
