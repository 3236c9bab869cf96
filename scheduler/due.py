"""When a column is visited next. Pure: rules and moments in, a moment out.

Days and hours are those of Shanghai, whatever the time zone of the system; moments are aware.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from archive.clock import SHANGHAI, shanghai
from scheduler.workdays import is_workday
from seeds.cron import cron_times
from seeds.model import Schedule

DAY = timedelta(days=1)
_EPOCH = datetime(2000, 1, 1, tzinfo=SHANGHAI).astimezone(UTC)
_FARTHEST_LOOK = timedelta(days=20)
"""No holiday of China is longer, work days lent out included."""


@dataclass(frozen=True, slots=True)
class Rule:
    """The schedule of one column with nothing left open.

    ``seed`` names the column: it decides, for ever the same, where in its interval a column stands and by how much
    each of its visits is put off. ``night`` are minutes of the day, None when every hour is allowed.
    """

    kind: str
    every: timedelta
    cron: str | None
    night: tuple[int, int] | None
    jitter: timedelta
    workdays: bool
    seed: str


def rule_of(schedule: Schedule, seed: str, *, night: tuple[int, int] | None, jitter_percent: float) -> Rule:
    """The rule of a declared schedule; ``night`` and ``jitter_percent`` hold where it says nothing itself."""
    every = timedelta(seconds=schedule.every_seconds)
    own = schedule.night if schedule.night is not None else night
    if schedule.jitter_seconds is not None:
        jitter = min(timedelta(seconds=schedule.jitter_seconds), every / 10)
    else:
        # Who names a time of the day means it.
        jitter = every * jitter_percent / 100 if schedule.kind != "cron" else timedelta()
    return Rule(
        kind=schedule.kind,
        every=every,
        cron=schedule.cron,
        night=own if own and own[0] != own[1] else None,
        jitter=jitter,
        workdays=schedule.workdays,
        seed=seed,
    )


def next_slot(rule: Rule, after: datetime) -> datetime | None:
    """The first planned moment later than ``after``, UTC; None when a cron expression names none any more.

    The planned moments of a rule do not depend on where one begins to look, so that two who ask plan the same.
    """
    return next((slot for slot in slots(rule, after)), None)


def slots(rule: Rule, after: datetime) -> Iterator[datetime]:
    """The planned moments later than ``after``, one after the other, UTC."""
    last = after
    for slot in _cron_slots(rule, after) if rule.cron else _interval_slots(rule, after):
        if slot > last:
            yield slot
            last = slot


def count_slots(rule: Rule, after: datetime, until: datetime) -> int:
    """How many planned moments lie after ``after`` and not after ``until``."""
    if rule.cron is None and rule.night is None and not rule.workdays:
        # Years of minutes are not counted one by one.
        return max(0, _passed(rule, until) - _passed(rule, after))
    found = 0
    for slot in slots(rule, after):
        if slot > until:
            break
        found += 1
    return found


def allowed(rule: Rule, moment: datetime) -> datetime:
    """``moment``, or the first moment after it that is neither in the night nor on a day off; UTC."""
    local = shanghai(moment)
    for _ in range(2 * _FARTHEST_LOOK.days):
        if rule.workdays and not is_workday(local.date()):
            local = datetime.combine(local.date() + DAY, time(), SHANGHAI)
        elif rule.night is not None and (end := _end_of_night(rule.night, local)) is not None:
            local = end
        else:
            break
    return local.astimezone(UTC)


def fraction(seed: str, number: object) -> float:
    """A number in [0, 1) that is always the same for these two, and like a random one."""
    digest = hashlib.blake2b(f"{seed}\n{number}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def _end_of_night(night: tuple[int, int], local: datetime) -> datetime | None:
    """When the night ends that ``local`` lies in; None outside of it."""
    begin, end = night
    minute = local.hour * 60 + local.minute
    if begin < end:
        inside, days = begin <= minute < end, 0
    else:
        inside, days = minute >= begin or minute < end, int(minute >= begin)
    if not inside:
        return None
    return datetime.combine(local.date() + timedelta(days=days), time(end // 60, end % 60), SHANGHAI)


def _settled(rule: Rule, nominal: datetime, number: object) -> datetime:
    """Where a nominal moment is carried out: out of the night, on an allowed day, put off a little."""
    moved = allowed(rule, nominal)
    if not rule.jitter:
        return moved
    # What was moved to one morning is one visit, so it is put off as one.
    off = rule.jitter * fraction(rule.seed, number if moved == nominal else moved.isoformat())
    late = (moved + off).replace(microsecond=0)
    return late if late >= moved and allowed(rule, late) == late else moved


def _first(rule: Rule) -> datetime:
    return (_EPOCH + rule.every * fraction(rule.seed, "phase")).replace(microsecond=0)


def _passed(rule: Rule, moment: datetime) -> int:
    """The number of the last visit of an interval that is not after ``moment``."""
    first = _first(rule)
    number = (moment - first) // rule.every
    return number if _settled(rule, first + number * rule.every, number) <= moment else number - 1


def _interval_slots(rule: Rule, after: datetime) -> Iterator[datetime]:
    first = _first(rule)
    number = (after - first) // rule.every - 1
    while True:
        yield _settled(rule, first + number * rule.every, number)
        number += 1


def _cron_slots(rule: Rule, after: datetime) -> Iterator[datetime]:
    times = cron_times(rule.cron or "")
    # What the night has moved to its end was named before it.
    moment: datetime | None = after - rule.jitter - timedelta(seconds=1)
    if rule.night is not None:
        begin, end = rule.night
        moment = after - timedelta(minutes=(end - begin) % 1440) - rule.jitter
    while moment is not None and (moment := times.after(moment)) is not None:
        if not rule.workdays or is_workday(shanghai(moment).date()):
            yield _settled(rule, moment, moment.isoformat())
