"""When a column is ill: all that is wrong with the columns of one site, from what the visits saw. Pure.

    list cannot be read   scheduler.readings     no links, blocked, robots, soft 404, moved, failing, hijacked
    drift                 scheduler.drift        what is read has become less or other
    silent, moved         scheduler.silence      nothing new for longer than habit explains
    gap, late             here                   runs that could not prove completeness, visits that did not take place

What is not in the answer any more is over. What befalls all columns of a site alike is said once, for the site.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta

from archive.clock import shanghai
from archive.words import AlarmKind
from scheduler.drift import drift
from scheduler.histories import ColumnHistory, Finding, Sight
from scheduler.readings import Ailment, ailment, outcome
from scheduler.silence import silence

__all__ = ["ColumnHistory", "Finding", "Sight", "diagnose", "of_column", "together"]

_GAPS = 3
"""So many runs in a row without proof of completeness: a single one is made up for by the next."""
_LATE_VISITS = 2
_LATE_BY = timedelta(hours=2)
_VERY_LATE = timedelta(hours=26)
"""Two visits that did not take place, the first of them two hours ago, or one that is a day and a bit overdue."""

_DEAD = timedelta(days=60)
"""What was silent so long before it was watched first was never seen alive."""

_SEVERITY: dict[AlarmKind, int] = {"hijacked": 1, "silent": 3, "gap": 3, "late": 3}
"""Where it is not 2: nothing new can come in."""

_ILL: dict[AlarmKind, tuple[str, str]] = {
    "blocked": (
        "the list answers with a block page",
        "Wait, raise delay_seconds, and open the list in a browser; if it lasts, write to the site.",
    ),
    "no links": (
        "the list page answers, but no article link is found on it",
        "Compare the page with the site's list layout: `zhiwen sites check {site} --live`.",
    ),
    "robots": (
        "robots.txt forbids the list, or cannot be asked",
        "Read the site's robots.txt; what it forbids is not fetched, so ask the site or switch the column off.",
    ),
    "soft 404": (
        "the list's address answers with a note that there is nothing",
        "Look for the column's new address on the site and correct the site file.",
    ),
    "moved": (
        "the list is no longer at its address",
        "Look for the column's new address on the site and correct the site file.",
    ),
    "failing": (
        "the list does not answer as it should",
        "Open the list in a browser; it is tried again at a slower pace, for ever.",
    ),
    "hijacked": (
        "the list shows something foreign",
        "Look at the site; nothing foreign is stored. `zhiwen sites freeze {site}` stops asking it.",
    ),
}


def diagnose(columns: Sequence[ColumnHistory], now: datetime) -> list[Finding]:
    """All that is wrong with one site's columns at the moment ``now``, worst first."""
    return together(columns, [finding for column in columns for finding in of_column(column, now)])


def of_column(column: ColumnHistory, now: datetime) -> list[Finding]:
    """What is wrong with one column, whatever befell its site."""
    found: list[Finding] = []
    ill = ailment(column.sights)
    well = [sight for sight in column.sights if outcome(sight) is False]
    if ill is not None:
        found.append(_unreadable(column, ill))
    found += _late(column, now)
    if ill is None:
        found += _gap(column, well)
        found += _drift(column, well)
    found += _silent(column, well)
    return found


def _finding(column: ColumnHistory, kind: AlarmKind, reason: str, evidence: Sequence[str], step: str) -> Finding:
    step = step.format(site=column.site)
    return Finding(kind, column.site, column.column, reason, tuple(evidence), step, _SEVERITY.get(kind, 2))


def _unreadable(column: ColumnHistory, ill: Ailment) -> Finding:
    what, step = _ILL[ill.kind]
    first, last = ill.bad[0], ill.bad[-1]
    if ill.comes_and_goes:
        count = f"at {len(ill.bad)} of the last {ill.of} visits, first {moment(first.at)}, last {moment(last.at)}"
    elif len(ill.bad) == 1:
        count = f"at the visit of {moment(first.at)}"
    else:
        count = f"at each of the last {len(ill.bad)} visits, since {moment(first.at)}"
    known = (
        f"it was last read {moment(ill.last_good)}" if ill.last_good else "it was not read before, as far as is known"
    )
    evidence = [column.list_url, *_quotes(ill.bad)]
    return _finding(column, ill.kind, f"{what}, {count}; {known}.", evidence, step)


def _quotes(sights: Sequence[Sight]) -> list[str]:
    """What up to three different sights said, the latest first."""
    said: dict[str, Sight] = {}
    for sight in reversed(sights):
        said.setdefault(sight.detail or sight.cause or "no links", sight)
    return [f"{moment(sight.at)}: {text}" for text, sight in list(said.items())[:3]]


def _drift(column: ColumnHistory, well: Sequence[Sight]) -> list[Finding]:
    drifted = drift(well)
    if drifted is None:
        return []
    step = (
        "Compare list and articles with the site's layouts: `zhiwen sites check {site} --live`; add one, newest first."
    )
    evidence = [column.list_url, *_quotes([sight for sight in drifted.sights if sight.detail])]
    return [_finding(column, "drift", drifted.reason, evidence, step)]


def _silent(column: ColumnHistory, well: Sequence[Sight]) -> list[Finding]:
    """A silence beyond habit, told from what was read: while the list cannot be, nothing is known to be silent."""
    if not well:
        return []
    # The first of all sights finds the articles of years; they are no news.
    later = itertools.takewhile(lambda sight: sight.at > column.since, reversed(well))
    last_new = next((sight.at for sight in later if sight.new and sight.read), None)
    found = silence(column.published, last_new, well[-1].at)
    if found is None:
        return []
    if found.few:
        what = f"{found.few} days with something new in {found.few_workdays} working days, where {found.few_usual:.0f}"
        reason = f"{what} are usual: 1 in {_rounded(found.one_in)} by its habit; the last was {found.last}."
    else:
        what = f"nothing new for {found.workdays} working days, since {found.last}"
        reason = f"{what}: 1 in {_rounded(found.one_in)} by its habit."
    evidence = [
        column.list_url,
        f"By its own clock, on which weekends and holidays count as much as it publishes on them, it is usually "
        f"{found.usual:.1f} days from one day with news to the next, and was {found.longest:.1f} at most.",
    ]
    if found.last < shanghai(column.since).date() and column.published[-1] < column.since - _DEAD:
        step = "Look whether the column goes on at another address of the site; if it has ended, switch it off."
        return [_finding(column, "moved", f"the list shows old articles alone, {reason}", evidence, step)]
    step = "Open the list: if it shows newer articles, correct its layout; if it has moved or ended, the site file."
    return [_finding(column, "silent", reason, evidence, step)]


def _rounded(number: float) -> str:
    """Two leading figures: more would pretend to know."""
    if number >= 1e6:
        return "a million or more"
    digits = max(0, len(str(int(number))) - 2)
    return f"{round(number, -digits):,.0f}"


def _gap(column: ColumnHistory, well: Sequence[Sight]) -> list[Finding]:
    lately = 0
    for sight in reversed(well):
        if sight.verdict != "gap possible":
            break
        lately += 1
    if lately < _GAPS:
        return []
    reason = (
        f"the last {lately} runs, since {moment(well[-lately].at)}, could not prove that nothing was missed"
        f" between them and the articles known before."
    )
    step = "Read the column through once: `zhiwen crawl {site} --backfill`."
    return [_finding(column, "gap", reason, _quotes(well[-lately:]), step)]


def _late(column: ColumnHistory, now: datetime) -> list[Finding]:
    missed = [at for at in column.visits_planned if at <= now]
    if not missed:
        return []
    overdue = now - min(missed)
    if not (len(missed) >= _LATE_VISITS and overdue >= _LATE_BY) and overdue < _VERY_LATE:
        return []
    visits = "visit that was" if len(missed) == 1 else "visits that were"
    reason = f"{len(missed)} {visits} due since {moment(min(missed))} did not take place."
    last = column.sights[-1].at if column.sights else None
    evidence = [f"The last visit was {moment(last)}." if last else "It was never visited."]
    step = "See `zhiwen status`: is `zhiwen up` running, and has it room for more runs at once?"
    return [_finding(column, "late", reason, evidence, step)]


def together(columns: Sequence[ColumnHistory], found: Sequence[Finding]) -> list[Finding]:
    """What was found in a site's columns, worst first; of each kind that befell all of them alike, one for the site.

    Columns are visited one by one: those not visited since the trouble of a site began or ended are with the others.
    """
    answer: list[Finding] = []
    for kind in dict.fromkeys(finding.kind for finding in found):
        same = [finding for finding in found if finding.kind == kind]
        names = {finding.column for finding in same}
        ill = [column for column in columns if column.column in names]
        rest = [column for column in columns if column.column not in names]
        seen = max((at for column in ill if (at := _last_told(column, kind))), default=None)
        over = [column for column in rest if not _is_falling_ill(column.sights, kind)]
        if (len(ill) < 2 and not over) or seen is None or not all(_was_ill(column, kind, seen) for column in over):
            answer += same
            continue
        worst = same[0]
        reason = f"all {len(columns)} columns: {worst.column}: {worst.reason}"
        evidence = [f"{finding.column}: {finding.reason}" for finding in same[1:6]] + list(worst.evidence)
        if over:
            evidence.insert(0, f"Since read well again: {', '.join(column.column for column in over)}.")
        severity = max(1, worst.severity - 1)
        answer.append(Finding(kind, worst.site, "", reason, tuple(evidence), worst.step, severity))
    return sorted(answer, key=lambda finding: (finding.severity, finding.column, finding.kind))


def _is_falling_ill(sights: Sequence[Sight], kind: AlarmKind) -> bool:
    """Whether the last visit of a column met the same, though that is not enough yet to call it ill."""
    said = [outcome(sight) for sight in sights[-5:]]
    return [word for word in said if word is not None][-1:] == [kind]


def _last_told(column: ColumnHistory, kind: AlarmKind) -> datetime | None:
    """When a visit could last tell whether the column is well: articles tell it of a drift, each visit of the rest."""
    return next((sight.at for sight in reversed(column.sights) if kind != "drift" or sight.read), None)


def _was_ill(column: ColumnHistory, kind: AlarmKind, seen: datetime) -> bool:
    """Whether a column that is well now suffered from the same at a moment, as far as it was visited by then."""
    sights = [sight for sight in column.sights if sight.at <= seen]
    if kind == "drift":
        return drift([sight for sight in sights if outcome(sight) is False]) is not None
    return _is_falling_ill(sights, kind)


def moment(at: datetime) -> str:
    """A moment as it is told to people: on the clock of Shanghai."""
    return f"{shanghai(at):%Y-%m-%d %H:%M}"
