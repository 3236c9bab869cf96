"""The replica's world: sizes, truth, the story of its epochs, and texts that are its own."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from itertools import combinations
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from seeds.replica.build import TEMPLATES
from seeds.replica.model import Article
from seeds.replica.pages import Pages
from seeds.replica.world import PER_PAGE, World, load_world

SITES = ("zgnt", "cinic", "chinajl", "liaocheng", "quality_portal")
ROOT = Path(__file__).resolve().parents[2]
DIGEST = (
    "import hashlib; from seeds.replica.world import load_world; from seeds.replica.pages import Pages;"
    "world = load_world(); pages = Pages(world);"
    "print(hashlib.sha256(b''.join(pages.page(epoch, world.sites[a.site].host, a.path).content"
    " for epoch in (1, 2) for a in world.articles(epoch)[::epoch + 1])).hexdigest())"
)


@pytest.fixture(scope="module")
def world() -> World:
    return load_world()


@pytest.mark.parametrize("site", SITES)
def test_a_site_has_forty_articles_over_several_list_pages(world: World, site: str) -> None:
    columns = world.sites[site].columns
    pages = [world.list_refs(1, site, column.name) for column in columns]
    assert len(world.articles(1, site)) >= 40
    assert len(columns) >= 2
    assert max(map(len, pages)) >= 3
    assert all(len(page) in (PER_PAGE, PER_PAGE + 1) for column in pages for page in column[:-1])


def test_truth_has_one_entry_per_article_under_its_address(world: World) -> None:
    for epoch in (1, 2):
        articles = [article for article in world.articles(epoch) if not article.challenge]
        truth = world.truth(epoch)
        assert all(url == entry.url for url, entry in truth.items())
        live = {entry.key for entry in truth.values() if entry.state == "live"}
        assert live == {article.key for article in articles}


def test_each_site_shows_its_oddities(world: World) -> None:
    truth = list(world.truth(1).values())
    assert {entry.site for entry in truth if entry.is_mirror} == {"cinic", "chinajl"}
    assert {entry.site for entry in truth if entry.reprint_of} == {"cinic", "chinajl", "quality_portal"}
    assert {entry.published_precision for entry in truth} == {None, "day", "minute", "second"}
    assert {entry.site for entry in truth if entry.published_at is None} == {"quality_portal"}
    assert {entry.site for entry in truth if entry.views is not None} == {"chinajl"}
    assert {article.site for article in world.articles(1) if article.template == "old"} == {
        "zgnt",
        "cinic",
        "quality_portal",
    }
    for field in ("reporters", "correspondents", "interns", "authors", "editors", "subtitle", "images", "aliases"):
        assert any(getattr(entry, field) for entry in truth), field
    assert any(len(entry.lists) == 2 for entry in truth)


def test_a_reprint_has_the_text_of_its_original_and_names_it(world: World) -> None:
    truth = world.truth(2)
    reprints = [entry for entry in truth.values() if entry.reprint_of]
    assert len(reprints) == 4
    assert sum(entry.is_mirror for entry in reprints) == 1
    (edited,) = world.story(2).edited
    for entry in reprints:
        original = truth[entry.reprint_of or ""]
        # The original of one was edited after it had been reprinted.
        body = edited.before if original.url == edited.url else original.body
        assert (entry.title, entry.body) == (original.title, body)
        assert entry.source == world.sites[original.site].publisher
        assert entry.site != original.site


def test_the_pinned_item_stands_on_every_page_and_in_its_place(world: World) -> None:
    pages = world.list_refs(1, "zgnt", "南通时政")
    assert len({page[0].title for page in pages}) == 1
    assert all(page[0].pinned and not any(ref.pinned for ref in page[1:]) for page in pages)
    assert sum(ref.title == pages[0][0].title for page in pages for ref in page) == len(pages) + 1


def test_one_list_is_not_in_order_of_date(world: World) -> None:
    unordered = [
        (site, column.name)
        for site in SITES
        for column in world.sites[site].columns
        if (days := [entry.published for entry in world.column(1, site, column.name)]) != sorted(days, reverse=True)
    ]
    assert unordered == [("liaocheng", "热点")]


def test_epochs_differ_exactly_as_told(world: World) -> None:
    before, after, story = world.truth(1), world.truth(2), world.story(2)
    new = {url for urls in story.new.values() for url in urls}
    assert set(after) - set(before) == new
    assert set(before) <= set(after)
    assert all(2 <= len(story.new[site]) <= 3 for site in SITES)
    changed = {url: _differences(asdict(before[url]), asdict(after[url])) for url in before}
    changed = {url: names for url, names in changed.items() if names}
    (edited,), (retitled,), (withdrawn,) = story.edited, story.retitled, story.withdrawn
    assert changed == {
        edited.url: {"body", "revision"},
        retitled.url: {"title", "revision"},
        withdrawn: {"state"},
    }
    assert (edited.before, edited.after) == (before[edited.url].body, after[edited.url].body)
    assert re.sub(r"\d", "", edited.before) == re.sub(r"\d", "", edited.after)
    assert (retitled.before, retitled.after) == (before[retitled.url].title, after[retitled.url].title)
    assert after[withdrawn].state == "withdrawn"
    assert [site for site, _ in story.challenged] == ["chinajl"]
    assert story.redesigned == (("cinic", "时政新闻", "http://www.cinic.org.cn/xw/szxw/"),)


def test_pages_differ_between_epochs_only_where_the_story_says_so(world: World) -> None:
    story, pages = world.story(2), Pages(world)
    told = {change.url for change in (*story.edited, *story.retitled)}
    changed = set()
    for url, entry in world.truth(1).items():
        if entry.state == "live" and world.truth(2)[url].state == "live":
            first, second = (_content(pages, epoch, url) for epoch in (1, 2))
            # The clock in the head of two sites goes on.
            if re.sub("今天是：?[^<]+", "", first) != re.sub("今天是：?[^<]+", "", second):
                changed.add(url)
    assert changed == told


def test_the_withdrawn_article_is_gone_from_its_list(world: World) -> None:
    (url,) = world.story(2).withdrawn
    key = world.truth(1)[url].key
    assert key in {article.key for article in world.column(1, "zgnt", "南通时政")}
    assert key not in {article.key for article in world.column(2, "zgnt", "南通时政")}
    assert Pages(world).page(2, "www.zgnt.net", urlsplit(url).path).status == 404


def test_texts_have_the_told_lengths(world: World) -> None:
    lengths = sorted(len(article.body) for article in world.articles(2))
    notices = [length for length in lengths if length < 200]
    assert 5 <= len(notices) <= 10
    assert notices[0] >= 50
    assert lengths[len(notices)] >= 250
    assert 1200 <= lengths[-1] <= 1600


def test_headlines_are_unique_but_for_reprints(world: World) -> None:
    titles = [article.title for article in world.articles(2) if not article.reprint_of]
    assert len(titles) == len(set(titles))


def test_no_two_articles_are_near_copies(world: World) -> None:
    sizes: dict[str, int] = {}
    holders: dict[str, list[str]] = {}
    for article in world.articles(2):
        if article.reprint_of:
            continue
        pieces = {article.body[at : at + 8] for at in range(len(article.body) - 7)}
        sizes[article.key] = len(pieces)
        for piece in pieces:
            holders.setdefault(piece, []).append(article.key)
    shared = Counter(pair for keys in holders.values() for pair in combinations(keys, 2))
    alike = {pair: count / (sizes[pair[0]] + sizes[pair[1]] - count) for pair, count in shared.items()}
    assert max(alike.values()) < 0.4


def test_another_process_builds_the_same_pages() -> None:
    def digest(seed: str) -> str:
        environment = {"PYTHONHASHSEED": seed, "PATH": "/usr/bin:/bin"}
        return subprocess.run(
            [sys.executable, "-c", DIGEST], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        ).stdout

    assert digest("1") == digest("2") != ""


def test_no_run_of_twenty_characters_comes_from_the_seed_documents(world: World, shared_dir: Path) -> None:
    runs = set()
    for path in (shared_dir / "seeds").glob("*.txt"):
        words = _words(path.read_text("utf-8"))
        runs |= {words[at : at + 20] for at in range(len(words) - 19)}
    pages = Pages(world)
    templates = set()
    for article in world.articles(2):
        text = f"{article.title}\n{article.body}"
        if (article.site, article.template) not in templates:
            templates.add((article.site, article.template))
            text += re.sub(r"<[^>]*>", "", _article_content(pages, 2, article))
        text = _words(text)
        assert not runs & {text[at : at + 20] for at in range(len(text) - 19)}, article.key


def _differences(before: dict[str, object], after: dict[str, object]) -> set[str]:
    return {name for name in before if before[name] != after[name]}


def _content(pages: Pages, epoch: int, url: str) -> str:
    parts = urlsplit(url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return pages.page(epoch, parts.netloc, target).content.decode("utf-8", "replace")


def _article_content(pages: Pages, epoch: int, article: Article) -> str:
    page = pages.page(epoch, pages.world.sites[article.site].host, article.path)
    return page.content.decode(TEMPLATES[article.site].charset(article.template)[0])


def _words(text: str) -> str:
    return "".join(_kept(text))


def _kept(text: str) -> Iterator[str]:
    return (char for char in text if "\u4e00" <= char <= "\u9fff" or char.isalnum())
