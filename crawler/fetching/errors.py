"""Why a page was not fetched. Each error carries the word that ``FailureItem.cause`` uses."""

from __future__ import annotations

from scrapy.exceptions import IgnoreRequest


class FetchError(Exception):
    """Base. ``cause`` is the word of the ledger, ``status`` the HTTP status behind it when there was one."""

    cause = "error"

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class RefusedAddress(FetchError):
    """The host leads to an address that the settings do not allow. Never tried again."""

    cause = "refused"


class CannotConnect(FetchError):
    """No connection: the name does not resolve, the port is closed, or nobody answers."""

    cause = "unreachable"


class UntrustedTls(FetchError):
    """The TLS handshake failed: bad certificate, wrong name, no common version."""

    cause = "tls"


class Incomplete(FetchError):
    """The answer did not end properly: cut, reset, bad chunks, cut compression."""

    cause = "incomplete"


class Undecodable(FetchError):
    """The body's ``Content-Encoding`` is unknown, or the bytes are not what it says."""

    cause = "bad_content"


class TooLarge(FetchError):
    """The body, compressed or not, is larger than allowed."""

    cause = "too_large"


class RobotsForbidden(FetchError, IgnoreRequest):
    """robots.txt forbids the address, or could not be asked for."""

    cause = "robots"


class BadRedirect(FetchError, IgnoreRequest):
    """A redirect in a circle, too long, off the site, or to something that is not http."""

    cause = "redirect"


class Offsite(FetchError, IgnoreRequest):
    """A link to a host that is not the site's."""

    cause = "refused"


class HostClosed(FetchError, IgnoreRequest):
    """The host asked for a pause longer than this run waits, or nobody answers there: asked again by a later run."""

    def __init__(self, message: str, *, cause: str, status: int | None = None) -> None:
        super().__init__(message, status=status)
        self.cause = cause
