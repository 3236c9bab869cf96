"""The real pages beside the checkout (``../shared/pages``), their truth and their scorer; no part of the repository."""

from __future__ import annotations

import importlib.util
import inspect
import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from crawler.items import ArticleItem
from crawler.reading.dates import PAGE_ZONE
from crawler.reading.extract import extract_article
from crawler.reading.page import open_page

PAGES = Path(__file__).resolve().parents[1].parent / "shared" / "pages"
KINDS = ("news", "gov")
NO_URL = "http://page.example/article.html"
"""The address of pages whose own is not known."""
_LINKED = re.compile(r"""(?:href|src)\s*=\s*["']?(?:https?:)?//([\w.-]+)""", re.IGNORECASE)
_SECOND_LEVEL = frozenset(("com", "gov", "org", "net", "edu", "ac"))
FIGURES = {
    "body_f1": "body F1",
    "body_p": "body precision",
    "body_r": "body recall",
    "body_f1_ge_0.9": "pages with F1 ≥ 0.9",
    "body_f1_lt_0.5": "pages with F1 < 0.5",
    "title_exact": "title exact",
    "date_day": "day",
    "date_minute": "minute",
    "date_fp": "date where none is shown",
    "author_f1": "author F1",
    "source_f1": "source F1",
}
"""Names of the scorer's figures, and what they are called in tables."""

Prediction = dict[str, Any]
"""What one extractor says of one page, as the scorer wants it: title, published_at, author, source, body."""


@dataclass(frozen=True)
class Case:
    """One page: its bytes, the same decoded by our own rule, its truth, and the registrable host it comes from."""

    id: str
    url: str
    content: bytes
    text: str
    truth: dict[str, Any]
    site: str


def load_cases(size: int | None = None, folder: Path = PAGES) -> list[Case]:
    """The first ``size`` pages of news and government (all by default); empty where the pages are absent."""
    if not (folder / "truth.jsonl").is_file():
        return []
    cases = []
    for line in (folder / "truth.jsonl").read_text("utf-8").splitlines():
        truth = json.loads(line)
        if truth["kind"] not in KINDS:
            continue
        content = (folder / "html" / f"{truth['id']}.html").read_bytes()
        text = open_page(content, truth["url"] or NO_URL).text
        cases.append(Case(truth["id"], truth["url"] or NO_URL, content, text, truth, site_of(truth["url"], text)))
    return cases[:size]


def load_scorer(folder: Path = PAGES) -> ModuleType:
    """The shared scorer as a module."""
    spec = importlib.util.spec_from_file_location("shared_score", folder / "score.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(folder / "score.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def site_of(url: str | None, text: str) -> str:
    """The site a page comes from: the registrable part of its host, else of the host it mostly links to."""
    if url:
        return _registrable(urlsplit(url).hostname or url)
    hosts = Counter(_registrable(host.lower()) for host in _LINKED.findall(text))
    return hosts.most_common(1)[0][0] if hosts else "unknown"


def _registrable(host: str) -> str:
    labels = host.strip(".").split(".")
    return ".".join(labels[-3:] if len(labels) > 2 and labels[-2] in _SECOND_LEVEL else labels[-2:])


def read_ours(case: Case, weights: object = None) -> Prediction:
    """Our generic reading of one page; ``weights`` instead of the standing ones. Raises CrawlError."""
    more: dict[str, Any] = {} if weights is None else {"weights": weights}
    return as_prediction(extract_article(case.content, case.url, **more))


def takes_weights() -> bool:
    """Whether the reading can be given other weights."""
    return "weights" in inspect.signature(extract_article).parameters


def as_prediction(item: ArticleItem) -> Prediction:
    """An item in the scorer's terms, times in China's."""
    moment = item.published_at.astimezone(PAGE_ZONE) if item.published_at else None
    shown = "%Y-%m-%d" if item.published_precision == "day" else "%Y-%m-%d %H:%M"
    return {
        "title": item.title,
        "published_at": moment.strftime(shown) if moment else "",
        "author": [*item.reporters, *item.correspondents, *item.interns, *item.authors],
        "source": [item.source] if item.source else [],
        "body": item.body,
    }
