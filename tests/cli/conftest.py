"""A small real archive, made through the archive's own door, and the command line run on it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from archive.archive import Archive
from archive.records import AliasRecord, ArticleRecord, FailureRecord, FetchRecord, StoreBatch
from cli.main import main
from crawler.reading.text import fold
from crawler.reading.urls import canonical_url, url_key

NOW = datetime(2026, 3, 9, 1, 30, tzinfo=UTC)
EVIL = "\x1b]0;owned\x07\x9b31m"


@dataclass
class Result:
    code: int
    out: str
    err: str


@dataclass
class Filled:
    """The archive's folder and the numbers of its articles by name."""

    folder: Path
    ids: dict[str, int]
    urls: dict[str, str]


@pytest.fixture(autouse=True)
def _clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unmeasured_children: None, warm_children: None) -> None:
    for name in list(os.environ):
        if name.startswith("ZHIWEN_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("ZHIWEN_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def zhiwen(capfd: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """Run one command in this process."""

    def run(*arguments: object) -> Result:
        capfd.readouterr()
        code = main([str(argument) for argument in arguments])
        said = capfd.readouterr()
        return Result(code, said.out, said.err)

    return run


def record(url: str, title: str, body: str, at: datetime, **more: Any) -> ArticleRecord:
    """An article as the pipelines would hand it over."""
    digest = hashlib.blake2b(f"{title}\n{body}".encode(), digest_size=16).digest()
    page = f"<html><h1>{title}</h1><div>{body}</div></html>".encode("gb18030")
    return ArticleRecord(
        url=url,
        url_key=url_key(canonical_url(url)),
        title=title,
        body=body,
        fingerprint=digest,
        fetch=FetchRecord(url=url, status=200, fetched_at=at, body=page),
        search_title=fold(title),
        search_body=fold(body),
        charset="gb18030",
        **{"site": "zgnt", "layout": "new", **more},
    )


@pytest.fixture
def make_record() -> Callable[..., ArticleRecord]:
    """Makes an article as the pipelines would hand it over."""
    return record


@pytest.fixture
def filled(tmp_path: Path, new_sqlite: Callable[[Path], str]) -> Filled:
    """Three articles: one edited later, one with hostile text, one traditional; one page in quarantine."""
    folder = tmp_path / "data"
    folder.mkdir()
    urls = {
        "edited": "http://www.zgnt.net/content/2026-03/02/content_1.htm",
        "hostile": "http://www.zgnt.net/content/2026-03/05/content_2.htm",
        "undated": "http://www.cinic.org.cn/xw/cjxw/77.html",
    }
    published = datetime(2026, 3, 2, 0, 15, tzinfo=UTC)
    before = "江湾市公布质量强市年度计划。全市新增87家质量管理示范企业。记者从会上获悉。"
    edited = {
        "published_at": published,
        "published_precision": "minute",
        "source": "江湾日报",
        "reporters": ["沈一鸣", "顾南"],
        "column": ["新闻", "质量"],
        "images": [{"url": "http://www.zgnt.net/a.jpg", "caption": "会场"}],
        "aliases": [AliasRecord("http://zgnt.net/c/1", url_key("http://zgnt.net/c/1"), "redirect")],
    }
    batch = StoreBatch(
        articles=[
            record(urls["edited"], "江湾发布质量强市计划", before, NOW, **edited),
            record(
                urls["hostile"],
                f'=HYPERLINK("http://x"){EVIL}',
                f"首席质量官{EVIL}制度。\n第二段。",
                NOW,
                published_at=published + timedelta(days=3),
                published_precision="day",
                source="=cmd",
            ),
        ],
        failures=[
            FailureRecord(
                site="zgnt",
                url="http://www.zgnt.net/content/2026-03/06/content_3.htm",
                url_key=url_key("http://www.zgnt.net/content/2026-03/06/content_3.htm"),
                kind="article",
                cause="blocked",
                detail=f"the page says 安全验证{EVIL}",
                at=NOW,
            )
        ],
    )
    with Archive(new_sqlite(folder / "zhiwen.db"), folder, clock=lambda: NOW) as archive:
        handle = archive.open_run("zgnt", "manual")
        outcomes = archive.store(handle, batch)
        other = archive.open_run("cinic", "manual")
        article = record(urls["undated"], "計量檢定進社區", "計量人員為居民檢定血壓計。", NOW, site="cinic")
        outcomes += archive.store(other, StoreBatch(articles=[article]))
        archive.close_run(other, "no links", "1 list page without a link: the page shows 新版频道.", {"new": 1})
        later = NOW + timedelta(days=1)
        change = record(urls["edited"], "江湾发布质量强市计划", before.replace("87家", "93家"), later, **edited)
        archive.store(handle, StoreBatch(articles=[change]))
        archive.close_run(handle, "partial", "1 article page in quarantine.", {"new": 3, "changed": 1, "failed": 1})
    ids = dict(zip(urls, (outcome.article_id for outcome in outcomes), strict=True))
    return Filled(folder, ids, urls)
