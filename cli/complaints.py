"""What is wrong with the sites, worst first, and what to do next: open alarms, and what no alarm tells yet. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from archive.words import GOOD_VERDICTS, NOTE
from cli.files import TEXT_IS_THERE, hint_for
from cli.output import counted, since_then, when

if TYPE_CHECKING:
    from archive.answers import AlarmRow, RunRow, SiteHealth
    from archive.outbox import OutboxRow
    from archive.scheduling import InstanceRow, ScheduleRow
    from seeds.model import Site

SAYS_NOTHING = frozenset({"running", "held", "interrupted", "orphaned"})
"""Verdicts that tell of the run and not of the site."""
LATE_AFTER = 2
"""A site is late when its last good run is more than so many of its intervals ago."""
NEEDS_A_HAND = NOTE - 1
"""Complaints of this severity and worse ones."""
WORDS = {1: "critical", 2: "serious", 3: "warning", NOTE: "note"}
_NOBODY_FOR = timedelta(hours=2)
_FAILS_FOR = timedelta(hours=1)
_SIGN_OF_LIFE = timedelta(minutes=2)

_STEPS = {
    "no links": "Compare the quoted text with the site: `zhiwen sites check {site} --live`; then correct its layout.",
    "drift": "See what is read now: `zhiwen sites check {site} --live`; a new template needs a new layout.",
    "blocked": "Wait, raise delay_seconds in the site file, and open the site in a browser.",
    "robots": "Read the site's robots.txt; what it forbids is not fetched.",
    "soft 404": "Look for the new addresses on the site and correct the site file.",
    "failing": "Open the site in a browser; it is tried again by itself.",
    "failed": "The run itself broke (disk, database, memory): read its log in the folder logs of the archive.",
    "hijacked": "Look at the site; `zhiwen sites freeze {site} --reason …` stops asking it.",
}
_LIKE = {"failing": {"failing", "moved", "soft 404", "robots"}, "soft 404": {"soft 404", "moved"}}
"""Kinds of alarms that tell what a verdict tells; by default those of its own name."""


@dataclass(slots=True)
class Complaint:
    """One thing that is wrong. ``column`` is empty for a whole site, ``site`` for all of them.

    ``since`` is when it was seen first, ``times`` how many runs have seen it, ``pace`` how the site is asked meanwhile.
    """

    severity: int
    kind: str
    site: str
    column: str
    since: datetime | None
    reason: str
    evidence: list[str]
    step: str
    times: int = 1
    seen_at: datetime | None = None
    frozen: bool = False
    pace: str = ""
    alarm_id: int | None = None


@dataclass(slots=True)
class Report:
    """One site: a word for its state, what is wrong with it, and what is good to know."""

    site: str
    state: str
    health: SiteHealth | None = None
    complaints: list[Complaint] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def needs_a_hand(self) -> bool:
        """Whether somebody should look at it."""
        return any(complaint.severity <= NEEDS_A_HAND for complaint in self.complaints)

    def json(self) -> dict[str, object]:
        """For programs. ``alarms`` are sentences, one for each complaint that needs a hand."""
        about = {key: value for key, value in asdict(self.health).items() if key != "site"} if self.health else {}
        alarms = [sentence(one) for one in self.complaints if one.severity <= NEEDS_A_HAND]
        remarks = [sentence(one) for one in self.complaints if one.severity > NEEDS_A_HAND] + self.remarks
        if self.health is not None and self.health.quarantine:
            remarks.append(f"in quarantine: {counted(self.health.quarantine)}")
        return {"site": self.site, "state": self.state, "alarms": alarms, "remarks": remarks, **about}


def report(
    name: str, site: Site | None, health: SiteHealth | None, schedules: Sequence[ScheduleRow], now: datetime
) -> Report:
    """All that is to be said of one site. ``site`` is None when its file is gone, ``health`` before its first run."""
    found = Report(name, "ok", health)
    if health is not None:
        found.complaints = [*_alarms(health), *_runs(health), *_others(health)]
        for complaint in found.complaints:
            complaint.pace = _pace(complaint, schedules, now)
        found.remarks = _remarks(health, site, schedules, now)
    found.state = _state(found, site)
    if site is not None and site.why_not_live:
        found.remarks.append(site.why_not_live)
    return found


def undelivered(outbox: Iterable[OutboxRow], now: datetime) -> list[Complaint]:
    """Notices that do not arrive, one complaint for each channel; what has failed for a moment only is none yet."""
    by_channel: dict[str, list[OutboxRow]] = {}
    for row in outbox:
        if row.state == "given up" or (row.error and now - row.since > _FAILS_FOR):
            by_channel.setdefault(row.channel, []).append(row)
    found = []
    for channel, rows in by_channel.items():
        lost = sum(row.notices for row in rows if row.state == "given up")
        waiting = sum(row.notices for row in rows if row.state != "given up")
        counts = [f"{lost} notices were given up"] if lost else []
        counts += [f"{waiting} notices wait"] if waiting else []
        found.append(
            Complaint(
                severity=2 if lost else 3,
                kind="notices do not arrive",
                site="",
                column="",
                since=min(row.since for row in rows),
                reason=f"channel {channel}: {' and '.join(counts)}; {rows[-1].error}.",
                evidence=[],
                step=f"`zhiwen channels test {channel}`; then `zhiwen watch outbox --retry "
                f"{'all' if lost else rows[0].number}` sends them.",
            )
        )
    return found


def nobody_watches(
    schedules: Iterable[ScheduleRow], instances: Iterable[InstanceRow], now: datetime
) -> Complaint | None:
    """Planned visits pass because no scheduler runs: one complaint, instead of one of each column."""
    overdue = [row.next_due_at for row in schedules if row.next_due_at is not None and row.next_due_at <= now]
    known = list(instances)
    alive = [one for one in known if not one.gone and abs(now - one.beat_at) < _SIGN_OF_LIFE]
    if alive or not overdue or now - min(overdue) < _NOBODY_FOR:
        return None
    last = max((one.beat_at for one in known), default=None)
    seen = f"the last sign of life of one was {when(last)} ({since_then(last, now)})" if last else "none is known"
    return Complaint(
        severity=2,
        kind="nobody keeps watch",
        site="",
        column="",
        since=min(overdue),
        reason=f"{len(overdue)} columns are due and no scheduler runs; {seen}.",
        evidence=[],
        step="Start it: `zhiwen up` (or the service it runs as).",
    )


def sentence(complaint: Complaint) -> str:
    """A complaint on one line."""
    column = f" ({complaint.column})" if complaint.column else ""
    what = f"{complaint.kind}{', frozen' if complaint.frozen else ''} since {when(complaint.since)}{column}:"
    seen = f" Seen by {complaint.times} runs, last {when(complaint.seen_at)}." if complaint.times > 1 else ""
    proof = next((line for line in complaint.evidence if line not in complaint.reason), "")
    return " ".join(
        part
        for part in (what, complaint.reason, seen.strip(), f"Evidence: {proof}" if proof else "", complaint.step)
        if part
    )


def worst_first(complaints: Iterable[Complaint]) -> list[Complaint]:
    """By severity, frozen sites first, then what lasts longest."""
    return sorted(
        complaints,
        key=lambda one: (
            one.severity,
            not one.frozen,
            one.since.timestamp() if one.since else 0,
            one.site,
            one.column,
            one.kind,
        ),
    )


# --- what is wrong ----------------------------------------------------------------------------------------------------


def _alarms(health: SiteHealth) -> list[Complaint]:
    rows = [health.alarm] if health.alarm is not None else []
    return [_of_alarm(row) for row in [*rows, *health.troubles]]


def _of_alarm(alarm: AlarmRow) -> Complaint:
    reason = alarm.reason if alarm.reason.endswith((".", "。", "!")) else f"{alarm.reason}."
    return Complaint(
        severity=alarm.severity,
        kind=alarm.kind,
        site=alarm.site,
        column=alarm.column,
        since=alarm.opened_at,
        reason=f"{reason} Nothing of the site is stored." if alarm.frozen else reason,
        evidence=[line for line in alarm.evidence if line not in alarm.reason],
        step=alarm.step,
        times=alarm.times,
        seen_at=alarm.seen_at,
        frozen=alarm.frozen,
        alarm_id=alarm.id,
    )


def _runs(health: SiteHealth) -> list[Complaint]:
    """What the last run says, where no alarm says it; and lists that were empty when they were read last."""
    found = []
    run = health.last_run
    if run is not None and run.verdict not in GOOD_VERDICTS | SAYS_NOTHING and not _is_told(run, health):
        found.append(_of_run(run))
    if health.alarm is not None and health.alarm.frozen:
        return found
    told = " ".join(f"{one.reason} {' '.join(one.evidence)}" for one in found)
    ill = {alarm.column for alarm in health.troubles if alarm.kind == "no links"}
    for row in health.empty_lists:
        if row.url in told or row.column in ill or "" in ill:
            continue
        reason = f"no article link on {row.url}."
        step = _STEPS["no links"].format(site=health.site)
        found.append(Complaint(2, "no links", health.site, row.column, row.read_at, reason, [row.detail], step))
    return found


def _is_told(run: RunRow, health: SiteHealth) -> bool:
    if health.alarm is not None and run.verdict in ("hijacked", "frozen", "failing", "soft 404"):
        return True
    return bool({alarm.kind for alarm in health.troubles} & _LIKE.get(run.verdict, {run.verdict}))


def _of_run(run: RunRow) -> Complaint:
    step = _STEPS.get(run.verdict, "See `zhiwen runs --site {site}`.").format(site=run.site)
    reason = f"run {run.id}: {run.reason}" if run.reason else f"run {run.id} ended so."
    evidence = [line for line in run.evidence if line not in run.reason]
    return Complaint(2, run.verdict, run.site, "", run.started_at, reason, evidence, step)


def _others(health: SiteHealth) -> list[Complaint]:
    found = []
    if health.stuck_runs:
        numbers = ", ".join(map(str, health.stuck_runs))
        step = "The next run of the site closes them; see `zhiwen runs`."
        found.append(Complaint(2, "stuck", health.site, "", None, f"runs that never ended: {numbers}.", [], step))
    if health.unexamined_because:
        reason = f"the site could not be examined: {health.unexamined_because}."
        step = "Other sites are not concerned; report it with the log of `zhiwen up`."
        found.append(Complaint(2, "not examined", health.site, "", health.examined_at, reason, [], step))
    return found


def _pace(complaint: Complaint, schedules: Sequence[ScheduleRow], now: datetime) -> str:
    """How a site that fails is asked meanwhile."""
    rows = [row for row in schedules if complaint.column in ("", row.column) and row.next_due_at is not None]
    slowed = [row for row in rows if row.failures]
    if not slowed:
        return ""
    first = min(slowed, key=lambda row: row.next_due_at or now)
    times = "visit" if first.failures == 1 else f"{first.failures} visits"
    return f"Asked more slowly after {times} in vain: next {when(first.next_due_at)}, every {_hours(first)}."


def _hours(row: ScheduleRow) -> str:
    hours = row.rhythm_seconds / 3600
    return f"{hours / 24:.3g} d" if hours >= 48 else f"{hours:.3g} h" if hours >= 1 else f"{hours * 60:.3g} min"


# --- good to know -----------------------------------------------------------------------------------------------------


def _remarks(health: SiteHealth, site: Site | None, schedules: Sequence[ScheduleRow], now: datetime) -> list[str]:
    remarks = []
    run = health.last_run
    if run is not None and run.verdict not in {"ok", "frozen"} and run.verdict in GOOD_VERDICTS | SAYS_NOTHING:
        remarks.append(f"run {run.id} of {when(run.started_at)}: {run.verdict}. {run.reason}".rstrip(". ") + ".")
    good = health.last_good_at
    if site is not None and site.live and good is not None and not schedules:
        allowed = timedelta(seconds=site.revisit_seconds * LATE_AFTER)
        if now - good > allowed:
            due = site.revisit_seconds / 3600
            remarks.append(f"late: the last good run was {since_then(good, now)}, one is due every {due:g} h")
    without = {word: number for word, number in health.files.items() if word not in TEXT_IS_THERE}
    if without:
        remarks.append(f"files without text: {counted(without)}{hint_for(without)}")
    return remarks


def _state(found: Report, site: Site | None) -> str:
    health = found.health
    if health is not None and health.alarm is not None and health.alarm.frozen:
        return "frozen"
    if site is not None and site.why_not_live:
        return "not live"
    if health is None or health.last_run is None:
        return "never crawled"
    return "alarm" if found.needs_a_hand else "ok"


def grouped(reports: Iterable[Report]) -> Mapping[str, list[str]]:
    """Sites without a complaint by their state."""
    found: dict[str, list[str]] = {}
    for one in reports:
        if not one.complaints:
            found.setdefault(one.state, []).append(one.site)
    return found
