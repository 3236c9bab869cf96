"""Reading one HTTP/1.1 answer to its proper end, and nothing beyond it.

Twisted's client is strict about chunks and lengths. Added here: a limit on headers, no reuse of a connection whose
framing is in doubt, no taking of a reset for an end, and a limit on the body.
"""

from __future__ import annotations

from typing import Any

from scrapy.core.downloader.handlers.http11 import _LenientHTTPClientParser
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure
from twisted.web._newclient import HTTP11ClientProtocol, ParseError, ResponseDone, ResponseFailed
from twisted.web.client import _HTTP11ClientFactory
from twisted.web.http import PotentialDataLoss

from crawler.fetching.errors import Incomplete, TooLarge

# Real pages stay under 5 KB and 40 lines.
MAX_HEADER_BYTES = 64 * 1024
MAX_HEADER_LINES = 200


class _Parser(_LenientHTTPClientParser):
    """Header limits; a reset is no end. The class is put on a parser that Twisted made: no state of its own."""

    def headerReceived(self, name: bytes, value: bytes) -> None:  # noqa: N802 - Twisted's name
        seen = self.__dict__
        seen["header_lines"] = seen.get("header_lines", 0) + 1
        seen["header_bytes"] = seen.get("header_bytes", 0) + len(name) + len(value)
        if seen["header_lines"] > MAX_HEADER_LINES or seen["header_bytes"] > MAX_HEADER_BYTES:
            raise ParseError("too many header lines", name[:80])  # type: ignore[no-untyped-call]
        super().headerReceived(name, value)  # type: ignore[no-untyped-call]

    def allHeadersReceived(self) -> None:  # noqa: N802
        names = self.connHeaders
        if names.hasHeader(b"transfer-encoding") and names.hasHeader(b"content-length"):
            # Two lengths for one body: whatever follows on this connection cannot be trusted.
            self.request.persistent = False
        super().allHeadersReceived()  # type: ignore[no-untyped-call]

    def connectionLost(self, reason: Any = None) -> None:  # noqa: N802
        decoder = self.bodyDecoder
        ends_by_close = decoder is not None and getattr(decoder, "contentLength", 0) is None
        if ends_by_close and not reason.check(ConnectionDone):
            # Twisted would call this a possible loss; the end of such a body is only known from a clean close.
            failed: Any = ResponseFailed
            self.response._bodyDataFinished(Failure(failed([reason], self.response)))  # type: ignore[no-untyped-call]
            return
        super().connectionLost(reason)


class _ClientProtocol(HTTP11ClientProtocol):
    def request(self, request: Any) -> Deferred[Any]:
        answer: Deferred[Any] = super().request(request)
        if self._parser is not None:
            self._parser.__class__ = _Parser
        return answer

    def _finishResponse(self, rest: bytes) -> None:  # noqa: N802
        if rest and self._currentRequest is not None:
            # Bytes beyond the announced end would be read as the next page's answer.
            self._currentRequest.persistent = False
        super()._finishResponse(rest)


class ClientFactory(_HTTP11ClientFactory):
    """Factory for the connection pool."""

    noisy = False

    def buildProtocol(self, addr: Any) -> HTTP11ClientProtocol:  # noqa: N802
        return _ClientProtocol(self._quiescentCallback)  # type: ignore[no-untyped-call]


class BodyReader(Protocol):
    """Collects a body; fires ``finished`` with the bytes, or with ``Incomplete`` or ``TooLarge``.

    With ``cut_at`` the reading ends there on purpose and what came so far is the answer (robots.txt).
    """

    def __init__(self, finished: Deferred[bytes], max_bytes: int, cut_at: int = 0) -> None:
        self._finished = finished
        self._max = max_bytes
        self._cut_at = cut_at
        self._pieces: list[bytes] = []
        self._size = 0

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        """Another piece."""
        if self._finished.called:
            return
        self._pieces.append(data)
        self._size += len(data)
        if self._cut_at and self._size >= self._cut_at:
            self._stop()
            self._finished.callback(b"".join(self._pieces)[: self._cut_at])
        elif self._size > self._max:
            self._stop()
            self._finished.errback(Failure(TooLarge(f"the body is larger than {self._max} bytes")))  # type: ignore[no-untyped-call]

    def connectionLost(self, reason: Any = None) -> None:  # noqa: N802
        """The end; only a proper one counts. ``PotentialDataLoss`` is a body that ends with a clean close."""
        if self._finished.called:
            return
        if reason.check(ResponseDone, PotentialDataLoss):
            pieces = self._pieces
            self._finished.callback(pieces[0] if len(pieces) == 1 else b"".join(pieces))
        else:
            self._finished.errback(Failure(Incomplete(f"the answer stopped after {self._size} bytes of its body")))  # type: ignore[no-untyped-call]

    def _stop(self) -> None:
        self._pieces, kept = [], self._pieces
        if self._cut_at:
            self._pieces = kept
        transport: Any = self.transport
        if transport is not None and transport._producer is not None:
            transport._producer.abortConnection()
