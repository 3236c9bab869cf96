"""Troubles of the service itself: told once when they begin, counted while they last, told once when they are over."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from archive.clock import utc_now

log = structlog.get_logger("zhiwen.up")


@dataclass(slots=True)
class Trouble:
    """One trouble that lasts. ``times`` counts how often it was met, ``cried`` whether the operators were told."""

    name: str
    text: str
    since: datetime
    began: float
    times: int = 1
    cried: bool = False


class Troubles:
    """All that lasts at the moment, by name. May be used by all threads.

    ``cry`` tells the operators without database or disk; it is called once when a trouble has lasted for ``patience``
    seconds, and once more when that one is over.
    """

    def __init__(self, cry: Callable[[str], object]) -> None:
        self._cry = cry
        self._lock = threading.Lock()
        self._open: dict[str, Trouble] = {}
        self.met: dict[str, int] = {}
        """How often each was met since the start."""

    def meet(self, name: str, text: str, *, patience: float | None = None) -> None:
        """It is there (again). With ``patience`` None the operators are left alone."""
        with self._lock:
            self.met[name] = self.met.get(name, 0) + 1
            trouble = self._open.get(name)
            new = trouble is None
            if trouble is None:
                trouble = self._open[name] = Trouble(name, text, utc_now(), time.monotonic())
            else:
                trouble.times += 1
                trouble.text = text
            crying = patience is not None and not trouble.cried and time.monotonic() - trouble.began >= patience
            trouble.cried = trouble.cried or crying
        if new:
            log.error(text, trouble=name)
        if crying:
            self._cry(text)

    def over(self, name: str, text: str = "") -> None:
        """It is not there, or not any more."""
        with self._lock:
            trouble = self._open.pop(name, None)
        if trouble is None:
            return
        lasted = time.monotonic() - trouble.began
        told = f"over again after {lasted:.0f} s: {text or trouble.text}"
        log.warning(told, trouble=name, times=trouble.times)
        if trouble.cried:
            self._cry(told)

    def lasting(self) -> list[Trouble]:
        """Those that last, the oldest first."""
        with self._lock:
            return sorted(self._open.values(), key=lambda trouble: trouble.began)
