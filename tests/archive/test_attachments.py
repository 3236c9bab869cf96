"""Files that articles link to, and articles over several pages, as the archive keeps them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Boolean, MetaData, insert, select

from archive import database as db
from archive.archive import Archive
from archive.database import Database
from archive.errors import DatabaseTooOld
from archive.records import AttachmentRecord, DocumentRecord, PartRecord, RunHandle, StoreBatch

FILE = "http://news.example/files/banfa.pdf"


@pytest.fixture
def run(archive: Archive) -> RunHandle:
    return archive.open_run("news", "manual")


def link(make: Any, url: str = FILE, name: str = "办法", **values: Any) -> AttachmentRecord:
    return AttachmentRecord(url, make.key(url), name, **values)


def document(make: Any, at: float = 0, url: str = FILE, body: bytes = b"%PDF-1", **values: Any) -> DocumentRecord:
    chosen = {"text": "首席质量官聘任办法", "search_text": "首席质量官聘任办法", "reader": 1} | values
    fetch = make.fetch(url, at, body, headers={"etag": '"1"', "content-type": "application/pdf"})
    return DocumentRecord("news", url, make.key(url), fetch, hashlib.sha256(body).digest(), "pdf", **chosen)


def test_link_waits_until_its_file_comes(archive: Archive, run: RunHandle, make: Any) -> None:
    archive.store(run, StoreBatch(articles=[make.article(1, files=[link(make)])]))
    (page,) = archive.due("news", make.at(1), kind="attachment")
    assert (page.url, page.kind, page.state) == (FILE, "attachment", "pending")
    assert archive.due("news", make.at(1)) == []
    (health,) = archive.health()
    assert (health.pending, health.files) == (0, {"pending": 1})
    archive.store(run, StoreBatch(documents=[document(make, 1)]))
    detail = archive.article(make.url(1))
    assert detail is not None
    (row,) = detail.attachments
    assert (row.state, row.name, row.document and row.document.text) == ("stored", "办法", "首席质量官聘任办法")
    assert archive.due("news", make.at(2), kind="attachment") == []
    assert [page.url for page in archive.due("news", make.at(26), kind="attachment")] == [FILE]
    assert archive.health()[0].files == {"read": 1}


def test_article_its_file_and_its_failure_fit_into_one_batch(archive: Archive, run: RunHandle, make: Any) -> None:
    other = "http://news.example/files/b.doc"
    archive.store(
        run,
        StoreBatch(
            articles=[make.article(1, files=[link(make), link(make, other, "表")])],
            documents=[document(make)],
            failures=[make.failure(other, kind="attachment", cause="timeout")],
        ),
    )
    detail = archive.article(make.url(1))
    assert detail is not None
    assert [(row.state, row.detail) for row in detail.attachments] == [
        ("stored", ""),
        ("failed", "timeout: timeout seen"),
    ]
    assert archive.quarantine()[0].kind == "attachment"
    assert archive.check().problems == []


def test_file_of_an_article_that_was_not_stored_is_let_go(archive: Archive, run: RunHandle, make: Any) -> None:
    failure = make.failure(FILE, kind="attachment")
    archive.store(run, StoreBatch(documents=[document(make)], failures=[failure]))
    assert archive.documents() == []
    assert archive.due("news", make.at(99), kind=None) == []


def test_same_bytes_at_two_addresses_are_one_document_found_from_both(
    archive: Archive, run: RunHandle, make: Any
) -> None:
    copy = "http://other.example/b.pdf"
    articles = [make.article(1, files=[link(make)]), make.article(2, files=[link(make, copy)])]
    archive.store(run, StoreBatch(articles=articles, documents=[document(make), document(make, url=copy)]))
    assert len(archive.documents()) == 1
    assert archive.count(["聘任办法"]) == 2
    archive.store(run, StoreBatch(articles=[make.article(3, files=[link(make)])]))
    third = archive.article(make.url(3))
    assert third is not None
    assert third.attachments[0].document is not None, "linked later, it is here already"


def test_text_that_came_later_takes_the_place_of_none_and_none_of_text(
    archive: Archive, run: RunHandle, make: Any
) -> None:
    without = {"text": None, "search_text": "", "text_state": "no_reader", "text_detail": "x is not installed"}
    archive.store(
        run, StoreBatch(articles=[make.article(1, files=[link(make)])], documents=[document(make, **without)])
    )
    assert archive.count(["聘任办法"]) == 0
    assert [row.text_state for row in archive.documents(["no_reader"])] == ["no_reader"]
    archive.store(run, StoreBatch(documents=[document(make, 30)]))
    assert archive.count(["聘任办法"]) == 1
    archive.store(run, StoreBatch(documents=[document(make, 60, **without), document(make, 61, text_state="known")]))
    assert archive.count(["聘任办法"]) == 1
    digest = hashlib.sha256(b"%PDF-1").digest()
    archive.save_text(digest, "另一种读法", "另一种读法", "read", "", 2)
    found = archive.document(digest)
    assert found is not None
    assert (found.text, found.reader, found.size) == ("另一种读法", 2, 6)
    assert archive.documents(before_reader=2) == []
    assert archive.document(b"") is None


def test_unchanged_file_is_alive_again_after_a_failure(archive: Archive, run: RunHandle, make: Any) -> None:
    archive.store(run, StoreBatch(articles=[make.article(1, files=[link(make)])], documents=[document(make)]))
    archive.store(run, StoreBatch(failures=[make.failure(FILE, 30, "timeout", kind="attachment")]))
    archive.store(run, StoreBatch(touches=[make.touch(FILE, 31)]))
    detail = archive.article(make.url(1))
    assert detail is not None
    assert (detail.attachments[0].state, detail.attachments[0].changed_at) == ("stored", None)
    assert archive.quarantine() == []
    archive.store(run, StoreBatch(documents=[document(make, 60, body=b"%PDF-2", text="新办法", search_text="新办法")]))
    detail = archive.article(make.url(1))
    assert detail is not None
    assert detail.attachments[0].changed_at == make.at(60)


def test_file_taken_from_its_page_rests_until_it_is_linked_again(archive: Archive, run: RunHandle, make: Any) -> None:
    archive.store(run, StoreBatch(articles=[make.article(1, files=[link(make)]), make.article(2, files=[link(make)])]))
    archive.store(run, StoreBatch(touches=[make.touch(1, 30)]))
    assert [row.linked for row in archive.article(make.url(1)).attachments] == [True], "nothing was read"
    for number in (1, 2):
        touch = make.touch(number, 31)
        touch.files = []
        archive.store(run, StoreBatch(touches=[touch]))
        due = archive.due("news", make.at(40), kind="attachment")
        assert len(due) == (1 if number == 1 else 0), "the last one that links to it decides"
    assert [row.linked for row in archive.article(make.url(1)).attachments] == [False]
    archive.store(run, StoreBatch(articles=[make.article(1, 50, files=[link(make, name="新名")])]))
    (row,) = archive.article(make.url(1)).attachments
    assert (row.linked, row.name) == (True, "新名")
    assert len(archive.due("news", make.at(51), kind="attachment")) == 1
    assert archive.check().problems == []


def test_file_that_is_left_is_told_and_wanted_once_it_may_be_fetched(
    archive: Archive, run: RunHandle, make: Any
) -> None:
    archive.store(run, StoreBatch(articles=[make.article(1, files=[link(make, why_left="foreign host")])]))
    (row,) = archive.article(make.url(1)).attachments
    assert (row.state, row.detail, row.document) == ("left", "foreign host", None)
    assert archive.due("news", make.at(1), kind=None) == [] or archive.due("news", make.at(1), kind="attachment") == []
    archive.store(run, StoreBatch(articles=[make.article(1, 2, files=[link(make)])]))
    assert archive.article(make.url(1)).attachments[0].state == "pending"
    assert len(archive.due("news", make.at(3), kind="attachment")) == 1


def test_address_that_a_list_took_for_an_article_becomes_a_file(archive: Archive, run: RunHandle, make: Any) -> None:
    archive.store(run, StoreBatch(lists=[make.listing(FILE)], failures=[make.failure(FILE, 0, "bad_content")]))
    archive.store(run, StoreBatch(articles=[make.article(1, 1, files=[link(make)])], documents=[document(make, 1)]))
    assert archive.article(make.url(1)).attachments[0].state == "stored"
    assert archive.quarantine() == []


def test_parts_are_kept_with_the_revision_and_known_as_the_article(archive: Archive, run: RunHandle, make: Any) -> None:
    urls = [f"http://news.example/policy/1_{number}.html" for number in (2, 3)]
    parts = [PartRecord(url, make.key(url), make.fetch(url)) for url in urls]
    aliases = [make.alias(url, "part") for url in urls]
    listing = make.listing(1, urls[0])
    archive.store(run, StoreBatch(lists=[listing], articles=[make.article(1, parts=parts, aliases=aliases)]))
    detail = archive.article(urls[1])
    assert detail is not None
    assert [part["url"] for part in detail.current.parts] == urls
    assert [archive.snapshot(part["snapshot"]).url for part in detail.current.parts] == urls
    known = archive.known([make.key(make.url(1)), make.key(urls[0])])
    assert known[make.key(make.url(1))].parts == 2
    assert known[make.key(urls[0])].next_due_at is None
    assert archive.due("news", make.at(1)) == []
    assert archive.check().problems == []


def test_part_that_was_an_article_of_its_own_stays_one(archive: Archive, run: RunHandle, make: Any) -> None:
    url = make.url(2)
    part = PartRecord(url, make.key(url), make.fetch(url, 1))
    archive.store(run, StoreBatch(articles=[make.article(2)]))
    whole = make.article(1, 1, parts=[part], aliases=[make.alias(2, "part")])
    (outcome,) = archive.store(run, StoreBatch(articles=[whole]))
    assert outcome.decision == "new"
    assert archive.article(url).article.id != outcome.article_id
    assert archive.check().problems == []


def test_article_read_in_part_is_looked_at_again_soon(archive: Archive, run: RunHandle, make: Any) -> None:
    archive.store(run, StoreBatch(articles=[make.article(1, incomplete=True)]))
    assert [page.parts for page in archive.due("news", make.at(1.5))] == [1]


def test_archive_of_the_first_schema_is_upgraded_with_all_it_holds(
    database_url: str, empty_postgres_url: str, tmp_path: Path, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The old archive's rows are those of a new one, without what the old schema does not know.
    source = Archive(f"sqlite:///{tmp_path / 'source.db'}", tmp_path)
    listed = make.listing(1, 2)
    source.store(source.open_run("news", "manual"), StoreBatch(lists=[listed], articles=[make.article(1)]))
    url = database_url.replace("zhiwen.db", "old.db") if database_url.startswith("sqlite") else empty_postgres_url
    with monkeypatch.context() as patched:
        patched.setattr(db, "VERSIONS", ("0001",))
        old = Archive(url, tmp_path)
        assert old.upgrade() == (None, "0001")
    there, here = MetaData(), MetaData()
    target = Database(url)
    with source.database.read() as reading, target.write() as writing:
        there.reflect(reading)
        here.reflect(writing)
        for table in here.sorted_tables:
            if table.name in ("alembic_version",):
                continue
            flags = {column.name for column in table.c if isinstance(column.type, Boolean)}
            columns = [there.tables[table.name].c[column.name] for column in table.c]
            for row in reading.execute(select(*columns)).mappings():
                writing.execute(
                    insert(table).values({name: bool(v) if name in flags else v for name, v in row.items()})
                )
    target.close()
    source.close()
    archive = Archive(url, tmp_path)
    if not url.startswith("sqlite"):
        with pytest.raises(DatabaseTooOld):
            archive.open()
        assert archive.upgrade() == ("0001", db.VERSIONS[-1])
    assert archive.count(["质量强市"]) == 1
    detail = archive.article(make.url(1))
    assert detail is not None
    assert (detail.current.parts, detail.attachments) == ([], [])
    assert [page.parts for page in archive.due("news", make.at(1))] == [0]
    archive.close()
