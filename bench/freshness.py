"""How soon new items are found for a budget of requests: the visit plan beside common rules and the oracle.

A simulated world (``bench.freshness_world`` says what it assumes): 300 list pages of about 110 hosts for 60 days of
September and October 2026, the long holiday included. Delays are of the items published from day 14 on; the first two
weeks are told apart. Every policy gets the same hard cap of requests per local day; budgets are for 300 pages and
shrink with ``--size``. The oracle knows the true intensities: no policy without foresight beats it by more than luck
(in *bursty* it does not use that items come together). ``--replay`` takes the stamps of the archive instead.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.freshness_oracle import oracle
from bench.freshness_rules import AtHalfPastEight, Every, Miniflux, Nutch, calibrated
from bench.freshness_simulator import Outcome, drive, follow
from bench.freshness_world import DAY, World, make_world
from bench.report import Bar, Report, finish
from scheduler.plan import VisitPlan

BUDGETS = (300, 600, 1200, 2400, 4800)
PAGES = 300
COLD_DAYS = 14
COLUMNS = [
    "policy", "req/day", "mean h", "median h", "p95 h", "≤15 min %", "≤1 h %", "x oracle", "first 2 weeks x", "p95 x",
]  # fmt: skip


@dataclass(slots=True)
class Figures:
    """One policy at one budget, the mean over seeds: hours, shares, and ratios to the oracle where there is one."""

    policy: str
    requests: float
    mean: float
    median: float
    p95: float
    quarter: float
    hour: float
    cold: float
    cpu_ms: float  # per page and day

    def row(self, best: Figures | None) -> list[str]:
        """As the table shows it."""
        ratios = ["-"] * 3
        if best is not None:
            ratios = [f"{self.mean / best.mean:.2f}", f"{self.cold / best.cold:.2f}", f"{self.p95 / best.p95:.2f}"]
        shares = [f"{100 * self.quarter:.0f}", f"{100 * self.hour:.0f}"]
        hours = [f"{hours:.3g}" for hours in (self.mean, self.median, self.p95)]
        return [self.policy, f"{self.requests:.0f}", *hours, *shares, *ratios]


def figures(policy: str, outcomes: Sequence[Outcome], world: World) -> Figures:
    """The mean over outcomes (one of each seed) of what a policy brought."""

    def of(outcome: Outcome) -> list[float]:
        late = outcome.of_days(min(COLD_DAYS, world.days / 2), world.days) / 3600
        early = outcome.of_days(0, min(COLD_DAYS, world.days / 2)) / 3600
        return [
            sum(outcome.requests) / world.days,
            float(late.mean()),
            float(np.median(late)),
            float(np.quantile(late, 0.95)),
            float((late <= 0.25).mean()),
            float((late <= 1).mean()),
            float(early.mean()),
            outcome.cpu_seconds * 1000 / world.pages / world.days,
        ]

    return Figures(policy, *np.mean([of(outcome) for outcome in outcomes], axis=0).tolist())


@dataclass(slots=True)
class Options:
    """What is measured."""

    scenarios: Sequence[str] = ("smooth", "bursty")
    budgets: Sequence[int] = BUDGETS
    seeds: Sequence[int] = (1,)
    days: int = 60
    size: int = PAGES


def tell(text: str) -> None:
    """One line of progress."""
    sys.stderr.write(f"freshness: {text}\n")
    sys.stderr.flush()


def measure(options: Options, progress: Callable[[str], None] = tell) -> dict[tuple[str, int], list[Figures]]:
    """Of each scenario and budget (for 300 pages) the figures of every policy; the oracle is the last."""
    found: dict[tuple[str, int], list[Figures]] = {}
    worlds = {
        (scenario, seed): make_world(seed, scenario, options.size, options.days)
        for scenario in options.scenarios
        for seed in options.seeds
    }
    for budget in options.budgets:
        requests = max(1, round(budget * options.size / PAGES))
        # Both scenarios have one intensity, so the oracle has one plan for both.
        plans = {seed: oracle(worlds[options.scenarios[0], seed], requests) for seed in options.seeds}
        for scenario in options.scenarios:
            progress(f"{scenario}, {requests} requests a day")
            here = [worlds[scenario, seed] for seed in options.seeds]
            known = [follow(worlds[scenario, seed], *plans[seed]) for seed in options.seeds]
            best = figures("oracle", known, here[0])
            rows = []
            for name, outcome in policies(requests, options.size):
                rows.append(figures(name, [outcome(world) for world in here], here[0]))
                progress(f"  {name}: {rows[-1].mean:.3g} h, {rows[-1].mean / best.mean:.3f} x oracle")
            found[scenario, budget] = [*rows, best]
    return found


def policies(requests: float, pages: int) -> Iterator[tuple[str, Callable[[World], Outcome]]]:
    """Every policy that knows no truth, by name: how it fares in a world."""
    yield "visit plan", lambda world: drive(world, VisitPlan(), requests)
    yield "uniform", lambda world: drive(world, Every(DAY * pages / requests), requests)
    yield (
        "Nutch, calibrated",
        lambda world: calibrated(world, requests, lambda knob: Nutch(1 / knob, 0, DAY * pages / requests), 0.2, 50.0),
    )
    yield "Miniflux, calibrated", lambda world: calibrated(world, requests, Miniflux, 0.02, 200.0)


def fixed(options: Options) -> list[Figures]:
    """Rules that know no budget, as they are."""
    rules: list[tuple[str, Callable[[], Any]]] = [
        ("daily 08:30", AtHalfPastEight),
        ("daily, staggered", lambda: Every(DAY)),
        ("hourly", lambda: Every(3600.0)),
        ("Nutch as shipped, first interval 1 day", Nutch),
    ]
    rows = []
    for name, make in rules:
        worlds = [make_world(seed, options.scenarios[0], options.size, options.days) for seed in options.seeds]
        rows.append(figures(name, [drive(world, make(), 1, capped=False) for world in worlds], worlds[0]))
    return rows


def bars(found: dict[tuple[str, int], list[Figures]]) -> list[Bar]:
    """The bars, each over all budgets of its scenario."""
    made: list[Bar] = []
    for scenario, limit in (("smooth", 1.10), ("bursty", 1.16)):
        rows = {
            budget: {row.policy: row for row in rows} for (named, budget), rows in found.items() if named == scenario
        }
        if not rows:
            continue

        def worst(of: str, over: str, field: str = "mean", rows: Any = rows) -> list[float]:
            return [getattr(row[of], field) / getattr(row[over], field) for row in rows.values()]

        made.append(Bar(f"{scenario}: mean delay / oracle, worst budget", max(worst("visit plan", "oracle")), limit))
        if scenario == "bursty":
            continue
        made += [
            Bar("p95 / oracle, worst budget", max(worst("visit plan", "oracle", "p95")), 1.15),
            Bar("first two weeks / oracle, worst budget", max(worst("visit plan", "oracle", "cold")), 1.35),
            Bar("Nutch / ours, least", min(worst("Nutch, calibrated", "visit plan")), 2.2, at_least=True),
            Bar("uniform / ours, least", min(worst("uniform", "visit plan")), 2.7, at_least=True),
        ]
        if 2400 in rows:
            made.append(Bar("found within 1 h at 2,400, share", rows[2400]["visit plan"].hour, 0.87, at_least=True))
        cpu = max(row["visit plan"].cpu_ms for row in rows.values())
        made.append(Bar("planning, CPU ms per column and day, most", cpu, 1.0, slack=0.15))
    return made


def run(options: Options) -> Report:
    """Measure and judge."""
    found = measure(options)
    rows = [["any budget", *row.row(None)] for row in fixed(options)]
    for (scenario, budget), figures_of in found.items():
        rows += [[f"{scenario} {budget}", *row.row(figures_of[-1])] for row in figures_of]
    title = f"freshness: {options.size} list pages, {options.days} days, seeds {', '.join(map(str, options.seeds))}"
    notes = ["x oracle: mean delay over that of the best plan for the true intensities at the same budget."]
    return Report(title, ["budget", *COLUMNS], rows, bars(found), notes)


def main(argv: Sequence[str] | None = None) -> int:
    """Command line. 0 when every bar holds, 1 when one falls short, 3 when ``--replay`` finds too little."""
    parser = argparse.ArgumentParser(
        prog="zhiwen bench freshness", description="How soon new items are found for a budget of requests."
    )
    parser.add_argument("--scenario", choices=("smooth", "bursty"), help="only one of the two")
    parser.add_argument("--budgets", type=_numbers, default=BUDGETS, help="requests a day for 300 pages: 300,600,…")
    parser.add_argument("--seeds", type=_numbers, default=(1,), help="1,2,3: figures are the mean over these worlds")
    parser.add_argument("--days", type=_from(4), default=60, help="length of the world (60)")
    parser.add_argument("--size", type=_from(2), default=PAGES, help="how many list pages (300)")
    parser.add_argument("--replay", action="store_true", help="use the stamps of the archive of the settings")
    parser.add_argument("--json", action="store_true", help="the result as JSON")
    given = parser.parse_args(argv)
    if given.replay:
        from bench.freshness_replay import TooFew, replay

        try:
            return finish(replay(given.budgets), as_json=given.json)
        except TooFew as few:
            sys.stderr.write(f"{few}\n")
            return 3
    scenarios = (given.scenario,) if given.scenario else ("smooth", "bursty")
    return finish(run(Options(scenarios, given.budgets, given.seeds, given.days, given.size)), as_json=given.json)


def _numbers(text: str) -> tuple[int, ...]:
    try:
        numbers = tuple(int(part) for part in text.split(","))
    except ValueError:
        numbers = ()
    if not numbers or min(numbers) < 1:
        raise argparse.ArgumentTypeError("whole numbers above 0 with commas between them, such as 300,600")
    return numbers


def _from(least: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        value = int(text)
        if value < least:
            raise argparse.ArgumentTypeError(f"at least {least}")
        return value

    return number


if __name__ == "__main__":
    raise SystemExit(main())
