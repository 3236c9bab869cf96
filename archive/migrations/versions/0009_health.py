"""What each run saw of each column; one open alarm per site, column and kind.

Revision ID: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "column_sight",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("list_url", sa.Text(), nullable=False),
        sa.Column("run_id", ID, nullable=False),
        sa.Column("column", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("links", sa.Integer(), nullable=True),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("read", sa.Integer(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("body_chars", sa.Double(), nullable=True),
        sa.Column("newest", MOMENT, nullable=True),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_column_sight_run_id")),
        sa.PrimaryKeyConstraint("site", "list_url", "run_id", name=op.f("pk_column_sight")),
    )
    op.create_table(
        "site_examination",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("runs", sa.BigInteger(), nullable=False),
        sa.Column("examined_at", MOMENT, nullable=False),
        sa.Column("trouble", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("site", name=op.f("pk_site_examination")),
    )
    # Runs from before noted what they read on the lists; of the articles behind them nothing is known.
    op.execute(
        'INSERT INTO column_sight (site, list_url, run_id, "column", at, links, new, read, fields, cause, detail) '
        'SELECT p.site, p.url, l.run_id, max(l."column"), min(l.read_at), '
        "max(CASE WHEN l.cause = '' THEN l.links END), sum(l.new), 0, '{}', "
        "CASE WHEN min(l.cause) = '' THEN '' ELSE max(l.cause) END, "
        "CASE WHEN min(l.cause) = '' THEN '' ELSE max(l.detail) END "
        "FROM list_reading l JOIN page p ON p.id = l.page_id WHERE l.number <= 1 GROUP BY p.site, p.url, l.run_id"
    )
    # The times at which a column's articles came, without reading all pages of its site.
    found = sa.text("article_id IS NOT NULL")
    op.create_index(
        "ix_page_column", "page", ["site", "column", "article_id"], sqlite_where=found, postgresql_where=found
    )
    op.add_column("alarm", sa.Column("column", sa.Text(), nullable=False, server_default=""))
    op.add_column("alarm", sa.Column("severity", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("alarm", sa.Column("step", sa.Text(), nullable=False, server_default=""))
    op.execute(
        "UPDATE alarm SET step = 'Look at the site; `zhiwen sites thaw ' || site || '` goes on with it as it is.', "
        "severity = CASE kind WHEN 'hijacked' THEN 1 WHEN 'missing' THEN 2 ELSE 4 END"
    )
    still_open = sa.text("closed_at IS NULL")
    op.drop_index("uq_alarm_open", "alarm")
    op.create_index(
        "uq_alarm_open",
        "alarm",
        ["site", "column", "kind"],
        unique=True,
        sqlite_where=still_open,
        postgresql_where=still_open,
    )
