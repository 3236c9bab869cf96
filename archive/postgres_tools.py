"""PostgreSQL's own programs, which copy its databases, and databases that change places."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from archive.database import Database, plain_error, postgres_engine
from archive.errors import ArchiveError

_MAINTENANCE = "postgres"
"""The database to be connected to while another is made or renamed; every server has it."""


def dump(database: Database, target: Path, snapshot: str) -> None:
    """Copy the database as one transaction saw it, which exported ``snapshot`` and is still open."""
    _run("pg_dump", database.url, ["--format=custom", f"--snapshot={snapshot}", f"--file={target}"])


def load(url: URL, dumped: Path) -> None:
    """Fill an empty database with a copy: all of it or nothing."""
    _run("pg_restore", url, ["--no-owner", "--single-transaction", "--exit-on-error"], [str(dumped)])


def _run(program: str, url: URL, options: Sequence[str], files: Sequence[str] = ()) -> None:
    tool = shutil.which(program)
    if tool is None:
        work = {"pg_dump": "copied", "pg_restore": "brought back"}[program]
        raise ArchiveError(
            f"a PostgreSQL archive is {work} by {program}, which was not found: install postgresql-client"
        )
    plain = url.set(drivername="postgresql")._replace(password=None)  # set() takes None for "as it is"
    environment = dict(os.environ)
    if url.password is not None:
        environment["PGPASSWORD"] = str(url.password)  # not on the command line, where everyone can read it
    done = subprocess.run(
        [tool, *options, "--dbname", plain.render_as_string(hide_password=False), *files],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()
        raise ArchiveError(f"{program} failed: {said[-1] if said else f'exit code {done.returncode}'}")


def make_database(url: URL) -> None:
    """An empty database of that name. Raises ArchiveError when the user may not make one."""
    try:
        with _maintenance(url, "AUTOCOMMIT") as connection:
            name = _quoted(connection, url.database)
            connection.execute(text(f"DROP DATABASE IF EXISTS {name}"))
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'"))
    except ArchiveError as error:
        raise ArchiveError(
            f"{error}; a database beside the old one is needed: let the user create databases, "
            "or make an empty one, name it in database_url and restore into it"
        ) from error


def drop_database(url: URL) -> None:
    """Take away a database that was made to be filled."""
    with _maintenance(url, "AUTOCOMMIT") as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {_quoted(connection, url.database)}"))


def change_places(url: URL, new: str, aside: str) -> None:
    """The database ``new`` gets the name of ``url``, whose own becomes ``aside``; in one transaction."""
    try:
        with _maintenance(url) as connection:
            old, fresh, kept = (_quoted(connection, name) for name in (url.database, new, aside))
            connection.execute(text(f"ALTER DATABASE {old} RENAME TO {kept}"))
            connection.execute(text(f"ALTER DATABASE {fresh} RENAME TO {old}"))
    except ArchiveError as error:
        raise ArchiveError(f"{error}; stop all crawls and other users of the database, then restore again") from error


@contextmanager
def _maintenance(url: URL, isolation: str | None = None) -> Iterator[Connection]:
    engine = postgres_engine(url.set(database=_MAINTENANCE))
    try:
        with engine.connect() as connection:
            if isolation:
                connection = connection.execution_options(isolation_level=isolation)
            with connection.begin():
                yield connection
    except SQLAlchemyError as error:
        raise plain_error(error, url.render_as_string(hide_password=True)) from error
    finally:
        engine.dispose()


def _quoted(connection: Connection, name: str | None) -> str:
    return connection.dialect.identifier_preparer.quote(name or "")
