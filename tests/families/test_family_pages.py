"""The families' pages without a crawl: who made them is told, and articles are read by any skin of the family."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.items import ArticleItem
from crawler.reading.charset import decode
from crawler.reading.detection import SURE, detect_family
from crawler.reading.extract import extract_article
from crawler.reading.families import FAMILIES
from seeds.load import load_sites
from seeds.replica.families.pages import FamilyPages
from seeds.replica.families.world import FAMILY_SITES, SITES, Story
from seeds.replica.model import Asked
from seeds.replica.pages import Pages
from seeds.replica.world import load_world

PAGES = FamilyPages()
FETCHED_AT = datetime(2027, 1, 1, tzinfo=UTC)
UNMARKED_ARTICLES = ("truecms",)
"""Families whose articles carry nothing of their own; their lists do."""
INFO_LINE = re.compile(
    rb'class="(?:xl-info|info|article-message|zw-info|arc-info|ls-article-info|sub-info|ewb-article-sources|pages-date'
    rb'|content-inf|info_text)"'
)
SEED_SITES = {"zgnt": "founder", "cinic": "phpcms", "chinajl": "empire", "liaocheng": None, "quality_portal": "phpcms"}


def text_at(host: str, path: str) -> str:
    page = PAGES.page(1, host, Asked(path))
    assert page.status == 200, path
    return decode(page.content, None).text


@pytest.mark.parametrize("family", FAMILY_SITES)
def test_family_of_an_article_page_is_told(family: str) -> None:
    for story in PAGES.world.stories(1, family)[:4]:
        guess = detect_family(text_at(story.site.host, story.path), story.url)
        if family in UNMARKED_ARTICLES:
            assert guess is None
        else:
            assert guess is not None and guess.name == family
            assert guess.confidence >= 0.7


@pytest.mark.parametrize("family", [name for name in FAMILY_SITES if name not in ("nfcms", "govcn")])
def test_family_of_a_list_page_is_told(family: str) -> None:
    site = next(site for site in load_sites([SITES]).values() if site.family == family)
    for source in site.lists:
        path = source.url.partition(FAMILY_SITES[family].host)[2]
        guess = detect_family(text_at(FAMILY_SITES[family].host, path), source.url)
        assert guess is not None and guess.name == family, source.url


@pytest.mark.parametrize("name", SEED_SITES)
def test_family_of_the_seed_sites_is_told_by_their_lists(name: str) -> None:
    world = load_world()
    pages, site = Pages(world), world.sites[name]
    for column in site.columns:
        text = decode(pages.page(1, site.host, column.path).content, None).text
        guess = detect_family(text, f"http://{site.host}{column.path}")
        assert (guess.name if guess else None) == SEED_SITES[name]


def test_ordinary_pages_are_of_no_family(shared_dir: Path) -> None:
    lines = (shared_dir / "pages" / "truth.jsonl").read_text("utf-8").splitlines()
    found = {}
    for line in lines:
        row = json.loads(line)
        text = decode((shared_dir / "pages" / "html" / f"{row['id']}.html").read_bytes(), None).text
        guess = detect_family(text, row.get("url") or "http://www.example.cn/")
        if guess is not None:
            found[row["id"]] = (guess.name, guess.marker.casefold())
    # News houses with programs of their own; the three hits carry the very words of their systems.
    assert len(lines) > 50 and len(found) <= 3
    for name, marker in found.values():
        assert (name, marker[:4]) in (("trs", "trs_"), ("phpcms", "name")), found


@pytest.mark.parametrize("family", FAMILY_SITES)
def test_family_layout_reads_its_articles_without_a_doubt(family: str) -> None:
    for story in PAGES.world.stories(1, family)[:6]:
        item = read(story, PAGES.page(1, story.site.host, Asked(story.path)).content)
        truth = PAGES.world.truth(1, family)[story.url]
        assert (item.layout, item.warnings) == (family, [])
        assert (item.title, item.published_at, item.source) == (truth.title, truth.published_at, truth.source)


@pytest.mark.parametrize("family", ["trs", "jcms", "jpaas", "nfcms", "vsb", "ls", "truecms", "epoint"])
def test_printed_source_goes_before_the_tag_in_the_head(family: str) -> None:
    story = next(story for story in PAGES.world.stories(1, family) if story.printed_source != story.site.publisher)
    content = PAGES.page(1, story.site.host, Asked(story.path)).content
    assert f'name="ContentSource" content="{story.site.publisher}"'.encode() in content
    assert read(story, content).source == story.printed_source


@pytest.mark.parametrize("family", [name for name in FAMILY_SITES if name not in ("founder", "phpcms")])
def test_line_of_time_and_source_is_found_in_a_skin_never_seen(family: str) -> None:
    for story in PAGES.world.stories(1, family)[:4]:
        content = PAGES.page(1, story.site.host, Asked(story.path)).content
        other = INFO_LINE.sub(b'class="k9"', content)
        assert other != content
        item = read(story, other)
        truth = PAGES.world.truth(1, family)[story.url]
        assert (item.layout, item.warnings) == (family, [])
        assert (item.source, item.authors, item.editors) == (truth.source, list(truth.authors), list(truth.editors))
        assert (item.published_at, item.body) == (truth.published_at, truth.body)


def test_time_of_making_is_not_the_time_of_publication() -> None:
    story = PAGES.world.stories(1, "jcms")[0]
    content = PAGES.page(1, story.site.host, Asked(story.path)).content
    assert b"Maketime" in content
    without = re.sub(rb'<meta name="PubDate"[^>]*>', b"", content)
    assert read(story, without).published_at == story.published.replace(second=0).astimezone(UTC)


def test_a_family_page_in_another_skin_is_read_generically() -> None:
    story = PAGES.world.stories(1, "trs")[0]
    content = PAGES.page(1, story.site.host, Asked(story.path)).content
    other = content.replace(b"TRS_UEDITOR trs_paper_default trs_editor_view", b"wznr").replace(b'id="zoom"', b"")
    item = read(story, other)
    assert item.layout == "generic"
    assert (item.title, item.body) == (story.title, "\n".join(story.paragraphs))


def read(story: Story, content: bytes) -> ArticleItem:
    return extract_article(
        content, story.url, layouts=(FAMILIES[story.site.family],), fetched_at=FETCHED_AT, site=story.site.family
    )


def test_sure_means_a_marker_of_the_family_itself() -> None:
    by_address = detect_family("<html><body><p>正文</p></body></html>", "http://www.a.cn/zw/202203/t20220304_1234.html")
    assert by_address is not None and by_address.name == "trs" and by_address.confidence < SURE
    by_marker = detect_family('<div class="TRS_Editor">', "http://www.a.cn/zw/202203/t20220304_1234.html")
    assert by_marker is not None and by_marker.confidence > SURE
