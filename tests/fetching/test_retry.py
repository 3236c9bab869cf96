"""Trying again, and leaving a host alone when it asks for it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from fetch_server import Exchange, Handler, Site

from crawler.fetching.hosts import parse_retry_after

Crawl = Callable[..., list[dict[str, Any]]]
NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


def failing(times: int, status: int = 500, **headers: str) -> Handler:
    async def answer(exchange: Exchange) -> None:
        if exchange.count <= times:
            await exchange.reply(status, "trouble", **headers)
        else:
            await exchange.reply(200, "page")

    return answer


def test_passing_trouble_is_overcome(site: Site, crawl: Crawl) -> None:
    async def reset_once(exchange: Exchange) -> None:
        if exchange.count == 1:
            exchange.reset()
        else:
            await exchange.reply(200, "page")

    site.routes.update({"/500": failing(2), "/502": failing(1, 502), "/reset": reset_once})
    seen = crawl(site.url("/500"), site.url("/502"), site.url("/reset"))
    assert sorted(result["url"].rsplit("/", 1)[1] for result in seen) == ["500", "502", "reset"]
    assert all(result.get("status") == 200 for result in seen)
    assert crawl.stats["fetch/retries"] == 4  # type: ignore[attr-defined]


def test_lasting_trouble_is_given_up_and_reported(site: Site, crawl: Crawl) -> None:
    site.routes["/500"] = failing(99)
    (result,) = crawl(site.url("/500"), settings={"FETCH_RETRIES": 2})
    assert (result["cause"], result["status"]) == ("http", 500)
    assert site.paths().count("/500") == 3


@pytest.mark.parametrize("status", [403, 404, 410, 412, 418, 501, 521])
def test_walls_and_missing_pages_are_not_hammered(site: Site, crawl: Crawl, status: int) -> None:
    site.routes["/x"] = failing(99, status)
    crawl(site.url("/x"))
    assert site.paths().count("/x") == 1


def test_pauses_grow_with_each_try(site: Site, crawl: Crawl) -> None:
    site.routes["/500"] = failing(99)
    crawl(site.url("/500"), settings={"DOWNLOAD_DELAY": 0.1, "FETCH_RETRIES": 2})
    first, second, third = site.times("/500")
    assert second - first >= 0.1
    assert third - second >= 0.39


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("delay", [0, 0.05])
def test_host_is_left_alone_for_as_long_as_it_asks(site: Site, crawl: Crawl, status: int, delay: float) -> None:
    site.routes.update({"/busy": failing(1, status, retry_after="1"), "/a": "a", "/b": "b", "/c": "c"})
    seen = crawl(*(site.url(path) for path in ("/busy", "/a", "/b", "/c")), settings={"DOWNLOAD_DELAY": delay})
    assert sorted(result.get("status") for result in seen) == [200] * 4
    times = [hit.at for hit in site.hits]
    asked = site.times("/busy")[0]
    assert all(at <= asked or at - asked >= 0.99 for at in times)


def test_wait_until_a_date_is_kept(site: Site, crawl: Crawl) -> None:
    async def busy(exchange: Exchange) -> None:
        if exchange.count == 1:
            until = datetime.now(UTC) + timedelta(seconds=2)
            await exchange.reply(503, "busy", retry_after=format_datetime(until, usegmt=True))
        else:
            await exchange.reply(200, "page")

    site.routes["/busy"] = busy
    (result,) = crawl(site.url("/busy"))
    assert result["status"] == 200
    first, second = site.times("/busy")
    assert second - first >= 0.9


def test_wait_that_is_too_long_ends_the_asking_and_loses_no_page(site: Site, crawl: Crawl) -> None:
    site.routes.update({"/ok": "ok", "/busy": failing(99, 429, retry_after="3600")})
    site.routes.update({f"/later{number}": "page" for number in range(30)})
    paths = ["/ok", "/busy", *(f"/later{number}" for number in range(30))]
    seen = crawl(*(site.url(path) for path in paths), settings={"CONCURRENT_REQUESTS": 4})
    assert len(seen) == len(paths)
    failures = {result["asked"].rsplit("/", 1)[1]: result for result in seen if result.get("cause")}
    assert {(result["cause"], result["status"]) for result in failures.values()} == {("http", 429)}
    # Nothing after the answer that asked for peace.
    assert site.paths()[-1] == "/busy"
    assert len(site.paths()) + len(failures) - 1 == len(paths) + 1


def test_dead_host_is_not_tried_for_every_page(crawl: Crawl) -> None:
    with socket.socket() as free:
        free.bind(("127.77.0.9", 0))
        port = free.getsockname()[1]
    seen = crawl(*(f"http://127.77.0.9:{port}/{number}" for number in range(20)))
    assert [result["cause"] for result in seen] == ["unreachable"] * 20
    assert crawl.stats["robots/requests"] == 1  # type: ignore[attr-defined]


def test_host_that_dies_in_the_middle_is_left_to_a_later_run(crawl: Crawl) -> None:
    with Site() as site:

        async def last(exchange: Exchange) -> None:
            await exchange.reply(200, "last", connection="close")
            site._loop.stop()

        site.routes["/0"] = last
        seen = crawl(*(site.url(f"/{number}") for number in range(12)))
    assert seen[0]["status"] == 200
    assert [result["cause"] for result in seen[1:]] == ["unreachable"] * 11
    assert any("left to a later run" in result["detail"] for result in seen[1:])


@pytest.mark.parametrize("delay", [0, 0.1])
def test_one_request_at_a_time_and_the_delay_between(site: Site, crawl: Crawl, delay: float) -> None:
    running = {"now": 0, "most": 0}

    async def page(exchange: Exchange) -> None:
        running["now"] += 1
        running["most"] = max(running.values())
        await asyncio.sleep(0.02)
        running["now"] -= 1
        await exchange.reply(200, "page")

    site.routes["/page"] = page
    crawl(*(site.url(f"/page?{number}") for number in range(8)), settings={"DOWNLOAD_DELAY": delay})
    assert running["most"] == 1
    times = [hit.at for hit in site.hits]
    # Over the whole, because single arrivals waver on a busy machine.
    assert times[-1] - times[0] >= delay * (len(times) - 1) - 0.05


def test_retry_after_is_read_in_seconds_and_as_a_date() -> None:
    assert parse_retry_after(b" 120 ", NOW) == 120
    assert parse_retry_after(b"Mon, 01 Jun 2026 12:00:30 GMT", NOW) == 30
    assert parse_retry_after(b"Mon, 01 Jun 2026 12:00:30 -0000", NOW) == 30
    assert parse_retry_after(b"Mon, 01 Jun 2026 11:00:00 GMT", NOW) == 0
    for nothing in (b"", b"soon", b"-5", b"1.5.2026"):
        assert parse_retry_after(nothing, NOW) is None
