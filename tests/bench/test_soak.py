"""The soaks: the runs in one process in short, and how a long watch is told."""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from datetime import UTC, datetime

import pytest

from bench import soak
from bench.columns import ColumnWorld
from bench.watching import Sample, alive, children, left, sample


@pytest.mark.usefixtures("unmeasured_children")
def test_runs_in_one_process_are_all_ok_and_nothing_grows() -> None:
    report = soak.runs(3, say=print)
    assert [row[0] for row in report.rows] == ["after run 1", "after run 3"]
    assert report.held, [bar for bar in report.bars if not bar.held]


def moments(growth: float, wal: int = 0) -> list[soak.Moment]:
    return [
        soak.Moment(minute, Sample(100 + growth * minute, 20 + minute % 2, 6, minute % 2), wal * minute, 2**20 * minute)
        for minute in range(1, 31)
    ]


def report_of(seen: list[soak.Moment], verdicts: dict[str, int]) -> soak.Report:
    with ColumnWorld(1, 2, 3, datetime(2026, 3, 2, tzinfo=UTC)) as world:
        return soak._watch_report(world, ["site_0"], 30, seen, Counter(verdicts), Counter(done=60), 6, 1.0)


def test_watch_that_stays_as_it_is_holds_and_one_that_grows_does_not() -> None:
    assert report_of(moments(0.1), {"ok": 60, "interrupted": 1}).held
    short = report_of(moments(1.0, wal=2**20), {"ok": 59, "failed": 1})
    assert [bar.name for bar in short.bars if not bar.held] == [
        "growth of memory, MB",
        "largest WAL, MB",
        "runs that were not ok",
    ]
    assert short.rows[-1][:2] == ["an hour", "+60.0"]


def test_process_is_read_from_outside() -> None:
    child = subprocess.Popen(["sleep", "60"])
    assert sample(child.pid).threads == 1
    mine = sample(os.getpid())
    assert mine.memory_mb > 10
    assert mine.descriptors >= 3
    assert child.pid in children(os.getpid())
    assert left([child.pid], 0) == 1
    child.kill()
    assert left([child.pid], 10) == 0
    assert not alive(child.pid)
    child.wait()
