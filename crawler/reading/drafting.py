"""Draft an article layout: look for what is known of some articles in their pages.

What is known comes from a generic reading of the pages (a new site) or from the archive (a site after its redesign).
The elements that hold title, text, info line and breadcrumb get a selector that finds exactly them on every page. A
draft counts by what it reads, field by field.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from crawler.exceptions import CrawlError
from crawler.items import ArticleItem, Precision
from crawler.reading.body import read_blocks, text_of
from crawler.reading.extract import extract_article
from crawler.reading.header import find_column
from crawler.reading.labels import read_info
from crawler.reading.layouts import ArticleLayout, Pick
from crawler.reading.page import Element, Page, first, open_page
from crawler.reading.selectors import Target, common_selector, names
from crawler.reading.text import clean, fold

FIELDS = ("title", "body", "published_at", "source", "people", "column")
"""What a reading is judged by. ``people`` are all five lists of names together."""
NEEDED = ("title", "body", "published_at", "source")

_PICKS = ("title", "published_at", "source", "views", "subtitle")
_PEOPLE = ("reporters", "correspondents", "interns", "authors", "editors")
_UNREAD = frozenset(["script", "style", "noscript", "template", "textarea", "select", "option", "head", "title"])
_LEAST_PIECE = 4  # shorter pieces of text stand everywhere
_BODY_SHARE = 0.85  # of the known text; pieces too short to count are missing from it
_LITTLE_ELSE = 0.15
_INFO_CHARS = 200
_MOST_PARTS = 12


class _Article(Protocol):
    """An article as read now or as stored."""

    title: str
    body: str
    published_at: datetime | None
    published_precision: Precision | None
    source: str | None
    column: list[str]
    reporters: list[str]
    correspondents: list[str]
    interns: list[str]
    authors: list[str]
    editors: list[str]


@dataclass(frozen=True)
class Known:
    """What is known of one article; times aware."""

    title: str
    body: str
    published_at: datetime | None = None
    published_precision: Precision | None = None
    source: str | None = None
    people: tuple[str, ...] = ()
    column: tuple[str, ...] = ()

    @classmethod
    def of(cls, item: _Article) -> Known:
        """What a reading, or a stored revision, says."""
        return cls(
            title=item.title,
            body=item.body,
            published_at=item.published_at,
            published_precision=item.published_precision,
            source=item.source,
            people=people_of(item),
            column=tuple(item.column),
        )


@dataclass(frozen=True)
class Sample:
    """One article page and what is known of the article."""

    url: str
    content: bytes
    headers: Mapping[str, str]
    fetched_at: datetime
    known: Known


@dataclass
class Coverage:
    """How many of ``pages`` a reading gets right, per field of ``FIELDS``. ``unread`` pages raised an error or were
    read generically."""

    pages: int = 0
    right: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FIELDS, 0))
    unread: int = 0

    @property
    def total(self) -> int:
        """All right fields together."""
        return sum(self.right.values())

    def complete(self, fields: Iterable[str] = FIELDS) -> bool:
        """Whether these fields are right on every page."""
        return self.pages > 0 and all(self.right[name] == self.pages for name in fields)


@dataclass
class _Places:
    """Where the parts of one article stand on its page; the most wanted element first."""

    page: Page
    body: list[Element]
    title: list[Element]
    info: list[Element]
    column: list[Element]


def people_of(item: _Article) -> tuple[str, ...]:
    """All names of an article, with their roles: ``reporters:顾南``."""
    return tuple(f"{role}:{name}" for role in _PEOPLE for name in getattr(item, role))


def shown(item: ArticleItem) -> dict[str, Any]:
    """One article as it would be stored, in short, with the rule behind each field."""
    return {
        "url": item.url,
        "title": item.title,
        "published_at": item.published_at,
        "published_precision": item.published_precision,
        "source": item.source,
        "people": {role: names for role in _PEOPLE if (names := getattr(item, role))},
        "column": item.column,
        "body": item.body[:120],
        "characters": len(item.body),
        "layout": item.layout,
        "rules": {
            name: {"rule": one.rule, "text": one.text, "confidence": one.confidence}
            for name, one in item.evidence.items()
        },
        "warnings": item.warnings,
    }


def layout_of(raw: Mapping[str, Any]) -> ArticleLayout:
    """The layout that a site file's table describes."""
    values: dict[str, Any] = {
        key: Pick(**(value if isinstance(value, Mapping) else {"css": value})) if key in _PICKS else value
        for key, value in raw.items()
    }
    if "cut" in values:
        values["cut"] = tuple(values["cut"])
    return ArticleLayout(**values)


def read_sample(sample: Sample, layouts: Sequence[ArticleLayout]) -> ArticleItem | None:
    """The article as these layouts read it; None when they cannot."""
    try:
        return extract_article(
            sample.content, sample.url, headers=sample.headers, layouts=layouts, fetched_at=sample.fetched_at
        )
    except CrawlError:
        return None


def right_fields(item: ArticleItem, known: Known) -> dict[str, bool]:
    """Per field of ``FIELDS``, whether the reading says what is known. What was not known may be anything."""
    return {
        "title": fold(item.title) == fold(known.title),
        "body": fold(item.body) == fold(known.body),
        "published_at": same_time(item, known),
        "source": known.source is None or item.source == known.source,
        "people": set(known.people) <= set(people_of(item)),
        "column": not known.column or tuple(item.column) == known.column,
    }


def same_time(item: ArticleItem, known: Known) -> bool:
    """Whether both times are the same, as far as the less exact of them goes."""
    if known.published_at is None or item.published_at is None:
        return known.published_at is None and item.published_at is None
    if "day" in (item.published_precision, known.published_precision):
        return abs((item.published_at - known.published_at).total_seconds()) < 86_400
    return item.published_at.replace(second=0) == known.published_at.replace(second=0)


def coverage(samples: Sequence[Sample], layouts: Sequence[ArticleLayout]) -> Coverage:
    """How well the layouts read the samples."""
    found = Coverage(pages=len(samples))
    for sample in samples:
        item = read_sample(sample, layouts)
        if item is None or (layouts and item.layout == "generic"):
            found.unread += 1
        if item is not None:
            for name, right in right_fields(item, sample.known).items():
                found.right[name] += right
    return found


def draft_layout(samples: Sequence[Sample], name: str) -> dict[str, Any] | None:
    """The layout, as a table of a site file, that reads most of what is known; None when the text has no common place.

    Pages on which the known text does not stand are left out; at least half of the pages must have it.
    """
    found = [(sample, place) for sample in samples if (place := _places(sample))]
    if not found or 2 * len(found) < len(samples):
        return None
    samples, places = [sample for sample, _ in found], [place for _, place in found]
    body = common_selector([Target(one.page.root, one.body) for one in places])
    if body is None:
        return None
    raw: dict[str, Any] = {"name": name, "body": body}
    best = coverage(samples, [layout_of(raw)])
    for part in ("title", "info", "column"):
        css = common_selector([Target(one.page.root, getattr(one, part)) for one in places])
        if css is not None:
            raw, best = _better(samples, raw, {**raw, part: css}, best)
    if best.right["body"] < best.pages:
        drop, cuts = _left_over(samples, places, body)
        if drop:
            raw, best = _better(samples, raw, {**raw, "drop": drop}, best)
        if cuts and best.right["body"] < best.pages:
            raw, best = _better(samples, raw, {**raw, "cut": cuts}, best)
    return raw if best.unread < best.pages else None


def _better(
    samples: Sequence[Sample], old: dict[str, Any], new: dict[str, Any], best: Coverage
) -> tuple[dict[str, Any], Coverage]:
    """The new layout unless some field is right on fewer pages with it."""
    after = coverage(samples, [layout_of(new)])
    if all(after.right[name] >= best.right[name] for name in FIELDS):
        return new, after
    return old, best


def _places(sample: Sample) -> _Places | None:
    """Where the known parts stand; None when the text is not on the page."""
    try:
        page = open_page(sample.content, sample.url, sample.headers)
    except CrawlError:
        return None
    text = fold(sample.known.body)
    sizes, matched = _masses(page.root, text)
    body = _body_nodes(matched, sizes, len(text))
    if not body:
        return None
    title = _title_nodes(page.root, sizes, fold(sample.known.title))
    info = _info_nodes(sample, sizes, title, body)
    column = find_column(page)
    return _Places(page, body, title, info, [column] if column is not None else [])


def _masses(root: Element, text: str) -> tuple[dict[Element, int], dict[Element, int]]:
    """Characters below each element, and how many of them stand in the known text."""
    sizes: dict[Element, int] = {}
    matched: dict[Element, int] = {}
    for node in root.iter():
        if not isinstance(node.tag, str):
            continue
        parent = node.getparent()
        if node.tag not in _UNREAD:
            _add(node, node.text, text, sizes, matched)
        if parent is not None:
            _add(parent, node.tail, text, sizes, matched)
    return sizes, matched


def _add(holder: Element, piece: str | None, text: str, sizes: dict[Element, int], matched: dict[Element, int]) -> None:
    if not piece or not piece.strip():
        return
    folded = fold(piece)
    known = len(folded) if len(folded) >= _LEAST_PIECE and folded in text else 0
    current: Element | None = holder
    for _ in range(60):
        if current is None:
            return
        sizes[current] = sizes.get(current, 0) + len(folded)
        if known:
            matched[current] = matched.get(current, 0) + known
        current = current.getparent()


def _body_nodes(matched: Mapping[Element, int], sizes: Mapping[Element, int], length: int) -> list[Element]:
    """The smallest element that holds the text, and those above it that hold little else."""
    holders = [node for node, mass in matched.items() if mass >= _BODY_SHARE * length]
    above = {node.getparent() for node in holders}
    smallest = next((node for node in holders if node not in above), None)
    if smallest is None or not length:
        return []
    chain = [smallest]
    other = sizes[smallest] - matched[smallest]
    parent = smallest.getparent()
    while parent is not None and parent.tag not in ("body", "html"):
        if sizes[parent] - matched[parent] - other > max(40, _LITTLE_ELSE * length):
            break
        chain.append(parent)
        parent = parent.getparent()
    return chain


def _title_nodes(root: Element, sizes: Mapping[Element, int], title: str) -> list[Element]:
    """Elements that show the title and nothing else: headings first, the innermost first."""
    found = [
        node
        for node, size in sizes.items()
        if size == len(title) and node.tag not in ("title", "a") and fold(text_of(node)) == title
    ]
    depths = {node: sum(1 for _ in node.iterancestors()) for node in found}
    return sorted(found, key=lambda node: (not re.fullmatch("h[1-6]", str(node.tag)), -depths[node]))


def _info_nodes(
    sample: Sample, sizes: Mapping[Element, int], title: Sequence[Element], body: Sequence[Element]
) -> list[Element]:
    """Lines that print the known day, those that tell more of what is known first, then the shorter."""
    known = sample.known
    if known.published_at is None:
        return []
    holders = {above for node in (*title, body[0]) for above in node.iterancestors()}
    scored: list[tuple[float, Element]] = []
    for node, size in sizes.items():
        if not 6 <= size <= _INFO_CHARS or node in holders or node.tag in ("a", "li", "title"):
            continue
        line = clean(text_of(node))
        if not any(map(str.isdigit, line)):
            continue
        info = read_info(line, latest=sample.fetched_at)
        if info.date is None:
            continue
        item = ArticleItem(url="", title="", body="")
        item.published_at, item.published_precision = info.date.moment, info.date.precision
        if not same_time(item, known):
            continue
        exact = info.date.precision == known.published_precision
        named = known.source is not None and (known.source == info.values.get("source") or known.source in info.bare)
        people = sum(one.partition(":")[2] in line for one in known.people)
        scored.append((2 * exact + 2 * named + people - size / _INFO_CHARS, node))
    scored.sort(key=lambda pair: -pair[0])
    return [node for _, node in scored[:_MOST_PARTS]]


def _left_over(samples: Sequence[Sample], places: Sequence[_Places], body: str) -> tuple[str, list[str]]:
    """What stands in the text's element and is not the text: a selector to drop, and beginnings of closing lines."""
    drops: dict[str, None] = {}
    cuts: dict[str, None] = {}
    for sample, place in zip(samples, places, strict=True):
        root = first(place.page.root, body)
        if root is None:
            continue
        text = fold(sample.known.body)
        blocks = [block for block in read_blocks((root,), place.page.base) if block.text]
        known = [fold(block.text) in text for block in blocks]
        keep = {above for block, is_known in zip(blocks, known, strict=True) if is_known for above in _up(block.node)}
        last = max((number for number, is_known in enumerate(known) if is_known), default=-1)
        for number, (block, is_known) in enumerate(zip(blocks, known, strict=True)):
            if is_known or fold(block.text) == fold(sample.known.title):
                continue
            css = _name_of_part(block.node, root, keep)
            if css:
                drops.setdefault(css)
            elif number > last and (beginning := re.match(r"[^\d:：]{2,12}[:：]?", block.text)):
                cuts.setdefault(re.escape(beginning[0]))
    return ", ".join(list(drops)[:_MOST_PARTS]), list(cuts)[:_MOST_PARTS]


def _name_of_part(node: Element | None, root: Element, keep: set[Element]) -> str | None:
    """The name of the largest named element around ``node`` that holds nothing of the text."""
    found = None
    for current in _up(node):
        if current is root or current in keep:
            break
        if named := names(current):
            found = named[0]
    return found


def _up(node: Element | None) -> Iterable[Element]:
    while node is not None:
        yield node
        node = node.getparent()
