"""From events to deliveries: which watch is told of what, by which channel.

Goes through the events in their order, some at a time. Each watch knows how far it has come (``told_to``); its
deliveries are written in the transaction that moves this on, so that a kill at any moment, or a second process doing
the same, neither loses nor doubles anything.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, select, update
from sqlalchemy.dialects import postgresql, sqlite

from archive.database import Database
from archive.frontier import chunks
from archive.models import table
from archive.notice_models import Delivery, Event, Watch
from archive.routes import Routes
from archive.search import among
from archive.story_models import StoryMember
from archive.watches import ALARM_KINDS, last_event, wanted_of

_event, _watch, _delivery, _member = table(Event), table(Watch), table(Delivery), table(StoryMember)

BATCH = 200
"""Events looked at in one transaction."""


def expand(database: Database, routes: Routes, now: datetime) -> int:
    """See ``Archive.expand_events``."""
    _set_operators(database, routes)
    written = 0
    while (step := _step(database, routes, now)) is not None:
        written += step
    return written


def _set_operators(database: Database, routes: Routes) -> None:
    """The operators' row says what the settings say."""
    said = {"channels": list(routes.operators), "quiet": routes.operator_quiet}
    mine = _watch.c.route == "operator"
    with database.read() as connection:
        row = connection.execute(select(_watch.c.channels, _watch.c.quiet).where(mine)).mappings().one()
    if any(row[name] != value for name, value in said.items()):
        with database.write() as connection:
            connection.execute(update(_watch).where(mine).values(**said))


def _step(database: Database, routes: Routes, now: datetime) -> int | None:
    """One batch for the watches that are furthest behind; how many deliveries, None when all are up to date."""
    with database.read() as connection:
        last = last_event(connection)
        behind = select(_watch).where(_watch.c.enabled, _watch.c.told_to < last).order_by(_watch.c.id)
        rows = connection.execute(behind).mappings().all()
        if not rows:
            return None
        come = min(row["told_to"] for row in rows)
        watches = [row for row in rows if row["told_to"] == come]
        events = connection.execute(select(_event).where(_event.c.id > come).order_by(_event.c.id).limit(BATCH)).all()
        batch = _Batch(database, connection, events)
        told = {row["id"]: list(batch.told(row, routes, now)) for row in watches}
    with database.write() as connection:
        # Another process may have been here; then its rows stand, and these are the same.
        mine = _watch.c.id.in_(list(told)) & (_watch.c.told_to == come) & _watch.c.enabled
        moved = update(_watch).where(mine).values(told_to=events[-1].id).returning(_watch.c.id)
        ids = sorted(connection.execute(moved).scalars())
        deliveries = [delivery for number in ids for delivery in told[number]]
        # In the order of events: a channel is told in the order of its rows.
        deliveries.sort(key=lambda delivery: (delivery["event_id"], delivery["watch_id"]))
        insert = (sqlite if database.is_sqlite else postgresql).insert(_delivery).on_conflict_do_nothing()
        if deliveries:
            connection.execute(insert, deliveries)
    return len(deliveries)


@dataclass(slots=True)
class _Batch:
    """Some events, and what of the archive decides who is told of them."""

    database: Database
    connection: Connection
    events: Sequence[Any]
    articles: set[int] = field(default_factory=set)
    stories: dict[int, int] = field(default_factory=dict)
    """The story of each article that is in one."""

    def __post_init__(self) -> None:
        self.articles = {event.article_id for event in self.events if event.article_id is not None}
        for part in chunks(sorted(self.articles)):
            rows = select(_member.c.article_id, _member.c.story_id).where(_member.c.article_id.in_(part))
            self.stories.update((article_id, story_id) for article_id, story_id in self.connection.execute(rows))

    def told(self, watch: RowMapping, routes: Routes, now: datetime) -> Iterator[dict[str, Any]]:
        """The deliveries of one watch, in the order of the events."""
        wanted = wanted_of(watch)
        hours = wanted.hours
        chosen = self._alarms() if watch["route"] == "operator" else self._articles(watch)
        for event in chosen:
            urgent = wanted.breaks_quiet and event.detail.get("severity") == 1
            due = hours.due(min(event.at, now), routes.is_workday, urgent=urgent)
            for channel in wanted.channels:
                yield {
                    "event_id": event.id,
                    "watch_id": watch["id"],
                    "channel": channel,
                    "kind": event.kind,
                    "article_id": event.article_id,
                    "urgent": urgent,
                    "created_at": now,
                    "due_at": due,
                    "parcel_id": None,
                }

    def _alarms(self) -> Iterator[Any]:
        return (event for event in self.events if event.kind in ALARM_KINDS)

    def _articles(self, watch: RowMapping) -> Iterator[Any]:
        """Events of articles that the watch's search finds, or that it was told of before."""
        wanted = wanted_of(watch)
        kinds = set(wanted.kinds) - set(ALARM_KINDS)
        asked = {event.article_id for event in self.events if event.kind in kinds}
        if not asked:
            return
        matching = among(self.database, self.connection, wanted.terms, wanted.filters, asked)
        known = self._told_before(watch["id"], asked)
        stories = set() if wanted.all_copies else self._stories_told(watch["id"], asked)
        for event in self.events:
            number = event.article_id
            if event.kind not in kinds or not (number in matching or number in known):
                continue
            if event.kind == "new" and not wanted.all_copies:
                story = self.stories.get(number)
                if story in stories:
                    continue  # the watch knows the text from elsewhere
                if story is not None:
                    stories.add(story)
            elif event.kind == "reprinted" and number in known:
                continue  # it was told as new: the story's first article is not for this watch
            known.add(number)
            yield event

    def _told_before(self, watch_id: int, articles: Collection[int]) -> set[int]:
        found: set[int] = set()
        for part in chunks(sorted(articles)):
            mine = (_delivery.c.watch_id == watch_id) & _delivery.c.article_id.in_(part)
            found.update(self.connection.execute(select(_delivery.c.article_id).where(mine)).scalars())
        return found

    def _stories_told(self, watch_id: int, articles: Collection[int]) -> set[int]:
        """Of the stories of these articles, those that the watch was told of by another article."""
        found: set[int] = set()
        for part in chunks(sorted({self.stories[number] for number in articles if number in self.stories})):
            rows = (
                select(_member.c.story_id)
                .join(_delivery, _delivery.c.article_id == _member.c.article_id)
                .where(_member.c.story_id.in_(part), _delivery.c.watch_id == watch_id)
            )
            found.update(self.connection.execute(rows.distinct()).scalars())
        return found
