"""``zhiwen health`` and ``zhiwen alarms``: what is wrong, worst first, with the next step; and what was wrong."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from archive.clock import utc_now
from archive.errors import ArchiveError
from archive.words import NOTE
from cli.complaints import (
    NEEDS_A_HAND,
    WORDS,
    Complaint,
    Report,
    grouped,
    nobody_watches,
    report,
    undelivered,
    worst_first,
)
from cli.context import open_archive, pick_sites, settings, site_names, sites
from cli.output import FAILURE, NOTHING, CliError, console, emit, emit_json, note, one_line, since_then, table, when

if TYPE_CHECKING:
    from archive.answers import AlarmRow, QuarantineRow
    from archive.archive import Archive
    from config.settings import Settings
    from scheduler.examination import Examined

MOST_COMPLAINTS = 20
"""So many are told in full; the others are counted."""
MOST_EVIDENCE = 2
MOST_PAGES = 10
"""Pages in quarantine that are named for each site and cause with --all."""
_DATED = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")
_STYLES = {1: "bold red", 2: "red", 3: "yellow", 4: "cyan"}

Names = Annotated[
    list[str] | None, typer.Argument(metavar="[SITE]", help="Default: all sites.", autocompletion=site_names)
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]


def health(
    names: Names = None,
    as_json: AsJson = False,
    everything: Annotated[
        bool, typer.Option("--all", help="All complaints with all their evidence, and a table of all sites.")
    ] = False,
) -> None:
    """What is wrong, worst first, each with its evidence and the next step. Ends with 1 when something needs a hand.

    `zhiwen alarms` tells what was wrong before, and how it ended.
    """
    chosen = settings()
    known = sites(chosen)
    with open_archive(chosen) as archive:
        archive.reap_orphans()
        # Who only looks may do so from a folder with other site files: no alarm ends by that.
        examine_sites(archive, chosen, end_others=False)
        states = {state.site: state for state in archive.health()}
        if unknown := [name for name in names or () if name not in states]:
            pick_sites(known, unknown)
        wanted = [
            name for name in [*known, *(name for name in states if name not in known)] if not names or name in names
        ]
        failures = archive.quarantine(names or None, limit=1000)
        schedules, instances, now = archive.schedules(), archive.instances(), utc_now()
        outbox = archive.outbox() if not names else []
    by_site = {name: [row for row in schedules if row.site == name] for name in {row.site for row in schedules}}
    reports = [report(name, known.get(name), states.get(name), by_site.get(name, []), now) for name in wanted]
    reports.sort(key=lambda one: one.state != "frozen")
    complaints = [complaint for one in reports for complaint in one.complaints]
    if not names and (nobody := nobody_watches(schedules, instances, now)):
        complaints.append(nobody)
    complaints += undelivered(outbox, now)
    complaints = worst_first(complaints)
    ill = any(complaint.severity <= NEEDS_A_HAND for complaint in complaints)
    if as_json:
        document = {"ok": not ill, "complaints": complaints, "sites": [one.json() for one in reports]}
        emit_json({**document, "quarantine": failures[:100]})
    else:
        _print(complaints, reports, failures, everything)
    if ill:
        raise typer.Exit(FAILURE)


def examine_sites(archive: Archive, chosen: Settings, *, end_others: bool = True) -> Examined | None:
    """Alarms as of now. None, with a word about it, where the archive cannot be written; a backup is left as it is."""
    from scheduler.examination import examine
    from scheduler.examination import logger as log_of_alarms

    # What it logs of alarms is for `zhiwen up`; commands tell them themselves.
    log_of_alarms.addHandler(logging.NullHandler())
    if (chosen.data_dir / "backup.json").exists():
        return None
    try:
        return examine(archive, sites(chosen), chosen, utc_now(), end_others=end_others)
    except ArchiveError as error:
        note(f"zhiwen: the sites were not examined anew: {error}.")
        return None


def tell_alarms(examined: Examined) -> None:
    """What an examination opened and ended, for people, after crawls."""
    for alarm in examined.opened:
        word = WORDS[NOTE] if alarm.severity == NOTE else "alarm"
        emit(f"{_place(alarm.site, alarm.column)}: {word}: {alarm.kind}: {one_line(alarm.reason)}")
    for alarm in examined.closed:
        emit(f"{_place(alarm.site, alarm.column)}: no longer {alarm.kind}: {one_line(alarm.closed_because)}")
    for site, why in examined.failed.items():
        emit(f"{site}: could not be examined: {one_line(why)}")


# --- printing ---------------------------------------------------------------------------------------------------------


def _print(
    complaints: Sequence[Complaint], reports: Sequence[Report], failures: Sequence[QuarantineRow], everything: bool
) -> None:
    if complaints:
        counts = [(WORDS[rank], sum(one.severity == rank for one in complaints)) for rank in sorted(WORDS)]
        emit(f"{', '.join(f'{count} {word}' for word, count in counts if count)}; worst first.\n")
    shown = complaints if everything else complaints[:MOST_COMPLAINTS]
    for number, complaint in enumerate(shown, 1):
        _print_complaint(number, complaint, everything)
    if left := complaints[len(shown) :]:
        kinds = {kind: sum(one.kind == kind for one in left) for kind in dict.fromkeys(one.kind for one in left)}
        words = ", ".join(f"{kind} {count}" for kind, count in kinds.items())
        emit(f"… and {len(left)} more ({words}): `zhiwen health --all`.\n")
    if everything:
        _table(reports)
    _print_rest(reports)
    _print_quarantine(reports, failures, everything)
    for one in reports:
        for remark in one.remarks:
            if everything or remark.startswith("files") or (remark.startswith("late") and not one.complaints):
                _line(f"{one.site}: {remark}", 0, hang=3)


def _print_complaint(number: int, complaint: Complaint, everything: bool) -> None:
    now = utc_now()
    where = _place(complaint.site, complaint.column) if complaint.site else "all sites"
    since = f", since {when(complaint.since)} ({since_then(complaint.since, now)})" if complaint.since else ""
    seen = f", seen by {complaint.times} runs" if complaint.times > 1 else ""
    frozen = ", frozen" if complaint.frozen else ""
    head = f"{number}. {WORDS[complaint.severity]}: {where}: {complaint.kind}{frozen}{since}{seen}"
    _line(head, 0, _STYLES[complaint.severity], hang=3)
    _line(complaint.reason[:1].upper() + complaint.reason[1:], 3)
    for sentence in complaint.evidence if everything else chosen_evidence(complaint.evidence):
        _line(sentence, 3, "dim", mark="> ")
    if complaint.pace:
        _line(complaint.pace, 3, "dim")
    if complaint.step:
        _line(complaint.step, 3, "green", mark="-> ")
    emit("")


def chosen_evidence(evidence: Sequence[str]) -> list[str]:
    """The address and two quotations at most; what was seen at a certain moment goes before what sums up."""
    address = [line for line in evidence if " " not in line and "://" in line][:1]
    others = sorted((line for line in evidence if line not in address), key=lambda line: not _DATED.match(line))
    unlike = {_DATED.sub("", line): line for line in reversed(others)}
    return [*address, *(line for line in others if line in unlike.values())][: MOST_EVIDENCE + len(address)]


def _line(text: str, indent: int, style: str = "", mark: str = "", hang: int = 0) -> None:
    """One paragraph; folded to the terminal's width with its indent kept, a single line elsewhere.

    ``hang`` is the further indent of all lines but the first.
    """
    words = one_line(text)
    if not sys.stdout.isatty():
        emit(" " * indent + mark + words)
        return
    from rich.text import Text

    screen = console(wrap=True)
    width = max(20, screen.width - indent - len(mark) - hang)
    for place, line in enumerate(Text(words).wrap(screen, width)):
        line.rstrip()
        line.stylize(style)
        lead = " " * indent + (mark if place == 0 else " " * (len(mark) + hang))
        screen.print(Text(lead, style=style if mark else "").append_text(line), soft_wrap=True)


def _print_rest(reports: Iterable[Report]) -> None:
    """The sites that nothing is wrong with, in a line for each state."""
    for state, names in grouped(reports).items():
        count = f"{len(names)} site{'s' if len(names) != 1 else ''}"
        word = "well" if state == "ok" else state
        listed = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
        _line(f"{count} {word}: {listed}.", 0, hang=3)


def _print_quarantine(reports: Iterable[Report], failures: Sequence[QuarantineRow], everything: bool) -> None:
    """Pages that could not be read, by site and cause, each with its latest example."""
    for one in reports:
        for cause, count in sorted((one.health.quarantine if one.health else {}).items(), key=lambda pair: -pair[1]):
            rows = [row for row in failures if row.site == one.site and row.cause == cause]
            pages = f"{count} page{'s' if count != 1 else ''}"
            if not rows:
                _line(f"quarantine: {one.site}: {cause}: {pages}.", 0)
                continue
            such_as = f"{pages}, such as " if count > 1 else ""
            for row in rows[: MOST_PAGES if everything else 1]:
                page = f"{such_as}{row.url}: {row.detail}"
                _line(f"quarantine: {one.site}: {cause}: {page} Next try {when(row.next_try_at)}.", 0, hang=3)
                such_as = ""


def _table(reports: Iterable[Report]) -> None:
    now = utc_now()
    headings = ("site", "state", "articles", "withdrawn", "waiting", "newest article", "last good run")
    rows = []
    for one in reports:
        about = one.health
        numbers = (about.articles, about.withdrawn, about.pending) if about else (None, None, None)
        newest = when(about.newest_published_at, "day") if about else None
        rows.append([one.site, one.state, *numbers, newest, since_then(about.last_good_at, now) if about else None])
    table(headings, rows)


def _place(site: str, column: str) -> str:
    return f"{site} · {one_line(column)}" if column else site


# --- what was wrong ---------------------------------------------------------------------------------------------------


def alarms(
    names: Names = None,
    closed: Annotated[bool, typer.Option("--closed", help="Those that are over, too.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="Alarms shown.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Alarms, the newest first: since when, how often seen, and what ended them. Ends with 3 without any."""
    chosen = settings()
    with open_archive(chosen) as archive:
        rows = archive.alarms(names or None, closed=closed, limit=limit)
        if not rows and names:
            found = {state.site for state in archive.health()}
            pick_sites(sites(chosen), [name for name in names if name not in found])
    if as_json:
        emit_json({"alarms": rows})
    for row in rows if not as_json else ():
        _print_alarm(row)
    if not rows:
        raise CliError("no alarms." if closed else "no open alarms; --closed shows those that are over.", NOTHING)


def _print_alarm(row: AlarmRow) -> None:
    until = f" until {when(row.closed_at)}" if row.closed_at else ""
    seen = f", seen by {row.times} runs" if row.times > 1 else ""
    frozen = ", frozen" if row.frozen else ""
    head = f"#{row.id} {_place(row.site, row.column)}: {row.kind}{frozen}, {when(row.opened_at)}{until}{seen}"
    _line(head, 0, "dim" if row.closed_at else _STYLES.get(row.severity, ""))
    _line(row.reason, 3)
    for sentence in chosen_evidence([line for line in row.evidence if line not in row.reason]):
        _line(sentence, 3, "dim", mark="> ")
    if row.closed_at:
        _line(f"Over: {row.closed_because}", 3)
    elif row.step:
        _line(row.step, 3, "green", mark="-> ")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("health")(health)
    app.command("alarms")(alarms)
