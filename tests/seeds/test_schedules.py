"""When columns are visited, as site files say it: what is read, and what is refused with file, line and remedy."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from archive.clock import SHANGHAI
from seeds.cron import CronTimes
from seeds.load import load_site
from seeds.model import NO_NIGHT, Schedule, SeedError, Site

HEAD = 'publisher = "东湖质量报"\nbase_url = "http://donghu.example/"\nrevisit = "12h"\n'


def site(folder: Path, schedule: str = "", *lists: str) -> Site:
    file = folder / "donghu.toml"
    entries = "".join(
        f'[[lists]]\ncolumn = "第{number}栏"\nurl = "/{number}/"\n{keys}\n'
        for number, keys in enumerate(lists or ("",))
    )
    table = f"[schedule]\n{schedule}\n" if schedule else ""
    file.write_text(HEAD + table + entries, "utf-8")
    return load_site(file)


def test_without_a_word_a_column_is_adaptive_around_its_declared_rhythm(tmp_path: Path) -> None:
    (only,) = site(tmp_path).lists
    assert only.schedule == Schedule(kind="adaptive", every_seconds=12 * 3600)
    assert str(only.schedule) == "adaptive around 12h"


def test_a_list_says_otherwise_than_its_site_only_what_it_names(tmp_path: Path) -> None:
    made = site(
        tmp_path,
        'every = "2h"\nnight = "23:00-06:00"\njitter = "5m"\nvisits_per_day = 40',
        "",
        'cron = "30 8,14 * * 1-5"\ndays = "workdays"\njitter = "0s"',
        'adaptive = true\nnight = "none"',
        "adaptive = false",
    )
    first, second, third, fourth = (source.schedule for source in made.lists)
    assert made.visits_per_day == 40
    assert (first.kind, first.every_seconds, first.night, first.jitter_seconds) == ("interval", 7200, (1380, 360), 300)
    assert (second.kind, second.cron, second.workdays, second.night) == ("cron", "30 8,14 * * 1-5", True, (1380, 360))
    assert second.every_seconds == 6 * 3600
    assert (third.kind, third.every_seconds, third.night) == ("adaptive", 12 * 3600, NO_NIGHT)
    assert (fourth.kind, fourth.every_seconds) == ("interval", 12 * 3600)
    assert made.lists[1].layout == {}, "a schedule is no part of the list's layout"


@pytest.mark.parametrize(
    ("schedule", "line", "said"),
    [
        ('every = "often"', 5, 'every is no time: \'often\'. Write every = "30m", "6h" or "1d".'),
        ('every = "20s"', 5, "every is no time"),
        ('cron = "30 8 * *"', 5, "it has 4 fields, not minute, hour, day, month and weekday"),
        ('cron = "30 25 * * *"', 5, "the last value (25) is higher than the maximum value (23)"),
        ('cron = "30 8 * * mun"', 5, "its weekday 'mun' is neither a number (0 or 7 is Sunday) nor a name such as mon"),
        ('cron = "30 8 * * 5-1"', 5, "end before they begin"),
        ('cron = "0 0 31 2 *"', 5, "no day is ever meant by it"),
        ('every = "1h"\ncron = "0 9 * * *"', 6, "every and cron exclude each other. Keep one of them."),
        ('night = "23-6"', 5, '\'23-6\' is no night. Write night = "23:00-06:00", or "none".'),
        ('night = "06:00-06:00"', 5, "leaves nothing of the day"),
        ('every = "1h"\njitter = "20m"', 6, 'tenth of the time between two visits (20m). Write jitter = "6m"'),
        ('days = "sundays"', 5, "days is neither workdays nor all: 'sundays'"),
        ("visits_per_day = 0", 5, "visits_per_day must be a number of 1 or more"),
        ('nigth = "23:00-06:00"', 5, 'unknown key "nigth" in schedule. Did you mean "night"?'),
    ],
)  # fmt: skip
def test_a_wrong_value_is_told_with_its_line_and_what_to_write(
    tmp_path: Path, schedule: str, line: int, said: str
) -> None:
    with pytest.raises(SeedError) as refused:
        site(tmp_path, schedule)
    assert (refused.value.line, refused.value.file) == (line, tmp_path / "donghu.toml")
    assert said in str(refused.value)


def test_a_wrong_value_of_a_list_is_told_at_the_list(tmp_path: Path) -> None:
    with pytest.raises(SeedError, match="every is no time") as refused:
        site(tmp_path, "", "", 'every = "1x"')
    assert refused.value.line == 11
    with pytest.raises(SeedError, match=r'unknown key "evry" in lists\. Did you mean "every"'):
        site(tmp_path, "", 'evry = "1h"')


def moments(expression: str, count: int, start: tuple[int, ...] = (2026, 11, 21)) -> list[str]:
    times, found = CronTimes(expression), []
    moment: datetime | None = datetime(*start, tzinfo=SHANGHAI)  # type: ignore[misc,arg-type]
    for _ in range(count):
        moment = times.after(moment) if moment else None
        found.append(moment.astimezone(SHANGHAI).strftime("%a %m-%d %H:%M") if moment else "never")
    return found


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("30 8,14 * * 1-5", ["Mon 11-23 08:30", "Mon 11-23 14:30", "Tue 11-24 08:30"]),
        ("0 9 * * 0", ["Sun 11-22 09:00", "Sun 11-29 09:00"]),
        ("0 9 * * 7", ["Sun 11-22 09:00", "Sun 11-29 09:00"]),
        ("0 9 * * sun", ["Sun 11-22 09:00", "Sun 11-29 09:00"]),
        ("0 9 * * 5-7", ["Sat 11-21 09:00", "Sun 11-22 09:00", "Fri 11-27 09:00"]),
        ("0 9 * * fri-sun", ["Sat 11-21 09:00", "Sun 11-22 09:00", "Fri 11-27 09:00"]),
        ("0 9 * * 1-5/2", ["Mon 11-23 09:00", "Wed 11-25 09:00", "Fri 11-27 09:00", "Mon 11-30 09:00"]),
        ("0 9 * * 2/2", ["Sat 11-21 09:00", "Tue 11-24 09:00", "Thu 11-26 09:00"]),
        ("0 9 * * */3", ["Sat 11-21 09:00", "Sun 11-22 09:00", "Wed 11-25 09:00"]),
        ("0 9 * * 0,6", ["Sat 11-21 09:00", "Sun 11-22 09:00", "Sat 11-28 09:00"]),
        ("*/40 9 * * *", ["Sat 11-21 09:00", "Sat 11-21 09:40", "Sun 11-22 09:00"]),
        ("0 0 29 2 *", ["Tue 02-29 00:00"]),
    ],
)
def test_weekdays_are_counted_as_crontab_counts_them(expression: str, expected: list[str]) -> None:
    assert moments(expression, len(expected)) == expected


def test_of_a_day_and_a_weekday_one_suffices_as_in_crontab() -> None:
    assert moments("0 9 1 * mon", 3) == ["Mon 11-23 09:00", "Mon 11-30 09:00", "Tue 12-01 09:00"]


def test_moments_are_those_of_shanghai_in_any_system_zone(monkeypatch: Any) -> None:
    import time

    try:
        for zone in ("UTC", "America/New_York"):
            monkeypatch.setenv("TZ", zone)
            time.tzset()
            assert CronTimes("30 8 * * *").after(datetime(2026, 3, 8, 0, 30, tzinfo=UTC)) == datetime(
                2026, 3, 9, 0, 30, tzinfo=UTC
            )
    finally:
        monkeypatch.undo()
        time.tzset()
