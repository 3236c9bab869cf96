"""What makes a page that was read again an edit of its article: pure rules, no database.

Title and text are compared without white space, width, script and punctuation; the published time as exactly as both
readings give it; the source by its letters; files by their address, else by name and file name. Counters, sidebars,
stamps and advertisements are no part of any of these.

A reading is compared with the last one that found the same things in the same way. What was found by another layout,
in another place or by another version of the reader says nothing about the site, nor does a date or a source that is
no longer found. Such a difference becomes the new state to compare with (``Held.seen``), or a doubt, never an edit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any
from urllib.parse import unquote, urlsplit

from archive.marks import essence
from archive.records import ArticleRecord, AttachmentRecord

Change = dict[str, Any]
"""One changed field: ``field`` is title, body, published_at, source, attachments or address. Of attachments also
``added`` and ``removed`` (name, url), ``renamed`` (before, after, url) and ``replaced`` (name, url, before, after; the
last two are SHA-256 in hex)."""

_SHANGHAI = timedelta(hours=8)
_UPDATED = re.compile(r"更新(?!发布)|修改|修訂|updated?|modif", re.IGNORECASE)
_VALUES = re.compile(r"(?:[\d\s:：/.年月日时分秒-]|上午|下午|(?:星期|周)[一二三四五六日天])+")
_COUNTED = re.compile(
    r"[(（\[【]?\s*(?:已?下载|点击|浏览|阅读)?(?:次数|量|数)?\s*[:：]?\s*[\d,.]+\s*(?:次|[KMG]B?|字节)?\s*[)）\]】]?\s*\Z"
    r"|[(（\[【]\s*(?:已?下载|点击|浏览|阅读)[^()（）\]】]*[)）\]】]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A file as the archive's article links to it."""

    url_key: bytes
    url: str
    name: str


@dataclass(slots=True)
class Held:
    """What the archive holds of one article, as far as edits are told by it. The names are those of records.

    ``title`` and ``body`` are folded and may be left out while ``fingerprint`` suffices; ``files`` is None where no
    links were ever stored. ``seen`` is what the last reading showed where that differs from the revision.
    """

    number: int
    fingerprint: bytes
    published_at: datetime | None
    published_precision: str | None
    source: str | None
    layout: str
    extractor_version: int
    language_script: str
    evidence: dict[str, Any]
    title: str | None = None
    body: str | None = None
    files: list[HeldFile] | None = None
    seen: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Finding:
    """What a reading is to its article.

    ``changes`` make a revision when there are any; ``kept`` are columns whose stored value stays although the page
    shows none or a vaguer one; ``doubts`` are sentences for people; ``seen`` is what the next reading is compared with,
    None while that is as it was.
    """

    changes: list[Change] = field(default_factory=list)
    kept: dict[str, Any] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)
    seen: dict[str, Any] | None = None

    @property
    def is_nothing(self) -> bool:
        """Nothing is to be written but that the page was seen."""
        return not self.changes and self.seen is None


def judge(held: Held, record: ArticleRecord) -> Finding:
    """Compare a reading of an article's own page with what is held.

    Title and body of ``held`` are needed unless ``same_text``.
    """
    finding = Finding()
    before = _baseline(held)
    basis = [record.layout, record.extractor_version, record.language_script]
    same_way = basis == before["basis"]
    now: dict[str, Any] = {"basis": basis, "lost": list(before["lost"])}
    if not same_text(held, record):
        finding.changes += _text_changes(held, record, same_way=same_way)
    for name, differ in (("published_at", _date_differs), ("source", _source_differs)):
        old, new = before[name], _value(record, name)
        now[name] = old
        if new[0] is None:
            if old[0] is not None:
                finding.kept |= _columns(held, name)
                if name not in now["lost"]:
                    now["lost"].append(name)
                    finding.doubts.append(f"{name}: no longer found on the page; what was found before is kept")
            continue
        if name in now["lost"]:
            now["lost"].remove(name)
        if not differ(old, new):
            finding.kept |= _columns(held, name)  # the same, perhaps less exactly
            now[name] = [*old[:-1], new[-1]]
        else:
            now[name] = new
            if same_way and old[-1] in (new[-1], _NOWHERE) and "vague" not in new:
                finding.changes.append({"field": name})
    if held.files is not None and same_way and (files := _file_changes(held.files, record.files)):
        finding.changes.append({"field": "attachments", **files})
    if finding.changes:
        # The new revision holds all of it but what its page no longer shows.
        finding.seen = now if now["lost"] else {}
    else:
        if record.fingerprint != held.fingerprint:
            now["text"] = text_hash(record.search_title, record.search_body)
        finding.seen = now if now != before else None
    return finding


def same_text(held: Held, record: ArticleRecord) -> bool:
    """Whether the text is that of the revision, or of the last reading, without a look at the text itself."""
    if record.fingerprint == held.fingerprint:
        return True
    text = held.seen.get("text")
    return text is not None and text == text_hash(record.search_title, record.search_body)


def text_hash(title: str, body: str) -> str:
    """Title and text, folded, without what is no edit, as a short hash in hex."""
    text = f"{essence(title)}\n{essence(body)}"
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def fields_between(before: Any, after: Any) -> list[Change]:
    """What differs between two stored contents (``RevisionRow``) of which nothing is noted: older archives."""
    found: list[Change] = [
        {"field": name} for name in ("title", "body") if essence(getattr(before, name)) != essence(getattr(after, name))
    ]
    for name, differ in (("published_at", _date_differs), ("source", _source_differs)):
        if differ(_value(before, name), _value(after, name)):
            found.append({"field": name})
    return found


# --- text -------------------------------------------------------------------------------------------------------------


def _text_changes(held: Held, record: ArticleRecord, *, same_way: bool) -> list[Change]:
    assert held.title is not None and held.body is not None
    title, body = essence(record.search_title), essence(record.search_body)
    old_title, old_body = essence(held.title), essence(held.body)
    if not same_way:
        # Another template, or a newer reader: where its text begins and ends is a question of reading.
        if old_body and body and (old_body in body or body in old_body):
            old_body = body
        if old_title and title and (old_title in title or title in old_title):
            old_title = title
    pairs = (("title", old_title, title), ("body", old_body, body))
    return [{"field": name} for name, old, new in pairs if old != new]


# --- date and source --------------------------------------------------------------------------------------------------

_NOWHERE = ""
"""The place of what was not found."""


def _baseline(held: Held) -> dict[str, Any]:
    """What a reading is compared with: the last one, as it is written to ``Held.seen``."""
    if held.seen:
        return held.seen
    return {
        "basis": [held.layout, held.extractor_version, held.language_script],
        "lost": [],
        "published_at": _value(held, "published_at"),
        "source": _value(held, "source"),
    }


def _value(content: Held | ArticleRecord, name: str) -> list[str | None]:
    """A date as [moment, precision, place], a source as [text, place]. The place is the rule without the value."""
    evidence = content.evidence.get(name) or {}
    rule = str(evidence.get("rule", ""))
    place = _VALUES.sub(" ", rule).strip() or "printed"
    if name == "source":
        return [content.source, place if content.source is not None else _NOWHERE]
    if content.published_at is None:
        return [None, None, _NOWHERE]
    # "3 hours ago" drifts with the clock, and the time of the last update is none of publication.
    vague = rule.startswith("relative") or _UPDATED.search(f"{rule} {evidence.get('text', '')}") is not None
    precision = "vague" if vague else content.published_precision or "second"
    return [content.published_at.astimezone(UTC).isoformat(), precision, place]


def _columns(held: Held, name: str) -> dict[str, Any]:
    if name == "source":
        return {"source": held.source}
    return {"published_at": held.published_at, "published_precision": held.published_precision}


def _date_differs(old: Sequence[str | None], new: Sequence[str | None]) -> bool:
    before, after = old[0], new[0]
    if before is None or after is None:
        return before is not after
    if "vague" in (old[1], new[1]):
        return False
    if "day" in (old[1], new[1]):
        return _day(before) != _day(after)
    size = len("2026-03-02T09:30") if "minute" in (old[1], new[1]) else len("2026-03-02T09:30:00")
    return before[:size] != after[:size]


def _day(moment: str) -> str:
    return (datetime.fromisoformat(moment) + _SHANGHAI).date().isoformat()


def _source_differs(old: Sequence[str | None], new: Sequence[str | None]) -> bool:
    return essence(old[0] or "") != essence(new[0] or "")


# --- files ------------------------------------------------------------------------------------------------------------


def same_files(held: Sequence[Any], read: Sequence[Any]) -> list[tuple[Any, Any]]:
    """Pairs of a held and a read file that are one: by address, else by name and file name (each has both)."""
    pairs = []
    left = {file.url_key: file for file in held}
    rest = []
    for file in read:
        if (known := left.pop(file.url_key, None)) is not None:
            pairs.append((known, file))
        else:
            rest.append(file)
    for file in rest:
        # A token in its address, another host for downloads: the same file for a reader.
        moved = next((one for one in left.values() if _identity(one) == _identity(file)), None)
        if moved is not None:
            pairs.append((left.pop(moved.url_key), file))
    return pairs


def _file_changes(held: Sequence[HeldFile], read: Sequence[AttachmentRecord]) -> dict[str, Any]:
    pairs = same_files(held, read)
    old, new = {id(one) for one, _ in pairs}, {id(other) for _, other in pairs}
    found = {
        "added": _told(file for file in read if id(file) not in new),
        "removed": _told(file for file in held if id(file) not in old),
        "renamed": [
            {"before": one.name, "after": other.name, "url": other.url}
            for one, other in pairs
            if _name(one.name) != _name(other.name)
        ],
    }
    return {name: value for name, value in found.items() if value}


def _told(files: Iterable[HeldFile | AttachmentRecord]) -> list[dict[str, str]]:
    return [{"name": file.name, "url": file.url} for file in files]


def _name(name: str) -> str:
    """A file's name without a counter of downloads or a size."""
    return essence(_COUNTED.sub("", name.strip()))


def _identity(file: Any) -> tuple[str, str]:
    try:
        path = unquote(urlsplit(file.url).path)
    except ValueError:
        path = file.url
    return _name(file.name), path.rpartition("/")[2].lower()
