from __future__ import annotations

from pathlib import Path

import pytest

from seeds.layouts import ARTICLE_LAYOUT_KEYS, LIST_LAYOUT_KEYS
from seeds.load import LIST_KEYS, OWN_FOLDER, SITE_KEYS, key_error, load_site, load_sites
from seeds.model import SeedError

GOOD = """\
publisher = "质量日报"
base_url = "https://news.quality.example/"
revisit = "30m"
min_articles = 15
[[lists]]
column = "policy"
url = "/policy/"
"""


def written(folder: Path, text: str, name: str = "quality_daily.toml") -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_the_five_shipped_sites_load_and_only_the_portal_waits_for_an_address() -> None:
    sites = load_sites()
    assert list(sites) == ["chinajl", "cinic", "liaocheng", "quality_portal", "zgnt"]
    assert [name for name, site in sites.items() if not site.live] == ["quality_portal"]
    assert all(len(site.lists) >= 2 for site in sites.values())
    assert "base_url" in (sites["quality_portal"].why_not_live or "")


def test_a_site_file_gives_addresses_hosts_and_rhythm(tmp_path: Path) -> None:
    text = GOOD + 'page_url = "index_{page}.html"\nmax_pages = 3\nlinks = "ul.b a"\n'
    site = load_site(written(tmp_path, text.replace("min_", 'allowed_hosts = ["M.quality.example"]\nmin_')))
    assert (site.name, site.publisher, site.revisit_seconds, site.min_articles) == (
        "quality_daily",
        "质量日报",
        1800,
        15,
    )
    (source,) = site.lists
    assert (source.column, source.url) == ("policy", "https://news.quality.example/policy/")
    assert (source.page_url, source.max_pages, dict(source.layout)) == ("index_{page}.html", 3, {"links": "ul.b a"})
    assert site.allowed_hosts == ("news.quality.example", "m.quality.example")
    assert site.live and site.tls_verify and site.delay_seconds is None


def test_every_key_is_described_for_those_who_add_sites() -> None:
    described = (OWN_FOLDER.parent / "docs/add_a_site.md").read_text("utf-8")
    keys = {*SITE_KEYS, *LIST_KEYS, *LIST_LAYOUT_KEYS, *ARTICLE_LAYOUT_KEYS}
    written_as = {
        "lists": "[[lists]]",
        "schedule": "[schedule]",
        "list_layout": "[list_layout]",
        "layouts": "[[layouts]]",
    }
    assert [key for key in sorted(keys) if f"`{written_as.get(key, key)}`" not in described] == []


def test_a_site_that_is_switched_off_says_so(tmp_path: Path) -> None:
    site = load_site(written(tmp_path, "enabled = false\n" + GOOD))
    assert not site.live
    assert site.why_not_live == "quality_daily is switched off (enabled = false in quality_daily.toml)."


def test_layouts_of_a_site_file_are_kept_with_their_picks(tmp_path: Path) -> None:
    text = GOOD + '[list_layout]\nlinks = "li a"\n[[layouts]]\nname = "2024"\nbody = ".text"\ntitle = "h1"\n'
    text += r"""source = { css = ".info", pattern = '来源：(\S+)', required = false }""" + "\n"
    site = load_site(written(tmp_path, text))
    assert dict(site.list_layout or {}) == {"links": "li a"}
    (layout,) = site.layouts
    assert layout["title"] == {"css": "h1"}
    assert layout["source"] == {"css": ".info", "pattern": r"来源：(\S+)", "required": False}


@pytest.mark.parametrize(
    ("change", "line", "message", "remedy"),
    [
        (("publisher =", "publischer ="), 1, 'unknown key "publischer"', '"publisher"'),
        (("publisher =", "zzz ="), 1, 'unknown key "zzz"', "Known keys: publisher"),
        (('publisher = "质量日报"', ""), 1, "the file has no publisher", "Add publisher"),
        (('"质量日报"', "7"), 1, "publisher must be a text", 'publisher = "…"'),
        (('"https://news.quality.example/"', '"ftp://x.example/"'), 2, "bad address", "https://host/path/"),
        (('"https://news.quality.example/"', '"https://u@x.example/"'), 2, "user name", "https://host/path/"),
        (('"https://news.quality.example/"', '"https://x_y!.example/"'), 2, "host is not valid", "https://host/"),
        (('"https://news.quality.example/"', '"https://x.example:99999/"'), 2, "bad address", "https://host/path/"),
        (('"30m"', '"soon"'), 3, "revisit is no time", '"6h"'),
        (('"30m"', '"0h"'), 3, "revisit is no time", '"6h"'),
        (("= 15", "= -1"), 4, "whole number of 0 or more", "Correct it"),
        (("= 15", "= true"), 4, "whole number", "Correct it"),
        (('[[lists]]\ncolumn = "policy"\nurl = "/policy/"', ""), 1, "no [[lists]]", "Add [[lists]]"),
        (('url = "/policy/"', ""), 5, "[[lists]] entry 1 has no url", "Add url"),
        (('column = "policy"', ""), 5, "has no column", "Add column"),
        (("column =", "colunm ="), 6, 'unknown key "colunm" in lists', '"column"'),
        (('"/policy/"', '"http:// x/"'), 7, "bad address", "https://host/path/"),
        (('"/policy/"', '"/policy/"\npage_url = "index_2.html"'), 8, "no page number", "index_{page}.html"),
        (('"/policy/"', '"/policy/"\n[[lists]]\ncolumn = "b"\nurl = "/policy/"'), 10, "stands here twice", "Remove"),
        (("min_", "tls = { verify = false }\nmin_"), 4, "without a reason", "reason"),
        (("min_", "tls = 1\nmin_"), 4, "tls must be a table", "[tls]"),
        (("min_", "tls = { verifi = false }\nmin_"), 4, 'unknown key "verifi" in tls', '"verify"'),
        (("min_", "delay_seconds = -2\nmin_"), 4, "number of 0 or more", "Correct it"),
        (("min_", 'article_url = "("\nmin_'), 4, "no regular expression", "Correct it"),
        (("min_", 'mirrors = ["http://a.example/"]\nmin_'), 4, "no host name", "without http://"),
        (("min_", 'mirrors = "a.example"\nmin_'), 4, "must be a list of texts", "mirrors = ["),
        (("min_", 'enabled = "no"\nmin_'), 4, "must be true or false", "enabled"),
        (('[[lists]]\ncolumn = "policy"\nurl = "/policy/"', "lists = 3"), 5, "lists must be tables", "[[lists]]"),
        (('"policy"', '"policy'), 6, "broken TOML", "Correct this line"),
        (('"/policy/"', '"/policy/"\n[list_layout]\ndate = "span"'), 8, "has no links", "CSS selector"),
        (('"/policy/"', '"/policy/"\n[[layouts]]\nbody = ".t"'), 8, "has no name", "Add name"),
        (('"/policy/"', '"/policy/"\n[[layouts]]\nname = "a"'), 8, "has no body", "Add body"),
        (('"/policy/"', '"/policy/"\n[[layouts]]\nname = "a"\nbody = "p"\ncut = ["["]'), 11, "no regular", "Correct"),
        (
            ('"/policy/"', '"/policy/"\n[[layouts]]\nname = "a"\nbody = "p"\nend = "x"'),
            11,
            "end without start",
            "start",
        ),
        (
            ('"/policy/"', '"/policy/"\n[[layouts]]\nname = "a"\nbody = "p"\ntitle = { c = 1 }'),
            11,
            "CSS selector",
            "h1",
        ),
        (
            ('"/policy/"', '"/policy/"\n[[layouts]]\nname = "a"\nbody = "p"\ntitle = { css = "p", atr = "x" }'),
            11,
            'unknown key "atr" in title',
            "css, attr",
        ),
        (
            ('"/policy/"', '"/policy/"\n[[layouts]]\nname = "a"\nbody = "p"\ntitle = { css = "p", required = 1 }'),
            11,
            "required in title",
            "Correct",
        ),
        (
            ('"/policy/"', '"/policy/"\n[[layouts]]\nname = "a"\nbody = "p"\ntitle = { css = "p", attr = 1 }'),
            11,
            "attr in title",
            "Correct",
        ),
    ],
)
def test_a_fault_is_told_with_file_line_and_remedy(
    tmp_path: Path, change: tuple[str, str], line: int, message: str, remedy: str
) -> None:
    assert change[0] in GOOD
    path = written(tmp_path, GOOD.replace(*change, 1))
    with pytest.raises(SeedError) as caught:
        load_site(path)
    error = caught.value
    assert message in error.message
    assert remedy in error.remedy
    assert (error.file, error.line) == (path, line)
    assert str(error).startswith(f"{path}:{line}: ")


def test_broken_toml_without_an_end_names_the_last_line(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD + "[[lists]]\ncolumn = [1,\n")
    with pytest.raises(SeedError, match="broken TOML") as caught:
        load_site(path)
    assert caught.value.line == 9


def test_a_file_that_is_not_utf_8_is_told_by_line(tmp_path: Path) -> None:
    path = tmp_path / "quality_daily.toml"
    path.write_bytes(b"# ascii\n" + GOOD.encode("gb18030"))
    with pytest.raises(SeedError, match="not UTF-8") as caught:
        load_site(path)
    assert caught.value.line == 2


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(SeedError, match="cannot be read"):
        load_site(tmp_path / "absent.toml")


def test_a_bad_file_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SeedError, match="is no site name"):
        load_site(written(tmp_path, GOOD, "Quality-Daily.toml"))


def test_another_folder_gives_the_shipped_portal_its_address(tmp_path: Path) -> None:
    written(tmp_path, 'base_url = "http://portal.example:8080/"\n', "quality_portal.toml")
    site = load_sites([tmp_path])["quality_portal"]
    assert site.live
    assert site.lists[0].url == "http://portal.example:8080/list-12-1.html"
    assert site.allowed_hosts == ("portal.example",)
    assert site.publisher == load_sites()["quality_portal"].publisher


def test_a_fault_in_an_overriding_file_names_that_file(tmp_path: Path) -> None:
    path = written(tmp_path, '# mine\nbase_url = "portal"\n', "quality_portal.toml")
    with pytest.raises(SeedError) as caught:
        load_sites([tmp_path])
    assert (caught.value.file, caught.value.line) == (path, 2)


def test_a_site_declared_in_two_folders_is_refused(tmp_path: Path) -> None:
    first = written(tmp_path / "a", GOOD)
    second = written(tmp_path / "b", GOOD)
    with pytest.raises(SeedError, match="is declared in") as caught:
        load_sites([first.parent, second.parent])
    assert caught.value.file == second


def test_a_folder_named_twice_is_read_once(tmp_path: Path) -> None:
    written(tmp_path, GOOD)
    assert "quality_daily" in load_sites([tmp_path, tmp_path])


def test_two_sites_that_share_a_list_are_refused(tmp_path: Path) -> None:
    written(tmp_path, GOOD, "first.toml")
    second = written(tmp_path, GOOD, "second.toml")
    with pytest.raises(SeedError, match="belongs to first") as caught:
        load_sites([tmp_path])
    assert (caught.value.file, caught.value.line) == (second, 5)


def test_a_missing_folder_is_told_with_the_setting_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(SeedError, match=r"no such folder of site files\. Correct sites\.paths"):
        load_sites([tmp_path / "absent"])


def test_later_checks_can_point_at_a_key() -> None:
    site = load_sites()["zgnt"]
    error = key_error(site, "family", "unknown family", "Correct it")
    assert error.file == OWN_FOLDER / "zgnt.toml"
    assert error.file.read_text("utf-8").splitlines()[(error.line or 0) - 1].startswith("family")


def test_a_site_may_have_its_own_ladder_of_revisits(tmp_path: Path) -> None:
    assert load_site(written(tmp_path, GOOD)).revisit_days is None
    assert load_site(written(tmp_path, "revisit_days = [0.5, 2, 10]\n" + GOOD)).revisit_days == (0.5, 2.0, 10.0)
    for wrong in ("[]", "3", "[3, 1]", "[1, 1]", "[0]", "[true]", '["1d"]', "[-1, 3]", "[9999]"):
        with pytest.raises(SeedError, match="revisit_days is no ladder of days") as caught:
            load_site(written(tmp_path, f"revisit_days = {wrong}\n{GOOD}"))
        assert caught.value.line == 1
