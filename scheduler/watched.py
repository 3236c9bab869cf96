"""The columns that are watched: those of the live sites, each with its rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from archive.scheduling import NewColumn, ScheduleRow
from config.settings import ScheduleSettings
from scheduler.due import Rule, allowed, fraction, next_slot, rule_of
from seeds.model import ListSource, Site, clock_range
from seeds.schedules import parse_night

FIRST_VISITS_APART = timedelta(seconds=5)
LONGEST_SPREAD = timedelta(minutes=10)
"""New columns are looked at one after the other, the last of many within this time."""

Key = tuple[str, str]
"""The site's name and the column's list address."""


@dataclass(slots=True)
class Watched:
    """A column of a live site. ``text`` is its schedule in words; another text means another plan."""

    site: Site
    source: ListSource
    rule: Rule
    text: str


def watched_columns(sites: Mapping[str, Site], settings: ScheduleSettings) -> dict[Key, Watched]:
    """Every column of every live site, with what the settings say where the site file says nothing."""
    night = parse_night(settings.night) if settings.night else None
    watched = {}
    for site in sites.values():
        if not site.live:
            continue
        for source in site.lists:
            seed = f"{site.name} {source.url}"
            rule = rule_of(source.schedule, seed, night=night, jitter_percent=settings.jitter_percent)
            watched[site.name, source.url] = Watched(site, source, rule, _text(source, rule))
    return watched


def new_columns(watched: Mapping[Key, Watched], rows: Mapping[Key, ScheduleRow], now: datetime) -> list[NewColumn]:
    """Those that have no row yet, with their first visits, spread a little."""
    new = {key: one for key, one in watched.items() if key not in rows}
    spread = min(LONGEST_SPREAD, FIRST_VISITS_APART * len(new))
    return [
        NewColumn(
            site,
            url,
            one.source.column,
            one.rule.kind,
            one.text,
            _first_visit(one.rule, now, spread),
            "a new column: the first moment that its schedule names" if one.rule.cron else "a new column",
            int(one.rule.every.total_seconds()),
        )
        for (site, url), one in new.items()
    ]


def _first_visit(rule: Rule, now: datetime, spread: timedelta) -> datetime | None:
    if rule.cron:
        return next_slot(rule, now)
    return allowed(rule, now + min(spread, rule.every / 2) * fraction(rule.seed, "first"))


def _text(source: ListSource, rule: Rule) -> str:
    words = str(source.schedule)
    if source.schedule.night is None and rule.night is not None:
        words += f", night {clock_range(rule.night)}"
    return words
