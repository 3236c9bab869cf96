"""The fetches of one page are found by an index.

Revision ID: 0006
"""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    # An import asks for every record whether it is held; the newest snapshot of a page is asked for, too.
    op.create_index(op.f("ix_fetch_page_id"), "fetch", ["page_id"], unique=False)
