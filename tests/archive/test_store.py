"""New, changed, unchanged, alias: what a read article is to the archive."""

from __future__ import annotations

from typing import Any

import pytest

from archive.archive import Archive
from archive.errors import LeaseLost
from archive.records import Outcome, RunHandle, StoreBatch


@pytest.fixture
def run(archive: Archive) -> RunHandle:
    return archive.open_run("news", "manual")


def store(archive: Archive, run: RunHandle, *articles: Any, **others: Any) -> list[Outcome]:
    return archive.store(run, StoreBatch(articles=list(articles), **others))


def decisions(outcomes: list[Outcome]) -> list[str]:
    return [outcome.decision for outcome in outcomes]


def test_new_article_is_stored_with_all_its_fields(archive: Archive, run: RunHandle, make: Any) -> None:
    record = make.article(1, subtitle="副题", views=12, doc_number="质发〔2026〕3号", warnings=["两个日期"])
    record.images = [{"url": "http://news.example/1.jpg", "caption": None}]
    (outcome,) = store(archive, run, record)
    assert outcome.decision == "new"
    assert outcome.revision == 1
    detail = archive.article(outcome.article_id)
    assert detail is not None
    assert (detail.article.url, detail.article.column, detail.article.views) == (record.url, record.column, 12)
    assert detail.article.first_seen_at == make.at(0)
    current = detail.current
    for name in ("title", "subtitle", "body", "published_at", "published_precision", "source", "column", "reporters"):
        assert getattr(current, name) == getattr(record, name), name
    for name in ("images", "doc_number", "evidence", "warnings", "fingerprint", "url", "title_raw", "repairs"):
        assert getattr(current, name) == getattr(record, name), name
    assert current.run_id == run.run_id
    assert current.snapshot_hash is not None
    snapshot = archive.snapshot(current.snapshot_hash.hex())
    assert (snapshot.body, snapshot.status, snapshot.url) == (record.fetch.body, 200, record.url)
    assert snapshot.headers == record.fetch.headers
    assert snapshot.fetched_at == make.at(0)


def test_unchanged_article_makes_no_revision_but_is_seen_again(archive: Archive, run: RunHandle, make: Any) -> None:
    (first,) = store(archive, run, make.article(1))
    (again,) = store(archive, run, make.article(1, at=30, views=99))
    assert (again.decision, again.article_id, again.revision) == ("unchanged", first.article_id, 1)
    detail = archive.article(first.article_id)
    assert detail is not None
    assert detail.article.views == 99
    assert detail.article.last_seen_at == make.at(30)
    assert len(archive.revisions(first.article_id)) == 1


def test_changed_text_is_the_next_revision_and_the_old_one_stays(archive: Archive, run: RunHandle, make: Any) -> None:
    (first,) = store(archive, run, make.article(1, views=5))
    (second,) = store(archive, run, make.article(1, at=30, title="质量月延期"))
    assert (second.decision, second.revision) == ("changed", 2)
    (back,) = store(archive, run, make.article(1, at=60))
    assert (back.decision, back.revision) == ("changed", 3)
    titles = [revision.title for revision in archive.revisions(first.article_id)]
    assert titles == ["质量月启动 1", "质量月延期", "质量月启动 1"]
    detail = archive.article(first.article_id)
    assert detail is not None
    assert (detail.article.title, detail.article.revision, detail.article.views) == ("质量月启动 1", 3, 5)
    assert archive.count(["延期"]) == 0, "search knows the current text alone"


def test_one_article_twice_in_one_batch_is_stored_once(archive: Archive, run: RunHandle, make: Any) -> None:
    outcomes = store(archive, run, make.article(1), make.article(1, at=1), make.article(1, at=2, title="改了"))
    assert decisions(outcomes) == ["new", "unchanged", "changed"]
    assert len({outcome.article_id for outcome in outcomes}) == 1
    assert archive.count() == 1
    assert archive.check().problems == []


def test_redirect_leads_to_the_same_article(archive: Archive, run: RunHandle, make: Any) -> None:
    store(archive, run, lists=[make.listing("http://m.news.example/1")])
    moved = make.article(1, aliases=[make.alias("http://m.news.example/1", "redirect")])
    (outcome,) = store(archive, run, moved)
    assert archive.due("news", make.at(1)) == [], "the redirecting address is no longer pending"
    key = make.key("http://m.news.example/1")
    known = archive.known([key, make.key("http://news.example/none")])
    assert list(known) == [key]
    assert known[key].article_id == outcome.article_id
    detail = archive.article("http://m.news.example/1")
    assert detail is not None
    assert detail.article.id == outcome.article_id
    assert [alias.reason for alias in detail.aliases] == ["redirect"]


def test_alias_without_a_page_resolves_to_the_articles_page(archive: Archive, run: RunHandle, make: Any) -> None:
    (outcome,) = store(archive, run, make.article(1, aliases=[make.alias(7, "redirect")]))
    known = archive.known([make.key(make.url(7))])[make.key(make.url(7))]
    assert known.is_alias
    assert known.url == make.url(1)
    assert (known.revision, known.article_id) == (1, outcome.article_id)
    store(archive, run, touches=[make.touch(7, at=5)])
    detail = archive.article(outcome.article_id)
    assert detail is not None
    assert detail.article.last_seen_at == make.at(5)


def test_article_that_redirects_elsewhere_with_its_text_keeps_its_history(
    archive: Archive, run: RunHandle, make: Any
) -> None:
    (first,) = store(archive, run, make.article(1))
    title = make.article(1).title
    moved = make.article(2, at=30, title=title, body="改动后的正文" * 30, aliases=[make.alias(1, "redirect")])
    (outcome,) = store(archive, run, moved)
    assert (outcome.decision, outcome.article_id, outcome.revision) == ("changed", first.article_id, 2)
    (due,) = archive.due("news", make.at(30 + 25))
    assert due.url == make.url(1), "its own address is the one that is looked at again"


def test_removed_article_that_redirects_to_another_one_is_not_overwritten(
    archive: Archive, run: RunHandle, make: Any
) -> None:
    first, second = store(archive, run, make.article(1), make.article(2))
    other = make.article(2, at=30, aliases=[make.alias(1, "redirect")])
    (outcome,) = store(archive, run, other)
    assert (outcome.decision, outcome.article_id) == ("unchanged", second.article_id)
    detail = archive.article(first.article_id)
    assert detail is not None
    assert (detail.article.revision, detail.article.title) == (1, "质量月启动 1")
    assert archive.known([make.key(make.url(1))])[make.key(make.url(1))].article_id == first.article_id
    assert archive.check().problems == []


def test_address_that_redirects_to_ever_new_articles_hides_none(archive: Archive, run: RunHandle, make: Any) -> None:
    latest = make.alias("http://news.example/latest", "redirect")
    outcomes = store(archive, run, make.article(1, aliases=[latest]), make.article(2, aliases=[latest]))
    assert decisions(outcomes) == ["new", "new"]


def test_canonical_address_counts_only_when_the_title_agrees(archive: Archive, run: RunHandle, make: Any) -> None:
    (first,) = store(archive, run, make.article(1))
    hint = make.alias(1, "canonical")
    liar, printed = store(
        archive,
        run,
        make.article(2, aliases=[hint]),
        make.article("http://news.example/print?id=1", aliases=[hint], title="质量月启动 1", body="打印版" * 40),
    )
    assert liar.decision == "new"
    assert (printed.decision, printed.article_id, printed.revision) == ("alias", first.article_id, 1)


def test_hinted_address_is_still_crawled_itself(archive: Archive, run: RunHandle, make: Any) -> None:
    store(archive, run, make.article(1, aliases=[make.alias(5, "canonical")]))
    assert archive.known([make.key(make.url(5))]) == {}


def test_same_text_at_another_address_of_the_site_is_an_alias(archive: Archive, run: RunHandle, make: Any) -> None:
    first = make.article(1)
    copy = make.article("http://news.example/a/1.html", at=1, title=first.title, body=first.body)
    stored, alias = store(archive, run, first, copy)
    assert (alias.decision, alias.article_id) == ("alias", stored.article_id)
    known = archive.known([copy.url_key])[copy.url_key]
    assert (known.state, known.next_due_at) == ("stored", None)
    (again,) = store(archive, run, make.article("http://news.example/a/1.html", at=2, title="抄录处改了题"))
    assert (again.decision, again.revision) == ("alias", 1), "a copy never revises the article"


@pytest.mark.parametrize("difference", ["short", "published_at"])
def test_same_words_are_no_proof_when_short_or_of_another_day(
    archive: Archive, run: RunHandle, make: Any, difference: str
) -> None:
    first, second = make.article(1), make.article(2)
    second.title, second.body, second.fingerprint = first.title, first.body, first.fingerprint
    if difference == "short":
        first.body = second.body = "见附件。"
    else:
        second.published_at = make.at(-500)
    assert decisions(store(archive, run, first, second)) == ["new", "new"]


def test_same_text_on_two_sites_is_two_articles(archive: Archive, run: RunHandle, make: Any) -> None:
    (first,) = store(archive, run, make.article(1))
    other = archive.open_run("times", "manual")
    record = make.article(1, site="times", url="http://times.example/9", url_key=make.key("http://times.example/9"))
    (second,) = archive.store(other, StoreBatch(articles=[record]))
    assert second.decision == "new"
    assert second.article_id != first.article_id
    (foreign,) = archive.store(other, StoreBatch(articles=[make.article(1, at=9, site="times", title="别家的读法")]))
    assert (foreign.decision, foreign.revision) == ("alias", 1), "another site's run never revises an article"


def test_mirror_page_of_a_stored_article_is_an_alias(archive: Archive, run: RunHandle, make: Any) -> None:
    (genuine,) = store(archive, run, make.article(1))
    original = make.alias(1, "original")
    mirror = make.article("http://mirror.example/1", at=1, is_mirror=True, body="带噪声" * 40, aliases=[original])
    (outcome,) = store(archive, run, mirror)
    assert (outcome.decision, outcome.article_id, outcome.revision) == ("alias", genuine.article_id, 1)
    detail = archive.article(genuine.article_id)
    assert detail is not None
    assert not detail.current.is_mirror
    assert [alias.reason for alias in detail.aliases] == ["mirror"]
    assert archive.known([mirror.url_key])[mirror.url_key].fetched_at == make.at(1)


def test_original_replaces_the_mirrors_text(archive: Archive, run: RunHandle, make: Any) -> None:
    original = make.alias(1, "original")
    first = make.article("http://mirror.example/1", is_mirror=True, restored=True, aliases=[original])
    second = make.article("http://other.example/1", at=1, is_mirror=True, body="另一种噪声" * 30, aliases=[original])
    known, other = store(archive, run, first, second)
    assert (known.decision, other.decision, other.article_id) == ("new", "alias", known.article_id)
    detail = archive.article(known.article_id)
    assert detail is not None
    assert (detail.article.url, detail.current.url, detail.article.is_mirror) == (make.url(1), first.url, True)
    assert archive.known([make.key(make.url(1))]) == {}, "the original itself is still to be read"
    store(archive, run, lists=[make.listing(1)])
    assert [page.url for page in archive.due("news", make.at(0))] == [make.url(1)]
    (edited,) = store(archive, run, make.article(first.url, at=2, is_mirror=True, title="镜像改题", aliases=[original]))
    assert (edited.decision, edited.revision) == ("changed", 2), "until then the same mirror page may revise"
    (genuine,) = store(archive, run, make.article(1, at=3))
    assert (genuine.decision, genuine.article_id, genuine.revision) == ("changed", known.article_id, 3)
    (late,) = store(archive, run, make.article(first.url, at=4, is_mirror=True, title="镜像又改", aliases=[original]))
    assert (late.decision, late.revision) == ("alias", 3)
    assert archive.known([first.url_key])[first.url_key].next_due_at is None
    assert archive.check().problems == []


def test_touched_mirror_article_is_seen_again(archive: Archive, run: RunHandle, make: Any) -> None:
    url = "http://mirror.example/1"
    store(archive, run, make.article(url, is_mirror=True, aliases=[make.alias(1, "original")]))
    store(archive, run, touches=[make.touch(url, at=30)])
    detail = archive.article(make.key(make.url(1)))
    assert detail is not None
    assert detail.article.last_seen_at == make.at(30)


def test_text_that_databases_refuse_is_stored_all_the_same(archive: Archive, run: RunHandle, make: Any) -> None:
    record = make.article(1, title="质\x00量\ud800月", views=10**30, reporters=["王\ud800敏"])
    record.fetch.headers = {"x-odd": "\udcff\x00"}
    (outcome,) = store(archive, run, record)
    detail = archive.article(outcome.article_id)
    assert detail is not None
    assert detail.article.title == "质\ufffd量\ufffd月"
    assert detail.current.reporters == ["王\ufffd敏"]
    assert detail.article.views == 2**63 - 1
    assert archive.check().problems == []


def test_counts_on_the_run_are_those_of_the_transactions(archive: Archive, run: RunHandle, make: Any) -> None:
    store(archive, run, make.article(1), make.article(2), lists=[make.listing(1, 2, 3)])
    store(archive, run, make.article(1, at=1, title="改"), touches=[make.touch(2, at=1)], failures=[make.failure(3)])
    row = archive.run(run.run_id)
    assert row is not None
    wanted = {"lists": 1, "links": 3, "links_new": 3, "new": 2, "changed": 1, "unchanged": 1, "failed": 1}
    assert {name: row.counts[name] for name in wanted} == wanted
    assert row.causes == {"http": 1}
    archive.progress(run, {"new": 1, "requests": 9}, {"http": 4})
    row = archive.run(run.run_id)
    assert row is not None
    assert (row.counts["new"], row.counts["requests"], row.causes) == (2, 9, {"http": 4})


def test_batch_of_another_site_is_refused(archive: Archive, run: RunHandle, make: Any) -> None:
    with pytest.raises(ValueError, match="cannot store for 'times'"):
        store(archive, run, make.article(1, site="times"))


def test_big_batch_is_stored_whole(archive: Archive, run: RunHandle, make: Any) -> None:
    numbers = list(range(1200))
    store(archive, run, lists=[make.listing(*numbers)])
    # Texts too short for a story: comparing 1,200 alike ones is work of another kind.
    outcomes = store(archive, run, *[make.article(number, body=f"第{number}号通知。") for number in numbers])
    assert set(decisions(outcomes)) == {"new"}
    assert len(archive.known([outcome.url_key for outcome in outcomes])) == 1200
    assert archive.check().problems == []


def test_nothing_is_stored_after_the_run_was_closed(archive: Archive, run: RunHandle, make: Any) -> None:
    archive.close_run(run, "ok")
    with pytest.raises(LeaseLost):
        store(archive, run, make.article(1))
    assert archive.count() == 0


def test_bytes_served_twice_are_kept_once_and_lost_packs_are_written_again(
    archive: Archive, run: RunHandle, make: Any
) -> None:
    first, second = make.article(1), make.article(2)
    second.fetch.body = first.fetch.body
    store(archive, run, first, second)
    packs = list((archive.data_dir / "snapshots").glob("??/*.zst"))
    assert len(packs) == 1
    store(archive, run, make.article(1, at=0))
    assert list((archive.data_dir / "snapshots").glob("??/*.zst")) == packs
    packs[0].unlink()
    assert len(archive.check().problems) == 1
    store(archive, run, make.article(1, at=0))
    assert archive.check().problems == []
