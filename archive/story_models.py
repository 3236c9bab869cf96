"""The tables of stories: what each text is like, which texts are alike, and the stories they make.

``text_hash`` finds candidates, ``likeness`` keeps what comparing them gave, ``story`` and ``story_member`` are what
follows from both; they can be made anew from the texts at any time.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Double, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from archive.models import Base, Id


class TextHash(Base):
    """Which articles share a hash of their text: bands, sentences, and the whole text. The key is all it holds."""

    __tablename__ = "text_hash"
    h: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    article_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    __table_args__ = {"sqlite_with_rowid": False}


class TextSignature(Base):
    """What an article's text was last compared by. ``hashes`` are its rows in ``text_hash``, 8 bytes each.

    ``text`` is a hash of title and body as compared; ``claims`` are the publishers that the text itself names.
    """

    __tablename__ = "text_signature"
    article_id: Mapped[int] = mapped_column(Id, ForeignKey("article.id"), primary_key=True, autoincrement=False)
    version: Mapped[int]
    text: Mapped[bytes]
    chars: Mapped[int] = mapped_column(BigInteger)
    hashes: Mapped[bytes]
    claims: Mapped[dict[str, Any]]


class TextBacklog(Base):
    """Articles whose text has no signature of today's version yet; empty once all have been looked at."""

    __tablename__ = "text_backlog"
    article_id: Mapped[int] = mapped_column(Id, ForeignKey("article.id"), primary_key=True, autoincrement=False)


class Likeness(Base):
    """Two articles whose texts were compared and are alike; ``first_id`` < ``second_id``.

    ``kind`` says what the second is to the first.
    """

    __tablename__ = "likeness"
    first_id: Mapped[int] = mapped_column(Id, ForeignKey("article.id"), primary_key=True, autoincrement=False)
    second_id: Mapped[int] = mapped_column(Id, ForeignKey("article.id"), primary_key=True, autoincrement=False)
    kind: Mapped[str]
    jaccard: Mapped[float] = mapped_column(Double)
    containment: Mapped[float] = mapped_column(Double)
    __table_args__ = (Index("ix_likeness_second_id", "second_id"), {"sqlite_with_rowid": False})


class Story(Base):
    """Articles with one text. A story that became part of another leads there by ``merged_into``.

    ``original_id`` is the article that said it first; null when that is not in the archive, or not known (then
    ``original_name`` is null, too). A story that has lost its members keeps its row, so that no number is used twice.
    """

    __tablename__ = "story"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    members: Mapped[int]
    merged_into: Mapped[int | None] = mapped_column(Id, ForeignKey("story.id"))
    original_id: Mapped[int | None] = mapped_column(Id, ForeignKey("article.id"))
    original_name: Mapped[str | None]
    confidence: Mapped[float] = mapped_column(Double)
    evidence: Mapped[list[str]]
    changed_at: Mapped[datetime]


class StoryMember(Base):
    """The story of an article. ``kind`` is what it is to ``reference_id``, the original where that is held."""

    __tablename__ = "story_member"
    article_id: Mapped[int] = mapped_column(Id, ForeignKey("article.id"), primary_key=True, autoincrement=False)
    story_id: Mapped[int] = mapped_column(Id, ForeignKey("story.id"), index=True)
    kind: Mapped[str]
    reference_id: Mapped[int] = mapped_column(Id, ForeignKey("article.id"))
    jaccard: Mapped[float] = mapped_column(Double)
    containment: Mapped[float] = mapped_column(Double)


class SiteNames(Base):
    """The names by which a 来源 line means a site: what the site's declaration says."""

    __tablename__ = "site_names"
    site: Mapped[str] = mapped_column(primary_key=True)
    names: Mapped[list[str]]
