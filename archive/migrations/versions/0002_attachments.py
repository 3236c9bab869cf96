"""Attachments, and articles over several pages.

Revision ID: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    # Added in place: a copy of these tables, the largest, would take minutes and twice their room.
    op.add_column("page", sa.Column("parts", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("revision", sa.Column("parts", sa.Text(), nullable=False, server_default="[]"))
    op.create_table(
        "document",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("snapshot_hash", sa.LargeBinary(), nullable=False),
        sa.Column("first_seen_at", MOMENT, nullable=False),
        sa.Column("text_state", sa.Text(), nullable=False),
        sa.Column("text_detail", sa.Text(), nullable=False),
        sa.Column("reader", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["snapshot_hash"], ["snapshot.hash"], name=op.f("fk_document_snapshot_hash")),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_document")),
    )
    op.create_index(op.f("ix_document_snapshot_hash"), "document", ["snapshot_hash"], unique=False)
    op.create_index(op.f("ix_document_text_state"), "document", ["text_state"], unique=False)
    op.create_table(
        "article_attachment",
        sa.Column("article_id", ID, autoincrement=False, nullable=False),
        sa.Column("url_key", sa.LargeBinary(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("linked", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("page_id", ID, nullable=True),
        sa.Column("document_hash", sa.LargeBinary(), nullable=True),
        sa.Column("changed_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name=op.f("fk_article_attachment_article_id")),
        sa.ForeignKeyConstraint(["page_id"], ["page.id"], name=op.f("fk_article_attachment_page_id")),
        sa.ForeignKeyConstraint(["document_hash"], ["document.hash"], name=op.f("fk_article_attachment_document_hash")),
        sa.PrimaryKeyConstraint("article_id", "url_key", name=op.f("pk_article_attachment")),
    )
    op.create_index("ix_article_attachment_url_key", "article_attachment", ["url_key"], unique=False)
    op.create_index(op.f("ix_article_attachment_document_hash"), "article_attachment", ["document_hash"], unique=False)
