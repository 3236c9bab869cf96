"""From what runs saw to alarms: every site that has something new is diagnosed, and its alarms follow.

Cheap when nothing happened: one query names the sites whose runs have ended since they were examined, and those not
examined for ``health.recheck_minutes`` (silence and lateness come without a run). The times of a column's articles are
read once per process, then only what was added.

1. A site that cannot be examined is named, counted and left; the others go on.
2. While a site is frozen its other alarms stay as they are: it is asked for nothing that could end or renew them.
3. What is wrong opens an alarm, or counts the open one once more; what is not wrong any more ends with a note that says
   what was seen. Each site in one short transaction.
"""

from __future__ import annotations

import logging
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from weakref import WeakKeyDictionary

from archive.answers import AlarmRow
from archive.archive import Archive
from archive.errors import DatabaseUnavailable, DiskFull
from archive.examinations import DueSite
from archive.scheduling import ScheduleRow
from archive.sights import KEPT_SIGHTS, SightRow
from archive.words import NOTE, SITE_ALARMS, AlarmKind
from config.settings import Settings
from scheduler.alive import DEAD_AFTER
from scheduler.diagnosis import diagnose, moment
from scheduler.histories import ColumnHistory, Finding, Sight
from scheduler.readings import ailment, read_well
from seeds.model import Site

logger = logging.getLogger(__name__)

_HABIT = timedelta(days=730)
"""The habit of a column is told by the articles of two years."""
_TOLD_BY: dict[AlarmKind, frozenset[AlarmKind]] = {"missing": frozenset({"moved", "soft 404", "failing"})}
"""What an alarm of the whole site says already."""
_OF_SILENCE: frozenset[AlarmKind] = frozenset({"silent", "moved"})


@dataclass(slots=True)
class Examined:
    """What one pass over the sites brought. ``failed`` says of each site that could not be examined why."""

    sites: list[str] = field(default_factory=list)
    opened: list[AlarmRow] = field(default_factory=list)
    closed: list[AlarmRow] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)


def examine(
    archive: Archive, sites: Mapping[str, Site], settings: Settings, now: datetime, *, end_others: bool = True
) -> Examined:
    """Examine the sites that need it, and open, renew and end alarms.

    ``sites`` are all that there are: with ``end_others`` the alarms of other sites end. Raises DatabaseUnavailable and
    DiskFull; whatever else befalls stays with its site.
    """
    examined = Examined()
    watched = {name: site for name, site in sites.items() if site.live}
    if end_others:
        examined.closed += archive.end_unwatched(watched, "the site is no longer watched")
    well: list[DueSite] = []
    watched_from = _watched_from(archive, now)
    for due in archive.due_examinations(now, timedelta(minutes=settings.health.recheck_minutes)):
        if due.site not in watched:
            continue
        examined.sites.append(due.site)
        try:
            if not _examine(archive, watched[due.site], due, now, watched_from, examined):
                well.append(due)
        except (DatabaseUnavailable, DiskFull):
            raise
        except Exception as error:
            why = f"{type(error).__name__}: {error}"
            logger.exception("%s could not be examined", due.site)
            examined.failed[due.site] = why
            archive.note_examined([due], why)
    if well:
        archive.note_examined(well)
    return examined


def _examine(
    archive: Archive, site: Site, due: DueSite, now: datetime, watched_from: datetime | None, examined: Examined
) -> bool:
    """One site. False when there is nothing to write but that it was examined."""
    open_now = archive.alarms(site.name, limit=1000)
    if any(row.frozen for row in open_now):
        return False
    rows = archive.sights(site.name, [source.url for source in site.lists], limit=KEPT_SIGHTS)
    columns = histories(archive, site, rows, now, watched_from)
    findings = _weighed(_apart(diagnose(columns, now), open_now), columns)
    if not findings and all(row.kind in SITE_ALARMS for row in open_now):
        return False
    last_runs = {row.column: row.run_id for seen in rows.values() for row in seen[-1:]}
    settled = archive.settle(
        due,
        findings,
        run_of=lambda column: last_runs.get(column, max(last_runs.values(), default=None)),
        over=lambda alarm: why_over(alarm, columns),
    )
    for alarm in settled.opened:
        level, word = (logging.INFO, "note") if alarm.severity == NOTE else (logging.WARNING, "alarm")
        logger.log(level, "%s: %s: %s: %s", _place(alarm), word, alarm.kind, alarm.reason)
    for alarm in settled.closed:
        logger.info("%s: alarm over: %s: %s", _place(alarm), alarm.kind, alarm.closed_because)
    examined.opened += settled.opened
    examined.closed += settled.closed
    return True


def histories(
    archive: Archive,
    site: Site,
    rows: Mapping[str, Sequence[SightRow]],
    now: datetime,
    watched_from: datetime | None = None,
) -> list[ColumnHistory]:
    """What is known of each column of a site that was looked at or was to be; the others have nothing to be judged by.

    ``watched_from``: somebody keeps watch since then; None when nobody does, and no visit can be late.
    """
    since = archive.watched_since(site.name)
    due: dict[str, ScheduleRow] = {}
    if watched_from is not None and now - watched_from >= _SETTLES:
        due = {row.list_url: row for row in archive.schedules(site.name) if row.slot_id is None}
    return [
        ColumnHistory(
            site=site.name,
            column=source.column,
            list_url=source.url,
            sights=[_sight(row) for row in rows.get(source.url, ())],
            published=_published(archive, site.name, source.column, now),
            visits_planned=_overdue(due.get(source.url), rows.get(source.url, ()), now),
            since=since.get(source.url, now),
        )
        for source in site.lists
        if source.url in since or source.url in due
    ]


def why_over(alarm: AlarmRow, columns: Sequence[ColumnHistory]) -> str:
    """What was seen that ended an alarm, one sentence."""
    mine = [column for column in columns if alarm.column in ("", column.column)]
    if not mine:
        return "the column is no longer watched."
    if alarm.kind == "silent":
        newest = max((at for column in mine for at in column.published[-1:]), default=None)
        if newest is not None and newest >= alarm.opened_at:
            return f"an article came again: {moment(newest)}."
        return "the silence is explained by the column's habit again."
    seen = [(sight.at, sight) for column in mine for sight in column.sights if read_well(sight)]
    if not seen:
        return "it is not seen any more."
    at, last = max(seen, key=lambda entry: entry[0])
    if alarm.kind == "late":
        return f"it was visited again {moment(at)}."
    if alarm.kind == "gap":
        return f"the run of {moment(at)} read up to known articles."
    if alarm.kind == "drift":
        return f"what was read {moment(at)} is as usual."
    links = "it had not changed" if last.links is None else f"{last.links} links, {last.new} of them new"
    return f"the list was read again {moment(at)}: {links}."


def _apart(findings: Iterable[Finding], open_now: Sequence[AlarmRow]) -> list[Finding]:
    """Findings that no alarm of the whole site tells already; those are raised by the run that sees the trouble."""
    told = SITE_ALARMS.union(*(_TOLD_BY.get(row.kind, ()) for row in open_now))
    return [finding for finding in findings if finding.kind not in told]


def _weighed(findings: Iterable[Finding], columns: Sequence[ColumnHistory]) -> list[Finding]:
    """A column that was silent already when it was watched first is worth a note: nothing has happened to it."""
    weighed = []
    for finding in findings:
        mine = [column for column in columns if finding.column in ("", column.column)]
        if finding.kind in _OF_SILENCE and all(_was_silent(column) for column in mine):
            finding = replace(finding, severity=NOTE)
        weighed.append(finding)
    return weighed


def _was_silent(column: ColumnHistory) -> bool:
    ill = ailment(column.sights)
    if not column.published or column.published[-1] >= column.since or (ill is not None and ill.kind in _OF_SILENCE):
        return False
    then = replace(column, sights=column.sights[:1], visits_planned=())
    return any(finding.kind in _OF_SILENCE for finding in diagnose([then], column.since))


def _sight(row: SightRow) -> Sight:
    return Sight(
        at=row.at,
        verdict=row.verdict,
        links=row.links,
        new=row.new,
        read=row.read,
        fields=row.fields,
        body_chars=row.body_chars,
        newest=row.newest,
        cause=row.cause,
        detail=row.detail,
    )


def _place(alarm: AlarmRow) -> str:
    return f"{alarm.site} {alarm.column}".rstrip()


# --- visits that did not take place -----------------------------------------------------------------------------------

_SETTLES = timedelta(minutes=30)
"""After a start, or a sleep of the machine, what was missed is caught up within this time."""
_MOST_VISITS = 50

_last_pass: WeakKeyDictionary[Archive, tuple[datetime, datetime]] = WeakKeyDictionary()
"""When this process examined last, and since when without a long pause."""


def _watched_from(archive: Archive, now: datetime) -> datetime | None:
    """Since when somebody keeps watch without a pause; None when nobody does."""
    alive = [row for row in archive.instances() if not row.gone and abs(now - row.beat_at) < 2 * DEAD_AFTER]
    before = _last_pass.get(archive)
    awake = before[1] if before is not None and timedelta() <= now - before[0] < _SETTLES else None
    _last_pass[archive] = (now, awake or now)
    if not alive:
        return None
    started = min(row.started_at for row in alive)
    # A process that examines for the first time knows of no pause.
    return max(started, awake or now) if before is not None else started


def _overdue(row: ScheduleRow | None, seen: Sequence[SightRow], now: datetime) -> list[datetime]:
    """The planned visits since a column was seen last that did not take place."""
    if row is None or row.next_due_at is None:
        return []
    step = timedelta(seconds=max(row.rhythm_seconds, 60.0))
    # It may have been visited by hand meanwhile.
    first = max(row.next_due_at, seen[-1].at + step) if seen else row.next_due_at
    return [first + number * step for number in range(_MOST_VISITS) if first + number * step <= now]


# --- times of articles ------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Times:
    """When a column's articles came, in seconds since 1970, sorted; ``last`` is the number of the newest one."""

    last: int = 0
    seconds: array[float] = field(default_factory=lambda: array("d"))


_known: WeakKeyDictionary[Archive, dict[tuple[str, str], _Times]] = WeakKeyDictionary()


def _published(archive: Archive, site: str, column: str, now: datetime) -> list[datetime]:
    times = _known.setdefault(archive, {}).setdefault((site, column), _Times())
    if added := archive.published(site, column, after=times.last):
        times.last = added[-1][0]
        moments = [(printed or seen).timestamp() for _, printed, seen in added]
        times.seconds = array("d", sorted([*times.seconds, *moments]))
    if old := bisect_left(times.seconds, (now - _HABIT).timestamp()):
        del times.seconds[:old]
    return [datetime.fromtimestamp(second, UTC) for second in times.seconds]
