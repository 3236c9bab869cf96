"""Crawls of the family replica by the real spiders in child processes, several sites to a process."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import pytest

from archive.archive import Archive
from bench.warm import WarmPython
from seeds.replica.families.world import SITES
from seeds.replica.server import ReplicaServer


@dataclass
class Crawled:
    """What one run said at its end."""

    verdict: str
    reason: str
    counts: dict[str, int]
    evidence: list[str]
    log: str = field(repr=False, default="")


class FamilyReader:
    """One user of one archive, crawling the family sites in ``folder`` of site files."""

    warm: ClassVar[WarmPython]

    def __init__(self, server: ReplicaServer, data_dir: Path, folder: Path = SITES) -> None:
        self.server = server
        self.environment = {
            **os.environ,
            "ZHIWEN_DATA_DIR": str(data_dir),
            "ZHIWEN_DATABASE_URL": "",
            "ZHIWEN_SITES__PATHS": str(folder),
            "ZHIWEN_FETCH__RESOLVE": json.dumps(server.resolve_map()),
            "ZHIWEN_FETCH__DELAY_SECONDS": "0",
            "ZHIWEN_PROGRESS": "1",
            "SCRAPY_SETTINGS_MODULE": "crawler.settings",
        }
        self.archive = Archive(f"sqlite:///{data_dir / 'zhiwen.db'}", data_dir)

    def crawl(self, *names: str, days: float = 0, **arguments: str) -> dict[str, Crawled]:
        """Crawl the sites ``days`` after today, all in one process."""
        words = [word for key, value in arguments.items() for word in ("-a", f"{key}={value}")]
        environment = {**self.environment, "ZHIWEN_CLOCK_SHIFT": str(days * 86_400)}
        with tempfile.TemporaryFile() as errors:
            program = [str(Path(__file__).with_name("family_crawl.py")), *names, *words]
            child = self.warm.start(program, environment=environment, stderr=errors, seconds=240)
            output, _ = child.communicate()
            errors.seek(0)
            log = errors.read().decode("utf-8")
        lines = [json.loads(line) for line in output.splitlines() if line.startswith(b"{")]
        done = {line["site"]: line for line in lines if line["event"] == "done"}
        assert set(done) == set(names), log[-4000:]
        return {
            name: Crawled(line["verdict"], line["reason"], line["counts"], line["evidence"], log)
            for name, line in done.items()
        }


@pytest.fixture(scope="session")
def family_reader(unmeasured_scrapy: WarmPython) -> type[FamilyReader]:
    """The class."""
    FamilyReader.warm = unmeasured_scrapy
    return FamilyReader
