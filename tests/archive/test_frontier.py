"""What is known, what is due, and what becomes of pages that fail or are gone."""

from __future__ import annotations

from typing import Any

import pytest

from archive.archive import Archive
from archive.records import ArticleDetail, RobotsRow, RunHandle, StoreBatch


@pytest.fixture
def run(archive: Archive) -> RunHandle:
    return archive.open_run("news", "manual")


def detail_of(archive: Archive, make: Any, number: int) -> ArticleDetail:
    detail = archive.article(make.key(make.url(number)))
    assert detail is not None
    return detail


def due_urls(archive: Archive, make: Any, at: float, **values: Any) -> list[str]:
    return [page.url for page in archive.due("news", make.at(at), **values)]


def test_links_of_a_list_wait_as_pending_pages_until_they_are_stored(
    archive: Archive, run: RunHandle, make: Any
) -> None:
    archive.store(run, StoreBatch(lists=[make.listing(1, 2, 2, 3)]))
    pages = archive.due("news", make.at(0))
    assert [page.url for page in pages] == [make.url(1), make.url(2), make.url(3)]
    assert {page.why for page in pages} == {"pending"}
    assert pages[0].link_title == "标题 1"
    assert pages[0].column == "policy"
    archive.store(run, StoreBatch(articles=[make.article(2)], lists=[make.listing(1, 2, 3, 4, at=1)]))
    assert due_urls(archive, make, 1) == [make.url(1), make.url(3), make.url(4)]
    assert due_urls(archive, make, 1, limit=1) == [make.url(1)]
    first, second = archive.list_readings(run.run_id)
    assert (first.links, first.known, first.new) == (4, 1, 3)
    assert (second.links, second.known, second.new, second.site) == (4, 3, 1, "news")
    assert archive.due("times", make.at(1)) == []


def test_pending_pages_go_before_failed_ones_and_those_before_revisits(
    archive: Archive, run: RunHandle, make: Any
) -> None:
    archive.store(
        run, StoreBatch(articles=[make.article(1)], failures=[make.failure(2)], lists=[make.listing(1, 2, 3)])
    )
    pages = archive.due("news", make.at(30))
    assert [(page.url, page.why) for page in pages] == [
        (make.url(3), "pending"),
        (make.url(2), "quarantine"),
        (make.url(1), "revisit"),
    ]


def test_validators_are_kept_with_the_page_and_only_of_what_was_read(
    archive: Archive, run: RunHandle, make: Any
) -> None:
    archive.store(run, StoreBatch(articles=[make.article(1)]))
    key = make.key(make.url(1))
    page = archive.known([key])[key]
    assert (page.etag, page.status, page.extractor_version, page.conditional_count) == ('"cy/1.html"', 200, 1, 0)
    assert page.body_hash is not None
    assert page.unconditional_at == make.at(0)
    bad = make.failure(
        1, at=1, cause="layout", fetch=make.fetch(1, 1, b"<html>maintenance", headers={"etag": '"other"'})
    )
    archive.store(run, StoreBatch(failures=[bad]))
    after = archive.known([key])[key]
    assert (after.etag, after.body_hash) == (page.etag, page.body_hash)
    archive.store(run, StoreBatch(touches=[make.touch(1, at=30, headers={"etag": '"new"'})]))
    after = archive.known([key])[key]
    assert (after.etag, after.body_hash, after.conditional_count, after.failures) == ('"new"', page.body_hash, 1, 0)
    assert after.unconditional_at == make.at(0)
    assert after.next_due_at == make.at(72)


def test_failed_page_is_in_quarantine_until_it_is_read(archive: Archive, run: RunHandle, make: Any) -> None:
    fetch = make.fetch(1, 0, b"<html>no body here", status=200)
    archive.store(run, StoreBatch(failures=[make.failure(1, cause="layout", fetch=fetch)]))
    (row,) = archive.quarantine()
    assert (row.cause, row.tries, row.detail, row.kind) == ("layout", 1, "layout seen", "article")
    assert row.next_try_at == make.at(1 / 6)
    assert due_urls(archive, make, 0.1) == []
    assert due_urls(archive, make, 0.2) == [make.url(1)]
    archive.store(
        run, StoreBatch(failures=[make.failure(1, at=0.2, cause="http"), make.failure(1, at=0.3, cause="timeout")])
    )
    (row,) = archive.quarantine("news", cause="timeout")
    assert (row.tries, row.first_at, row.last_at) == (3, make.at(0), make.at(0.3))
    archive.store(run, StoreBatch(articles=[make.article(1, at=9)]))
    assert archive.quarantine() == []
    (row,) = archive.quarantine(["news"], resolved=True)
    assert row.resolved_at is not None
    archive.store(run, StoreBatch(failures=[make.failure(1, at=30)]))
    (row,) = archive.quarantine()
    assert (row.tries, row.first_at) == (1, make.at(30)), "new trouble starts the ladder anew"
    assert archive.check().problems == []


def test_failing_site_changes_no_article(archive: Archive, run: RunHandle, make: Any) -> None:
    archive.store(run, StoreBatch(articles=[make.article(1)]))
    archive.store(run, StoreBatch(failures=[make.failure(1, at=25, status=500)]))
    archive.store(run, StoreBatch(failures=[make.failure(1, at=60, cause="gone", status=404)]))
    archive.store(run, StoreBatch(failures=[make.failure(1, at=99, cause="gone", status=404)]))
    article = detail_of(archive, make, 1).article
    assert (article.state, article.revision, article.last_seen_at) == ("live", 1, make.at(0))
    assert due_urls(archive, make, 99 + 23) == []
    assert due_urls(archive, make, 99 + 24) == [make.url(1)]


def test_page_gone_twice_a_day_apart_is_withdrawn_and_may_come_back(
    archive: Archive, run: RunHandle, make: Any
) -> None:
    archive.store(run, StoreBatch(articles=[make.article(1)]))
    archive.store(run, StoreBatch(failures=[make.gone(1, at=24)]))
    assert detail_of(archive, make, 1).article.state == "missing"
    archive.store(run, StoreBatch(failures=[make.gone(1, at=30)]))
    assert detail_of(archive, make, 1).article.state == "missing", "too soon to confirm"
    assert due_urls(archive, make, 47) == []
    assert due_urls(archive, make, 48) == [make.url(1)]
    archive.store(run, StoreBatch(failures=[make.gone(1, at=48)]))
    article = detail_of(archive, make, 1).article
    assert (article.state, article.state_changed_at) == ("withdrawn", make.at(48))
    assert archive.quarantine() == []
    assert due_urls(archive, make, 48 + 24 * 7) == [make.url(1)]
    archive.store(run, StoreBatch(failures=[make.gone(1, at=300)]))
    assert detail_of(archive, make, 1).article.state_changed_at == make.at(48)
    archive.store(run, StoreBatch(articles=[make.article(1, at=400)]))
    assert detail_of(archive, make, 1).article.state == "live"
    kinds = [change.kind for change in archive.changes(make.at(-1))]
    assert kinds == ["new", "missing", "withdrawn", "back"]
    row = archive.run(run.run_id)
    assert row is not None
    assert (row.counts["missing"], row.counts["withdrawn"], row.counts["back"]) == (1, 1, 1)
    assert archive.check().problems == []


def test_missing_page_that_answers_again_is_live(archive: Archive, run: RunHandle, make: Any) -> None:
    archive.store(run, StoreBatch(articles=[make.article(1)], failures=[make.gone(1, at=24)]))
    archive.store(run, StoreBatch(touches=[make.touch(1, at=48)]))
    assert detail_of(archive, make, 1).article.state == "live"
    archive.store(run, StoreBatch(failures=[make.gone(1, at=72)]))
    assert detail_of(archive, make, 1).article.state == "missing", "the count starts anew"


def test_article_that_moved_without_a_redirect_lives_on_at_its_new_address(
    archive: Archive, run: RunHandle, make: Any
) -> None:
    first = make.article(1)
    copy = make.article("http://news.example/new/1.html", at=5, title=first.title, body=first.body)
    archive.store(run, StoreBatch(articles=[first, copy]))
    archive.store(run, StoreBatch(failures=[make.gone(1, at=24)]))
    assert due_urls(archive, make, 24) == [copy.url], "the other address is asked at once"
    again = make.article(copy.url, at=25, title=first.title, body=first.body)
    (outcome,) = archive.store(run, StoreBatch(articles=[again]))
    assert outcome.decision == "alias"
    detail = archive.article(outcome.article_id)
    assert detail is not None
    assert (detail.article.state, detail.article.url) == ("live", copy.url)
    assert [alias.url for alias in detail.aliases] == [make.url(1)]
    assert due_urls(archive, make, 200) == [copy.url]
    archive.store(run, StoreBatch(failures=[make.gone(1, at=60)]))
    assert detail_of(archive, make, 1).article.state == "live", "the old address no longer decides"
    assert archive.check().problems == []


def test_page_gone_before_it_was_ever_stored_stays_in_quarantine(archive: Archive, run: RunHandle, make: Any) -> None:
    archive.store(run, StoreBatch(lists=[make.listing(1)], failures=[make.gone(1)]))
    (row,) = archive.quarantine()
    assert row.cause == "gone"
    (page,) = archive.due("news", make.at(1))
    assert (page.state, page.why) == ("quarantined", "quarantine")


def test_gone_page_with_open_trouble_has_its_quarantine_resolved(archive: Archive, run: RunHandle, make: Any) -> None:
    archive.store(run, StoreBatch(articles=[make.article(1)], failures=[make.failure(1, at=25)]))
    archive.store(run, StoreBatch(failures=[make.failure(1, at=26), make.gone(1, at=27)]))
    assert archive.quarantine() == []
    assert archive.check().problems == []


def test_failed_list_page_is_due_apart_from_articles(archive: Archive, run: RunHandle, make: Any) -> None:
    page = "http://news.example/policy/index_2.html"
    archive.store(run, StoreBatch(failures=[make.failure(page, kind="list", cause="timeout", column="policy")]))
    assert due_urls(archive, make, 1) == []
    assert due_urls(archive, make, 1, kind="list") == [page]
    assert due_urls(archive, make, 1, kind=None) == [page]
    archive.store(run, StoreBatch(lists=[make.listing(1, name="index_2", at=1)]))
    assert due_urls(archive, make, 99, kind="list") == []


def test_touch_of_what_was_never_stored_changes_nothing(archive: Archive, run: RunHandle, make: Any) -> None:
    archive.store(run, StoreBatch(lists=[make.listing(1)]))
    archive.store(run, StoreBatch(touches=[make.touch(1, at=1), make.touch(2, at=1)]))
    assert due_urls(archive, make, 1) == [make.url(1)]
    assert list(archive.known([make.key(make.url(2))])) == []


def test_touched_copy_stays_without_revisits(archive: Archive, run: RunHandle, make: Any) -> None:
    first = make.article(1)
    url = "http://news.example/a/1.html"
    archive.store(run, StoreBatch(articles=[first, make.article(url, title=first.title, body=first.body)]))
    archive.store(run, StoreBatch(touches=[make.touch(url, at=9)]))
    assert archive.known([make.key(url)])[make.key(url)].next_due_at is None
    assert detail_of(archive, make, 1).article.last_seen_at == make.at(0)


def test_robots_answer_is_replaced(archive: Archive, make: Any) -> None:
    assert archive.robots("http://news.example") is None
    for status, body in ((200, b"User-agent: *"), (None, b"")):
        row = RobotsRow("http://news.example", status, body, make.at(0))
        archive.save_robots(row)
        assert archive.robots("http://news.example") == row


def test_nothing_asked_is_nothing_known(archive: Archive) -> None:
    assert archive.known([]) == {}
    assert archive.list_page("news", "http://news.example/") is None


def test_article_whose_headline_changed_on_its_list_is_due_at_once(archive: Archive, make: Any) -> None:
    run = archive.open_run("news", "manual")
    archive.store(run, StoreBatch(lists=[make.listing(1, 2)], articles=[make.article(1), make.article(2)]))
    listing = make.listing(1, 2)
    assert archive.due("news", make.at(0.01)) == []
    archive.store(run, StoreBatch(lists=[listing]))
    assert archive.due("news", make.at(0.01)) == [], "the same headline moves nothing"
    listing.links[0].title = "更正后的标题"
    archive.store(run, StoreBatch(lists=[listing]))
    assert [page.url for page in archive.due("news", make.at(0.01))] == [listing.links[0].url]
