"""What a list page gives: its links, and how its other pages are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from crawler.items import Link


@dataclass(frozen=True)
class PageRequest:
    """How a list page is asked for: by GET, or by POST when there is a ``body`` (``headers`` then name its type)."""

    url: str
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class ListReading:
    """One list page as read.

    ``links`` in page order, each address once. ``next_page`` is None on the last page and when the pager cannot be
    read. ``follow`` is where the entries of this very page are to be had, when the page itself only has a script that
    fetches them. ``parts`` are further list pages of the same number, newest first: the sitemaps of a sitemap index.
    ``page_count`` is the printed number of pages. ``seen`` is a short quotation of the page, for errors.
    """

    links: list[Link] = field(default_factory=list)
    next_page: PageRequest | None = None
    follow: PageRequest | None = None
    parts: list[PageRequest] = field(default_factory=list)
    page_count: int | None = None
    layout: str = ""
    seen: str = ""
