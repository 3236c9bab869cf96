from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from scrapy import Request
from scrapy.exceptions import UsageError
from scrapy.settings import Settings

from crawler.bases import ListPageSpider
from crawler.loader import SiteSpiderLoader
from crawler.reading.families import FAMILIES
from crawler.reading.family_lists import FAMILY_LISTS
from crawler.reading.layouts import ArticleLayout, ListLayout, Pick
from seeds import layouts as seed_layouts
from seeds.load import load_sites

SITE = """\
publisher = "新镇报"
base_url = "http://town.example/"
[[lists]]
column = "要闻"
url = "/node_7.htm"
"""


@pytest.fixture
def modules(tmp_path: Path) -> Iterator[Path]:
    """A folder for spider modules, importable during the test."""
    sys.path.insert(0, str(tmp_path))
    yield tmp_path
    sys.path.remove(str(tmp_path))
    for name in [name for name in sys.modules if name.startswith("spiders_of_")]:
        del sys.modules[name]


def loader_for(folder: Path, text: str, modules: list[str] | None = None) -> SiteSpiderLoader:
    seeds = folder / "more_seeds"
    seeds.mkdir()
    (seeds / "town.toml").write_text(text, "utf-8")
    return SiteSpiderLoader(modules or ["crawler.spiders"], load_sites([seeds]))


def test_the_five_spiders_are_found_and_bound_to_their_sites() -> None:
    loader = SiteSpiderLoader(["crawler.spiders"], load_sites())
    assert loader.list() == ["chinajl", "cinic", "liaocheng", "quality_portal", "zgnt"]
    for name in loader.list():
        spider = loader.load(name)
        assert issubclass(spider, ListPageSpider)
        assert (spider.name, spider.site.name) == (name, name)
        assert spider.__module__ == f"crawler.spiders.{name}"
        assert spider().allowed_domains == list(spider.site.allowed_hosts)


def test_a_site_file_of_a_family_needs_no_class(tmp_path: Path) -> None:
    spider = loader_for(tmp_path, 'family = "founder"\n' + SITE).load("town")
    assert issubclass(spider, ListPageSpider)
    assert (spider.__name__, spider.site.publisher) == ("TownSpider", "新镇报")
    assert spider.layouts == (FAMILIES["founder"],)
    assert spider.list_layout == FAMILY_LISTS["founder"]


@pytest.mark.parametrize("line", ['family = "auto"\n', ""])
def test_a_site_of_no_known_family_is_read_generically(tmp_path: Path, line: str) -> None:
    spider = loader_for(tmp_path, line + SITE).load("town")
    assert issubclass(spider, ListPageSpider)
    assert (spider.layouts, spider.list_layout, spider.list_of_family) == ((), None, False)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_makes_a_spider(tmp_path: Path, family: str) -> None:
    spider = loader_for(tmp_path, f'family = "{family}"\n' + SITE).load("town")
    assert issubclass(spider, ListPageSpider)
    assert spider.layouts == (FAMILIES[family],)
    assert spider.list_of_family == (family in FAMILY_LISTS)


def test_layouts_of_a_site_file_come_before_those_of_its_family(tmp_path: Path) -> None:
    text = 'family = "phpcms"\n' + SITE + '[list_layout]\nlinks = "li a"\nnext_page = ".p a"\n'
    text += '[[layouts]]\nname = "2024"\nbody = ".text"\ntitle = "h1"\ncut = ["责任编辑"]\n'
    spider = loader_for(tmp_path, text).load("town")
    assert issubclass(spider, ListPageSpider)
    own = ArticleLayout(name="2024", body=".text", title=Pick("h1"), cut=("责任编辑",))
    assert spider.layouts == (own, FAMILIES["phpcms"])
    assert spider.list_layout == ListLayout(links="li a", next_page=".p a")


def test_keys_of_site_files_are_the_fields_of_the_layout_classes() -> None:
    assert set(seed_layouts.ARTICLE_LAYOUT_KEYS) == {field.name for field in fields(ArticleLayout)}
    assert set(seed_layouts.LIST_LAYOUT_KEYS) == {field.name for field in fields(ListLayout)} - {"name"}
    assert set(seed_layouts.PICK_KEYS) == {field.name for field in fields(Pick)}


def test_an_unknown_spider_name_is_answered_with_the_nearest_ones() -> None:
    loader = SiteSpiderLoader(["crawler.spiders"], load_sites())
    with pytest.raises(KeyError) as caught:
        loader.load("liaochen")
    assert caught.value.args == ('there is no site "liaochen": did you mean liaocheng?',)
    with pytest.raises(KeyError, match="there are chinajl, cinic"):
        loader.load("x")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            ('publisher = "新镇报"', 'publisher = "新镇报"\nfamily = "fonder"'),
            r'town\.toml:2: unknown family "fonder"\. Did',
        ),
        (("/node_7.htm", "ht tp"), r"town\.toml:5: bad address"),
        (('7.htm"', '7.htm"\n[list_layout]\nlinks = "li >> a"'), r"town\.toml:6: links is no CSS selector"),
        (
            ('7.htm"', '7.htm"\n[[layouts]]\nname = "a"\nbody = "p["'),
            r"town\.toml:6: body of layout 1 is no CSS selector",
        ),
    ],
)
def test_a_faulty_site_file_is_one_sentence_for_every_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: tuple[str, str], message: str
) -> None:
    (tmp_path / "town.toml").write_text(SITE.replace(*change), "utf-8")
    monkeypatch.setenv("ZHIWEN_SITES__PATHS", str(tmp_path))
    loader = SiteSpiderLoader.from_settings(Settings({"SPIDER_MODULES": ["crawler.spiders"]}))
    for ask in (
        loader.list,
        lambda: loader.load("zgnt"),
        lambda: loader.find_by_request(Request("http://town.example/")),
    ):
        with pytest.raises(UsageError, match=message):
            ask()


def test_more_folders_of_sites_come_from_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "town.toml").write_text(SITE, "utf-8")
    monkeypatch.setenv("ZHIWEN_SITES__PATHS", str(tmp_path))
    loader = SiteSpiderLoader.from_settings(Settings({"SPIDER_MODULES": ["crawler.spiders"]}))
    assert "town" in loader.list()
    assert loader.find_by_request(Request("http://town.example/node_7.htm")) == ["town"]


def test_two_spiders_of_one_name_are_refused(modules: Path) -> None:
    text = "from crawler.bases import ListPageSpider\nclass {}(ListPageSpider):\n    name = 'zgnt'\n"
    (modules / "spiders_of_a.py").write_text(text.format("A"), "utf-8")
    (modules / "spiders_of_b.py").write_text(text.format("B"), "utf-8")
    loader = SiteSpiderLoader(["spiders_of_a", "spiders_of_b"], load_sites())
    with pytest.raises(UsageError, match='two spiders are named "zgnt": in spiders_of_a and in spiders_of_b'):
        loader.list()


def test_a_spider_without_a_site_file_is_refused(modules: Path) -> None:
    text = "from crawler.bases import ListPageSpider\nclass C(ListPageSpider):\n    name = 'nowhere'\n"
    (modules / "spiders_of_c.py").write_text(text, "utf-8")
    with pytest.raises(UsageError, match=r"spiders_of_c has no site file\. Add seeds/nowhere\.toml"):
        SiteSpiderLoader(["spiders_of_c"], load_sites()).load("nowhere")


def test_a_plain_scrapy_spider_needs_no_site_file(modules: Path) -> None:
    text = "import scrapy\nclass D(scrapy.Spider):\n    name = 'plain'\n"
    (modules / "spiders_of_d.py").write_text(text, "utf-8")
    assert SiteSpiderLoader(["spiders_of_d"], load_sites()).load("plain").name == "plain"
