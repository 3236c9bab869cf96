"""The tables of how columns and sites are: what each run saw of each column, and how far a site was examined."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Double, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from archive.models import Base, Id


class ColumnSight(Base):
    """What one run saw of one column: the evidence that its health is judged by. Written while the run goes on."""

    __tablename__ = "column_sight"
    site: Mapped[str] = mapped_column(primary_key=True)
    list_url: Mapped[str] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(Id, ForeignKey("run.id"), primary_key=True, autoincrement=False)
    column: Mapped[str]
    at: Mapped[datetime]
    links: Mapped[int | None]
    """On page 1 of the list; null when it was not read."""
    new: Mapped[int]
    read: Mapped[int]
    """Article pages of the column that were read."""
    fields: Mapped[dict[str, Any]]
    """Of those, the share that has each field."""
    body_chars: Mapped[float | None] = mapped_column(Double)
    """Median length of their texts."""
    newest: Mapped[datetime | None]
    cause: Mapped[str]
    """Why the list could not be read; empty when it was."""
    detail: Mapped[str]


class SiteExamination(Base):
    """When a site was examined last. ``runs`` is how many of its runs had ended by then: nothing new, nothing to do."""

    __tablename__ = "site_examination"
    site: Mapped[str] = mapped_column(primary_key=True)
    runs: Mapped[int] = mapped_column(BigInteger)
    examined_at: Mapped[datetime]
    trouble: Mapped[str]
    """Why the site could not be examined; empty when it was."""
