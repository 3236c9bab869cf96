"""R1 in short: kill -9 while crawling, then one clean run. The long form, from Python's start, is ``bench kills``."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bench.kills import torture
from bench.warm import WarmChild, WarmPython

pytestmark = pytest.mark.usefixtures("unmeasured_children")


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_kills_lose_nothing_and_double_nothing(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest, unmeasured_scrapy: WarmPython
) -> None:
    def start(environment: dict[str, str], work: Path) -> WarmChild:
        words = ["-m", "scrapy", "crawl", "farm"]
        return unmeasured_scrapy.start(words, environment=environment, folder=work, stderr=subprocess.DEVNULL)

    url = request.getfixturevalue("postgres_url") if kind == "postgresql" else ""
    outcome = torture(kind, url, kills=4, seed=20260301, work=tmp_path, say=print, start=start)
    assert outcome.published > 0
    assert (outcome.lost, outcome.doubled, outcome.extra, outcome.stuck, outcome.problems) == (0, 0, 0, 0, [])
    assert outcome.clean_verdict == "ok"
