"""``zhiwen reextract``: what it tells, what it stores, what it leaves alone, and how it goes on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from archive.archive import Archive
from archive.bodies import places
from archive.records import ArticleRecord, FetchRecord, StoreBatch
from archive.rereading import Wanted
from cli.reextract import _Work
from crawler.reading.text import fold
from crawler.reading.urls import canonical_url, url_key

SEEN = datetime(2026, 3, 9, 1, 30, tzinfo=UTC)
SITE = """publisher = "青石质量网"
base_url = "http://www.qingshi.example/"
[[lists]]
column = "要闻"
url = "/news/"
[[layouts]]
name = "2026"
title = { css = "h1" }
info = ".info"
body = ".text"
"""
SENTENCE = "青石县举办企业首席质量官培训班，第{}期学员在车间里练习用控制图查找偏差，县市场监管局派员讲课。"


def url(number: int) -> str:
    return f"http://www.qingshi.example/news/{number}.html"


def page(number: int) -> bytes:
    return (
        f"<html><head><title>首席质量官培训第{number}期开班</title></head><body><h1>首席质量官培训第{number}期开班</h1>"
        f"<div class='info'>2026-03-08 09:30 来源：青石日报</div><p class='share'>扫一扫分享</p>"
        f"<div class='text'><p>{SENTENCE.format(number)}</p></div></body></html>"
    ).encode()


def record(number: int, **more: Any) -> ArticleRecord:
    """An article as an older reading saw it: no source, and the share bar in the text."""
    title, body = f"首席质量官培训第{number}期开班", f"扫一扫分享\n{SENTENCE.format(number)}"
    values: dict[str, Any] = {
        "site": "qingshi",
        "url": url(number),
        "url_key": url_key(canonical_url(url(number))),
        "title": title,
        "body": body,
        "fingerprint": b"%016d" % number,
        "fetch": FetchRecord(url(number), 200, SEEN, {"content-type": "text/html; charset=utf-8"}, page(number)),
        "search_title": fold(title),
        "search_body": fold(body),
        "layout": "2020",
        "reading": "1-old",
    }
    return ArticleRecord(**values | more)


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Archive]:
    """Five articles of one site, read by an older reading; their site file, in a folder of the user's own."""
    folder = tmp_path / "data"
    (folder / "sites").mkdir(parents=True)
    (folder / "sites" / "qingshi.toml").write_text(SITE, "utf-8")
    opened = Archive(f"sqlite:///{folder / 'zhiwen.db'}", folder)
    run = opened.open_run("qingshi", "manual")
    long = f"{record(4).body}\n" + "这一段在页面里已经找不到出处。" * 20
    batch = [record(1), record(2), record(3), record(4, body=long), record(5)]
    batch[2].fetch.body = b"<html><body>not an article any more</body></html>"
    opened.store(run, StoreBatch(articles=batch[:4]))
    opened.store(run, StoreBatch(articles=batch[4:]))
    opened.close_run(run, "ok")
    yield opened
    opened.close()


def lose_bytes(archive: Archive, article_id: int) -> str:
    """The pack of an article is lost."""
    detail = archive.article(article_id)
    assert detail is not None
    assert detail.current.snapshot_hash is not None
    with archive.database.read() as connection:
        (place,) = places(connection, [detail.current.snapshot_hash]).values()
    (archive.snapshots.folder / place.pack).unlink()
    return place.pack


def body(archive: Archive, article_id: int) -> str:
    detail = archive.article(article_id)
    assert detail is not None
    return detail.current.body


def test_stored_pages_are_read_again_told_applied_and_put_back(archive: Archive, zhiwen: Callable[..., Any]) -> None:
    pack = lose_bytes(archive, 5)
    archive.close()
    dry = zhiwen("reextract", "--site", "qingshi", "--workers", 1)
    assert dry.code == 1, "three pages need a look"
    assert "source\t4\t0\t0" not in dry.out
    assert "source\t3\t0\t0" in dry.out, "filled in the three that can be read"
    assert "source of article 1: nothing → 青石日报" in dry.out
    assert pack in dry.out
    assert "of article 3" not in dry.out
    assert "Nothing was stored" in dry.out
    assert "扫一扫" in body(archive, 1)

    done = zhiwen("reextract", "--apply", "--json", "--workers", 2)
    assert done.code == 1
    (site,) = json.loads(done.out)["sites"]
    assert site["counts"] == {"differs": 2, "worse": 1, "unreadable": 1, "bytes": 1, "stored": 2}
    assert {(one["id"], one["state"]) for one in site["problems"]} == {(3, "unreadable"), (4, "worse"), (5, "bytes")}
    assert body(archive, 1) == SENTENCE.format(1)
    assert "已经找不到出处" in body(archive, 4), "what would get worse is left as it is"
    assert len(archive.revisions(1)) == 1
    assert [run.kind for run in archive.runs(limit=1)] == ["reread"]

    told = zhiwen("reextract", "--history", 1)
    assert "revision 1, read again" in told.out
    assert "扫一扫分享" in told.out
    back = zhiwen("reextract", "--undo", site["run"], "--json")
    assert json.loads(back.out) == {"site": "qingshi", "run": site["run"], "put_back": 2, "left": 0}
    assert body(archive, 1).startswith("扫一扫分享")
    assert zhiwen("reextract", "--undo", 99).code == 3
    assert zhiwen("reextract", "--history", 3).code == 3


def line(event: str, **values: Any) -> dict[str, Any]:
    return {"event": event, "site": "qingshi", **values}


def lines(archive: Archive) -> list[dict[str, Any]]:
    """What a child says of all pages that are still to be read again."""
    found = []
    for revision in archive.to_reread(Wanted("qingshi", reading="2-new")):
        new = {
            "article_id": revision.article_id,
            "number": revision.number,
            "snapshot_hash": revision.snapshot_hash.hex() if revision.snapshot_hash else None,
            "extractor_version": 2,
            "reading": "2-new",
            "values": {
                **{name: getattr(revision, name) for name in _names()},
                "title": f"新读出的标题 {revision.article_id}",
                "fingerprint": "00" * 16,
            },
            "search_title": f"新读出的标题{revision.article_id}",
            "search_body": "",
        }
        named = {"id": revision.article_id, "number": revision.number, "url": revision.url}
        found.append(line("read", **named, state="differs", loses=[], changes={}, reading=new))
    return [line("site", reading="2-new", total=len(found)), *found, line("end")]


def _names() -> list[str]:
    from archive.rereading import FIELDS

    return [name for name in FIELDS if name not in ("published_at", "fingerprint")] + ["published_at"]


def work_on(archive: Archive) -> _Work:
    return _Work(archive, apply=True, even_worse=False, shares=1)


def test_interrupted_work_goes_on_where_it_stopped(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.reextract._BATCH", 2)
    first = work_on(archive)
    for one in lines(archive)[:4]:  # a full batch and a half
        first.take(one)
    first.close("interrupted")
    (run,) = archive.runs(limit=1)
    assert (run.verdict, run.reason) == ("interrupted", "read again: 2 readings were replaced.")
    assert archive.count_to_reread(Wanted("qingshi", reading="2-new")) == 3
    second = work_on(archive)
    for one in lines(archive):
        second.take(one)
    second.close("interrupted")
    assert second.sites["qingshi"].counts == {"differs": 3, "stored": 3}
    assert archive.count_to_reread(Wanted("qingshi", reading="2-new")) == 0
    assert len(archive.rereadings()) == 5
    assert archive.runs(limit=1)[0].verdict == "ok"


def test_site_that_is_being_crawled_is_told_and_left_alone(archive: Archive) -> None:
    crawl = archive.open_run("qingshi", "manual")
    work = work_on(archive)
    for one in lines(archive):
        work.take(one)
    assert work.faulty
    assert f"qingshi is being crawled by run {crawl.run_id}" in str(work.sites["qingshi"].why_not_stored)
    assert archive.rereadings() == []
    archive.renew(crawl)


def test_crawl_that_took_the_site_over_meanwhile_is_not_disturbed(archive: Archive) -> None:
    work = work_on(archive)
    start, first, *rest = lines(archive)
    work.take(start)
    work.take(first)
    with archive.database.write() as connection:
        from sqlalchemy import text

        connection.execute(text("UPDATE site_lease SET token = token + 1"))
    for one in rest:
        work.take(one)
    work.close("interrupted")
    assert "no longer holds qingshi" in str(work.sites["qingshi"].why_not_stored)
    assert archive.rereadings() == []


def test_nothing_to_read_is_told_by_the_exit_code(archive: Archive, zhiwen: Callable[..., Any]) -> None:
    assert zhiwen("reextract", "--site", "nowhere").code == 2
    assert zhiwen("reextract", "--since", "someday").code == 2


def test_site_without_a_file_is_left_out(archive: Archive, zhiwen: Callable[..., Any]) -> None:
    (archive.data_dir / "sites" / "qingshi.toml").unlink()
    result = zhiwen("reextract")
    assert result.code == 3
    assert "qingshi is left out: there is no site file of that name any more" in result.err
