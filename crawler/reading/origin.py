"""The source where no label names it: the paper's own imprint, a name beside the time, a name on the next line."""

from __future__ import annotations

import re
from collections.abc import Sequence

from crawler.reading.draft import Draft
from crawler.reading.labels import NOTE, InfoLine, placeholder
from crawler.reading.names import person, press, publisher
from crawler.reading.people import People
from crawler.reading.zone import Line

_NAME_CHARS = 16
_DIRECTORY = re.compile(r"categ|/tags?/|list|channel|column|lanmu|class|/\Z|index\.\w+\Z", re.IGNORECASE)
_LATIN = re.compile(r"(?!Posted|Views|Comm|Share|Print|Admin|Email|Tags|Upd|Publ|APP|RSS|GMT)[A-Z][A-Za-z0-9]{2,14}\Z")
_INTERFACE = re.compile(
    r"评论|分享|参与|字号|字体|字號|收藏|打印|正文|首页|登录|注册|订阅|关注|举报|朗读|收听|播放|下载|扫码|扫一扫|二维码|QQ|浏览|阅读|点击|点赞|投稿|更多"
    r"|星期|上午|下午|我要|推荐|手机看|查看|返回|展开|全文|纠错|跟贴|跟帖|[上下]一篇|大.?中.?小|小.?中.?大|A[+-]|复制|链接|转发|赞|听新闻|语音|热度|人气"
    r"|^(?:发布于|来自)|^(?:发布|发表于|发布于|发表在|发布者|来自.{2,8}|原创|转载|编辑|微信|微博|标签|关键词|责编|作者|来源|时间|日期|摘要|导读|图文|视频|专题|专栏|内容|文章|新闻|资讯|大|中|小|号)$"
    r"|已认证|认证|说两句|只看|楼主|倒序|回复|网友|发言|手机|用户|游客|显示|隐藏|报错|该作者|导航|地图|[共第].*[页条]|次$|企鹅号|网易号|搜狐号|百家号|头条号|大风号|一点号|大鱼号|澎湃号|官方账号|关闭|举报|客服|热线|电话|邮箱|http|www\.|\.com|\.cn|IP属地"
)
_ACCOUNT = re.compile(r"企鹅号|网易号|搜狐号|百家号|头条号|大风号|一点号|大鱼号|澎湃号|官方账号|订阅号|公众号|自媒体")
_PRINTED_IN = re.compile(
    r"^[（(]?《\s?(?P<name>[^《》]{2,14}?)\s?》\s?[（(]?\s?(?:20|19)\d\d\s?年[^，。]{3,24}版[^，。]{0,8}[)）]?\Z"
)


def set_source(
    draft: Draft,
    people: People,
    header: list[Line],
    infos: list[InfoLine],
    place: int | None,
    paragraphs: Sequence[str],
) -> None:
    """The source where no label names it: the paper's own imprint, a name beside the time, a name on the next line."""
    for paragraph in paragraphs[-3:]:
        imprint = _PRINTED_IN.match(paragraph)
        if imprint:
            draft.set_source(imprint["name"], "imprint below the text", paragraph, 0.8)
            return
    if place is None:
        return
    bare_names(draft, people, header[place], infos[place], sources=True)
    for number in (place - 1, place + 1, place - 2, place + 2):
        if draft.item.source is None and 0 <= number < len(header) and not infos[number].labels:
            following = header[number + 1].text if number + 1 < len(header) else ""
            _name_line(draft, people, header[number], following)


def bare_names(draft: Draft, people: People, line: Line, info: InfoLine, *, sources: bool) -> None:
    """Names on the line of the time that no label explains."""
    hints = {piece.text.strip(): piece for piece in line.pieces}
    found: list[tuple[int, int, str]] = []
    for number, bare in enumerate(info.bare):
        name = NOTE.sub("", bare).strip()
        piece = hints.get(bare) or next((one for one in line.pieces if bare in one.text), None)
        hint = piece.hint if piece is not None else ""
        if piece is not None and hint == "source" and name in piece.text and len(piece.text) <= 2 * _NAME_CHARS:
            name = name if any(map(str.isdigit, piece.text)) else piece.text
        if not plausible(name) or hint == "column":
            continue
        after = info.date is not None and line.text.find(bare) > line.text.find(info.date.matched[:10])
        if piece is not None and piece.href is not None and not hint and not after and _DIRECTORY.search(piece.href):
            continue  # the column's name, linked, stands before the time
        if (person(name) and hint != "source") or (hint == "author" and not publisher(name) and len(name) <= 8):
            if hint == "author" or not people.anyone:
                people.add("authors", [name], "name beside the time", line.text, 0.75)
            continue
        found.append((0 if hint == "source" else 1 if press(name) else 2 if after else 3, number, name))
    if sources and found:
        rank, _, name = min(found)
        draft.set_source(name, "bare name beside the time", line.text, 0.95 if rank < 2 else 0.8)


def _name_line(draft: Draft, people: People, line: Line, following: str) -> None:
    """A line near the time that is one name."""
    text = NOTE.sub("", line.text).strip()
    hint = next((piece.hint for piece in line.pieces if piece.hint), "")
    if hint == "column" or not plausible(text) or len(line.pieces) > 2 or re.search(r"[/／|｜]", text):
        return
    if person(text) and hint != "source":
        if hint == "author" or not line.linked:
            people.add("authors", [text], "name near the time", text, 0.7)
    elif hint == "source" or press(text) or (hint == "author" and _ACCOUNT.search(following)):
        draft.set_source(text, "name near the time", text, 0.75)
    elif hint == "author" and len(text) <= 6 and not publisher(text):
        people.add("authors", [text], "name near the time", text, 0.6)


def plausible(name: str) -> bool:
    """Whether a bare text can be a name at all and is no word of the page's interface."""
    if (
        not 2 <= len(name) <= 2 * _NAME_CHARS
        or (len(name) > _NAME_CHARS and not publisher(name))
        or placeholder(name)
        or (name[0].isdigit() and not press(name))
    ):
        return False
    if name.isascii() and not _LATIN.match(name):
        return False
    return _INTERFACE.search(name) is None and "。" not in name and "，" not in name
