"""How a benchmark tells its result: rows of figures, bars, one table, one exit code."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console


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
class Table:
    """One more table under the figures."""

    name: str
    columns: list[str]
    rows: list[list[str]]


@dataclass(slots=True)
class Report:
    """A benchmark's result: ``rows`` of figures under ``columns``, ``bars``, more tables, and notes in plain words."""

    name: str
    columns: list[str]
    rows: list[list[str]]
    bars: list[Bar] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    more: list[Table] = field(default_factory=list)

    @property
    def held(self) -> bool:
        """Whether every bar holds."""
        return all(bar.held for bar in self.bars)

    def as_json(self) -> dict[str, Any]:
        """The report as plain values."""
        return {**asdict(self), "bars": [{**asdict(bar), "held": bar.held} for bar in self.bars], "held": self.held}


def show(report: Report) -> None:
    """Print the report as tables on a terminal or in a pipe."""
    from rich.console import Console

    console = Console()
    if not console.is_terminal:
        console = Console(width=150)  # a pipe has no width; 80 would break the names
    _print_table(console, Table(report.name, report.columns, report.rows))
    if report.bars:
        rows = []
        for bar in report.bars:
            sign = "≥" if bar.at_least else "≤"
            slack = f" (+-{bar.slack:.0%} noise)" if bar.slack else ""
            rows.append([bar.name, f"{bar.value:.3g}", f"{sign} {bar.limit:g}{slack}", "held" if bar.held else "SHORT"])
        _print_table(console, Table("bars", ["bar", "measured", "limit", ""], rows))
    for table in report.more:
        _print_table(console, table)
    for note in report.notes:
        console.print(note, markup=False, highlight=False)


def _print_table(console: Console, table: Table) -> None:
    from rich.table import Table as Grid
    from rich.text import Text

    grid = Grid(title=table.name, title_justify="left")
    for index, column in enumerate(table.columns):
        grid.add_column(column, justify="right" if index and _is_figure(table, index) else "left", no_wrap=index == 0)
    for row in table.rows:
        grid.add_row(*(Text(cell) for cell in row))
    console.print(grid)


def _is_figure(table: Table, index: int) -> bool:
    return all(len(row[index]) <= 24 and not row[index][:1].isalpha() for row in table.rows)


def main(run: Callable[[int | None], Report], argv: Sequence[str] | None, description: str) -> int:
    """The command line shared by all benchmarks: ``--size N``, ``--json``. 0 when every bar holds, else 1."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--size", type=int, help="how much to measure; each benchmark says of what")
    parser.add_argument("--json", action="store_true", help="the result as JSON")
    options = parser.parse_args(argv)
    return finish(run(options.size), as_json=options.json)


def finish(report: Report, *, as_json: bool) -> int:
    """Print the report, as JSON or as tables. 0 when every bar holds, else 1."""
    if as_json:
        json.dump(report.as_json(), sys.stdout, ensure_ascii=False, indent=1)
        print()
    else:
        show(report)
    return 0 if report.held else 1
