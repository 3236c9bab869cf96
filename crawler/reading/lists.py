"""List pages: links, printed days and the next page."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from urllib.parse import urljoin

from crawler.exceptions import Blocked
from crawler.items import Link
from crawler.reading.body import hidden, text_of
from crawler.reading.challenge import find_block
from crawler.reading.dates import parse_list_day
from crawler.reading.layouts import ListLayout
from crawler.reading.listing import ListReading, PageRequest
from crawler.reading.page import Element, Page, open_page, quotation, select
from crawler.reading.text import clean
from crawler.reading.urls import absolute

__all__ = ["ListReading", "PageRequest", "extract_list"]

_NEXT = re.compile(r"(?:下一?[页頁]|后一?页|后页|下翻|next(?: page)?|[>›»＞]{1,2}|后一页)\s*[>›»＞]*", re.IGNORECASE)
_OTHER_PAGER = re.compile(
    r"(?:上一?[页頁]|前一?页|首[页頁]|第一页|末[页頁]|尾[页頁]|最后一?页|prev\w*|first|last|[<‹«＜]{1,2})\s*|\d+",
    re.IGNORECASE,
)
_COUNT = re.compile(
    r"共\s*(\d{1,6})\s*[页頁]|第?\s*\d{1,6}\s*/\s*(\d{1,6})\s*[页頁]|[页頁]次\s*[:：]\s*\d{1,6}\s*/\s*(\d{1,6})"
)
_TRS_CALL = re.compile(r"(?<!function )createPageHTML\s*\(([^()]{1,200})\)")
_TRS_ARGUMENT = re.compile(r"[\"']([^\"']*)[\"']|(\d+)")
_CUT = re.compile(r"(?:\.{2,}|…+)\Z")
_LEAST_RECORDS = 3


def extract_list(
    content: bytes,
    url: str,
    layout: ListLayout | None,
    *,
    headers: Mapping[str, str] | None = None,
    page: int = 1,
    first_url: str | None = None,
    request: PageRequest | None = None,
) -> ListReading:
    """Read one list page; ``layout`` None looks for the page's repeated records.

    ``page`` counts from 1; ``first_url`` is the list's first page, to which ``page_url`` templates refer. ``request``
    is what was sent, None for a plain GET of ``url``: the page after an interface's answer is computed from it. Links
    that a reader cannot see are left out. No links is an answer, not an error: the caller decides. Raises BadContent,
    and Blocked when a page without links is a challenge.
    """
    sent = request or PageRequest(url)
    opened = open_page(content, url, headers, scale=8)
    reading = ListReading(layout=layout.name if layout else "generic", seen=quotation(opened))
    reading.page_count = _page_count(opened)
    if layout is None:
        reading.links = _generic_links(opened)
    else:
        reading.links = _declared_links(opened, layout)
    if not reading.links:
        reason = find_block(200, opened.text)
        if reason:
            raise Blocked(reason)
    if following := _next_url(opened, layout, page, first_url or url, reading):
        reading.next_page = PageRequest(following, headers=sent.headers)
    return reading


def _declared_links(page: Page, layout: ListLayout) -> list[Link]:
    visible = _Visibility()
    anchors = [node for node in select(page.root, layout.links) if visible.of(node)]
    if layout.item is None:
        return _unique(_link(page, node, None, layout) for node in anchors)
    items = dict.fromkeys(select(page.root, layout.item))
    by_item: dict[Element, list[Element]] = defaultdict(list)
    for node in anchors:
        holder: Element | None = node
        while holder is not None and holder not in items:
            holder = holder.getparent()
        if holder is not None:
            by_item[holder].append(node)
    return _unique(_record(page, item, nodes, layout) for item, nodes in by_item.items())


def _record(page: Page, item: Element, anchors: list[Element], layout: ListLayout) -> Link | None:
    """The article link of one record: the one with the longest headline, for records link columns and pictures too."""
    found = [link for node in anchors if (link := _link(page, node, item, layout))]
    return max(found, key=lambda link: len(link.title), default=None)


def _link(page: Page, node: Element, item: Element | None, layout: ListLayout) -> Link | None:
    url = absolute(page.base, node.get("href"))
    if url is None or url == page.url:
        return None
    return Link(url, _headline(node, layout.title_attr), _day(node, item, layout.date))


def _headline(node: Element, use_attribute: bool) -> str:
    """The headline of a link; lists cut long ones and keep the whole in the ``title`` attribute."""
    shown = clean(text_of(node).replace("\n", " "))
    whole = clean(node.get("title", "")) if use_attribute else ""
    if whole and (not shown or _CUT.sub("", shown) in whole):
        return whole
    return shown


def _day(node: Element, item: Element | None, css: str | None) -> date | None:
    if item is None:
        return parse_list_day(node.tail or "") or _day_of_record(node.getparent())
    if css:
        for place in select(item, css):
            found = parse_list_day(text_of(place))
            if found:
                return found
    return parse_list_day(text_of(item))


def _day_of_record(node: Element | None) -> date | None:
    """The day in an element that holds one link only, so that the day belongs to that link."""
    return parse_list_day(text_of(node)) if node is not None and len(select(node, "a")) == 1 else None


class _Visibility:
    """Whether links can be seen; each ancestor is asked once."""

    def __init__(self) -> None:
        self.known: dict[Element, bool] = {}

    def of(self, node: Element) -> bool:
        chain: list[Element] = []
        current: Element | None = node
        answer = True
        while current is not None:
            if current in self.known:
                answer = self.known[current]
                break
            chain.append(current)
            current = current.getparent()
        for element in reversed(chain):
            answer = answer and not hidden(element)
            self.known[element] = answer
        return answer


def _unique(links: Iterable[Link | None]) -> list[Link]:
    """Each address once, at its first place, with the longest headline and a day if any of them had one."""
    found: dict[str, Link] = {}
    for link in links:
        if link is None:
            continue
        known = found.setdefault(link.url, link)
        if len(link.title) > len(known.title):
            known.title = link.title
        known.listed_on = known.listed_on or link.listed_on
    return list(found.values())


def _generic_links(page: Page) -> list[Link]:
    """The links of the page's largest group of records of one shape."""
    visible = _Visibility()
    groups: dict[tuple[str, ...], list[Element]] = defaultdict(list)
    for node in page.root.iter("a"):
        if node.get("href") and len(clean("".join(map(str, node.itertext())))) >= 6 and visible.of(node):
            groups[_shape(node)].append(node)
    layout = ListLayout(links="a")
    best: list[Link] = []
    weight = 0.0
    for nodes in groups.values():
        if len(nodes) < _LEAST_RECORDS:
            continue
        links = _unique(_link(page, node, None, layout) for node in nodes)
        dated = sum(link.listed_on is not None for link in links)
        score = sum(len(link.title) for link in links) * (3.0 if links and dated >= len(links) / 2 else 1.0)
        if score > weight:
            best, weight = links, score
    return best


def _shape(node: Element) -> tuple[str, ...]:
    """Tags and names on the way up: records of one list share them."""
    names: list[str] = []
    current = node.getparent()
    while current is not None and len(names) < 4:
        tag = str(current.tag)
        names.append(tag if len(names) < 2 else f"{tag}.{current.get('class', '')}#{current.get('id', '')}")
        current = current.getparent()
    return tuple(names)


def _next_url(page: Page, layout: ListLayout | None, number: int, first_url: str, reading: ListReading) -> str | None:
    if reading.page_count is not None and number >= reading.page_count:
        return None
    if layout is not None and layout.page_url and not layout.next_page:
        if not reading.links:
            return None
        return absolute(first_url, layout.page_url.format(page=number + 1, page0=number))
    css = layout.next_page if layout is not None and layout.next_page else "a[href]"
    found = _pager_link(page, select(page.root, css), number, css == "a[href]")
    if found is None and "createPageHTML" in page.text:
        found, count = _trs_next(page.text, first_url, number)
        reading.page_count = reading.page_count or count
    return found


def _pager_link(page: Page, candidates: list[Element], number: int, any_link: bool) -> str | None:
    shown = [(node, text_of(node)) for node in candidates]
    ways = [
        [node for node, text in shown if _NEXT.fullmatch(text) or _NEXT.fullmatch(clean(node.get("title", "")))],
        [node for node, text in shown if text.strip("[]") == str(number + 1)],
    ]
    if not any_link and len(shown) == 1 and not _OTHER_PAGER.fullmatch(shown[0][1]):
        ways.append([shown[0][0]])
    for nodes in ways:
        for node in nodes:
            url = absolute(page.base, node.get("href"))
            if url and url != page.url and "disabled" not in (node.get("class") or ""):
                return url
        if nodes:
            return None  # the pager says 下一页 and leads nowhere: the last page
    return None


def _trs_next(text: str, first_url: str, number: int) -> tuple[str | None, int | None]:
    """The next page by TRS' ``createPageHTML(count, current, "index", "shtml")``, whatever the order of arguments.

    Current page 0 on the first page means that page 2 is index_1.
    """
    call = _TRS_CALL.search(text)
    if call is None:
        return None, None
    arguments = _TRS_ARGUMENT.findall(call[1])
    numbers = [int(digits) for _, digits in arguments if digits]
    names = [name for name, digits in arguments if not digits and re.fullmatch(r"[\w-]{1,60}", name)]
    if len(numbers) < 2 or len(names) < 2:
        return None, None
    count, current = numbers[:2]
    ending = next((place for place, name in enumerate(names) if re.fullmatch(r"s?html?|jsp|aspx?|php", name)), None)
    if not ending or number >= count:
        return None, count
    place = number if current == number - 1 else number + 1
    return urljoin(first_url, f"{names[ending - 1]}_{place}.{names[ending]}"), count


def _page_count(page: Page) -> int | None:
    if "页" not in page.text and "頁" not in page.text and "mpagecount" not in page.text:
        return None
    for node in select(page.root, "#mpagecount"):
        digits = clean(node.text or "")
        if digits.isdecimal():
            return int(digits[:6])
    found = _COUNT.search(clean(" ".join(map(str, page.root.itertext()))[-6000:]))
    return int(next(group for group in found.groups() if group)) if found else None
