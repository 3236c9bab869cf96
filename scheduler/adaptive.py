"""The visit plan over the archive: what visits have shown is told to it, and its moments are kept within the limits.

``VisitPlan`` is pure and knows pages and seconds; here are the columns, their nights and days off, the budgets of
single sites, and what a restart must not forget: the moments that are promised stand in the database.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from urllib.parse import urlsplit

from archive.archive import Archive
from archive.clock import SHANGHAI, shanghai
from archive.scheduling import ScheduleRow
from archive.visits import NewArticle, VisitRow
from config.settings import ScheduleSettings, Settings
from scheduler.due import DAY, allowed
from scheduler.plan import Explanation, Visit, VisitPlan
from scheduler.watched import Key, Watched
from scheduler.workdays import is_working

_BEARABLE = 2
"""A budget is kept even where it makes a column wait for so many times an even share of it."""


@dataclass(frozen=True, slots=True)
class Context:
    """What ``VisitPlan.start`` is told; times are Unix seconds."""

    pages: Sequence[Key]
    host_of: Mapping[Key, str]
    budget_per_day: float
    t0: float
    host_gap: float
    rng: random.Random
    horizon: float = float("inf")
    list_size: int = 20

    @staticmethod
    def is_workday(t: float) -> bool:
        """Whether a moment lies on a working day in China."""
        return is_working(datetime.fromtimestamp(t, UTC))


@dataclass(slots=True)
class Group:
    """Columns that share a budget (list pages asked for in a day), with the plan that places their visits."""

    budget: float
    keys: list[Key] = field(default_factory=list)
    plan: VisitPlan = field(default_factory=VisitPlan)


class Adaptive:
    """The visit plan over all adaptive columns of all sites; a site with a budget of its own has a plan of its own.

    Made anew, from the history, when the columns or the budgets change.
    """

    def __init__(self, archive: Archive, settings: Settings) -> None:
        self.archive = archive
        self.settings = settings.schedule
        """May be replaced; the next ``keep`` follows."""
        self._host_gap = settings.fetch.delay_seconds
        self._columns: dict[Key, Watched] = {}
        self._groups: dict[Key, Group] = {}
        self._terms: object = None

    def group(self, key: Key) -> Group:
        """The columns that this one shares its budget with. Raises KeyError for one that is not adaptive."""
        return self._groups[key]

    def keep(self, watched: Mapping[Key, Watched], rows: Mapping[Key, ScheduleRow], now: datetime) -> bool:
        """Follow the columns that are watched; whether the plan had to be made anew from the history."""
        columns = {key: one for key, one in watched.items() if one.rule.kind == "adaptive"}
        budgets = (self.settings.visits_per_day, self.settings.visits_per_day_per_site)
        terms = (budgets, sorted((key, one.text, one.site.visits_per_day) for key, one in columns.items()))
        self._columns = columns
        if terms == self._terms:
            return False
        self._groups = grouped(columns, self.settings)
        self._begin(rows, now)
        self._terms = terms
        return True

    def learn(self, key: Key, visit: VisitRow) -> None:
        """A visit that somebody else has planned, or nobody."""
        if key in self._groups:
            self._groups[key].plan.observe(key, [seen(visit)])

    def after_visit(self, key: Key, visit: VisitRow | None, now: datetime) -> datetime:
        """When the column is visited next, after a visit that has just been made (None: nobody knows what it saw)."""
        last = seen(visit) if visit is not None else Visit(now.timestamp(), 0)
        planned = last.t + self._groups[key].plan.next_visit(key, [last])
        due = self._within_limits(key, _moment(planned), max(now, _moment(last.t)))
        self.promise(key, due)
        return due

    def promise(self, key: Key, due: datetime) -> None:
        """The next visit of a column is fixed: as planned, or elsewhere (first visits, back-off, a stored plan)."""
        if key in self._groups:
            self._groups[key].plan.promise(key, due.timestamp())

    def explain(self, key: Key) -> Explanation:
        """What is planned for a column, and why. Raises KeyError for one that is not adaptive."""
        return self._groups[key].plan.explain(key)

    def longest_gap(self, key: Key) -> timedelta:
        """So long a column is left alone at most: some of its declared rhythms, or what its budget allows."""
        group = self._groups[key]
        even = DAY * len(group.keys) / group.budget
        return max(self._columns[key].rule.every * self.settings.longest_gap_factor, even * _BEARABLE)

    # --- within -------------------------------------------------------------------------------------------------------

    def _begin(self, rows: Mapping[Key, ScheduleRow], now: datetime) -> None:
        """Start the plans and teach them what the archive knows; what is promised already stays promised."""
        for group in {id(group): group for group in self._groups.values()}.values():
            hosts = {key: urlsplit(key[1]).hostname or "" for key in group.keys}
            rng = random.Random(0)  # noqa: S311 - two schedulers shall plan the same
            group.plan.start(Context(group.keys, hosts, group.budget, now.timestamp(), self._host_gap, rng))
        places = Places(self._columns)
        since = now - timedelta(days=self.settings.learn_days)
        for visit in self.archive.visits({site for site, _ in self._columns}, since):
            key = places.key_of(visit)
            if key is not None and is_good(visit) and visit.at <= now:
                self.learn(key, visit)
        for key, row in rows.items():
            if row.next_due_at is not None:
                self.promise(key, max(row.next_due_at, now))

    def _within_limits(self, key: Key, planned: datetime, last: datetime) -> datetime:
        shortest = timedelta(seconds=self.settings.shortest_gap_seconds)
        due = min(max(planned, last + shortest), last + max(shortest, self.longest_gap(key)))
        return allowed(self._columns[key].rule, due)


def grouped(columns: Mapping[Key, Watched], settings: ScheduleSettings) -> dict[Key, Group]:
    """Which columns share a budget, and how large it is.

    A site has what its file or the settings give it, all others share what their declared rhythms amount to; what is
    given for all sites together is kept by all in proportion.
    """
    shared = Group(0.0)
    groups: dict[str, Group] = {}
    for key, one in sorted(columns.items(), key=lambda entry: entry[0]):
        if one.rule.kind != "adaptive":
            continue
        own = one.site.visits_per_day or settings.visits_per_day_per_site
        group = groups.setdefault(key[0], Group(own)) if own else shared
        group.keys.append(key)
        if not own:
            group.budget += DAY / one.rule.every
    every = [*groups.values(), *([shared] if shared.keys else [])]
    if settings.visits_per_day is not None and every:
        scale = settings.visits_per_day / sum(group.budget for group in every)
        for group in every:
            group.budget *= scale if group is shared else min(1.0, scale)
    return {key: group for group in every for key in group.keys}


class Places:
    """Finds the column that a visit belongs to: by the address of its list, else by the column's name."""

    def __init__(self, columns: Iterable[Key] | Mapping[Key, Watched]) -> None:
        self._keys = set(columns)
        self._named: dict[tuple[str, str], Key] = {}
        if isinstance(columns, Mapping):
            for key, one in columns.items():
                self._named.setdefault((key[0], one.source.column), key)

    def key_of(self, visit: VisitRow) -> Key | None:
        """The column's key; None when it is not watched."""
        for url in visit.urls:
            if (visit.site, url) in self._keys:
                return visit.site, url
        return self._named.get((visit.site, visit.column))


def is_good(visit: VisitRow) -> bool:
    """Whether the list was read, and is believed."""
    return not visit.cause and visit.verdict not in ("hijacked", "frozen", "blocked")


def seen(visit: VisitRow) -> Visit:
    """A visit in the words of the plan."""
    stamps = [_stamp(article) for article in visit.articles]
    overflow = bool(visit.links) and len(stamps) >= (visit.links or 0)
    return Visit(visit.at.timestamp(), len(stamps), stamps, overflow)


def _stamp(article: NewArticle) -> float | None:
    """Unix seconds; the local midnight where only the day is known, None where nothing is."""
    if article.published_at is not None and article.precision != "day":
        return article.published_at.timestamp()
    day = shanghai(article.published_at).date() if article.published_at is not None else article.listed_on
    return datetime.combine(day, time(), SHANGHAI).timestamp() if day is not None else None


def _moment(t: float) -> datetime:
    return datetime.fromtimestamp(t, UTC)
