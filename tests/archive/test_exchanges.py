"""The exchanges behind articles: all of them, those of some, and those that come from the past."""

from __future__ import annotations

from typing import Any

import pytest

from archive.archive import Archive
from archive.errors import LeaseLost
from archive.records import StoreBatch, TouchRecord


def test_all_exchanges_are_told_in_the_order_they_were_stored(archive: Archive, make: Any) -> None:
    run = archive.open_run("news", "manual")
    archive.store(run, StoreBatch(lists=[make.listing(1)], articles=[make.article(1), make.article(2, at=1)]))
    archive.store(run, StoreBatch(touches=[make.touch(1, at=24)]))
    found = list(archive.exchanges())
    assert archive.exchange_count() == len(found) == 4
    assert [(entry.url, entry.kind, entry.status, entry.fetched_at) for entry in found] == [
        ("http://news.example/policy/index.html", "list", 200, make.at(0)),
        (make.url(1), "article", 200, make.at(0)),
        (make.url(2), "article", 200, make.at(1)),
        (make.url(1), "article", 304, make.at(24)),
    ]
    assert found[1].snapshot_hash == found[3].snapshot_hash is not None
    assert found[1].headers["etag"].endswith('.html"')


def test_exchanges_of_one_article_are_those_of_its_pages_and_files(archive: Archive, make: Any) -> None:
    run = archive.open_run("news", "manual")
    first, second = archive.store(run, StoreBatch(articles=[make.article(1), make.article(2)]))
    archive.store(run, StoreBatch(articles=[make.article(1, at=48, title="质量月落幕")]))
    assert [entry.fetched_at for entry in archive.exchanges([first.article_id])] == [make.at(0), make.at(48)]
    assert [entry.url for entry in archive.exchanges([second.article_id])] == [make.url(2)]
    assert archive.matching(["落幕"]) == [first.article_id]
    key, unknown = make.key(make.url(1)), make.key(make.url(9))
    assert archive.fetch_times([key, unknown]) == {key: {make.at(0), make.at(48)}}


def test_bytes_that_said_nothing_new_have_no_snapshot(archive: Archive, make: Any) -> None:
    run = archive.open_run("news", "manual")
    article = make.article(1)
    archive.store(run, StoreBatch(articles=[article]))
    same = make.fetch(1, at=24, body=article.fetch.body)
    counter = make.fetch(1, at=48, body=b"<html>another counter</html>")
    for fetch in (same, counter):
        archive.store(run, StoreBatch(touches=[TouchRecord("news", article.url_key, fetch)]))
    first, second, third = archive.exchanges()
    assert first.snapshot_hash == second.snapshot_hash
    assert third.snapshot_hash is None


def test_standing_tells_state_and_redirects(archive: Archive, make: Any) -> None:
    run = archive.open_run("news", "manual")
    moved = make.article(1, aliases=[make.alias("http://news.example/c/1", "redirect")])
    _, two = archive.store(run, StoreBatch(articles=[moved, make.article(2)]))
    archive.store(run, StoreBatch(failures=[make.gone(2, at=24)]))
    first, second = archive.standings()
    assert (first.state, first.redirects, first.missing_since) == ("live", ["http://news.example/c/1"], None)
    assert (second.state, second.missing_since) == ("missing", make.at(24))
    assert [standing.url for standing in archive.standings([two.article_id])] == [make.url(2)]
    assert archive.site_names() == ["news"]


def test_an_answer_from_the_past_is_kept_and_changes_nothing(archive: Archive, make: Any) -> None:
    run = archive.open_run("news", "manual")
    article = make.article(1, at=48)
    (outcome,) = archive.store(run, StoreBatch(articles=[article]))
    before, page = archive.article(outcome.article_id), archive.known([article.url_key])[article.url_key]
    old = make.fetch(1, at=0, body=b"<html>before</html>")
    unknown = make.fetch(9, at=0)
    touches = [TouchRecord("news", article.url_key, old, past=True)]
    touches.append(TouchRecord("news", make.key(make.url(9)), unknown, past=True))
    archive.store(run, StoreBatch(touches=touches))
    assert archive.article(outcome.article_id) == before
    assert archive.known([article.url_key])[article.url_key] == page
    assert archive.fetch_times([article.url_key]) == {article.url_key: {make.at(0), make.at(48)}}
    kept = list(archive.exchanges())[-1]
    assert kept.snapshot_hash is not None
    assert archive.snapshot(kept.snapshot_hash).body == b"<html>before</html>"
    assert archive.exchange_count() == 2
    assert archive.check().problems == []


def test_who_lost_the_site_keeps_nothing(archive: Archive, make: Any) -> None:
    run = archive.open_run("news", "manual")
    article = make.article(1)
    archive.store(run, StoreBatch(articles=[article]))
    archive.close_run(run, "ok")
    with pytest.raises(LeaseLost):
        past = TouchRecord("news", article.url_key, make.fetch(1, at=-24), past=True)
        archive.store(run, StoreBatch(touches=[past]))
    assert archive.exchange_count() == 1
