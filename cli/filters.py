"""The filters that ``search`` and ``export`` share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

import typer

from archive.clock import SHANGHAI, utc_now
from cli.context import site_names
from cli.output import USAGE, CliError

State = Literal["live", "missing", "withdrawn"]
Sort = Literal["relevance", "newest", "oldest"]

Terms = Annotated[
    list[str] | None,
    typer.Argument(metavar="[WORD]", help="All of these words must occur; a word of one character is enough."),
]
SiteOption = Annotated[
    list[str] | None, typer.Option("--site", metavar="NAME", help="Only this site.", autocompletion=site_names)
]
SourceOption = Annotated[
    str | None, typer.Option(metavar="TEXT", help="Only this printed source (来源), or part of it.")
]
SinceOption = Annotated[str | None, typer.Option(metavar="DAY", help="Published on this day or later: 2026-11-01, 7d.")]
UntilOption = Annotated[str | None, typer.Option(metavar="DAY", help="Published on this day or before.")]
ColumnOption = Annotated[
    str | None, typer.Option(metavar="TEXT", help="Only this column (one step of the breadcrumb).")
]
StateOption = Annotated[State | None, typer.Option(help="Only articles in this state.")]


def parse_day(text: str, name: str) -> date:
    """``2026-11-01``, ``20261101``, ``today``, ``yesterday``, or ``7d`` for seven days ago, on Shanghai's calendar."""
    today = utc_now().astimezone(SHANGHAI).date()
    words = {"today": 0, "yesterday": 1}
    back = words.get(text, int(text[:-1]) if text[-1:] == "d" and text[:-1].isdecimal() else None)
    try:
        return today - timedelta(days=back) if back is not None else date.fromisoformat(text)
    except (ValueError, OverflowError):
        raise CliError(
            f"{name} {text!r} is no day. Write 2026-11-01, yesterday, or 7d for 7 days ago.", USAGE
        ) from None


def folded(words: Sequence[str] | None) -> list[str]:
    """Search terms, folded as the archive's text is; blanks part them."""
    from crawler.reading.text import fold

    return [term for word in words or () for part in word.split() if (term := fold(part))]


def chosen(
    site: list[str] | None,
    source: str | None,
    since: str | None,
    until: str | None,
    column: str | None,
    state: State | None,
) -> dict[str, Any]:
    """The filters as arguments of ``Archive.search``, ``count`` and ``export``."""

    def midnight(day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)

    if site:
        from cli.context import archive_site_names, pick_sites, sites

        known = sites()
        undeclared = [name for name in site if name not in known]
        # Imported pages of a host that nobody declared stand under the host.
        held = archive_site_names() if undeclared else frozenset()
        pick_sites(known, [name for name in site if name not in held])
    return {
        "site": site or None,
        "source": source,
        "since": midnight(parse_day(since, "--since")) if since else None,
        "until": midnight(parse_day(until, "--until") + timedelta(days=1)) if until else None,
        "column": column,
        "state": state,
    }
