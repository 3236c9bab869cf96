"""Notices: events, watches, what is told to whom, and what went out together.

Revision ID: 0010
"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    # What was found when its column was read for the first time is told only when it was published since then.
    op.add_column("page", sa.Column("news_from", MOMENT, nullable=True))
    op.create_table(
        "event",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("article_id", ID, nullable=True),
        sa.Column("alarm_id", ID, nullable=True),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("run_id", ID, nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name=op.f("fk_event_article_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        sqlite_autoincrement=True,
    )
    watch = op.create_table(
        "watch",
        sa.Column("id", ID, nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("sites", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("column", sa.Text(), nullable=True),
        sa.Column("kinds", sa.Text(), nullable=False),
        sa.Column("channels", sa.Text(), nullable=False),
        sa.Column("rhythm", sa.Text(), nullable=False),
        sa.Column("quiet", sa.Text(), nullable=False),
        sa.Column("workdays", sa.Boolean(), nullable=False),
        sa.Column("breaks_quiet", sa.Boolean(), nullable=False),
        sa.Column("all_copies", sa.Boolean(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("told_to", sa.BigInteger(), nullable=False),
        sa.Column("sent", sa.BigInteger(), nullable=False),
        sa.Column("last_sent_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watch")),
        sa.UniqueConstraint("team", "name", name="uq_watch_team"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "parcel",
        sa.Column("id", ID, nullable=False),
        sa.Column("watch_id", ID, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("notices", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_parts", sa.Integer(), nullable=False),
        sa.Column("failed_at", MOMENT, nullable=True),
        sa.Column("next_try_at", MOMENT, nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("claim", sa.Text(), nullable=False),
        sa.Column("claimant", sa.Text(), nullable=False),
        sa.Column("claimed_until", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["watch_id"], ["watch.id"], name=op.f("fk_parcel_watch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parcel")),
        sqlite_autoincrement=True,
    )
    unsent = sa.text("state = 'waiting'")
    op.create_index("ix_parcel_unsent", "parcel", ["channel", "id"], sqlite_where=unsent, postgresql_where=unsent)
    op.create_index("ix_parcel_watch_id", "parcel", ["watch_id"])
    op.create_table(
        "delivery",
        sa.Column("id", ID, nullable=False),
        sa.Column("event_id", ID, nullable=False),
        sa.Column("watch_id", ID, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("article_id", ID, nullable=True),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("parcel_id", ID, nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_delivery_event_id")),
        sa.ForeignKeyConstraint(["watch_id"], ["watch.id"], name=op.f("fk_delivery_watch_id")),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name=op.f("fk_delivery_article_id")),
        sa.ForeignKeyConstraint(["parcel_id"], ["parcel.id"], name=op.f("fk_delivery_parcel_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("event_id", "watch_id", "channel", name="uq_delivery_event_id"),
        sqlite_autoincrement=True,
    )
    waiting = sa.text("parcel_id IS NULL")
    op.create_index("ix_delivery_told", "delivery", ["watch_id", "article_id"])
    op.create_index("ix_delivery_waiting", "delivery", ["due_at"], sqlite_where=waiting, postgresql_where=waiting)
    op.create_index("ix_delivery_parcel_id", "delivery", ["parcel_id"])
    # Alarms go to the channels that the settings name; this row holds how far and in what rhythm.
    now = datetime.now(UTC)
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    op.bulk_insert(
        watch,
        [
            {
                "team": "operators",
                "name": "operators",
                "route": "operator",
                "words": "[]",
                "terms": "[]",
                "sites": "[]",
                "source": None,
                "column": None,
                "kinds": '["alarm opened","alarm closed"]',
                "channels": "[]",
                "rhythm": "at once",
                "quiet": "",
                "workdays": False,
                "breaks_quiet": True,
                "all_copies": False,
                "most": 50,
                "enabled": True,
                "created_at": now.isoformat(" ", "microseconds")[:26] if is_sqlite else now,
                "told_to": 0,
                "sent": 0,
                "last_sent_at": None,
            }
        ],
    )
