"""Articles with edits planted in them: what was put in is known, so what is found can be judged.

The texts are those of the replica's writer; a planted sentence stands somewhere among them. The same number always
gives the same article and the same edit.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache

from seeds.replica.content import Writer
from seeds.replica.model import SHANGHAI
from seeds.replica.names import people

MARKS = ("number", "date", "name", "office", "doc_number")
"""Planted things that a reader is told of by their kind."""
KINDS = (
    *MARKS, "sentence added", "sentence removed", "paragraph moved", "title", "source", "published", "file added",
    "file removed", "file renamed", "file changed",
)  # fmt: skip
FIELD_OF = {
    "title": "title", "source": "source", "published": "published_at", "file added": "attachments",
    "file removed": "attachments", "file renamed": "attachments", "file changed": "attachments",
}  # fmt: skip
"""The field that an edit changes; every other one changes the body."""

_NUMERALS = "零一二三四五六七八九"
_WAYS: dict[str, tuple[str, ...]] = {
    "number": (
        "全市新增质量强市示范城市{}个。", "抽检合格率为{}%，比去年同期有所提高。", "市财政为此安排专项资金{}万元。",
        "经过评审，共有{}家企业通过首席质量官试点验收。", "检验检测机构数量同比增长{}个百分点。",
        "活动现场发放宣传手册{}余份。",
        "全年共查处计量违法案件{}起，其中移送司法机关的另行通报。", "该项目建成后，每年可节约检定费用{}元。",
        "在{}批次样品中，不合格项目主要是标签标识。", "县里把{}项便民措施写进了清单，逐项销号。",
        "全省累计培育区域品牌{:c}个。",
        "参加培训的班组长有{:c}人，合格率百分之{:c}。",
    ),
    "date": (
        "评审会定于{:d}召开。", "申报材料的截止时间为{:d}，逾期不再受理。", "该办法自{:d}起施行。",
        "截至{:m}底，首批任务全部完成。",
        "现场检查将在{:i}前结束。", "培训班{:s}开班。", "上述要求在{:y}年度考核中一并检查。",
    ),
    "name": (
        "副市长{}出席会议并讲话。", "市市场监管局局长{}表示，要把好事办实。", "会议由{}主持。",
        "首席质量官{}介绍了企业的做法。",
        "任命{}为市计量测试所所长。", "联系人：{}，电话见附件。", "{}、张一鸣、李若谷等3人获得个人奖。", "（记者 {}）",
        "据市质量协会秘书长{}介绍，今年报名踊跃。", "免去{}同志的县标准化研究院院长职务。", "获奖代表{}作了发言。",
    ),
    "office": (
        "任命陈守拙为市计量测试所{}。", "市质量协会{}王文渊参加座谈。", "李树勋不再担任县市场监管局{}。",
        "会后，{}张景澄带队到企业走访。",
    ),
    "doc_number": (
        "根据《质量提升行动方案》（{}）要求，各地要压实责任。", "按照{}文件部署，试点期为两年。", "{}同时废止。",
        "有关事项见市场监管局{:g}。", "产品应当符合{:t}的要求。",
    ),
}  # fmt: skip
_OFFICES = (
    "局长",
    "副局长",
    "所长",
    "副所长",
    "主任",
    "副主任",
    "秘书长",
    "会长",
    "院长",
    "党组书记",
    "理事长",
    "总工程师",
)
_PREFIXES = ("国办发", "沪市监质", "苏质强办", "国市监质发", "通政办发", "浙市监计量", "鲁政字", "市监标技")
_SOURCES = ("质量观察周刊", "江海日报", "区域品牌观察", "城关质量网", "计量与标准报", "中部经济导报")
_ADDED = "另据了解，相关配套细则正在征求意见，成熟后将向社会公布。"


@dataclass(frozen=True)
class Version:
    """One state of an article. ``files`` are (name, path, content)."""

    title: str
    paragraphs: tuple[str, ...]
    published: datetime
    source: str
    files: tuple[tuple[str, str, bytes], ...] = ()

    @property
    def body(self) -> str:
        """Paragraphs joined by a newline."""
        return "\n".join(self.paragraphs)


@dataclass(frozen=True)
class Planted:
    """An article before and after one edit. ``gone`` and ``come`` are the planted words, "" where none are."""

    kind: str
    before: Version
    after: Version
    gone: str = ""
    come: str = ""


@lru_cache(maxsize=4)
def articles(count: int) -> list[Version]:
    """So many different articles."""
    writer = Writer()
    made = []
    for number in range(count):
        rng = random.Random(f"edits {number}")
        published = datetime(2026, 1, 5, 9, 10, tzinfo=SHANGHAI) + timedelta(minutes=rng.randrange(60_000))
        try:
            text = writer.article(f"edits-{number}", published, None, size=rng.choice(("short", "short", "middle")))
        except RuntimeError:  # the writer's headlines are used up
            writer = Writer()
            text = writer.article(f"edits-{number}", published, None, size="short")
        paragraphs = tuple(line for _, line in text.paragraphs)
        files = tuple(_file(number, place) for place in range(2)) if number % 4 == 0 else ()
        made.append(Version(f"{text.title}（第{number + 1}期）", paragraphs, published, rng.choice(_SOURCES), files))
    return made


def plant(version: Version, kind: str, number: int) -> Planted:
    """An edit of this kind in the article."""
    rng = random.Random(f"plant {kind} {number}")
    if kind in MARKS:
        way = _WAYS[kind][number % len(_WAYS[kind])]
        old, new, gone, come = _filled(way, kind, rng)
        place = rng.randrange(len(version.paragraphs))
        return Planted(kind, _with(version, place, old), _with(version, place, new), gone, come)
    return _PLANTERS[kind](version, number, rng)


def _with(version: Version, place: int, sentence: str) -> Version:
    lines = list(version.paragraphs)
    # A subheading ends without a stop; a sentence does not begin in its middle.
    lines[place] += sentence if lines[place].endswith(tuple("。！？；”）")) else f"。{sentence}"
    return replace(version, paragraphs=tuple(lines))


def _filled(way: str, kind: str, rng: random.Random) -> tuple[str, str, str, str]:
    """The sentence before and after, and what stands in its first place both times."""
    made: Callable[[str], str] = {
        "number": lambda form: _numerals(rng) if form == "c" else _figure(rng),
        "date": lambda form: _date(form, rng),
        "name": lambda form: people(rng, 1)[0],
        "office": lambda form: rng.choice(_OFFICES),
        "doc_number": lambda form: _number(form, rng),
    }[kind]
    form = way[way.index("{") : way.index("}") + 1].strip("{:}")
    gone = made(form)
    come = made(form)
    while come == gone:
        come = made(form)
    head, _, tail = way.partition(way[way.index("{") : way.index("}") + 1])
    tail = tail.replace("{:c}", "九十八")
    return f"{head}{gone}{tail}", f"{head}{come}{tail}", gone, come


def _figure(rng: random.Random) -> str:
    return rng.choice((str(rng.randint(2, 99)), str(rng.randint(100, 9999)), f"{rng.uniform(1, 99):.1f}", "3", "35"))


def _numerals(rng: random.Random) -> str:
    tens, ones = rng.randint(2, 9), rng.randint(1, 9)
    return rng.choice((f"{_NUMERALS[tens]}十{_NUMERALS[ones]}", f"十{_NUMERALS[ones]}", _NUMERALS[ones]))


def _date(form: str, rng: random.Random) -> str:
    year, month, day = rng.randint(2024, 2027), rng.randint(1, 12), rng.randint(1, 28)
    return {
        "d": f"{year}年{month}月{day}日",
        "m": f"{month}月",
        "i": f"{year}-{month:02d}-{day:02d}",
        "s": f"{month}月{day}日",
        "y": f"{year}",
    }[form]


def _number(form: str, rng: random.Random) -> str:
    year, number = rng.randint(2015, 2026), rng.randint(1, 180)
    if form == "g":
        return f"{year}年第{number}号公告"
    if form == "t":
        return f"GB/T {rng.randint(1000, 39999)}-{year}"
    return f"{rng.choice(_PREFIXES)}〔{year}〕{number}号"


def _file(number: int, place: int) -> tuple[str, str, bytes]:
    name = ("评审办法全文", "申报表格")[place]
    return name, f"/files/{number}/{place + 1}.rtf", rb"{\rtf1 \pard file " + f"{number} {place}".encode() + rb"\par}"


def _title(version: Version, number: int, rng: random.Random) -> Planted:
    come = version.title.replace("（第", "（修订，第")
    return Planted("title", version, replace(version, title=come))


def _added(version: Version, number: int, rng: random.Random) -> Planted:
    return Planted("sentence added", version, _with(version, rng.randrange(len(version.paragraphs)), _ADDED))


def _removed(version: Version, number: int, rng: random.Random) -> Planted:
    return Planted("sentence removed", _with(version, rng.randrange(len(version.paragraphs)), _ADDED), version)


def _moved(version: Version, number: int, rng: random.Random) -> Planted:
    lines = list(version.paragraphs)
    lines.append(lines.pop(rng.randrange(len(lines) - 1)))
    return Planted("paragraph moved", version, replace(version, paragraphs=tuple(lines)))


def _source(version: Version, number: int, rng: random.Random) -> Planted:
    come = rng.choice([source for source in _SOURCES if source != version.source])
    return Planted("source", version, replace(version, source=come), version.source, come)


def _published(version: Version, number: int, rng: random.Random) -> Planted:
    step = rng.choice((timedelta(days=1), timedelta(minutes=7), timedelta(days=-3)))
    return Planted("published", version, replace(version, published=version.published + step))


def _file_edit(kind: str) -> Callable[[Version, int, random.Random], Planted]:
    def made(version: Version, number: int, rng: random.Random) -> Planted:
        one, two = (_file(1_000_000 + number, place) for place in range(2))  # no address of another article
        both = replace(version, files=(one, two))
        first = replace(version, files=(one,))
        other = {
            "file added": (first, both),
            "file removed": (both, first),
            "file renamed": (both, replace(version, files=(one, ("申报表格（新版）", *two[1:])))),
            "file changed": (both, replace(version, files=(one, (*two[:2], two[2].replace(b"file", b"new file"))))),
        }[kind]
        return Planted(kind, *other)

    return made


_PLANTERS: dict[str, Callable[[Version, int, random.Random], Planted]] = {
    "title": _title,
    "sentence added": _added,
    "sentence removed": _removed,
    "paragraph moved": _moved,
    "source": _source,
    "published": _published,
    **{kind: _file_edit(kind) for kind in KINDS if kind.startswith("file")},
}
