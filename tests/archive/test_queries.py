"""Questions about articles, changes and the health of sites."""

from __future__ import annotations

from typing import Any

import pytest

from archive.archive import Archive
from archive.errors import SnapshotCorrupt
from archive.records import StoreBatch


def test_article_is_found_by_number_key_and_address(archive: Archive, make: Any) -> None:
    run = archive.open_run("news", "manual")
    (outcome,) = archive.store(run, StoreBatch(articles=[make.article(1, aliases=[make.alias(5, "redirect")])]))
    wanted = archive.article(outcome.article_id)
    assert wanted is not None
    for ref in (make.url(1), make.key(make.url(1)), make.url(5), make.key(make.url(5))):
        assert archive.article(ref) == wanted
    for nothing in (99, 2**70, "http://news.example/none", b"\x00" * 16):
        assert archive.article(nothing) is None
    assert archive.revisions(99) == []


def test_changes_tell_what_happened_in_between(archive: Archive, make: Any) -> None:
    run = archive.open_run("news", "manual")
    archive.store(run, StoreBatch(articles=[make.article(1), make.article(2), make.article(3)]))
    archive.store(
        run,
        StoreBatch(
            articles=[
                make.article(1, at=10, title="改题"),
                make.article(2, at=11, title=make.article(2).title, body="改文" * 50),
            ]
        ),
    )
    archive.store(run, StoreBatch(failures=[make.gone(3, at=12)]))
    archive.store(run, StoreBatch(failures=[make.gone(3, at=36)]))
    changes = archive.changes(make.at(5))
    assert [(change.kind, change.article.url, change.revision, change.old_title) for change in changes] == [
        ("changed", make.url(1), 2, "质量月启动 1"),
        ("changed", make.url(2), 2, None),
        ("missing", make.url(3), 1, None),
        ("withdrawn", make.url(3), 1, None),
    ]
    assert [change.kind for change in archive.changes(make.at(0), make.at(5))] == ["new"] * 3
    assert len(archive.changes(make.at(0), site="news", limit=2)) == 2
    assert archive.changes(make.at(0), site="times") == []
    assert archive.changes(make.at(40)) == []


def test_health_of_a_site_in_one_look(archive: Archive, make: Any) -> None:
    assert archive.health() == []
    first = archive.open_run("news", "manual")
    archive.store(
        first,
        StoreBatch(
            lists=[make.listing(1, 2, 3, 4, 5, 6), make.listing(name="empty", seen="栏目调整中")],
            articles=[make.article(number) for number in (1, 2, 3)],
            failures=[make.failure(4), make.failure(5, cause="layout"), make.gone(1, at=1), make.gone(2, at=1)],
        ),
    )
    archive.close_run(first, "ok")
    second = archive.open_run("news", "manual")
    archive.store(second, StoreBatch(failures=[make.gone(2, at=30)]))
    archive.close_run(second, "partial", "2 pages failed")
    archive.open_run("times", "manual")
    news, times = archive.health()
    assert (news.site, news.articles, news.missing, news.withdrawn, news.pending) == ("news", 3, 1, 1, 1)
    assert news.quarantine == {"http": 1, "layout": 1}
    assert news.newest_published_at == make.article(1).published_at
    assert news.newest_seen_at == make.at(0)
    assert news.last_run is not None
    assert (news.last_run.id, news.last_run.verdict) == (second.run_id, "partial")
    row = archive.run(second.run_id)
    assert row is not None
    assert news.last_good_at == row.finished_at, "a partial run did what it was asked"
    (empty,) = news.empty_lists
    assert (empty.url, empty.detail, empty.links) == ("http://news.example/policy/empty.html", "栏目调整中", 0)
    assert (times.articles, times.last_good_at, times.stuck_runs) == (0, None, [])
    assert [state.site for state in archive.health("times")] == ["times"]


def test_page_beyond_the_end_of_a_list_is_no_empty_list(archive: Archive, make: Any) -> None:
    run = archive.open_run("news", "manual")
    archive.store(run, StoreBatch(lists=[make.listing(name="index_9", number=9, completes=True)]))
    assert archive.health()[0].empty_lists == []


def test_list_that_could_not_be_fetched_says_nothing_about_its_links(archive: Archive, make: Any) -> None:
    run = archive.open_run("news", "manual")
    url = make.listing().url
    archive.store(
        run, StoreBatch(lists=[make.listing(1)], failures=[make.failure(url, at=1, kind="list", cause="timeout")])
    )
    (health,) = archive.health()
    assert health.empty_lists == []
    assert health.quarantine == {"timeout": 1}


def test_runs_are_listed_newest_first(archive: Archive) -> None:
    numbers = []
    for site in ("news", "times", "news"):
        run = archive.open_run(site, "manual")
        archive.close_run(run, "ok")
        numbers.append(run.run_id)
    assert [row.id for row in archive.runs()] == numbers[::-1]
    assert [row.id for row in archive.runs("news", limit=1)] == numbers[2:]


def test_unknown_snapshot_is_named(archive: Archive) -> None:
    with pytest.raises(SnapshotCorrupt, match="no snapshot 000102"):
        archive.snapshot(bytes(range(16)))


def test_newest_stored_page_is_found_by_its_address_whatever_came_of_it(archive: Archive, make: Any) -> None:
    handle = archive.open_run("news", "manual")
    archive.store(handle, StoreBatch(articles=[make.article(1)]))
    failure = make.failure(1, at=5, cause="layout", fetch=make.fetch(1, at=5, body=b"<html>another template</html>"))
    archive.store(handle, StoreBatch(failures=[failure]))
    found = archive.newest_snapshot(make.key(make.url(1)))
    assert found is not None
    assert found.body == b"<html>another template</html>"
    assert archive.newest_snapshot(make.key("http://news.example/never")) is None
