"""The facts of a text: what tells two texts of one template apart, and what of a text is only its frame."""

from __future__ import annotations

import re
from collections import Counter

_HEAD = re.compile(
    r"(?:本报讯|本网讯|[^,。]{2,12}(?:\d{1,2}月\d{1,2}日)(?:电|讯)|来源:[^,。:]{2,20}?(?=作者|发布|时间|\d|$))"
    r"(?:\((?:实习)?(?:记者|通讯员)[^()]{1,30}\))?"
)
_TAIL = re.compile(r"[(\[]?(?:责任编辑|责编|原标题|免责声明|版权声明|审核|校对):.{0,300}\Z", re.DOTALL)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def trim(body: str) -> str:
    """The body without the lines that a site puts around it. ``body`` is folded."""
    found = _HEAD.match(body)
    start = found.end() if found else 0
    tail = _TAIL.search(body, max(start, len(body) - 400))
    cut = body[start : tail.start()] if tail else body[start:]
    return cut or body


def other_text(first: tuple[str, str], second: tuple[str, str]) -> bool:
    """Whether two alike texts, each title and body, tell of two things: the facts of a template filled in twice."""
    titles = [Counter(_NUMBER.findall(title)) for title, _ in (first, second)]
    bodies = [Counter(_NUMBER.findall(body)) for _, body in (first, second)]
    if all((titles[0] - titles[1], titles[1] - titles[0])):
        return sum(min((bodies[0] - bodies[1]).total(), (bodies[1] - bodies[0]).total()) for _ in "1") >= 2
    return False
