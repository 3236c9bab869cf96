"""The five spiders against the replica's pages, without a network: every article is found and read as it is."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from scrapy import Request
from scrapy.http import Response

import seeds.replica
from crawler.bases import ListPageSpider
from crawler.items import AnyItem, ArticleItem, FailureItem
from crawler.loader import SiteSpiderLoader
from crawler.reading.urls import url_key
from seeds.load import load_sites
from seeds.replica.model import Truth
from seeds.replica.pages import Pages
from seeds.replica.server import fill_tokens
from seeds.replica.world import World, load_world

LOADER = SiteSpiderLoader(["crawler.spiders"], load_sites([Path(seeds.replica.__file__).parent / "sites"]))
SAME = (
    "title", "subtitle", "body", "site", "column", "published_at", "published_precision", "source", "reporters",
    "correspondents", "interns", "authors", "editors", "views", "is_mirror",
)  # fmt: skip


@pytest.fixture(scope="module")
def world() -> World:
    return load_world()


def walked(world: World, epoch: int, name: str) -> list[AnyItem]:
    """Everything a spider yields on the way through all pages of its lists, page after page."""
    found = LOADER.load(name)
    assert issubclass(found, ListPageSpider)
    spider, pages = found(), Pages(world)

    async def start() -> list[Request]:
        return [request async for request in spider.start()]

    waiting, asked, items = asyncio.run(start()), set(), []
    while waiting:
        request = waiting.pop()
        if request.url in asked:
            continue
        asked.add(request.url)
        parts = urlsplit(request.url)
        page = pages.page(epoch, parts.netloc, parts._replace(scheme="", netloc="").geturl())
        assert page.status == 200, request.url
        request.meta["fetched_at"] = datetime(2027, 1, 1, tzinfo=UTC)
        headers = {"Content-Type": page.content_type}
        response = Response(request.url, headers=headers, body=fill_tokens(page, 0, 0), request=request)
        assert request.callback is not None
        for result in request.callback(response):
            (waiting if isinstance(result, Request) else items).append(result)
    return items


def truth_by_key(world: World, epoch: int, site: str) -> dict[bytes, Truth]:
    truths = [truth for truth in world.truth(epoch).values() if truth.site == site]
    return {url_key(url): truth for truth in truths for url in (truth.url, *truth.aliases)}


@pytest.mark.parametrize("name", LOADER.list())
def test_every_article_of_a_site_is_found_and_read_as_it_is(world: World, name: str) -> None:
    items = walked(world, 1, name)
    truths = truth_by_key(world, 1, name)
    assert [item for item in items if isinstance(item, FailureItem)] == []
    articles = [item for item in items if isinstance(item, ArticleItem)]
    assert {truths[url_key(item.url)].key for item in articles} == {truth.key for truth in truths.values()}
    for item in articles:
        truth = truths[url_key(item.url)]
        read = {field: getattr(item, field) for field in SAME}
        expected = {field: getattr(truth, field) for field in SAME}
        assert read == {field: list(value) if isinstance(value, tuple) else value for field, value in expected.items()}
        pictures = [(urlsplit(image.url).path, image.caption) for image in item.images]
        assert pictures == [(urlsplit(photo.url).path, photo.caption) for photo in truth.images]


def test_a_redesigned_list_and_a_challenge_page_are_failures_with_their_causes(world: World) -> None:
    failures = [
        (item.site, item.kind, item.cause, item.column)
        for name in ("cinic", "chinajl")
        for item in walked(world, 2, name)
        if isinstance(item, FailureItem)
    ]
    assert failures == [("cinic", "list", "no_links", "时政新闻"), ("chinajl", "article", "blocked", "政策要闻")]
