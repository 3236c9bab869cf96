"""A newsroom of invented sites, kept watch over by timetables whose clock the test sets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from archive.archive import Archive
from archive.clock import SHANGHAI
from archive.database import Database
from archive.errors import DatabaseUnavailable
from config.settings import ScheduleSettings, Settings
from scheduler.runner import CrawlResult
from scheduler.timetable import Assignment, Timetable
from seeds.load import load_site
from seeds.model import Site

MONDAY = datetime(2026, 11, 16, 9, 0, tzinfo=SHANGHAI)


class Newsroom:
    """Sites, one database and a clock; ``watch`` gives a scheduler of its own (an instance)."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self.now = MONDAY
        self.sites: dict[str, Site] = {}
        self.settings = Settings(data_dir=folder)
        self.archive = Archive(url, folder, clock=lambda: self.now)
        self.true = 0.0

    def site(self, name: str, schedule: str = "", *lists: str, head: str = "") -> None:
        """Declare a site, or declare it anew."""
        file = self.folder / f"{name}.toml"
        entries = "".join(
            f'[[lists]]\ncolumn = "第{number}栏"\nurl = "/{number}/"\n{keys}\n'
            for number, keys in enumerate(lists or ("",), 1)
        )
        table = f"[schedule]\n{schedule}\n" if schedule else ""
        top = f'publisher = "{name}报"\nbase_url = "http://{name}.example/"\n{head}\n'
        file.write_text(top + table + entries, "utf-8")
        self.sites[name] = load_site(file)

    def set(self, **values: Any) -> None:
        """Settings of ``[schedule]``."""
        self.settings = Settings(data_dir=self.folder, schedule=ScheduleSettings(**values))

    def watch(self, name: str = "one") -> Timetable:
        """A scheduler that has looked around once."""
        table = Timetable(self.archive, self.sites, self.settings, name, steady=lambda: self.true)
        table.refresh()
        return table

    def sleep(self, **time: float) -> None:
        """Time passes."""
        self.now += timedelta(**time)
        self.true += timedelta(**time).total_seconds()

    def set_clock(self, **by: float) -> None:
        """Somebody sets the clock; no time passes."""
        self.now += timedelta(**by)

    def row(self, name: str, column: int = 1) -> Any:
        """The stored schedule of a column."""
        rows = self.archive.schedules(name)
        return next(row for row in rows if row.list_url.endswith(f"/{column}/"))

    def slots(self, state: str) -> list[Any]:
        """Slots in this state, oldest first."""
        return self.archive.slots(states=[state], limit=10_000)[::-1]

    def end(self, table: Timetable, assignment: Assignment, verdict: str = "ok", reason: str = "") -> None:
        """A run ends so."""
        result = CrawlResult(assignment.site, verdict, reason, {}, {}, [], 0, self.folder / "log")
        table.ended(assignment, result)

    def work(self, table: Timetable, verdict: str = "ok", **until: float) -> list[tuple[datetime, Assignment]]:
        """Claim and end whatever becomes due for so long; with the moments of the claims."""
        end, done = self.now + timedelta(**until), []
        while (due := table.next_due()) is not None and due < end:
            if due > self.now:
                self.sleep(seconds=(due - self.now).total_seconds())
            found = table.claim(100, ())
            assert found or table.next_due() != due, "what is due can be claimed"
            for assignment in found:
                done.append((self.now, assignment))
                self.end(table, assignment, verdict)
        self.sleep(seconds=(end - self.now).total_seconds())
        return done


@pytest.fixture
def newsrooms(database_url: str, tmp_path: Path) -> Iterator[Newsroom]:
    """Once on each database."""
    made = Newsroom(database_url, tmp_path)
    yield made
    made.archive.close()


@pytest.fixture
def newsroom(tmp_path: Path) -> Iterator[Newsroom]:
    """On SQLite alone, for what the database has no part in."""
    made = Newsroom(f"sqlite:///{tmp_path / 'zhiwen.db'}", tmp_path)
    yield made
    made.archive.close()


@pytest.fixture
def no_database(monkeypatch: pytest.MonkeyPatch) -> Callable[[], AbstractContextManager[None]]:
    """Within it the database is away."""

    @contextmanager
    def away() -> Iterator[None]:
        def gone(self: Database) -> None:
            raise DatabaseUnavailable("the database is away")

        with monkeypatch.context() as patch:
            patch.setattr(Database, "write", gone)
            patch.setattr(Database, "read", gone)
            yield

    return away
