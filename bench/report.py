"""How a benchmark tells its result: rows of figures, bars, one table, one exit code."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(slots=True)
class Bar:
    """One bar: ``value`` must be at most (or, with ``at_least``, at least) ``limit``.

    ``slack`` is for noise, 0.15 = 15 %.
    """

    name: str
    value: float
    limit: float
    at_least: bool = False
    slack: float = 0.0

    @property
    def held(self) -> bool:
        """Whether the bar holds."""
        if self.at_least:
            return self.value >= self.limit * (1 - self.slack)
        return self.value <= self.limit * (1 + self.slack)


@dataclass(slots=True)
class Report:
    """A benchmark's result: ``rows`` of figures under ``columns``, ``bars``, and notes in plain words."""

    name: str
    columns: list[str]
    rows: list[list[str]]
    bars: list[Bar] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def held(self) -> bool:
        """Whether every bar holds."""
        return all(bar.held for bar in self.bars)

    def as_json(self) -> dict[str, Any]:
        """The report as plain values."""
        return {**asdict(self), "bars": [{**asdict(bar), "held": bar.held} for bar in self.bars], "held": self.held}


def show(report: Report) -> None:
    """Print the report as a table on a terminal or in a pipe."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    if not console.is_terminal:
        console = Console(width=120)  # a pipe has no width; 80 would break the names
    table = Table(title=report.name, title_justify="left")
    for index, column in enumerate(report.columns):
        table.add_column(column, justify="left" if index == 0 else "right", no_wrap=index == 0)
    for row in report.rows:
        table.add_row(*row)
    console.print(table)
    if report.bars:
        bars = Table(title="bars", title_justify="left")
        for column in ("bar", "measured", "limit", ""):
            bars.add_column(column)
        for bar in report.bars:
            sign = "≥" if bar.at_least else "≤"
            slack = f" (+-{bar.slack:.0%} noise)" if bar.slack else ""
            bars.add_row(bar.name, f"{bar.value:.3g}", f"{sign} {bar.limit:g}{slack}", "held" if bar.held else "SHORT")
        console.print(bars)
    for note in report.notes:
        console.print(note)


def main(run: Callable[[int | None], Report], argv: Sequence[str] | None, description: str) -> int:
    """The command line shared by all benchmarks: ``--size N``, ``--json``. 0 when every bar holds, else 1."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--size", type=int, help="how much to measure; each benchmark says of what")
    parser.add_argument("--json", action="store_true", help="the result as JSON")
    options = parser.parse_args(argv)
    report = run(options.size)
    if options.json:
        json.dump(report.as_json(), sys.stdout, ensure_ascii=False, indent=1)
        print()
    else:
        show(report)
    return 0 if report.held else 1
