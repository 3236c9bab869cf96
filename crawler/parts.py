"""An article over several pages while it is being fetched: what was read, and which page comes next."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from crawler.exceptions import CrawlError
from crawler.items import ArticleItem, Fetch
from crawler.reading.continuation import MAX_PARTS, Continuation, find_continuation, may_continue, part_number
from crawler.reading.joining import join_parts, repeats, whole_instead
from crawler.reading.page import open_page
from crawler.reading.urls import canonical_url, url_key


@dataclass(frozen=True)
class Step:
    """The page to fetch next. ``is_start``: it is the article's first page, and this one was a later one."""

    url: str
    is_start: bool = False


@dataclass
class Chain:
    """``item`` and ``fetch`` are those of the first page; ``known`` is what the archive holds of it, None for nothing.

    ``asked_for`` is the address that led here, when that was a later page of the article.
    """

    item: ArticleItem
    fetch: Fetch
    known: Any = None
    asked_for: str = ""
    alone: bool = False
    """The page looked like a later page of an article, and is not."""
    parts: list[tuple[ArticleItem, Fetch]] = field(default_factory=list)
    asking_whole: bool = False
    """The page asked for is the one with the whole article on it."""
    _whole: tuple[ArticleItem, Fetch] | None = None
    _next: str | None = None
    _visited: set[bytes] = field(default_factory=set)

    @property
    def read(self) -> int:
        """How many pages have been read."""
        return 1 + len(self.parts)

    @property
    def is_stored(self) -> bool:
        """Whether the archive holds a text of this article."""
        return getattr(self.known, "revision", None) is not None

    def first_step(self) -> Step | None:
        """What to fetch after the first page; None when the article ends there."""
        self._visited = {url_key(self.fetch.url), url_key(self.fetch.requested_url)}
        found = self._look(self.fetch)
        if found.first and not self.asked_for and not self.alone and url_key(found.first) not in self._visited:
            return Step(found.first, is_start=True)
        self._next = found.next
        if found.whole:
            self.asking_whole = True
            return self._step(found.whole)
        return self._step(found.next)

    def add(self, item: ArticleItem, fetch: Fetch) -> Step | None:
        """A further page was read; what to fetch after it."""
        self._visited |= {url_key(fetch.url), url_key(fetch.requested_url)}
        if self.asking_whole:
            whole = whole_instead(self.item, item)
            if whole is None:
                return self.without_whole()
            self._whole = (whole, fetch)
            return None
        if repeats([self.item, *(part for part, _ in self.parts)], item):
            return None
        self.parts.append((item, fetch))
        if self.read >= MAX_PARTS:
            self.item.warnings.append(f"parts: only the first {MAX_PARTS} pages were read")
            return None
        return self._step(self._look(fetch).next)

    def without_whole(self) -> Step | None:
        """The page with the whole article is of no use: what to fetch instead of it."""
        self.asking_whole = False
        return self._step(self._next)

    def joined(self) -> ArticleItem:
        """The article, with the exchanges and addresses of all its pages."""
        item = self.item
        further = self.parts
        if self._whole is not None:
            item, further = self._whole[0], [self._whole]
        elif self.parts:
            item = join_parts([self.item, *(part for part, _ in self.parts)])
        item.parts = [fetch for _, fetch in further]
        own = url_key(self.item.url)
        addresses = [address for fetch in item.parts for address in (fetch.requested_url, fetch.url)]
        if self.asked_for and self.holds(self.asked_for):
            addresses.append(self.asked_for)
        for address in addresses:
            if url_key(address) != own:
                item.aliases.setdefault(canonical_url(address), "part")
        return item

    def holds(self, url: str) -> bool:
        """Whether this address is one of the pages that were read, or of those that the whole article stands for."""
        by_whole = self._whole is not None and part_number(self.fetch.url, url) is not None
        return by_whole or url_key(url) in self._visited

    def _look(self, fetch: Fetch) -> Continuation:
        if self.read == 1 and not may_continue(fetch.body, self.item.charset):
            return Continuation()
        try:
            page = open_page(fetch.body, fetch.url, fetch.headers)
        except CrawlError:  # it was read a moment ago, so this does not happen
            return Continuation()
        return find_continuation(page, self.fetch.url, self.read)

    def _step(self, url: str | None) -> Step | None:
        if url is None or url_key(url) in self._visited:
            return None
        self._visited.add(url_key(url))
        return Step(url)
