"""What is due is stored, claimed once and made up for once, whatever befalls scheduler, clock and database."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from archive.clock import SHANGHAI, shanghai
from archive.errors import DatabaseUnavailable
from scheduler.runner import CrawlOptions
from seeds.load import load_site

HOURLY = 'every = "1h"\njitter = "0s"'
MINUTE = timedelta(minutes=1)


def test_new_columns_are_visited_soon_and_not_all_at_once(newsrooms: Any) -> None:
    for number in range(30):
        newsrooms.site(f"town{number}")
    begun = newsrooms.now
    newsrooms.watch()
    first = sorted(row.next_due_at for row in newsrooms.archive.schedules())
    assert len(first) == 30
    assert begun <= first[0] < first[-1] <= begun + timedelta(seconds=150)
    assert len(set(first)) == 30


def test_a_run_takes_the_columns_that_are_due_together_and_says_which(newsrooms: Any) -> None:
    newsrooms.site("donghu", HOURLY, "", "", 'cron = "0 20 * * *"')
    table = newsrooms.watch()
    newsrooms.sleep(minutes=3)
    (assignment,) = table.claim(4, ())
    assert assignment.site == "donghu"
    assert assignment.lists == ("http://donghu.example/1/", "http://donghu.example/2/")
    assert assignment.options == CrawlOptions(
        kind="scheduled", lists=assignment.lists, planned_at=assignment.planned_at
    )
    assert len(assignment.slots) == 2
    assert table.claim(4, ()) == [], "each slot is given out once"
    newsrooms.end(table, assignment)
    assert [slot.state for slot in newsrooms.archive.slots()] == ["ended", "ended"]
    assert newsrooms.row("donghu").last_verdict == "ok"
    assert newsrooms.row("donghu", 3).next_due_at == datetime(2026, 11, 16, 20, tzinfo=SHANGHAI)


def test_all_columns_together_are_the_whole_site(newsroom: Any) -> None:
    newsroom.site("donghu", HOURLY, "", "")
    table = newsroom.watch()
    newsroom.sleep(minutes=3)
    (assignment,) = table.claim(1, ())
    assert (assignment.lists, len(assignment.slots)) == ((), 2)


def test_busy_sites_and_full_hands_wait(newsroom: Any) -> None:
    for name in ("donghu", "xihu", "nanhu"):
        newsroom.site(name, HOURLY)
    table = newsroom.watch()
    newsroom.sleep(minutes=3)
    assert table.claim(0, ()) == []
    (first,) = table.claim(1, ())
    rest = table.claim(5, {first.site})
    assert {first.site, *(one.site for one in rest)} == {"donghu", "xihu", "nanhu"}
    assert first.planned_at <= min(one.planned_at for one in rest), "what has waited longest goes first"


def test_an_interval_keeps_its_moments_whatever_the_runs_take(newsroom: Any) -> None:
    newsroom.site("donghu", HOURLY)
    done = newsroom.work(newsroom.watch(), hours=6)
    planned = [assignment.planned_at for _, assignment in done][1:]
    assert {later - earlier for earlier, later in pairwise(planned)} == {timedelta(hours=1)}
    assert len(planned) in (5, 6)


def test_missed_visits_are_recorded_and_caught_up_once(newsrooms: Any) -> None:
    newsrooms.site("donghu", HOURLY)
    newsrooms.work(newsrooms.watch(), hours=2)
    newsrooms.sleep(hours=72)
    done = newsrooms.work(newsrooms.watch("another life"), minutes=1)
    assert len(done) == 1, "one catch-up for three days"
    (missed,) = newsrooms.slots("missed")
    assert missed.count == 71
    assert newsrooms.now < newsrooms.row("donghu").next_due_at <= newsrooms.now + timedelta(hours=1)


def test_what_passes_during_a_run_is_recorded_and_caught_up_once(newsroom: Any) -> None:
    newsroom.site("donghu", 'every = "1m"\njitter = "0s"')
    table = newsroom.watch()
    newsroom.work(table, minutes=3)
    newsroom.sleep(minutes=1)
    (assignment,) = table.claim(1, ())
    newsroom.sleep(minutes=5)
    newsroom.end(table, assignment)
    (late,) = table.claim(1, ())
    assert late.planned_at < newsroom.now - 4 * MINUTE
    assert newsroom.slots("missed")[-1].count == 4
    newsroom.end(table, late)
    assert table.next_due() > newsroom.now


def test_the_plan_outlives_the_scheduler(newsroom: Any) -> None:
    newsroom.site("donghu", "", "", 'every = "2h"', 'cron = "30 8 * * *"')
    newsroom.work(newsroom.watch(), hours=30)
    before = [(row.next_due_at, row.why) for row in newsroom.archive.schedules()]
    newsroom.watch("next life")
    assert [(row.next_due_at, row.why) for row in newsroom.archive.schedules()] == before


def test_slots_of_a_dead_scheduler_are_taken_over_within_90_seconds_and_once(newsrooms: Any) -> None:
    newsrooms.site("donghu", HOURLY)
    first, second = newsrooms.watch("first"), newsrooms.watch("second")
    newsrooms.sleep(minutes=3)
    first.refresh()
    (lost,) = first.claim(1, ())
    second.refresh()
    assert second.claim(1, ()) == []
    died = newsrooms.now
    while not (taken := second.claim(1, ())):
        newsrooms.sleep(seconds=5)
        if (newsrooms.now - died).seconds % 30 == 0:
            second.refresh()
        assert newsrooms.now - died <= timedelta(seconds=90)
    assert newsrooms.now - died >= timedelta(seconds=60), "a living one is not robbed"
    (slot,) = newsrooms.slots("lost")
    assert slot.id == lost.slots[0]
    newsrooms.end(second, taken[0])
    newsrooms.end(first, lost)  # it was only asleep
    assert [slot.state for slot in newsrooms.slots("ended")] == ["ended"]
    assert newsrooms.row("donghu").next_due_at > newsrooms.now


def test_a_scheduler_whose_clock_differs_is_alive_while_it_gives_signs(newsroom: Any) -> None:
    newsroom.site("donghu", HOURLY)
    here, there = newsroom.watch("here"), newsroom.watch("there")
    newsroom.sleep(minutes=3)
    (run,) = there.claim(1, ())
    for _ in range(8):
        newsroom.set_clock(minutes=-4)
        there.refresh()
        newsroom.set_clock(minutes=4)
        here.refresh()
        newsroom.sleep(seconds=30)
    assert newsroom.slots("lost") == []
    newsroom.end(there, run)


def test_a_process_that_is_gone_from_this_machine_is_not_waited_for(newsroom: Any) -> None:
    newsroom.site("donghu", HOURLY)
    table, dead = newsroom.watch("alive"), newsroom.watch("dead")
    newsroom.sleep(minutes=3)
    dead.refresh()
    dead.claim(1, ())
    from sqlalchemy import text

    with newsroom.archive.database.write() as connection:
        connection.execute(text("UPDATE instance SET process_started = '1' WHERE name = 'dead'"))
    table.refresh()
    assert len(newsroom.slots("lost")) == 1
    assert [one.gone for one in newsroom.archive.instances()] == [False, True]


def test_what_a_former_life_of_the_same_name_had_claimed_is_taken_over_at_once(newsroom: Any) -> None:
    newsroom.site("donghu", HOURLY)
    table = newsroom.watch()
    newsroom.sleep(minutes=3)
    table.claim(1, ())
    again = newsroom.watch()
    assert len(newsroom.slots("lost")) == 1
    assert len(again.claim(1, ())) == 1


def test_a_scheduler_that_leaves_hands_back_what_it_had(newsroom: Any) -> None:
    newsroom.site("donghu", HOURLY)
    table, other = newsroom.watch("leaving"), newsroom.watch("staying")
    newsroom.sleep(minutes=3)
    table.claim(1, ())
    table.leave()
    assert [one.name for one in newsroom.archive.instances()] == ["staying"]
    other.refresh()
    assert len(other.claim(1, ())) == 1


def test_a_failing_site_backs_off_to_once_a_day_and_comes_back_at_once(newsroom: Any) -> None:
    newsroom.site("donghu", HOURLY)
    table = newsroom.watch()
    newsroom.work(table, hours=3)
    failed = newsroom.work(table, "blocked", days=8)
    hours = [round((later - earlier) / timedelta(hours=1)) for (earlier, _), (later, _) in pairwise(failed)]
    assert hours[:6] == [1, 2, 4, 8, 16, 24]
    assert set(hours[6:]) == {24}
    assert newsroom.row("donghu").failures == len(failed)
    assert "visits in a row failed (blocked): looked at again after 1d" in newsroom.row("donghu").why
    newsroom.sleep(hours=24)
    good = newsroom.work(table, hours=5)
    assert newsroom.row("donghu").failures == 0
    assert len(good) >= 5, "the first good run is back at the plan"


@pytest.mark.parametrize("verdict", ["held", "interrupted"])
def test_a_visit_that_did_not_take_place_is_no_failure_and_soon_tried_again(newsroom: Any, verdict: str) -> None:
    newsroom.site("donghu", HOURLY)
    table = newsroom.watch()
    newsroom.sleep(minutes=3)
    (assignment,) = table.claim(1, ())
    newsroom.end(table, assignment, verdict)
    row = newsroom.row("donghu")
    assert (row.failures, row.last_visit_at) == (0, None)
    assert newsroom.now + MINUTE <= row.next_due_at <= newsroom.now + 10 * MINUTE


def test_rows_follow_the_site_files(newsrooms: Any) -> None:
    newsrooms.site("donghu", HOURLY, "", "")
    newsrooms.site("xihu", HOURLY)
    table = newsrooms.watch()
    newsrooms.site("donghu", 'cron = "30 8 * * *"')
    newsrooms.site("xihu", HOURLY, head="enabled = false")
    table.refresh()
    assert newsrooms.row("donghu").next_due_at == datetime(2026, 11, 17, 8, 30, tzinfo=SHANGHAI)
    assert newsrooms.row("donghu", 2).next_due_at is None
    assert newsrooms.row("donghu", 2).why == "no longer in the site files"
    assert "switched off" in newsrooms.row("xihu").why
    newsrooms.site("xihu", HOURLY)
    table.refresh()
    assert newsrooms.row("xihu").next_due_at is not None
    assert newsrooms.row("xihu").why == "watched again"


def test_a_night_of_the_settings_changes_the_plan(newsroom: Any) -> None:
    newsroom.site("donghu", HOURLY)
    newsroom.work(newsroom.watch(), hours=2)
    newsroom.set(night="10:30-16:00")
    newsroom.watch("again")
    row = newsroom.row("donghu")
    assert row.rule == "every 1h, jitter 0s, night 10:30-16:00"
    assert shanghai(row.next_due_at).hour == 16


def test_a_clock_set_back_makes_no_visit_twice_and_nothing_waits_for_hours(newsrooms: Any) -> None:
    newsrooms.site("donghu", HOURLY)
    newsrooms.site("xihu", "adaptive = true", head='revisit = "1h"')
    table = newsrooms.watch()
    newsrooms.work(table, hours=5)
    newsrooms.set_clock(hours=-1)
    table.refresh()
    done = newsrooms.work(table, hours=3)
    ended = [(slot.schedule_id, slot.planned_at) for slot in newsrooms.slots("ended")]
    assert len(ended) == len(set(ended))
    hourly = [at for at, assignment in done if assignment.site == "donghu"]
    assert len(hourly) in (2, 3)
    (one,) = newsrooms.archive.instances()
    assert (one.jumps, one.last_jump.partition("UTC: ")[2]) == (1, "the clock went 1h back")


def test_a_clock_that_was_a_day_ahead_does_not_stop_the_visits_when_it_is_put_right(newsroom: Any) -> None:
    newsroom.site("donghu", HOURLY)
    newsroom.site("xihu", "adaptive = true", head='revisit = "1h"')
    table = newsroom.watch()
    newsroom.set_clock(hours=24)
    newsroom.work(table, hours=10)
    newsroom.set_clock(hours=-24)
    table.refresh()
    assert {assignment.site for _, assignment in newsroom.work(table, hours=2)} >= {"donghu"}
    newsroom.set_clock(hours=-5)  # and once more, over hours that have had their visits
    table.refresh()
    assert len(newsroom.work(table, hours=4)) >= 3
    assert max(row.next_due_at for row in newsroom.archive.schedules()) < newsroom.now + timedelta(hours=13)


def test_a_jump_forward_is_told_and_caught_up_once(newsroom: Any, caplog: Any) -> None:
    newsroom.site("donghu", HOURLY)
    table = newsroom.watch()
    newsroom.work(table, hours=2)
    newsroom.set_clock(hours=8)
    with caplog.at_level(logging.WARNING):
        done = newsroom.work(table, minutes=1)
    assert len(done) == 1
    assert "the clock went 8h forward (or the machine slept)" in caplog.text
    assert [slot.count for slot in newsroom.slots("missed")] == [7]


def test_without_a_database_nothing_is_half_done_and_nothing_forgotten(newsrooms: Any, no_database: Any) -> None:
    newsrooms.site("donghu", HOURLY)
    newsrooms.site("xihu", HOURLY)
    table = newsrooms.watch()
    newsrooms.sleep(minutes=3)
    first, second = table.claim(2, ())
    with no_database():
        for call in (table.refresh, lambda: newsrooms.end(table, first)):
            with pytest.raises(DatabaseUnavailable):
                call()
    newsrooms.sleep(minutes=10)
    table.refresh()
    states = {slot.id: slot.state for slot in newsrooms.archive.slots()}
    assert states == {first.slots[0]: "ended", second.slots[0]: "claimed"}
    newsrooms.end(table, second)
    assert len(newsrooms.slots("ended")) == 2


def test_old_slots_are_forgotten(newsroom: Any) -> None:
    newsroom.site("donghu", 'every = "6h"')
    newsroom.set(keep_slots_days=10)
    table = newsroom.watch()
    newsroom.work(table, days=3)
    newsroom.sleep(days=15)
    newsroom.work(table, minutes=1)
    table.refresh()
    assert len(newsroom.archive.slots()) == 2, "the catch-up, and what it stands for"


def test_a_thousand_columns_take_two_reads_and_one_write_to_refresh(newsroom: Any) -> None:
    lists = "".join(f'[[lists]]\ncolumn = "第{n}栏"\nurl = "/{n}/"\nevery = "6h"\n' for n in range(1000))
    file = newsroom.folder / "large.toml"
    file.write_text(f'publisher = "大报"\nbase_url = "http://large.example/"\n{lists}', "utf-8")
    newsroom.sites["large"] = load_site(file)
    table = newsroom.watch()
    from sqlalchemy import event

    said: list[str] = []
    engines = {newsroom.archive.database._writer, newsroom.archive.database._reader}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", lambda *args: said.append(args[2]))
    table.refresh()
    assert len([one for one in said if not one.startswith("BEGIN")]) <= 8
    said.clear()
    assert table.claim(3, ()) == []
    assert len(said) <= 4
