"""Looking for damage: the database file, rows that do not fit together, bytes that are missing or corrupt."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, ForeignKeyConstraint, Select, Table, and_, func, or_, select, text

from archive.attachment_models import ArticleAttachment, Document
from archive.bodies import places as places_of
from archive.database import Database
from archive.errors import DatabaseUnavailable, SnapshotCorrupt
from archive.frontier import chunks
from archive.models import (
    Alias,
    Article,
    Base,
    Page,
    Quarantine,
    Revision,
    Run,
    SearchText,
    SiteLease,
    SnapshotPlace,
    table,
)
from archive.reports import CheckReport
from archive.snapshots import Place, SnapshotStore

_article, _revision, _page, _search = table(Article), table(Revision), table(Page), table(SearchText)
_alias, _run, _lease = table(Alias), table(Run), table(SiteLease)
_snapshot, _quarantine = table(SnapshotPlace), table(Quarantine)
_document, _link = table(Document), table(ArticleAttachment)

_LEFTOVER_SECONDS = 3600.0
"""A temporary file this old belongs to nobody any more."""
_MOST = 50
"""Problems of one kind that are named one by one; of more, only the number is told."""

Told = Callable[[str, int, int], None]
Question = tuple[str, str, Callable[[datetime], Select[Any]]]


def check(database: Database, snapshots: SnapshotStore, now: datetime, *, quick: bool, told: Told) -> CheckReport:
    """See ``Archive.check``. Temporary files of killed writers are removed on the way."""
    counts = {"articles": 0, "revisions": 0, "pages": 0, "snapshots": 0, "leftovers_removed": 0}
    report = CheckReport([], counts, [])
    try:
        with database.read() as connection:
            told("database", 0, 0)
            file_problems = (
                sqlite_problems(connection, quick=quick) if database.is_sqlite else _foreign_keys(connection)
            )
            _take(report, file_problems, _RESTORE)
            for name, source in (("articles", _article), ("revisions", _revision), ("pages", _page)):
                counts[name] = connection.execute(select(func.count()).select_from(source)).scalar_one()
            for number, (sentence, advice, ask) in enumerate(QUESTIONS, 1):
                found = connection.execute(ask(now)).scalars()
                _take(report, (sentence.format(row) for row in found), advice)
                told("rows that belong together", number, len(QUESTIONS))
            places = all_places(connection)
            _take(report, _lost_parts(connection, places.keys()), _READ_ANEW)
        # Outside the transaction: reading everything takes long.
        bad = _bad_snapshots(snapshots, places, quick=quick, told=told)
        with database.read() as connection:
            _take(report, _named(connection, _still_bad(connection, snapshots, places, bad, quick=quick)), _LOST_BYTES)
    except DatabaseUnavailable as error:
        _take(report, [str(error)], _RESTORE)
        return report
    counts["snapshots"] = len(places)
    counts["leftovers_removed"] = snapshots.remove_leftovers(_LEFTOVER_SECONDS)
    return report


def _take(report: CheckReport, problems: Any, advice: str) -> None:
    """Add what was found, and what helps against it."""
    number = 0
    for number, problem in enumerate(problems, 1):
        if number <= _MOST:
            report.problems.append(problem)
    if number > _MOST:
        report.problems.append(f"and {number - _MOST} more of this kind")
    if number and advice not in report.advice:
        report.advice.append(advice)


# --- the database -----------------------------------------------------------------------------------------------------

_RESTORE = "The database itself is damaged: bring back a backup with `zhiwen db restore FOLDER --force`."
_READ_ANEW = (
    "What was read is there, but bytes it was read from are not: `zhiwen reextract` leaves such articles as they are."
)
_LOST_BYTES = (
    "Bytes are lost, the text read from them is not. Copy the named pack from a backup to its place; "
    "without one, nothing else breaks."
)
_REPORT = "Rows do not fit together. Bring back a backup, or keep this one and report it: it should not happen."
_SEE_RUNS = "A run died: the next one of its site, or `zhiwen runs`, closes it."
_CRAWL = "The next `zhiwen crawl SITE --revisit` sets it right."

QUESTIONS: tuple[Question, ...] = (
    ("article {} does not have all its revisions", _REPORT, lambda now: _without_revisions()),
    (
        "article {} has no text for searching",
        _REPORT,
        lambda now: (
            select(_article.c.id)
            .outerjoin(_search, _search.c.article_id == _article.c.id)
            .where(_search.c.article_id.is_(None))
        ),
    ),
    (
        "page {} counts as stored, but has no article",
        _CRAWL,
        lambda now: select(_page.c.id).where(
            _page.c.kind == "article",
            _page.c.state.in_(("stored", "missing", "withdrawn")),
            _page.c.article_id.is_(None),
        ),
    ),
    (
        "page {} waits for its article, but nothing fetches it",
        _CRAWL,
        lambda now: select(_page.c.id).where(
            _page.c.state.in_(("pending", "quarantined")), _page.c.next_due_at.is_(None)
        ),
    ),
    (
        "article {} has an address that is also the alias of an article",
        _REPORT,
        lambda now: select(_article.c.id).join(_alias, _alias.c.url_key == _article.c.url_key),
    ),
    ("page {} and its quarantine disagree", _CRAWL, lambda now: _quarantines_that_disagree()),
    (
        "page {} had bytes last time, but their snapshot is not known",
        _CRAWL,
        lambda now: (
            select(_page.c.id)
            .outerjoin(_snapshot, _snapshot.c.hash == _page.c.body_hash)
            .where(_page.c.body_hash.is_not(None), _snapshot.c.hash.is_(None))
        ),
    ),
    (
        "article {} links to a file that counts as stored and is not there",
        _REPORT,
        lambda now: (
            select(_link.c.article_id)
            .outerjoin(_document, _document.c.hash == _link.c.document_hash)
            .where(_link.c.state == "stored", _document.c.hash.is_(None))
        ),
    ),
    (
        "article {} waits for a file, but no page of it is known",
        _CRAWL,
        lambda now: select(_link.c.article_id).where(
            _link.c.state.in_(("pending", "failed")), _link.c.linked, _link.c.page_id.is_(None)
        ),
    ),
    (
        "run {} counts as running, but nobody holds its lease (`zhiwen runs` closes it)",
        _SEE_RUNS,
        lambda now: (
            select(_run.c.id)
            .outerjoin(_lease, _lease.c.run_id == _run.c.id)
            .where(_run.c.verdict == "running", _lease.c.run_id.is_(None) | (_lease.c.expires_at <= now))
        ),
    ),
)
"""What is asked of the rows: a sentence for each number found, what helps, and the question (given the time)."""


def _without_revisions() -> Select[Any]:
    revisions = (
        select(_revision.c.article_id, func.count().label("number"), func.max(_revision.c.number).label("last"))
        .group_by(_revision.c.article_id)
        .subquery()
    )
    return (
        select(_article.c.id)
        .outerjoin(revisions, revisions.c.article_id == _article.c.id)
        .where(
            (func.coalesce(revisions.c.number, 0) != _article.c.revision)
            | (func.coalesce(revisions.c.last, 0) != _article.c.revision)
        )
    )


def _quarantines_that_disagree() -> Select[Any]:
    open_trouble = (_quarantine.c.page_id == _page.c.id) & _quarantine.c.resolved_at.is_(None)
    differs: ColumnElement[bool] = (_page.c.failures > 0) != _quarantine.c.page_id.isnot(None)
    return select(_page.c.id).outerjoin(_quarantine, open_trouble).where(differs)


def sqlite_problems(connection: Connection, *, quick: bool = False) -> Iterator[str]:
    """What SQLite itself finds wrong with the file and the references between tables."""
    for (said,) in connection.execute(text(f"PRAGMA {'quick_check' if quick else 'integrity_check'}")):
        if said != "ok":
            yield f"database file: {said}"
    for row in connection.execute(text("PRAGMA foreign_key_check")):
        yield _dangling(row[1], row[0], row[2])


def _foreign_keys(connection: Connection) -> Iterator[str]:
    """The same for PostgreSQL, whose references can dangle after a partial restore. All tables, whoever made them."""
    for source in Base.metadata.sorted_tables:
        for key in source.foreign_key_constraints:
            for row in connection.execute(_pointing_nowhere(source, key)):
                yield _dangling(":".join(map(str, row)), source.name, key.referred_table.name)


def _pointing_nowhere(source: Table, key: ForeignKeyConstraint) -> Select[Any]:
    target = key.referred_table.alias("target")
    pairs = [(source.c[element.parent.name], target.c[element.column.name]) for element in key.elements]
    return (
        select(*source.primary_key.columns)
        .outerjoin(target, and_(*(own == other for own, other in pairs)))
        .where(and_(*(own.is_not(None) for own, _ in pairs)), or_(*(other.is_(None) for _, other in pairs)))
    )


def _dangling(row: object, source: str, target: str) -> str:
    return f"row {row} of table {source} points to a row of {target} that is not there"


# --- the bytes --------------------------------------------------------------------------------------------------------


def all_places(connection: Connection) -> dict[bytes, Place]:
    """Where every snapshot lies, by pack."""
    rows = connection.execute(select(_snapshot).order_by(_snapshot.c.pack, _snapshot.c.position))
    return {row.hash: Place(row.pack, row.position, row.stored_size, row.size) for row in rows}


def _lost_parts(connection: Connection, known: Any) -> Iterator[str]:
    """Further pages of articles whose snapshot no row knows: they are named in JSON, where no reference is checked."""
    statement = select(_revision.c.article_id, _revision.c.number, _revision.c.parts).where(_revision.c.parts != [])
    for article_id, number, parts in connection.execute(statement):
        for part in parts:
            if bytes.fromhex(part["snapshot"]) not in known:
                yield f"revision {number} of article {article_id}: the bytes of its further page {part['url']} are lost"


def _bad_snapshots(
    snapshots: SnapshotStore, places: Mapping[bytes, Place], *, quick: bool, told: Told
) -> dict[bytes, str]:
    """Snapshots that cannot be read, each with the reason. ``quick`` only looks whether their files are long enough."""
    bad: dict[bytes, str] = {}
    for number, (digest, place) in enumerate(places.items(), 1):
        if quick:
            if not snapshots.holds(place):
                bad[digest] = f"snapshot {digest.hex()} is missing or cut: {snapshots.folder / place.pack}"
        else:
            try:
                snapshots.read(digest, place)
            except SnapshotCorrupt as error:
                bad[digest] = str(error)
        told("snapshots", number, len(places))
    return bad


def _still_bad(
    connection: Connection,
    snapshots: SnapshotStore,
    before: Mapping[bytes, Place],
    bad: dict[bytes, str],
    *,
    quick: bool,
) -> dict[bytes, str]:
    """Without those that were pruned, or moved into another pack, while all were looked at."""
    now = places_of(connection, list(bad))
    moved = {digest: place for digest, place in now.items() if place != before[digest]}
    again = _bad_snapshots(snapshots, moved, quick=quick, told=lambda what, done, total: None)
    return {digest: why for digest, why in bad.items() if digest in now and digest not in moved} | again


def _named(connection: Connection, bad: dict[bytes, str]) -> Iterator[str]:
    """The reasons, each with what was read from the bytes."""
    for part in chunks(list(bad)):
        used: dict[bytes, list[str]] = {digest: [] for digest in part}
        _name(connection, used, _revision, lambda row: f"revision {row.number} of article {row.article_id}", part)
        _name(connection, used, _document, lambda row: f"the file {row.hash.hex()[:12]}", part)
        for digest in part:
            what = ", ".join(used[digest][:3]) or "nothing that is kept"
            yield f"{bad[digest]} (read from it: {what})"


def _name(
    connection: Connection,
    used: dict[bytes, list[str]],
    source: Table,
    name: Callable[[Any], str],
    hashes: Sequence[bytes],
) -> None:
    for row in connection.execute(select(source).where(source.c.snapshot_hash.in_(hashes))):
        used[row.snapshot_hash].append(name(row))
