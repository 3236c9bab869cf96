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
_NUMBERED = re.compile(r"\s*[（(][^（）()]{1,16}[〔［\[(（]\d{4}[〕］\])）]\s?第?\d{1,5}号[）)]\Z")
"""The number of a document behind its name in <title>."""
_QUOTES = str.maketrans("", "", "“”\"'‘’「」『』＂")
_MAX_CHARS = 120
_NAME_CHARS = 16
_LABELLED = re.compile(r"\A(?:来信|信件|咨询|留言|文件|信息|文章)?(?:标\s*题|主\s*题)(?:\s*[:：]\s*|\s+)")
"""The cell before a headline that stands in a table of letters or documents."""
_NO_HEADLINE = re.compile(
    r"位置\s?[:：]|首页|[>＞»]|\|[^|]*\|[^|]*\||登录|注册|版权|ICP|设为|收藏|繁体|无障碍|今天是|欢迎"
)
_INSIDE_LINES = 4
_MAX_PIECES = 16
_SHORT_TITLE = 10
_ENOUGH = 1.5
_ALIKE = 0.6
_PLACED_ENOUGH = 1.0
_MOST_LINES = 2_000
"""Lines above the text that are weighed for a headline; none stands below so many."""
_LAST, _RUNNING = 0.5, 40


CONFIDENCE = {
    "title agrees with a visible line": 0.98,
    "a visible line is much like the title": 0.9,
    "meta title": 0.85,
    "line set as a headline": 0.8,
    "title element": 0.75,
}
"""How often a rule was right, about, on pages of many sites."""


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
    page: Page, metas: Mapping[str, str], blocks: list[Block], container: Element | None, running: int = 0
) -> tuple[str | None, str, int | None]:
    """The headline, its rule, and the number of its block when it is a visible line.

    ``running`` is the number of the block with which the running text begins.
    """
    shown = document_title(page.root)
    sites = _site_names(metas) | _names_in(shown)
    core = without_site(shown, sites)
    lines = _lines(blocks, container, running)
    said = {_squeezed(metas[name]) for name in _TITLE_METAS if name in metas}
    named = _squeezed(core)
    if named in sites or (_site_like(core) and named not in said and not _above_info(named, blocks, lines)):
        sites, shown, core = sites | {_squeezed(core), _squeezed(shown)}, "", ""  # <title> names the site alone
    declared = _declared(metas, sites)
    best = _agreeing(blocks, lines, _squeezed(shown), sites, {_squeezed(text) for text in declared})
    if best is not None:
        text = _two_lines(best, blocks, core) or _untagged(best.text, _squeezed(shown))
        return text, "title agrees with a visible line", best.number
    for wanted in (core, *declared):
        similar = _most_similar(wanted, blocks, lines)
        if similar is not None:
            return _untagged(blocks[similar].text, _squeezed(wanted)), "a visible line is much like the title", similar
    if declared:
        return declared[0], "meta title", None
    placed = _placed(blocks, lines, sites) if len(core) <= _SHORT_TITLE else None
    if placed is not None:
        return placed.text, "line set as a headline", placed.number
    return (core, "title element", None) if core else (clean(document_title(page.root)) or None, "title element", None)


def declared_titles(page: Page, metas: Mapping[str, str]) -> list[str]:
    """Headlines that meta tags tell, without names of the site."""
    return _declared(metas, _site_names(metas) | _names_in(document_title(page.root)))


def _declared(metas: Mapping[str, str], sites: frozenset[str]) -> list[str]:
    titles = [without_site(clean(metas[name][: 4 * _MAX_CHARS]), sites) for name in _TITLE_METAS if metas.get(name)]
    return [title for title in titles if title and _squeezed(title) not in sites]


def alike(one: str, other: str) -> bool:
    """Whether two headlines are one, a part left out or a word changed."""
    first, second = _squeezed(one), _squeezed(other)
    if first in second or second in first:
        return True
    return difflib.SequenceMatcher(None, first, second, autojunk=False).ratio() > _ALIKE


def document_title(root: Element) -> str:
    """The text of <title>."""
    node = root.find(".//title")
    return clean("".join(map(str, node.itertext()))[: 4 * _MAX_CHARS]) if node is not None else ""


def without_site(title: str, sites: frozenset[str] = frozenset()) -> str:
    """<title> without the names of site and column on either side."""
    pieces = _TITLE_SEPARATOR.split(title)
    marks = _TITLE_SEPARATOR.findall(title)
    if len(pieces) > _MAX_PIECES:
        return max(pieces, key=len).strip()  # words for search engines
    first, last = 0, len(pieces)
    while last - first > 1 and _is_name(pieces[last - 1], sites):
        last -= 1
    longest = max(map(len, pieces))
    while last - first > 1 and _leads(pieces[first], marks[first], longest, sites):
        first += 1
    if last < len(pieces) or first:
        inner = "".join(piece + mark for piece, mark in zip(pieces[first : last - 1], marks[first:], strict=False))
        return without_site(inner + pieces[last - 1], sites)
    if len(pieces) > 1:
        head = pieces[0].strip()
        if len(pieces) == 2 and len(head) <= 6 < len(pieces[1]) and marks[0].strip() in ("|", "丨", "｜"):
            return title.strip()  # 评论|标题: the column belongs to the headline
        if len(head) < 6 and marks[0] in ("-", "–", "—"):
            return title.strip()  # a hyphen within the headline
        return head if len(head) >= 6 or len(head) * 2 > longest else max(pieces, key=len).strip()
    return title.strip()


def _leads(piece: str, mark: str, longest: int, sites: frozenset[str]) -> bool:
    """Whether a first piece of <title> is the site's name; before a bar it may be a column that the headline keeps."""
    squeezed = _squeezed(piece)
    if not squeezed or squeezed in sites:
        return True
    return _site_like(squeezed) and len(piece) < longest and mark.strip() not in ("|", "丨", "｜")


def _is_name(piece: str, sites: frozenset[str]) -> bool:
    squeezed = _squeezed(piece)
    return squeezed in sites or _site_like(squeezed) or len(squeezed) <= 2


def _site_like(text: str) -> bool:
    """Whether a piece of <title> ends as the names of sites and columns do."""
    return 2 <= len(text) <= _NAME_CHARS and _SITE_END.search(text) is not None


def _names_in(title: str) -> frozenset[str]:
    """Names of site and column that are cut on to <title>."""
    first, *others = (_squeezed(piece) for piece in _TITLE_SEPARATOR.split(title))
    names = {piece for piece in others if _site_like(piece)}
    if _site_like(first) and any(len(piece) > len(first) for piece in others):
        names.add(first)  # a headline may end as names do, but then no longer piece stands behind it
    return frozenset(names)


def _above_info(core: str, blocks: list[Block], lines: list[int]) -> bool:
    """Whether a short <title> that ends as names do stands right above the line of time and source: a headline."""
    return any(_nearness(blocks, number) == 1 for number in lines if _squeezed(blocks[number].text) == core)


def _site_names(metas: Mapping[str, str]) -> frozenset[str]:
    return frozenset(_squeezed(metas[name]) for name in _SITE_METAS if metas.get(name))


def _squeezed(text: str) -> str:
    return fold(text).translate(_QUOTES)


def _lines(blocks: list[Block], container: Element | None, running: int) -> list[int]:
    """The numbers of the blocks above the text, its first lines included, that are as long as headlines are."""
    inside = set(container.iter()) if container is not None else set()
    seen_inside = 0
    found: list[int] = []
    for number, block in enumerate(blocks):
        if number >= running and block.node in inside:
            seen_inside += 1
            if seen_inside > _INSIDE_LINES:
                break
        if 2 <= len(block.text) <= _MAX_CHARS:
            found.append(number)
            if len(found) == _MOST_LINES:
                break
    return found


def _agreeing(
    blocks: list[Block], lines: list[int], whole: str, sites: frozenset[str], declared: set[str]
) -> _Candidate | None:
    """The line that agrees best with <title> or with a meta tag."""
    best: _Candidate | None = None
    for number in lines:
        block = blocks[number]
        line = _squeezed(block.text)
        if line in sites:
            continue
        score = _agreement(line, whole)
        if line in declared:
            score = max(score, 2.0) + 0.8
        if score <= 0:
            continue
        score += _emphasis(block) + _nearness(blocks, number) * 0.4 - _linked(block)
        if score >= _ENOUGH and (best is None or score > best.score):
            best = _Candidate(number, block.text, line, score)
    return best


def _agreement(line: str, whole: str) -> float:
    """How well a line agrees with <title>; a name cut on at its end or start is the site's or the column's."""
    if not whole or len(line) < 2:
        return 0.0
    place = whole.find(line)
    if place < 0:
        cut = _CUT.sub("", whole)
        return 2.0 + len(cut) / len(line) if cut != whole and len(cut) >= 8 and line.startswith(cut) else 0.0
    share = len(line) / len(whole)
    if len(line) < 4 and share < 0.3:
        return 0.0
    if share < 0.5 and (
        (place > 0 and place + len(line) == len(whole)) or (len(line) <= 12 and _SITE_END.search(line))
    ):
        return 0.4  # the site's name behind the headline, the column's in it
    return 2.0 + share


def _placed(blocks: list[Block], lines: list[int], sites: frozenset[str]) -> _Candidate | None:
    """The line that stands and is set as headlines are, on a page whose <title> tells nothing."""
    best: _Candidate | None = None
    for number in lines:
        block = blocks[number]
        text = _LABELLED.sub("", block.text)
        line = _squeezed(text)
        if (
            text.endswith("。")
            or line in sites
            or is_link(block)
            or _site_like(line)
            or len(line) < 4
            or _NO_HEADLINE.search(block.text)
        ):
            continue
        score = _emphasis(block) + _nearness(blocks, number)
        score += _LAST if _above_text(blocks, number) else 0.0
        score += 0.3 if 8 <= len(line) <= 60 and "。" not in line else 0.0
        if score >= _PLACED_ENOUGH and (best is None or score > best.score) and not _info(block.text):
            best = _Candidate(number, text, line, score)
    return best


def _above_text(blocks: list[Block], number: int) -> bool:
    """Whether running text begins within the next lines."""
    return any(len(block.text) >= _RUNNING and "。" in block.text for block in blocks[number + 1 : number + 4])


def _info(text: str) -> bool:
    """Whether a line tells time or source and is no headline."""
    info = read_info(text)
    return bool(info.labels) or info.date is not None


def _emphasis(block: Block) -> float:
    """How much a line is set as a headline: its tag, its class, bold letters."""
    heading = block.tag if block.tag in _TITLE_TAGS else _heading_around(block)
    weight = {"h1": 0.8, "h2": 0.5, "h3": 0.3, "h4": 0.2}.get(heading, 0.0)
    for node in (block.node, block.node.getparent() if block.node is not None else None):
        if node is not None and _NAMED_TITLE.search(f"{node.get('class', '')} {node.get('id', '')}"):
            weight += 0.3
            break
    return weight + (0.2 if block.bold >= 0.8 * len(block.text) else 0.0)


def _linked(block: Block) -> float:
    """What speaks against a line that is a link: a headline may link to itself, an entry of a menu is no heading."""
    if not is_link(block):
        return 0.0
    return 1.0 if _heading_around(block) else 2.2


def _heading_around(block: Block) -> str:
    """The heading a line stands in, for headings that hold boxes."""
    node = block.node
    for _ in range(3):
        if node is None:
            return ""
        if node.tag in _TITLE_TAGS:
            return str(node.tag)
        node = node.getparent()
    return ""


def _nearness(blocks: list[Block], number: int) -> float:
    """1 where the next line tells time or source, less where a later one does."""
    for distance, block in enumerate(blocks[number + 1 : number + 5]):
        text = block.text
        if 6 <= len(text) <= 140 and not is_link(block):
            if any(map(str.isdigit, text)) and find_date(text):
                return 1.0 - 0.2 * distance
            if ("源" in text or "作者" in text or "來源" in text) and read_info(text).labels:
                return 1.0 - 0.2 * distance
    return 0.0


def _two_lines(best: _Candidate, blocks: list[Block], core: str) -> str | None:
    """The headline with the lines below or above it, when <title> has them as one."""
    core = _NUMBERED.sub("", core)
    wanted = _squeezed(core)
    if len(wanted) <= len(best.folded) + 3:
        return None
    for size in (2, 3):
        for first in range(max(0, best.number - size + 1), best.number + 1):
            joined = [_squeezed(block.text) for block in blocks[first : first + size]]
            if wanted == "".join(joined) and not any(map(_site_like, joined)):
                return core
            lines = blocks[first : first + size]
            if len({id(block.node) for block in lines}) == 1 and size == len(lines) and "".join(joined) in wanted:
                return "".join(block.text for block in lines)  # one heading over several lines
    return None


def _untagged(text: str, whole: str) -> str:
    """The line without a mark like 原创 that is no part of the headline in <title>."""
    text = _LABELLED.sub("", text)
    tagged = _TAGGED.search(text)
    if tagged and _squeezed(text) not in whole:
        return text[: tagged.start()]
    return text


def _most_similar(wanted: str, blocks: list[Block], lines: list[int]) -> int | None:
    """The line that is nearly the wanted one: a word more or less, a cut end."""
    target = _squeezed(wanted)
    if len(target) < 8:
        return None
    best, letters = (0.8, -1), set(target)
    start = _CUT.sub("", target)
    for number in lines:
        block = blocks[number]
        if len(block.text) < 6 or is_link(block):
            continue
        line = _squeezed(block.text)
        if len(letters & set(line)) < 0.6 * len(letters):
            continue
        if len(start) >= 10 and line.startswith(start) and len(line) <= 3 * len(start):
            return number
        ratio = difflib.SequenceMatcher(None, target, line, autojunk=False).ratio()
        best = max(best, (ratio, number))
    return best[1] if best[1] >= 0 else None
