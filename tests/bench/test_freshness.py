"""The freshness benchmark in a tiny world: same code, few pages."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from bench import freshness
from bench.freshness_oracle import oracle
from bench.freshness_replay import TooFew, world_of
from bench.freshness_rules import Every
from bench.freshness_simulator import drive, follow
from bench.freshness_world import DAY, make_world


@pytest.fixture(scope="module")
def world():
    return make_world(1, "smooth", 12, 10)


def test_the_same_seed_gives_the_same_world_and_bursts_change_no_intensity(world):
    again, bursty = make_world(1, "smooth", 12, 10), make_world(1, "bursty", 12, 10)
    assert again.published == world.published
    assert np.array_equal(bursty.intensity, world.intensity)
    assert bursty.published != world.published


def test_the_oracle_keeps_the_budget_and_beats_uniform_visits(world):
    visits, spent = oracle(world, 36, rounds=6)
    assert spent == [36] * 10
    best = follow(world, visits, spent).of_days(1, 10).mean()
    assert drive(world, Every(DAY / 3), 36).of_days(1, 10).mean() > 1.8 * best


def test_delays_are_from_publication_to_the_visit_that_shows_the_item(world):
    outcome = drive(world, Every(3600.0), 1, capped=False)
    assert outcome.delays.min() > 0
    assert outcome.delays.max() <= 3600 + 60
    assert outcome.delays.mean() == pytest.approx(1800, rel=0.15)


def test_the_hard_cap_moves_visits_to_the_next_day(world):
    assert max(drive(world, Every(3600.0), 50).requests) == 50


def test_the_command_prints_one_row_per_policy_and_its_bars(capsys):
    arguments = ["--size", "8", "--days", "4", "--budgets", "900", "--scenario", "smooth", "--json"]
    assert freshness.main(arguments) in (0, 1)
    told = json.loads(capsys.readouterr().out)
    named = [row[1] for row in told["rows"] if row[0] == "smooth 900"]
    assert named == ["visit plan", "uniform", "Nutch, calibrated", "Miniflux, calibrated", "oracle"]
    assert {bar["limit"] for bar in told["bars"]} >= {1.10, 1.15, 1.35, 2.2, 2.7}


def test_a_wrong_budget_is_a_usage_error(capsys):
    with pytest.raises(SystemExit) as caught:
        freshness.main(["--budgets", "many"])
    assert caught.value.code == 2
    assert "commas between them" in capsys.readouterr().err


def test_replay_takes_the_stamps_of_columns_and_says_when_there_are_too_few():
    now = datetime(2026, 11, 1, 4, tzinfo=UTC)
    stamps = {("quality_daily", "政策"): [now - timedelta(hours=6 * n) for n in range(400, 0, -1)]}
    world = world_of(stamps, now)
    assert world.pages == 1
    assert sum(t >= 0 for t in world.published[0]) == 240
    # Whole days count, up to the last midnight.
    with pytest.raises(TooFew, match="the oldest 4 days ago"):
        world_of({("quality_daily", ""): [now - timedelta(days=5)]}, now)
    with pytest.raises(TooFew, match="0 to the minute"):
        world_of({}, now)
