"""The lines around a text, read from the tree: between headline and text, above the headline, below the text.

Pieces are kept apart where elements meet, for time, source and author mostly stand in a ``span`` each with nothing
between; the names that elements bear (class, id) tell what an unlabelled piece is. Boxes that reading of the body
leaves out (share bars, ``aside``) are read here, since many templates put the time there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from crawler.reading.body import BLOCK_TAGS, hidden
from crawler.reading.page import Element
from crawler.reading.text import clean

Hint = Literal["source", "author", "editor", "time", "column", ""]

_UNREAD = frozenset(
    [
        "head",
        "title",
        "script",
        "style",
        "noscript",
        "select",
        "option",
        "textarea",
        "button",
        "iframe",
        "object",
        "svg",
    ]
)
_HINTS: tuple[tuple[Hint, re.Pattern[str]], ...] = (
    ("editor", re.compile(r"editor|bianji")),
    ("source", re.compile(r"source|laiyuan|copyfrom|origin|media-?name|(?:^|[\s_-])(?:from|ly)(?:$|[\s_-])")),
    ("author", re.compile(r"author|zuozhe|writer|byline|reporter|jizhe")),
    ("column", re.compile(r"catalog|column|channel|crumb|path|position|weizhi|nav|menu|topic|\btags?(?:$|[\s_-])")),
    ("time", re.compile(r"time|date|(?:^|[\s_-])sj(?:$|[\s_-])")),
)  # fmt: skip
_MAX_CHARS = 1600
_MAX_LINES = 80
_MAX_NODES = 500
_MARK_CHARS = 14


@dataclass(slots=True)
class Piece:
    """Text with no element between, and the element it stands in."""

    text: str
    node: Element | None = None

    @property
    def hint(self) -> Hint:
        """What the names of the elements around call the text."""
        return hint_of(self.node)

    @property
    def href(self) -> str | None:
        """The address it links to; None outside links."""
        return _href(self.node)


@dataclass(slots=True)
class Line:
    """A printed line. ``logo`` is the alternative text of its first picture that has one."""

    pieces: list[Piece] = field(default_factory=list)
    logo: str | None = None

    @property
    def text(self) -> str:
        """The pieces, a space between."""
        return " ".join(piece.text for piece in self.pieces)

    @property
    def linked(self) -> bool:
        """Whether nothing but links stands on it."""
        return all(piece.href is not None for piece in self.pieces)


def lines_after(
    start: Element, stop: Element | None = None, first_line: str = "", *, inside: bool = False, limit: int = _MAX_LINES
) -> list[Line]:
    """What is printed behind ``start`` up to the element ``stop`` or the line that begins as ``first_line`` does.

    ``inside`` begins with the lines in ``start`` itself.
    """
    reader = _Reader(stop, _squeezed(first_line)[:_MARK_CHARS], limit)
    if inside:
        reader.read(start)
    current: Element | None = start
    while current is not None and not reader.full:
        reader.add(current.tail, current.getparent())
        following = current.getnext()
        if following is None:
            current = current.getparent()
            if current is not None and current.tag in BLOCK_TAGS:
                reader.end_line()
            continue
        reader.read(following)
        current = following
    reader.end_line()
    return reader.lines


def lines_before(start: Element, limit: int = 10) -> list[Line]:
    """The last lines printed above ``start``, in reading order."""
    reader = _Reader(None, "", limit, backwards=True)
    current: Element | None = start
    while current is not None and not reader.full:
        above = current.getprevious()
        if above is not None:
            reader.read_back(above)
            current = above
            continue
        current = current.getparent()
        if current is not None:
            reader.add(current.text, current)
            if current.tag in BLOCK_TAGS:
                reader.end_line()
    reader.end_line()
    return reader.lines[::-1]


def hint_of(node: Element | None) -> Hint:
    """What an inline element, or the one around it, is called by its class and id."""
    for _ in range(3):
        if node is None:
            return ""
        name = f"{node.get('class', '')} {node.get('id', '')}"
        if name != " ":
            hint = _named(name)
            if hint:
                return hint
        if node.tag in BLOCK_TAGS and node.tag not in ("p", "div", "li", "td"):
            return ""
        if node.tag in BLOCK_TAGS and len(node) > 2:
            return ""
        node = node.getparent()
    return ""


@lru_cache(maxsize=4096)
def _named(name: str) -> Hint:
    lowered = name.lower()
    return next((hint for hint, pattern in _HINTS if pattern.search(lowered)), "")


def _squeezed(text: str) -> str:
    return "".join(text.split())


class _Reader:
    """Lines collected in document order."""

    def __init__(self, stop: Element | None, mark: str, limit: int, *, backwards: bool = False) -> None:
        self.backwards = backwards
        self.stop, self.mark, self.limit = stop, mark, limit
        self.lines: list[Line] = []
        self.line = Line()
        self.joined: Element | None = None
        self.chars = self.nodes = 0
        self.full = False

    def read(self, root: Element) -> None:
        """The element's own lines."""
        todo: list[tuple[Element, bool]] = [(root, False)]
        while todo and not self.full:
            node, ended = todo.pop()
            tag = node.tag
            if ended:
                if tag in BLOCK_TAGS:
                    self.end_line()
            elif node is self.stop:
                self.end_line()
                self.full = True
                return
            elif isinstance(tag, str) and tag not in _UNREAD and not hidden(node):
                self.nodes += 1
                if self.nodes > _MAX_NODES:
                    self.full = True
                    return
                if tag == "br" or (tag in BLOCK_TAGS and tag != "tr"):
                    self.end_line()
                if tag == "img" and self.line.logo is None:
                    self.line.logo = clean(node.get("alt", ""))[:30] or None
                self.add(node.text, node)
                todo.append((node, True))
                todo.extend((child, False) for child in reversed(node))
                if node is root:
                    continue
            elif not isinstance(tag, str):
                self.add(node.tail, node.getparent(), glued=True)
                continue
            if node is not root and (ended or not isinstance(tag, str) or tag in _UNREAD or hidden(node)):
                self.add(node.tail, node.getparent())

    def read_back(self, root: Element) -> None:
        """The element's own lines and what follows it, last line first."""
        todo: list[tuple[Element, bool]] = [(root, False)]
        while todo and not self.full:
            node, opened = todo.pop()
            tag = node.tag
            breaks = tag == "br" or tag in BLOCK_TAGS
            if opened:
                self.add(node.text, node)
                if breaks:
                    self.end_line()
                continue
            self.add(node.tail, node.getparent())
            if not isinstance(tag, str) or tag in _UNREAD or hidden(node):
                continue
            self.nodes += 1
            if self.nodes > _MAX_NODES // 4:
                self.full = True
                return
            if breaks:
                self.end_line()
            todo.append((node, True))
            todo.extend((child, False) for child in node)

    def add(self, text: str | None, node: Element | None, *, glued: bool = False) -> None:
        """Text of an element; ``glued`` joins it to what stands before, as behind a comment."""
        if not text:
            return
        shown = clean(text)
        if not shown:
            return
        pieces = self.line.pieces
        if glued and pieces and self.joined is node:
            pieces[-1].text += shown
        else:
            pieces.append(Piece(shown, node))
        self.joined = node
        self.chars += len(shown)

    def end_line(self) -> None:
        """Close the line being read; the text's first line ends everything."""
        if not self.line.pieces and self.line.logo is None:
            return
        line, self.line, self.joined = self.line, Line(), None
        if self.full:
            return
        if self.backwards:
            line.pieces.reverse()
        squeezed = _squeezed("".join(piece.text for piece in line.pieces))
        if (
            self.mark
            and len(squeezed) >= 4
            and (squeezed.startswith(self.mark) or self.mark.startswith(squeezed[:_MARK_CHARS]))
        ):
            self.full = True
            return
        self.lines.append(line)
        self.full = len(self.lines) >= self.limit or self.chars > _MAX_CHARS


def _href(node: Element | None) -> str | None:
    for _ in range(3):
        if node is None or node.tag in BLOCK_TAGS:
            return None
        if node.tag == "a":
            return node.get("href") or ""
        node = node.getparent()
    return None
