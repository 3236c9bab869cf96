"""Writes the replica's news: titles, paragraphs, quotations, subheadings, captions, all from own sentence patterns.

The same key always gives the same text, on every machine and in every process.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from importlib.resources import files

from seeds.replica.names import Slot, slots

_CHOICE = re.compile(r"<([^<>]*)>")
_SLOT = re.compile(r"\{(\w+)\}")
_PRODUCE_TOPICS = {"gi", "food"}


@dataclass(frozen=True)
class Patterns:
    """The sentence patterns of one topic by their letter, as told at the top of texts/topics_a.txt."""

    name: str
    by_kind: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Text:
    """One written text. ``paragraphs`` are pairs of kind ("p" or "h") and text."""

    title: str
    paragraphs: tuple[tuple[str, str], ...]
    captions: tuple[str, ...]
    topic: str


@dataclass
class Writer:
    """Writes texts one after the other and uses the patterns evenly, so that no two texts come out alike."""

    used: Counter[str] = field(default_factory=Counter)
    titles: set[str] = field(default_factory=set)
    notices: int = 0

    def article(self, key: str, day: datetime, home: str | None, *, size: str, captions: int = 0) -> Text:
        """A news text. ``size`` is "short", "middle" or "long" (about 300, 700 and 1,300 characters)."""
        rng = chance(key)
        topics = load_patterns()
        topic = topics[self._least_used(rng, [f"topic {name}" for name in topics], 1)[0].removeprefix("topic ")]
        filled = slots(rng, day, home, topic.name in _PRODUCE_TOPICS)
        paragraphs = self._paragraphs(rng, topic, filled, size)
        title = self._title(rng, topic.by_kind["T"], filled)
        shown = self._captions(rng, filled, captions)
        return Text(title, tuple(paragraphs), shown, topic.name)

    def notice(self, key: str, day: datetime, home: str | None) -> Text:
        """A notice of one paragraph, 60 to 120 characters."""
        rng = chance(key)
        patterns = load_common()["M"]
        title, body = patterns[self.notices % len(patterns)].split("|")
        self.notices += 1
        filled = slots(rng, day, home, produce=False)
        return Text(self._title(rng, (title,), filled), (("p", fill(body, filled, rng)),), (), "notice")

    def _paragraphs(
        self, rng: random.Random, topic: Patterns, filled: dict[str, Slot], size: str
    ) -> list[tuple[str, str]]:
        facts, background, quotes = {"short": (3, 2, 1), "middle": (4, 6, 2), "long": (8, 16, 2)}[size]
        middle = self._least_used(rng, topic.by_kind["B"], facts)
        middle += self._least_used(rng, load_common()["S"], background)
        rng.shuffle(middle)
        said = self._least_used(rng, topic.by_kind["Q"], quotes)
        lead = self._least_used(rng, topic.by_kind["L"], 1)
        groups = [lead, *_grouped(rng, middle)]
        for quote in said:
            groups[rng.randrange(1, len(groups))].append(quote)
        if rng.random() < 0.7:
            groups.append(self._least_used(rng, load_common()["E"], 1))
        paragraphs = [("p", "".join(fill(sentence, filled, rng) for sentence in group)) for group in groups]
        if size != "short" and rng.random() < 0.45:
            heads = self._least_used(rng, topic.by_kind["H"], 2 if size == "middle" else 3)
            places = sorted(rng.sample(range(2, len(paragraphs)), min(len(heads), len(paragraphs) - 2)), reverse=True)
            for place, head in zip(places, heads, strict=False):
                paragraphs.insert(place, ("h", fill(head, filled, rng)))
        return paragraphs

    def _captions(self, rng: random.Random, filled: dict[str, Slot], number: int) -> tuple[str, ...]:
        return tuple(fill(pattern, filled, rng) for pattern in self._least_used(rng, load_common()["C"], number))

    def _title(self, rng: random.Random, patterns: Sequence[str], filled: dict[str, Slot]) -> str:
        for _ in range(200):
            title = fill(self._least_used(rng, patterns, 1)[0], filled, rng)
            if title not in self.titles:
                self.titles.add(title)
                return title
        raise RuntimeError(f"no new headline from {patterns}")

    def _least_used(self, rng: random.Random, patterns: Sequence[str], number: int) -> list[str]:
        ordered = sorted(patterns, key=lambda pattern: (self.used[pattern], rng.random()))[:number]
        self.used.update(ordered)
        return ordered


def chance(key: str) -> random.Random:
    """A source of choices that depends on the key alone."""
    return random.Random(key)  # noqa: S311 - reproducible texts, no secrets


def fill(pattern: str, filled: dict[str, Slot], rng: random.Random) -> str:
    """The pattern with its choices made and its slots filled."""

    def slot(match: re.Match[str]) -> str:
        value = filled[match[1]]
        return value if isinstance(value, str) else value()

    return _SLOT.sub(slot, _CHOICE.sub(lambda match: rng.choice(match[1].split("|")), pattern))


@lru_cache(maxsize=1)
def load_patterns() -> dict[str, Patterns]:
    """All topics by name."""
    topics: dict[str, Patterns] = {}
    for name in ("topics_a.txt", "topics_b.txt"):
        topics |= {topic: Patterns(topic, kinds) for topic, kinds in _read(name).items()}
    return topics


@lru_cache(maxsize=1)
def load_common() -> dict[str, tuple[str, ...]]:
    """The patterns that fit any topic, by letter."""
    return _read("common.txt")["common"]


def _read(name: str) -> dict[str, dict[str, tuple[str, ...]]]:
    text = files("seeds.replica").joinpath("texts", name).read_text("utf-8")
    topics: dict[str, dict[str, tuple[str, ...]]] = {}
    current: dict[str, tuple[str, ...]] = {}
    for line in text.splitlines():
        if line.startswith("["):
            current = topics[line.strip("[]")] = {}
        elif line and not line.startswith("#"):
            kind, pattern = line.split(" ", 1)
            current[kind] = (*current.get(kind, ()), pattern)
    return topics


def _grouped(rng: random.Random, sentences: list[str]) -> list[list[str]]:
    """Sentences cut into paragraphs of one to three."""
    groups: list[list[str]] = []
    rest = list(sentences)
    while rest:
        size = rng.choice((1, 2, 2, 3))
        groups.append(rest[:size])
        del rest[:size]
    return groups
