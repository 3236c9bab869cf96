"""``zhiwen runs``: what ran."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import open_archive, site_names
from cli.crawl import COUNTS, figure
from cli.output import NOTHING, CliError, emit, emit_json, one_line, table, when

if TYPE_CHECKING:
    from archive.records import RunRow


def runs(
    site: Annotated[
        list[str] | None,
        typer.Option("--site", metavar="NAME", help="Only this site.", autocompletion=site_names),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Runs shown.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """The latest crawl runs, newest first, with what each counted, its verdict, and why."""
    with open_archive() as archive:
        archive.reap_orphans()
        rows = archive.runs(site or None, limit=limit)
    if as_json:
        emit_json({"runs": rows})
    elif rows:
        headings = ("run", "site", "started", "took", *COUNTS, "verdict")
        table(headings, [_run_cells(row) for row in rows])
        for row in rows:
            if row.verdict != "ok" and row.reason:
                emit(f"{row.id}  {row.site}: {one_line(row.reason)}")
                for sentence in row.evidence[:3]:
                    emit(f"      {one_line(sentence)}")
    if not rows:
        raise CliError("no runs yet.", NOTHING)


def _run_cells(row: RunRow) -> list[object]:
    took = f"{(row.finished_at - row.started_at).total_seconds():.0f} s" if row.finished_at else ""
    # In the ledger "unchanged" holds the unchanged pages already.
    counts = {name: number for name, number in row.counts.items() if name != "unchanged_pages"}
    numbers = [figure(counts, name) for name in COUNTS]
    return [row.id, row.site, when(row.started_at, "second"), took, *numbers, row.verdict]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("runs")(runs)
