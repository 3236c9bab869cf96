"""Links of a list page gathered into records, and the day each record prints.

A record is the largest element that leads to one article only; a block is the element that holds several records.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from itertools import islice

from crawler.reading.list_days import MonthDay, day_of_month, heading_day, heading_month, printed_day
from crawler.reading.list_links import ARTICLE, COLUMN, HOME, address_of, kind_of
from crawler.reading.list_titles import is_generic, is_no_title, words_of
from crawler.reading.page import Element, Page
from crawler.reading.text import clean

MAX_ENTRIES = 2_000
"""Links that are weighed; more stand on no list page, and time stays bounded."""
_LEVELS = 12  # steps up from a link; no record is deeper
_DAY_LEVELS = 6
_PIECES = 60
_MORE_LINES = 3_000  # lines between the entries that are looked at for a month
_PIECE_END = 300
_CELL_PIECES = 8  # a cell or line that holds a day holds no more texts
_PAGER = re.compile(
    r"(?:上一?[页頁]|前一?页|下一?[页頁]|后一?页|后页|末[页頁]|尾[页頁]|最后一?页|首[页頁]|next(?: page)?|prev\w*)\W*",
    re.IGNORECASE,
)


@dataclass(slots=True, eq=False)
class Entry:
    """One article on a list page: its links, and the longest of their words as a count."""

    order: int
    nodes: list[Element]
    url: str
    words: int
    article: bool
    record: Element
    block: Element | None
    day: date | MonthDay | None = None


def gather(page: Page, nodes: list[Element], strict: bool) -> tuple[list[Entry], list[Element]]:
    entries: list[Entry] = []
    pagers: list[Element] = []
    own = page.url.partition("#")[0]
    for order, node in enumerate(nodes):
        text = words_of(node)
        if _PAGER.fullmatch(text):
            pagers.append(node)
            continue
        if is_no_title(text) and (text or not _pictured(node)):
            continue
        url = address_of(node, page.base)
        if url is None or url == own or (text == "" and url == page.base):
            continue
        kind = kind_of(url)
        words = len(text) if text and not is_generic(text) else 0
        words = max(words, len(clean(node.get("title") or "")))
        if kind == HOME or (kind == COLUMN and (strict or words < 8)):
            continue
        if kind != ARTICLE and words < 8:
            continue
        if kind == ARTICLE and 0 < words < 4:
            continue
        entries.append(Entry(order, [node], url, words, kind == ARTICLE, node, None))
        if len(entries) >= MAX_ENTRIES:
            break
    return entries, pagers


def _pictured(node: Element) -> bool:
    """Whether a link without words shows something: a picture, or nothing but covers a whole card."""
    return len(node) > 0 or node.get("href") is not None


def place(entries: list[Entry], root: Element) -> list[Entry]:
    """One entry a record, with all links of the record, its record and its block."""
    several = ""
    leads: dict[Element, str] = {}
    for entry in entries:
        current: Element | None = entry.nodes[0]
        while current is not None:
            known = leads.get(current)
            if known in (several, entry.url):  # all elements above are marked already
                break
            leads[current] = entry.url if known is None else several
            current = current.getparent()
    by_record: dict[Element, Entry] = {}
    for entry in entries:
        record = entry.nodes[0]
        for _ in range(_LEVELS):
            above = record.getparent()
            if above is None or above is root or above.tag == "body" or leads.get(above) == several:
                break
            record = above
        first = by_record.setdefault(record, entry)
        if first is not entry:
            first.nodes += entry.nodes
            first.words = max(first.words, entry.words)
        entry.record, entry.block = record, record.getparent()
    return list(by_record.values())


def set_days(entries: list[Entry]) -> None:
    """The day of each entry: in its record, else beside it in the block, else on the line above the block."""
    by_block: dict[Element, list[Entry]] = defaultdict(list)
    for entry in entries:
        entry.day = _own_day(entry)
        if entry.block is not None:
            by_block[entry.block].append(entry)
    for block, members in by_block.items():
        bare = [entry for entry in members if entry.day is None]
        if len(bare) <= len(members) // 3:
            continue
        _date_by_neighbours(block, bare)
        if any(entry.day for entry in members):
            continue
        if day := heading_day(heading_above(block, levels=2)):
            for entry in members:
                entry.day = day
        elif not _date_by_month(block, members):
            _date_by_column(block, members)


def _own_day(entry: Entry) -> date | MonthDay | None:
    """The nearest day on the way up from the link to its record."""
    place = entry.nodes[0]
    partial: MonthDay | None = None
    for _ in range(_DAY_LEVELS):
        pieces = _pieces(place, linked=place.tag == "a")
        found = printed_day(pieces)
        if isinstance(found, date):
            return found
        partial = partial or found
        above = place.getparent()
        if place is entry.record or above is None or len(pieces) >= _PIECES // 3:
            break
        place = above
    return partial


def _pieces(node: Element, *, linked: bool, most: int = _PIECES) -> list[tuple[str, bool]]:
    """The first texts below an element, and whether each stands inside a link."""
    pieces: list[tuple[str, bool]] = []
    stack: list[tuple[Element, bool, bool]] = [(node, linked, False)]
    for _ in range(2 * most):
        if not stack:
            break
        element, inside, behind = stack.pop()
        if behind:
            if element.tail:
                pieces.append((clean(element.tail), inside))
            continue
        if not isinstance(element.tag, str) or element.tag in ("script", "style"):
            continue
        inside = inside or element.tag == "a"
        if element.text:
            pieces.append((clean(element.text), inside))
        if element.tag == "time" and (stamp := element.get("datetime")):
            pieces.append((stamp[:10], False))
        for child in reversed(list(islice(element, most))):
            stack.append((child, inside, True))
            stack.append((child, inside, False))
    return [(_clipped(text), linked) for text, linked in pieces if text]


def _clipped(text: str) -> str:
    """The ends of a text; no record prints its day in the middle of a novel."""
    return text if len(text) <= 2 * _PIECE_END else f"{text[:_PIECE_END]} {text[-_PIECE_END:]}"


def _date_by_neighbours(block: Element, bare: list[Entry]) -> None:
    """Days in sibling cells, lines and terms: each belongs to the entry before it, or to those after it."""
    records = {entry.record: entry for entry in bare}
    sequence: list[Entry | date | MonthDay] = []
    last: Entry | None = None

    def note(text: str | None, node: Element | None = None) -> None:
        pieces = [(clean(text), False)] if text else _pieces(node, linked=False, most=15) if node is not None else []
        if 0 < len(pieces) <= _CELL_PIECES and (day := printed_day(pieces)):
            sequence.append(day)

    note(block.text)
    waiting, beyond = len(records), 0
    for child in block:
        if entry := records.get(child):
            sequence.append(entry)
            waiting -= 1
        elif not waiting and (beyond := beyond + 1) > 2:
            break  # the day of the last entry stands right behind it
        elif isinstance(child.tag, str):
            note(None, child)
        note(child.tail)
    if not sequence:
        return
    days_first = not isinstance(sequence[0], Entry)
    current: date | MonthDay | None = None
    for thing in sequence:
        if isinstance(thing, Entry):
            last = thing
            if days_first:
                thing.day = current
        elif days_first:
            current = thing
        elif last is not None and last.day is None:
            last.day = thing


def _date_by_month(block: Element, members: list[Entry]) -> bool:
    """Days printed without month (15日) below a heading that names year and month."""
    month = heading_month(heading_above(block, levels=2))
    records = {entry.record: entry for entry in members}
    for child in islice(block, MAX_ENTRIES + _MORE_LINES):
        if (entry := records.get(child)) is None:
            month = heading_month(words_of(child)) or month if isinstance(child.tag, str) else month
        elif month is not None:
            entry.day = day_of_month([piece for piece, _ in _pieces(child, linked=False)], *month)
    return any(entry.day for entry in members)


def _date_by_column(block: Element, members: list[Entry]) -> None:
    """Days in a column of their own, as many as the entries and in their order."""
    current = block
    for _ in range(2):
        for beside in (current.getnext(), current.getprevious()):
            if beside is None or not isinstance(beside.tag, str) or len(members) < 2:
                continue
            days = [day for piece, _ in _pieces(beside, linked=False, most=8 * _PIECES) if (day := heading_day(piece))]
            if len(days) == len(members):
                for entry, day in zip(members, days, strict=True):
                    entry.day = day
                return
        above = current.getparent()
        if above is None:
            return
        current = above


def heading_above(block: Element, levels: int) -> str:
    """The line above a block: the nearest words before it, when they are few."""
    current: Element | None = block
    for _ in range(levels):
        if current is None or current.tag == "body":
            break
        before = current.getprevious()
        for _ in range(3):
            if before is None:
                break
            text = words_of(before) if isinstance(before.tag, str) else ""
            if text and before.tag not in ("script", "style"):
                links = sum(1 for _ in islice(before.iterdescendants("a"), 3))
                return text if len(text) <= 40 and links < 3 and before.tag not in ("header", "nav") else ""
            before = before.getprevious()
        current = current.getparent()
    return ""


def day_of(record: Element) -> date | MonthDay | None:
    """The day that a record prints."""
    return printed_day(_pieces(record, linked=False))
