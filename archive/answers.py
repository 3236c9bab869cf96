"""What the archive answers: plain dataclasses, no database in them. Times are aware and UTC."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from archive.words import (
    AlarmKind,
    AliasReason,
    ArticleState,
    AttachmentState,
    PageKind,
    Precision,
    ReprintKind,
    Verdict,
)


@dataclass(slots=True)
class OriginalRow:
    """Who said a story first. ``article_id``, ``site``, ``title`` and ``url`` are None when it is not in the archive.

    ``name`` is the publisher, None when nobody can tell. ``confidence`` is between 0 and 1, ``evidence`` plain
    sentences.
    """

    article_id: int | None
    name: str | None
    site: str | None
    title: str | None
    url: str | None
    confidence: float
    evidence: list[str]


@dataclass(slots=True)
class ArticleRow:
    """One article in short. ``revision`` is the current number; ``views`` the latest printed count.

    ``story_id``, ``reprint_kind`` and ``original`` are None where no other article has its text.
    """

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
    story_id: int | None = None
    reprint_kind: ReprintKind | None = None
    original: OriginalRow | None = None


@dataclass(slots=True)
class CopyRow:
    """One article of a story. ``kind`` is what it is to the story's reference, Jaccard and containment as well.

    ``chars`` are those of its folded text; ``retitled`` that its headline is another one.
    """

    article: ArticleRow
    kind: ReprintKind
    jaccard: float
    containment: float
    chars: int
    retitled: bool


@dataclass(slots=True)
class StoryRow:
    """Articles with one text. ``copies`` come in the order of their publication, as far as it is known.

    ``reference_id`` is the copy that the others are compared with: the original, or the best one that is held.
    """

    id: int
    original: OriginalRow
    reference_id: int
    copies: list[CopyRow]
    changed_at: datetime


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
    reading: str
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
class StateRow:
    """The article was in ``state`` from ``at`` on. ``why`` quotes what its address answered."""

    state: ArticleState
    at: datetime
    why: str


@dataclass(slots=True)
class KnownText:
    """A stored article whose page may be looked at to see how its site is. ``title`` and ``body`` are folded."""

    article_id: int
    url: str
    url_key: bytes
    title: str
    body: str


@dataclass(slots=True)
class AlarmRow:
    """A trouble of a column, or of a whole site (``column`` is empty). ``closed_at`` is None while it lasts; ``times``
    counts the runs that saw it. ``severity`` is 1 for the worst and 4 for the least; ``step`` says what to do next.

    While a ``frozen`` one is open nothing of the site is stored. ``pages`` are addresses of known pages that gave it
    away. ``run_id`` is the run that raised it, None for one raised by hand.
    """

    id: int
    site: str
    kind: AlarmKind
    frozen: bool
    reason: str
    evidence: list[str]
    pages: list[str]
    run_id: int | None
    opened_at: datetime
    seen_at: datetime
    times: int
    closed_at: datetime | None
    closed_because: str
    column: str = ""
    severity: int = 1
    step: str = ""


@dataclass(slots=True)
class ArticleDetail:
    """One article with its current content, its other addresses and the files it links to."""

    article: ArticleRow
    current: RevisionRow
    aliases: list[AliasRow]
    attachments: list[AttachmentRow]
    states: list[StateRow] = field(default_factory=list)
    """When it became missing, withdrawn, or live again; oldest first, empty when nothing of the kind happened."""


@dataclass(slots=True)
class SearchHit:
    """One hit. ``snippet`` is plain text; marks are (start, end) of the hits in ``article.title`` and ``snippet``.

    ``attachment`` is the name of the file that the snippet is from; None when it is from the article. ``others`` are
    further hits of the same story, where only one of each was asked for.
    """

    article: ArticleRow
    snippet: str
    marks: list[tuple[int, int]]
    title_marks: list[tuple[int, int]]
    attachment: str | None = None
    others: int = 0


@dataclass(slots=True)
class ChangeRow:
    """Something that happened to an article. ``old_title`` is set when the headline changed.

    ``why`` says of missing, withdrawn and back what the article's address answered.
    """

    kind: Literal["new", "changed", "missing", "withdrawn", "back"]
    at: datetime
    article: ArticleRow
    revision: int
    old_title: str | None = None
    why: str = ""


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
    alarm: AlarmRow | None = None
    """The open alarm of the whole site that a run or a person raised."""
    troubles: list[AlarmRow] = field(default_factory=list)
    """Its other open alarms, the worst first."""
    examined_at: datetime | None = None
    unexamined_because: str = ""
    """Why its last examination failed."""


@dataclass(slots=True)
class RobotsRow:
    """The last answer for one origin's robots.txt. ``status`` None means that there was no answer."""

    origin: str
    status: int | None
    body: bytes
    fetched_at: datetime


@dataclass(slots=True)
class Snapshot:
    """The bytes of one fetch and what came with them."""

    hash: bytes
    url: str
    fetched_at: datetime
    status: int
    headers: dict[str, str]
    body: bytes
