"""Watches in words: what a command names made into a watch, and a watch told in short."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from cli.context import archive_exists, open_archive
from cli.filters import chosen, folded
from cli.output import USAGE, CliError, one_line, plain

if TYPE_CHECKING:
    from archive.archive import Archive
    from archive.watches import Wanted, WatchRow
    from config.settings import Settings

MAX_NAME = 60


def find(archive: Archive, team: str, name: str) -> WatchRow:
    """The watch of this name. Raises CliError that names the nearest."""
    rows = archive.watches()
    for row in rows:
        if (row.team, row.name) == (team, name):
            return row
    others = [row.team for row in rows if row.name == name]
    if others:
        raise CliError(f"the team {team} has no watch {name!r}; {others[0]} has: --team {others[0]}.", USAGE)
    mine = [row.name for row in rows if row.team == team]
    near = difflib.get_close_matches(name, mine, n=1, cutoff=0.4)
    hint = f"Did you mean {near[0]}?" if near else f"Known are: {', '.join(mine) or 'none yet'}."
    raise CliError(f"there is no watch {name!r} of the team {team}. {hint}", USAGE)


def with_(
    before: Wanted,
    configuration: Settings,
    words: Sequence[str] | None,
    sites: list[str] | None,
    source: str | None,
    column: str | None,
    kinds: Sequence[str] | None,
    channels: Sequence[str] | None,
    rhythm: str | None,
    quiet: str | None,
    workdays: bool | None,
    copies: bool | None,
    most: int | None,
) -> Wanted:
    """A watch's wishes with what was named in place of what was before."""
    given: dict[str, Any] = {}
    if words:
        given |= {"words": tuple(words), "terms": tuple(folded(words))}
        if not given["terms"]:
            raise CliError("the words hold nothing that can be looked for.", USAGE)
    if sites is not None:
        named = [site for site in sites if site]
        chosen(named, None, None, None, None, None)  # an unknown one is an error that names the nearest
        given["sites"] = tuple(dict.fromkeys(named))
    given |= {name: value or None for name, value in (("source", source), ("column", column)) if value is not None}
    if kinds is not None:
        given["kinds"] = _kinds(kinds)
    if channels is not None:
        given["channels"] = _channels(channels, configuration)
    options = {"rhythm": rhythm, "quiet": quiet, "workdays": workdays, "all_copies": copies, "most": most}
    given |= {name: value for name, value in options.items() if value is not None}
    try:
        return replace(before, **given).checked()
    except ValueError as error:
        raise CliError(f"{error}.", USAGE) from None


def _kinds(words: Iterable[str]) -> tuple[str, ...]:
    from archive.watches import ARTICLE_KINDS

    found: list[str] = []
    for word in (part.strip().lower() for words_ in words for part in words_.split(",")):
        if word == "all":
            found += ARTICLE_KINDS
        elif word in ARTICLE_KINDS:
            found.append(word)
        else:
            near = difflib.get_close_matches(word, ARTICLE_KINDS, n=1, cutoff=0.4)
            hint = f"Did you mean {near[0]}?" if near else f"Known are: {', '.join(ARTICLE_KINDS)}, all."
            raise CliError(f"there is no kind {word!r}. {hint}", USAGE)
    return tuple(kind for kind in ARTICLE_KINDS if kind in found)


_DECLARE = 'Declare one in zhiwen.toml: [channels.NAME] with url = "wecombot://KEY" (docs/notices.md has more).'


def _channels(names: Sequence[str], configuration: Settings) -> tuple[str, ...]:
    known = list(configuration.channels)
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            hint = f"Did you mean {near[0]}?" if near else f"Known are: {', '.join(known)}." if known else ""
            raise CliError(f"there is no channel {name!r}. {hint or 'There are none yet.'} {_DECLARE}", USAGE)
    return tuple(dict.fromkeys(names))


def only_channel(configuration: Settings) -> tuple[str, ...]:
    """The channel of those who have but one for readers."""
    readers = [name for name in configuration.channels if name not in configuration.notices.operators]
    found = readers or list(configuration.channels)
    if len(found) == 1:
        return tuple(found)
    known = f"say which by --channel: {', '.join(found)}." if found else f"there are no channels yet. {_DECLARE}"
    raise CliError(f"a watch must send somewhere; {known}", USAGE)


def checked_name(text: str, what: str) -> str:
    """A name that fits into a line."""
    name = one_line(text)
    if not name or len(name) > MAX_NAME or name != text.strip():
        raise CliError(f"{plain(text)!r} is no name for {what}: one line of 1 to {MAX_NAME} characters.", USAGE)
    return name


def archive_for_writing(configuration: Settings) -> Archive:
    """The archive to write a watch into, which may be there before the first crawl."""
    from archive.archive import Archive

    if archive_exists(configuration):
        return open_archive(configuration)
    return Archive(configuration.archive_url, configuration.data_dir)


def called(team: str, name: str) -> str:
    """A watch's name for people, with its team where that is not the usual one."""
    return name if team in ("default", name) else f"{name} (team {team})"


def looks_for(wanted: Wanted) -> str:
    """What it looks for, in one line."""
    words = [f"“{' '.join(wanted.words)}”"] if wanted.words else []
    words += [f"on {', '.join(wanted.sites)}"] if wanted.sites else []
    words += [f"source {wanted.source}"] if wanted.source else []
    words += [f"column {wanted.column}"] if wanted.column else []
    return ", ".join(words) or "everything"


def filters_of(wanted: Wanted) -> Mapping[str, Any]:
    """Its filters as arguments of ``Archive.search`` and ``count``."""
    filters = wanted.filters
    return {"site": filters.site, "source": filters.source, "column": filters.column}


def as_dict(row: WatchRow) -> dict[str, Any]:
    """A watch as programs read it; channels by their names alone."""
    values = {name: value for name, value in asdict(row).items() if name not in ("wanted", "told_to")}
    return {**values, **asdict(row.wanted)}
