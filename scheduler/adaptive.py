"""The visit plan over the archive: what visits have shown is told to it, and its moments are kept within the limits.

``VisitPlan`` is pure and knows pages and seconds; here are the columns, their nights and days off, the budgets of
single sites, and what a restart must not forget: the moments that are promised stand in the database.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from urllib.parse import urlsplit

from archive.archive import Archive
from archive.clock import SHANGHAI, shanghai
from archive.scheduling import ScheduleRow
from archive.visits import NewArticle, VisitRow
from config.settings import Settings
from scheduler.due import DAY, allowed, fraction
from scheduler.plan import Explanation, Visit, VisitPlan
from scheduler.watched import Key, Watched
from scheduler.workdays import is_working

_SITE_FLOOR = 0.5
"""A site with a budget of its own keeps its visits of one column this part of an even spacing apart at the least."""


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


class Adaptive:
    """One visit plan over all adaptive columns of all sites. Made anew when the columns or the budgets change."""

    def __init__(self, archive: Archive, settings: Settings) -> None:
        self.archive = archive
        self.settings = settings.schedule
        self._host_gap = settings.fetch.delay_seconds
        self._columns: dict[Key, Watched] = {}
        self._plan = VisitPlan()
        self._terms: object = None
        self._site_budget: dict[str, float] = {}
        self._asked: Counter[tuple[str, int]] = Counter()

    @property
    def budget(self) -> float:
        """List pages asked for in a day, all adaptive columns together."""
        if self.settings.visits_per_day is not None:
            return self.settings.visits_per_day
        return max(1.0, sum(self._site_budget.values()))

    def site_budget(self, site: str) -> float:
        """List pages asked for in a day of one site's adaptive columns."""
        return self._site_budget.get(site, 0.0)

    def keep(self, watched: Mapping[Key, Watched], rows: Mapping[Key, ScheduleRow], now: datetime) -> bool:
        """Follow the columns that are watched; whether the plan had to be made anew from the history."""
        columns = {key: one for key, one in watched.items() if one.rule.kind == "adaptive"}
        budgets = _budgets(columns, self.settings.visits_per_day_per_site)
        terms = (sorted((key, one.text) for key, one in columns.items()), sorted(budgets.items()))
        if terms == self._terms:
            self._columns = columns
            return False
        self._columns, self._site_budget = columns, budgets
        self._begin(rows, now)
        self._terms = terms
        return True

    def learn(self, key: Key, visit: VisitRow) -> None:
        """A visit that somebody else has planned, or nobody."""
        if key in self._columns:
            self._note(key, visit.at)
            self._plan.observe(key, [seen(visit)])

    def after_visit(self, key: Key, visit: VisitRow | None, now: datetime) -> datetime:
        """When the column is visited next, after a visit that has just been made (None: nobody knows what it saw)."""
        last = seen(visit) if visit is not None else Visit(now.timestamp(), 0)
        self._note(key, _moment(last.t))
        planned = last.t + self._plan.next_visit(key, [last])
        due = self._within_limits(key, _moment(planned), max(now, _moment(last.t)))
        self._plan.promise(key, due.timestamp())
        return due

    def promise(self, key: Key, due: datetime) -> None:
        """The next visit of a column was fixed elsewhere: first visits, back-off, a stored plan."""
        if key in self._columns:
            self._plan.promise(key, due.timestamp())

    def explain(self, key: Key) -> Explanation:
        """What is planned for a column, and why. Raises KeyError for one that is not adaptive."""
        return self._plan.explain(key)

    def longest_gap(self, key: Key) -> timedelta:
        """So long a column is left alone at most."""
        return self._columns[key].rule.every * self.settings.longest_gap_factor

    # --- within -------------------------------------------------------------------------------------------------------

    def _begin(self, rows: Mapping[Key, ScheduleRow], now: datetime) -> None:
        """Start the plan and teach it what the archive knows; what is promised already stays promised."""
        self._plan = VisitPlan()
        self._asked.clear()
        pages = sorted(self._columns)
        hosts = {key: urlsplit(key[1]).hostname or "" for key in pages}
        rng = random.Random(0)  # noqa: S311 - two schedulers shall plan the same
        self._plan.start(Context(pages, hosts, self.budget, now.timestamp(), self._host_gap, rng))
        places = Places(self._columns)
        since = now - timedelta(days=self.settings.learn_days)
        for visit in self.archive.visits({site for site, _ in pages}, since):
            key = places.key_of(visit)
            if key is not None and is_good(visit) and visit.at <= now:
                self.learn(key, visit)
        for key, row in rows.items():
            if row.next_due_at is not None:
                self.promise(key, max(row.next_due_at, now))

    def _note(self, key: Key, at: datetime) -> None:
        self._asked[key[0], shanghai(at).toordinal()] += 1

    def _within_limits(self, key: Key, planned: datetime, last: datetime) -> datetime:
        one = self._columns[key]
        shortest = timedelta(seconds=self.settings.shortest_gap_seconds)
        own = one.site.visits_per_day or self.settings.visits_per_day_per_site
        if own:
            columns = sum(site == key[0] for site, _ in self._columns)
            shortest = max(shortest, DAY * columns / own * _SITE_FLOOR)
        due = min(max(planned, last + shortest), last + max(shortest, self.longest_gap(key)))
        if own:
            due = self._within_budget(key, due, own)
        return allowed(one.rule, due)

    def _within_budget(self, key: Key, due: datetime, most: float) -> datetime:
        """What is above the day's budget of the site moves into the morning of the next day."""
        for _ in range(30):
            local = shanghai(due)
            if self._asked[key[0], local.toordinal()] < most:
                break
            morning = datetime.combine(local.date() + DAY, time(), SHANGHAI)
            due = (morning + timedelta(hours=8) * fraction(key[1], morning.isoformat())).astimezone(UTC)
        return due


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


def _budgets(columns: Mapping[Key, Watched], per_site: float | None) -> dict[str, float]:
    """Visits in a day by site: what its file or the settings say, else what its declared rhythms amount to."""
    budgets: Counter[str] = Counter()
    for (site, _), one in columns.items():
        budgets[site] += DAY / one.rule.every  # type: ignore[assignment]
    return {site: _own(site, columns) or per_site or asked for site, asked in budgets.items()}


def _own(site: str, columns: Mapping[Key, Watched]) -> float | None:
    return next((one.site.visits_per_day for (name, _), one in columns.items() if name == site), None)


def _moment(t: float) -> datetime:
    return datetime.fromtimestamp(t, UTC)
