"""Writing site files: what is written reads back, what stood in a file stays."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeds.load import load_site
from seeds.write import save, site_text, with_key, with_layout, with_list_layout, without_list_overrides

DATA = {
    "publisher": '临溪"质量"网',
    "base_url": "http://www.linxi.example/",
    "revisit": "6h",
    "min_articles": 9,
    "article_url": r"^/zl/\d+\.html$",
    "lists": [
        {"column": "质量要闻", "url": "/zl/"},
        {"column": "公告", "url": "/gg/", "page_url": "index_{page}.html"},
    ],
    "list_layout": {"item": 'td[width="20"] > tr', "links": "ul li a"},
    "layouts": [{"name": "2025", "body": "div.txt", "title": {"css": "h1", "pattern": r"(\S+)"}, "cut": ["编辑："]}],
}
LAYOUT = {"name": "2026", "body": "div#new"}


def test_site_file_reads_back_as_it_was_meant(tmp_path: Path) -> None:
    text = site_text(DATA, ["seen today\nwith a line break\x1b"], {"revisit": "every day"})
    assert tomllib.loads(text) == DATA
    assert text.startswith("# seen today with a line break\n")
    assert "# every day" in text
    file = tmp_path / "linxi.toml"
    save(file, text)
    assert load_site(file).article_url == DATA["article_url"]


@given(st.text(st.characters(blacklist_categories=["Cs"])), st.text(st.characters(blacklist_categories=["Cs"])))
def test_any_text_survives(name: str, note: str) -> None:
    assert tomllib.loads(site_text({"publisher": name}, [note], {"publisher": note})) == {"publisher": name}


def test_new_layout_goes_before_the_others_and_comments_stay() -> None:
    text = "# mine\n" + site_text(DATA) + "# last\n"
    changed = with_layout(text, LAYOUT, "why")
    assert [layout["name"] for layout in tomllib.loads(changed)["layouts"]] == ["2026", "2025"]
    assert changed.startswith("# mine\n")
    assert changed.endswith("# last\n")
    assert tomllib.loads(with_layout("", LAYOUT, "why")) == {"layouts": [LAYOUT]}


def test_new_list_layout_keeps_the_old_as_a_comment() -> None:
    changed = with_list_layout(site_text(DATA), {"links": "dl a"}, "why")
    assert tomllib.loads(changed) == {**DATA, "list_layout": {"links": "dl a"}}
    assert '# links = "ul li a"' in changed
    without = {key: value for key, value in DATA.items() if key != "list_layout"}
    for text in (site_text(without), site_text({key: without[key] for key in ("publisher", "lists")}), ""):
        before = tomllib.loads(text)
        assert tomllib.loads(with_list_layout(text, {"links": "dl a"}, "why")) == {
            **before,
            "list_layout": {"links": "dl a"},
        }


def test_key_is_replaced_or_added_above_the_tables() -> None:
    changed = with_key(site_text(DATA), "article_url", "^/new/", "moved")
    assert tomllib.loads(changed) == {**DATA, "article_url": "^/new/"}
    assert "# until then: article_url = " in changed
    without = {key: value for key, value in DATA.items() if key != "article_url"}
    for text in (site_text(without), "", "[list_layout]\nlinks = 'a'\n", 'publisher = "x"'):
        assert tomllib.loads(with_key(text, "article_url", "^/new/", "x"))["article_url"] == "^/new/"


def test_overrides_of_single_lists_make_room_for_the_new_layout() -> None:
    lists = [{"column": "a", "url": "/a/", "links": "ul a", "item": "li"}, {"column": "b", "url": "/b/"}]
    changed = without_list_overrides(site_text({**DATA, "lists": lists}))
    assert tomllib.loads(changed)["lists"] == [{"column": "a", "url": "/a/"}, {"column": "b", "url": "/b/"}]
    assert '# until then: links = "ul a"' in changed


def test_file_is_never_overwritten_unasked(tmp_path: Path) -> None:
    file = tmp_path / "sites" / "a.toml"
    save(file, "x = 1\n")
    with pytest.raises(FileExistsError):
        save(file, "x = 2\n")
    assert file.read_text("utf-8") == "x = 1\n"
    save(file, "x = 2\n", replace=True)
    assert [path.name for path in file.parent.iterdir()] == ["a.toml"]
    assert file.read_text("utf-8") == "x = 2\n"
