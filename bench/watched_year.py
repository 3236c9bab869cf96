"""A year of columns that are watched: sites, visits, troubles that pass, faults that do not, and what each visit sees.

What a crawl would note of every visit is made here, field by field, from the state of the simulated site; nothing but
that reaches the rules that are measured.
"""

from __future__ import annotations

import math
from bisect import bisect_right, insort
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random

from bench import rhythms
from bench.alarm_rules import YEARS_BETWEEN_ERRORS, oracle_gaps
from bench.rhythms import SHANGHAI, Pace, Piece
from bench.watched_columns import FAULTS, QUIET, Fault, Place, Spot, Trouble
from scheduler.histories import Sight
from scheduler.workdays import is_workday

_OF_SITES = frozenset({"wall", "hijack", "no links", "fields gone"})
_KEPT, _KEPT_READ = 60, timedelta(days=120)


class Year:
    """``size`` columns and the ``faults`` injected into them, watched through ``year``, or its first ``days``."""

    def __init__(self, size: int, year: int, seed: int, faults: int, days: int = 365) -> None:
        self.rng = Random(seed)
        self.first = date(year, 1, 1)
        self.start = datetime(year, 1, 1, tzinfo=UTC) - SHANGHAI
        self.end = self.start + timedelta(days=days)
        self.ours = self._troubles(2.0, 1.2, 0.8, ("unreachable",))
        self.places: list[Place] = []
        left = size
        while left:
            count = min(left, self.rng.choice((1, 1, 2, 2, 3, 3, 4, 5, 6, 8)))
            self.places.append(self._place(f"site{len(self.places) + 1}", count))
            left -= count
        self.faults = self._inject(faults)

    @property
    def columns(self) -> list[Spot]:
        """All of them."""
        return [column for place in self.places for column in place.columns]

    def visits(self) -> Iterator[tuple[datetime, Place, list[Spot]]]:
        """The visits of the year in order: a run of one site and the columns it reads. Lazily: faults end meanwhile."""
        runs: list[tuple[datetime, int, list[Spot]]] = []
        for number, place in enumerate(self.places):
            groups = [place.columns] if place.in_common else [[column] for column in place.columns]
            for group in groups:
                start = min(column.since for column in group)
                often = max(column.visits for column in group)
                runs += [(at, number, group) for at in self._times(often) if at >= start]
        runs.sort(key=lambda run: run[:2])
        for at, number, group in runs:
            yield at, self.places[number], [column for column in group if column.since <= at]

    def see(self, at: datetime, place: Place, columns: list[Spot]) -> None:
        """One run: what it saw is added to what is known of the columns."""
        seen = [(column, self._sight(at, place, column)) for column in columns]
        worst = {sight.verdict: None for _, sight in seen if sight.verdict not in ("ok", "partial")}
        verdict = next(iter(worst), "partial" if any(sight.verdict == "partial" for _, sight in seen) else "ok")
        for column, sight in seen:
            fault = place.fault(column, at)
            if fault is not None and fault.told_at is None:
                fault.visits[column.name] += 1
            column.sights = _kept([*column.sights, _with(sight, verdict)], at)

    # What the world is made of

    def _place(self, name: str, count: int) -> Place:
        columns = [self._spot(f"column{number}") for number in range(1, count + 1)]
        # Of the pages that stand in while a site is mended three in four say so in words that the crawl knows.
        stand_in = ("maintenance", "maintenance", "maintenance", "no_links")
        troubles = self._troubles(6.0, 1.2, 1.1, ("timeout", "http", "timeout", "unreachable", *stand_in, "soft_404"))
        troubles += self._troubles(0.3, 8.0, 0.4, ("http", "http", "http", "http", *stand_in))  # mended over night
        troubles += self._troubles(0.3, 1.5, 1.0, ("blocked",))
        troubles += self._troubles(0.1, 48.0, 0.5, ("timeout", "http"))
        return Place(name, columns, self.rng.random() < 0.5, troubles)

    def _spot(self, name: str) -> Spot:
        rng = self.rng
        before = date(self.first.year - 2, 1, 1)
        habit = rhythms.draw(rng, before, date(self.first.year, 12, 31))
        pace = Pace(habit, before, date(self.first.year + 1, 3, 1), rng)
        since = self.start
        if rng.random() < 0.2:
            since += timedelta(days=rng.uniform(0, 0.9 * (self.end - self.start).days))
        items = habit.rate * habit.burst
        dated = habit.is_dated
        shares = {"title": 0.997, "body": rng.uniform(0.97, 1), "published_at": rng.uniform(0.95, 1) if dated else 0.0}
        shares["source"] = rng.choice((0.0, rng.uniform(0.5, 1), rng.uniform(0.9, 1)))
        shares["author"] = rng.choice((0.0, rng.uniform(0.1, 0.9)))
        return Spot(
            name,
            habit,
            pace,
            rhythms.articles(habit, pace, rng),
            visits=min(12.0, max(1.0, 3 * math.sqrt(items / 0.5) * math.exp(rng.gauss(0, 0.3)))),
            links=rng.choice((10, 12, 15, 20, 20, 20, 25, 30, 50)),
            pinned=rng.choice((0, 0, 0, 1, 3)),
            has_validators=rng.random() < 0.4,
            shares=shares,
            chars=rng.uniform(500, 2500),
            since=since,
            depth=rng.choice((20, 60, 200, 1000)),
        )

    def _troubles(self, a_year: float, hours: float, spread: float, causes: tuple[str, ...]) -> list[Trouble]:
        rng, found = self.rng, []
        at = self.start + timedelta(days=rng.expovariate(a_year / 365))
        while at < self.end:
            lasts = timedelta(hours=min(120.0, hours * math.exp(rng.gauss(0, spread))))
            found.append(Trouble(at, at + lasts, rng.choice(causes)))
            at += timedelta(days=rng.expovariate(a_year / 365))
        return found

    def _times(self, often: float) -> list[datetime]:
        """Planned visits: spread over the day from seven to ten at night with some jitter, half as many on days off."""
        rng, times = self.rng, []
        for number in range((self.end - self.start).days):
            day = self.start + timedelta(days=number)
            count = often if is_workday((day + SHANGHAI).date()) else max(1.0, often / 2)
            whole = int(count) + (rng.random() < count % 1)
            step = 15 / whole
            times += [day + timedelta(hours=7 + step * (turn + rng.random() * 0.6)) for turn in range(whole)]
        return times

    def _inject(self, count: int) -> list[Fault]:
        """Faults at random times, at most one of a site at once; those that no visit sees, where the year has time left
        to tell them."""
        rng = self.rng
        total, days = sum(FAULTS.values()), (self.end - self.start).days
        kinds = [kind for kind, share in FAULTS.items() for _ in range(round(share * count / total))]
        faults: list[Fault] = []
        for kind in sorted(kinds, key=lambda kind: kind not in QUIET):
            for _ in range(2000):
                place = rng.choice(self.places)
                column = rng.choice(place.columns)
                start = self.start + timedelta(days=rng.uniform(25, 0.55 * days if kind in QUIET else days - 35))
                span = timedelta(days=150 if kind in QUIET else 30)
                if any(fault.start - span < start < fault.start + timedelta(days=150) for fault in place.faults):
                    continue
                if column.since > start - timedelta(days=45) or (start - column.since).days * column.habit.rate < 5:
                    continue
                if any(fault.kind == "slow death" and fault.column is column for fault in place.faults):
                    continue
                silent_from = start + timedelta(days=120) if kind == "slow death" else start
                if kind in QUIET and _days_due(column, silent_from, self.end) < self._days_to_tell(column, silent_from):
                    continue
                if kind == "fields gone" and column.pace.between(start, start + timedelta(days=60)) < 8:
                    continue
                faults.append(self._fault(kind, place, column, start))
                break
            else:
                raise RuntimeError(f"no room for a fault of the kind {kind}: too few columns")
        return faults

    def _days_to_tell(self, column: Spot, since: datetime) -> float:
        """How many days of news must be due in what is left of the year: a dozen, and twice as many as one needs who
        knows the column's law and may err as often as the bar allows."""
        return max(12.0, 2 * oracle_gaps(column, since, YEARS_BETWEEN_ERRORS))

    def _fault(self, kind: str, place: Place, column: Spot, start: datetime) -> Fault:
        rng = self.rng
        whole = kind in _OF_SITES and rng.random() < 0.6
        fault = Fault(kind, place, None if whole else column, start, self.end + timedelta(days=1), seed=rng.random())
        a_year_before = start - timedelta(days=365)
        for spot in place.columns:
            spot.gap = spot.pace.between(a_year_before, start) / max(1, _days_due(spot, a_year_before, start))
        if kind == "slow death":
            # Fewer and fewer, over two to four months or five gaps, then none.
            lasts = max(rng.uniform(60, 120), 5 * 365 / max(1, _days_due(column, a_year_before, start)))
            column.habit.dying = ((start + SHANGHAI).date(), (start + SHANGHAI).date() + timedelta(days=lasts))
            column.pieces = rhythms.articles(column.habit, column.pace, Random(rng.random()))
        place.faults.append(fault)
        return fault

    # What a visit sees

    def _sight(self, at: datetime, place: Place, column: Spot) -> Sight:
        rng, fault = self.rng, place.fault(column, at)
        for trouble in (*place.troubles, *self.ours):
            if trouble.start <= at < trouble.end:
                return _unread(at, trouble.cause)
        if fault is not None and (sight := self._faulty(at, column, fault)) is not None:
            return sight
        odd = rng.random()
        if odd < 0.006:
            return _unread(at, "timeout" if odd < 0.005 else rng.choice(("incomplete", "blocked", "no_links", "http")))
        column.strange = False
        new = self._new(at, column, fault)
        return self._read(at, column, new, fault)

    def _faulty(self, at: datetime, column: Spot, fault: Fault) -> Sight | None:
        """What a visit sees of a fault that keeps the list from being read; None when it reads it."""
        rng = self.rng
        kind = fault.kind
        if kind == "no links":
            return _unread(at, "no_links")
        if kind == "wall" or (kind == "wall now and then" and rng.random() < 0.5 + 0.2 * fault.seed):
            return _unread(at, "blocked")
        if kind == "hijack":
            # The crawl itself sees it, at the first visit or the next.
            if column.strange or rng.random() < 0.8:
                frozen = column.strange and fault.column is None
                column.strange = True
                return _unread(at, "", "frozen") if frozen else _unread(at, "foreign", "hijacked")
            return None
        if kind == "moved: gone":
            return _unread(at, "gone" if fault.seed < 0.5 else "soft_404", "failing")
        if kind == "other links":
            return self._other_links(at, column, fault)
        return None

    def _other_links(self, at: datetime, column: Spot, fault: Fault) -> Sight:
        rng = self.rng
        if fault.seed < 0.6:  # the navigation
            links = 15 + int(fault.seed * 50)
            new = 0 if column.strange else links
            column.strange = True
            return Sight(at, "drift" if new else "partial", links, new, 0, {}, None, None, "", "")
        # A box beside the list, with articles of other columns.
        links = 4 + int((fault.seed - 0.6) * 10)
        if rng.random() < 0.03:
            insort(column.published, at)
            return Sight(at, "ok", links, 1, 1, dict.fromkeys(column.shares, 1.0), column.chars, at, "", "")
        return Sight(at, "ok", links, 0, 0, {}, None, None, "", "")

    def _new(self, at: datetime, column: Spot, fault: Fault | None) -> list[Piece]:
        shown = bisect_right(column.pieces, at, key=lambda piece: piece.shown_at)
        if fault is not None and fault.kind == "moved: frozen":
            shown = bisect_right(column.pieces, fault.start, key=lambda piece: piece.shown_at)
        first = column.seen < 0
        known = max(0, shown - column.depth) if first else column.seen
        column.seen = max(shown, column.seen)
        pieces = column.pieces[known:shown]
        for piece in pieces:
            insort(column.published, piece.printed or at)
        return pieces

    def _read(self, at: datetime, column: Spot, new: list[Piece], fault: Fault | None) -> Sight:
        rng = self.rng
        revisits = sum(rng.random() < 0.25 for _ in range(3)) if column.published else 0
        read = sum(rng.random() < 0.99 for _ in new) + revisits
        shares = dict(column.shares)
        verdict = "ok"
        if fault is not None and fault.kind == "fields gone":
            if fault.seed < 0.4:  # no layout fits
                return Sight(
                    at, "drift" if len(new) >= 3 else "partial", column.links, len(new), 0, {}, None, None, "", ""
                )
            shares |= {"published_at": 0.02, "source": 0.0, "author": 0.0}
            if fault.seed > 0.7:
                shares |= {"body": 0.1}
        if not new and column.has_validators and rng.random() < 0.8:
            links = None
        else:
            links = column.links + rng.choice((0, 0, column.pinned))
        fields = {name: _share(rng, share, read) for name, share in shares.items()} if read else {}
        chars = column.chars * math.exp(rng.gauss(0, 0.6 / math.sqrt(read))) if read else None
        return Sight(at, verdict, links, len(new), read, fields, chars, at if new else None, "", "")


def _days_due(column: Spot, start: datetime, end: datetime) -> int:
    """Days with something new between two moments, were nothing wrong."""
    return len({(piece.shown_at + SHANGHAI).date() for piece in column.pieces if start < piece.shown_at < end})


def _share(rng: Random, share: float, count: int) -> float:
    """The share of ``count`` articles with a field; articles of one visit are alike."""
    if 0.05 < share < 0.95:
        share = rng.betavariate(share * 8, (1 - share) * 8)
    return sum(rng.random() < share for _ in range(count)) / count


def _unread(at: datetime, cause: str, verdict: str = "") -> Sight:
    words = {"blocked": "blocked", "no_links": "no links"}
    detail = f"the list could not be read: {cause}" if cause else ""
    return Sight(at, verdict or words.get(cause, "failing"), None, 0, 0, {}, None, None, cause, detail)


def _with(sight: Sight, verdict: str) -> Sight:
    return sight if sight.verdict == verdict else replace(sight, verdict=verdict)


def _kept(sights: list[Sight], now: datetime) -> list[Sight]:
    """The last 60, and before them up to 60 of the last months that read articles."""
    if len(sights) <= _KEPT:
        return sights
    older = [sight for sight in sights[:-_KEPT] if sight.read and sight.at > now - _KEPT_READ]
    return older[-_KEPT:] + sights[-_KEPT:]
