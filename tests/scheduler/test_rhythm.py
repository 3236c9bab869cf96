"""Rates learned from what visits show: the hour, the day off, the level that changed."""

from __future__ import annotations

import numpy as np
import pytest

from scheduler.levels import levels, log_gamma
from scheduler.localdays import DAY, LocalDays
from scheduler.plan import Visit
from scheduler.rhythm import Rhythm, _shares

HOUR = 3600.0


def learned(stamps_of_day, days=28, every=2 * HOUR, shown=None):
    """A page that publishes at those seconds of each working day, seen every two hours; ``shown``: how stamps look."""
    rhythm = Rhythm([0], LocalDays(0.0, lambda t: t // DAY % 7 < 5))
    moments = [day * DAY + second for day in range(-14, days) for second in stamps_of_day if day % 7 < 5]
    before = -14 * DAY
    for t in np.arange(HOUR, days * DAY, every):
        new = [moment for moment in moments if before < moment <= t]
        rhythm.observe(0, Visit(t, len(new), [shown(moment) if shown else moment for moment in new]))
        before = t
    rhythm.learn(days * DAY)
    return rhythm


@pytest.mark.parametrize("shown", [None, lambda t: t // DAY * DAY, lambda t: None], ids=["minute", "day", "nothing"])
def test_the_hour_of_publication_is_learned_even_where_pages_print_the_day_only(shown):
    rhythm = learned([15.2 * HOUR, 15.5 * HOUR, 15.8 * HOUR], shown=shown)
    day = 28 * DAY
    near = rhythm.between(0, day + 13 * HOUR, day + 18 * HOUR)
    assert near > 0.6 * rhythm.between(0, day, day + DAY)
    assert rhythm.between(0, day, day + 7 * DAY) == pytest.approx(15, rel=0.2)


def test_days_off_are_told_from_working_days():
    rhythm = learned([10 * HOUR, 16 * HOUR])
    assert rhythm.between(0, 33 * DAY, 34 * DAY) < 0.25 * rhythm.between(0, 28 * DAY, 29 * DAY)
    assert sum(rhythm.week(0)[5]) < 0.25 * sum(rhythm.week(0)[0])


def test_parts_of_a_span_add_up():
    rhythm = learned([10 * HOUR])
    whole = rhythm.between(0, 28 * DAY, 30 * DAY)
    assert whole == pytest.approx(rhythm.expected(np.linspace(28 * DAY, 30 * DAY, 97)).sum())


def test_items_of_one_sitting_tell_the_time_of_day_once():
    """Three sittings, in the morning of six items within two bins and twice of one item: each tells as much."""
    page, day = np.zeros(8, np.int64), np.zeros(8, np.int64)
    bin_ = np.array([30, 31, 30, 31, 30, 31, 48, 60])
    assert _shares(page, day, bin_, 0.1) == pytest.approx([1 / 6] * 6 + [1, 1])
    # Of busy pages an item tells the least that was measured, and where nothing comes in clumps, it tells one.
    assert _shares(page, day, bin_, 0.4) == pytest.approx([0.4] * 6 + [1, 1])
    assert _shares(page, day, bin_, 1.25) == pytest.approx([1] * 8)
    days = np.array([0, 1, 0, 1, 0, 1, 0, 0])
    assert _shares(page, days, bin_, 0.1) == pytest.approx([1 / 3] * 6 + [1, 1]), "another day is another sitting"


def test_days_off_of_a_page_hardly_known_are_those_of_pages_with_a_like_clock():
    hosts = list(range(14))
    rhythm = Rhythm(hosts, LocalDays(0.0, lambda t: t // DAY % 7 < 5))
    office, evening = (9.7, 10.2, 15.8), (20.3, 21.2, 22.1)
    for page in hosts:
        hours, days = (office, 5) if page % 2 else (evening, 7)
        first = 25 if page > 11 else 0  # a Friday: the last two pages were never seen on a weekend
        for day in range(first, 26):
            new = [day * DAY + hour * HOUR for hour in hours] if day % 7 < days else []
            rhythm.observe(page, Visit((day + 1) * DAY - 60, len(new), new))
    for _ in range(3):
        rhythm.learn(26 * DAY)

    def day_off(page):
        return rhythm.between(page, 26 * DAY, 27 * DAY) / rhythm.between(page, 28 * DAY, 29 * DAY)

    assert day_off(13) < 0.3 < 0.6 < day_off(12)


def test_a_changed_level_is_followed_and_a_steady_one_kept():
    exposure = np.ones((2, 60))
    counts = np.full((2, 60), 2.0)
    counts[0, 45:] = 10.0
    changed, steady = levels(counts, exposure, 1.0)
    assert changed == pytest.approx(10, rel=0.1)
    assert steady == pytest.approx(2, rel=0.1)


def test_clumps_make_a_sudden_rise_less_sure():
    counts = np.full((1, 30), 1.0)
    counts[0, -1] = 6.0
    exposure = np.ones((1, 30))
    assert levels(counts, exposure, 4.0)[0] < levels(counts, exposure, 1.0)[0] + 0.5


def test_log_gamma_is_that_of_the_factorial():
    assert log_gamma(np.array([1.0, 5.0, 0.5])) == pytest.approx([0, np.log(24), np.log(np.pi) / 2], abs=1e-5)
