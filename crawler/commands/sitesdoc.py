"""``scrapy sitesdoc``: write docs/sites.md from the spiders' docstrings and the site files."""

from __future__ import annotations

import argparse
import inspect
import re
from collections.abc import Mapping
from pathlib import Path

from scrapy.commands import ScrapyCommand
from scrapy.spiderloader import SpiderLoaderProtocol, get_spider_loader

from crawler.bases import ListPageSpider
from seeds.load import OWN_FOLDER

DOCUMENT = Path("docs/sites.md")

_HEAD = """\
# The sites

Written by `scrapy sitesdoc` from `seeds/*.toml` and the docstrings in `crawler/spiders/`; change those, not this page.
"""


class Command(ScrapyCommand):
    """Only the project's own sites are written, those of further folders are not."""

    requires_project = True
    requires_crawler_process = False

    def short_desc(self) -> str:
        return "Write docs/sites.md from docstrings and site files"

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        assert self.settings is not None
        spiders = site_spiders(get_spider_loader(self.settings))
        own = {name: spider for name, spider in spiders.items() if (OWN_FOLDER / f"{name}.toml").is_file()}
        DOCUMENT.parent.mkdir(exist_ok=True)
        DOCUMENT.write_text(sites_document(own), "utf-8")
        print(f"{DOCUMENT}: {len(own)} sites")


def site_spiders(loader: SpiderLoaderProtocol) -> dict[str, type[ListPageSpider]]:
    """All spiders of this project's kind by name."""
    spiders = {name: loader.load(name) for name in loader.list()}
    return {name: spider for name, spider in spiders.items() if issubclass(spider, ListPageSpider)}


def docstring_parts(docstring: str) -> tuple[str, dict[str, str]]:
    """First line and named parts (Pages, Caveats, Checked) of a spider's docstring, each on one line."""
    summary, *lines = docstring.splitlines() or [""]
    parts: dict[str, list[str]] = {}
    current: list[str] = []
    if re.fullmatch(r"[A-Z][a-z]+", summary):
        summary, lines = "", [summary, *lines]
    for line in lines:
        if re.fullmatch(r"[A-Z][a-z]+", line):
            current = parts.setdefault(line, [])
        elif line.startswith("  "):
            current.append(line.strip())
    return summary, {name: " ".join(text) for name, text in parts.items()}


def sites_document(spiders: Mapping[str, type[ListPageSpider]]) -> str:
    """The text of docs/sites.md."""
    return "\n".join([_HEAD, *(_section(name, spiders[name]) for name in sorted(spiders))])


def _section(name: str, spider: type[ListPageSpider]) -> str:
    site = spider.site
    summary, parts = docstring_parts(inspect.getdoc(spider) or "")
    facts = [
        f"Address: {site.base_url or 'not known; skipped until one is set'}",
        f"Lists: {', '.join(f'{source.column} {source.url}' for source in site.lists)}",
        f"Visited every {_duration(site.revisit_seconds)}; fewer than {site.min_articles} articles in the lists alarm",
    ]
    if site.family:
        facts.append(f"Family: {site.family}")
    if site.mirrors:
        facts.append(f"Mirrors: {', '.join(site.mirrors)}")
    if not site.tls_verify:
        facts.append(f"TLS certificate is not checked: {site.tls_reason}")
    facts += [f"{part}: {text}" for part, text in parts.items()]
    text = "\n".join([f"## {name}", "", summary, "", *(f"- {fact}" for fact in facts), ""])
    # Markdown would take <id> for a tag of HTML.
    return text.replace("<", "\\<")


def _duration(seconds: int) -> str:
    for unit, size in (("d", 86400), ("h", 3600)):
        if seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds // 60} min"
