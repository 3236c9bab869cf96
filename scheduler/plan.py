"""When each list page is looked at next: the visit plan.

``VisitPlan`` is pure: it knows no database and no clock, only the moments it is told, so that a simulator drives it as
the product does.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Visit:
    """One look at a list page.

    ``t`` is the moment in seconds, ``n_new`` how many items were never seen before, ``stamps`` their times of
    publication in seconds (None where the page gives none; local midnight where it gives the day only; may be
    shorter than ``n_new``), ``overflow`` whether all items shown were new, so that older ones may have been missed.
    """

    t: float
    n_new: int
    stamps: Sequence[float | None] = ()
    overflow: bool = False


class Seen(Protocol):
    """What a visit must have, whoever made it."""

    @property
    def t(self) -> float: ...
    @property
    def n_new(self) -> int: ...
    @property
    def stamps(self) -> Sequence[float | None] | None: ...
    @property
    def overflow(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a page is visited when it is.

    ``week`` holds the expected new items of each hour, Monday 0 h first (7 rows of 24); ``visits`` the next planned
    moments in seconds of the plan's clock; ``share`` this page's part of the day's budget (0 to 1).
    """

    week: list[list[float]]
    visits: list[float]
    reason: str
    share: float
    learned_from: str = ""
    notes: list[str] = field(default_factory=list)


class VisitPlan:
    """Places the visits of many list pages so that new items are found soon, within a budget of requests per day."""

    def start(self, ctx: Any) -> None:
        """Begin with (or go on with more) pages. ``ctx`` as in the module's description."""
        self._t0 = float(ctx.t0)
        self._pages: dict[Hashable, int] = {page: n for n, page in enumerate(ctx.pages)}
        self._interval = DAY * len(self._pages) / max(1.0, float(ctx.budget_per_day))

    def observe(self, page_id: Hashable, history: Sequence[Seen]) -> None:
        """Learn from what was seen of a page, without planning. Raises KeyError for an unknown page."""
        self._number(page_id)

    def first_visit(self, page_id: Hashable) -> float:
        """Seconds after ``ctx.t0`` of the first look at a page. Raises KeyError for an unknown page."""
        return self._interval * self._number(page_id) / len(self._pages)

    def next_visit(self, page_id: Hashable, history: Sequence[Seen]) -> float:
        """Seconds from the last visit in ``history`` to the next. Raises KeyError for an unknown page."""
        self.observe(page_id, history)
        return self._interval

    def explain(self, page_id: Hashable) -> Explanation:
        """What is planned for a page, and why. Raises KeyError for an unknown page."""
        self._number(page_id)
        return Explanation([[0.0] * 24 for _ in range(7)], [], "Visited evenly.", 1 / len(self._pages))

    def _number(self, page_id: Hashable) -> int:
        try:
            return self._pages[page_id]
        except KeyError:
            raise KeyError(f"The plan knows no page {page_id!r}: start it with that page first.") from None
