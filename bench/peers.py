"""The public extractors that ours is measured beside. They are the extra ``bench``, never dependencies.

Each gets the text decoded by our own decoder, so that none loses by a wrong charset, and runs at the setting that the
field knows to be its best for Chinese pages.
"""

from __future__ import annotations

import importlib
import logging
import re
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from lxml import html

from bench.pages import Case, Prediction

HINT = (
    "Ours is scored alone. To have them: .venv/bin/python -m ensurepip; .venv/bin/python -m pip install -U pip; "
    ".venv/bin/python -m pip install -e '.[bench]' (pip before 23.3 fails on two spellings of one extra of lxml)."
)
_BREAKS = re.compile(r"</?(?:p|div|br|h[1-6]|li|tr|td|th|section|article|blockquote|pre|ul|ol|table)\b[^>]*>", re.I)

Reader = Callable[[Case], Prediction]


def load_peers() -> tuple[dict[str, Reader], list[str]]:
    """The installed peers by name, and the names of those that are missing."""
    makers: list[tuple[str, str, Callable[[Any], Reader]]] = [
        ("trafilatura", "trafilatura", _trafilatura(favor_precision=False)),
        ("trafilatura precision", "trafilatura", _trafilatura(favor_precision=True)),
        ("readability-lxml", "readability", _readability),
        ("newspaper4k", "newspaper", _newspaper),
        ("GNE", "gne", _gne),
    ]
    found: dict[str, Reader] = {}
    missing = []
    for name, module, make in makers:
        try:
            found[name] = make(importlib.import_module(module))
        except ImportError:
            missing.append(name)
    for name in ("trafilatura", "readability", "newspaper", "htmldate"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # a bad page is a bad score, not a line on the screen
    return found, missing


def versions() -> dict[str, str]:
    """Installed versions of the peers by distribution."""
    found = {}
    for name in ("trafilatura", "readability-lxml", "newspaper4k", "gne"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _trafilatura(*, favor_precision: bool) -> Callable[[Any], Reader]:
    def make(module: Any) -> Reader:
        def read(case: Case) -> Prediction:
            document = module.bare_extraction(
                case.text, url=case.url, with_metadata=True, include_comments=False, favor_precision=favor_precision
            )
            if document is None:
                return {}
            return {
                "title": document.title,
                "published_at": document.date,
                "author": (document.author or "").split("; ") if document.author else [],
                "source": [document.sitename] if document.sitename else [],
                "body": document.text,
            }

        return read

    return make


def _readability(module: Any) -> Reader:
    def read(case: Case) -> Prediction:
        document = module.Document(case.text, url=case.url)
        summary = document.summary(html_partial=True)
        return {"title": document.short_title(), "body": _plain(summary)}

    return read


def _newspaper(module: Any) -> Reader:
    importlib.import_module("jieba").setLogLevel(logging.CRITICAL)

    def read(case: Case) -> Prediction:
        article = module.Article(case.url, language="zh", fetch_images=False)
        article.download(input_html=case.text)
        article.parse()
        moment = article.publish_date
        return {
            "title": article.title,
            "published_at": moment.isoformat(sep=" ") if moment and not isinstance(moment, str) else moment or "",
            "author": list(article.authors),
            "body": article.text,
        }

    return read


def _gne(module: Any) -> Reader:
    extractor = module.GeneralNewsExtractor()

    def read(case: Case) -> Prediction:
        found = extractor.extract(case.text, host=case.url)
        return {
            "title": found["title"],
            "published_at": found["publish_time"],
            "author": [found["author"]] if found["author"] else [],
            "body": found["content"],
        }

    return read


def _plain(markup: str) -> str:
    """A fragment's text, a line for each block."""
    if not markup.strip():
        return ""
    return str(html.fromstring(f"<div>{_BREAKS.sub(lambda tag: chr(10) + tag[0], markup)}</div>").text_content())
