"""A Scrapy extension that measures one crawl: CPU from spider_opened to the end, memory on the way.

``METER_FILE`` names the JSON file it writes.
"""

from __future__ import annotations

import json
import os
import resource
import time
from pathlib import Path
from typing import Self

from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Request, Response

# Resident memory is read this often, in responses.
SAMPLE_EVERY = 100


def resident_mb() -> float:
    """Resident memory of this process in MB (from /proc; 0 where there is none)."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def cpu_seconds() -> float:
    """User and system time of this process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


class Meter:
    """Writes ``cpu``, ``wall`` (seconds), ``responses`` and ``memory`` (MB, sampled) when the engine has stopped."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.cpu = self.wall = 0.0
        self.responses = 0
        self.memory: list[float] = []

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's constructor."""
        path = os.environ.get("METER_FILE")
        if not path:
            raise NotConfigured("METER_FILE is not set")
        meter = cls(Path(path))
        crawler.signals.connect(meter.opened, signal=signals.spider_opened)
        crawler.signals.connect(meter.received, signal=signals.response_received)
        crawler.signals.connect(meter.stopped, signal=signals.engine_stopped)
        return meter

    def opened(self, spider: Spider) -> None:
        """Start the clocks."""
        self.cpu, self.wall = cpu_seconds(), time.perf_counter()

    def received(self, response: Response, request: Request, spider: Spider) -> None:
        """Count, and look at the memory now and then."""
        self.responses += 1
        if self.responses % SAMPLE_EVERY == 0:
            self.memory.append(resident_mb())

    def stopped(self) -> None:
        """Write the figures."""
        figures = {
            "cpu": cpu_seconds() - self.cpu,
            "wall": time.perf_counter() - self.wall,
            "started": self.wall,
            "responses": self.responses,
            "memory": self.memory,
        }
        self.path.write_text(json.dumps(figures))
