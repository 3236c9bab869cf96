"""The pages that are mutated and the lists that are scored: the replica's own, and the real pages beside the checkout.

The replica's pages are asked for in memory, without a server.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urljoin, urlsplit

from bench.pages import load_cases
from crawler.loader import SiteSpiderLoader
from crawler.reading.families import FAMILIES
from crawler.reading.family_lists import FAMILY_LISTS
from crawler.reading.layouts import ArticleLayout, ListLayout
from seeds.load import load_sites
from seeds.replica.build import TEMPLATES
from seeds.replica.model import Page, Ref
from seeds.replica.pages import Pages
from seeds.replica.server import fill_tokens
from seeds.replica.world import MIRROR_HOSTS, World, load_world

SITE_FILES = Path(__file__).resolve().parents[1] / "seeds" / "replica" / "sites"
LAST_EPOCH = 2
ARTICLES_PER_SITE = 10


@dataclass(frozen=True)
class Source:
    """One page as served, with the layouts its site declares (for a real page: those of a CMS family)."""

    url: str
    kind: Literal["article", "list"]
    content: bytes
    headers: dict[str, str]
    layouts: tuple[ArticleLayout, ...]
    list_layout: ListLayout | None


@dataclass(frozen=True)
class ListPage:
    """One list page of the replica with its truth: absolute addresses of its entries, headlines and days, and the
    address of the next page."""

    site: str
    url: str
    content: bytes
    headers: dict[str, str]
    refs: tuple[Ref, ...]
    following: str | None


def load_corpus() -> list[Source]:
    """Articles and all list pages of every site of the replica, copies of its mirrors, and the real pages."""
    return [*_replica(load_world()), *_real()]


def list_pages() -> list[ListPage]:
    """All list pages of the replica in both epochs, each address made absolute."""
    world = load_world()
    pages = Pages(world)
    found = []
    for epoch in (1, LAST_EPOCH):
        for name, site in world.sites.items():
            for column in site.columns:
                lists = world.list_refs(epoch, name, column.name)
                urls = [
                    f"http://{site.host}{TEMPLATES[name].list_path(column, number)}"
                    for number in range(1, len(lists) + 1)
                ]
                for refs, url, following in zip(lists, urls, [*urls[1:], None], strict=True):
                    page = _page(pages, epoch, url)
                    truth = tuple(Ref(ref.title, urljoin(url, ref.href), ref.day) for ref in refs)
                    found.append(ListPage(name, url, fill_tokens(page, 0, 1), _headers(page), truth, following))
    return found


def _replica(world: World) -> list[Source]:
    spiders = SiteSpiderLoader(["crawler.spiders"], load_sites([SITE_FILES]))
    pages = Pages(world)
    found = []
    for name, site in world.sites.items():
        spider = spiders.load(name)
        layouts: tuple[ArticleLayout, ...] = spider.layouts  # type: ignore[attr-defined]
        list_layout: ListLayout | None = spider.list_layout  # type: ignore[attr-defined]
        articles = world.articles(LAST_EPOCH, name)
        step = max(1, len(articles) // ARTICLES_PER_SITE)
        urls = [(world.url(article), "article") for article in articles[::step]]
        for column in site.columns:
            count = len(world.list_refs(LAST_EPOCH, name, column.name))
            paths = [TEMPLATES[name].list_path(column, number) for number in range(1, count + 1)]
            urls += [(f"http://{site.host}{path}", "list") for path in paths]
        mirrors = [host for host, original in MIRROR_HOSTS.items() if original == name][:1]
        urls += [(url.replace(site.host, host), kind) for host in mirrors for url, kind in urls[:4]]
        for url, kind in urls:
            page = _page(pages, LAST_EPOCH, url)
            if page.status == 200:
                what: Literal["article", "list"] = "article" if kind == "article" else "list"
                found.append(Source(url, what, fill_tokens(page, 0, 1), _headers(page), layouts, list_layout))
    return found


def _real() -> list[Source]:
    """The real pages, each with the layouts of one CMS family in turn: they must stand what they do not fit too."""
    families = list(FAMILIES)
    found = []
    for number, case in enumerate(load_cases()):
        family = families[number % len(families)]
        layouts = _as_layouts(FAMILIES[family])
        found.append(Source(case.url, "article", case.content, {}, layouts, FAMILY_LISTS.get(family)))
    return found


def _as_layouts(known: ArticleLayout | Sequence[ArticleLayout]) -> tuple[ArticleLayout, ...]:
    return (known,) if isinstance(known, ArticleLayout) else tuple(known)


def _page(pages: Pages, epoch: int, url: str) -> Page:
    parts = urlsplit(url)
    return pages.page(epoch, parts.netloc, f"{parts.path}?{parts.query}" if parts.query else parts.path)


def _headers(page: Page) -> dict[str, str]:
    return {"content-type": page.content_type}
