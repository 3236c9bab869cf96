"""The arguments of a crawl: ``-a since=2021-01-01``, ``-a limit=5``, ``-a backfill=1``, ``-a revisit=1``,
``-a lists=URL,URL``.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from seeds.model import ListSource, list_word

NAMES = ("since", "limit", "backfill", "revisit", "lists")


class ArgumentError(ValueError):
    """A spider argument that cannot be used; the message names it and the remedy."""


@dataclass(frozen=True, slots=True)
class CrawlArguments:
    """What one run is asked for beyond its routine.

    ``since``: read lists back to articles listed on that day (Beijing). ``limit``: stop after so many articles.
    ``backfill``: read the lists to their end. ``revisit``: look at every known article again, due or not. ``lists``:
    only the columns with these list addresses (as ``seeds.model.list_word`` writes them); none means all.
    """

    since: date | None = None
    limit: int | None = None
    backfill: bool = False
    revisit: bool = False
    lists: tuple[str, ...] = ()


def read_arguments(given: Mapping[str, Any]) -> CrawlArguments:
    """The checked arguments; values are texts as from the command line, or already of their type.

    Raises ArgumentError for an unknown name (with the nearest known one) and for a value that cannot be read.
    """
    for name in given:
        if name not in NAMES:
            near = difflib.get_close_matches(name, NAMES, n=1)
            hint = f'did you mean "{near[0]}"?' if near else f"known are {', '.join(NAMES)}."
            raise ArgumentError(f'unknown spider argument "{name}": {hint}')
    return CrawlArguments(
        since=_read_since(given.get("since")),
        limit=_read_limit(given.get("limit")),
        backfill=_read_switch("backfill", given.get("backfill")),
        revisit=_read_switch("revisit", given.get("revisit")),
        lists=tuple(word for word in str(given.get("lists") or "").split(",") if word),
    )


def chosen_lists(sources: Sequence[ListSource], words: Sequence[str]) -> tuple[ListSource, ...]:
    """The lists with these addresses, in the site's order; all of them when no address is given.

    Raises ArgumentError for an address that the site does not have, with the nearest it has.
    """
    known = {list_word(source.url): source for source in sources}
    for word in words:
        if word not in known:
            near = difflib.get_close_matches(word, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"its lists are {', '.join(known)}."
            raise ArgumentError(f"lists={word} is no list of this site: {hint}")
    return tuple(source for word, source in known.items() if not words or word in words)


def _read_since(value: Any) -> date | None:
    if value is None or isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise ArgumentError(f"since={value} is no day: write it as since=2021-01-31.") from None


def _read_limit(value: Any) -> int | None:
    if value is None:
        return None
    try:
        limit = int(str(value))
    except ValueError:
        limit = 0
    if limit < 1:
        raise ArgumentError(f"limit={value} is no count: write a whole number of 1 or more, limit=5.")
    return limit


def _read_switch(name: str, value: Any) -> bool:
    text = str(value).lower() if value is not None else "0"
    if text in ("1", "true", "yes"):
        return True
    if text in ("0", "false", "no"):
        return False
    raise ArgumentError(f"{name}={value} is neither yes nor no: write {name}=1.")
