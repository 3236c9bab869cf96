"""Alarms of whole sites, and what became of single articles.

Revision ID: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "alarm",
        sa.Column("id", ID, nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("frozen", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("pages", sa.Text(), nullable=False),
        sa.Column("run_id", ID, nullable=True),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("closed_because", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_alarm_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm")),
    )
    still_open = sa.text("closed_at IS NULL")
    op.create_index(
        "uq_alarm_open", "alarm", ["site"], unique=True, sqlite_where=still_open, postgresql_where=still_open
    )
    op.create_table(
        "state_change",
        sa.Column("id", ID, nullable=False),
        sa.Column("article_id", ID, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("run_id", ID, nullable=True),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name=op.f("fk_state_change_article_id")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_state_change_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_state_change")),
    )
    op.create_index(op.f("ix_state_change_article_id"), "state_change", ["article_id"], unique=False)
    op.create_index(op.f("ix_state_change_at"), "state_change", ["at"], unique=False)
    # Of what happened before, each article's last change is known.
    op.execute(
        "INSERT INTO state_change (article_id, state, why, at) SELECT id, state, '', state_changed_at FROM article "
        "WHERE state_changed_at > first_seen_at ORDER BY state_changed_at, id"
    )
