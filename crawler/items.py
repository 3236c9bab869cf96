"""What the spiders hand to the pipelines: articles, list pages, unchanged pages and failures.

Plain dataclasses; Scrapy reads them as items. Times are aware and UTC. No item touches the network or the database.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

Precision = Literal["day", "minute", "second"]
PageKind = Literal["list", "article", "attachment"]

EXTRACTOR_VERSION = 3
"""Raised whenever reading changes what an unchanged page yields; stored with every revision."""


@dataclass(slots=True)
class Fetch:
    """One HTTP exchange that ended properly.

    ``body`` is the decompressed body exactly as served (bytes, never re-encoded); ``headers`` has lower-case names,
    repeated headers joined by ", ". ``url`` is the final address, ``requested_url`` the one asked for.
    """

    url: str
    requested_url: str
    status: int
    headers: dict[str, str]
    body: bytes
    fetched_at: datetime
    elapsed_ms: int = 0
    conditional: bool = False
    """The request carried If-None-Match or If-Modified-Since."""


@dataclass(slots=True)
class Evidence:
    """Where a field's value came from: the rule that found it and the text it matched."""

    rule: str
    text: str
    confidence: float = 1.0


@dataclass(slots=True)
class Image:
    url: str
    caption: str | None = None


@dataclass(slots=True)
class Attachment:
    url: str
    name: str


@dataclass(slots=True)
class Repair:
    """One restored place of mirror noise.

    ``where`` is "title" or "body"; ``seen`` and ``restored`` are short texts around the place; ``candidates`` are the
    readings considered, best first; ``confidence`` is 0 to 1.
    """

    where: str
    seen: str
    restored: str
    candidates: list[str] = field(default_factory=list)
    confidence: float = 1.0


@dataclass(slots=True)
class ArticleItem:
    """One article as its page shows it. Fields that the page does not show are None or empty, never invented.

    ``body`` is paragraphs joined by a newline. ``published_at`` is UTC, None when the page shows no date.
    People lists keep the printed order. ``column`` is the breadcrumb without home and without 正文.
    """

    url: str
    title: str
    body: str
    site: str = ""
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
    images: list[Image] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    doc_number: str | None = None
    issuer: str | None = None
    views: int | None = None
    is_mirror: bool = False
    restored: bool = False
    title_raw: str | None = None
    body_raw: str | None = None
    repairs: list[Repair] = field(default_factory=list)
    language_script: Literal["hans", "hant", "other"] = "hans"
    charset: str = ""
    layout: str = ""
    extractor_version: int = EXTRACTOR_VERSION
    evidence: dict[str, Evidence] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    """Disagreements and doubts, a plain sentence each, as "published_at: page says 2015-06-15, URL says 2015-06-16"."""
    canonical_hint: str | None = None
    """Address named by <link rel=canonical> or og:url, absolute, when the page has one."""
    # Set by the crawl and the pipelines.
    fetch: Fetch | None = None
    aliases: dict[str, str] = field(default_factory=dict)
    """Other addresses of this article, each with why: ``redirect``, ``original`` (this page is a mirror's copy of that
    address), ``mirror`` (a gateway that shows this article) or ``part`` (a further page of it)."""
    fingerprint: bytes = b""
    search_title: str = ""
    search_body: str = ""
    known: bool = False
    """Set by the frontier: the archive held this address when the page was asked for."""
    listed_in: str = ""
    """Set by the frontier: the column whose list led to the page."""
    parts: list[Fetch] = field(default_factory=list)
    """The further pages of an article over several, in order; their text is joined into ``body``."""
    incomplete: bool = False
    """A further page could not be read; a warning says which and why."""
    files_left: dict[str, str] = field(default_factory=dict)
    """Attachments that are not fetched: by address, why."""
    reading: str = ""
    """By what it was read: see ``ArticlePages.reading``."""
    rereading: Any = None
    """Set by the revision pipeline when our reading has changed: what the stored revision's own bytes say today."""
    doubt: str = ""
    """Set by the takeover pipeline: why the article waits until more is known of the site ("foreign", "undated")."""
    revision: int = 0
    """Set by the revision pipeline: the number this content would get; 0 while undecided."""
    signature: Any = None
    """Set by the near-duplicate pipeline: by what the archive finds texts like this one."""


@dataclass(slots=True)
class Link:
    """One entry of a list page. ``listed_on`` is the printed day, when the list prints a full date."""

    url: str
    title: str = ""
    listed_on: date | None = None
    wanted: bool = True
    """False when the run must not fetch it (older than ``since``); set by the frontier."""


@dataclass(slots=True)
class ListPageItem:
    """One list page as read. ``number`` counts from 1. ``links`` keep the page's order."""

    site: str
    column: str
    url: str
    number: int
    links: list[Link]
    fetch: Fetch
    layout: str = ""
    seen: str = ""
    """A short quotation of what the page showed."""
    list_url: str = ""
    """Address of the column's first page; names the column in the archive. Set by the frontier, as are the rest."""
    known: int = 0
    fresh: int = 0
    completes: bool = False
    """True when reading this page leaves no gap between the column's list and the archive."""
    all_new: bool = False
    """No entry is known, though the column was read before. Set by the frontier."""
    unread: str = ""
    """Why the next page, which there is, cannot be asked for."""


@dataclass(slots=True)
class UnchangedItem:
    """A known page answered 304, or with the very bytes of its last fetch: nothing was read again."""

    site: str
    url: str
    kind: PageKind
    fetch: Fetch
    not_modified: bool
    views: int | None = None
    attachments: list[Attachment] | None = None
    """What an article's page links to; None when it was not read. With ``files_left`` as in ``ArticleItem``."""
    files_left: dict[str, str] = field(default_factory=dict)
    list_url: str = ""
    """Of a list page: address of its column's first page. Set by the frontier."""


@dataclass(slots=True)
class FailureItem:
    """A page that could not be fetched or read. It is kept in quarantine and tried again.

    ``cause`` is one word of: error, layout, not_an_article, blocked, bad_content, no_links, offsite, invalid, gone,
    soft_404 (200, but as good as a 404), maintenance (200, but the site is being worked on), foreign (200, but of a
    taken-over or parked site), http, timeout, unreachable, robots, refused, too_large, incomplete, tls, redirect.
    ``detail`` is one sentence that quotes what was seen.
    """

    site: str
    url: str
    kind: PageKind
    cause: str
    detail: str
    status: int | None = None
    column: str = ""
    fetch: Fetch | None = None


@dataclass(slots=True)
class DocumentItem:
    """A file that an article links to, as fetched. ``kind`` is told by its bytes: pdf, doc, docx, xls, xlsx, ofd ….

    The pipelines set the rest: ``hash`` (SHA-256), ``text`` (None when there is none), ``text_state`` ("read", or why
    there is no text) with ``text_detail``, a sentence, and ``reader``, the version of the reading.
    """

    site: str
    url: str
    kind: str
    fetch: Fetch
    hash: bytes = b""
    text: str | None = None
    search_text: str = ""
    text_state: str = ""
    text_detail: str = ""
    reader: int = 0


AnyItem = ArticleItem | ListPageItem | UnchangedItem | FailureItem | DocumentItem
