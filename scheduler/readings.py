"""Whether the list page of a column can be read: what the last visits met, and when that is an ailment. Pure.

One failed visit is no ailment: networks hiccup, and servers are mended at night. So it takes several in a row, over
some hours, or several bouts within a few visits (a wall that lets every other visit pass). One good reading ends an
ailment, after several bouts only four in a row: what comes and goes is one trouble, not ten.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from archive.words import GOOD_VERDICTS, AlarmKind
from scheduler.histories import Sight

_KINDS: dict[str, AlarmKind] = {
    "blocked": "blocked",
    "no links": "no links",
    "layout": "no links",
    "not an article": "no links",
    "robots": "robots",
    "soft 404": "soft 404",
    "foreign": "hijacked",
    "gone": "moved",
    "offsite": "moved",
    "redirect": "moved",
}
"""By the cause of a failed list; every other cause is a page that does not answer as it should."""

_PATIENCE: dict[AlarmKind, tuple[int, timedelta]] = {
    "hijacked": (1, timedelta(0)),
    "failing": (3, timedelta(hours=24)),
    "robots": (2, timedelta(hours=6)),
    "no links": (2, timedelta(hours=12)),
    "soft 404": (2, timedelta(hours=12)),
}
"""So many visits in a row, over so long a time, are no accident. Servers that are down come back within a day, and
pages without links are what many show while they are mended, overnight."""
_USUAL_PATIENCE = (2, timedelta(hours=3))

_LOOKED_AT = 60
_WINDOW = 12
_BOUTS = 3
_BAD, _BAD_ANSWERS = 5, 8
_BOUTS_OVER = timedelta(hours=12)
"""So many bad visits of the last twelve, in so many bouts over half a day, are an ailment though some go well. It takes
more where pages just do not answer: some servers never do better."""
_SURE = 4
"""So many good visits in a row end an ailment that comes and goes."""


@dataclass(frozen=True, slots=True)
class Ailment:
    """Why a list cannot be read. ``bad`` are the sights that say so, oldest first; ``of`` visits in all were looked at.

    ``last_good`` is the last visit that could read it; None when none of those known could. ``comes_and_goes``: some of
    the visits among them went well.
    """

    kind: AlarmKind
    bad: tuple[Sight, ...]
    of: int
    last_good: datetime | None
    comes_and_goes: bool


def outcome(sight: Sight) -> AlarmKind | bool | None:
    """What a sight says of the list: a kind of ailment, False when it was read, None when it says nothing."""
    if sight.cause:
        return _KINDS.get(sight.cause.replace("_", " "), "failing")
    if sight.verdict == "hijacked":
        return None  # something foreign stood elsewhere on the site: what was read here may be the stranger's
    if sight.links:
        return False
    if sight.links is None:
        # It had not changed, or the run broke off before it came to this list: only a good run tells which.
        return False if sight.verdict in GOOD_VERDICTS else None
    return "no links" if sight.links == 0 else False


def read_well(sight: Sight) -> bool:
    """Whether the list was read, or had not changed."""
    return outcome(sight) is False


def ailment(sights: Sequence[Sight]) -> Ailment | None:
    """What keeps the list from being read as of the last sight; None when nothing does, or too little speaks for it."""
    if len(sights) >= _SURE and all(outcome(sight) is False for sight in sights[-_SURE:]):
        return None
    window: deque[tuple[Sight, AlarmKind | None]] = deque(maxlen=_WINDOW)
    streak: list[tuple[Sight, AlarmKind]] = []
    goods, last_good, ill = 0, None, False
    for sight in sights[-_LOOKED_AT:]:
        said = outcome(sight)
        if said is None:
            continue
        if isinstance(said, bool):
            window.append((sight, None))
            streak.clear()
            goods, last_good = goods + 1, sight.at
            ill = ill and goods < _SURE and _bouts(window, _main_kind(window)) > 1
        else:
            window.append((sight, said))
            streak.append((sight, said))
            goods = 0
            ill = ill or _is_long(streak) or _is_scattered(window)
    if not ill:
        return None
    lately = [(sight, kind) for sight, kind in window if kind is not None]
    comes_and_goes = not streak or _bouts(window, _main_kind(window)) > 1
    bad = lately if comes_and_goes else streak
    return Ailment(
        kind=_commonest([kind for _, kind in bad]),
        bad=tuple(sight for sight, _ in bad),
        of=len(window) if comes_and_goes else len(streak),
        last_good=last_good,
        comes_and_goes=comes_and_goes,
    )


def _is_long(streak: Sequence[tuple[Sight, AlarmKind]]) -> bool:
    visits, over = _PATIENCE.get(_commonest([kind for _, kind in streak]), _USUAL_PATIENCE)
    return len(streak) >= visits and streak[-1][0].at - streak[0][0].at >= over


def _is_scattered(window: Sequence[tuple[Sight, AlarmKind | None]]) -> bool:
    bad = [(sight, kind) for sight, kind in window if kind is not None]
    if len(bad) < _BAD or bad[-1][0].at - bad[0][0].at < _BOUTS_OVER or _bouts(window) < _BOUTS:
        return False
    return len(bad) >= _BAD_ANSWERS or _commonest([kind for _, kind in bad]) != "failing"


def _main_kind(window: Sequence[tuple[Sight, AlarmKind | None]]) -> AlarmKind | None:
    kinds = [kind for _, kind in window if kind is not None]
    return _commonest(kinds) if kinds else None


def _bouts(window: Sequence[tuple[Sight, AlarmKind | None]], of: AlarmKind | None = None) -> int:
    """How often a bad visit followed a good one, or began the window; ``of`` one kind, in whose bouts it was met."""
    bouts, counted = 0, False
    for _, kind in window:
        if kind is None:
            counted = False
        elif not counted and of in (None, kind):
            bouts, counted = bouts + 1, True
    return bouts


def _commonest(kinds: Sequence[AlarmKind]) -> AlarmKind:
    """The commonest; of equally common ones the latest."""
    counts = Counter(kinds)
    most = max(counts.values())
    return next(kind for kind in reversed(kinds) if counts[kind] == most)
