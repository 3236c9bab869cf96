"""The text's container to paragraphs: blocks in page order, pictures with captions, attachments.

The tree is walked once, without recursion. What a reader cannot see is not read.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from urllib.parse import unquote, urlsplit

from crawler.items import Attachment, Image
from crawler.reading.page import Element
from crawler.reading.text import clean
from crawler.reading.urls import absolute
from crawler.reading.walk import BLOCK_TAGS, Block, hidden, walk_tree

__all__ = [
    "BLOCK_TAGS",
    "Block",
    "hidden",
    "images_of",
    "read_blocks",
    "resolve",
    "take_captions",
    "text_lines",
    "text_of",
]

_INLINE_TAGS = frozenset(["a", "b", "strong", "em", "i", "u", "font", "span"])
_IMAGE_SOURCES = ("data-original", "data-src", "data-lazy-src", "data-echo", "data-url", "original", "src")
_FILE_NAME = re.compile(r"[^\s<>|:]{1,150}\.(?:jpe?g|png|gif|bmp|webp|tiff?)\Z", re.IGNORECASE)
_ATTACHMENT = re.compile(r"\.(?:pdf|docx?|xlsx?|pptx?|wps|et|ofd|rtf|zip|rar|7z)\Z", re.IGNORECASE)
_CAPTION = re.compile(
    r"(?:图为|图[:：]|[▲△↑]|资料图|资料图片|图片来源|供图[:：])|.*(?:[\s(（](?:\S{2,5}\s*)?摄[)）]?|供图[)）]?|资料图片?[)）]?)\Z"
)
_CENTRED = re.compile(r"text-align\s*:\s*center", re.IGNORECASE)
_CAPTION_CHARS = 60


def read_blocks(roots: Iterable[Element], base: str, dropped: Collection[Element] = ()) -> list[Block]:
    """Visible paragraphs below the roots, pictures and attachments in place. A root's own hiding does not count."""
    blocks = [block for root in roots for block in walk_tree(root, dropped).blocks]
    return resolve(blocks, base)


def text_lines(node: Element) -> list[str]:
    """The element's visible text, one entry a printed line."""
    return [block.text for block in walk_tree(node).blocks if block.text]


def text_of(node: Element) -> str:
    """The element's visible text, lines joined by newlines."""
    for child in node.iterdescendants():
        if child.tag not in _INLINE_TAGS or child.get("style") or child.get("hidden") is not None:
            return "\n".join(text_lines(node))
    return clean("".join(map(str, node.itertext())))  # one line: no walk needed


def take_captions(blocks: list[Block], *, stay: bool = False) -> list[Block]:
    """Give pictures their captions; a caption leaves the paragraphs, unless it is to ``stay`` and is no file's name.

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
            elif named:
                early = block.text
            if named or (open_image is not None and not stay):
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


def resolve(blocks: Iterable[Block], base: str) -> list[Block]:
    """The blocks with ``images`` and ``files`` filled, without those that had nothing but icons.

    ``base`` is what addresses refer to.
    """
    kept = []
    for block in blocks:
        for node in block.pictures or ():
            _add_image(node, base, block.images)
        for node in block.anchors or ():
            _add_file(node, base, block.files)
        block.pictures = block.anchors = None
        if block.text or block.images:
            kept.append(block)
    return kept


def _add_image(node: Element, base: str, images: list[Image]) -> None:
    for name in _IMAGE_SOURCES:
        value = node.get(name)
        url = absolute(base, value) if value and not value.startswith("data:") else None
        if url:
            break
    else:
        return
    sizes = [node.get(side, "").removesuffix("px") for side in ("width", "height")]
    if any(size.isdecimal() and int(size[:6]) <= 32 for size in sizes):
        return  # an icon or a counting pixel
    images.append(Image(url))


def _add_file(node: Element, base: str, files: list[Attachment]) -> None:
    href = node.get("href", "")
    url = absolute(base, href)
    if url is None:
        return
    path = urlsplit(url).path
    if _ATTACHMENT.search(path):
        name = clean("".join(map(str, node.itertext())))
        files.append(Attachment(url, name or unquote(path.rpartition("/")[2])))
