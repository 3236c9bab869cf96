"""No page may lead the crawler inside: by link, by redirect, by robots.txt, however the address is written."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fetch_server import Exchange, Site

from crawler.fetching.endpoint import system_resolver
from crawler.fetching.handler import CheckedHandler

Crawl = Callable[..., list[dict[str, Any]]]

SPELLINGS = """
127.0.0.1 127.1 127.0.1 0 0.0.0.0 2130706433 0x7f000001 0x7f.1 0x7f.0x0.0x0.0x1 017700000001 0177.0.0.1 0177.1
127.000.000.001 00127.0.0.1 127.0.0.1. localhost localhost. LOCALHOST LocalHost localhost.localdomain
[::1] [::] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1] [::127.0.0.1] [64:ff9b::7f00:1] [64:ff9b::127.0.0.1]
[2002:7f00:1::] [::1%25lo] [fe80::1%25lo]
１２７.０.０.１ 127。0。0。1 ①②⑦.0.0.1 127.0.0.1%00 %31%32%37.0.0.1 127%2e0%2e0%2e1 ⓛocalhost ｌｏｃａｌｈｏｓｔ
user@127.0.0.1 user:pass@127.0.0.1 news.example.cn@127.0.0.1 news.example.cn:80@127.0.0.1 news.example.cn#@127.0.0.1
news.example.cn\\@127.0.0.1 127.0.0.1\\@news.example.cn news.example.cn%00.127.0.0.1 127.0.0.1%0d%0a
""".split()  # noqa: SIM905
SPELLINGS += ["127.0.0\t.1", "127.0\n.0.1", " 127.0.0.1", "news.example.cn @127.0.0.1"]


class Canary:
    """Listens on every inside address of one port and counts whoever comes."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.visitors: list[str] = []
        self._sockets = []
        for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            try:
                listener = socket.socket(family)
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listener.bind((host, port))
            except OSError:
                if family == socket.AF_INET:
                    raise
                continue
            listener.listen()
            self._sockets.append(listener)
            threading.Thread(target=self._watch, args=(listener,), daemon=True).start()

    def _watch(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, peer = listener.accept()
            except OSError:
                return
            self.visitors.append(str(peer))
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nSECRET")
            connection.close()

    def close(self) -> None:
        for listener in self._sockets:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()


@pytest.fixture
def canary(site: Site) -> Iterator[Canary]:
    """On the same port as the site, so that leaving the port out or in makes no difference."""
    canary = Canary(site.port)
    yield canary
    canary.close()


def test_canary_sings_when_reached(canary: Canary) -> None:
    with socket.create_connection(("127.0.0.1", canary.port), timeout=5) as visitor:
        assert b"SECRET" in visitor.recv(1000)
    assert canary.visitors


def trap(site: Site) -> str:
    """Fill the site with links, redirects and robots redirects to every spelling; answer the list's address."""
    links = []
    for number, host in enumerate(SPELLINGS):
        target = f"http://{host}:{site.port}/inside"
        links += [f'<a href="{target}">link</a>', f'<a href="/hop/{number}">hop</a>']

        async def hop(exchange: Exchange, target: str = target) -> None:
            clean = target.replace("\n", "").encode()
            await exchange.raw(b"HTTP/1.1 302 X\r\nContent-Length: 0\r\nLocation: " + clean + b"\r\n\r\n")

        site.routes[f"/hop/{number}"] = hop
    links.append(f'<a href="//127.0.0.1:{site.port}/inside">x</a>')
    links.append(f'<a href="https://127.0.0.1:{site.port}/inside">x</a>')
    site.routes["/list"] = "".join(links)
    return site.url("/list")


def test_no_spelling_reaches_the_inside_by_link_or_redirect(site: Site, canary: Canary) -> None:
    job = {
        "settings": {"FETCH_ALLOW": [f"127.77.0.1:{site.port}"], "FETCH_RETRIES": 0, "DOWNLOAD_TIMEOUT": 10},
        "spider": {"start": [trap(site)], "follow": True},
    }
    child = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("fetch_crawl.py"))],
        input=json.dumps(job),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert child.returncode == 0, child.stderr
    seen = json.loads(child.stdout)
    assert canary.visitors == []
    assert [result["body"] for result in seen if "SECRET" in result.get("body", "")] == []
    # Really tried: every spelling was followed as a link, and every redirect was asked for.
    assert len(seen) == 1 + 2 * len(SPELLINGS) + 2
    assert {path for path in site.paths() if path.startswith("/hop/")} == {f"/hop/{n}" for n in range(len(SPELLINGS))}
    assert sum(result.get("cause") == "refused" for result in seen) >= 40


def test_no_spelling_reaches_the_inside_by_redirect_without_allowed_domains_check(
    site: Site, canary: Canary, crawl: Crawl
) -> None:
    """The address check alone holds: here every host counts as the site's own."""
    hosts = ["127.0.0.1", "localhost", "0x7f.1", "2130706433", "[::1]", "[::ffff:127.0.0.1]"]
    for number, host in enumerate(hosts):

        async def hop(exchange: Exchange, host: str = host) -> None:
            await exchange.reply(302, location=f"http://{host}:{site.port}/inside")

        site.routes[f"/{number}"] = hop
    domains = ["127.77.0.1", *(host.strip("[]") for host in hosts)]
    seen = crawl(*(site.url(f"/{number}") for number in range(len(hosts))), allowed_domains=domains)
    assert [result["cause"] for result in seen] == ["refused"] * len(hosts)
    assert canary.visitors == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0x7f000001", "[::1]", "[::ffff:127.0.0.1]"])
def test_robots_redirect_does_not_reach_the_inside(site: Site, canary: Canary, crawl: Crawl, host: str) -> None:
    async def lead(exchange: Exchange) -> None:
        await exchange.reply(302, location=f"http://{host}:{site.port}/robots.txt")

    site.routes.update({"/robots.txt": lead, "/page": "page"})
    (result,) = crawl(site.url("/page"))
    assert result["cause"] in ("refused", "robots")
    assert canary.visitors == []


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[list[str]]]:
    """Answers of a made-up name server: per name one list of addresses for each question, the last one for all more."""
    answers: dict[str, list[list[str]]] = {}

    async def resolve(host: str) -> list[str]:
        if host not in answers:
            return await system_resolver(host)
        answer = answers[host][0]
        if len(answers[host]) > 1:
            answers[host].pop(0)
        return answer

    monkeypatch.setattr(CheckedHandler, "resolver", staticmethod(resolve))
    return answers


def test_name_that_leads_inside_is_refused(
    site: Site, canary: Canary, crawl: Crawl, names: dict[str, list[list[str]]]
) -> None:
    names["127.0.0.1.example.cn"] = [["127.0.0.1"]]
    names["six.example.cn"] = [["::1", "::ffff:127.0.0.1"]]
    names["none.example.cn"] = [[]]
    seen = crawl(*(f"http://{name}:{site.port}/inside" for name in names))
    assert [result["cause"] for result in seen] == ["refused", "refused", "unreachable"]
    assert canary.visitors == []


def test_name_that_changes_its_answer_gains_nothing(
    site: Site, canary: Canary, crawl: Crawl, names: dict[str, list[list[str]]]
) -> None:
    """The checked address is the one connected to; a second question is never asked for the same connection."""
    names["rebind.example.cn"] = [["127.77.0.1"], ["127.0.0.1"]]
    site.routes["/page"] = "page"
    seen = crawl(f"http://rebind.example.cn:{site.port}/page", f"http://rebind.example.cn:{site.port}/page?2")
    assert [result["body"] for result in seen] == ["page", "page"]
    assert canary.visitors == []


def test_of_several_addresses_only_the_allowed_are_used(
    site: Site, canary: Canary, crawl: Crawl, names: dict[str, list[list[str]]]
) -> None:
    names["mixed.example.cn"] = [["127.0.0.1", "::1", "127.77.0.1"]]
    site.routes["/page"] = "page"
    (result,) = crawl(f"http://mixed.example.cn:{site.port}/page")
    assert result["body"] == "page"
    assert canary.visitors == []


def test_proxies_of_the_environment_are_not_used(
    site: Site, canary: Canary, crawl: Crawl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{canary.port}")
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{canary.port}")
    site.routes["/page"] = "page"
    (result,) = crawl({"url": site.url("/page"), "meta": {"proxy": f"http://127.0.0.1:{canary.port}"}})
    assert result["body"] == "page"
    assert canary.visitors == []
