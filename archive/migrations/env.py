"""Runs the migrations on the connection handed over by ``archive.database``, within its transaction."""

from __future__ import annotations

from alembic import context

import archive.alarm_models
import archive.attachment_models
import archive.rereading_models
import archive.schedule_models
import archive.sight_models
import archive.story_models  # noqa: F401 - their tables belong to the metadata
from archive.models import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,
    # SQLite rolls schema changes back like any other; Alembic does not assume it.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
