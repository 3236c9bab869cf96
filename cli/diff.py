"""What changed between two texts: by sentence first, then by character within the sentences that changed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

_SENTENCE = re.compile(r"[^。！？；\n]*[。！？；\n]+[”’」』）)]*|[^。！？；\n]+")

MAX_PRODUCT = 4_000_000
"""Two sentences of 2,000 characters each are still compared by character."""

Kind = Literal["same", "removed", "added"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text that stayed, went or came."""

    kind: Kind
    text: str


def sentences(text: str) -> list[str]:
    """The sentences with their closing marks; joined they are the text again."""
    return _SENTENCE.findall(text)


def compare(old: str, new: str) -> list[Piece]:
    """The way from ``old`` to ``new``. Pieces that are not "added" join to ``old``, not "removed" to ``new``."""
    before, after = sentences(old), sentences(new)
    pieces: list[Piece] = []
    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            _add(pieces, "same", "".join(before[a:b]))
        elif kind == "replace":
            _compare_sentences(pieces, before[a:b], after[c:d])
        else:
            _add(pieces, "removed", "".join(before[a:b]))
            _add(pieces, "added", "".join(after[c:d]))
    return pieces


def _compare_sentences(pieces: list[Piece], before: Sequence[str], after: Sequence[str]) -> None:
    """Pair the sentences in order; alike ones are compared by character, others stand whole."""
    pairs = min(len(before), len(after))
    for old, new in zip(before, after, strict=False):
        matcher = SequenceMatcher(None, old, new, autojunk=False)
        # Hardly the same sentence: single common characters would only confuse. Very long: it would take minutes.
        if len(old) * len(new) > MAX_PRODUCT or matcher.ratio() < 0.5:
            _add(pieces, "removed", old)
            _add(pieces, "added", new)
            continue
        for kind, a, b, c, d in matcher.get_opcodes():
            if kind == "equal":
                _add(pieces, "same", old[a:b])
            else:
                _add(pieces, "removed", old[a:b])
                _add(pieces, "added", new[c:d])
    _add(pieces, "removed", "".join(before[pairs:]))
    _add(pieces, "added", "".join(after[pairs:]))


def _add(pieces: list[Piece], kind: Kind, text: str) -> None:
    if not text:
        return
    if pieces and pieces[-1].kind == kind:
        pieces[-1] = Piece(kind, pieces[-1].text + text)
    else:
        pieces.append(Piece(kind, text))


def shortened(pieces: Sequence[Piece], around: int = 30) -> list[Piece]:
    """The same with long unchanged stretches cut to ``around`` characters beside the changes."""
    short: list[Piece] = []
    for index, piece in enumerate(pieces):
        text = piece.text
        head = around if index else 0
        tail = around if index < len(pieces) - 1 else 0
        if piece.kind == "same" and len(text) > head + tail + 3:
            text = text[:head] + " … " + (text[-tail:] if tail else "")
        short.append(Piece(piece.kind, text))
    return short
