"""A site whose pages are never twice the same although its articles are, served on loopback.

What changes with every request or every visit: views, advertisements, hot and related lists, session ids in links and
in the addresses of files, hidden fields, print stamps, counters of downloads, the template around the text; on one
visit the day alone is printed, on another the line with date and source is missing. What changes an article is planted.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Sequence
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from bench.edits import Planted, Version

PER_PAGE = 40
HOST = "www.edited.example"
_LAYOUT = """
[[layouts]]
name = "2026"
title = "h1"
info = ".info"
body = ".text"
"""
SITE_FILE = """\
publisher = "城关质量网"
base_url = "http://{host}/"
revisit = "6h"
delay_seconds = 0
[[lists]]
column = "质量新闻"
url = "/list/1.html"
[list_layout]
links = "ul.list li a"
next_page = ".pages a"
"""
SITES = {"edited": HOST, "edited_generic": "www.edited-generic.example"}
"""By name the host: one site with a declared layout, and one that is read generically."""


def site_file(name: str) -> str:
    """The site file."""
    return SITE_FILE.format(host=SITES[name]) + ("" if name.endswith("generic") else _LAYOUT)


class EditedSite:
    """Serves the unchanged and the edited articles at ``visit`` 1, 2 or 3.

    An edit shows from visit 2 on, every other from visit 3 on. Articles are numbered: the unchanged first.
    """

    def __init__(self, unchanged: Sequence[Version], edited: Sequence[Planted]) -> None:
        self.unchanged, self.edited = unchanged, edited
        self.visit = 1
        self._requests = 0
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site.answer(self)

            def log_message(self, *_: Any) -> None:
                """Nothing is printed."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    def path(self, number: int) -> str:
        """The address of an article."""
        return f"/news/2026/{number}.html"

    def version(self, number: int) -> Version:
        """The article as it is at this visit."""
        if number < len(self.unchanged):
            return self.unchanged[number]
        planted = self.edited[number - len(self.unchanged)]
        return planted.after if self.visit >= 2 + number % 2 else planted.before

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """One answer."""
        self._requests += 1
        path = urlsplit(request.path).path.partition(";")[0]
        kind, body = "text/html; charset=utf-8", b""
        parts = path.strip("/").split("/")
        if parts[0] == "list":
            body = self._list(int(parts[1].partition(".")[0])).encode()
        elif parts[0] == "news":
            body = self._article(int(parts[2].partition(".")[0])).encode()
        elif parts[0] == "files":
            kind = "application/rtf"
            body = next(content for _, file, content in self._files_of(path) if file == path)
        request.send_response(200 if body else 404)
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    def _files_of(self, path: str) -> tuple[tuple[str, str, bytes], ...]:
        found = [
            version.files
            for version in map(self.version, range(len(self.unchanged) + len(self.edited)))
            if any(file == path for _, file, _ in version.files)
        ]
        return found[0] if found else (("", path, b""),)

    def _list(self, page: int) -> str:
        total = len(self.unchanged) + len(self.edited)
        numbers = range((page - 1) * PER_PAGE, min(page * PER_PAGE, total))
        items = "".join(
            f'<li><a href="{self.path(n)}">质量动态第{n + 1}期</a>'
            f"<span>{self.version(n).published:%Y-%m-%d}</span></li>"
            for n in numbers
        )
        more = f'<a href="/list/{page + 1}.html">下一页</a>' if page * PER_PAGE < total else ""
        return (
            f"<html><head><title>质量新闻</title></head><body><ul class='list'>{items}</ul>"
            f"<div class='pages'>{more}</div></body></html>"
        )

    def _article(self, number: int) -> str:
        version, visit = self.version(number), self.visit
        rng = random.Random(f"noise {number} {visit} {self._requests}")
        session = f";jsessionid={rng.getrandbits(96):024X}"
        printed = (
            f"{version.published:%Y-%m-%d}" if visit == 2 and number % 3 == 0 else f"{version.published:%Y-%m-%d %H:%M}"
        )
        info = f"<div class='info'>发布时间：{printed} 来源：{version.source} 浏览：{rng.randint(1, 90_000)} 次</div>"
        if visit == 2 and number % 11 == 5 and number < len(self.unchanged):
            info = ""  # the line is filled by a script that day
        text = "".join(f"<p>　　{escape(line)}</p>" for line in version.paragraphs)
        files = "".join(
            f"<p>附件{place}：<a href='{path}?token={rng.getrandbits(40)}'>{name}"
            f"（下载次数：{rng.randint(1, 900)}）</a></p>"
            for place, (name, path, _) in enumerate(version.files, 1)
        )
        hot = "".join(
            f"<li><a href='/news/2026/{n}.html{session}'>质量动态第{n + 1}期</a></li>"
            for n in rng.sample(range(900), 8)
        )
        show = f"第{rng.randint(2, 60)}届计量器具展览会招展"
        advertisement = f"<div class='ad'><a href='/go?id={rng.randint(1, 99)}'>{show}</a></div>"
        nav = "".join(
            f"<a href='/c{n}/'>{word}</a> " for n, word in enumerate(("首页", "要闻", "标准", "计量", "认证"))
        )
        form = f"<form><input type='hidden' name='__VIEWSTATE' value='{rng.getrandbits(128):032x}'></form>"
        stamp = f"<div class='stamp'>打印时间：2026-05-{rng.randint(1, 28):02d} 08:{rng.randint(10, 59)}</div>"
        around = (
            ("<div class='wrap'>", "</div>")
            if visit < 3
            else ("<main class='page'><section class='cols'>", "</section></main>")
        )
        return (
            f"<!doctype html><html><head><meta charset='utf-8'><title>{escape(version.title)}_城关质量网</title>"
            f"<meta name='csrf' content='{rng.getrandbits(64):x}'></head><body>"
            f"<div class='nav'>{nav}</div>{advertisement}"
            f"{around[0]}<h1>{escape(version.title)}</h1>{info}<div class='text'>{text}{files}</div>{stamp}{around[1]}"
            f"<div class='side'><h3>热点排行</h3><ul>{hot}</ul></div>{form}"
            f"<div class='related'><h3>相关新闻</h3><ul>{hot}</ul></div>"
            f"<div class='foot'>版权所有 城关质量网 在线{rng.randint(1, 99)}人</div>"
            "</body></html>"
        )
