"""Saved pages with their approved reading: ``tests/sites/<site>/<kind>_<case>/``.

A case folder holds ``page.html`` (the bytes as served), ``meta.json`` (address, headers, time and column) and
``expected.json`` (what the spider must read from it). ``expected.new.json`` is a reading nobody has approved yet.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from scrapy import Request
from scrapy.http import Response

from crawler.bases import ListPageSpider
from crawler.items import ArticleItem, FailureItem, Fetch, Link, ListPageItem, PageKind

# Set by the crawl, not by reading; and evidence, which repeats the fields with the rule's name.
_LEFT_OUT = (
    "fetch", "aliases", "fingerprint", "search_title", "search_body", "known", "listed_in", "revision",
    "extractor_version", "signature", "evidence", "parts", "incomplete", "files_left", "reading", "rereading", "doubt",
)  # fmt: skip


def case_name(kind: PageKind, url: str) -> str:
    """Folder name of the case for an address: ``article_content_2318346``, ``article_12_345``."""
    parts = urlsplit(url)
    numbers = [value for _, value in parse_qsl(parts.query) if value.isdigit()]
    stem = "_".join(numbers) or Path(parts.path.rstrip("/")).stem or "home"
    return f"{kind}_{re.sub(r'[^a-z0-9]+', '_', stem.lower()).strip('_')}"


def save_page(folder: Path, fetch: Fetch, column: str, number: int = 1) -> None:
    """Write ``page.html`` and ``meta.json``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "page.html").write_bytes(fetch.body)
    meta = {
        "url": fetch.url,
        "status": fetch.status,
        "headers": fetch.headers,
        "fetched_at": fetch.fetched_at.isoformat(),
        "column": column,
        "number": number,
    }
    write_json(folder / "meta.json", meta)


def write_json(path: Path, value: Any) -> None:
    """Write readable JSON, Chinese as it is."""
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", "utf-8")


def read_case(spider_class: type[ListPageSpider], folder: Path) -> Any:
    """What the spider reads from a saved page, as JSON values: an article, a list page or a failure."""
    meta = json.loads((folder / "meta.json").read_text("utf-8"))
    kind: PageKind = "list" if folder.name.startswith("list_") else "article"
    spider = spider_class()
    first = spider.site.lists[0]
    asked = {
        "kind": kind,
        "column": meta.get("column", first.column),
        "number": meta.get("number", 1),
        "list_url": next(
            (source.url for source in spider.site.lists if source.column == meta.get("column")), first.url
        ),
        "link": Link(meta["url"]),
        "fetched_at": datetime.fromisoformat(meta["fetched_at"]),
    }
    response = Response(
        meta["url"],
        status=meta.get("status", 200),
        headers=meta["headers"],
        body=(folder / "page.html").read_bytes(),
        request=Request(meta["url"], meta=asked),
    )
    results = list(spider.parse_list(response) if kind == "list" else spider.parse_article(response))
    read = [_as_json(result) for result in results if not isinstance(result, Request)]
    if not read:  # the list stands elsewhere
        follow = next(result for result in results if isinstance(result, Request))
        return {"follow": {"url": follow.url, "posted": follow.body.decode("utf-8", "replace")}}
    if kind == "list" and "links" in read[0]:
        pages = [result.url for result in results if isinstance(result, Request) and result.meta["kind"] == "list"]
        read[0]["next_page"] = pages[0] if pages else None
    for result in results if kind == "article" else ():
        # The saved page is one of several: it is read as far as it goes.
        if isinstance(result, Request) and result.meta["kind"] == "part":
            read.append(_as_json(result.meta["chain"].joined()) | {"next_part": result.url})
        elif isinstance(result, Request) and "asked_for" in result.meta:
            read.append({"first_part": result.url})
    (page,) = read
    return page


def _as_json(item: Any) -> dict[str, Any]:
    if isinstance(item, ArticleItem):
        item.fetch = None
        values = {name: value for name, value in asdict(item).items() if name not in _LEFT_OUT}
    elif isinstance(item, ListPageItem):
        links = [{"url": link.url, "title": link.title, "listed_on": link.listed_on} for link in item.links]
        values = {"layout": item.layout, "links": links}
    elif isinstance(item, FailureItem):
        values = {"cause": item.cause, "detail": item.detail}
    else:
        raise TypeError(f"a saved page cannot give {type(item).__name__}")
    plain: dict[str, Any] = json.loads(json.dumps(values, default=_text_of))
    return plain


def _text_of(value: Any) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"no JSON for {type(value).__name__}")
