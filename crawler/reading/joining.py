"""The parts of one article put together: each in its order, what every page repeats only once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from crawler.items import ArticleItem, Evidence
from crawler.reading.text import fold

# A line that a pager left in the text, and what papers print where a page ends.
_PAGER_LINE = re.compile(
    r"(?:[\s\[\]【】()（）<>«»‹›|/·….:：,，-]|上一?[页頁]|下一?[页頁]|[首末尾][页頁]|前一[页頁]|后一[页頁]|第\s*\d{1,3}\s*[页頁]"
    r"|共\s*\d{1,3}\s*[页頁]|[单單][页頁](?:显示|阅读)|(?:在本[页頁])?(?:阅读|查看|显示)?全文|\d{1,3}(?!\d))+"
)
_PAGER_WORD = re.compile(r"[页頁]|全文|[\[【(（]\s*\d|^\d{1,2}(?:\s+\d{1,2})+$")
_TURN_OVER = re.compile(r"[(（【]?(?:未完[,，、]?)?(?:待续|下转|转下页|上接|接上页|续上页)[^。！？]{0,12}[)）】]?")
_PEOPLE = ("reporters", "correspondents", "interns", "authors", "editors")
_HEAD_LINES = 8
_LONGEST_PAGER = 120


def repeats(parts: Sequence[ArticleItem], item: ArticleItem) -> bool:
    """Whether a part says nothing that the parts before it did not say: the end of a pager that goes on for ever."""
    lines = [fold(line) for line in _lines(item)]
    known = {fold(line) for part in parts for line in part.body.split("\n")}
    return all(line in known for line in lines)


def join_parts(parts: Sequence[ArticleItem]) -> ArticleItem:
    """One article from its parts, under the address of the first; the given items stay as they are.

    Title, time and source are the first part's. Lines that the later parts repeat at their head (headline, lead), lines
    that all parts repeat at their end, and pagers are left out; pictures, files and people are all there once.
    """
    first, further = parts[0], parts[1:]
    joined = replace(first)
    texts = [_lines(part) for part in parts]
    heads = {fold(line) for line in [first.title, first.subtitle or "", *texts[0][:_HEAD_LINES]] if line}
    for number in range(1, len(texts)):
        texts[number] = _without_head(texts[number], heads, fold(first.title))
    tail = _common_tail(texts)
    body = [line for lines in texts[:-1] for line in (lines[:-tail] if tail else lines)] + texts[-1]
    joined.body = "\n".join(body)
    if any(part.body_raw for part in parts):
        joined.body_raw = "\n".join(filter(None, (part.body_raw or part.body for part in parts)))
    joined.images = list({image.url: image for part in parts for image in part.images}.values())
    joined.attachments = list({file.url: file for part in parts for file in part.attachments}.values())
    for name in _PEOPLE:
        setattr(joined, name, list(dict.fromkeys(person for part in parts for person in getattr(part, name))))
    joined.evidence = {}
    for part in parts:
        for name, evidence in part.evidence.items():
            joined.evidence.setdefault(name, evidence)
    joined.evidence["parts"] = Evidence("parts", " ".join(part.url for part in further)[:200])
    joined.warnings = list(dict.fromkeys(warning for part in parts for warning in part.warnings))
    joined.repairs = [repair for part in parts for repair in part.repairs]
    joined.doc_number = next((part.doc_number for part in parts if part.doc_number), None)
    joined.restored = any(part.restored for part in parts)
    return joined


def whole_instead(first: ArticleItem, whole: ArticleItem) -> ArticleItem | None:
    """The article with the text of its page "whole article"; None when that page is not all of it."""
    lines = _lines(first)
    known = {fold(line) for line in whole.body.split("\n")}
    held = sum(fold(line) in known for line in lines)
    if len(whole.body) <= len("\n".join(lines)) or held < 0.8 * len(lines):
        return None
    return join_parts([replace(first, body="", body_raw=None, repairs=[]), whole])


def _lines(item: ArticleItem) -> list[str]:
    """The paragraphs, without what the pager left at both ends."""
    lines = [line for line in item.body.split("\n") if line]
    while lines and _is_pager(lines[0]):
        lines.pop(0)
    while lines and _is_pager(lines[-1]):
        lines.pop()
    return lines


def _is_pager(line: str) -> bool:
    if len(line) > _LONGEST_PAGER:
        return False
    if _TURN_OVER.fullmatch(line):
        return True
    return _PAGER_WORD.search(line) is not None and _PAGER_LINE.fullmatch(line) is not None


def _without_head(lines: list[str], heads: set[str], title: str) -> list[str]:
    start = 0
    for line in lines[:_HEAD_LINES]:
        folded = fold(line)
        # "Headline (2)": the part's number behind the headline.
        numbered = folded.startswith(title) and re.fullmatch(r"\W?\d{0,2}\W?", folded[len(title) :]) is not None
        if folded not in heads and not (title and numbered):
            break
        start += 1
    return lines[start:]


def _common_tail(texts: list[list[str]]) -> int:
    """How many lines all parts have in common at their end; none may be all of a part."""
    number = 0
    while all(len(lines) > number + 1 for lines in texts):
        if len({fold(lines[-1 - number]) for lines in texts}) != 1:
            break
        number += 1
    return number
