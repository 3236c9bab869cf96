"""Threads for what may take long: the event loop hands them a call and waits for the answer without standing still."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

Answer = TypeVar("Answer")


class Worker:
    """One thread that does one call after the other.

    A daemon: a call that hangs, in a database that does not answer, never keeps the process from ending. ``busy_since``
    tells since when (monotonic) the present call runs.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._calls: queue.SimpleQueue[tuple[Callable[[], Any], Callable[[Any, BaseException | None], None]] | None]
        self._calls = queue.SimpleQueue()
        self._since: float | None = None
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    async def run(self, function: Callable[..., Answer], *arguments: Any) -> Answer:
        """Call it in the thread; its answer, or its error."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answer] = loop.create_future()

        def settle(value: Answer, error: BaseException | None) -> None:
            if answer.done():
                return  # nobody waits for it any more
            if error is None:
                answer.set_result(value)
            else:
                answer.set_exception(error)

        def tell(value: Answer, error: BaseException | None) -> None:
            loop.call_soon_threadsafe(settle, value, error)

        self._calls.put((lambda: function(*arguments), tell))
        return await answer

    def post(self, function: Callable[..., Any], *arguments: Any) -> threading.Event:
        """Call it in the thread and wait for nothing; the event is set once it has ended. It must not raise."""
        done = threading.Event()
        self._calls.put((lambda: function(*arguments), lambda value, error: done.set()))
        return done

    def busy_for(self) -> float:
        """Seconds that the present call has taken; 0 while it does nothing."""
        since = self._since
        return time.monotonic() - since if since is not None else 0.0

    def close(self) -> None:
        """The thread ends after the calls that wait."""
        self._calls.put(None)

    def ended(self, seconds: float) -> bool:
        """Whether it has, within so many seconds."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            function, tell = call
            value, raised = None, None
            self._since = time.monotonic()
            try:
                value = function()
            except BaseException as error:  # whoever waits gets it, whatever it is
                raised = error
            self._since = None
            try:
                tell(value, raised)
            except RuntimeError:
                continue  # the loop that waited is closed
