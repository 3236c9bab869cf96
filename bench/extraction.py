"""How well real Chinese pages are read without a layout, beside the public extractors in the same run.

The pages and their scorer lie beside the checkout (``../shared/pages``); they are no part of the repository. The peers
are the extra ``bench``. Every peer gets the text decoded by our own decoder; ours gets the bytes and reads all fields.
CPU is the least of several rounds, each extractor around its own call, so that all see the same noise.

The product's bar of 8 ms was set where readability-lxml takes 15.4 ms a page. Where it is installed, the ratio to its
CPU in the same run is judged, and the plain figure is only shown.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.failures import KINDS, Failure, Judge
from bench.pages import FIGURES, PAGES, Case, Prediction, load_cases, load_scorer, read_ours, takes_weights
from bench.peers import HINT, Reader, load_peers, versions
from bench.report import Bar, Report, Table, finish
from crawler.exceptions import CrawlError

OURS = "zhiwen"
BARS: dict[str, tuple[float, bool]] = {
    "body_f1": (0.98, True),
    "body_f1_ge_0.9": (0.96, True),
    "body_f1_lt_0.5": (0, False),
    "title_exact": (0.975, True),
    "date_day": (0.985, True),
    "date_minute": (0.95, True),
    "author_f1": (0.75, True),
    "source_f1": (0.88, True),
    "date_fp": (0, False),
}
"""Figure of the scorer: its bar, and whether it is a least value."""
CPU_MS = 8.0
REFERENCE, REFERENCE_MS = "readability-lxml", 15.4
ROUNDS = 3


@dataclass
class Measured:
    """What one extractor said: predictions and CPU milliseconds by page, and the pages it broke on, with the error."""

    predictions: dict[str, Prediction] = field(default_factory=dict)
    ms: dict[str, float] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    scores: dict[str, float] = field(default_factory=dict)
    per_page: list[dict[str, Any]] = field(default_factory=list)

    def cpu(self, share: float) -> float:
        """The CPU milliseconds that this share of the pages stays under."""
        ordered = sorted(self.ms.values())
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def measure(size: int | None = None) -> dict[str, Any]:
    """Our reading alone, each page read once.

    The answer has ``pages`` (how many), ``scores`` (name to value), ``failed`` (id to error), ``predictions`` and
    ``per_page``; it has only ``skipped``, a sentence, where the pages are absent.
    """
    cases = load_cases(size)
    if not cases:
        return {"skipped": f"no pages in {PAGES}; nothing was measured"}
    ours = measure_all(cases, {OURS: read_ours}, rounds=1)[OURS]
    return {
        "pages": len(cases),
        "scores": ours.scores,
        "failed": ours.failed,
        "predictions": ours.predictions,
        "per_page": ours.per_page,
    }


def measure_all(cases: Sequence[Case], readers: dict[str, Reader], rounds: int) -> dict[str, Measured]:
    """Every reader on every page, ``rounds`` times, page by page in turn; scored."""
    measured = {name: Measured() for name in readers}
    for _ in range(rounds):
        for case in cases:
            for name, read in readers.items():
                _one(measured[name], case, read)
    scorer = load_scorer()
    truth = [case.truth for case in cases]
    for result in measured.values():
        scores, result.per_page = scorer.score(truth, result.predictions, 0)
        result.scores = {name: entry["value"] for name, entry in scores.items()}
    return measured


def _one(result: Measured, case: Case, read: Reader) -> None:
    started = time.process_time()
    try:
        prediction = read(case)
    except Exception as error:
        if isinstance(error, CrawlError):
            result.failed[case.id] = f"{type(error).__name__}: {error}"
        else:  # a peer may break on a page; ours must not, and the bar says so
            result.failed[case.id] = f"broke with {type(error).__name__}: {str(error)[:200]}"
        prediction = {}
    spent = (time.process_time() - started) * 1000
    result.ms[case.id] = min(spent, result.ms.get(case.id, spent))
    result.predictions[case.id] = prediction


def run(size: int | None = None, *, rounds: int = ROUNDS, worst: int = 5, alone: bool = False) -> Report:
    """Measure ours and the peers (unless ``alone``); ``size`` is the number of pages (all)."""
    cases = load_cases(size)
    if not cases:
        return Report("reading of real pages", ["figure"], [], notes=[f"no pages in {PAGES}; nothing was measured"])
    peers, missing = ({}, []) if alone else _quiet_peers()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the peers' own
        measured = measure_all(cases, {OURS: read_ours, **peers}, rounds)
    ours = measured[OURS]
    report = Report(f"reading of {len(cases)} real pages without a layout", ["figure", *measured, "bar"], [])
    report.rows = [
        [label, *(_shown(result, name, peer) for peer, result in measured.items()), _bar_text(name)]
        for name, label in FIGURES.items()
    ]
    for label, share in (("CPU ms, median", 0.5), ("CPU ms, 95 % of pages", 0.95)):
        report.rows.append([label, *(f"{result.cpu(share):.1f}" for result in measured.values()), ""])
    reference = measured[REFERENCE].cpu(0.5) if REFERENCE in measured else 0.0
    if reference:
        ratios = [f"{result.cpu(0.5) / reference:.2f}" for result in measured.values()]
        report.rows.append([f"CPU / {REFERENCE}", *ratios, f"≤ {CPU_MS / REFERENCE_MS:.2f}"])
    report.bars = [Bar(FIGURES[name], ours.scores[name], *BARS[name]) for name in BARS if name in ours.scores]
    report.bars += [Bar("pages not read", len(ours.failed), 0), _cpu_bar(ours.cpu(0.5), reference)]
    report.more = _failure_tables(cases, measured, worst)
    report.notes = _notes(ours, missing, reference, rounds)
    return report


def _quiet_peers() -> tuple[dict[str, Reader], list[str]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return load_peers()


def _shown(result: Measured, name: str, peer: str) -> str:
    given = {
        "date_day": ("published_at",), "date_minute": ("published_at",), "date_fp": ("published_at",),
        "author_f1": ("author",), "source_f1": ("source",),
    }.get(name, ())  # fmt: skip
    if name not in result.scores or not all(any(key in one for one in result.predictions.values()) for key in given):
        return "-"
    return f"{result.scores[name]:.3f}"


def _bar_text(name: str) -> str:
    if name not in BARS:
        return ""
    limit, at_least = BARS[name]
    return f"{'≥' if at_least else '≤'} {limit:g}"


def _cpu_bar(median: float, reference: float) -> Bar:
    if reference:
        return Bar(f"CPU median / {REFERENCE} in this run", median / reference, round(CPU_MS / REFERENCE_MS, 2))
    return Bar("CPU ms, median", median, CPU_MS)


def _failure_tables(cases: Sequence[Case], measured: dict[str, Measured], worst: int) -> list[Table]:
    scorer = load_scorer()
    counts: dict[str, Counter[str]] = {name: Counter() for name in measured}
    ours: dict[str, list[Failure]] = {}
    for case in cases:
        judge = Judge(case, scorer)
        for name, result in measured.items():
            failures = judge.failures(result.predictions[case.id])
            counts[name].update(failure.kind for failure in failures)
            if name == OURS:
                ours[case.id] = failures
    rows = [
        [kind, *(str(counts[name][kind] or "") for name in measured)]
        for kind in KINDS
        if any(counts[name][kind] for name in measured)
    ]
    tables = [Table("pages by kind of failure", ["failure", *measured], rows)]
    scores = {page["id"]: page.get("body_f1", 1.0) for page in measured[OURS].per_page}
    order = sorted((page for page in ours if ours[page]), key=lambda page: (scores[page], -len(ours[page]), page))
    lines = [
        [page if not place else "", f"{scores[page]:.3f}" if not place else "", failure.kind, failure.quotation]
        for page in order[:worst]
        for place, failure in enumerate(ours[page])
    ]
    if lines:
        tables.append(Table(f"our worst pages, {worst} at most", ["page", "F1", "failure", "quotation"], lines))
    return tables


def _notes(ours: Measured, missing: list[str], reference: float, rounds: int) -> list[str]:
    notes = [f"not read: {page}: {error}" for page, error in ours.failed.items()]
    if missing:
        notes.append(f"Missing: {', '.join(missing)}. {HINT}")
    if versions():
        notes.append("Versions: " + ", ".join(f"{name} {number}" for name, number in versions().items()) + ".")
    judged = (
        f"Judged is the ratio to {REFERENCE}; the {CPU_MS:g} ms of the bar belong to a machine where it takes"
        f" {REFERENCE_MS} ms (here {reference:.1f} ms)."
        if reference
        else f"Judged is the plain figure, for {REFERENCE} was not measured beside it."
    )
    notes.append(
        f"CPU: least of {rounds} rounds; ours includes decoding and all fields, a peer gets decoded text. {judged}"
    )
    notes.append("These pages are known to those who wrote the rules; --leave-sites-out tells more about unknown ones.")
    return notes


def main(argv: Sequence[str] | None = None) -> int:
    """``--size N`` pages, ``--worst N``, ``--leave-sites-out``, ``--json``; 0 when every bar holds."""
    parser = argparse.ArgumentParser(prog="zhiwen bench extraction", description=__doc__)
    parser.add_argument("--size", type=int, help="only the first N pages")
    parser.add_argument("--worst", type=int, default=5, metavar="N", help="our N worst pages with quotations (5)")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"how often each page is read ({ROUNDS})")
    parser.add_argument("--alone", action="store_true", help="without the peers")
    parser.add_argument("--leave-sites-out", action="store_true", help="cross-validate the weights by site")
    parser.add_argument("--settings", type=int, default=40, help="with --leave-sites-out: how many settings are tried")
    parser.add_argument("--json", action="store_true", help="the result as JSON")
    options = parser.parse_args(argv)
    if options.leave_sites_out:
        from bench.holdout import run_held_out

        if not takes_weights():
            parser.error("the reading has no weights to choose")
        return finish(run_held_out(options.size, options.settings), as_json=options.json)
    report = run(options.size, rounds=max(1, options.rounds), worst=max(0, options.worst), alone=options.alone)
    return finish(report, as_json=options.json)


if __name__ == "__main__":
    sys.exit(main())
