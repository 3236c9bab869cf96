"""The visit plan over the archive: what it learns of visits, and the limits that hold whatever it wants."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from archive.clock import SHANGHAI, shanghai
from archive.visits import NewArticle, VisitRow
from config.settings import ScheduleSettings
from scheduler.adaptive import Places, grouped, is_good, seen
from scheduler.watched import watched_columns

HOUR = timedelta(hours=1)


def at(day: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


def visits_of(newsroom: Any) -> list[VisitRow]:
    found: list[VisitRow] = list(newsroom.archive.visits(newsroom.sites, newsroom.now - timedelta(days=60)))
    return found


def test_a_visit_is_what_a_run_has_seen_of_a_column_with_the_articles_it_found(newsrooms: Any) -> None:
    newsrooms.site("donghu", "", "", "")
    run = newsrooms.visited("donghu", at(16, 8, 30), at(15, 17))
    newsrooms.sleep(hours=1)
    newsrooms.visited("donghu", at(16, 9, 20), column=2, precision="day", kind="scheduled")
    newsrooms.sleep(hours=1)
    newsrooms.visited("donghu", unchanged=True)
    first, second, third = visits_of(newsrooms)
    assert (first.run_id, first.kind, first.column, first.links, first.cause) == (run, "manual", "第1栏", 2, "")
    assert first.urls == ["http://donghu.example/1/"]
    assert {article.published_at for article in first.articles} == {at(16, 8, 30), at(15, 17)}
    assert (second.column, second.kind, second.articles[0].precision) == ("第2栏", "scheduled", "day")
    assert (third.links, third.articles, third.at) == (None, [], newsrooms.now), "nothing new is knowledge too"
    assert list(newsrooms.archive.visits(["xihu"], at(1))) == []


def test_visits_are_told_once_after_their_runs_have_ended(newsrooms: Any) -> None:
    newsrooms.site("donghu")
    newsrooms.visited("donghu", at(16, 8))
    told, mark = newsrooms.archive.visits_after(None)
    assert told == [], "what was before is read as history"
    newsrooms.sleep(minutes=10)
    going_on = newsrooms.archive.open_run("xihu", "manual")
    newsrooms.visited("donghu", at(16, 9))
    told, mark = newsrooms.archive.visits_after(mark)
    assert [(visit.site, len(visit.articles)) for visit in told] == [("donghu", 1)]
    assert mark.running == {going_on.run_id}
    newsrooms.archive.close_run(going_on, "ok")
    newsrooms.sleep(minutes=10)
    again = newsrooms.visited("donghu", at(16, 9, 15))
    told, mark = newsrooms.archive.visits_after(mark)
    assert [visit.run_id for visit in told] == [again]
    assert newsrooms.archive.visits_after(mark)[0] == []


def test_stamps_are_seconds_and_a_day_alone_is_its_midnight() -> None:
    visit = VisitRow("donghu", "要闻", 7, "manual", "ok", at(16, 10), links=4)
    visit.articles = [
        NewArticle(at(16, 9, 30), "minute", None),
        NewArticle(at(16, 0), "day", at(16).date()),
        NewArticle(None, None, at(15).date()),
        NewArticle(None, None, None),
    ]
    told = seen(visit)
    assert told.stamps == [at(16, 9, 30).timestamp(), at(16, 0).timestamp(), at(15, 0).timestamp(), None]
    assert (told.t, told.n_new, told.overflow) == (at(16, 10).timestamp(), 4, True)


def test_a_visit_that_showed_nothing_to_believe_teaches_nothing() -> None:
    visit = VisitRow("donghu", "要闻", 7, "manual", "ok", at(16))
    assert is_good(visit)
    visit.verdict = "hijacked"
    assert not is_good(visit)
    visit.verdict, visit.cause = "failing", "no_links"
    assert not is_good(visit)


def test_a_visit_belongs_to_the_column_of_its_address_or_of_its_name(newsroom: Any) -> None:
    newsroom.site("donghu", "", "", "")
    places = Places(watched_columns(newsroom.sites, newsroom.settings.schedule))
    visit = VisitRow("donghu", "第2栏", 7, "manual", "ok", at(16), urls=["http://donghu.example/api?page=1"])
    assert places.key_of(visit) == ("donghu", "http://donghu.example/2/")
    visit.urls.append("http://donghu.example/1/")
    assert places.key_of(visit) == ("donghu", "http://donghu.example/1/")
    visit.site = "xihu"
    assert places.key_of(visit) is None


def publish(newsroom: Any, table: Any, name: str, hours: range, days: int) -> list[datetime]:
    """A column that has one article at the half of each of these hours on working days, visited by the plan."""
    visits, end = [], newsroom.now + timedelta(days=days)
    last = newsroom.now
    while newsroom.now < end:
        due = table.next_due()
        newsroom.sleep(seconds=max(1.0, (due - newsroom.now).total_seconds()))
        for assignment in table.claim(9, ()):
            published, moment = [], last.replace(minute=30, second=0, microsecond=0)
            while moment < newsroom.now:
                if moment > last and moment.weekday() < 5 and moment.astimezone(SHANGHAI).hour in hours:
                    published.append(moment)
                moment += HOUR
            assert assignment.site == name
            visits.append(newsroom.now)
            newsroom.end(table, assignment, run=newsroom.visited(name, *published, kind="scheduled"))
            last = newsroom.now
    return visits


def test_visits_move_to_the_hours_in_which_a_column_publishes_and_a_restart_changes_nothing(newsroom: Any) -> None:
    newsroom.site("donghu", "visits_per_day = 8", head='revisit = "3h"')
    visits = publish(newsroom, newsroom.watch(), "donghu", range(8, 12), 11)
    later = [shanghai(moment) for moment in visits if moment > visits[0] + timedelta(days=7)]
    at_work = [moment for moment in later if 8 <= moment.hour <= 13]
    assert len(at_work) > 0.5 * len(later), "a quarter of the day gets more than half of the visits"
    before = newsroom.row("donghu").next_due_at
    again = newsroom.watch("next life")
    assert newsroom.row("donghu").next_due_at == before
    visits = publish(newsroom, again, "donghu", range(8, 12), 1)
    assert len([moment for moment in visits if 8 <= shanghai(moment).hour <= 13]) > 0.5 * len(visits)


def test_limits_hold_whatever_the_plan_wants(newsroom: Any) -> None:
    newsroom.site(
        "donghu", 'night = "22:00-07:00"\ndays = "workdays"\nvisits_per_day = 6', "", "", head='revisit = "2h"'
    )
    newsroom.set(visits_per_day=200, longest_gap_factor=2)
    done = newsroom.work(newsroom.watch(), days=12)
    moments = [shanghai(moment) for moment, _ in done]
    assert all(7 <= moment.hour < 22 and moment.weekday() < 5 for moment in moments)
    by_day: dict[Any, int] = {}
    for moment, assignment in done:
        day = shanghai(moment).date()
        by_day[day] = by_day.get(day, 0) + len(assignment.slots)
    assert max(by_day.values()) <= 7, "six, and what the night moved into the morning"
    assert sum(by_day.values()) / len(by_day) <= 6.2


def test_a_quiet_column_is_not_left_alone_for_longer_than_some_rhythms(newsroom: Any) -> None:
    newsroom.site("donghu", head='revisit = "6h"')
    newsroom.set(longest_gap_factor=2)
    moments = [moment for moment, _ in newsroom.work(newsroom.watch(), days=10)]
    assert max(later - earlier for earlier, later in pairwise(moments)) <= timedelta(hours=12, minutes=1)


def test_a_visit_by_hand_counts(newsroom: Any) -> None:
    newsroom.site("donghu", 'every = "6h"\njitter = "0s"', "", "adaptive = true")
    table = newsroom.watch()
    newsroom.work(table, hours=7)
    due = newsroom.row("donghu").next_due_at
    newsroom.sleep(seconds=(due - newsroom.now).total_seconds() - 600)
    newsroom.visited("donghu", at(16, 14))
    planned = newsroom.row("donghu", 2).next_due_at
    newsroom.visited("donghu", at(16, 14), column=2)
    table.refresh()
    row, other = newsroom.row("donghu"), newsroom.row("donghu", 2)
    assert row.last_visit_at == newsroom.now
    assert row.next_due_at == due + timedelta(hours=6), "ten minutes after a visit there is none"
    assert "has looked already" in row.why
    assert other.last_visit_at == newsroom.now
    assert other.next_due_at != planned


def test_of_a_run_whose_one_list_failed_the_others_keep_their_plan(newsroom: Any) -> None:
    newsroom.site("donghu", 'every = "1h"\njitter = "0s"', "", "")
    table = newsroom.watch()
    newsroom.work(table, hours=2)
    for _ in range(4):
        newsroom.sleep(minutes=70)
        (assignment, *rest) = table.claim(2, ())
        assert not rest
        run = newsroom.visited("donghu", column=1, kind="scheduled", verdict="no links")
        newsroom.end(table, assignment, "no links", run)
    assert newsroom.row("donghu", 1).failures == 0
    assert newsroom.row("donghu", 2).failures >= 2
    assert {slot.run_id for slot in newsroom.slots("ended")[-2:]} == {run}


def test_the_budget_is_what_the_declared_rhythms_amount_to_unless_somebody_says_otherwise(newsroom: Any) -> None:
    newsroom.site("donghu", "", "", "", head='revisit = "6h"')
    newsroom.site("xihu", "visits_per_day = 10", "", 'cron = "0 9 * * *"', head='revisit = "1d"')

    def budgets(**values: Any) -> tuple[float, float]:
        newsroom.set(**values)
        groups = grouped(watched_columns(newsroom.sites, newsroom.settings.schedule), newsroom.settings.schedule)
        assert len(groups) == 3, "crontab has no part in it"
        return tuple(groups[name, f"http://{name}.example/1/"].budget for name in ("donghu", "xihu"))

    assert budgets() == (8, 10)
    assert budgets(visits_per_day_per_site=3) == (3, 10)
    assert budgets(visits_per_day=36) == (16, 10), "a site's own is the most it gets"
    assert budgets(visits_per_day=9) == (4, 5)


def test_other_settings_and_other_columns_make_another_plan_without_a_restart(newsroom: Any) -> None:
    newsroom.site("donghu", head='revisit = "6h"')
    table = newsroom.watch()
    newsroom.work(table, days=2)
    due = newsroom.row("donghu").next_due_at
    newsroom.site("xihu", head='revisit = "6h"')
    table.refresh()
    assert newsroom.row("donghu").next_due_at == due, "what is promised stays"
    assert newsroom.row("xihu").next_due_at is not None
    few = len(newsroom.work(table, days=2))
    table.settings = ScheduleSettings(visits_per_day=40)
    table.refresh()
    assert len(newsroom.work(table, days=2)) > 2 * few
