"""A simulated year of columns and faults: what the diagnosis finds, how soon, and how often it cries for nothing.

Two hundred columns with habits of many kinds, visited by a plausible plan through a real year's calendar; 60 faults are
injected; servers are down for some hours now and then, single visits fail, columns change their pace for good, editors
go on holiday. The product's own ``scheduler.diagnosis`` sees what a crawl would have noted and nothing else. The rules
that others use see the same year, each until it has found what it finds.

Thresholds were chosen on small worlds of the seeds 1 to 3; the seeds 11 to 13, the default, are for figures alone.

The time to an alarm counts planned visits of the column (of a fault of a site: of its column visited most) or, where
these are fewer, the gaps that were to be expected between days with news: three visits on one morning miss nothing yet.
The table counts visits, and gaps where no single visit can see the fault. An oracle stands beside: it knows each
column's true law and pace, and may err as often as the bar allows. No rule can be faster on the average.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median

from bench.alarm_rules import ANY, REFERENCES, YEARS_BETWEEN_ERRORS, Rule, oracle_gaps
from bench.report import Bar, Report, Table, finish
from bench.watched_columns import FAULTS, QUIET, RIGHT, Fault, Place
from bench.watched_year import Year
from scheduler.diagnosis import Finding, of_column, together

SEEDS = (11, 12, 13)
COLUMNS, INJECTED = 200, 60
YEAR = 2026
_MENDED = (3.0, 6.0)
_AFTERWARDS = timedelta(days=2)
_TIMED = 16
"""One examination in so many is timed: to ask for the time can cost as much as to examine."""


@dataclass(slots=True)
class Outcome:
    """What one rule made of one year. ``false``: alarms without need, by kind; ``right``: told of a site that was away
    for a day or longer; ``again``: a fault told once more, or another alarm that follows from it."""

    faults: list[Fault]
    false: Counter[str] = field(default_factory=Counter)
    right: int = 0
    again: int = 0
    cases: list[str] = field(default_factory=list)
    examined: int = 0
    seconds: float = 0.0


def watch(year: Year, rule: Rule) -> Outcome:
    """One year under one rule, which is asked after every run of the site that was visited."""
    outcome = Outcome(year.faults)
    before: dict[str, set[tuple[str, str]]] = {}
    number = 0
    for at, place, columns in year.visits():
        year.see(at, place, columns)
        outcome.examined += len(columns)
        if (number := number + 1) % _TIMED:
            now = rule(place, at)
        else:
            started = time.process_time()
            now = rule(place, at)
            outcome.seconds += (time.process_time() - started) * _TIMED
        for column, kind in sorted(now - before.get(place.name, set())):
            _judge(outcome, year, place, at, column, kind)
        before[place.name] = now
    return outcome


def ours(place: Place, at: datetime) -> set[tuple[str, str]]:
    """The product's diagnosis."""
    found: list[Finding] = []
    histories = [column.history(place.name) for column in place.columns if column.sights]
    for column, history in zip((column for column in place.columns if column.sights), histories, strict=True):
        # As no visit is late here, a column is as it was until it is visited again.
        if column.judged is None or column.judged[0] is not column.sights[-1]:
            column.judged = (column.sights[-1], of_column(history, at))
        found += column.judged[1]
    return {(finding.column, finding.kind) for finding in together(histories, found)}


def _judge(outcome: Outcome, year: Year, place: Place, at: datetime, column: str, kind: str) -> None:
    spot = next((spot for spot in place.columns if spot.name == column), None)
    on = [fault for fault in place.faults if fault.start <= at < fault.ends + _AFTERWARDS]
    faults = [fault for fault in on if spot is None or fault.befalls(spot)]
    for fault in faults:
        if fault.told_at is None and (kind == ANY or kind in RIGHT[fault.kind]):
            fault.told(at, kind, at + timedelta(days=year.rng.uniform(*_MENDED)))
            return
    troubles = [trouble for trouble in (*place.troubles, *year.ours) if trouble.right]
    if faults:
        outcome.again += 1
    elif any(trouble.start <= at < trouble.end + _AFTERWARDS for trouble in troubles):
        outcome.right += 1
    else:
        outcome.false[kind] += 1
        habit = f" ({spot.habit.law}, {spot.habit.rate:.2f} sittings a working day)" if spot else ""
        outcome.cases.append(f"{at:%Y-%m-%d} {place.name} {column or 'all'}: {kind}{habit}")


def run(size: int = COLUMNS, seeds: Sequence[int] = SEEDS, year: int = YEAR, references: bool = True) -> Report:
    """Measure over all ``seeds``; ``size`` columns, and 60 faults for every 200 of them."""
    injected = max(9, round(INJECTED * size / COLUMNS))
    rules = {"ours": ours, **(REFERENCES if references else {})}
    results: dict[str, list[Outcome]] = {name: [] for name in rules}
    for seed in seeds:
        for name, rule in rules.items():
            print(f"seed {seed}: {name}", file=sys.stderr, flush=True)
            results[name].append(watch(Year(size, year, seed, injected), rule))
    mine = results["ours"]
    faults = [fault for outcome in mine for fault in outcome.faults]
    months = 12 * len(seeds) * size / COLUMNS
    examined, seconds = sum(outcome.examined for outcome in mine), sum(outcome.seconds for outcome in mine)
    found = [fault for fault in faults if fault.told_at is not None]
    quiet = [fault.took for fault in faults if fault.kind in QUIET]
    seen = [fault.took for fault in faults if fault.kind not in QUIET]
    sooner = [fault.took_or_missed for fault in faults]
    false = sum((outcome.false for outcome in mine), Counter[str]())
    frozen = [fault for fault in faults if fault.kind == "moved: frozen"]
    oracle = median(_oracle(fault) for fault in frozen) if frozen else math.nan
    return Report(
        name=f"alarms: {year}, {size} columns, {len(faults)} faults in {len(seeds)} years (seeds {_listed(seeds)})",
        columns=["fault", "injected", "found", "median", "worst", "counted in"],
        rows=[_row(kind, faults) for kind in FAULTS if any(fault.kind == kind for fault in faults)],
        bars=[
            Bar("faults found, share", len(found) / len(faults), 1, True),
            Bar("median planned visits, faults that a visit can see", median(seen), 2),
            Bar("median of all faults, planned visits or expected gaps", median(sooner), 2),
            Bar("false alarms per 200 columns and month", false.total() / months, 1),
        ],
        notes=[
            f"all faults, in planned visits or else in expected gaps: median {median(seen + quiet):.1f}.",
            f"slow death and frozen lists, in which no visit sees anything wrong: median {median(quiet):.1f} expected"
            f" gaps.",
            f"frozen lists: median {median(fault.took for fault in frozen):.1f} expected gaps; an oracle that may err "
            f"once per 200 columns and month needs {oracle:.1f}."
            if frozen
            else "",
            f"{sum(outcome.again for outcome in mine)} alarms told a fault once more or followed from one; "
            f"{sum(outcome.right for outcome in mine)} told of sites that were away for a day and longer.",
            f"CPU per column and examination: {seconds / examined * 1e6:.0f} µs ({examined:,} of them); "
            f"1,000 columns every 5 minutes: {seconds / examined * 1000 / 300:.2%} of one core.",
            *(case for outcome in mine for case in outcome.cases[:8]),
        ],
        more=[
            Table("false alarms", ["kind", "of all years", "per 200 columns and month"], [
                [kind, str(count), f"{count / months:.2f}"] for kind, count in false.most_common()
            ]),
            Table("beside fixed thresholds", ["rule", "found", "missed", "median visits", "median gaps",
                  "false per 200 columns and month"], [_beside(name, results[name], months) for name in rules]),
        ],
    )  # fmt: skip


def _oracle(fault: Fault) -> float:
    assert fault.column is not None
    return oracle_gaps(fault.column, fault.start, YEARS_BETWEEN_ERRORS, draws=40_000)


def _row(kind: str, faults: Sequence[Fault]) -> list[str]:
    same = [fault for fault in faults if fault.kind == kind]
    took = [fault.took for fault in same]
    found = sum(fault.told_at is not None for fault in same)
    unit = "expected gaps" if kind in QUIET else "visits"
    return [kind, str(len(same)), str(found), f"{median(took):.1f}", f"{max(took):.1f}", unit]


def _beside(name: str, outcomes: Sequence[Outcome], months: float) -> list[str]:
    faults = [fault for outcome in outcomes for fault in outcome.faults]
    found = [fault for fault in faults if fault.told_at is not None]
    seen = [fault.took for fault in faults if fault.kind not in QUIET]
    quiet = [fault.took for fault in faults if fault.kind in QUIET]
    false = sum(outcome.false.total() for outcome in outcomes) / months
    figures = [f"{median(figures):.1f}" if figures else "-" for figures in (seen, quiet)]
    return [name, str(len(found)), str(len(faults) - len(found)), *figures, f"{false:.2f}"]


def _listed(seeds: Sequence[int]) -> str:
    return ", ".join(str(seed) for seed in seeds)


def main(argv: Sequence[str] | None = None) -> int:
    """Command line: ``--size`` columns, ``--seed`` (again for more), ``--year``, ``--json``. 0 when every bar holds."""
    parser = argparse.ArgumentParser(description="Faults found, and false alarms, in a simulated year of columns.")
    parser.add_argument("--size", type=int, default=COLUMNS, help=f"columns ({COLUMNS})")
    parser.add_argument("--seed", type=int, action="append", help=f"may be given again ({_listed(SEEDS)})")
    parser.add_argument("--year", type=int, default=YEAR, help=f"whose calendar ({YEAR})")
    parser.add_argument("--alone", action="store_true", help="without the rules of others beside it")
    parser.add_argument("--json", action="store_true", help="the result as JSON")
    options = parser.parse_args(argv)
    report = run(options.size, options.seed or SEEDS, options.year, references=not options.alone)
    return finish(report, as_json=options.json)


if __name__ == "__main__":
    raise SystemExit(main())
