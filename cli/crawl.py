"""``zhiwen crawl``: crawl sites now, each in a process of its own, and show how it goes."""

from __future__ import annotations

import difflib
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import open_archive, pick_sites, settings, site_names, sites
from cli.output import FAILURE, OK, USAGE, CliError, counted, emit, emit_json, note, one_line, plain, table

if TYPE_CHECKING:
    from config.settings import Settings
    from scheduler.runner import CrawlEvent, CrawlResult
    from seeds.model import Site

COUNTS: dict[str, tuple[str, ...]] = {
    "lists": ("list_pages", "lists_unchanged"),
    "new": ("new",),
    "changed": ("changed",),
    "unchanged": ("unchanged", "unchanged_pages", "reread"),
    "gone": ("gone",),
    "failed": ("failed",),
}
"""Columns of the tables of runs, each with the counts of the ledger that it adds up."""

DEMO_MARKER = "demo.txt"
"""Lies in the data folder of the demo: only such a folder is ever replaced, and nothing real is crawled into it."""

MIN_FREE_BYTES = 64 * 1024 * 1024
"""Less free space than this and no run is started: a full disk in the middle helps nobody."""


def crawl(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[SITE]", help="Default: all sites.", autocompletion=site_names)
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only this column of the one site, by name or address; repeatable."),
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="DAY", help="Read the lists back to this day: 2021-01-01, 30d.")
    ] = None,
    backfill: Annotated[bool, typer.Option("--backfill", help="Read the lists to their end.")] = False,
    revisit: Annotated[bool, typer.Option("--revisit", help="Look at every known article again, due or not.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="At most N articles of each site.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Look only; store nothing.")] = False,
    jobs: Annotated[int | None, typer.Option(min=1, metavar="N", help="Sites at a time. Default: 2.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line per finished site.")] = False,
) -> None:
    """Crawl now. Ctrl-C stops cleanly and keeps what was stored; a second Ctrl-C kills.

    Ends with 1 when a site failed, was blocked, or is being crawled by another run.
    """
    from cli.filters import parse_day
    from scheduler.runner import CrawlOptions, run_crawls

    chosen = settings()
    day = parse_day(since, "--since") if since else None
    known = sites(chosen)
    live, skipped_by_name = _live_sites(known, names or [])
    lists = _lists_of(known[live[0]], column) if column and len(live) == 1 else ()
    if column and not lists:
        raise CliError("--column is meant for one site: name it, as in `zhiwen crawl SITE --column NAME`.", USAGE)
    if not dry_run:
        refuse_demo(chosen)
        prepare_archive(chosen)
    options = CrawlOptions(since=day, backfill=backfill, revisit=revisit, limit=limit, dry_run=dry_run, lists=lists)
    with progress(live, quiet=as_json) as on_event:
        results = run_crawls(
            live,
            options,
            chosen,
            jobs=jobs or min(2, os.cpu_count() or 1),
            on_event=on_event,
            on_result=(lambda result: emit_json(result_json(result))) if as_json else (lambda result: None),
        )
    if not as_json:
        results_table(results)
        tell_reasons(results)
    if results and not dry_run:
        _examine(chosen, quiet=as_json)
    if len(results) < len(live) or any(result.verdict == "interrupted" for result in results):
        raise typer.Exit(130)
    failed = skipped_by_name or not all(result.ok for result in results)
    raise typer.Exit(FAILURE if failed else OK)


def _examine(chosen: Settings, *, quiet: bool) -> None:
    """Open, renew and end alarms by what the runs saw."""
    from cli.health import examine_sites, tell_alarms

    with open_archive(chosen) as archive:
        examined = examine_sites(archive, chosen)
    if examined is not None and not quiet:
        tell_alarms(examined)


def _live_sites(known: dict[str, Site], names: Sequence[str]) -> tuple[list[str], bool]:
    """Names of the sites to crawl, and whether one that was asked for by name has to be left out."""
    asked = pick_sites(known, names) if names else list(known.values())
    for site in asked:
        if site.why_not_live:
            note(f"zhiwen: skipped: {site.why_not_live}")
    live = [site.name for site in asked if site.live]
    if not live:
        raise CliError("no site to crawl.")
    return live, bool(names) and len(live) < len(asked)


def _lists_of(site: Site, columns: Sequence[str]) -> tuple[str, ...]:
    """The list addresses of the columns of these names or addresses; a wrong one is told with the nearest."""
    for name in columns:
        known = [word for source in site.lists for word in (source.column, source.url)]
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
            named = "、".join(source.column for source in site.lists)
            hint = f"Did you mean {near[0]}?" if near else f"Its columns are {named}."
            raise CliError(f"{site.name} has no column {name!r}. {hint}", USAGE)
    return tuple(source.url for source in site.lists if source.column in columns or source.url in columns)


def refuse_demo(chosen: Settings) -> None:
    """Nothing real is put among the demo's invented articles."""
    if (chosen.data_dir / DEMO_MARKER).exists():
        raise CliError(
            f"{chosen.data_dir} holds the demo's archive of invented articles. "
            "Delete that folder, or name another one with --data DIR."
        )


def prepare_archive(chosen: Settings) -> None:
    """Make or check the archive before any child does, so that a wrong address is told once, in one sentence."""
    from archive.archive import Archive

    chosen.data_dir.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(chosen.data_dir).free
    if free < MIN_FREE_BYTES:
        raise CliError(f"only {free // 2**20} MB are free in {chosen.data_dir}. Free some space first.")
    if not os.access(chosen.data_dir, os.W_OK):
        raise CliError(f"{chosen.data_dir} cannot be written. Set data_dir to a folder of yours, or use --data DIR.")
    with Archive(chosen.archive_url, chosen.data_dir):
        pass


@contextmanager
def progress(names: Sequence[str], *, quiet: bool = False) -> Iterator[Callable[[CrawlEvent], None]]:
    """Show how the crawls go: live lines on a terminal, one plain line per start elsewhere, nothing when quiet."""
    if quiet:
        yield lambda event: None
        return
    if not sys.stdout.isatty():
        yield lambda event: emit(f"{event.site}: crawling") if event.event == "start" else None
        return
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(finished_text=" "),
        TextColumn("{task.fields[site]}", markup=False),
        TextColumn("{task.description}", markup=False),
        TimeElapsedColumn(),
    )
    with Progress(*columns, transient=True) as bars:
        tasks = {name: bars.add_task("waiting", site=name, total=None, start=False) for name in names}

        def on_event(event: CrawlEvent) -> None:
            task = tasks[event.site]
            if event.event == "start":
                bars.start_task(task)
            words = {"requests": event.counts.get("requests", 0)}
            words |= {name: figure(event.counts, name) for name in COUNTS}
            text = plain(event.verdict) if event.verdict else counted(words) or "starting"
            bars.update(task, description=text)
            if event.event == "done":
                bars.update(task, total=1, completed=1)

        yield on_event


def results_table(results: Sequence[CrawlResult]) -> None:
    """What each run counted and its verdict."""
    rows = [[result.site, *(figure(result.counts, name) for name in COUNTS), result.verdict] for result in results]
    table(("site", *COUNTS, "verdict"), rows)


def figure(counts: Mapping[str, int], column: str) -> int:
    """One column of a table of runs."""
    return sum(counts.get(name, 0) for name in COUNTS[column])


def tell_reasons(results: Sequence[CrawlResult]) -> None:
    """Why a run did not simply go well, with what was seen; and where its log is when it failed."""
    for result in results:
        if result.verdict == "ok":
            continue
        emit(f"{result.site}: {one_line(result.reason or result.verdict)}")
        if not result.ok:
            emit(f"  log: {plain(result.log)}")


def result_json(result: CrawlResult) -> dict[str, object]:
    """A finished run for programs."""
    return {
        "site": result.site,
        "verdict": result.verdict,
        "ok": result.ok,
        "reason": result.reason,
        "counts": result.counts,
        "causes": result.causes,
        "evidence": result.evidence,
        "log": result.log,
    }


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("crawl")(crawl)
