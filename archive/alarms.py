"""Alarms: one open per site, column and kind at most; frozen sites, and the known pages that tell how a site is.

What a run or a person raises about a whole site (``SITE_ALARMS``) is one trouble, whatever its kind: one of them is
open per site, and one that freezes takes the place of another.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from archive.alarm_models import Alarm
from archive.answers import AlarmRow, KnownText
from archive.database import Database
from archive.errors import SiteFrozen
from archive.events import add_events
from archive.frontier import chunks
from archive.models import Article, Page, Run, SearchText, table
from archive.words import NOTE, SITE_ALARMS, AlarmKind, EventKind, SiteFilter

if TYPE_CHECKING:
    from archive.examinations import Found

_alarm, _article, _page, _search, _run = table(Alarm), table(Article), table(Page), table(SearchText), table(Run)

_EVIDENCE = 20
"""So many sentences of evidence are kept, the newest ones."""
_DATED = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")
_TOLD = 5
"""So many of them go out with a notice."""
_CANDIDATES = 60
"""So many of the articles last seen alive are chosen from; a site that lets old ones go is not judged by those."""


def raise_alarm(
    connection: Connection,
    site: str,
    kind: AlarmKind,
    reason: str,
    now: datetime,
    *,
    frozen: bool,
    evidence: Sequence[str] = (),
    pages: Sequence[str] = (),
    run_id: int | None = None,
) -> AlarmRow:
    """Open an alarm, or count the open one of the site once more; one that freezes takes its place."""
    found = _open_row(connection, site)
    if found is None:
        about = {"frozen": frozen, "evidence": list(evidence), "pages": list(pages), "run_id": run_id}
        about |= _ranked(site, kind, frozen)
        return _open(connection, {"site": site, "kind": kind, "reason": reason, **about}, now)
    seen: dict[str, Any] = {"seen_at": now, "times": found["times"] + 1}
    grows_worse = frozen and (not found["frozen"] or run_id is None)
    if grows_worse:
        seen |= {"kind": kind, "frozen": True, "reason": reason, "run_id": run_id}
        seen |= {"evidence": list(evidence) or found["evidence"], "pages": list(pages) or found["pages"]}
        seen |= _ranked(site, kind, frozen)
    connection.execute(update(_alarm).where(_alarm.c.id == found["id"]).values(**seen))
    row = _alarm_row({**found, **seen})
    if grows_worse:
        _tell(connection, "alarm opened", row, now)
    return row


def close_alarm(connection: Connection, site: str, because: str, now: datetime) -> AlarmRow | None:
    """End the open alarm of a whole site; what it was, None when there is none."""
    found = _open_row(connection, site)
    return end(connection, _alarm_row(found), because, now) if found is not None else None


def open_found(connection: Connection, site: str, found: Found, run_id: int | None, now: datetime) -> AlarmRow:
    """Open an alarm for what an examination found."""
    values = {
        "site": site,
        "column": found.column,
        "kind": found.kind,
        "reason": found.reason,
        "evidence": list(found.evidence)[:_EVIDENCE],
        "step": found.step,
        "severity": found.severity,
        "run_id": run_id,
    }
    return _open(connection, values, now)


def renew(connection: Connection, row: AlarmRow, found: Found, now: datetime, *, counts: bool) -> None:
    """What was found is open already: the newest sentences come first. ``counts``: another run saw it.

    Of the former sentences those are kept that tell of a certain moment; what sums up is said anew.
    """
    dated = [sentence for sentence in row.evidence if _DATED.match(sentence)]
    evidence = list(dict.fromkeys([*found.evidence, *dated]))[:_EVIDENCE]
    seen: dict[str, Any] = {"reason": found.reason, "step": found.step, "severity": found.severity}
    if counts:
        seen |= {"seen_at": now, "times": row.times + 1, "evidence": evidence}
    connection.execute(update(_alarm).where(_alarm.c.id == row.id).values(**seen))


def end(connection: Connection, row: AlarmRow, because: str, now: datetime) -> AlarmRow:
    """The alarm is over."""
    connection.execute(update(_alarm).where(_alarm.c.id == row.id).values(closed_at=now, closed_because=because))
    ended = replace(row, closed_at=now, closed_because=because)
    _tell(connection, "alarm closed", ended, now)
    return ended


def open_alarms(connection: Connection, site: str | None = None) -> list[AlarmRow]:
    """All alarms that are open, of a site or of all."""
    statement = select(_alarm).where(_alarm.c.closed_at.is_(None)).order_by(_alarm.c.id)
    if site is not None:
        statement = statement.where(_alarm.c.site == site)
    return [_alarm_row(row) for row in connection.execute(statement).mappings()]


def _open(connection: Connection, values: dict[str, Any], now: datetime) -> AlarmRow:
    row = {
        "column": "",
        "frozen": False,
        "pages": [],
        "severity": 1,
        "step": "",
        "opened_at": now,
        "seen_at": now,
        "times": 1,
        "closed_at": None,
        "closed_because": "",
        **values,
    }
    number: int = connection.execute(insert(_alarm).values(**row).returning(_alarm.c.id)).scalar_one()
    opened = _alarm_row({"id": number, **row})
    _tell(connection, "alarm opened", opened, now)
    return opened


def _ranked(site: str, kind: AlarmKind, frozen: bool) -> dict[str, Any]:
    """How bad an alarm about a whole site is, and what to do."""
    thaw = f"`zhiwen sites thaw {site}` goes on with it as it is"
    if kind == "by hand":
        return {"severity": 4, "step": f"{thaw}."}
    if frozen:
        return {
            "severity": 1,
            "step": f"Look at the site; {thaw}. Once its known pages read as stored it thaws by itself.",
        }
    return {
        "severity": 1 if kind == "hijacked" else 2,
        "step": f"Look at the site; {thaw}. It is over as soon as a run finds lists and known pages as usual.",
    }


def _tell(connection: Connection, kind: EventKind, row: AlarmRow, now: datetime) -> None:
    """Whoever wants to be told is told; written with the alarm itself. Of what was found, notes are told to nobody."""
    if row.severity >= NOTE and row.kind not in SITE_ALARMS:
        return
    detail: dict[str, Any] = {"alarm": row.kind, "column": row.column, "reason": row.reason, "step": row.step}
    detail |= {"evidence": row.evidence[:_TOLD], "severity": row.severity}
    if row.closed_at is not None:
        detail["because"] = row.closed_because
    about = {"site": row.site, "alarm_id": row.id, "run_id": row.run_id, "at": now, "detail": detail}
    add_events(connection, [{"kind": kind, **about}])


def refuse_frozen(connection: Connection, site: str) -> None:
    """Raise SiteFrozen when nothing of the site may be stored."""
    found = _open_row(connection, site)
    if found is not None and found["frozen"]:
        raise SiteFrozen(f"{site} is frozen since {found['opened_at']:%Y-%m-%d %H:%M} UTC: {found['reason']}")


def alarms(
    database: Database, sites: SiteFilter, closed: bool, limit: int, kinds: Collection[AlarmKind] | None = None
) -> list[AlarmRow]:
    """See ``Archive.alarms``."""
    statement = select(_alarm).order_by(_alarm.c.id.desc()).limit(limit)
    if kinds is not None:
        statement = statement.where(_alarm.c.kind.in_(sorted(kinds)))
    if sites is not None:
        statement = statement.where(_alarm.c.site.in_([sites] if isinstance(sites, str) else list(sites)))
    if not closed:
        statement = statement.where(_alarm.c.closed_at.is_(None))
    with database.read() as connection:
        return [_alarm_row(row) for row in connection.execute(statement).mappings()]


def known_texts(
    database: Database, site: str, first: Sequence[str], without: Collection[bytes], limit: int
) -> list[KnownText]:
    """See ``Archive.known_texts``."""
    own = select(_article.c.id, _article.c.url, _article.c.url_key, _page.c.column).join(
        _page, _page.c.url_key == _article.c.url_key
    )
    # What was restored from a mirror's noise need not read like the page.
    own = own.where(_article.c.site == site, _article.c.from_mirror.is_(False), _page.c.article_id == _article.c.id)
    own = own.where(_page.c.parts == 0)  # the first of several pages holds a part of the text only
    latest = own.where(_article.c.state == "live").order_by(_article.c.last_seen_at.desc(), _article.c.id.desc())
    with database.read() as connection:
        named = {
            row["url"]: row
            for part in chunks(list(first))
            for row in connection.execute(own.where(_article.c.url.in_(part))).mappings()
        }
        chosen = [named[url] for url in first if url in named][:limit]
        taken = {row["url_key"] for row in chosen} | set(without)
        if len(chosen) < limit:
            rows = connection.execute(latest.limit(_CANDIDATES + len(taken))).mappings()
            chosen += _spread([row for row in rows if row["url_key"] not in taken])[: limit - len(chosen)]
        texts = select(_search).where(_search.c.article_id.in_([row["id"] for row in chosen]))
        found = {row.article_id: row for row in connection.execute(texts)}
    return [
        KnownText(row["id"], row["url"], row["url_key"], found[row["id"]].title, found[row["id"]].body)
        for row in chosen
        if row["id"] in found
    ]


def _spread(rows: Sequence[RowMapping]) -> list[RowMapping]:
    """One of each column, then a second of each, and so on: one column that was closed does not speak for the site."""
    turns: dict[str, int] = {}
    placed = []
    for place, row in enumerate(rows):
        turn = turns[row["column"]] = turns.get(row["column"], -1) + 1
        placed.append((turn, place, row))
    return [row for _, _, row in sorted(placed, key=lambda entry: entry[:2])]


def _open_row(connection: Connection, site: str) -> RowMapping | None:
    mine = (_alarm.c.site == site, _alarm.c.closed_at.is_(None), _alarm.c.kind.in_(sorted(SITE_ALARMS)))
    statement = select(_alarm).where(*mine)
    return connection.execute(statement).mappings().first()


def _alarm_row(row: Mapping[Any, Any]) -> AlarmRow:
    return AlarmRow(**{name: row[name] for name in AlarmRow.__dataclass_fields__})
