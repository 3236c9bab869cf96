"""Which hosts belong to a site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from scrapy import signals
from scrapy.http import Request

from crawler.fetching.errors import BadRedirect, Offsite
from crawler.fetching.hosts import host_of

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class OffsiteMiddleware:
    """Refuse hosts outside ``spider.allowed_domains``, for links and for redirects, whatever ``dont_filter`` says.

    Links are dropped silently before they are queued; a redirect off the site is a failure of its page.
    A spider without ``allowed_domains`` may follow links anywhere, and redirects to the same host only.
    Stats: ``offsite/filtered``.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._verdicts: dict[str, bool] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's constructor; connects the signal."""
        middleware = cls(crawler)
        crawler.signals.connect(middleware.request_scheduled, signal=signals.request_scheduled)
        return middleware

    def request_scheduled(self, request: Request, spider: Any) -> None:
        """Drop an offsite link before it takes room in the queue. A redirect is judged later, where it can fail."""
        if "redirect_urls" not in request.meta:
            self.process_request(request)

    def process_request(self, request: Request) -> None:
        """Raise ``Offsite`` or ``BadRedirect`` for a foreign host. robots.txt may lie anywhere (RFC 9309, 2.3.1.2)."""
        host = host_of(request)
        if request.meta.get("kind") == "attachment":
            self._judge_file(request, host)
            return
        verdict = self._verdicts.get(host)
        if verdict is None:
            domains = getattr(self._crawler.spider, "allowed_domains", None) or ()
            verdict = self._verdicts[host] = not domains or any(belongs(host, domain) for domain in domains)
        passed = request.meta.get("redirect_urls")
        if not passed:
            if verdict or "robots" in request.meta:
                return
            self._crawler.stats.inc_value("offsite/filtered")
            raise Offsite(f"{host} is not a host of this site")
        if "robots" in request.meta:
            return
        domains = getattr(self._crawler.spider, "allowed_domains", None)
        if not verdict or (not domains and not same_host(host, host_of(Request(passed[0])))):
            self._crawler.stats.inc_value("offsite/filtered")
            raise BadRedirect(f"{passed[-1]} redirects to {request.url}, which is not on this site")

    def _judge_file(self, request: Request, host: str) -> None:
        """Files may lie on more hosts than pages: ``spider.attachment_domains``, where ``*`` stands for any."""
        domains = getattr(self._crawler.spider, "attachment_domains", None) or ()
        if any(domain == "*" or belongs(host, domain) for domain in domains):
            return
        self._crawler.stats.inc_value("offsite/filtered")
        passed = request.meta.get("redirect_urls")
        if passed:
            raise BadRedirect(f"{passed[-1]} redirects to {request.url}, which is not on a host for files")
        raise Offsite(f"{host} is not a host for files of this site")


def belongs(host: str, domain: str) -> bool:
    """True when ``host`` is ``domain``, a host below it, or the same without ``www.``."""
    domain = domain.lower().rstrip(".")
    return same_host(host, domain) or host.endswith("." + domain)


def same_host(one: str, other: str) -> bool:
    """True for equal hosts; ``www.`` is no difference."""
    return one.removeprefix("www.") == other.removeprefix("www.")
