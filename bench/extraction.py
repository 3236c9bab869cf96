"""How well real Chinese pages are read without a layout, scored by the shared scorer against hand-made truth.

The pages and the scorer lie beside the checkout (``../shared/pages``); they are no part of the repository.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from bench.report import Bar, Report
from bench.report import main as report_main
from crawler.exceptions import CrawlError
from crawler.items import ArticleItem
from crawler.reading.dates import PAGE_ZONE
from crawler.reading.extract import extract_article

PAGES = Path(__file__).resolve().parents[1].parent / "shared" / "pages"
BARS = {"body_f1": 0.93, "title_exact": 0.9, "date_day": 0.9}
SHOWN = (
    "body_f1", "body_p", "body_r", "body_f1_ge_0.9", "body_f1_lt_0.5", "title_exact", "date_day", "date_minute",
    "date_fp", "author_f1", "source_f1", "ms_median", "ms_p95",
)  # fmt: skip


def measure(size: int | None = None) -> dict[str, Any]:
    """Read the first ``size`` pages (all by default) and score them.

    The answer has ``pages`` (how many), ``scores`` (name to value), ``failed`` (id to error), ``predictions`` and
    ``per_page``; it has only ``skipped``, a sentence, where the pages are absent.
    """
    if not (PAGES / "truth.jsonl").is_file():
        return {"skipped": f"no pages in {PAGES}; nothing was measured"}
    scorer = _load_scorer(PAGES / "score.py")
    truth = [json.loads(line) for line in (PAGES / "truth.jsonl").read_text("utf-8").splitlines() if line][:size]
    predictions: dict[str, dict[str, Any]] = {}
    failed: dict[str, str] = {}
    for case in truth:
        content = (PAGES / "html" / f"{case['id']}.html").read_bytes()
        started = time.process_time()
        try:
            item = extract_article(content, case["url"] or "http://page.example/article.html")
        except CrawlError as error:
            failed[case["id"]] = f"{type(error).__name__}: {error}"
            continue
        predictions[case["id"]] = {**_prediction(item), "ms": (time.process_time() - started) * 1000}
    scores, per_page = scorer.score(truth, predictions, 0)
    return {
        "pages": len(truth),
        "scores": {name: entry["value"] for name, entry in scores.items()},
        "failed": failed,
        "predictions": predictions,
        "per_page": per_page,
    }


def run(size: int | None = None) -> Report:
    """Measure; ``size`` is the number of pages (all)."""
    result = measure(size)
    report = Report("reading of real pages without a layout", ["figure", "value"], [])
    if "skipped" in result:
        report.notes.append(result["skipped"])
        return report
    scores = result["scores"]
    report.rows = [[name, f"{scores[name]:.3f}"] for name in SHOWN if name in scores]
    report.bars = [Bar(name, scores[name], limit, at_least=True) for name, limit in BARS.items() if name in scores]
    report.bars.append(Bar("pages not read", len(result["failed"]), 0))
    report.notes = [f"{page}: {error}" for page, error in result["failed"].items()]
    return report


def main(argv: Sequence[str] | None = None) -> int:
    """``--size N`` pages, ``--json``; 0 when every bar holds."""
    return report_main(run, argv, __doc__ or "")


def _prediction(item: ArticleItem) -> dict[str, Any]:
    moment = item.published_at.astimezone(PAGE_ZONE) if item.published_at else None
    shown = "%Y-%m-%d" if item.published_precision == "day" else "%Y-%m-%d %H:%M"
    return {
        "title": item.title,
        "published_at": moment.strftime(shown) if moment else "",
        "author": [*item.reporters, *item.correspondents, *item.interns, *item.authors],
        "source": [item.source] if item.source else [],
        "body": item.body,
    }


def _load_scorer(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("shared_score", path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    sys.exit(main())
