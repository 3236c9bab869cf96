"""The tables of what befell a whole site, and of what became of single articles."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from archive.models import Base, Id

_OPEN = text("closed_at IS NULL")


class Alarm(Base):
    """A trouble of a column, or of a whole site (``column`` is empty), from the run that saw it first to its end.

    At most one is open per site, column and kind: what later runs see is the same trouble, counted in ``times``. Of the
    kinds that runs raise themselves (``archive.words.SITE_ALARMS``) one at most is open per site. While a ``frozen``
    one is open, nothing of the site is stored. ``pages`` are addresses of known pages that gave it away; they must read
    as stored before it is over.
    """

    __tablename__ = "alarm"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    site: Mapped[str]
    kind: Mapped[str]
    frozen: Mapped[bool]
    reason: Mapped[str]
    evidence: Mapped[list[str]]
    pages: Mapped[list[str]]
    run_id: Mapped[int | None] = mapped_column(Id, ForeignKey("run.id"))
    opened_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    times: Mapped[int]
    closed_at: Mapped[datetime | None]
    closed_because: Mapped[str]
    column: Mapped[str]
    severity: Mapped[int]
    """1 is the worst, 4 the least."""
    step: Mapped[str]
    """What to do next, one sentence."""
    __table_args__ = (
        Index("uq_alarm_open", "site", "column", "kind", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )


class StateChange(Base):
    """An article became missing, withdrawn, or live again. ``why`` quotes what its address answered."""

    __tablename__ = "state_change"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    article_id: Mapped[int] = mapped_column(Id, ForeignKey("article.id"), index=True)
    state: Mapped[str]
    why: Mapped[str]
    at: Mapped[datetime] = mapped_column(index=True)
    run_id: Mapped[int | None] = mapped_column(Id, ForeignKey("run.id"))
