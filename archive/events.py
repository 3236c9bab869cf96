"""What happened, for whoever wants to be told: rows written in the transaction that stores it.

Nothing is compared with any watch here; storing must not wait for that. Not told of: articles that a site's list held
already when it was read for the first time (see ``news_from``), what was read again by another layout, and what came
from web archives.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from archive.bulk import BulkWrite
from archive.frontier import chunks
from archive.models import table
from archive.notice_models import Event
from archive.story_models import Story, StoryMember

Values = Mapping[str, Any]

_event, _story, _member = table(Event), table(Story), table(StoryMember)
_INSERT_EVENT = BulkWrite(_event, [column.name for column in _event.c if column.name != "id"])
_NOTHING: dict[str, Any] = {"article_id": None, "alarm_id": None, "revision": None, "run_id": None, "detail": {}}

FRESH = timedelta(days=2)
"""An article of a column's first reading is news when it was published at most so long before."""


def add_events(connection: Connection, rows: Sequence[Values]) -> None:
    """Write events, within the caller's transaction. Each row has ``kind`` (``archive.words.EventKind``), ``site`` and
    ``at``; ``article_id`` with ``revision``, or ``alarm_id``; ``run_id`` and ``detail`` where there are any.

    The ``detail`` of alarms: ``alarm`` (its kind), ``column``, ``reason``, ``evidence`` (sentences), ``step``,
    ``severity`` (1 worst), and of closed ones ``because``. What it lacks is taken from the alarm's row when it is told.
    """
    _INSERT_EVENT.run(connection, [{**_NOTHING, **row} for row in rows])


def news_from(complete_at: datetime | None, found_at: datetime, *, reads_back: bool) -> datetime | None:
    """From when on an article must be published to be news, when its link is found now; None: it is in any case.

    A column never read without a gap (``complete_at`` None) shows old articles beside new ones; so does one that is
    read back further than needed (``--since``, ``--backfill``). What is found otherwise was not there before.
    """
    if complete_at is None:
        return found_at - FRESH
    return complete_at - FRESH if reads_back else None


def is_news(page: Mapping[str, Any], published_at: datetime | None) -> bool:
    """Whether an article found by this page is told of as new."""
    limit = page["news_from"]
    return limit is None or (published_at is not None and published_at >= limit)


def first_reprints(connection: Connection, told: Sequence[Values], new: Collection[int]) -> list[dict[str, Any]]:
    """The events of stories that have just got their second article. ``told`` are the events of new articles of this
    transaction, ``new`` all of its new articles."""
    events = {row["article_id"]: row for row in told}
    homes: dict[int, list[int]] = {}
    originals: dict[int, int | None] = {}
    sizes: dict[int, int] = {}
    statement = select(_member.c.article_id, _story.c.id, _story.c.members, _story.c.original_id).join(
        _story, _story.c.id == _member.c.story_id
    )
    for part in chunks(sorted(new)):
        for row in connection.execute(statement.where(_member.c.article_id.in_(part))):
            homes.setdefault(row.id, []).append(row.article_id)
            originals[row.id], sizes[row.id] = row.original_id, row.members
    found: list[dict[str, Any]] = []
    for story_id, mine in sorted(homes.items()):
        if sizes[story_id] - len(mine) > 1:
            continue  # it had copies before
        copies = [number for number in mine if number in events and number != originals[story_id]] or [
            number for number in mine if number in events
        ]
        if copies:
            found.append({**events[copies[0]], "kind": "reprinted", "detail": {"story": story_id}})
    return found
