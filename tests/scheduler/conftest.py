"""A newsroom of invented sites, kept watch over by timetables whose clock the test sets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pytest

from archive.archive import Archive
from archive.clock import SHANGHAI
from archive.database import Database
from archive.errors import DatabaseUnavailable
from archive.records import ArticleRecord, FetchRecord, LinkRecord, ListRecord, StoreBatch, TouchRecord
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

    def end(self, table: Timetable, assignment: Assignment, verdict: str = "ok", run: int | None = None) -> None:
        """A run ends so; ``run`` is its number in the ledger."""
        result = CrawlResult(assignment.site, verdict, "as told", {}, {}, [], 0, self.folder / "log", run)
        table.ended(assignment, result)

    def visited(self, name: str, *published: datetime, column: int = 1, precision: str = "minute", **more: Any) -> int:
        """A run that has looked at a column just now and found articles published then; its number.

        ``kind``, ``verdict`` and ``unchanged`` say what kind of run it was.
        """
        source = self.sites[name].lists[column - 1]
        run = self.archive.open_run(name, more.get("kind", "manual"))
        fetch = FetchRecord(source.url, 200, self.now, {}, b"<html></html>", 200)
        batch = StoreBatch()
        if more.get("unchanged"):
            same = FetchRecord(source.url, 304, self.now, {}, None, 5, not_modified=True, conditional=True)
            batch.touches.append(TouchRecord(name, _key(source.url), same))
        else:
            urls = [f"{source.url}{self.now:%m%d%H%M%S}-{number}.html" for number in range(len(published))]
            links = [LinkRecord(url, _key(url), f"质量工作动态 {url[-14:]}") for url in urls]
            listed = ListRecord(name, source.column, source.url, _key(source.url), 1, links, fetch)
            listed.list_url, listed.list_url_key, listed.completes = source.url, _key(source.url), True
            batch.lists.append(listed)
            for url, moment in zip(urls, published, strict=True):
                batch.articles.append(_article(name, url, moment, precision, self.now))
        self.archive.store(run, batch)
        self.archive.close_run(run, more.get("verdict", "ok"))
        return run.run_id

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


def _key(url: str) -> bytes:
    return blake2b(url.encode(), digest_size=16).digest()


def _article(site: str, url: str, published: datetime, precision: Any, at: datetime) -> ArticleRecord:
    title = f"质量提升行动简报 {url[-14:]}"
    return ArticleRecord(
        site=site,
        url=url,
        url_key=_key(url),
        title=title,
        body=f"{url} 所述各区县本周检查了在建工地的钢筋与水泥，结果将在下月公布。",
        fingerprint=_key(title),
        fetch=FetchRecord(url, 200, at, {}, b"<html></html>", 200),
        search_title=title,
        search_body=title,
        published_at=published,
        published_precision=precision,
    )


@pytest.fixture
def newsrooms(database_url: str, tmp_path: Path) -> Iterator[Newsroom]:
    """Once on each database."""
    made = Newsroom(database_url, tmp_path)
    yield made
    made.archive.close()


@pytest.fixture
def newsroom(tmp_path: Path, new_sqlite: Callable[[Path], str]) -> Iterator[Newsroom]:
    """On SQLite alone, for what the database has no part in."""
    made = Newsroom(new_sqlite(tmp_path / "zhiwen.db"), tmp_path)
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
