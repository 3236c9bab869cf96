"""What a notice says: the facts of one event, gathered from the archive when it is about to go out.

No markup and no template here: channels are written for by whoever sends. All text may come from strangers.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from archive.alarm_models import Alarm as AlarmTable
from archive.answers import ArticleRow, RevisionRow
from archive.database import Database
from archive.models import Article, Revision, SearchText, table
from archive.notice_models import Delivery, Event
from archive.queries import revision_row
from archive.search import snippet_of
from archive.story_answers import add_stories, article_row

logger = logging.getLogger(__name__)

_event, _delivery, _alarm = table(Event), table(Delivery), table(AlarmTable)
_article, _revision, _text = table(Article), table(Revision), table(SearchText)

MOST_MARKS = 8


@dataclass(frozen=True, slots=True)
class Alarm:
    """What operators are told of a trouble. ``kind`` is the alarm's, ``column`` "" for the whole site.

    ``severity`` counts from 1, the worst; 0 where nobody said. ``because`` is why it is over.
    """

    kind: str
    column: str
    reason: str
    evidence: tuple[str, ...]
    step: str
    severity: int = 0
    because: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell. ``notice_id`` is the same in every retry, ``kind`` the event's (``archive.words.EventKind``).

    ``summary`` is a piece of the text, around what was searched for; of withdrawn articles what their address answered.
    ``changes`` tells a revision in one line, ``marks`` the figures, dates and names in it (mark, before, after, about).
    ``original`` is who said first what this article repeats. Of alarms ``title`` is one line, ``alarm`` all of it.
    """

    notice_id: str
    kind: str
    site: str
    at: datetime
    title: str
    url: str = ""
    source: str | None = None
    published_at: datetime | None = None
    published_precision: str | None = None
    summary: str = ""
    changes: str = ""
    marks: tuple[Mapping[str, str], ...] = ()
    article_id: int | None = None
    revision: int | None = None
    original: str | None = None
    alarm: Alarm | None = None


def contents(database: Database, parcel_id: int, terms: Sequence[str]) -> list[dict[str, Any]]:
    """The notices of a parcel as they are kept in it, in the order of what happened."""
    statement = (
        select(_event, _delivery.c.watch_id, _delivery.c.channel)
        .join(_delivery, _delivery.c.event_id == _event.c.id)
        .where(_delivery.c.parcel_id == parcel_id)
        .order_by(_event.c.id)
    )
    with database.read() as connection:
        rows = connection.execute(statement).mappings().all()
        return [packed(notice) for notice in notices_of(connection, rows, terms)]


def notices_of(connection: Connection, events: Sequence[Mapping[Any, Any]], terms: Sequence[str]) -> list[Notice]:
    """What is told of these events: their columns, and ``watch_id`` and ``channel`` to name the notices by."""
    facts = _Facts(connection, {event["article_id"] for event in events} - {None})
    alarms = _alarms(connection, {event["alarm_id"] for event in events} - {None})
    return [
        _of_article(event, facts, terms)
        if event["article_id"] is not None
        else _of_alarm(event, alarms.get(event["alarm_id"], {}))
        for event in events
    ]


def example(database: Database, article_id: int, terms: Sequence[str], at: datetime) -> Notice:
    """How an article that is held already would be told of as new."""
    event = {"id": 0, "watch_id": 0, "channel": "test", "kind": "new", "article_id": article_id, "revision": None}
    with database.read() as connection:
        return notices_of(connection, [{**event, "alarm_id": None, "at": at, "detail": {}}], terms)[0]


def packed(notice: Notice) -> dict[str, Any]:
    """A notice as it is kept."""
    values = asdict(notice)
    for name in ("at", "published_at"):
        values[name] = values[name].isoformat() if values[name] is not None else None
    return values


def notice_of(values: Mapping[str, Any]) -> Notice:
    """The way back."""
    known = {name: value for name, value in values.items() if name in Notice.__dataclass_fields__}
    for name in ("at", "published_at"):
        known[name] = datetime.fromisoformat(known[name]) if known[name] is not None else None
    known["marks"] = tuple(known["marks"])
    if known["alarm"] is not None:
        known["alarm"] = Alarm(**{**known["alarm"], "evidence": tuple(known["alarm"]["evidence"])})
    return Notice(**known)


def identity(event: Mapping[Any, Any]) -> str:
    """The number of a notice; no event and no watch ever gets the number of another."""
    return f"e{event['id']}-{stamp(event['at'])}-w{event['watch_id']}-{event['channel']}"


def stamp(at: datetime) -> str:
    """A moment as a part of numbers that a receiver remembers: an archive put back to an older day counts anew."""
    return f"{int(at.timestamp()):x}"


# --- articles ---------------------------------------------------------------------------------------------------------


class _Facts:
    """Articles with their folded texts; revisions where they are asked for."""

    def __init__(self, connection: Connection, ids: Collection[int]) -> None:
        self.connection = connection
        statement = select(_article).where(_article.c.id.in_(ids))
        self.articles = {row["id"]: article_row(row) for row in connection.execute(statement).mappings()}
        add_stories(connection, self.articles.values())
        texts = select(_text.c.article_id, _text.c.body).where(_text.c.article_id.in_(ids))
        self.folded: dict[int, str] = {row.article_id: row.body for row in connection.execute(texts)}

    def revisions(self, number: int, upto: int) -> list[RevisionRow]:
        """A revision and the one before it."""
        mine = (_revision.c.article_id == number) & _revision.c.number.in_((upto - 1, upto))
        rows = self.connection.execute(select(_revision).where(mine).order_by(_revision.c.number))
        return [revision_row(row) for row in rows.mappings()]


def _of_article(event: Mapping[Any, Any], facts: _Facts, terms: Sequence[str]) -> Notice:
    article: ArticleRow = facts.articles[event["article_id"]]
    pair = facts.revisions(article.id, event["revision"] or article.revision)
    told = pair[-1]
    changes, marks = _changes(pair) if event["kind"] == "changed" and len(pair) == 2 else ("", ())
    if event["kind"] == "withdrawn":
        summary = str(event["detail"].get("why", ""))
    else:
        folded = facts.folded.get(article.id, "") if told.number == article.revision else ""
        summary = snippet_of(told.body, folded, terms)[0]
    original = article.original
    repeated = original is not None and original.article_id != article.id
    return Notice(
        notice_id=identity(event),
        kind=event["kind"],
        site=article.site,
        at=event["at"],
        title=told.title,
        url=article.url,
        source=told.source,
        published_at=told.published_at,
        published_precision=told.published_precision,
        summary=summary,
        changes=changes,
        marks=marks,
        article_id=article.id,
        revision=told.number,
        original=original.name if original is not None and repeated else None,
    )


def _changes(pair: list[RevisionRow]) -> tuple[str, tuple[dict[str, str], ...]]:
    from archive.summaries import difference  # brings much with it, and most notices tell of no change

    try:
        found = difference(pair, pair[0].number, pair[1].number)
    except Exception:
        # That it changed is told all the same: one comparison that fails must not hold up all notices behind it.
        logger.exception("what changed in revision %d of article %d cannot be told", pair[1].number, pair[1].article_id)
        return "", ()
    marks = list(dict.fromkeys(found.marks))[:MOST_MARKS]
    return found.summary, tuple(
        {"mark": one.mark, "before": one.before, "after": one.after, "about": one.about} for one in marks
    )


# --- alarms -----------------------------------------------------------------------------------------------------------


def _alarms(connection: Connection, ids: Collection[int]) -> dict[int, Mapping[str, Any]]:
    rows = connection.execute(select(_alarm).where(_alarm.c.id.in_(ids))).mappings()
    return {row["id"]: dict(row) for row in rows}


def _of_alarm(event: Mapping[Any, Any], row: Mapping[str, Any]) -> Notice:
    """From what the event says; from the alarm's row where it does not."""
    told: Mapping[str, Any] = {**row, **event["detail"]}
    alarm = Alarm(
        kind=str(event["detail"].get("alarm") or row.get("kind") or event["kind"]),
        column=str(told.get("column") or ""),
        reason=str(told.get("reason") or ""),
        evidence=tuple(str(sentence) for sentence in told.get("evidence") or ()),
        step=str(told.get("step") or ""),
        severity=int(told.get("severity") or 0),
        because=str(told.get("because") or row.get("closed_because") or ""),
    )
    place = f"{event['site']} · {alarm.column}" if alarm.column else event["site"]
    closed = event["kind"] == "alarm closed"
    return Notice(
        notice_id=identity(event),
        kind=event["kind"],
        site=event["site"],
        at=event["at"],
        title=f"{place}: {alarm.kind}",
        summary=alarm.because if closed else alarm.reason,
        alarm=alarm,
    )
