"""Crawls of the replica by the real spiders in child processes, as users start them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from archive.archive import Archive
from seeds.replica.server import ReplicaServer

ROOT = Path(__file__).resolve().parents[2]
DAY = 86_400


@dataclass
class Crawled:
    """What one run said at its end, and how many requests the replica saw from it."""

    code: int
    verdict: str
    reason: str
    counts: dict[str, int]
    evidence: list[str]
    requests: int
    log: str = field(repr=False, default="")


class Reader:
    """One user of one archive, crawling the replica."""

    def __init__(self, server: ReplicaServer, folder: Path, database_url: str = "") -> None:
        self.server = server
        self.data_dir = folder
        self.environment = {
            **os.environ,
            "ZHIWEN_DATA_DIR": str(folder),
            "ZHIWEN_DATABASE_URL": database_url,
            "ZHIWEN_SITES__PATHS": str(ROOT / "seeds" / "replica" / "sites"),
            "ZHIWEN_FETCH__RESOLVE": json.dumps(server.resolve_map()),
            "ZHIWEN_FETCH__DELAY_SECONDS": "0",
            "ZHIWEN_PROGRESS": "1",
            "SCRAPY_SETTINGS_MODULE": "crawler.settings",
        }
        self.archive = Archive(database_url or f"sqlite:///{folder / 'zhiwen.db'}", folder)

    def crawl(self, site: str, *arguments: str, days: float = 0) -> Crawled:
        """Run ``scrapy crawl SITE`` ``days`` after today."""
        before = self.server.requests.total
        process = subprocess.run(
            [sys.executable, "-m", "scrapy", "crawl", site, *arguments],
            env={**self.environment, "ZHIWEN_CLOCK_SHIFT": str(days * DAY)},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        lines = [json.loads(line) for line in process.stdout.splitlines() if line.startswith("{")]
        done: dict[str, Any] = lines[-1] if lines else {}
        return Crawled(
            process.returncode,
            done.get("verdict", ""),
            done.get("reason", ""),
            done.get("counts", {}),
            done.get("evidence", []),
            self.server.requests.total - before,
            process.stderr,
        )


@pytest.fixture(scope="session")
def reader_of() -> type[Reader]:
    """The class, for tests that keep one reader over several tests."""
    return Reader


@pytest.fixture
def replica() -> Iterator[ReplicaServer]:
    """A replica of its own, at epoch 1."""
    with ReplicaServer() as server:
        yield server


@pytest.fixture
def reader(replica: ReplicaServer, tmp_path: Path) -> Iterator[Reader]:
    """A reader with an empty SQLite archive."""
    user = Reader(replica, tmp_path)
    yield user
    user.archive.close()
