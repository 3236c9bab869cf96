"""Find the spiders: classes in ``crawler/spiders`` and, for site files without a class, spiders made on the spot.

A site file alone is enough when it names a CMS ``family`` or declares ``[list_layout]`` and ``[[layouts]]``; with
neither, its pages are read generically.
"""

from __future__ import annotations

import builtins
import difflib
from collections.abc import Mapping
from typing import Any, Self

from cssselect import GenericTranslator, SelectorError
from scrapy import Request, Spider
from scrapy.exceptions import UsageError
from scrapy.settings import BaseSettings
from scrapy.utils.misc import walk_modules_iter
from scrapy.utils.spider import iter_spider_classes

from config.settings import load_settings
from crawler.bases import ListPageSpider
from crawler.reading.families import FAMILIES
from crawler.reading.family_lists import FAMILY_LISTS
from crawler.reading.layouts import ArticleLayout, ListLayout, Pick
from seeds.load import key_error, load_sites, undeclared_site
from seeds.model import SeedError, Site

AUTO = "auto"
"""As a family: none is known, pages are read generically."""

_PICKS = ("title", "published_at", "source", "views", "subtitle")


class SiteSpiderLoader:
    """Scrapy's spider loader for this project (``SPIDER_LOADER_CLASS``).

    A faulty site file, a spider without its site file and two spiders of one name are told when the first spider is
    asked for, as a UsageError, so that every Scrapy command prints one sentence instead of a traceback.
    """

    def __init__(self, modules: builtins.list[str], sites: Mapping[str, Site]) -> None:
        self.sites = dict(sites)
        self._spiders: dict[str, type[Spider]] = {}
        self._fault: str | None = None
        try:
            self._find(modules)
        except SeedError as error:
            self._fault = str(error)

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> Self:
        """The loader for a project's settings; more site folders come from ``sites.paths`` of the configuration."""
        modules = settings.getlist("SPIDER_MODULES")
        try:
            return cls(modules, load_sites(load_settings().sites.paths))
        except SeedError as error:
            loader = cls(modules=[], sites={})
            loader._fault = str(error)
            return loader

    def load(self, spider_name: str) -> type[Spider]:
        """The spider class of that name; raises KeyError with the nearest names when there is none."""
        self._tell_fault()
        if spider_name in self._spiders:
            return self._spiders[spider_name]
        near = difflib.get_close_matches(spider_name, self._spiders, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(self._spiders)}."
        raise KeyError(f'there is no site "{spider_name}": {hint}')

    def list(self) -> builtins.list[str]:
        """All spider names, sorted."""
        self._tell_fault()
        return sorted(self._spiders)

    def find_by_request(self, request: Request) -> builtins.list[str]:
        """Names of the spiders whose hosts include the request's."""
        self._tell_fault()
        return [name for name, spider in self._spiders.items() if spider.handles_request(request)]

    def _tell_fault(self) -> None:
        if self._fault:
            raise UsageError(self._fault, print_help=False)

    def _find(self, modules: builtins.list[str]) -> None:
        classes = [
            found for name in modules for module in walk_modules_iter(name) for found in iter_spider_classes(module)
        ]
        for found in classes:
            if found.name in self._spiders:
                other = self._spiders[found.name].__module__
                self._fault = f'two spiders are named "{found.name}": in {other} and in {found.__module__}. Rename one.'
                return
            self._spiders[found.name] = self._bind(found)
        for name, site in self.sites.items():
            if name not in self._spiders:
                self._spiders[name] = _bound(ListPageSpider, _class_name(name), site)
        self._spiders = {name: self._spiders[name] for name in sorted(self._spiders)}

    def _bind(self, found: type[Spider]) -> type[Spider]:
        if not issubclass(found, ListPageSpider):
            return found  # a plain Scrapy spider of the user's own
        site = self.sites.get(found.name)
        if site is None:
            self._fault = f"{found.__module__} has no site file. Add seeds/{found.name}.toml or remove the spider."
            return found
        return _bound(found, found.__name__, site)


def undeclared_spider(name: str, host: str) -> type[ListPageSpider]:
    """A spider for pages of a host that no site file declares: its pages are read generically."""
    return _bound(ListPageSpider, _class_name(name), undeclared_site(name, host))


def _class_name(site_name: str) -> str:
    return "".join(part.capitalize() for part in site_name.split("_")) + "Spider"


def _bound(base: type[ListPageSpider], class_name: str, site: Site) -> type[ListPageSpider]:
    """``base`` for one site: the layouts of the site file, then its own, then those of the site's family.

    What the file says goes first: there a person, or ``zhiwen sites repair``, answers a redesign.
    """
    family = site.family if site.family not in (None, AUTO) else ""
    if family and family not in FAMILIES:
        near = difflib.get_close_matches(family, FAMILIES, n=1, cutoff=0.5)
        remedy = f'Did you mean "{near[0]}"?' if near else f"Known families: {', '.join(FAMILIES)}"
        raise key_error(site, "family", f'unknown family "{family}"', remedy)
    layouts = (
        *(_article_layout(site, raw, index) for index, raw in enumerate(site.layouts)),
        *base.layouts,
        *([FAMILIES[family]] if family else []),
    )
    declared = _list_layout(site) or base.list_layout
    list_layout = declared or FAMILY_LISTS.get(family)
    members = {
        "__module__": base.__module__,
        "__doc__": base.__doc__ if base is not ListPageSpider else f"{site.publisher}: declared in {site.file.name}.",
        "name": site.name,
        "site": site,
        "layouts": layouts,
        "list_layout": list_layout,
        "list_of_family": declared is None and list_layout is not None,
        "allowed_domains": list(site.allowed_hosts),
    }
    return type(class_name, (base,), members)


def _article_layout(site: Site, raw: Mapping[str, Any], index: int) -> ArticleLayout:
    for key, value in raw.items():
        css = value["css"] if key in _PICKS else value if key in ("body", "info", "column", "drop") else None
        if css:
            _check_css(site, "layouts", f"{key} of layout {index + 1}", css)
    values: dict[str, Any] = {key: Pick(**value) if key in _PICKS else value for key, value in raw.items()}
    return ArticleLayout(**values)


def _list_layout(site: Site) -> ListLayout | None:
    if site.list_layout is None:
        return None
    for key in ("links", "item", "date", "next_page"):
        if css := site.list_layout.get(key):
            _check_css(site, "list_layout", key, css)
    return ListLayout(**site.list_layout)


def _check_css(site: Site, key: str, what: str, css: str) -> None:
    try:
        GenericTranslator().css_to_xpath(css)
    except SelectorError as error:
        raise key_error(site, key, f"{what} is no CSS selector ({error}): {css}", "Correct the selector") from error
