"""Processes that keep watch over one archive, in small."""

from __future__ import annotations

from bench.idle import measure
from bench.watchkeepers import keep


def test_of_two_that_keep_watch_one_is_killed_and_no_visit_is_left_out_or_made_twice(unmeasured_children: None) -> None:
    kept = keep(5, "sqlite", keepers=2)
    assert (kept.never, kept.again) == (0, 0)
    assert kept.lost_with_the_killed > 0


def test_rest_is_measured(unmeasured_children: None) -> None:
    report = measure(columns=10, days=1, settle=0.2, seconds=0.2)
    (row,) = report.rows
    assert row[0] == "10"
    assert float(row[2]) > 10
    assert report.bars[-1].held
