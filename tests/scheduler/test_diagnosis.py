"""The diagnosis: each kind is raised when due and not without need, and over when the column is well again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scheduler.diagnosis import ColumnHistory, Finding, Sight, diagnose

START = datetime(2026, 3, 2, 0, tzinfo=UTC)
FULL = {"title": 1.0, "published_at": 1.0, "source": 0.9, "author": 0.5, "body": 1.0}


def good(at: datetime, new: int = 1, **about: object) -> Sight:
    """A visit that read the list and its new articles."""
    fields = FULL if new else {}
    sight = Sight(at, "ok", 20, new, new, fields, 800.0 if new else None, at if new else None, "", "")
    return replace(sight, **about)  # type: ignore[arg-type]


def bad(at: datetime, cause: str, verdict: str = "failing", links: int | None = None) -> Sight:
    return Sight(at, verdict, links, 0, 0, {}, None, None, cause, f"seen: {cause}")


def visits(sights: Sequence[Sight], *, name: str = "通知公告", since: datetime = START) -> ColumnHistory:
    """The history of a column by its visits: one article was published for each new link that was read."""
    published = [sight.at for sight in sights if sight.read for _ in range(sight.new)]
    return ColumnHistory("quality", name, "http://quality.example/tz/", sights, published, (), since)


def well(count: int = 40, hours: float = 6, new: int = 1) -> list[Sight]:
    return [good(START + timedelta(hours=hours * number), new) for number in range(count)]


def then(sights: list[Sight], *causes: str, hours: float = 6) -> list[Sight]:
    """After these visits, one for each cause; an empty cause is a good one."""
    for cause in causes:
        at = sights[-1].at + timedelta(hours=hours)
        sights = [*sights, bad(at, cause) if cause else good(at)]
    return sights


def found(*columns: ColumnHistory) -> list[Finding]:
    return diagnose(columns, max(column.sights[-1].at for column in columns if column.sights))


def kinds(*columns: ColumnHistory) -> list[tuple[str, str]]:
    return [(finding.column, finding.kind) for finding in found(*columns)]


LISTS = {
    "blocked": "blocked",
    "no_links": "no links",
    "robots": "robots",
    "soft_404": "soft 404",
    "gone": "moved",
}


@pytest.mark.parametrize("cause", LISTS)
def test_a_list_that_cannot_be_read_twice_is_told_and_one_good_reading_ends_it(cause: str) -> None:
    assert kinds(visits(then(well(), cause))) == []
    ill = then(well(), cause, cause, hours=12)
    (finding,) = found(visits(ill))
    assert (finding.column, finding.kind) == ("通知公告", LISTS[cause])
    assert "at each of the last 2 visits" in finding.reason and finding.step
    assert any(f"seen: {cause}" in sentence for sentence in finding.evidence)
    assert kinds(visits(then(ill, ""))) == []


def test_a_hiccup_is_no_ailment_and_a_day_without_an_answer_is() -> None:
    assert kinds(visits(then(well(), "timeout", "http", "timeout", hours=1))) == []
    assert kinds(visits(then(well(), "blocked", "blocked", hours=1))) == [], "two visits within an hour are one"
    assert kinds(visits(then(well(), "timeout", "http", "unreachable", hours=10))) == []
    assert kinds(visits(then(well(), "timeout", "http", "unreachable", hours=12))) == [("通知公告", "failing")]


@pytest.mark.parametrize("cause", ["no_links", "soft_404"])
def test_a_page_that_is_mended_overnight_is_no_ailment(cause: str) -> None:
    assert kinds(visits(then(well(), cause, cause, hours=11))) == []
    assert kinds(visits(then(well(), cause, cause, cause, hours=6))) != []
    # An odd visit of the day before does not make one trouble into one that comes and goes.
    ill = then(then(well(), "timeout", "", hours=6), cause, cause, hours=12)
    assert kinds(visits(ill)) != [] and kinds(visits(then(ill, ""))) == []


def test_a_page_of_no_links_without_a_cause_is_told() -> None:
    last = well()
    empty = [good(last[-1].at + timedelta(hours=12 * n), 0, links=0) for n in (1, 2)]
    assert kinds(visits([*last, *empty])) == [("通知公告", "no links")]


def test_a_wall_that_comes_and_goes_is_one_alarm_until_it_has_gone() -> None:
    sights = well()
    told = []
    for cause in ("blocked", "", "blocked", "blocked", "", "blocked", "blocked", "", "", "blocked", "blocked"):
        sights = then(sights, cause)
        told.append(bool(kinds(visits(sights))))
    assert told == [False, False, False, True, True, True, True, True, True, True, True]
    (finding,) = found(visits(sights))
    assert finding.kind == "blocked" and "of the last" in finding.reason
    assert kinds(visits(then(sights, "", "", ""))) != []
    assert kinds(visits(then(sights, "", "", "", ""))) == []


def test_what_is_foreign_is_told_at_once_and_stays_while_the_site_is_frozen() -> None:
    at = well()[-1].at
    taken = [*well(), bad(at + timedelta(hours=6), "foreign", "hijacked")]
    (finding,) = found(visits(taken))
    assert (finding.kind, finding.severity) == ("hijacked", 1)
    frozen = [*taken, bad(at + timedelta(hours=12), "", "frozen")]
    assert kinds(visits(frozen)) == [("通知公告", "hijacked")]
    assert kinds(visits([*frozen, good(at + timedelta(hours=18))])) == []


def test_runs_that_broke_off_say_nothing_of_a_column() -> None:
    at = well()[-1].at
    silent = [
        bad(at + timedelta(hours=6 * n), "", verdict) for n, verdict in enumerate(("held", "failed", "frozen"), 1)
    ]
    assert kinds(visits([*well(), *silent])) == []


def test_what_befalls_all_columns_is_told_once_for_the_site() -> None:
    names = ("要闻", "通知公告", "标准")
    ill = [visits(then(well(), "blocked", "blocked"), name=name) for name in names]
    (finding,) = found(*ill)
    assert (finding.column, finding.kind, finding.severity) == ("", "blocked", 1)
    assert "all 3 columns" in finding.reason
    falling = [*ill[:2], visits(then(well(), "blocked"), name="标准")]
    assert kinds(*falling) == [("", "blocked")], "the third has met the same once"
    apart = [*ill[:2], visits(well(), name="标准")]
    assert sorted(kinds(*apart)) == [("要闻", "blocked"), ("通知公告", "blocked")]


def test_columns_not_visited_since_a_site_is_well_again_open_no_alarms_of_their_own() -> None:
    names = ("要闻", "通知公告", "标准")
    ill = [visits(then(well(), "blocked", "blocked"), name=name) for name in names]
    mended = visits(then(well(), "blocked", "blocked", ""), name="要闻")
    (finding,) = found(mended, *ill[1:])
    assert (finding.column, finding.kind) == ("", "blocked") and "read well again: 要闻" in finding.evidence[0]
    assert kinds(mended, replace(mended, column="通知公告"), ill[2]) == [("", "blocked")]
    seen_since = visits(then(well(), "blocked", "blocked", "blocked", hours=6.5), name="通知公告")
    assert sorted(kinds(mended, seen_since, ill[2])) == [("标准", "blocked"), ("通知公告", "blocked")]


def test_columns_without_articles_since_a_drift_of_the_site_was_mended_stay_with_it() -> None:
    at = well()[-1].at
    bare = [good(at + timedelta(hours=6 * n), fields={**FULL, "title": 0.0}) for n in range(1, 13)]
    well_again = [good(bare[-1].at + timedelta(hours=6 * n), 3) for n in (1, 2)]
    waiting = [good(sight.at, 0) for sight in well_again]
    columns = [visits([*well(), *bare, *waiting], name="要闻"), visits([*well(), *bare, *well_again], name="标准")]
    assert kinds(*columns) == [("", "drift")]
    assert kinds(*(visits([*well(), *bare, *well_again], name=name) for name in ("要闻", "标准"))) == []


def test_a_field_that_has_come_back_is_not_missed_again() -> None:
    at = well()[-1].at
    # Two of three articles have an author here; for a week none had.
    often = [good(sight.at, 3, fields={**FULL, "author": (0.67, 1.0, 0.33)[n % 3]}) for n, sight in enumerate(well())]
    bare = [good(at + timedelta(hours=6 * n), 3, fields={**FULL, "author": 0.0}) for n in range(1, 13)]
    assert kinds(visits([*often, *bare])) == [("通知公告", "drift")]
    back = [good(at + timedelta(hours=6 * 13), 3, fields={**FULL, "author": 0.67})]
    odd = [good(at + timedelta(hours=6 * n), 1, fields={**FULL, "author": 0.0}) for n in (14, 15)]
    assert kinds(visits([*often, *bare, *back, *odd])) == []


def test_runs_without_proof_of_completeness_are_told_when_they_repeat() -> None:
    at = well()[-1].at
    gaps = [good(at + timedelta(hours=6 * n), verdict="gap possible", detail="stopped at page 50") for n in (1, 2, 3)]
    assert kinds(visits([*well(), *gaps[:2]])) == []
    (finding,) = found(visits([*well(), *gaps]))
    assert finding.kind == "gap" and "zhiwen crawl quality --backfill" in finding.step
    assert kinds(visits([*well(), *gaps, good(at + timedelta(hours=24))])) == []


def test_visits_that_did_not_take_place_are_told_when_they_are_late() -> None:
    column = visits(well())
    last = column.sights[-1].at
    due = replace(column, visits_planned=(last + timedelta(hours=6), last + timedelta(hours=7)))
    assert diagnose([due], last + timedelta(hours=7)) == []
    (finding,) = diagnose([due], last + timedelta(hours=9))
    assert finding.kind == "late" and finding.reason.startswith("2 visits")
    one = replace(column, visits_planned=due.visits_planned[:1])
    assert diagnose([one], last + timedelta(hours=9)) == []
    assert [finding.kind for finding in diagnose([one], last + timedelta(hours=40))] == ["late"]


def test_a_list_of_nothing_but_new_links_that_lead_nowhere_is_told_at_once() -> None:
    at = well()[-1].at + timedelta(hours=6)
    strange = good(at, 45, links=45, read=2, fields=FULL)
    (finding,) = found(visits([*well(), strange]))
    assert finding.kind == "drift" and "45 of the 45 links" in finding.reason
    later = good(at + timedelta(hours=6), 0, links=45)
    assert kinds(visits([*well(), strange, later])) == [("通知公告", "drift")]
    assert kinds(visits([*well(), strange, later, good(at + timedelta(hours=12), 2)])) == []
    moved = good(at, 20, read=20)
    assert kinds(visits([*well(), moved])) == [], "new addresses, but articles: the site has moved them"


def test_a_list_that_shows_far_fewer_links_is_told_and_a_short_one_is_not() -> None:
    at = well()[-1].at
    few = [good(at + timedelta(hours=6 * n), 0, links=5) for n in (1, 2)]
    assert kinds(visits([*well(), few[0]])) == []
    assert kinds(visits([*well(), *few])) == [("通知公告", "drift")]
    assert kinds(visits([*well(), *few, good(at + timedelta(hours=18))])) == []
    changing = [good(sight.at, links=4 + number % 20) for number, sight in enumerate(well())]
    assert kinds(visits([*changing, *few])) == []


def test_a_list_that_was_always_as_long_is_told_of_a_quarter_less_after_some_visits() -> None:
    at = well()[-1].at
    shorter = [good(at + timedelta(hours=6 * n), 0, links=14) for n in (1, 2, 3, 4)]
    assert kinds(visits([*well(), *shorter[:3]])) == []
    (finding,) = found(visits([*well(), *shorter]))
    assert finding.kind == "drift" and "never showed fewer than 20" in finding.reason
    assert kinds(visits([*well(14), *shorter])) == [], "too few visits to know what was ever"
    assert kinds(visits([*well(), good(at, 0, links=18), *shorter])) == [], "it has been nearly as short before"


@pytest.mark.parametrize("name", ["title", "published_at", "body", "source"])
def test_articles_that_lose_a_field_are_told_and_odd_ones_are_not(name: str) -> None:
    at = well()[-1].at
    bare = [good(at + timedelta(hours=6 * n), fields={**FULL, name: 0.0}) for n in range(1, 13)]
    assert kinds(visits([*well(), bare[0]])) == []
    assert kinds(visits([*well(), *bare])) == [("通知公告", "drift")]
    well_again = [good(bare[-1].at + timedelta(hours=6 * n), 3) for n in (1, 2)]
    assert kinds(visits([*well(), *bare, *well_again])) == []


def test_a_field_that_a_column_never_had_is_no_loss() -> None:
    bare = [good(sight.at, fields={**FULL, "published_at": 0.0, "author": 0.05}) for sight in well(60)]
    assert kinds(visits(bare)) == []


def test_new_links_of_which_no_article_can_be_read_are_told() -> None:
    at = well()[-1].at
    unread = [good(at + timedelta(hours=6 * n), 2, read=0, fields={}, body_chars=None) for n in (1, 2)]
    assert kinds(visits([*well(), unread[0]])) == []
    assert kinds(visits([*well(), *unread])) == [("通知公告", "drift")]
    assert kinds(visits([*well(), *unread, good(at + timedelta(hours=18))])) == []


def test_texts_of_another_length_are_told() -> None:
    at = well()[-1].at
    short = [good(at + timedelta(hours=6 * n), body_chars=90.0 + n) for n in range(1, 6)]
    assert kinds(visits([*well(), *short])) == [("通知公告", "drift")]
    mixed = [replace(sight, body_chars=300.0 * 3 ** (number % 3)) for number, sight in enumerate([*well(), *short])]
    assert kinds(visits(mixed)) == []


def test_a_silence_is_told_by_what_was_read_and_one_article_ends_it() -> None:
    daily = well(60, hours=24)
    quiet = daily
    while not kinds(visits(quiet)):
        quiet = [*quiet, good(quiet[-1].at + timedelta(hours=24), 0)]
    assert 2 <= len(quiet) - len(daily) <= 12
    (finding,) = found(visits(quiet))
    assert finding.kind == "silent" and "by its habit" in finding.reason and "2026-04-30" in finding.reason
    assert kinds(visits([*quiet, good(quiet[-1].at + timedelta(hours=6))])) == []
    # Of a list that cannot be read nobody knows that it is silent.
    walled = then(daily, *["blocked"] * 10, hours=24)
    assert kinds(visits(walled)) == [("通知公告", "blocked")]


def test_a_column_that_was_dead_when_it_was_added_has_moved() -> None:
    old = [START - timedelta(days=400 - day) for day in range(120)]
    sights = [good(START + timedelta(hours=6 * number), 20 if number == 0 else 0) for number in range(4)]
    column = replace(visits(sights), published=old)
    (finding,) = found(column)
    assert finding.kind == "moved" and "another address" in finding.step


def test_a_column_without_a_sight_is_not_ill() -> None:
    assert diagnose([ColumnHistory("quality", "标准", "http://quality.example/bz/", (), (), (), START)], START) == []
