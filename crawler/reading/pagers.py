"""The page after a list page: by its pager's links, its numbers, its select box, or the call that draws the pager.

Nothing is guessed from the address alone: some word, number or call of the page must say that another page exists.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit, urlunsplit

from crawler.reading.layouts import ListLayout
from crawler.reading.list_links import address_of
from crawler.reading.list_titles import words_of
from crawler.reading.listing import PageRequest
from crawler.reading.page import Element, Page, select
from crawler.reading.text import clean
from crawler.reading.urls import absolute

_NEXT = re.compile(
    r"[\[(（【<]?\s*(?:下一?[页頁]|下[1１]页|后一?页|下翻|往后|[更较][早旧]的?(?:新闻|文章)?|next(?: page)?"
    r"|[>›»＞→]{1,2})\s*[>›»＞→]*\s*[\])）】>]?",
    re.IGNORECASE,
)
_OTHER_PAGER = re.compile(
    r"(?:上一?[页頁]|前一?页|首[页頁]|第一页|末[页頁]|尾[页頁]|最后一?页|prev\w*|first|last|[<‹«＜]{1,2})\s*|\d+",
    re.IGNORECASE,
)
_NEXT_NAME = re.compile(
    r"(?:^|[\s_-])(?:next(?:page|btn|link)?|page-?next|p_next|pnext|xyy?|layui-laypage-next)(?:$|[\s_-])", re.I
)
_DISABLED = re.compile(r"disabled?|no-?next|p_no(?![a-z])", re.IGNORECASE)
_COUNT = re.compile(
    r"共\s*[\[【(（]?\s*(\d{1,6})\s*[\]】)）]?\s*[页頁]|第?\s*\d{1,6}\s*/\s*(\d{1,6})\s*[页頁]|[页頁][次码]\s*[:：]?\s*\d{1,6}\s*/\s*(\d{1,6})"
    r"|总页数\s*[:：]?\s*(\d{1,6})"
)
_CALL = re.compile(r"(?<!function )createPageHTML\s*\(([^()]{1,200})\)")
_ARGUMENT = re.compile(r"[\"']([^\"']*)[\"']|(\d+)|([A-Za-z_]\w*)")
_ENDING = re.compile(r"\.?(?:s?html?|jsp|aspx?|php)")
_SET_PAGE = re.compile(r"[\"']setPage[\"']\s*,\s*(\d{1,6})\s*,\s*(\d{1,6})")
_VARIABLE = r"\b{}\b\s*=\s*[\"']?(\d{{1,6}})"
_PAGES = re.compile(
    r"[\"']?\b(?:pageCount|page_count|totalPages?|total_?pages?|pageTotal|countPage|pageNums?|allPages?|pages|totalPageCount|maxPage|pagecount)[\"']?"
    r"\s*[:=]\s*(?:parseInt\()?[\"']?(\d{1,6})\b",
)
_TOTAL = re.compile(
    r"[\"']?\b(?:total|count|totalCount|totalRecords?|recordCount|totalNum|dataCount|totalData|items|rowCount)[\"']?\s*[:=]\s*[\"']?(\d{1,8})\b",
)
_SIZE = re.compile(
    r"[\"']?\b(?:pageSize|page_size|limit|perPage|per_page|showData|num_per_page|items_per_page|itemsOnPage|pagesize|rows|size)[\"']?\s*[:=]\s*[\"']?(\d{1,4})\b",
)
_CURRENT = re.compile(r"\bcurrentPage\b[\"']?\s*=\s*[\"']?(\d{1,6})")
_NUMBER_WORD = (
    r"(?:\w+\.)?(?:n|p|i|num|page|idx|pno|pn|pageid|toPage|pageNum|pageNo|pageIndex|pageNumber|curr|current|currentPage"
    r"|index|currPage|nextPage)"
)
_ADDED = re.compile(
    r"[\"']([^\"'\n]{0,200}?)[\"']\s*\+\s*(?:\(\s*" + _NUMBER_WORD + r"\s*(-\s*1|\+\s*1)?\s*\)|" + _NUMBER_WORD + r"\b)"
    r"(?:\s*\+\s*[\"']([^\"'\n]{0,100})[\"'])?"
)
_NO_ADDRESS = re.compile(r"[\s<>\\]")
_NUMBER_MARK = re.compile(
    r"\{\s*(?:page|pageNum|pageNo|pageIndex|p|n|0|curr)?\s*\}|__(?:id|page|PAGE)__|#page#|\[page\]|%d|\{\{page\}\}|\$page\$"
)
_TEMPLATE = re.compile(
    r"[\"']?\b(?:url|urlTemplate|link_?[tT]o|href|hrefFormat|pageUrl|linkUrl|urlFormat|hrefTextPrefix|baseUrl|template)[\"']?\s*[:=]\s*[\"']([^\"'<>\s]{3,300})[\"']"
)
_FORMER = re.compile(r"hrefFormer[\"']?\s*:\s*[\"']([^\"']{0,200})[\"']")
_LATTER = re.compile(r"hrefLatter[\"']?\s*:\s*[\"']([^\"']{0,50})[\"']")
_KKPAGER = re.compile(r"\btotal[\"']?\s*:\s*[\"']?(\d{1,6})\b")
_LS = re.compile(r"\bLs\.pagination\s*\(")
_NODE = re.compile(r"/(node_\d+)(?:_\d+)?\.(s?html?)\Z")
_POST_BACK = re.compile(r"__doPostBack\(\s*['\"]([^'\"]{1,200})['\"]\s*,\s*['\"]([^'\"]{0,200})['\"]\s*\)")
_MOST_NODES = 4_000  # on longer pages the pager is looked for at both ends
_SCRIPT_CHARS = 400_000
_TEXT_TAIL = 6_000


def next_request(
    page: Page, layout: ListLayout | None, number: int, first_url: str
) -> tuple[PageRequest | None, int | None]:
    """The request for page ``number + 1`` and how many pages there are, each None when the page does not tell.

    ``first_url`` is the list's first page, to which the names in pager calls refer.
    """
    count = _printed_count(page)
    if count is not None and number >= count:
        return None, count
    if layout is not None and layout.page_url and not layout.next_page:
        url = absolute(first_url, layout.page_url.format(page=number + 1, page0=number))
        return (PageRequest(url) if url else None), count
    declared = layout is not None and layout.next_page is not None
    css = layout.next_page if layout is not None and layout.next_page else "a[href], area[href], button, [onclick]"
    found, ended = _by_links(page, select(page.root, css), number, any_link=not declared or css == "a[href]")
    if found or ended:
        return found, count
    url, drawn = _by_scripts(page, number, first_url, count)
    if drawn is not None:
        count = count or drawn
    if url is None and (count is None or number < count):
        url = _by_options(page, number)
    if url is None or url == page.url:
        return None, count
    return PageRequest(url), count


def _by_links(page: Page, nodes: Sequence[Element], number: int, *, any_link: bool) -> tuple[PageRequest | None, bool]:
    """The next page by links; True when the pager's own link says that this is the last page."""
    if len(nodes) > _MOST_NODES:
        nodes = [*nodes[: _MOST_NODES // 4], *nodes[-_MOST_NODES // 2 :]]
    shown = [(node, _words(node)) for node in nodes]
    said_next = [
        node for node, text in shown if _NEXT.fullmatch(text) or _NEXT.fullmatch(clean(node.get("title") or ""))
    ]
    said_next += [
        node
        for node, text in shown
        if len(text) <= 6
        and not _OTHER_PAGER.fullmatch(text)
        and _NEXT_NAME.search(f"{node.get('class') or ''} {node.get('id') or ''}")
    ]
    numbered = [node for node, text in shown if text.strip("[]()第页 ") == str(number + 1)]
    dead = False
    for node in said_next:
        url = address_of(node, page.base)
        if _DISABLED.search(node.get("class") or ""):
            return None, True
        if url is not None and url != page.url:
            return PageRequest(url), False
        if request := _post_back(page, node):
            return request, False
        if url is not None or (node.get("href") or "").strip() in ("", "#"):
            dead = dead or url is not None
    if dead:
        return None, True
    for node in numbered:
        url = address_of(node, page.base)
        if url and url != page.url and not _DISABLED.search(node.get("class") or ""):
            return PageRequest(url), False
        if request := _post_back(page, node):
            return request, False
    if not any_link and len(shown) == 1 and not _OTHER_PAGER.fullmatch(shown[0][1]):
        url = address_of(shown[0][0], page.base)
        if url and url != page.url and "disabled" not in (shown[0][0].get("class") or ""):
            return PageRequest(url), False
    return None, False


def _words(node: Element) -> str:
    if len(node) > 3:
        return ""
    return words_of(node) or clean(node.get("alt") or node.get("value") or "")


def _by_options(page: Page, number: int) -> str | None:
    """The next page by a select box whose options hold addresses."""
    wanted = {str(number + 1), f"第{number + 1}页", f"第 {number + 1} 页"}
    for node in page.root.iter("option"):
        text = words_of(node)
        value = (node.get("value") or "").strip()
        if (text in wanted or text.partition("/")[0] == str(number + 1)) and not value.isdecimal():
            url = absolute(page.base, value)
            if url and url != page.url:
                return url
    return None


def _post_back(page: Page, node: Element) -> PageRequest | None:
    """The form of an ASP.NET pager as a request: the page's hidden fields with the pager's target and argument."""
    call = _POST_BACK.search(f"{node.get('href') or ''} {node.get('onclick') or ''}")
    if call is None:
        return None
    form = next((above for above in node.iterancestors("form")), None)
    if form is None:
        return None
    fields = {
        name: field.get("value") or ""
        for field in form.iter("input")
        if (name := field.get("name")) and (field.get("type") or "").lower() == "hidden"
    }
    fields["__EVENTTARGET"], fields["__EVENTARGUMENT"] = call[1], call[2]
    url = absolute(page.base, form.get("action") or "") or page.url
    body = urlencode(fields, encoding=page.charset, errors="replace").encode("ascii")
    return PageRequest(url, body, {"Content-Type": "application/x-www-form-urlencoded"})


def _by_scripts(page: Page, number: int, first_url: str, printed: int | None) -> tuple[str | None, int | None]:
    if "createPageHTML" in page.text:
        url, count = _trs_next(page.text, first_url, number)
        if count is not None:
            return url, count
    text = _scripts(page)
    if not text:
        return _founder_next(number, first_url, printed), printed
    if (call := _SET_PAGE.search(text)) is not None:
        count = int(call[2])
        return (_numbered(first_url, number + 1) if number < count else None), count
    count = printed or _drawn_count(text)
    if count is None or number >= count:
        return None, count
    if _LS.search(text):
        return _with_query(page.url, "pageIndex", number + 1), count
    return _templated(text, number, first_url) or _founder_next(number, first_url, count), count


def _templated(text: str, number: int, first_url: str) -> str | None:
    """The next page by the address that a script puts together."""
    former, latter = _FORMER.search(text), _LATTER.search(text)
    if former and latter:
        return absolute(first_url, f"{former[1]}_{number + 1}{latter[1]}")
    for match in _TEMPLATE.finditer(text):
        if _NUMBER_MARK.search(match[1]):
            return absolute(first_url, _NUMBER_MARK.sub(str(number + 1), match[1]))
    zero_based = (current := _CURRENT.search(text)) is not None and int(current[1]) == number - 1
    for match in _ADDED.finditer(text):
        start, shift = match[1].rpartition("href=")[2], match[2]
        end = _NO_ADDRESS.split(match[3] or "")[0]
        if (
            _NO_ADDRESS.search(start)
            or not re.search(r"[=_/-]\Z", start)
            or (start.startswith(("#", ".")) and "/" not in start)
        ):
            continue
        place = number + 1
        if (shift and "-" in shift) or ("nextPage" in match[0] and zero_based):
            place = number
        if _ENDING.search(end) or "=" in start or "/" in start:
            return absolute(first_url, f"{start}{place}{end}") or None
    return None


def _founder_next(number: int, first_url: str, count: int | None) -> str | None:
    """方正翔宇 counts its pages ``node_7_2.htm``; how many there are stands in ``#mpagecount`` or in a script."""
    node = _NODE.search(urlsplit(first_url).path)
    if node is None or count is None or number >= count:
        return None
    return urljoin(first_url, f"{node[1]}_{number + 1}.{node[2]}")


def _trs_next(text: str, first_url: str, number: int) -> tuple[str | None, int | None]:
    """The next page by TRS' ``createPageHTML(count, current, "index", "shtml")``, whatever the order of arguments.

    Current page 0 on the first page means that page 2 is index_1.
    """
    for call in _CALL.finditer(text):
        names: list[str] = []
        numbers: list[int] = []
        for name, digits, variable in _ARGUMENT.findall(call[1]):
            if digits:
                numbers.append(int(digits))
            elif variable:
                if value := re.search(_VARIABLE.format(re.escape(variable)), text):
                    numbers.append(int(value[1]))
            elif name.isdecimal():
                numbers.append(int(name))
            elif re.fullmatch(r"[\w./-]{1,60}", name):
                names.append(name)
        if len(numbers) < 2:
            continue
        count, current = numbers[:2]
        ending = next((place for place, name in enumerate(names) if _ENDING.fullmatch(name)), None)
        if not ending or number >= count:
            return None, count
        place = number if current == number - 1 else number + 1
        return urljoin(first_url, f"{names[ending - 1]}_{place}.{names[ending].lstrip('.')}"), count
    return None, None


def _numbered(first_url: str, place: int) -> str:
    """``index_2.html`` beside ``index.html`` or a folder."""
    stem, dot, ending = (urlsplit(first_url).path.rpartition("/")[2] or "index.html").rpartition(".")
    return urljoin(first_url, f"{stem}_{place}{dot}{ending}")


def _with_query(url: str, name: str, value: int) -> str:
    parts = urlsplit(url)
    pairs = [(key, old) for key, old in parse_qsl(parts.query, keep_blank_values=True) if key.lower() != name.lower()]
    return urlunsplit(parts._replace(query=urlencode([*pairs, (name, str(value))], quote_via=quote)))


def _drawn_count(text: str) -> int | None:
    if "kkpager" in text and (found := _KKPAGER.search(text)):
        return int(found[1])  # what it calls the total are pages
    if found := _PAGES.search(text):
        return int(found[1])
    total, size = _TOTAL.search(text), _SIZE.search(text)
    if total and size and int(size[1]):
        return -(-int(total[1]) // int(size[1]))
    return None


def _scripts(page: Page) -> str:
    """The page's own scripts that speak of pages."""
    kept: list[str] = []
    length = 0
    for node in page.root.iter("script"):
        text = node.text or ""
        if len(text) > 20 and ("page" in text or "Page" in text) and length < _SCRIPT_CHARS:
            kept.append(text[:_SCRIPT_CHARS])
            length += len(text)
    return "\n".join(kept)


def _printed_count(page: Page) -> int | None:
    if "页" not in page.text and "頁" not in page.text and "mpagecount" not in page.text:
        return None
    for node in select(page.root, "#mpagecount"):
        digits = clean(node.text or "")
        if digits.isdecimal():
            return int(digits[:6])
    found = _COUNT.search(clean(" ".join(_last_words(page))))
    return int(next(group for group in found.groups() if group)) if found else None


def _last_words(page: Page) -> list[str]:
    """The words at the page's end that are no script, where pagers stand."""
    kept: list[str] = []
    length = 0
    for node in page.root.iter():
        if isinstance(node.tag, str) and node.tag not in ("script", "style") and node.text:
            kept.append(node.text)
        if node.tail:
            kept.append(node.tail)
    for place in range(len(kept) - 1, -1, -1):
        length += len(kept[place])
        if length > _TEXT_TAIL:
            return kept[place:]
    return kept
