"""For a long time: crawl runs in one process (R18), and with --up a real `zhiwen up` over many columns, sampled.

Without options: 200 crawls of unchanged sites one after the other in one process. With ``--up``: a watch over
``--columns`` columns, each visited once a minute and given a new article now and then, for ``--minutes`` minutes.
Memory, descriptors, threads and the log of the database (WAL) are read as it goes on; they must not grow.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from archive.archive import Archive
from archive.clock import utc_now
from bench.columns import ColumnWorld
from bench.report import Bar, Report, finish
from bench.watching import ROOT, Sample, Watching, sample
from seeds.replica.server import ReplicaServer

RUNS = 200
SETTLED_RUNS = 10
"""After so many runs a process has loaded what it will ever load."""
MINUTES = 30.0
COLUMNS = 50
PER_SITE = 5
SETTLED_MINUTES = 5.0
SAMPLE_SECONDS = 10.0
PUBLISH_SECONDS = 20.0
"""So often one of the columns gets a new article."""
GROWTH_MB = 10.0
WAL_MB = 16.0
"""The log of the database is written back at 1,000 pages of 4 KB; a reader that lingers may let it grow for a while."""


# --- many runs in one process -----------------------------------------------------------------------------------------


def runs(count: int, say: Callable[[str], None]) -> Report:
    """``count`` crawls of one unchanged site in one process; it is read after every tenth."""
    with tempfile.TemporaryDirectory(prefix="zhiwen-soak-") as folder, ReplicaServer() as server:
        environment = {
            **os.environ,
            "ZHIWEN_DATA_DIR": folder,
            "ZHIWEN_DATABASE_URL": "",
            "ZHIWEN_SITES__PATHS": str(ROOT / "seeds" / "replica" / "sites"),
            "ZHIWEN_FETCH__RESOLVE": json.dumps(server.resolve_map()),
            "ZHIWEN_FETCH__DELAY_SECONDS": "0",
            "SCRAPY_SETTINGS_MODULE": "crawler.settings",
            "PYTHONPATH": str(ROOT),
        }
        log = Path(folder) / "soak.log"
        with log.open("wb") as errors:
            program = [sys.executable, "-P", "-m", "bench.soak_runs", "zgnt", str(count)]
            child = subprocess.Popen(
                program, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True
            )
        seen: list[tuple[int, Sample, int]] = []
        assert child.stdout is not None
        for line in child.stdout:
            read = json.loads(line)
            seen.append((read["run"], Sample(**read["sample"]), read["wal"]))
            say(f"run {read['run']}: {read['sample']['memory_mb']:.1f} MB")
        if child.wait() or not seen:
            raise RuntimeError(f"the crawls ended with {child.returncode}:\n{log.read_text('utf-8')[-2000:]}")
        with closing(Archive(f"sqlite:///{folder}/zhiwen.db", Path(folder))) as archive:
            verdicts = Counter(run.verdict for run in archive.runs(limit=count + 1))
    rows = [_row(f"after run {number}", one, wal) for number, one, wal in seen]
    after = [entry for entry in seen if entry[0] >= min(SETTLED_RUNS, count)]
    bars = _flat([one for _, one, _ in after], [wal for _, _, wal in after])
    bars.append(Bar("runs that were ok", verdicts["ok"], count, at_least=True))
    return Report(f"soak: {count} crawl runs in one process", _COLUMNS[:-1], rows, bars)


_COLUMNS = ["when", "memory MB", "descriptors", "threads", "WAL MB", "children"]


def _row(when: str, one: Sample, wal: int) -> list[str]:
    return [when, f"{one.memory_mb:.1f}", str(one.descriptors), str(one.threads), f"{wal / 2**20:.2f}"]


def _flat(samples: Sequence[Sample], wals: Sequence[int], *, passing: int = 0) -> list[Bar]:
    """The bars over samples from the moment on at which all is loaded.

    ``passing`` descriptors come and go with what is on its way at the moment: the most in the second half of the time
    are compared with the most in the first.
    """
    half = max(1, len(samples) // 2)
    first, second = samples[:half], samples[half:] or samples
    descriptors = max(one.descriptors for one in second) - max(one.descriptors for one in first)
    return [
        Bar("growth of memory, MB", max(one.memory_mb for one in samples) - samples[0].memory_mb, GROWTH_MB),
        Bar("growth of descriptors", descriptors, passing),
        Bar("growth of threads", max(one.threads for one in second) - max(one.threads for one in first), 0),
        Bar("largest WAL, MB", max(wals) / 2**20, WAL_MB),
    ]


# --- a watch over many columns ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Moment:
    """What was read at one moment: minutes since the start, the process, sizes in bytes."""

    minutes: float
    process: Sample
    wal: int
    database: int


def watch(minutes: float, columns: int, say: Callable[[str], None], keep: Path | None = None) -> Report:
    """A real ``zhiwen up`` over ``columns`` columns for so long."""
    with tempfile.TemporaryDirectory(prefix="zhiwen-soak-") as made:
        folder = keep or Path(made)
        with ColumnWorld(max(1, columns // PER_SITE), min(columns, PER_SITE), 10, utc_now()) as world:
            return _watch(minutes, world, folder, say)


def _watch(minutes: float, world: ColumnWorld, folder: Path, say: Callable[[str], None]) -> Report:
    data = folder / "data"
    environment = {
        "ZHIWEN_DATA_DIR": str(data),
        "ZHIWEN_DATABASE_URL": "",
        "ZHIWEN_SITES__PATHS": str(world.write_sites(folder / "sites", "1m")),
        "ZHIWEN_FETCH__RESOLVE": json.dumps(world.resolve()),
        "ZHIWEN_FETCH__DELAY_SECONDS": "0",
    }
    own = list(world.sites)
    ended = threading.Event()
    publisher = threading.Thread(target=_publish, args=(world, ended), daemon=True)
    seen: list[Moment] = []
    with Watching(environment, folder / "up.log") as watching:
        publisher.start()
        started = time.monotonic()
        while (passed := time.monotonic() - started) < minutes * 60:
            ended.wait(min(SAMPLE_SECONDS, minutes * 60 - passed))
            watching.check()
            seen.append(
                Moment(
                    *((time.monotonic() - started) / 60, sample(watching.pid)),
                    *(_size(data / "zhiwen.db-wal"), _size(data / "zhiwen.db")),
                )
            )
            if len(seen) % 6 == 0:
                say(f"{seen[-1].minutes:.0f} min: {seen[-1].process}")
        ended.set()
        publisher.join()
        stop_seconds = watching.stop()
    with Archive(f"sqlite:///{data / 'zhiwen.db'}", data) as archive:
        verdicts = Counter(str(run.verdict) for run in archive.runs(limit=100_000))
        slots = Counter[str]()
        for slot in archive.slots(limit=1_000_000):
            slots[slot.state] += slot.count
        held = archive.count()
    return _watch_report(world, own, minutes, seen, verdicts, slots, held, stop_seconds)


def _watch_report(
    world: ColumnWorld,
    own: list[str],
    minutes: float,
    seen: list[Moment],
    verdicts: Counter[str],
    slots: Counter[str],
    held: int,
    stop_seconds: float,
) -> Report:
    settled = [one for one in seen if one.minutes >= min(SETTLED_MINUTES, minutes / 2)] or seen[-1:]
    first, middle, last = seen[0], settled[0], seen[-1]
    rows = []
    for name, one in (("start", first), (f"{middle.minutes:.0f} min", middle), (f"end, {last.minutes:.0f} min", last)):
        row = _row(name, one.process, one.wal)
        rows.append([*row, str(one.process.children), f"{one.database / 2**20:.1f}"])
    hours = max((last.minutes - middle.minutes) / 60, 1e-9)
    per_hour = [
        (last.process.memory_mb - middle.process.memory_mb) / hours,
        (last.process.descriptors - middle.process.descriptors) / hours,
        (last.process.threads - middle.process.threads) / hours,
        (last.wal - middle.wal) / 2**20 / hours,
    ]
    growth = (last.database - middle.database) / 2**20 / hours
    rows.append(["an hour", *(f"{value:+.1f}" for value in per_hour), "", f"{growth:+.1f}"])
    bad = {name: number for name, number in verdicts.items() if name not in ("ok", "interrupted")}
    notes = [
        f"{sum(verdicts.values())} runs: {dict(verdicts)}; visits: {dict(slots)}",
        f"{held} articles held of {len(world.truth())} published at {len(own)} sites",
        f"stopped within {stop_seconds:.1f} s",
    ]
    bars = _flat([one.process for one in settled], [one.wal for one in settled], passing=2)
    bars += [
        Bar("most children at once", max(one.process.children for one in seen), 2),
        Bar("runs that were not ok", sum(bad.values()), 0),
    ]
    return Report(
        f"soak: zhiwen up over {sum(len(site.columns) for site in world.sites.values())} columns at one minute, "
        f"{minutes:g} minutes",
        [*_COLUMNS, "database MB"],
        rows,
        bars,
        notes,
    )


def _publish(world: ColumnWorld, ended: threading.Event) -> None:
    """One new article after the other, column by column."""
    places = [(site.name, column) for site in world.sites.values() for column in range(len(site.columns))]
    number = 0
    while not ended.wait(PUBLISH_SECONDS):
        site, column = places[number % len(places)]
        world.publish(site, column, utc_now())
        number += 1


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def main(argv: Sequence[str] | None = None) -> int:
    """Command line: ``--size RUNS``, or ``--up`` with ``--minutes`` and ``--columns``; ``--json``."""
    parser = argparse.ArgumentParser(description="Crawl runs in one process, or a watch over many columns: no growth.")
    parser.add_argument("--size", type=int, default=RUNS, help=f"runs in one process ({RUNS})")
    parser.add_argument("--up", action="store_true", help="a real zhiwen up over many columns instead")
    parser.add_argument("--minutes", type=float, default=MINUTES, help=f"with --up: how long ({MINUTES:g})")
    parser.add_argument("--columns", type=int, default=COLUMNS, help=f"with --up: how many ({COLUMNS})")
    parser.add_argument("--keep", type=Path, help="with --up: a new folder for archive and logs, kept afterwards")
    parser.add_argument("--json", action="store_true", help="the result as JSON")
    given = parser.parse_args(argv)

    def say(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    if given.up:
        report = watch(given.minutes, given.columns, say, given.keep.absolute() if given.keep else None)
    else:
        report = runs(given.size, say)
    return finish(report, as_json=given.json)


if __name__ == "__main__":
    raise SystemExit(main())
