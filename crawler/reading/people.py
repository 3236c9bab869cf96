"""People of an article: who stands behind 记者, 通讯员, 实习生, 作者, 文, 编辑 at its head and tail."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from crawler.items import Evidence
from crawler.reading.labels import placeholder, plain

_ROLES = {
    "reporters": "记者",
    "correspondents": "通讯员 特约通讯员 通联员",
    "interns": "实习生 实习记者 实习",
    "authors": "作者 撰文 执笔 撰稿 采写 文 文字",
    "editors": "责任编辑 编辑 责编 网络编辑",
    "": "摄影记者 图片 图 摄影 摄 视频 制图 审核 校对 供图 剪辑 配音 监制 策划 统筹 出品 设计 来源 翻译 编译",
}
_ROLE_OF = {word: role for role, words in _ROLES.items() for word in words.split()}
_WORDS = "|".join(sorted(_ROLE_OF, key=len, reverse=True))
_OUTLET = (
    r"(?:(?:本报|本网|本刊|本台|我报|新华社|中新社|中新网|人民网|全媒体|融媒体?|首席|特约|特派|见习|驻[\u4e00-\u9fff]{2,4}"
    r"|[\u4e00-\u9fff]{2,8}(?:网|报|社|台|客户端|融媒))\s?){0,3}"
)
_ROLE = re.compile(
    rf"(?:^|(?<=[\s、，,；;/|（(【\[。：:])){_OUTLET}(?P<role>{_WORDS})(?P<mark>\s*[:：/／]\s*|\s+|(?=[\u4e00-\u9fff]))"
)
_INNER_ROLE = re.compile(r"(?P<role>特约通讯员|通讯员|实习生|实习记者|记者|责任编辑|责编)(?P<mark>\s*[:：/／]?\s*)")
_BRACKET = re.compile(r"[（(【\[]([^（）()【】\[\]\n]{3,80})[)）】\]]")
_SPLIT = re.compile(r"[、，,；;/／|\s\u3000]+")
_HANZI_NAME = re.compile(r"[\u4e00-\u9fff]{2,4}\Z|[\u4e00-\u9fff]{1,8}(?:[·•・][\u4e00-\u9fff]{1,8}){1,3}\Z")
_LATIN_NAME = re.compile(r"[A-Z][A-Za-z.'-]{1,30}\Z")
_TRAILING = re.compile(r"(?:综合报道|摄影报道|现场报道|报道|整理|编译|综合|摄影|文/?图|图/?文|发自.*|摄|供稿|采写)\Z")
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔谭廖范汪陆金"
    "石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷黎史龙陶贺顾毛郝龚邵万钱严覃武莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷"
    "詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷曲盛冉翁蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司"
    "卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明池查麻肖"
)
_HEAD_CHARS = 160
_TAIL_CHARS = 120


@dataclass
class People:
    """Names by role in printed order; ``evidence`` quotes the place for each role that has names."""

    reporters: list[str] = field(default_factory=list)
    correspondents: list[str] = field(default_factory=list)
    interns: list[str] = field(default_factory=list)
    authors: list[str] = field(default_factory=list)
    editors: list[str] = field(default_factory=list)
    evidence: dict[str, Evidence] = field(default_factory=dict)

    def add(self, role: str, names: Sequence[str], rule: str, text: str) -> None:
        """Add names to a role, each once; a role's first place is its evidence."""
        known: list[str] = getattr(self, role)
        new = [name for name in dict.fromkeys(names) if name not in known]
        known.extend(new)
        if new:
            self.evidence.setdefault(role, Evidence(rule, text[:120]))


def read_people(paragraphs: Sequence[str]) -> People:
    """People named in brackets or by-lines of the first two and the last four paragraphs."""
    people = People()
    count = len(paragraphs)
    for number, paragraph in enumerate(paragraphs):
        head, tail = number < 2, number >= count - 4
        if not (head or tail):
            continue
        if head:
            _read_brackets(people, paragraph[:_HEAD_CHARS], "lead bracket")
        if tail:
            _read_brackets(people, paragraph[-_TAIL_CHARS:], "tail bracket")
        if len(paragraph) <= 60:
            _read_line(people, paragraph, "byline")
        elif head:
            _read_lead(people, paragraph[:_HEAD_CHARS])
    return people


def read_roles(text: str, default: str | None = None) -> dict[str, list[str]]:
    """Names by role in a by-line such as ``记者 甲乙 丙丁 实习生戊己``.

    ``default`` is the role of names before any label; without it they are left out.
    """
    marks = list(_ROLE.finditer(plain(text)))
    found: dict[str, list[str]] = {}
    if default and (not marks or marks[0].start() > 0):
        names = split_names(text[: marks[0].start()] if marks else text)
        if names:
            found[default] = names
    for number, mark in enumerate(marks):
        end = marks[number + 1].start() if number + 1 < len(marks) else len(text)
        role = _ROLE_OF[mark["role"]]
        value = text[mark.end() : end]
        inner = _INNER_ROLE.search(plain(value))  # 记者张三通讯员李四, nothing between
        if role and inner and inner.start() > 0:
            names = split_names(value[inner.end() :])
            if names:
                found.setdefault(_ROLE_OF[inner["role"]], []).extend(names)
            value = value[: inner.start()]
        names = split_names(value) if role else []
        if names:
            found.setdefault(role, []).extend(names)
    return found


def split_names(text: str) -> list[str]:
    """The names in a list of names; empty when a part is no name, for then the text is a sentence."""
    parts = [part for part in _SPLIT.split(text.strip(" :：.。-—|")) if part]
    names: list[str] = []
    lone = ""
    for part in parts:
        if len(part) == 1 and "\u4e00" <= part <= "\u9fff":  # 王 伟: papers space names of two characters
            if lone:
                names.append(lone + part)
                lone = ""
            else:
                lone = part
            continue
        stripped = _TRAILING.sub("", part)
        if not stripped:
            continue  # 报道, 摄
        if _LATIN_NAME.match(stripped):
            if names and names[-1].isascii():
                names[-1] += " " + stripped
            else:
                names.append(stripped)
        elif _HANZI_NAME.match(stripped) and not placeholder(stripped):
            names.append(stripped)
        else:
            return []
    return names


def _read_brackets(people: People, text: str, rule: str) -> None:
    if not ("（" in text or "(" in text or "【" in text or "[" in text):
        return
    for match in _BRACKET.finditer(text):
        for role, names in read_roles(match[1].strip()).items():
            people.add(role, names, rule, match[0])


def _read_line(people: People, line: str, rule: str) -> None:
    """A short paragraph that is nothing but a by-line."""
    stripped = line.strip("（）()【】[]　 —-")
    match = _ROLE.match(plain(stripped))
    if match is None:
        return
    if match["mark"].strip() or (
        match["role"] in ("记者", "通讯员", "实习生", "特约通讯员", "实习记者") and "。" not in stripped
    ):
        for role, names in read_roles(stripped).items():
            people.add(role, names, rule, line)


_LEAD = re.compile(
    r"(?:^|(?:讯|电)[\s\u3000]*(?:[—\-]{1,2})?[\s\u3000]*)(?P<line>(?:本报|本网|本台)?(?:记者|通讯员)[^。，,:：]{2,40}?)(?:报道|[\s\u3000]{1,2}(?=[^、\s]{5})|[:：])"
)


def _read_lead(people: People, text: str) -> None:
    """本报讯 记者 甲乙 报道: names in the lead without brackets."""
    match = _LEAD.search(plain(text)) if "记者" in text or "記者" in text or "通讯员" in text else None
    if match is None:
        return
    line = text[match.start("line") : match.end("line")]
    for role, names in read_roles(line).items():
        if all(name[0] in _SURNAMES or name.isascii() for name in names):
            people.add(role, names, "lead", line)
