"""What changed between two revisions of one article: field by field, and in one line that a reader understands.

Pure. The line is Chinese, as the articles are: 质量强市示范城市 3 → 5；删去 1 句.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any

from archive.answers import RevisionRow
from archive.clock import shanghai
from archive.differences import Comparison, Marked, compare
from archive.edits import fields_between
from archive.marks import Fold, plain_fold

MOST_MARKS = 4
"""So many changed figures, dates and names stand in the line; the rest is counted."""
_WORDS = {"number": "数字", "date": "日期", "name": "人名", "office": "职务", "doc_number": "文号"}
_LONGEST = 24
ATTACHMENT_WORDS = {"added": "新增附件", "removed": "删去附件", "renamed": "附件改名", "replaced": "附件内容更换"}


@dataclass(slots=True)
class Difference:
    """From revision ``before`` to ``after``. ``fields`` are those that changed on the way, each once.

    ``published_at`` and ``source`` are pairs of the old and the new value, None where they stayed. ``attachments`` has
    the keys of ``archive.edits.Change``.
    """

    before: int
    after: int
    fields: list[str]
    title: Comparison
    body: Comparison
    published_at: tuple[str, str] | None = None
    source: tuple[str, str] | None = None
    attachments: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    summary: str = ""

    @property
    def marks(self) -> list[Marked]:
        """What of note changed in title and body."""
        return [*self.title.marks, *self.body.marks]


def difference(history: Sequence[RevisionRow], before: int, after: int, fold: Fold = plain_fold) -> Difference:
    """Compare two revisions of ``history`` (all of one article, oldest first) by their numbers, the older first."""
    rows = {row.number: row for row in history}
    old, new = rows[before], rows[after]
    fields, files = _changed([row for row in history if before <= row.number <= after])
    found = Difference(before, after, fields, Comparison(), Comparison(), attachments=files)
    found.title = compare(old.title, new.title if "title" in fields else old.title, fold)
    found.body = compare(old.body, new.body if "body" in fields else old.body, fold)
    if "published_at" in fields:
        found.published_at = _pair(_printed(old), _printed(new))
    if "source" in fields:
        found.source = _pair(old.source or "", new.source or "")
    found.summary = "；".join(_sentences(found)) or "没有实质改动"
    return found


def fields_of(history: Sequence[RevisionRow], number: int) -> list[str]:
    """The fields that revision ``number`` changed; empty for the first."""
    return _changed([row for row in history if number - 1 <= row.number <= number])[0]


def _changed(rows: Sequence[RevisionRow]) -> tuple[list[str], dict[str, list[dict[str, str]]]]:
    fields: list[str] = []
    files: dict[str, list[dict[str, str]]] = {}
    for old, new in pairwise(rows):
        for change in new.changes or fields_between(old, new):
            fields.append(change["field"])
            for kind in ATTACHMENT_WORDS:
                if kind in change:
                    files.setdefault(kind, []).extend(change[kind])
    return list(dict.fromkeys(fields)), files


def _pair(old: str, new: str) -> tuple[str, str] | None:
    return (old, new) if old != new else None


def _printed(row: RevisionRow) -> str:
    moment: datetime | None = row.published_at
    if moment is None:
        return ""
    form = {"day": "%Y-%m-%d", "second": "%Y-%m-%d %H:%M:%S"}.get(row.published_precision or "", "%Y-%m-%d %H:%M")
    return shanghai(moment).strftime(form)


# --- in one line ------------------------------------------------------------------------------------------------------


def _sentences(found: Difference) -> Iterator[str]:
    title, body = found.title, found.body
    if not title.is_empty:
        yield f"标题改动：{_changes_in(title)}"
    marks = list(dict.fromkeys(body.marks))
    for mark in marks[:MOST_MARKS]:
        yield _told(mark)
    if len(marks) > MOST_MARKS:
        yield f"另有 {len(marks) - MOST_MARKS} 处数字、日期、人名等改动"
    for word, count in (("新增", body.added), ("删去", body.removed), ("改动", body.changed), ("移动", body.moved)):
        if count:
            yield f"{word} {count} 句"
    if found.published_at is not None:
        yield f"发布时间 {found.published_at[0] or '（无）'} → {found.published_at[1] or '（无）'}"
    if found.source is not None:
        yield f"来源 {_short(found.source[0]) or '（无）'} → {_short(found.source[1]) or '（无）'}"
    for kind, word in ATTACHMENT_WORDS.items():
        files = found.attachments.get(kind, [])
        for file in files[:2]:
            yield f"{word}“{_short(file['name'])}”" if "name" in file else f"{word}“{_renamed(file)}”"
        if len(files) > 2:
            yield f"{word}共 {len(files)} 个"
    if "address" in found.fields:
        yield "改由原址读取"


def _renamed(file: dict[str, Any]) -> str:
    return f"{_short(file['before'])} → {_short(file['after'])}"


def _changes_in(title: Comparison) -> str:
    if title.marks:
        return "，".join(_told(mark) for mark in title.marks[:2])
    gone = "".join(piece.text for piece in title.pieces if piece.kind == "removed")
    come = "".join(piece.text for piece in title.pieces if piece.kind == "added")
    if gone and come:
        return f"“{_short(gone)}” → “{_short(come)}”"
    return f"新增“{_short(come)}”" if come else f"删去“{_short(gone)}”" if gone else "语序调整"


def _told(mark: Marked) -> str:
    about = mark.about or _WORDS[mark.mark]
    if not mark.after:
        return f"{about} {mark.before} 删去"
    if not mark.before:
        return f"{about} {mark.after} 新增"
    return f"{about} {mark.before} → {mark.after}"


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
