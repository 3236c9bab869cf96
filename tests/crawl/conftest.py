"""Crawls of the replica by the real spiders, each in a process of its own.

They are forked from one that has loaded Scrapy and the project (``bench/warm.py``).
Crawls started as users start them are in the tests of the command line, and in ``test_runs.py``.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from archive.archive import Archive
from seeds.replica.server import ReplicaServer

ROOT = Path(__file__).resolve().parents[2]
DAY = 86_400


@dataclass
class Crawled:
    """What one run said at its end, and how many requests the replica saw from it."""

    code: int
    verdict: str
    reason: str
    counts: dict[str, int]
    evidence: list[str]
    requests: int
    log: str = field(repr=False, default="")


@pytest.fixture(scope="session", autouse=True)
def _warm(unmeasured_scrapy: Any) -> None:
    # Tracing makes crawls half as quick: what they reach is measured by the story and the tests of the pipelines.
    Reader.warm = unmeasured_scrapy


class Reader:
    """One user of one archive, crawling the replica."""

    warm: Any

    def __init__(self, server: ReplicaServer, folder: Path, database_url: str = "") -> None:
        self.server = server
        self.data_dir = folder
        self.environment = {
            **os.environ,
            "ZHIWEN_DATA_DIR": str(folder),
            "ZHIWEN_DATABASE_URL": database_url,
            "ZHIWEN_SITES__PATHS": str(ROOT / "seeds" / "replica" / "sites"),
            "ZHIWEN_FETCH__RESOLVE": json.dumps(server.resolve_map()),
            "ZHIWEN_FETCH__DELAY_SECONDS": "0",
            "ZHIWEN_PROGRESS": "1",
            "SCRAPY_SETTINGS_MODULE": "crawler.settings",
        }
        self.archive = Archive(database_url or f"sqlite:///{folder / 'zhiwen.db'}", folder)

    def crawl(self, site: str, *arguments: str, days: float = 0) -> Crawled:
        """Run ``scrapy crawl SITE`` ``days`` after today."""
        before = self.server.requests.total
        environment = {**self.environment, "ZHIWEN_CLOCK_SHIFT": str(days * DAY)}
        code, output, log = self.warm.run("crawl", site, *arguments, environment=environment)
        lines = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
        done: dict[str, Any] = lines[-1] if lines else {}
        return Crawled(
            code,
            done.get("verdict", ""),
            done.get("reason", ""),
            done.get("counts", {}),
            done.get("evidence", []),
            self.server.requests.total - before,
            log,
        )


@pytest.fixture(scope="session")
def reader_of() -> type[Reader]:
    """The class, for tests that keep one reader over several tests."""
    return Reader


@pytest.fixture
def replica() -> Iterator[ReplicaServer]:
    """A replica of its own, at epoch 1."""
    with ReplicaServer() as server:
        yield server


@pytest.fixture
def reader(replica: ReplicaServer, tmp_path: Path) -> Iterator[Reader]:
    """A reader with an empty SQLite archive."""
    user = Reader(replica, tmp_path)
    yield user
    user.archive.close()


class Town:
    """A small site of one column whose pages a test writes itself: an address leads to bytes and headers.

    ``asked`` lists path and query of every request, ``conditional`` those that came with validators.
    """

    host = "www.town.example"

    def __init__(self, folder: Path) -> None:
        self.pages: dict[str, tuple[int, bytes, dict[str, str]]] = {}
        self.asked: list[str] = []
        self.conditional: list[str] = []
        self.folder = folder
        town = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                town.answer(self)

            def log_message(self, *_: Any) -> None:
                """Nothing is printed."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        sites = folder / "sites"
        sites.mkdir(parents=True)
        (sites / "town.toml").write_text(
            f'publisher = "城关质量网"\nbase_url = "http://{self.host}/"\nrevisit = "6h"\nmin_articles = 1\n'
            '[[lists]]\ncolumn = "要闻"\nurl = "/news/"\n[list_layout]\nlinks = "ul.list li a"\n',
            encoding="utf-8",
        )

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """One answer; unchanged pages answer 304 to their validator."""
        self.asked.append(request.path)
        status, body, headers = self.pages.get(request.path, (404, b"not here", {}))
        tag = f'"{hashlib.sha1(body).hexdigest()[:12]}"'
        if request.headers.get("If-None-Match"):
            self.conditional.append(request.path)
            if request.headers["If-None-Match"] == tag:
                status, body = 304, b""
        request.send_response(status)
        request.send_header("ETag", tag)
        for name, value in {"Content-Type": "text/html; charset=utf-8", **headers}.items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    def put(self, path: str, body: str | bytes, status: int = 200, **headers: str) -> None:
        """Let ``path`` answer so from now on; ``content_type`` and the like are headers."""
        names = {name.replace("_", "-").title(): value for name, value in headers.items()}
        self.pages[path] = (status, body.encode() if isinstance(body, str) else body, names)

    def column(self, *paths: str) -> None:
        """Let the column list these pages."""
        items = "".join(f'<li><a href="{path}">城关区质量工作动态第{n}期通报</a></li>' for n, path in enumerate(paths))
        self.put("/news/", f"<html><head><title>要闻</title></head><body><ul class='list'>{items}</ul></body></html>")

    def article(self, path: str, title: str, paragraphs: list[str], below: str = "", **more: Any) -> None:
        """Let ``path`` be an article; ``below`` is markup under its text."""
        text = "".join(f"<p>{line}</p>" for line in paragraphs)
        self.put(
            path,
            f"<html><head><title>{title}_城关质量网</title></head><body><h1>{title}</h1>"
            f"<div class='info'>2026-03-02 09:30 来源：城关质量网</div><div class='article-content'>{text}</div>{below}"
            "<div class='footer'>版权所有 城关质量网</div></body></html>",
            **more,
        )

    def reader(self, name: str = "data", database_url: str = "") -> Reader:
        """A user of this site alone."""
        made = Reader.__new__(Reader)
        made.server = self  # type: ignore[assignment]
        made.data_dir = self.folder / name
        made.environment = {
            **os.environ,
            "ZHIWEN_DATA_DIR": str(made.data_dir),
            "ZHIWEN_DATABASE_URL": database_url,
            "ZHIWEN_SITES__PATHS": str(self.folder / "sites"),
            "ZHIWEN_FETCH__RESOLVE": json.dumps({self.host: f"127.0.0.1:{self.server.server_address[1]}"}),
            "ZHIWEN_FETCH__DELAY_SECONDS": "0",
            "ZHIWEN_FETCH__RETRIES": "0",
            "ZHIWEN_PROGRESS": "1",
            "SCRAPY_SETTINGS_MODULE": "crawler.settings",
        }
        made.archive = Archive(database_url or f"sqlite:///{made.data_dir / 'zhiwen.db'}", made.data_dir)
        return made

    @property
    def requests(self) -> Any:
        """What ``Reader.crawl`` counts by."""
        return SimpleNamespace(total=len(self.asked))


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """A site of a test's own making."""
    made = Town(tmp_path)
    yield made
    made.server.shutdown()
    made.server.server_close()
