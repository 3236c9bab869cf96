"""Whether what is read of a column has become less or other than it was, though pages answer. Pure.

A redesign rarely fails with a bang: the list shows other links (of the navigation, of a box beside it) or fewer,
articles lose their date or source, texts are cut to their first lines. Each is held against the column's own history,
by robust figures (medians, quartiles) and by bounds that do not forgive few data.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from scheduler.histories import Sight

_RARE = 1e-5
"""How unlikely a loss must be by the column's history; some 10,000 such questions are put per column and year."""
_LEAST_ARTICLES, _LEAST_KNOWN = 3, 12
"""So few articles can say that a field is gone, against so many known before."""
_FIELDS = {"title": "title", "published_at": "date", "source": "source", "author": "author", "body": "text"}
_USUALLY, _LEFT = 0.25, 0.25
"""A field that fewer articles have is no loss; nor is one that more than a quarter of the usual share still have."""
_ALIKE = 0.3
"""How much the articles of one visit are alike, from 0 to 1."""
_FEW_LINKS, _FEWER_LINKS, _LEAST_LINKS, _LEAST_SIGHTS = 0.5, 0.75, 6, 5
_TEXT_FACTOR, _TEXT_SPREADS = 4.0, 4.0
_TEXT_SIGHTS = 4


@dataclass(frozen=True, slots=True)
class Drift:
    """``reason``: one sentence with figures; ``sights``: those that speak for it, oldest first."""

    reason: str
    sights: tuple[Sight, ...]


def drift(well: Sequence[Sight]) -> Drift | None:
    """What has become less or other as of the last of the sights that read the list; None when it reads as ever."""
    read = [sight for sight in well if sight.read]
    return _strange_links(well) or _fewer_links(well) or _unread(well) or _lost_field(read) or _other_texts(read)


def _strange_links(well: Sequence[Sight]) -> Drift | None:
    """A list without one known link, whose links lead to no articles; over once a link leads to one again."""
    for place in range(len(well) - 1, 2, -1):
        sight = well[place]
        if sight.new and sight.read >= 0.5 * sight.new:
            return None
        links = sight.links or 0
        if links < _LEAST_LINKS or sight.new < 0.9 * links or sight.read > 0.3 * sight.new:
            continue
        before = [other for other in well[:place] if other.links]
        usual = median(other.new / (other.links or 1) for other in before) if before else 1.0
        if len(before) >= 3 and usual < 0.5:
            reason = (
                f"{sight.new} of the {links} links on the list are new at once, where {usual:.0%} are usual, "
                f"and {sight.read or 'none'} of them led to an article: it reads other links than before."
            )
            return Drift(reason, (sight,))
    return None


def _fewer_links(well: Sequence[Sight]) -> Drift | None:
    """Half as many links as usual; or a quarter fewer than ever, where many visits tell what was ever."""
    counted = [sight for sight in well if sight.links is not None]
    if len(counted) > 1 and (counted[-1].links or 0) >= _FEWER_LINKS * (counted[len(counted) // 2].links or 0) > 0:
        return None
    if len(counted) < _LEAST_SIGHTS + 2:
        return None
    numbers = sorted(sight.links or 0 for sight in counted)
    usual = numbers[len(numbers) * 3 // 4]
    if usual < _LEAST_LINKS:
        return None
    for share, visits, known, of_least in ((_FEW_LINKS, 2, _LEAST_SIGHTS, 1.0), (_FEWER_LINKS, 4, 15, _FEWER_LINKS)):
        start = len(counted)
        while start and (counted[start - 1].links or 0) < share * usual:
            start -= 1
        lately, before = counted[start:], counted[:start]
        if len(lately) < visits or len(before) < known:
            continue
        most = max(sight.links or 0 for sight in lately)
        least = min(sight.links or 0 for sight in before)
        if most < of_least * least:
            reason = (
                f"the list shows {lately[-1].links} links, at each of the last {len(lately)} visits no more than "
                f"{most}; {usual} are usual and it never showed fewer than {least}."
            )
            return Drift(reason, tuple(lately))
    return None


def _unread(well: Sequence[Sight]) -> Drift | None:
    """New links, visit for visit, and no article read of them."""
    lately: list[Sight] = []
    for sight in reversed(well):
        if sight.read:
            break
        if sight.new:
            lately.insert(0, sight)
    known = sum(sight.read for sight in well)
    new = sum(sight.new for sight in lately)
    if new < _LEAST_ARTICLES or len(lately) < 2 or known < _LEAST_ARTICLES:
        return None
    reason = f"{new} new links at {len(lately)} visits, and no article could be read of them."
    return Drift(reason, tuple(lately))


def _lost_field(read: Sequence[Sight]) -> Drift | None:
    """A field that articles used to have and lately lack."""
    if len(read) < 3:
        return None
    for name, word in _FIELDS.items():
        # Most of the time the latest articles have the field, and there is nothing to count.
        if _mean_share(read[-2:], name) > 0.5 or _mean_share(read[:12], name) < _USUALLY / 2:
            continue
        having = [(sight.read, sight.fields.get(name, 0.0) * sight.read) for sight in read]
        total, total_having = sum(count for count, _ in having), sum(count for _, count in having)
        late = late_having = counted = 0.0
        for place in range(len(having) - 1, len(having) // 3, -1):
            count, got = having[place]
            late, late_having, counted = late + count, late_having + got, counted + count / (1 + (count - 1) * _ALIKE)
            known, known_having = total - late, total_having - late_having
            if known < _LEAST_KNOWN:
                break
            usual = (known_having + 0.5) / (known + 1)
            # The first visit reads the articles of years, and they are alike: of one visit's share little is certain.
            visits = sum(each / (1 + (each - 1) * _ALIKE) for each, _ in having[:place])
            usual = max(0.0, usual - 2 * math.sqrt(usual * (1 - usual) / visits))
            share = late_having / late
            if late < _LEAST_ARTICLES or len(having) - place < 2 or usual < _USUALLY:
                continue
            if share > _LEFT * usual:
                break  # the latest of them have it: what was missing earlier has come back
            if _chance(counted / _spread(having[:place], usual), share, usual) < _RARE:
                reason = (
                    f"{late - late_having:.0f} of the last {late:.0f} articles have no {word}; "
                    f"{usual:.0%} of the {known:.0f} before had one."
                )
                return Drift(reason, tuple(read[place:]))
    return None


def _mean_share(sights: Sequence[Sight], name: str) -> float:
    return sum(sight.fields.get(name, 0.0) for sight in sights) / len(sights)


def _spread(having: Sequence[tuple[float, float]], usual: float) -> float:
    """How much more visits differ than chance would have it, at least 1: articles of one day are alike."""
    if len(having) < 3:
        return 1.5
    squares = sum((got - count * usual) ** 2 / (count * usual * (1 - usual) + 0.25) for count, got in having)
    return max(1.0, squares / (len(having) - 1))


def _chance(count: float, share: float, usual: float) -> float:
    """At most so likely are so few of ``count``, where each has it with probability ``usual`` (Chernoff 1952)."""
    usual = min(usual, 1 - 1e-6)
    near = share * math.log(share / usual) if share else 0.0
    far = (1 - share) * math.log((1 - share) / (1 - usual)) if share < 1 else 0.0
    return math.exp(-count * (near + far))


def _other_texts(read: Sequence[Sight]) -> Drift | None:
    known = [sight for sight in read[-200:] if sight.body_chars]
    if len(known) < 3 * _TEXT_SIGHTS:
        return None
    lately, before = known[-_TEXT_SIGHTS:], known[:-_TEXT_SIGHTS]
    rough = median(sight.body_chars or 1 for sight in before)
    if any(0.5 < (sight.body_chars or 1) / rough < 2 for sight in lately):
        return None
    lengths = [math.log(sight.body_chars or 1) for sight in before]
    usual = median(lengths)
    spread = 1.4826 * median(abs(length - usual) for length in lengths)
    off = [math.log(sight.body_chars or 1) - usual for sight in lately]
    nearest = min(off, key=abs)
    is_one_way = all(value > 0 for value in off) or all(value < 0 for value in off)
    if not is_one_way or abs(median(off)) < math.log(_TEXT_FACTOR) or abs(nearest) < math.log(_TEXT_FACTOR) / 2:
        return None
    if abs(median(off)) < _TEXT_SPREADS * max(spread, 0.1):
        return None
    reason = (
        f"texts have {math.exp(usual + median(off)):.0f} characters at the last {len(lately)} visits that read any; "
        f"{math.exp(usual):.0f} are usual."
    )
    return Drift(reason, tuple(lately))
