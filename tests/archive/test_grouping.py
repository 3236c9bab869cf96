"""The rule by which like texts become stories: always the same one for the same articles."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from archive.grouping import Link, Node, alike_titles, group

START = datetime(2026, 3, 1, tzinfo=UTC)


def node(name: str, chars: int = 1000, hour: float = 0, title: str = "质量月启动") -> Node:
    at = START + timedelta(hours=hour)
    return Node(name.encode(), chars, title, at, at + timedelta(minutes=1))


def told(
    nodes: Sequence[Node], links: Sequence[tuple[str, str, str, float]], order: random.Random | None = None
) -> Any:
    """Groups by name; numbers, directions and order of the links as chance has it."""
    choice = order or random.Random(1)
    numbers = list(range(1, len(nodes) + 1))
    choice.shuffle(numbers)
    number = dict(zip([one.key.decode() for one in nodes], numbers, strict=True))
    name = {value: key for key, value in number.items()}
    back = {"excerpt": "containing", "containing": "excerpt"}
    made = []
    for first, second, kind, jaccard in links:
        if choice.random() < 0.5:
            first, second, kind = second, first, back.get(kind, kind)
        made.append(Link(number[first], number[second], kind, jaccard, 0.95))  # type: ignore[arg-type]
    choice.shuffle(made)
    by_number = dict(zip(numbers, nodes, strict=True))
    found = group(dict(sorted(by_number.items())), made)
    return {
        frozenset(name[member] for member in one.core): {name[leaf]: kind for leaf, kind in one.leaves.items()}
        for one in found
    }


def test_copies_of_copies_do_not_chain_stories_together() -> None:
    nodes = [node(name) for name in "abcdefg"]
    chain = [(one, two, "edited", 0.85) for one, two in zip("abcdef", "bcdefg", strict=True)]
    assert all(len(core | leaves.keys()) <= 3 for core, leaves in told(nodes, chain).items())


def test_text_near_to_most_of_a_story_belongs_to_it() -> None:
    nodes = [node(name) for name in "abcdx"]
    links = [("a", other, "reprint", 0.98) for other in "bcd"] + [(other, "x", "edited", 0.81) for other in "bcd"]
    assert told(nodes, links) == {frozenset("abcd"): {"x": "edited"}}


def test_excerpt_hangs_on_its_text_and_roundup_on_its_largest() -> None:
    nodes = [
        node("a"),
        node("b"),
        node("digest", 300, hour=5),
        node("week", 2300, hour=90, title="一周要闻"),
        node("c"),
    ]
    links = [
        ("a", "b", "same", 1.0),
        ("a", "digest", "excerpt", 0.3),
        ("b", "digest", "excerpt", 0.3),
        *[(one, "week", "containing", 0.43) for one in "ab"],
        ("c", "week", "containing", 0.40),
    ]
    assert told(nodes, links) == {frozenset("ab"): {"digest": "excerpt", "week": "containing"}}


def test_parts_that_came_before_and_have_other_headlines_make_a_roundup_of_the_whole() -> None:
    nodes = [node("a", 900, title="电梯评估"), node("b", 1000, title="早市快检"), node("week", 2000, 90, "一周要闻")]
    links = [("week", "a", "excerpt", 0.45), ("week", "b", "excerpt", 0.5)]
    assert told(nodes, links) == {frozenset("b"): {"week": "containing"}}


def test_parts_that_came_later_or_keep_the_headline_are_excerpts() -> None:
    links = [("full", "a", "excerpt", 0.3), ("full", "b", "excerpt", 0.3)]
    for parts in (
        [node("a", 300, 5, "电梯评估"), node("b", 300, 6, "早市快检")],
        [node("a", 300, -5, "质量月启动了"), node("b", 300, -6, "我市质量月启动")],
    ):
        assert told([node("full"), *parts], links) == {frozenset(["full"]): {"a": "excerpt", "b": "excerpt"}}


def test_more_than_half_of_a_text_is_a_copy_of_it() -> None:
    nodes = [node("full"), node("begin", 600), node("end", 550)]
    links = [("full", "begin", "excerpt", 0.6), ("full", "end", "excerpt", 0.55)]
    assert told(nodes, links) == {frozenset(["full", "begin", "end"]): {}}


def test_groups_are_the_same_whatever_the_numbers_and_the_order() -> None:
    choice = random.Random(20260301)
    for _ in range(150):
        size = choice.randint(2, 14)
        nodes = [node(f"n{n}", choice.choice([300, 900, 1000]), choice.choice([0, 0, 5, 50])) for n in range(size)]
        links = []
        for one in range(size):
            for two in range(one):
                if choice.random() < 0.3:
                    kind = choice.choice(["same", "reprint", "edited", "excerpt", "containing"])
                    jaccard = choice.choice([0.3, 0.45, 0.6]) if kind in ("excerpt", "containing") else 0.9
                    links.append((f"n{one}", f"n{two}", kind, jaccard))
        tellings = [told(nodes, links, random.Random(order)) for order in range(6)]
        assert all(telling == tellings[0] for telling in tellings)
        members = [name for core, leaves in tellings[0].items() for name in [*core, *leaves]]
        assert len(members) == len(set(members))


def test_headlines_are_alike_by_their_character_pairs() -> None:
    assert alike_titles("质量月启动", "我市质量月启动")
    assert not alike_titles("质量月启动", "电梯安全评估完成")
    assert not alike_titles("", "")
