"""Leave-sites-out: what the reading reaches on sites that had no say in its weights.

A fixed set of weight settings is tried on every page. For each site the setting that is best on all other sites is
taken, and only it is scored on that site. The pages of all sites, each read so, are the held-out figures.

This holds out the numbers of the container choice and trimming. The words and rules were written by people who knew
these pages, so it is an upper bound for unknown sites, not their figure.
"""

from __future__ import annotations

import multiprocessing
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from types import ModuleType
from typing import Any, TypeVar

from bench.pages import FIGURES, Case, Prediction, load_cases, load_scorer, read_ours
from bench.report import Report
from crawler.exceptions import CrawlError
from crawler.reading.container import WEIGHTS, Weights

Setting = TypeVar("Setting")
FACTORS = (0.5, 0.7, 0.85, 1.2, 1.5, 2.0)
SEED = 20240501
PROCESSES = 2
BOOT = 1000


@dataclass(frozen=True)
class HeldOut:
    """``predictions`` by page, each read with the setting its site did not choose; ``chosen`` is that setting's number
    by site."""

    predictions: dict[str, Prediction]
    chosen: dict[str, int]


def settings_around(default: Setting, number: int, seed: int = SEED) -> list[Setting]:
    """``number`` settings of a frozen dataclass, the default first; the others change two to four of its figures."""
    rng = random.Random(seed)
    names = [
        one.name
        for one in fields(default)  # type: ignore[arg-type]
        if type(getattr(default, one.name)) in (int, float) and getattr(default, one.name)
    ]
    found = [default]
    for _ in range(20 * number):
        if len(found) >= number or not names:
            break
        changes: dict[str, float] = {}
        for name in rng.sample(names, min(len(names), rng.randint(2, 4))):
            value = getattr(default, name)
            moved = value * rng.choice(FACTORS)
            share = value < 1  # stays one
            changes[name] = max(1, round(moved)) if isinstance(value, int) else min(moved, 1.0) if share else moved
        setting = replace(default, **changes)  # type: ignore[type-var]
        if setting not in found:
            found.append(setting)
    return found


def read_all(
    cases: Sequence[Case], settings: Sequence[Any], read: Callable[[Case, Any], Prediction], processes: int = PROCESSES
) -> list[dict[str, Prediction]]:
    """Every page with every setting, once: for each setting the predictions by page. A page not read is empty."""
    jobs = [(cases, setting, read) for setting in settings]
    if processes < 2:
        return [_read_one(job) for job in jobs]
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        return pool.map(_read_one, jobs, chunksize=1)


def _read_one(job: tuple[Sequence[Case], Any, Callable[[Case, Any], Prediction]]) -> dict[str, Prediction]:
    cases, setting, read = job
    found = {}
    for case in cases:
        try:
            found[case.id] = read(case, setting)
        except CrawlError:
            found[case.id] = {}
    return found


def hold_out(cases: Sequence[Case], table: Sequence[dict[str, Prediction]], scorer: ModuleType) -> HeldOut:
    """For each site: the setting with the best body F1 on the other sites (the first of equals), used on its pages."""
    counts = [
        {case.id: scorer.body_counts(case.truth["body"], predictions[case.id].get("body")) for case in cases}
        for predictions in table
    ]
    result = HeldOut({}, {})
    for site in sorted({case.site for case in cases}):
        others = [case.id for case in cases if case.site != site]
        scores = [scorer.prf([one[page] for page in others])[2] for one in counts]
        best = max(range(len(table)), key=lambda number: (scores[number], -number))
        result.chosen[site] = best
        for case in cases:
            if case.site == site:
                result.predictions[case.id] = table[best][case.id]
    return result


def run_held_out(size: int | None, number: int) -> Report:
    """The held-out figures with 95 % intervals, those of the standing weights, and the lowest of any setting."""
    cases = load_cases(size)
    report = Report("leave-sites-out", ["figure", "held out", "95 %", "standing weights", "lowest of all settings"], [])
    if not cases:
        report.notes.append("no pages beside the checkout; nothing was measured")
        return report
    scorer = load_scorer()
    settings: list[Any] = settings_around(_standing(), number)
    table = read_all(cases, settings, read_ours)
    held = hold_out(cases, table, scorer)
    truth = [case.truth for case in cases]
    scored = [scorer.score(truth, predictions, 0)[0] for predictions in table]
    best = max(range(len(table)), key=lambda place: (scored[place]["body_f1"]["value"], -place))
    figures = scorer.score(truth, held.predictions, BOOT)[0]
    for name, label in FIGURES.items():
        if name not in figures:
            continue
        low, high = figures[name]["ci"]
        report.rows.append(
            [
                label,
                f"{figures[name]['value']:.3f}",
                f"{low:.3f}-{high:.3f}",
                f"{scored[0][name]['value']:.3f}",
                f"{_worst(name, [one[name]['value'] for one in scored]):.3f}",
            ]
        )
    chosen = ", ".join(f"{site} {place}" for site, place in held.chosen.items())
    report.notes = [
        f"{len(cases)} pages of {len(held.chosen)} sites, {len(settings)} settings; the interval resamples pages.",
        f"Setting chosen for each site, 0 = standing: {chosen}.",
        f"Best in sample: {_difference(settings[0], settings[best])}.",
        "Held out are the weights; the words and rules were written by people who knew these pages.",
    ]
    return report


def _worst(name: str, values: Sequence[float]) -> float:
    """The value furthest from good: how much the figure hangs on the weights."""
    return max(values) if name in ("body_f1_lt_0.5", "date_fp") else min(values)


def _standing() -> Weights:
    return WEIGHTS


def _difference(standing: Any, other: Any) -> str:
    changed = [
        f"{one.name} {getattr(standing, one.name):g} → {getattr(other, one.name):g}"
        for one in fields(standing)
        if getattr(standing, one.name) != getattr(other, one.name)
    ]
    return ", ".join(changed) or "the standing weights"
