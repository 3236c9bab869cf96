"""The tables of notices: what happened, who wants to know, what is told to whom, and what went out together.

``event`` is written by whoever stores, in the same transaction; ``delivery`` and ``parcel`` follow from it later and
can be interrupted at any moment. No number is ever used twice: receivers know notices and parcels by them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from archive.models import Base, Id

_WAITING = text("parcel_id IS NULL")
_UNSENT = text("state = 'waiting'")
_NEVER_REUSED = {"sqlite_autoincrement": True}


class Event(Base):
    """Something to tell. ``kind`` is one of ``archive.words.EventKind``; ``at`` when it was seen.

    Of articles ``article_id`` and ``revision`` are set, of alarms ``alarm_id``. ``detail`` is what cannot be looked up
    later, such as the answer of a withdrawn article's address.
    """

    __tablename__ = "event"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str]
    site: Mapped[str]
    article_id: Mapped[int | None] = mapped_column(Id, ForeignKey("article.id"))
    alarm_id: Mapped[int | None] = mapped_column(Id)
    revision: Mapped[int | None]
    at: Mapped[datetime]
    run_id: Mapped[int | None] = mapped_column(Id)
    detail: Mapped[dict[str, Any]]
    __table_args__ = (_NEVER_REUSED,)


class Watch(Base):
    """A saved search that sends. ``words`` is what was typed, ``terms`` the same as the archive searches for it.

    ``told_to`` is the last event that was compared with it. One watch has the route "operator": it gets the alarms, and
    its channels are those of the settings. ``sent`` counts what was ever told.
    """

    __tablename__ = "watch"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    team: Mapped[str]
    name: Mapped[str]
    route: Mapped[str]
    words: Mapped[list[str]]
    terms: Mapped[list[str]]
    sites: Mapped[list[str]]
    source: Mapped[str | None]
    column: Mapped[str | None]
    kinds: Mapped[list[str]]
    channels: Mapped[list[str]]
    rhythm: Mapped[str]
    quiet: Mapped[str]
    workdays: Mapped[bool]
    breaks_quiet: Mapped[bool]
    all_copies: Mapped[bool]
    most: Mapped[int]
    enabled: Mapped[bool]
    created_at: Mapped[datetime]
    told_to: Mapped[int] = mapped_column(BigInteger)
    sent: Mapped[int] = mapped_column(BigInteger)
    last_sent_at: Mapped[datetime | None]
    __table_args__ = (UniqueConstraint("team", "name", name="uq_watch_team"), _NEVER_REUSED)


class Delivery(Base):
    """One event that is told to one watch by one channel. ``parcel_id`` is null until it goes out with others.

    ``article_id`` repeats the event's: what a watch was told of is asked for with every event. ``urgent`` ones do not
    wait for the end of quiet hours.
    """

    __tablename__ = "delivery"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    event_id: Mapped[int] = mapped_column(Id, ForeignKey("event.id"))
    watch_id: Mapped[int] = mapped_column(Id, ForeignKey("watch.id"))
    channel: Mapped[str]
    kind: Mapped[str]
    article_id: Mapped[int | None] = mapped_column(Id, ForeignKey("article.id"))
    urgent: Mapped[bool]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    parcel_id: Mapped[int | None] = mapped_column(Id, ForeignKey("parcel.id"))
    __table_args__ = (
        UniqueConstraint("event_id", "watch_id", "channel", name="uq_delivery_event_id"),
        Index("ix_delivery_told", "watch_id", "article_id"),
        Index("ix_delivery_waiting", "due_at", sqlite_where=_WAITING, postgresql_where=_WAITING),
        Index("ix_delivery_parcel_id", "parcel_id"),
        _NEVER_REUSED,
    )


class Parcel(Base):
    """What goes out together to one channel. ``state`` is "waiting", "sent" or "given up".

    Its members never change. ``content`` are the notices as they are told, written before anything is sent; a retry
    sends the same. ``claim`` is the sender that has it until ``claimed_until``, ``claimant`` its process.
    """

    __tablename__ = "parcel"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    watch_id: Mapped[int] = mapped_column(Id, ForeignKey("watch.id"))
    channel: Mapped[str]
    state: Mapped[str]
    urgent: Mapped[bool]
    notices: Mapped[int]
    content: Mapped[list[dict[str, Any]]]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    tries: Mapped[int]
    sent_parts: Mapped[int]
    failed_at: Mapped[datetime | None]
    next_try_at: Mapped[datetime]
    error: Mapped[str]
    claim: Mapped[str]
    claimant: Mapped[str]
    claimed_until: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    __table_args__ = (
        Index("ix_parcel_unsent", "channel", "id", sqlite_where=_UNSENT, postgresql_where=_UNSENT),
        Index("ix_parcel_watch_id", "watch_id"),
        _NEVER_REUSED,
    )
