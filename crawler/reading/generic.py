"""A page without a layout: the text's container, the headline by agreement of <title> and a visible line, and the info
lines of the zone between headline and text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from crawler.reading.body import Block, resolve
from crawler.reading.container import WEIGHTS, Choice, Weights, choose, element_of
from crawler.reading.edges import text_blocks
from crawler.reading.headline import find_title
from crawler.reading.infozone import info_lines, leading_lines
from crawler.reading.page import Element, Page
from crawler.reading.text import clean
from crawler.reading.walk import Walk, walk_tree

_DATE_LINE_CHARS = 60
_INVISIBLE = re.compile(r"visibility\s*:\s*hidden", re.IGNORECASE)


@dataclass
class GenericReading:
    """``header`` are lines between headline and text that look like info lines, ``credits`` those of editor and source
    below the text; ``rule`` tells how the text was found.

    ``container`` is the element that holds the text, ``title_node`` the one that holds the headline, when it is
    visible. ``outside`` are the short lines of the rest of the page. ``shown``, the first words, and ``links`` (anchors
    on a page without text) say what a page is that is no article.
    """

    title: str | None = None
    title_rule: str = ""
    blocks: list[Block] = field(default_factory=list)
    header: list[str] = field(default_factory=list)
    credits: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    rule: str = ""
    confidence: float = 0.0
    shown: str = ""
    links: int = 0
    container: Element | None = None
    title_node: Element | None = None


def read_generic(page: Page, metas: Mapping[str, str], weights: Weights = WEIGHTS) -> GenericReading:
    """Find headline, info lines and text of any article page; ``blocks`` is empty when there is no running text."""
    named = page.root.find(".//title")
    document_title = clean("".join(map(str, named.itertext()))) if named is not None else ""
    walk = walk_tree(page.root)
    choice = choose(walk, document_title, weights)
    veiled = _veiled(walk, choice)
    if veiled or (choice is None and any(map(_says, walk.skipped))):
        walk = walk_tree(page.root, shown=veiled or None)
        choice = choose(walk, document_title, weights)
    blocks = walk.blocks
    reading = GenericReading()
    reading.shown = _shown(blocks)
    reading.container = element_of(walk, choice) if choice else None
    reading.title, reading.title_rule, place = find_title(
        page, metas, blocks, reading.container, choice.first if choice else 0
    )
    if place is not None:
        reading.title_node = blocks[place].node
    if choice is None:
        reading.links = sum(1 for _ in page.root.iter("a"))
        return reading
    box = walk.boxes[choice.box]
    reading.rule, reading.confidence = choice.rule, choice.confidence
    # A container that is the whole page begins with its menus; a headline before the text is where the article begins.
    first = place if place is not None and box.first < place < choice.first else box.first
    body = [
        block for block, aside in zip(blocks[first : box.last], choice.side[first : box.last], strict=True) if not aside
    ]
    rest = [*blocks[: choice.first], *blocks[choice.last + 1 :]]
    reading.outside = [block.text for block in rest if len(block.text) <= _DATE_LINE_CHARS]
    start = place if place is not None and place < box.first else max(0, box.first - 6)
    lead = leading_lines(body, reading.title)
    reading.header = info_lines([*blocks[start : box.first], *body[:lead]])
    text = text_blocks(walk, choice, body[lead:], weights)
    reading.blocks, reading.credits = resolve(text.blocks, page.base), text.credits
    if not reading.header and place is not None and place > 0:
        reading.header = info_lines(blocks[max(0, place - 3) : place])
    return reading


def _veiled(walk: Walk, choice: Choice | None) -> list[Element]:
    """Hidden bodies that a script will show, more than twice the visible text.

    Templates of message apps print the text with ``visibility: hidden`` until their script has run; what is hidden by
    other means beside a text is spam or a menu.
    """
    if choice is None:
        return []
    least = 2 * sum(choice.worth[choice.first : choice.last + 1])
    return [
        node
        for node in walk.skipped
        if _INVISIBLE.search(node.get("style", ""))
        and sum(len(part.strip()) for part in node.itertext("p", "section", "span", "div", "br", "strong")) > least
    ]


def _says(node: Element) -> bool:
    """Whether a hidden element holds any text."""
    return any(part.strip() for part in node.itertext())


def _shown(blocks: list[Block]) -> str:
    lines: list[str] = []
    size = 0
    for block in blocks:
        if block.text:
            lines.append(block.text)
            size += len(block.text)
            if size > 1000:
                break
    return "\n".join(lines)[:1000]
