"""The table of former readings: what a revision said before its page was read again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from archive.models import Base, Id


class Rereading(Base):
    """One revision was read again from the bytes kept. ``fields`` holds the former value of each field that differed.

    ``reading_before`` and ``reading_after`` are the signatures of both readings; ``undone_at`` is set once the former
    values were put back.
    """

    __tablename__ = "rereading"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    article_id: Mapped[int] = mapped_column(Id)
    number: Mapped[int]
    replaced_at: Mapped[datetime]
    run_id: Mapped[int] = mapped_column(Id, ForeignKey("run.id"), index=True)
    reading_before: Mapped[str]
    reading_after: Mapped[str]
    extractor_version: Mapped[int]
    """The version that read it before."""
    fields: Mapped[dict[str, Any]]
    undone_at: Mapped[datetime | None]
    __table_args__ = (
        ForeignKeyConstraint(["article_id", "number"], ["revision.article_id", "revision.number"]),
        Index("ix_rereading_revision", "article_id", "number"),
    )
