"""Every page of the replica, read by the site's own layouts, gives exactly what is true of it."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from crawler.bases import ListPageSpider
from crawler.exceptions import Blocked
from crawler.items import ArticleItem, Fetch, Link
from crawler.loader import SiteSpiderLoader
from crawler.reading.extract import extract_article
from crawler.reading.urls import url_key
from seeds.load import load_sites
from seeds.replica.model import Page, Truth
from seeds.replica.server import ReplicaServer, fill_tokens
from seeds.replica.world import PER_PAGE, World, load_world

FOLDER = Path(__file__).resolve().parents[2] / "seeds" / "replica" / "sites"
FETCHED_AT = datetime(2025, 9, 22, tzinfo=UTC)
# What is no matter of reading one page, and images, which are compared apart.
OUTSIDE = {"key", "site", "url", "lists", "aliases", "reprint_of", "state", "revision", "images"}
SITES = ("zgnt", "cinic", "chinajl", "liaocheng", "quality_portal")
FIELDS = tuple(field.name for field in fields(Truth) if field.name not in OUTSIDE)


@pytest.fixture(scope="module")
def world() -> World:
    return load_world()


@pytest.fixture(scope="module")
def spiders() -> SiteSpiderLoader:
    return SiteSpiderLoader(["crawler.spiders"], load_sites([FOLDER]))


@pytest.fixture(scope="module")
def replica() -> ReplicaServer:
    server = ReplicaServer()
    server.stop()  # pages are asked for in memory
    return server


def page_at(replica: ReplicaServer, epoch: int, url: str) -> Page:
    replica.epoch = epoch
    parts = urlsplit(url)
    return replica.page(parts.netloc, f"{parts.path}?{parts.query}" if parts.query else parts.path)


def read_list(replica: ReplicaServer, spider: ListPageSpider, epoch: int, column: str) -> list[list[Link]]:
    """The article links of every page of a list, as the spider takes them."""
    source = next(source for source in spider.site.lists if source.column == column)
    pages: list[list[Link]] = []
    url: str | None = source.url
    while url:
        page = page_at(replica, epoch, url)
        headers = {"content-type": page.content_type}
        fetch = Fetch(url, url, page.status, headers, fill_tokens(page, 0, 1), FETCHED_AT)
        reading = spider.read_list(fetch, source, len(pages) + 1)
        pages.append(list(spider.article_links(reading)))
        url = reading.next_page.url if reading.next_page else None
    return pages


def read(replica: ReplicaServer, spider: type[ListPageSpider], epoch: int, url: str, site: str) -> ArticleItem:
    page = page_at(replica, epoch, url)
    assert page.status == 200
    return extract_article(
        fill_tokens(page, 0, 1),
        url,
        headers={"content-type": page.content_type},
        layouts=spider.layouts,
        fetched_at=FETCHED_AT,
        site=site,
    )


def differences(item: ArticleItem, truth: Truth) -> list[str]:
    found = []
    for name in FIELDS:
        expected, got = getattr(truth, name), getattr(item, name)
        expected = list(expected) if isinstance(expected, tuple) else expected
        if got != expected:
            found.append(f"{truth.url} {name}: {got!r} instead of {expected!r}")
    images = [(image.url, image.caption) for image in item.images]
    if images != [(photo.url, photo.caption) for photo in truth.images]:
        found.append(f"{truth.url} images: {images!r} instead of {truth.images!r}")
    return found


@pytest.mark.parametrize("epoch", [1, 2])
@pytest.mark.parametrize("site", SITES)
def test_article_pages_give_the_truth(
    replica: ReplicaServer, spiders: SiteSpiderLoader, world: World, site: str, epoch: int
) -> None:
    spider = spiders.load(site)
    wrong = []
    for url, truth in world.truth(epoch).items():
        if truth.site == site and truth.state == "live":
            wrong += differences(read(replica, spider, epoch, url, site), truth)
    assert wrong == []


@pytest.mark.parametrize("site", ["cinic", "chinajl"])
def test_listed_mirror_copies_are_restored(
    replica: ReplicaServer, spiders: SiteSpiderLoader, world: World, site: str
) -> None:
    truth = next(entry for entry in world.truth(1).values() if entry.is_mirror and entry.site == site)
    item = read(replica, spiders.load(site), 1, truth.url, site)
    assert item.restored
    assert item.repairs
    assert item.body_raw is not None
    assert "(" in item.body_raw


@pytest.mark.parametrize(("host", "site"), [("www.kbm75.com", "cinic"), ("www.etvsebi.cn", "chinajl")])
def test_copies_on_mirror_hosts_are_restored(
    replica: ReplicaServer, spiders: SiteSpiderLoader, world: World, host: str, site: str
) -> None:
    copied = next(entry for entry in world.truth(1).values() if entry.is_mirror and entry.site == site)
    item = read(replica, spiders.load(site), 1, copied.url.replace(urlsplit(copied.url).netloc, host), site)
    assert item.is_mirror
    assert (item.title, item.body) == (copied.title, copied.body)


def test_the_challenge_page_is_no_article(replica: ReplicaServer, spiders: SiteSpiderLoader, world: World) -> None:
    ((site, url),) = world.story(2).challenged
    with pytest.raises(Blocked):
        read(replica, spiders.load(site), 2, url, site)


@pytest.mark.parametrize("epoch", [1, 2])
@pytest.mark.parametrize("site", SITES)
def test_list_pages_give_every_article_with_its_day(
    replica: ReplicaServer, spiders: SiteSpiderLoader, world: World, site: str, epoch: int
) -> None:
    spider = spiders.load(site)()
    for column in world.sites[site].columns:
        if (site, column.name, epoch) == ("cinic", "时政新闻", 2):
            continue
        articles = world.column(epoch, site, column.name)
        pages = read_list(replica, spider, epoch, column.name)
        assert len(pages) == -(-len(articles) // PER_PAGE), column.name
        found = {url_key(link.url): link for page in pages for link in page}
        expected = {}
        for article in articles:
            second = article.twin_path if column.name != article.lists[0] else None
            path = second or article.path
            expected[url_key(f"http://{world.sites[site].host}{path}")] = (article.title, article.published.date())
        assert {key: (link.title, link.listed_on) for key, link in found.items()} == expected, column.name


def test_the_redesigned_list_shows_no_link(replica: ReplicaServer, spiders: SiteSpiderLoader) -> None:
    assert read_list(replica, spiders.load("cinic")(), 2, "时政新闻") == [[]]
