"""Questions to the archive, apart from search: articles, revisions, changes, runs, health, quarantine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, func, select

from archive.alarm_models import StateChange
from archive.alarms import alarms
from archive.answers import (
    AliasRow,
    ArticleDetail,
    ChangeRow,
    ListReadingRow,
    QuarantineRow,
    RevisionRow,
    RunRow,
    SiteHealth,
    StateRow,
)
from archive.attachments import file_states, of_articles
from archive.bodies import places
from archive.database import Database
from archive.errors import SnapshotCorrupt
from archive.examinations import troubles
from archive.models import Alias, Article, FetchRow, ListReading, Page, Quarantine, Revision, Run, SiteLease, table
from archive.records import SiteFilter, Snapshot
from archive.snapshots import Place, SnapshotStore
from archive.story_answers import add_stories, article_row
from archive.words import GOOD_VERDICTS, IMPORT, REREADING, SITE_ALARMS

_article, _revision, _alias, _page = table(Article), table(Revision), table(Alias), table(Page)
_fetch, _state = table(FetchRow), table(StateChange)
_run, _lease, _reading, _quarantine = table(Run), table(SiteLease), table(ListReading), table(Quarantine)

_REVISION_FIELDS = tuple(RevisionRow.__dataclass_fields__)
_RUN_FIELDS = tuple(RunRow.__dataclass_fields__)


def in_sites(column: ColumnElement[Any], sites: SiteFilter) -> list[ColumnElement[bool]]:
    """The condition for a site, several sites, or none."""
    if sites is None:
        return []
    return [column == sites] if isinstance(sites, str) else [column.in_(list(sites))]


# --- articles ---------------------------------------------------------------------------------------------------------


def article(database: Database, ref: int | str | bytes) -> ArticleDetail | None:
    """See ``Archive.article``."""
    with database.read() as connection:
        if isinstance(ref, int):
            found = details(connection, [ref]) if abs(ref) < 2**63 else []
        else:
            name = "url_key" if isinstance(ref, bytes) else "url"
            own = select(_article.c.id).where(_article.c[name] == ref)
            other = select(_alias.c.article_id).where(_alias.c[name] == ref)
            article_id = connection.execute(own).scalar() or connection.execute(other).scalar()
            found = details(connection, [article_id]) if article_id is not None else []
    return found[0] if found else None


def details(connection: Connection, ids: Sequence[int]) -> list[ArticleDetail]:
    """Articles with current revision and aliases, in the order of the numbers."""
    rows = connection.execute(select(_article).where(_article.c.id.in_(ids))).mappings()
    articles = {row["id"]: article_row(row) for row in rows}
    add_stories(connection, articles.values())
    current = {
        row["article_id"]: revision_row(row)
        for row in connection.execute(
            select(_revision)
            .join(_article, (_article.c.id == _revision.c.article_id) & (_article.c.revision == _revision.c.number))
            .where(_article.c.id.in_(ids))
        ).mappings()
    }
    aliases: dict[int, list[AliasRow]] = {}
    for row in connection.execute(
        select(_alias).where(_alias.c.article_id.in_(ids)).order_by(_alias.c.first_seen_at, _alias.c.url)
    ):
        aliases.setdefault(row.article_id, []).append(AliasRow(row.url, row.reason, row.first_seen_at))
    states: dict[int, list[StateRow]] = {}
    for row in connection.execute(select(_state).where(_state.c.article_id.in_(ids)).order_by(_state.c.id)):
        states.setdefault(row.article_id, []).append(StateRow(row.state, row.at, row.why))
    files = of_articles(connection, articles)
    return [
        ArticleDetail(articles[i], current[i], aliases.get(i, []), files.get(i, []), states.get(i, []))
        for i in ids
        if i in articles
    ]


def site_names(database: Database) -> list[str]:
    """See ``Archive.site_names``."""
    with database.read() as connection:
        return list(connection.execute(select(_article.c.site).distinct().order_by(_article.c.site)).scalars())


def revisions(database: Database, article_id: int) -> list[RevisionRow]:
    """See ``Archive.revisions``."""
    statement = select(_revision).where(_revision.c.article_id == article_id).order_by(_revision.c.number)
    with database.read() as connection:
        return [revision_row(row) for row in connection.execute(statement).mappings()]


def revision_row(row: RowMapping) -> RevisionRow:
    """One content as the caller gets it."""
    return RevisionRow(**{name: row[name] for name in _REVISION_FIELDS})


def changes(
    database: Database, since: datetime, until: datetime | None, sites: SiteFilter, limit: int
) -> list[ChangeRow]:
    """See ``Archive.changes``."""
    before = _revision.alias("before")
    contents = (
        select(_article, _revision.c.number, _revision.c.fetched_at, before.c.title.label("old_title"))
        .add_columns(_revision.c.title.label("new_title"))
        .join_from(_revision, _article, _article.c.id == _revision.c.article_id)
        .outerjoin(before, (before.c.article_id == _article.c.id) & (before.c.number == _revision.c.number - 1))
        .where(_revision.c.fetched_at >= since, *in_sites(_article.c.site, sites))
        .order_by(_revision.c.fetched_at, _article.c.id)
        .limit(limit)
    )
    states = (
        select(_article, _state.c.state.label("became"), _state.c.at, _state.c.why)
        .join_from(_state, _article, _article.c.id == _state.c.article_id)
        .where(_state.c.at >= since, *in_sites(_article.c.site, sites))
        .order_by(_state.c.at, _state.c.id)
        .limit(limit)
    )
    if until is not None:
        contents = contents.where(_revision.c.fetched_at < until)
        states = states.where(_state.c.at < until)
    found: list[ChangeRow] = []
    with database.read() as connection:
        for row in connection.execute(contents).mappings():
            old = row["old_title"] if row["old_title"] != row["new_title"] else None
            kind = "new" if row["number"] == 1 else "changed"
            found.append(ChangeRow(kind, row["fetched_at"], article_row(row), row["number"], old))  # type: ignore[arg-type]
        for row in connection.execute(states).mappings():
            kind = "back" if row["became"] == "live" else row["became"]
            found.append(ChangeRow(kind, row["at"], article_row(row), row["revision"], why=row["why"]))  # type: ignore[arg-type]
        add_stories(connection, [change.article for change in found])
    found.sort(key=lambda change: change.at)
    return found[:limit]


def snapshot(database: Database, snapshots: SnapshotStore, digest: bytes | str) -> Snapshot:
    """See ``Archive.snapshot``."""
    key = bytes.fromhex(digest) if isinstance(digest, str) else digest
    place = _place(database, key)
    try:
        return snapshots.read(key, place)
    except SnapshotCorrupt:
        # Its pack may have been rewritten between the look-up and the reading.
        moved = _place(database, key)
        if moved == place:
            raise
        return snapshots.read(key, moved)


def _place(database: Database, key: bytes) -> Place:
    with database.read() as connection:
        place = places(connection, [key]).get(key)
    if place is None:
        raise SnapshotCorrupt(f"the archive has no snapshot {key.hex()}")
    return place


def newest_snapshot(database: Database, snapshots: SnapshotStore, url_key: bytes) -> Snapshot | None:
    """See ``Archive.newest_snapshot``."""
    statement = (
        select(_fetch.c.snapshot_hash)
        .join(_page, _page.c.id == _fetch.c.page_id)
        .where(_page.c.url_key == url_key, _fetch.c.snapshot_hash.is_not(None))
        .order_by(_fetch.c.fetched_at.desc(), _fetch.c.id.desc())
        .limit(1)
    )
    with database.read() as connection:
        digest = connection.execute(statement).scalar()
    return snapshot(database, snapshots, digest) if digest is not None else None


# --- runs -------------------------------------------------------------------------------------------------------------


def runs(database: Database, sites: SiteFilter, limit: int) -> list[RunRow]:
    """See ``Archive.runs``."""
    statement = select(_run).where(*in_sites(_run.c.site, sites)).order_by(_run.c.id.desc()).limit(limit)
    with database.read() as connection:
        return [_run_row(row) for row in connection.execute(statement).mappings()]


def run(database: Database, run_id: int) -> RunRow | None:
    """See ``Archive.run``."""
    with database.read() as connection:
        row = connection.execute(select(_run).where(_run.c.id == run_id)).mappings().first()
    return _run_row(row) if row is not None else None


def list_readings(database: Database, run_id: int) -> list[ListReadingRow]:
    """See ``Archive.list_readings``."""
    statement = _list_readings().where(_reading.c.run_id == run_id).order_by(_reading.c.id)
    with database.read() as connection:
        return [_list_reading_row(row) for row in connection.execute(statement).mappings()]


def _list_readings() -> Select[Any]:
    return select(_reading, _page.c.url, _page.c.site).join(_page, _page.c.id == _reading.c.page_id)


def _list_reading_row(row: RowMapping) -> ListReadingRow:
    return ListReadingRow(**{name: row[name] for name in ListReadingRow.__dataclass_fields__})


def _run_row(row: Mapping[Any, Any]) -> RunRow:
    return RunRow(**{name: row[name] for name in _RUN_FIELDS})


# --- health -----------------------------------------------------------------------------------------------------------


def health(database: Database, sites: SiteFilter, now: datetime) -> list[SiteHealth]:
    """See ``Archive.health``."""
    found: dict[str, SiteHealth] = {}
    examined = troubles(database)

    def of(site: str) -> SiteHealth:
        if site not in found:
            found[site] = SiteHealth(site, 0, 0, 0, 0, None, None, None, None, {}, [], [], {})
        return found[site]

    with database.read() as connection:
        per_site = (
            select(
                _article.c.site,
                _article.c.state,
                func.count(),
                func.max(_article.c.published_at),
                func.max(_article.c.first_seen_at),
            )
            .where(*in_sites(_article.c.site, sites))
            .group_by(_article.c.site, _article.c.state)
        )
        for site, state, number, published, seen in connection.execute(per_site):
            row = of(site)
            row.articles += number
            if state != "live":
                setattr(row, state, number)
            row.newest_published_at = max(filter(None, (row.newest_published_at, published)), default=None)
            row.newest_seen_at = max(filter(None, (row.newest_seen_at, seen)), default=None)
        pending = (
            select(_page.c.site, func.count())
            .where(_page.c.state == "pending", _page.c.kind != "attachment", *in_sites(_page.c.site, sites))
            .group_by(_page.c.site)
        )
        for site, number in connection.execute(pending):
            of(site).pending = number
        _add_runs(connection, sites, of, now)
        _add_quarantine(connection, sites, of)
        _add_empty_lists(connection, sites, of)
        for site, states in file_states(connection, in_sites(_article.c.site, sites)).items():
            of(site).files = states
    for alarm in alarms(database, sites, closed=False, limit=10_000):
        if alarm.kind in SITE_ALARMS:
            of(alarm.site).alarm = alarm
        else:
            of(alarm.site).troubles.append(alarm)
    for row in found.values():
        row.troubles.sort(key=lambda alarm: (alarm.severity, alarm.opened_at, alarm.id))
        row.examined_at, row.unexamined_because = examined.get(row.site, (None, ""))
    return [found[site] for site in sorted(found)]


def _add_runs(connection: Connection, sites: SiteFilter, of: Any, now: datetime) -> None:
    # Whoever read old pages again, or brought them from elsewhere, did not ask the site.
    mine = [_run.c.kind.not_in((REREADING, IMPORT)), *in_sites(_run.c.site, sites)]
    latest = select(func.max(_run.c.id)).where(*mine).group_by(_run.c.site)
    for row in connection.execute(select(_run).where(_run.c.id.in_(latest))).mappings():
        of(row["site"]).last_run = _run_row(row)
    last_good = (
        select(_run.c.site, func.max(_run.c.finished_at))
        .where(_run.c.verdict.in_(GOOD_VERDICTS), *mine)
        .group_by(_run.c.site)
    )
    for site, at in connection.execute(last_good):
        of(site).last_good_at = at
    stuck = (
        select(_run.c.site, _run.c.id)
        .outerjoin(_lease, _lease.c.run_id == _run.c.id)
        .where(
            _run.c.verdict == "running",
            (_lease.c.run_id.is_(None)) | (_lease.c.expires_at <= now),
            *in_sites(_run.c.site, sites),
        )
        .order_by(_run.c.id)
    )
    for site, run_id in connection.execute(stuck):
        of(site).stuck_runs.append(run_id)


def _add_quarantine(connection: Connection, sites: SiteFilter, of: Any) -> None:
    causes = (
        select(_page.c.site, _quarantine.c.cause, func.count())
        .join_from(_quarantine, _page, _page.c.id == _quarantine.c.page_id)
        .where(_quarantine.c.resolved_at.is_(None), *in_sites(_page.c.site, sites))
        .group_by(_page.c.site, _quarantine.c.cause)
        .order_by(_quarantine.c.cause)
    )
    for site, cause, number in connection.execute(causes):
        of(site).quarantine[cause] = number


def _add_empty_lists(connection: Connection, sites: SiteFilter, of: Any) -> None:
    # A page that could not be fetched showed nothing, empty or not: what was seen before still stands.
    read = _reading.c.cause.in_(("", "no_links"))
    latest = select(func.max(_reading.c.id)).where(read).group_by(_reading.c.page_id)
    beyond_the_end = _reading.c.completes & (_reading.c.number > 1)
    empty = _list_readings().where(
        _reading.c.id.in_(latest), _reading.c.links == 0, ~beyond_the_end, *in_sites(_page.c.site, sites)
    )
    for row in connection.execute(empty.order_by(_page.c.url)).mappings():
        of(row["site"]).empty_lists.append(_list_reading_row(row))


def quarantine(
    database: Database, sites: SiteFilter, cause: str | None, resolved: bool, limit: int
) -> list[QuarantineRow]:
    """See ``Archive.quarantine``."""
    statement = (
        select(_quarantine, _page.c.site, _page.c.url, _page.c.kind, _page.c.column)
        .join(_page, _page.c.id == _quarantine.c.page_id)
        .where(*in_sites(_page.c.site, sites))
        .order_by(_quarantine.c.last_at.desc(), _quarantine.c.page_id)
        .limit(limit)
    )
    if cause is not None:
        statement = statement.where(_quarantine.c.cause == cause)
    if not resolved:
        statement = statement.where(_quarantine.c.resolved_at.is_(None))
    names = QuarantineRow.__dataclass_fields__
    with database.read() as connection:
        return [
            QuarantineRow(**{name: row[name] for name in names}) for row in connection.execute(statement).mappings()
        ]
