"""Troubles of whole sites: one open alarm per site at most, a frozen site, and the known pages that tell how it is."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, RowMapping, insert, select, update

from archive.alarm_models import Alarm
from archive.answers import AlarmRow, KnownText
from archive.database import Database
from archive.errors import SiteFrozen
from archive.frontier import chunks
from archive.models import Article, Page, Run, SearchText, table
from archive.words import AlarmKind, SiteFilter

_alarm, _article, _page, _search, _run = table(Alarm), table(Article), table(Page), table(SearchText), table(Run)

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
        values = {
            "site": site,
            "kind": kind,
            "frozen": frozen,
            "reason": reason,
            "evidence": list(evidence),
            "pages": list(pages),
            "run_id": run_id,
            "opened_at": now,
            "seen_at": now,
            "times": 1,
            "closed_at": None,
            "closed_because": "",
        }
        connection.execute(insert(_alarm).values(**values))
    else:
        seen: dict[str, object] = {"seen_at": now, "times": found["times"] + 1}
        if frozen and (not found["frozen"] or run_id is None):
            seen |= {"kind": kind, "frozen": True, "reason": reason, "run_id": run_id}
            seen |= {"evidence": list(evidence) or found["evidence"], "pages": list(pages) or found["pages"]}
        connection.execute(update(_alarm).where(_alarm.c.id == found["id"]).values(**seen))
    row = _open_row(connection, site)
    assert row is not None
    return _alarm_row(row)


def close_alarm(connection: Connection, site: str, because: str, now: datetime) -> AlarmRow | None:
    """End the site's open alarm; what it was, None when there is none."""
    found = _open_row(connection, site)
    if found is None:
        return None
    ended = {"closed_at": now, "closed_because": because}
    connection.execute(update(_alarm).where(_alarm.c.id == found["id"]).values(**ended))
    return _alarm_row({**found, **ended})


def refuse_frozen(connection: Connection, site: str) -> None:
    """Raise SiteFrozen when nothing of the site may be stored."""
    found = _open_row(connection, site)
    if found is not None and found["frozen"]:
        raise SiteFrozen(f"{site} is frozen since {found['opened_at']:%Y-%m-%d %H:%M} UTC: {found['reason']}")


def alarms(database: Database, sites: SiteFilter, closed: bool, limit: int) -> list[AlarmRow]:
    """See ``Archive.alarms``."""
    statement = select(_alarm).order_by(_alarm.c.id.desc()).limit(limit)
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
    statement = select(_alarm).where(_alarm.c.site == site, _alarm.c.closed_at.is_(None))
    return connection.execute(statement).mappings().first()


def _alarm_row(row: RowMapping | dict[str, object]) -> AlarmRow:
    return AlarmRow(**{name: row[name] for name in AlarmRow.__dataclass_fields__})  # type: ignore[arg-type]
