"""When a column's silence is longer than its habit explains. Pure.

The silences of a column are the gaps between its publishing days, on its own clock (``scheduler.activity``). How likely
one lasts longer than the present one is read off them: up to the median as they were, beyond it by a generalised Pareto
tail whose scale and weight come from the column's own long gaps, drawn towards what is common where it has few. The
habit is looked at twice, all of it with the past fading, and the last gaps alone; the longer silences of the two count,
so that a column that has become slower is not judged by its better days.

A silence is an alarm when so long a one is expected less than once in ``YEARS`` years. A quarterly bulletin passes that
after some months, a daily portal after days, and each raises as few false alarms a year as the other.

A column that dies slowly never breaks its habit by one gap alone. So the time that its last few gaps took together,
the present one among them, is held against the habit before them in the same way.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from scheduler.activity import Clock, as_date, day_of, publishing_days
from scheduler.workdays import workdays_between

YEARS = 200.0
"""A silence as long as that is expected once in so many years of one column."""
_LEAST_GAPS = 5
"""Fewer gaps are no habit."""
_LATELY = 30
_SHORT = 2.0
"""So many usual gaps are no silence yet."""
_FADES_DAYS = 180.0
"""The habit's past fades by half in so many days, or in eight usual gaps where those are longer."""
_COMMON_GAPS, _COMMON_EXCESS = 8.0, 0.8
"""What is common weighs like eight long gaps that exceed the median by 0.8 of the mean and half a day."""
_COMMON_SHAPE, _SHAPE_WEIGHT = 0.08, 30.0
"""Tails are a little heavier than exponential; it takes some thirty long gaps to say otherwise."""
_BUNDLES = (3, 7, 15)
_SLOWER = 3.0
_SINCE = 2.0
_WANDERS = 0.06
"""Busy and quiet months: how much the pace of any column wanders, as a variance beside its mean squared."""
_SEVERAL_YEARS = 400.0
"""A few gaps together are judged only where they took three times their usual time, while nothing new came for two, and
more strictly: many columns change their pace for good."""


@dataclass(frozen=True, slots=True)
class Silence:
    """A silence longer than habit explains.

    ``last``: the last day with something new; ``workdays``: working days without since then; ``usual``: the usual gap
    in days of the column's own clock; ``longest`` known before; ``one_in``: of so many silences, one is as long by
    habit; ``few``: where it is not this silence alone, how many publishing days there were in the last
    ``few_workdays`` working days, and ``few_usual`` how many are usual.
    """

    last: date
    workdays: int
    usual: float
    longest: float
    one_in: float
    few: int = 0
    few_workdays: int = 0
    few_usual: float = 0.0


def silence(published: Sequence[datetime], last_new: datetime | None, read_at: datetime) -> Silence | None:
    """The silence of a column, when it is longer than its habit explains.

    ``published`` as in ``ColumnHistory``; ``last_new`` is when a visit last found something new (what is dated back
    ends a silence too); ``read_at`` when its list was last read: what happened since is not known.
    """
    if not published:
        return None
    today = day_of(read_at)
    last = max(day_of(at) for at in (published[-1], last_new or published[-1]))
    if today - last <= 1:
        return None
    # Most columns are far from an alarm: their last few days with news tell it at little cost.
    lately = {day_of(at) for at in published[-_LATELY:]}
    if today - last < _SHORT * (last - min(lately)) / len(lately):
        return None
    days = publishing_days(published, read_at)
    if len(days) <= _LEAST_GAPS:
        return None
    last = max(days[-1], min(last, today))
    clock = Clock(days, today)
    readings = [clock.at_end_of(day) for day in days]
    gaps = [after - before for before, after in itertools.pairwise(readings)]
    elapsed = clock.at(read_at) - clock.at_end_of(last)
    return _one_gap(days, gaps, elapsed, last, today) or _several(days, readings, clock.at(read_at), last, today)


def _one_gap(days: Sequence[int], gaps: Sequence[float], elapsed: float, last: int, today: int) -> Silence | None:
    a_year = 365.25 * len(gaps) / max(1, days[-1] - days[0])
    share = _share(days, gaps, elapsed, today)
    if share * a_year * YEARS >= 1:
        return None
    return Silence(
        last=as_date(last),
        workdays=workdays_between(as_date(last), as_date(today)),
        usual=sum(gaps) / len(gaps),
        longest=max(gaps),
        one_in=1 / max(share, 1e-9),
    )


def _several(days: Sequence[int], readings: Sequence[float], now: float, last: int, today: int) -> Silence | None:
    for bundle in _BUNDLES:
        if len(days) - bundle <= max(_LEAST_GAPS, bundle) * 2:
            return None
        before = days[: len(days) - bundle]
        known = readings[: len(before)]
        gaps = [b - a for a, b in itertools.pairwise(known)]
        a_year = 365.25 * len(gaps) / max(1, before[-1] - before[0])
        marks = [*readings[len(before) - 1 :], now]
        took = now - known[-1]
        # Without the longest: a single long silence has had its own answer.
        others = took - max(b - a for a, b in itertools.pairwise(marks))
        mean = max(_mean(gaps), _mean(gaps[-_LATELY:]))
        if others < _SLOWER * mean * bundle or now - readings[-1] < _SINCE * mean:
            continue
        share = max(_sum_share(gaps, bundle, others), _sum_share(gaps[-_LATELY:], bundle, others))
        if share * a_year * _SEVERAL_YEARS < 1:
            return Silence(
                last=as_date(last),
                workdays=workdays_between(as_date(last), as_date(today)),
                usual=_mean(gaps),
                longest=max(gaps),
                one_in=1 / max(share, 1e-9),
                few=bundle,
                few_workdays=workdays_between(as_date(before[-1]), as_date(today)),
                few_usual=took / mean,
            )
    return None


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _share(days: Sequence[int], gaps: Sequence[float], elapsed: float, today: int) -> float:
    """The share of silences that last longer than ``elapsed``, by the habit."""
    span = (days[-1] - days[0]) / len(gaps)
    half = max(_FADES_DAYS, 8 * span)
    fading = [0.5 ** ((today - day) / half) for day in days[1:]]
    lately = gaps[-_LATELY:]
    return max(_tail(gaps, fading, elapsed), _tail(lately, [1.0] * len(lately), elapsed))


def _tail(gaps: Sequence[float], weights: Sequence[float], elapsed: float) -> float:
    """The share of gaps longer than ``elapsed``: a generalised Pareto tail beyond the weighted median."""
    total = sum(weights)
    count = total * total / sum(weight * weight for weight in weights)
    mean = sum(gap * weight for gap, weight in zip(gaps, weights, strict=True)) / total
    passed, start = 0.0, 0.0
    for gap, weight in sorted(zip(gaps, weights, strict=True)):
        passed, start = passed + weight, gap
        if passed * 2 >= total:
            break
    if elapsed <= start:
        return 1.0
    scale = count / total
    beyond = [(gap - start, weight * scale) for gap, weight in zip(gaps, weights, strict=True) if gap > start]
    many = sum(weight for _, weight in beyond)
    summed = sum(excess * weight for excess, weight in beyond)
    excess = (summed + _COMMON_GAPS * (_COMMON_EXCESS * mean + 0.5)) / (many + _COMMON_GAPS)
    shape = _COMMON_SHAPE
    if many > 2:
        first = summed / many
        second = sum(value * value * weight for value, weight in beyond) / many - first * first
        own = 0.5 * (1 - first * first / second) if second > 0 else -0.3
        shape = (max(-0.3, own) * many + shape * _SHAPE_WEIGHT) / (many + _SHAPE_WEIGHT)
    # What is not known of the scale makes the tail of a forecast heavier; many gaps none of which was long say it too.
    shape = max(0.01, min(0.6, shape)) + 1 / (many + _COMMON_GAPS + count / 20)
    # Gaps are whole days: of a mean excess of one day none is ever longer.
    spread = (1 - shape) / -math.log(1 - 1 / max(excess, 1.05))
    return float((many + 0.5) / (count + 1) * (1 + shape * (elapsed - start) / spread) ** (-1 / shape))


def _sum_share(gaps: Sequence[float], count: int, took: float) -> float:
    """The share of ``count`` gaps on end that take longer than ``took``: a gamma tail of their mean and spread.

    Gaps on end are alike (busy and quiet weeks), so the spread is taken from the sums themselves.
    """
    mean = _mean(gaps) * count
    single = sum((gap * count - mean) ** 2 for gap in gaps) / count / len(gaps)
    sums = [sum(gaps[start : start + count]) for start in range(0, len(gaps) - count + 1, max(1, count // 3))]
    own = sum((value - mean) ** 2 for value in sums) / max(1, len(sums))
    spread = max(single, own, mean * mean * (1 / count / 2 + _WANDERS)) * (1 + count / len(gaps))
    form = mean * mean / spread
    # Wilson and Hilferty (1931): the cube root of a gamma variable is nearly normal.
    z = ((took / mean) ** (1 / 3) - 1 + 1 / (9 * form)) * math.sqrt(9 * form)
    return 0.5 * math.erfc(z / math.sqrt(2))
