"""Asking only for what changed: conditional requests, and recognising the very bytes of last time."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Protocol, Self

from scrapy.http import Request, Response

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

CONDITIONS = ("If-None-Match", "If-Modified-Since")


class Known(Protocol):
    """What is known of a page, given as ``meta["known"]``.

    ``body_hash`` is the 16-byte BLAKE2b of the body without content codings. ``conditional_ok`` False asks for the
    whole page: validators lie now and then, whoever builds this decides how often that is checked.
    """

    etag: str | None
    last_modified: str | None
    body_hash: bytes | None
    conditional_ok: bool


def body_hash(body: bytes) -> bytes:
    """The 16-byte digest by which two bodies are called the same."""
    return blake2b(body, digest_size=16).digest()


class ConditionalMiddleware:
    """Sends validators, passes 304 on to the callback.

    Sets ``meta["not_modified"]`` for a 304, ``meta["same_bytes"]`` for a body that hashes as the known one.
    Stats: ``fetch/not_modified``, ``fetch/same_bytes``.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's constructor."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Add the validators of the known page; not to another address that a redirect led to."""
        meta = request.meta
        known: Known | None = meta.get("known")
        if known is None or not known.conditional_ok or "redirect_times" in meta:
            return
        if known.etag:
            request.headers["If-None-Match"] = known.etag
        if known.last_modified:
            request.headers["If-Modified-Since"] = known.last_modified
        if known.etag or known.last_modified:
            wanted = meta.get("handle_httpstatus_list", getattr(self._crawler.spider, "handle_httpstatus_list", ()))
            meta["handle_httpstatus_list"] = [*wanted, 304] if 304 not in wanted else wanted

    def process_response(self, request: Request, response: Response) -> Response:
        """Mark an unchanged answer."""
        known: Known | None = request.meta.get("known")
        if known is None:
            return response
        # Retried requests share their meta with the first try.
        request.meta.pop("not_modified", None)
        request.meta.pop("same_bytes", None)
        if response.status == 304:
            # A 304 nobody asked for stays what it is: a useless answer, dropped by its status.
            if any(name in request.headers for name in CONDITIONS):
                request.meta["not_modified"] = True
                self._crawler.stats.inc_value("fetch/not_modified")
        elif response.status == 200 and known.body_hash is not None and body_hash(response.body) == known.body_hash:
            request.meta["same_bytes"] = True
            self._crawler.stats.inc_value("fetch/same_bytes")
        return response
