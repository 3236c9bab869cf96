"""``zhiwen channels``: the receivers of notices, and whether they can be reached."""

from __future__ import annotations

import difflib
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.context import archive_exists, open_archive, settings
from cli.output import FAILURE, NOTHING, USAGE, CliError, emit, emit_json, one_line, table, when

if TYPE_CHECKING:
    from archive.channel_states import ChannelState
    from config.settings import Settings
    from scheduler.channels import Channel

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_channels(as_json: AsJson = False) -> None:
    """All channels: kind, address without its secret, limits, when something last arrived and last failed."""
    from scheduler.channels import load_channels

    chosen = settings()
    loaded = load_channels(chosen)
    states = _states(chosen)
    rows = [_row(channel, states.get(channel.name), chosen) for channel in loaded.values()]
    if as_json:
        emit_json(
            {"channels": rows, "unknown": [asdict(state) for name, state in states.items() if name not in loaded]}
        )
    elif rows:
        headings = ("name", "kind", "address", "format", "size", "per minute", "waiting", "last arrived", "last failed")
        table(headings, [_cells(row) for row in rows])
        for row in rows:
            if row["failing"]:
                emit(f"{row['name']}: {one_line(row['error'])}")
    for name, state in states.items():
        if name not in loaded and state.waiting and not as_json:
            emit(f"{name}: {state.waiting} notices wait for this channel, and the settings do not name it.")
    if not rows:
        raise CliError("there are no channels; docs/notices.md tells how to write [channels.NAME].", NOTHING)


@app.command("test")
def test_channel(
    name: Annotated[str, typer.Argument(help="The channel, as the settings call it.")], as_json: AsJson = False
) -> None:
    """Send a test message by this channel and say what the receiver answered."""
    chosen = settings()
    if name not in chosen.channels:
        near = difflib.get_close_matches(name, chosen.channels, n=1, cutoff=0.4)
        known = f"Did you mean {near[0]}?" if near else f"Known are: {', '.join(chosen.channels) or 'none'}."
        raise CliError(f"there is no channel {name!r}. {known}", USAGE)
    from scheduler.sending import try_channel

    message, fault = try_channel(name, chosen)
    if as_json:
        told = {"channel": name, "id": message.message_id, "arrived": fault is None}
        emit_json({**told, "why": fault.why if fault else "", "nature": fault.nature if fault else ""})
    elif fault is None:
        emit(f"{name}: the receiver took the message {message.message_id}: {one_line(message.subject)}")
    if fault is not None:
        raise CliError(f"{name}: the message did not arrive: {fault.why}.", FAILURE)


def _states(chosen: Settings) -> dict[str, ChannelState]:
    if not archive_exists(chosen):
        return {}
    with open_archive(chosen) as archive:
        return archive.channel_states()


def _row(channel: Channel, state: ChannelState | None, chosen: Settings) -> dict[str, Any]:
    arrived, failed = (state.arrived_at, state.failed_at) if state else (None, None)
    return {
        "name": channel.name,
        "kind": channel.kind,
        "address": channel.address,
        "format": channel.format,
        "max_chars": channel.limits.chars,
        "max_bytes": channel.limits.utf8,
        "max_json_bytes": channel.limits.json,
        "per_minute": channel.per_minute,
        "timeout_seconds": channel.timeout_seconds,
        "operators": channel.name in chosen.notices.operators,
        "waiting": state.waiting if state else 0,
        "given_up": state.given_up if state else 0,
        "arrived_at": arrived,
        "failed_at": failed,
        "failing": failed is not None and (arrived is None or failed > arrived),
        "error": state.error if state else "",
    }


def _cells(row: dict[str, Any]) -> list[object]:
    sizes = [(row["max_chars"], "characters"), (row["max_bytes"] or row["max_json_bytes"], "bytes")]
    size = ", ".join(f"{number:,} {unit}" for number, unit in sizes if number)
    name = f"{row['name']} (operators)" if row["operators"] else row["name"]
    times = [when(row["arrived_at"]), when(row["failed_at"])]
    return [name, row["kind"], row["address"], row["format"], size, row["per_minute"], row["waiting"], *times]


def register(root: typer.Typer) -> None:
    """Add the commands of this module."""
    root.add_typer(
        app, name="channels", help="Where notices are sent: the channels of the settings, and a test of one."
    )
