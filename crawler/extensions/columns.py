"""What the frontier keeps of a column while it is read, and of a page for asking only for what changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from archive.records import KnownPage
from crawler.items import Link


@dataclass(slots=True)
class Conditions:
    """What the archive holds of a page, for the conditional request (see ``crawler.fetching.conditional``)."""

    etag: str | None
    last_modified: str | None
    body_hash: bytes | None
    conditional_ok: bool


@dataclass(slots=True)
class Column:
    """How far one column has been read in this run."""

    complete_at: datetime | None = None
    max_pages: int = 0
    is_closed: bool = False
    """Read without a gap, and no later reading is unfinished."""
    pages_seen: dict[frozenset[bytes], int] = field(default_factory=dict)
    """The articles of each page that was read, with its number."""
    asked: set[tuple[str, bytes]] = field(default_factory=set)
    """What was sent for this column's pages."""
    shifted: bool = False
    """Its program counts pages from 1 where 0 was asked for: page 1 came twice."""


def is_due(page: KnownPage | None, link: Link, column: str, now: datetime) -> bool:
    """Whether an entry of a list is asked for now: new, found before and never stored, edited, or due again."""
    if page is None or page.state == "pending":
        return True
    # A headline that changed on the list where it was found is an edit that need not wait for the ladder.
    if page.column == column and page.link_title and link.title and page.link_title != link.title:
        return True
    return page.next_due_at is not None and page.next_due_at <= now
