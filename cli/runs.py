"""``zhiwen runs`` and ``zhiwen health``: what ran, and what is late, broken or blocked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from archive.clock import utc_now
from archive.words import GOOD_VERDICTS
from cli.context import open_archive, settings, site_names, sites
from cli.crawl import COUNTS, figure
from cli.files import TEXT_IS_THERE, hint_for
from cli.output import FAILURE, NOTHING, CliError, counted, emit, emit_json, one_line, since_then, table, when

if TYPE_CHECKING:
    from archive.answers import AlarmRow
    from archive.records import QuarantineRow, RunRow, SiteHealth
    from seeds.model import Site

SAYS_NOTHING = frozenset({"running", "held", "interrupted", "orphaned"})
"""Verdicts that tell of the run and not of the site."""
LATE_AFTER = 2
"""A site is late when its last good run is more than so many of its intervals ago."""


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


def health(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """The state of every site. Ends with 1 when a site needs a hand: failing, blocked, drifted, late, stuck."""
    chosen = settings()
    with open_archive(chosen) as archive:
        archive.reap_orphans()
        states = archive.health()
        failures = archive.quarantine()
    found = {state.site: state for state in states}
    reports = [_report(name, site, found.get(name)) for name, site in sites(chosen).items()]
    reports += [_report(state.site, None, state) for state in states if state.site not in {r["site"] for r in reports}]
    reports.sort(key=lambda report: report["state"] != "frozen")
    if as_json:
        emit_json({"ok": not any(r["alarms"] for r in reports), "sites": reports, "quarantine": failures})
    else:
        _print_health(reports, failures)
    if any(report["alarms"] for report in reports):
        raise typer.Exit(FAILURE)


def _report(name: str, site: Site | None, state: SiteHealth | None) -> dict[str, object]:
    """One site's state with its alarms (need a hand) and remarks (good to know)."""
    now = utc_now()
    alarms: list[str] = []
    remarks: list[str] = []
    if state is not None:
        _judge_state(state, site, now, alarms, remarks)
    word = "alarm" if alarms else "ok"
    if state is not None and state.alarm is not None and state.alarm.frozen:
        word = "frozen"
    if state is None or state.last_run is None:
        word = "never crawled"
    if site is not None and site.why_not_live:
        word = "not live" if word != "frozen" else word
        remarks.append(site.why_not_live)
    return {
        "site": name,
        "state": word,
        "alarms": alarms,
        "remarks": remarks,
        **({key: value for key, value in asdict(state).items() if key != "site"} if state else {}),
    }


def _judge_state(state: SiteHealth, site: Site | None, now: datetime, alarms: list[str], remarks: list[str]) -> None:
    run = state.last_run
    if state.alarm is not None:
        # The trouble of the whole site, once; what each run says of it adds nothing. Who froze it knows.
        (remarks if state.alarm.kind == "by hand" else alarms).append(_alarm_sentence(state.alarm))
    told_by_alarm = {"hijacked", "frozen", "failing"} if state.alarm is not None else set()
    if run and run.verdict not in GOOD_VERDICTS | SAYS_NOTHING | told_by_alarm:
        alarms.append(f"run {run.id} of {when(run.started_at)}: {run.verdict}. {run.reason}")
    elif run and run.verdict not in {"ok", *told_by_alarm}:
        remarks.append(f"run {run.id} of {when(run.started_at)}: {run.verdict}. {run.reason}")
    told = " ".join(alarms)
    if state.alarm is None or not state.alarm.frozen:
        alarms.extend(f"no links on {row.url}: {row.detail}" for row in state.empty_lists if row.url not in told)
    if state.stuck_runs:
        alarms.append(f"runs that never ended: {', '.join(map(str, state.stuck_runs))}")
    good = state.last_good_at
    if site is not None and site.live and good is not None:
        allowed = timedelta(seconds=site.revisit_seconds * LATE_AFTER)
        if now - good > allowed:
            ago = since_then(good, now)
            remarks.append(f"late: the last good run was {ago}, one is due every {site.revisit_seconds / 3600:g} h")
    without = {word: number for word, number in state.files.items() if word not in TEXT_IS_THERE}
    if without:
        remarks.append(f"files without text: {counted(without)}{hint_for(without)}")
    if state.quarantine:
        remarks.append(f"in quarantine: {counted(state.quarantine)}")


def _alarm_sentence(alarm: AlarmRow) -> str:
    """What is wrong, since when, on what evidence, and what to do."""
    seen = f" Seen by {alarm.times} runs, last {when(alarm.seen_at)}." if alarm.times > 1 else ""
    if alarm.frozen:
        what = f"{alarm.kind}, frozen since {when(alarm.opened_at)}: nothing is stored."
        step = f"`zhiwen sites thaw {alarm.site}` goes on with it as it is"
        step += "." if alarm.kind == "by hand" else "; once its known pages read as stored it thaws by itself."
    else:
        what = f"{alarm.kind} since {when(alarm.opened_at)}."
        step = "It is over as soon as a run finds lists and known pages as usual."
    proof = next((sentence for sentence in alarm.evidence if sentence not in alarm.reason), "")
    return f"{what} {alarm.reason.rstrip('.')}.{seen} {f'Evidence: {proof} ' if proof else ''}{step}"


def _print_health(reports: Iterable[Mapping[str, object]], failures: Iterable[QuarantineRow]) -> None:
    now = utc_now()
    headings = ("site", "state", "articles", "withdrawn", "waiting", "newest article", "last good run")
    rows = []
    for report in reports:
        newest, good = report.get("newest_published_at"), report.get("last_good_at")
        rows.append(
            [
                report["site"],
                report["state"],
                report.get("articles"),
                report.get("withdrawn"),
                report.get("pending"),
                when(newest, "day") if isinstance(newest, datetime) else None,
                since_then(good, now) if isinstance(good, datetime) else None,
            ]
        )
    table(headings, rows)
    for report in reports:
        for kind in ("alarms", "remarks"):
            sentences = report[kind]
            assert isinstance(sentences, list)
            for sentence in sentences:
                emit(f"{report['site']}: {'ALARM: ' if kind == 'alarms' else ''}{one_line(sentence)}")
    for row in failures:
        if row.kind == "list":
            continue  # it stands among the alarms
        emit(f"quarantine: {one_line(row.url)}: {row.cause}: {one_line(row.detail)} Next try {when(row.next_try_at)}.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("runs")(runs)
    app.command("health")(health)
