"""The frame of a body: the lines a site puts around a text, by which no two copies are alike."""

from __future__ import annotations

import re

_LABEL = (
    r"(?:(?:信息|文章|稿件|本文|新闻)?来源|稿源|作者|记者|编辑|责任编辑|责编|发布(?:时间|日期|机构|单位)|发表时间|更新时间|时间|日期"
    r"|浏览(?:次数|量)?|点击(?:次数|数|量|率)?|阅读(?:次数|量)?|访问(?:次数|量)|字体|字号|索引号|分享到|打印)"
)
_DAY = r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?(?:\d{1,2}:\d{2}(?::\d{2})?)?"
_OUTLET = r"(?:报|网|社|台|局|委|厅|办|部|院|会|刊|杂志|频道|客户端|公众号|通讯)"
_REPORTERS = r"\([^()]{0,12}(?:记者|通讯员|供图|摄影|摄|图/|文/)[^()]{0,40}\)"
_HEAD = re.compile(
    "|".join(
        (
            rf"\[?【?{_LABEL}[:]\[?(?:{_DAY}|\d{{1,7}}次?|大中小\]?|[^,。:;]{{2,20}}?(?={_LABEL}:|{_DAY}|\d+次)"
            rf"|[^,。:;]{{1,14}}?{_OUTLET}(?![^,。:;]{{0,2}}{_OUTLET}))[\]】|]*",
            _DAY + rf"(?={_LABEL}:)",
            r"\(原标题:[^()]{2,80}(?:\([^()]*\)[^()]{0,40})?\)",
            r"[【\[](?:转载|转帖|转发|原创|本文转自[^】\]]{2,20})[】\]]",
            r"(?:本报|本网|本刊|本台)讯[,:]?",
            r"(?:据)?[^,。:;]{1,14}?(?:报|网|社|台|客户端)[^,。:;]{0,8}?\d{1,2}月\d{1,2}日(?:电|讯|消息)[,:]?",
            r"(?:本报|本网|本刊|本台|[^,。:;]{2,8}(?:报|网|社))记者[^,。:;]{2,9}?报道[,:]?",
            _REPORTERS,
        )
    )
)
_INSERTED = re.compile(_REPORTERS)
_INSERTED_WORDS = ("记者", "通讯员", "供图", "摄")
_TAIL_LABEL = re.compile(
    r"[(\[【]?(?:(?:责任|本文|网络|新媒体)?编辑|责编|审核|校对|审校|[初复终]审|监制|原标题|(?:信息|文章|稿件|本文|新闻)?(?<![据料片表图])来源"
    r"|稿源|作者|供稿|撰稿|文/图|图/文|(?:免责|版权|特别|郑重|转载)?声明|上一[篇条]|下一[篇条]|相关(?:阅读|链接|新闻|文章))\Z"
)
_TAIL_WORDS = (
    "转载请注明",
    "转载时请注明",
    "版权所有",
    "分享到",
    "打印本页",
    "返回顶部",
    "扫一扫",
    "关闭窗口",
    "免责声明】",
    "更多精彩",
)
_LONGEST_LABEL = 7
_MAX_TAIL = 400
_MAX_HEADS = 8


def trim(body: str) -> str:
    """The folded body without the lines at its head and its end that name reporters, editors, sources and addresses.

    A body that is nothing but such lines is given back as it is.
    """
    start = 0
    for _ in range(_MAX_HEADS):
        found = _HEAD.match(body, start)
        if found is None:
            break
        start = found.end()
    # Never more than a third of the text: a label in the middle of it is part of what is told.
    end = _tail(body, max(len(body) - _MAX_TAIL, start + 2 * (len(body) - start) // 3))
    kept = body[start:end]
    if any(word in kept for word in _INSERTED_WORDS):
        kept = _INSERTED.sub("", kept)
    return kept or body


def _tail(body: str, start: int) -> int:
    """Where the lines at the end begin, ``start`` at the earliest."""
    end = len(body)
    for word in _TAIL_WORDS:
        if (place := body.find(word, start, end)) >= 0:
            end = place
    colon = body.find(":", start, end)
    while colon >= 0:
        if found := _TAIL_LABEL.search(body, max(start, colon - _LONGEST_LABEL), colon):
            return found.start()
        colon = body.find(":", colon + 1, end)
    return end
