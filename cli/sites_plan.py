"""``zhiwen sites show SITE --plan``: each column's schedule, its rhythm as a picture, its next visits and its last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from cli.context import open_archive, settings, sites
from cli.output import counted, emit, emit_json, one_line, since_then, when

if TYPE_CHECKING:
    from archive.archive import Archive
    from archive.scheduling import ScheduleRow
    from archive.visits import VisitRow
    from config.settings import Settings
    from scheduler.adaptive import Adaptive
    from scheduler.plan import Explanation
    from scheduler.watched import Key, Watched
    from seeds.model import Site

SHOWN_VISITS = 5
FOLLOWING = 6
RECENT = timedelta(days=30)
QUIET = timedelta(minutes=2)
"""A scheduler without a sign of life for so long is none."""
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_BARS = "▁▂▃▄▅▆▇█"


@dataclass(slots=True)
class ColumnPlan:
    """All that is told of one column."""

    one: Watched
    row: ScheduleRow | None
    following: list[datetime]
    visits: list[VisitRow]
    lost: dict[str, int]
    explanation: Explanation | None = None
    budget: float = 0.0
    sharing: int = 0
    """So many columns share the budget."""

    @property
    def per_day(self) -> float | None:
        """New articles that are expected on a day, on average over the week; None where nothing is learned."""
        return sum(map(sum, self.explanation.week)) / 7 if self.explanation else None

    @property
    def visits_per_day(self) -> float | None:
        """Its part of the day's visits; None where no plan places them."""
        return self.explanation.share * self.budget if self.explanation else None


def show_plan(site: Site, as_json: bool) -> None:
    """Print the plan of one site."""
    chosen = settings()
    with open_archive(chosen) as archive:
        now = archive.now()
        plans = _plans(site, chosen, archive, now)
        watched = any(not one.gone and now - one.beat_at < QUIET for one in archive.instances())
    if as_json:
        emit_json({"site": site.name, "now": now, "columns": [_json(plan) for plan in plans]})
        return
    for number, plan in enumerate(plans):
        if number:
            emit("")
        _print(plan, watched, now)


def _plans(site: Site, chosen: Settings, archive: Archive, now: datetime) -> list[ColumnPlan]:
    from scheduler.adaptive import Adaptive, Places
    from scheduler.watched import watched_columns

    watched = watched_columns(sites(chosen), chosen.schedule)
    rows = {(row.site, row.list_url): row for row in archive.schedules()}
    adaptive = Adaptive(archive, chosen)
    mine = {key: one for key, one in watched.items() if key[0] == site.name}
    if any(one.rule.kind == "adaptive" for one in mine.values()):
        adaptive.keep(watched, rows, now)
    places = Places(watched)
    visits: dict[Key, list[VisitRow]] = {key: [] for key in mine}
    for visit in archive.visits([site.name], now - RECENT):
        if (key := places.key_of(visit)) in visits:
            visits[key].append(visit)
    return [_plan(key, one, rows.get(key), visits[key], adaptive, archive, now) for key, one in mine.items()]


def _plan(
    key: Key,
    one: Watched,
    row: ScheduleRow | None,
    visits: Sequence[VisitRow],
    adaptive: Adaptive,
    archive: Archive,
    now: datetime,
) -> ColumnPlan:
    from scheduler.due import allowed, slots

    lost: Counter[str] = Counter()
    if row is not None:
        for slot in archive.slots([row.id], states=("missed", "lost"), limit=1000):
            if slot.claimed_at >= now - RECENT:
                lost[slot.state] += slot.count
    begin = max(now, row.next_due_at) if row is not None and row.next_due_at is not None else now
    plan = ColumnPlan(one, row, [], list(visits)[: -SHOWN_VISITS - 1 : -1], dict(lost))
    if one.rule.kind != "adaptive":
        plan.following = list(islice(slots(one.rule, begin), FOLLOWING))
        return plan
    group = adaptive.group(key)
    plan.explanation, plan.budget, plan.sharing = adaptive.explain(key), group.budget, len(group.keys)
    moments = [allowed(one.rule, datetime.fromtimestamp(t, UTC)) for t in plan.explanation.visits]
    plan.following = sorted({moment for moment in moments if moment > begin})[:FOLLOWING]
    return plan


def _print(plan: ColumnPlan, watched: bool, now: datetime) -> None:
    one, row = plan.one, plan.row
    emit(f"{one_line(one.source.column)}  {one_line(one.source.url)}")
    facts: list[tuple[str, str]] = [("schedule", one.text), ("next", _next(row, watched, now))]
    if plan.following:
        facts.append(("then", ", ".join(_short(moment, now) for moment in plan.following)))
    if row is not None and row.failures:
        facts.append(("backs off", f"{row.failures} visits in a row failed, the last: {row.last_verdict}"))
    if plan.explanation is not None and plan.per_day is not None and plan.visits_per_day is not None:
        facts.append(("expects", f"{plan.per_day:.1f} new articles a day"))
        share = f"{plan.visits_per_day:.0f} visits in what is left of the day"
        if plan.sharing > 1:
            share += f", {plan.explanation.share:.0%} of the {plan.budget:.0f} that {plan.sharing} columns share"
        facts.append(("budget", share))
        facts.append(("why", plan.explanation.reason))
        if plan.explanation.learned_from:
            facts.append(("learned from", plan.explanation.learned_from))
    if plan.lost:
        facts.append(("in 30 days", counted(plan.lost) + " planned visits"))
    for name, text in facts:
        emit(f"{name:>12}  {one_line(text)}")
    if plan.explanation is not None:
        for line in picture(plan.explanation.week):
            emit(f"{'':>12}  {line}")
    for number, visit in enumerate(plan.visits):
        brought = f"{len(visit.articles)} new" if not visit.cause else f"not read: {visit.cause}"
        by = "" if visit.kind == "scheduled" else f", {visit.kind} run"
        emit(f"{'last visits' if not number else '':>12}  {when(visit.at)}  {brought} ({visit.verdict}{by})")


def _next(row: ScheduleRow | None, watched: bool, now: datetime) -> str:
    if row is None:
        return "not planned yet; `zhiwen up` makes the plan and keeps it"
    if row.slot_id is not None:
        return "being visited now"
    if row.next_due_at is None:
        return f"never: {row.why}"
    wait = row.next_due_at - now
    if wait <= timedelta():
        nobody = "" if watched else "; nobody keeps watch: start `zhiwen up`"
        return f"due since {when(row.next_due_at)} ({row.why}){nobody}"
    return f"{when(row.next_due_at)}, in {since_then(now - wait, now).removesuffix(' ago')} ({row.why})"


def _short(moment: datetime, now: datetime) -> str:
    """A moment within the coming days: "14:30", "Tue 08:30", "12-24 08:30"."""
    from archive.clock import shanghai

    local, today = shanghai(moment), shanghai(now).date()
    if local.date() == today:
        return f"{local:%H:%M}"
    if (local.date() - today).days < 7:
        return f"{_DAYS[local.weekday()]} {local:%H:%M}"
    return f"{local:%m-%d %H:%M}"


def picture(week: Sequence[Sequence[float]]) -> list[str]:
    """The week as bars: a row a day, two characters an hour, as high as the new articles expected in it.

    The scale is told below. No line where nothing is expected at all.
    """
    highest = max((value for day in week for value in day), default=0.0)
    if highest <= 0:
        return []
    lines = ["     " + "".join(f"{hour:<6}" for hour in range(0, 24, 3)).rstrip()]
    for name, day in zip(_DAYS, week, strict=True):
        cells = "".join(_bar(value / highest) * 2 for value in day)
        lines.append(f"{name}  {cells}  {sum(day):.1f}")
    return [*lines, f"     {_BARS[-1]} = {highest:.2g} new articles in the hour; at the end of a row those of the day"]


def _bar(share: float) -> str:
    if share < 0.02:
        return "·"
    return _BARS[min(len(_BARS) - 1, int(share * len(_BARS)))]


def _json(plan: ColumnPlan) -> dict[str, Any]:
    row, explained = plan.row, plan.explanation
    return {
        "column": plan.one.source.column,
        "url": plan.one.source.url,
        "schedule": plan.one.text,
        "kind": plan.one.rule.kind,
        "next_due_at": row.next_due_at if row else None,
        "why": row.why if row else None,
        "under_way": bool(row and row.slot_id is not None),
        "failures": row.failures if row else 0,
        "last_visit_at": row.last_visit_at if row else None,
        "last_verdict": row.last_verdict if row else None,
        "following": plan.following,
        "expected_per_day": plan.per_day,
        "week": explained.week if explained else None,
        "reason": explained.reason if explained else None,
        "learned_from": explained.learned_from if explained else None,
        "budget_share": explained.share if explained else None,
        "visits_per_day": plan.visits_per_day,
        "lost": plan.lost,
        "visits": [
            {
                "at": visit.at,
                "run": visit.run_id,
                "kind": visit.kind,
                "verdict": visit.verdict,
                "cause": visit.cause,
                "links": visit.links,
                "new": len(visit.articles),
            }
            for visit in plan.visits
        ],
    }
