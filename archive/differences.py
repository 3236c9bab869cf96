"""What changed between two texts: by sentence, then by character, with figures, dates, names and numbers kept whole.

Pure and bounded: the work on any two texts, however long and however different, has a fixed ceiling; what lies beyond
it is told as removed and added in one piece. Width, script (with the caller's ``fold``), white space and punctuation
are no difference.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from archive.alignment import Aligner
from archive.belonging import about_of
from archive.marks import Fold, Mark, Token, essence, names_in, plain_fold, tokens

Kind = Literal["same", "removed", "added", "moved_from", "moved_to"]

_SENTENCE = re.compile(r"[^。！？；\n]*[。！？；\n]+[”’」』）)\]]*\s*|[^。！？；\n]+")
_CLAUSE = re.compile(r"[^，、,;；|\t]*[，、,;；|\t]+|[^，、,;；|\t]+")
LONG_SENTENCE = 240
"""A sentence beyond this many characters is first compared by its clauses: a list of awarded firms is one sentence."""
ALIKE = 0.42
"""Sentences with less in common stand whole: single common characters would only confuse."""
MOST_STEPS = 5_000_000
"""Of one comparison, in looks at a character or an element: some seconds at most."""
_MOST_NAMES_IN = 200_000  # beyond so many characters names are told by their own sentence alone
_MOST_PAIRS = 4_000
_TOKEN_STEPS = 8  # to make tokens of a text costs so much more than to compare them
_FIGURES = re.compile(r"[\d.,%:/〇零一二两三四五六七八九十百千万亿-]+")
_MOVED_CHARS = 8


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text that stayed, went, came, or stands elsewhere now. ``mark`` says what it is of note."""

    kind: Kind
    text: str
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Marked:
    """Something of note that became something else. "" where it only came or went. ``about`` is what it belongs to."""

    mark: Mark
    before: str
    after: str
    about: str = ""


@dataclass(slots=True)
class Comparison:
    """The way from one text to another.

    Pieces other than "removed" and "moved_from" join to the new text exactly; those other than "added" and "moved_to"
    join to the old one but for what is no difference. ``added``, ``removed``, ``changed``, ``moved`` count sentences;
    ``changed`` are those that changed beyond their marks.
    """

    pieces: list[Piece] = field(default_factory=list)
    marks: list[Marked] = field(default_factory=list)
    added: int = 0
    removed: int = 0
    changed: int = 0
    moved: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether there is no difference."""
        return all(piece.kind == "same" for piece in self.pieces)


def sentences(text: str) -> list[str]:
    """The sentences with their closing marks; joined they are the text again."""
    return _SENTENCE.findall(text)


def compare(before: str, after: str, fold: Fold = plain_fold) -> Comparison:
    """The way from ``before`` to ``after``. ``fold`` makes alike what is no difference, such as two scripts."""
    return _Comparer(fold, _names(before, after)).compare(before, after)


def _names(before: str, after: str) -> frozenset[str]:
    if max(len(before), len(after)) > _MOST_NAMES_IN:
        return frozenset()
    return frozenset(names_in(before) | names_in(after))


@dataclass(slots=True)
class _Unit:
    """One sentence or clause with what counts of it."""

    text: str
    key: str


class _Comparer:
    """One comparison, with what is left of its steps."""

    def __init__(self, fold: Fold, names: frozenset[str]) -> None:
        self.fold = fold
        self.names = names
        self.aligner = Aligner(MOST_STEPS)
        self.result = Comparison()
        self._gone: list[_Unit] = []
        self._come: list[_Unit] = []
        self._open: list[str] = []
        self._open_kind: Kind = "same"
        self._keys: dict[str, str] = {}

    def compare(self, before: str, after: str) -> Comparison:
        old, new = self._units(sentences(before)), self._units(sentences(after))
        runs = list(self._aligned(old, new))
        gone = [unit for pair in runs for unit in pair[0] if not pair[1] and len(unit.key) >= _MOVED_CHARS]
        here = Counter(unit.key for pair in runs for unit in pair[1] if not pair[0])
        moved = Counter(unit.key for unit in gone) & here
        leaving, coming = moved.copy(), moved.copy()
        self.result.moved = moved.total()
        for left, right in runs:
            if left and right:
                self._pair(left[0], right[0])
                continue
            for unit in left:
                if leaving[unit.key] > 0:
                    leaving[unit.key] -= 1
                    self._add("moved_from", unit.text)
                else:
                    self._gone.append(unit)
                    self._add("removed", unit.text if unit.key else "")
            for unit in right:
                if coming[unit.key] > 0:
                    coming[unit.key] -= 1
                    self._add("moved_to", unit.text)
                else:
                    self._come.append(unit)
                    self._add("added" if unit.key else "same", unit.text)
        self._close()
        self.result.removed = sum(bool(unit.key) for unit in self._gone)
        self.result.added = sum(bool(unit.key) for unit in self._come)
        self._note_moved()
        return self.result

    def _note_moved(self) -> None:
        """Sentences that stand elsewhere now with another figure or name in them: they are told by their marks."""
        length = sum(len(unit.text) for unit in (*self._gone, *self._come))
        if not self._gone or not self._come or not self.aligner.spend(_TOKEN_STEPS * length):
            return
        left: dict[tuple[str, ...], list[_Unit]] = {}
        for unit in self._gone:
            left.setdefault(tuple(self._masked(unit)), []).append(unit)
        for unit in self._come:
            masked = tuple(self._masked(unit))
            if len(masked) >= _MOVED_CHARS and left.get(masked):
                a, b = (tokens(one.text, self.fold, self.names) for one in (left[masked].pop(0), unit))
                for same, i, j in self.aligner.steps(_keys(a), _keys(b)):
                    if not same:
                        self.result.marks.extend(_noted(a, i, b, j))
                self.result.removed, self.result.added = self.result.removed - 1, self.result.added - 1
                self.result.moved += 1

    def _add(self, kind: Kind, text: str, mark: Mark | None = None) -> None:
        """Append a stretch; like ones join."""
        if not text:
            return
        if mark is not None or kind != self._open_kind:
            self._close()
        if mark is not None:
            self.result.pieces.append(Piece(kind, text, mark))
        else:
            self._open_kind = kind
            self._open.append(text)

    def _close(self) -> None:
        if self._open:
            self.result.pieces.append(Piece(self._open_kind, "".join(self._open)))
            self._open = []

    def _units(self, texts: Sequence[str]) -> list[_Unit]:
        keys = self._keys
        return [_Unit(text, keys.get(text) or keys.setdefault(text, essence(text, self.fold))) for text in texts]

    # --- which sentence is which --------------------------------------------------------------------------------------

    def _aligned(self, old: list[_Unit], new: list[_Unit]) -> Iterator[tuple[list[_Unit], list[_Unit]]]:
        """Runs in order: a pair of one and one, or units that only went, or only came."""
        for same, a, b in self.aligner.steps([unit.key for unit in old], [unit.key for unit in new]):
            if same:
                yield from (([old[i]], [new[j]]) for i, j in zip(a, b, strict=True))
            elif len(a) and len(b):
                yield from self._aligned_roughly([old[i] for i in a], [new[j] for j in b])
            else:
                yield [old[i] for i in a], []
                yield [], [new[j] for j in b]

    def _aligned_roughly(self, old: list[_Unit], new: list[_Unit]) -> Iterator[tuple[list[_Unit], list[_Unit]]]:
        """Sentences that differ: first those that do so in figures and names alone, then the most alike."""
        figureless = [[_FIGURES.sub("#", unit.key) for unit in units] for units in (old, new)]
        for same, a, b in self.aligner.steps(*figureless):
            if same:
                yield from (([old[i]], [new[j]]) for i, j in zip(a, b, strict=True))
            else:
                yield from self._aligned_by_words([old[i] for i in a], [new[j] for j in b])

    def _aligned_by_words(self, old: list[_Unit], new: list[_Unit]) -> Iterator[tuple[list[_Unit], list[_Unit]]]:
        length = sum(len(unit.text) for unit in (*old, *new))
        if not old or not new or not self.aligner.spend(_TOKEN_STEPS * length):
            yield old, []
            yield [], new
            return
        masked = [self._masked(unit) for unit in old], [self._masked(unit) for unit in new]
        for same, a, b in self.aligner.steps(*(["\0".join(keys) for keys in side] for side in masked)):
            if same:
                yield from (([old[i]], [new[j]]) for i, j in zip(a, b, strict=True))
                continue
            pairs = self._most_alike([masked[0][i] for i in a], [masked[1][j] for j in b])
            i, j = 0, 0
            for x, y in [*pairs, (len(a), len(b))]:
                yield [old[k] for k in a[i:x]], []
                yield [], [new[k] for k in b[j:y]]
                if x < len(a):
                    yield [old[a[x]]], [new[b[y]]]
                i, j = x + 1, y + 1

    def _masked(self, unit: _Unit) -> list[str]:
        """The keys of a sentence with every figure, date and name as its kind alone."""
        found = tokens(unit.text, self.fold, self.names)
        return [f"<{token.mark}>" if token.mark else token.key for token in found if token.key]

    def _most_alike(self, old: list[list[str]], new: list[list[str]]) -> list[tuple[int, int]]:
        """Pairs in order that are alike, the most likeness in all; none where there are too many to look at."""
        rows, columns = len(old), len(new)
        if rows * columns > _MOST_PAIRS:
            return []
        grams_old, grams_new = [_grams(keys) for keys in old], [_grams(keys) for keys in new]
        if not self.aligner.spend(sum(len(one) for one in old) * columns + sum(len(one) for one in new) * rows):
            return []
        best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
        taken = [[False] * (columns + 1) for _ in range(rows + 1)]
        for i in range(rows - 1, -1, -1):
            for j in range(columns - 1, -1, -1):
                without = max(best[i + 1][j], best[i][j + 1])
                score = _likeness(grams_old[i], grams_new[j])
                if score >= ALIKE and score + best[i + 1][j + 1] > without:
                    best[i][j], taken[i][j] = score + best[i + 1][j + 1], True
                else:
                    best[i][j] = without
        pairs, i, j = [], 0, 0
        while i < rows and j < columns:
            if taken[i][j]:
                pairs.append((i, j))
                i, j = i + 1, j + 1
            elif best[i + 1][j] >= best[i][j + 1]:
                i += 1
            else:
                j += 1
        return pairs

    # --- within one sentence ------------------------------------------------------------------------------------------

    def _pair(self, old: _Unit, new: _Unit) -> None:
        if old.key == new.key:
            self._add("same", new.text)
            return
        before = len(self.result.marks)
        plain = self._clauses(old, new) if max(len(old.text), len(new.text)) > LONG_SENTENCE else self._words(old, new)
        self.result.changed += plain or len(self.result.marks) == before

    def _clauses(self, old: _Unit, new: _Unit) -> bool:
        """A long sentence by its clauses; whether more than marks changed."""
        plain = False
        runs = self._aligned(self._units(_CLAUSE.findall(old.text)), self._units(_CLAUSE.findall(new.text)))
        for left, right in runs:
            if left and right:
                if left[0].key == right[0].key:
                    self._add("same", right[0].text)
                else:
                    plain |= self._words(left[0], right[0])
                continue
            for unit in left:
                plain |= bool(unit.key)
                self._add("removed", unit.text if unit.key else "")
            for unit in right:
                plain |= bool(unit.key)
                self._add("added" if unit.key else "same", unit.text)
        return plain

    def _words(self, old: _Unit, new: _Unit) -> bool:
        """A pair by its tokens; whether more than marks changed."""
        if not self.aligner.spend(_TOKEN_STEPS * (len(old.text) + len(new.text))):
            self._add("removed", old.text)
            self._add("added", new.text)
            return True
        a, b = tokens(old.text, self.fold, self.names), tokens(new.text, self.fold, self.names)
        plain = False
        for same, left, right in _without_islands(list(self.aligner.steps(_keys(a), _keys(b))), a):
            if same:
                self._add("same", "".join(b[j].text + b[j].tail for j in right))
            else:
                plain |= self._replaced(a, left, b, right)
        return plain

    def _replaced(self, a: list[Token], left: range, b: list[Token], right: range) -> bool:
        """Tokens that became others: those of note one by one, beside each other where they pair."""
        gone, come = [a[i] for i in left], [b[j] for j in right]
        if not any(token.key for token in (*gone, *come)):
            self._add("same", "".join(token.text + token.tail for token in come))
            return False
        marks = _noted(a, left, b, right)
        self.result.marks.extend(marks)
        of_note = {token.mark for token in gone if token.mark}, {token.mark for token in come if token.mark}
        tail = come[-1].tail if gone and come and essence(gone[-1].tail + come[-1].tail) == "" else ""
        for tokens_, kind in ((gone, "removed"), (come, "added")):
            for number, token in enumerate(tokens_):
                last = number == len(tokens_) - 1
                self._add(kind, token.text, token.mark)  # type: ignore[arg-type]
                self._add(kind, "" if last and gone and come else token.tail)  # type: ignore[arg-type]
        self._add("same", tail)
        return not (marks and all(token.mark or not token.key for token in (*gone, *come)) and any(of_note))


def _keys(row: list[Token]) -> list[str]:
    return [token.key if token.mark is None else f"{token.mark} {token.key}" for token in row]


def _grams(keys: list[str]) -> Counter[object]:
    return Counter([*keys, *pairwise(keys)])


def _likeness(one: Counter[object], other: Counter[object]) -> float:
    """Share of what two sentences have in common, single tokens and pairs of neighbours, 0 to 1."""
    return 2 * (one & other).total() / max(1, one.total() + other.total())


def _without_islands(steps: list[tuple[bool, range, range]], a: list[Token]) -> Iterator[tuple[bool, range, range]]:
    """Single characters that happen to be common between two changes are part of the change."""
    merged: list[tuple[bool, range, range]] = []
    for number, (same, left, right) in enumerate(steps):
        inside = same and 0 < number < len(steps) - 1 and len(left) == 1 and a[left[0]].mark is None
        around = (steps[number - 1], steps[number + 1]) if inside else ()
        island = inside and all(max(len(one[1]), len(one[2])) >= 2 for one in around)
        if (not same or island) and merged and not merged[-1][0]:
            merged[-1] = (False, range(merged[-1][1].start, left.stop), range(merged[-1][2].start, right.stop))
        else:
            merged.append((same and not island, left, right))
    yield from merged


# --- what of note changed ---------------------------------------------------------------------------------------------


def _noted(a: list[Token], left: range, b: list[Token], right: range) -> list[Marked]:
    """Figures, dates and the like among tokens that became others: paired by kind, in order."""
    found: list[Marked] = []
    gone = [i for i in left if a[i].mark]
    come = [j for j in right if b[j].mark]
    used: set[int] = set()
    for i in gone:
        j = next((j for j in come if j not in used and b[j].mark == a[i].mark), None)
        if j is not None:
            used.add(j)
            about = about_of(b, j) or about_of(a, i)
            found.append(Marked(a[i].mark or "number", a[i].text, b[j].text, about))
        else:
            found.append(Marked(a[i].mark or "number", a[i].text, "", about_of(a, i)))
    found += [Marked(b[j].mark or "number", "", b[j].text, about_of(b, j)) for j in come if j not in used]
    return found
