"""The visit plan: better than simple rules, within its budget, on any clock, whatever it is told."""

from __future__ import annotations

import math
from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest

from bench.freshness_rules import Every, Nutch
from bench.freshness_simulator import drive
from bench.freshness_world import DAY, make_world
from scheduler.localdays import DayKind, LocalDays
from scheduler.placing import best_next, end_of
from scheduler.plan import Visit, VisitPlan

PAGES, BUDGET, DAYS = 20, 60, 14


@pytest.fixture(scope="module")
def world():
    return make_world(3, "smooth", PAGES, DAYS)


def late(outcome):
    return outcome.of_days(6, DAYS).mean()


@pytest.fixture(scope="module")
def ours(world):
    return drive(world, VisitPlan(), BUDGET)


def test_the_plan_finds_items_much_sooner_than_uniform_visits_and_nutch(world, ours):
    assert late(drive(world, Every(DAY * PAGES / BUDGET), BUDGET)) > 1.7 * late(ours)
    assert late(drive(world, Nutch(0.6, 0, DAY * PAGES / BUDGET), BUDGET)) > 1.7 * late(ours)


def test_the_plan_spends_its_budget_every_day_and_no_more_the_same_in_every_run(world):
    uncapped = drive(world, VisitPlan(), BUDGET, capped=False, days=5)
    assert max(uncapped.requests) <= BUDGET + 1  # a deeper page may come after the last visit that could make up
    assert sum(uncapped.requests[1:]) >= 0.98 * BUDGET * 4
    assert drive(world, VisitPlan(), BUDGET, capped=False, days=2).requests == uncapped.requests[:2]


def context(pages=6, budget=24.0, t0=0.0, gap=30.0, midnight=0.0, **more):
    """Columns on two hosts; the week begins on the day of ``t0``."""
    values = {
        "pages": [f"column {n}" for n in range(pages)],
        "host_of": {f"column {n}": f"host {n % 2}" for n in range(pages)},
        "budget_per_day": budget,
        "t0": t0,
        "horizon": math.inf,
        "host_gap": gap,
        "list_size": 20,
        "is_workday": lambda t: (t - midnight) // DAY % 7 < 5,
        "rng": np.random.default_rng(1),
        **more,
    }
    return SimpleNamespace(**values)


def visits_of(plan, ctx, days, *, stamp=lambda t: t, whole=True, first=True):
    """All visits when each page publishes at ten o'clock of every day: (page, moment) in order."""
    histories = {page: [] for page in ctx.pages}
    plan.start(ctx)
    due = {page: ctx.t0 + (plan.first_visit(page) if first else 60.0 * n) for n, page in enumerate(ctx.pages)}
    made = []
    while True:
        page = min(due, key=due.get)
        t = due[page]
        if t >= ctx.t0 + days * DAY:
            return made
        made.append((page, t))
        history = histories[page]
        before = history[-1].t if history else ctx.t0 - 10 * DAY
        moments = [ctx.t0 + n * DAY + 10 * 3600 for n in range(-12, days + 1)]
        new = [moment for moment in moments if before < moment <= t]
        history.append(Visit(t, len(new), [stamp(moment) for moment in new]))
        due[page] = t + plan.next_visit(page, history if whole else history[-1:])


@pytest.mark.parametrize(
    ("t0", "midnight"),
    [(0.0, 0.0), (1_780_243_200.0, 1_780_243_200.0), (7 * DAY + 123.0, 7 * DAY + 123.0)],
    ids=["from zero", "Unix time at a midnight in Shanghai", "any number"],
)
def test_visits_move_to_the_hour_of_publication_on_every_clock(t0, midnight):
    ctx = context(t0=t0, midnight=midnight, budget=12.0)
    made = visits_of(VisitPlan(), ctx, 8)
    hours = [(t - midnight) % DAY / 3600 for _, t in made if t > t0 + 5 * DAY]
    assert np.mean([9.5 <= hour <= 12 for hour in hours]) > 0.4
    assert max(Counter((t - midnight) // DAY for _, t in made).values()) <= 12


@pytest.mark.parametrize("stamp", [lambda t: None, lambda t: t // DAY * DAY, lambda t: math.nan])
def test_missing_and_day_only_stamps_are_survived(stamp):
    made = visits_of(VisitPlan(), context(), 3, stamp=stamp)
    assert 0.9 * 24 * 3 <= len(made) <= 24 * 3


def test_the_last_visits_alone_are_enough():
    assert visits_of(VisitPlan(), context(), 2, whole=False) == visits_of(VisitPlan(), context(), 2)


def test_hosts_get_their_gap():
    made = visits_of(VisitPlan(), context(gap=300.0, budget=60.0), 2)
    for host in (0, 1):
        moments = sorted(t for page, t in made if int(page.split()[1]) % 2 == host)
        assert min(np.diff(moments)) >= 299.9


def test_a_caller_with_first_visits_of_its_own_is_served():
    made = visits_of(VisitPlan(), context(), 2, first=False)
    assert len(made) >= 0.9 * 24


def test_fewer_requests_than_pages_are_kept_to():
    made = visits_of(VisitPlan(), context(pages=12, budget=5.0), 7)
    assert max(Counter(t // DAY for _, t in made).values()) <= 5
    assert {page for page, _ in made} == {f"column {n}" for n in range(12)}


def test_deeper_pages_are_paid_from_the_same_budget():
    ctx = context(budget=24.0)
    plan = VisitPlan()
    plan.start(ctx)
    due = {page: plan.first_visit(page) for page in ctx.pages}
    spent = Counter()
    while min(due.values()) < 3 * DAY:
        page = min(due, key=due.get)
        t = due[page]
        flood = page == "column 0" and t > DAY
        visit = Visit(t, 20 if flood else 0, [t - 60.0] * 20 if flood else [], overflow=flood)
        spent[t // DAY] += 2 if flood else 1
        due[page] = t + plan.next_visit(page, [visit])
    assert max(spent.values()) <= 25


def test_no_pages_and_unknown_pages():
    plan = VisitPlan()
    plan.start(context(pages=0))
    for ask in (plan.first_visit, plan.explain):
        with pytest.raises(KeyError, match="knows no page 'nowhere'"):
            ask("nowhere")
    with pytest.raises(KeyError, match="start it with that page first"):
        plan.next_visit("nowhere", [Visit(1.0, 0)])
    with pytest.raises(KeyError, match="knows no page"):
        plan.observe("nowhere", [])


def test_what_was_seen_before_a_restart_is_planned_with_at_once():
    history = [Visit(n * 8 * 3600.0, 1, [n * 8 * 3600.0 - 600]) for n in range(30)]
    plan = VisitPlan()
    plan.start(context(t0=10 * DAY))
    for page in range(3):
        plan.observe(f"column {page}", history)
    assert 0 <= plan.first_visit("column 0") < DAY
    told = plan.explain("column 0")
    assert [len(row) for row in told.week] == [24] * 7
    assert sum(map(sum, told.week)) > 7
    assert told.visits == sorted(told.visits)
    assert told.visits[0] >= 10 * DAY
    assert 0 < told.share < 1
    assert "items" in told.reason
    assert "never looked at" in plan.explain("column 5").reason


def test_kinds_of_days_are_read_from_the_working_days():
    off = {5, 6, 12, 13, 15, 16, 17, 19, 26, 27}  # 15-17 a holiday, day 20 (a Saturday) worked for it, 19 free
    days = LocalDays(0.0, lambda t: t // DAY % 7 < 5 if t >= 28 * DAY else t // DAY not in off)
    assert days.kind(0) is DayKind.WORKDAY
    assert days.kind(5) is DayKind.WEEKEND
    assert days.kind(16) is DayKind.HOLIDAY
    assert days.kind(20) is DayKind.WORKED_WEEKEND
    assert LocalDays(0.0).kind(6) is DayKind.WEEKEND


def test_midnight_is_where_the_working_days_change():
    assert LocalDays(5000.0, lambda t: (t - 1800) // DAY % 7 < 5).origin == 1800
    assert LocalDays(1_780_300_000.0).origin == 1_780_243_200  # Shanghai's midnight
    assert LocalDays(5000.0, lambda t: True).origin == 5000


def test_the_search_on_the_grid_is_exact():
    rng = np.random.default_rng(5)
    nodes, pages = 60, 7
    times = np.cumsum(rng.uniform(0.5, 2, nodes))
    gaps = np.diff(times)[:, None]
    rates = rng.gamma(0.3, 1, (nodes - 1, pages))
    items = np.concatenate([np.zeros((1, pages)), np.cumsum(rates * gaps, axis=0)])
    waits = np.concatenate([np.zeros((1, pages)), np.cumsum((items[:-1] + items[1:]) / 2 * gaps, axis=0)])
    prices = np.append(rng.uniform(3, 9, nodes - 1), 0)
    following = np.zeros((nodes, pages), np.int64)
    best_next(times, items, waits, prices, end_of(times, waits), 0, nodes - 1, following)
    for page in range(pages):
        to_go = np.zeros(nodes)
        for s in range(nodes - 2, -1, -1):
            later = slice(s + 1, nodes)
            wait = waits[later, page] - waits[s, page] - items[s, page] * (times[later] - times[s])
            cost = wait + prices[later] + to_go[later]
            to_go[s] = cost.min()
            assert math.isclose(cost[following[s, page] - s - 1], cost.min())
