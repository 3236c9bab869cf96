"""``zhiwen sites freeze`` and ``thaw``: nothing more of a site, until it is itself again."""

from __future__ import annotations

from typing import Annotated

import typer

from archive.words import BY_HAND
from cli.context import open_archive, pick_sites, settings, site_names, sites
from cli.output import NOTHING, CliError, emit, emit_json, one_line, when

Name = Annotated[str, typer.Argument(metavar="SITE", autocompletion=site_names)]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]


def freeze_site(
    name: Name,
    reason: Annotated[str, typer.Option("--reason", help="Why; told by health and by every run.")],
    as_json: AsJson = False,
) -> None:
    """Store nothing of a site until it is thawed. What is stored stays. Its runs end at once and say why."""
    chosen = settings()
    pick_sites(sites(chosen), [name])
    if not reason.strip():
        raise typer.BadParameter("say why.", param_hint="--reason")
    with open_archive(chosen) as archive:
        alarm = archive.freeze(name, one_line(reason))
    if as_json:
        emit_json(alarm)
    else:
        emit(f"{name} is frozen. `zhiwen sites thaw {name}` goes on with it.")


def thaw_site(name: Name, as_json: AsJson = False) -> None:
    """Go on with a frozen site, or end its alarm: what it shows from now on is believed. Ends with 3 without one.

    A site that was taken over thaws by itself once its known pages read as stored again.
    """
    chosen = settings()
    with open_archive(chosen) as archive:
        # A site whose file is gone may still have an alarm.
        alarm = archive.close_alarm(name, BY_HAND)
        if alarm is None:
            pick_sites(sites(chosen), [name])
            raise CliError(f"{name} is not frozen and has no alarm.", NOTHING)
    if as_json:
        emit_json(alarm)
    else:
        emit(f"{name}: the alarm of {when(alarm.opened_at)} is over. `zhiwen crawl {name}` goes on with it.")
