"""The little web of ``zhiwen up``: ``/healthz`` and ``/metrics``, in threads of their own.

It answers while the event loop does not: that is what it is for. Nothing of it needs the database.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from config.settings import ConfigError

MOST_AT_ONCE = 16
"""Requests answered at a time; more are closed unanswered."""
REQUEST_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Answer:
    """What a page answers."""

    status: int
    content_type: str
    body: bytes


Pages = Mapping[str, Callable[[], Answer]]


def parse_listen(text: str) -> tuple[str, int]:
    """``127.0.0.1:8750``, ``[::1]:8750`` or ``localhost:0`` as host and port. Raises ConfigError."""
    host, colon, port = text.strip().rpartition(":")
    host = host.removeprefix("[").removesuffix("]") if host.startswith("[") else host
    if not colon or not host or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ConfigError(f"up.listen: {text!r} is no address to listen on: write 127.0.0.1:8750, or an empty text.")
    return host, int(port)


class Endpoint:
    """Serves ``pages`` on an address until ``close``. Raises ConfigError when the address cannot be had.

    A request must name this machine by an address, as localhost, or by one of ``hosts``: a page of a stranger in a
    browser, whose name was made to mean this machine (DNS rebinding), gets nothing.
    """

    def __init__(self, listen: str, pages: Pages, hosts: Collection[str] = ()) -> None:
        host, port = parse_listen(listen)
        names = {"localhost", host.lower(), *(name.lower() for name in hosts)}
        handler = type("Handler", (_Handler,), {"pages": dict(pages), "names": names})
        try:
            family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
            server = type("Server", (_Server,), {"address_family": family})
            self._server: ThreadingHTTPServer = server((host, port), handler)
        except OSError as error:
            raise ConfigError(
                f"up.listen: {listen} cannot be listened on: {error.strerror or error}. "
                "Is another `zhiwen up` there? Choose another with --listen ADDRESS:PORT (port 0: any free one)."
            ) from None
        self.port = int(self._server.server_address[1])
        shown = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown}:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.25,), name="endpoint", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    # Two on one port would share the requests between them without a word.
    allow_reuse_port = False

    def __init__(self, *arguments: Any) -> None:
        self._places = threading.BoundedSemaphore(MOST_AT_ONCE)
        super().__init__(*arguments)

    def server_bind(self) -> None:
        # Without HTTPServer's look-up of the machine's name, which may ask the network.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._places.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client went away."""


class _Handler(BaseHTTPRequestHandler):
    timeout = REQUEST_SECONDS
    server_version = "zhiwen"
    sys_version = ""
    protocol_version = "HTTP/1.1"
    pages: dict[str, Callable[[], Answer]]
    names: set[str]

    def do_GET(self) -> None:
        self._answer(self._found())

    do_HEAD = do_GET  # noqa: N815 - the library's name

    def _found(self) -> Answer:
        if not self._is_us(self.headers.get("Host", "")):
            return _words(421, "this machine is not known by that name (setting up.hosts)")
        page = self.pages.get(self.path.partition("?")[0])
        return page() if page is not None else _words(404, "there are /healthz and /metrics")

    def _is_us(self, host: str) -> bool:
        name = host.strip().lower()
        name = name[1 : name.index("]")] if name.startswith("[") and "]" in name else name.partition(":")[0]
        if name in self.names:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    def _answer(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Content-Security-Policy", "default-src 'none'")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Say nothing: a line per scrape hides what matters."""


def _words(status: int, text: str) -> Answer:
    return Answer(status, "text/plain; charset=utf-8", f"{text}\n".encode())
