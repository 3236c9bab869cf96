"""Read when the columns of a site are visited: its ``[schedule]`` and what a ``[[lists]]`` entry says otherwise."""

from __future__ import annotations

import re
from datetime import timedelta

from seeds.cron import cron_times
from seeds.model import NO_NIGHT, Schedule
from seeds.toml_file import Table

RHYTHM_KEYS = ("every", "cron", "adaptive")
COLUMN_KEYS = (*RHYTHM_KEYS, "night", "jitter", "days")
SCHEDULE_KEYS = (*COLUMN_KEYS, "visits_per_day")

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_NIGHT = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\s*-\s*([01]\d|2[0-3]):([0-5]\d)")


def read_duration(table: Table, key: str, least: int = 60) -> int | None:
    """Seconds from "30m", "6h" or "1d"; None when the key is absent. Raises SeedError below ``least`` seconds."""
    text = table.text(key)
    if text is None:
        return None
    found = re.fullmatch(r"(\d{1,4})\s*([smhd])", text)
    seconds = int(found[1]) * _UNITS[found[2]] if found else 0
    if seconds < least:
        raise table.error(key, f"{key} is no time: {text!r}", f'Write {key} = "30m", "6h" or "1d"')
    return seconds


def read_schedule(table: Table | None, revisit_seconds: int) -> Schedule:
    """The schedule of a site's columns, from its table ``[schedule]``."""
    declared = Schedule(every_seconds=revisit_seconds)
    if table is None:
        return declared
    table.expect_keys(SCHEDULE_KEYS)
    return _read(table, declared, revisit_seconds)


def read_column_schedule(table: Table, of_site: Schedule, revisit_seconds: int) -> Schedule:
    """The schedule of one ``[[lists]]`` entry: what it does not say is as for the whole site."""
    return _read(table, of_site, revisit_seconds)


def read_budget(table: Table | None) -> float | None:
    """``visits_per_day`` of a site: how many list pages are asked for in a day; None: nothing is said."""
    return table.number("visits_per_day", 1) if table is not None else None


def parse_night(text: str) -> tuple[int, int]:
    """Minutes of the day at which a night such as "23:00-06:00" begins and ends. Raises ValueError."""
    found = _NIGHT.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no night")
    begin, end = int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
    if begin == end:
        raise ValueError(f"{text!r} leaves nothing of the day")
    return begin, end


def _read(table: Table, base: Schedule, revisit_seconds: int) -> Schedule:
    given = [key for key in RHYTHM_KEYS if key in table.data]
    if len(given) > 1:
        raise table.error(given[1], f"{given[0]} and {given[1]} exclude each other", "Keep one of them")
    kind, every, cron = base.kind, base.every_seconds, base.cron
    if given == ["every"]:
        kind, every, cron = "interval", read_duration(table, "every") or every, None
    elif given == ["cron"]:
        kind, cron = "cron", table.text("cron")
        every = _gap(table, cron or "")
    elif given == ["adaptive"]:
        kind = "adaptive" if table.flag("adaptive", True) else "interval"
        every, cron = revisit_seconds, None
    jitter = read_duration(table, "jitter", 0)
    if jitter is not None and jitter > every / 10:
        raise table.error(
            "jitter",
            f"jitter is more than a tenth of the time between two visits ({table.text('jitter')})",
            f'Write jitter = "{max(1, every // 600)}m" or less' if every >= 600 else "Leave it out",
        )
    return Schedule(
        kind=kind,
        every_seconds=every,
        cron=cron,
        night=_read_night(table) if "night" in table.data else base.night,
        jitter_seconds=base.jitter_seconds if jitter is None else jitter,
        workdays=_read_days(table) if "days" in table.data else base.workdays,
    )


def _gap(table: Table, expression: str) -> int:
    try:
        gap = cron_times(expression).shortest_gap()
    except ValueError as error:
        raise table.error(
            "cron",
            f"cron is no cron expression: {expression!r}: {error}",
            'Write minute, hour, day, month, weekday: cron = "30 8,14 * * 1-5"',
        ) from None
    return int(gap / timedelta(seconds=1))


def _read_night(table: Table) -> tuple[int, int]:
    text = table.text("night") or ""
    if text == "none":
        return NO_NIGHT
    try:
        return parse_night(text)
    except ValueError as error:
        raise table.error("night", f"night: {error}", 'Write night = "23:00-06:00", or "none"') from None


def _read_days(table: Table) -> bool:
    text = table.text("days")
    if text not in ("workdays", "all"):
        raise table.error("days", f"days is neither workdays nor all: {text!r}", 'Write days = "workdays" or "all"')
    return text == "workdays"
