"""Records for the archive's tests: small, with believable content, told apart by a number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any

import pytest

from archive.archive import Archive
from archive.clock import SHANGHAI
from archive.records import (
    AliasRecord,
    ArticleRecord,
    FailureRecord,
    FetchRecord,
    LinkRecord,
    ListRecord,
    StoreBatch,
    TouchRecord,
)
from archive.routes import Routes

T0 = datetime(2026, 3, 1, 8, tzinfo=UTC)
PRESS_DAY = datetime(2026, 3, 1, tzinfo=UTC)
PARAGRAPH = (
    "本市召开质量强市建设工作推进会，部署年度重点任务，要求各区县把首席质量官制度落到实处，并公布市长质量奖名单。"
)


class Make:
    """Builds records. ``at`` counts hours from a fixed moment; an address is a number or a whole URL."""

    site = "news"

    @staticmethod
    def key(url: str) -> bytes:
        return blake2b(url.encode(), digest_size=16).digest()

    @staticmethod
    def at(hours: float) -> datetime:
        return T0 + timedelta(hours=hours)

    @staticmethod
    def url(address: int | str) -> str:
        return address if isinstance(address, str) else f"http://news.example/policy/{address}.html"

    def fetch(self, address: int | str, at: float = 0, body: bytes | None = b"", **values: Any) -> FetchRecord:
        url = self.url(address)
        headers = {"etag": f'"{url[-9:]}"', "content-type": "text/html"}
        content = body if body != b"" else f"<html>{url} {at}</html>".encode()
        return FetchRecord(
            url, **{"status": 200, "fetched_at": self.at(at), "headers": headers, "body": content} | values
        )

    def article(self, address: int | str, at: float = 0, **values: Any) -> ArticleRecord:
        url = self.url(address)
        title = values.pop("title", f"质量月启动 {address}")
        body = values.pop("body", f"{PARAGRAPH}\n第{address}号通知。{PARAGRAPH}")
        record = ArticleRecord(
            site=self.site,
            url=url,
            url_key=self.key(url),
            title=title,
            body=body,
            fingerprint=blake2b(f"{title}\n{body}".encode("utf-8", "surrogatepass"), digest_size=16).digest(),
            fetch=self.fetch(address, at),
            search_title=title.replace(" ", "").lower(),
            search_body="".join(body.split()).lower(),
            column=["新闻", "质量要闻"],
            published_at=T0 - timedelta(days=1),
            published_precision="day",
            source="质量日报",
            reporters=["王敏"],
            evidence={"title": {"rule": "layout", "text": title, "confidence": 1.0}},
        )
        for name, value in values.items():
            setattr(record, name, value)
        return record

    def alias(self, address: int | str, reason: str) -> AliasRecord:
        url = self.url(address)
        return AliasRecord(url, self.key(url), reason)  # type: ignore[arg-type]

    def listing(self, *addresses: int | str, at: float = 0, name: str = "index", **values: Any) -> ListRecord:
        url = f"http://news.example/policy/{name}.html"
        links = [LinkRecord(self.url(a), self.key(self.url(a)), f"标题 {a}") for a in addresses]
        return ListRecord(
            self.site, "policy", url, self.key(url), **{"number": 1, "links": links} | values, fetch=self.fetch(url, at)
        )

    def touch(self, address: int | str, at: float = 0, views: int | None = None, **values: Any) -> TouchRecord:
        url = self.url(address)
        fetch = self.fetch(url, at, None, **{"status": 304, "conditional": True, "not_modified": True} | values)
        return TouchRecord(self.site, self.key(url), fetch, views)

    def failure(self, address: int | str, at: float = 0, cause: str = "http", **values: Any) -> FailureRecord:
        url = self.url(address)
        return FailureRecord(
            self.site,
            url,
            self.key(url),
            **{"kind": "article", "cause": cause, "detail": f"{cause} seen", "at": self.at(at)} | values,
        )

    def gone(self, address: int | str, at: float = 0) -> FailureRecord:
        return self.failure(address, at, "gone", status=404, gone=True)


@pytest.fixture
def make() -> Make:
    return Make()


@pytest.fixture(scope="module")
def texts() -> list[tuple[str, str]]:
    """Ten unlike reports: headline and body."""
    from seeds.replica.content import Writer

    writer = Writer()
    found = [writer.article(f"story {number}", PRESS_DAY, None, size="long") for number in range(10)]
    return [(one.title, "\n".join(part for _, part in one.paragraphs)) for one in found]


class Press:
    """Several sites that store into one archive; ``put`` says what a site printed and when."""

    def __init__(self, archive: Archive, make: Any) -> None:
        self.archive = archive
        self.make = make
        self.runs: dict[str, Any] = {}
        self.ids: dict[str, int] = {}

    def record(self, name: str, title: str, body: str, hour: float = 0, **values: Any) -> ArticleRecord:
        from crawler.reading.text import fold

        site = name.partition("-")[0]
        self.make.site = site
        record: ArticleRecord = self.make.article(
            f"http://{site}.example/{name}.html",
            values.pop("seen", hour + 24),
            title=title,
            body=body,
            search_title=fold(title),
            search_body=fold(body),
            **{"published_at": PRESS_DAY + timedelta(hours=hour), "published_precision": "minute", "source": None}
            | values,
        )
        return record

    def put(self, *args: Any, **values: Any) -> int:
        return self.store([self.record(*args, **values)])[0]

    def store(self, records: Sequence[ArticleRecord]) -> list[int]:
        site = records[0].site
        if site not in self.runs:
            self.runs[site] = self.archive.open_run(site, "manual")
        found = [one.article_id for one in self.archive.store(self.runs[site], StoreBatch(articles=list(records)))]
        self.ids |= {
            record.url.rpartition("/")[2].removesuffix(".html"): number
            for record, number in zip(records, found, strict=True)
        }
        return found

    def told(self) -> dict[str, Any]:
        """All stories by the names of their articles: kinds, original, evidence. No numbers in it."""
        names = {number: name for name, number in self.ids.items()}
        found: dict[str, Any] = {}
        for number in self.ids.values():
            story = self.archive.story(number)
            if story is not None:
                kinds = {names[copy.article.id]: copy.kind for copy in story.copies}
                original = story.original
                first = names.get(original.article_id or 0, original.name)
                found[" ".join(sorted(kinds))] = (kinds, first, original.confidence, original.evidence)
        return found


@pytest.fixture
def press_of(make: Make) -> Callable[[Archive], Press]:
    """The press of a given archive."""
    return lambda archive: Press(archive, make)


@pytest.fixture
def press(archive: Archive, make: Make) -> Press:
    return Press(archive, make)


class Clock:
    """The archive's clock; noon of a Friday in Shanghai at first."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 12, tzinfo=SHANGHAI).astimezone(UTC)

    def __call__(self) -> datetime:
        return self.now

    def to(self, text: str) -> None:
        self.now = datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI).astimezone(UTC)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def happen(archive: Archive, make: Any, clock: Clock) -> Callable[..., None]:
    """Articles of these numbers appear now."""

    def store(*numbers: int, site: str = "news") -> None:
        make.site = site
        run = archive.open_run(site, "manual")
        records = [make.article(f"http://{site}.example/{number}", body=f"第{number}号消息。") for number in numbers]
        for number, record in zip(numbers, records, strict=True):
            record.title, record.fetch.fetched_at = f"{site} {number}", clock.now
        archive.store(run, StoreBatch(articles=records))
        archive.close_run(run, "ok")
        archive.expand_events(Routes())

    return store
