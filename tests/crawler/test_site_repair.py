"""Repair and check of a site, on an archive of its own and pages without a network."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from archive.archive import Archive
from archive.records import ArticleRecord, FailureRecord, FetchRecord, StoreBatch
from crawler.bases import ListPageSpider
from crawler.items import Fetch
from crawler.loader import SiteSpiderLoader
from crawler.looking import NoAnswer, Web, answer_of
from crawler.reading.listing import PageRequest
from crawler.reading.urls import url_key
from crawler.site_check import check_site
from crawler.site_repair import StoredWeb, repair_site
from seeds.load import load_site, load_sites
from seeds.replica.unknown import HOSTS, UnknownServer

NOW = datetime(2025, 6, 1, tzinfo=UTC)
SITE = """publisher = "河西质量技术网"
base_url = "http://www.hexizj.example/"
min_articles = 9
[[lists]]
column = "工作动态"
url = "/newslist.asp?classid=3"
[list_layout]
item = 'table[border="0"] tr'
links = 'table[border="0"] tr a'
[[layouts]]
name = "old"
body = "td.zw"
title = 'font[size="4"] b'
info = 'td[bgcolor="#eeeeee"]'
"""


class UnknownWeb(Web):
    """The unknown sites without a network."""

    def __init__(self, epoch: int) -> None:
        super().__init__()
        self.server = UnknownServer(epoch)

    async def _ask(self, asked: PageRequest) -> Fetch:
        parts = urlsplit(asked.url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        status, kind, body = self.server.answer(parts.hostname or "", target)
        if status != 200:
            raise NoAnswer("gone", f"the server answered {status}", asked.url)
        return Fetch(asked.url, asked.url, status, {"content-type": kind}, body, NOW)


@pytest.fixture
def spider(tmp_path: Path) -> type[ListPageSpider]:
    file = tmp_path / "tables.toml"
    file.write_text(SITE, "utf-8")
    found = SiteSpiderLoader([], {"tables": load_site(file)}).load("tables")
    assert issubclass(found, ListPageSpider)
    return found


def fetched(server: UnknownServer, url: str, at: datetime) -> FetchRecord:
    parts = urlsplit(url)
    _, kind, body = server.answer(HOSTS["tables"], f"{parts.path}?{parts.query}")
    return FetchRecord(url=url, status=200, fetched_at=at, body=body, headers={"content-type": kind})


@pytest.fixture
def filled(tmp_path: Path) -> Archive:
    """The articles of epoch 1, as they were read then."""
    archive = Archive(f"sqlite:///{tmp_path / 'zhiwen.db'}", tmp_path, clock=lambda: NOW)
    server = UnknownServer(1)
    records = [
        ArticleRecord(
            site="tables",
            url=url,
            url_key=url_key(url),
            title=one.title,
            body=one.body,
            fingerprint=url.encode()[-16:].rjust(16),
            fetch=fetched(server, url, NOW),
            search_title=one.title,
            search_body=one.body,
            published_at=one.published_at.astimezone(UTC),
            published_precision="minute",
            source=one.source,
            column=["工作动态"],
            layout="old",
            charset="gb18030",
        )
        for url, one in server.truth("tables").items()
    ]
    handle = archive.open_run("tables", "manual")
    archive.store(handle, StoreBatch(articles=records))
    archive.close_run(handle, "ok")
    return archive


def repaired(web: Web, spider: type[ListPageSpider], archive: Archive) -> dict:
    async def job(given: Web) -> dict:
        return await repair_site(given, spider, archive)

    return dict(asyncio.run(answer_of(job, web)))


def test_healthy_site_needs_no_repair(spider: type[ListPageSpider], filled: Archive) -> None:
    answer = repaired(UnknownWeb(1), spider, filled)
    assert answer["ok"], answer
    assert (answer["needed"], answer["layout"], answer["broken"]) == (False, None, [])
    assert answer["lists"][0]["before"] == {"links": 12, "known": 12}


def test_redesigned_site_gets_layouts_that_read_what_is_known(spider: type[ListPageSpider], filled: Archive) -> None:
    answer = repaired(UnknownWeb(2), spider, filled)
    assert answer["needed"]
    assert (answer["lists"][0]["before"]["links"], answer["lists"][0]["after"]["links"]) == (0, 12)
    assert answer["before"]["unread"] == 6
    assert answer["after"] == {"pages": 6, "right": dict.fromkeys(answer["fields"], 6), "unread": 0}
    assert answer["layout"]["body"] == "div#arttext"
    assert answer["article_url"] is None
    assert answer["broken"] == []


def test_stored_pages_are_enough(spider: type[ListPageSpider], filled: Archive) -> None:
    later, server = NOW + timedelta(days=1), UnknownServer(2)
    pages = [("list", "http://www.hexizj.example/newslist.asp?classid=3")]
    pages += [("article", url) for url in list(server.truth("tables"))[3:12]]
    failures = [
        FailureRecord(
            site="tables", url=url, url_key=url_key(url), kind=kind, cause="layout", detail="no text", at=later,
            fetch=fetched(server, url, later),
        )
        for kind, url in pages
    ]  # fmt: skip
    filled.store(filled.open_run("tables", "manual"), StoreBatch(failures=failures))
    answer = repaired(StoredWeb(filled), spider, filled)
    assert answer["ok"], answer
    assert answer["layout"]["body"] == "div#arttext"
    assert answer["lists"][0]["after"]["links"] == 12


def test_empty_archive_and_dead_site_are_told(spider: type[ListPageSpider], filled: Archive, tmp_path: Path) -> None:
    empty = Archive(f"sqlite:///{tmp_path / 'other.db'}", tmp_path / "other")
    assert repaired(UnknownWeb(1), spider, empty)["cause"] == "nothing_known"
    dead = repaired(StoredWeb(empty), spider, filled)
    assert dead["cause"] == "no_page"


def checked(web: Web, spider: type[ListPageSpider], archive: Archive | None) -> dict:
    async def job(given: Web) -> dict:
        return await check_site(given, spider, archive)

    return dict(asyncio.run(answer_of(job, web)))


def test_check_of_a_healthy_site_finds_no_fault_and_no_difference(
    spider: type[ListPageSpider], filled: Archive
) -> None:
    report = checked(UnknownWeb(1), spider, filled)
    assert (report["ok"], report["faults"]) == (True, [])
    (read,) = report["lists"]
    assert (read["links"], read["dated"], read["next_ok"]) == (12, 12, True)
    assert [(one["archived"], one["differs"], one["generic"]) for one in report["articles"]] == [(True, {}, False)] * 3


def test_check_of_a_redesigned_site_names_list_and_layouts(spider: type[ListPageSpider], filled: Archive) -> None:
    report = checked(UnknownWeb(2), spider, filled)
    assert len(report["faults"]) == 1
    assert "no article links" in report["faults"][0]


def test_what_a_file_says_goes_before_the_shipped_class(tmp_path: Path) -> None:
    file = tmp_path / "zgnt.toml"
    file.write_text('[list_layout]\nlinks = "dl a"\n[[layouts]]\nname = "2026"\nbody = "div.new"\n', "utf-8")
    found = SiteSpiderLoader(["crawler.spiders"], load_sites([tmp_path])).load("zgnt")
    assert issubclass(found, ListPageSpider)
    assert found.layouts[0].name == "2026"
    assert len(found.layouts) > 1
    assert found.list_layout is not None
    assert found.list_layout.links == "dl a"
