"""What a revision changed, and what the next reading of an article is compared with.

Revision ID: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    # Added in place. Empty says all that old rows need: they are compared by their own fields.
    op.add_column("revision", sa.Column("changes", sa.Text(), nullable=False, server_default="[]"))
    op.add_column("article", sa.Column("last_reading", sa.Text(), nullable=False, server_default="{}"))
