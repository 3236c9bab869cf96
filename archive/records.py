"""The archive's plain data, no database in it: what goes in (here) and what is answered (``archive.answers``).

All of it can be imported from here. Records (``…Record``) are handed to ``Archive.store``. Times are aware and UTC.
``url_key`` is the 16-byte identity of an address; the caller computes it, the archive only compares.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal

from archive.answers import (
    AliasRow,
    ArticleDetail,
    ArticleRow,
    AttachmentRow,
    ChangeRow,
    DocumentRow,
    ListReadingRow,
    QuarantineRow,
    RevisionRow,
    RobotsRow,
    RunRow,
    SearchHit,
    SiteHealth,
    Snapshot,
)
from archive.words import (
    AliasReason,
    ArticleState,
    Decision,
    PageKind,
    PageState,
    Precision,
    SiteFilter,
    Sort,
    Verdict,
)

if TYPE_CHECKING:  # brings numpy with it, which most users of these records do not need
    from archive.rereading import NewReading
    from archive.similarity import Signature

# --- what goes in -----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class FetchRecord:
    """One HTTP exchange. ``body`` are the bytes as served, None when there were none (304) or none are to be kept.

    ``headers`` has lower-case names. ``conditional`` says that the request carried If-None-Match or
    If-Modified-Since; ``not_modified`` that the answer was 304 or the very bytes of the last fetch.
    """

    url: str
    status: int
    fetched_at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    elapsed_ms: int = 0
    conditional: bool = False
    not_modified: bool = False


@dataclass(slots=True)
class AliasRecord:
    """Another address of an article."""

    url: str
    url_key: bytes
    reason: AliasReason


@dataclass(slots=True)
class AttachmentRecord:
    """One file that an article links to. ``why_left`` is set when it is not to be fetched, and says why."""

    url: str
    url_key: bytes
    name: str
    why_left: str = ""


@dataclass(slots=True)
class PartRecord:
    """A further page of an article over several."""

    url: str
    url_key: bytes
    fetch: FetchRecord


@dataclass(slots=True)
class ArticleRecord:
    """One article as read. Mirrors the crawl's article item; lists hold plain dictionaries ready for JSON.

    ``search_title`` and ``search_body`` are folded by the caller, ``fingerprint`` is the caller's hash of title and
    body. An alias with the reason ``original`` says that this page is a mirror copy of that address.
    """

    site: str
    url: str
    url_key: bytes
    title: str
    body: str
    fingerprint: bytes
    fetch: FetchRecord
    search_title: str = ""
    search_body: str = ""
    aliases: list[AliasRecord] = field(default_factory=list)
    subtitle: str | None = None
    column: list[str] = field(default_factory=list)
    published_at: datetime | None = None
    published_precision: Precision | None = None
    source: str | None = None
    source_url: str | None = None
    reporters: list[str] = field(default_factory=list)
    correspondents: list[str] = field(default_factory=list)
    interns: list[str] = field(default_factory=list)
    authors: list[str] = field(default_factory=list)
    editors: list[str] = field(default_factory=list)
    images: list[dict[str, Any]] = field(default_factory=list)
    attachments: list[dict[str, Any]] = field(default_factory=list)
    doc_number: str | None = None
    issuer: str | None = None
    views: int | None = None
    is_mirror: bool = False
    restored: bool = False
    title_raw: str | None = None
    body_raw: str | None = None
    repairs: list[dict[str, Any]] = field(default_factory=list)
    language_script: str = "hans"
    charset: str = ""
    layout: str = ""
    extractor_version: int = 1
    evidence: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    parts: list[PartRecord] = field(default_factory=list)
    incomplete: bool = False
    """A part of it could not be read: it is looked at again soon."""
    files: list[AttachmentRecord] = field(default_factory=list)
    """The files that the page links to, in order; what it does not name any more counts as taken away."""
    signature: Signature | None = None
    """``archive.similarity.signature`` of ``search_body``; without it the archive makes it, while others wait."""
    reading: str = ""
    rereading: NewReading | None = None
    """What the stored revision's own page says by today's reading; None when that was not asked."""


@dataclass(slots=True)
class DocumentRecord:
    """One file as fetched. ``hash`` is the SHA-256 of its bytes, ``kind`` what they are (pdf, docx …).

    ``text`` is None when it could not be taken out; ``text_state`` is then another word than "read" and ``text_detail``
    a sentence. With the state "known" the archive's own text stays (the caller saw that it has this file).
    """

    site: str
    url: str
    url_key: bytes
    fetch: FetchRecord
    hash: bytes
    kind: str
    media_type: str = ""
    text: str | None = None
    search_text: str = ""
    text_state: str = "read"
    text_detail: str = ""
    reader: int = 0


@dataclass(slots=True)
class LinkRecord:
    """One entry of a list page. Not ``wanted``: not to be fetched (too old), so it does not become a pending page."""

    url: str
    url_key: bytes
    title: str = ""
    listed_on: date | None = None
    wanted: bool = True


@dataclass(slots=True)
class ListRecord:
    """One list page as read. Links not yet known become pending article pages in the same transaction.

    ``list_url`` names the column by its first page (by default this page is the first). ``completes`` says that
    reading this page left no gap between the column and the archive; until then the column's chain counts as open.
    ``seen`` is a short quotation of what the page showed.
    """

    site: str
    column: str
    url: str
    url_key: bytes
    number: int
    links: list[LinkRecord]
    fetch: FetchRecord
    next_url: str | None = None
    layout: str = ""
    list_url: str = ""
    list_url_key: bytes = b""
    completes: bool = False
    seen: str = ""


@dataclass(slots=True)
class TouchRecord:
    """A known page was fetched and nothing had to be read again: 304, or the very bytes of its last fetch.

    For an article this counts as seen alive and moves its next revisit. ``url_key`` is the page's own or an alias.
    """

    site: str
    url_key: bytes
    fetch: FetchRecord
    views: int | None = None
    files: list[AttachmentRecord] | None = None
    """As in ``ArticleRecord``; None when the page was not read."""
    past: bool = False
    """The answer is older than the page's last one: it is kept with its bytes, and nothing else changes."""


@dataclass(slots=True)
class FailureRecord:
    """A page that could not be fetched or read: goes to quarantine and is tried again.

    ``gone`` says that a healthy site has this page no more (404, 410, or as good as that); only then a stored article
    becomes missing and, a day later, withdrawn. Any other failure changes no article; the causes "gone" and "soft_404"
    without the flag (the site as a whole looks ill) only have a stored article's page looked at again a day later.
    """

    site: str
    url: str
    url_key: bytes
    kind: PageKind
    cause: str
    detail: str
    status: int | None = None
    column: str = ""
    gone: bool = False
    at: datetime | None = None
    """When it failed; by default the time of ``fetch``, else now."""
    fetch: FetchRecord | None = None


@dataclass(slots=True)
class StoreBatch:
    """What is stored in one transaction. Order within each list is kept; lists go first, failures last."""

    lists: list[ListRecord] = field(default_factory=list)
    articles: list[ArticleRecord] = field(default_factory=list)
    touches: list[TouchRecord] = field(default_factory=list)
    failures: list[FailureRecord] = field(default_factory=list)
    documents: list[DocumentRecord] = field(default_factory=list)

    def records(self) -> Iterator[ListRecord | ArticleRecord | TouchRecord | FailureRecord | DocumentRecord]:
        """All records of the batch."""
        yield from self.lists
        yield from self.articles
        yield from self.touches
        yield from self.failures
        yield from self.documents

    def __len__(self) -> int:
        return sum(1 for _ in self.records())


# --- what comes back --------------------------------------------------------------------------------------------------


@dataclass(slots=True, frozen=True)
class Outcome:
    """What one article record was to the archive. ``revision`` is the article's current number afterwards."""

    decision: Decision
    article_id: int
    revision: int
    url_key: bytes


@dataclass(slots=True, frozen=True)
class RunHandle:
    """A run that holds its site. ``token`` grows with every run of the site and fences off older ones."""

    run_id: int
    site: str
    kind: str
    token: int
    lease_seconds: float
    started_at: datetime


@dataclass(slots=True)
class KnownPage:
    """What the archive holds about one address.

    For an alias that is no page of its own this is the article's page, ``is_alias`` is true and ``url_key`` stays the
    article's. ``revision`` and ``fingerprint`` are those of the article's current revision; None where there is none.
    ``complete_at`` is when a column was last read without a gap, ``chain_open`` that a later reading is not finished;
    both are kept at the column's first list page. ``conditional_count`` counts fetches with conditions since the last
    one without (``unconditional_at``).
    """

    page_id: int
    url: str
    url_key: bytes
    kind: PageKind
    site: str
    column: str
    state: PageState
    article_id: int | None
    revision: int | None
    fingerprint: bytes | None
    etag: str | None
    last_modified: str | None
    body_hash: bytes | None
    extractor_version: int | None
    discovered_at: datetime
    fetched_at: datetime | None
    unconditional_at: datetime | None
    conditional_count: int
    status: int | None
    failures: int
    next_due_at: datetime | None
    link_title: str
    listed_on: date | None
    complete_at: datetime | None = None
    chain_open: bool = False
    parts: int = 0
    """How many further pages were joined to this one."""
    is_alias: bool = False

    @property
    def why(self) -> Literal["pending", "quarantine", "revisit"]:
        """Why the page would be fetched now: never stored yet, failed last time, or known and due again."""
        if self.failures:
            return "quarantine"
        return "pending" if self.state == "pending" else "revisit"


__all__ = [
    "AliasReason",
    "AliasRecord",
    "AliasRow",
    "ArticleDetail",
    "ArticleRecord",
    "ArticleRow",
    "ArticleState",
    "AttachmentRecord",
    "AttachmentRow",
    "ChangeRow",
    "Decision",
    "DocumentRecord",
    "DocumentRow",
    "FailureRecord",
    "FetchRecord",
    "KnownPage",
    "LinkRecord",
    "ListReadingRow",
    "ListRecord",
    "Outcome",
    "PageKind",
    "PageState",
    "PartRecord",
    "Precision",
    "QuarantineRow",
    "RevisionRow",
    "RobotsRow",
    "RunHandle",
    "RunRow",
    "SearchHit",
    "SiteFilter",
    "SiteHealth",
    "Snapshot",
    "Sort",
    "StoreBatch",
    "TouchRecord",
    "Verdict",
]
