"""Expected silence: alarms come early by a column's own habit, and not for weekends, holidays or want of knowledge."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest

from scheduler.activity import Clock, as_date, day_of
from scheduler.silence import silence
from scheduler.workdays import is_announced, is_workday


def at(day: date, hour: float = 10) -> datetime:
    """An hour of the day in Shanghai."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=hour - 8)


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def office(first: date, last: date, share: float = 1.0, seed: int = 1) -> list[datetime]:
    """A column of an office: on that share of its working days, never on others."""
    rng = Random(seed)
    return [at(day, 9 + 8 * rng.random()) for day in days(first, last) if is_workday(day) and rng.random() < share]


def portal(first: date, last: date) -> list[datetime]:
    """Three times a day, Sundays and holidays as well."""
    return [at(day, hour) for day in days(first, last) for hour in (9, 14, 20)]


def told(published: list[datetime], last: date) -> list[date]:
    """The days up to ``last`` on whose evening the silence after the last article is one."""
    first = as_date(day_of(published[-1]))
    return [day for day in days(first, last) if silence(published, None, at(day, 19))]


def test_spring_festival_is_no_silence_for_an_office_and_is_one_for_a_portal() -> None:
    before, after = date(2025, 3, 1), date(2026, 2, 13)
    assert not told(office(before, after, 0.9), date(2026, 2, 25))
    # The first working days after it are slow, and no alarm either; a week of nothing is.
    assert told(office(before, after, 0.9), date(2026, 3, 13))
    loud = told(portal(before, after), date(2026, 2, 25))
    assert loud and loud[0] <= date(2026, 2, 23), "before the holidays are over"


def test_a_portal_that_publishes_through_holidays_is_judged_by_its_own_clock() -> None:
    passed = []
    for published in (portal(date(2025, 1, 1), date(2026, 2, 13)), office(date(2025, 1, 1), date(2026, 2, 13))):
        clock = Clock(sorted({day_of(moment) for moment in published}), day_of(published[-1]) + 10)
        passed.append(clock.at(at(date(2026, 2, 23), 20)) - clock.at(at(date(2026, 2, 14), 20)))
    assert passed[0] > 7 and passed[1] < 0.7


def test_weekends_and_make_up_days_are_no_silence() -> None:
    published = office(date(2025, 9, 1), date(2026, 5, 8), 1.0)
    assert not told(published, date(2026, 5, 10)), "the Saturday of 9 May is worked in exchange, and may be slow"
    soon = told(published, date(2026, 5, 22))
    assert soon and soon[0] <= date(2026, 5, 15)


def test_a_busy_column_is_told_within_two_weeks_and_a_slow_one_after_months() -> None:
    busy = office(date(2025, 6, 2), date(2026, 6, 5), 0.9)
    soon = told(busy, date(2026, 6, 30))
    assert soon and soon[0] <= date(2026, 6, 18)
    slow = office(date(2024, 6, 3), date(2026, 6, 5), 0.1)
    later = told(slow, date(2027, 3, 1))
    assert later and date(2026, 8, 1) < later[0]


def test_a_quarterly_column_alarms_when_an_issue_is_missing_and_not_each_month() -> None:
    quarters = [date(year, month, 11) for year in (2024, 2025, 2026) for month in (1, 4, 7, 10)][:11]
    issues = [at(day + timedelta(days=Random(day.toordinal()).randrange(9))) for day in quarters]
    loud = told(issues, date(2028, 3, 1))
    assert loud and date(2026, 11, 15) < loud[0] < date(2027, 12, 1)


def test_a_new_column_is_not_judged_before_its_habit_is_known() -> None:
    assert not told(office(date(2026, 3, 2), date(2026, 3, 6)), date(2026, 6, 1))
    assert not told([at(date(2026, 3, 2), 9 + n / 60) for n in range(20)], date(2026, 9, 1)), "undated: one sitting"
    assert silence([], None, at(date(2026, 3, 2))) is None


def test_bundles_of_uploads_are_one_sign_of_life() -> None:
    bundles = [
        moment + timedelta(minutes=n) for moment in office(date(2025, 3, 3), date(2026, 3, 6), 0.2) for n in range(8)
    ]
    last = as_date(day_of(bundles[-1]))
    assert not told(bundles, last + timedelta(days=14)), "eight articles a week are not one and a half a day"


def test_what_is_dated_back_ends_a_silence() -> None:
    published = office(date(2025, 6, 2), date(2026, 6, 5), 0.9)
    now = at(date(2026, 6, 19))
    assert silence(published, None, now)
    assert silence(published, at(date(2026, 6, 18)), now) is None
    assert silence([*published, at(date(2026, 6, 18))], None, now) is None


def test_the_quiet_after_a_busy_month_is_no_silence() -> None:
    busy = [
        moment
        for year in (2024, 2025, 2026)
        for moment in (
            *office(date(year, 1, 1), date(year, 8, 31), 0.15, year),
            *office(date(year, 9, 1), date(year, 9, 30), 1.0, year),
            *([] if year == 2026 else office(date(year, 10, 1), date(year, 12, 31), 0.15, year)),
        )
    ]
    assert not told(busy, date(2026, 10, 16))


def test_a_silence_says_its_figures() -> None:
    published = office(date(2025, 6, 2), date(2026, 6, 5), 0.9)
    found = silence(published, None, at(date(2026, 6, 19), 19))
    assert found is not None
    assert (found.last, found.workdays) == (date(2026, 6, 5), 9), (
        "the Dragon Boat Festival of 19 June is no working day"
    )
    assert 0.9 < found.usual < 1.3 and found.one_in > 1000


def test_years_that_are_not_announced_are_judged_leniently_around_their_holidays() -> None:
    year = next(year for year in range(2027, 2060) if not is_announced(year))
    inside = [day for day in days(date(year, 9, 26), date(year, 10, 12)) if day.weekday() < 5]
    habit = office(date(year - 1, 3, 1), date(year, 9, 24), 0.95)
    clock = Clock(sorted({day_of(moment) for moment in habit}), day_of(at(date(year, 10, 30))))
    passed = clock.at_end_of(day_of(at(inside[-1]))) - clock.at_end_of(day_of(at(inside[0])))
    assert passed < 0.5 * len(inside)


@pytest.mark.parametrize("seed", range(4))
def test_a_column_that_dies_slowly_is_told(seed: int) -> None:
    rng = Random(seed)
    habit = office(date(2025, 1, 1), date(2026, 3, 31), 0.6, seed)
    dying = [
        at(day)
        for number, day in enumerate(days(date(2026, 4, 1), date(2026, 6, 30)))
        if is_workday(day) and rng.random() < 0.6 * 0.06 ** (number / 90)
    ]
    assert told([*habit, *dying], date(2026, 8, 31))
