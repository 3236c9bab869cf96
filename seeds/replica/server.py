"""Serves the replica on one loopback port; the Host header chooses the site."""

from __future__ import annotations

import gzip
import threading
from collections import Counter
from functools import lru_cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from seeds.replica.model import Asked, Page, PageSource
from seeds.replica.pages import Pages
from seeds.replica.parts import RANKING, RANKING_END, RANKING_SPLIT, VIEWS, VISITS
from seeds.replica.scenes import Scene, in_scene
from seeds.replica.world import World, load_world

_MAX_FORM = 64 * 1024
_RANKING, _SPLIT, _END = RANKING.encode(), RANKING_SPLIT.encode(), RANKING_END.encode()


class RequestLog:
    """How often what was asked for. ``by_path`` counts (host, path and query), ``by_kind`` counts (site, kind).

    Kinds: list, article, challenge, missing, robots, image, home, redirect, mirror, disallowed, other.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.by_host: Counter[str] = Counter()
        self.by_path: Counter[tuple[str, str]] = Counter()
        self.by_kind: Counter[tuple[str, str]] = Counter()
        self.by_status: Counter[int] = Counter()
        self.by_site_status: Counter[tuple[str, int]] = Counter()
        self.agents: Counter[str] = Counter()

    def add(self, host: str, target: str, site: str, kind: str, status: int, agent: str) -> None:
        """Count one answered request."""
        with self._lock:
            self.by_host[host] += 1
            self.by_path[host, target] += 1
            self.by_kind[site, kind] += 1
            self.by_status[status] += 1
            self.by_site_status[site, status] += 1
            self.agents[agent] += 1

    @property
    def total(self) -> int:
        """All requests so far."""
        with self._lock:
            return sum(self.by_host.values())

    def kind(self, kind: str, site: str | None = None) -> int:
        """Requests of one kind, of one site or of all."""
        with self._lock:
            counted = self.by_kind.items()
            return sum(number for (name, entry), number in counted if entry == kind and site in (None, name))

    def count(self, host: str, target: str) -> int:
        """Requests for one address."""
        with self._lock:
            return self.by_path[host, target]

    def clear(self) -> None:
        """Start counting anew."""
        with self._lock:
            for counter in (
                self.by_host,
                self.by_path,
                self.by_kind,
                self.by_status,
                self.by_site_status,
                self.agents,
            ):
                counter.clear()


class ReplicaServer:
    """The five sites and their mirrors on one port.

    ::

        with ReplicaServer() as replica:
            crawl(resolve=replica.resolve_map())
            replica.epoch = 2
            crawl(resolve=replica.resolve_map())

    A ``scene`` makes sites ill: ``replica.scenes["zgnt"] = "hijacked"``; see ``seeds.replica.scenes``.
    ``source`` serves other pages than those of the five sites. ``port`` 0 takes a free one. ``epoch`` may be set while
    it runs and counts from the next request on.
    """

    def __init__(
        self,
        world: World | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        epoch: int = 1,
        source: PageSource | None = None,
    ) -> None:
        self.source = source or Pages(world or load_world())
        self.host = host
        self.epoch = epoch
        self.epochs: dict[str, int] = {}
        """Sites that are in another epoch than the rest."""
        self.requests = RequestLog()
        self.scenes: dict[str, Scene] = {}
        """What has befallen a site, by its name."""
        self._page = lru_cache(maxsize=4096)(self.source.page)
        self._views: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._httpd = _Server((host, port), _Handler)
        self._httpd.replica = self
        self._thread: threading.Thread | None = None

    @property
    def world(self) -> World:
        """The world of the five sites, where these are served."""
        assert isinstance(self.source, Pages)
        return self.source.world

    @property
    def port(self) -> int:
        """The port in use."""
        return int(self._httpd.server_address[1])

    def resolve_map(self) -> dict[str, str]:
        """Every host of the replica to this server, for the setting ``fetch.resolve``."""
        return dict.fromkeys(sorted(self.source.hosts), f"{self.host}:{self.port}")

    def start(self) -> Self:
        """Serve in a thread until ``stop``."""
        self._thread = threading.Thread(target=self._httpd.serve_forever, args=(0.05,), name="replica", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop answering and close the port."""
        if self._thread is not None:
            self._httpd.shutdown()
            self._thread.join()
            self._thread = None
        self._httpd.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def page(self, host: str, asked: Asked | str) -> Page:
        """The page at an address in the current epoch, counters still as tokens."""
        asked = asked if isinstance(asked, Asked) else Asked(asked)
        site = self.source.hosts.get(host, "")
        page = self._page(self.epochs.get(site, self.epoch), host, asked)
        scene = self.scenes.get(site)
        return in_scene(scene, page, asked.target) if scene else page

    def filled(self, page: Page, host: str, target: str) -> bytes:
        """The page's bytes with counters, each call counting as one visit."""
        if b"@@" not in page.content:
            return page.content
        with self._lock:
            self._views[f"{host}{target}"] += 1
            seen = self._views[f"{host}{target}"] - 1
            self._views[""] += 1
            visits = self._views[""]
        return fill_tokens(page, seen, visits)


def fill_tokens(page: Page, seen: int, visits: int) -> bytes:
    """The bytes after ``seen`` earlier fetches of this page and ``visits`` of the site."""
    content = page.content.replace(VIEWS.encode(), str((page.views or 0) + seen).encode())
    content = content.replace(VISITS.encode(), str(41206 + visits).encode())
    head, mark, rest = content.partition(_RANKING)
    if not mark:
        return content
    inner, _, tail = rest.partition(_END)
    items = inner.split(_SPLIT)
    turn = visits % len(items)
    return head + b"\n".join(items[turn:] + items[:turn]) + tail


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    replica: ReplicaServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body leave in one packet, and the next does not wait for an acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True
    timeout = 60
    server: _Server
    program = "nginx"

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_POST(self) -> None:
        size = self.headers.get("Content-Length", "")
        if not size.isdecimal() or int(size) > _MAX_FORM:
            self.send_error(413)
            return
        self._answer(with_body=True, form=self.rfile.read(int(size)))

    def _answer(self, with_body: bool, form: bytes = b"") -> None:
        replica = self.server.replica
        host = (self.headers.get("Host") or "").lower().partition(":")[0]
        asked = Asked(self.path, form, self.headers.get("Content-Type", ""), self.headers.get("Referer", ""))
        page = replica.page(host, asked)
        status = page.status
        body = b""
        if status == 200 and self._unchanged(page):
            status = 304
        else:
            body = replica.filled(page, host, self.path)
        # Counted before it is answered: who has the answer finds it counted.
        site = replica.source.hosts.get(host, "")
        replica.requests.add(host, self.path, site, page.kind, status, self.headers.get("User-Agent", ""))
        self.program = page.server
        self.send_response(status)
        if page.location:
            self.send_header("Location", page.location)
        if page.etag:
            self.send_header("ETag", page.etag)
        if page.last_modified:
            self.send_header("Last-Modified", page.last_modified)
        if status != 304:
            self.send_header("Content-Type", page.content_type)
            if len(body) > 1024 and "gzip" in self.headers.get("Accept-Encoding", ""):
                body = gzip.compress(body, compresslevel=1, mtime=0)
                self.send_header("Content-Encoding", "gzip")
                self.send_header("Vary", "Accept-Encoding")
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if with_body and status != 304:
            self.wfile.write(body)

    def _unchanged(self, page: Page) -> bool:
        """RFC 9110, 13.2.2: If-None-Match decides alone when it is there."""
        asked = self.headers.get("If-None-Match")
        if asked is not None:
            tags = [tag.strip().removeprefix("W/") for tag in asked.split(",")]
            return page.etag is not None and (page.etag in tags or "*" in tags)
        return page.last_modified is not None and self.headers.get("If-Modified-Since") == page.last_modified

    def version_string(self) -> str:
        """The Server header: the program the site runs on."""
        return self.program

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing is printed: ``RequestLog`` counts."""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Malformed requests get a plain line."""
        self.close_connection = True
        line = f"{code} {message or HTTPStatus(code).phrase}\n".encode()
        self.send_response(code)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(line)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(line)
