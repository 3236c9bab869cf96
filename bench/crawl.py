"""What one page costs on its whole way into the archive, beside two references.

Generated article pages of 40 KB on a loopback server in another process; every client is pinned to one core; the runs
are interleaved and the minimum of each is taken, because the noise of a shared machine only ever adds.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from archive.archive import Archive
from bench.farm import PER_PAGE, SITE_FILE, Farm, FarmSpec
from bench.report import Bar, Report
from bench.report import main as report_main

PAGES = 5000
ROUNDS = 3
TUTORIAL_SHARE = 5
# The bars of the product's performance page; a bar falls short when the ratio is 15 % beyond the goal.
SLACK = 0.15


def run(size: int | None = None) -> Report:
    """Measure; ``size`` is the number of article pages (5,000)."""
    pages = size or PAGES
    figures: dict[str, list[dict[str, Any]]] = {}
    pairs: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory(prefix="zhiwen-bench-") as folder, Farm(FarmSpec(pages)) as farm:
        work = Path(folder)
        for number in range(ROUNDS):
            _note(f"round {number + 1} of {ROUNDS}")
            archive = work / f"archive{number}"
            figures.setdefault("bare", []).append(_reference("bare", farm, work, pages))
            figures.setdefault("whole way", []).append(_ours(farm, archive, work))
            figures.setdefault("unchanged, 304", []).append(_ours(farm, archive, work, days=2))
            farm.ignore_conditions(True)
            figures.setdefault("unchanged, same bytes", []).append(_ours(farm, archive, work, days=4))
            farm.ignore_conditions(False)
            # Its cost per page does not depend on their number, and it is slow: a fifth of the pages is enough.
            figures.setdefault("tutorial", []).append(_reference("tutorial", farm, work, pages // TUTORIAL_SHARE))
            pairs.append(_pair(farm, work))
            shutil.rmtree(archive)
    return _report(pages, figures, pairs)


def _report(pages: int, figures: dict[str, list[dict[str, Any]]], pairs: list[tuple[float, float]]) -> Report:
    pair_speed = max(speed for speed, _ in pairs)
    cost = {name: min(run["cpu"] / run["pages"] for run in runs) * 1000 for name, runs in figures.items()}
    speed = {name: max(run["pages"] / run["wall"] for run in runs) for name, runs in figures.items()}
    rows = []
    for name, runs in figures.items():
        ratio = cost[name] / cost["bare"]
        rows.append([name, f"{cost[name]:.2f}", f"{ratio:.2f}", f"{speed[name]:.0f}", f"{_peak(runs):.0f}"])
    rows.append(["two processes", "", "", f"{pair_speed:.0f}", f"{max(memory for _, memory in pairs):.0f}"])
    memory = min((_growth(run["memory"]) for run in figures["whole way"]), default=1.0)
    bars = [
        Bar("whole way / bare default Scrapy, CPU per page", cost["whole way"] / cost["bare"], 2.0, slack=SLACK),
        Bar(
            "whole way / tutorial stack, CPU per page",
            cost["whole way"] / cost["tutorial"],
            1 / 3,
            slack=SLACK,
        ),
        Bar("unchanged page (304) / changed page", cost["unchanged, 304"] / cost["whole way"], 0.45, slack=SLACK),
        Bar(
            "unchanged page (same bytes) / changed page",
            cost["unchanged, same bytes"] / cost["whole way"],
            0.45,
            slack=SLACK,
        ),
        Bar("two processes / one, pages per second", pair_speed / speed["whole way"], 1.8, at_least=True),
        Bar("memory at the end / after a fifth of the crawl", memory, 1.15),
    ]
    return Report(
        name=f"crawl: {pages} article pages of 40 KB",
        columns=["configuration", "CPU ms/page", "x bare", "pages/s (best)", "peak MB"],
        rows=rows,
        bars=bars,
    )


def _peak(runs: list[dict[str, Any]]) -> float:
    return max((max(run["memory"], default=0.0) for run in runs), default=0.0)


def _growth(memory: Sequence[float]) -> float:
    """Memory at the end over memory after a fifth of the samples."""
    return memory[-1] / memory[len(memory) // 5] if len(memory) >= 5 else 1.0


def _reference(kind: str, farm: Farm, work: Path, pages: int) -> dict[str, Any]:
    database = work / "tutorial.db"
    database.unlink(missing_ok=True)
    start = f"http://127.0.0.1:{farm.port}/list/1.html"
    # Every list page leads to PER_PAGE articles; the limit counts both.
    limit = pages + pages // PER_PAGE if pages < farm.spec.count else 0
    command = [sys.executable, "-m", "bench.references", kind, start, str(database), str(limit)]
    return _measured([(command, {}, 0)], work, pages)[0]


def site_folder(work: Path, farm_port: int, names: Sequence[str]) -> tuple[Path, dict[str, str]]:
    """A folder with one site file per name, each on a host of its own; the folder and the hosts' addresses."""
    folder = work / "sites"
    folder.mkdir(exist_ok=True)
    resolve = {}
    for name in names:
        host = f"{name.replace('_', '-')}.farm.example"
        (folder / f"{name}.toml").write_text(SITE_FILE.format(host=host), "utf-8")
        resolve[host] = f"127.0.0.1:{farm_port}"
    return folder, resolve


def crawl_environment(folder: Path, resolve: dict[str, str], data_dir: Path) -> dict[str, str]:
    """The variables under which a crawl of the farm runs."""
    return {
        "ZHIWEN_SITES__PATHS": str(folder),
        "ZHIWEN_FETCH__RESOLVE": json.dumps(resolve),
        "ZHIWEN_FETCH__DELAY_SECONDS": "0",
        "ZHIWEN_CRAWL__MAX_REQUESTS": "1000000",
        "ZHIWEN_DATA_DIR": str(data_dir),
        "SCRAPY_SETTINGS_MODULE": "crawler.settings",
    }


def _crawl_command(name: str) -> list[str]:
    extensions = json.dumps({"crawler.extensions.run.CrawlRun": 0, "bench.meter.Meter": 1})
    return [
        *(sys.executable, "-m", "scrapy", "crawl", name, "-a", "backfill=1"),
        *("-s", f"EXTENSIONS={extensions}", "-s", "LOG_LEVEL=INFO"),
    ]


def _ours(farm: Farm, archive: Path, work: Path, *, days: int = 0) -> dict[str, Any]:
    folder, resolve = site_folder(work, farm.port, ["farm"])
    environment = crawl_environment(folder, resolve, archive)
    command = _crawl_command("farm")
    if days:
        environment["ZHIWEN_CLOCK_SHIFT"] = str(days * 86400)
        command = [part for part in command if part not in ("backfill=1",)]
        command.remove("-a")
    return _measured([(command, environment, 0)], work, farm.spec.count)[0]


def _pair(farm: Farm, work: Path) -> tuple[float, float]:
    """Two processes at once on two cores, two sites in one archive: pages per second of both, and the larger's MB."""
    cores = sorted(os.sched_getaffinity(0))
    folder, resolve = site_folder(work, farm.port, ["farm", "farm_two"])
    archive = work / "pair"
    environment = crawl_environment(folder, resolve, archive)
    # The schema is made before: what is measured is the crawl.
    Archive(f"sqlite:///{archive / 'zhiwen.db'}", archive).open().close()
    jobs = [
        (_crawl_command(name), environment, cores[index % len(cores)])
        for index, name in enumerate(("farm", "farm_two"))
    ]
    both = _measured(jobs, work, farm.spec.count)
    shutil.rmtree(archive)
    start = min(run["started"] for run in both)
    end = max(run["started"] + run["wall"] for run in both)
    return 2 * farm.spec.count / (end - start), max(max(run["memory"], default=0.0) for run in both)


def _measured(jobs: list[tuple[list[str], dict[str, str], int]], work: Path, pages: int) -> list[dict[str, Any]]:
    """Run commands side by side, each on one core, and read their meters; each must have read ``pages`` pages."""
    running = []
    for index, (command, environment, core) in enumerate(jobs):
        meter = work / f"meter{index}.json"
        meter.unlink(missing_ok=True)
        log = (work / f"log{index}.txt").open("wb")
        process = subprocess.Popen(
            command,
            env={**os.environ, **environment, "METER_FILE": str(meter), "PYTHONPATH": str(Path(__file__).parents[1])},
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=work,
        )
        os.sched_setaffinity(process.pid, {core})
        running.append((process, meter, log))
    figures = []
    for process, meter, log in running:
        process.wait()
        log.close()
        if not meter.exists():
            raise RuntimeError(f"a measured crawl failed:\n{Path(log.name).read_text('utf-8', 'replace')[-2000:]}")
        figures.append({**json.loads(meter.read_text()), "pages": pages})
        if figures[-1]["responses"] < pages:
            raise RuntimeError(f"a measured crawl read {figures[-1]['responses']} of {pages} pages")
    return figures


def _note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; see ``bench.report.main``."""
    return report_main(run, argv, "CPU per page of the whole way, beside a bare spider and the tutorials' stack.")


if __name__ == "__main__":
    raise SystemExit(main())
