"""Web archives of other tools become articles, as if their pages were fetched at the time they tell."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import brotli
import pytest

from archive.errors import DiskFull
from archive.snapshots import SnapshotStore

START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
PATH = "/news/101.html"
FIRST = "城关区今天公布质量强区年度计划，全区新增质量管理示范企业87家，首席质量官制度覆盖全部重点企业。"
CHANGED = FIRST.replace("87家", "93家")
SECOND = "区市场监管局负责人介绍，计划按季度公布进展，年底进行考核评估，结果向社会公示。"


def hour(number: float) -> datetime:
    return START + timedelta(hours=number)


def test_every_version_of_a_page_is_a_revision_at_its_time_whatever_the_order_in_the_file(town: Any) -> None:
    warc = town.warc()
    warc.article(PATH, CHANGED, SECOND, at=72)
    warc.article(PATH, FIRST, SECOND, at=0)
    warc.article(PATH, FIRST, SECOND, at=24)
    imported = town.read(warc.close())
    assert imported.well
    assert imported.troubles == []
    assert imported.counts() == {"articles": 2, "new": 1, "changed": 1, "unchanged": 1}
    detail = town.article(PATH)
    assert [(row.fetched_at, row.body) for row in town.archive.revisions(detail.article.id)] == [
        (hour(0), f"{FIRST}\n{SECOND}"),
        (hour(72), f"{CHANGED}\n{SECOND}"),
    ]
    assert (detail.article.site, detail.article.source) == ("town", "城关质量网")
    assert (detail.article.first_seen_at, detail.article.last_seen_at) == (hour(0), hour(72))
    (page,) = town.archive.due("town")
    assert page.next_due_at == hour(72 + 24), "due as by the ladder, which is now"
    (run,) = town.archive.runs()
    assert (run.kind, run.verdict, run.options) == ("import", "ok", {"files": "x.warc.gz"})
    assert town.archive.health()[0].last_run is None, "an import says nothing of how the site does"
    assert town.archive.check().problems == []


def test_a_second_import_adds_nothing_and_opens_no_run(town: Any) -> None:
    warc = town.warc()
    warc.article(PATH, FIRST)
    warc.article(PATH, CHANGED, at=72)
    file = warc.close()
    town.read(file)
    assert town.read(file).counts() == {"held": 2}
    assert len(town.archive.runs()) == 1
    assert town.archive.exchange_count() == 2


@pytest.mark.parametrize("count", [1, 3])
def test_an_interrupted_import_goes_on_where_it_stopped(town: Any, count: int) -> None:
    warc = town.warc()
    for number in range(5):
        warc.article(f"/news/{number}.html", FIRST, SECOND, title=f"城关区质量工作动态第{number}期", at=number)
    file = warc.close()
    first = town.read(file, stop_after=count)
    assert first.counts() == {"articles": count, "new": count}
    assert town.archive.runs()[0].verdict == "interrupted"
    assert town.read(file).counts() == {"held": count, "articles": 5 - count, "new": 5 - count}
    assert (town.archive.count(), town.archive.exchange_count()) == (5, 5)


def test_what_is_older_than_the_text_held_is_kept_and_never_becomes_the_text(town: Any) -> None:
    newer, older = town.warc("newer.warc.gz"), town.warc("older.warc.gz")
    newer.article(PATH, CHANGED, at=72)
    older.article(PATH, FIRST, at=0)
    town.read(newer.close())
    old = older.close()
    assert town.read(old).counts() == {"older": 1}
    detail = town.article(PATH)
    assert (detail.article.revision, detail.current.body) == (1, CHANGED)
    (page,) = town.archive.due("town")
    assert page.fetched_at == hour(72), "nothing is said about today"
    texts = [town.archive.snapshot(fetch.snapshot_hash).body.decode() for fetch in town.archive.exchanges()]
    assert [FIRST in text for text in texts] == [False, True]
    assert town.read(old).counts() == {"held": 1}
    assert town.archive.exchange_count() == 2


def test_pages_of_an_undeclared_host_stand_under_the_host(town: Any) -> None:
    warc = town.warc()
    warc.article("http://www.elsewhere.example/a/1.html", FIRST, SECOND)
    warc.page("http://ads.example/frame.html", "<html><body><h1>抽奖</h1><p>点击领取</p></body></html>")
    imported = town.read(warc.close())
    assert imported.counts("elsewhere.example") == {"articles": 1, "new": 1}
    assert town.archive.site_names() == ["elsewhere.example"]
    assert [run.site for run in town.archive.runs()] == ["elsewhere.example"], "no run where nothing was stored"


def test_one_site_of_several_may_be_named(town: Any) -> None:
    warc = town.warc()
    warc.article(PATH, FIRST, SECOND)
    warc.article("http://www.elsewhere.example/a/1.html", FIRST, SECOND)
    imported = town.read(warc.close(), only=("elsewhere.example",))
    assert list(imported.sites) == ["elsewhere.example"]
    assert sorted(imported.events[-1]["sites"]) == ["elsewhere.example", "town"]
    assert town.archive.site_names() == ["elsewhere.example"]


def test_lists_and_other_answers_become_no_articles_and_no_work(town: Any) -> None:
    warc = town.warc()
    items = "".join(f'<li><a href="/news/{n}.html">城关区质量工作动态第{n}期通报</a></li>' for n in range(30))
    warc.page("/news/", f"<html><body><ul class='list'>{items}</ul></body></html>")
    warc.page("/news/index_2.html", f"<html><body><ul class='list'>{items}</ul></body></html>")
    warc.page("/gone.html", "<html><body>没有</body></html>", status="404 Not Found")
    warc.page("/logo.png", b"\x89PNG", Content_Type="image/png")
    imported = town.read(warc.close())
    assert imported.counts() == {"lists": 1, "not_articles": 1, "other": 1}
    assert imported.troubles == []
    assert town.archive.due("town", kind=None) == town.archive.quarantine() == town.archive.runs() == []


def test_pages_of_one_article_are_joined_from_whatever_time_they_come(town: Any) -> None:
    def pager(here: int) -> str:
        links = "".join(f'<a href="{PATH if n == 1 else "/news/101_2.html"}">{n}</a>' for n in (1, 2) if n != here)
        return (
            f"<div id='pages'>{links} <a href='/news/101_2.html'>下一页</a></div>"
            if here == 1
            else f"<div>{links}</div>"
        )

    warc = town.warc()
    warc.article("/news/101_2.html", SECOND, at=1, below=pager(2))
    warc.article(PATH, FIRST, at=0, below=pager(1))
    warc.article("/news/102.html", FIRST, at=2, title="城关区部署质量月活动", below=pager(1).replace("101", "102"))
    assert town.read(warc.close()).counts() == {"articles": 2, "new": 2}
    detail = town.article(PATH)
    assert detail.current.body == f"{FIRST}\n{SECOND}"
    assert [part["url"] for part in detail.current.parts] == ["http://www.town.example/news/101_2.html"]
    (warning,) = town.article("/news/102.html").current.warnings
    assert "in none of the files" in warning
    assert town.archive.count() == 2


def test_files_come_with_their_articles_and_change_with_time(town: Any, make_file: Any) -> None:
    warc = town.warc()
    link = "<p>附件：<a href='/files/plan.pdf'>年度计划.pdf</a></p>"
    warc.article(PATH, FIRST, SECOND, below=link)
    warc.page("/files/plan.pdf", make_file.pdf("质量强区年度计划"), 1, Content_Type="application/pdf")
    warc.page("/files/plan.pdf", make_file.pdf("质量强区年度计划修订"), 48, Content_Type="application/pdf")
    warc.page("/files/nobody.pdf", make_file.pdf("无人引用"), 1, Content_Type="application/pdf")
    file = warc.close()
    assert town.read(file).counts() == {"articles": 1, "new": 1, "files": 2, "other": 1}
    (attachment,) = town.article(PATH).attachments
    assert attachment.document.text == "质量强区年度计划修订"
    assert attachment.changed_at == hour(48)
    assert town.read(file).counts() == {"held": 3, "other": 1}


def test_revisits_are_led_to_what_they_repeat(town: Any) -> None:
    warc = town.warc()
    record_id = warc.article(PATH, FIRST)
    profile = "http://netpreserve.org/warc/1.1/revisit/"
    url, date = f"http://www.town.example{PATH}", "2026-03-02T02:00:00Z"
    warc.put(PATH, "revisit", b"", 24, WARC_Profile=f"{profile}server-not-modified", WARC_Refers_To=record_id)
    again = {"WARC_Refers_To_Target_URI": url, "WARC_Refers_To_Date": date}
    warc.put(PATH, "revisit", b"", 48, WARC_Profile=f"{profile}identical-payload-digest", **again)
    warc.put(PATH, "revisit", b"", 72, WARC_Profile=f"{profile}server-not-modified")
    warc.put("/news/9.html", "revisit", b"", 72, WARC_Profile=f"{profile}identical-payload-digest")
    imported = town.read(warc.close())
    assert imported.counts() == {"articles": 1, "new": 1, "unchanged": 3}
    assert imported.troubles == ["http://www.town.example/news/9.html: what it repeats is in none of the files"]
    assert town.article(PATH).article.last_seen_at == hour(72)
    assert [fetch.status for fetch in town.archive.exchanges()] == [200, 304, 200, 304]


@pytest.mark.parametrize("form", ["gzip", "br", "chunked", "not what it says", "gb18030"])
def test_bodies_are_read_in_whatever_form_they_came(town: Any, form: str) -> None:
    page = town.html("城关区公布质量强区年度计划", FIRST, SECOND).encode()
    size = f"{len(page):x}".encode()
    body, headers = {
        "gzip": (gzip.compress(page), {"Content_Encoding": "gzip"}),
        "br": (brotli.compress(page), {"Content_Encoding": "br"}),
        "chunked": (size + b"\r\n" + page + b"\r\n0\r\n\r\n", {"Transfer_Encoding": "chunked"}),
        "not what it says": (page, {"Content_Encoding": "gzip", "Transfer_Encoding": "chunked"}),
        "gb18030": (page.decode().encode("gb18030"), {"Content_Type": "text/html; charset=gb2312"}),
    }[form]
    warc = town.warc(version="1.0")
    warc.page(PATH, body, **headers)
    assert town.read(warc.close()).troubles == []
    assert town.article(PATH).current.body == f"{FIRST}\n{SECOND}"


def test_answers_that_are_not_whole_are_named_and_left_out(town: Any) -> None:
    page = town.html("城关区公布质量强区年度计划", FIRST, SECOND).encode()
    warc = town.warc()
    warc.page("/news/1.html", gzip.compress(page)[:-20], Content_Encoding="gzip")
    warc.page("/news/2.html", page, Content_Length=str(len(page) + 5))
    warc.page("/news/3.html", b"64\r\n" + page[:100] + b"\r\n400\r\n" + page[100:], Transfer_Encoding="chunked")
    warc.put("/news/4.html", "response", b"HTTP/1.1 200 OK\r\n\r\n" + page, WARC_Truncated="length")
    warc.put("/news/5.html", "response", b"HTTP/1.1 200 OK\r\n\r\n" + page, WARC_Date="yesterday")
    warc.put("/news/6.html", "response", b"HTTP/1.1 200 OK\r\n\r\n" + page, WARC_Date="2999-01-01T00:00:00Z")
    warc.page("/news/7.html", b"<html>" + b" " * 5000)
    warc.article(PATH, FIRST, SECOND)
    imported = town.read(warc.close(), DOWNLOAD_MAXSIZE=4000)
    said = "\n".join(imported.troubles)
    for words in ("stops early", "5 bytes", "cut off", "writer (length)", "yesterday", "future", "more than 4000"):
        assert words.replace("5 bytes", f"{len(page)} of {len(page) + 5} bytes") in said
    assert len(imported.troubles) == 7
    assert town.archive.count() == 1


def test_answers_to_a_post_are_not_what_the_address_shows(town: Any) -> None:
    warc = town.warc()
    for method, path in (("POST", PATH), ("GET", "/news/102.html")):
        record_id = warc.article(path, FIRST, SECOND)
        block = f"{method} {path} HTTP/1.1\r\nHost: www.town.example\r\n\r\n".encode()
        warc.put(path, "request", block, WARC_Concurrent_To=record_id)
    # Other tools write the request first, and the answer names it.
    block = b"POST /news/103.html HTTP/1.1\r\nHost: www.town.example\r\n\r\n"
    record_id = warc.put("/news/103.html", "request", block)
    page = town.html("城关区公布质量强区年度计划", FIRST, SECOND).encode()
    warc.put("/news/103.html", "response", b"HTTP/1.1 200 OK\r\n\r\n" + page, WARC_Concurrent_To=record_id)
    town.read(warc.close())
    assert (town.article(PATH), town.archive.count()) == (None, 1)


def test_redirects_of_the_time_are_other_addresses_of_the_article(town: Any) -> None:
    warc = town.warc()
    warc.page("/c/1", b"", status="302 Found", Location=f"http://www.town.example{PATH}")
    warc.page("/c/2", b"", at=-48, status="302 Found", Location=PATH)
    warc.article(PATH, FIRST, SECOND)
    town.read(warc.close())
    (alias,) = town.article(PATH).aliases
    assert (alias.url, alias.reason) == ("http://www.town.example/c/1", "redirect")


def test_addresses_that_are_none_are_named_and_the_rest_is_read(town: Any) -> None:
    warc = town.warc()
    bad = [
        "a\x00b.example/1",
        "[::1/1",
        "x.example:99999/1",
        "u@x.example/1",
        "x.example/" + "a" * 9000,
        "a b.example/1",
    ]
    for place in bad:
        warc.article(f"http://{place}", FIRST, SECOND)
    strange = [f"{'a' * 70}.example/1.html", "例子.中国/1.html", "x.example/%zz/质量?a=%80", "1.2.3.4:8080/1.html"]
    for place in strange:
        warc.article(f"http://{place}", FIRST, SECOND)
    warc.article(PATH, FIRST, SECOND)
    imported = town.read(warc.close())
    assert len(imported.troubles) >= len(bad)
    assert imported.counts() == {"articles": 1, "new": 1}
    assert {"例子.中国", "x.example", "1.2.3.4"} <= set(town.archive.site_names())
    assert town.archive.check().problems == []


def test_resource_records_are_pages_without_http(town: Any) -> None:
    warc = town.warc()
    page = town.html("城关区公布质量强区年度计划", FIRST, SECOND).encode()
    warc.put(PATH, "resource", page, Content_Type="text/html")
    town.read(warc.close())
    assert town.article(PATH).current.body == f"{FIRST}\n{SECOND}"


def test_a_dry_run_reads_all_and_makes_no_archive(town: Any) -> None:
    warc = town.warc()
    warc.article(PATH, FIRST, SECOND)
    assert town.read(warc.close(), DRY_RUN=True).counts() == {"articles": 1}
    assert not town.data.exists()


def test_a_site_that_is_being_crawled_is_left_to_its_crawl(town: Any) -> None:
    warc = town.warc()
    warc.article(PATH, FIRST, SECOND)
    warc.article("http://www.elsewhere.example/a/1.html", FIRST, SECOND)
    town.archive.open_run("town", "manual")
    imported = town.read(warc.close())
    assert not imported.well
    assert imported.sites["town"]["verdict"] == "held"
    assert town.archive.site_names() == ["elsewhere.example"]


def test_articles_gone_where_the_export_was_made_are_gone_here_unless_seen_since(town: Any) -> None:
    warc = town.warc()
    told = "zhiwen-site: town\r\nzhiwen-state: withdrawn\r\nzhiwen-missing-since: 2026-03-04T02:00:00.000000Z\r\n"
    told += "zhiwen-state-changed: 2026-03-05T02:00:00.000000Z\r\n"
    for number, at in enumerate((0, 96)):
        warc.article(f"/news/{number}.html", FIRST, SECOND, at=at, title=f"城关区质量工作动态第{number}期")
        warc.put(f"/news/{number}.html", "metadata", told.encode())
    file = warc.close()
    town.read(file)
    gone, seen_since = town.article("/news/0.html").article, town.article("/news/1.html").article
    assert (gone.state, gone.state_changed_at, seen_since.state) == ("withdrawn", hour(72), "live")
    assert town.read(file).counts() == {"held": 2}
    assert town.article("/news/0.html").article.state_changed_at == hour(72)


def test_an_archive_that_cannot_be_written_is_told_and_the_run_has_failed(
    town: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise DiskFull("no room left")

    warc = town.warc()
    warc.article(PATH, FIRST, SECOND)
    file = warc.close()
    with monkeypatch.context() as patched:
        patched.setattr(SnapshotStore, "write", full)
        imported = town.read(file)
    assert not imported.well
    assert "no room left" in imported.sites["town"]["reason"]
    assert town.archive.runs()[0].verdict == "failed"
    assert town.read(file).counts() == {"articles": 1, "new": 1}


def test_an_import_on_postgresql_is_the_same(town_of: Callable[..., Any], postgres_url: str) -> None:
    town = town_of(database_url=postgres_url)
    warc = town.warc()
    warc.article(PATH, FIRST)
    warc.article(PATH, CHANGED, at=72)
    file = warc.close()
    assert town.read(file).counts() == {"articles": 2, "new": 1, "changed": 1}
    assert town.read(file).counts() == {"held": 2}
    town.archive.close()


def test_an_address_with_another_article_in_an_import_raises_no_alarm(town: Any) -> None:
    other = "春季植树活动在北郊公园举行，三百名志愿者栽下树苗两千株，孩子们为小树挂上了心愿牌。" * 3
    warc = town.warc()
    for n in range(6):
        warc.article(f"/news/{n}.html", FIRST, f"{n}{SECOND}", at=n, title=f"城关区质量工作动态第{n}期")
        warc.article(f"/news/{n}.html", f"{n}{other}", at=100 + n, title=f"植树活动第{n}场")
    file = warc.close()
    r = town.read(file)
    assert r.counts() == {"articles": 6, "new": 6, "doubted": 6}
    assert town.archive.alarms() == []
    assert "植树活动" in r.sites["town"]["reason"]
    assert r.sites["town"]["verdict"] == "partial"
