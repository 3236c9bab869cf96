"""The simulated year: its faults are of every kind, its small run finds them, and it drives the product's diagnosis."""

from __future__ import annotations

from bench.alarm_rules import REFERENCES
from bench.alarms import ours, watch
from bench.watched_columns import FAULTS, QUIET
from bench.watched_year import Year


def test_a_small_year_finds_what_was_injected() -> None:
    year = Year(14, 2026, 5, 9)
    assert len(year.columns) == 14 and {fault.kind for fault in year.faults} <= FAULTS.keys()
    seen = [fault for fault in year.faults if fault.kind not in QUIET]
    outcome = watch(year, ours)
    assert outcome.examined > 5000
    assert all(fault.told_at is not None for fault in seen)
    assert all(fault.start <= fault.told_at for fault in seen if fault.told_at)
    assert outcome.false.total() <= 6


def test_a_year_is_the_same_when_it_is_made_again() -> None:
    first, again = (Year(10, 2025, 7, 0) for _ in range(2))
    assert [column.pieces for column in first.columns] == [column.pieces for column in again.columns]
    runs = [[(at, place.name) for at, place, _ in year.visits()] for year in (first, again)]
    assert runs[0] == runs[1]


def test_the_rules_of_others_see_the_same_visits() -> None:
    found = {}
    for name in ("no news for 7 days", "6 misses in a row"):
        year = Year(10, 2026, 5, 9)
        outcome = watch(year, REFERENCES[name])
        found[name] = sum(fault.told_at is not None for fault in year.faults), outcome.false.total()
    assert found["no news for 7 days"][1] > 50, "quarterly columns and 春节 are not known to it"
    assert found["6 misses in a row"][0] < len(FAULTS)
