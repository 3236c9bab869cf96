"""The simulated year: its faults are found by the product's diagnosis, and it is the same each time it is made."""

from __future__ import annotations

from bench.alarm_rules import REFERENCES
from bench.alarms import ours, watch
from bench.watched_columns import FAULTS, QUIET
from bench.watched_year import Year


def test_faults_that_a_visit_can_see_are_found_in_a_small_world() -> None:
    year = Year(9, 2026, 5, 4, days=240)
    assert len(year.columns) == 9 and {fault.kind for fault in year.faults} <= FAULTS.keys()
    seen = [fault for fault in year.faults if fault.kind not in QUIET]
    outcome = watch(year, ours)
    assert outcome.examined > 500
    assert len(seen) == 2
    assert all(fault.told_at is not None and fault.start <= fault.told_at for fault in seen)
    assert outcome.false.total() <= 2, outcome.cases


def test_a_year_is_the_same_when_it_is_made_again() -> None:
    first, again = (Year(6, 2025, 7, 0, days=60) for _ in range(2))
    assert [column.pieces for column in first.columns] == [column.pieces for column in again.columns]
    runs = [[(at, place.name) for at, place, _ in year.visits()] for year in (first, again)]
    assert runs[0] == runs[1]


def test_fixed_thresholds_cry_over_slow_columns_and_holidays() -> None:
    year = Year(10, 2026, 5, 0, days=90)
    assert watch(year, REFERENCES["no news for 7 days"]).false.total() > 10
