"""Word and Excel files that are pages of HTML: what Office writes under "save as web page", and what many office
systems serve under the name of a .doc or .xls.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from crawler.reading.charset import decode
from crawler.reading.text import clean

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, NavigableString, Tag

_OFFICE = re.compile(
    rb"urn:schemas-microsoft-com:office|content\s*=\s*[\"']?(?:Word\.Document|Excel\.Sheet)|<x:ExcelWorkbook",
    re.IGNORECASE,
)
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]{1,30})", re.IGNORECASE)
_HEAD_BYTES = 8192
_BLOCKS = frozenset(
    ["p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "table", "tr", "br", "hr", "blockquote", "pre"]
)
_UNREAD = frozenset(["head", "style", "script", "title", "xml"])
_CELLS = ("td", "th")


def is_office_page(body: bytes) -> bool:
    """Whether a page of HTML was written by Office, and so is a file and no answer of the site."""
    return _OFFICE.search(body, 0, _HEAD_BYTES) is not None


def office_lines(body: bytes) -> Iterator[str]:
    """Its paragraphs in order, a row of a table as one line with two spaces between the cells."""
    from bs4 import BeautifulSoup  # imported late: few files are such pages, and every crawl loads this module

    declared = _CHARSET.search(body, 0, _HEAD_BYTES)
    text = decode(body, declared[1].decode("ascii") if declared else None).text
    yield from _lines_of(BeautifulSoup(text, "lxml"))


def _lines_of(soup: BeautifulSoup) -> Iterator[str]:
    """One pass in page order; Office nests tables in cells, whose rows are lines of their own."""
    from bs4 import Tag
    from bs4.element import PreformattedString

    pieces: list[str] = []
    todo: list[Tag | NavigableString | str] = list(reversed(soup.contents))  # type: ignore[arg-type]
    while todo:
        node = todo.pop()
        if isinstance(node, Tag):
            if node.name in _UNREAD or "mso-hide:all" in str(node.get("style", "")).replace(" ", ""):
                continue
            if node.name in _CELLS:
                todo.append("  ")
                # A cell's own paragraphs do not break its row.
                if node.find(["table", "tr"]) is None:
                    todo.append(clean(node.get_text(" ")))
                    continue
            elif node.name in _BLOCKS:
                todo.append("\n")
            todo.extend(reversed(node.contents))  # type: ignore[arg-type]
            if node.name in _BLOCKS:
                todo.append("\n")
        elif isinstance(node, PreformattedString):
            continue  # comments, and Office's conditions in them
        elif node == "\n":
            if line := "".join(pieces).strip():
                yield line
            pieces.clear()
        else:
            # Office breaks its source lines anywhere.
            pieces.append(node if node == "  " else re.sub(r"\s*\n\s*", "", str(node)))
    if line := "".join(pieces).strip():
        yield line
