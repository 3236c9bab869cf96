"""A page without a layout: the text's container, the headline by agreement of <title> and a visible line, and the info
lines of the zone between headline and text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from crawler.reading.body import Block, read_blocks
from crawler.reading.container import find_container, side_matter
from crawler.reading.headline import find_title
from crawler.reading.infozone import info_lines, leading_lines
from crawler.reading.page import Element, Page
from crawler.reading.trimming import is_link


@dataclass
class GenericReading:
    """``header`` are lines between headline and text that look like info lines; ``rule`` tells how the text was found.

    ``shown`` and ``links`` (anchors on the page) describe pages without text.
    """

    title: str | None = None
    title_rule: str = ""
    blocks: list[Block] = field(default_factory=list)
    header: list[str] = field(default_factory=list)
    rule: str = ""
    confidence: float = 0.0
    shown: str = ""
    links: int = 0
    title_node: Element | None = None
    """The block that shows the headline, when it is a visible line."""


def read_generic(page: Page, metas: Mapping[str, str]) -> GenericReading:
    """Find headline, info lines and text of any article page; ``blocks`` is empty when there is no running text."""
    side = side_matter(page.root)
    blocks = read_blocks((page.root,), page.base, side)
    reading = GenericReading(links=sum(1 for _ in page.root.iter("a")))
    reading.shown = "\n".join(block.text for block in blocks if block.text)[:1000]
    container, rule, confidence = find_container(page.root, blocks)
    reading.title, reading.title_rule, place = find_title(page, metas, blocks, container)
    reading.title_node = blocks[place].node if place is not None else None
    if container is None:
        return reading
    inside = set(container.iter())
    first = next((number for number, block in enumerate(blocks) if block.node in inside), 0)
    body = [block for block in blocks if block.node in inside]
    reading.rule, reading.confidence = rule, confidence
    start = place if place is not None and place < first else max(0, first - 6)
    lead = leading_lines(body, reading.title)
    reading.header = info_lines([*blocks[start:first], *body[:lead]])
    reading.blocks = [block for block in body[lead:] if not (is_link(block) and block.tag == "li")]
    if not reading.header and place is not None and place > 0:
        reading.header = info_lines(blocks[max(0, place - 3) : place])
    return reading
