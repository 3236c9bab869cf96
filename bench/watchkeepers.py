"""Several `zhiwen up` on one database, one killed in the middle; and a database locked for 5, 30, 120 s (R3, R4).

Real processes crawl a small press on loopback that counts what it is asked for. Every planned visit must be made
exactly once, however many keep watch; what the killed one had begun is made again by another, and nothing else is.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sqlite3
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from sqlalchemy import update

from archive.archive import Archive
from archive.clock import utc_now
from archive.models import table
from archive.schedule_models import ColumnSchedule
from archive.words import GOOD_VERDICTS
from bench.farm import article_page
from bench.idle import up
from bench.kills import postgres
from bench.report import Bar, Report, finish
from config.settings import Settings, SitesSettings
from scheduler.timetable import Timetable
from seeds.load import OWN_FOLDER, load_sites

VISITS = 500
COLUMNS_OF_A_SITE = 5
KEEPERS = 4
TAKE_OVER_SECONDS = 90.0
LOCKS = (5.0, 30.0, 120.0)
CATCH_UP_SECONDS = 30.0
"""One interval: so long at most a look at what is due is put off."""
DUE_AFTER = 40.0
"""More than one refresh of the plan."""
LONGEST_SECONDS = 3600.0
NOT_MADE = ("held", "interrupted")
"""Visits that did not take place; they are planned again."""

# An interval so long that no second visit of the plan falls into the minutes of the benchmark.
SITE = """\
publisher = "质量观察{number}"
base_url = "http://press{number}.example/"
delay_seconds = 0
{lists}
[schedule]
every = "60d"

[list_layout]
links = "ul.list li a"

[[layouts]]
name = "press"
title = {{ css = "h1" }}
info = "div.info"
column = "div.crumb"
body = "div.text"
"""
COLUMN = """
[[lists]]
column = "栏目{column}"
url = "/list/{column}/"
max_pages = 1
"""


@dataclass
class Press:
    """The sites: each column lists ``editions`` articles. ``asked`` counts the fetches of each list."""

    columns: int
    editions: int = 1
    asked: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @contextlib.contextmanager
    def serving(self) -> Iterator[int]:
        """Its port."""
        press = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                body = press.page(self.headers.get("Host", "").partition(":")[0], self.path)
                self.send_response(200 if body else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()
            server.server_close()

    def page(self, host: str, path: str) -> bytes:
        """A page; empty where there is none."""
        parts = path.strip("/").split("/")
        if parts[0] == "list":
            with self.lock:
                self.asked[host + path] += 1
            links = (
                f'<li><a href="/news/{self._number(host, int(parts[1]), n)}.html">第{n}期</a></li>'
                for n in range(self.editions)
            )
            return f'<html><body><ul class="list">{"".join(links)}</ul></body></html>'.encode()
        if parts[0] == "news":
            return article_page(int(parts[1].partition(".")[0]), size=4000)
        return b""

    def _number(self, host: str, column: int, edition: int) -> int:
        site = int("".join(filter(str.isdigit, host)))
        return (edition * self.columns + site * COLUMNS_OF_A_SITE + column) + 1


@dataclass
class Stage:
    """One archive with its sites and press."""

    work: Path
    sites: Path
    columns: int
    press: Press
    environment: dict[str, str]

    def archive(self) -> Archive:
        """The archive, opened anew."""
        url = self.environment.get("ZHIWEN_DATABASE_URL") or f"sqlite:///{self.work / 'data' / 'zhiwen.db'}"
        return Archive(url, self.work / "data")

    def make_due(self, archive: Archive, at: datetime) -> None:
        """Every column is due at that moment."""
        with archive.database.write() as connection:
            connection.execute(update(table(ColumnSchedule)).values(next_due_at=at))


@contextlib.contextmanager
def staged(columns: int, database_url: str = "") -> Iterator[Stage]:
    """Sites, press and an archive that knows its columns; nothing is due yet."""
    press = Press(columns)
    with tempfile.TemporaryDirectory(prefix="zhiwen-watch-") as folder, press.serving() as port:
        work = Path(folder)
        sites = work / "sites"
        sites.mkdir()
        for own in OWN_FOLDER.glob("*.toml"):
            (sites / own.name).write_text("enabled = false\n", "utf-8")
        count = -(-columns // COLUMNS_OF_A_SITE)
        for number in range(count):
            of_it = range(min(COLUMNS_OF_A_SITE, columns - number * COLUMNS_OF_A_SITE))
            lists = "".join(COLUMN.format(column=column) for column in of_it)
            (sites / f"press{number}.toml").write_text(SITE.format(number=number, lists=lists), "utf-8")
        resolve = {f"press{number}.example": f"127.0.0.1:{port}" for number in range(count)}
        environment = {
            "ZHIWEN_FETCH__RESOLVE": str(resolve).replace("'", '"'),
            "ZHIWEN_UP__JOBS": "1",
            "ZHIWEN_DATABASE_URL": database_url,
        }
        stage = Stage(work, sites, columns, press, environment)
        (work / "data").mkdir()
        settings = Settings(data_dir=work / "data", database_url=database_url, sites=SitesSettings(paths=[sites]))
        with stage.archive() as archive:
            timetable = Timetable(archive, load_sites([sites]), settings, "preparing")
            timetable.refresh()
            timetable.leave()
            stage.make_due(archive, utc_now() + timedelta(days=1))
        yield stage


# --- several keepers --------------------------------------------------------------------------------------------------


@dataclass
class Kept:
    """What became of the visits."""

    database: str
    visits: int
    never: int
    again: int
    lost_with_the_killed: int
    take_over: float
    begun_again: float
    seconds: float


def keep(columns: int, name: str, database_url: str = "", *, keepers: int = KEEPERS) -> Kept:
    """So many processes, all visits due at once, kill -9 of one that crawls when a third of them has begun."""
    with staged(columns, database_url) as stage, contextlib.ExitStack() as stack:
        for _ in range(keepers):
            stack.enter_context(up(stage.work, stage.sites, **stage.environment))
        archive = stack.enter_context(stage.archive())
        began = time.monotonic()
        stage.make_due(archive, utc_now())
        always = datetime(2000, 1, 1, tzinfo=UTC)
        _until(lambda: sum(archive.slot_counts(always).values()) >= columns // 3)
        os.kill(_one_that_crawls(archive), signal.SIGKILL)
        killed_at = utc_now()
        _say(f"{name}: killed one of {keepers} after {time.monotonic() - began:.0f} s")
        _until(lambda: _open_visits(archive, columns) == 0)
        seconds = time.monotonic() - began
        kept = Kept(name, columns, 0, 0, 0, 0.0, 0.0, seconds)
        _judge(archive, kept, killed_at, columns)
        # Never begun by anybody: the press was not even asked.
        kept.never += columns - len(stage.press.asked)
        return kept


def _judge(archive: Archive, kept: Kept, killed_at: datetime, columns: int) -> None:
    """By the slots, and apart from them by the ledger of runs: one run reads all columns of a site."""
    slots = archive.slots(limit=columns * 10)
    lost = {slot.schedule_id for slot in slots if slot.state == "lost"}
    made: Counter[int] = Counter()
    for slot in slots:
        made[slot.schedule_id] += slot.state == "ended" and not slot.note.startswith(NOT_MADE)
    begun_again: dict[int, datetime] = {}
    for slot in slots:
        if slot.schedule_id in lost and slot.claimed_at > killed_at:
            begun_again[slot.schedule_id] = min(slot.claimed_at, begun_again.get(slot.schedule_id, slot.claimed_at))
    sites_of_the_killed = {row.site for row in archive.schedules() if row.id in lost}
    runs = Counter(run.site for run in archive.runs(limit=columns * 10) if run.verdict in GOOD_VERDICTS)
    kept.lost_with_the_killed = len(lost)
    kept.never = len(lost - begun_again.keys())
    kept.again = sum(max(0, number - 1) for number in made.values())
    # The killed one's run may have ended well before its end was written down.
    kept.again += sum(max(0, number - 1 - (site in sites_of_the_killed)) for site, number in runs.items())
    # From then on they are due again for every other, and wait for a free place like all that is due.
    given_up = [slot.ended_at for slot in slots if slot.state == "lost" and slot.ended_at is not None]
    kept.take_over = max(((at - killed_at).total_seconds() for at in given_up), default=0.0)
    kept.begun_again = max(((at - killed_at).total_seconds() for at in begun_again.values()), default=0.0)


def _one_that_crawls(archive: Archive) -> int:
    """Its process number, which its name in the database holds."""
    _until(lambda: archive.slots(states=("claimed",)))
    return int(archive.slots(states=("claimed",))[0].owner.split("-")[-2])


def _open_visits(archive: Archive, columns: int) -> int:
    done = {slot.schedule_id for slot in archive.slots(states=("ended",), limit=columns * 10)}
    return columns - len(done)


# --- a locked database ------------------------------------------------------------------------------------------------


@dataclass
class Locked:
    """What a lock of ``seconds`` did."""

    seconds: float
    answers: int
    unhealthy: int
    caught_up: float
    lost: int


def lock(seconds: float, columns: int) -> Locked:
    """Visits fall due while another process holds the database; how soon after it they are under way."""
    with staged(columns) as stage, up(stage.work, stage.sites, **stage.environment) as (_, address):
        with stage.archive() as archive:
            _until(archive.instances)
            due_at = utc_now() + timedelta(seconds=DUE_AFTER)
            stage.make_due(archive, due_at)
            _until(lambda: utc_now() > due_at - timedelta(seconds=1))  # by then it has seen the plan again
        answers = unhealthy = 0
        other = sqlite3.connect(stage.work / "data" / "zhiwen.db", timeout=60, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            answers += 1
            unhealthy += _asked(address) != 200
            time.sleep(min(1.0, max(0.0, end - time.monotonic())))
        other.execute("COMMIT")
        other.close()
        released = utc_now()
        with stage.archive() as archive:
            _until(lambda: _open_visits(archive, columns) == 0)
            slots = archive.slots(limit=columns * 10)
            unhealthy += _asked(address) != 200
        first = min((slot.claimed_at - released).total_seconds() for slot in slots)
        lost = sum(slot.state != "ended" for slot in slots)
        return Locked(seconds, answers, unhealthy, max(0.0, first), lost)


def _asked(address: str) -> int:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(address, timeout=10) as answer:
            return int(answer.status)
    except OSError:
        return 0


def _until(true: Callable[[], object]) -> None:
    end = time.monotonic() + LONGEST_SECONDS
    while not true():
        if time.monotonic() > end:
            raise TimeoutError("what the benchmark waits for never came")
        time.sleep(0.5)


def run(size: int | None = None, *, on_postgres: bool = False, locks: Sequence[float] = LOCKS) -> Report:
    """Measure; ``size`` is the number of visits that are due at once (500)."""
    columns = size or VISITS
    kept = [keep(columns, "sqlite")]
    if on_postgres:
        with tempfile.TemporaryDirectory(prefix="zhiwen-watch-") as folder, postgres(Path(folder)) as url:
            kept.append(keep(columns, "postgresql", url))
    locked = []
    for seconds in locks:
        _say(f"sqlite locked for {seconds:g} s")
        locked.append(lock(seconds, COLUMNS_OF_A_SITE))
    rows = [_row_of_keepers(one, columns) for one in kept] + [_row_of_lock(one) for one in locked]
    bars = [bar for one in kept for bar in _bars_of_keepers(one)] + [
        bar for one in locked for bar in _bars_of_lock(one)
    ]
    names = ["case", "visits due", "never made", "made twice", "begun by the killed", "taken over after s",
             "under way after s", "all in s"]  # fmt: skip
    return Report("watchkeepers: several processes on one database, and a locked one", names, rows, bars)


def _row_of_keepers(one: Kept, columns: int) -> list[str]:
    figures = [str(number) for number in (columns, one.never, one.again, one.lost_with_the_killed)]
    return [
        f"{KEEPERS} on {one.database}, one killed",
        *figures,
        f"{one.take_over:.1f}",
        f"{one.begun_again:.1f}",
        f"{one.seconds:.0f}",
    ]


def _row_of_lock(one: Locked) -> list[str]:
    return [
        f"locked for {one.seconds:g} s",
        f"{COLUMNS_OF_A_SITE}",
        f"{one.lost}",
        "0",
        "0",
        "",
        f"{one.caught_up:.1f}",
        "",
    ]


def _bars_of_keepers(one: Kept) -> list[Bar]:
    return [
        Bar(f"{one.database}: visits never made", one.never, 0),
        Bar(f"{one.database}: visits made twice", one.again, 0),
        Bar(f"{one.database}: take-over after kill -9 (s)", one.take_over, TAKE_OVER_SECONDS),
    ]


def _bars_of_lock(one: Locked) -> list[Bar]:
    return [
        Bar(f"locked {one.seconds:g} s: visits lost", one.lost, 0),
        Bar(f"locked {one.seconds:g} s: answers of a dead clock", one.unhealthy, 0),
        Bar(f"locked {one.seconds:g} s: caught up after (s)", one.caught_up, CATCH_UP_SECONDS),
    ]


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(argv: Sequence[str] | None = None) -> int:
    """``--size N`` visits, ``--postgres`` on that database too, ``--json``. 0 when every bar holds, else 1."""
    parser = argparse.ArgumentParser(description="Several zhiwen up on one database, one killed; a locked database.")
    parser.add_argument("--size", type=int, help="visits due at once (500)")
    parser.add_argument("--postgres", action="store_true", help="on PostgreSQL too")
    parser.add_argument("--json", action="store_true", help="the result as JSON")
    options = parser.parse_args(argv)
    return finish(run(options.size, on_postgres=options.postgres), as_json=options.json)


if __name__ == "__main__":
    raise SystemExit(main())
