"""A raw server on loopback that can misbehave in every way a real one does. Answers are written byte by byte."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import monotonic

Handler = Callable[["Exchange"], Awaitable[None]]


@dataclass
class Hit:
    """One request as it came."""

    at: float
    path: str
    headers: dict[str, str]
    connection: int


class Exchange:
    """One request being answered."""

    def __init__(self, path: str, headers: dict[str, str], writer: asyncio.StreamWriter, count: int) -> None:
        self.path = path
        self.headers = headers
        self.writer = writer
        self.count = count
        """How often this path was asked for, this time included."""
        self.close = False

    async def raw(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def reply(self, status: int = 200, body: bytes | str = b"", **headers: str) -> None:
        """A proper answer. Header names are given with underscores."""
        data = body.encode() if isinstance(body, str) else body
        lines = {"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(data))}
        lines.update({name.replace("_", "-").title(): value for name, value in headers.items()})
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        await self.raw(f"HTTP/1.1 {status} X\r\n{head}\r\n".encode() + data)

    def reset(self) -> None:
        """End the connection with RST instead of FIN."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()
        self.close = True


@dataclass
class Site:
    """A server in a thread. ``routes`` maps a path (without query) to a handler or to a body for a plain 200."""

    host: str = "127.77.0.1"
    port: int = 0
    tls: ssl.SSLContext | None = None
    routes: dict[str, Handler | bytes | str] = field(default_factory=dict)
    hits: list[Hit] = field(default_factory=list)

    def __enter__(self) -> Site:
        self._loop = asyncio.new_event_loop()
        self._connections = 0
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        assert ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop serving, as if the machine had gone."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)

    def url(self, path: str = "/", host: str | None = None) -> str:
        scheme = "https" if self.tls else "http"
        return f"{scheme}://{host or self.host}:{self.port}{path}"

    def paths(self) -> list[str]:
        return [hit.path for hit in self.hits]

    def times(self, path: str) -> list[float]:
        return [hit.at for hit in self.hits if hit.path == path]

    def _run(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            asyncio.start_server(self._serve, self.host, self.port, ssl=self.tls, limit=2**24)
        )
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        self._loop.run_forever()
        server.close()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections += 1
        connection = self._connections
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                first, *lines = head.rstrip().split("\r\n")
                path = first.split(" ")[1]
                headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
                self.hits.append(Hit(monotonic(), path, headers, connection))
                exchange = Exchange(path, headers, writer, self.paths().count(path))
                await self._answer(exchange)
                if exchange.close:
                    break
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError, ssl.SSLError):
            pass
        finally:
            writer.close()

    async def _answer(self, exchange: Exchange) -> None:
        route = self.routes.get(exchange.path.partition("?")[0])
        if route is None:
            await exchange.reply(404, "not here")
        elif callable(route):
            await route(exchange)
        else:
            await exchange.reply(200, route)
