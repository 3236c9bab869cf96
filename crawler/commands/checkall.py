"""``scrapy checkall``: what every site must have, checked without fetching anything."""

from __future__ import annotations

import argparse
import inspect
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from scrapy.commands import ScrapyCommand
from scrapy.spiderloader import get_spider_loader

from crawler.bases import ListPageSpider
from crawler.commands.sitesdoc import DOCUMENT, docstring_parts, site_spiders, sites_document
from seeds.load import OWN_FOLDER

PARTS = ("Pages", "Caveats", "Checked")
CASE_FILES = ("page.html", "meta.json", "expected.json")


class Command(ScrapyCommand):
    """Exit code 1 when anything is missing; every fault is one line."""

    requires_project = True
    requires_crawler_process = False

    def short_desc(self) -> str:
        return "Check docstrings, names, site files and test cases of all sites"

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        assert self.settings is not None
        spiders = site_spiders(get_spider_loader(self.settings))
        faults = list(find_faults(spiders, Path.cwd()))
        for fault in faults:
            print(fault)
        print(f"{len(spiders)} sites, {len(faults)} faults")
        self.exitcode = 1 if faults else 0


def find_faults(spiders: Mapping[str, type[ListPageSpider]], root: Path) -> Iterator[str]:
    """One sentence per fault of the project's own sites; ``root`` is the project folder."""
    own = {
        name: spider for name, spider in spiders.items() if spider.site.file.parent == OWN_FOLDER or has_file(spider)
    }
    for name, spider in own.items():
        if has_file(spider):
            yield from _spider_faults(name, spider)
        yield from _case_faults(name, root / "tests" / "sites" / name)
    for folder in sorted((root / "tests" / "sites").glob("*/")):
        if folder.is_dir() and folder.name not in spiders:
            yield f"tests/sites/{folder.name}: there is no site of this name"
    document = root / DOCUMENT
    if not document.is_file() or document.read_text("utf-8") != sites_document(own):
        yield f"{DOCUMENT} is not up to date: run scrapy sitesdoc"


def has_file(spider: type[ListPageSpider]) -> bool:
    """Whether the spider is a class with its own file; others are made from their site file."""
    return spider.__module__ != ListPageSpider.__module__


def _spider_faults(name: str, spider: type[ListPageSpider]) -> Iterator[str]:
    where = spider.__module__
    class_name = "".join(part.capitalize() for part in name.split("_")) + "Spider"
    if spider.__module__.rpartition(".")[2] != name:
        yield f"{where}: the spider {name} must stand in a file {name}.py"
    if spider.__name__ != class_name:
        yield f"{where}: the class of {name} must be named {class_name}, not {spider.__name__}"
    summary, parts = docstring_parts(inspect.getdoc(spider) or "")
    if not summary:
        yield f"{where}: the docstring has no first line"
    for part in PARTS:
        if not parts.get(part):
            yield f"{where}: the docstring has no part {part}"
    if parts.get("Checked") and not re.search(r"\d{4}-\d\d-\d\d", parts["Checked"]):
        yield f"{where}: Checked names no day (2024-05-11)"
    names = [layout.name for layout in spider.layouts]
    for layout_name in sorted({one for one in names if names.count(one) > 1}):
        yield f"{where}: two layouts are named {layout_name}"


def _case_faults(name: str, folder: Path) -> Iterator[str]:
    for kind in ("article", "list"):
        found = sorted(folder.glob(f"{kind}_*/"))
        if not found:
            yield f"tests/sites/{name}: no case {kind}_…; make one with scrapy record {name} URL"
        for case in found:
            yield from _file_faults(case.relative_to(folder.parents[2]), case)


def _file_faults(shown: Path, case: Path) -> Iterator[str]:
    for file in CASE_FILES:
        if not (case / file).is_file():
            yield f"{shown}: {file} is missing"
    if (case / "expected.new.json").exists():
        yield f"{shown}: expected.new.json waits for approval"
    expected = case / "expected.json"
    if expected.is_file() and "\ufffd" in expected.read_text("utf-8"):
        yield f"{shown}: expected.json holds undecodable characters"
