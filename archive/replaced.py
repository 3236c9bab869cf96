"""Words that stand in the place of others: names of places, organisations and persons, and lists of them."""

from __future__ import annotations

import re
from bisect import bisect
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from archive.grams import GRAM, Hashes, code_points, hash_grams, is_in
from archive.places import PLACE

MAX_GAPS = 300
NAME = 1.0
"""Points of one name that is another."""
_RENAMED = 1.5
_MOST_NAMES = 4.5
_STOPS = re.compile("[。!?;]")

_NEAR = re.compile("我|本|该|此|各|全|今|昨|明[日天年]|当|日前|近|去年|上月")
"""Words that point from where the writer stands: 我市, 昨日, 本报. Another site writes the name instead."""
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔谭廖范汪陆金石戴贾韦夏邱方侯邹熊"
    "孟秦白江阎薛尹段雷黎史龙陶贺顾毛郝龚邵万钱严覃武莫孔汤温康施牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童"
)
_HOLDER = re.compile(
    r".{0,3}?(?:省|市|县|区|州|盟|旗|镇|乡|街道|有限|公司|集团|厂|局|厅|院|大学|学校|中学|小学|医院|协会|商会|银行|酒店|超市|商行|药房|门店|经营部"
    r"|合作社|基地|项目|牌|汽车|品牌|中心)"
)
_ROLE_AFTER = re.compile(
    r"(?:同志|先生|女士|教授|院士|博士|局长|厅长|主任|书记|市长|县长|省长|处长|科长|所长|院长|会长|董事长|总经理|经理|厂长|工程师|代表|委员"
    r"|说|表示|指出|介绍|强调|认为|告诉|透露|出席|主持|讲话|致辞|、|,男|,女|\()"
)
_ROLE_BEFORE = re.compile(
    r"(?:局长|厅长|主任|书记|市长|县长|省长|处长|科长|所长|院长|会长|董事长|总经理|经理|厂长|工程师|代表人?|委员|教授|院士|负责人|同志|选手|、|:)\Z"
)
_ORGANISATION = re.compile("公司|集团|厂|大学|学院|医院|研究[院所]|中心|合作社|银行")


def name_points(one: str, two: str) -> tuple[float, int]:
    """What replaced names say against one text, and in how many sentences of the first words stand for others."""
    pairs: Counter[tuple[str, str]] = Counter()
    points = 0.0
    sentences: set[int] = set()
    stops = [found.start() for found in _STOPS.finditer(one)]
    for replaced in _replaced(one, two):
        if _is_one_name(replaced.first, replaced.second):
            continue
        if max(len(replaced.first), len(replaced.second)) > _MAX_NAME:
            points += NAME * min(_listed(replaced.first), _listed(replaced.second), 4)
            continue
        if replaced.is_name:
            pairs[replaced.first, replaced.second] += 1
        # Single characters are slips of scribes and of conversion between the scripts.
        if min(len(replaced.first), len(replaced.second)) > 1 and _is_words(replaced.first + replaced.second):
            sentences.add(bisect(stops, replaced.place))
    for (name, other), count in pairs.items():
        points += NAME
        if count > 1 and name not in two and other not in one:
            points += _RENAMED + (NAME if count > _OFTEN else 0)
    return min(points, _MOST_NAMES), len(sentences)


def _listed(piece: str) -> int:
    """How many names a replaced passage lists: organisations, items with 、 between, or a run without any words."""
    items = piece.count("、") + 1 if "、" in piece else 0
    run = 0 if _PROSE.search(piece) else len(piece) // 4
    return max(len(_ORGANISATION.findall(piece)), items if items > 2 else 0, run)


_PROSE = re.compile("[,。;:!?的了在是和为与对将等并以从]")


def _is_one_name(name: str, other: str) -> bool:
    """Whether both may mean one: a word that points, a name withheld (张某), a long name and its short form."""
    if _NEAR.match(name) or _NEAR.match(other) or "某" in name + other:
        return True
    short, long = sorted((name, other), key=len)
    rest = iter(long)
    return len(short) < len(long) and all(char in rest for char in short)


_MAX_NAME = 20
_OFTEN = 3


@dataclass(frozen=True, slots=True)
class _Replaced:
    """Words in the first text and those that stand in their place in the second."""

    first: str
    second: str
    place: int
    is_name: bool


def _replaced(one: str, two: str) -> Iterator[_Replaced]:
    """Where the texts part and meet again, in the order of the first."""
    ours, theirs = hash_grams(code_points(one)), hash_grams(code_points(two))
    own = np.concatenate(([0], np.cumsum(_is_own(theirs, ours))))
    known = np.flatnonzero(is_in(ours, theirs))
    starts, ends = known[:-1] + GRAM, known[1:]
    parted = np.flatnonzero(ends > starts)[:MAX_GAPS]
    at = 0
    for start, end in zip(starts[parted].tolist(), ends[parted].tolist(), strict=True):
        before, after = one[start - _AROUND : start], one[end : end + _AROUND]
        place = two.find(before, at)
        place = (place if place >= 0 else two.find(before)) + _AROUND
        stop = two.find(after, place, place + 4 * (end - start) + _MAX_INSERTED)
        # What stands there must be the second text's own, too: else something was only cut out.
        if stop > place and own[stop] - own[place] > (stop - place) / 2:
            at = place
            yield _Replaced(one[start:end], two[place:stop], start, _is_name(one, two, (start, end), (place, stop)))


_AROUND = 4
_MAX_INSERTED = 40


def _is_own(grams: Hashes, others: Hashes) -> NDArray[np.bool_]:
    """Which characters no 5-gram of the other text covers."""
    own = np.ones(grams.size + GRAM - 1, dtype=np.bool_)
    known = np.flatnonzero(is_in(grams, others))
    for offset in range(GRAM):
        own[known + offset] = False
    return own


def _is_name(one: str, two: str, first: tuple[int, int], second: tuple[int, int]) -> bool:
    """Whether both are places, or organisations, or persons."""
    places = _places(one, *first), _places(two, *second)
    if all(places):
        return not places[0] & places[1]
    name, other = one[slice(*first)], two[slice(*second)]
    if not (_is_words(name) and _is_words(other)):
        return False
    after, before = one[first[1] : first[1] + 8], one[max(0, first[0] - 4) : first[0]]
    if _HOLDER.match(after) or (_HOLDER.fullmatch(name[-4:]) and _HOLDER.fullmatch(other[-4:])):
        return True
    if max(len(name), len(other)) > 4:
        return False
    if _ROLE_AFTER.match(after) or _ROLE_BEFORE.search(before):
        return True
    return all(2 <= len(one) <= 3 and one[0] in _SURNAMES for one in (name, other))


def _is_words(text: str) -> bool:
    return all("\u3400" <= char <= "\u9fff" or char.isalnum() or char in "()·#" for char in text)


def _places(text: str, start: int, end: int) -> set[str]:
    """The known places that the piece of the text touches."""
    window = max(0, start - 3)
    return {found[0] for found in PLACE.finditer(text, window, end + 3) if found.start() < end and found.end() > start}
