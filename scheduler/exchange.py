"""One attempt to send something: where it may connect, how long it may take, and what the receiver really answered.

Apprise says only yes or no, reads no error out of an answer with status 200, and follows redirects to wherever they
lead. So each attempt runs inside an ``Exchange``, in whatever library it ends up:

1. Every address is checked at the moment of the connection, in this thread, by Python's audit hook: names, redirects
   and libraries with connections of their own cannot go round it.
2. At the deadline the connections are shut, so that a receiver that drips or hangs ends here and nowhere else.
3. Requests go to the receiver itself (no proxy of the environment), redirects are not followed, of an answer at most
   ``ANSWER_BYTES`` are read and kept.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from config.addresses import AddressPolicy

ANSWER_BYTES = 64 * 1024
CONNECT_SECONDS = 10.0

_current: ContextVar[Exchange | None] = ContextVar("exchange", default=None)


class RefusedAddress(OSError):
    """The connection was not made: this is no address that may be connected to."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receiver answered to one request: status, headers (names in small letters), the beginning of its body."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Exchange:
    """Use as a context manager around the attempt; afterwards it tells what happened.

    ``refused`` are addresses that were not connected to, ``connected`` those that were (or were tried), ``errors`` what
    went wrong below Apprise, ``timed_out`` that the deadline ended it.
    """

    policy: AddressPolicy
    seconds: float
    answers: list[Answer] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    connected: list[str] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)
    timed_out: bool = False
    _deadline: float = 0.0
    _open: list[socket.socket] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _leave: Callable[[], None] = lambda: None

    def __enter__(self) -> Self:
        _install()
        self._deadline = time.monotonic() + self.seconds
        timer = threading.Timer(self.seconds, self._shut)
        timer.daemon = True
        token = _current.set(self)

        def leave() -> None:
            _current.reset(token)
            timer.cancel()

        self._leave = leave
        timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._leave()
        with self._lock:
            for one in self._open:
                one.close()
            self._open.clear()

    def left(self) -> float:
        """Seconds until the deadline, a little at least: no library takes 0 for a time limit."""
        return max(0.05, self._deadline - time.monotonic())

    def _shut(self) -> None:
        with self._lock:
            self.timed_out = True
            for one in self._open:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def allow(self, connection: socket.socket, address: object) -> None:
        """Called as a connection is about to be made. Raises RefusedAddress, or TimeoutError after the deadline."""
        if not isinstance(address, tuple) or len(address) < 2:
            self.refused.append(str(address))
            raise RefusedAddress(f"{address!s} is no address of the internet")
        host, port = str(address[0]), int(address[1])
        if not self.policy.allowed(host, port):
            self.refused.append(host)
            raise RefusedAddress(f"{host} port {port} is not a public address")
        with self._lock:
            if self.timed_out:
                raise TimeoutError("the time for this message is over")
            self.connected.append(f"{host} port {port}")
            # A second handle of the same connection: TLS takes the first one apart.
            self._open.append(socket.socket(fileno=os.dup(connection.fileno())))

    def saw(self, response: Any) -> None:
        """Keep what a receiver answered, and end reading there."""
        body = response.raw.read(ANSWER_BYTES, decode_content=True) or b""
        response.raw.close()
        response._content, response._content_consumed = body, True
        headers = {str(name).lower(): str(value) for name, value in response.headers.items()}
        response.headers.pop("location", None)  # so that nothing can follow it
        self.answers.append(Answer(response.status_code, headers, body))


_installed = threading.Lock()
_ready = False


def _install() -> None:
    """Once in a process. Outside of an exchange nothing is different."""
    global _ready
    with _installed:
        if _ready:
            return
        from requests.adapters import HTTPAdapter

        plain_send = HTTPAdapter.send

        def send(self: Any, request: Any, *args: Any, **options: Any) -> Any:
            exchange = _current.get()
            if exchange is None:
                return plain_send(self, request, *args, **options)
            try:
                left = exchange.left()
                response = plain_send(
                    self,
                    request,
                    stream=True,
                    timeout=(min(CONNECT_SECONDS, left), left),
                    verify=options.get("verify", True),
                    cert=options.get("cert"),
                    proxies=None,
                )
                exchange.saw(response)
            except Exception as error:
                exchange.errors.append(error)
                raise
            return response

        HTTPAdapter.send = send  # type: ignore[method-assign]
        sys.addaudithook(_audit)
        _ready = True


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect" or event == "socket.sendto" or event == "socket.sendmsg":
        exchange = _current.get()
        if exchange is not None:
            exchange.allow(arguments[0], arguments[1])
