from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from fetch_crawl import Reactor, project_settings
from fetch_server import Site


@pytest.fixture(scope="session")
def reactor() -> Reactor:
    return Reactor()


@pytest.fixture
def site() -> Iterator[Site]:
    """A server that allows all in robots.txt (404) until a test says otherwise."""
    with Site() as running:
        yield running


@pytest.fixture
def crawl(reactor: Reactor) -> Callable[..., list[dict[str, Any]]]:
    """Fetch addresses with the project's settings; the test network is allowed."""

    def run(*start: Any, settings: dict[str, Any] | None = None, **options: Any) -> list[dict[str, Any]]:
        changes = {"FETCH_ALLOW": ["127.77.0.0/16"], "FETCH_RESOLVE": {}, **(settings or {})}
        seen, run.stats = reactor.crawl(list(start), settings=project_settings(**changes), **options)
        return seen

    return run
