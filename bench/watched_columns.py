"""Sites and columns that are watched, what troubles pass over them and what faults befall them. Plain state."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bench.rhythms import SHANGHAI, Habit, Pace, Piece
from scheduler.histories import ColumnHistory, Finding, Sight

FAULTS = {
    "no links": 5,
    "other links": 5,
    "fields gone": 5,
    "wall": 9,
    "wall now and then": 3,
    "hijack": 9,
    "moved: gone": 6,
    "moved: frozen": 6,
    "slow death": 12,
}
"""Kinds of faults, and how many of 60 are of each."""
RIGHT = {
    "no links": {"no links"},
    "other links": {"drift", "no links", "silent"},
    "fields gone": {"drift"},
    "wall": {"blocked"},
    "wall now and then": {"blocked"},
    "hijack": {"hijacked"},
    "moved: gone": {"moved", "soft 404"},
    "moved: frozen": {"silent", "moved"},
    "slow death": {"silent"},
}
"""Alarms that name a fault; any other alarm does not count as finding it."""
QUIET = frozenset({"moved: frozen", "slow death"})
"""Faults that no single visit can see: their time is counted in expected gaps."""
_LONG = timedelta(hours=24)
"""Who is told of a site that has been away for a day is told rightly."""


@dataclass(slots=True)
class Trouble:
    """A trouble that passes: no answer, a page of maintenance or a wall."""

    start: datetime
    end: datetime
    cause: str

    @property
    def right(self) -> bool:
        """Whether an alarm about it is no false one."""
        return self.end - self.start >= _LONG


@dataclass(slots=True)
class Fault:
    """A fault from ``start`` until it is mended, some days after it was told of. ``visits`` counts those of each column
    since, until ``told_at``; ``gaps`` are the expected gaps between publishing days until then."""

    kind: str
    site: Place
    column: Spot | None
    start: datetime
    ends: datetime
    told_at: datetime | None = None
    told_as: str = ""
    visits: Counter[str] = field(default_factory=Counter)
    gaps: float = math.nan
    seed: float = 0.0

    def befalls(self, column: Spot) -> bool:
        """Whether the column suffers from it."""
        return self.column in (None, column)

    @property
    def began(self) -> datetime:
        """From when on it counts: a slow death, from the day of its last article at the latest."""
        dying = self.column.habit.dying if self.column is not None and self.kind == "slow death" else None
        if dying is None:
            return self.start
        return datetime(dying[1].year, dying[1].month, dying[1].day, tzinfo=UTC) - SHANGHAI

    def told(self, at: datetime, kind: str, mended: datetime) -> None:
        """An alarm named it."""
        self.told_at, self.told_as = at, kind
        if self.kind != "slow death":  # what has ended stays so
            self.ends = min(self.ends, mended)
        spot = self.column or max(self.site.columns, key=lambda one: self.visits[one.name])
        self.gaps = max(0.0, spot.pace.between(self.began, at) / spot.gap)

    @property
    def took(self) -> float:
        """Planned visits (of the column visited most) or expected gaps until it was told; infinite if never."""
        if self.told_at is None:
            return math.inf
        return self.gaps if self.kind in QUIET else max(self.visits.values())

    @property
    def took_or_missed(self) -> float:
        """Planned visits or expected gaps, whichever were fewer: three visits within a morning miss nothing yet."""
        return self.took if self.told_at is None else min(self.took, self.gaps)


@dataclass(slots=True, eq=False)
class Spot:
    """One column: its habit, its articles, and what the crawl knows of it."""

    name: str
    habit: Habit
    pace: Pace
    pieces: list[Piece]
    visits: float
    links: int
    pinned: int
    has_validators: bool
    shares: dict[str, float]
    chars: float
    since: datetime
    depth: int
    gap: float = 1.0
    """Expected sittings from one publishing day to the next."""
    seen: int = -1
    """How many of its articles are known; -1 before the first visit."""
    sights: list[Sight] = field(default_factory=list)
    published: list[datetime] = field(default_factory=list)
    strange: bool = False
    judged: tuple[Sight, list[Finding]] | None = None
    """What was found wrong with it, and as of which sight."""

    def history(self, site: str) -> ColumnHistory:
        """What the product would be shown of it."""
        return ColumnHistory(
            site, self.name, f"http://{site}.example/{self.name}/", self.sights, self.published, (), self.since
        )


@dataclass(slots=True, eq=False)
class Place:
    """One site."""

    name: str
    columns: list[Spot]
    in_common: bool
    troubles: list[Trouble]
    faults: list[Fault] = field(default_factory=list)

    def fault(self, column: Spot, at: datetime) -> Fault | None:
        """What is wrong with a column for good at a moment."""
        return next((fault for fault in self.faults if fault.start <= at < fault.ends and fault.befalls(column)), None)
