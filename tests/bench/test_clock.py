"""A small run of ``zhiwen bench clock``: no planned moment without visit or record, none twice; one claim each."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.claims import contest
from bench.clock import simulate


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Shanghai"])
def test_a_clock_set_back_and_forward_loses_and_doubles_no_visit(tmp_path: Path, zone: str) -> None:
    outcome = simulate(zone, 12, tmp_path)
    assert (outcome.lost, outcome.doubled) == ([], [])
    assert outcome.jumps == 2
    assert outcome.visits >= 60


def test_four_schedulers_launch_each_due_moment_once_and_take_over_what_a_killed_one_had(
    tmp_path: Path, database_url: str
) -> None:
    outcome = contest("of the test", database_url, tmp_path, 24)
    assert (outcome.twice, outcome.never) == (0, 0)
    assert outcome.lost >= 1
    assert outcome.taken_over_after <= 90
