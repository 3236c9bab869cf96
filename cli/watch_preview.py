"""``zhiwen watch test``: what a watch would have sent for the last days, word for word."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from archive.clock import SHANGHAI, utc_now
from cli.context import open_archive, settings
from cli.filters import parse_day
from cli.output import FAILURE, NOTHING, CliError, emit, emit_json, note, one_line, plain, when
from cli.watch_words import find

if TYPE_CHECKING:
    from archive.archive import Archive
    from archive.deliveries import Notice, Parcel
    from archive.watches import WatchRow
    from config.settings import Settings
    from scheduler.channels import Channel

Name = Annotated[str, typer.Argument(metavar="NAME", help="The watch.")]
Team = Annotated[str, typer.Option("--team", metavar="TEAM", help="Whose watch it is.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]

MOST_SHOWN = 200
"""Notices looked at: a test of a whole year helps nobody."""


def test_watch(
    name: Name,
    since: Annotated[str, typer.Option(metavar="DAY", help="What happened from this day on: 7d, 2026-11-01.")] = "7d",
    send: Annotated[bool, typer.Option("--send", help="Send the latest of it now, marked as a test.")] = False,
    team: Team = "default",
    as_json: AsJson = False,
) -> None:
    """Show the messages that a watch would have sent for the last days, as each channel gets them. Sends nothing.

    When nothing happened, the newest article that it finds serves as an example. Ends with 3 when there is none either.
    """
    from scheduler.channels import load_channel

    configuration = settings()
    day = parse_day(since, "--since")
    with open_archive(configuration) as archive:
        row = find(archive, team, name)
        notices = archive.preview(row.wanted, datetime(day.year, day.month, day.day, tzinfo=SHANGHAI), MOST_SHOWN)
        is_example = not notices
        notices = notices or _example(archive, row)
    if not notices:
        raise CliError(f"nothing happened since {day}, and no article that is held matches.", NOTHING)
    missing = [channel for channel in row.wanted.channels if channel not in configuration.channels]
    for channel in missing:
        note(f"the settings have no channel {channel!r} any more; nothing can be sent by it.")
    channels = [load_channel(channel, configuration) for channel in row.wanted.channels if channel not in missing]
    groups = _groups(row, notices)
    if send:
        _send(row, groups[-1], channels, configuration, as_json)
        return
    told = [_message_dicts(row, group, channel) for channel in channels for group in groups]
    shown = [message for messages in told for message in messages]
    if as_json:
        emit_json({"watch": row.name, "team": row.team, "example": is_example, "messages": shown})
        return
    if is_example:
        note(f"nothing happened since {day}; this is how the newest article that matches would be told.")
    for message in shown:
        part = f", part {message['part']} of {message['parts']}" if message["parts"] > 1 else ""
        emit(f"── {message['channel']} · {when(message['due_at'])}{part} · {one_line(message['subject'])}")
        emit(plain(message["text"]))
        emit("")
    note(f"{len(notices)} notices in {len(groups)} parcels for each channel; nothing was sent.")


def _example(archive: Archive, row: WatchRow) -> list[Notice]:
    wanted = row.wanted
    filters: dict[str, Any] = {"site": wanted.sites or None, "source": wanted.source, "column": wanted.column}
    hits = archive.search(wanted.terms, **filters, sort="newest", limit=1) if row.route == "reader" else []
    return [archive.example(hit.article.id, wanted) for hit in hits]


def _groups(row: WatchRow, notices: Sequence[Notice]) -> list[tuple[datetime, list[Notice]]]:
    """What would have gone out together, and when: by the watch's rhythm; at once by the minute."""
    from scheduler.workdays import is_workday

    hours = row.wanted.hours
    by_hour: dict[datetime, list[Notice]] = {}
    for notice in notices:
        severe = notice.alarm is not None and notice.alarm.severity == 1
        due = hours.due(notice.at, is_workday, urgent=row.wanted.breaks_quiet and severe)
        by_hour.setdefault(due.replace(second=0, microsecond=0), []).append(notice)
    most = row.wanted.most
    return [
        (due, together[start : start + most])
        for due, together in sorted(by_hour.items(), key=lambda entry: entry[0])
        for start in range(0, len(together), most)
    ]


def _parcel(row: WatchRow, number: str, due: datetime, notices: Sequence[Notice], channel: Channel) -> Parcel:
    from archive.deliveries import Parcel

    return Parcel(number, channel.name, row.route, row.team, row.name, tuple(notices), due)


def _message_dicts(row: WatchRow, group: tuple[datetime, list[Notice]], channel: Channel) -> list[dict[str, Any]]:
    from scheduler.messages import compose

    due, notices = group
    parcel = _parcel(row, f"test-w{row.id}", due, notices, channel)
    return [
        {
            "channel": channel.name,
            "due_at": due,
            "part": message.part,
            "parts": message.parts,
            "subject": message.subject,
            "text": message.text,
            "notices": [{"kind": notice.kind, "title": notice.title, "url": notice.url} for notice in message.notices],
        }
        for message in compose(parcel, channel)
    ]


def _send(
    row: WatchRow,
    group: tuple[datetime, list[Notice]],
    channels: Sequence[Channel],
    configuration: Settings,
    as_json: bool,
) -> None:
    """Send one parcel by each channel, beside the outbox, under a number of its own."""
    from archive.deliveries import Notice
    from scheduler.messages import compose
    from scheduler.sending import policy_of
    from scheduler.transports import transmit

    now = utc_now()
    number = f"test-w{row.id}-{now:%Y%m%d%H%M%S}"
    mark = Notice(f"{number}-mark", "test", "", now, f"监视“{row.name}”的试发，以下内容仅供查看格式")
    results = []
    for channel in channels:
        parcel = _parcel(row, number, now, [mark, *group[1]], channel)
        fault = None
        for message in compose(parcel, channel):
            fault = transmit(channel, message, parcel, policy_of(configuration), now)
            if fault is not None:
                break
        results.append({"channel": channel.name, "arrived": fault is None, "why": fault.why if fault else ""})
    if as_json:
        emit_json({"watch": row.name, "team": row.team, "id": number, "sent": results})
    for result in results:
        if result["arrived"] and not as_json:
            emit(f"{result['channel']}: the receiver took it ({len(group[1])} notices, marked as a test).")
    failed = [f"{result['channel']}: {one_line(result['why'])}" for result in results if not result["arrived"]]
    if failed or not results:
        raise CliError(f"it did not arrive: {'; '.join(failed) or 'the watch has no channel'}.", FAILURE)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("test")(test_watch)
