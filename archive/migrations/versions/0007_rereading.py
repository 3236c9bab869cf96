"""Readings: by what a revision was read, and what it said before it was read again.

Revision ID: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    # Empty: read by nobody knows what, so it is read again when that matters.
    op.add_column("revision", sa.Column("reading", sa.Text(), nullable=False, server_default=""))
    # A snapshot that is let go is looked for in both tables; without an index that reads all of them each time.
    op.create_index(op.f("ix_revision_snapshot_hash"), "revision", ["snapshot_hash"], unique=False)
    op.create_index(op.f("ix_fetch_snapshot_hash"), "fetch", ["snapshot_hash"], unique=False)
    op.create_table(
        "rereading",
        sa.Column("id", ID, nullable=False),
        sa.Column("article_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("replaced_at", MOMENT, nullable=False),
        sa.Column("run_id", ID, nullable=False),
        sa.Column("reading_before", sa.Text(), nullable=False),
        sa.Column("reading_after", sa.Text(), nullable=False),
        sa.Column("extractor_version", sa.Integer(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("undone_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_rereading_run_id")),
        sa.ForeignKeyConstraint(
            ["article_id", "number"], ["revision.article_id", "revision.number"], name=op.f("fk_rereading_article_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rereading")),
    )
    op.create_index("ix_rereading_revision", "rereading", ["article_id", "number"], unique=False)
    op.create_index(op.f("ix_rereading_run_id"), "rereading", ["run_id"], unique=False)
