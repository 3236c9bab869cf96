"""Watches the service from outside: a thread that needs neither the event loop nor APScheduler.

A clock that died still says that it runs. So the watchdog looks at what the clock leaves behind, its last tick, and
tells it: in the log, to the operators, to systemd, to whoever asks ``/healthz``. When it lasts, it ends the process,
and systemd or Docker start another.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import threading
import time
from collections.abc import Callable

import structlog

log = structlog.get_logger("zhiwen.up")

EXIT_AILING = 75
"""The exit code of a process that ended itself because its clock was dead (EX_TEMPFAIL: try again)."""
STOP_SECONDS = 12.0
"""A process that was asked to stop and has not after so long is ended."""
LAST_WORDS_SECONDS = 5.0
_STOPS = {signal.SIGTERM, signal.SIGINT}


def tell_systemd(words: str) -> None:
    """One message to systemd (``READY=1``, ``WATCHDOG=1`` …); nothing where it did not start us. See sd_notify(3)."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as door:
            door.connect(address)
            door.send(words.encode())
    except OSError as error:
        log.debug("systemd cannot be told", error=str(error))


class Watchdog:
    """Looks every ``seconds`` at what ``ailments`` gives: sentences about what does not go on any more.

    ``on_ill`` and ``on_well`` are called when something begins or ends; ``on_end`` just before the process ends itself,
    after ``patience`` seconds of it, or when a signal asked it to stop and it did not.
    """

    def __init__(
        self,
        ailments: Callable[[], list[str]],
        *,
        seconds: float,
        patience: float,
        on_ill: Callable[[list[str]], threading.Event],
        on_well: Callable[[], object],
        on_end: Callable[[], object],
    ) -> None:
        self._ailments = ailments
        self._seconds, self._patience = seconds, patience
        self._on_ill, self._on_well, self._on_end = on_ill, on_well, on_end
        self.ill: list[str] = []
        """What was wrong at the last look."""
        self._ill_since: float | None = None
        self._told = threading.Event()
        self._asked_to_stop: float | None = None
        self._wakeful, self.waker = os.pipe()
        """``waker`` is for ``signal.set_wakeup_fd``: a signal counts even while the main thread does not answer."""
        for end in (self._wakeful, self.waker):
            os.set_blocking(end, False)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stopping(self) -> None:
        """The process has begun to stop: it gets ``STOP_SECONDS`` for it."""
        if self._asked_to_stop is None:
            self._asked_to_stop = time.monotonic()

    def end(self) -> None:
        """The process has stopped: watch no longer."""
        self._ending.set()
        os.write(self.waker, b"\0")
        self._thread.join(2)

    def _watch(self) -> None:
        while not self._ending.is_set():
            slept = time.monotonic()
            ready, _, _ = select.select([self._wakeful], [], [], self._seconds)
            now = time.monotonic()
            if self._ending.is_set():
                return
            if ready and set(os.read(self._wakeful, 4096)) & _STOPS:
                self.stopping()
            if self._asked_to_stop is not None:
                if now - self._asked_to_stop > STOP_SECONDS:
                    log.critical(f"asked to stop {STOP_SECONDS:.0f} s ago and still here: ends at once")
                    self._give_up()
                continue
            if now - slept > self._seconds * 2 + 1:
                continue  # this thread was held up itself: the whole process was, and the clock needs a moment too
            self._look(now)

    def _look(self, now: float) -> None:
        ill = self._ailments()
        if not ill:
            if self._ill_since is not None:
                self._ill_since = None
                self._on_well()
            self.ill = []
            tell_systemd("WATCHDOG=1")
            return
        self.ill = ill
        if self._ill_since is None:
            self._ill_since = now
            log.critical("; ".join(ill))
            self._told = self._on_ill(ill)
        elif now - self._ill_since > self._patience:
            log.critical(f"no better after {now - self._ill_since:.0f} s: ends itself, to be started again")
            self._told.wait(LAST_WORDS_SECONDS)
            self._give_up()

    def _give_up(self) -> None:
        self._on_end()
        os._exit(EXIT_AILING)
