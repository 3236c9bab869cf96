"""Lists in JSON: the array of records in any answer, whatever its program calls title, address and day."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from crawler.items import Link
from crawler.reading.feeds import MAX_ITEMS, plain
from crawler.reading.stamps import stamp_day
from crawler.reading.urls import absolute

_TITLES = (
    "title", "doctitle", "articletitle", "infotitle", "newstitle", "contenttitle", "titles", "maintitle", "dretitle",
    "showtitle", "headline", "subject", "topic", "bt", "biaoti", "tit", "xxbt", "name", "listtitle", "subtitle",
)  # fmt: skip
_ADDRESSES = (
    "url", "docpuburl", "puburl", "infourl", "articleurl", "arturl", "visiturl", "linkurl", "href", "link", "htmlurl",
    "pageurl", "contenturl", "staticurl", "detailurl", "posturl", "newsurl", "docurl", "weburl", "shareurl", "fullurl",
    "path", "htmlpath", "filepath", "dreurl", "jumpurl", "pcurl", "fileurl",
)  # fmt: skip
_DAYS = (
    "displaypublishtime", "publishtime", "firstpublishtime", "publishdate", "publishedat", "pubdate", "pubtime",
    "docrelpubtime", "docreltime", "docpubtime", "releasetime", "releasedate", "infodate", "showtime", "showdate",
    "fbrq", "fbsj", "pubdatestr", "date", "time", "datetime", "inputtime", "crtime", "createdat", "createtime",
    "createdate", "ctime", "adddate", "addtime", "newstime", "displaytime", "sorttime", "updatetime", "updatedat",
)  # fmt: skip
_TOTALS = (
    "total",
    "totalcount",
    "totalnum",
    "totalrecord",
    "totalrecords",
    "totalelements",
    "recordcount",
    "rowcount",
    "count",
    "totalsize",
    "allcount",
)
_PAGES = ("totalpage", "totalpages", "pagecount", "pages", "pagetotal", "allpage")
_SIZES = ("pagesize", "size", "limit", "rows", "perpage", "pagenum")
_WRAPPED = re.compile(
    r"\s*(?:/\*.{0,100}?\*/)?\s*(?:try\s*\{)?\s*(?:(?:var|let|const)\s+)?[\w$.\[\]\"']{1,80}\s*(?P<sign>[(=])\s*",
    re.DOTALL,
)
_MOST_NODES = 60_000
_DEEP = 12


@dataclass
class JsonList:
    """The records of a JSON answer, and what it says about its pages."""

    links: list[Link] = field(default_factory=list)
    records: int = 0
    total: int | None = None
    pages: int | None = None
    size: int | None = None


def parse_json(text: str) -> Any:
    """The value of JSON, of a JSONP call or of a script that sets a variable; None when it is none of them."""
    text = text.strip().lstrip("\ufeff")
    try:
        if text[:1] in ("{", "[", '"'):
            return json.loads(text, strict=False)
        wrapped = _WRAPPED.match(text)
        return value_at(text, wrapped.end())[0] if wrapped else None
    except (ValueError, RecursionError):
        return None


def value_at(text: str, position: int) -> tuple[Any, int]:
    """The JSON value at a place of a script, None when it is none, and where to read on."""
    try:
        return json.JSONDecoder(strict=False).raw_decode(text, position)
    except (ValueError, RecursionError):
        return None, position


def read_json_list(data: Any, base: str) -> JsonList:
    """The array with the most records that have a headline and an address, as links in its order."""
    best = JsonList()
    best_weight = 0
    figures: dict[str, int] = {}
    for value in _values(data):
        if isinstance(value, dict):
            _note_figures(value, figures)
            continue
        links = [
            link for record in value[:MAX_ITEMS] if isinstance(record, dict) and (link := record_link(record, base))
        ]
        weight = sum(min(len(link.title), 40) + (20 if link.listed_on else 0) for link in links)
        if weight > best_weight:
            best, best_weight = (
                JsonList(list({link.url: link for link in reversed(links)}.values())[::-1], len(value)),
                weight,
            )
    best.total = next((figures[name] for name in _TOTALS if name in figures), None)
    best.pages = next((figures[name] for name in _PAGES if name in figures), None)
    best.size = next((figures[name] for name in _SIZES if figures.get(name)), None)
    return best


def _values(data: Any) -> Iterator[Any]:
    """The objects and arrays of a value, outer ones first; JSON in a string is opened once."""
    level = [data]
    nodes = 0
    for _ in range(_DEEP):
        below: list[Any] = []
        for value in level:
            if isinstance(value, str) and value[:1] in ("{", "["):
                value = parse_json(value)
            if isinstance(value, dict):
                yield value
                below.extend(item for item in value.values() if isinstance(item, dict | list | str))
            elif isinstance(value, list):
                yield value
                below.extend(item for item in value if isinstance(item, dict | list))
            nodes += 1
            if nodes + len(below) > _MOST_NODES:
                return
        if not below:
            return
        level = below


def _note_figures(value: Mapping[str, Any], figures: dict[str, int]) -> None:
    for key, item in value.items():
        name = _plain_key(key)
        if name in _TOTALS or name in _PAGES or name in _SIZES:
            if isinstance(item, str) and item.isdecimal() and len(item) < 9:
                item = int(item)
            if isinstance(item, int) and not isinstance(item, bool) and item >= 0:
                figures.setdefault(name, item)


def record_link(record: Mapping[str, Any], base: str) -> Link | None:
    """A record with named fields as a link; None without a headline or an address."""
    named = {_plain_key(key): value for key, value in list(record.items())[:80]}
    title = next((text for name in _TITLES if isinstance(named.get(name), str) and (text := plain(named[name]))), "")
    if not title:
        return None
    url = None
    for name in _ADDRESSES:
        value = named.get(name)
        if isinstance(value, list) and value:
            value = value[0]
        if isinstance(value, str) and ("/" in value or "." in value or "?" in value) and (url := absolute(base, value)):
            break
    if url is None:
        return None
    return Link(url, title[:300], next((day for name in _DAYS if (day := stamp_day(named.get(name)))), None))


def _plain_key(key: str) -> str:
    return "".join(char for char in key.lower() if char.isalnum())
