"""A world of many columns for long drills: sites on one loopback port, with lists that grow when told to.

Deterministic: article ``n`` has the same words everywhere, and a site the same hosts and addresses, so what an archive
must hold can be told without asking the world. Faults lie over single sites, as they befall real ones.
"""

from __future__ import annotations

import hashlib
import random
import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from archive.clock import shanghai
from bench.farm import paragraphs_of, title_of
from seeds.load import OWN_FOLDER
from seeds.replica.model import Page
from seeds.replica.scenes import in_scene

PER_PAGE = 15

Fault = Literal[
    "down", "slow", "errors", "challenge", "maintenance", "hijacked", "no articles", "reset", "cut", "lying validators",
    "shuffled", "new design",
]  # fmt: skip
"""``down``: connections are closed without an answer. ``slow``: each answer waits. ``errors``: 500. ``reset``, ``cut``:
the answer breaks off in its middle. ``lying validators``: whoever asks with conditions is told that nothing changed.
``shuffled``: lists in no order. ``new design``: articles in other markup. The others are scenes of the replica."""

SITE_FILE = """\
publisher = "{name}质量网"
revisit = "6h"
min_articles = 1
base_url = "http://{host}/"

[schedule]
every = "{every}"
jitter = "0s"

[list_layout]
links = "ul.list li a"
item = "ul.list li"
date = "span"
next_page = "div.pages a"

[[layouts]]
name = "columns"
title = {{ css = "h1" }}
info = "div.info"
body = "div.text"
"""
LIST_ENTRY = """
[[lists]]
column = "栏目{column}"
url = "/c{column}/"
"""


@dataclass(slots=True)
class Entry:
    """An article in a column: its number, which makes title and text, and the time printed on it (UTC)."""

    number: int
    at: datetime


@dataclass(slots=True)
class OneSite:
    """A site: its columns with their articles, the oldest first, and what has befallen it."""

    name: str
    columns: list[list[Entry]]
    fault: Fault | None = None
    asked: int = 0

    @property
    def host(self) -> str:
        """Its host."""
        return f"{self.name.replace('_', '-')}.columns.example"


@dataclass(slots=True)
class _Answer:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


class ColumnWorld:
    """``sites`` sites of ``columns`` columns, each with ``start`` articles published before ``now``. A context manager.

    ``words`` is how many paragraphs an article has.
    """

    def __init__(self, sites: int, columns: int, start: int, now: datetime, *, words: int = 4) -> None:
        self.words = words
        self._numbers = iter(range(1, 10**9))
        self._lock = threading.Lock()
        self.sites = {
            name: OneSite(name, [[] for _ in range(columns)]) for name in (f"site_{place}" for place in range(sites))
        }
        moment = now.timestamp()
        for site in self.sites.values():
            for column in range(columns):
                for place in range(start):
                    at = datetime.fromtimestamp(moment - (start - place) * 43_200, UTC)
                    self.publish(site.name, column, at)
        self._by_host = {site.host: site for site in self.sites.values()}
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.world = self
        self.port = int(self._server.server_address[1])

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True, name="columns").start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    def publish(self, site: str, column: int, at: datetime) -> Entry:
        """A new article of this time; it stands where its time puts it."""
        with self._lock:
            entry = Entry(next(self._numbers), at)
            entries = self.sites[site].columns[column]
            entries.append(entry)
            entries.sort(key=lambda one: one.at)
            return entry

    def resolve(self) -> dict[str, str]:
        """Its hosts, for the setting ``fetch.resolve``."""
        return {site.host: f"127.0.0.1:{self.port}" for site in self.sites.values()}

    def write_sites(self, folder: Path, every: str) -> Path:
        """Site files of it, visited ``every`` so often, and such as put the project's own sites to rest; the folder."""
        folder.mkdir(parents=True, exist_ok=True)
        for file in OWN_FOLDER.glob("*.toml"):
            (folder / file.name).write_text("enabled = false\n", "utf-8")
        for name, site in self.sites.items():
            text = SITE_FILE.format(name=name, host=site.host, every=every)
            lists = "".join(LIST_ENTRY.format(column=column) for column in range(len(site.columns)))
            head, mark, layouts = text.partition("[list_layout]")
            (folder / f"{name}.toml").write_text(head + lists + "\n" + mark + layouts, "utf-8")
        return folder

    def truth(self) -> dict[str, tuple[str, str]]:
        """Title and text of every article by its address."""
        with self._lock:
            return {
                f"http://{site.host}{path_of(entry)}": (title_of(entry.number), "\n".join(self.text(entry)))
                for site in self.sites.values()
                for entries in site.columns
                for entry in entries
            }

    def text(self, entry: Entry) -> list[str]:
        """The paragraphs of an article."""
        return paragraphs_of(entry.number)[: self.words]

    # --- answers ------------------------------------------------------------------------------------------------------

    def answer(self, host: str, path: str, conditions: bool, tag: str | None) -> tuple[_Answer, Fault | None]:
        """What is answered, and the fault that lies over it."""
        site = self._by_host.get(host)
        if site is None:
            return _Answer(404), None
        site.asked += 1
        fault = site.fault
        if path == "/robots.txt":
            return _Answer(404), fault
        made = self._page(site, path)
        kind = "article" if path.startswith("/a/") else "list"
        if fault in ("challenge", "maintenance", "hijacked", "no articles"):
            scene = in_scene(fault, Page(made.status, made.body, kind=kind), path)
            made = _Answer(scene.status, scene.content, {"Location": scene.location} if scene.location else {})
        if fault == "errors":
            return _Answer(500, "<h1>服务器内部错误</h1>".encode()), fault
        if made.status == 200:
            mark = f'"{hashlib.md5(made.body).hexdigest()}"'
            made.headers["ETag"] = mark
            if (fault == "lying validators" and conditions) or (tag == mark):
                return _Answer(304, b"", made.headers), fault
        return made, fault

    def _page(self, site: OneSite, path: str) -> _Answer:
        parts = [part for part in path.split("/") if part]
        with self._lock:
            if len(parts) in (1, 2) and parts[0][:1] == "c" and parts[0][1:].isdecimal():
                column = int(parts[0][1:])
                page = int(parts[1].removeprefix("p").removesuffix(".html")) if len(parts) == 2 else 1
                if column < len(site.columns):
                    return _Answer(200, self._list(site, column, page))
            if len(parts) == 2 and parts[0] == "a":
                number = parts[1].removesuffix(".html")
                for entries in site.columns:
                    for entry in entries:
                        if str(entry.number) == number:
                            return _Answer(200, self._article(site, entry))
        if not parts:
            return _Answer(200, "<html><head><title>首页</title></head><body>质量网</body></html>".encode())
        return _Answer(404, b"<h1>404</h1>")

    def _list(self, site: OneSite, column: int, page: int) -> bytes:
        entries = list(reversed(site.columns[column]))
        if site.fault == "shuffled":
            random.Random(column).shuffle(entries)
        shown = entries[(page - 1) * PER_PAGE : page * PER_PAGE]
        items = [(path_of(one), title_of(one.number), f"{shanghai(one.at):%Y-%m-%d}") for one in shown]
        lines = "".join(f'<li><a href="{href}">{title}</a><span>{day}</span></li>' for href, title, day in items)
        more = f'<a href="/c{column}/p{page + 1}.html">下一页</a>' if page * PER_PAGE < len(entries) else ""
        return (
            f'<html><head><meta charset="utf-8"><title>栏目{column}</title></head><body><ul class="list">{lines}</ul>'
            f'<div class="pages">{more}</div></body></html>'
        ).encode()

    def _article(self, site: OneSite, entry: Entry) -> bytes:
        title, when = title_of(entry.number), f"{shanghai(entry.at):%Y-%m-%d %H:%M}"
        body = "".join(f"<p>{line}</p>" for line in self.text(entry))
        if site.fault == "new design":
            inner = (
                f'<article><h2 class="article-title">{title}</h2><p class="meta">发布时间：{when} 来源：质量网</p>'
                f'<section class="article-content">{body}</section></article>'
            )
        else:
            inner = (
                f'<h1>{title}</h1><div class="info">发布时间：{when} 来源：质量网</div><div class="text">{body}</div>'
            )
        return (
            f'<html><head><meta charset="utf-8"><title>{title}</title></head><body>{inner}'
            "<div class='foot'>版权所有</div></body></html>"
        ).encode()


def path_of(entry: Entry) -> str:
    """The address of an article on its host."""
    return f"/a/{entry.number}.html"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    world: ColumnWorld

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    timeout = 30
    server: _Server
    SLOW_SECONDS = 0.3

    def do_GET(self) -> None:
        host = (self.headers.get("Host") or "").partition(":")[0]
        tag = self.headers.get("If-None-Match")
        conditions = tag is not None or "If-Modified-Since" in self.headers
        made, fault = self.server.world.answer(host, self.path, conditions, tag)
        if fault == "down":
            self.close_connection = True
            return
        if fault == "slow":
            time.sleep(self.SLOW_SECONDS)
        self.send_response(made.status)
        for name, value in {"Content-Type": "text/html; charset=utf-8", **made.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(made.body)))
        self.end_headers()
        if made.status == 304:
            return
        if fault in ("reset", "cut") and made.status == 200:
            self.wfile.write(made.body[: len(made.body) // 2])
            self.wfile.flush()
            self.close_connection = True
            if fault == "reset":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
            return
        self.wfile.write(made.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing is printed."""
