"""The visit plan on what real sites published: the moments that the archive holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

import numpy as np

from archive.archive import Archive
from archive.clock import SHANGHAI, utc_now
from bench.freshness import COLUMNS, PAGES, figures, policies, tell
from bench.freshness_world import DAY, PAST_DAYS, World
from bench.report import Report
from config.settings import load_settings
from scheduler.workdays import is_workday

LEAST_DAYS = 60
LEAST_ITEMS = 200
"""Fewer items than this over two months say nothing about a policy."""


class TooFew(Exception):
    """The archive holds too few moments of publication; says how many."""


def replay(budgets: Sequence[int]) -> Report:
    """Every policy over the last 60 days of the settings' archive. Raises TooFew. ``budgets`` are for 300 columns."""
    settings = load_settings()
    now = utc_now()
    if not settings.database_url and not (settings.data_dir / "zhiwen.db").is_file():
        raise TooFew(f"There is no archive in {settings.data_dir} to replay: fill one with `zhiwen crawl`.")
    with Archive(settings.archive_url, settings.data_dir) as archive:
        stamps = archive.publication_stamps(now - timedelta(days=PAST_DAYS + LEAST_DAYS))
    world = world_of(stamps, now)
    rows = []
    for budget in budgets:
        requests = max(1, round(budget * world.pages / PAGES))
        found = []
        for name, outcome in policies(requests, world.pages):
            tell(f"{requests} requests a day, {name}")
            found.append(figures(name, [outcome(world)], world))
        even = next(row for row in found if row.policy == "uniform")
        rows += [[str(budget), *row.row(even)] for row in found]
    columns = ["budget", *(name.replace("oracle", "uniform") for name in COLUMNS)]
    title = f"freshness, replayed: {world.pages} columns, {world.days} days to {now.astimezone(SHANGHAI):%Y-%m-%d}"
    return Report(title, columns, rows, [], ["What sites publish is known here, how likely it was is not: no oracle."])


def world_of(stamps: Mapping[tuple[str, str], Sequence[datetime]], now: datetime) -> World:
    """A world of the 60 whole days before ``now``; each column with an item in it is a list page. Raises TooFew."""
    midnight = now.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    start = midnight - timedelta(days=LEAST_DAYS)
    moments = {
        key: [(moment - start).total_seconds() for moment in of_column if moment < midnight]
        for key, of_column in sorted(stamps.items())
    }
    moments = {key: sorted(own) for key, own in moments.items() if any(t >= 0 for t in own)}
    every = [t for own in moments.values() for t in own]
    inside = sum(t >= 0 for t in every)
    if inside < LEAST_ITEMS or min(every) > 3 * DAY:
        days = (LEAST_DAYS * DAY - min(every)) / DAY if every else 0
        raise TooFew(
            f"Too few moments of publication to replay: {inside} to the minute in the last {LEAST_DAYS} days, the "
            f"oldest {max(0, days):.0f} days ago; {LEAST_ITEMS} over all of the {LEAST_DAYS} days are needed. "
            "Let the archive grow, or measure in the simulated world without --replay."
        )
    hosts = {site: number for number, site in enumerate(dict.fromkeys(site for site, _ in moments))}
    first: date = start.date() - timedelta(days=PAST_DAYS)
    worked = [is_workday(first + timedelta(days=n)) for n in range(PAST_DAYS + LEAST_DAYS + 60)]
    host = [hosts[site] for site, _ in moments]
    nothing = np.zeros((0, len(host)))
    return World(LEAST_DAYS, "replay", host, list(moments.values()), [True] * len(host), nothing, worked)
