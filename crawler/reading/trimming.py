"""What stands in a text's container and is not the text: a second copy, related links, disclaimers, share bars."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from crawler.reading.body import Block
from crawler.reading.labels import plain
from crawler.reading.text import clean

# From a paragraph that begins so the text is over, on every site.
_END = re.compile(
    r"【?(?:版权及免责声明|版权声明|免责声明|特别声明|郑重声明|免责条款)[】:：]|一键分享|分享到\s*[:：]|分享至\s*[:：]|【(?:打印|关闭|纠错|写进|返回)"
    r"|打印本页|关闭窗口|返回顶部|上一篇\s*[:：]|下一篇\s*[:：]|上一条\s*[:：]|扫一扫在手机|相关热词搜索|\[打印|我要评论|网友评论|声明[:：]\s?(?:本|转载|凡)"
)
_END_ALONE = re.compile(
    r"(?:分享到?|分享让更多人看到|一键分享至?|打印|关闭|返回|上一篇|下一篇|扫一扫|顶部|收藏)[\s:：]*\Z"
)
# A heading after which only links come.
_RELATED = re.compile(
    r"[【\[▪■◆●]?\s?(?:延伸阅读|相关(?:新闻|阅读|文章|报道|链接|信息|内容|推荐|资讯|专题|视频|话题)|(?:编辑|小编|精彩|重点|热门|猜你|为[您你]|今日|视频)推荐"
    r"|推荐(?:阅读|新闻|文章|视频|内容)?|(?:热门|热点|最新|最热|今日|本周|本月|图片|滚动|精彩|要闻|点击|阅读|新闻)(?:推荐|新闻|文章|资讯|排行榜?|排名|图片|视频|内容|要闻|关注|导读|热点)"
    r"|猜你喜欢|大家都在看|大家还在看|您?可能(?:还|也)?(?:感兴趣|喜欢|会喜欢).{0,8}|更多(?:新闻|精彩|阅读)?|往期(?:回顾|精选)|酷图热图|排行榜?|热搜榜?|24小时(?:热文|热榜|排行).{0,4}"
    r"|友情链接|网友还(?:关注|看).{0,4}|(?:版权|免责|特别|反侵权|转载|法律)(?:声明|申明|公告|说明))[】\]\s:：>》]*\Z"
)
_COMMENTS = re.compile(
    r"(?:热门|最新|精彩|精选|网友|用户|全部|所有|读者|我的|我来|发表|查看|更多|文章|相关)(?:评论|留言|跟[帖贴]|点评|回复)|(?:评论|跟[帖贴]|留言)(?:区|列表)?\s*[(（\d]|评论(?:区|列表)?\Z"
)
_COMMENTS_FIRST = frozenset("热最精网用全所读我发查更文相评跟留熱網讀發評")
_END_FIRST = frozenset(
    "【[▪■◆● 版免特郑一分打关返上下扫相我网声顶收延推热猜更往酷精为编小重最今本图滚要点阅新大您可排2友视反转法"
    "熱編圖滾點閱視轉為"
)
"""First characters of all that the three patterns match; most paragraphs begin otherwise."""
_DATE = re.compile(r"[(（\[]?\s?(?:19|20)\d\d[-/.年]\d{1,2}[-/.月]\d{1,2}日?(?:\s?\d{1,2}:\d\d(?::\d\d)?)?\s?[)）\]]?")
_BULLET = " \t-·•●■▪◆>»"


def cut(blocks: list[Block], patterns: Iterable[str] = ()) -> tuple[list[Block], str | None]:
    """The blocks before the first that ends the text, and that block's text.

    ``patterns`` are a layout's own, matched at a paragraph's start; the standing list of such starts is tried too. A
    heading of related links ends the text only when nothing but links follows it.
    """
    own = [_compiled(pattern) for pattern in patterns]
    for number, block in enumerate(blocks):
        text = plain(block.text[:40])
        if any(pattern.match(text) for pattern in own):
            return blocks[:number], block.text
        if not text or text[0] not in _END_FIRST:
            continue
        ends = _END.match(text) or _END_ALONE.match(text)
        if ends or (_RELATED.match(text) and _only_links(blocks[number + 1 :])):
            return blocks[:number], block.text
    return blocks, None


def one_copy(blocks: list[Block]) -> tuple[list[Block], bool]:
    """The blocks without a second copy of the whole text; whether there was one."""
    texts = [block.text for block in blocks if block.text]
    if len(texts) == 1:
        half, odd = divmod(len(texts[0]), 2)
        single = texts[0]
        if half >= 40 and (single[:half] == single[-half:]) and (not odd or single[half] == " "):
            for block in blocks:
                block.text, block.raw = block.text[:half], ""
            return blocks, True
        return blocks, False
    start = _second_start(texts)
    if start is None:
        return blocks, False
    kept: list[Block] = []
    seen = 0
    for block in blocks:
        if block.text:
            seen += 1
            if start < seen <= 2 * start:
                continue
        elif start <= seen < 2 * start:
            continue  # pictures of the second copy
        kept.append(block)
    return kept, True


def _second_start(texts: list[str]) -> int | None:
    """Where the whole text begins again: ``texts[:n]`` equals ``texts[n:2n]``, and it is no mere refrain."""
    if not texts:
        return None
    for size in range(1, len(texts) // 2 + 1):
        if texts[size] == texts[0] and texts[:size] == texts[size : 2 * size] and sum(map(len, texts[:size])) >= 40:
            return size
    return None


def drop_tail_links(blocks: list[Block]) -> list[Block]:
    """Without a run of links at the end, dates behind them included; links to attachments stay."""
    end, links, listed = len(blocks), 0, False
    while end:
        block = blocks[end - 1]
        if block.text and not (is_link(block) or _RELATED.match(plain(block.text))):
            break
        if block.files:
            break
        links += bool(block.text)
        listed = listed or block.tag in ("li", "ul", "dd")
        end -= 1
    if links >= 3 or (links and listed):
        return blocks[:end] if any(block.text for block in blocks[:end]) else blocks
    return blocks


def drop_head(blocks: list[Block], lines: Iterable[str]) -> list[Block]:
    """Without leading blocks that repeat the headline or the info line."""
    known = {_bare(line) for line in lines if line}
    start = 0
    for number, block in enumerate(blocks[:6]):
        if block.text and len(block.text) < 200 and _bare(block.text) in known:
            start = number + 1
        elif block.text:
            break
    return blocks[start:]


def _bare(text: str) -> str:
    return "".join(text.split()).lower()


def is_related_heading(block: Block) -> bool:
    """Whether the line announces links to other articles."""
    text = block.text
    return len(text) <= 20 and text[:1] in _END_FIRST and _RELATED.match(plain(text)) is not None


def is_comment_heading(block: Block) -> bool:
    """Whether the line announces what readers wrote."""
    text = block.text
    return len(text) <= 20 and text[:1] in _COMMENTS_FIRST and _COMMENTS.match(plain(text)) is not None


def is_link(block: Block) -> bool:
    """Whether the paragraph is a link, or a link and its date."""
    return block.links > 0 and block.links >= 0.8 * len(without_date(block.text))


def without_date(text: str) -> str:
    """The line without dates and bullets."""
    return clean(_DATE.sub("", text)).strip(_BULLET)


def _only_links(blocks: list[Block]) -> bool:
    return all(not block.text or is_link(block) or _DATE.search(block.text) or len(block.text) < 30 for block in blocks)


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
