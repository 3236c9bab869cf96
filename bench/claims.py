"""Four schedulers, each a process of its own, on one database: each due moment is launched once (R4).

They share a fake clock and tick at the same moments, so that they really race. In the middle the one that has most
under way is killed with ``kill -9``; the others must take over what it had.
"""

from __future__ import annotations

import multiprocessing
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from archive.archive import Archive
from bench.kills import postgres
from config.settings import Settings
from scheduler.due import slots
from scheduler.runner import CrawlResult
from scheduler.timetable import Assignment, Timetable
from scheduler.watched import watched_columns
from seeds.load import load_site
from seeds.model import Site

SCHEDULERS = 4
EVERY = timedelta(minutes=2)
STEP = timedelta(seconds=10)
REFRESH = timedelta(seconds=30)
A_RUN = timedelta(seconds=20)
AT_ONCE = 3
FIRST = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)


@dataclass(slots=True)
class Claims:
    """What came of one database. ``taken_over_after`` are simulated seconds, the longest of all columns."""

    database: str
    due: int = 0
    launched: int = 0
    twice: int = 0
    never: int = 0
    lost: int = 0
    taken_over_after: float = 0.0
    notes: list[str] = field(default_factory=list)

    def row(self) -> list[str]:
        """One row of the report."""
        figures = (self.due, self.launched, self.twice, self.never, self.lost)
        return [self.database, *map(str, figures), f"{self.taken_over_after:.0f} s"]


@dataclass(frozen=True, slots=True)
class _Launch:
    """A run that one of the schedulers has started."""

    by: int
    site: str
    planned_at: datetime
    at: datetime


def claims(due: int) -> list[Claims]:
    """The contest over about so many due moments, on SQLite and on PostgreSQL."""
    with tempfile.TemporaryDirectory(prefix="zhiwen-claims-") as folder:
        work = Path(folder)
        found = [contest("sqlite", f"sqlite:///{work / 'zhiwen.db'}", work, due)]
        with postgres(work) as url:
            found.append(contest("postgresql", url, work, due))
    return found


def contest(database: str, url: str, folder: Path, due: int) -> Claims:
    """Let four schedulers share the work of one database; kill one in the middle."""
    sites = _sites(folder, max(4, due // 20))
    with Archive(url, folder):
        pass  # its schema, before four want to make it
    steps = int(due / len(sites) * EVERY / STEP)
    contest = _Contest(url, folder, sites)
    try:
        for step in range(steps):
            contest.tick(FIRST + step * STEP)
            if contest.killed_at is None and step >= steps // 2:
                contest.kill_the_busiest()
        end = FIRST + (steps - 1) * STEP
    finally:
        contest.close()
    return _judged(database, url, folder, sites, contest, end)


class _Contest:
    """The processes, and what they have launched."""

    def __init__(self, url: str, folder: Path, sites: dict[str, Site]) -> None:
        # All are forked from one clean process that has loaded what they need.
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["bench.claims"])
        self.launches: list[_Launch] = []
        self.killed_at: datetime | None = None
        self.orphans: set[str] = set()
        self._running: dict[int, dict[str, datetime]] = {}
        self._now = FIRST
        self._children: dict[int, tuple[Any, Connection]] = {}
        for number in range(SCHEDULERS):
            ours, theirs = context.Pipe()
            process = context.Process(target=_scheduler, args=(theirs, url, folder, f"scheduler {number}"), daemon=True)
            process.start()
            self._children[number] = (process, ours)

    def tick(self, now: datetime) -> None:
        """All of them look at the same moment."""
        self._now = now
        for _, pipe in self._children.values():
            pipe.send(now)
        for number, (_, pipe) in self._children.items():
            for site, planned_at in pipe.recv():
                self.launches.append(_Launch(number, site, planned_at, now))
                self._running.setdefault(number, {})[site] = now

    def kill_the_busiest(self) -> None:
        """kill -9 for the one with the most runs under way, once there is one."""
        under_way = {
            number: {site for site, at in self._running.get(number, {}).items() if self._now - at < A_RUN}
            for number in self._children
        }
        busiest = max(under_way, key=lambda number: len(under_way[number]))
        if under_way[busiest]:
            process, pipe = self._children.pop(busiest)
            process.kill()
            process.join()
            pipe.close()
            self.killed_at, self.orphans = self._now, under_way[busiest]

    def close(self) -> None:
        """End them all."""
        for process, pipe in self._children.values():
            pipe.close()
            process.join(10)
            if process.is_alive():
                process.kill()


def _scheduler(pipe: Connection, url: str, folder: Path, name: str) -> None:
    """One process: told the time, it answers what it has launched."""
    now = FIRST
    sites = {path.stem: load_site(path) for path in sorted(folder.glob("town*.toml"))}
    running: dict[str, tuple[datetime, Assignment]] = {}
    refreshed: datetime | None = None
    with Archive(url, folder, clock=lambda: now) as archive:
        table = Timetable(archive, sites, Settings(data_dir=folder), name, steady=lambda: now.timestamp())
        while True:
            try:
                now = pipe.recv()
            except EOFError:
                return
            if refreshed is None or now - refreshed >= REFRESH:
                table.refresh()
                refreshed = now
            for site, (since, assignment) in list(running.items()):
                if now - since >= A_RUN:
                    table.ended(assignment, CrawlResult(site, "ok", None, {}, {}, [], 0, folder / "log"))
                    del running[site]
            claimed = table.claim(AT_ONCE - len(running), running)
            running |= {one.site: (now, one) for one in claimed}
            pipe.send([(one.site, one.planned_at) for one in claimed])


def _judged(database: str, url: str, folder: Path, sites: dict[str, Site], contest: _Contest, end: datetime) -> Claims:
    outcome = Claims(database, launched=len(contest.launches), lost=len(contest.orphans))
    by_moment = Counter((launch.site, launch.planned_at) for launch in contest.launches)
    outcome.twice = sum(count - 1 for count in by_moment.values())
    with Archive(url, folder, clock=lambda: end) as archive:
        site_of = {row.id: row.site for row in archive.schedules()}
        missed = archive.slots(states=("missed",), limit=10**6)
    for (name, _), one in watched_columns(sites, Settings().schedule).items():
        covered = {moment for site, moment in by_moment if site == name}
        for slot in missed:
            if site_of[slot.schedule_id] == name:
                run = slots(one.rule, slot.planned_at - timedelta(microseconds=1))
                covered |= {moment for moment, _ in zip(run, range(slot.count), strict=False)}
        first = min(launch.at for launch in contest.launches if launch.site == name)
        due = set()
        for moment in slots(one.rule, first):
            if moment > end - A_RUN - STEP:
                break
            due.add(moment)
        outcome.due += len(due)
        outcome.never += len(due - covered)
    assert contest.killed_at is not None, "nothing was ever under way"
    for site in contest.orphans:
        again = [launch.at for launch in contest.launches if launch.site == site and launch.at > contest.killed_at]
        after = (min(again, default=end + timedelta(days=1)) - contest.killed_at).total_seconds()
        outcome.taken_over_after = max(outcome.taken_over_after, after)
    return outcome


def _sites(folder: Path, count: int) -> dict[str, Site]:
    sites = {}
    for number in range(count):
        file = folder / f"town{number:03}.toml"
        file.write_text(
            f'publisher = "第{number}镇报"\nbase_url = "http://town{number}.example/"\n[schedule]\nevery = "2m"\n'
            'jitter = "0s"\n[[lists]]\ncolumn = "要闻"\nurl = "/news/"\n',
            "utf-8",
        )
        sites[file.stem] = load_site(file)
    return sites
