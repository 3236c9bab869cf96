"""What the replica is made of: articles, what is true of them, pages as served."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Literal, Protocol

SHANGHAI = timezone(timedelta(hours=8))
"""Beijing time; a fixed offset, so that no time zone data is needed."""

Precision = Literal["day", "minute", "second"]
State = Literal["live", "withdrawn"]


@dataclass(frozen=True)
class Photo:
    """A picture of an article; ``url`` is absolute."""

    url: str
    caption: str | None = None


@dataclass(frozen=True)
class Truth:
    """What an archive must hold of one article after an epoch. Field names are those of the article item.

    ``url`` is the address its list links to, in canonical spelling; ``aliases`` are other addresses of the same
    article that lists print. ``views`` is the count on the first fetch; where the site counts, each fetch adds one.
    ``revision`` is the number of the newest content. ``reprint_of`` is the address of the original on another site.
    ``lists`` names the columns whose lists show it. ``body`` is paragraphs joined by a newline.
    """

    key: str
    site: str
    url: str
    title: str
    body: str
    lists: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    subtitle: str | None = None
    column: tuple[str, ...] = ()
    published_at: datetime | None = None
    published_precision: Precision | None = None
    source: str | None = None
    reporters: tuple[str, ...] = ()
    correspondents: tuple[str, ...] = ()
    interns: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    editors: tuple[str, ...] = ()
    images: tuple[Photo, ...] = ()
    views: int | None = None
    is_mirror: bool = False
    reprint_of: str | None = None
    state: State = "live"
    revision: int = 1


@dataclass(frozen=True)
class Block:
    """One piece of a text: paragraph, subheading or picture (``text`` is its caption, ``src`` as in the page)."""

    kind: Literal["p", "h", "img"]
    text: str
    src: str = ""


@dataclass(frozen=True)
class Article:
    """One article as its site prints it. ``printed_…`` are the words on the page, the other fields what they mean.

    ``path`` is path and query on the site's host. ``published`` is Beijing time, also when the page prints no date
    (``precision`` None). ``lists`` are column names. ``twin_path`` is a second address with the same text.
    """

    key: str
    site: str
    path: str
    title: str
    blocks: tuple[Block, ...]
    published: datetime
    precision: Precision | None
    lists: tuple[str, ...]
    subtitle: str | None = None
    crumbs: tuple[str, ...] = ()
    printed_source: str = ""
    printed_author: str = ""
    printed_editor: str = ""
    source: str | None = None
    reporters: tuple[str, ...] = ()
    correspondents: tuple[str, ...] = ()
    interns: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    editors: tuple[str, ...] = ()
    template: str = "new"
    views: int | None = None
    mirror: bool = False
    reprint_of: str | None = None
    twin_path: str | None = None
    since: int = 1
    until: int = 99
    challenge: bool = False

    @property
    def body(self) -> str:
        """Paragraphs and subheadings, joined by a newline."""
        return "\n".join(block.text for block in self.blocks if block.kind != "img")

    @property
    def published_at(self) -> datetime | None:
        """The printed time in UTC; midnight in Shanghai when only the day is printed; None without a printed date."""
        if self.precision is None:
            return None
        moment = self.published
        if self.precision == "day":
            moment = moment.replace(hour=0, minute=0, second=0)
        elif self.precision == "minute":
            moment = moment.replace(second=0)
        return moment.astimezone(UTC)


@dataclass(frozen=True)
class Ref:
    """A link to an article in lists and side columns."""

    title: str
    href: str
    day: date
    pinned: bool = False


@dataclass(frozen=True)
class Around:
    """What stands around an article on its page."""

    today: date
    related: tuple[Ref, ...]
    hot: tuple[Ref, ...]
    previous: Ref | None
    following: Ref | None


@dataclass(frozen=True)
class Column:
    """A declared list. ``size`` articles in epoch 1, the oldest ``old`` of them in the site's old template."""

    name: str
    path: str
    crumbs: tuple[str, ...]
    size: int
    old: int = 0
    notices: int = 0


@dataclass(frozen=True)
class Listing:
    """One page of a list, ready to be printed. ``pages`` are the addresses of all its pages."""

    column: Column
    refs: tuple[Ref, ...]
    number: int
    pages: tuple[str, ...]
    today: date
    hot: tuple[Ref, ...]
    redesigned: bool = False


@dataclass(frozen=True)
class Site:
    """One site of the replica. ``validators``: its pages carry ETag and Last-Modified and answer 304."""

    name: str
    publisher: str
    host: str
    columns: tuple[Column, ...]
    robots: str | None
    home: str | None = None
    """The city all its news is about, without 市; None for any city."""
    validators: tuple[Literal["etag", "last-modified"], ...] = ()
    server: str = "nginx"
    redirects: tuple[str, ...] = ()
    """Hosts that answer 301 to the main host."""
    twins: tuple[str, ...] = ()
    """Hosts that serve the same pages."""


class Template(Protocol):
    """One site's own layout: a module with these names."""

    SITE: Site

    def list_path(self, column: Column, number: int) -> str:
        """Address of page ``number`` of a list, path and query."""

    def article_path(self, column: Column, number: int, published: datetime, template: str) -> str:
        """Address of the ``number``-th article of the site, path and query."""

    def article_page(self, article: Article, around: Around) -> str:
        """The page, counters as tokens of ``parts``."""

    def list_page(self, listing: Listing) -> str:
        """The page, counters as tokens of ``parts``."""

    def charset(self, template: str) -> tuple[str, str]:
        """Codec of the bytes and Content-Type of the answer."""


@dataclass(frozen=True)
class Asked:
    """What a request says: path and query, and where it matters what was posted and from which page it comes."""

    target: str
    body: bytes = b""
    content_type: str = ""
    referer: str = ""


@dataclass(frozen=True)
class Page:
    """One answer, counters still as tokens. ``kind`` is what the request log counts by."""

    status: int
    content: bytes
    content_type: str = "text/html; charset=utf-8"
    kind: str = "other"
    location: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    views: int | None = None
    server: str = "nginx"


class PageSource(Protocol):
    """Where a server takes its pages from."""

    @property
    def hosts(self) -> dict[str, str]:
        """Every host that is answered for, with its site."""

    def page(self, epoch: int, host: str, asked: Asked) -> Page:
        """The answer."""
