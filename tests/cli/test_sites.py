"""sites: what is declared, and how faults of site files are told."""

from __future__ import annotations

import json

NAMES = {"zgnt", "cinic", "chinajl", "liaocheng", "quality_portal"}


def test_sites_are_listed_with_publisher_and_whether_they_are_crawled(zhiwen) -> None:
    rows = {line.split("\t")[0]: line.split("\t") for line in zhiwen("sites", "list").out.splitlines()}
    assert set(rows) >= NAMES
    assert rows["zgnt"][1] == "南通网"
    assert (rows["zgnt"][-1], rows["quality_portal"][-1]) == ("yes", "no")


def test_sites_as_json_hold_lists_and_reason(zhiwen) -> None:
    sites = {site["name"]: site for site in json.loads(zhiwen("sites", "list", "--json").out)["sites"]}
    assert sites["zgnt"]["lists"][0]["url"].startswith("http")
    assert "no address" in sites["quality_portal"]["why_not_live"]


def test_one_site_is_shown_with_its_lists(zhiwen) -> None:
    out = zhiwen("sites", "show", "cinic").out
    assert "中国产业经济信息网" in out
    assert "www.cinic.org.cn" in out
    assert zhiwen("sites", "show", "cinik").code == 2


def test_check_reads_all_site_files(zhiwen) -> None:
    result = zhiwen("sites", "check", "--json")
    assert result.code == 0
    assert {site["site"] for site in json.loads(result.out)["sites"]} >= NAMES


def test_faulty_site_file_is_named_with_line_and_remedy(zhiwen, tmp_path, monkeypatch) -> None:
    folder = tmp_path / "more"
    folder.mkdir()
    (folder / "mine.toml").write_text(
        'publisher = "x"\nrevisitt = "6h"\n[[lists]]\ncolumn = "a"\nurl = "http://a.cn/"\n'
    )
    monkeypatch.setenv("ZHIWEN_SITES__PATHS", str(folder))
    result = zhiwen("sites", "check")
    assert result.code == 1
    assert f"{folder / 'mine.toml'}:2:" in result.err
    assert "revisit" in result.err
    assert result.err.count("\n") == 1


def test_site_of_another_folder_is_a_site_like_any_other(zhiwen, tmp_path, monkeypatch) -> None:
    folder = tmp_path / "more"
    folder.mkdir()
    (folder / "mine.toml").write_text('publisher = "我的网"\n[[lists]]\ncolumn = "a"\nurl = "http://a.example/"\n')
    monkeypatch.setenv("ZHIWEN_SITES__PATHS", str(folder))
    assert "我的网" in zhiwen("sites", "show", "mine").out
