"""The tables of what is due: each watched column with its next visit, the planned visits, and who carries them out."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from archive.models import Base, Id

_CLAIMED = text("state = 'claimed'")


class ColumnSchedule(Base):
    """One list page of one site and when it is visited next.

    ``next_due_at`` is the planned moment of the next visit (null: the column is not watched now); while a visit is
    under way, ``slot_id`` names its slot. ``version`` grows with every change, so that of two schedulers that decide at
    once only one is heard.
    """

    __tablename__ = "schedule"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    site: Mapped[str]
    list_url: Mapped[str]
    column: Mapped[str]
    kind: Mapped[str]
    rule: Mapped[str]
    """The schedule in words, as the site file has it: another text means another plan."""
    next_due_at: Mapped[datetime | None] = mapped_column(index=True)
    why: Mapped[str]
    planned_at: Mapped[datetime]
    """When ``next_due_at`` was decided: later than now, and the clock was set back since."""
    rhythm_seconds: Mapped[int]
    """How far visits are apart just now; the measure of backing off."""
    failures: Mapped[int]
    """Visits since the last good one that failed."""
    last_visit_at: Mapped[datetime | None]
    last_verdict: Mapped[str]
    slot_id: Mapped[int | None] = mapped_column(Id)
    version: Mapped[int]
    __table_args__ = (UniqueConstraint("site", "list_url", name="uq_schedule_site"),)


class Slot(Base):
    """One planned visit of one column, claimed before anything was asked for; or several that were missed."""

    __tablename__ = "slot"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    schedule_id: Mapped[int] = mapped_column(Id, ForeignKey("schedule.id"))
    planned_at: Mapped[datetime]
    owner: Mapped[str]
    claimed_at: Mapped[datetime]
    state: Mapped[str]
    count: Mapped[int]
    """How many planned visits the row stands for: 1, or those missed in a row."""
    run_id: Mapped[int | None] = mapped_column(Id, ForeignKey("run.id"))
    ended_at: Mapped[datetime | None]
    note: Mapped[str]
    __table_args__ = (
        UniqueConstraint("schedule_id", "planned_at", name="uq_slot_schedule_id"),
        Index("ix_slot_claimed", "owner", sqlite_where=_CLAIMED, postgresql_where=_CLAIMED),
        Index("ix_slot_planned", "planned_at"),
    )


class Instance(Base):
    """One process that keeps watch. It is alive while its ``beat_at`` moves on."""

    __tablename__ = "instance"
    name: Mapped[str] = mapped_column(primary_key=True)
    host: Mapped[str]
    pid: Mapped[int]
    machine: Mapped[str]
    """Boot id and process namespace, empty where unknown: only there a process number means anything."""
    process_started: Mapped[str]
    started_at: Mapped[datetime]
    beat_at: Mapped[datetime]
    jumps: Mapped[int]
    """How often its clock was set, or its machine slept, while it ran."""
    last_jump: Mapped[str]
