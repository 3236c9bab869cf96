"""What a run sees of each column of its site, and whether that is usual for the column. Pure.

The figures go into the archive with the run (``archive.sights``): they are the evidence for its verdict, and the habit
that later runs are compared with.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median

from archive.sights import SightRecord, Usual
from crawler.items import AnyItem, ArticleItem, FailureItem, ListPageItem, UnchangedItem

FIELDS = ("title", "published_at", "source", "author", "body")

_NOTHING_READ = frozenset({"layout", "invalid", "not_an_article"})
"""Causes of article pages that were read in vain: they count as read, without any field."""

_LEAST_READ = 5
"""Fewer articles say nothing about a field: single odd ones are normal."""
_USUAL_SHARE, _LEFT_SHARE = 0.8, 0.25
"""A field that four of five articles had, and now one of four or fewer has, was lost."""
_LESS_TEXT = 0.25
"""Texts of less than a quarter of the usual length are cut short."""
_FEWER_LINKS = 0.5
"""Fewer links than half of what even poor visits showed."""


@dataclass(slots=True)
class _Column:
    sight: SightRecord
    has: Counter[str] = field(default_factory=Counter)
    chars: list[int] = field(default_factory=list)

    def record(self) -> SightRecord:
        sight = self.sight
        if sight.read:
            sight.fields = {name: round(self.has[name] / sight.read, 4) for name in FIELDS}
            sight.body_chars = float(median(self.chars)) if self.chars else 0.0
        return sight


class Sights:
    """What was seen of the columns of one site so far. ``lists`` gives the columns' names by the address of each list.

    A column that nothing was seen of is left out: a run may read some columns only.
    """

    def __init__(self, lists: Mapping[str, str]) -> None:
        self._lists = dict(lists)
        # Article pages know their column by its name; of two lists with one name the first has them.
        self._by_name = {name: url for url, name in reversed(self._lists.items())}
        self._columns: dict[str, _Column] = {}

    def see(self, item: AnyItem, now: datetime) -> None:
        """Take in what the run found."""
        if isinstance(item, ListPageItem):
            self._list_page(item, now)
        elif isinstance(item, UnchangedItem):
            if item.kind == "list":
                self._at(item.list_url or item.url, now)
        elif isinstance(item, ArticleItem):
            self._article(item, now)
        elif isinstance(item, FailureItem):
            self._failure(item, now)

    def records(self) -> list[SightRecord]:
        """The figures so far."""
        return [column.record() for column in self._columns.values()]

    def _at(self, url: str, now: datetime) -> _Column | None:
        if url not in self._lists:
            return None
        if url not in self._columns:
            self._columns[url] = _Column(SightRecord(self._lists[url], url, now))
        return self._columns[url]

    def _list_page(self, item: ListPageItem, now: datetime) -> None:
        column = self._at(item.list_url, now)
        if column is None:
            return
        if item.number == 1:
            column.sight.links, column.sight.detail = len(item.links), item.seen
        column.sight.new += item.fresh

    def _failure(self, item: FailureItem, now: datetime) -> None:
        url = item.url if item.url in self._lists else self._by_name.get(item.column, "")
        if item.kind == "list":
            column = self._at(url, now)
            # A further page that fails is a gap, and no fault of the column's address.
            if column is not None and column.sight.links is None:
                column.sight.cause, column.sight.detail = item.cause, item.detail
        elif item.kind == "article" and item.cause in _NOTHING_READ:
            column = self._at(url, now)
            if column is not None:
                column.sight.read += 1

    def _article(self, item: ArticleItem, now: datetime) -> None:
        column = self._at(self._by_name.get(item.listed_in, ""), now)
        if column is None:
            return
        column.sight.read += 1
        has = (item.title, item.published_at, item.source, _people(item), item.body)
        column.has.update(name for name, value in zip(FIELDS, has, strict=True) if value)
        column.chars.append(len(item.body))
        if item.published_at is not None and item.published_at <= now:
            newest = column.sight.newest
            column.sight.newest = max(newest, item.published_at) if newest is not None else item.published_at


def unusual(records: Sequence[SightRecord], usual: Mapping[str, Usual]) -> list[str]:
    """What has become less than each column's own history lets expect, a sentence with figures each."""
    found: list[str] = []
    for sight in records:
        habit = usual.get(sight.list_url, Usual())
        if habit.links is not None and sight.links is not None and sight.links < habit.links * _FEWER_LINKS:
            found.append(f"{sight.column}: {sight.links} links on the list, {habit.links:.0f} and more are usual")
        if sight.read < _LEAST_READ:
            continue
        for name, share in habit.fields.items():
            now = sight.fields.get(name, 0.0)
            if share >= _USUAL_SHARE and now <= _LEFT_SHARE:
                found.append(
                    f"{sight.column}: {name} in {now:.0%} of {sight.read} articles read, {share:.0%} are usual"
                )
        chars = sight.body_chars
        if habit.body_chars is not None and chars is not None and chars < habit.body_chars * _LESS_TEXT:
            found.append(
                f"{sight.column}: texts of {chars:.0f} characters in {sight.read} articles read,"
                f" {habit.body_chars:.0f} are usual"
            )
    return found


def _people(item: ArticleItem) -> list[str]:
    return item.reporters or item.correspondents or item.authors
