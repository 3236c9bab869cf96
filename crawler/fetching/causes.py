"""From an error to the words of a ``FailureItem``."""

from __future__ import annotations

from typing import Any, NamedTuple

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    NotSupported,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from crawler.exceptions import CrawlError
from crawler.fetching.errors import FetchError

# A challenge or a "forbidden" note fits in this; more of an error page is not read.
_BLOCK_BYTES = 64 * 1024

_SCRAPY_CAUSES: tuple[tuple[type[Exception], str], ...] = (
    (DownloadTimeoutError, "timeout"),
    (CannotResolveHostError, "unreachable"),
    (DownloadConnectionRefusedError, "unreachable"),
    (ResponseDataLossError, "incomplete"),
    (DownloadFailedError, "incomplete"),
    (DownloadCancelledError, "too_large"),
    (UnsupportedURLSchemeError, "refused"),
    (NotSupported, "refused"),
)


class Cause(NamedTuple):
    """``cause`` is a word of ``FailureItem.cause``; ``detail`` one sentence; ``status`` the HTTP status, if any."""

    cause: str
    detail: str
    status: int | None = None


def cause_of(failure: Failure | BaseException, response: Response | None = None) -> Cause:
    """Why a request failed: ``failure`` is what the errback got, or an exception a callback raised.

    ``response`` is the answer at hand when there is one; for a status that Scrapy refused it is found by itself.
    """
    error: Any = failure.value if isinstance(failure, Failure) else failure
    status = response.status if response is not None else None
    if isinstance(error, HttpError):
        return _cause_of_status(error.response)
    if isinstance(error, FetchError):
        return Cause(error.cause, str(error), error.status if error.status is not None else status)
    if isinstance(error, CrawlError):
        return Cause(error.cause, str(error), status)
    for kind, cause in _SCRAPY_CAUSES:
        if isinstance(error, kind):
            return Cause(cause, str(error), status)
    return Cause("error", f"{type(error).__name__}: {error}", status)


def _cause_of_status(response: Response) -> Cause:
    status = response.status
    if status in (404, 410):
        return Cause("gone", f"the server answered {status}", status)
    # Late: most runs meet no such page, and need no readers for it.
    from crawler.reading.challenge import find_block
    from crawler.reading.charset import decode

    text = decode(response.body[:_BLOCK_BYTES]).text
    block = find_block(status, text)
    if block:
        return Cause("blocked", block, status)
    return Cause("http", f"the server answered {status}", status)
