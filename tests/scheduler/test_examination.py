"""From sights to alarms: they open once, gather evidence, end with a note, and one ill site holds up no other."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from archive.archive import Archive
from archive.models import table
from archive.notice_models import Event
from archive.scheduling import NewColumn
from archive.sights import SightRecord
from config.settings import Settings
from scheduler import examination
from scheduler.examination import Examined, examine
from seeds.load import load_sites
from seeds.model import Site

T0 = datetime(2026, 3, 2, 1, tzinfo=UTC)
COLUMNS = ("policy", "events")


def sight(site: str, column: str, at: datetime, **values: Any) -> SightRecord:
    return SightRecord(column, f"http://{site}.example/{column}/", at, **values)


class House:
    """A site of two columns, visited at certain hours."""

    def __init__(self, archive: Archive, sites: dict[str, Site]) -> None:
        self.archive = archive
        self.sites = sites
        self.hour = 0.0
        archive._clock = lambda: self.now

    @property
    def now(self) -> datetime:
        return T0 + timedelta(hours=self.hour)

    def visit(self, hour: float, site: str = "town", verdict: Any = "ok", **seen: dict[str, Any]) -> None:
        """One run; ``seen`` says of each column what it showed."""
        self.hour = hour
        run = self.archive.open_run(site, "scheduled")
        sights = [sight(site, name, self.now, **values) for name, values in seen.items()]
        self.archive.close_run(run, verdict, sights=sights)

    def examine(self, hour: float | None = None) -> Examined:
        self.hour = hour if hour is not None else self.hour
        return examine(self.archive, self.sites, Settings(), self.now)

    def events(self) -> list[tuple[str, str, str]]:
        with self.archive.database.read() as connection:
            rows = connection.execute(select(table(Event)).order_by(table(Event).c.id))
            return [(row.kind, row.detail["alarm"], row.detail["column"]) for row in rows]


GOOD = {"links": 20, "new": 1}
WALL = {"cause": "blocked", "detail": "安全验证"}
EMPTY = {"cause": "no_links", "detail": "the page shows: 新版首页"}


@pytest.fixture
def sites(tmp_path: Path) -> dict[str, Site]:
    folder = tmp_path / "sites"
    folder.mkdir()
    for name in ("town", "city"):
        head = f'publisher = "{name}"\nrevisit = "6h"\nmin_articles = 0\n'
        lists = [f'[[lists]]\ncolumn = "{column}"\nurl = "http://{name}.example/{column}/"\n' for column in COLUMNS]
        (folder / f"{name}.toml").write_text(head + "".join(lists), "utf-8")
    return {name: site for name, site in load_sites([folder]).items() if name in ("town", "city")}


@pytest.fixture
def house(archive: Archive, sites: dict[str, Site]) -> House:
    return House(archive, sites)


def test_alarm_opens_once_per_column_and_kind_gathers_evidence_and_ends_with_a_note(house: House) -> None:
    house.visit(0, policy=GOOD, events=GOOD)
    assert house.examine().opened == []
    house.visit(6, verdict="no links", policy=EMPTY, events=GOOD)
    house.visit(18, verdict="no links", policy=EMPTY, events=GOOD)
    (opened,) = house.examine().opened
    assert (opened.site, opened.column, opened.kind, opened.frozen) == ("town", "policy", "no links", False)
    assert opened.step
    assert opened.opened_at == house.now
    house.visit(24, verdict="no links", policy={**EMPTY, "detail": "the page shows: 栏目调整"}, events=GOOD)
    again = house.examine()
    assert (again.opened, again.closed) == ([], [])
    (row,) = house.archive.alarms()
    assert (row.id, row.times, row.seen_at) == (opened.id, 2, house.now)
    assert any("栏目调整" in sentence for sentence in row.evidence[:2]), "the newest sentences come first"
    assert any("新版首页" in sentence for sentence in row.evidence)
    house.visit(30, policy={"links": 22, "new": 5}, events=GOOD)
    (closed,) = house.examine().closed
    assert closed.closed_because == "the list was read again 2026-03-03 15:00: 22 links, 5 of them new."
    assert house.archive.alarms() == []
    house.visit(36, verdict="no links", policy=EMPTY, events=GOOD)
    house.visit(48, verdict="no links", policy=EMPTY, events=GOOD)
    (reopened,) = house.examine().opened
    assert reopened.id != opened.id
    assert house.events() == [
        ("alarm opened", "no links", "policy"),
        ("alarm closed", "no links", "policy"),
        ("alarm opened", "no links", "policy"),
    ]


def test_two_columns_with_two_troubles_are_two_alarms(house: House) -> None:
    house.visit(0, policy=GOOD, events=GOOD)
    for hour in (6, 18):
        house.visit(hour, verdict="blocked", policy=EMPTY, events=WALL)
    opened = {(alarm.column, alarm.kind) for alarm in house.examine().opened}
    assert opened == {("policy", "no links"), ("events", "blocked")}


def test_nothing_is_looked_at_twice_until_a_run_ends_or_an_hour_has_passed(house: House) -> None:
    house.visit(0, policy=GOOD)
    assert house.examine().sites == ["town"]
    assert house.examine(0.5).sites == []
    run = house.archive.open_run("town", "manual")
    assert house.examine(0.6).sites == [], "it has not ended"
    house.archive.close_run(run, "ok")
    assert house.examine(0.7).sites == ["town"]
    assert house.examine(1.6).sites == []
    assert house.examine(1.7).sites == ["town"]
    assert house.examine(-5).sites == ["town"], "the clock was set back"


def test_a_hundred_examinations_at_once_open_one_alarm_and_count_it_once(house: House) -> None:
    house.visit(0, policy=GOOD)
    for hour in (6, 12):
        house.visit(hour, verdict="blocked", policy=WALL)
    start = threading.Barrier(10)
    opened: list[Any] = []

    def work() -> None:
        start.wait()
        for _ in range(10):
            opened.extend(house.examine().opened)

    threads = [threading.Thread(target=work) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 1
    (alarm,) = house.archive.alarms(closed=True)
    assert (alarm.times, alarm.closed_at) == (1, None)
    assert len(house.events()) == 1


def test_site_that_cannot_be_diagnosed_is_named_and_the_others_go_on(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for site in ("city", "town"):
        for hour in (0, 6):
            house.visit(hour, site, "blocked", policy=WALL)
    diagnose = examination.diagnose

    def broken(columns: Any, now: datetime) -> Any:
        if columns[0].site == "city":
            raise ZeroDivisionError("no visits")
        return diagnose(columns, now)

    monkeypatch.setattr(examination, "diagnose", broken)
    examined = house.examine()
    assert examined.failed == {"city": "ZeroDivisionError: no visits"}
    assert [alarm.site for alarm in examined.opened] == ["town"]
    health = {state.site: state for state in house.archive.health()}
    assert health["city"].unexamined_because == "ZeroDivisionError: no visits"
    assert [alarm.kind for alarm in health["town"].troubles] == ["blocked"]
    monkeypatch.setattr(examination, "diagnose", diagnose)
    assert [alarm.site for alarm in house.examine(8).opened] == ["city"]
    assert not any(state.unexamined_because for state in house.archive.health())


def test_alarms_of_a_frozen_site_stay_as_they_are_and_what_its_alarm_tells_is_not_told_twice(house: House) -> None:
    house.visit(0, policy=GOOD)
    for hour in (6, 12):
        house.visit(hour, verdict="blocked", policy=WALL)
    house.examine()
    house.archive.freeze("town", "it was sold")
    house.visit(18, verdict="frozen")
    examined = house.examine()
    assert (examined.opened, examined.closed) == ([], [])
    assert {alarm.kind for alarm in house.archive.alarms()} == {"by hand", "blocked"}
    house.archive.close_alarm("town", "thawed by hand")
    house.visit(24, policy=GOOD)
    assert [alarm.kind for alarm in house.examine().closed] == ["blocked"]
    run = house.archive.open_run("town", "manual")
    house.archive.raise_alarm(run, "missing", "9 of 9 known pages are gone", frozen=False)
    gone = {"cause": "gone", "detail": "404"}
    house.archive.close_run(run, "failing", sights=[sight("town", "policy", house.now, **gone)])
    house.visit(36, verdict="failing", policy=gone)
    assert house.examine().opened == []


def test_alarms_end_with_the_column_and_with_the_site(house: House) -> None:
    house.visit(0, policy=GOOD, events=GOOD)
    for hour in (6, 12):
        house.visit(hour, verdict="blocked", policy=WALL, events=GOOD)
        house.visit(hour, "city", "blocked", policy=WALL, events=GOOD)
    house.examine()
    town = house.sites["town"]
    house.sites = {"town": replace(town, lists=town.lists[1:])}
    house.visit(18, events=GOOD)
    ended = {alarm.site: alarm.closed_because for alarm in house.examine().closed}
    assert ended == {"town": "the column is no longer watched.", "city": "the site is no longer watched"}


def keep_watch(house: House, due: float, hour: float) -> None:
    """A scheduler shows that it lives; the column policy is due, every six hours."""
    house.hour = hour
    url = "http://town.example/policy/"
    when = T0 + timedelta(hours=due)
    column = NewColumn("town", url, "policy", "interval", "every 6h", when, "a test", 6 * 3600)
    house.archive.keep_schedules("here", [column])


def test_visits_that_do_not_take_place_are_late_once_who_keeps_watch_had_time_to_catch_up(house: House) -> None:
    house.visit(0, policy=GOOD)
    keep_watch(house, due=6, hour=40)
    assert house.examine().opened == [], "the scheduler has just been started"
    for hour in (40.4, 40.8, 41.1):
        assert house.examine().opened == []
        keep_watch(house, due=6, hour=hour)
    (opened,) = house.examine().opened
    assert (opened.kind, opened.column) == ("late", "policy")
    assert opened.reason.startswith("6 visits")
    house.visit(41.2, policy=GOOD)
    (closed,) = house.examine().closed
    assert closed.closed_because.startswith("it was visited again")


def test_nothing_is_late_where_nobody_keeps_watch_or_the_machine_slept(house: House) -> None:
    house.visit(0, policy=GOOD)
    keep_watch(house, due=6, hour=5)
    house.examine()
    assert house.examine(40).opened == [], "no sign of life since"
    keep_watch(house, due=6, hour=60)
    assert house.examine().opened == [], "it woke just now"


def test_who_knows_of_fewer_runs_changes_nothing(house: House) -> None:
    house.visit(0, policy=GOOD)
    (stale,) = house.archive.due_examinations(house.now, timedelta(hours=1))
    for hour in (6, 12):
        house.visit(hour, verdict="blocked", policy=WALL)
    house.examine()
    settled = house.archive.settle(stale, [], run_of=lambda column: None, over=lambda alarm: "over")
    assert settled.outdated
    assert len(house.archive.alarms()) == 1


def test_articles_of_a_column_are_read_once_and_then_only_what_was_added(
    house: House, monkeypatch: pytest.MonkeyPatch, make_times: Callable[..., Any]
) -> None:
    asked: list[int] = []
    times = make_times(5)

    def published(self: Archive, site: str, column: str, *, after: int = 0, limit: int = 3000) -> Any:
        asked.append(after)
        return [row for row in times if row[0] > after] if column == "policy" else []

    monkeypatch.setattr(Archive, "published", published)
    seen: list[int] = []
    monkeypatch.setattr(
        examination, "diagnose", lambda columns, now: seen.extend(len(one.published) for one in columns) or []
    )
    house.visit(0, policy=GOOD)
    house.examine()
    times += make_times(7)[5:]
    house.visit(6, policy=GOOD)
    house.examine()
    assert (asked, seen) == ([0, 5], [5, 7])


@pytest.fixture
def make_times() -> Callable[[int], list[tuple[int, None, datetime]]]:
    return lambda count: [(number, None, T0 - timedelta(days=number)) for number in range(1, count + 1)]
