"""The headline of a page without a layout, by agreement of <title> and a visible line.

<title> is mostly the headline with the names of column and site cut on by a separator; some visible line nearly always
is the headline. Where both agree the line is right; where the site's logo is the first h1, or the headline breaks into
two lines, <title> and the meta tags tell.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from crawler.reading.body import Block
from crawler.reading.dates import find_date
from crawler.reading.labels import read_info
from crawler.reading.page import Element, Page
from crawler.reading.text import clean, fold
from crawler.reading.trimming import is_link

_TITLE_TAGS = ("h1", "h2", "h3", "h4")
_TITLE_SEPARATOR = re.compile(
    r"\s*[_|｜＿丨»›]+\s*|\s+[-–—]+\s+|\s*--+\s*|\s*——+\s*|[-–—](?=[^-–—]{2,16}\Z)|\s·\s|\s*[<＜>＞]+\s*|\s/\s"
)
_TITLE_METAS = ("articletitle", "og:title", "twitter:title", "headline", "weibo:article:title")
_SITE_METAS = (
    "sitename",
    "og:site_name",
    "application-name",
    "columnname",
    "apple-mobile-web-app-title",
    "og:category",
)
_SITE_END = re.compile(
    r"(?:网|報|报|社|台|频道|門戶|门户|门户网站|网站|政府|在线|新闻|资讯|中心|局|委|委员会|厅|办|日报|晚报|首页|主页|要闻|公告|动态|专栏|专题|正文|热线|论坛"
    r"|财经|科技|体育|娱乐|时政|社会|国际|国内|paper|news|online|net|\.com|\.cn|\.net|\.org)\Z",
    re.IGNORECASE,
)
_NAMED_TITLE = re.compile(r"title|headline|biaoti|(?:^|[\s_-])(?:bt|tit)\d?(?:$|[\s_-])", re.IGNORECASE)
_TAGGED = re.compile(r"\s?(?:原创|置顶|独家|转载|推荐|视频|组图|热|图|新|精)\Z")
_CUT = re.compile(r"(?:\.{2,}|…+)\Z")
_QUOTES = str.maketrans("", "", "“”\"'‘’「」『』＂")
_MAX_CHARS = 120
_INSIDE_LINES = 4


@dataclass(slots=True)
class _Candidate:
    """A visible line that may be the headline."""

    number: int
    text: str
    folded: str
    score: float


def headline(page: Page, metas: Mapping[str, str]) -> str | None:
    """The headline by meta tags, headings and <title>, for pages whose layout lost it."""
    shown = _squeezed(document_title(page.root))
    sites = _site_names(metas)
    for node in page.root.iter(*_TITLE_TAGS):
        text = clean("".join(map(str, node.itertext())))
        if 4 <= len(text) <= _MAX_CHARS and shown and _squeezed(text) in shown and _squeezed(text) not in sites:
            return text
    for name in _TITLE_METAS:
        if metas.get(name):
            return clean(metas[name])
    return without_site(document_title(page.root), sites) or None


def find_title(
    page: Page, metas: Mapping[str, str], blocks: list[Block], container: Element | None
) -> tuple[str | None, str, int | None]:
    """The headline, its rule, and the number of its block when it is a visible line."""
    shown = document_title(page.root)
    whole, sites = _squeezed(shown), _site_names(metas)
    declared = {_squeezed(metas[name]): clean(metas[name]) for name in _TITLE_METAS if metas.get(name)}
    best = max(_candidates(blocks, container, whole, sites, declared), key=lambda one: one.score, default=None)
    if best is not None and best.score >= 1.5:
        text = _two_lines(best, blocks, shown, sites) or _untagged(best.text, whole)
        return text, "title agrees with a visible line" if whole else "heading", best.number
    core = without_site(shown, sites)
    for wanted in (core, *declared.values()):
        similar = _most_similar(wanted, blocks, container)
        if similar is not None:
            return blocks[similar].text, "a visible line is much like the title", similar
    for name in _TITLE_METAS:
        if metas.get(name) and _squeezed(metas[name]) not in sites:
            return without_site(clean(metas[name]), sites), f"meta:{name}", None
    if best is not None and best.score >= 0.9 and (not core or _squeezed(core) in sites or _SITE_END.search(core)):
        return best.text, "heading", best.number
    if core:
        return core, "title element", None
    return (best.text, "heading", best.number) if best is not None else (None, "", None)


def document_title(root: Element) -> str:
    """The text of <title>."""
    node = root.find(".//title")
    return clean("".join(map(str, node.itertext()))) if node is not None else ""


def without_site(title: str, sites: frozenset[str] = frozenset()) -> str:
    """<title> without the names of site and column on either side."""
    pieces = _TITLE_SEPARATOR.split(title)
    marks = _TITLE_SEPARATOR.findall(title)
    first, last = 0, len(pieces)
    while last - first > 1 and (_is_site(pieces[last - 1], sites) or not pieces[last - 1].strip()):
        last -= 1
    while last - first > 1 and (_squeezed(pieces[first]) in sites or not pieces[first].strip()):
        first += 1
    kept = pieces[first:last]
    longest = max(kept, key=len)
    if len(kept) > 1:
        head = kept[0]
        if len(head) >= 6 or len(head) * 2 > len(longest):
            kept = [head]
        elif len(head) <= 6 and marks and last == first + 2:  # 评论|标题: a column that belongs to the headline
            return f"{head}{marks[first]}{kept[1]}".strip()
        else:
            kept = [longest]
    return kept[0].strip()


def _is_site(piece: str, sites: frozenset[str]) -> bool:
    squeezed = _squeezed(piece)
    return squeezed in sites or (len(squeezed) <= 16 and _SITE_END.search(squeezed) is not None) or len(squeezed) <= 2


def _site_names(metas: Mapping[str, str]) -> frozenset[str]:
    return frozenset(_squeezed(metas[name]) for name in _SITE_METAS if metas.get(name))


def _squeezed(text: str) -> str:
    return fold(text).translate(_QUOTES)


def _candidates(
    blocks: list[Block], container: Element | None, whole: str, sites: frozenset[str], declared: Mapping[str, str]
) -> list[_Candidate]:
    inside = set(container.iter()) if container is not None else set()
    seen_inside = 0
    found: list[_Candidate] = []
    for number, block in enumerate(blocks):
        if block.node in inside:
            seen_inside += 1
            if seen_inside > _INSIDE_LINES:
                break
        if not 2 <= len(block.text) <= _MAX_CHARS:
            continue
        line = _squeezed(block.text)
        heading = block.tag if block.tag in _TITLE_TAGS else _heading_around(block)
        score = _agreement(line, whole, sites) if len(line) >= 2 else 0.0
        if line in declared:
            score = max(score, 2.0) + 0.8
        if score and is_link(block):
            score -= 1.5
        elif not score and heading == "h1" and line not in sites and not is_link(block) and len(line) >= 4:
            score = 1.2 if not whole else 0.5
        if score <= 0:
            continue
        score += {"h1": 0.8, "h2": 0.5, "h3": 0.3, "h4": 0.2}.get(heading, 0.0)
        if block.node is not None and _NAMED_TITLE.search(f"{block.node.get('class', '')} {block.node.get('id', '')}"):
            score += 0.3
        if _near_info(blocks, number):
            score += 0.4
        found.append(_Candidate(number, block.text, line, score))
    return found


def _agreement(line: str, whole: str, sites: frozenset[str]) -> float:
    """How well a line agrees with <title>; a name cut on at its end or start is the site's or the column's."""
    if not whole or line in sites:
        return 0.0
    place = whole.find(line)
    if place < 0:
        cut = _CUT.sub("", whole)
        return 2.0 + len(cut) / len(line) if cut != whole and len(cut) >= 8 and line.startswith(cut) else 0.0
    share = len(line) / len(whole)
    if len(line) < 4 and share < 0.3:
        return 0.0
    if place > 0 and place + len(line) == len(whole) and share < 0.5:
        return 0.4  # the site's name behind the headline
    if share < 0.5 and len(line) <= 12 and _SITE_END.search(line):
        return 0.4
    return 2.0 + share


def _heading_around(block: Block) -> str:
    """The heading a line stands in, for headings that hold boxes."""
    node = block.node
    for _ in range(2):
        node = node.getparent() if node is not None else None
        if node is not None and node.tag in _TITLE_TAGS:
            return str(node.tag)
    return str(block.node.tag) if block.node is not None and block.node.tag in _TITLE_TAGS else ""


def _near_info(blocks: list[Block], number: int) -> bool:
    """Whether one of the next lines tells time or source."""
    for block in blocks[number + 1 : number + 5]:
        if 6 <= len(block.text) <= 120 and not is_link(block):
            if find_date(block.text):
                return True
            if ("来源" in block.text or "作者" in block.text) and read_info(block.text).labels:
                return True
    return False


def _two_lines(best: _Candidate, blocks: list[Block], shown: str, sites: frozenset[str]) -> str | None:
    """The headline with its second line, or the one above, when <title> has both as one."""
    core = without_site(shown, sites)
    wanted = _squeezed(core)
    if len(wanted) <= len(best.folded) + 3:
        return None
    for first, second in ((best.number, best.number + 1), (best.number - 1, best.number)):
        if first < 0 or second >= len(blocks):
            continue
        if wanted == _squeezed(blocks[first].text) + _squeezed(blocks[second].text):
            return core
    return None


def _untagged(text: str, whole: str) -> str:
    """The line without a mark like 原创 that is no part of the headline in <title>."""
    tagged = _TAGGED.search(text)
    if tagged and _squeezed(text) not in whole:
        return text[: tagged.start()]
    return text


def _most_similar(wanted: str, blocks: list[Block], container: Element | None) -> int | None:
    """The line above or at the head of the text that is nearly the wanted one: a word more or less, a cut end."""
    target = _squeezed(wanted)
    if len(target) < 8:
        return None
    inside = set(container.iter()) if container is not None else set()
    seen_inside, best = 0, (0.8, -1)
    letters = set(target)
    for number, block in enumerate(blocks):
        if block.node in inside:
            seen_inside += 1
            if seen_inside > _INSIDE_LINES:
                break
        if not 6 <= len(block.text) <= _MAX_CHARS or is_link(block):
            continue
        line = _squeezed(block.text)
        if len(letters & set(line)) < 0.6 * len(letters):
            continue
        if line.startswith(_CUT.sub("", target)) and len(target) >= 10 and len(line) <= 3 * len(target):
            return number
        ratio = difflib.SequenceMatcher(None, target, line, autojunk=False).ratio()
        best = max(best, (ratio, number))
    return best[1] if best[1] >= 0 else None
