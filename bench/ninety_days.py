"""Ninety simulated days with a random fault a day: nothing lost, doubled or wrong, and nobody's hand needed (R19).

The real timetable says what is due, the real crawl visits it, the real examination judges it; only the clock is moved
(``archive.clock``), and each crawl is forked from a warm process. Meanwhile the sites publish by a truth that is known.
Each day one fault befalls a site or the machine. After the last one the sites are well for ``REST_DAYS``; then the
archive is compared with the truth. The seed is printed.
"""

from __future__ import annotations

import argparse
import os
import random
import sqlite3
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast, get_args

from archive.archive import Archive
from bench.columns import ColumnWorld, Fault
from bench.report import Bar, Report, finish
from bench.warm import WarmPython
from config.settings import (
    CrawlSettings,
    FetchSettings,
    ScheduleSettings,
    Settings,
    SitesSettings,
    child_environment,
)
from crawler.reading.urls import canonical_url, url_key
from scheduler import runner
from scheduler.examination import examine
from scheduler.timetable import Assignment, Timetable
from seeds.load import load_sites

if TYPE_CHECKING:
    import subprocess

DAYS = 90
REST_DAYS = 10
SITES = 3
COLUMNS = 2
EVERY = "12h"
START = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)

Machine = Literal["killed", "full disk", "locked database", "clock forward", "clock back", "back-dated", "restarted"]
"""``killed``: kill -9 in the middle of each run. ``full disk``: no file may grow by much. ``locked database``: another
process holds the writers' lock for seconds. ``clock forward``, ``clock back``: set wrong for the day. ``back-dated``:
an article appears with a date of last week. ``restarted``: the scheduler dies and another takes its place."""
FAULTS: tuple[str, ...] = (*get_args(Fault), *get_args(Machine))


class Ninety:
    """The simulation. ``now`` is the world's time; what the machine believes may be ``wrong_by`` from it."""

    def __init__(self, folder: Path, world: ColumnWorld, warm: WarmPython, seed: int) -> None:
        self.world, self.warm = world, warm
        self.chance = random.Random(seed)
        self.now = START
        self.wrong_by = timedelta()
        self.fault = ""
        self.publishing = True
        self.settings = Settings(
            data_dir=folder / "data",
            sites=SitesSettings(paths=[world.write_sites(folder / "sites", EVERY)]),
            fetch=FetchSettings(resolve=world.resolve(), delay_seconds=0, retries=1, timeout_seconds=10),
            crawl=CrawlSettings(),
            schedule=ScheduleSettings(join_seconds=21_600),  # the columns of a site are read in one run
        )
        self.sites = {name: site for name, site in load_sites(self.settings.sites.paths).items() if site.live}
        self.archive = Archive(self.settings.archive_url, self.settings.data_dir, clock=self.clock)
        self.timetable = self._scheduler()
        self.verdicts: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.opened = self.closed = 0
        self._next_article = {
            (site.name, column): self._gap() for site in world.sites.values() for column in range(len(site.columns))
        }

    def clock(self) -> datetime:
        """What the machine takes for the time."""
        return self.now + self.wrong_by

    def _scheduler(self) -> Timetable:
        name = f"simulated-{self.chance.getrandbits(32):08x}"
        return Timetable(
            self.archive, self.sites, self.settings, name, steady=lambda: (self.now - START).total_seconds()
        )

    def _gap(self) -> datetime:
        """When a column's next article appears: one in eighteen hours."""
        return self.now + timedelta(hours=self.chance.expovariate(1 / 18))

    def live(self, days: int, *, faults: bool, publishing: bool = True) -> None:
        """Let so many days pass."""
        self.publishing = publishing
        for _ in range(days):
            self._begin_fault(self.next_fault() if faults else "")
            end = self.now + timedelta(days=1)
            while self.now < end:
                self._visit()
                self.now += timedelta(hours=1)
            self._end_fault()

    def next_fault(self) -> str:
        """What befalls next."""
        return self.chance.choice(FAULTS)

    def _begin_fault(self, fault: str) -> None:
        self.fault = fault
        if fault:
            self.faults[fault] += 1
        ill = self.chance.choice(list(self.world.sites.values()))
        if fault in get_args(Fault):
            ill.fault = fault  # type: ignore[assignment]
        elif fault == "clock forward":
            self.wrong_by = timedelta(hours=self.chance.uniform(1, 9))
        elif fault == "clock back":
            self.wrong_by = -timedelta(hours=self.chance.uniform(1, 9))
        elif fault == "back-dated":
            self.world.publish(ill.name, 0, self.now - timedelta(days=self.chance.uniform(1, 7)))
        elif fault == "restarted":
            self.timetable = self._scheduler()

    def _end_fault(self) -> None:
        for site in self.world.sites.values():
            site.fault = None
        self.wrong_by = timedelta()
        self.fault = ""

    def _visit(self) -> None:
        """What ``zhiwen up`` does: refresh, claim, crawl, write down, examine."""
        for (site, column), due in self._next_article.items():
            if due <= self.now and self.publishing:
                self.world.publish(site, column, due)
                self._next_article[site, column] = self._gap()
        self.archive.reap_orphans()
        self.timetable.refresh()
        while assignments := self.timetable.claim(2, ()):
            for assignment in assignments:
                result = self._crawl(assignment)
                self.verdicts[result.verdict] += 1
                self.timetable.ended(assignment, result)
        examined = examine(self.archive, self.sites, self.settings, self.clock())
        self.opened += len(examined.opened)
        self.closed += len(examined.closed)
        if examined.failed:
            raise RuntimeError(f"sites could not be examined: {examined.failed}")

    def _crawl(self, assignment: Assignment) -> runner.CrawlResult:
        """One run, forked, with its fault of the machine."""
        log = runner.new_log(self.settings.data_dir / "logs", assignment.site)
        environment = child_environment(self.settings) | {
            "SCRAPY_SETTINGS_MODULE": "crawler.settings",
            "ZHIWEN_PROGRESS": "1",
            "ZHIWEN_CLOCK_SHIFT": str((self.clock() - datetime.now(UTC)).total_seconds()),
        }
        with log.open("wb") as errors:
            child = self.warm.start(
                runner.crawl_command(assignment.site, assignment.options)[2:],
                environment=environment,
                stderr=errors,
                longest_file=self._room() if self.fault == "full disk" else 0,
            )
        process = cast("subprocess.Popen[bytes]", child)
        crawl = runner.CrawlProcess(assignment.site, process, log, time.monotonic() + self.settings.crawl.max_seconds)
        if self.fault == "killed":
            killer = threading.Timer(self.chance.uniform(0.05, 0.8), crawl.kill)
            killer.start()
        if self.fault == "locked database":
            holder = threading.Thread(target=self._hold_lock, args=(self.chance.uniform(0.5, 2.0),))
            holder.start()
        while crawl.read_events() is not None:
            pass
        result = crawl.result()
        if self.fault == "killed":
            killer.cancel()
            killer.join()
        if self.fault == "locked database":
            holder.join()
        return result

    def _room(self) -> int:
        """So long may a file become: a little longer than the longest."""
        files = [path.stat().st_size for path in self.settings.data_dir.rglob("*") if path.is_file()]
        return max(files, default=0) + 4_096

    def _hold_lock(self, seconds: float) -> None:
        path = self.settings.data_dir / "zhiwen.db"
        if not path.exists():
            return
        with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            time.sleep(seconds)
            other.execute("ROLLBACK")

    def compare(self) -> dict[str, list[str]]:
        """What is not as it was, by kind."""
        truth = {url_key(canonical_url(url)): (url, *told) for url, told in self.world.truth().items()}
        found: dict[str, list[str]] = {
            name: [] for name in ("lost", "doubled", "wrong", "alarms", "frozen", "problems", "stuck")
        }
        seen: Counter[bytes] = Counter()
        for detail in self.archive.export():
            key = url_key(canonical_url(detail.article.url))
            seen[key] += 1
            true = truth.get(key)
            if true is None:
                found["wrong"].append(f"{detail.article.url}: never published")
            elif (detail.current.title, detail.current.body, detail.article.state) != (true[1], true[2], "live"):
                found["wrong"].append(f"{true[0]}: {detail.article.state}, revision {detail.article.revision}")
        found["lost"] = [true[0] for key, true in truth.items() if key not in seen]
        found["doubled"] = [truth[key][0] for key, number in seen.items() if number > 1 and key in truth]
        found["alarms"] = [f"{one.site} {one.column or ''} {one.kind}: {one.reason}" for one in self.archive.alarms()]
        found["frozen"] = [one.site for one in self.archive.alarms() if one.frozen or one.kind == "by hand"]
        found["problems"] = list(self.archive.check().problems)
        found["stuck"] = [f"run {run.id} of {run.site}" for run in self.archive.running_runs()]
        return found


def run(
    days: int = DAYS,
    seed: int | None = None,
    say: Callable[[str], None] = lambda text: None,
    *,
    rest: int = REST_DAYS,
    sites: int = SITES,
    keep: Path | None = None,
) -> Report:
    """Live through two good days, ``days`` days of faults and ``rest`` days without."""
    seed = int.from_bytes(os.urandom(4), "big") if seed is None else seed
    say(f"seed {seed}")
    warm = WarmPython({name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")})
    with tempfile.TemporaryDirectory(prefix="zhiwen-ninety-") as made:
        try:
            with ColumnWorld(sites, COLUMNS, 6, START) as world:
                life = Ninety(keep or Path(made), world, warm, seed)
                life.live(2, faults=False)
                for day in range(days):
                    life.live(1, faults=True)
                    say(f"day {day + 1}: {dict(life.faults.most_common(3))}, {sum(life.verdicts.values())} runs")
                life.live(rest - 1, faults=False)
                # What appears after the last visit nobody can hold: on the last day nothing does.
                life.live(1, faults=False, publishing=False)
                found = life.compare()
                published = len(world.truth())
                life.archive.close()
        finally:
            warm.end()
    rows = [[name, str(number)] for name, number in sorted(life.faults.items())]
    bars = [
        Bar("articles lost", len(found["lost"]), 0),
        Bar("articles doubled", len(found["doubled"]), 0),
        Bar("articles wrong or invented", len(found["wrong"]), 0),
        Bar("alarms still open", len(found["alarms"]), 0),
        Bar("problems of the database", len(found["problems"]), 0),
        Bar("runs stuck", len(found["stuck"]), 0),
        Bar("sites that wait for somebody's hand", len(found["frozen"]), 0),
    ]
    notes = [
        f"seed {seed}; {published} articles published in {days + rest + 2} days",
        f"{sum(life.verdicts.values())} runs: {dict(life.verdicts)}; alarms: {life.opened} opened, {life.closed} ended",
    ]
    notes += [f"{kind}: {one}" for kind, ones in found.items() for one in ones[:10]]
    return Report(f"ninety_days: {days} days with a fault each", ["fault", "days"], rows, bars, notes)


def main(argv: Sequence[str] | None = None) -> int:
    """Command line: ``--days``, ``--seed``, ``--json``."""
    parser = argparse.ArgumentParser(description="Days with a random fault each; the archive equals the truth.")
    parser.add_argument("--days", type=int, default=DAYS, help=f"days with a fault ({DAYS})")
    parser.add_argument("--seed", type=int, help="the chances; a new one is printed otherwise")
    parser.add_argument("--keep", type=Path, help="a new folder for archive and logs, kept afterwards")
    parser.add_argument("--json", action="store_true", help="the result as JSON")
    given = parser.parse_args(argv)

    def say(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    keep = given.keep.absolute() if given.keep else None
    return finish(run(given.days, given.seed, say, keep=keep), as_json=given.json)


if __name__ == "__main__":
    raise SystemExit(main())
