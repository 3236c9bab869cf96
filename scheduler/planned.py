"""What a column's row says after something has happened: a run, another schedule, a clock that was set. Pure.

Each function gives the new values of the row.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from archive.scheduling import ScheduleRow
from archive.words import GOOD_VERDICTS
from scheduler.due import Rule, allowed, fraction, next_slot
from scheduler.watched import Watched
from seeds.model import duration

SLOWEST = timedelta(days=1)
"""A column that fails is looked at once a day for ever."""
NEUTRAL_VERDICTS = frozenset({"held", "interrupted", "orphaned"})
"""How runs end that say nothing about the site."""
LIST_VERDICTS = frozenset({"no links", "failing", "robots", "blocked"})
"""How runs end when one list could not be read; the others of the run may have been."""
SHORTEST_RETRY, LONGEST_RETRY = timedelta(minutes=1), timedelta(minutes=10)
"""After so long a visit that did not take place is tried again."""
FIRST_RETRY = timedelta(hours=1)
"""A first failure is most often over by then; only a column that keeps a plan of its own may be asked so soon."""
BEARABLE = timedelta(hours=2)
"""So long a column may be left alone because the clock comes to moments that had their visit already."""


def after_run(row: ScheduleRow, rule: Rule, planned: datetime | None, verdict: str, now: datetime) -> dict[str, Any]:
    """When a column is visited next after a run with this verdict; ``planned`` is its next visit by its rule or plan.

    After a run that failed, a plan has nothing to go by: an adaptive column is tried again in its own rhythm.
    """
    rhythm = timedelta(seconds=row.rhythm_seconds)
    if verdict in NEUTRAL_VERDICTS:
        wait = min(max(rhythm / 10, SHORTEST_RETRY), LONGEST_RETRY)
        return {"next_due_at": allowed(rule, now + wait), "why": f"the last visit did not take place ({verdict})"}
    if verdict in GOOD_VERDICTS:
        gap = planned - now if rule.kind == "adaptive" and planned is not None else rule.every
        return {
            "next_due_at": planned,
            "why": why_planned(rule),
            "failures": 0,
            "rhythm_seconds": max(60, int(gap.total_seconds())),
        }
    failures = row.failures + 1
    if failures == 1:
        if rule.kind == "adaptive":
            planned = allowed(rule, now + min(rhythm, FIRST_RETRY))
        return {"next_due_at": planned, "why": f"the last visit failed ({verdict})", "failures": 1}
    wait = backing_off(rhythm, failures)
    # A little less, so that the moment of the plan that lies there still counts.
    earliest = now + wait - rhythm / 20
    planned = next_slot(rule, earliest) if rule.kind != "adaptive" else allowed(rule, earliest)
    why = f"{failures} visits in a row failed ({verdict}): looked at again after {duration(wait.total_seconds())}"
    return {"next_due_at": planned, "why": why, "failures": failures}


def backing_off(rhythm: timedelta, failures: int) -> timedelta:
    """How long a failing column is left alone: 1, 2, 4 … times its rhythm, up to once a day."""
    return max(rhythm, min(SLOWEST, rhythm * float(2 ** min(failures - 1, 20))))


def planned_anew(row: ScheduleRow, watched: Watched, now: datetime) -> dict[str, Any]:
    """The schedule in the site file is another one, or the column is watched again after a while."""
    rule = watched.rule
    last = min(row.last_visit_at, now) if row.last_visit_at else None
    if rule.cron:
        due = next_slot(rule, now)
    else:
        due = allowed(rule, max(now, last + rule.every) if last else now)
    why = "the schedule in the site file has changed" if row.rule != watched.text else "watched again"
    values = {"kind": rule.kind, "rule": watched.text, "rhythm_seconds": int(rule.every.total_seconds())}
    return {**values, "next_due_at": due, "why": why}


def set_back(row: ScheduleRow, rule: Rule, done: datetime | None, now: datetime) -> dict[str, Any]:
    """A visit that was planned by a clock that has been set back since. ``done``: the latest that had its slot.

    A moment that had its visit gets no second one when it comes again, unless that would leave the column alone for
    hours.
    """
    if row.slot_id is not None or row.next_due_at is None:
        return {"planned_at": now}
    if rule.kind == "adaptive":
        due: datetime | None = allowed(rule, now + max(timedelta(), row.next_due_at - row.planned_at))
    else:
        due = next_slot(rule, max(done, now) if done else now)
        if done and due is not None and due - now > max(2 * rule.every, BEARABLE):
            due = next_slot(rule, now) or due
            # The same moment once more, as a slot of its own.
            due = due.replace(microsecond=1 + int(999_998 * fraction(rule.seed, now.isoformat())))
    return {"next_due_at": due, "why": "the clock was set back"}


def why_planned(rule: Rule) -> str:
    """The plan of a healthy column in words."""
    if rule.kind == "cron":
        return f"cron {rule.cron}"
    if rule.kind == "adaptive":
        return "the visit plan"
    return f"every {duration(rule.every.total_seconds())}"
