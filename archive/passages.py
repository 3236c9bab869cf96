"""Whole sentences of two texts: which of one have nothing of them in the other.

Jaccard cannot tell an editor, who leaves something of every sentence, from a form of which every fourth sentence is
another one. Sentences can.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from archive.grams import FULL_STOP, GRAM, LETTER, Hashes, classify, code_points, hash_grams, is_in

_LEAST_COVERED = 0.4
"""A sentence less covered than this by shared 5-grams is not the other text's."""


@dataclass(frozen=True, slots=True)
class Passages:
    """``lost``: share of the shorter text that stands in sentences the other does not have. ``swapped``: share that
    stands in the place of something else in the midst of the text, and ``sentences``, how many these are."""

    lost: float
    swapped: float
    sentences: int


NO_PASSAGES = Passages(0.0, 0.0, 0)


def passages(one: str, two: str) -> Passages:
    """Compare the sentences of two folded bodies; neither is empty."""
    first, second = _Sentences(one), _Sentences(two)
    first.cover(second.grams)
    second.cover(first.grams)
    shorter = first if first.size <= second.size else second
    swapped, sentences = (min(pair) for pair in zip(first.inner(), second.inner(), strict=True))
    return Passages(shorter.lost() / shorter.size, swapped / shorter.size, sentences)


class _Sentences:
    def __init__(self, text: str) -> None:
        classes = classify(code_points(text))
        letters = classes == LETTER
        core = code_points(text)[letters]
        self.size = int(core.size)
        self.grams: Hashes = hash_grams(core)
        self._number = np.cumsum(classes == FULL_STOP)[letters]
        self._lengths = np.bincount(self._number)
        self._is_lost = self._lengths > 0

    def cover(self, other: Hashes) -> None:
        """Mark what shared 5-grams cover."""
        known = np.flatnonzero(is_in(self.grams, other))
        covered = np.zeros(max(self.size, GRAM), dtype=np.bool_)
        for offset in range(GRAM):
            covered[known + offset] = True
        covered = covered[: self.size]
        self._is_lost = np.bincount(self._number, weights=covered) < _LEAST_COVERED * self._lengths

    def lost(self) -> int:
        """Characters in sentences that the other text does not have."""
        return int(self._lengths[self._is_lost].sum())

    def inner(self) -> tuple[int, int]:
        """Characters and number of such sentences that stand between those it has."""
        kept = np.flatnonzero(~self._is_lost & (self._lengths > 0))
        if not kept.size:
            return self.size, self._lengths.size
        inner = slice(kept[0], kept[-1])
        lost = self._lengths[inner][self._is_lost[inner]]
        return int(lost.sum()), lost.size
