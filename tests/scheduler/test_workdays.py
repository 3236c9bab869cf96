"""Working days of China, by what the State Council announced for 2026."""

from datetime import UTC, date, datetime

import pytest

from scheduler.workdays import is_workday, is_working, workdays_between


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        (date(2026, 2, 16), False),  # a Monday in the Spring Festival
        (date(2026, 2, 14), True),  # a Saturday worked in exchange
        (date(2026, 10, 1), False),
        (date(2026, 10, 10), True),  # a Saturday worked in exchange
        (date(2026, 11, 20), True),
        (date(2026, 11, 21), False),
        (date(2030, 10, 1), False),  # not announced yet, but by law
    ],
)
def test_holidays_and_exchanged_days_are_known(day: date, worked: bool) -> None:
    assert is_workday(day) is worked


def test_the_day_is_that_of_shanghai() -> None:
    assert not is_working(datetime(2026, 9, 30, 16, tzinfo=UTC))
    assert is_working(datetime(2026, 9, 30, 15, 59, tzinfo=UTC))


def test_workdays_are_counted_after_the_first_day() -> None:
    assert workdays_between(date(2026, 9, 30), date(2026, 10, 8)) == 1
    assert workdays_between(date(2026, 11, 20), date(2026, 11, 20)) == 0
