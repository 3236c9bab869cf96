"""The early look at a fetched article: what shows no edit goes on as unchanged, the rest is decided by the store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from scrapy import Spider
from scrapy.utils.test import get_crawler

from archive.archive import Archive
from archive.records import StoreBatch
from crawler.extensions.run import CrawlRun
from crawler.items import EXTRACTOR_VERSION, AnyItem, ArticleItem, Attachment, Evidence, Fetch, UnchangedItem
from pipelines.fingerprint import FingerprintPipeline
from pipelines.normalize import NormalizePipeline
from pipelines.records import article_record
from pipelines.revision import RevisionPipeline

URL = "http://news.example/a/1.html"
SEEN = datetime(2026, 3, 1, 2, tzinfo=UTC)
Stage = Callable[..., AnyItem]


def article(**fields: object) -> ArticleItem:
    fetch = Fetch(URL, URL, 200, {}, b"<html>", SEEN)
    values: dict[str, object] = {
        "title": "质量月启动", "body": "第一段。\n第二段共12家。", "site": "news", "fetch": fetch, "source": "质量日报",
        "published_at": SEEN, "published_precision": "minute", "layout": "2026", "known": True,
        "evidence": {name: Evidence("layout .info", "") for name in ("published_at", "source")},
        "attachments": [Attachment("http://news.example/a.pdf", "办法")],
    }  # fmt: skip
    return ArticleItem(url=URL, **{**values, **fields})  # type: ignore[arg-type]


def prepared(item: ArticleItem) -> ArticleItem:
    done = FingerprintPipeline().process_item(NormalizePipeline().process_item(item))
    assert isinstance(done, ArticleItem)
    return done


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """The stage over an archive that holds the article."""
    crawler = get_crawler(
        Spider, {"EXTENSIONS": {"crawler.extensions.run.CrawlRun": 0}, "RECORD_RUN": True, "DRY_RUN": True}
    )
    crawler._apply_settings()
    run = CrawlRun.of(crawler)
    assert run is not None
    run.archive = Archive(f"sqlite:///{tmp_path / 'zhiwen.db'}", tmp_path)
    handle = run.archive.open_run("news", "manual")
    run.archive.store(handle, StoreBatch(articles=[article_record(prepared(article()))]))
    pipeline = RevisionPipeline(crawler)
    return lambda **fields: pipeline.process_item(prepared(article(**fields)))


@pytest.mark.parametrize(
    "fields",
    [
        {"views": 977},
        {"title": "質量月啟動", "body": "第一段。第二段　共１２家。"},
        {"published_precision": "day", "published_at": SEEN - timedelta(hours=2)},
        {"attachments": [Attachment("http://news.example/a.pdf?token=9", "办法（下载次数：8）")]},
    ],
)
def test_noise_goes_on_as_unchanged(stage: Stage, fields: dict[str, object]) -> None:
    assert isinstance(stage(**fields), UnchangedItem)


@pytest.mark.parametrize(
    "fields",
    [
        {"title": "质量月闭幕"},
        {"body": "第一段。\n第二段共13家。"},
        {"source": "经济日报"},
        {"published_at": SEEN + timedelta(days=1)},
        {"attachments": []},
        {"source": None},
        {"layout": "generic"},
        {"extractor_version": EXTRACTOR_VERSION + 1},
    ],
)
def test_edits_and_whatever_must_be_noted_go_on_to_the_store(stage: Stage, fields: dict[str, object]) -> None:
    item = stage(**fields)
    assert isinstance(item, ArticleItem)
    assert item.revision == 2


def test_an_address_that_was_not_known_is_not_looked_up(stage: Stage) -> None:
    item = stage(known=False)
    assert isinstance(item, ArticleItem)
    assert item.revision == 1


def test_a_page_without_its_exchange_is_never_unchanged(stage: Stage) -> None:
    item = replace(article(), fetch=None)
    assert isinstance(stage(fetch=item.fetch), ArticleItem)
