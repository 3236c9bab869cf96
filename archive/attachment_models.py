"""The tables of attachments: what articles link to, and the files themselves, each once whoever links to it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from archive.models import Base, Id


class Document(Base):
    """One file by the SHA-256 of its bytes; the bytes themselves lie with the snapshots.

    ``text`` is null until it could be taken out; ``text_state`` and ``text_detail`` say why. ``reader`` is the version
    of the reading that said so. ``search_text`` is the folded text.
    """

    __tablename__ = "document"
    hash: Mapped[bytes] = mapped_column(primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str]
    media_type: Mapped[str]
    snapshot_hash: Mapped[bytes] = mapped_column(ForeignKey("snapshot.hash"), index=True)
    first_seen_at: Mapped[datetime]
    text_state: Mapped[str] = mapped_column(index=True)
    text_detail: Mapped[str]
    reader: Mapped[int]
    text: Mapped[str | None]
    search_text: Mapped[str]


class ArticleAttachment(Base):
    """One link from an article to a file. ``page_id`` is where the file is fetched; null when it is not to be.

    ``document_hash`` is the file last had from there. ``linked`` is false once the article's page no longer names it.
    """

    __tablename__ = "article_attachment"
    article_id: Mapped[int] = mapped_column(Id, ForeignKey("article.id"), primary_key=True, autoincrement=False)
    url_key: Mapped[bytes] = mapped_column(primary_key=True)
    url: Mapped[str]
    name: Mapped[str]
    position: Mapped[int]
    linked: Mapped[bool]
    state: Mapped[str]
    detail: Mapped[str]
    page_id: Mapped[int | None] = mapped_column(Id, ForeignKey("page.id"))
    document_hash: Mapped[bytes | None] = mapped_column(ForeignKey("document.hash"), index=True)
    changed_at: Mapped[datetime | None]
    """When another file was first found at the same address."""
    __table_args__ = (Index("ix_article_attachment_url_key", "url_key"),)
