"""An article while it is being read: fields, where each came from, doubts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crawler.items import ArticleItem, Evidence
from crawler.reading.body import Block, images_of, take_captions
from crawler.reading.dates import FoundDate
from crawler.reading.labels import InfoLine, placeholder, read_info
from crawler.reading.mirror import find_noise, restore
from crawler.reading.names import press
from crawler.reading.people import People, is_editor_line, read_people, read_roles
from crawler.reading.text import fold, script_of
from crawler.reading.trimming import cut, drop_head, drop_tail_links, one_copy

_LABEL_ROLES = {
    "reporter": ("reporters", "记者 "),
    "correspondent": ("correspondents", "通讯员 "),
    "intern": ("interns", "实习生 "),
    "author": ("authors", None),
    "editor": ("editors", None),
}
_ROLES = ("reporters", "correspondents", "interns", "authors", "editors")
_POST = re.compile(r"(?:[院局部处校会]长|秘书长|主任|教授|书记|研究员|博士|作家|记者|主席|总裁|律师|学者)\Z")
"""A value that is a post is nobody's name."""
_LOW_CONFIDENCE = 0.9
_OFFSET = timedelta(hours=8)
"""What a meta tag is off that holds UTC and does not say so."""


@dataclass
class Draft:
    """What one page gave so far. A field once filled is not overwritten; a later, different date is a warning."""

    item: ArticleItem
    latest: datetime | None
    noisy: bool = False
    """The page is a mirror's; every text taken from it is restored."""
    date: FoundDate | None = None
    blocks: list[Block] = field(default_factory=list)

    def restored(self, text: str, where: str = "body") -> str:
        """The text without mirror noise."""
        if not self.noisy or not text:
            return text
        result = restore(text, where)
        if where in ("title", "body"):
            self.item.repairs.extend(result.repairs)
        return result.text

    def note(self, name: str, rule: str, text: str, confidence: float = 1.0) -> None:
        """Keep where a field came from."""
        self.item.evidence.setdefault(name, Evidence(rule, text[:200], confidence))

    def warn(self, sentence: str) -> None:
        """Keep a doubt, once."""
        if sentence not in self.item.warnings:
            self.item.warnings.append(sentence)

    def set_title(self, seen: str, rule: str, confidence: float = 1.0) -> None:
        """The headline as seen."""
        title = " ".join(self.restored(seen, "title").split())
        if title:
            self.item.title = title
            if self.noisy:
                self.item.title_raw = seen
            self.note("title", rule, seen, confidence)

    def set_source(self, value: str | None, rule: str, seen: str = "", confidence: float = 1.0) -> None:
        """The printed source, unless one is known or the value says nothing."""
        if self.item.source is None and value and not placeholder(value):
            self.item.source = value
            self.note("source", rule, seen or value, confidence)

    def set_date(self, found: FoundDate | None, rule: str, confidence: float = 1.0) -> None:
        """The date, or a check of the date already known. ``rule`` begins with the place: ``url``, ``meta`` …"""
        if found is None:
            return
        if self.date is None:
            self.date = found
            self.item.published_at, self.item.published_precision = found.moment, found.precision
            self.note("published_at", rule, found.matched, confidence)
        elif found.day != self.date.day and not _same_moment(found, self.date):
            self.warn(f"published_at: page says {self.date.day}, {rule.partition(':')[0]} says {found.day}")

    def check_date(self, found: FoundDate | None, place: str) -> None:
        """Warn when a date that is only a check disagrees with the one printed."""
        if found is not None and self.date is not None:
            self.set_date(found, place)

    def sharpen_date(self, found: FoundDate | None, rule: str) -> None:
        """Give a printed day the clock that another place tells for the same day."""
        if found is None or self.date is None or self.date.precision != "day" or found.precision == "day":
            return
        if found.day == self.date.day:
            self.item.published_at, self.item.published_precision = found.moment, found.precision
            self.note("published_at_clock", rule, found.matched, 0.8)

    def check_source(self, value: str | None, place: str) -> None:
        """Warn when another place names a source that has nothing in common with the one printed."""
        known = self.item.source
        if known is None or not value or placeholder(value):
            return
        one, other = fold(known), fold(value)
        if one not in other and other not in one:
            self.warn(f"source: page says {known}, {place} says {value}")

    def use_info(self, line: str, rule: str) -> InfoLine:
        """Take time, source, people and views from an info line as seen."""
        info = read_info(self.restored(line, "info"), latest=self.latest)
        self.set_date(info.date, f"{rule} {info.matched.get(info.date_key or 'date', '')}".strip())
        self.set_source(info.values.get("source"), f"{rule} 来源", info.matched.get("source", ""))
        self.use_values(info, rule)
        return info

    def use_values(self, info: InfoLine, rule: str, *, views: bool = True) -> None:
        """Take people, views, document number and issuer from an info line."""
        for key, (role, prefix) in _LABEL_ROLES.items():
            value = info.values.get(key)
            if value:
                self._add_labelled(value, role, prefix, rule, info.matched[key])
        if views and info.views is not None and self.item.views is None:
            self.item.views = info.views
            self.note("views", rule, info.matched["views"])
        self.use_office(info, rule)

    def use_office(self, info: InfoLine, rule: str) -> None:
        """Take document number and issuer from an info line."""
        for key in ("doc_number", "issuer"):
            if getattr(self.item, key) is None and info.values.get(key):
                setattr(self.item, key, info.values[key])
                self.note(key, rule, info.matched[key])

    def add_people(self, people: People) -> None:
        """Add names found by the grammar of by-lines; nobody who wrote is named in two roles."""
        for role in _ROLES:
            known: list[str] = getattr(self.item, role)
            taken = [name for other in _ROLES[:4] for name in getattr(self.item, other)] if role != "editors" else known
            known.extend(name for name in getattr(people, role) if name not in taken)
        for role, evidence in people.evidence.items():
            if getattr(self.item, role):
                self.item.evidence.setdefault(role, evidence)

    def _add_labelled(self, value: str, role: str, prefix: str | None, rule: str, seen: str) -> None:
        found = People()
        for name, names in read_roles((prefix or "") + value, default=role).items():
            found.add(name, names, rule, seen, 0.95)
        value = value.partition("，")[0]
        if not found.evidence and role == "authors" and len(value) <= 30:
            if press(value) or value.startswith("《"):
                self.set_source(value, f"{rule} 作者", seen, 0.5)  # an agency or a site wrote: nobody's name
            elif not placeholder(value) and not _POST.search(value):
                found.add(role, [value], rule, seen, 0.6)  # an office, a pen name
        self.add_people(found)

    def set_body(
        self, blocks: list[Block], cuts: tuple[str, ...], head_lines: list[str], credit_lines: Sequence[str] = ()
    ) -> None:
        """Restore and trim the container's blocks; fill body, pictures, attachments and people named in the text.

        ``credit_lines`` stood below the text and are no part of it; they name people too.
        """
        if self.noisy:
            self._restore_blocks(blocks)
        blocks, ended = cut(blocks, cuts)
        if ended:
            self.note("body_end", "cut", ended, 1.0)
        blocks = drop_tail_links(blocks)
        blocks = drop_head(blocks, [self.item.title, *head_lines])
        # A declared layout says what a picture's box is; of an unknown page's lines any may be the author's.
        blocks = take_captions(blocks, stay=self.item.layout == "generic")
        blocks, doubled = one_copy(blocks)
        if doubled:
            self.warn("body: the page prints the text twice; one copy kept")
        paragraphs = [block.text for block in blocks if block.text]
        self.add_people(read_people([*paragraphs, *credit_lines]))
        if self.item.editors and len(paragraphs) > 1 and is_editor_line(paragraphs[-1]):
            last = max(number for number, block in enumerate(blocks) if block.text)
            blocks = [*blocks[:last], *blocks[last + 1 :]]
            paragraphs.pop()
        self.blocks = blocks
        item = self.item
        item.body = "\n".join(paragraphs)
        if self.noisy:
            item.body_raw = "\n".join(block.raw or block.text for block in blocks if block.text)
        item.images = images_of(blocks)
        item.attachments = list({file.url: file for block in blocks for file in block.files}.values())

    def _restore_blocks(self, blocks: list[Block]) -> None:
        """Restore the text as one piece, for words are judged by their neighbours; paragraph by paragraph otherwise."""
        filled = [block for block in blocks if block.text]
        result = restore("\n".join(block.text for block in filled), "body")
        texts = result.text.split("\n")
        repairs, confidence = result.repairs, result.confidence
        if len(texts) != len(filled):
            single = [restore(block.text, "body") for block in filled]
            texts = [one.text for one in single]
            repairs = [repair for one in single for repair in one.repairs]
            confidence = min([1.0, *(one.confidence for one in single)])
        for block, text in zip(filled, texts, strict=True):
            block.raw, block.text = block.text, text
        self.item.repairs.extend(repairs)
        self.item.restored = True
        if confidence < _LOW_CONFIDENCE:
            self.warn(f"body: restored from mirror noise with confidence {confidence:.2f}")

    def finish(self) -> ArticleItem:
        """The item, its script told."""
        item = self.item
        item.is_mirror = self.noisy
        item.language_script = script_of(item.title + item.body[:200])
        return item


def _same_moment(one: FoundDate, other: FoundDate) -> bool:
    """Whether two dates are one moment, one of them printed in UTC without saying so."""
    if "day" in (one.precision, other.precision):
        return False
    return abs(abs(one.moment - other.moment) - _OFFSET) < timedelta(minutes=1)


def is_noisy(title: str, blocks: list[Block]) -> str | None:
    """A sample of mirror noise on the page, or None."""
    noise = find_noise("\n".join([title, *(block.text for block in blocks)]))
    return noise.sample if noise else None
