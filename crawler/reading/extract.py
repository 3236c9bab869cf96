"""Article pages: bytes, headers and address in, one item with evidence out.

The ladder, per field: the site's layouts, the standard meta tags, printed labels, the generic reading. A field filled
by a higher step stays; dates of lower steps are compared with it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from crawler.exceptions import Blocked, CrawlError, LayoutMismatch, NotAnArticle
from crawler.items import ArticleItem
from crawler.reading.body import Block, read_blocks, text_of
from crawler.reading.challenge import find_block, find_missing
from crawler.reading.container import WEIGHTS, Weights
from crawler.reading.dates import FoundDate, date_from_groups, find_date, printed_somewhere
from crawler.reading.declared import declared_dates
from crawler.reading.draft import Draft, is_noisy
from crawler.reading.families import FAMILIES, founder_properties, marked
from crawler.reading.generic import GenericReading, read_generic
from crawler.reading.header import Metas, canonical_hint, doc_number, find_column, header_text, read_column
from crawler.reading.headline import CONFIDENCE, alike, declared_titles, headline
from crawler.reading.labels import first_name
from crawler.reading.layouts import ArticleLayout, Pick
from crawler.reading.masthead import read_masthead, surroundings, without_info
from crawler.reading.page import Element, Page, each, first, open_page, parse, quotation, select
from crawler.reading.text import clean, fold

_META_DATES = (
    "pubdate",
    "publishdate",
    "firstpublishedtime",
    "article:published_time",
    "publish_time",
    "og:release_date",
)
_NAMED_META = re.compile(r"meta\[(?:name|property)=[\"']?([\w:.-]+)[\"']?\]\Z")
_URL_DATES = (
    re.compile(r"/(?P<y>20\d\d)[-/]?(?P<m>0[1-9]|1[0-2])[-/]?(?P<d>[0-2]\d|3[01])/"),
    re.compile(r"/t(?P<y>20\d\d)(?P<m>0[1-9]|1[0-2])(?P<d>[0-2]\d|3[01])_\d"),
    re.compile(r"/art/(?P<y>20\d\d)/(?P<m>\d{1,2})/(?P<d>\d{1,2})/art_"),
)
_SHORT_BODY = 200
_SOURCE_LABEL = re.compile(r"\A\s*来源\s?[:：]\s*")
_BLOCK_CHARS = 500  # a block page shows less


def extract_article(
    content: bytes,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    layouts: Sequence[ArticleLayout] = (),
    fetched_at: datetime | None = None,
    site: str = "",
    weights: Weights = WEIGHTS,
) -> ArticleItem:
    """Read one article page.

    ``layouts``, newest first: the first whose body is on the page wins; without one, or when none fits, the page is
    read generically (``item.layout`` says "generic"). ``fetched_at`` (aware) bounds the dates that are believed;
    ``weights`` are those of the generic reading.

    Raises Blocked, NotAnArticle, BadContent or LayoutMismatch, nothing else; each quotes what was seen.
    """
    try:
        return _read(content, url, headers, layouts, fetched_at, site, weights)
    except CrawlError:
        raise
    except Exception as error:
        # The reader meets whatever the web holds; one page must never end a run. The cause stays in the chain.
        raise LayoutMismatch(f"reading broke on this page: {type(error).__name__}: {error}") from error


@dataclass
class _Body:
    """A layout found on the page: its paragraphs, and the element that begins the text when there is one."""

    layout: ArticleLayout
    blocks: list[Block]
    root: Element | None


def _read(
    content: bytes,
    url: str,
    headers: Mapping[str, str] | None,
    layouts: Sequence[ArticleLayout],
    fetched_at: datetime | None,
    site: str,
    weights: Weights,
) -> ArticleItem:
    page = open_page(content, url, headers)
    body = next((found for layout in layouts if (found := _find_body(page, layout))), None)
    if body is None:
        return _read_generic(page, layouts, fetched_at, site, weights)
    draft = Draft(ArticleItem(url=url, title="", body="", site=site, charset=page.charset), fetched_at)
    draft.item.warnings.extend(page.warnings)
    draft.item.layout = body.layout.name
    metas = Metas.of(page.root)
    sample = is_noisy("", body.blocks)
    if sample:
        draft.noisy = True
        draft.note("is_mirror", "mirror notes", sample)
    _read_declared(page, draft, body, metas)
    draft.note("body", f"layout {body.layout.name}", body.layout.body or body.layout.start or "")
    if len(draft.item.body) < _SHORT_BODY:
        _refuse_notices(page, draft.item)
    if not draft.item.body and not draft.item.images:
        raise LayoutMismatch(f"layout {body.layout.name}: the body is empty after trimming; page: {quotation(page)}")
    return draft.finish()


def _find_body(page: Page, layout: ArticleLayout) -> _Body | None:
    if layout.start:
        inside = marked(page.text, layout.start, layout.end)
        fragment = parse(f"<div>{inside}</div>") if inside else None
        if fragment is not None:
            blocks = _blocks(page, fragment, layout)
            if blocks:
                return _Body(layout, blocks, None)
    if layout.body:
        for root in each(page.root, layout.body):
            blocks = _blocks(page, root, layout)
            if blocks:
                return _Body(layout, blocks, root)
    return None


def _blocks(page: Page, root: Element, layout: ArticleLayout) -> list[Block]:
    dropped = select(root, layout.drop) if layout.drop else ()
    blocks = read_blocks((root,), page.base, dropped)
    return blocks if any(block.text for block in blocks) else []


def _read_declared(page: Page, draft: Draft, body: _Body, metas: Metas) -> None:
    layout, item = body.layout, draft.item
    first_line = next((block.text for block in body.blocks if block.text), "")
    title_node = _set_title(page, draft, layout, metas)
    properties = founder_properties(page.text) if layout.start else {}

    lines: list[str] = []
    if layout.info and body.root is not None and first(page.root, layout.info) is None:
        # A family's skin changes from site to site: what is printed is looked for as on any page.
        if layout.name not in FAMILIES:
            draft.warn(f"layout {layout.name}: no info line at {layout.info}")
        lines = _read_around(page, draft, body, title_node, metas)
    if layout.published_at:
        picked = pick(page, layout.published_at, metas)
        if picked:
            rule = "meta:PubDate" if layout.published_at.css.startswith("meta") else f"layout {layout.published_at.css}"
            found = find_date(draft.restored(picked, "info"), latest=draft.latest)
            if layout.info and rule.startswith("meta"):
                _use_info(page, draft, layout, lines)  # what is printed goes before what is only in the head
            draft.set_date(found, rule)
    if layout.info:
        _use_info(page, draft, layout, lines)
    if layout.source:
        picked = pick(page, layout.source, metas)
        if picked:
            value = first_name(draft.restored(picked, "info"))
            draft.set_source(value, f"layout {layout.source.css}", picked)
    if layout.views:
        digits = re.search(r"\d[\d,]*", pick(page, layout.views, metas) or "")
        if digits and item.views is None:
            item.views = int(digits[0].replace(",", ""))
            draft.note("views", f"layout {layout.views.css}", digits[0])
    if title_node is not None and (draft.date is None or item.source is None) and not lines:
        line = header_text(title_node, first_line)
        if line:
            lines.append(line)
            info = draft.use_info(line, "label")
            if info.bare and draft.date is not None:
                draft.set_source(info.bare[0], "bare name beside the time")
    _check_dates(page, draft, layout, metas, properties)
    if layout.subtitle:
        item.subtitle = clean(draft.restored(pick(page, layout.subtitle, metas) or "", "info")) or None
    elif properties.get("subtitle"):
        item.subtitle = clean(draft.restored(properties["subtitle"], "info"))
    _set_column(page, draft, layout)
    draft.set_body(body.blocks, layout.cut, lines)
    if item.subtitle:
        draft.note("subtitle", f"layout {layout.name}", item.subtitle)
    number = doc_number(item.title, item.subtitle or "", *lines, *item.body.split("\n", 3)[:3])
    if number and item.doc_number is None:
        item.doc_number = number
        draft.note("doc_number", "printed", number)
    item.canonical_hint = canonical_hint(page, metas)


def _read_around(page: Page, draft: Draft, body: _Body, title_node: Element | None, metas: Metas) -> list[str]:
    """Fill time, source and people from the lines around the text; the lines used."""
    around = surroundings(GenericReading(title=draft.item.title, blocks=body.blocks, title_node=title_node))
    declared = declared_dates(page, metas, draft.latest)
    in_url = url_date(page.url, body.layout.url_date)
    around.known = [found.day for found in (*(one for _, one in declared), in_url) if found is not None]
    around.declared = bool(declared)
    return read_masthead(draft, around, page.base, [block.text for block in body.blocks if block.text])


def _use_info(page: Page, draft: Draft, layout: ArticleLayout, lines: list[str]) -> None:
    if lines or not layout.info:
        return
    for node in each(page.root, layout.info):
        line = clean(text_of(node))
        if line:
            lines.append(line)
            info = draft.use_info(line, f"layout {layout.info}")
            if info.bare and draft.date is not None:
                draft.set_source(info.bare[0], "bare name beside the time", line)
            if draft.date is not None:
                return
    if not lines:
        draft.warn(f"layout {layout.name}: no info line at {layout.info}")


def _set_title(page: Page, draft: Draft, layout: ArticleLayout, metas: Metas) -> Element | None:
    """Fill the title; the element it was taken from, when it is one of the visible page."""
    node = None if _NAMED_META.match(layout.title.css) else first(page.root, layout.title.css)
    seen = _picked_text(node, layout.title) if node is not None else pick(page, layout.title, metas)
    if seen:
        draft.set_title(seen, f"layout {layout.title.css}")
        return node if node is not None and layout.title.attr is None else _title_node(page, draft.item.title)
    fallback = headline(page, metas)
    if fallback is None:
        raise LayoutMismatch(f"layout {layout.name}: no title at {layout.title.css}; page: {quotation(page)}")
    if layout.title.required:
        draft.warn(f"layout {layout.name}: no title at {layout.title.css}")
    draft.set_title(fallback, "generic title")
    return _title_node(page, fallback)


def _title_node(page: Page, title: str) -> Element | None:
    wanted = fold(title)
    for node in page.root.iter("h1", "h2", "h3"):
        if fold(text_of(node)) == wanted:
            return node
    return None


def _check_dates(
    page: Page, draft: Draft, layout: ArticleLayout, metas: Metas, properties: Mapping[str, str] | None = None
) -> None:
    """Dates that only the head or the address gives: they fill in what is missing, or check what was printed."""
    for name, text in (("meta:PubDate", _meta_date(metas)), ("meta:enpproperty", (properties or {}).get("date"))):
        if text:
            draft.set_date(find_date(text, latest=draft.latest), name)
    found = url_date(page.url, layout.url_date)
    if found is not None:
        if layout.url_date_fills:
            draft.set_date(found, "url")
        else:
            draft.check_date(found, "URL")


def _meta_date(metas: Metas) -> str | None:
    return next((metas[name] for name in _META_DATES if name in metas), None)


def url_date(url: str, pattern: str | None) -> FoundDate | None:
    """The date in an address: by the layout's pattern, else by the shapes that many CMS share."""
    for shape in (_pattern(pattern),) if pattern else _URL_DATES:
        match = shape.search(url)
        if match:
            return date_from_groups(match.groupdict(), match[0])
    return None


def _set_column(page: Page, draft: Draft, layout: ArticleLayout) -> None:
    node = first(page.root, layout.column) if layout.column else find_column(page)
    if node is None:
        return
    draft.item.column = read_column(node, page.base, draft.item.title, lambda text: draft.restored(text, "info"))
    if draft.item.column:
        draft.note("column", f"layout {layout.column}" if layout.column else "label 位置", text_of(node))


def pick(page: Page, wanted: Pick, metas: Mapping[str, str]) -> str | None:
    """What a Pick finds, cleaned; None when nothing. Meta tags are found whatever the case of their names."""
    named = _NAMED_META.match(wanted.css)
    if named:
        return _matched(metas.get(named[1].lower(), ""), wanted)
    node = first(page.root, wanted.css)
    return _picked_text(node, wanted) if node is not None else None


def _picked_text(node: Element, wanted: Pick) -> str | None:
    return _matched(node.get(wanted.attr, "") if wanted.attr else text_of(node), wanted)


def _matched(text: str, wanted: Pick) -> str | None:
    match = _pattern(wanted.pattern).search(text)
    if match is None:
        return None
    return clean(match[1] if match.re.groups else match[0]) or None


@lru_cache(maxsize=512)
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _read_generic(
    page: Page, layouts: Sequence[ArticleLayout], fetched_at: datetime | None, site: str, weights: Weights
) -> ArticleItem:
    metas = Metas.of(page.root)
    draft = Draft(ArticleItem(url=page.url, title="", body="", site=site, charset=page.charset), fetched_at)
    draft.item.warnings.extend(page.warnings)
    draft.item.layout = "generic"
    if layouts:
        draft.warn(f"layout: none of {', '.join(layout.name for layout in layouts)} fits; read generically")
    reading = read_generic(page, metas, weights)
    if len(reading.shown) < _BLOCK_CHARS:
        reason = find_block(200, page.text)
        if reason:
            raise Blocked(reason)
    _check_generic(page, reading)
    _fill_generic(page, draft, reading, metas)
    if len(draft.item.body) < _SHORT_BODY:
        _refuse_notices(page, draft.item)
    if not draft.item.body:
        raise LayoutMismatch(f"no text was left after trimming; page: {quotation(page)}")
    return draft.finish()


def _fill_generic(page: Page, draft: Draft, reading: GenericReading, metas: Metas) -> None:
    sample = is_noisy(reading.title or "", reading.blocks)
    if sample:
        draft.noisy = True
        draft.note("is_mirror", "mirror notes", sample)
    draft.set_title(reading.title or "", reading.title_rule, CONFIDENCE.get(reading.title_rule, 0.5))
    for other in declared_titles(page, metas)[:2]:
        if draft.item.title and not alike(draft.item.title, draft.restored(other, "info")):
            draft.warn(f"title: page says {draft.item.title[:60]}, meta says {other[:60]}")
    declared = declared_dates(page, metas, draft.latest)
    in_url = url_date(page.url, None)
    around = surroundings(reading)
    around.known = [found.day for found in (*(one for _, one in declared), in_url) if found is not None]
    around.declared = bool(declared)
    used = read_masthead(draft, around, page.base, [block.text for block in reading.blocks if block.text])
    for rule, found in declared:
        draft.sharpen_date(found, rule)
        draft.set_date(found, rule, 0.8)
    if draft.date is None and in_url is not None:
        draft.set_date(printed_somewhere(in_url, reading.outside), "url: printed on the page, too", 0.8)
    draft.check_date(in_url, "URL")
    for name in ("ContentSource", "source"):
        stated = first_name(_SOURCE_LABEL.sub("", metas.get(name.lower(), "")[:80]))
        draft.check_source(stated, f"meta:{name}")
        draft.set_source(stated, f"meta:{name}", confidence=0.7)
    _set_column(page, draft, ArticleLayout(name="generic"))
    draft.set_body(without_info(reading.blocks, used), (), [*reading.header, *used], reading.credits)
    item = draft.item
    number = doc_number(item.title, *reading.header, *used, *item.body.split("\n", 3)[:3])
    if number and item.doc_number is None:
        item.doc_number = number
        draft.note("doc_number", "printed", number)
    item.canonical_hint = canonical_hint(page, metas)
    draft.note("body", "generic", reading.rule, reading.confidence)


def _check_generic(page: Page, reading: GenericReading) -> None:
    if not reading.blocks:
        missing = find_missing(reading.shown)
        if missing:
            raise NotAnArticle(f"the page says {missing!r}: {quotation(page)}")
        if reading.links >= 20:
            raise NotAnArticle(
                f"{reading.links} links and no running text: a list or home page; page: {quotation(page)}"
            )
        raise LayoutMismatch(f"no running text on the page; page: {quotation(page)}")
    if not reading.title:
        raise LayoutMismatch(f"no title on the page; page: {quotation(page)}")


def _refuse_notices(page: Page, item: ArticleItem) -> None:
    """Short texts are looked at again: block pages and soft 404s use the site's own template."""
    reason = find_block(200, page.text)
    if reason:
        raise Blocked(reason)
    missing = find_missing(f"{item.title}\n{item.body}")
    if missing and len(item.body) < _SHORT_BODY and item.published_at is None:
        raise NotAnArticle(f"the page says {missing!r}: {item.title} / {item.body[:80]}")
