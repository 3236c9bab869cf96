"""Which columns are visited when, and who does it: the one who decides, over a plan that is stored.

The database is the truth: each watched column has a row with the moment of its next visit, and each visit a slot, a row
that only one scheduler can insert, before anything is asked for. So any number of schedulers may run on one database,
die and start again. See ``docs/schedule.md``.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from archive.archive import Archive
from archive.errors import DatabaseUnavailable
from archive.scheduling import Change, Pick, ScheduleRow, SlotEnd, SlotRow
from archive.visits import Mark, VisitRow
from archive.words import GOOD_VERDICTS
from config.settings import Settings
from scheduler.adaptive import Adaptive, Places, is_good
from scheduler.alive import Alive
from scheduler.due import Rule, allowed, count_slots, next_slot
from scheduler.planned import LIST_VERDICTS, NEUTRAL_VERDICTS, after_run, planned_anew, set_back
from scheduler.runner import CrawlOptions, CrawlResult
from scheduler.watched import Key, Watched, new_columns, watched_columns
from seeds.model import Site, duration

logger = logging.getLogger(__name__)

LOOK_AGAIN = timedelta(seconds=10)
"""So often ``claim`` looks for dead instances; with ``alive.DEAD_AFTER`` that is below the 90 s of a take-over."""
JUMP = timedelta(seconds=60)
"""A clock that differs from the steady one by more was set, or the machine slept."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """One run to start now.

    ``lists`` are the list addresses of the columns to read, () means the whole site; ``slots`` the numbers of the
    claimed slots that end with it; ``planned_at`` is the earliest of them, UTC.
    """

    site: str
    lists: tuple[str, ...]
    slots: tuple[int, ...]
    planned_at: datetime
    options: CrawlOptions


@dataclass(slots=True)
class _Claimed:
    """A slot of ours that is under way."""

    row: ScheduleRow
    planned_at: datetime
    claimed_at: datetime


class Timetable:
    """Says what is due and writes down what became of it. One thread uses it.

    ``sites`` and ``settings`` (those of ``[schedule]``) may be replaced; the next ``refresh`` follows them.
    ``instance`` names this process for all others on the database. ``steady`` counts seconds that no setting of the
    clock changes.
    Every method may raise DatabaseUnavailable; nothing is half done then, and the next call goes on.
    """

    def __init__(
        self,
        archive: Archive,
        sites: Mapping[str, Site],
        settings: Settings,
        instance: str,
        *,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self.archive = archive
        self.sites = sites
        self.settings = settings.schedule
        self.instance = instance
        self._steady = steady
        self._watched: dict[Key, Watched] = {}
        self._claimed: dict[int, _Claimed] = {}
        self._unwritten: list[SlotEnd] = []
        self._alive = Alive(instance)
        self._adaptive = Adaptive(archive, settings)
        self._mark: Mark | None = None
        self._told: list[tuple[Key, VisitRow]] = []
        self._own_runs: set[int] = set()
        self._clock_before: tuple[datetime, float] | None = None
        self._looked_at: datetime | None = None
        self._next_due: datetime | None = None
        self._pruned_at: datetime | None = None

    # --- for the service ----------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Bring the stored plan up to date: call it about every 30 s.

        Rows follow the site files, every watched column gets a next visit, this instance gives a sign of life, what
        dead instances had claimed is due again, and a clock that was set is made up for.
        """
        self._write_ends()
        now = self._now()
        self._watched = watched_columns(self.sites, self.settings)
        rows = {(row.site, row.list_url): row for row in self.archive.schedules()}
        self._read_visits()
        self._adaptive.settings = self.settings
        self._adaptive.keep(self._watched, rows, now)
        new = new_columns(self._watched, rows, now)
        changes = self._changes(rows, self._visits_of_others(), now)
        lost = self._lost(self.archive.slots(states=("claimed",), limit=100_000), now)
        prune = self._pruned_at is None or abs(now - self._pruned_at) > timedelta(days=1)
        keep = timedelta(days=self.settings.keep_slots_days) if prune else None
        closed = self.archive.keep_schedules(self.instance, new, changes, lost, keep_slots=keep)
        self._tell_lost(lost, closed)
        self._told.clear()
        if self._mark is not None:
            passed, running = self._mark.run_id, self._mark.running
            self._own_runs = {run for run in self._own_runs if run > passed or run in running}
        for column in new:
            if column.next_due_at is not None:
                self._adaptive.promise((column.site, column.list_url), column.next_due_at)
        if prune:
            self._pruned_at = now
        self._next_due = self.archive.next_due()

    def claim(self, free: int, busy: Collection[str]) -> list[Assignment]:
        """What is to be started now: at most ``free`` runs, none of a site in ``busy``.

        Each planned slot is given out exactly once over all instances of one database. Columns of one site that are
        due at about the same time are one run.
        """
        self._write_ends()
        now = self._now()
        if self._looked_at is None or abs(now - self._looked_at) >= LOOK_AGAIN:
            self._take_over(now)
        if free < 1 or self._next_due is None or self._next_due > now:
            return []
        ahead = now + timedelta(seconds=self.settings.join_seconds)
        due: dict[str, list[ScheduleRow]] = {}
        for row in self.archive.schedules(due_by=ahead):
            if (row.site, row.list_url) in self._watched:
                due.setdefault(row.site, []).append(row)
        assignments: list[Assignment] = []
        for site, rows in sorted(due.items(), key=lambda entry: min(_due(row) for row in entry[1])):
            if len(assignments) >= free or site in busy:
                continue
            chosen = self._join(rows, now)
            if chosen and (assignment := self._claim(site, chosen, now)):
                assignments.append(assignment)
        self._next_due = self.archive.next_due()
        return assignments

    def ended(self, assignment: Assignment, result: CrawlResult) -> None:
        """Close the slots of a run and plan the next visits of its columns, in one transaction.

        When the database is away, what is to be written is kept and written by the next call of any method.
        """
        now = self.archive.now()
        seen: dict[Key, VisitRow] = {}
        if result.run_id is not None:
            self._own_runs.add(result.run_id)
            with contextlib.suppress(DatabaseUnavailable):  # then it is learned later
                self._read_visits()
            seen = {key: visit for key, visit in self._told if visit.run_id == result.run_id}
        for slot_id in assignment.slots:
            claimed = self._claimed.pop(slot_id, None)
            if claimed is not None:
                self._unwritten.append(self._end(slot_id, claimed, result, seen, now))
        self._write_ends()
        self._next_due = self.archive.next_due()

    def next_due(self) -> datetime | None:
        """When the next visit is due as far as is known since the last call; None: nothing is planned."""
        return self._next_due

    def leave(self, because: str = "the scheduler was stopped") -> None:
        """This instance stops: what it has claimed and not ended is due again at once, for whoever comes next."""
        self._write_ends()
        self._claimed.clear()
        self.archive.leave(self.instance, because)

    # --- sites --------------------------------------------------------------------------------------------------------

    def _changes(self, rows: Mapping[Key, ScheduleRow], visited: Mapping[Key, VisitRow], now: datetime) -> list[Change]:
        from_the_future = [row for row in rows.values() if row.planned_at > now + JUMP]
        done = self.archive.latest_slots(now) if from_the_future else {}
        changes = []
        for key, row in rows.items():
            watched = self._watched.get(key)
            values: dict[str, Any] = {}
            if watched is None:
                if row.next_due_at is not None:
                    site = self.sites.get(row.site)
                    why = (site.why_not_live if site else None) or "no longer in the site files"
                    values = {"next_due_at": None, "why": why}
            else:
                if row.column != watched.source.column:
                    values = {"column": watched.source.column}
                if row.rule != watched.text or row.next_due_at is None:
                    values |= planned_anew(row, watched, now)
                elif row.planned_at > now + JUMP:
                    values |= set_back(row, watched.rule, done.get(row.id), now)
                elif key in visited and row.slot_id is None:
                    values |= self._visited(row, watched.rule, visited[key], now)
            if values:
                changes.append(Change(row.id, row.version, values))
        return changes

    # --- what visits have shown ---------------------------------------------------------------------------------------

    def _read_visits(self) -> None:
        """Learn from every run that has ended since the last look, whoever has started it."""
        found, self._mark = self.archive.visits_after(self._mark)
        places = Places(self._watched)
        for visit in found:
            key = places.key_of(visit)
            if key is not None:
                self._told.append((key, visit))
                if is_good(visit) and visit.run_id not in self._own_runs:
                    self._adaptive.learn(key, visit)

    def _visits_of_others(self) -> dict[Key, VisitRow]:
        """The latest good visit of each column that is not one of ours."""
        return {key: visit for key, visit in self._told if is_good(visit) and visit.run_id not in self._own_runs}

    def _visited(self, row: ScheduleRow, rule: Rule, visit: VisitRow, now: datetime) -> dict[str, Any]:
        """Somebody has looked at the column by hand: that counts as its visit."""
        if visit.kind == "scheduled" or (row.last_visit_at is not None and row.last_visit_at >= visit.at):
            return {}
        values: dict[str, Any] = {"last_visit_at": visit.at, "last_verdict": visit.verdict, "failures": 0}
        due: datetime | None = row.next_due_at
        if rule.kind == "adaptive":
            due = self._adaptive.after_visit((row.site, row.list_url), visit, now)
        elif rule.kind == "interval" and due is not None and due - visit.at < rule.every / 2:
            due = next_slot(rule, max(due, now))
        return {**values, "next_due_at": due, "why": f"run {visit.run_id} has looked already"}

    # --- the clock ----------------------------------------------------------------------------------------------------

    def _now(self) -> datetime:
        """The time; a jump of the clock is told."""
        now, steady = self.archive.now(), self._steady()
        if self._clock_before is not None:
            before, steady_before = self._clock_before
            jump = now - before - timedelta(seconds=steady - steady_before)
            if abs(jump) >= JUMP:
                self._jumped(jump, now)
        self._clock_before = (now, steady)
        return now

    def _jumped(self, jump: timedelta, now: datetime) -> None:
        how = "forward (or the machine slept)" if jump > timedelta() else "back"
        note = f"the clock went {duration(abs(jump).total_seconds())} {how}"
        logger.warning("%s at %s", note, now.isoformat(" ", "seconds"))
        self.archive.note_jump(self.instance, note)
        if jump < timedelta():
            # Whatever was noted by the old clock lies in the future now.
            self._looked_at = self._pruned_at = None
            self._next_due = now

    # --- who is alive -------------------------------------------------------------------------------------------------

    def _lost(self, claimed: Iterable[SlotRow], now: datetime) -> list[SlotEnd]:
        """Slots whose owner is dead, and those of this instance that it knows nothing of (its former life's)."""
        alive = self._alive.names(self.archive.instances(), now)
        self._looked_at = now
        lost = []
        for slot in claimed:
            mine = slot.owner == self.instance
            if (slot.id in self._claimed or self._is_unwritten(slot.id)) if mine else slot.owner in alive:
                continue
            note = f"{slot.owner} showed no sign of life any more" if not mine else "claimed before a restart"
            values = {"next_due_at": now, "why": f"{note}: visited again at once"}
            lost.append(SlotEnd(slot.id, "lost", note, values=values))
        return lost

    def _is_unwritten(self, slot_id: int) -> bool:
        return any(end.slot_id == slot_id for end in self._unwritten)

    def _take_over(self, now: datetime) -> None:
        lost = self._lost(self.archive.slots(states=("claimed",), limit=100_000), now)
        if lost:
            self._tell_lost(lost, self.archive.end_slots(lost))
            self._next_due = now

    @staticmethod
    def _tell_lost(lost: Iterable[SlotEnd], closed: Collection[int]) -> None:
        for end in lost:
            if end.slot_id in closed:  # by us, and by no other of those who saw it
                logger.warning("slot %d is lost: %s", end.slot_id, end.note)

    # --- claiming -----------------------------------------------------------------------------------------------------

    def _join(self, rows: list[ScheduleRow], now: datetime) -> list[ScheduleRow]:
        """The rows of one run: what is due, and what will be in a moment and may as well be read now."""
        ready = [row for row in rows if _due(row) <= now]
        if not ready:
            return []
        for row in rows:
            watched = self._watched.get((row.site, row.list_url))
            if row in ready or watched is None or watched.rule.cron:
                continue
            early = _due(row) - now
            if early <= timedelta(seconds=row.rhythm_seconds) / 10 and allowed(watched.rule, now) == now:
                ready.append(row)
        return ready

    def _claim(self, site: str, rows: list[ScheduleRow], now: datetime) -> Assignment | None:
        picks = {row.id: self._pick(row, now) for row in rows}
        claimed = self.archive.claim_slots(self.instance, list(picks.values()))
        self._replan_taken([row for row in rows if row.id not in claimed], now)
        if not claimed:
            return None
        mine = [row for row in rows if row.id in claimed]
        for row in mine:
            self._claimed[claimed[row.id]] = _Claimed(row, picks[row.id].planned_at, now)
        every = {url for name, url in self._watched if name == site}
        lists = tuple(row.list_url for row in mine)
        lists = () if every <= set(lists) else lists
        planned_at = min(picks[row.id].planned_at for row in mine)
        slots = tuple(claimed[row.id] for row in mine)
        options = CrawlOptions(kind="scheduled", lists=lists, planned_at=planned_at)
        return Assignment(site, lists, slots, planned_at, options)

    def _pick(self, row: ScheduleRow, now: datetime) -> Pick:
        rule = self._watched[row.site, row.list_url].rule
        due, missed = _due(row), None
        if rule.kind != "adaptive":
            first = next_slot(rule, due)
            if first is not None and first <= now:
                missed = (first, count_slots(rule, due, now))
        return Pick(row.id, row.version, due, missed)

    def _replan_taken(self, rows: Iterable[ScheduleRow], now: datetime) -> None:
        """Rows that could not be claimed: somebody else was quicker, or the clock was set back and they had it."""
        latest: dict[int, datetime] | None = None
        changes = []
        for row in rows:
            if latest is None:
                latest = self.archive.latest_slots(min(now, _due(row)) - timedelta(microseconds=1))
            if row.id in latest:
                rule = self._watched[row.site, row.list_url].rule
                values = set_back(row, rule, latest[row.id], now)
                changes.append(Change(row.id, row.version, values))
        if changes:
            self.archive.keep_schedules(self.instance, changes=changes)

    # --- after a run --------------------------------------------------------------------------------------------------

    def _end(
        self, slot_id: int, claimed: _Claimed, result: CrawlResult, seen: Mapping[Key, VisitRow], now: datetime
    ) -> SlotEnd:
        row, verdict = claimed.row, result.verdict
        key = (row.site, row.list_url)
        watched, visit = self._watched.get(key), seen.get(key)
        note = f"{verdict}: {result.reason}" if result.reason and verdict != "ok" else verdict
        if verdict in LIST_VERDICTS and visit is not None and is_good(visit):
            # Another column's list has failed; this one was read.
            verdict, note = "ok", f"this list was read; the run: {note}"
        values: dict[str, Any] = {"last_verdict": verdict}
        if verdict not in NEUTRAL_VERDICTS:
            values["last_visit_at"] = now
        if watched is not None:
            values |= after_run(row, watched.rule, self._next(claimed, watched.rule, visit, verdict, now), verdict, now)
            if values["next_due_at"] is not None:
                self._adaptive.promise(key, values["next_due_at"])
        return SlotEnd(slot_id, "ended", note[:500], result.run_id, values)

    def _next(
        self, claimed: _Claimed, rule: Rule, visit: VisitRow | None, verdict: str, now: datetime
    ) -> datetime | None:
        """The next visit by the column's rule or plan; None where an adaptive one has learned nothing."""
        if rule.kind != "adaptive":
            return next_slot(rule, max(claimed.planned_at, claimed.claimed_at))
        if verdict not in GOOD_VERDICTS:
            return None
        return self._adaptive.after_visit((claimed.row.site, claimed.row.list_url), visit, now)

    def _write_ends(self) -> None:
        if self._unwritten:
            self.archive.end_slots(self._unwritten)
            self._unwritten = []


def _due(row: ScheduleRow) -> datetime:
    assert row.next_due_at is not None, "only rows that are due are asked"
    return row.next_due_at
