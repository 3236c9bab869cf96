"""Small sites of no known family, for adding and repairing: each in its own manner, each redesigned once.

``portal`` is made of boxes with telling names, ``tables`` is a site of 2006 in GBK, ``feed`` lists by RSS alone.
In epoch 2 every site has new articles at the top; portal and tables look different then, and portal has moved its
articles to other addresses.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from seeds.replica.content import Writer, chance
from seeds.replica.model import SHANGHAI
from seeds.replica.unknown_pages import TEMPLATES

KINDS = ("portal", "tables", "feed")
HOSTS = {"portal": "www.linxizhiliang.example", "tables": "www.hexizj.example", "feed": "news.qingbo.example"}
PAGE_SIZE = {"portal": 12, "tables": 12, "feed": 30}
FIRST, NEW = 26, 3
_SOURCES = ("临溪日报", "中国质量周报", "河西晚报", "青泊时报", "市市场监督管理局")
_EDITORS = ("宋怀谷", "陶立言", "范月华")
_BEGIN = datetime(2025, 3, 20, 17, 5, tzinfo=SHANGHAI)


@dataclass(frozen=True)
class UnknownArticle:
    """What is true of one article. ``number`` counts up with time."""

    number: int
    title: str
    paragraphs: tuple[str, ...]
    published_at: datetime
    source: str
    editor: str

    @property
    def body(self) -> str:
        """The text as an archive must hold it."""
        return "\n".join(self.paragraphs)


@lru_cache(maxsize=8)
def articles(kind: str, epoch: int) -> tuple[UnknownArticle, ...]:
    """All articles of a site, newest first."""
    writer = Writer()
    found = []
    for number in range(FIRST + NEW):
        rng = chance(f"unknown {kind} {number}")
        at = _BEGIN + timedelta(hours=11 * number, minutes=rng.randrange(60))
        text = writer.article(f"{kind} {number}", at, None, size=rng.choice(("short", "middle")))
        found.append(
            UnknownArticle(
                number=4100 + 7 * number,
                title=text.title,
                paragraphs=tuple(paragraph for _, paragraph in text.paragraphs),
                published_at=at.replace(second=0),
                source=rng.choice(_SOURCES),
                editor=rng.choice(_EDITORS),
            )
        )
    return tuple(reversed(found if epoch > 1 else found[:FIRST]))


class UnknownServer:
    """The unknown sites on one loopback port; the Host header chooses. ``epoch`` may be set while it runs, so may
    ``robots``, the text of every robots.txt."""

    def __init__(self, epoch: int = 1) -> None:
        self.epoch = epoch
        self.robots: str | None = None
        self.requests: Counter[str] = Counter()
        self._httpd = _Server(("127.0.0.1", 0), _Handler)
        self._httpd.unknown = self
        self._thread = threading.Thread(target=self._httpd.serve_forever, args=(0.05,), daemon=True)

    @property
    def resolve_map(self) -> dict[str, str]:
        """Every host to this server, for the setting ``fetch.resolve``."""
        return dict.fromkeys(HOSTS.values(), f"127.0.0.1:{self._httpd.server_address[1]}")

    def truth(self, kind: str) -> dict[str, UnknownArticle]:
        """What an archive must hold of a site now, by address."""
        template = TEMPLATES[kind]
        return {f"http://{HOSTS[kind]}{template.path_of(one, self.epoch)}": one for one in articles(kind, self.epoch)}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._httpd.shutdown()
        self._thread.join()
        self._httpd.server_close()

    def answer(self, host: str, target: str) -> tuple[int, str, bytes]:
        """Status, content type and body."""
        kind = next((kind for kind, own in HOSTS.items() if own == host), None)
        self.requests[f"{host}{target}"] += 1
        if target == "/robots.txt" and self.robots is not None:
            return 200, "text/plain", self.robots.encode()
        if kind is None or target == "/robots.txt":
            return 404, "text/plain", b"no such page"
        template = TEMPLATES[kind]
        page = template.answer(target, articles(kind, self.epoch), PAGE_SIZE[kind], self.epoch)
        if page is None:
            return 404, "text/html", "<html><head><title>404</title></head><body>页面不存在</body></html>".encode()
        content_type, text = page
        return 200, content_type, text.encode(template.charset)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    unknown: UnknownServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    server: _Server

    def do_GET(self) -> None:
        """Scrapy's only question."""
        host = (self.headers.get("Host") or "").partition(":")[0]
        status, content_type, body = self.server.unknown.answer(host, self.path)
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing is printed."""
