"""Reading stored pages again: what replaces what, what is kept, and what no revision may come of."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from archive.archive import Archive
from archive.errors import LeaseLost
from archive.records import AliasRecord, ArticleRecord, Outcome, RevisionRow, RunHandle, StoreBatch
from archive.rereading import NewReading, Wanted, differing, new_reading
from archive.words import REREADING

OLD, NEW = "1-old", "2-new"


@pytest.fixture
def run(archive: Archive) -> RunHandle:
    return archive.open_run("news", "manual")


def stored(archive: Archive, run: RunHandle, *records: ArticleRecord) -> list[Outcome]:
    return archive.store(run, StoreBatch(articles=list(records)))


def current(archive: Archive, article_id: int) -> RevisionRow:
    detail = archive.article(article_id)
    assert detail is not None
    return detail.current


def today(archive: Archive, make: Any, article_id: int, address: int | str, **values: Any) -> NewReading:
    """What today's reading makes of the bytes of an article's current revision."""
    record = make.article(address, **{"reading": NEW, "extractor_version": 2} | values)
    return new_reading(current(archive, article_id), record)


def test_new_reading_replaces_the_old_one_and_makes_no_revision(archive: Archive, run: RunHandle, make: Any) -> None:
    (first,) = stored(archive, run, make.article(1, reading=OLD, source="质量日报 编辑", column=["首页"]))
    before = current(archive, first.article_id)
    tidy = today(archive, make, first.article_id, 1, title="质量月今日启动", subtitle="全城参与")
    assert archive.reread(run, [NewReading.from_json(tidy.to_json())]) == ["reread"]
    after = current(archive, first.article_id)
    assert (after.title, after.source, after.subtitle, after.column) == (
        "质量月今日启动", "质量日报", "全城参与", ["新闻", "质量要闻"],
    )  # fmt: skip
    assert (after.number, after.fetched_at, after.run_id, after.snapshot_hash) == (
        before.number, before.fetched_at, before.run_id, before.snapshot_hash,
    )  # fmt: skip
    assert (after.reading, after.extractor_version) == (NEW, 2)
    assert len(archive.revisions(first.article_id)) == 1
    assert [change.kind for change in archive.changes(make.at(-1), make.at(1))] == ["new"]
    (hit,) = archive.search(["今日启动"])
    assert hit.article.title == "质量月今日启动"
    (kept,) = archive.rereadings(first.article_id)
    assert (kept.reading_before, kept.reading_after, kept.number) == (OLD, NEW, 1)
    assert {"title", "source", "subtitle", "column"} <= kept.fields.keys()
    assert kept.fields["source"] == "质量日报 编辑"
    assert "body" not in kept.fields, "what did not change is not kept twice"


def test_former_reading_can_be_put_back(archive: Archive, run: RunHandle, make: Any) -> None:
    published = datetime(2026, 2, 3, 4, tzinfo=UTC)
    outcomes = stored(
        archive, run, *(make.article(n, reading=OLD, title=f"旧题 {n}", published_at=published) for n in (1, 2))
    )
    before = [current(archive, one.article_id) for one in outcomes]
    readings = [today(archive, make, one.article_id, n) for n, one in enumerate(outcomes, 1)]
    archive.close_run(run, "ok")
    work = archive.open_run("news", REREADING)
    assert archive.reread(work, readings) == ["reread", "reread"]
    archive.close_run(work, "ok")
    later = archive.open_run("news", REREADING)
    newest = replace(readings[1], reading="3-newer", values=readings[1].values | {"title": "更新的题"})
    assert archive.reread(later, [newest]) == ["reread"]
    fold = lambda text: text.replace(" ", "").lower()  # noqa: E731
    assert archive.undo_rereading(later, work.run_id, fold) == (1, 1), "what was read again since stays"
    assert current(archive, outcomes[0].article_id) == before[0]
    assert archive.search(["旧题1"])[0].article.published_at == published
    assert current(archive, outcomes[1].article_id).title == "更新的题"
    assert archive.undo_rereading(later, later.run_id, fold) == (1, 0)
    assert archive.undo_rereading(later, work.run_id, fold) == (1, 0)
    assert current(archive, outcomes[1].article_id) == before[1]
    assert all(row.undone_at for row in archive.rereadings())


def test_same_reading_is_only_marked(archive: Archive, run: RunHandle, make: Any) -> None:
    (first,) = stored(archive, run, make.article(1, reading=OLD))
    wanted = Wanted("news", reading=NEW)
    assert archive.count_to_reread(wanted) == 1
    assert archive.reread(run, [today(archive, make, first.article_id, 1)]) == ["same"]
    assert archive.count_to_reread(wanted) == 0
    assert archive.rereadings() == []
    assert current(archive, first.article_id).reading == NEW


def test_revision_that_stands_on_other_bytes_by_now_is_left_alone(archive: Archive, run: RunHandle, make: Any) -> None:
    (first,) = stored(archive, run, make.article(1, reading=OLD))
    new = today(archive, make, first.article_id, 1, title="别的题")
    strange = [replace(new, snapshot_hash=b"x" * 16), replace(new, number=7), replace(new, article_id=99)]
    assert archive.reread(run, strange) == ["outdated"] * 3
    assert current(archive, first.article_id).reading == OLD


def test_older_revision_is_read_again_without_touching_article_and_search(
    archive: Archive, run: RunHandle, make: Any
) -> None:
    (first,) = stored(archive, run, make.article(1, title="初稿", reading=OLD))
    old = today(archive, make, first.article_id, 1, title="初稿（更正）")
    stored(archive, run, make.article(1, at=1, title="定稿", reading=NEW))
    assert archive.reread(run, [old]) == ["reread"]
    assert [one.title for one in archive.revisions(first.article_id)] == ["初稿（更正）", "定稿"]
    detail = archive.article(first.article_id)
    assert detail is not None
    assert detail.article.title == "定稿"
    assert archive.search(["定稿"])
    assert not archive.search(["初稿"])


def test_reading_again_needs_the_lease(archive: Archive, run: RunHandle, make: Any) -> None:
    (first,) = stored(archive, run, make.article(1, reading=OLD))
    new = today(archive, make, first.article_id, 1, title="别的题")
    archive.close_run(run, "ok")
    with pytest.raises(LeaseLost):
        archive.reread(run, [new])
    assert archive.rereadings() == []


def test_files_found_only_now_are_asked_for_with_their_page(archive: Archive, run: RunHandle, make: Any) -> None:
    (first,) = stored(archive, run, make.article(1, reading=OLD))
    assert archive.due("news", make.at(1)) == []
    file = {"url": "http://news.example/a.pdf", "name": "名单"}
    archive.reread(run, [today(archive, make, first.article_id, 1, attachments=[file])])
    (page,) = archive.due("news", datetime.now(UTC) + timedelta(seconds=1))
    assert (page.url, page.extractor_version) == (make.url(1), None)


def test_what_only_our_own_reading_changed_is_no_revision(archive: Archive, run: RunHandle, make: Any) -> None:
    (first,) = stored(archive, run, make.article(1, body="分享到：微信\n正文一段。", reading=OLD))
    clean = make.article(1, at=24, body="正文一段。", reading=NEW)
    clean.rereading = today(archive, make, first.article_id, 1, body="正文一段。")
    (outcome,) = stored(archive, run, clean)
    assert (outcome.decision, outcome.revision) == ("reread", 1)
    assert [one.body for one in archive.revisions(first.article_id)] == ["正文一段。"]
    (row,) = archive.runs("news", limit=1)
    assert row.counts["reread"] == 1


def test_change_of_the_site_beside_a_changed_reading_is_one_revision_over_the_new_reading(
    archive: Archive, run: RunHandle, make: Any
) -> None:
    (first,) = stored(archive, run, make.article(1, body="分享到：微信\n新增3家。", reading=OLD))
    edited = make.article(1, at=24, body="新增9家。", reading=NEW)
    edited.rereading = today(archive, make, first.article_id, 1, body="新增3家。")
    (outcome,) = stored(archive, run, edited)
    assert (outcome.decision, outcome.revision) == ("changed", 2)
    assert [one.body for one in archive.revisions(first.article_id)] == ["新增3家。", "新增9家。"]
    assert archive.search(["新增9家"])


def test_reading_of_a_revision_that_is_not_the_current_one_any_more_counts_for_nothing(
    archive: Archive, run: RunHandle, make: Any
) -> None:
    (first,) = stored(archive, run, make.article(1, body="一", reading=OLD))
    late = make.article(1, at=48, body="三", reading=NEW)
    late.rereading = today(archive, make, first.article_id, 1, body="三")
    stored(archive, run, make.article(1, at=24, body="二", reading=OLD))
    (outcome,) = stored(archive, run, late)
    assert (outcome.decision, outcome.revision) == ("changed", 3)
    assert [one.body for one in archive.revisions(first.article_id)] == ["一", "二", "三"]


def test_article_known_from_a_mirror_stays_one(archive: Archive, run: RunHandle, make: Any) -> None:
    mirror = make.article("http://copy.example/1.html", reading=OLD, is_mirror=True)
    mirror.aliases = [AliasRecord(make.url(1), make.key(make.url(1)), "original")]
    (first,) = stored(archive, run, mirror)
    new = today(
        archive, make, first.article_id, "http://copy.example/1.html", title="复原的题", restored=True, is_mirror=True
    )
    assert archive.reread(run, [new]) == ["reread"]
    with archive.database.read() as connection:
        row = connection.execute(text("SELECT title, restored, from_mirror, url FROM article")).one()
    assert (row.title, bool(row.restored), bool(row.from_mirror), row.url) == ("复原的题", True, True, make.url(1))


def test_what_is_wanted_can_be_narrowed(archive: Archive, run: RunHandle, make: Any) -> None:
    stored(archive, run, *(make.article(n, at=n, reading=OLD) for n in range(4)))
    stored(archive, run, make.article(0, at=9, title="改", reading=NEW))
    everything = Wanted("news", all_revisions=True)
    assert [(one.article_id, one.number) for one in archive.to_reread(everything)] == [
        (1, 1),
        (1, 2),
        (2, 1),
        (3, 1),
        (4, 1),
    ]
    assert archive.count_to_reread(Wanted("news", reading=NEW)) == 3
    assert archive.count_to_reread(Wanted("news", since=make.at(2), until=make.at(4))) == 2
    shares = [[one.article_id for one in archive.to_reread(Wanted("news", share=(i, 2)))] for i in range(2)]
    assert shares == [[2, 4], [1, 3]]
    assert archive.site_names() == ["news"]
    assert archive.count_to_reread(Wanted("other")) == 0


def test_list_of_many_is_read_in_pieces(
    archive: Archive, run: RunHandle, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archive.rereading._PAGE", 2)
    stored(archive, run, *(make.article(n, reading=OLD) for n in range(4)))
    assert [one.article_id for one in archive.to_reread(Wanted("news"))] == [1, 2, 3, 4]


def test_what_cannot_be_stored_as_it_is_makes_no_endless_difference(
    archive: Archive, run: RunHandle, make: Any
) -> None:
    record = make.article(1, title="坏\ud800字\x00", warnings=["\udfff"], views=2**70, reading=OLD)
    (first,) = stored(archive, run, record)
    held = current(archive, first.article_id)
    new = new_reading(held, record)
    assert differing({name: getattr(held, name) for name in held.__slots__}, new.values) == []


def test_reading_again_is_no_sign_of_life_of_the_site(archive: Archive, run: RunHandle, make: Any) -> None:
    stored(archive, run, make.article(1))
    archive.close_run(run, "blocked")
    archive.close_run(archive.open_run("news", REREADING), "ok")
    (health,) = archive.health()
    assert health.last_run is not None
    assert (health.last_run.verdict, health.last_good_at) == ("blocked", None)
