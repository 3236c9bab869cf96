"""When a column is due: intervals on a grid, crontab, nights, days off, jitter. Moments are those of Shanghai."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise

import pytest

from archive.clock import SHANGHAI, shanghai
from scheduler.due import Rule, allowed, count_slots, next_slot, rule_of, slots
from scheduler.workdays import is_workday
from seeds.model import NO_NIGHT, Schedule

HOUR = timedelta(hours=1)
MIDWEEK = datetime(2026, 9, 23, 12, tzinfo=SHANGHAI)
BEFORE_HOLIDAY = datetime(2026, 9, 30, 12, tzinfo=SHANGHAI)  # the long holiday begins on 1 October


def rule(kind: str = "interval", every: timedelta = HOUR, **values: object) -> Rule:
    return Rule(**{
        "kind": kind, "every": every, "cron": None, "night": None, "jitter": timedelta(), "workdays": False,
        "seed": "donghu http://donghu.example/1/",
    } | values)  # type: ignore[arg-type]  # fmt: skip


def cron(expression: str, **values: object) -> Rule:
    return rule("cron", timedelta(hours=6), cron=expression, **values)


def local(moments: object) -> list[str]:
    return [shanghai(moment).strftime("%m-%d %H:%M") for moment in moments]  # type: ignore[attr-defined]


def test_an_interval_stands_on_one_grid_wherever_one_begins_to_look() -> None:
    whole = list(islice(slots(rule(jitter=timedelta(minutes=6)), MIDWEEK), 50))
    for number in range(1, 50, 7):
        between = whole[number - 1] + (whole[number] - whole[number - 1]) / 2
        assert next_slot(rule(jitter=timedelta(minutes=6)), between) == whole[number]
        assert next_slot(rule(jitter=timedelta(minutes=6)), whole[number - 1]) == whole[number]


def test_jitter_is_the_same_each_time_and_never_more_than_told() -> None:
    plain = list(islice(slots(rule(), MIDWEEK), 260))
    shaken = list(islice(slots(rule(jitter=timedelta(minutes=6)), MIDWEEK - timedelta(minutes=6)), 205))
    offsets = {min(late - on_time for on_time in plain if on_time <= late) for late in shaken if late >= plain[0]}
    assert max(offsets) <= timedelta(minutes=6)
    assert len(offsets) > 100, "each visit has its own"
    other = rule(jitter=timedelta(minutes=6), seed="another column")
    assert list(islice(slots(other, MIDWEEK), 20)) != shaken[:20], "columns do not begin together"


def test_a_night_moves_what_is_due_in_it_to_its_end_once() -> None:
    nightly = rule(night=(23 * 60, 6 * 60))
    found = [shanghai(moment) for moment in islice(slots(nightly, MIDWEEK), 60)]
    assert not [moment for moment in found if moment.hour >= 23 or moment.hour < 6]
    by_day = [sum(moment.date() == day for moment in found) for day in sorted({moment.date() for moment in found})]
    assert set(by_day[1:-1]) <= {17, 18}, "an hourly column has a visit in each hour of the day, and one for the night"
    assert sum((moment.hour, moment.minute) == (6, 0) for moment in found) >= 2


def test_a_crontab_moment_in_the_night_is_made_at_its_end_for_whoever_asks_in_between() -> None:
    nightly = cron("0 2,9 * * *", night=(23 * 60, 6 * 60))
    expected = ["09-24 06:00", "09-24 09:00", "09-25 06:00"]
    assert local(islice(slots(nightly, MIDWEEK), 3)) == expected
    assert local(islice(slots(nightly, datetime(2026, 9, 24, 3, tzinfo=SHANGHAI)), 3)) == expected


def test_a_night_within_one_day_is_a_night_too() -> None:
    midday = cron("0 * * * *", night=(12 * 60, 14 * 60))
    assert local(islice(slots(midday, MIDWEEK - HOUR), 3)) == ["09-23 14:00", "09-23 15:00", "09-23 16:00"]


def test_on_working_days_only_holidays_are_left_out_and_exchanged_weekends_are_not() -> None:
    assert local(islice(slots(cron("30 8 * * *", workdays=True), BEFORE_HOLIDAY), 4)) == [
        "10-08 08:30", "10-09 08:30", "10-10 08:30", "10-12 08:30",
    ]  # fmt: skip
    found = list(islice(slots(rule(every=6 * HOUR, workdays=True), BEFORE_HOLIDAY), 12))
    assert all(is_workday(shanghai(moment).date()) for moment in found)
    assert max(later - earlier for earlier, later in pairwise(found)) < timedelta(days=8)


def test_a_weekly_column_whose_day_is_always_off_is_visited_on_the_next_working_day() -> None:
    for seed in map(str, range(12)):
        weekly = rule(every=timedelta(days=7), workdays=True, seed=seed)
        found = list(islice(slots(weekly, MIDWEEK), 8))
        assert all(is_workday(shanghai(moment).date()) for moment in found)
        assert max(later - earlier for earlier, later in pairwise(found)) <= timedelta(days=17)


@pytest.mark.parametrize(
    "plan",
    [
        rule(every=timedelta(minutes=1), jitter=timedelta(seconds=6)),
        rule(every=7 * HOUR),
        rule(night=(1380, 360), jitter=timedelta(minutes=6)),
        rule(every=5 * HOUR, workdays=True, jitter=timedelta(minutes=20)),
        cron("*/10 8-18 * * 1-5"),
        cron("0 0 1 * *", night=(1380, 360)),
    ],
    ids=lambda plan: plan.cron or f"{plan.every} {plan.night} {plan.workdays}",
)
def test_planned_moments_rise_and_are_counted_right_from_anywhere(plan: Rule) -> None:
    found = list(islice(slots(plan, MIDWEEK), 120))
    assert all(earlier < later for earlier, later in pairwise(found))
    for after, until in ((MIDWEEK, found[60]), (found[3], found[90] + timedelta(seconds=20)), (found[9], found[9])):
        assert count_slots(plan, after, until) == sum(after < moment <= until for moment in found)
    assert count_slots(plan, found[5], found[2]) == 0


def test_what_is_allowed_is_left_where_it_is() -> None:
    free = rule(night=(1380, 360), workdays=True)
    assert allowed(free, MIDWEEK) == MIDWEEK
    assert allowed(free, MIDWEEK).tzinfo is UTC
    saturday_night = datetime(2026, 11, 21, 23, 30, tzinfo=SHANGHAI)
    assert local([allowed(free, saturday_night)]) == ["11-23 06:00"]


def test_a_rule_takes_from_the_settings_what_the_site_file_does_not_say() -> None:
    night = (1380, 360)
    plain = rule_of(Schedule(every_seconds=3600), "x", night=night, jitter_percent=5)
    assert (plain.night, plain.jitter) == (night, timedelta(minutes=3))
    own = rule_of(Schedule(every_seconds=3600, night=NO_NIGHT, jitter_seconds=900), "x", night=night, jitter_percent=5)
    assert (own.night, own.jitter) == (None, timedelta(minutes=6)), "a tenth of the interval at most"
    named = rule_of(Schedule(kind="cron", cron="0 9 * * *", every_seconds=86400), "x", night=None, jitter_percent=5)
    assert named.jitter == timedelta(), "who names a time of the day means it"
