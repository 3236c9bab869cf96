"""Following redirects, with a limit and an eye on circles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self
from urllib.parse import urljoin, urlsplit

from scrapy.http import Request, Response

from crawler.fetching.conditional import CONDITIONS
from crawler.fetching.errors import BadRedirect

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

STATUSES = frozenset({301, 302, 303, 307, 308})


class RedirectMiddleware:
    """Follow redirects to http and https, at most ``FETCH_MAX_REDIRECTS`` of them.

    Hosts are judged by ``OffsiteMiddleware``, robots.txt by ``RobotsMiddleware``, addresses where the connection is
    made: the new request passes all of them again. Anything else raises ``BadRedirect``.
    Meta: ``redirect_urls`` and ``redirect_times`` as in Scrapy; ``max_redirects`` lowers the limit of one request.
    """

    def __init__(self, max_redirects: int) -> None:
        self._max = max_redirects

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's constructor."""
        return cls(crawler.settings.getint("FETCH_MAX_REDIRECTS"))

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """The request for the address a redirect names, or the response itself."""
        if response.status not in STATUSES:
            return response
        location = (response.headers.get(b"Location") or b"").decode("utf-8", "replace").strip()
        if not location:
            return response
        try:
            url = urljoin(request.url, location)
            scheme = urlsplit(url).scheme
        except ValueError:
            raise BadRedirect(f"{request.url} redirects to {location[:200]!r}, which is no address") from None
        if scheme not in ("http", "https"):
            raise BadRedirect(f"{request.url} redirects to {location[:200]!r}, which is not a web address")
        passed = [*request.meta.get("redirect_urls", ()), request.url]
        limit = request.meta.get("max_redirects", self._max)
        if len(passed) > limit:
            raise BadRedirect(f"{passed[0]} redirects more than {limit} times")
        # Never filtered as seen: the page that redirects would be lost without a word.
        follow = request.replace(url=url, dont_filter=True)
        if follow.url in passed:
            raise BadRedirect(f"{passed[0]} redirects in a circle: {follow.url} comes again")
        follow.meta["redirect_urls"] = passed
        follow.meta["redirect_times"] = len(passed)
        # The slot is named after the host; validators belong to the first address.
        follow.meta.pop("download_slot", None)
        for name in CONDITIONS:
            follow.headers.pop(name, None)
        return follow
