"""Both epochs of the replica, crawled by all five spiders and told by the archive (the story of the demo)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from crawler.reading.urls import url_key
from seeds.replica.server import ReplicaServer

SITES = ("chinajl", "cinic", "liaocheng", "quality_portal", "zgnt")
FIELDS = [
    *("title", "subtitle", "published_at", "published_precision", "source", "column", "body"),
    *("reporters", "correspondents", "interns", "authors", "editors"),
]


class Story:
    """Four rounds of crawls: epoch 1 twice, epoch 2 two days later, epoch 2 again a day after that."""

    def __init__(self, reader: Any) -> None:
        self.reader = reader
        self.rounds: list[dict[str, Any]] = []
        reader.server.epoch = 1
        self.rounds.append({site: reader.crawl(site) for site in SITES})
        self.rounds.append({site: reader.crawl(site, days=0.01) for site in SITES})
        reader.server.epoch = 2
        self.rounds.append({site: reader.crawl(site, days=2) for site in SITES})
        self.rounds.append({site: reader.crawl(site, days=3.2) for site in SITES})


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory, reader_of: Any, warm_scrapy: Any) -> Iterator[Story]:
    with ReplicaServer() as server:
        reader = reader_of(server, tmp_path_factory.mktemp("story"))
        reader.warm = warm_scrapy
        yield Story(reader)
        reader.archive.close()


def told(of: Any) -> dict[str, Any]:
    """The compared fields; lists and tuples alike."""
    return {name: list(value) if isinstance(value := getattr(of, name), list | tuple) else value for name in FIELDS}


def test_first_crawl_finds_every_article_of_every_site_once(story: Story) -> None:
    truth = story.reader.server.world.truth(1)
    for site in SITES:
        expected = {url_key(url) for url, article in truth.items() if article.site == site}
        assert story.rounds[0][site].verdict == "ok", story.rounds[0][site]
        assert story.rounds[0][site].counts["new"] == len(expected)


def test_unchanged_crawl_asks_for_the_lists_only_and_finds_nothing(story: Story) -> None:
    for site in SITES:
        again = story.rounds[1][site]
        lists = len(story.reader.server.world.sites[site].columns)
        assert again.counts.get("new", 0) == again.counts.get("changed", 0) == 0
        assert again.requests <= lists, again


def test_archive_tells_epoch_two_field_by_field(story: Story) -> None:
    truth = story.reader.server.world.truth(2)
    for url, expected in truth.items():
        detail = story.reader.archive.article(url_key(url))
        assert detail is not None, url
        assert told(detail.current) == told(expected), url
        assert detail.article.revision == expected.revision, url
    assert story.reader.archive.count() == len(truth)


def test_known_pages_are_asked_for_at_an_address_that_answers(story: Story) -> None:
    for crawled in story.rounds[2:]:
        gone = {site: run.counts.get("gone", 0) for site, run in crawled.items()}
        assert gone == {"chinajl": 0, "cinic": 0, "liaocheng": 0, "quality_portal": 0, "zgnt": 1}


def test_withdrawn_article_is_kept_and_marked_after_two_sights(story: Story) -> None:
    (gone,) = story.reader.server.world.story(2).withdrawn
    detail = story.reader.archive.article(url_key(gone))
    assert detail is not None
    assert detail.article.state == "withdrawn"
    assert detail.current.body


def test_redesigned_list_is_an_alarm_that_quotes_what_was_seen(story: Story) -> None:
    assert story.rounds[2]["cinic"].verdict == "no links"
    assert story.rounds[2]["cinic"].code == 1
    (health,) = story.reader.archive.health("cinic")
    assert [reading.column for reading in health.empty_lists] == ["时政新闻"]
    assert health.empty_lists[0].detail


def test_challenge_page_is_not_stored_and_stands_in_quarantine(story: Story) -> None:
    ((site, challenged),) = story.reader.server.world.story(2).challenged
    assert story.reader.archive.article(url_key(challenged)) is None
    (row,) = story.reader.archive.quarantine(site)
    assert row.cause == "blocked"
    assert url_key(row.url) == url_key(challenged)


def test_database_is_clean_and_no_run_is_open(story: Story) -> None:
    assert story.reader.archive.check().problems == []
    assert all(run.verdict != "running" for run in story.reader.archive.runs(limit=100))
