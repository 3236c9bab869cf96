"""Where the text of a page without a layout stands.

Every printed paragraph has a worth: characters of running text count for it, links and side matter against it. The
text is the run of paragraphs worth most, the first such run behind the headline before others; its container is the
smallest element that holds the run, or a larger one that many publishing systems name alike.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from crawler.reading.page import Element
from crawler.reading.trimming import is_comment_heading, is_related_heading
from crawler.reading.walk import HEADINGS, Block, Box, Walk


@dataclass(frozen=True)
class Weights:
    """The numbers of container choice and trimming; ``read_generic`` takes others to measure how much they matter."""

    link_cost: float = 1.0
    """What a character of a paragraph of links takes from the run it interrupts."""
    plain_share: float = 0.15
    """Worth of a character in a line without the marks of a sentence; one of running text is worth 1."""
    side_share: float = 0.4
    """An element named like side matter is none when it holds more than this share of the page's characters."""
    gap_cost: float = 20.0
    """What each further element that ends between two paragraphs takes from a run over both."""
    section_cost: float = 300.0
    """What a heading of related articles or of comments takes from a run that goes on behind it."""
    first_share: float = 0.4
    """The first run behind the headline is taken when it is worth this share of the best."""
    held_share: float = 0.97
    """Share of the run that its container has to hold."""
    known_share: float = 0.5
    """Share of the run that an element with a usual name has to hold to be taken for the container."""
    least: float = 30.0
    """Worth below which a run is no text."""
    list_share: float = 0.5
    """An element with more than this share of its characters in links is a list, not a part of the text."""


WEIGHTS = Weights()

# By how often they were met on Chinese government and news sites; ids are case-sensitive.
_KNOWN = re.compile(
    r"(?:\A|\s)(?:js_content|rich_media_content|zoom|Zoom|ZOOM|TRS_Editor|TRS_UEDITOR|trs_editor_view|UCAP-CONTENT"
    r"|j-fontContent|vsb_content\w{0,20}|v_news_content|fontzoom|mainText|barrierfree_container|article-content"
    r"|article_content|articleContent|artibody|endText|entry-content|post-content|article-body|articleBody"
    r"|articleText|news_content|newsContent|rm_txt_con|article__content)(?:\s|\Z)"
)
# Names of what is never the text, and of what holds it now and then ("js_share_area", "nav-content").
_SIDE = re.compile(
    r"comment|pinglun|reply|footer|copyright|sidebar|relate|recommend|tuijian|hotnews|crumb|qrcode|login|mianze"
    r"|disclaimer|player",
    re.IGNORECASE,
)
_PERHAPS_SIDE = re.compile(
    r"aside|rank|share|toolbar|statement|nav(?!_?content)|menu"
    r"|(?:^|[-_ ])(?:ad(?:s|vert)?|tags?|hidden|hide)(?:$|[-_ ])",
    re.IGNORECASE,
)
_SENTENCE = re.compile("[。！？；，]|[,;!?].{16}")
_INFO = re.compile(
    r"(?:来源|來源|稿源|作者|编辑|時間|时间|日期|发布|发表|浏览|阅读|点击|责编|记者|字体|字号|关键词|标签)[^:：]{0,3}[:：]"
    r"|(?:19|20)\d\d[-/.年]\d{1,2}[-/.月]\d{1,2}|\d{1,2}:\d\d"
)
_DAY = re.compile(r"(?:\d{4}[-/.年])?\d{1,2}[-/.月]\d{1,2}|\d{1,2}:\d\d|[前天]\Z")
_INFO_CHARS = 90
_FOOTER = re.compile(
    r"版权所有|ICP证|许可证|不良信息举报|举报电话|举报邮箱|主办单位|未经授权.{0,20}转载|未经.{0,12}许可.{0,20}(?:转载|使用)"
)
_STATEMENT = re.compile(
    r"凡本(?:网|站|报)|(?:不代表|不意味着)本(?:网|站|报|媒体|平台)|转载目的在于|本(?:网|站|媒体|平台)(?:部分|所有|刊载|转载|登载)"
    r"|版权(?:均为|均属|归).{0,12}所有"
)
_STATEMENT_CHARS = 500
_IMPRINT = re.compile(r"ICP备|公网安备|网站标识码|备案号|Copyright|All Rights Reserved", re.IGNORECASE)
_FOOTER_CHARS = 300
_UNNAMED = (False, False, False)
_SIDE_TAGS = frozenset(["nav", "footer", "aside"])
_MOST_GAPS = 8
_RECORDS = 3
_RECORD_BLOCKS = 6
_RECORD_CHARS = 200
_TITLE_CHARS = range(4, 121)
_DOCUMENT_TITLE_CHARS = 400
_TITLE_SHARE = 0.35  # of <title>, for a line that is no heading


@dataclass
class Choice:
    """The container (a number among the walk's boxes) and the run of blocks, ``first`` to ``last``, that begins and
    ends with running text.

    ``side`` tells of each block whether it is side matter, ``worth`` how many characters of running text it counts;
    ``title`` is the block of the headline, when one was seen.
    """

    box: int
    first: int
    last: int
    rule: str
    confidence: float
    side: list[bool]
    worth: list[float]
    title: int | None


def choose(walk: Walk, document_title: str, weights: Weights = WEIGHTS) -> Choice | None:
    """The container of a page's text; None when there is no running text."""
    blocks = walk.blocks
    if not blocks:
        return None
    place = title_place(blocks, document_title[:_DOCUMENT_TITLE_CHARS])
    worth = [_worth(block, weights) for block in blocks]
    side = _side_blocks(walk, worth, place, weights)
    _mark_records(walk, worth, side, place, weights)
    for number, aside in enumerate(side):
        if aside and worth[number] > 0:
            worth[number] = -0.5 * len(blocks[number].text)
    if place is not None:
        worth[place] = min(worth[place], 0.0)
    gaps = [weights.gap_cost * min(block.rise - 1, _MOST_GAPS) if block.rise > 1 else 0.0 for block in blocks]
    best = _best_run(worth, gaps)
    if place is not None and best[0] < place <= best[1]:
        before = sum(max(one, 0.0) for one in worth[best[0] : place])
        if before >= weights.first_share * best[2]:
            place = None  # a subheading that <title> quotes, in the midst of the text
    if place is not None:
        first = _first_run(worth, gaps, place + 1, weights)
        if first is not None and first[2] >= weights.first_share * best[2]:
            best = first
    start, stop, value = best
    if value < weights.least:
        return None
    sums = _running(blocks, worth)
    if sums[stop + 1] == sums[start]:  # nothing but lines without the marks of a sentence
        sums = list(accumulate((max(one, 0.0) for one in worth), initial=0.0))
    box = _holder(walk, worth, sums, best, weights)
    known = _known(walk, sums, best, weights)
    if known is not None:
        names = walk.boxes[known].names
        return Choice(known, start, stop, f"container {names}", 0.8, side, worth, place)
    return Choice(box, start, stop, "densest run of text", 0.6, side, worth, place)


def _running(blocks: list[Block], worth: list[float]) -> list[float]:
    """Sums of the characters of running text before each block."""
    return list(
        accumulate(
            (one if 2 * one >= len(block.text) else 0.0 for block, one in zip(blocks, worth, strict=True)), initial=0.0
        )
    )


def title_place(blocks: list[Block], document_title: str) -> int | None:
    """The block that most probably is the headline: part of <title>, or the first h1 where that says nothing."""
    whole = _squeezed(document_title)
    best, place = 0.0, None
    for number, block in enumerate(blocks):
        if not (block.text[:2] in document_title or block.tag == "h1"):
            continue
        if len(block.text) not in _TITLE_CHARS or 2 * block.links > len(block.text):
            continue
        text = _squeezed(block.text)
        rank = 0.0
        if text in whole:
            share = len(text) / len(whole)
            if block.tag in HEADINGS:
                rank = share + 0.3
            elif share >= _TITLE_SHARE:
                rank = share
        elif block.tag == "h1":
            rank = 0.2
        if rank > best:
            best, place = rank, number
    return place


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _side_blocks(walk: Walk, worth: list[float], title: int | None, weights: Weights) -> list[bool]:
    """Of each block whether it stands in an element that by tag or name is not the article."""
    sizes = list(accumulate((len(block.text) for block in walk.blocks), initial=0))
    running = list(accumulate((max(one, 0.0) for one in worth), initial=0.0))
    side = [False] * len(walk.blocks)
    aside: set[int] = set()
    for number, box in enumerate(walk.boxes):
        if box.parent in aside:
            aside.add(number)
            continue
        _, never, perhaps = _named(box.names) if box.names else _UNNAMED
        if not (never or perhaps or box.tag in _SIDE_TAGS) or box.first == box.last:
            continue
        held = sizes if never else running
        if held[box.last] - held[box.first] <= weights.side_share * held[-1] and not (
            title is not None and box.first <= title < box.last
        ):
            aside.add(number)
            side[box.first : box.last] = [True] * (box.last - box.first)
    return side


@lru_cache(maxsize=8192)
def _named(names: str) -> tuple[bool, bool, bool]:
    """Whether class and id name a text's container, side matter, or what may be side matter."""
    return _KNOWN.search(names) is not None, _SIDE.search(names) is not None, _PERHAPS_SIDE.search(names) is not None


def _mark_records(walk: Walk, worth: list[float], side: list[bool], title: int | None, weights: Weights) -> None:
    """Call side matter what comes in like boxes of a link and a few words each: teasers, comments.

    Where no text stands before them and little beside them they are the page's text.
    """
    records: dict[int, list[Box]] = defaultdict(list)
    for box in walk.boxes:
        if 2 <= box.last - box.first <= _RECORD_BLOCKS and box.parent >= 0:
            inside = range(box.first, box.last)
            texts = [number for number in inside if 2 * worth[number] > len(walk.blocks[number].text)]
            if (
                1 <= len(texts) <= 2
                and all(len(walk.blocks[number].text) < _RECORD_CHARS for number in texts)
                and any(_heads_record(walk.blocks[number]) for number in inside if number not in texts)
            ):
                records[box.parent].append(box)
    total = list(accumulate((max(one, 0.0) for one in worth), initial=0.0))
    beside = list(
        accumulate((0.0 if aside else max(one, 0.0) for one, aside in zip(worth, side, strict=True)), initial=0.0)
    )
    for boxes in records.values():
        if len(boxes) < _RECORDS:
            continue
        marked = sum(total[box.last] - total[box.first] for box in boxes)
        first = boxes[0].first
        before = beside[first] - beside[title + 1 if title is not None and title < first else 0]
        if before >= weights.least or total[-1] - marked >= weights.first_share * marked:
            for box in boxes:
                side[box.first : box.last] = [True] * (box.last - box.first)


def _heads_record(block: Block) -> bool:
    """Whether a line has a link or a date: the headline of a teaser, the writer or the time of a comment."""
    return block.links > 1 or (len(block.text) < 40 and _DAY.search(block.text) is not None)


def _worth(block: Block, weights: Weights) -> float:
    text = block.text
    size = len(text)
    if not size:
        return 0.0
    if block.links > 0.5 * size:
        return 0.0 if block.anchors else -weights.link_cost * block.links
    if size <= 20 and (is_related_heading(block) or is_comment_heading(block)):
        return -weights.section_cost
    own = size - block.links
    if own < 10 or (size < _INFO_CHARS and "。" not in text and _INFO.search(text)):
        return 0.0
    if (size < _FOOTER_CHARS and _FOOTER.search(text)) or (size < 4 * _FOOTER_CHARS and _IMPRINT.search(text)):
        return -float(size)
    if size < _STATEMENT_CHARS and _STATEMENT.search(text):
        return -float(size)
    return float(own) if _SENTENCE.search(text) else weights.plain_share * own


def _best_run(worth: list[float], gaps: list[float]) -> tuple[int, int, float]:
    """First and last number and sum of the contiguous run with the greatest sum."""
    best = (0, 0, 0.0)
    total, begin = 0.0, 0
    for number, (own, gap) in enumerate(zip(worth, gaps, strict=True)):
        total -= gap
        if total <= 0:
            total, begin = 0.0, number
        total += own
        if total > best[2]:
            best = (begin, number, total)
    return best


def _first_run(worth: list[float], gaps: list[float], start: int, weights: Weights) -> tuple[int, int, float] | None:
    """The first run from ``start`` on that is worth enough to be text."""
    best: tuple[int, int, float] | None = None
    total, begin = 0.0, start
    for number in range(start, len(worth)):
        total -= gaps[number]
        if total <= 0:
            if best is not None:
                return best
            total, begin = 0.0, number
        total += worth[number]
        if total >= weights.least and (best is None or total > best[2]):
            best = (begin, number, total)
    return best


def _holder(walk: Walk, worth: list[float], sums: list[float], run: tuple[int, int, float], weights: Weights) -> int:
    """The smallest box around the run's heaviest block that holds nearly all of the run."""
    start, stop, _ = run
    boxes = walk.boxes
    wanted = weights.held_share * (sums[stop + 1] - sums[start])
    place = walk.blocks[max(range(start, stop + 1), key=worth.__getitem__)].box
    while boxes[place].parent >= 0:
        box = boxes[place]
        held = sums[min(box.last, stop + 1)] - sums[max(box.first, start)]
        if held >= wanted:
            break
        place = box.parent
    return _around(walk, place)


def _around(walk: Walk, place: int) -> int:
    """The element around one that is a mere paragraph, list or table of data: by-lines and captions stand beside it."""
    boxes = walk.boxes
    while boxes[place].parent >= 0:
        box = boxes[place]
        alone = box.tag in ("p", "font", "span") or (box.last - box.first == 1 and box.tag != "td")
        data = box.tag in ("table", "tbody") and walk.blocks[box.first].tag == "tr"
        if not (alone or data or box.tag in ("ul", "ol")) or boxes[box.parent].tag in ("body", "html"):
            break
        place = box.parent
    return place


def _known(walk: Walk, sums: list[float], run: tuple[int, int, float], weights: Weights) -> int | None:
    """The box with a usual name that holds enough of the run; the inner one of two that hold the same.

    None when several such boxes share the text: then the element around them is its container.
    """
    start, stop, _ = run
    wanted = weights.known_share * (sums[stop + 1] - sums[start])
    best, found = 0.0, None
    together, covered = 0.0, 0
    for number, box in enumerate(walk.boxes):
        if box.names and box.first <= stop and box.last > start and _named(box.names)[0]:
            held = sums[min(box.last, stop + 1)] - sums[max(box.first, start)]
            if box.first >= covered:
                together += held
                covered = box.last
            if held >= wanted and held >= best:
                best, found = held, number
    return found if best >= weights.held_share * together else None


def element_of(walk: Walk, choice: Choice) -> Element:
    """The container's element."""
    return walk.boxes[choice.box].node
