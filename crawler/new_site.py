"""Work out a new site from the address of one of its pages: lists, paging, layouts, rhythm, names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from archive.clock import shanghai, utc_now
from crawler.exceptions import CrawlError
from crawler.fetching.offsite import belongs
from crawler.items import ArticleItem, Link
from crawler.looking import NoAnswer, Web
from crawler.reading.addresses import article_pattern
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
from crawler.reading.page import Page
from crawler.reading.site_facts import (
    publisher_name,
    revisit_of,
)
from crawler.site_columns import Column, draft_list, find_columns, page_at, page_of, read_on

SAMPLES = 3
"""Articles that are read to draft a layout: what is the same on three pages is the template."""

_SURE_FAMILY = 0.7
_LEAST_CONFIDENCE = 0.6
_SHORT_BODY = 60
_USUAL_SHARE = 0.8


@dataclass
class Draft:
    """The site file in the making, what supports it, and what is doubtful."""

    data: dict[str, Any] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


async def draft_site(web: Web, url: str, columns: Sequence[str] = (), publisher: str | None = None) -> dict[str, Any]:
    """Everything a site file needs, with the evidence: see ``_answer`` for the keys. Raises NoAnswer."""
    fetch = await web.get(url)
    chosen, offered = await find_columns(web, fetch, columns)
    draft = Draft()
    samples, items, failed = await _read_samples(web, chosen)
    lists = [page for one in chosen if (page := page_of(one.first))]
    articles = [page for one in samples if (page := page_at(one.url, one.content, one.headers))]
    family = _find_family(draft, lists, articles)
    for column in chosen:
        await read_on(web, column, family)
        draft_list(column, family)
    _name_publisher(draft, publisher, articles, lists, url)
    _declare_lists(draft, chosen)
    items = _declare_layout(draft, samples, items, family)
    _warn(draft, chosen, items, failed)
    return _answer(draft, chosen, offered, samples, items, failed, web)


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
