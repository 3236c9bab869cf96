"""Download handler for http and https: checked addresses, whole answers, one deadline, no proxies."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Any

from scrapy.core.downloader.contextfactory import _load_context_factory_from_settings
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.core.downloader.handlers.http11 import _RequestBodyProducer
from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import Headers, HtmlResponse, Request, Response
from scrapy.responsetypes import responsetypes
from scrapy.utils.defer import maybe_deferred_to_future
from scrapy.utils.httpobj import urlparse_cached
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.web.client import Agent, HTTPConnectionPool
from twisted.web.http_headers import Headers as TxHeaders
from twisted.web.iweb import UNKNOWN_LENGTH

from archive.clock import utc_now
from config.addresses import AddressPolicy
from crawler.fetching.decoding import decode_body
from crawler.fetching.endpoint import CheckedEndpoints, Resolver, is_tls_error, system_resolver
from crawler.fetching.errors import FetchError, Incomplete, RefusedAddress, TooLarge, Undecodable, UntrustedTls
from crawler.fetching.hosts import Hosts
from crawler.fetching.protocol import BodyReader, ClientFactory
from crawler.fetching.response import PageResponse

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class CheckedHandler(BaseDownloadHandler):
    """Fetches one address. The body of the response is whole and without content codings.

    Sets ``meta["fetched_at"]`` (UTC, when the answer was complete) and ``meta["elapsed_ms"]`` (from sending, without
    waiting for the slot). Raises the errors of ``crawler.fetching.errors`` and ``DownloadTimeoutError``.

    Request meta: ``download_timeout`` (seconds), ``cut_at`` (bytes after which reading ends on purpose), ``max_bytes``
    (another limit than the setting's).
    """

    lazy = True
    resolver: Resolver = staticmethod(system_resolver)

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        from twisted.internet import reactor

        settings = crawler.settings
        self._crawler = crawler
        self._reactor: Any = reactor
        self._timeout = settings.getfloat("DOWNLOAD_TIMEOUT")
        self._max_bytes = settings.getint("DOWNLOAD_MAXSIZE")
        self._hosts = Hosts.of(crawler)
        self._pool = HTTPConnectionPool(reactor, persistent=True)  # type: ignore[no-untyped-call]
        self._pool.maxPersistentPerHost = settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN")
        # The pool would repeat a request by itself; repeating is counted and paced in retry.py.
        self._pool.retryAutomatically = False
        self._pool._factory = ClientFactory
        policy = AddressPolicy(settings.getlist("FETCH_ALLOW"), settings.getdict("FETCH_RESOLVE"))
        endpoints = CheckedEndpoints(reactor, _load_context_factory_from_settings(crawler), policy, self.resolver)
        self._agent = Agent.usingEndpointFactory(reactor, endpoints, self._pool)  # type: ignore[no-untyped-call]

    async def download_request(self, request: Request) -> Response:
        """Fetch ``request`` once."""
        self._hosts.check(request)
        timeout = request.meta.get("download_timeout") or self._timeout
        started = monotonic()
        exchange = ensureDeferred(self._exchange(request))
        timer = self._reactor.callLater(timeout, exchange.cancel)
        try:
            tx_response, body = await maybe_deferred_to_future(exchange)
        except Exception as error:
            if not timer.active():
                raise DownloadTimeoutError(f"no complete answer from {request.url} within {timeout:g} s") from error
            raise _plain(error) from error
        finally:
            if timer.active():
                timer.cancel()
        request.meta["fetched_at"] = utc_now()
        request.meta["elapsed_ms"] = round((monotonic() - started) * 1000)
        self._hosts.answered(request, tx_response.code, tx_response.headers.getRawHeaders(b"retry-after", [b""])[0])
        return self._response(request, tx_response, body)

    async def close(self) -> None:
        """Close the kept connections; a peer that does not answer is waited for one second."""
        closing: Deferred[Any] = self._pool.closeCachedConnections()  # type: ignore[no-untyped-call]
        timer = self._reactor.callLater(1, closing.callback, None)
        await maybe_deferred_to_future(closing)
        if timer.active():
            timer.cancel()

    async def _exchange(self, request: Request) -> tuple[Any, bytes]:
        netloc = urlparse_cached(request).netloc
        if "@" in netloc or "\\" in netloc:
            # Readers of URLs disagree about such hosts; no page of ours is at one.
            raise RefusedAddress(f"an address with {netloc[:80]!r} as its host is not fetched")
        url = request.url.partition("#")[0]
        answer = await self._agent.request(
            request.method.encode("ascii"),
            url.encode("ascii"),
            TxHeaders(request.headers),
            _RequestBodyProducer(request.body) if request.body else None,
        )
        if answer.length == 0:
            return answer, b""
        transport = answer._transport
        limit = request.meta.get("max_bytes", self._max_bytes)
        if answer.length is not UNKNOWN_LENGTH and answer.length > limit and "cut_at" not in request.meta:
            transport._producer.abortConnection()
            raise TooLarge(f"the body has {answer.length} bytes, more than {limit}")
        # A deadline in the middle of the body drops the connection.
        finished: Deferred[bytes] = Deferred(lambda _: transport._producer and transport._producer.abortConnection())
        answer.deliverBody(BodyReader(finished, limit, request.meta.get("cut_at", 0)))
        return answer, await finished

    def _response(self, request: Request, answer: Any, body: bytes) -> Response:
        headers = Headers(answer.headers.getAllRawHeaders())
        codings = headers.getlist(b"Content-Encoding")
        if codings:
            del headers[b"Content-Encoding"]
            if body:
                words = b",".join(codings).decode("latin-1").split(",")
                try:
                    body = decode_body(body, words, request.meta.get("max_bytes", self._max_bytes))
                except (Incomplete, Undecodable):
                    # Of an error page only the status matters.
                    if answer.code < 400:
                        raise
                    body = b""
        elif answer.length is not UNKNOWN_LENGTH:
            headers[b"Content-Length"] = str(answer.length)
        kind = responsetypes.from_args(headers=headers, url=request.url, body=body)
        if kind is HtmlResponse:
            kind = PageResponse
        return kind(request.url, status=answer.code, headers=headers, body=body)


def _plain(error: Exception) -> Exception:
    """Twisted's error in our words."""
    if isinstance(error, FetchError):
        return error
    reasons = getattr(error, "reasons", None) or [error]
    words = "; ".join(str(getattr(reason, "value", reason)) for reason in reasons)
    if is_tls_error(error):
        return UntrustedTls(f"the TLS connection is not to be trusted: {words}")
    if reasons != [error]:
        return Incomplete(f"the connection ended before the answer: {words}")
    if isinstance(error, ValueError):
        return RefusedAddress(f"the address cannot be used: {error}")
    return Incomplete(f"{type(error).__name__}: {error}")
