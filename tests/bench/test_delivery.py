"""A small run of what `zhiwen bench delivery` does at full size."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.delivery import day_down, kill_senders, report


@pytest.mark.usefixtures("unmeasured_children")
def test_killed_senders_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    found = kill_senders("sqlite", "", 1, 7, tmp_path, lambda words: None)
    day = day_down(1, tmp_path)
    told = report(0, 0, [found], day, 7)
    assert [(bar.name, bar.value, bar.limit) for bar in told.bars if not bar.held] == []
    assert found.stored == 24 and found.kills == 1 and day.stored == 2 and day.tries > 2
