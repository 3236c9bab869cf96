"""The info line: printed labels and their values.

An empty value ends at the next label (``作者: 来源:X`` has no author). Placeholders are no values. Traditional label
words are read too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

from crawler.reading.dates import FoundDate, find_date
from crawler.reading.text import clean

_LABELS = {
    "source": "来源 稿源 信息来源 文章来源 新闻来源 稿件来源 内容来源 消息来源 资料来源 来自 出处 本文来源 "
    "来源媒体 来源网站 "
    "转自 转载自 摘自 原载 文章出处 新闻出处",
    "date": "发布时间 发布日期 来信时间 来信日期 留言时间 咨询时间 提问时间 写信时间 发表时间 发表日期 发布于 "
    "发表于 时间 日期 发布 添加时间 录入时间 上传时间 "
    "公布日期 信息时间 发稿时间 发稿日期 刊发时间 刊登时间 公布时间 公开日期 公开时间 播发时间 上线时间 录入日期 "
    "上稿时间 "
    "创建时间 更新发布 文章日期 信息日期 首发时间",
    "issued": "发文日期 发文时间 签发日期",
    "written": "成文日期 成文时间 生成日期 印发日期 制发日期",
    "updated": "更新时间 更新日期 更新 修改时间 最后更新 最后修改",
    "author": "作者 撰文 撰稿 执笔 执笔人 撰稿人 采写 文章作者 本文作者 原作者 文",
    "editor": "编辑 选稿 版面编辑 责任编辑 责编 网络编辑 本文编辑 网站编辑 值班编辑 见习编辑",
    "views": "浏览次数 浏览量 浏览数 浏览 点击次数 点击数 点击量 点击率 点击 阅读次数 阅读量 阅读数 阅读 人气 "
    "访问次数 访问量 查看次数 查看",
    "reporter": "本报记者 本网记者 本台记者 记者",
    "correspondent": "通讯员",
    "intern": "实习生 实习记者",
    "doc_number": "发文字号 文号 文件编号",
    "issuer": "发文机关 发布机构 发文单位 发文机构 发布单位 制发机关",
    "": "字号 字体大小 字体 大小 摄影 摄像 图 审核 审稿 校对 初审 复审 终审 录入 发布人 关键词 关键字 标签 所属栏目 "
    "栏目 分类 类别 索引号 主题分类 主题词 评论 评论数 分享到 分享 打印 收藏 纠错 背景色 视力保护色 保护视力色 "
    "扫一扫 "
    "字号大小 有效性 答复时间 回复时间 办结时间 公开方式 公开时限 公开范围 公开类型 公开属性 责任部门 信息分类 "
    "服务对象 组配分类 公文种类 "
    "体裁分类 会员 生效日期 生效时间 实施日期 施行日期 废止日期 失效日期 有效期 截止时间 截止日期 活动时间 "
    "会议时间 开标时间 公示时间 公示期 "
    "报名时间 报名截止 标题 名称 主编 监制 排版 美编 图片来源 数据来源 题图 值班主编 供稿单位 审核人 译者 翻译 "
    "编译 播音",
}
_KEY_OF = {label: key for key, labels in _LABELS.items() for label in labels.split()}
_SAYING_NOTHING = (
    "佚名 本站 本站编辑 本站原创 本站整理 原创 管理员 系统管理员 网站管理员 admin administrator 未知 不详 网络 "
    "互联网 "
    "网络转载 网络整理 转载 匿名 无 暂无 编辑 小编 本网站 none null root test superadmin webmaster 本站讯 其他 其它 "
    "内容来源 来源"
)
_PLACEHOLDERS = frozenset(_SAYING_NOTHING.split())
# Label words are looked for in this spelling; one character stays one character.
_PLAIN = str.maketrans(
    "來時間發佈處輯編瀏覽閱讀點擊記通訊員實習責無數關網絡轉載權聲鏈鍵欄類審錄劃執筆攝號機構體評論標題頁報導聞薦熱門連關",
    "来时间发布处辑编浏览阅读点击记通讯员实习责无数关网络转载权声链键栏类审录划执笔摄号机构体评论标题页报导闻荐热门连关",
)
_TRADITIONAL = re.compile(f"[{''.join(map(chr, _PLAIN))}]")
_ALTERNATIVES = "|".join(
    r"[ \u3000]{0,2}".join(label) if len(label) == 2 else label for label in sorted(_KEY_OF, key=len, reverse=True)
)
_FIRST = "".join({label[0] for label in _KEY_OF} | set("浏阅点访查本记通实字分我参打扫收保举订关【"))
_LABEL = re.compile(
    rf"(?=[{_FIRST}])(?:(?:(?<![\u4e00-\u9fff])(?P<short>文|图)|(?P<label>(?<!该)(?:{_ALTERNATIVES})))(?:\s?[:：丨]\s?|(?<=[文图编者])\s?[/／|｜]\s?)"
    r"|(?P<count>浏览|阅读|点击|访问|查看)\s?(?P<number>[\d,，.]{0,12}\s?万?)\s?次"
    r"|(?P<role>(?<![\u4e00-\u9fff])(?:本报|本网)?(?:实习记者|记者|通讯员|实习生))(?=\s)"
    r"|(?P<open>(?<![\u4e00-\u9fff])(?:来源|作者|责任编辑|责编|编辑))(?=\s[\u4e00-\u9fff])"
    r"|(?P<stop>字号|分享到?|我要评论|参与互动|打印本?页?|扫一扫|收藏|保护视力色|举报|订阅|关注|【[大小中打印关闭\s字号]{1,8}】))"
)
_EDGES = " \t\u3000|｜丨·•,，;；、/\\[]【】()（）{}<>＜＞?？—–-_:：.。*&"
_NAME_EDGES = _EDGES.translate(dict.fromkeys(map(ord, "()（）")))
_AFTER_NAME = re.compile(r"\s?[(（][^()（）]{0,12}[)）]\Z")  # a place or a page, no part of the name
NOTE = re.compile(r"[\[【(（](?:整理|原创|转载|编译|综合|微博|作者|首发|授权)[\]】)）]\Z")
"""What is printed behind a name and is no part of it."""
_COUNT = re.compile(r"(\d[\d,，]*(?:\.\d+)?)\s?(万)?")
_CLOSED = re.compile(r"\A(?P<name>[^()（）\[\]【】]*)[)）\]】].*\Z")
"""A value in brackets with its label ends where they close."""
_OTHER_LABEL = re.compile(r"\s+[\u4e00-\u9fff]{2,6}\s?[:：].*\Z|【.*\Z")
"""A label of no known kind ends a value too."""
_DATE_BEHIND = re.compile(r"(?:^|\s+)(?:19|20)\d\d\s?[-/.年].*\Z")
_NUMBERED = re.compile(r"\A(?!\d{2,3}(?![人条次个评小分天年月日号级岁元跟点浏阅])[\u4e00-\u9fff]\D*\Z).*\d")
"""Digits make no name, unless it begins with them: 21世纪某报."""
_NAME_LIKE = re.compile(r"[\u4e00-\u9fff\w][\u4e00-\u9fff\w·.\-—《》“”()（）&]{1,29}\Z")


@dataclass
class InfoLine:
    """What one info line says. ``matched`` quotes label and value per key; ``bare`` are names without a label."""

    values: dict[str, str] = field(default_factory=dict)
    matched: dict[str, str] = field(default_factory=dict)
    date: FoundDate | None = None
    date_key: str = ""
    """Which label the date stands behind: ``date``, ``updated``, ``issued``, ``written``, another, or "" for none."""
    views: int | None = None
    bare: list[str] = field(default_factory=list)
    labels: int = 0
    """Labels seen, with or without a value."""


def plain(text: str) -> str:
    """The text with traditional label words simplified, character by character; other characters stay."""
    return text.translate(_PLAIN) if _TRADITIONAL.search(text) else text


def is_label(text: str) -> bool:
    """Whether a text is a label word and nothing else; its characters may stand apart."""
    return 2 <= len(text) <= 12 and plain("".join(text.split())) in _KEY_OF


def placeholder(value: str | None) -> bool:
    """Whether a value says nothing: empty, 佚名, 本站, admin …"""
    return not value or value.strip(_EDGES).lower() in _PLACEHOLDERS


def read_info(line: str, *, latest: datetime | None = None) -> InfoLine:
    """Read an info line. ``latest`` is the time of the fetch, for dates not to be believed."""
    info = InfoLine()
    line = clean(line)[:600]
    words = plain(line)
    marks = list(_LABEL.finditer(words))
    info.labels = sum(mark["stop"] is None for mark in marks)
    rest = [line[: marks[0].start()] if marks else line]
    dated: list[str] = []
    for number, mark in enumerate(marks):
        end = marks[number + 1].start() if number + 1 < len(marks) else len(line)
        value = line[mark.end() : end]
        quoted = (line[mark.start() : mark.end()] + value).strip()
        key = _key(mark)
        if key == "views":
            _take_views(info, mark["number"] if mark["count"] else value, quoted)
            if mark["count"]:
                rest.append(value)
        elif key == "date":
            dated.append(value)
            info.matched.setdefault("date", quoted)
        elif key in ("updated", "issued", "written"):
            info.matched.setdefault(key, quoted)
        elif key == "":
            if mark["stop"]:
                rest.append(value)
            elif not (mark["label"] or "").endswith(("日期", "时间", "期", "截止")):
                behind = _DATE_BEHIND.search(value)  # the time may stand behind 发布人：某某
                rest.append(behind[0] if behind else "")
        elif not _take(info, key, value, quoted):
            rest.append(value)  # an empty label may stand before the time
    places = [("date", text) for text in dated] + [("", text) for text in rest] + list(info.matched.items())
    for key, text in places:
        info.date = find_date(text, latest=latest)
        if info.date:
            info.date_key = key
            break
    info.bare = _bare([*rest, *dated], info.date)
    return info


def first_name(value: str) -> str | None:
    """The first name in a value: before separators, dates and further words; None when nothing is left.

    Words in Latin letters stay together, as names in two words do.
    """
    found = find_date(value) if any(map(str.isdigit, value)) else None
    if found:
        value = value.translate({0x3000: 0x20}).partition(found.matched)[0] or value.replace(found.matched, " ")
    value = re.split(r"[|｜丨\n【]|\s[-—]\s", value.lstrip(_EDGES))[0].strip(_NAME_EDGES)
    words = value.split()
    kept = words[:1]
    for word in words[1:]:
        if not (word.isascii() and kept[-1].isascii()):
            break
        kept.append(word)
    name = " ".join(kept).strip(_NAME_EDGES)
    if name.count("（") > name.count("）") or name.count("(") > name.count(")"):
        name = re.split(r"[（(]", name)[0]
    name = _AFTER_NAME.sub("", name) or name
    if name.endswith((")", "）")) and not re.search(r"[(（]", name):
        name = name.rstrip(")）")
    return None if placeholder(name) or len(name) > 40 else name


def _key(mark: re.Match[str]) -> str:
    if mark["count"]:
        return "views"
    if mark["stop"]:
        return ""
    word = mark["label"] or mark["short"] or mark["open"] or mark["role"]
    return _KEY_OF.get(re.sub(r"\s", "", word), "reporter")


def _take(info: InfoLine, key: str, value: str, quoted: str) -> bool:
    """Keep a label's value; False when it says nothing."""
    if key in info.values:
        return True
    stripped = value.strip(_EDGES) if key != "doc_number" else value.strip()
    if key in ("source", "issuer"):
        stripped = first_name(value) or ""
    elif key != "doc_number":
        stripped = _DATE_BEHIND.sub("", _OTHER_LABEL.sub("", _CLOSED.sub(r"\g<name>", stripped))).strip(_EDGES)
    if stripped and not placeholder(stripped):
        info.values[key] = stripped
        info.matched[key] = quoted
        return True
    return False


def _take_views(info: InfoLine, value: str, quoted: str) -> None:
    found = _COUNT.match(value.strip(_EDGES))
    if found and info.views is None:
        number = float(found[1].replace(",", "").replace("，", ""))
        info.views = round(number * 10_000) if found[2] else round(number)
        info.matched["views"] = quoted


def _bare(texts: list[str], found: FoundDate | None) -> list[str]:
    """Names that stand beside the date without a label."""
    names = []
    for text in texts:
        if found:
            text = text.translate({0x3000: 0x20, 0xA0: 0x20}).replace(found.matched, "|")
        for part in re.split(r"[|｜丨\s]+", text):
            name = NOTE.sub("", part).strip(_EDGES)
            if 2 <= len(name) <= 30 and _NAME_LIKE.match(name) and not placeholder(name) and not _NUMBERED.search(name):
                names.append(name)
    return names
