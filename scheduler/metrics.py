"""What Prometheus may read of ``zhiwen up``: counted since the start, and asked of the database now and then.

Labels are the names of site files and words of ours, never anything a site has said.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, GCCollector, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from archive.clock import utc_now
from scheduler.endpoint import Answer

if TYPE_CHECKING:
    from scheduler.runner import CrawlResult
    from scheduler.service import Service

FRESH_SECONDS = 15.0
"""Figures of the database are that old at most, however often they are asked for."""
ASK_SECONDS = 3.0
"""Longest wait for a database that does not answer; then the last figures are given."""

LABELS = {"open_alarms": ("kind",), "notices": ("state",), "slots": ("state",)}

Figures = Mapping[str, Mapping[tuple[str, ...], float]]
"""Figures of the database by name, each by the values of its labels."""


class Metrics(Collector):
    """All figures of one service. ``ask`` gets those of the database; it may raise and may take long."""

    def __init__(self, service: Service, ask: Callable[[], Figures]) -> None:
        self._service, self._ask = service, ask
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self._runs = Counter("zhiwen_runs", "Crawl runs that ended.", ["site", "verdict"], registry=self.registry)
        self._articles = Counter("zhiwen_articles", "Articles stored.", ["site", "kind"], registry=self.registry)
        self.registry.register(self)
        self._lock = threading.Lock()
        self._asking: threading.Thread | None = None
        self._figures: Figures = {}
        self._asked = -FRESH_SECONDS

    def ended(self, result: CrawlResult) -> None:
        """Count a run that ended."""
        self._runs.labels(result.site, result.verdict).inc()
        for kind in ("new", "changed"):
            if number := result.counts.get(kind, 0):
                self._articles.labels(result.site, kind).inc(number)

    def page(self) -> Answer:
        """The answer to Prometheus."""
        return Answer(200, CONTENT_TYPE_LATEST, generate_latest(self.registry))

    def describe(self) -> list[Metric]:
        """Nothing: naming them would ask the database."""
        return []

    def collect(self) -> Iterator[Metric]:
        """What is not counted but looked up."""
        service = self._service
        clock, settings = service.clock, service.settings
        yield _gauge("zhiwen_clock_tick_age_seconds", "Since the last tick.", time.monotonic() - clock.beat)
        yield _gauge("zhiwen_running", "Crawl runs on their way.", len(service.supervisor.running()))
        due_at = service.dispatch.due_at
        late = max(0.0, (utc_now() - due_at).total_seconds()) if due_at else 0.0
        yield _gauge("zhiwen_due_lag_seconds", "How long the next visit is overdue.", late)
        yield _counter("zhiwen_clock_jumps", "Jumps of the wall clock.", clock.jumps)
        yield _counter("zhiwen_clock_dropped", "Calls of the clock that were dropped.", clock.missed)
        yield _counter("zhiwen_clock_failed", "Calls of the clock that failed.", clock.failed)
        troubles = CounterMetricFamily("zhiwen_troubles", "Times that a trouble was met.", labels=["trouble"])
        for name, times in sorted(service.troubles.met.items()):
            troubles.add_metric([name], times)
        yield troubles
        yield _gauge("zhiwen_free_bytes", "Free space in the data folder.", _free(settings.data_dir))
        figures, answered = self._latest()
        yield _gauge("zhiwen_database_up", "Whether the database answered.", float(answered))
        for name, values in figures.items():
            family = GaugeMetricFamily(f"zhiwen_{name}", "From the database.", labels=LABELS.get(name, ()))
            for words, value in values.items():
                family.add_metric(words, value)
            yield family

    def _latest(self) -> tuple[Figures, bool]:
        """The figures of the database, and whether they are fresh."""
        with self._lock:
            if time.monotonic() - self._asked < FRESH_SECONDS:
                return self._figures, True
            if self._asking is None or not self._asking.is_alive():
                self._asking = threading.Thread(target=self._refresh, name="figures", daemon=True)
                self._asking.start()
            asking = self._asking
        asking.join(ASK_SECONDS)
        return self._figures, time.monotonic() - self._asked < FRESH_SECONDS

    def _refresh(self) -> None:
        from archive.errors import ArchiveError

        try:
            self._figures = self._ask()
        except (ArchiveError, OSError):
            return  # the service meets and tells it; here the figures only stay old
        self._asked = time.monotonic()


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=value)


def _counter(name: str, text: str, value: float) -> CounterMetricFamily:
    return CounterMetricFamily(name, text, value=value)


def _free(folder: Path) -> float:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 0.0
