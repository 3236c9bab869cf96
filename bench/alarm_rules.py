"""What others do instead: fixed thresholds, on the same visits; and an oracle that knows the law of every column."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from bench import rhythms
from bench.watched_columns import Place, Spot

Rule = Callable[[Place, datetime], set[tuple[str, str]]]
"""From a site and the time to the alarms that are open: column (empty: all of them) and kind."""
ANY = "any"
"""The kind of an alarm that does not say what is wrong."""


def no_news_for(days: int) -> Rule:
    """Nothing published for so many days (Querido Diário watches its gazettes so)."""

    def rule(place: Place, at: datetime) -> set[tuple[str, str]]:
        def stale(column: Spot) -> bool:
            return bool(column.sights) and (not column.published or at - column.published[-1] > timedelta(days=days))

        return {(column.name, ANY) for column in place.columns if stale(column)}

    return rule


def misses_in_a_row(count: int) -> Rule:
    """So many visits on end without a usable page (changedetection.io: 6 by default)."""

    def rule(place: Place, at: datetime) -> set[tuple[str, str]]:
        return {
            (column.name, ANY)
            for column in place.columns
            if len(column.sights) >= count
            and all(sight.cause or sight.verdict == "frozen" or sight.links == 0 for sight in column.sights[-count:])
        }

    return rule


def fewer_than_usual(share: float, coverage: float) -> Rule:
    """A run with fewer items than a share of the mean before, or fields on fewer articles than fixed (as Spidermon)."""

    def rule(place: Place, at: datetime) -> set[tuple[str, str]]:
        found = set()
        for column in place.columns:
            counted = [sight.links or 0 for sight in column.sights if sight.links is not None or sight.cause]
            if len(counted) < 2 or not column.sights:
                continue
            last = column.sights[-1]
            few = (last.links is not None or last.cause) and counted[-1] < share * sum(counted[:-1]) / len(counted[:-1])
            bare = last.read and any(
                last.fields.get(name, 1.0) < coverage for name in ("title", "published_at", "body")
            )
            if few or bare:
                found.add((column.name, ANY))
        return found

    return rule


def either(*rules: Rule) -> Rule:
    """What any of them says."""
    return lambda place, at: set().union(*(rule(place, at) for rule in rules))


REFERENCES: dict[str, Rule] = {
    "no news for 7 days": no_news_for(7),
    "no news for 30 days": no_news_for(30),
    "6 misses in a row": misses_in_a_row(6),
    "fewer items than usual": fewer_than_usual(0.5, 0.8),
    "30 days or 6 misses": either(no_news_for(30), misses_in_a_row(6)),
}


YEARS_BETWEEN_ERRORS = 200 / 12
"""Of one column, for one false alarm per 200 columns and month."""


def oracle_gaps(column: Spot, since: datetime, years: float, draws: int = 4000) -> float:
    """When a list that froze is told by who knows its true law and its pace of every day, and may err once in ``years``
    years of a column: in expected gaps from the moment ``since`` on."""
    gaps = rhythms.tail(column.habit, Random(7), draws)
    a_year = column.pace.between(since - timedelta(days=365), since)
    place = min(len(gaps) - 1, int(len(gaps) * (1 - 1 / max(1.0, a_year * years))))
    shown = bisect_right(column.pieces, since, key=lambda piece: piece.shown_at)
    before = column.pace.between(column.pieces[shown - 1].shown_at, since) if shown else 0.0
    return max(0.0, gaps[place] - before) / column.gap
