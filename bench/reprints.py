"""A made corpus of articles whose copies are known: reprints of many kinds, and texts that only look like it.

``corpus(size)`` gives at least so many articles. Those of one ``group`` are one text; every other pair is not.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from bench.notices import NOTICES
from bench.phrases import HOW, OFFICES, Writer
from crawler.reading.text import fold, to_traditional

Paragraphs = list[list[str]]


@dataclass(frozen=True)
class Article:
    """One article as a site shows it; ``base`` is the article of the same group that ``kind`` belongs to, if any."""

    id: int
    title: str
    body: str
    group: int
    kind: str
    base: int | None = None

    @property
    def folded(self) -> tuple[str, str]:
        """Title and body as the archive compares them."""
        return fold(self.title), fold(self.body)


@dataclass(frozen=True)
class Draft:
    """A text in the making."""

    title: str
    paragraphs: Paragraphs

    @property
    def body(self) -> str:
        """As a page shows it."""
        return "\n".join("".join(sentences) for sentences in self.paragraphs)


Change = Callable[[Draft, Writer], Draft]


# --- what other sites make of an article ------------------------------------------------------------------------------


def _title_changed(draft: Draft, write: Writer) -> Draft:
    """A headline of one's own, or the same one with a rubric."""
    if write.rng.random() < 0.3:
        return replace(draft, title=f"【{write.one(('质量快讯', '转载', '地方动态'))}】{draft.title}（图）")
    return replace(draft, title=write.title())


def _traditional(draft: Draft, write: Writer) -> Draft:
    """The other script, and the quotation marks that go with it."""
    marks = str.maketrans("“”", "「」")
    paragraphs = [[to_traditional(one).translate(marks) for one in part] for part in draft.paragraphs]
    return Draft(to_traditional(draft.title), paragraphs)


def _framed(draft: Draft, write: Writer) -> Draft:
    """A line above and lines below."""
    outlet = write.place()[:2] + write.one(("日报", "晚报", "新闻网", "质量网"))
    printed = f"2024-0{write.rng.randint(1, 9)}-1{write.rng.randint(0, 9)}"
    head = write.one(
        (
            f"来源：{outlet}　作者：{write.person()}　发布时间：{printed}　浏览次数：{write.rng.randint(3, 900)}",
            f"本报讯（记者 {write.person()} 通讯员 {write.person()}）",
            f"{outlet}{write.day()}电（记者{write.person()}）",
            f"编者按：{write.sentence()}",
        )
    )
    tail = write.one(
        (
            f"（责任编辑：{write.person()}）",
            f"原标题：{draft.title}\n来源：{outlet}\n责编：{write.person()}",
            "免责声明：本网转载此文只为传递更多信息，文中看法与本网无关，如有不妥请来信告知，我们会尽快处理。",
            f"记者 {write.person()} 文/图\n扫一扫在手机上打开当前页",
        )
    )
    return replace(draft, paragraphs=[[head], *draft.paragraphs, [tail]])


def _edit(sentence: str, write: Writer) -> str:
    """One sentence as an editor leaves it: a word, a clause, a figure, or all of it is another one."""
    kind = write.rng.random()
    parts = sentence[:-1].split("，")
    if kind < 0.3:
        word = next((how for how in HOW if how in sentence), None)
        if word:
            return sentence.replace(word, write.one(HOW), 1)
    if kind < 0.5:
        digits = [place for place, char in enumerate(sentence) if char.isdigit()]
        if digits:
            place = write.rng.choice(digits)
            return sentence[:place] + write.one("123456789") + sentence[place + 1 :]
    if kind < 0.7 and len(parts) > 1:
        return "，".join(parts[:-1]) + sentence[-1]
    if kind < 0.9:
        parts.insert(write.rng.randint(0, len(parts)), write.clause())
        return "，".join(parts) + sentence[-1]
    return write.sentence()


def _edited(count: int) -> Change:
    def change(draft: Draft, write: Writer) -> Draft:
        paragraphs = [list(part) for part in draft.paragraphs]
        places = [(i, j) for i, part in enumerate(paragraphs) for j in range(len(part))]
        for i, j in write.rng.sample(places, min(count, len(places))):
            paragraphs[i][j] = _edit(paragraphs[i][j], write)
        return replace(draft, paragraphs=paragraphs)

    return change


def _cut(share: float) -> Change:
    """Whole paragraphs taken out from anywhere, or sentences where a paragraph would be too much."""

    def change(draft: Draft, write: Writer) -> Draft:
        paragraphs = [list(part) for part in draft.paragraphs]
        left = share * len(draft.body)
        for _ in range(200):
            i = write.rng.randrange(len(paragraphs))
            size = sum(map(len, paragraphs[i]))
            if paragraphs[i] and size <= left:
                paragraphs[i] = []
                left -= size
            elif paragraphs[i] and len(paragraphs[i][-1]) <= left:
                left -= len(paragraphs[i].pop())
        return replace(draft, paragraphs=[part for part in paragraphs if part])

    return change


def _first(share: float) -> Change:
    def change(draft: Draft, write: Writer) -> Draft:
        left, kept = int(share * len(draft.body)), list[list[str]]()
        for part in draft.paragraphs:
            text = "".join(part)[:left]
            left -= len(text)
            kept += [[text]] if text else []
        return replace(draft, paragraphs=kept)

    return change


def _handled(draft: Draft, write: Writer) -> Draft:
    """What copying through an editor does: paragraphs joined and split, width and marks changed, captions and reporters
    put in, days told from another place and time."""
    text = draft.body
    for old, new in (("“", '"'), ("”", '"'), ("；", "。"), ("，", ",")):
        if write.rng.random() < 0.4:
            text = text.replace(old, new)
    if write.rng.random() < 0.4:
        text = text.translate({ord(str(digit)): chr(0xFF10 + digit) for digit in range(10)})
    text = text.replace("近日", write.day(), 1).replace("今年以来", "2024年以来", 1)
    sentences = text.replace("\n", "").split("。")
    sentences.insert(write.rng.randint(1, len(sentences) - 1), f"图为{write.clause()}现场。{write.person()}摄")
    sentences[0] = f"（{write.one(('本报', '见习'))}记者 {write.person()}）{sentences[0]}"
    step = write.rng.randint(1, 4)
    blocks = ["。".join(sentences[place : place + step]) + "。" for place in range(0, len(sentences), step)]
    return replace(draft, paragraphs=[[block] for block in blocks])


def _corrected(draft: Draft, write: Writer) -> Draft:
    """A wrong figure put right, in the headline and wherever the text has it; without one, any figure of the text."""
    found = _RESULTS.search(draft.title)
    if found is None:
        return _edited(1)(replace(draft, title=f"{draft.title}（更正）"), write)
    new = str(write.rng.randint(56, 99))
    paragraphs = [[_RESULTS.sub(new, one) for one in part] for part in draft.paragraphs]
    return Draft(_RESULTS.sub(new, draft.title), paragraphs)


_RESULTS = re.compile(r"\d+(?=项成果)")


def _in_turn(*changes: Change) -> Change:
    def change(draft: Draft, write: Writer) -> Draft:
        for one in changes:
            draft = one(draft, write)
        return draft

    return change


REPRINTS: dict[str, Change] = {
    "title changed": _title_changed,
    "traditional characters": _traditional,
    "header and footer added": _framed,
    "one sentence edited": _edited(1),
    "five sentences edited": _edited(5),
    "10 % cut": _cut(0.1),
    "10 % cut, 2 edits, head and foot": _in_turn(_cut(0.1), _edited(2), _framed),
    "30 % cut": _cut(0.3),
    "first 60 %": _first(0.6),
    "first 30 %": _first(0.3),
    "marks, width, paragraphs, captions": _handled,
    "figure of the headline corrected": _corrected,
    "headline, script, frame and one edit": _in_turn(_title_changed, _edited(1), _framed, _traditional),
}
"""What another site makes of an article; all are found as one text with it."""


# --- what only looks like a copy --------------------------------------------------------------------------------------


def _same_event(draft: Draft, write: Writer) -> Draft:
    """Another report of it, a third of it quoted word for word."""
    own = _sentences(draft)
    quoted = write.rng.sample(own, max(1, round(0.3 * len(own))))
    others = [write.sentence() for _ in range(len(own) - len(quoted))]
    mixed = quoted + others
    write.rng.shuffle(mixed)
    return Draft(write.title(), _paragraphs(mixed, write))


def _same_template(draft: Draft, write: Writer) -> Draft:
    """Three quarters of the sentences are the form's."""
    own = _sentences(draft)
    slots = set(write.rng.sample(range(len(own)), max(1, round(0.25 * len(own)))))
    filled = [write.sentence() if place in slots else one for place, one in enumerate(own)]
    return Draft(write.title(), _paragraphs(filled, write))


def _speech(draft: Draft, write: Writer) -> Draft:
    """Another report on the same speech: half of the text is the speech, the other half the reporter's."""
    own = _sentences(draft)
    half = len(own) // 2
    office = f"{write.place()}{write.one(OFFICES)}"
    before = [f"{office}{write.day()}召开会议。", *(write.sentence() for _ in range(half // 2))]
    return Draft(
        write.title(), _paragraphs([*before, *own[half:], *(write.sentence() for _ in range(half // 2))], write)
    )


LOOKALIKES: dict[str, Change] = {
    "same event, 30 % quoted": _same_event,
    "same template, 75 %": _same_template,
    "one speech in two reports": _speech,
}


def _sentences(draft: Draft) -> list[str]:
    return [sentence for part in draft.paragraphs for sentence in part]


def _paragraphs(sentences: list[str], write: Writer) -> Paragraphs:
    made: Paragraphs = []
    while sentences:
        count = write.rng.randint(1, 5)
        made.append(sentences[:count])
        sentences = sentences[count:]
    return made


# --- the corpus -------------------------------------------------------------------------------------------------------

UNRELATED = "unrelated"


def corpus(size: int, seed: int = 1) -> Iterator[Article]:
    """At least ``size`` articles, groups whole, a copy after its base. About half of them are copies."""
    write = Writer(random.Random(seed))
    number = group = 0
    while number < size:
        for family in _families(write):
            first = number
            for kind, draft, is_copy in family:
                group += not is_copy
                yield Article(number, draft.title, draft.body, group, kind, None if number == first else first)
                number += 1


def _families(write: Writer) -> Iterator[list[tuple[str, Draft, bool]]]:
    """One round: an article with all its copies, one with what looks like copies, notices of every form, and others."""
    base = make_base(write)
    yield [(UNRELATED, base, False), *((kind, change(base, write), True) for kind, change in REPRINTS.items())]
    seen = make_base(write)
    yield [(UNRELATED, seen, False), *((kind, change(seen, write), False) for kind, change in LOOKALIKES.items())]
    for kind, notice in NOTICES.items():
        yield [(kind, Draft(*one), False) for one in notice(write)]
    for _ in range(3):
        yield [(UNRELATED, make_base(write), False)]


def make_base(write: Writer) -> Draft:
    """An article of 350 to 6,000 characters."""
    chars = min(6000, int(350 + write.rng.lognormvariate(6.3, 0.6)))
    draft = Draft(write.title(), write.paragraphs(chars))
    if write.rng.random() < 0.5:
        figure = write.rng.randint(11, 55)
        lead = f"现场共有{figure}项成果亮相。"
        draft = Draft(f"{draft.title}：{figure}项成果亮相", [[lead], *draft.paragraphs])
    return draft
