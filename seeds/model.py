"""What a site file declares, as plain frozen data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

NO_NIGHT = (0, 0)
"""A night that is expressly none, whatever the settings say."""


class SeedError(Exception):
    """A site file that cannot be used. The message names file, line and remedy.

    ``line`` counts from 1 and is None where no line can be named (a missing folder).
    """

    def __init__(self, file: Path, line: int | None, message: str, remedy: str) -> None:
        self.file = file
        self.line = line
        self.message = message
        self.remedy = remedy
        where = f"{file}:{line}" if line else str(file)
        end = "" if remedy.endswith(("?", ".")) else "."
        super().__init__(f"{where}: {message}. {remedy}{end}")


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a column is visited.

    "interval": every ``every_seconds``; "cron": at the moments of the crontab expression ``cron``, Asia/Shanghai, which
    are ``every_seconds`` apart at the least; "adaptive": as the visit plan sees fit, with ``every_seconds`` as the
    declared rhythm. ``night`` are the minutes of the day between which there is no visit (None: as in the settings),
    ``jitter_seconds`` the most by which a visit is put off (None: as in the settings).
    """

    kind: Literal["adaptive", "interval", "cron"] = "adaptive"
    every_seconds: int = 6 * 3600
    cron: str | None = None
    night: tuple[int, int] | None = None
    jitter_seconds: int | None = None
    workdays: bool = False
    """Only on working days in China."""

    def __str__(self) -> str:
        if self.kind == "cron":
            words = [f"cron {self.cron}"]
        else:
            words = [f"{'adaptive around' if self.kind == 'adaptive' else 'every'} {duration(self.every_seconds)}"]
        if self.night is not None:
            words.append(f"night {clock_range(self.night)}" if self.night != NO_NIGHT else "no night")
        if self.jitter_seconds is not None:
            words.append(f"jitter {duration(self.jitter_seconds)}")
        return ", ".join(words + (["workdays only"] if self.workdays else []))


def duration(seconds: float) -> str:
    """Seconds in the words of a site file: 6h, 90m, 45s."""
    whole = round(seconds)
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if whole >= size and whole % size == 0:
            return f"{whole // size}{unit}"
    return f"{whole}s"


def clock_range(minutes: tuple[int, int]) -> str:
    """Two minutes of the day as 23:00-06:00."""
    return "-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in minutes)


@dataclass(frozen=True, slots=True)
class ListSource:
    """One list page that is watched: page 1 of a column.

    ``url`` is absolute unless the site has no address yet. ``page_url`` is a template for the further pages,
    ``index_{page}.html``, used where the page has no pager link. ``layout`` overrides parts of the list layout.
    """

    column: str
    url: str
    page_url: str | None
    max_pages: int | None
    layout: Mapping[str, Any]
    schedule: Schedule


def list_word(url: str) -> str:
    """A list address as one of several in an argument: they stand apart by commas, so its own are written %2C."""
    return url.replace(",", "%2C")


@dataclass(frozen=True, slots=True)
class Site:
    """One publisher with its declared lists and rhythm. ``name`` is the file's name and the spider's name.

    ``allowed_hosts`` holds every host that article links may lead to, those of the lists included.
    ``mirrors`` are hosts that carry the same paths, ``source_names`` the names by which a 来源 means this site.
    ``revisit_days`` are the ages at which its articles are looked at again; None: those of the settings. ``keep_days``
    holds what the site says otherwise than the settings about its snapshots (None: for ever). ``visits_per_day`` is how
    many of its list pages are asked for in a day at most (None: nothing is said).
    ``list_layout`` and ``layouts`` are the raw tables of a site that has no spider file of its own.
    """

    name: str
    publisher: str
    file: Path
    lists: tuple[ListSource, ...]
    base_url: str | None
    family: str | None
    region: str | None
    revisit_seconds: int
    visits_per_day: float | None
    revisit_days: tuple[float, ...] | None
    min_articles: int
    delay_seconds: float | None
    allowed_hosts: tuple[str, ...]
    mirrors: tuple[str, ...]
    source_names: tuple[str, ...]
    article_url: str | None
    tls_verify: bool
    tls_reason: str | None
    list_layout: Mapping[str, Any] | None
    layouts: tuple[Mapping[str, Any], ...]
    enabled: bool
    keep_days: Mapping[str, float | None]

    @property
    def why_not_live(self) -> str | None:
        """The plain reason why this site is not crawled; None when it is."""
        if not self.enabled:
            return f"{self.name} is switched off (enabled = false in {self.file.name})."
        if any("://" not in source.url for source in self.lists):
            return (
                f"{self.name} has no address yet. To crawl it, put a file {self.file.name} with the line "
                f'base_url = "http://…" into a folder and name that folder in sites.paths of zhiwen.toml.'
            )
        return None

    @property
    def live(self) -> bool:
        """Whether the site is crawled."""
        return self.why_not_live is None
