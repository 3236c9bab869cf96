"""``zhiwen watch``: saved searches that send, made and changed; what each was told, and what waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from archive.clock import utc_now
from cli.context import open_archive, settings, site_names
from cli.output import NOTHING, USAGE, CliError, emit, emit_json, note, one_line, since_then, table, when
from cli.watch_words import (
    archive_for_writing,
    as_dict,
    called,
    checked_name,
    filters_of,
    find,
    looks_for,
    only_channel,
    with_,
)

if TYPE_CHECKING:
    from archive.archive import Archive
    from archive.watches import WatchRow

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The watch.")]
Team = Annotated[str, typer.Option("--team", metavar="TEAM", help="Whose watch it is.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]
Words = Annotated[
    list[str] | None, typer.Argument(metavar="[WORD]", help="All of these words must occur, as in `zhiwen search`.")
]
Site = Annotated[
    list[str] | None,
    typer.Option("--site", metavar="NAME", help="Only this site; may be repeated.", autocompletion=site_names),
]
Source = Annotated[str | None, typer.Option(metavar="TEXT", help="Only this printed source (来源), or part of it.")]
Column = Annotated[str | None, typer.Option(metavar="TEXT", help="Only this column (one step of the breadcrumb).")]
Kind = Annotated[
    list[str] | None,
    typer.Option(
        "--kind",
        metavar="KIND",
        help="new, changed, withdrawn, restored, reprinted, or all; may be repeated. Default: new, changed, withdrawn.",
    ),
]
Channel = Annotated[
    list[str] | None,
    typer.Option("--channel", metavar="NAME", help="Where it is sent: a channel of the settings; may be repeated."),
]
Rhythm = Annotated[
    str | None,
    typer.Option(metavar="RHYTHM", help="'at once' (default), hourly, 'daily 08:30' or 'weekly mon 09:00'."),
]
Quiet = Annotated[
    str | None, typer.Option(metavar="HOURS", help="Send nothing in these hours: 22:00-07:30. They are Shanghai's.")
]
Workdays = Annotated[bool | None, typer.Option("--workdays/--every-day", help="Send on China's working days only.")]
Copies = Annotated[
    bool | None,
    typer.Option("--all-copies/--first-copy", help="Tell every reprint, or the first article of a text (default)."),
]
Most = Annotated[int | None, typer.Option("--most", min=1, max=500, help="Notices that go out together at most (50).")]


@app.command("add")
def add(
    name: Name,
    words: Words = None,
    site: Site = None,
    source: Source = None,
    column: Column = None,
    kind: Kind = None,
    channel: Channel = None,
    rhythm: Rhythm = None,
    quiet: Quiet = None,
    workdays: Workdays = None,
    copies: Copies = None,
    most: Most = None,
    team: Team = "default",
    as_json: AsJson = False,
) -> None:
    """Save a search that sends what happens from now on. Without words and filters: every article of every site."""
    from archive.watches import Wanted, WatchExists

    name, team = checked_name(name, "a watch"), checked_name(team, "a team")
    configuration = settings()
    told = with_(
        Wanted(), configuration, words, site, source, column, kind, channel, rhythm, quiet, workdays, copies, most
    )
    if not told.channels:
        told = replace(told, channels=only_channel(configuration))
    with archive_for_writing(configuration) as archive:
        try:
            row = archive.add_watch(team, name, told)
        except WatchExists:
            raise CliError(f"{called(team, name)} is there already; `zhiwen watch edit` changes it.", USAGE) from None
        found = archive.count(told.terms, **filters_of(told))
    if as_json:
        emit_json(as_dict(row))
        return
    emit(f"{called(team, name)}: {looks_for(told)}; {', '.join(told.channels)}, {told.rhythm}.")
    emit(f"{found} articles that are held already match and are not sent; `zhiwen watch test {name}` shows a message.")


@app.command("edit")
def edit(
    name: Name,
    words: Words = None,
    site: Site = None,
    source: Source = None,
    column: Column = None,
    kind: Kind = None,
    channel: Channel = None,
    rhythm: Rhythm = None,
    quiet: Quiet = None,
    workdays: Workdays = None,
    copies: Copies = None,
    most: Most = None,
    break_quiet: Annotated[
        bool | None,
        typer.Option("--break-quiet/--keep-quiet", help="Of operators: the worst alarms come in quiet hours too."),
    ] = None,
    no_words: Annotated[bool, typer.Option("--no-words", help="Look for no words any more.")] = False,
    team: Team = "default",
    as_json: AsJson = False,
) -> None:
    """Change a watch: what is named takes the place of what was; '' takes a filter or the quiet hours away.

    What waits goes out as the watch says from now on. The watch `operators` of the team `operators` gets the alarms;
    its channels and quiet hours are those of `[notices]` in the settings.
    """
    from scheduler.workdays import is_workday

    configuration = settings()
    with open_archive(configuration) as archive:
        row = find(archive, team, name)
        if row.route == "operator" and any(
            given is not None for given in (site, source, column, kind, channel, quiet, words or None)
        ):
            raise CliError("operators are told of every alarm; channels and quiet hours are set in [notices].", USAGE)
        before = replace(row.wanted, words=(), terms=()) if no_words else row.wanted
        told = with_(
            before, configuration, words, site, source, column, kind, channel, rhythm, quiet, workdays, copies, most
        )
        if break_quiet is not None:
            told = replace(told, breaks_quiet=break_quiet)
        changed = archive.edit_watch(row.team, row.name, told, is_workday)
    assert changed is not None
    if as_json:
        emit_json(as_dict(changed))
    else:
        told = changed.wanted
        channels = ", ".join(told.channels) or "no channel"
        emit(f"{called(row.team, row.name)}: {looks_for(told)}; {channels}, {told.rhythm}.")


@app.command("enable")
def enable(name: Name, team: Team = "default", as_json: AsJson = False) -> None:
    """Go on with a watch that rests: it is told of what happens from now on."""
    _set_enabled(name, team, True, as_json)


@app.command("disable")
def disable(name: Name, team: Team = "default", as_json: AsJson = False) -> None:
    """Let a watch rest. What waits for it is let go, and what happens meanwhile is not told later."""
    _set_enabled(name, team, False, as_json)


def _set_enabled(name: str, team: str, enabled: bool, as_json: bool) -> None:
    with open_archive() as archive:
        row = find(archive, team, name)
        changed = archive.enable_watch(row.team, row.name, enabled)
    assert changed is not None
    if as_json:
        emit_json(as_dict(changed))
    else:
        emit(f"{called(row.team, row.name)} {'is told of what happens from now on' if enabled else 'rests'}.")


@app.command("remove")
def remove(name: Name, team: Team = "default", as_json: AsJson = False) -> None:
    """Forget a watch, what waits for it, and what it was told."""
    with open_archive() as archive:
        row = find(archive, team, name)
        if row.route == "operator":
            raise CliError("operators are told as long as [notices] names a channel for them.", USAGE)
        archive.remove_watch(row.team, row.name)
    if as_json:
        emit_json(as_dict(row))
    else:
        left = f" {row.waiting} notices that waited are not sent." if row.waiting else ""
        emit(f"{called(row.team, row.name)} is removed.{left}")


@app.command("list")
def list_watches(
    team: Annotated[str | None, typer.Option("--team", metavar="TEAM", help="Only this team's.")] = None,
    as_json: AsJson = False,
) -> None:
    """All watches: what each looks for, where it sends and when, what it sent, what waits. Ends with 3 without any."""
    with open_archive() as archive:
        rows = archive.watches(team)
    if as_json:
        emit_json({"watches": [as_dict(row) for row in rows]})
    else:
        shown = [row for row in rows if row.route == "reader" or row.wanted.channels]
        headings = ("team", "watch", "looks for", "tells", "channels", "rhythm", "sent", "waiting", "state")
        if shown:
            table(headings, [_cells(row) for row in shown])
        for row in shown:
            if row.failing:
                emit(f"{called(row.team, row.name)}: {one_line(row.failing)}")
    if not any(row.route == "reader" for row in rows):
        raise CliError("no watches yet: `zhiwen watch add NAME [WORD] --channel NAME` makes one.", NOTHING)


def _cells(row: WatchRow) -> list[object]:
    wanted = row.wanted
    times = f"{wanted.rhythm}{f', quiet {wanted.quiet}' if wanted.quiet else ''}"
    times += ", workdays" if wanted.workdays else ""
    channels = ", ".join(wanted.channels)
    return [row.team, row.name, looks_for(wanted), _tells(row), channels, times, row.sent, row.waiting, _state(row)]


def _state(row: WatchRow) -> str:
    if not row.enabled:
        return "rests"
    words = ["failing"] if row.failing else []
    words += [f"{row.given_up} given up"] if row.given_up else []
    return ", ".join(words) or "ok"


def _tells(row: WatchRow) -> str:
    return "alarms" if row.route == "operator" else ", ".join(row.wanted.kinds)


@app.command("show")
def show_watch(name: Name, team: Team = "default", as_json: AsJson = False) -> None:
    """One watch: what it looks for and how it tells, what it was told last, what waits."""
    with open_archive() as archive:
        row = find(archive, team, name)
        waiting = archive.outbox(row.team, row.name)
        sent = archive.last_sent(row)
        found = archive.count(row.wanted.terms, **filters_of(row.wanted)) if row.route == "reader" else 0
    if as_json:
        emit_json({**as_dict(row), "matching": found, "outbox": waiting, "last_sent": sent})
        return
    wanted = row.wanted
    facts: dict[str, object] = {
        "watch": called(row.team, row.name),
        "looks for": f"{looks_for(wanted)} ({found} articles held)" if row.route == "reader" else "alarms of sites",
        "tells of": _tells(row) + (", every copy of a text" if wanted.all_copies else ""),
        "channels": ", ".join(wanted.channels) or "none",
        "rhythm": f"{wanted.rhythm}{', working days only' if wanted.workdays else ''}, up to {wanted.most} together",
        "quiet": wanted.quiet and f"{wanted.quiet}{', but not for the worst alarms' if wanted.breaks_quiet else ''}",
        "since": when(row.created_at),
        "sent": f"{row.sent}{f', last {when(row.last_sent_at)}' if row.last_sent_at else ''}",
        "state": _state(row),
    }
    for label, value in facts.items():
        if value:
            emit(f"{label:>10}  {one_line(value)}")
    for parcel in sent:
        emit(f"  arrived   {when(parcel.sent_at)} by {parcel.channel}: {'; '.join(map(one_line, parcel.titles[:3]))}"
             f"{f' and {len(parcel.titles) - 3} more' if len(parcel.titles) > 3 else ''}")  # fmt: skip
    for one in waiting:
        emit(
            f"   {one.state:>7}  {one.notices} by {one.channel}, {when(one.next_try_at)} {one_line(one.error)}".rstrip()
        )


@app.command("outbox")
def outbox(
    retry: Annotated[
        list[str] | None,
        typer.Option("--retry", metavar="ID", help="Try this parcel again now; 'all': all that were given up."),
    ] = None,
    team: Annotated[str | None, typer.Option("--team", metavar="TEAM", help="Only this team's.")] = None,
    as_json: AsJson = False,
) -> None:
    """What was not sent yet: waiting for its hour, failing, given up; with the reason and the next try."""
    with open_archive() as archive:
        tried = _try_again(archive, retry, team) if retry else []
        rows = archive.outbox(team)
    if as_json:
        emit_json({"outbox": rows, "tried_again": tried})
        return
    if tried:
        emit(f"tried again with the next sending: {', '.join(map(str, tried))}.")
    if not rows:
        note("nothing waits.")
        return
    now = utc_now()
    headings = ("parcel", "team", "watch", "channel", "notices", "state", "since", "next try", "tries")
    table(
        headings,
        [
            [
                row.number,
                row.team,
                row.watch,
                row.channel,
                row.notices,
                row.state,
                since_then(row.since, now),
                when(row.next_try_at) if row.state != "given up" else "",
                row.tries,
            ]
            for row in rows
        ],
    )
    for row in rows:
        if row.error:
            emit(f"{row.number}  {row.channel}: {one_line(row.error)}")


def _try_again(archive: Archive, wanted: Sequence[str], team: str | None) -> list[int]:
    if "all" in wanted:
        numbers = [row.number for row in archive.outbox(team) if row.state == "given up" and row.number is not None]
    else:
        # As the outbox numbers them, or as receivers see them: p12-w3-ops.
        said = [word.partition("-")[0].removeprefix("p") for word in wanted]
        odd = [word for word, number in zip(wanted, said, strict=True) if not number.isdecimal() or len(number) > 18]
        if odd:
            raise CliError(f"{odd[0]!r} is no parcel; `zhiwen watch outbox` lists their numbers.", USAGE)
        numbers = [int(number) for number in said]
    tried = archive.retry_parcels(numbers)
    missing = sorted(set(numbers) - set(tried))
    if missing or not numbers:
        what = f"parcel {', '.join(map(str, missing))} does not wait" if missing else "nothing was given up"
        raise CliError(f"{what}; `zhiwen watch outbox` lists what does.", NOTHING)
    return tried


def register(root: typer.Typer) -> None:
    """Add the commands."""
    from cli import watch_preview

    watch_preview.register(app)
    root.add_typer(app, name="watch", help="Saved searches that send notices: make, list, try and change them.")
