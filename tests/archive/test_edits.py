"""What is an edit of an article and what is not: pure rules, and the same through the archive's door."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from archive import database as db
from archive.archive import Archive
from archive.clock import utc_now
from archive.edits import Held, HeldFile, fields_between, judge, text_hash
from archive.records import ArticleRecord, AttachmentRecord, DocumentRecord, StoreBatch

DATE = {"rule": "layout .info 发布时间：2026-02-28 16:00", "text": "2026-02-28 16:00"}
SOURCE = {"rule": "layout .info 来源", "text": "来源：质量日报"}


@pytest.fixture
def record(make: Any) -> ArticleRecord:
    made: ArticleRecord = make.article(
        1, layout="2026", evidence={"published_at": DATE, "source": SOURCE}, published_precision="minute"
    )
    return made


def held_of(record: ArticleRecord, **values: Any) -> Held:
    names = ("fingerprint", "published_at", "published_precision", "source", "layout", "extractor_version")
    return Held(
        number=1,
        language_script=record.language_script,
        evidence=record.evidence,
        title=record.search_title,
        body=record.search_body,
        **{name: getattr(record, name) for name in names} | values,
    )


def changed(held: Held, make: Any, **values: Any) -> list[str]:
    given = {"layout": "2026", "evidence": {"published_at": DATE, "source": SOURCE}, "published_precision": "minute"}
    finding = judge(held, make.article(1, **given | values))
    return [change["field"] for change in finding.changes]


def test_the_same_page_is_no_edit_and_nothing_is_written(record: ArticleRecord) -> None:
    assert judge(held_of(record), record).is_nothing


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("共有“12家”企业，参加。", "共有「12家」企业,参加"),
        ("第一段。 第二段！", "第一段。\n\n第二段。"),
        ("总投资1,200万元——含设备", "总投资1200万元（含设备）"),
        ("ＧＢ／Ｔ 19001", "GB/T19001"),
        ("附件1：申报表（下载次数：31）", "附件1：申报表（下载次数：977）"),
        ("浏览量：2086\n正文。", "正文。"),
    ],
)
def test_punctuation_width_and_white_space_are_no_edit(old: str, new: str) -> None:
    assert text_hash("题", "".join(old.split())) == text_hash("题", "".join(new.split()))


@pytest.mark.parametrize(
    ("old", "new"), [("3.5%", "35%"), ("气温-3度", "气温3度"), ("14:30", "1430"), ("共3家", "共35家"), ("王敏", "王芳")]
)
def test_one_figure_or_name_is_an_edit(old: str, new: str) -> None:
    assert text_hash("题", old) != text_hash("题", new)


def test_title_body_date_and_source_are_named_when_they_change(record: ArticleRecord, make: Any) -> None:
    held = held_of(record)
    assert record.published_at is not None
    assert changed(held, make, title="质量月闭幕") == ["title"]
    assert changed(held, make, body=record.body + "又添一句。") == ["body"]
    assert changed(held, make, published_at=record.published_at + timedelta(minutes=5)) == ["published_at"]
    assert changed(held, make, source="经济日报") == ["source"]
    assert changed(held, make, title="甲", body="乙", source="丙") == ["title", "body", "source"]


def test_a_day_and_a_minute_of_that_day_are_one_date(record: ArticleRecord, make: Any) -> None:
    held = held_of(record)
    assert record.published_at is not None
    midnight = record.published_at.replace(hour=16, minute=0) - timedelta(days=1)
    assert changed(held, make, published_at=midnight, published_precision="day") == []
    assert changed(held, make, published_at=midnight + timedelta(days=1), published_precision="day") == ["published_at"]
    seconds = record.published_at + timedelta(seconds=40)
    assert changed(held, make, published_at=seconds, published_precision="second") == []


def test_relative_dates_and_times_of_the_last_update_are_no_dates_of_publication(
    record: ArticleRecord, make: Any
) -> None:
    assert record.published_at is not None
    later = record.published_at + timedelta(days=9)
    for rule in ("relative to the fetch", "layout .info 更新时间：2026-03-09 16:00"):
        evidence = {"published_at": {"rule": rule, "text": "3小时前"}, "source": SOURCE}
        held = held_of(record)
        assert changed(held, make, published_at=later, evidence=evidence) == []
        held.evidence = evidence
        assert changed(held, make, published_at=later, evidence=evidence) == []


def test_what_is_no_longer_found_is_a_doubt_told_once_and_kept(record: ArticleRecord, make: Any) -> None:
    held = held_of(record)
    bare = make.article(1, layout="2026", evidence={}, published_at=None, published_precision=None, source=None)
    finding = judge(held, bare)
    assert finding.changes == []
    assert [doubt.partition(":")[0] for doubt in finding.doubts] == ["published_at", "source"]
    held.seen = finding.seen or {}
    assert judge(held, bare).is_nothing, "the second time nothing is written"
    back = judge(held, record)
    assert back.changes == [], "and found again it is what it was"
    held.seen = finding.seen or {}
    assert changed(held, make, source="经济日报") == ["source"], "a loss in between hides no edit"


def test_what_another_layout_or_reader_finds_is_no_edit_but_the_next_edit_is_seen(
    record: ArticleRecord, make: Any
) -> None:
    for basis in ({"layout": "generic"}, {"extractor_version": 99}):
        held = held_of(record)
        other = make.article(
            1, source="质量日报社", body=record.body + "\n版权所有。", published_precision="minute",
            evidence={"published_at": DATE, "source": SOURCE}, **{"layout": "2026"} | basis,
        )  # fmt: skip
        finding = judge(held, other)
        assert finding.changes == []
        held.seen = finding.seen or {}
        assert judge(held, other).is_nothing
        given = {"source": "质量日报社", "body": other.body, **{"layout": "2026"} | basis}
        assert changed(held, make, **given) == []
        assert changed(held, make, **given | {"source": "经济日报"}) == ["source"]
        assert changed(held, make, **given | {"body": other.body.replace("1号", "9号")}) == ["body"]


def test_a_date_or_source_that_appears_is_an_edit(record: ArticleRecord, make: Any) -> None:
    held = held_of(record, published_at=None, source=None)
    held.evidence = {}
    assert changed(held, make) == ["published_at", "source"]


def files(*given: tuple[str, str]) -> list[Any]:
    return [HeldFile(url.encode(), url, name) for url, name in given]


def read(*given: tuple[str, str]) -> list[AttachmentRecord]:
    return [AttachmentRecord(url, url.encode(), name) for url, name in given]


def test_files_added_removed_and_renamed_are_told_by_name(record: ArticleRecord) -> None:
    held = held_of(record, files=files(("/a.pdf", "办法全文"), ("/b.doc", "申报表")))
    record.files = read(("/a.pdf", "评审办法"), ("/c.xls", "名单"))
    (change,) = judge(held, record).changes
    assert change == {
        "field": "attachments",
        "added": [{"name": "名单", "url": "/c.xls"}],
        "removed": [{"name": "申报表", "url": "/b.doc"}],
        "renamed": [{"before": "办法全文", "after": "评审办法", "url": "/a.pdf"}],
    }


@pytest.mark.parametrize(
    "now",
    [
        (("/b.doc", "申报表"), ("/a.pdf", "办法全文")),
        (("/a.pdf?token=77", "办法全文"), ("/b.doc", "申报表")),
        (("http://cdn.example/x/a.pdf", "办法全文（下载次数：31）"), ("/b.doc", "申报表 (25.1KB)")),
    ],
)
def test_order_tokens_hosts_and_counters_of_files_are_no_edit(record: ArticleRecord, now: Any) -> None:
    held = held_of(record, files=files(("/a.pdf", "办法全文"), ("/b.doc", "申报表")))
    record.files = read(*now)
    assert judge(held, record).changes == []


# --- through the archive's door ---------------------------------------------------------------------------------------


def history(archive: Archive) -> list[tuple[int, list[str]]]:
    return [(row.number, [change["field"] for change in row.changes]) for row in archive.revisions(1)]


def test_every_kind_of_edit_becomes_a_revision_that_says_so(archive: Archive, make: Any) -> None:
    handle = archive.open_run("news", "manual")
    attached = [AttachmentRecord(make.url("a.pdf"), make.key(make.url("a.pdf")), "办法")]
    steps: list[dict[str, Any]] = [{}, {"source": "经济日报"}, {"published_at": make.at(-48)}, {"files": attached}, {}]
    values: dict[str, Any] = {}
    for day, step in enumerate(steps):
        values |= step
        archive.store(handle, StoreBatch(articles=[make.article(1, day * 24, **values)]))
    assert history(archive) == [(1, []), (2, ["source"]), (3, ["published_at"]), (4, ["attachments"])]
    article = archive.article(1)
    assert article is not None
    assert (article.article.source, article.article.revision) == ("经济日报", 4)
    assert article.article.changed_at == make.at(72)


def test_losing_date_and_source_is_noted_once_and_makes_no_revision(archive: Archive, make: Any) -> None:
    handle = archive.open_run("news", "manual")
    bare = {"published_at": None, "published_precision": None, "source": None}
    for day, step in enumerate(({}, bare, bare, {})):
        archive.store(handle, StoreBatch(articles=[make.article(1, day * 24, **step)]))
    assert history(archive) == [(1, [])]
    (row,) = archive.revisions(1)
    assert len(row.warnings) == 2
    article = archive.article(1)
    assert article is not None
    assert article.article.source == "质量日报"


def test_an_edit_of_a_page_that_lost_its_source_keeps_the_source(archive: Archive, make: Any) -> None:
    handle = archive.open_run("news", "manual")
    for day, step in enumerate(({}, {"title": "质量月闭幕", "source": None}, {"title": "质量月闭幕"})):
        archive.store(handle, StoreBatch(articles=[make.article(1, day * 24, **step)]))
    assert history(archive) == [(1, []), (2, ["title"])]
    assert archive.revisions(1)[1].source == "质量日报"


def document(make: Any, at: float, content: bytes, text: str | None = None) -> DocumentRecord:
    url = make.url("a.pdf")
    return DocumentRecord(
        "news", url, make.key(url), make.fetch(url, at, content), make.key(content.hex()) * 2, "pdf", text=text,
        search_text=text or "", text_state="read" if text else "empty",
    )  # fmt: skip


def test_other_bytes_at_a_files_address_revise_every_article_that_links_to_it(archive: Archive, make: Any) -> None:
    first = archive.open_run("news", "manual")
    attached = [AttachmentRecord(make.url("a.pdf"), make.key(make.url("a.pdf")), "办法")]
    articles = [make.article(1, files=attached), make.article(2, files=attached)]
    archive.store(first, StoreBatch(articles=articles, documents=[document(make, 1, b"%PDF-1 a")]))
    archive.store(first, StoreBatch(documents=[document(make, 2, b"%PDF-1 a")]))
    assert history(archive) == [(1, [])], "the same bytes again are no change"
    archive.close_run(first, "ok")
    second = archive.open_run("news", "manual")
    archive.store(second, StoreBatch(documents=[document(make, 30, b"%PDF-1 b")]))
    for number in (1, 2):
        old, new = archive.revisions(number)
        (change,) = new.changes
        (file,) = change["replaced"]
        assert (change["field"], file["name"], old.body) == ("attachments", "办法", new.body)
        assert file["before"] != file["after"]
        assert new.fetched_at == make.at(30)
    assert archive.run(second.run_id).counts["changed"] == 2  # type: ignore[union-attr]
    assert [row.kind for row in archive.changes(make.at(29))] == ["changed", "changed"]


def test_a_page_and_its_file_that_change_in_one_run_are_one_revision(archive: Archive, make: Any) -> None:
    first = archive.open_run("news", "manual")
    attached = [AttachmentRecord(make.url("a.pdf"), make.key(make.url("a.pdf")), "办法")]
    batch = StoreBatch(articles=[make.article(1, files=attached)], documents=[document(make, 0, b"%PDF-1 a")])
    archive.store(first, batch)
    archive.close_run(first, "ok")
    second = archive.open_run("news", "manual")
    archive.store(second, StoreBatch(articles=[make.article(1, 30, title="质量月闭幕", files=attached)]))
    archive.store(second, StoreBatch(documents=[document(make, 30, b"%PDF-1 b")]))
    assert history(archive) == [(1, []), (2, ["title", "attachments"])]


def test_a_file_written_anew_for_every_reader_is_not_news_for_ever(archive: Archive, make: Any) -> None:
    attached = [AttachmentRecord(make.url("a.pdf"), make.key(make.url("a.pdf")), "办法")]
    for number in range(4):
        handle = archive.open_run("news", "manual")
        files = [document(make, number * 30, b"%%PDF-1 %d" % number, "评审办法全文")]
        page = [make.article(1, number * 30, files=attached)]
        archive.store(handle, StoreBatch(articles=page, documents=files))
        archive.close_run(handle, "ok")
    assert len(archive.revisions(1)) == 2


def test_a_moved_file_with_other_bytes_is_a_changed_file(archive: Archive, make: Any) -> None:
    first = archive.open_run("news", "manual")
    old = AttachmentRecord(make.url("a.pdf"), make.key(make.url("a.pdf")), "办法")
    batch = StoreBatch(articles=[make.article(1, files=[old])], documents=[document(make, 0, b"%PDF-1 a")])
    archive.store(first, batch)
    archive.close_run(first, "ok")
    second = archive.open_run("news", "manual")
    url = make.url("a.pdf?v=2")
    file = document(make, 30, b"%PDF-1 b")
    file.url, file.url_key, file.fetch = url, make.key(url), make.fetch(url, 30, b"%PDF-1 b")
    page = make.article(1, 30, files=[AttachmentRecord(url, make.key(url), "办法")])
    archive.store(second, StoreBatch(articles=[page], documents=[file]))
    assert history(archive) == [(1, []), (2, ["attachments"])]


def test_old_rows_without_notes_are_compared_by_their_fields(archive: Archive, make: Any) -> None:
    handle = archive.open_run("news", "manual")
    for day, title in enumerate(("质量月启动", "质量月闭幕")):
        archive.store(handle, StoreBatch(articles=[make.article(1, day * 24, title=title, body="同一段文字。" * 20)]))
    before, after = archive.revisions(1)
    assert fields_between(before, after) == [{"field": "title"}]


def test_files_begin_their_ladder_anew_with_an_edit_of_their_article(archive: Archive, make: Any) -> None:
    handle = archive.open_run("news", "manual")
    key = make.key(make.url("a.pdf"))
    attached = [AttachmentRecord(make.url("a.pdf"), key, "办法")]
    batch = StoreBatch(articles=[make.article(1, files=attached)], documents=[document(make, 0, b"%PDF-1 a")])
    archive.store(handle, batch)
    archive.store(handle, StoreBatch(touches=[make.touch(make.url("a.pdf"), 30 * 24)]))
    assert archive.known([key])[key].next_due_at == make.at(60 * 24)
    archive.store(handle, StoreBatch(articles=[make.article(1, 40 * 24, title="质量月闭幕", files=attached)]))
    assert archive.known([key])[key].next_due_at == make.at(41 * 24)
    archive.store(handle, StoreBatch(touches=[make.touch(make.url("a.pdf"), 41 * 24)]))
    assert archive.known([key])[key].next_due_at == make.at(43 * 24), "and goes on upon it"


def rewrite_as_older(file: Path) -> None:
    """The same rows in the schema that is the newest one at this moment."""
    new = file.rename(file.with_suffix(".new"))
    db.upgrade(f"sqlite:///{file}", utc_now())
    with sqlite3.connect(file) as connection:
        connection.execute("ATTACH ? AS new", (str(new),))
        tables = connection.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in tables:
            if table != "alembic_version":
                columns = ", ".join(f'"{row[1]}"' for row in connection.execute(f'PRAGMA main.table_info("{table}")'))
                connection.execute(f'INSERT INTO main."{table}" ({columns}) SELECT {columns} FROM new."{table}"')
    connection.close()


def test_rows_from_before_the_upgrade_give_no_false_revision_and_show_the_next_edit(
    tmp_path: Path, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'zhiwen.db'}"
    attached = [AttachmentRecord(make.url("a.pdf"), make.key(make.url("a.pdf")), "办法")]
    with Archive(url, tmp_path) as archive:
        handle = archive.open_run("news", "manual")
        archive.store(handle, StoreBatch(articles=[make.article(1, files=attached)]))
        archive.close_run(handle, "ok")
    with monkeypatch.context() as patch:
        patch.setattr(db, "VERSIONS", ("0001", "0002"))
        rewrite_as_older(tmp_path / "zhiwen.db")
    with Archive(url, tmp_path) as archive:
        handle = archive.open_run("news", "manual")
        archive.store(handle, StoreBatch(articles=[make.article(1, 24, files=attached)]))
        assert history(archive) == [(1, [])]
        archive.store(handle, StoreBatch(articles=[make.article(1, 48, source="经济日报", files=attached)]))
        assert history(archive) == [(1, []), (2, ["source"])]
