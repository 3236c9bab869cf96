"""Which alike articles make one story: a function of the articles and their likenesses, never of who came first.

1. The *core* of a story is a star: the article with the most near copies among those left, and its near copies. Whoever
   is like a copy only does not come along: that is how stories would be chained together, and how a whole year of
   notices made from one form would become one.
2. A near copy is the same text, a reprint, an edited one, or a part that is more than half of the whole. Two texts that
   are each more than half of a third have text in common; so a roundup of two reports joins nothing.
3. Everything smaller hangs on one core as a *leaf* and brings nothing along. An excerpt hangs on the text it is from; a
   roundup hangs on the largest text it holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import fsum
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["same", "reprint", "edited", "excerpt", "containing"]

MORE_THAN_HALF = 0.5
ALIKE_TITLES = 0.5
"""Share of common character pairs from which on two headlines count as one."""
_BACK: dict[Kind, Kind] = {"excerpt": "containing", "containing": "excerpt"}


@dataclass(frozen=True, slots=True)
class Node:
    """What of an article decides where it belongs. ``key`` is its own for ever, unlike its number.

    ``earliest`` and ``latest`` bound the moment of its publication; ``title`` is folded.
    """

    key: bytes
    chars: int
    title: str
    earliest: datetime
    latest: datetime


@dataclass(frozen=True, slots=True)
class Link:
    """Two articles with like texts. ``kind`` says what ``second`` is to ``first``."""

    first: int
    second: int
    kind: Kind
    jaccard: float
    containment: float

    @property
    def near(self) -> bool:
        """Whether they are copies of each other, or one is the better part of the other."""
        return self.kind in ("same", "reprint", "edited") or self.jaccard > MORE_THAN_HALF

    def kind_of(self, member: int) -> Kind:
        """What ``member`` is to the other one."""
        return self.kind if member == self.second else _BACK.get(self.kind, self.kind)


@dataclass(slots=True)
class Group:
    """The articles of one story. ``core`` holds ``centre``; ``leaves`` say what they are to the core."""

    centre: int
    core: set[int]
    leaves: dict[int, Kind] = field(default_factory=dict)

    @property
    def members(self) -> set[int]:
        """All of them."""
        return self.core | self.leaves.keys()


def group(nodes: Mapping[int, Node], links: Iterable[Link]) -> list[Group]:
    """The stories of these articles; those of one article are left out."""
    between = {frozenset((link.first, link.second)): link for link in links}
    near: dict[int, dict[int, float]] = {number: {} for number in nodes}
    for link in between.values():
        if link.near:
            near[link.first][link.second] = near[link.second][link.first] = link.jaccard
    cores = _stars(nodes, near)
    _hang(cores, nodes, near, list(between.values()))
    return [core for core in cores if len(core.members) > 1]


def _stars(nodes: Mapping[int, Node], near: Mapping[int, Mapping[int, float]]) -> list[Group]:
    """All articles in cores, single ones included; the ones with most members first."""
    left = set(nodes)
    free = {number: dict(others) for number, others in near.items()}

    def rank(number: int) -> tuple[int, float, int, bytes]:
        # fsum: plain addition would depend on the order of the likenesses.
        return -len(free[number]), -fsum(free[number].values()), *_rank(nodes[number])

    cores: list[Group] = []
    while left:
        centre = min(left, key=rank)
        core = {centre, *free[centre]}
        cores.append(Group(centre, core))
        left -= core
        for member in core:
            for other in free.pop(member):
                if other in free:
                    free[other].pop(member, None)
    return cores


def _rank(node: Node) -> tuple[int, bytes]:
    """The longest first."""
    return -node.chars, node.key


def _hang(
    cores: list[Group], nodes: Mapping[int, Node], near: Mapping[int, Mapping[int, float]], links: Sequence[Link]
) -> None:
    """Make leaves of the cores that belong to another one; they are taken out of the list."""
    home = {member: core for core in cores for member in core.core}
    pairs: dict[tuple[int, int], list[Link]] = {}
    for link in links:
        one, two = home[link.first].centre, home[link.second].centre
        if one != two:
            pairs.setdefault((min(one, two), max(one, two)), []).append(link)
    by_centre = {core.centre: core for core in cores}
    parents: dict[int, list[tuple[float, float, int, bytes, int, Kind]]] = {}
    for (one, two), found in pairs.items():
        chosen = _parent(by_centre[one], by_centre[two], nodes, near, found)
        if chosen is not None:
            leaf, parent, best = chosen
            score = (-best.containment, -best.jaccard, -len(parent.core), nodes[parent.centre].key)
            kind = best.kind_of(best.second if best.second in leaf.core else best.first)
            parents.setdefault(leaf.centre, []).append((*score, parent.centre, kind))
    leaves: set[int] = set()
    taken: set[int] = set()
    order = sorted(by_centre.values(), key=lambda core: (-len(core.core), *_rank(nodes[core.centre])))
    for core in order:
        if core.centre in taken:
            continue  # something hangs on it already
        for *_, parent_centre, kind in sorted(parents.get(core.centre, ())):
            if parent_centre not in leaves:
                by_centre[parent_centre].leaves |= dict.fromkeys(core.core, kind)
                leaves.add(core.centre)
                taken.add(parent_centre)
                break
    cores[:] = [core for core in cores if core.centre not in leaves]


def _parent(
    one: Group, two: Group, nodes: Mapping[int, Node], near: Mapping[int, Mapping[int, float]], found: Sequence[Link]
) -> tuple[Group, Group, Link] | None:
    """Which of two cores hangs on the other, and by what; None when neither does."""
    for single, other in ((one, two), (two, one)):
        # Not near enough to the centre, but to most of the others.
        if len(single.core) == 1 and 2 * len(near[single.centre].keys() & other.core) > len(other.core):
            return single, other, _best([link for link in found if link.near], nodes)
    parts = [link for link in found if not link.near]
    if not parts:
        return None
    best = _best(parts, nodes)
    smaller = best.second if best.kind == "excerpt" else best.first
    part, whole = (one, two) if smaller in one.core else (two, one)
    touched = {member for link in parts for member in (link.first, link.second)}
    leaf, parent = (
        (part, whole) if _is_taken_from(part.core & touched, whole.core & touched, nodes, parts) else (whole, part)
    )
    # What hangs on another text does so as a whole: a roundup that is somewhere else brings nobody along.
    if 2 * len(leaf.core & touched) <= len(leaf.core):
        return None
    if parent.centre not in touched and 2 * len(parent.core & touched) <= len(parent.core):
        return None
    return leaf, parent, best


def _best(links: Sequence[Link], nodes: Mapping[int, Node]) -> Link:
    def rank(link: Link) -> tuple[float, float, list[bytes]]:
        return -link.containment, -link.jaccard, sorted((nodes[link.first].key, nodes[link.second].key))

    return min(links, key=rank)


def _is_taken_from(part: set[int], whole: set[int], nodes: Mapping[int, Node], links: Sequence[Link]) -> bool:
    """Whether the part was cut from the whole, and the whole not put together from parts.

    An excerpt comes later or keeps the headline; what a roundup holds was there before and has headlines of its own.
    """
    if min(nodes[member].earliest for member in part) >= min(nodes[member].latest for member in whole):
        return True
    return any(alike_titles(nodes[link.first].title, nodes[link.second].title) for link in links)


def alike_titles(one: str, two: str) -> bool:
    """Whether two folded headlines have most of their character pairs in common."""
    ones, twos = _pairs(one), _pairs(two)
    common = sum((ones & twos).values())
    return common > 0 and 2 * common >= ALIKE_TITLES * (sum(ones.values()) + sum(twos.values()))


def _pairs(text: str) -> Counter[str]:
    return Counter(text[at : at + 2] for at in range(len(text) - 1))
