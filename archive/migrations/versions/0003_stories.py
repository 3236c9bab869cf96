"""Stories: like texts, what they are to each other, and who said it first.

Revision ID: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")


def _article(name: str, table: str, *, null: bool = False) -> tuple[sa.Column[int], sa.ForeignKeyConstraint]:
    column: sa.Column[int] = sa.Column(name, ID, autoincrement=False, nullable=null)
    return column, sa.ForeignKeyConstraint([name], ["article.id"], name=op.f(f"fk_{table}_{name}"))


def upgrade() -> None:
    op.create_table(
        "text_hash",
        sa.Column("h", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("article_id", ID, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("h", "article_id", name=op.f("pk_text_hash")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "text_signature",
        *_article("article_id", "text_signature"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("chars", sa.BigInteger(), nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.Column("claims", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("article_id", name=op.f("pk_text_signature")),
    )
    op.create_table(
        "text_backlog",
        *_article("article_id", "text_backlog"),
        sa.PrimaryKeyConstraint("article_id", name=op.f("pk_text_backlog")),
    )
    op.create_table(
        "likeness",
        *_article("first_id", "likeness"),
        *_article("second_id", "likeness"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("jaccard", sa.Double(), nullable=False),
        sa.Column("containment", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("first_id", "second_id", name=op.f("pk_likeness")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_likeness_second_id", "likeness", ["second_id"], unique=False)
    op.create_table(
        "story",
        sa.Column("id", ID, nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.Column("merged_into", ID, nullable=True),
        *_article("original_id", "story", null=True),
        sa.Column("original_name", sa.Text(), nullable=True),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["merged_into"], ["story.id"], name=op.f("fk_story_merged_into")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_story")),
    )
    op.create_table(
        "story_member",
        *_article("article_id", "story_member"),
        sa.Column("story_id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        *_article("reference_id", "story_member"),
        sa.Column("jaccard", sa.Double(), nullable=False),
        sa.Column("containment", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["story_id"], ["story.id"], name=op.f("fk_story_member_story_id")),
        sa.PrimaryKeyConstraint("article_id", name=op.f("pk_story_member")),
    )
    op.create_index(op.f("ix_story_member_story_id"), "story_member", ["story_id"], unique=False)
    op.create_table(
        "site_names",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("names", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("site", name=op.f("pk_site_names")),
    )
    # What is held already is compared with the rest by `zhiwen db upgrade`, and little by little while storing.
    op.execute("INSERT INTO text_backlog (article_id) SELECT id FROM article")
