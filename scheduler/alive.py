"""Which of the processes that keep watch are alive."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from archive.scheduling import InstanceRow

DEAD_AFTER = timedelta(seconds=60)
"""An instance without a sign of life for so long is dead: two refreshes of every 30 s were left out."""
UNCHANGED = timedelta(seconds=45)
"""Its clock may differ from ours, so its sign of life must also have stood still for more than one refresh."""


class Alive:
    """Remembers when the signs of life of the others moved on; ``instance`` itself is alive."""

    def __init__(self, instance: str) -> None:
        self.instance = instance
        self._seen: dict[str, tuple[datetime, datetime]] = {}

    def names(self, instances: Iterable[InstanceRow], now: datetime) -> set[str]:
        """Those that are alive. One that is seen for the first time has the benefit of the doubt for a moment."""
        return {one.name for one in instances if self._is_alive(one, now)}

    def _is_alive(self, one: InstanceRow, now: datetime) -> bool:
        if one.name == self.instance:
            return True
        if one.gone:
            return False
        beat_at, since = self._seen.get(one.name, (None, now))
        if beat_at != one.beat_at or since > now:
            since = now
        self._seen[one.name] = (one.beat_at, since)
        return abs(now - one.beat_at) < DEAD_AFTER or now - since < UNCHANGED


def is_alive(one: InstanceRow, now: datetime) -> bool:
    """The same for who looks only once: a sign of life lately, and no process that is known to have ended."""
    return not one.gone and abs(now - one.beat_at) < DEAD_AFTER
