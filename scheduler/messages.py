"""Notices made into messages: what a reader or an operator gets to see. Pure.

``compose(parcel, channel)`` gives the messages of a parcel, split to the channel's size: at the borders of notices, and
inside of one only where it alone is too long. The same parcel always gives the same messages.

Titles, sources and changes come from strangers. They are text in every format: no header, no markup, no mention of
everybody can be made of them; no template is ever filled with them.
"""

from __future__ import annotations

import bisect
import html
import itertools
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, Protocol
from urllib.parse import quote, urlsplit

from archive.clock import shanghai
from archive.deliveries import Notice, Parcel

Format = Literal["text", "markdown", "html"]

KINDS: dict[str, str] = {
    "new": "新发布",
    "changed": "有改动",
    "withdrawn": "已撤下",
    "restored": "已恢复",
    "reprinted": "首次转载",
    "alarm opened": "站点告警",
    "alarm closed": "告警解除",
    "trouble": "运行告警",
    "test": "测试",
}
"""How each kind of notice is called; the last two come from the sender itself."""

ALARMS = frozenset({"alarm opened", "alarm closed"})

MAX_TITLE, MAX_LINE, MAX_URL = 300, 400, 2000
SUBJECT_CHARS = 120

# Everything that a terminal, a header or a line reader obeys, that is not seen, or that reorders what is seen.
_HARMFUL = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]+"
)


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a parcel. ``message_id`` is the same in every retry; ``part`` counts from 1.

    ``text`` is in the format of the channel, its first line is ``subject`` where the channel shows none.
    """

    message_id: str
    part: int
    parts: int
    subject: str
    text: str
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """How long one message may be: in characters, in bytes of UTF-8, in bytes of its JSON string. None: any length.

    The last is for vendors who count the whole request, in which a Chinese character is written as six bytes.
    """

    chars: int | None = None
    utf8: int | None = None
    json: int | None = None

    def fits(self, text: str) -> bool:
        """Whether this text is short enough."""
        return (
            (self.chars is None or _utf16(text) <= self.chars)
            and (self.utf8 is None or len(text.encode()) <= self.utf8)
            and (self.json is None or len(json.dumps(text)) <= self.json)
        )


def _utf16(text: str) -> int:
    # As most vendors count: a character beyond the first plane is two.
    return len(text) + sum(char > "\uffff" for char in text)


class Shape(Protocol):
    """What must be known of a channel to write for it: ``scheduler.channels.Channel`` is one."""

    @property
    def format(self) -> Format:
        """Of its text."""

    @property
    def limits(self) -> Limits:
        """Of one message."""

    @property
    def titled(self) -> bool:
        """Whether the subject is shown by itself; else it becomes the first line."""

    @property
    def verbatim(self) -> bool:
        """Whether text is shown as it is (mail, webhook). Chats read mentions and links into any text."""

    @property
    def footer(self) -> str:
        """A last line under every message, or nothing."""


def compose(parcel: Parcel, channel: Shape) -> list[Message]:
    """The messages of a parcel, in the order in which they are sent. At least one notice stands in each."""
    page = _Page(parcel, channel)
    title = Writer("text", verbatim=channel.verbatim)
    parts = page.parts(parcel.notices)
    return [
        Message(
            message_id=f"{parcel.parcel_id}.{number}" if len(parts) > 1 else parcel.parcel_id,
            part=number,
            parts=len(parts),
            subject=title.say(numbered(page.subject, number, len(parts))),
            text=page.text(part, number, len(parts)),
            notices=tuple(notice for notice, _ in part),
        )
        for number, part in enumerate(parts, 1)
    ]


def subject_of(parcel: Parcel) -> str:
    """One line that says what is in it: for one notice what happened to what, for a digest the counts."""
    if len(parcel.notices) == 1:
        notice = parcel.notices[0]
        return _shortened(f"【{_kind(notice)}】{_headline(notice)}", SUBJECT_CHARS)
    counts = Counter(_kind(notice) for notice in parcel.notices)
    told = "，".join(f"{kind} {number}" for kind, number in counts.most_common())
    name = plain(parcel.watch) or ("运行告警" if parcel.route == "operator" else "通知")
    return f"质闻 · {_shortened(name, 60)}：{len(parcel.notices)} 条（{told}）"


def plain(text: str | None) -> str:
    """Text of strangers on one line, without anything that is obeyed instead of shown."""
    return " ".join(_HARMFUL.sub(" ", text or "").split())


def safe_link(url: str | None) -> str:
    """The address when it is an http or https one that can be written out, else nothing."""
    url = (url or "").strip()
    if not url or len(url) > MAX_URL or _HARMFUL.search(url) or re.search(r"\s", url):
        return ""
    try:
        split = urlsplit(url)
        return (
            quote(url, safe="%/:=&?~#+!$,;@()*[]-._'\\") if split.scheme in ("http", "https") and split.hostname else ""
        )
    except ValueError:
        return ""


# --- one notice -------------------------------------------------------------------------------------------------------


class Writer:
    """Writes strangers' text and links in one format."""

    def __init__(self, form: Format, *, verbatim: bool) -> None:
        self.form = form
        self.verbatim = verbatim

    def say(self, text: str | None) -> str:
        """Text that is shown as text."""
        text = plain(text)
        if not self.verbatim:
            # A word joiner is not seen, and no chat finds a name behind it.
            text = text.replace("@", "@\u2060").replace("](", "]\u2060(")
        if self.form == "html":
            return html.escape(text)
        if self.form == "markdown":
            # Full-width twins: whether a vendor's markdown knows the backslash is not to be relied on.
            return text.translate(_TWINS)
        return text if self.verbatim else text.translate(_TWINS_OF_TAGS)

    def strong(self, text: str) -> str:
        """Text (already made safe) that stands out where the format can show it."""
        return {"html": f"<b>{text}</b>", "markdown": f"**{text}**"}.get(self.form, text)

    def link(self, url: str) -> str:
        """An address that can be clicked. It must have passed ``safe_link``."""
        if self.form == "html":
            whole = html.escape(url)
            return f'<a href="{whole}" rel="noopener noreferrer nofollow">{whole}</a>'
        if self.form == "markdown":
            target = quote(url, safe="%/:=&?~#+!$,;@-._'")
            return f"[查看原文]({target})"
        return url

    def lines(self, lines: Sequence[str]) -> str:
        """Lines below each other. Markdown joins lines unless they end with two spaces."""
        return {"html": "<br>\n", "markdown": "  \n"}.get(self.form, "\n").join(lines)

    def blocks(self, blocks: Sequence[str]) -> str:
        """Blocks with room between."""
        return ("<br><br>\n" if self.form == "html" else "\n\n").join(blocks)


_TWINS_OF_TAGS = str.maketrans("<>", "＜＞")
_TWINS = str.maketrans("<>*_`[]~|\\#&!", "＜＞＊＿｀［］～｜＼＃＆！")


def _kind(notice: Notice) -> str:
    return KINDS.get(notice.kind, plain(notice.kind))


def _headline(notice: Notice) -> str:
    return plain(notice.title) or plain(notice.site) or "（无标题）"


def _notice_text(notice: Notice, write: Writer, room: int = MAX_LINE, *, site: bool = True) -> str:
    """One notice. ``room`` is how many characters each stranger's text may have, ``site`` whether it names its site."""

    def cut(text: str | None, most: int = MAX_LINE) -> str:
        return write.say(_shortened(plain(text), min(most, room)))

    title = _shortened(_headline(notice), max(10, min(MAX_TITLE, room)))
    lines = [write.strong(f"【{write.say(_kind(notice))}】{write.say(title)}")]
    facts = [
        ("站点", cut(notice.site, 60) if site else ""),
        ("来源", cut(notice.source, 60)),
        ("发布", _when(notice.published_at, notice.published_precision)),
        ("首发", cut(notice.original, 60)),
    ]
    if told := "　".join(f"{label}：{value}" for label, value in facts if value):
        lines.append(told)
    lines += [f"{label}：{value}" for label, text in _texts(notice) if room >= 20 and (value := cut(text))]
    if url := safe_link(notice.url):
        lines.append(write.link(url))
    return write.lines(lines)


def _texts(notice: Notice) -> Iterator[tuple[str, str]]:
    """What is said about it, a line each."""
    if notice.alarm is None:
        yield "变化", notice.changes
        for mark in notice.marks[:3]:
            yield "要点", f"{mark.get('before') or '（无）'} → {mark.get('after') or '（无）'}"
        yield "摘要", notice.summary
    elif notice.kind == "alarm closed":
        yield "原因", notice.alarm.because or notice.alarm.reason
    else:
        yield "原因", notice.alarm.reason
        for sentence in notice.alarm.evidence[:5]:
            yield "依据", sentence
        yield "下一步", notice.alarm.step


def _when(moment: datetime | None, precision: str | None) -> str:
    """The time in Shanghai as precisely as the page printed it."""
    if moment is None:
        return ""
    return f"{shanghai(moment):%Y-%m-%d}" if precision == "day" else f"{shanghai(moment):%Y-%m-%d %H:%M}"


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[: max(0, most - 1)].rstrip() + "…" if most > 0 else ""


# --- a parcel ---------------------------------------------------------------------------------------------------------

_Part = list[tuple[Notice, str]]
"""Notices with their texts."""


class _Page:
    """Puts the messages of one parcel together: heading where the channel shows none, sites with notices, footer."""

    def __init__(self, parcel: Parcel, channel: Shape) -> None:
        self.channel = channel
        self.write = Writer(channel.format, verbatim=channel.verbatim)
        self.digest = len(parcel.notices) > 1
        self.subject = subject_of(parcel)

    def text(self, part: _Part, number: int = 99, parts: int = 99) -> str:
        """The text of one message; for measuring, one with the longest number."""
        write, blocks, last = self.write, [], None
        if self.digest and not self.channel.titled:
            blocks.append(write.strong(write.say(numbered(self.subject, number, parts))))
        counts = Counter(notice.site for notice, _ in part)
        for notice, text in part:
            if self.digest and notice.site != last:
                name = write.say(_shortened(plain(notice.site), 60)) or "—"
                blocks.append(write.strong(f"■ {name}（{counts[notice.site]} 条）"))
            last = notice.site
            blocks.append(text)
        if self.channel.footer:
            blocks.append(write.say(_shortened(plain(self.channel.footer), 200)))
        return write.blocks(blocks)

    def fits(self, part: _Part) -> bool:
        """Whether these notices have room in one message."""
        return self.channel.limits.fits(self.text(part))

    def parts(self, notices: Sequence[Notice]) -> list[_Part]:
        """By site, each in its order; a further message where the next notice has no room any more."""
        by_site: dict[str, list[Notice]] = {}
        for notice in notices:
            by_site.setdefault(notice.site, []).append(notice)
        parts: list[_Part] = []
        for notice in itertools.chain.from_iterable(by_site.values()):
            whole = (notice, self._told(notice, MAX_LINE))
            if parts and self.fits([*parts[-1], whole]):
                parts[-1].append(whole)
            else:
                parts.append([whole if self.fits([whole]) else self._squeezed(notice)])
        return parts

    def _told(self, notice: Notice, room: int) -> str:
        return _notice_text(notice, self.write, room, site=not self.digest)

    def _squeezed(self, notice: Notice) -> tuple[Notice, str]:
        """A notice that alone is too long: its texts cut, its link kept where there is any room for it."""
        text = ""
        for candidate in (notice, replace(notice, url="")):

            def too_long(room: int, one: Notice = candidate) -> bool:
                return not self.fits([(notice, self._told(one, room))])

            room = bisect.bisect_left(range(1, MAX_LINE + 1), True, key=too_long)
            text = self._told(candidate, room)
            if self.fits([(notice, text)]):
                break
        return notice, text


def numbered(subject: str, number: int, parts: int) -> str:
    """The subject of one of several messages: with "(1/3)"."""
    return f"{subject} ({number}/{parts})" if parts > 1 else subject
