"""Where no run is recorded (scrapy shell, parse), the last stages let everything pass and store nothing."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from scrapy import Spider
from scrapy.crawler import Crawler
from scrapy.utils.test import get_crawler
from twisted.python.failure import Failure

from crawler.extensions.run import CrawlRun
from crawler.items import AnyItem, ArticleItem, DocumentItem, FailureItem, Fetch, ListPageItem, UnchangedItem
from crawler.settings import DOCUMENT_READING
from pipelines.documents import DocumentPipeline
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


def recorded() -> tuple[Crawler, CrawlRun]:
    """A crawler whose run counts and has no archive, as in a dry run."""
    crawler = get_crawler(
        Spider, {"EXTENSIONS": {"crawler.extensions.run.CrawlRun": 0}, "RECORD_RUN": True, "DRY_RUN": True}
    )
    crawler._apply_settings()
    run = CrawlRun.of(crawler)
    assert run is not None
    return crawler, run


ODD: list[tuple[AnyItem, str]] = [
    (article(known=False), "article"),
    (ListPageItem("a", "要闻", FETCH.url, 1, [], FETCH), "list"),
    (UnchangedItem("a", FETCH.url, "list", FETCH, True), "list"),
    (DocumentItem("a", FETCH.url, "html", FETCH), "attachment"),
]


@pytest.mark.parametrize(("item", "kind"), ODD, ids=lambda value: type(value).__name__)
def test_item_that_a_stage_stumbles_over_is_a_failure_of_its_page(item: AnyItem, kind: str) -> None:
    crawler, run = recorded()
    stage = StorePipeline.from_crawler(crawler)
    stage.item_error(item, None, Spider("a"), Failure(KeyError("title")))
    tally = run.tally
    causes = {"article": tally.article_causes, "list": tally.list_causes, "attachment": tally.file_causes}
    assert {name: counter["error"] for name, counter in causes.items()} == {name: int(name == kind) for name in causes}
    assert "KeyError" in tally.evidence[0]


def test_failure_of_a_failure_is_counted_once() -> None:
    crawler, run = recorded()
    failure = FailureItem("a", FETCH.url, "article", "http", "500", 500)
    StorePipeline(crawler).item_error(failure, None, Spider("a"), Failure(KeyError("title")))
    assert not run.tally.evidence


def test_file_gives_its_text_and_other_items_pass() -> None:
    stage = DocumentPipeline.from_crawler(
        get_crawler(settings_dict={"EXTENSIONS": {}, "DOCUMENT_READING": DOCUMENT_READING})
    )
    body = '<html xmlns:o="urn:schemas-microsoft-com:office:office"><body><p>申报表</p></body></html>'.encode()
    fetch = Fetch("http://a.example/a.doc", "http://a.example/a.doc", 200, {}, body, FETCH.fetched_at)
    document = DocumentItem("a", fetch.url, "html", fetch)

    async def both() -> None:
        assert await stage.process_item(document) is document
        other = article(known=False)
        assert await stage.process_item(other) is other

    asyncio.run(both())
    assert (document.text, document.text_state) == ("申报表", "read")
