"""The headline of a page without a layout, by agreement of <title> and a visible line."""

from __future__ import annotations

import re
from collections.abc import Mapping

from crawler.reading.body import Block
from crawler.reading.page import Element, Page
from crawler.reading.text import clean, fold
from crawler.reading.trimming import is_link

_TITLE_TAGS = ("h1", "h2", "h3", "h4")
_TITLE_SEPARATOR = re.compile(r"\s*[_|｜＿—–»]+\s*|\s+-+\s+|\s*--+\s*|-(?=[^-]{2,14}\Z)|\s·\s|\s*[<＜]\s*")
_TITLE_METAS = ("articletitle", "og:title", "twitter:title", "headline")


def headline(page: Page, metas: Mapping[str, str]) -> str | None:
    """The headline by meta tags, headings and <title>, for pages whose layout lost it."""
    shown = _document_title(page.root)
    for node in page.root.iter(*_TITLE_TAGS):
        text = clean("".join(map(str, node.itertext())))
        if 4 <= len(text) <= 120 and shown and fold(text) in fold(shown):
            return text
    for name in _TITLE_METAS:
        if metas.get(name):
            return clean(metas[name])
    return _without_site(shown) or None


def find_title(
    page: Page, metas: Mapping[str, str], blocks: list[Block], container: Element | None
) -> tuple[str | None, str, int | None]:
    """The headline, its rule, and the number of its block when it is a visible line."""
    whole = fold(_document_title(page.root))
    inside = set(container.iter()) if container is not None else set()
    seen_inside = 0
    best: tuple[float, int] | None = None
    for number, block in enumerate(blocks):
        if not 4 <= len(block.text) <= 120:
            seen_inside += block.node in inside
            continue
        if block.node in inside:
            seen_inside += 1
            if seen_inside > 3:
                break
        heading = block.tag if block.tag in _TITLE_TAGS else ""
        line = fold(block.text)
        score = 0.0
        if len(line) >= 4 and line in whole:
            score = 2 + len(line) / max(len(whole), 1)
            score -= 1.5 if is_link(block) else 0
        elif heading == "h1" and not is_link(block):
            score = 1.2 if not whole else 0.9
        score += {"h1": 1.0, "h2": 0.5, "h3": 0.3, "h4": 0.2}.get(heading, 0.0) if score else 0
        if score and (best is None or score > best[0]):
            best = (score, number)
    if best is not None and best[0] >= 1.5:
        return blocks[best[1]].text, "title agrees with a visible line", best[1]
    for name in _TITLE_METAS:
        if metas.get(name):
            return clean(metas[name]), f"meta:{name}", None
    title = _without_site(_document_title(page.root))
    if title:
        return title, "title element", None
    return (blocks[best[1]].text, "heading", best[1]) if best else (None, "", None)


def _document_title(root: Element) -> str:
    node = root.find(".//title")
    return clean("".join(map(str, node.itertext()))) if node is not None else ""


def _without_site(title: str) -> str:
    parts = [part for part in _TITLE_SEPARATOR.split(title) if part.strip()]
    if not parts:
        return title
    longest = max(parts, key=len)
    return parts[0] if len(parts[0]) >= 6 or len(parts[0]) * 2 > len(longest) else longest
