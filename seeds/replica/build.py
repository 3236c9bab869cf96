"""Writes the articles of all sites: dates, people, sources and the special cases each site is there to show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import cast

from seeds.replica import (
    templates_chinajl,
    templates_cinic,
    templates_liaocheng,
    templates_quality_portal,
    templates_zgnt,
)
from seeds.replica.content import Text, Writer, chance
from seeds.replica.model import SHANGHAI, Article, Block, Column, Precision, Template
from seeds.replica.names import people

TEMPLATES: dict[str, Template] = {
    module.SITE.name: cast(Template, module)
    for module in (templates_zgnt, templates_liaocheng, templates_cinic, templates_chinajl, templates_quality_portal)
}
"""By site name; the sites that others reprint come first."""

NEWEST = datetime(2025, 9, 19, 17, 5, 12, tzinfo=SHANGHAI)
EPOCH_2 = datetime(2025, 9, 21, 15, 30, 40, tzinfo=SHANGHAI)
_OLD_START = {
    "zgnt": datetime(2016, 5, 20, 18, 0, 0, tzinfo=SHANGHAI),
    "cinic": datetime(2016, 3, 2, 18, 0, 0, tzinfo=SHANGHAI),
    "quality_portal": datetime(2013, 6, 14, 18, 0, 0, tzinfo=SHANGHAI),
}
_SIZES = ("middle", "short", "long", "middle", "short", "middle", "long")
_SUBTITLES = ("一份年中账本的来龙去脉", "——跟着样品走完三道工序", "从早市到夜班的一天")
_PRECISIONS: dict[str, Precision] = {
    "zgnt": "second",
    "liaocheng": "second",
    "cinic": "day",
    "chinajl": "day",
    "quality_portal": "second",
}


@dataclass(frozen=True)
class Special:
    """What an article at one place of a column is there to show. ``reprint`` is the key of the original."""

    reprint: str | None = None
    mirror: bool = False
    twin: str | None = None
    also: str | None = None


SPECIALS: dict[tuple[str, str, int], Special] = {
    ("cinic", "产经新闻", 3): Special(reprint="zgnt-103"),
    ("cinic", "产经新闻", 8): Special(twin="南京"),
    ("cinic", "产经新闻", 14): Special(mirror=True),
    ("chinajl", "计量与质量", 4): Special(reprint="zgnt-103", mirror=True),
    ("chinajl", "计量与质量", 14): Special(mirror=True),
    ("quality_portal", "质量强市", 5): Special(also="质量月"),
    ("quality_portal", "质量强市", 9): Special(reprint="liaocheng-102"),
}
# Articles of the second epoch: site, column, what it is.
LATE: tuple[tuple[str, str, Special], ...] = (
    ("zgnt", "南通时政", Special()),
    ("zgnt", "公告活动", Special()),
    ("liaocheng", "聊城资讯", Special()),
    ("liaocheng", "聊城资讯", Special()),
    ("liaocheng", "热点", Special()),
    ("cinic", "产经新闻", Special()),
    ("cinic", "产经新闻", Special(reprint="zgnt-900")),
    ("cinic", "南京", Special()),
    ("chinajl", "计量与质量", Special()),
    ("chinajl", "产业计量", Special()),
    ("chinajl", "政策要闻", Special()),
    ("quality_portal", "质量强市", Special()),
    ("quality_portal", "质量月", Special()),
)
CHALLENGED = "chinajl-902"
"""The new article whose address answers with a challenge page."""


@dataclass
class _Draft:
    """What site rules fill in before an article is made."""

    text: Text
    lead: str = ""
    tail: str = ""
    fields: dict[str, object] = field(default_factory=dict)


def build() -> dict[str, Article]:
    """All articles of all epochs by key, as they are first published."""
    writer = Writer()
    made: dict[str, Article] = {}
    for name, template in TEMPLATES.items():
        for place, column in enumerate(template.SITE.columns, 1):
            for index, published in enumerate(_dates(name, column)):
                special = SPECIALS.get((name, column.name, index), Special())
                key = f"{name}-{place * 100 + index}"
                made[key] = _article(writer, template, column, key, index, published, special, made)
    number: dict[str, int] = {}
    for name, column_name, special in LATE:
        template = TEMPLATES[name]
        column = next(column for column in template.SITE.columns if column.name == column_name)
        index = number[name] = number.get(name, -1) + 1
        published = EPOCH_2 - timedelta(hours=3 * index, minutes=7 * len(made) % 60, seconds=len(made) % 60)
        key = f"{name}-{900 + index}"
        article = _article(writer, template, column, key, 900 + index, published, special, made)
        made[key] = replace(article, since=2, challenge=key == CHALLENGED)
    return made


def _dates(site: str, column: Column) -> Iterator[datetime]:
    """Publish times of a column, newest first; the old template's years lie far back."""
    rng = chance(f"dates {site} {column.name}")
    day = NEWEST - timedelta(days=rng.randrange(2))
    for index in range(column.size):
        if index == column.size - column.old and column.old:
            day = _OLD_START[site]
        yield day.replace(hour=rng.randint(8, 18), minute=rng.randint(0, 59), second=rng.randint(0, 59))
        if index >= column.size - column.old:
            day -= timedelta(days=rng.randint(9, 60))
        else:
            day -= timedelta(days=rng.choice((1, 1, 2, 3)) if index < 20 else rng.randint(4, 25))


def _article(
    writer: Writer,
    template: Template,
    column: Column,
    key: str,
    index: int,
    published: datetime,
    special: Special,
    made: dict[str, Article],
) -> Article:
    site = template.SITE
    age = "old" if index < 900 and index >= column.size - column.old else "new"
    number = int(key.rpartition("-")[2])
    if special.reprint:
        original = made[special.reprint]
        moment = original.published + timedelta(hours=2 if original.since > 1 else 20)
        moment = max(moment, original.published.replace(hour=21, minute=0, second=0)) if original.since > 1 else moment
        article = _reprint(original, template, key, moment)
    else:
        notice = age == "new" and 0 < column.size - column.old - index <= column.notices
        if notice:
            written = writer.notice(key, published, site.home)
        else:
            pictures = 0 if special.mirror else 2 if index % 9 == 4 else 1 if index % 3 == 0 else 0
            written = writer.article(key, published, site.home, size=_SIZES[index % 7], captions=pictures)
        draft = _Draft(written)
        if not notice:
            _RULES[site.name](draft, index, age)
        precision: Precision | None = _PRECISIONS[site.name]
        if age == "old":
            precision = {"zgnt": "minute", "cinic": "day"}.get(site.name)  # type: ignore[assignment]
        article = Article(
            key=key,
            site=site.name,
            path="",
            title=written.title,
            blocks=_blocks(draft, site.name, key, published),
            published=published,
            precision=precision,
            lists=(column.name,),
            crumbs=column.crumbs,
        )
        article = replace(article, **draft.fields)  # type: ignore[arg-type]
    if site.name == "zgnt" and age == "old":
        article = replace(article, crumbs=("新闻", column.name))
    if site.name == "quality_portal" and age == "old":
        article = replace(article, crumbs=())
    twin = None
    lists: tuple[str, ...] = (column.name,)
    if special.twin:
        other = next(entry for entry in site.columns if entry.name == special.twin)
        twin = template.article_path(other, number + 50, article.published, age)
        lists = (column.name, other.name)
    if special.also:
        lists = (column.name, special.also)
    return replace(
        article,
        path=template.article_path(column, number, article.published, age),
        lists=lists,
        crumbs=article.crumbs or column.crumbs if age == "new" else article.crumbs,
        template=age,
        mirror=special.mirror,
        twin_path=twin,
        views=chance(f"views {key}").randint(180, 9400) if site.name == "chinajl" else None,
    )


def _reprint(original: Article, template: Template, key: str, published: datetime) -> Article:
    """The same text on another site; the first publisher is named as the source, its pictures are not taken over."""
    publisher = TEMPLATES[original.site].SITE.publisher
    return Article(
        key=key,
        site=template.SITE.name,
        path="",
        title=original.title,
        blocks=tuple(block for block in original.blocks if block.kind != "img"),
        published=published,
        precision=_PRECISIONS[template.SITE.name],
        lists=(),
        printed_source=publisher,
        source=publisher,
        reporters=original.reporters,
        correspondents=original.correspondents,
        interns=original.interns,
        reprint_of=original.key,
    )


def _blocks(draft: _Draft, site: str, key: str, published: datetime) -> tuple[Block, ...]:
    blocks = [Block("h" if kind == "h" else "p", text) for kind, text in draft.text.paragraphs]
    blocks[0] = Block("p", draft.lead + blocks[0].text)
    for place, caption in enumerate(draft.text.captions):
        src = f"/upload/{published:%Y%m}/{key}_{place + 1}.jpg"
        blocks.insert(min(len(blocks), 1 + 3 * place), Block("img", _caption(site, key, place, caption), src))
    if draft.tail:
        blocks.append(Block("p", draft.tail))
    return tuple(blocks)


def _caption(site: str, key: str, place: int, caption: str) -> str:
    """The caption as that site prints it: 图为…, … 摄, the name of the file, or plain."""
    if site == "zgnt":
        return f"图为{caption}。"
    if site == "liaocheng":
        return f"{caption} {people(chance(f'photo {key}'), 1)[0]} 摄"
    if site == "cinic":
        return f"{chance(f'file {key} {place}').getrandbits(128):032x}_编辑.jpg"
    return caption


def _zgnt(draft: _Draft, index: int, age: str) -> None:
    first, second, third = people(chance(f"people {draft.text.title}"), 3)
    if age == "old":
        author = "" if index % 3 else first
        draft.fields |= {
            "printed_source": "南通日报",
            "source": "南通日报",
            "printed_author": author,
            "authors": (author,) if author else (),
            "printed_editor": second,
            "editors": (second,),
        }
        return
    forms = (
        (f"本报讯 (记者{first} {second} 实习生{third})", (first, second), (), (third,)),
        (f"本报讯（记者 {first}）", (first,), (), ()),
        ("", (), (), ()),
        (f"本报讯 (通讯员 {first} {second} 记者 {third})", (third,), (first, second), ()),
    )
    draft.lead, reporters, correspondents, interns = forms[index % 4]
    source = ("南通网", "南通日报", "江海晚报", "南通网")[index % 4]
    draft.fields |= {
        "printed_source": source,
        "source": source,
        "reporters": reporters,
        "correspondents": correspondents,
        "interns": interns,
        "subtitle": _SUBTITLES[index // 7 % 3] if index % 7 == 2 else None,
    }


def _liaocheng(draft: _Draft, index: int, age: str) -> None:
    first, second, third = people(chance(f"people {draft.text.title}"), 3)
    forms = (
        (f"(记者 {first} {second} 通讯员 {third})", (first, second), (third,)),
        ("", (), ()),
        (f"（通讯员 {first}）", (), (first,)),
    )
    draft.tail, reporters, correspondents = forms[index % 3]
    draft.lead = "本报讯 " if index % 2 == 0 else ""
    source = ("聊城新闻网", "聊城日报", "齐鲁晚报", "")[index % 4]
    editor = "佚名" if index % 3 else people(chance(f"editor {draft.text.title}"), 1)[0]
    draft.fields |= {
        "printed_source": source,
        "source": source or None,
        "printed_editor": editor,
        "editors": () if editor == "佚名" else (editor,),
        "reporters": reporters,
        "correspondents": correspondents,
    }


def _cinic(draft: _Draft, index: int, age: str) -> None:
    source = ("中国产业经济信息网", "新华日报", "", "经济日报")[index % 4]
    if age == "old":
        source = source or "中国工业报"
    author = people(chance(f"people {draft.text.title}"), 1)[0] if index % 4 == 2 and age == "new" else ""
    draft.fields |= {
        "printed_source": source,
        "source": source or None,
        "printed_author": author,
        "authors": (author,) if author and index % 8 == 2 else (),
    }
    if author and index % 8 != 2:
        # Only the time is printed.
        draft.fields["printed_author"] = ""


def _chinajl(draft: _Draft, index: int, age: str) -> None:
    name = people(chance(f"people {draft.text.title}"), 1)[0]
    author = ("", "", name, "admin", "佚名")[index % 5]
    source = ("江苏省市场监管局", "中国市场监管报", "本站", "www.jlbjb.com", "中国计量网", "")[index % 6]
    draft.fields |= {
        "printed_author": author,
        "authors": (name,) if author == name else (),
        "printed_source": source,
        "source": source if source not in ("本站", "") else None,
    }


def _quality_portal(draft: _Draft, index: int, age: str) -> None:
    if age == "old":
        return
    source = ("中国质量报", "质量门户", "", "市场监管半月谈")[index % 4]
    draft.fields |= {"printed_source": source, "source": source or None}
    if index % 5 == 1:
        name = people(chance(f"people {draft.text.title}"), 1)[0]
        draft.tail = f"（记者 {name}）"
        draft.fields["reporters"] = (name,)


_RULES: dict[str, Callable[[_Draft, int, str], None]] = {
    "zgnt": _zgnt,
    "liaocheng": _liaocheng,
    "cinic": _cinic,
    "chinajl": _chinajl,
    "quality_portal": _quality_portal,
}
