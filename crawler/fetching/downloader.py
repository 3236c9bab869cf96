"""Scrapy's downloader with its promise kept: as many requests to a host at once as the settings say, and pauses."""

from __future__ import annotations

from time import monotonic

from scrapy.core.downloader import Downloader as ScrapyDownloader
from scrapy.core.downloader import Slot
from scrapy.utils.asyncio import call_later
from scrapy.utils.defer import _schedule_coro


class Downloader(ScrapyDownloader):
    """Starts the waiting requests of a slot.

    Scrapy 2.19 counts a request as running only when its task gets its turn, so without a delay (or with a short one
    on a busy machine) it starts all that wait at once. It also looks at ``lastseen`` only when there is a delay;
    ``Hosts.pause`` puts it into the future.
    """

    def _process_queue(self, slot: Slot) -> None:
        if slot.latercall:
            return
        while slot.queue and slot.free_transfer_slots() > 0:
            wait = slot.lastseen + slot.download_delay() - monotonic()
            if wait > 0:
                slot.latercall = call_later(wait, self._latercall, slot)
                return
            slot.lastseen = monotonic()
            request, answer = slot.queue.popleft()
            slot.transferring.add(request)
            _schedule_coro(self._wait_for_download(slot, request, answer))
