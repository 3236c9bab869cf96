"""What the archive answers: plain dataclasses, no database in them. Times are aware and UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from archive.words import AliasReason, ArticleState, AttachmentState, PageKind, Precision, Verdict


@dataclass(slots=True)
class ArticleRow:
    """One article in short. ``revision`` is the current number; ``views`` the latest printed count."""

    id: int
    url: str
    site: str
    title: str
    published_at: datetime | None
    published_precision: Precision | None
    source: str | None
    column: list[str]
    state: ArticleState
    state_changed_at: datetime
    first_seen_at: datetime
    last_seen_at: datetime
    changed_at: datetime
    revision: int
    views: int | None
    is_mirror: bool
    restored: bool


@dataclass(slots=True)
class RevisionRow:
    """One content of one article, from number 1 on."""

    article_id: int
    number: int
    title: str
    body: str
    subtitle: str | None
    published_at: datetime | None
    published_precision: Precision | None
    source: str | None
    source_url: str | None
    column: list[str]
    reporters: list[str]
    correspondents: list[str]
    interns: list[str]
    authors: list[str]
    editors: list[str]
    images: list[dict[str, Any]]
    attachments: list[dict[str, Any]]
    doc_number: str | None
    issuer: str | None
    views: int | None
    is_mirror: bool
    restored: bool
    title_raw: str | None
    body_raw: str | None
    repairs: list[dict[str, Any]]
    language_script: str
    charset: str
    layout: str
    extractor_version: int
    evidence: dict[str, Any]
    warnings: list[str]
    fingerprint: bytes
    url: str
    """The address this content was read from (a mirror's, or an alias, may differ from the article's)."""
    fetched_at: datetime
    snapshot_hash: bytes | None
    run_id: int
    parts: list[dict[str, Any]]
    """``url`` and ``snapshot`` (hex) of every further page of an article over several."""
    changes: list[dict[str, Any]]
    """What became another with this revision (``archive.edits.Change``); empty where nothing was noted."""


@dataclass(slots=True)
class AliasRow:
    url: str
    reason: AliasReason
    first_seen_at: datetime


@dataclass(slots=True)
class DocumentRow:
    """One file. ``hash`` is its SHA-256, ``snapshot_hash`` where its bytes are to be had.

    ``text`` is None when it could not be taken out; ``text_state`` is "read" or why not, ``text_detail`` a sentence.
    """

    hash: bytes
    size: int
    kind: str
    media_type: str
    snapshot_hash: bytes
    first_seen_at: datetime
    text_state: str
    text_detail: str
    reader: int
    text: str | None


@dataclass(slots=True)
class AttachmentRow:
    """One file that an article links to; ``document`` is None until it was fetched.

    ``detail`` says why it failed or is left. ``linked`` is false once the article's page no longer names it.
    ``changed_at`` is set when another file was found at the same address later.
    """

    url: str
    name: str
    position: int
    linked: bool
    state: AttachmentState
    detail: str
    changed_at: datetime | None
    document: DocumentRow | None


@dataclass(slots=True)
class ArticleDetail:
    """One article with its current content, its other addresses and the files it links to."""

    article: ArticleRow
    current: RevisionRow
    aliases: list[AliasRow]
    attachments: list[AttachmentRow]


@dataclass(slots=True)
class SearchHit:
    """One hit. ``snippet`` is plain text; marks are (start, end) of the hits in ``article.title`` and ``snippet``.

    ``attachment`` is the name of the file that the snippet is from; None when it is from the article.
    """

    article: ArticleRow
    snippet: str
    marks: list[tuple[int, int]]
    title_marks: list[tuple[int, int]]
    attachment: str | None = None


@dataclass(slots=True)
class ChangeRow:
    """Something that happened to an article. ``old_title`` is set when the headline changed."""

    kind: Literal["new", "changed", "missing", "withdrawn", "back"]
    at: datetime
    article: ArticleRow
    revision: int
    old_title: str | None = None


@dataclass(slots=True)
class RunRow:
    """One run. ``evidence`` holds plain sentences that support the verdict."""

    id: int
    site: str
    kind: str
    options: dict[str, Any]
    host: str
    pid: int
    started_at: datetime
    heartbeat_at: datetime
    finished_at: datetime | None
    verdict: Verdict
    reason: str
    counts: dict[str, int]
    causes: dict[str, int]
    evidence: list[str]


@dataclass(slots=True)
class ListReadingRow:
    """One reading of one list page. ``links`` that are neither ``known`` nor ``new`` were not wanted.

    ``detail`` quotes what the page showed. A reading that failed has a ``cause``, no links and the number 0.
    """

    run_id: int
    site: str
    column: str
    url: str
    number: int
    read_at: datetime
    links: int
    known: int
    new: int
    next_url: str | None
    layout: str
    completes: bool
    cause: str
    detail: str


@dataclass(slots=True)
class QuarantineRow:
    """One page that failed. ``tries`` counts since ``first_at``; ``resolved_at`` is set once it was read again."""

    page_id: int
    site: str
    url: str
    kind: PageKind
    column: str
    cause: str
    detail: str
    status: int | None
    first_at: datetime
    last_at: datetime
    tries: int
    next_try_at: datetime
    run_id: int
    resolved_at: datetime | None


@dataclass(slots=True)
class SiteHealth:
    """What the archive knows of one site. ``empty_lists`` are the latest readings of lists that had no links."""

    site: str
    articles: int
    missing: int
    withdrawn: int
    pending: int
    newest_published_at: datetime | None
    newest_seen_at: datetime | None
    last_run: RunRow | None
    last_good_at: datetime | None
    quarantine: dict[str, int]
    empty_lists: list[ListReadingRow]
    stuck_runs: list[int]
    files: dict[str, int]
    """Files that articles link to, by their state; fetched ones by the state of their text."""


@dataclass(slots=True)
class CheckReport:
    """What ``check`` found: plain sentences, empty when all is well, and how much was looked at."""

    problems: list[str]
    counts: dict[str, int]


@dataclass(slots=True)
class BackupReport:
    """A finished, verified copy. ``problems`` names snapshots that are bad in the archive itself."""

    path: str
    articles: int
    snapshots: int
    bytes: int
    problems: list[str]
