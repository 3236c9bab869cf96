"""Read a site live and say field by field what works: its lists, their second pages, three articles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from archive.archive import Archive
from crawler.bases import BY_ADDRESS, ListPageSpider
from crawler.exceptions import CrawlError
from crawler.items import ArticleItem, Fetch, Link
from crawler.list_pages import list_layout_of
from crawler.looking import NoAnswer, Web
from crawler.new_site import spread
from crawler.reading.drafting import Known, right_fields, shown
from crawler.reading.listing import ListReading, PageRequest
from crawler.reading.text import fold
from crawler.reading.urls import canonical_url, url_key
from seeds.model import ListSource

ARTICLES = 3
"""Articles that are read: enough to see a pattern, few enough to be polite."""


async def check_site(web: Web, spider_class: type[ListPageSpider], archive: Archive | None) -> dict[str, Any]:
    """What the site's lists and three of its articles give today. ``faults`` are sentences about what is needed and
    failed; an empty list is a healthy site. ``archive`` None compares with nothing."""
    spider = spider_class()
    lists: list[dict[str, Any]] = []
    links: list[Link] = []
    for source in spider.site.lists:
        found, own = await _check_list(web, spider, source)
        lists.append(found)
        links += own
    articles = [await _check_article(web, spider, link, archive) for link in spread(_once(links), ARTICLES)]
    return {
        "ok": True,
        "site": spider.name,
        "lists": lists,
        "articles": articles,
        "faults": _faults(spider, lists, articles),
        "requests": web.requests,
    }


async def _check_list(web: Web, spider: ListPageSpider, source: ListSource) -> tuple[dict[str, Any], list[Link]]:
    found: dict[str, Any] = {"column": source.column, "url": source.url, "links": 0, "dated": 0, "layout": None}
    found |= {"next_page": None, "next_ok": None, "fault": None}
    try:
        fetch, reading, links = await first_page(web, spider, source)
    except NoAnswer as error:
        return found | {"fault": f"{error.cause}: {error.detail}"}, []
    found["layout"] = reading.layout
    found["links"] = len(links)
    found["dated"] = sum(link.listed_on is not None for link in links)
    found["newest"] = max((link.listed_on for link in links if link.listed_on), default=None)
    if not links:
        found["fault"] = f"no article links; the page shows: {reading.seen}"
    if reading.next_page is not None and links:
        found["next_page"] = reading.next_page.url
        by_script = fetch is not await web.get(source.url)
        found["next_ok"] = await _reads_on(web, spider, reading.next_page, source, links, by_script=by_script)
    return found, links


async def first_page(web: Web, spider: ListPageSpider, source: ListSource) -> tuple[Fetch, ListReading, list[Link]]:
    """A list's first page and its article links, as a crawl reads them. Raises NoAnswer."""
    fetch, reading = await web.list_page(source.url, list_layout_of(spider.list_layout, source))
    links = list(spider.article_links(reading))
    if not links and (spider.list_by_address or spider.list_of_family):
        fetch, reading = await web.list_page(source.url, BY_ADDRESS if spider.list_by_address else None)
        links = list(spider.article_links(reading))
    return fetch, reading, links


async def _reads_on(
    web: Web, spider: ListPageSpider, wanted: PageRequest, source: ListSource, known: Sequence[Link], *, by_script: bool
) -> bool:
    """Whether page 2 shows other articles."""
    layout = list_layout_of(spider.list_layout, source)
    try:
        _, reading = await web.list_page(wanted, layout, page=2, first_url=source.url, interface=by_script)
    except NoAnswer:
        return False
    keys = {url_key(link.url) for link in known}
    return any(url_key(link.url) not in keys for link in spider.article_links(reading))


def _once(links: Sequence[Link]) -> list[Link]:
    return list({url_key(link.url): link for link in links}.values())


async def _check_article(web: Web, spider: ListPageSpider, link: Link, archive: Archive | None) -> dict[str, Any]:
    try:
        fetch = await web.get(link.url)
        item = spider.read_article(fetch)
    except (NoAnswer, CrawlError) as error:
        detail = error.detail if isinstance(error, NoAnswer) else str(error)
        return {"url": link.url, "fault": f"{error.cause}: {detail}"}
    held = archive.article(url_key(canonical_url(item.url))) if archive is not None else None
    return {
        **shown(item),
        "fault": None,
        "generic": item.layout == "generic" and bool(spider.layouts),
        "archived": held is not None,
        "differs": _differences(item, held.current) if held is not None else {},
    }


def _differences(item: ArticleItem, revision: Any) -> dict[str, list[Any]]:
    """Fields that the archive holds otherwise: archived value, value now."""
    known = Known.of(revision)
    same = right_fields(item, known)
    now = Known.of(item)
    if not same["body"] and fold(item.body) in fold(known.body):
        same["body"] = True  # the first page of an article over several
    return {name: [_short(known, name), _short(now, name)] for name, is_same in same.items() if not is_same}


def _short(known: Known, name: str) -> Any:
    value = getattr(known, name)
    return f"{len(value)} characters" if name == "body" else value


def _faults(
    spider: ListPageSpider, lists: Sequence[Mapping[str, Any]], articles: Sequence[Mapping[str, Any]]
) -> list[str]:
    found = [f"list {one['column']}: {one['fault']}" for one in lists if one["fault"]]
    links = sum(one["links"] for one in lists)
    if links and links < spider.site.min_articles:
        found.append(f"lists: {links} links, at least {spider.site.min_articles} are usual")
    found += [f"list {one['column']}: page 2 shows no other articles" for one in lists if one["next_ok"] is False]
    found += [f"article {one['url']}: {one['fault']}" for one in articles if one["fault"]]
    read = [one for one in articles if not one["fault"]]
    if read and all(one["generic"] for one in read):
        names = ", ".join(layout.name for layout in spider.layouts)
        found.append(f"articles: none of the layouts {names} fits; all are read generically")
    if read and not any(one["published_at"] for one in read):
        found.append("published_at: no article has a date")
    return found
