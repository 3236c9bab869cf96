"""What a site file declares, as plain frozen data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


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


@dataclass(frozen=True, slots=True)
class Site:
    """One publisher with its declared lists and rhythm. ``name`` is the file's name and the spider's name.

    ``allowed_hosts`` holds every host that article links may lead to, those of the lists included.
    ``mirrors`` are hosts that carry the same paths, ``source_names`` the names by which a 来源 means this site.
    ``revisit_days`` are the ages at which its articles are looked at again; None: those of the settings. ``keep_days``
    holds what the site says otherwise than the settings about its snapshots (None: for ever).
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
