"""Records for the archive's tests: small, with believable content, told apart by a number."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any

import pytest

from archive.records import (
    AliasRecord,
    ArticleRecord,
    FailureRecord,
    FetchRecord,
    LinkRecord,
    ListRecord,
    TouchRecord,
)

T0 = datetime(2026, 3, 1, 8, tzinfo=UTC)
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
