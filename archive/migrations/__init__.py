"""The schema's history, for Alembic. Started by ``archive.database.migrate``, never by the alembic command."""
