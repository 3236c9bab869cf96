"""When a page is looked at again: pure rules, no database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

DEFAULT_DAYS: tuple[float, ...] = (1, 3, 7, 30)
"""Ages, in days since first sight or the last change, at which an article is looked at again."""

MIN_GAP = timedelta(hours=12)
"""A late revisit does not drag the next one along right behind it."""

LONGEST_GAP_DAYS = 365.0

MISSING_AGAIN = timedelta(days=1)
CONFIRM_AFTER = MISSING_AGAIN
"""A page is withdrawn when it is gone twice, at least this far apart."""
WITHDRAWN_AGAIN = timedelta(days=7)

INCOMPLETE_AGAIN = timedelta(hours=1)
"""An article that could be read in part only is looked at again after this."""

_RETRY_STEPS = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6), timedelta(days=1))
_DAILY_FOR = timedelta(days=14)


def next_revisit(
    now: datetime,
    since: datetime,
    *,
    days: Sequence[float] = DEFAULT_DAYS,
) -> datetime:
    """The next rung of the ladder after ``now``.

    ``since`` is the first sight or the last change. Beyond the last rung the age doubles, by a year at most.
    """
    rungs = sorted(days) or [30.0]
    earliest = now + min(MIN_GAP, timedelta(days=rungs[0] / 2))
    for rung in rungs:
        if since + timedelta(days=rung) >= earliest:
            return since + timedelta(days=rung)
    age = max(rungs[-1], 1.0)
    while since + timedelta(days=age) < earliest:
        age += min(age, LONGEST_GAP_DAYS)
    return since + timedelta(days=age)


def next_retry(now: datetime, tries: int, first_at: datetime) -> datetime:
    """When a failed page is tried again: 10 min, 1 h, 6 h, 1 d, then daily for 14 days, then weekly for ever."""
    if tries <= len(_RETRY_STEPS):
        return now + _RETRY_STEPS[max(tries, 1) - 1]
    return now + (timedelta(days=1) if now - first_at < _DAILY_FOR else timedelta(days=7))
