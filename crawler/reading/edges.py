"""What of a container's paragraphs is the text: its edges, and what a template set into it.

Paragraphs that stand where most of the text stands are the author's and stay; what a template adds stands in elements
of its own, and is known by its links, its words or its place.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import accumulate

from crawler.reading.container import Choice, Weights
from crawler.reading.trimming import is_link, is_related_heading
from crawler.reading.walk import HEADINGS, Block, Box, Walk

_BAR_WORDS = (
    "分享到?|分享至|一键分享|转发|微信好友|朋友圈|微信|新浪微博|腾讯微博|微博|QQ空间|QQ好友|QQ|人人网|豆瓣|复制链接|打印本页|打印|关闭窗口"
    "|关闭本页|关闭|收藏本页|收藏|字体大小|字体|字号|放大|缩小|恢复|默认|超大|大|中|小|纠错|举报|点赞|评论|跟帖|参与|讨论|浏览次数|浏览|阅读"
    "|点击|返回顶部|返回列表|返回首页|返回|顶部|语音播报|朗读|播放|暂停|自动播放|开关|正在加载|加载中|全屏|重播|上一页|下一页|上页|下页"
    "|首页|尾页|末页|第|共|页|手机看|手机阅读|扫一扫|繁体|简体|无障碍|听新闻|Tt|AA|A|T|赞|踩|顶|人|条|次|分|展开全文|收起|关注|已关注|订阅"
)
_BAR_PIECES = "|".join(sorted(_BAR_WORDS.replace("分享到?", "分享到|分享").split("|"), key=len, reverse=True))
# Possessive: what a piece took is not given back, or a long row of letters would be tried in every division.
_BAR = re.compile(
    rf"(?:{_BAR_PIECES}|[\s\d|｜/\\:：+＋\-—_\[\]【】()（）<>《》〈〉«»、,，.。…·•*?？!！↑↓←→&])++\Z", re.IGNORECASE
)
_WORD = re.compile("[\u4e00-\u9fffA-Za-z]")
_BAR_CHARS = 60
_ORIGINAL = re.compile(r"[（(【\[]?\s*(?:本文)?原(?:标题|题目?|文标题)(?:为|是)?\s*[:：《]")
_ADVERTISEMENT = re.compile(r"[（(【\[](?:广告|推广|AD)[】\])）]")
_CREDIT = re.compile(
    r"[（(【\[]?\s*(?:责任编辑|責任編輯|责编|网络编辑|值班编辑|本文编辑|本文来源|文章来源|原文来源|原文链接|本文链接|本文网址|编辑|校对|审核|监制|来源)\s*[:：|｜]"
)
_SURE_CREDIT = re.compile(
    r"[（(【\[]?\s*(?:责任编辑|責任編輯|责编|网络编辑|值班编辑|本文来源|原文链接|本文链接|本文网址)\s*[:：|｜]"
)
_EDITOR = re.compile(r"[（(【\[]?\s*(?:责任编辑|責任編輯)\s*[:：]")
_INFO = re.compile(r"(?:来源|出处|作者|编辑|时间|日期|发布|阅读|浏览|点击|人气|责编)\s*[:：]|\d{4}[-/.年]\d")
_INFO_CHARS = 120
_CREDIT_CHARS = 60
_PROMPT = re.compile(
    r"二维码|(?:打开|前往).{2,8}(?:新闻|查看)|查看精彩|(?:下载|打开|安装).{0,12}(?:APP|客户端)|关注.{0,12}(?:公众号|微信|微博|我们)|(?:报料|爆料|投稿|举报|维权|新闻).{0,4}(?:热线|电话|邮箱|信箱)"
    r"|更多.{0,16}(?:资讯|内容|精彩|报道|新闻)|欢迎.{0,6}(?:关注|投稿|爆料|订阅|转载)|条评论|的?评论将|登录后|未经.{0,12}(?:授权|许可|允许|同意)|转载(?:请|须|需|时|自)"
    r"|版权|仅代表|不代表|侵权|侵犯.{0,8}(?:联系|删除)|声明[:：]|凡(?:本网|注明|来源|本站)|文责自负|免责|不构成.{0,4}建议|发送邮件|本文(?:来自|来源|系|由|为|转自)|特此|仅供参考|推荐阅读|相关阅读"
    r"|Copyright|All Rights",
    re.IGNORECASE,
)
_ADDITION_CHARS = 90
_LEAD_BLOCKS = 3
_EDGE_CHARS = 40
_KEPT_AT_EDGES = HEADINGS | {"tr"}
_BOXES = frozenset(["div", "section", "td", "form", "dl", "ul", "fieldset"])
_STOPS = re.compile("[。！？；，]|[:：]\\Z")
_LABELS = re.compile(r"(?:标签|关键[词字]|TAGS?|专题|话题|分类|栏目)\s*(?:[:：]|\Z|\s)", re.IGNORECASE)
_HOME_SHARE = 0.6
_INNER = frozenset(["p", "li", "center", "span", "dd", "dt", *HEADINGS])


@dataclass
class Text:
    """``blocks`` are the text; ``credits`` are lines of editor and source taken out of its edges."""

    blocks: list[Block] = field(default_factory=list)
    credits: list[str] = field(default_factory=list)


def text_blocks(walk: Walk, choice: Choice, body: list[Block], weights: Weights) -> Text:
    """``body``, the container's paragraphs behind the info lines, without lists of links, bars, prompts and credits,
    and without what lies beyond the links before and after the text.
    """
    lists = _list_blocks(walk, choice, weights)
    home = _home(walk, choice)
    top = walk.boxes[choice.box]
    worth = {id(walk.blocks[number]): choice.worth[number] for number in range(top.first, top.last)}
    places = [_home_of(walk, block) for block in body]
    foreign = [id(block) in lists or is_bar(block.text) or _is_paging(block) for block in body]
    linked = [block.links > 0 and not block.anchors and is_link(block) for block in body]
    outside = [home is not None and place != home for place in places]
    usual = _usual_tag(walk, choice)
    strange = [out or (block.tag in _BOXES and block.tag != usual) for block, out in zip(body, outside, strict=True)]
    ends = [not link and worth.get(id(block), 0.0) < 0 for block, link in zip(body, linked, strict=True)]
    numbers = {id(block): number for number, block in enumerate(body)}
    start = numbers.get(id(walk.blocks[choice.first]), 0)
    stop = numbers.get(id(walk.blocks[choice.last]), len(body) - 1)
    for number in range(stop + 1, len(body)):
        if (ends[number] and not outside[number]) or (home is None and (linked[number] or foreign[number])):
            break
        if not outside[number] and worth.get(id(body[number]), 0.0) > 0:
            stop = number  # the text goes on behind a box that was set into it
    limit = _editor_line(body, worth, start, stop)
    stop = min(stop, limit - 1)
    title = walk.blocks[choice.title] if choice.title is not None else None

    text = Text()
    begin = start
    while begin > 0 and not (foreign[begin - 1] or linked[begin - 1] or ends[begin - 1] or body[begin - 1] is title):
        begin -= 1
    end = stop + 1
    while end < limit and not foreign[end] and not ends[end]:
        if linked[end] and (end + 1 >= len(body) or linked[end + 1] or body[end].tag == "li"):
            break
        end += 1
    number = begin
    while number < end:
        block = body[number]
        edge = number < start or number > stop
        if _is_list_heading(body, linked, number, end):
            number += 1
            while number < end and (linked[number] or not body[number].text):
                number += 1
            continue
        in_list = foreign[number] or (linked[number] and (number > stop or _is_set_in(body, linked, places, number)))
        if number <= start and block.text[-1:] in ".…" and _is_repeated(block, body[number + 1 : number + 4]):
            in_list = True
        if not in_list and not _is_addition(block, strange[number], edge, text.credits):
            text.blocks.append(block)
        number += 1
    text.blocks[:0] = _lead(walk, choice, text.blocks)
    for block in body[end : end + 6]:
        if len(block.text) <= _CREDIT_CHARS and _SURE_CREDIT.match(block.text):
            text.credits.append(block.text)
    return text


def _editor_line(body: list[Block], worth: dict[int, float], start: int, stop: int) -> int:
    """The number of the line of the responsible editor that stands below most of the text; else one past the end."""
    sums = list(accumulate((max(worth.get(id(block), 0.0), 0.0) for block in body), initial=0.0))
    for number in range(start + 1, stop):
        text = body[number].text
        if len(text) <= _CREDIT_CHARS and _EDITOR.match(text) and 2 * sums[number] >= sums[-1]:
            return number
    return len(body)


def _lead(walk: Walk, choice: Choice, below: list[Block]) -> list[Block]:
    """Running text between the headline and the container: a summary or first paragraph in a box of its own."""
    top = walk.boxes[choice.box]
    if choice.title is None or choice.title >= choice.first:
        return []
    lead = [
        walk.blocks[number]
        for number in range(choice.first, top.first)
        if 2 * choice.worth[number] >= len(walk.blocks[number].text) > 0
    ]
    return [block for block in lead if not _is_repeated(block, below[:3])][:_LEAD_BLOCKS]


def _is_repeated(block: Block, following: list[Block]) -> bool:
    """Whether a line ends as a paragraph right below it goes on or ends, perhaps cut with dots."""
    text = block.text.rstrip(".…。")
    return len(text) >= 20 and any(text[-20:] in other.text for other in following)


def is_bar(text: str) -> bool:
    """Whether a line holds nothing but the words of share, font, print, player and paging bars."""
    return len(text) <= _BAR_CHARS and _BAR.match(text) is not None and _WORD.search(text) is not None


def _is_paging(block: Block) -> bool:
    """Whether a line is links to numbers."""
    return block.links > 0 and not block.anchors and len(block.text) < _BAR_CHARS and not _WORD.search(block.text)


def _is_list_heading(body: list[Block], linked: list[bool], number: int, end: int) -> bool:
    following = number + 1
    while following < end and not body[following].text:
        following += 1
    return following < end and linked[following] and not linked[number] and is_related_heading(body[number])


def _is_set_in(body: list[Block], linked: list[bool], places: list[int], number: int) -> bool:
    """Whether a link stands in a list, beside other links, or in a box of its own."""
    around = [other for other in (number - 1, number + 1) if 0 <= other < len(body)]
    if body[number].tag == "li" or any(linked[other] for other in around):
        return True
    return all(places[other] != places[number] for other in around)


def _is_addition(block: Block, strange: bool, edge: bool, credit_lines: list[str]) -> bool:
    """Whether a template added the line: the original headline, credits, prompts, tags."""
    text = block.text
    if not text or len(text) > _ADDITION_CHARS:
        return False
    if _ORIGINAL.match(text) or _ADVERTISEMENT.match(text):
        return True
    if len(text) <= _CREDIT_CHARS and (_SURE_CREDIT.match(text) or (strange and _CREDIT.match(text))):
        credit_lines.append(text)
        return True
    if edge and _LABELS.match(text):
        return True
    if edge and len(text) <= _INFO_CHARS and len(_INFO.findall(text)) > 1:
        credit_lines.append(text)
        return True
    if not strange:
        return False
    if not _WORD.search(text):
        return len(text) < _EDGE_CHARS and block.tag != "tr"
    plain = edge and len(text) < _EDGE_CHARS and block.tag not in _KEPT_AT_EDGES and not _STOPS.search(text)
    return plain or _PROMPT.search(text) is not None


def _usual_tag(walk: Walk, choice: Choice) -> str:
    """The tag of most of the text's paragraphs."""
    held: dict[str, float] = defaultdict(float)
    for number in range(choice.first, choice.last + 1):
        held[walk.blocks[number].tag] += max(choice.worth[number], 0.0)
    return max(held, key=held.__getitem__)


def _home(walk: Walk, choice: Choice) -> int | None:
    """The box in which most of the text stands, directly or in paragraphs; None when it is spread over many."""
    held: dict[int, float] = defaultdict(float)
    total = 0.0
    for number in range(choice.first, choice.last + 1):
        worth = choice.worth[number]
        if worth > 0:
            held[_home_of(walk, walk.blocks[number])] += worth
            total += worth
    home = max(held, key=held.__getitem__)
    return home if held[home] >= _HOME_SHARE * total else None


def _home_of(walk: Walk, block: Block) -> int:
    """The number of the box in which a paragraph stands beside others."""
    box: Box = walk.boxes[block.box]
    alone = box.last - box.first == 1 and box.tag not in ("td", "body")
    return box.parent if box.parent >= 0 and (alone or box.tag in _INNER) else block.box


def _list_blocks(walk: Walk, choice: Choice, weights: Weights) -> set[int]:
    """Blocks of the container that stand in boxes which are mostly links, their headings included."""
    top = walk.boxes[choice.box]
    blocks = walk.blocks[top.first : top.last]
    sizes = list(accumulate((len(block.text) for block in blocks), initial=0))
    links = list(accumulate((block.links for block in blocks), initial=0))
    lines = list(accumulate((block.links > 0 and is_link(block) for block in blocks), initial=0))
    files = list(accumulate((block.anchors is not None for block in blocks), initial=0))
    found: set[int] = set()
    covered = 0
    for number in range(choice.box + 1, len(walk.boxes)):
        box = walk.boxes[number]
        if box.first >= top.last:
            break
        first, last = box.first - top.first, box.last - top.first
        if first < covered or lines[last] - lines[first] < 2 or files[last] > files[first]:
            continue
        if links[last] - links[first] > weights.list_share * (sizes[last] - sizes[first]):
            found.update(id(block) for block in blocks[first:last])
            covered = last
    return found
