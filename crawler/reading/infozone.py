"""The zone between headline and text: which lines are info lines and which are already text."""

from __future__ import annotations

from crawler.reading.body import Block
from crawler.reading.dates import find_date
from crawler.reading.labels import read_info
from crawler.reading.text import fold
from crawler.reading.trimming import is_link, without_date

_SOURCE_CHARS = 14


def leading_lines(body: list[Block], title: str | None) -> int:
    """How many blocks at the container's head are headline, breadcrumb and info lines."""
    lead = 0
    wanted = fold(title or "")
    for number, block in enumerate(body[:12]):
        if not block.text:
            continue
        if (wanted and fold(block.text) == wanted) or _is_info(block) or (is_link(block) and number < 4):
            lead = number + 1
        elif len(block.text) > 40 or lead < number - 2:
            break
    return lead


def info_lines(blocks: list[Block]) -> list[str]:
    """The lines that carry time or labels, those with a date first."""
    found = [block.text for block in blocks if block.text and not _is_headline(block) and _is_info(block)]
    dated = [line for line in found if find_date(line)]
    return dated + [line for line in found if line not in dated]


def _is_headline(block: Block) -> bool:
    """Whether the line is the link of another article with its day; a linked source beside the time is short."""
    return is_link(block) and (block.tag in ("li", "dd") or len(without_date(block.text)) > _SOURCE_CHARS)


def _is_info(block: Block) -> bool:
    if len(block.text) > 160 or "。" in block.text or block.text[-1:] in ("？", "?"):
        return False
    found = find_date(block.text)
    if found and len(block.text) - len(found.matched) < 60:
        return True
    info = read_info(block.text)
    return info.labels > 0 and len(block.text) < 80 and bool(info.values or info.views is not None or info.labels > 1)
