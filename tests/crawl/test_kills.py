"""R1 in short: kill -9 while crawling, then one clean run. The long form is ``zhiwen bench kills``."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.kills import torture

pytestmark = pytest.mark.usefixtures("unmeasured_children")


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_kills_lose_nothing_and_double_nothing(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    url = request.getfixturevalue("postgres_url") if kind == "postgresql" else ""
    outcome = torture(kind, url, kills=4, seed=20260301, work=tmp_path, say=print)
    assert outcome.published > 0
    assert (outcome.lost, outcome.doubled, outcome.extra, outcome.stuck, outcome.problems) == (0, 0, 0, 0, [])
    assert outcome.clean_verdict == "ok"
