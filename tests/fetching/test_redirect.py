"""Redirects: short, on the site, and to the web only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fetch_server import Exchange, Handler, Site

from crawler.fetching.offsite import belongs

Crawl = Callable[..., list[dict[str, Any]]]


def to(location: str, status: int = 302) -> Handler:
    async def answer(exchange: Exchange) -> None:
        await exchange.reply(status, location=location)

    return answer


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_on_the_site_is_followed(site: Site, crawl: Crawl, status: int) -> None:
    site.routes.update({"/old": to("new/./page?id=1", status), "/new/page": "page"})
    (result,) = crawl(site.url("/old"))
    assert (result["url"], result["asked"]) == (site.url("/new/page?id=1"), site.url("/old"))


def test_two_pages_that_redirect_to_one_are_both_answered(site: Site, crawl: Crawl) -> None:
    site.routes.update({"/a": to("/home"), "/b": to("/home"), "/home": "home"})
    seen = crawl(site.url("/a"), site.url("/b"), site.url("/home"))
    assert {result["asked"] for result in seen} == {site.url("/a"), site.url("/b"), site.url("/home")}


def test_circle_is_noticed_at_once(site: Site, crawl: Crawl) -> None:
    site.routes.update({"/a": to("/b"), "/b": to("/a"), "/self": to("/self")})
    seen = crawl(site.url("/a"), site.url("/self"))
    assert [result["cause"] for result in seen] == ["redirect", "redirect"]
    assert "circle" in seen[0]["detail"]
    assert len(site.hits) == 4  # robots.txt, /a, /b, /self


def test_chain_ends_at_the_limit(site: Site, crawl: Crawl) -> None:
    for number in range(20):
        site.routes[f"/{number}"] = to(f"/{number + 1}")
    (result,) = crawl(site.url("/0"), settings={"FETCH_MAX_REDIRECTS": 4})
    assert result["cause"] == "redirect"
    assert "more than 4 times" in result["detail"]
    assert site.paths()[-1] == "/4"


@pytest.mark.parametrize(
    "location", ["ftp://127.77.0.1/x", "file:///etc/passwd", "javascript:alert(1)", "http://[oops/"]
)
def test_redirect_to_anything_but_the_web_is_refused(site: Site, crawl: Crawl, location: str) -> None:
    site.routes["/old"] = to(location)
    (result,) = crawl(site.url("/old"))
    assert result["cause"] == "redirect"


def test_redirect_without_a_target_is_an_http_failure(site: Site, crawl: Crawl) -> None:
    site.routes["/old"] = to("")
    (result,) = crawl(site.url("/old"))
    assert (result["cause"], result["status"]) == ("http", 302)


def test_redirect_to_another_host_needs_allowed_domains(site: Site, crawl: Crawl) -> None:
    hosts = dict.fromkeys(
        ("news.example.cn", "www.example.cn", "other.cn", "bad-example.cn"), f"127.77.0.1:{site.port}"
    )
    site.routes["/page"] = "page"
    for name in hosts:
        site.routes[f"/to/{name}"] = to(f"http://{name}/page")
    start = [f"http://news.example.cn/to/{name}" for name in ("www.example.cn", "other.cn", "bad-example.cn")]
    seen = crawl(*start, settings={"FETCH_RESOLVE": hosts}, allowed_domains=["example.cn"])
    assert {result["asked"].rsplit("/", 1)[1]: result.get("cause") for result in seen} == {
        "www.example.cn": None,
        "other.cn": "redirect",
        "bad-example.cn": "redirect",
    }
    seen = crawl(start[0], settings={"FETCH_RESOLVE": hosts})
    assert seen[0]["cause"] == "redirect"


def test_links_to_other_hosts_are_dropped_even_unfiltered(site: Site, crawl: Crawl) -> None:
    hosts = dict.fromkeys(("news.example.cn", "other.cn"), f"127.77.0.1:{site.port}")
    site.routes["/list"] = '<a href="http://other.cn/page">x</a> <a href="/page">y</a>'
    site.routes["/page"] = "page"
    seen = crawl(
        "http://news.example.cn/list", settings={"FETCH_RESOLVE": hosts}, allowed_domains=["example.cn"], follow=True
    )
    assert [result["url"] for result in seen] == ["http://news.example.cn/list", "http://news.example.cn/page"]
    assert all(hit.headers["host"] == "news.example.cn" for hit in site.hits)


def test_www_is_no_other_host(site: Site, crawl: Crawl) -> None:
    hosts = dict.fromkeys(("example.cn", "www.example.cn"), f"127.77.0.1:{site.port}")
    site.routes.update({"/": to("http://www.example.cn/home"), "/home": "home"})
    (result,) = crawl("http://example.cn/", settings={"FETCH_RESOLVE": hosts})
    assert result["url"] == "http://www.example.cn/home"


def test_hosts_of_a_site() -> None:
    assert belongs("a.b.example.cn", "example.cn")
    assert belongs("example.cn", "www.Example.cn")
    assert not belongs("example.cn.evil.cn", "example.cn")
    assert not belongs("notexample.cn", "example.cn")
