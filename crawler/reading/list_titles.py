"""The headline of a list entry: whole, without the date, number or summary that stands in the same link."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from crawler.reading.page import Element
from crawler.reading.text import clean
from crawler.reading.walk import BLOCK_TAGS

CUT = re.compile(r"(?:\.{2,}|…+|。{3,}|．{2,})\Z")
_GENERIC = re.compile(
    r"[\[【(（<《]*(?:(?:点击)?(?:查看|阅读|浏览|进入)?(?:详情|详细|全文|原文|内容|正文|详细内容|更多内容|详细信息)|点击(?:查看|进入|阅读)|查看"
    r"|阅读|继续阅读|进入|详见|read more|detail)[\]】)）>》]*\s*(?:[>›»→＞]+|\.{2,}|…+)?",
    re.IGNORECASE,
)
_NO_TITLE = re.compile(
    r"[\W\d_]*|(?:更多|more|首页|上一?页|下一?页|末页|尾页|返回|全部)[\W_]*|[\[【]?(?:图|图文|视频|组图|原创|置顶|NEW|HOT|热|新)[\]】]?",
    re.IGNORECASE,
)
_BULLET = re.compile(r"\A[·•◆◇■□▪▫●○►▶▷»›>＞*※★☆・∙⋅\uf0d8\ue000-\uf8ff\s]+(?=\S)")
_DATE_PIECE = re.compile(
    r"[\[(（【]?\s*(?:(?:19|20)\d\d\s*[-/.年]\s*\d{1,2}(?:\s*[-/.月]\s*\d{1,2})?\s*日?|\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?|(?:19|20)\d\d年?|\d{1,2}月)"
    r"(?:\s*\d{1,2}:\d{2}(?::\d{2})?)?\s*[\])）】]?"
)
_LABELLED = re.compile(
    r"\A\s*(?:文章)?(?:标题|题目)\s*[:：]\s*(.+?)\s*(?:[\r\n]|\Z|(?:作者|来源|发表|发布|更新|点击|时间|日期)[^\s:：]{0,4}[:：])",
    re.DOTALL,
)
_TITLE_CLASS = re.compile(
    r"(?:^|[-_\s])(?:news)?(?:tit|title|bt|biaoti|headline|subject|caption|name)(?:$|[-_\s\d])", re.IGNORECASE
)
_SECTION = re.compile(r"\A\[[^\[\]]{1,8}\]\s*")
_HEADS = ("h1", "h2", "h3", "h4", "h5", "h6")
_INNER_TITLES = ("title", "data-title", "data-original-title", "alt")
_SKIPPED = ("script", "style", "noscript", "textarea", "template", "select", "button")
_BREAKS = BLOCK_TAGS | {"br", "td", "th"}
_PARTS = 80  # texts below one element that are looked at
_PART = 600  # characters of one text; no headline is longer
_DEEP = 10
_MOST = 200
"""Characters of a headline; what is longer is a summary."""


def is_generic(text: str) -> bool:
    """Whether the words of a link (查看详情, 全文) stand on every entry and name none."""
    return _GENERIC.fullmatch(text) is not None


def is_no_title(text: str) -> bool:
    """Whether a link's words are a number, a mark, a pager's word or a flag like 图."""
    return _NO_TITLE.fullmatch(text) is not None


def words_of(node: Element) -> str:
    """The first words of an element in one line; enough for any link or heading."""
    if next(islice(node.iter(), _PARTS, None), None) is None:
        return clean("".join(str(text)[:_PART] for text in node.itertext()))
    # An element around half the page; its texts may lie far apart, so the elements are counted.
    first = (one.text for one in islice(node.iter("*"), _PARTS))
    return clean("".join(text[:_PART] for text in first if text))


def lines_of(node: Element) -> list[str]:
    """The text below an element, one entry for each stretch between block elements and ``br``."""
    lines: list[str] = []
    open_line: list[str] = []
    for text, breaks in islice(_stretches(node), _PARTS):
        if breaks and open_line:
            lines.append(clean("".join(open_line)))
            open_line = []
        open_line.append(text[:_PART])
    lines.append(clean("".join(open_line)))
    return [line for line in lines if line]


def headline(anchors: list[Element], record: Element, *, use_attribute: bool = True) -> str:
    """The headline of the article that all ``anchors`` of ``record`` lead to.

    The words of the links; whole from a ``title`` attribute, from another link or from the record's heading when they
    are cut; the record's heading, else its first line, when the links only hold pictures or 查看详情.
    """
    shown = max((_of_link(node) for node in anchors), key=_weight, default="")
    wholes = _attributes(anchors) if use_attribute else []
    if shown:
        start = _folded(CUT.sub("", shown))
        if CUT.search(shown):
            wholes += [text for text in _headings(record) if len(text) <= _MOST]
        longer = [text for text in wholes if start and start in _folded(text) and not CUT.search(text)]
        # A hover text may hold the summary behind the headline: then the shown one is whole already.
        if longer and (CUT.search(shown) or len(longer[0]) <= 2 * len(shown) + 10):
            return longer[0]
        return shown
    for text in wholes:
        if not _is_hint(text):
            return text
    if not use_attribute and not _headings(record):
        return ""
    candidates = _headings(record) + lines_of(record)
    return next((text for text in candidates if 4 <= len(text) <= _MOST and not _is_hint(text)), "")


def without_labels(titles: list[str]) -> list[str]:
    """The titles without the bracketed section that most of a list's links begin with."""
    labelled = sum(_SECTION.match(title) is not None for title in titles)
    if len(titles) < 3 or labelled * 3 < len(titles) * 2:
        return titles
    return [_SECTION.sub("", title) or title for title in titles]


def _weight(text: str) -> tuple[int, int]:
    """A headline has the most Chinese characters; numbers of standards and printed addresses have few."""
    return sum("\u3400" <= char <= "\u9fff" for char in text[:_PART]), len(text)


def _of_link(node: Element) -> str:
    heads = [text for text in _headings(node) if not _is_hint(text)]
    if heads:
        return _BULLET.sub("", heads[0])
    lines = lines_of(node)
    if len(lines) > 1:
        lines = [line for line in lines if not _is_hint(line)][:1]
    elif len(node):
        lines = [_without_dates(node)]
    if not lines or _is_hint(lines[0]):
        return ""
    return _BULLET.sub("", lines[0])


def _without_dates(node: Element) -> str:
    """One line of a link without the elements that hold a date or a rank and nothing else."""
    kept = [node.text or ""]
    for child in islice(node.iterdescendants(), _PARTS):
        if not isinstance(child.tag, str) or child.tag in _SKIPPED:
            kept.append(child.tail or "")
            continue
        inside = child.text or ""
        if not (_DATE_PIECE.fullmatch(clean(inside)) or (clean(inside).isdecimal() and len(clean(inside)) < 3)):
            kept.append(inside)
        kept.append(child.tail or "")
    return clean("".join(kept))


def _headings(node: Element) -> list[str]:
    found: list[str] = []
    for child in islice(node.iterdescendants(), _PARTS):
        if child.tag in _HEADS or (isinstance(child.tag, str) and _TITLE_CLASS.search(child.get("class") or "")):
            lines = [line for line in lines_of(child) if not _DATE_PIECE.fullmatch(line)]
            if lines:
                found.append(lines[0])
            if len(found) == 3:
                break
    return found


def _attributes(anchors: list[Element]) -> list[str]:
    found: list[str] = []
    for node in anchors:
        for place in (node, *islice(node.iterdescendants("img", "span", "p", "h3", "font", "em"), _DEEP)):
            for name in _INNER_TITLES:
                value = place.get(name)
                if value and len(value) <= 2 * _MOST:
                    labelled = _LABELLED.match(value)
                    found.append(clean(labelled[1] if labelled else value))
    return [text for text in found if text and not is_generic(text)]


def _is_hint(text: str) -> bool:
    return bool(_GENERIC.fullmatch(text) or _NO_TITLE.fullmatch(text) or _DATE_PIECE.fullmatch(text))


def _folded(text: str) -> str:
    return "".join(text.split())


def _stretches(node: Element) -> Iterator[tuple[str, bool]]:
    """Texts below an element in page order, each with whether a line breaks before it."""
    yield node.text or "", False
    for event, child in _walk(node):
        block = child.tag in _BREAKS
        if event == "start":
            if isinstance(child.tag, str) and child.tag not in _SKIPPED:
                yield child.text or "", block
        elif child is not node:
            yield child.tail or "", block


def _walk(node: Element) -> Iterator[tuple[str, Element]]:
    # Level by level as it is asked for: a reader of the first words must not pay for ten thousand children.
    stack: list[tuple[Element, Iterator[Element]]] = [(node, iter(node))]
    while stack:
        above, children = stack[-1]
        child = next(children, None)
        if child is None:
            stack.pop()
            if stack:
                yield "end", above
            continue
        yield "start", child
        if child.tag in _SKIPPED:
            yield "end", child
        else:
            stack.append((child, iter(child)))
