"""Where no run is recorded (scrapy shell, parse), the last stages let everything pass and store nothing."""

from __future__ import annotations

from datetime import UTC, datetime

from scrapy.crawler import Crawler
from scrapy.utils.test import get_crawler

from crawler.items import ArticleItem, FailureItem, Fetch
from pipelines.revision import RevisionPipeline
from pipelines.store import StorePipeline

FETCH = Fetch("http://a.example/1", "http://a.example/1", 200, {}, b"<html>", datetime(2026, 3, 1, tzinfo=UTC))


def article(*, known: bool) -> ArticleItem:
    return ArticleItem(url=FETCH.url, title="质量月启动", body="正文。", fetch=FETCH, known=known)


def crawler() -> Crawler:
    return get_crawler(settings_dict={"EXTENSIONS": {}})


def test_an_article_without_an_archive_would_be_its_first_revision() -> None:
    stage = RevisionPipeline.from_crawler(crawler())
    for known in (False, True):
        item = stage.process_item(article(known=known))
        assert isinstance(item, ArticleItem)
        assert item.revision == 1


def test_revision_stage_lets_other_items_pass() -> None:
    failure = FailureItem("a", FETCH.url, "article", "http", "500", 500)
    assert RevisionPipeline(crawler()).process_item(failure) is failure


def test_nothing_is_stored_without_a_run() -> None:
    stage = StorePipeline.from_crawler(crawler())
    item = article(known=False)
    assert stage.process_item(item) is item
    stage.close_spider()
