"""When notices go out."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from archive.clock import SHANGHAI
from archive.rhythms import Hours, Rhythm, parse_quiet, parse_rhythm


def local(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI).astimezone(UTC)


def told(moment: datetime | None) -> str:
    return "" if moment is None else moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def hours(rhythm: str, quiet: str = "", workdays: bool = False) -> Hours:
    return Hours(parse_rhythm(rhythm), parse_quiet(quiet), workdays)


@pytest.mark.parametrize(
    ("rhythm", "quiet", "workdays", "at", "due"),
    [
        ("at once", "", False, "2026-11-20 15:04", "2026-11-20 15:04"),
        ("hourly", "", False, "2026-11-20 15:04", "2026-11-20 16:00"),
        ("hourly", "", False, "2026-11-20 16:00", "2026-11-20 16:00"),
        ("hourly", "", False, "2026-11-20 23:30", "2026-11-21 00:00"),
        ("daily 08:30", "", False, "2026-11-20 08:29", "2026-11-20 08:30"),
        ("daily 8:30", "", False, "2026-11-20 08:31", "2026-11-21 08:30"),
        ("weekly mon 09:00", "", False, "2026-11-20 08:00", "2026-11-23 09:00"),
        ("weekly Friday 09:00", "", False, "2026-11-20 08:00", "2026-11-20 09:00"),
        ("weekly fri 09:00", "", False, "2026-11-20 09:01", "2026-11-27 09:00"),
        # Quiet hours over midnight, and within a day.
        ("at once", "22:00-07:30", False, "2026-11-20 21:59", "2026-11-20 21:59"),
        ("at once", "22:00-07:30", False, "2026-11-20 22:00", "2026-11-21 07:30"),
        ("at once", "22:00-07:30", False, "2026-11-21 00:00", "2026-11-21 07:30"),
        ("at once", "22:00-07:30", False, "2026-11-21 07:30", "2026-11-21 07:30"),
        ("at once", "12:00-13:30", False, "2026-11-20 12:10", "2026-11-20 13:30"),
        ("hourly", "22:00-07:30", False, "2026-11-20 21:10", "2026-11-21 07:30"),
        # Only on working days: Saturday the 21st and Sunday the 22nd are none.
        ("at once", "", True, "2026-11-20 23:59", "2026-11-20 23:59"),
        ("at once", "", True, "2026-11-21 10:00", "2026-11-23 00:00"),
        ("at once", "22:00-07:30", True, "2026-11-20 22:30", "2026-11-23 07:30"),
        ("daily 08:30", "", True, "2026-11-20 09:00", "2026-11-23 08:30"),
        ("weekly sat 10:00", "", True, "2026-11-20 09:00", "2026-11-23 10:00"),
        ("daily 06:00", "22:00-07:30", True, "2026-11-20 09:00", "2026-11-23 07:30"),
    ],
)
def test_what_happened_goes_out_at_its_hour(rhythm: str, quiet: str, workdays: bool, at: str, due: str) -> None:
    assert told(hours(rhythm, quiet, workdays).due(local(at))) == due


def test_urgent_waits_for_nothing() -> None:
    night = local("2026-11-21 03:00")
    assert hours("daily 08:30", "22:00-07:30", True).due(night, urgent=True) == night


def test_holidays_are_those_of_the_calendar_that_is_handed_in() -> None:
    def is_workday(day: date) -> bool:
        return not date(2026, 10, 1) <= day <= date(2026, 10, 7) and day.weekday() < 5

    daily = hours("daily 08:30", "", True)
    assert told(daily.due(local("2026-09-30 10:00"), is_workday)) == "2026-10-08 08:30"


def test_calendar_without_a_working_day_hangs_nothing() -> None:
    moment = local("2026-11-20 10:00")
    assert hours("at once", "", True).due(moment, lambda day: False) < moment + timedelta(days=200)


def test_nothing_is_held_while_it_may_be_sent() -> None:
    quiet = hours("at once", "22:00-07:30")
    assert quiet.opens(local("2026-11-20 12:00")) is None
    assert told(quiet.opens(local("2026-11-20 23:00"))) == "2026-11-21 07:30"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("dayly 08:30", "did you mean daily HH:MM?"),
        ("daily", "did you mean daily HH:MM?"),
        ("daily 25:00", "did you mean daily HH:MM?"),
        ("weekly 09:00", "did you mean weekly DAY HH:MM?"),
        ("now", "write at once, hourly"),
        ("", "write at once, hourly"),
    ],
)
def test_rhythm_that_is_none_names_the_nearest(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=r"is no rhythm") as caught:
        parse_rhythm(text)
    assert sentence in str(caught.value)


@pytest.mark.parametrize("text", ["22:00", "22-7", "22:00-22:00", "a-b", "24:00-07:00"])
def test_hours_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="22:00-07:30"):
        parse_quiet(text)


@pytest.mark.parametrize("text", ["at once", "hourly", "daily 08:30", "weekly mon 09:00"])
def test_rhythms_are_written_as_they_are_read(text: str) -> None:
    assert str(parse_rhythm(text)) == text
    assert parse_rhythm(str(Rhythm("at once"))) == Rhythm("at once")
