"""Web archives as other tools write them, made with warcio, and imports that run in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from scrapy.settings import Settings
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archive.archive import Archive
from crawler.loader import SiteSpiderLoader
from crawler.warc.importer import Importer

HOST = "www.town.example"
START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
SITE = (
    f'publisher = "城关质量网"\nbase_url = "http://{HOST}/"\nrevisit = "6h"\nmin_articles = 1\n'
    '[[lists]]\ncolumn = "要闻"\nurl = "/news/"\n[list_layout]\nlinks = "ul.list li a"\n'
)


TITLE = "城关区公布质量强区年度计划"


def html(title: str, *lines: str, below: str = "") -> str:
    """An article's page."""
    text = "".join(f"<p>{line}</p>" for line in lines)
    return (
        f"<html><head><title>{title}_城关质量网</title></head><body><h1>{title}</h1>"
        f"<div class='info'>2026-03-02 09:30 来源：城关质量网</div><div class='article-content'>{text}</div>{below}"
        "<div class='footer'>版权所有 城关质量网</div></body></html>"
    )


class WarcMaker:
    """Writes one WARC file record by record. Addresses may be paths on the town's host; times are hours after START."""

    def __init__(self, path: Path, version: str = "1.1", compressed: bool = True) -> None:
        self.path = path
        self._file = path.open("wb")
        self._writer = WARCWriter(self._file, gzip=compressed, warc_version=version)
        self.put("", "warcinfo", b"software: another tool\r\n")

    def put(
        self, url: str, kind: str, block: bytes, at: float = 0, http: StatusAndHeaders | None = None, **more: str
    ) -> str:
        """One record; ``more`` are further WARC headers, with ``_`` for ``-``. Its identifier."""
        moment = START + timedelta(hours=at)
        headers = {"WARC-Date": moment.strftime("%Y-%m-%dT%H:%M:%SZ")}
        headers |= {name.replace("_", "-"): value for name, value in more.items()}
        full = f"http://{HOST}{url}" if url.startswith("/") else url
        record = self._writer.create_warc_record(
            full, kind, payload=BytesIO(block), length=len(block), http_headers=http, warc_headers_dict=headers
        )
        self._writer.write_record(record)
        return record.rec_headers.get_header("WARC-Record-ID")

    def page(self, url: str, body: str | bytes, at: float = 0, status: str = "200 OK", **headers: str) -> str:
        """A response; ``headers`` of HTTP, with ``_`` for ``-``."""
        block = body.encode() if isinstance(body, str) else body
        names = {"Content-Type": "text/html", **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.put(url, "response", block, at, StatusAndHeaders(status, list(names.items()), "HTTP/1.1"))

    def article(
        self,
        url: str,
        *lines: str,
        at: float = 0,
        title: str = TITLE,
        below: str = "",
        charset: str = "utf-8",
        **headers: str,
    ) -> str:
        """A response with an article's page; ``below`` is markup under its text."""
        return self.page(url, html(title, *lines, below=below).encode(charset), at, **headers)

    def raw(self, data: bytes) -> None:
        """Bytes that no WARC writer would write."""
        self._file.write(data)

    def close(self) -> Path:
        self._file.close()
        return self.path


@dataclass
class Imported:
    """What an import said, and how it ended."""

    well: bool
    events: list[dict[str, Any]] = field(repr=False)

    @property
    def troubles(self) -> list[str]:
        return [event["why"] for event in self.events if event["event"] == "trouble"]

    @property
    def sites(self) -> dict[str, dict[str, Any]]:
        return {event["site"]: event for event in self.events if event["event"] == "site"}

    def counts(self, site: str = "town") -> dict[str, int]:
        """The counts of one site that are not zero."""
        return {name: count for name, count in self.sites[site]["counts"].items() if count}


class Town:
    """A declared site, an archive, and imports into it."""

    def __init__(self, folder: Path, database_url: str, data: str = "data") -> None:
        self.folder = folder
        sites = folder / "sites"
        sites.mkdir(exist_ok=True)
        (sites / "town.toml").write_text(SITE, "utf-8")
        self.data = folder / data
        self.url = database_url or f"sqlite:///{self.data / 'zhiwen.db'}"
        self.archive = Archive(self.url, self.data)

    html = staticmethod(html)

    def warc(self, name: str = "x.warc.gz", **options: Any) -> WarcMaker:
        return WarcMaker(self.folder / name, **options)

    def read(self, *files: Path, stop_after: int = 0, only: tuple[str, ...] = (), **settings: Any) -> Imported:
        """Import; with ``stop_after`` as if Ctrl-C came after so many answers."""
        chosen = Settings()
        chosen.setmodule("crawler.settings")
        given = {"DATA_DIR": str(self.data), "DATABASE_URL": self.url, "DOCUMENT_FETCH": True, **settings}
        for name, value in given.items():
            chosen.set(name, value, priority="cmdline")
        events: list[dict[str, Any]] = []
        importer = Importer(chosen, SiteSpiderLoader.from_settings(chosen), events.append)
        if stop_after:
            visits: list[int] = []

            def tell(event: str, done: int, of: int) -> bool:
                visits.extend([done] if event == "progress" and done else [])
                importer.stopping = len(visits) == stop_after
                return False

            importer._tell = tell  # type: ignore[method-assign]
        return Imported(asyncio.run(importer.run(list(files), only)), events)

    def article(self, path: str) -> Any:
        """The article at this address; None when there is none."""
        return self.archive.article(path if "://" in path else f"http://{HOST}{path}")


@pytest.fixture
def town_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Town]:
    """Makes archives beside each other, on SQLite unless told otherwise."""
    monkeypatch.setenv("ZHIWEN_SITES__PATHS", str(tmp_path / "sites"))
    return lambda data="data", database_url="": Town(tmp_path, database_url, data)


@pytest.fixture
def town(town_of: Callable[..., Town]) -> Town:
    """An empty archive."""
    return town_of()
