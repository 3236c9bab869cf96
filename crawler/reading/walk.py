"""The tree of a page to printed paragraphs and the boxes they stand in: one pass, without recursion.

What a reader cannot see is not read. Addresses of pictures and files are resolved later, for the text alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, cast

from lxml import etree

from crawler.items import Attachment, Image
from crawler.reading.page import Element
from crawler.reading.text import clean

_BLOCKS = (
    "p div section article header footer main aside nav h1 h2 h3 h4 h5 h6 ul ol li dl dt dd table tbody thead tfoot "
    "tr blockquote pre center form fieldset figure figcaption caption hr address details summary body html"
)
BLOCK_TAGS = frozenset(_BLOCKS.split())
_BOX_TAGS = BLOCK_TAGS | {"td", "th"}
HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
_UNREAD_TAGS = (
    "script style noscript template iframe frame object embed applet select option button input textarea svg math "
    "video audio canvas head title link meta base map"
)
# What the walk does with an element. Below _INLINE it opens and closes something; above, there is nothing inside.
_BOX, _MARKED, _INLINE, _BREAK, _PICTURE, _UNREAD = range(6)
_KINDS = (
    dict.fromkeys(_BOX_TAGS, _BOX)
    | dict.fromkeys(["a", "b", "strong"], _MARKED)
    | {"br": _BREAK, "img": _PICTURE}
    | dict.fromkeys(_UNREAD_TAGS.split(), _UNREAD)
)
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|(?:left|top|text-indent)\s*:\s*-\d{3,}"
    r"|font-size\s*:\s*0(?![.\d])|(?<![-\w])(?:max-)?height\s*:\s*[01](?:px)?\s*(?:;|$)",
    re.IGNORECASE,
)
_CAPTION_CLASS = re.compile(
    r"caption|pic[-_]?(?:desc|note|info|text)|img[-_]?(?:desc|note|info|text)|tupian|tuzhu", re.I
)
_BROKEN_LINE = re.compile("(?<=[\u3000-\u9fff\uff00-\uffef])[ \t]*[\r\n]+[ \t]*(?=[\u3001-\u9fff\uff00-\uffef])")
FILE_ADDRESS = re.compile(r"\.(?:pdf|docx?|xlsx?|pptx?|wps|et|ofd|rtf|zip|rar|7z)(?![A-Za-z0-9])", re.IGNORECASE)
_STYLED = etree.XPath("descendant::*[@style or @hidden]")
_CELL_CHARS = 60  # a table cell longer than this is a column of text, not data
_ROW_CELLS = 100


@dataclass(slots=True)
class Block:
    """One printed paragraph.

    ``links`` counts its characters inside ``<a>``, ``bold`` those inside ``<strong>`` or ``<b>``. ``images`` stand
    before its text.
    """

    text: str
    tag: str
    links: int = 0
    bold: int = 0
    caption: bool = False
    images: list[Image] = field(default_factory=list)
    files: list[Attachment] = field(default_factory=list)
    raw: str = ""
    """The text before mirror noise was taken out; empty when it had none."""
    node: Element | None = None
    """The innermost block element that holds the paragraph."""
    box: int = 0
    """The number of that element among the boxes of the walk."""
    rise: int = 0
    """How many elements end between the paragraph before it and the first that holds both; 1 between neighbours."""
    pictures: list[Element] | None = None
    anchors: list[Element] | None = None
    """``img`` before the paragraph and links to documents inside it, not yet resolved to ``images`` and ``files``."""


@dataclass(slots=True)
class Box:
    """One block element: its parent's number (-1 for a root), its class and id, and the range of its blocks."""

    node: Element
    tag: str
    parent: int
    names: str
    first: int
    last: int = 0


@dataclass(slots=True)
class Walk:
    """``boxes`` in the order of the page, so that the boxes inside one follow it; ``skipped`` were hidden."""

    blocks: list[Block] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    skipped: list[Element] = field(default_factory=list)


def hidden(node: Element) -> bool:
    """Whether the element's own attributes hide it from a reader."""
    style = node.get("style")
    return (style is not None and hides(style)) or node.get("hidden") is not None


def _styled(root: Element) -> list[Element]:
    """The elements below that may be hidden: one pass of libxml2 instead of two questions to every element."""
    return cast("list[Element]", _STYLED(root))


@lru_cache(maxsize=4096)
def hides(style: str) -> bool:
    """Whether a style attribute hides its element."""
    return _HIDDEN.search(style) is not None


@lru_cache(maxsize=4096)
def _caption_name(names: str) -> bool:
    return _CAPTION_CLASS.search(names) is not None


def walk_tree(root: Element, dropped: Collection[Element] = (), shown: Collection[Element] | None = ()) -> Walk:
    """Visible paragraphs below ``root``, whose own hiding does not count.

    ``dropped`` elements are left out; those of ``shown`` are read though they are hidden, all when it is None.
    """
    reader = _Reader()
    kinds = _KINDS.get
    name: Any  # a cast would cost a call for every element
    add, skipped, pictures, pieces = reader.add, reader.found.skipped, reader.pictures, reader.pieces
    unseen = {node for node in _styled(root) if hidden(node) and node not in shown} if shown is not None else set()
    stack: list[tuple[Element, str, Iterator[Element]]] = []
    node, tag = root, root.tag if isinstance(root.tag, str) else "div"
    reader.open(node, tag)
    if node.text:
        add(node.text)
    children = iter(node)
    # One turn of the inner loop for each child; an element with children of its own takes the place of ``node``.
    while True:
        for child in children:
            name = child.tag
            if name.__class__ is not str:  # a comment: only what follows it is text
                kind = _UNREAD
            elif (unseen and child in unseen) or (dropped and child in dropped):
                kind = _UNREAD
                if child in unseen:
                    skipped.append(child)
            else:
                kind = kinds(name, _INLINE)
            if kind == _BOX or (kind <= _INLINE and len(child)):
                stack.append((node, tag, children))
                node, tag = child, name
                if kind != _INLINE:
                    reader.open(node, tag)
                text = node.text
                if text and (pieces or not text.isspace()):
                    add(text)
                children = iter(node)
                break
            if kind <= _INLINE:
                if kind == _MARKED:
                    reader.open(child, name)
                text = child.text
                if text and (pieces or not text.isspace()):
                    add(text)
                if kind == _MARKED:
                    reader.close(name)
            elif kind == _BREAK:
                if pieces or pictures:
                    reader.flush(reader.heading or "br")
            elif kind == _PICTURE:
                pictures.append(child)
            tail = child.tail
            if tail:
                if not tail.isspace():
                    add(tail)
                elif pieces:
                    pieces.append(" ")
        else:
            if kinds(tag, _INLINE) < _INLINE:
                reader.close(tag)
            if not stack:
                break
            tail = node.tail
            node, tag, children = stack.pop()
            if tail:
                if not tail.isspace():
                    add(tail)
                elif pieces:
                    pieces.append(" ")
    reader.flush("p")
    return reader.found


class _Reader:
    """The paragraph being read, and what was read before it."""

    __slots__ = (
        "anchors", "bold", "bold_depth", "caption", "depth", "found", "heading", "last_depth", "least_depth",
        "link_depth", "links", "pictures", "pieces", "place", "pre_depth",
    )  # fmt: skip

    def __init__(self) -> None:
        self.found = Walk()
        self.pieces: list[str] = []
        self.pictures: list[Element] = []
        self.anchors: list[Element] = []
        self.links = self.bold = 0
        self.link_depth = self.bold_depth = self.pre_depth = 0
        self.caption = False
        self.heading = ""
        self.place = -1
        self.depth = self.last_depth = self.least_depth = 0

    def add(self, text: str) -> None:
        """Text of the current paragraph."""
        if "\n" in text:
            if self.pre_depth:
                *lines, text = text.split("\n")
                for line in lines:
                    self.pieces.append(line)
                    self.flush("pre")
            text = _BROKEN_LINE.sub("", text)
        self.pieces.append(text)
        if self.link_depth:
            self.links += len(text.strip())
        if self.bold_depth:
            self.bold += len(text.strip())

    def flush(self, tag: str) -> None:
        """End the paragraph."""
        pieces = self.pieces
        text = clean(pieces[0] if len(pieces) == 1 else "".join(pieces)) if pieces else ""
        if text or self.pictures:
            size = len(text)
            links, bold = self.links, self.bold
            block = Block(text, tag, links if links < size else size, bold if bold < size else size, self.caption)
            place = self.place
            if place >= 0:
                block.box = place
                block.node = self.found.boxes[place].node
            block.rise = self.last_depth - self.least_depth
            self.last_depth = self.least_depth = self.depth
            if self.pictures:
                block.pictures = self.pictures[:]
                self.pictures.clear()
            if self.anchors:
                block.anchors, self.anchors = self.anchors, []
            self.found.blocks.append(block)
        pieces.clear()
        self.links = self.bold = 0

    def open(self, node: Element, tag: str) -> None:
        """The start of an element that matters."""
        if tag == "a":
            self.link_depth += 1
            address = node.get("href")
            if address and FILE_ADDRESS.search(address, len(address) - 200 if len(address) > 200 else 0):
                self.anchors.append(node)
        elif tag in _BOX_TAGS:
            if self.pieces or self.pictures:
                self.flush("p")
            boxes = self.found.boxes
            names, name = node.get("class"), node.get("id")
            if name:
                names = f"{names} {name}" if names else name
            boxes.append(Box(node, tag, self.place, names or "", len(self.found.blocks)))
            self.place = len(boxes) - 1
            self.depth += 1
            if tag == "figcaption" or (names and _caption_name(names)):
                self.caption = True
            if tag in HEADINGS:
                self.heading = tag
            elif tag == "pre":
                self.pre_depth += 1
        else:
            self.bold_depth += 1

    def close(self, tag: str) -> None:
        """The end of an element that matters."""
        if tag == "a":
            self.link_depth -= 1
        elif tag in _BOX_TAGS:
            if self.pieces or self.pictures:
                self.flush(tag)
            box = self.found.boxes[self.place]
            box.last = len(self.found.blocks)
            if tag == "tr":
                self._join_row(box)
            elif tag in HEADINGS:
                self.heading = ""
            elif tag == "pre":
                self.pre_depth -= 1
            self.place = box.parent
            self.depth -= 1
            if self.depth < self.least_depth:
                self.least_depth = self.depth
            self.caption = False
        else:
            self.bold_depth -= 1

    def _join_row(self, row: Box) -> None:
        """A row of short cells, one paragraph each, is one line; cells of a layout table stay apart."""
        blocks = self.found.blocks
        if not 2 <= len(blocks) - row.first <= _ROW_CELLS:
            return
        cells = blocks[row.first :]
        place, boxes = self.place, self.found.boxes
        seen = 0
        for box in boxes[place + 1 :]:
            if box.tag in ("td", "th"):
                seen += 1
                if box.last - box.first > 1:
                    return
            elif box.tag == "table":
                return
        if seen < len(cells) or any(len(cell.text) > _CELL_CHARS for cell in cells):
            return
        line = cells[0]
        line.text = " ".join(cell.text for cell in cells if cell.text)
        line.tag = "tr"
        line.links = min(sum(cell.links for cell in cells), len(line.text))
        line.bold = min(sum(cell.bold for cell in cells), len(line.text))
        line.pictures = [node for cell in cells for node in cell.pictures or ()] or None
        line.anchors = [node for cell in cells for node in cell.anchors or ()] or None
        line.node, line.box = row.node, place
        del blocks[row.first + 1 :]
        del boxes[place + 1 :]
        row.last = row.first + 1
        self.last_depth = self.least_depth = self.depth
