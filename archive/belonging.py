"""What a figure or a name in a sentence belongs to: the noun that is counted, the office that is held."""

from __future__ import annotations

import re
from collections.abc import Sequence

from archive.marks import UNITS, Token

_UNIT = re.compile(rf"(?:{UNITS})")
_COUNTED = frozenset("个家项名件批次座所台套条种类篇份场只块枚例起栋间处")
_EDGE_WORDS = re.compile(
    r"(?:.*(?:新增|增加|增至|增长到|减少|减至|培育|评选出?|评出|认定|选出|公布|共有|共计|总计|合计|累计|建成|建立|创建|完成|实现|达到|超过|安排|投入|其中|目前"
    r"|全市|全省|全县|全区|全国|已有|现有|拥有|包括|召开|举办|开展|制定|修订|发布|通过|获得|发现|查处))"
)
_TAIL_WORDS = re.compile(
    r"(?:力争|达到?|为|是|有|共|约|至|到|近|超|由|从|在|以|于|增|减|仅|只|已|了|的|各|等|分别|不少于|不低于|不超过|新增|增加|增至|减少|减至|累计|共计|共有|合计|超过)+$"
)
_HEAD_STOPS = re.compile(r"[的等和与及，、]|通过|参加|获得|达到|不合格|合格|完成|实现|位于|同比|增长|以上|以下|左右|，")
_HAN = re.compile(r"[\u4e00-\u9fffA-Za-z]+")


def about_of(row: list[Token], place: int) -> str:
    """What a figure, date or name belongs to: the office before a name, the noun a figure counts; "" when unclear."""
    mark = row[place].mark
    if mark == "name":
        for near in (place - 1, place + 1):
            if 0 <= near < len(row) and row[near].mark == "office":
                return row[near].text
        return ""
    if mark != "number":
        return ""
    behind = "" if row[place].tail else _run(row[place + 1 : place + 20])
    unit = _UNIT.match(behind)
    if unit and unit[0] in _COUNTED:
        noun = _HEAD_STOPS.split(behind[unit.end() :])[0]
        if 2 <= len(noun) <= 14:
            return noun
    before = _run(row[max(0, place - 20) : place], backwards=True)
    noun = _TAIL_WORDS.sub("", before)
    shorter = _EDGE_WORDS.sub("", noun)
    noun = shorter if len(shorter) >= 2 else noun
    return noun[-14:] if len(noun) >= 2 else ""


def _run(row: Sequence[Token], *, backwards: bool = False) -> str:
    """The words up to the next mark of punctuation or thing of note."""
    text = ""
    for token in reversed(row) if backwards else row:
        if token.mark in ("number", "date", "doc_number") or (backwards and token.tail) or not _HAN.match(token.text):
            break
        text = token.text + text if backwards else text + token.text
        if not backwards and token.tail:
            break
    return text
