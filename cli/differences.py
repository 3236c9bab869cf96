"""The difference between two revisions as people see it on a terminal, and as programs get it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from archive.differences import Piece
from archive.summaries import ATTACHMENT_WORDS, Difference, difference
from cli.output import NOTHING, USAGE, CliError, console, emit, one_line, plain, when

if TYPE_CHECKING:
    from rich.text import Text

    from archive.records import RevisionRow

MARK_WORDS = {"number": "数字", "date": "日期", "name": "人名", "office": "职务", "doc_number": "文号"}
_SPAN = re.compile(r"(\d{1,6})\.\.(\d{1,6})")
_AROUND = 30


def choose_span(history: Sequence[RevisionRow], span: str | None, revision: int | None) -> tuple[int, int]:
    """Which two revisions are compared: A..B, N and the one before it, or the last two."""
    numbers = [row.number for row in history]
    if span is not None:
        found = _SPAN.fullmatch(span)
        if found is None or int(found[1]) >= int(found[2]):
            raise CliError(f"{span!r} names no two revisions: write 1..3, the older one first.", USAGE)
        for number in map(int, found.groups()):
            if number not in numbers:
                raise CliError(f"there is no revision {number}: the article has {len(history)}.", NOTHING)
        return int(found[1]), int(found[2])
    after = revision or numbers[-1]
    before = max((number for number in numbers if number < after), default=None)
    if before is None:
        raise CliError(f"revision {after} is the first: there is nothing to compare it with.", NOTHING)
    return before, after


def difference_of(history: Sequence[RevisionRow], before: int, after: int) -> Difference:
    """The difference; what only one script spells otherwise is none."""
    scripts = {row.language_script for row in history if row.number in (before, after)}
    if len(scripts) == 1:
        return difference(history, before, after)
    from crawler.reading.text import to_simplified

    return difference(history, before, after, to_simplified)


def as_json(found: Difference, history: Sequence[RevisionRow]) -> dict[str, Any]:
    """All of a difference for programs."""
    times = {row.number: row.fetched_at for row in history}
    values: dict[str, Any] = {
        "from": found.before,
        "to": found.after,
        "from_at": times[found.before],
        "to_at": times[found.after],
        "summary": found.summary,
        "fields": found.fields,
        "marks": found.marks,
        "title": found.title.pieces,
        "body": found.body.pieces,
        "published_at": found.published_at,
        "source": found.source,
        "attachments": found.attachments,
    }
    body = found.body
    return values | {
        "sentences": {"added": body.added, "removed": body.removed, "changed": body.changed, "moved": body.moved}
    }


def print_difference(found: Difference, history: Sequence[RevisionRow]) -> None:
    """The difference on a terminal: summary, what of note changed, then the texts around the changes."""
    from rich.text import Text

    times = {row.number: when(row.fetched_at) for row in history}
    emit(f"revision {found.before} ({times[found.before]}) → {found.after} ({times[found.after]})")
    screen = console()
    screen.print(Text(one_line(found.summary), "bold"))
    for mark in found.marks:
        line = Text("  ").append(f"{MARK_WORDS[mark.mark]}  ", "dim")
        if mark.about:
            line.append(f"{one_line(mark.about)}  ")
        line.append(one_line(mark.before) or "∅", "red").append(" → ").append(one_line(mark.after) or "∅", "green")
        screen.print(line)
    pairs = (("published", found.published_at), ("source", found.source))
    for name, pair in pairs:
        if pair is not None:
            screen.print(coloured(f"{name}: ", [Piece("removed", pair[0]), Piece("added", pair[1])]))
    for kind in ATTACHMENT_WORDS:
        for file in found.attachments.get(kind, ()):
            screen.print(Text(f"attachment {kind}: {one_line(_told(file))}"))
    for name, comparison in (("title", found.title), ("body", found.body)):
        if not comparison.is_empty:
            screen.print(coloured(f"{name}: ", shortened(comparison.pieces)))


def _told(file: dict[str, str]) -> str:
    if "name" not in file:
        return f"{file['before']} → {file['after']}  {file['url']}"
    hashes = f"  sha256 {file['before'][:12]} → {file['after'][:12]}" if "before" in file else ""
    return f"{file['name']}  {file['url']}{hashes}"


def coloured(lead: str, pieces: Sequence[Piece]) -> Text:
    """Pieces for people: [-gone-]{+come+}, red and green where there is colour, what is of note underlined.

    Sentences that stand elsewhere now are [<…<] and {>…>}.
    """
    from rich.text import Text

    line = Text(lead)
    for piece in pieces:
        text = plain(piece.text)
        if piece.kind == "same":
            line.append(text)
            continue
        forms = {"removed": "[-{}-]", "added": "{{+{}+}}", "moved_from": "[<{}<]", "moved_to": "{{>{}>}}"}
        styles = {"removed": "red", "added": "green", "moved_from": "magenta", "moved_to": "cyan"}
        style = styles[piece.kind] + (" bold underline" if piece.mark else "")
        if text:
            line.append(forms[piece.kind].format(text), style)
    return line


def shortened(pieces: Sequence[Piece], around: int = _AROUND) -> list[Piece]:
    """The same with long unchanged stretches cut to ``around`` characters beside the changes."""
    short: list[Piece] = []
    for index, piece in enumerate(pieces):
        text = piece.text
        head = around if index else 0
        tail = around if index < len(pieces) - 1 else 0
        if piece.kind == "same" and len(text) > head + tail + 3:
            text = text[:head] + " … " + (text[-tail:] if tail else "")
        short.append(Piece(piece.kind, text, piece.mark))
    return short
