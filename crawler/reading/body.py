"""The text's container to paragraphs: blocks in page order, pictures with captions, attachments.

The tree is walked once, without recursion. What a reader cannot see is not read.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from crawler.items import Attachment, Image
from crawler.reading.page import Element
from crawler.reading.text import clean
from crawler.reading.urls import absolute

_BLOCKS = (
    "p div section article header footer main aside nav h1 h2 h3 h4 h5 h6 ul ol li dl dt dd table tbody thead tfoot "
    "tr blockquote pre center form fieldset figure figcaption caption hr address details summary body html"
)
BLOCK_TAGS = frozenset(_BLOCKS.split())
_UNREAD = (
    "script style noscript template iframe frame object embed applet select option button input textarea svg math "
    "video audio canvas head title link meta base map"
)
_UNREAD_TAGS = frozenset(_UNREAD.split())
_INLINE_TAGS = frozenset(["a", "b", "strong", "em", "i", "u", "font", "span"])
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|(?:left|top|text-indent)\s*:\s*-\d{3,}"
    r"|font-size\s*:\s*0(?![.\d])|(?<![-\w])(?:max-)?height\s*:\s*[01](?:px)?\s*(?:;|$)",
    re.IGNORECASE,
)
_IMAGE_SOURCES = ("data-original", "data-src", "data-lazy-src", "data-echo", "data-url", "original", "src")
_FILE_NAME = re.compile(r"[^\s<>|:]{1,150}\.(?:jpe?g|png|gif|bmp|webp|tiff?)\Z", re.IGNORECASE)
_ATTACHMENT = re.compile(r"\.(?:pdf|docx?|xlsx?|pptx?|wps|et|ofd|rtf|zip|rar|7z)\Z", re.IGNORECASE)
_CAPTION_CLASS = re.compile(
    r"caption|pic[-_]?(?:desc|note|info|text)|img[-_]?(?:desc|note|info|text)|tupian|tuzhu", re.I
)
_CAPTION = re.compile(
    r"(?:图为|图[:：]|[▲△↑]|资料图|资料图片|图片来源|供图[:：])|.*(?:[\s(（](?:\S{2,5}\s*)?摄[)）]?|供图[)）]?|资料图片?[)）]?)\Z"
)
_BROKEN_LINE = re.compile("(?<=[\u3000-\u9fff\uff00-\uffef])[ \t]*[\r\n]+[ \t]*(?=[\u3001-\u9fff\uff00-\uffef])")
_CENTRED = re.compile(r"text-align\s*:\s*center", re.IGNORECASE)
_CAPTION_CHARS = 60
_CELL_CHARS = 60  # a table cell longer than this is a column of text, not data


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


def hidden(node: Element) -> bool:
    """Whether the element's own attributes hide it from a reader."""
    style = node.get("style")
    return (style is not None and _HIDDEN.search(style) is not None) or node.get("hidden") is not None


def read_blocks(roots: Iterable[Element], base: str, dropped: Collection[Element] = ()) -> list[Block]:
    """Visible paragraphs below the roots, pictures and attachments in place. A root's own hiding does not count."""
    walk = _Walk(base)
    for root in roots:
        _walk_tree(root, walk, frozenset(dropped))
        walk.flush("p")
    return walk.blocks


def text_lines(node: Element) -> list[str]:
    """The element's visible text, one entry a printed line."""
    return [block.text for block in read_blocks((node,), "") if block.text]


def text_of(node: Element) -> str:
    """The element's visible text, lines joined by newlines."""
    for child in node.iterdescendants():
        if child.tag not in _INLINE_TAGS or child.get("style") or child.get("hidden") is not None:
            return "\n".join(text_lines(node))
    return clean("".join(map(str, node.itertext())))  # one line: no walk needed


def take_captions(blocks: list[Block]) -> list[Block]:
    """Give pictures their captions; a caption leaves the paragraphs.

    A caption is a ``figcaption``, a line that is an image file's name, or a line right under a picture that says it is
    one (图为…, …摄) or is set like one: short, centred or in the picture's own paragraph, neither bold nor a sentence.
    """
    kept: list[Block] = []
    waiting: list[Image] = []  # pictures since the last paragraph, without caption
    above: Block | None = None
    early: str | None = None  # a file name printed above its picture
    for block in blocks:
        if block.images:
            waiting = list(block.images)
            if early:
                waiting[0].caption, early = early, None
        named = "." in block.text[-6:] and _FILE_NAME.match(block.text) is not None
        if block.text and (named or (waiting and _is_caption(block, above))):
            open_image = next((image for image in waiting if image.caption is None), None)
            if open_image is not None:
                open_image.caption = block.text
                block.text = block.raw = ""
            elif named:
                early = block.text
                block.text = block.raw = ""
        elif block.text:
            waiting = []
        above = block
        kept.append(block)
    return kept


def _is_caption(block: Block, above: Block | None) -> bool:
    text = block.text
    if block.caption or (len(text) <= 120 and _CAPTION.match(text)):
        return True
    if len(text) > _CAPTION_CHARS or block.bold >= len(text) or block.tag[0] == "h" or text[-1] in "。！？：:；;!?":
        return False
    if block.images or above is None or above.text or not above.images:
        return False
    own = block.node is above.node and block.node is not None and block.node.tag in ("p", "center")
    return own or _centred(block.node)


def _centred(node: Element | None) -> bool:
    if node is None:
        return False
    style = node.get("style", "")
    return node.tag == "center" or node.get("align", "").lower() == "center" or bool(_CENTRED.search(style))


def images_of(blocks: Iterable[Block]) -> list[Image]:
    """Pictures in page order, each address once."""
    found: dict[str, Image] = {}
    for block in blocks:
        for image in block.images:
            known = found.setdefault(image.url, image)
            known.caption = known.caption or image.caption
    return list(found.values())


class _Walk:
    """Paragraphs collected so far and the one being read."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.blocks: list[Block] = []
        self.pieces: list[str] = []
        self.link_depth = self.bold_depth = 0
        self.links = self.bold = 0
        self.length = 0
        self.images: list[Image] = []
        self.files: list[Attachment] = []
        self.caption = False
        self.holders: list[Element] = []

    def add(self, text: str | None) -> None:
        if text:
            if "\n" in text:
                text = _BROKEN_LINE.sub("", text)
            self.pieces.append(text)
            self.length += len(text)
            if self.link_depth:
                self.links += len(text.strip())
            if self.bold_depth:
                self.bold += len(text.strip())

    def flush(self, tag: str) -> None:
        if not (self.pieces or self.images):
            return
        text = clean("".join(self.pieces))
        if text or self.images:
            block = Block(text, tag, min(self.links, len(text)), min(self.bold, len(text)))
            block.caption, block.images, block.files = self.caption, self.images, self.files
            block.node = self.holders[-1] if self.holders else None
            self.blocks.append(block)
            self.images, self.files = [], []
        self.pieces, self.links, self.bold, self.length = [], 0, 0, 0


def _walk_tree(root: Element, walk: _Walk, dropped: Collection[Element]) -> None:
    todo: list[tuple[Element, bool]] = [(root, False)]
    while todo:
        node, ended = todo.pop()
        tag = node.tag
        if ended:
            _close(str(tag), walk)
        elif (
            not isinstance(tag, str) or tag in _UNREAD_TAGS or (node is not root and (node in dropped or hidden(node)))
        ):
            pass  # comments too: only what follows them is text
        elif tag == "br":
            walk.flush("br")
        elif tag == "img":
            _add_image(node, walk)
        else:
            _open(node, tag, walk)
            walk.add(node.text)
            if len(node):
                todo.append((node, True))
                todo.extend((child, False) for child in reversed(node))
                continue
            _close(tag, walk)
        if node is not root:
            walk.add(node.tail)


def _open(node: Element, tag: str, walk: _Walk) -> None:
    if tag in BLOCK_TAGS:
        walk.flush("p")
        walk.holders.append(node)
        name = node.get("class")
        if tag == "figcaption" or (name and _CAPTION_CLASS.search(name)):
            walk.caption = True
    elif tag == "a":
        walk.link_depth += 1
        _add_file(node, walk)
    elif tag in ("b", "strong"):
        walk.bold_depth += 1
    elif tag in ("td", "th"):
        if walk.length > _CELL_CHARS:
            walk.flush("td")
        else:
            walk.add(" ")


def _close(tag: str, walk: _Walk) -> None:
    if tag in BLOCK_TAGS:
        walk.flush(tag)
        walk.holders.pop()
        walk.caption = False
    elif tag == "a":
        walk.link_depth -= 1
    elif tag in ("b", "strong"):
        walk.bold_depth -= 1
    elif tag in ("td", "th") and walk.length > _CELL_CHARS:
        walk.flush("td")


def _add_image(node: Element, walk: _Walk) -> None:
    for name in _IMAGE_SOURCES:
        url = absolute(walk.base, node.get(name)) if node.get(name) else None
        if url:
            break
    else:
        return
    sizes = [node.get(side, "").removesuffix("px") for side in ("width", "height")]
    if any(size.isdecimal() and int(size[:6]) <= 32 for size in sizes):
        return  # an icon or a counting pixel
    walk.images.append(Image(url))


def _add_file(node: Element, walk: _Walk) -> None:
    href = node.get("href", "")
    if "." not in href:
        return
    url = absolute(walk.base, href)
    if url is None:
        return
    path = urlsplit(url).path
    if _ATTACHMENT.search(path):
        name = clean("".join(map(str, node.itertext())))
        walk.files.append(Attachment(url, name or unquote(path.rpartition("/")[2])))
