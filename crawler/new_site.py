"""Work out a new site from the address of one of its pages: lists, paging, layouts, rhythm, names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from urllib.parse import urljoin, urlsplit

from archive.clock import shanghai, utc_now
from crawler.bases import NOT_A_PAGE
from crawler.exceptions import CrawlError
from crawler.fetching.offsite import belongs
from crawler.items import ArticleItem, Fetch, Link
from crawler.list_pages import LEAST_LINKS
from crawler.looking import NoAnswer, Web
from crawler.paging import page_templates, page_url
from crawler.reading.addresses import article_pattern
from crawler.reading.challenge import find_block
from crawler.reading.detection import FamilyGuess, detect_family
from crawler.reading.drafting import (
    NEEDED,
    Known,
    Sample,
    coverage,
    draft_layout,
    layout_of,
    read_sample,
    right_fields,
    shown,
)
from crawler.reading.extract import extract_article
from crawler.reading.families import FAMILIES
from crawler.reading.family_lists import FAMILY_LISTS
from crawler.reading.layouts import ListLayout
from crawler.reading.list_drafting import draft_list_layout
from crawler.reading.listing import ListReading, PageRequest
from crawler.reading.lists import extract_list
from crawler.reading.page import Page, open_page
from crawler.reading.site_facts import (
    ColumnLink,
    column_links,
    column_name,
    is_home,
    publisher_name,
    registered,
    revisit_of,
)
from crawler.reading.urls import url_key

SAMPLES = 3
"""Articles that are read to draft a layout: what is the same on three pages is the template."""

_LEAST_LINKS = 3
_SURE_FAMILY = 0.7
_LEAST_CONFIDENCE = 0.6
_SHORT_BODY = 60
_USUAL_SHARE = 0.8


@dataclass
class Column:
    """One list that was read: its first page, and the second when there is one."""

    name: str
    url: str
    first: Fetch
    """What the address itself answers; ``fetch`` is what the entries stood in, which may be a script's source."""
    fetch: Fetch
    reading: ListReading
    links: list[Link]
    more: list[Link] = field(default_factory=list)
    page_url: str | None = None
    paging: str = "one page"
    raw: dict[str, Any] | None = None
    """The drafted list layout, as a table of a site file."""

    @property
    def dated(self) -> int:
        """Links of the first page with a printed day."""
        return sum(link.listed_on is not None for link in self.links)

    def known_days(self) -> dict[str, date]:
        """Address to printed day, of both pages."""
        return {link.url: link.listed_on for link in (*self.links, *self.more) if link.listed_on}


@dataclass
class Draft:
    """The site file in the making, what supports it, and what is doubtful."""

    data: dict[str, Any] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


async def draft_site(web: Web, url: str, columns: Sequence[str] = (), publisher: str | None = None) -> dict[str, Any]:
    """Everything a site file needs, with the evidence: see ``_answer`` for the keys. Raises NoAnswer."""
    fetch = await web.get(url)
    chosen, offered = await _find_columns(web, fetch, columns)
    draft = Draft()
    samples, items, failed = await _read_samples(web, chosen)
    lists = [page for one in chosen if (page := _page_of(one.first))]
    articles = [page for one in samples if (page := _page(one.url, one.content, one.headers))]
    family = _find_family(draft, lists, articles)
    for column in chosen:
        await _read_on(web, column, family)
        _draft_list(column, family)
    _name_publisher(draft, publisher, articles, lists, url)
    _declare_lists(draft, chosen)
    items = _declare_layout(draft, samples, items, family)
    _warn(draft, chosen, items, failed)
    return _answer(draft, chosen, offered, samples, items, failed, web)


# --- lists ------------------------------------------------------------------------------------------------------------


async def _find_columns(web: Web, fetch: Fetch, names: Sequence[str]) -> tuple[list[Column], list[Column]]:
    """The columns to watch, and all that were found. A page that is a list itself is the only one."""
    page = _page_of(fetch)
    own = None
    if page is None or not is_home(fetch.url):
        own = await _column(web, fetch.requested_url, "")
        if own.links and not names:
            return [own], [own]
    candidates = [*_feed_links(page, fetch), *column_links(page)] if page is not None else []
    found = [own] if own and own.links else []
    for candidate in candidates:
        try:
            column = await _column(web, candidate.url, candidate.name)
        except NoAnswer:
            continue
        if len(column.links) >= _LEAST_LINKS and not any(_same_links(column, other) for other in found):
            found.append(column)
    found.sort(key=lambda column: (-column.dated, -len(column.links)))
    if not found:
        raise _no_list(page, fetch, len(candidates))
    if not names:
        return found[:1], found
    chosen = [next((one for one in found if name in (one.name, one.url)), None) for name in names]
    if None in chosen:
        missing = names[chosen.index(None)]
        offered = "、".join(one.name for one in found)
        raise NoAnswer("no_column", f"there is no column {missing!r} among those found: {offered}", fetch.url)
    return [one for one in chosen if one is not None], found


def _no_list(page: Page | None, fetch: Fetch, tried: int) -> NoAnswer:
    if page is None:
        kind = fetch.headers.get("content-type", "no type")
        return NoAnswer(
            "not_html", f"the address answers with {kind}, {len(fetch.body)} bytes: no page to read", fetch.url
        )
    if block := find_block(fetch.status, page.text):
        return NoAnswer("blocked", block, fetch.url)
    links = sum(1 for _ in page.root.iter("a"))
    also = f" and on {tried} pages it links to" if tried else ""
    return NoAnswer("no_list", f"no list of articles was found on the page ({links} links){also}", fetch.url)


def _same_links(one: Column, other: Column) -> bool:
    keys = {url_key(link.url) for link in one.links}
    return keys == {url_key(link.url) for link in other.links}


def _feed_links(page: Page | None, fetch: Fetch) -> list[ColumnLink]:
    """Feeds that the page names in its head."""
    if page is None:
        return []
    found = []
    for node in page.root.iter("link"):
        if "alternate" in node.get("rel", "").lower() and "xml" in node.get("type", "").lower() and node.get("href"):
            found.append(ColumnLink(node.get("title") or "feed", urljoin(fetch.url, node.get("href", ""))))
    return found[:2]


async def _column(web: Web, url: str, name: str) -> Column:
    fetch, reading = await web.list_page(url)
    first = await web.get(url)
    page = _page_of(first)
    if not name and page is not None:
        name = column_name(page) or ""
    return Column(name or "列表", url, first, fetch, reading, _article_links(reading, fetch.url))


def _article_links(reading: ListReading, url: str) -> list[Link]:
    """The links that may lead to articles of the same owner, each once."""
    home = registered(urlsplit(url).hostname or "")
    found: dict[bytes, Link] = {}
    for link in reading.links:
        parts = urlsplit(link.url)
        if belongs(parts.hostname or "", home) and not NOT_A_PAGE.search(parts.path) and not is_home(link.url):
            found.setdefault(url_key(link.url), link)
    return list(found.values()) if len(found) >= _LEAST_LINKS else []


async def _read_on(web: Web, column: Column, family: str | None) -> None:
    """Read the second page, by the pager or by the usual addresses; it must show other articles."""
    following = column.reading.next_page
    if following is not None:
        links = await _other_links(web, column, following)
        if links:
            column.more, column.paging = links, f"page 2 read: {following.url}"
        else:
            column.paging = f"the pager leads to {following.url}, which shows no other articles"
        return
    if len(column.links) < LEAST_LINKS or column.fetch is not column.first or _page_of(column.first) is None:
        return
    for template in page_templates(column.url, family or ""):
        second = page_url(template, 2)
        if links := await _other_links(web, column, PageRequest(second)):
            column.more, column.page_url = links, template.removeprefix(urljoin(column.url, "."))
            column.paging = f"no pager; page 2 found by its usual address: {second}"
            return


async def _other_links(web: Web, column: Column, wanted: PageRequest) -> list[Link]:
    try:
        by_script = column.fetch is not column.first
        fetch, reading = await web.list_page(wanted, page=2, first_url=column.url, interface=by_script)
    except NoAnswer:
        return []
    known = {url_key(link.url) for link in column.links}
    links = _article_links(reading, fetch.url)
    return [link for link in links if url_key(link.url) not in known]


def _draft_list(column: Column, family: str | None) -> None:
    """A list layout with selectors, where it reads the page as the generic reading does, or finds more days on it.

    None where the list comes from a script or a feed, or the family's own layout reads the same.
    """
    fetch = column.fetch
    if column.reading.layout != "generic" or _page_of(fetch) is None:
        column.page_url = None
        return
    if known := FAMILY_LISTS.get(family or ""):
        links = _article_links(extract_list(fetch.body, fetch.url, known, headers=fetch.headers), fetch.url)
        if {url_key(link.url) for link in links} == {url_key(link.url) for link in column.links}:
            return
    column.raw = draft_list_layout(fetch.body, fetch.url, column.links, fetch.headers)
    if column.raw is None:
        column.page_url = None  # without a list layout no template is used
        return
    reading = extract_list(fetch.body, fetch.url, ListLayout(**column.raw), headers=fetch.headers)
    days = {url_key(link.url): link.listed_on for link in reading.links}
    column.links = [replace(link, listed_on=days.get(url_key(link.url)) or link.listed_on) for link in column.links]


def _find_family(draft: Draft, lists: Sequence[Page], articles: Sequence[Page]) -> str | None:
    """The CMS family, when a marker of it stands on list or article, and no other family's does."""
    guesses = [guess for page in (*articles, *lists) if (guess := detect_family(page.text, page.url))]
    sure = [guess for guess in guesses if guess.confidence >= _SURE_FAMILY]
    if not sure or len({guess.name for guess in sure}) > 1:
        return None
    best: FamilyGuess = max(sure, key=lambda guess: guess.confidence)
    draft.data["family"] = best.name
    draft.reasons["family"] = f"{len(sure)} pages print {best.marker}"
    return best.name


# --- articles ---------------------------------------------------------------------------------------------------------


async def _read_samples(
    web: Web, columns: Sequence[Column]
) -> tuple[list[Sample], list[ArticleItem], list[dict[str, str]]]:
    """Three articles from all over the lists, read generically; and those that could not be read."""
    links = [link for column in columns for link in column.links]
    samples: list[Sample] = []
    items: list[ArticleItem] = []
    failed: list[dict[str, str]] = []
    for link in spread(links, 2 * SAMPLES):
        if len(samples) == SAMPLES:
            break
        try:
            fetch = await web.get(link.url)
            item = extract_article(fetch.body, fetch.url, headers=fetch.headers, fetched_at=fetch.fetched_at)
        except (NoAnswer, CrawlError) as error:
            detail = error.detail if isinstance(error, NoAnswer) else str(error)
            failed.append({"url": link.url, "cause": error.cause, "detail": detail})
            continue
        samples.append(Sample(fetch.url, fetch.body, fetch.headers, fetch.fetched_at, Known.of(item)))
        items.append(item)
    return samples, items, failed


def spread(links: Sequence[Link], number: int) -> list[Link]:
    """Links from the beginning, the middle and the end, then those between."""
    if len(links) <= number:
        return list(links)
    places = [0, len(links) // 2, len(links) - 1, len(links) // 4, 3 * len(links) // 4, 1][:number]
    return [links[place] for place in dict.fromkeys(places)]


# --- the site file ----------------------------------------------------------------------------------------------------


def _name_publisher(draft: Draft, given: str | None, articles: Sequence[Page], lists: Sequence[Page], url: str) -> None:
    found = publisher_name([*articles, *lists])
    name, why = (given, "as given") if given else found or (urlsplit(url).hostname or url, "")
    draft.data["publisher"] = name
    draft.reasons["publisher"] = why
    if not why:
        draft.warnings.append(f"publisher: no name was found, {name} stands for it; give one with --publisher")


def _declare_lists(draft: Draft, columns: Sequence[Column]) -> None:
    data = draft.data
    first = columns[0]
    base = _root(first.url)
    data["base_url"] = base
    days = [day for column in columns for day in column.known_days().values()]
    data["revisit"], draft.reasons["revisit"] = revisit_of(days, shanghai(utc_now()).date())
    shown = sum(len(column.links) for column in columns)
    data["min_articles"] = int(_USUAL_SHARE * shown)
    draft.reasons["min_articles"] = f"80 % of the {shown} articles on the first pages"
    links = [link for column in columns for link in (*column.links, *column.more)]
    hosts = {urlsplit(link.url).hostname or "" for link in links}
    hosts |= {urlsplit(column.fetch.url).hostname or "" for column in columns}  # a script's source may lie elsewhere
    home = urlsplit(base).hostname or ""
    if others := sorted(host for host in hosts if not belongs(host, home)):
        data["allowed_hosts"] = others
    known_days = {url: day for column in columns for url, day in column.known_days().items()}
    pattern = article_pattern([link.url for link in links], known_days, first.url)
    if pattern:
        data["article_url"] = pattern
        draft.reasons["article_url"] = f"all {len(links)} links seen have such addresses"
    data["lists"] = []
    raws = [column.raw for column in columns]
    data_layout = raws[0] if raws[0] and all(raw == raws[0] for raw in raws) else None
    for column in columns:
        entry: dict[str, Any] = {"column": column.name, "url": _relative(column.url, base)}
        if column.page_url:
            entry["page_url"] = column.page_url
        if data_layout is None and column.raw:
            entry |= column.raw
        data["lists"].append(entry)
    if data_layout:
        data["list_layout"] = data_layout


def _root(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"


def _relative(url: str, base: str) -> str:
    return "/" + url.removeprefix(base) if url.startswith(base) else url


def _declare_layout(
    draft: Draft, samples: Sequence[Sample], items: list[ArticleItem], family: str | None
) -> list[ArticleItem]:
    """Choose how articles are read: as the family does, by a drafted layout, or generically. The articles so read."""
    known = FAMILIES.get(family or "")
    if known is not None:
        read = [item for sample in samples if (item := read_sample(sample, [known])) and item.layout == known.name]
        if len(read) == len(samples):
            draft.reasons["layouts"] = f"the family's own reads all {len(read)} samples"
            for item, sample in zip(read, samples, strict=True):
                differing = [name for name, same in right_fields(item, sample.known).items() if not same]
                if differing and set(differing) & set(NEEDED):
                    words = ", ".join(differing)
                    draft.warnings.append(f"{words}: the family's layout and the generic reading differ ({item.url})")
            return read
    if len(samples) < 2:
        draft.warnings.append("layout: too few articles could be read to draft one; articles are read generically")
        return items
    raw = draft_layout(samples, str(shanghai(utc_now()).year))
    found = coverage(samples, [layout_of(raw)]) if raw else None
    if raw is None or found is None or not found.complete():
        draft.reasons["layouts"] = "none: no selectors read all samples as the generic reading does, which stays in use"
        return items
    draft.data["layouts"] = [raw]
    draft.reasons["layouts"] = f"reads the {found.pages} sample articles exactly as the generic reading does"
    return [read_sample(sample, [layout_of(raw)]) or item for sample, item in zip(samples, items, strict=True)]


def _warn(
    draft: Draft, columns: Sequence[Column], items: Sequence[ArticleItem], failed: Sequence[Mapping[str, str]]
) -> None:
    say = draft.warnings.append
    for column in columns:
        if not column.dated:
            say(f"{column.name}: the list prints no days")
        elif column.dated < len(column.links):
            say(f"{column.name}: {len(column.links) - column.dated} of {len(column.links)} links have no printed day")
        if not column.more:
            say(f"{column.name}: {column.paging}; older articles cannot be reached")
        days = column.known_days().values()
        if days and (shanghai(utc_now()).date() - max(days)).days > 60:
            say(f"{column.name}: the newest entry is of {max(days)}; is this column still kept?")
    for one in failed:
        say(f"an article could not be read: {one['url']}: {one['detail']}")
    for name, word in (("published_at", "date"), ("source", "source")):
        missing = sum(getattr(item, name) is None for item in items)
        if missing and items:
            say(f"{word}: found in {len(items) - missing} of {len(items)} articles")
    for item in items:
        if len(item.body) < _SHORT_BODY:
            say(f"body: only {len(item.body)} characters in {item.url}")
        for name, evidence in item.evidence.items():
            if name in NEEDED and evidence.confidence < _LEAST_CONFIDENCE:
                say(f"{name}: confidence {evidence.confidence:.2f} in {item.url}")
        for sentence in item.warnings:
            say(f"{sentence} ({item.url})")
    if len({item.title for item in items}) < len(items):
        say("title: different articles gave the same title")


def _answer(
    draft: Draft,
    chosen: Sequence[Column],
    offered: Sequence[Column],
    samples: Sequence[Sample],
    items: Sequence[ArticleItem],
    failed: Sequence[Mapping[str, str]],
    web: Web,
) -> dict[str, Any]:
    if not items:
        first = failed[0] if failed else {"url": chosen[0].url, "detail": "there are no links"}
        raise NoAnswer("no_article", f"none of the listed articles can be read: {first['detail']}", first["url"])
    return {
        "ok": True,
        "site": draft.data,
        "reasons": draft.reasons,
        "warnings": list(dict.fromkeys(draft.warnings)),
        "columns": [
            {
                "column": one.name,
                "url": one.url,
                "links": len(one.links),
                "dated": one.dated,
                "paging": one.paging,
                "layout": one.reading.layout,
                "newest": max(one.known_days().values(), default=None),
                "chosen": one in chosen,
            }
            for one in offered
        ],
        "articles": [shown(item) for item in items],
        "charset": items[0].charset,
        "requests": web.requests,
        "seen_at": samples[0].fetched_at,
    }


def _page_of(fetch: Fetch) -> Page | None:
    return _page(fetch.url, fetch.body, fetch.headers)


def _page(url: str, content: bytes, headers: Mapping[str, str]) -> Page | None:
    """The page, when it is one: a feed or an interface's answer is none."""
    head = content[:512].lstrip().lower()
    if (
        head.startswith((b"{", b"[", b"<?xml", b"<rss", b"<feed", b"<urlset", b"<sitemapindex"))
        and b"<html" not in head
    ):
        return None
    try:
        return open_page(content, url, headers)
    except CrawlError:
        return None
