"""The time of publication from the lines around a text.

The order is that of templates: a labelled time before one with a clock, that before a bare day; below the headline
before above it; times of update and of a document's own date last.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from crawler.reading.dates import FoundDate, complete_date, find_date, find_relative, find_split_date
from crawler.reading.draft import Draft
from crawler.reading.labels import InfoLine, read_info
from crawler.reading.zone import Line

_SERVER_DAY = re.compile(
    r"今天是|今日是|现在是|當前時間|当前时间|北京时间\s*[:：]|欢迎您|欢迎访问|天气|农历|星期.{1,8}农历"
)
_WEEKDAY = re.compile(r"星期[一二三四五六日天]|周[一二三四五六日]")
_OTHER_DAY = re.compile(r"有效期|截止|截至|失效|施行|实施|生效|报名|举办|召开|活动|公示|开标|考试|版权|©")
_ANY_DAY = datetime(2000, 1, 1, tzinfo=UTC)
_DATE_ONLY = re.compile(r"[\d\s/:.年月日-]+\Z")
_CLOCK_FIRST = re.compile(r"\d{1,2}[:：]\d{2}")
_RELATIVE = re.compile(r"刚刚|前|今天|昨天|今日|昨日")
_OWN_DAY = re.compile(r"[（(]\s?\d{4}\s?年[^()（）]{3,24}[)）]\Z")
"""A day in brackets on its own line is the document's, printed with the text."""
_BARE_DAY, _ISSUED, _WRITTEN = 3, 6, 7
_BESIDE = 6
TAIL_LABEL = re.compile(
    r"[（(【\[]?\s?(?:本文|文章|新闻|信息|稿件|消息|内容)?(?:来源|稿源|转自|作者|记者|文|责任编辑|责编|编辑|发布时间|发布日期|撰稿|执笔|供稿|通讯员)\s?[:：/丨|｜]"
)
OTHER_STORY = 14
LINE_CHARS = 260
TAIL_LINES = 14


@dataclass
class Surroundings:
    """The lines behind the headline up to the text, those above the headline, those below the text.

    ``known`` are days that the address or the meta tags tell, only to complete a date printed without its year.
    """

    header: list[Line] = field(default_factory=list)
    above: list[Line] = field(default_factory=list)
    below: list[Line] = field(default_factory=list)
    known: list[date] = field(default_factory=list)
    again: int | None = None
    """The header line that prints the headline again: what follows stands in the text's own heading."""
    declared: bool = False
    """Whether a meta tag or the like gives a date."""


@dataclass
class _Dated:
    """A date a line may give: lower ranks first."""

    rank: int
    number: int
    found: FoundDate
    rule: str
    text: str
    confidence: float


def set_date(draft: Draft, header: list[Line], infos: list[InfoLine], around: Surroundings) -> int | None:
    """Set the date; the number of the header line it stands on."""
    candidates = [one for number, line in enumerate(header) if (one := _dated(number, line, infos[number])) is not None]
    for one in candidates:
        if around.again is not None and one.number > around.again and one.rank == _BARE_DAY:
            one.rank, one.confidence = _WRITTEN, 0.6
    candidates += _dated_above(draft, around)
    if around.declared:
        candidates = [one for one in candidates if one.rank < _WRITTEN]
    if candidates:
        best = min(candidates, key=lambda one: (one.rank, one.number))
        found = best.found
        if found.precision == "day" and 0 <= best.number < len(header) - 1:
            found = _with_clock(found, best.text, header[best.number + 1].text, draft) or found
        draft.set_date(found, best.rule, best.confidence)
        return best.number if best.number >= 0 else None
    joined = " ".join(line.text for line in header[:10] if len(line.text) < 40 and line.text[:1].isdigit())
    split = find_split_date(joined, latest=draft.latest)
    if split is None:
        above = " ".join(line.text for line in around.above[-_BESIDE:] if _DATE_ONLY.match(line.text))
        split = find_split_date(above, latest=draft.latest)
    if split is not None:
        draft.set_date(split, "date over several boxes", 0.9)
        places = [number for number, line in enumerate(header) if line.text and line.text in split.matched]
        return places[-1] if places else None
    return _incomplete_date(draft, header, around)


def _dated_above(draft: Draft, around: Surroundings) -> list[_Dated]:
    """Dates above the headline: labelled ones, and at its side those with a clock or known from elsewhere."""
    found: list[_Dated] = []
    for back, line in enumerate(reversed(around.above), start=1):
        if not any(map(str.isdigit, line.text)):
            continue
        info = read_info(line.text, latest=draft.latest)
        one = _dated(-back, line, info)
        if one is None or (_WEEKDAY.search(line.text) and one.found.day not in around.known):
            continue
        labelled = one.rank in (0, _ISSUED, _WRITTEN) or "source" in info.values
        near = back <= _BESIDE and (one.rank == 1 or one.found.day in around.known)
        if labelled or near:
            one.rank = one.rank if one.rank >= _ISSUED else 2 if labelled else 3
            one.number, one.rule, one.confidence = -1, f"{one.rule}, above the headline", one.confidence - 0.1
            found.append(one)
    return found


def _incomplete_date(draft: Draft, header: list[Line], around: Surroundings) -> int | None:
    """A relative date, or one without its year; a label below the text last."""
    for number, line in enumerate(header):
        if len(line.text) > 80:
            continue
        if _RELATIVE.search(line.text):
            relative = find_relative(line.text, draft.latest or _ANY_DAY)
            if relative is not None:
                if draft.latest is not None:
                    draft.set_date(relative, "relative to the fetch", 0.8)
                return number  # the source may stand beside it all the same
        for day in around.known:
            completed = complete_date(line.text, day)
            if completed is not None:
                draft.set_date(completed, "date without year, year from address or meta", 0.8)
                return number
    for text in (line.text for line in around.below[:TAIL_LINES]):
        if len(text) < 80 and TAIL_LABEL.match(text):
            info = read_info(text, latest=draft.latest)
            if info.date is not None and info.date_key == "date":
                draft.set_date(info.date, "label below the text", 0.7)
                break
    return None


def _dated(number: int, line: Line, info: InfoLine) -> _Dated | None:
    text = line.text
    found = info.date
    if found is None or len(text) > LINE_CHARS or _SERVER_DAY.search(text):
        return None
    rest = len(text) - len(found.matched)
    linked = "".join(piece.text for piece in line.pieces if piece.href is not None)
    if len(linked.replace(found.matched, "")) > OTHER_STORY:
        return None  # another story's headline with its day
    if info.date_key != "date" and _OTHER_DAY.search(text[: text.find(found.matched[:4])]):
        return None
    clock = found.precision != "day"
    if info.date_key == "date":
        return _Dated(0, number, found, f"label {info.matched['date']}", text, 0.98 if clock else 0.95)
    if info.date_key == "updated":
        return _Dated(5, number, found, f"label {info.matched['updated']}", text, 0.7)
    if info.date_key == "issued":
        return _Dated(_ISSUED, number, found, f"label {info.matched['issued']}", text, 0.8)
    if info.date_key == "written" or _OWN_DAY.match(text):
        return _Dated(_WRITTEN, number, found, f"label {info.matched.get('written', '')}".strip(), text, 0.6)
    if info.labels == 0 and (rest > 60 or "。" in text):
        return None
    if info.date_key or (info.labels == 0 and rest > 30):
        return _Dated(4, number, found, "date in an info line", text, 0.75)
    return _Dated(1 if clock else _BARE_DAY, number, found, "date below the headline", text, 0.97 if clock else 0.9)


def _with_clock(found: FoundDate, text: str, following: str, draft: Draft) -> FoundDate | None:
    """The date with the clock that stands alone in the next box."""
    if not _CLOCK_FIRST.match(following) or not text.rstrip().endswith(found.matched[-2:]):
        return None
    longer = find_date(f"{found.matched} {following[:8]}", latest=draft.latest)
    return longer if longer is not None and longer.day == found.day else None
