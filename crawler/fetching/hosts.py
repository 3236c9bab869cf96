"""What each host asked of us in this run: pauses, delays, and whether it answers at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, ref

from scrapy.http import Request
from scrapy.utils.httpobj import urlparse_cached

from archive.clock import utc_now
from crawler.fetching.errors import HostClosed

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

# Addresses of a dead host that are tried before the rest of the run is spared them.
DEAD_AFTER = 3

# The longest pause a host may ask for that a run waits out.
MAX_PAUSE_SECONDS = 120.0


@dataclass(slots=True)
class _Closed:
    until: float
    message: str
    cause: str
    status: int | None


class Hosts:
    """Pauses of hosts, kept in Scrapy's download slots: requests wait in the slot, nothing sleeps."""

    _all: WeakKeyDictionary[Any, Hosts] = WeakKeyDictionary()

    def __init__(self, crawler: Crawler) -> None:
        # Weak, because the table of all hosts is keyed by the crawler and must let it go.
        self._crawler = ref(crawler)
        self._max_pause = crawler.settings.getfloat("FETCH_MAX_PAUSE", MAX_PAUSE_SECONDS)
        self._closed: dict[str, _Closed] = {}
        self._unreachable: dict[str, int] = {}

    @classmethod
    def of(cls, crawler: Crawler) -> Hosts:
        """The book of this crawl."""
        hosts = cls._all.get(crawler)
        if hosts is None:
            hosts = cls._all[crawler] = cls(crawler)
        return hosts

    def check(self, request: Request) -> None:
        """Raise ``HostClosed`` when nothing more may be asked of the request's host for now."""
        if not self._closed:
            return
        host = host_of(request)
        closed = self._closed.get(host)
        if closed is None:
            return
        if monotonic() >= closed.until:
            del self._closed[host]
            return
        raise HostClosed(closed.message, cause=closed.cause, status=closed.status)

    def pause(self, request: Request, seconds: float) -> None:
        """Send nothing to the request's host for ``seconds``; the requests of its slot wait."""
        slot = self._slot(request)
        if slot is None or seconds <= 0:
            return
        # ``lastseen`` in the future makes the slot wait that long (``downloader``).
        slot.lastseen = max(slot.lastseen, monotonic() + seconds - slot.delay)

    def close(self, request: Request, seconds: float, message: str, *, status: int | None = None) -> None:
        """Ask nothing more of the host in the next ``seconds``: what is still to do is left to a later run."""
        cause = "http" if status else "unreachable"
        self._closed[host_of(request)] = _Closed(monotonic() + seconds, message, cause, status)

    def set_delay(self, request: Request, seconds: float) -> None:
        """Seconds between two requests to the host, now and for slots that are made later."""
        downloader = self._downloader()
        if downloader is None:
            return
        host = host_of(request)
        # Scrapy forgets a slot after an idle minute; the setting is what a new one starts with.
        downloader.per_slot_settings[host] = {**downloader.per_slot_settings.get(host, {}), "delay": seconds}
        slot = downloader.slots.get(host)
        if slot is not None:
            slot.delay = max(slot.delay, seconds)

    def answered(self, request: Request, status: int, retry_after: bytes) -> None:
        """The host is alive. A Retry-After with 429 or 503 makes it wait, or closes it when the wait is too long.

        Called before the slot sends its next request, so none slips through.
        """
        if self._unreachable:
            self._unreachable.pop(host_of(request), None)
        if status not in (429, 503):
            return
        seconds = parse_retry_after(retry_after, utc_now())
        if seconds is None:
            return
        if seconds <= self._max_pause:
            self.pause(request, seconds)
        else:
            message = f"{host_of(request)} answered {status} and asked to wait {seconds:.0f} s; left to a later run"
            self.close(request, seconds, message, status=status)

    def gave_up_connecting(self, request: Request) -> None:
        """An address was given up because no connection came about; after a few of them the host is closed."""
        host = host_of(request)
        count = self._unreachable[host] = self._unreachable.get(host, 0) + 1
        if count >= DEAD_AFTER:
            message = f"{host} cannot be reached ({count} addresses in a row); the rest is left to a later run"
            self.close(request, float("inf"), message)

    def _downloader(self) -> Any:
        crawler = self._crawler()
        return crawler.engine.downloader if crawler is not None and crawler.engine is not None else None

    def _slot(self, request: Request) -> Any:
        downloader = self._downloader()
        return downloader.slots.get(request.meta.get("download_slot") or host_of(request)) if downloader else None


def host_of(request: Request) -> str:
    """The host name of a request, as Scrapy names its slots."""
    return urlparse_cached(request).hostname or ""


def parse_retry_after(value: bytes, now: datetime) -> float | None:
    """Seconds to wait from a Retry-After header, which holds seconds or a date; None when it says nothing usable."""
    text = value.decode("latin-1").strip()
    if text.isdecimal():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
