"""How list pages are asked for: by an address, by a form, by a template that has to be found first."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from crawler.reading.listing import PageRequest

COUNTED_FAMILIES = frozenset(["founder", "trs", "phpcms", "dede", "empire", "jeecms", "nfcms", "govcn"])
"""Families that write their list pages as files with a number; for these the number's place can be tried out."""

_EXTENSIONS = {"founder": ("htm",), "jeecms": ("jhtml",), "trs": ("html", "shtml"), "govcn": ("htm", "html")}
_NUMBERS = re.compile(r"[0-9a-f]{16,}|\d+")
_FORM = "application/x-www-form-urlencoded; charset=UTF-8"


def page_templates(first_url: str, family: str) -> list[str]:
    """Templates for the further pages of a list, in the order in which they are tried.

    ``{page}`` stands for the page's number, ``{page0}`` for one less: page 2 is ``index_1`` on some systems and
    ``index_2`` on others, and no page says which.
    """
    parts = urlsplit(first_url)
    folder, _, last = parts.path.rpartition("/")
    stem, dot, extension = last.rpartition(".")
    endings = (extension,) if dot else _EXTENSIONS.get(family, ("html", "htm"))
    stem = (stem if dot else last) or "index"
    names: list[str] = []
    counted = re.fullmatch(r"(.*[_-])1", stem)
    for ending in endings:
        if counted:
            names.append(f"{_plain(counted[1])}{{page}}.{ending}")
        names += [f"{_plain(name)}_{{{number}}}.{ending}" for name in (stem, "index") for number in ("page0", "page")]
    base = parts._replace(path=_plain(f"{folder}/"), query="", fragment="").geturl()
    return list(dict.fromkeys(base + name for name in names))


def page_url(template: str, number: int) -> str:
    """The address of page ``number``."""
    return template.format(page=number, page0=number - 1)


def _plain(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def address_shape(url: str) -> str:
    """An address with all its numbers alike: the articles of one column mostly share it."""
    parts = urlsplit(url)
    return f"{parts.hostname}{_NUMBERS.sub('0', f'{parts.path}?{parts.query}')}"


def headers_of(wanted: PageRequest, list_url: str) -> dict[str, str]:
    """The headers of a request for an interface: it answers only to who seems to come from the column's page."""
    headers = {"Referer": list_url, **wanted.headers}
    if wanted.body is not None and not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = _FORM
    return headers


def address_of(wanted: PageRequest, list_url: str, number: int) -> str:
    """The name of a list page in the archive: its address, or one of its own where all pages are posted to one.

    What is posted may hold a token that changes with every visit, so that it is the list and the number that count.
    """
    if wanted.body is None:
        return wanted.url
    owner = hashlib.blake2b(list_url.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
    mark = "&" if urlsplit(wanted.url).query else "?"
    return f"{wanted.url}{mark}posted-list={owner}&posted-page={number}"


def archived_at(meta: Mapping[str, Any], url: str) -> str:
    """Under which address the archive keeps the list page that a request with this ``meta`` asked for."""
    named: str | None = meta.get("address")
    if named is not None:
        return named
    return str(meta["list_url"]) if meta.get("number") == 1 else url
