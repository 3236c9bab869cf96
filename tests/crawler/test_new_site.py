"""What is worked out about a new site, page by page and without a network."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest

from crawler.items import Fetch
from crawler.looking import NoAnswer, Web, answer_of
from crawler.new_site import draft_site
from crawler.reading.listing import PageRequest
from seeds.load import load_site
from seeds.replica.families.pages import FamilyPages
from seeds.replica.model import Asked
from seeds.replica.unknown import HOSTS, UnknownServer
from seeds.write import site_text

FAMILY_SITES = sorted((Path(__file__).parents[2] / "seeds/replica/families/sites").glob("*.toml"))
Answer = tuple[int, str, bytes]


class LocalWeb(Web):
    """Pages from a function instead of a network."""

    def __init__(self, answer: Callable[[PageRequest], Answer]) -> None:
        super().__init__()
        self._answer = answer

    async def _ask(self, asked: PageRequest) -> Fetch:
        status, content_type, body = self._answer(asked)
        if status != 200:
            raise NoAnswer("gone", f"the server answered {status}", asked.url)
        now = datetime.now(UTC)
        return Fetch(asked.url, asked.url, status, {"content-type": content_type}, body, now)


def pages(known: Mapping[str, str]) -> LocalWeb:
    def answer(asked: PageRequest) -> Answer:
        return (200, "text/html; charset=utf-8", known[asked.url].encode()) if asked.url in known else (404, "", b"")

    return LocalWeb(answer)


def unknown_sites(epoch: int = 1) -> LocalWeb:
    server = UnknownServer(epoch)

    def answer(asked: PageRequest) -> Answer:
        parts = urlsplit(asked.url)
        return server.answer(parts.hostname or "", parts.path + (f"?{parts.query}" if parts.query else ""))

    return LocalWeb(answer)


def family_sites() -> LocalWeb:
    source = FamilyPages()

    def answer(asked: PageRequest) -> Answer:
        parts = urlsplit(asked.url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        question = Asked(target=target, body=asked.body or b"", referer=asked.headers.get("Referer", ""))
        page = source.page(1, parts.hostname or "", question)
        return page.status, page.content_type, page.content

    return LocalWeb(answer)


def drafted(web: Web, url: str, **more: Any) -> dict[str, Any]:
    async def job(given: Web) -> Mapping[str, Any]:
        return await draft_site(given, url, **more)

    return dict(asyncio.run(answer_of(job, web)))


@pytest.mark.parametrize("file", FAMILY_SITES, ids=lambda file: tomllib.loads(file.read_text("utf-8"))["family"])
def test_site_of_a_family_is_known_by_its_column_page(file: Path, tmp_path: Path) -> None:
    declared = tomllib.loads(file.read_text("utf-8"))
    answer = drafted(family_sites(), urljoin(declared["base_url"], declared["lists"][0]["url"]))
    assert answer["ok"], answer
    site = answer["site"]
    assert (site["family"], site["publisher"]) == (declared["family"], declared["publisher"])
    assert len(answer["articles"]) == 3
    assert all(article["title"] and article["published_at"] for article in answer["articles"])
    assert answer["columns"][0]["dated"] == answer["columns"][0]["links"] > 5
    assert answer["columns"][0]["paging"].startswith(("page 2 read", "no pager; page 2 found"))
    written = tmp_path / "mine.toml"
    written.write_text(site_text(site, ["seen today"], answer["reasons"]), "utf-8")
    assert load_site(written).family == declared["family"]


def test_home_page_offers_its_columns_and_takes_the_one_with_most_dated_records() -> None:
    answer = drafted(unknown_sites(), f"http://{HOSTS['portal']}/")
    assert [(one["column"], one["dated"], one["chosen"]) for one in answer["columns"]] == [("质量要闻", 12, True)]
    wrong = drafted(unknown_sites(), f"http://{HOSTS['portal']}/", columns=["政策"])
    assert (wrong["ok"], wrong["cause"]) == (False, "no_column")
    assert "质量要闻" in wrong["detail"]


def test_feed_gives_its_name_to_the_column() -> None:
    answer = drafted(unknown_sites(), f"http://{HOSTS['feed']}/rss.xml")
    assert [(one["column"], one["links"]) for one in answer["columns"]] == [("标准资讯", 26)]


def test_given_publisher_goes_before_what_the_pages_say() -> None:
    answer = drafted(unknown_sites(), f"http://{HOSTS['tables']}/newslist.asp?classid=3", publisher="河西质协")
    assert answer["site"]["publisher"] == "河西质协"


SHORT = "<html><head><title>{0}</title></head><body>{1}</body></html>"
LINKS = "".join(f'<li><a href="/a/{n}.html">临溪市第{n}批质量标杆名单公布</a></li>' for n in range(10, 16))


@pytest.mark.parametrize(
    ("answers", "cause"),
    [
        ({}, "gone"),
        ({"/zl/": SHORT.format("质量", "<p>本栏目没有内容，以后会有的。</p>")}, "no_list"),
        ({"/zl/": '{"a": 1}'}, "not_html"),
        ({"/zl/": "%PDF-1.4 x"}, "bad_content"),
        ({"/zl/": SHORT.format("安全验证", "<p>请完成安全验证</p>")}, "blocked"),
        ({"/zl/": SHORT.format("质量", f"<ul>{LINKS}</ul>")}, "no_article"),
    ],
)
def test_what_cannot_be_read_as_a_list_of_articles_is_one_clear_cause(answers: dict[str, str], cause: str) -> None:
    web = pages({f"http://www.linxi.example{path}": text for path, text in answers.items()})
    answer = drafted(web, "http://www.linxi.example/zl/")
    assert (answer["ok"], answer["cause"]) == (False, cause)
    assert answer["detail"]


TEXT = "".join(f"<p>第{n}段：临溪市质量协会公布了名单，企业可以在窗口查询，名单每季更新一次。</p>" for n in range(6))
ARTICLES = {
    f"http://www.linxi.example/a/{n}.html": SHORT.format(
        f"临溪市第{n}批质量标杆名单公布_临溪质量网",
        f"<div class=x><h1>临溪市第{n}批质量标杆名单公布</h1><p>2025-03-{n} 08:00</p>{TEXT}</div>",
    )
    for n in range(10, 16)
}
DATED = "".join(
    f'<li><a href="/a/{n}.html">临溪市第{n}批质量标杆名单公布</a> <i>2025-03-{n}</i></li>' for n in range(10, 16)
)


def test_home_page_may_be_the_only_list() -> None:
    web = pages({"http://www.linxi.example/": SHORT.format("临溪质量网", f"<ul class=l>{DATED}</ul>"), **ARTICLES})
    answer = drafted(web, "http://www.linxi.example/")
    assert answer["ok"], answer
    assert [one["url"] for one in answer["columns"]] == ["http://www.linxi.example/"]
    assert answer["columns"][0]["dated"] == 6


def test_menu_is_not_taken_for_a_list_where_a_column_with_articles_is_linked() -> None:
    menu = "".join(f'<li><a href="/{word}/">质量工作{word}动态栏</a></li>' for word in ("aa", "bb", "cc", "dd"))
    start = SHORT.format("栏目首页", f'<ul class=m>{menu}</ul><h3>质量要闻<a href="/zl/">更多</a></h3>')
    column = SHORT.format("质量要闻_临溪质量网", f"<ul class=l>{DATED}</ul>")
    web = pages({"http://www.linxi.example/xw/": start, "http://www.linxi.example/zl/": column, **ARTICLES})
    answer = drafted(web, "http://www.linxi.example/xw/")
    assert answer["ok"], answer
    assert [one["url"] for one in answer["columns"] if one["chosen"]] == ["http://www.linxi.example/zl/"]


def test_doubts_are_told() -> None:
    server = unknown_sites()
    answer = drafted(server, f"http://{HOSTS['portal']}/zlyw/")
    assert any("newest entry is of 2025-04-01" in warning for warning in answer["warnings"])
    undated = SHORT.format("质量要闻_临溪质量网", f"<ul>{LINKS}</ul>")
    text = "".join(
        f"<p>第{n}段：临溪市质量协会公布了名单，企业可以在窗口查询，名单每季更新一次。</p>" for n in range(6)
    )
    articles = {
        f"http://www.linxi.example/a/{n}.html": SHORT.format(
            f"临溪市第{n}批质量标杆名单公布_临溪质量网",
            f"<div class=x><h1>临溪市第{n}批质量标杆名单公布</h1>{text}</div>",
        )
        for n in range(10, 16)
    }
    answer = drafted(pages({"http://www.linxi.example/zl/": undated, **articles}), "http://www.linxi.example/zl/")
    assert answer["ok"], answer
    said = " ".join(answer["warnings"])
    assert "the list prints no days" in said
    assert "date: found in 0 of 3 articles" in said
    assert "older articles cannot be reached" in said
