"""Every error has a word in the ledger."""

from __future__ import annotations

import re

import pytest
from scrapy import exceptions as scrapy_errors
from scrapy.http import HtmlResponse, Request
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from crawler.exceptions import BadContent, Blocked, LayoutMismatch, NotAnArticle
from crawler.fetching import errors
from crawler.fetching.causes import cause_of
from crawler.items import FailureItem

WORDS = set(re.findall(r"\w+", (FailureItem.__doc__ or "").partition("is one word of:")[2].partition(".")[0]))


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (errors.RefusedAddress("x"), "refused"),
        (errors.Offsite("x"), "refused"),
        (errors.CannotConnect("x"), "unreachable"),
        (errors.UntrustedTls("x"), "tls"),
        (errors.Incomplete("x"), "incomplete"),
        (errors.Undecodable("x"), "bad_content"),
        (errors.TooLarge("x"), "too_large"),
        (errors.RobotsForbidden("x"), "robots"),
        (errors.BadRedirect("x"), "redirect"),
        (errors.HostClosed("x", cause="http", status=429), "http"),
        (errors.FetchError("x"), "error"),
        (scrapy_errors.DownloadTimeoutError("x"), "timeout"),
        (scrapy_errors.CannotResolveHostError("x"), "unreachable"),
        (scrapy_errors.DownloadConnectionRefusedError("x"), "unreachable"),
        (scrapy_errors.ResponseDataLossError("x"), "incomplete"),
        (scrapy_errors.DownloadFailedError("x"), "incomplete"),
        (scrapy_errors.DownloadCancelledError("x"), "too_large"),
        (scrapy_errors.NotSupported("x"), "refused"),
        (LayoutMismatch("x"), "layout"),
        (NotAnArticle("x"), "not_an_article"),
        (Blocked("x"), "blocked"),
        (BadContent("x"), "bad_content"),
        (KeyError("x"), "error"),
    ],
)
def test_error_has_its_word(error: Exception, word: str) -> None:
    for failure in (error, Failure(error)):
        cause = cause_of(failure)
        assert cause.cause == word
        assert cause.cause in WORDS
        assert "x" in cause.detail


def refused(status: int, body: str = "<html>sorry</html>") -> HttpError:
    response = HtmlResponse("http://a.cn/", status=status, body=body.encode(), request=Request("http://a.cn/"))
    return HttpError(response, "Ignoring non-200 response")


@pytest.mark.parametrize(
    ("status", "word"), [(404, "gone"), (410, "gone"), (500, "http"), (403, "http"), (304, "http")]
)
def test_status_has_its_word(status: int, word: str) -> None:
    assert cause_of(Failure(refused(status))) == (word, f"the server answered {status}", status)


@pytest.mark.parametrize("status", [412, 521])
def test_wall_is_called_blocked(status: int) -> None:
    cause = cause_of(refused(status, "<html><script>document.cookie='x=1';location.reload()</script></html>"))
    assert (cause.cause, cause.status) == ("blocked", status)


def test_status_comes_from_the_error_or_from_the_response_at_hand() -> None:
    response = HtmlResponse("http://a.cn/", status=200, body=b"")
    assert cause_of(LayoutMismatch("x"), response).status == 200
    assert cause_of(errors.HostClosed("x", cause="http", status=429), response).status == 429
    assert cause_of(errors.TooLarge("x")).status is None
