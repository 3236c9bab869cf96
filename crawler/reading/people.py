"""People of an article: who stands behind 记者, 通讯员, 实习生, 作者, 文, 编辑 at its head and tail.

Papers print people in few ways: in brackets behind the dateline or at the end (（记者 甲 通讯员 乙）), on a line of
their own (某报记者 甲 乙; □ 甲; 甲/某报), by a label (作者：甲; 文/甲; 责任编辑：甲). Names that only stand in a
sentence are nobody's by-line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from crawler.items import Evidence
from crawler.reading.labels import plain
from crawler.reading.names import person, press, split_names, surnamed

_ROLES = {
    "reporters": "记者 特派员",
    "correspondents": "通讯员 特约通讯员 通联员",
    "interns": "实习生 实习记者 实习",
    "authors": "作者 评论员 本文作者 撰文 执笔 执笔人 撰稿 撰稿人 采写 采访 文 文字 文案 供稿 作者简介",
    "editors": "责任编辑 编辑 责编 网络编辑 值班编辑 见习编辑 执行编辑",
    "": "摄影记者 图片 图 摄影 摄 视频 制图 审核 审读 校对 供图 剪辑 配音 监制 总监制 策划 统筹 出品 设计 来源 "
    "翻译 编译 译 主编 总编 值班主编 "
    "排版 运营 美编 初审 复审 终审 编审 签发 播音 海报 题图 制作 监审 二审 三审 一审 后期 漫画",
}
_ROLE_OF = {word: role for role, words in _ROLES.items() for word in words.split()}
_SHORT = frozenset(word for word in _ROLE_OF if len(word) == 1)
_LONG_WORDS = "|".join(sorted((word for word in _ROLE_OF if len(word) > 1), key=len, reverse=True))
_SHORT_WORDS = "".join(sorted(_SHORT))
_OUTLET = r"[\u4e00-\u9fffA-Za-z0-9“”\"《》·•—\-]{0,16}?"
_ROLE = re.compile(
    rf"(?:^|(?<=[\s、，,；;/|｜丨（(【\[。：:]))(?:(?P<outlet>{_OUTLET})(?P<role>{_LONG_WORDS})"
    rf"(?P<mark>\s*[:：/／|｜丨]\s*|\s+|(?=[\u4e00-\u9fff])|\Z)|(?P<short>[{_SHORT_WORDS}]{{1,2}})(?P<bar>\s*[:：/／|｜丨]\s*))"
)
_INNER_ROLE = re.compile(
    r"(?P<role>特约通讯员|通讯员|实习生|实习记者|记者|责任编辑|责编|编辑)(?P<mark>\s*[:：/／]?\s*)"
)
_BRACKET = re.compile(r"[（(【\[]([^（）()【】\[\]\n]{2,80})[)）】\]]")
_ROLE_WORDS = (
    "记者",
    "通讯员",
    "实习生",
    "作者",
    "编辑",
    "责编",
    "文/",
    "文／",
    "撰",
    "执笔",
    "采写",
    "评论员",
    "供稿",
    "文丨",
    "文|",
    "文｜",
)
_PHOTO = re.compile(r"(?:摄影|摄|供图|图|提供|制图|截图|翻摄)[)）\s。]*\Z")
_STORY = re.compile(r"(?:报道|文[/、]?图|图[/、]?文|摄影报道|文)[)）\s。]*\Z")
_SIGNED = re.compile(r"(?:报道|報道|摄影报道|综合报道|文[/、]?图|图[/、]?文|[/／]文|撰文|供稿)\Z")
_BOTH = re.compile(r"(?<=[\u4e00-\u9fff])\s*(?:文[/／、]?图|图[/／、]?文|摄影报道)\s*\Z")
"""The same people wrote and took the pictures."""
_BOTH_FIRST = re.compile(r"\A\s*(?:文[/／、]?图|图[/／、]?文)(?:\s*[:：/／]\s*|\s+)")
_BULLET = re.compile(r"^[□■●◎◇◆▲★☆○]\s*")
_DATELINE = re.compile(r"(?:讯|电|訊|電|消息)[\s\u3000]*[（(]\Z")
_SLASHED = re.compile(r"([^\s/／]{2,14})\s?[/／]\s?([^\s/／]{2,14})\Z")
_LEAD = re.compile(
    r"(?:^|(?:讯|电)[\s\u3000]*(?:[—\-]{1,2})?[\s\u3000]*|】[\s\u3000]*)"
    r"(?P<line>[\u4e00-\u9fff“”]{0,10}?(?:记者|通讯员)[^。，,:：“]{2,40}?)(?:报道|[\s\u3000]{1,2}(?=[^、\s]{5})|[:：])"
)
_ABOUT = re.compile(
    r"[（(]?(?:本文)?作者(?P<name>[\u4e00-\u9fff·]{2,8}?)(?:系|为|是|，|,|单位|现为|供职)"
    r"|[（(](?P<signed>[\u4e00-\u9fff·]{2,4})[，,]\s?(?:本文)?作者(?:系|为|是)"
    r"|本?文(?:为|系|由)(?:作者)?(?P<granted>[\u4e00-\u9fff·A-Za-z]{2,8}?)授权"
)
_LONE_EDITOR = re.compile(
    r"[（(【\[]?\s?(?:本文来源|文章来源|来源)?[^。]{0,30}?(?:责任编辑|责编|编辑|網絡編輯|网络编辑)\s?[:：][^。]{0,30}\Z"
)
_HEAD_CHARS = 160
_TAIL_CHARS = 120
_HEAD_PARAGRAPHS = 6
_TAIL_PARAGRAPHS = 6
_UNMARKED_ROLES = "记者 通讯员 实习生 特约通讯员 实习记者 评论员 作者 撰文 采写 责任编辑 责编 编辑"
_UNMARKED = frozenset(_UNMARKED_ROLES.split())
"""Roles that need no colon behind them."""
_LINE_CHARS = 70
_SHORT_LINE = 30
_BEHIND_CHARS = 30
_SIGNATURE_CHARS = 12


@dataclass
class People:
    """Names by role in printed order; ``evidence`` quotes the place for each role that has names.

    ``outlet`` is the publisher printed before a role (某报记者 甲), when it is one by name.
    """

    reporters: list[str] = field(default_factory=list)
    correspondents: list[str] = field(default_factory=list)
    interns: list[str] = field(default_factory=list)
    authors: list[str] = field(default_factory=list)
    editors: list[str] = field(default_factory=list)
    outlet: str | None = None
    evidence: dict[str, Evidence] = field(default_factory=dict)

    def add(self, role: str, names: Sequence[str], rule: str, text: str, confidence: float = 0.9) -> None:
        """Add names to a role, each once; a role's first place is its evidence. A reporter is no author as well."""
        known: list[str] = getattr(self, role)
        taken = [*known, *self.reporters, *self.correspondents, *self.interns] if role == "authors" else known
        new = [name for name in dict.fromkeys(names) if name not in taken]
        known.extend(new)
        if new:
            self.evidence.setdefault(role, Evidence(rule, text[:120], confidence))

    @property
    def anyone(self) -> bool:
        """Whether somebody who wrote is known; editors do not count."""
        return bool(self.reporters or self.correspondents or self.interns or self.authors)


def read_people(paragraphs: Sequence[str]) -> People:
    """People named in brackets or by-lines of the first and the last paragraphs."""
    people = People()
    count = len(paragraphs)
    leads = 0  # captions, kickers and by-lines may stand above the lead
    for number, paragraph in enumerate(paragraphs):
        head, tail = leads < 2 and number < _HEAD_PARAGRAPHS, number >= count - _TAIL_PARAGRAPHS
        leads += len(paragraph) > _LINE_CHARS
        if not (head or tail):
            if number < _HEAD_PARAGRAPHS + 4 and len(paragraph) <= _SHORT_LINE:
                read_line(people, paragraph, "byline")
            continue
        if head:
            _read_brackets(people, paragraph[:_HEAD_CHARS], "lead bracket", at_end=False)
        if tail:
            _read_brackets(people, paragraph[-_TAIL_CHARS:], "tail bracket", at_end=number >= count - 2)
        if not (len(paragraph) <= _LINE_CHARS and read_line(people, paragraph, "byline")) and head:
            _read_lead(people, paragraph[:_HEAD_CHARS])
    if not people.anyone:
        _read_about(people, paragraphs[-3:])
    if not people.anyone and count > 2:
        for paragraph in (paragraphs[0], paragraphs[-1]):
            if len(paragraph) <= _SIGNATURE_CHARS:
                names = split_names(paragraph.strip("（）()"))
                if names and all(map(person, names)):
                    people.add("authors", names, "names alone", paragraph, 0.6)
    return people


def read_line(people: People, line: str, rule: str) -> bool:
    """Take the people of a short line that is nothing but a by-line; whether it was one."""
    bare = line.strip(" \u3000—-“”")
    if bare[:1] in "（(【[" and bare[-1:] in "）)】]":
        bare = bare[1:-1].strip()
    bare = _BULLET.sub("", bare)
    if not bare or "。" in bare or len(bare) > _LINE_CHARS:
        return False
    if bare != line and _BULLET.match(line) and all(map(person, bare.split())):
        people.add("authors", bare.split(), f"{rule} □", line, 0.85)
        return True
    words = plain(bare)
    slashed = _SLASHED.match(bare)
    if slashed:
        for name, outlet in ((slashed[1], slashed[2]), (slashed[2], slashed[1])):
            if person(name) and press(outlet):
                people.add("authors", [name], f"{rule} name/publisher", line, 0.85)
                people.outlet = people.outlet or outlet
                return True
    match = _ROLE.match(words)
    if match is None or (_PHOTO.search(words) and not _STORY.search(words)):
        return False
    if (match["bar"] or (match["mark"] or "").strip()) or match["role"] in _UNMARKED:
        found = read_roles(bare)
        marked = bool(match["bar"] or match["mark"])
        if not (match["bar"] or (match["mark"] or "").strip()) and not _all_surnamed(found, everybody=not marked):
            return False
        for role, names in found.items():
            people.add(role, names, rule, line)
        _keep_outlet(people, match)
        return bool(found)
    return False


def is_editor_line(line: str) -> bool:
    """Whether a line at the end of a text names the editor and is no part of the text."""
    return len(line) <= _LINE_CHARS and _LONE_EDITOR.match(plain(line)) is not None and "记者" not in line


def read_roles(text: str, default: str | None = None) -> dict[str, list[str]]:
    """Names by role in a by-line such as ``记者 甲乙 丙丁 实习生戊己``.

    ``default`` is the role of names before any label; without it they are left out.
    """
    text = _BOTH_FIRST.sub("文/", _BOTH.sub("", text))
    words = plain(text)
    marks = list(_ROLE.finditer(words))
    found: dict[str, list[str]] = {}
    if default and (not marks or marks[0].start() > 0):
        names = split_names(text[: marks[0].start()] if marks else text)
        if names:
            found[default] = names
    for number, mark in enumerate(marks):
        end = marks[number + 1].start() if number + 1 < len(marks) else len(text)
        role = _role_of(mark)
        before = marks[number - 1] if number else None
        if before is not None and not _role_of(before) and before.end() == mark.start():
            continue  # 摄影：某报记者 甲
        value = text[mark.end() : end]
        inner = _INNER_ROLE.search(words, mark.end() + 1, end)  # 记者张三通讯员李四, nothing between
        if role and inner:
            names = split_names(text[inner.end() : end])
            if names:
                found.setdefault(_ROLE_OF[inner["role"]], []).extend(names)
            value = text[mark.end() : inner.start()]
        names = split_names(value) if role else []
        if names:
            found.setdefault(role, []).extend(names)
    return found


def _role_of(mark: re.Match[str]) -> str:
    if mark["short"]:
        return "authors" if "文" in mark["short"] else ""
    return _ROLE_OF[mark["role"]]


def _all_surnamed(found: dict[str, list[str]], *, everybody: bool = True) -> bool:
    """Whether the reporters have surnames, or everybody where none is named; offices sign as correspondents."""
    named = found.get("reporters") or [one for names in found.values() for one in names]
    return (all if everybody else any)(surnamed(name) for name in named)


def _keep_outlet(people: People, match: re.Match[str]) -> None:
    outlet = (match["outlet"] or "").strip('《》“”"')
    if people.outlet is None and match["role"] == "记者":
        outlet = re.sub(r"(?:首席|见习|特约|特派|全媒体|融媒体|实习|驻\S{2,4})\Z", "", outlet)
        if (press(outlet) or "《" in (match["outlet"] or "")) and not outlet.startswith(("本", "我")):
            people.outlet = outlet


def _read_brackets(people: People, text: str, rule: str, *, at_end: bool) -> None:
    if not ("（" in text or "(" in text or "【" in text or "[" in text):
        return
    for match in _BRACKET.finditer(text):
        if rule == "tail bracket" and len(text) - match.end() > _BEHIND_CHARS:
            continue
        inner = match[1].strip()
        words = plain(inner)
        if any(word in words for word in _ROLE_WORDS):
            if _PHOTO.search(words) and not _STORY.search(words):
                continue  # who took a picture
            role = _ROLE.search(words)
            if role is None:
                continue
            behind = _DATELINE.search(text[: match.start() + 1])
            found = read_roles(inner, default="correspondents" if behind else None)  # who is named first needs no role
            if (role["mark"] == "" or behind) and not _all_surnamed(found):
                continue
            for name, names in found.items():
                people.add(name, names, rule, match[0])
            if found:
                _keep_outlet(people, role)
        elif len(inner) <= 30 and (
            _DATELINE.search(text[: match.start() + 1])
            or (at_end and not text[match.end() :].strip("。 ") and match[0][0] in "（(")
        ):
            names = split_names(_SIGNED.sub("", inner))
            if names and all(map(person, names)):
                people.add("reporters", names, f"{rule}, names only", match[0], 0.75)


def _read_lead(people: People, text: str) -> None:
    """本报讯 记者 甲乙 报道: names in the lead without brackets."""
    words = plain(text[:90])
    match = _LEAD.search(words) if "记者" in words or "通讯员" in words else None
    if match is None:
        return
    line = text[match.start("line") : match.end("line")]
    found = read_roles(line)
    if found and _all_surnamed(found):
        for role, names in found.items():
            people.add(role, names, "lead", line, 0.85)


def _read_about(people: People, paragraphs: Sequence[str]) -> None:
    """（作者某某系某校教授）, 本文为某某授权发布: the note on the author."""
    for paragraph in paragraphs:
        text = plain(paragraph[-200:])
        if "作者" not in text and "授权" not in text:
            continue
        match = _ABOUT.search(text)
        name = (match["name"] or match["signed"] or match["granted"]) if match else None
        if name and person(name):
            people.add("authors", [name], "note on the author", paragraph, 0.7)
            return
