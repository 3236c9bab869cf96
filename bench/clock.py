"""What is due, by a clock that is set back and forward, over 400 days and for four schedulers at once (R5, R4).

R5: a fake clock runs for 400 days in each of three system time zones, over three kinds of schedule. It is set back by
an hour, forward by eight, and every tenth tick comes late by 1 to 600 s. Every planned moment must have had its visit
once, or stand in the record as missed.
R4: see ``bench.claims``.
"""

from __future__ import annotations

import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from itertools import pairwise
from pathlib import Path

from archive.archive import Archive
from archive.clock import SHANGHAI, shanghai
from bench.claims import Claims, claims
from bench.report import Bar, Report, Table
from bench.report import main as report_main
from config.settings import ScheduleSettings, Settings
from scheduler.due import Rule, slots
from scheduler.runner import CrawlResult
from scheduler.timetable import Timetable
from scheduler.watched import watched_columns
from scheduler.workdays import is_workday
from seeds.load import load_site
from seeds.model import Site

ZONES = ("UTC", "Asia/Shanghai", "America/New_York")
"""Of the system; the last has summer time."""
DAYS = 400
FIRST = datetime(2026, 1, 5, 1, 7, tzinfo=UTC)
SITES = {
    "interval": 'every = "6h"\nnight = "23:00-05:30"',
    "crontab": 'cron = "30 8,14 * * 1-5"\ndays = "workdays"',
    "planned": "adaptive = true",
}
SET_BACK, SET_FORWARD = timedelta(hours=-1), timedelta(hours=8)
SWEEP = timedelta(seconds=30)


@dataclass(slots=True)
class Outcome:
    """What came of one zone's days. ``lost`` planned moments have neither visit nor record."""

    zone: str
    planned: int = 0
    visits: int = 0
    recorded: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    longest_gap: timedelta = timedelta()
    jumps: int = 0
    caught_up: int = 0


class FakeClock:
    """A clock on the wall that can be set, and the true time behind it."""

    def __init__(self, start: datetime) -> None:
        self.true = start
        self.offset = timedelta()
        self.segments: list[tuple[datetime, datetime]] = []
        self._begun = start

    def wall(self) -> datetime:
        """What the clock shows."""
        return self.true + self.offset

    def steady(self) -> float:
        """Seconds that no setting changes."""
        return self.true.timestamp()

    def set(self, by: timedelta) -> None:
        """Someone sets the clock."""
        self.close()
        self.offset += by
        self._begun = self.wall()

    def close(self) -> None:
        """End the stretch of time that the clock has shown without a break."""
        self.segments.append((self._begun, self.wall()))


def simulate(zone: str, days: int, folder: Path, seed: int = 1) -> Outcome:
    """Let one scheduler keep watch for so many days in one system time zone."""
    chance = random.Random(f"{zone} {seed}")
    clock = FakeClock(FIRST)
    sites = {name: _site(folder, name, schedule) for name, schedule in SITES.items()}
    outcome = Outcome(zone)
    visits: dict[str, list[tuple[datetime, datetime]]] = {name: [] for name in sites}
    end = FIRST + timedelta(days=days)
    settings_of_clock = [
        (FIRST + timedelta(days=days * 0.3), SET_BACK),
        (FIRST + timedelta(days=days * 0.6), SET_FORWARD),
    ]
    with _zone(zone), Archive(f"sqlite:///{folder / 'zhiwen.db'}", folder, clock=clock.wall) as archive:
        # What is counted at the end must still be in the record then.
        settings = Settings(data_dir=folder, schedule=ScheduleSettings(keep_slots_days=days + 30))
        table = Timetable(archive, sites, settings, "bench", steady=clock.steady)
        table.refresh()
        tick = 0
        while clock.true < end:
            due = table.next_due()
            wait = due - clock.wall() if due is not None else timedelta(days=1)
            moment = clock.true + max(wait, timedelta(seconds=1))
            if settings_of_clock and moment >= settings_of_clock[0][0]:
                at, by = settings_of_clock.pop(0)
                clock.true = max(clock.true, at)
                clock.set(by)
                clock.true += SWEEP
                table.refresh()
                continue
            tick += 1
            late = timedelta(seconds=chance.randint(1, 600)) if tick % 10 == 0 else timedelta()
            clock.true = moment + late
            if tick % 3 == 0:
                table.refresh()
            for assignment in table.claim(4, ()):
                visits[assignment.site].append((assignment.planned_at, clock.true))
                clock.true += timedelta(seconds=chance.randint(5, 90))
                table.ended(assignment, CrawlResult(assignment.site, "ok", None, {}, {}, [], 0, folder / "log"))
        clock.close()
        outcome.jumps = archive.instances()[0].jumps
        _compare(archive, sites, clock, visits, outcome)
    return outcome


def _compare(
    archive: Archive,
    sites: dict[str, Site],
    clock: FakeClock,
    visits: dict[str, list[tuple[datetime, datetime]]],
    outcome: Outcome,
) -> None:
    rules = {
        name: rule for (name, _), one in watched_columns(sites, Settings().schedule).items() for rule in [one.rule]
    }
    rows = {row.id: row.site for row in archive.schedules()}
    stored = archive.slots(limit=10**9)
    for name, rule in rules.items():
        made = [planned for planned, _ in visits[name]]
        outcome.visits += len(made)
        outcome.doubled += [f"{name} {planned}" for planned, count in Counter(made).items() if count > 1]
        times = [at for _, at in visits[name]]
        gaps = [later - earlier for earlier, later in pairwise(times)]
        if rule.kind == "adaptive":
            outcome.longest_gap = max(gaps)
            outcome.planned += len(made)
            continue
        covered = set(made)
        for slot in stored:
            if rows[slot.schedule_id] == name and slot.state == "missed":
                run = slots(rule, slot.planned_at - timedelta(microseconds=1))
                covered |= {moment for moment, _ in zip(run, range(slot.count), strict=False)}
                outcome.recorded += slot.count
                outcome.caught_up += 1
        expected = set(_expected(rule, clock))
        outcome.planned += len(expected)
        outcome.lost += [f"{name} {shanghai(moment)}" for moment in sorted(expected - covered)]


def _expected(rule: Rule, clock: FakeClock) -> Iterator[datetime]:
    """Every moment of the rule that the clock has shown, or has been set past."""
    last = clock.segments[-1][1] - timedelta(hours=1)  # what is due at the very end may still be waiting
    first = clock.segments[0][0]
    begun = first + timedelta(minutes=11)  # until then the first visit, late at worst, stands for what is due
    for moment in slots(rule, begun) if rule.cron is None else _by_hand(begun, last):
        if moment > last:
            return
        yield moment


def _by_hand(first: datetime, last: datetime) -> Iterator[datetime]:
    """The moments of the crontab, counted on the fingers: working days from Monday to Friday, 8:30 and 14:30."""
    day = shanghai(first).date()
    while day <= shanghai(last).date():
        for hour in (8, 14):
            moment = datetime.combine(day, clock_time(hour, 30), SHANGHAI).astimezone(UTC)
            if day.weekday() < 5 and is_workday(day) and first < moment <= last:
                yield moment
        day += timedelta(days=1)


def _site(folder: Path, name: str, schedule: str) -> Site:
    file = folder / f"{name}.toml"
    lists = '[[lists]]\ncolumn = "要闻"\nurl = "/news/"\n'
    head = f'publisher = "钟表试验报"\nbase_url = "http://{name}.example/"\nrevisit = "12h"\n'
    file.write_text(f"{head}[schedule]\n{schedule}\n{lists}", "utf-8")
    return load_site(file)


@contextmanager
def _zone(name: str) -> Iterator[None]:
    """The system's time zone for a while."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = name
    time.tzset()
    try:
        yield
    finally:
        if before is None:
            del os.environ["TZ"]
        else:
            os.environ["TZ"] = before
        time.tzset()


def run(size: int | None) -> Report:
    """``size``: days that are simulated."""
    days = size or DAYS
    outcomes = []
    for zone in ZONES:
        with tempfile.TemporaryDirectory(prefix="zhiwen-clock-") as folder:
            outcomes.append(simulate(zone, days, Path(folder)))
    launched = claims(max(20, 500 * days // DAYS))
    rows = [
        [one.zone, str(one.planned), str(one.visits), str(one.recorded), str(len(one.lost)), str(len(one.doubled)),
         f"{one.longest_gap / timedelta(hours=1):.1f} h", str(one.jumps)]
        for one in outcomes
    ]  # fmt: skip
    report = Report(
        f"a clock that is set, {days} days",
        ["zone", "planned", "visits", "recorded missed", "lost", "doubled", "longest gap (plan)", "jumps told"],
        rows,
        bars=[
            Bar("R5 planned moments without visit or record", sum(len(one.lost) for one in outcomes), 0),
            Bar("R5 moments visited twice", sum(len(one.doubled) for one in outcomes), 0),
            Bar("R5 jumps of the clock told, of 2 in each zone", sum(one.jumps for one in outcomes), 6, at_least=True),
            *(bar for one in launched for bar in _claim_bars(one)),
        ],
        notes=[*(f"{one.zone}: {fault}" for one in outcomes for fault in [*one.lost, *one.doubled][:10])],
        more=[
            Table(
                "four schedulers on one database (R4)",
                ["database", "due", "launched", "twice", "never", "lost with the killed one", "taken over after"],
                [one.row() for one in launched],
            )
        ],
    )
    report.notes += [note for one in launched for note in one.notes]
    return report


def _claim_bars(one: Claims) -> list[Bar]:
    return [
        Bar(f"R4 {one.database}: due moments launched twice", one.twice, 0),
        Bar(f"R4 {one.database}: due moments never launched", one.never, 0),
        Bar(f"R4 {one.database}: taken over after (simulated s)", one.taken_over_after, 90),
    ]


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; 1 when a bar falls short."""
    return report_main(run, argv, __doc__.splitlines()[0])
