"""Articles over several pages: where the next part of the same article is, and the parts put together.

A further part is known by its address: that of the article with a number added or counted up (``_2``, ``-2``, ``/2``,
``?page=2``), and by a link that says so (下一页, 【2】) or the pager script of the CMS. A pager of other addresses
counts only where it is complete, in the article's own folder and below running text. The next *article* (下一篇) and
the pagers of lists and comments are never parts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, urljoin, urlsplit

from crawler.reading.page import Element, Page
from crawler.reading.text import clean
from crawler.reading.urls import absolute, url_key

MAX_PARTS = 30
"""No article is longer; a pager that never ends is a trap."""

_NEXT = re.compile(r"(?:点击)?(?:进入|阅读)?(?:下一?[页頁]|[后後]一?[页頁]|next(?:page)?)(?:阅读|继续)?", re.IGNORECASE)
_BACK = re.compile(r"(?:首|第一|上一?|前一?)[页頁]|first|prev(?:ious)?(?:page)?", re.IGNORECASE)
_WHOLE = re.compile(
    r"(?:点击)?(?:在?本[页頁])?(?:全文|[单單][页頁]|全部|全篇)(?:显示|顯示|阅读|閱讀|浏览|内容)?"
    r"|(?:点击)?(?:在?本[页頁])?(?:查看|阅读|閱讀|显示|顯示|浏览|展开|打开)(?:余下|剩余)?(?:全文|全部|全篇|全部内容)"
    r"|(?:阅读)?(?:余下|剩余)全文|不分[页頁](?:显示|阅读)?"
)
_NUMBER = re.compile(r"第?\s*(\d{1,3})\s*[页頁]?")
_HAN = {
    "第一页": 1,
    "第二页": 2,
    "第三页": 3,
    "第四页": 4,
    "第五页": 5,
    "第六页": 6,
    "第七页": 7,
    "第八页": 8,
    "第九页": 9,
}
_EDGE = " []【】()（）<>＜＞«»‹›《》〉〈→←▶◀|·…:：\xa0"
_COMMENTS = re.compile(r"comment|pinglun|(?:^|[-_ ])(?:reply|replies|review|discuss|pl|cmt)(?:$|[-_ ])", re.IGNORECASE)
_PAGER_TEXT = re.compile(r"上一?[页頁]|下一?[页頁]|[首末尾][页頁]|[单單][页頁]|全文|[第共页頁条]|\d{1,4}|\W")
_PAGE_PARAMS = frozenset(
    ("p", "page", "pageno", "pagenum", "pageindex", "page_no", "pn", "cpage", "curpage", "currentpage", "paged")
)
_SUFFIX = re.compile(r"[_-]p?(\d{1,3})\Z")
_COUNTED = re.compile(r"(.*\d.*[_-])[01]\Z")
_WHOLE_SUFFIX = re.compile(r"[_-]?(?:all|full|whole|quan|quanwen|0)\Z", re.IGNORECASE)
_CALL = re.compile(r"(?<!function )createPage(?:HTML)?\s*\(([^()]{1,200})\)")
_ARGUMENT = re.compile(r"[\"']([^\"']*)[\"']|(\d+)")
_COUNT_PAGE = re.compile(r"\bcountPage\s*=\s*(\d{1,4})")
_CURRENT_PAGE = re.compile(r"\bcurrentPage\s*=\s*(\d{1,4})")
_BEFORE_PAGER = 80  # characters of running text that stand above the pager of an article

_HINT_PAGE = {"utf-8": ("页", "頁"), "gb18030": ("页", "頁"), "big5": ("頁",)}
_HINT_BEFORE = "一二三下后後单單"  # 下一页, 第二页, 后页, 单页
_AROUND_NUMBER = b"|".join(
    {
        re.escape(char.encode(charset, "ignore") or b" ")
        for charset in _HINT_PAGE
        for char in "【】［］（）《》第页頁\u3000"
    }
)
_EDGES_OF_NUMBER = rb"(?:[\s\[\]()|.,:_-]|&nbsp;|&#\d{1,4};|" + _AROUND_NUMBER + rb"){0,12}"
# Begins with a literal, which the search jumps to.
_HINT_NUMBER = re.compile(rb"2" + _EDGES_OF_NUMBER + rb"</(?:a\b|(?:span|b|font|em|i)>\s{0,9}</a)", re.IGNORECASE)
_NUMBER_ALONE = re.compile(rb">" + _EDGES_OF_NUMBER + rb"2" + _EDGES_OF_NUMBER + rb"</")
# What every label of a pager holds at least one of.
_PAGER_SIGN = re.compile("[0-9０-９页頁第全余剩<>＜＞«»‹›→←]|next|prev|first", re.IGNORECASE)
_LONGEST_LABEL = 16


@dataclass(frozen=True)
class Continuation:
    """Where an article goes on. All addresses are absolute; None where the page names none.

    ``next`` is its next part, ``whole`` a page with all of it, ``first`` its first part when this page is a later one.
    """

    next: str | None = None
    whole: str | None = None
    first: str | None = None


def may_continue(content: bytes, charset: str = "utf-8") -> bool:
    """Whether the bytes hold anything that a pager is made of: a quick look that spares most pages the search."""
    if b"createPage" in content or b"countPage" in content:
        return True
    known = charset if charset in _HINT_PAGE else "utf-8"
    before = tuple(char.encode(known, "ignore") or b"\0" for char in _HINT_BEFORE)
    for word in _HINT_PAGE[known]:
        mark = word.encode(known)
        at = content.find(mark)
        while at >= 0:
            if content.endswith(before, 0, at) and b"<" in content[at : at + 40]:
                return True
            at = content.find(mark, at + 1)
    mark = "全文".encode(known)
    at = content.find(mark)
    while at >= 0:
        if b"<" in content[at : at + 24]:
            return True
        at = content.find(mark, at + 1)
    return any(
        _NUMBER_ALONE.search(content, max(0, found.start() - 60), found.end())
        for found in _HINT_NUMBER.finditer(content)
    )


def find_continuation(page: Page, article_url: str, read: int = 1) -> Continuation:
    """Where the article at ``article_url`` goes on after this page, its ``read``-th part (1 is the article itself)."""
    links = _links(page)
    whole = first = None
    if read == 1:
        whole = next(
            (link.url for link in links if _WHOLE.fullmatch(link.label) and _is_whole(article_url, link.url)), None
        )
        if whole is None:
            first = next(
                (link.url for link in links if _leads_back(link.label) and part_number(link.url, page.url)), None
            )
    if urlsplit(article_url).path in ("", "/"):
        return Continuation(_next_of_unknown(links), None, None)
    here = None if read == 1 else part_number(article_url, page.url)
    following = _next_of_shape(links, article_url, page.url, here, read)
    following = following or _next_by_script(page, article_url, read) or _next_of_pager(page, links, article_url, read)
    return Continuation(following, whole, first)


def part_number(article_url: str, url: str) -> int | None:
    """The number by which ``url`` names a part of the article; None when it is no address of a part of it."""
    article, other = _split(article_url), _split(url)
    if article is None or other is None or article.host != other.host:
        return None
    if article.path == other.path:
        return _number_in_query(article, other)
    if dict(article.query) != dict(other.query):
        return None
    if other.folder == article.folder and other.ending == article.ending:
        if article.name and other.name.startswith(article.name):
            found = _SUFFIX.fullmatch(other.name, len(article.name))
            return int(found[1]) if found else None
        counted = _COUNTED.fullmatch(article.name)
        if counted and other.name.startswith(counted[1]) and other.name[len(counted[1]) :].isdecimal():
            return int(other.name[len(counted[1]) :][:4])
    if not article.name and other.folder == article.folder and other.name.startswith("index"):
        found = _SUFFIX.fullmatch(other.name, 5)
        return int(found[1]) if found else None
    # /123.html goes on at /123/2.html, /a/b/ at /a/b/2/
    inside = f"{article.folder}{article.name}/" if article.name else article.folder
    rest = other.path[len(inside) :] if other.path.startswith(inside) else ""
    found = re.fullmatch(r"(\d{1,3})(?:/|\.\w{3,5})?", rest)
    return int(found[1]) if found and inside != "/" else None


@dataclass(frozen=True)
class _Address:
    host: str
    path: str
    folder: str
    name: str
    ending: str
    query: tuple[tuple[str, str], ...]


@lru_cache(maxsize=1024)
def _split(url: str) -> _Address | None:
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return None
    folder, _, last = parts.path.rpartition("/")
    name, dot, ending = last.rpartition(".")
    if not dot:
        name, ending = last, ""
    return _Address(host, parts.path, folder + "/", name, ending.lower(), tuple(parse_qsl(parts.query)))


def _number_in_query(article: _Address, other: _Address) -> int | None:
    """The page number, when it is all that the two queries differ in."""
    theirs = dict(other.query)
    ours = {name: value for name, value in article.query if name.lower() not in _PAGE_PARAMS}
    paging = [(name, value) for name, value in theirs.items() if name.lower() in _PAGE_PARAMS]
    if len(paging) != 1 or not re.fullmatch(r"\d{1,3}", paging[0][1]):
        return None
    del theirs[paging[0][0]]
    return int(paging[0][1]) if theirs == ours else None


@dataclass(frozen=True)
class _Link:
    label: str
    url: str
    node: Element


def _links(page: Page) -> list[_Link]:
    """The links that say what a pager says, outside of comments."""
    found: list[_Link] = []
    for node in page.root.iter("a"):
        href = node.get("href")
        label = _label(node) if href else ""
        if not label or not href or "#comment" in href.lower():
            continue
        url = absolute(page.base, href)
        if url and not _in_comments(node):
            found.append(_Link(label, url, node))
    return found


def _label(node: Element) -> str:
    """What a link of a pager says; "" for every other link."""
    text = "".join(map(str, node.itertext())) if len(node) else node.text or ""
    if len(text) > 3 * _LONGEST_LABEL or not _PAGER_SIGN.search(text):
        return ""
    shown = clean(text)
    core = shown.strip(_EDGE).replace(" ", "")
    if not core:
        if ">" in shown or "»" in shown or "›" in shown or "→" in shown:
            return "下一页"
        return "上一页" if "<" in shown or "«" in shown or "‹" in shown else ""
    if len(core) > _LONGEST_LABEL:
        return ""
    known = core.isdecimal() or core[0] == "第" or any(rule.fullmatch(core) for rule in (_NEXT, _BACK, _WHOLE))
    return core if known else ""


def _number_of(label: str) -> int | None:
    found = _NUMBER.fullmatch(label)
    return int(found[1]) if found else _HAN.get(label)


def _leads_back(label: str) -> bool:
    return _number_of(label) == 1 or _BACK.fullmatch(label) is not None


def _in_comments(node: Element) -> bool:
    current: Element | None = node
    for _ in range(8):
        if current is None:
            return False
        names = f"{current.get('class') or ''} {current.get('id') or ''}"
        if names != " " and _COMMENTS.search(names):
            return True
        current = current.getparent()
    return False


def _is_whole(article_url: str, url: str) -> bool:
    """Whether an address can be the same article on one page: its own name with a word for "all" behind it."""
    article, other = _split(article_url), _split(url)
    if article is None or other is None or article.host != other.host or url_key(url) == url_key(article_url):
        return False
    if other.path == article.path:
        # content.html?page=all, show.php?id=7&all=1
        return dict(article.query).items() <= dict(other.query).items() and _number_in_query(article, other) is None
    stem = _COUNTED.fullmatch(article.name)
    names = [article.name] + ([stem[1][:-1]] if stem else [])
    if other.folder != article.folder or other.ending != article.ending:
        return False
    return any(
        name and other.name.startswith(name) and _WHOLE_SUFFIX.fullmatch(other.name, len(name)) for name in names
    )


def _next_of_shape(links: list[_Link], article_url: str, here_url: str, here: int | None, read: int) -> str | None:
    own, first = url_key(here_url), url_key(article_url)
    found: list[tuple[str, str, int]] = []
    for link in links:
        number = part_number(article_url, link.url)
        if number is not None and url_key(link.url) not in (own, first):
            found.append((link.label, link.url, number))
    for label, url, number in found:
        # Counted from 0 or from 1: the second part is _1 or _2.
        if _NEXT.fullmatch(label) and (number in (1, 2) if here is None else number == here + 1):
            return url
    return next((url for label, url, _ in found if _number_of(label) == read + 1), None)


def _next_of_unknown(links: list[_Link]) -> str | None:
    """The next part of a page whose own address nobody knows (a file): a second page by label and address."""
    for link in links:
        found = _split(link.url)
        number = _SUFFIX.search(found.name) if found is not None else None
        if number and number[1] in ("1", "2") and (_NEXT.fullmatch(link.label) or _number_of(link.label) == 2):
            return link.url
    return None


def _next_by_script(page: Page, article_url: str, read: int) -> str | None:
    """TRS writes pagers by script: ``createPageHTML(3, 0, "t20260105_7", "html")``, or ``countPage`` and a template."""
    article = _split(article_url)
    if article is None or not article.name:
        return None
    if "createPage" in page.text:
        for call in _CALL.finditer(page.text):
            arguments = _ARGUMENT.findall(call[1])
            numbers = [int(digits[:4]) for _, digits in arguments if digits]
            if len(numbers) >= 2 and article.name in [name for name, digits in arguments if not digits]:
                return _scripted(article, article_url, numbers[0], numbers[1], read)
    if "countPage" not in page.text:
        return None
    count, current = _COUNT_PAGE.search(page.text), _CURRENT_PAGE.search(page.text)
    if count and current:
        start = min(count.start(), current.start())
        if f"{article.name}_" in page.text[start : start + 4000]:
            return _scripted(article, article_url, int(count[1]), int(current[1]), read)
    return None


def _scripted(article: _Address, article_url: str, count: int, current: int, read: int) -> str | None:
    if read >= min(count, MAX_PARTS) or current not in (read - 1, read):
        return None
    return urljoin(article_url, f"{article.name}_{current + 1}.{article.ending}")


def _next_of_pager(page: Page, links: list[_Link], article_url: str, read: int) -> str | None:
    """The next part where parts have addresses of their own: by a whole pager 【1】【2】【3】 below the text."""
    article = _split(article_url)
    if article is None or not article.name:
        return None
    for link in links:
        other = _split(link.url)
        if _number_of(link.label) != read + 1 or other is None or _shape(other) != _shape(article):
            continue
        holder = _pager_around(link.node, read) if url_key(link.url) != url_key(page.url) else None
        if holder is not None and _text_before(page.root, holder) >= _BEFORE_PAGER:
            return link.url
    return None


def _shape(address: _Address) -> tuple[str, str, str, str]:
    return address.host, address.folder, re.sub(r"\d+", "0", address.name), address.ending


def _pager_around(node: Element, read: int) -> Element | None:
    """The element around a number that holds a pager and nothing else: numbers from 1 on, the current one no link."""
    holder = node.getparent()
    for _ in range(3):
        if holder is None:
            return None
        text = clean(" ".join(map(str, holder.itertext())))[:300]
        if _PAGER_TEXT.sub("", text):
            return None
        numbers = [int(number) for number in re.findall(r"\d{1,3}", re.sub(r"共\s*\d+\s*[页頁条]", "", text))]
        linked = {_number_of(_label(link)) for link in holder.iter("a") if (link.get("href") or "#")[0] != "#"}
        if numbers == list(range(1, len(numbers) + 1)) and len(numbers) >= 2 and read in numbers and read not in linked:
            return holder
        holder = holder.getparent()
    return None


def _text_before(root: Element, holder: Element) -> int:
    """Characters of running text above an element: paragraphs outside of links."""
    total = 0
    for node in root.iter("p", "div", "td", "span", str(holder.tag)):
        if node is holder or total >= _BEFORE_PAGER:
            break
        own = clean((node.text or "") + "".join(child.tail or "" for child in node))
        total += len(own) if len(own) >= 20 else 0
    return total
