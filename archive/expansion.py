"""From events to deliveries: which watch is told of what, by which channel.

Goes through the events in their order, some at a time. Each watch knows how far it has come (``told_to``); its
deliveries are written in the transaction that moves this on, so that a kill at any moment, or a second process doing
the same, neither loses nor doubles anything.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
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
from archive.tellings import Notice, notices_of
from archive.watches import ALARM_KINDS, Wanted, last_event, wanted_of

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


def preview(database: Database, wanted: Wanted, since: datetime, limit: int) -> list[Notice]:
    """See ``Archive.preview``."""
    rows: list[dict[str, Any]] = []
    memory = Memory()
    come = 0
    with database.read() as connection:
        recent = select(_event).where(_event.c.at >= since).order_by(_event.c.id).limit(BATCH)
        while events := connection.execute(recent.where(_event.c.id > come)).all():
            come = events[-1].id
            batch = _Batch(database, connection, events)
            chosen = batch.alarms() if wanted.article_kinds == frozenset() else batch.of_articles(wanted, memory)
            rows += [{**event._mapping, "watch_id": 0, "channel": "test"} for event in chosen]
        return notices_of(connection, rows[-limit:], wanted.terms)


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
class Memory:
    """Articles and stories that a watch was told of."""

    articles: set[int] = field(default_factory=set)
    stories: set[int] = field(default_factory=set)


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
        chosen: Iterable[Any]
        if watch["route"] == "operator":
            chosen = self.alarms()
        else:
            chosen = self.of_articles(wanted, self._memory(watch["id"], wanted))
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

    def alarms(self) -> list[Any]:
        """What operators are told."""
        return [event for event in self.events if event.kind in ALARM_KINDS]

    def of_articles(self, wanted: Wanted, memory: Memory) -> Iterator[Any]:
        """Events of articles that the search finds, or that the watch was told of before; ``memory`` grows by them."""
        asked = {event.article_id for event in self.events if event.kind in wanted.article_kinds}
        matching = among(self.database, self.connection, wanted.terms, wanted.filters, asked) if asked else set()
        for event in self.events:
            number = event.article_id
            if event.kind not in wanted.article_kinds or not (number in matching or number in memory.articles):
                continue
            story = self.stories.get(number)
            if event.kind == "new" and story in memory.stories and not wanted.all_copies:
                continue  # the watch knows the text from elsewhere
            if event.kind == "reprinted" and number in memory.articles:
                continue  # it was told as new: the story's first article is not for this watch
            memory.articles.add(number)
            if story is not None:
                memory.stories.add(story)
            yield event

    def _memory(self, watch_id: int, wanted: Wanted) -> Memory:
        """What the watch was told of, as far as these events ask for it."""
        asked = {event.article_id for event in self.events if event.kind in wanted.article_kinds}
        return Memory(self._told_before(watch_id, asked), self._stories_told(watch_id, asked))

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
