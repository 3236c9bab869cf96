"""robots.txt by RFC 9309."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any

import pytest
from fetch_server import Exchange, Handler, Site
from scrapy.utils.misc import load_object

from archive.errors import DatabaseUnavailable
from archive.records import RobotsRow
from crawler.fetching.robots import MAX_BYTES, read_rules

Crawl = Callable[..., list[dict[str, Any]]]
FORBID = "User-agent: *\nDisallow: /secret/\n"


def answers(status: int, body: str | bytes = "", **headers: str) -> Handler:
    async def answer(exchange: Exchange) -> None:
        await exchange.reply(status, body, **headers)

    return answer


def causes(seen: list[dict[str, Any]]) -> dict[str, str | None]:
    return {result["asked"].rsplit("/", 1)[1]: result.get("cause") for result in seen}


class FakeArchive:
    """What the run's archive remembers."""

    def __init__(self) -> None:
        self.kept: dict[str, RobotsRow] = {}
        self.broken = False

    def robots(self, origin: str) -> RobotsRow | None:
        if self.broken:
            raise DatabaseUnavailable("locked")
        return self.kept.get(origin)

    def save_robots(self, row: RobotsRow) -> None:
        if self.broken:
            raise DatabaseUnavailable("locked")
        self.kept[row.origin] = row


class ArchiveExtension:
    """Stands where the crawl run's extension stands."""

    archive = FakeArchive()


@pytest.fixture
def archive() -> FakeArchive:
    ArchiveExtension.archive = FakeArchive()
    return ArchiveExtension.archive


WITH_ARCHIVE = {
    "EXTENSIONS": {
        ArchiveExtension: 0,
        "scrapy.extensions.corestats.CoreStats": None,
        "scrapy.extensions.logstats.LogStats": None,
    }
}


@pytest.fixture
def pages(site: Site) -> list[str]:
    site.routes.update({"/secret/a": "secret", "/b": "open"})
    return [site.url("/secret/a"), site.url("/b")]


def test_forbidden_page_is_not_asked_for(site: Site, crawl: Crawl, pages: list[str]) -> None:
    site.routes["/robots.txt"] = FORBID
    assert causes(crawl(*pages)) == {"a": "robots", "b": None}
    assert site.paths() == ["/robots.txt", "/b"]


def test_rules_for_our_name_win(site: Site, crawl: Crawl, pages: list[str]) -> None:
    site.routes["/robots.txt"] = "User-agent: *\nDisallow: /\n\nUser-agent: zhiwen\nDisallow: /b\n"
    assert causes(crawl(*pages)) == {"a": None, "b": "robots"}


def test_byte_order_mark_hides_nothing(site: Site, crawl: Crawl, pages: list[str]) -> None:
    site.routes["/robots.txt"] = b"\xef\xbb\xbf" + FORBID.encode()
    assert causes(crawl(*pages)) == {"a": "robots", "b": None}


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_missing_robots_allows_all(site: Site, crawl: Crawl, pages: list[str], status: int) -> None:
    site.routes["/robots.txt"] = answers(status, FORBID)
    assert causes(crawl(*pages)) == {"a": None, "b": None}


@pytest.mark.parametrize("status", [429, 500, 503, 521])
def test_failing_robots_forbids_all(site: Site, crawl: Crawl, pages: list[str], status: int) -> None:
    site.routes["/robots.txt"] = answers(status, "<html>error</html>")
    seen = crawl(*pages)
    word = "blocked" if status == 521 else "robots"
    assert causes(seen) == {"a": word, "b": word}
    assert {result["status"] for result in seen} == {status}
    assert set(site.paths()) == {"/robots.txt"}
    assert len(site.hits) <= 3


def test_silent_or_cut_robots_forbids_all(site: Site, crawl: Crawl, pages: list[str]) -> None:
    async def silent(exchange: Exchange) -> None:
        await asyncio.sleep(8)

    async def cut(exchange: Exchange) -> None:
        await exchange.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\nUser-agent: *")
        exchange.close = True

    for broken in (silent, cut):
        site.routes["/robots.txt"] = broken
        seen = crawl(*pages, settings={"DOWNLOAD_TIMEOUT": 0.2, "FETCH_RETRIES": 1})
        assert causes(seen) == {"a": "robots", "b": "robots"}
    assert set(site.paths()) == {"/robots.txt"}


def test_home_page_instead_of_robots_holds_no_rules(site: Site, crawl: Crawl, pages: list[str]) -> None:
    site.routes["/robots.txt"] = "\n<!DOCTYPE html><html>\nUser-agent: *\nDisallow: /\n</html>"
    assert causes(crawl(*pages)) == {"a": None, "b": None}


def test_redirected_robots_is_followed_to_any_host(site: Site, crawl: Crawl) -> None:
    hosts = dict.fromkeys(("news.example.cn", "other.cn"), f"127.77.0.1:{site.port}")
    site.routes.update({"/robots.txt": answers(301, location="http://other.cn/rules.txt"), "/rules.txt": FORBID})
    site.routes["/secret/a"] = "secret"
    seen = crawl("http://news.example.cn/secret/a", settings={"FETCH_RESOLVE": hosts}, allowed_domains=["example.cn"])
    assert causes(seen) == {"a": "robots"}


def test_robots_redirected_without_end_counts_as_missing(site: Site, crawl: Crawl, pages: list[str]) -> None:
    site.routes["/robots.txt"] = answers(302, location="/hop0")
    for number in range(9):
        site.routes[f"/hop{number}"] = answers(302, location=f"/hop{number + 1}")
    assert causes(crawl(*pages)) == {"a": None, "b": None}
    assert site.paths()[:6] == ["/robots.txt", "/hop0", "/hop1", "/hop2", "/hop3", "/hop4"]
    assert "/hop5" not in site.paths()


def test_robots_is_asked_once_per_origin(site: Site, crawl: Crawl) -> None:
    site.routes["/robots.txt"] = FORBID
    for number in range(12):
        site.routes[f"/{number}"] = "page"
    seen = crawl(*(site.url(f"/{number}") for number in range(12)))
    assert [result["status"] for result in seen] == [200] * 12
    assert site.paths().count("/robots.txt") == 1


def test_rule_at_the_end_of_500_kib_counts(site: Site, crawl: Crawl, pages: list[str]) -> None:
    filler = "Disallow: /nothing/%06d\n"
    body = (
        "User-agent: *\n" + "".join(filler % number for number in range(500 * 1024 // 26 + 1)) + "Disallow: /secret/\n"
    )
    assert len(body) > 500 * 1024
    site.routes["/robots.txt"] = body
    assert causes(crawl(*pages)) == {"a": "robots", "b": None}


def test_robots_of_many_megabytes_is_read_in_part(site: Site, crawl: Crawl, pages: list[str]) -> None:
    body = (FORBID + "# filler\n" * 700_000 + "Disallow: /b\n").encode()
    site.routes["/robots.txt"] = body
    started = perf_counter()
    assert causes(crawl(*pages, settings={"DOWNLOAD_MAXSIZE": 2 * MAX_BYTES})) == {"a": "robots", "b": None}
    assert perf_counter() - started < 5


def test_line_cut_by_the_limit_is_not_obeyed() -> None:
    body = FORBID.encode().ljust(MAX_BYTES - 11, b"\n") + b"Disallow: /b"
    rules = read_rules(200, body)
    assert rules.forbids("http://a.cn/secret/a")
    assert not rules.forbids("http://a.cn/b")


def test_crawl_delay_is_kept(site: Site, crawl: Crawl) -> None:
    site.routes["/robots.txt"] = "User-agent: *\nCrawl-delay: 0.4\n"
    site.routes["/page"] = "page"
    crawl(*(site.url(f"/page?{number}") for number in range(3)))
    times = [hit.at for hit in site.hits]
    assert len(times) == 4
    assert times[-1] - times[0] >= 3 * 0.4


def test_crawl_delay_of_hours_is_cut_to_a_minute() -> None:
    assert read_rules(200, b"User-agent: *\nCrawl-delay: 86400").delay == 60


def test_answer_is_remembered_for_a_day(site: Site, crawl: Crawl, pages: list[str], archive: FakeArchive) -> None:
    site.routes["/robots.txt"] = FORBID + "Crawl-delay: 0.3\n"
    crawl(*pages, settings=WITH_ARCHIVE)
    (origin,) = archive.kept
    assert origin == site.url("").rstrip("/")
    site.routes["/robots.txt"] = "User-agent: *\nDisallow:\n"
    site.hits.clear()
    assert causes(crawl(*pages, site.url("/b?2"), settings=WITH_ARCHIVE)) == {"a": "robots", "b": None, "b?2": None}
    assert site.paths() == ["/b", "/b?2"]
    assert site.hits[1].at - site.hits[0].at >= 0.29
    archive.kept[origin].fetched_at -= timedelta(hours=25)
    assert causes(crawl(*pages, settings=WITH_ARCHIVE)) == {"a": None, "b": None}


def test_failing_robots_is_not_remembered(site: Site, crawl: Crawl, pages: list[str], archive: FakeArchive) -> None:
    site.routes["/robots.txt"] = answers(503)
    crawl(*pages, settings=WITH_ARCHIVE)
    assert not archive.kept
    site.routes["/robots.txt"] = answers(404)
    assert causes(crawl(*pages, settings=WITH_ARCHIVE)) == {"a": None, "b": None}
    assert archive.kept


def test_answer_from_the_future_is_not_believed(
    site: Site, crawl: Crawl, pages: list[str], archive: FakeArchive
) -> None:
    origin = site.url("").rstrip("/")
    archive.kept[origin] = RobotsRow(origin, 404, b"", datetime.now(UTC) + timedelta(days=30))
    site.routes["/robots.txt"] = FORBID
    assert causes(crawl(*pages, settings=WITH_ARCHIVE)) == {"a": "robots", "b": None}


def test_crawl_goes_on_when_the_archive_cannot_remember(
    site: Site, crawl: Crawl, pages: list[str], archive: FakeArchive
) -> None:
    archive.broken = True
    site.routes["/robots.txt"] = FORBID
    assert causes(crawl(*pages, settings=WITH_ARCHIVE)) == {"a": "robots", "b": None}


def test_extension_path_of_the_settings_is_ours() -> None:
    from crawler import settings

    assert "crawler.fetching.robots.RobotsMiddleware" in settings.DOWNLOADER_MIDDLEWARES
    for path, order in settings.DOWNLOADER_MIDDLEWARES.items():
        assert load_object(path) is not None, (path, order)
