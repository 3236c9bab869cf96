"""Asking only for what changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fetch_server import Exchange, Site

from crawler.fetching.conditional import body_hash

Crawl = Callable[..., list[dict[str, Any]]]
BODY = b"<html>list</html>"


@dataclass
class Known:
    etag: str | None = '"v1"'
    last_modified: str | None = "Mon, 01 Jun 2026 00:00:00 GMT"
    body_hash: bytes | None = None
    conditional_ok: bool = True


async def cached(exchange: Exchange) -> None:
    if exchange.headers.get("if-none-match") == '"v1"':
        await exchange.reply(304, etag='"v1"')
    else:
        await exchange.reply(200, BODY, etag='"v1"')


def test_not_modified_reaches_the_callback(site: Site, crawl: Crawl) -> None:
    site.routes["/list"] = cached
    (result,) = crawl({"url": site.url("/list"), "meta": {"known": Known()}})
    assert (result["status"], result["not_modified"], result["same_bytes"]) == (304, True, False)
    hit = site.hits[-1]
    assert hit.headers["if-none-match"] == '"v1"'
    assert hit.headers["if-modified-since"] == "Mon, 01 Jun 2026 00:00:00 GMT"


def test_whole_page_is_asked_for_when_conditions_are_not_wanted(site: Site, crawl: Crawl) -> None:
    site.routes["/list"] = cached
    (result,) = crawl({"url": site.url("/list"), "meta": {"known": Known(conditional_ok=False)}})
    assert (result["status"], result["not_modified"]) == (200, False)
    assert "if-none-match" not in site.hits[-1].headers


def test_same_bytes_are_recognised(site: Site, crawl: Crawl) -> None:
    site.routes["/list"] = BODY
    same, other = Known(None, None, body_hash(BODY)), Known(None, None, body_hash(b"older"))
    seen = crawl(
        {"url": site.url("/list"), "meta": {"known": same}}, {"url": site.url("/list?2"), "meta": {"known": other}}
    )
    assert [result["same_bytes"] for result in seen] == [True, False]


def test_not_modified_that_nobody_asked_for_is_a_failure(site: Site, crawl: Crawl) -> None:
    async def liar(exchange: Exchange) -> None:
        await exchange.reply(304)

    site.routes["/list"] = liar
    seen = crawl({"url": site.url("/list"), "meta": {"known": Known(None, None)}}, site.url("/list?2"))
    assert [(result["cause"], result["status"]) for result in seen] == [("http", 304)] * 2


def test_validators_are_not_sent_to_the_target_of_a_redirect(site: Site, crawl: Crawl) -> None:
    async def moved(exchange: Exchange) -> None:
        await exchange.reply(302, location="/new")

    site.routes.update({"/old": moved, "/new": cached})
    (result,) = crawl({"url": site.url("/old"), "meta": {"known": Known(body_hash=body_hash(BODY))}})
    assert (result["status"], result["not_modified"], result["same_bytes"]) == (200, False, True)
    assert "if-none-match" in site.hits[-2].headers
    assert "if-none-match" not in site.hits[-1].headers


def test_conditions_survive_a_retry(site: Site, crawl: Crawl) -> None:
    async def shaky(exchange: Exchange) -> None:
        if exchange.count == 1:
            await exchange.reply(500)
        else:
            await cached(exchange)

    site.routes["/list"] = shaky
    (result,) = crawl({"url": site.url("/list"), "meta": {"known": Known()}})
    assert (result["status"], result["not_modified"]) == (304, True)
