"""What is asked for every few seconds takes an index: runs on their way, and the planned visits of the last day.

Revision ID: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    running = sa.text("verdict = 'running'")
    op.create_index("ix_run_running", "run", ["id"], sqlite_where=running, postgresql_where=running)
    op.create_index("ix_slot_planned", "slot", ["planned_at"])
