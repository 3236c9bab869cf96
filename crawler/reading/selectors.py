"""CSS selectors for given elements: the shortest that finds exactly them, on every page of one template.

What names an element well (an id, a class) comes before what merely describes it (width, place among its like).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from crawler.reading.page import Element, first, select

MAX_TRIED = 400
"""Selectors tried for one element; each costs up to a millisecond on a long page."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z_-]*(?:\d{1,2}[A-Za-z_-]+){0,2}\d{0,2}\Z")
# What a build tool hangs on a class's name, another at every build: index_text_D0U1y.
_BUILT = re.compile(r"([A-Za-z][\w-]{3,}?[_-]+)(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{4,10}(?:-\d{1,2})?\Z")
_ATTRIBUTES = ("itemprop", "width", "align", "valign", "bgcolor", "size", "color", "height", "background", "style")
_VALUE = re.compile(r"[\w#%./:;, -]{1,60}\Z")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_UP = 8


@dataclass(frozen=True)
class Target:
    """What a selector must find on one page: exactly one element, one of ``nodes`` (the most wanted first)."""

    root: Element
    nodes: Sequence[Element]


def common_selector(targets: Sequence[Target]) -> str | None:
    """The first selector that finds on every page exactly one element, and a wanted one; None when there is none."""
    if not targets or not all(target.nodes for target in targets):
        return None
    lead, *others = targets
    for node in lead.nodes:
        for css in islice(selectors(node), MAX_TRIED):
            if _finds(lead, css) and all(_finds(other, css) for other in others):
                return css
    return None


def _finds(target: Target, css: str) -> bool:
    node = first(target.root, css)
    if node is None or not any(node is wanted for wanted in target.nodes):
        return False
    return len(select(target.root, css)) == 1


def selectors(node: Element) -> Iterator[str]:
    """Selectors that match the element, best first: its own names, then below named ancestors, then by place."""
    own = names(node)
    yield from own
    if node.tag in _HEADINGS:
        yield str(node.tag)
    ways = [*own, str(node.tag), *_descriptions(node)]
    above = list(islice(_ancestors(node), _UP))
    for ancestor in above:
        for name in names(ancestor):
            for way in ways:
                yield f"{name} {way}"
    yield from _descriptions(node)
    for ancestor in above:
        for described in _descriptions(ancestor):
            for way in ways:
                yield f"{described} {way}"
    yield from _by_place(node)


def names(node: Element) -> list[str]:
    """``tag#id`` and ``tag.class`` of the element; of names that a program made only what stays is used."""
    tag = str(node.tag)
    found = []
    if (own := node.get("id", "").strip()) and _NAME.match(own) and not _BUILT.match(own):
        found.append(f"{tag}#{own}")
    given = node.get("class", "").split()
    built = [match[1] for name in given if (match := _BUILT.match(name))]
    classes = [name for name in given if _NAME.match(name) and not _BUILT.match(name)]
    found += [f"{tag}.{name}" for name in classes]
    found += [f'{tag}[class*="{stem}"]' for stem in built]
    if len(classes) > 1:
        found.append(f"{tag}.{'.'.join(classes)}")
    return found


def _descriptions(node: Element) -> list[str]:
    """The element by its other attributes, as old pages have them: ``td[width="700"]``."""
    tag, found = str(node.tag), []
    for name in _ATTRIBUTES:
        value = node.get(name)
        if value and _VALUE.match(value):
            found.append(f'{tag}[{name}="{value}"]')
    return (
        [*found, "".join([str(node.tag), *(one[len(str(node.tag)) :] for one in found)])] if len(found) > 1 else found
    )


def _by_place(node: Element) -> Iterator[str]:
    """The element by its place among its like, below the nearest named ancestor, at last below the body."""
    path = ""
    current: Element | None = node
    while current is not None and current.tag not in ("body", "html"):
        step = _step(current)
        path = f"{step} > {path}" if path else step
        parent = current.getparent()
        if parent is not None:
            for name in (*names(parent), *(["body"] if parent.tag == "body" else [])):
                yield f"{name} > {path}"
        current = parent


def _step(node: Element) -> str:
    tag = str(node.tag)
    like = [node, *node.itersiblings(str(node.tag)), *node.itersiblings(str(node.tag), preceding=True)]
    place = 1 + sum(1 for _ in node.itersiblings(str(node.tag), preceding=True))
    return tag if len(like) == 1 else f"{tag}:nth-of-type({place})"


def _ancestors(node: Element) -> Iterator[Element]:
    current = node.getparent()
    while current is not None and current.tag not in ("body", "html"):
        yield current
        current = current.getparent()
