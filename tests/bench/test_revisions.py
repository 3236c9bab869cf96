"""The benchmark of revisions: its site is noisy and its articles are not, its plants are where it says."""

from __future__ import annotations

import urllib.request

import pytest

from archive.differences import compare
from archive.edits import text_hash
from bench.edited_site import SITES, EditedSite, site_file
from bench.edits import KINDS, MARKS, articles, plant
from bench.revisions import marked, planted
from crawler.reading.extract import extract_article
from crawler.reading.layouts import ArticleLayout, Pick
from crawler.reading.text import fold
from seeds.load import load_site

LAYOUT = ArticleLayout(name="2026", title=Pick("h1"), info=".info", body=".text")


def test_pages_differ_at_every_visit_and_read_the_same() -> None:
    with EditedSite(articles(24), []) as site:
        for number in range(0, 24, 4):
            pages, texts = set(), set()
            for site.visit in (1, 2, 3):
                url = f"http://127.0.0.1:{site.port}{site.path(number)}"
                page = urllib.request.urlopen(url).read()
                pages.add(page)
                for layouts in ((LAYOUT,), ()):
                    item = extract_article(page, f"http://{SITES['edited']}{site.path(number)}", layouts=layouts)
                    texts.add(text_hash(fold(item.title), fold(item.body)))
            assert (len(pages), len(texts)) == (3, 1), number


def test_every_kind_of_edit_changes_what_it_says() -> None:
    for number, (version, kind) in enumerate(zip(articles(len(KINDS)), KINDS, strict=True)):
        edit = plant(version, kind, number)
        assert edit.before != edit.after
        assert edit.gone in f"{edit.before.body}{edit.before.source}"
        assert edit.come in f"{edit.after.body}{edit.after.source}"
    every = articles(90)
    unchanged, edited = every[:45], planted(every[45:])
    addresses = [{file[1] for file in version.files} for version in (*unchanged, *(edit.after for edit in edited))]
    assert sum(map(len, addresses)) == len(set().union(*addresses)), "no two articles link to one file"
    assert [edit.kind for edit in planted(articles(len(KINDS)))] == list(KINDS)


@pytest.mark.parametrize("kind", MARKS)
def test_planted_changes_are_told_as_what_they_are(kind: str) -> None:
    for number, version in enumerate(articles(12)):
        edit = plant(version, kind, number)
        marks = compare(edit.before.body, edit.after.body).marks
        assert next(mark.mark for mark in marks if edit.gone in mark.before and edit.come in mark.after) == kind


def test_plain_diffs_stand_beside_ours() -> None:
    rows, shares = marked(6)
    assert list(shares) == list(MARKS)
    assert all(float(row[2]) >= float(row[3]) for row in rows)


def test_its_site_files_are_valid(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("sites")
    for name in SITES:
        path = folder / f"{name}.toml"
        path.write_text(site_file(name), "utf-8")
        assert load_site(path).live
