"""Only a whole answer is an answer."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import brotli
import pytest
from fetch_server import Exchange, Handler, Site

Crawl = Callable[..., list[dict[str, Any]]]
PAGE = "<html><body>质量月活动在全国展开</body></html>".encode()
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


def sends(*pieces: bytes, then: str = "close") -> Handler:
    async def answer(exchange: Exchange) -> None:
        for piece in pieces:
            await exchange.raw(piece)
        if then == "reset":
            await asyncio.sleep(0.05)
            exchange.reset()
        exchange.close = then != "keep"

    return answer


CUT = {
    "short body": sends(HEAD + b"Content-Length: 1000\r\n\r\n" + PAGE),
    "no body at all": sends(HEAD + b"Content-Length: 1000\r\n\r\n"),
    "chunks without an end": sends(HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n<html\r\n"),
    "bad chunk size": sends(HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n<html\r\n0\r\n\r\n", then="keep"),
    "chunk longer than it says": sends(
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n<html>\r\n0\r\n\r\n", then="keep"
    ),
    "reset in the body": sends(HEAD + b"Content-Length: 1000\r\n\r\n" + PAGE, then="reset"),
    "reset of a body without length": sends(HEAD + b"\r\n" + PAGE, then="reset"),
    "reset before the answer": sends(then="reset"),
    "closed before the answer": sends(),
    "closed in the headers": sends(HEAD),
    "no http": sends(b"<html>hello</html>\r\n\r\n"),
    "two lengths": sends(HEAD + b"Content-Length: 3\r\nContent-Length: 5\r\n\r\nabcde"),
    "unknown transfer coding": sends(HEAD + b"Transfer-Encoding: gzip\r\n\r\nabc"),
    "cut gzip": sends(HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(PAGE * 50)[:-12]),
    "cut brotli with a length": sends(
        HEAD + b"Content-Encoding: br\r\nContent-Length: 20\r\n\r\n" + brotli.compress(PAGE * 50)[:20]
    ),
    "header flood": sends(HEAD + b"X-Flood: 1\r\n" * 5000 + b"Content-Length: 1\r\n\r\nx", then="keep"),
    "endless header": sends(HEAD + b"X-Flood: " + b"1" * 200_000 + b"\r\nContent-Length: 1\r\n\r\nx", then="keep"),
}


def test_answer_that_does_not_end_properly_is_never_a_page(site: Site, crawl: Crawl) -> None:
    names = {f"/{number}": name for number, name in enumerate(CUT)}
    site.routes.update({path: CUT[name] for path, name in names.items()})
    seen = crawl(*(site.url(path) for path in names), settings={"FETCH_RETRIES": 0})
    assert len(seen) == len(names)
    wrong = [
        (names["/" + result["asked"].rsplit("/", 1)[1]], result)
        for result in seen
        if result.get("cause") not in ("incomplete", "bad_content")
    ]
    assert not wrong


WHOLE = {
    "http/1.0 ended by closing": sends(b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n" + PAGE),
    "http/1.1 ended by closing": sends(HEAD + b"\r\n" + PAGE),
    "chunks": sends(
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n",
        b"5;name=x\r\n" + PAGE[:5] + b"\r\n",
        b"%x\r\n" % (len(PAGE) - 5) + PAGE[5:] + b"\r\n0\r\nTrailer: x\r\n\r\n",
        then="keep",
    ),
    "a header line without a colon": sends(HEAD + b"nonsense\r\nContent-Length: %d\r\n\r\n" % len(PAGE) + PAGE),
    "an early hint": sends(
        b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\n" + HEAD + b"Content-Length: %d\r\n\r\n" % len(PAGE) + PAGE
    ),
    "gzip": sends(HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(PAGE)),
}


def test_every_proper_end_is_accepted(site: Site, crawl: Crawl) -> None:
    site.routes.update({f"/{number}": answer for number, answer in enumerate(WHOLE.values())})
    seen = crawl(*(site.url(f"/{number}") for number in range(len(WHOLE))))
    assert [result.get("body") for result in seen] == [PAGE.decode("latin-1")] * len(WHOLE)
    assert all("content-encoding" not in result["headers"] for result in seen)


def test_bytes_beyond_the_end_never_reach_the_next_page(site: Site, crawl: Crawl) -> None:
    forged = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nFORGED"
    site.routes["/first"] = sends(HEAD + b"Content-Length: 5\r\n\r\nfirst" + forged, then="keep")
    site.routes["/twice"] = sends(
        HEAD + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\ntwice\r\n0\r\n\r\n", then="keep"
    )
    site.routes["/second"] = "second"
    seen = crawl(site.url("/first"), site.url("/second"), site.url("/twice"), site.url("/second?again"))
    assert [result["body"] for result in seen] == ["first", "second", "twice", "second"]
    connections = {hit.path: hit.connection for hit in site.hits}
    assert connections["/first"] != connections["/second"]
    assert connections["/twice"] != connections["/second?again"]


def test_dripping_server_is_cut_off_at_the_deadline(site: Site, crawl: Crawl) -> None:
    async def drip(exchange: Exchange) -> None:
        await exchange.raw(HEAD + b"Content-Length: 100000\r\n\r\n")
        for _ in range(400):
            await exchange.raw(b"x")
            await asyncio.sleep(0.02)

    async def silent(exchange: Exchange) -> None:
        await asyncio.sleep(8)

    site.routes.update({"/drip": drip, "/silent": silent, "/good": "good"})
    before = datetime.now(UTC)
    seen = crawl(
        site.url("/drip"),
        site.url("/silent"),
        site.url("/good"),
        settings={"DOWNLOAD_TIMEOUT": 0.3, "FETCH_RETRIES": 5},
    )
    assert {(result["asked"].rsplit("/", 1)[1], result.get("cause")) for result in seen} == {
        ("drip", "timeout"),
        ("silent", "timeout"),
        ("good", None),
    }
    # Twice, however many retries there are: a page may not hold its host for minutes.
    assert site.paths().count("/drip") == site.paths().count("/silent") == 2
    assert datetime.now(UTC) - before < timedelta(seconds=5)


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd", "plain", "announced"])
def test_page_over_the_limit_is_refused(site: Site, crawl: Crawl, coding: str) -> None:
    from test_decoding import PACKERS

    big = bytes(3_000_000)
    headers = b""
    if coding == "announced":
        headers = b"Content-Length: 3000000\r\n"
    elif coding != "plain":
        big = PACKERS[coding](big)
        headers = b"Content-Encoding: " + coding.encode() + b"\r\n"
    site.routes["/big"] = sends(HEAD + headers + b"\r\n" + big)
    (result,) = crawl(site.url("/big"), settings={"DOWNLOAD_MAXSIZE": 1_000_000})
    assert result["cause"] == "too_large"
    assert "1000000" in result["detail"]
    assert site.paths().count("/big") == 1


def test_time_of_the_fetch_is_recorded(site: Site, crawl: Crawl) -> None:
    async def slow(exchange: Exchange) -> None:
        await asyncio.sleep(0.2)
        await exchange.reply(200, PAGE)

    site.routes["/slow"] = slow
    before = datetime.now(UTC)
    (result,) = crawl(site.url("/slow"))
    assert before < datetime.fromisoformat(result["fetched_at"]) < datetime.now(UTC)
    assert 190 <= result["elapsed_ms"] < 5000


def test_request_says_who_asks_and_in_which_language(site: Site, crawl: Crawl) -> None:
    site.routes["/page"] = PAGE
    crawl(site.url("/page"))
    robots, page = site.hits
    assert robots.path == "/robots.txt"
    for hit in (robots, page):
        assert hit.headers["user-agent"].startswith("Zhiwen/")
        assert hit.headers["accept-language"].startswith("zh-CN")
        assert "referer" not in hit.headers
        assert "cookie" not in hit.headers
    assert page.headers["accept-encoding"] == "gzip, deflate, br, zstd"


def test_error_page_with_a_broken_body_keeps_its_status(site: Site, crawl: Crawl) -> None:
    site.routes["/gone"] = sends(
        b"HTTP/1.1 404 X\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nxyz", then="keep"
    )
    (result,) = crawl(site.url("/gone"))
    assert (result["cause"], result["status"]) == ("gone", 404)


def test_other_schemes_are_refused(crawl: Crawl) -> None:
    seen = crawl("file:///etc/hostname", "data:text/html,hello", "ftp://127.77.0.1/x", "s3://bucket/key")
    assert [result["cause"] for result in seen] == ["refused"] * 4


def test_a_posted_query_reaches_the_server(site: Site, crawl: Crawl) -> None:
    site.routes["/query"] = PAGE
    (result,) = crawl({"url": site.url("/query"), "method": "POST", "body": ""})
    assert result["status"] == 200
