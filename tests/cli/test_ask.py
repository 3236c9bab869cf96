"""search and show: what is found, how it is shown, and that text of strangers stays text."""

from __future__ import annotations

import json
import re
import subprocess
import sys

HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def test_two_characters_find_every_article_that_holds_them(zhiwen, filled) -> None:
    result = zhiwen("search", "质量", "--json")
    found = json.loads(result.out)
    assert result.code == 0
    assert found["total"] == 2
    assert {hit["id"] for hit in found["hits"]} == {filled.ids["edited"], filled.ids["hostile"]}
    assert found["hits"][0]["id"] == filled.ids["edited"]  # the title has it


def test_all_words_must_occur_and_simplified_finds_traditional(zhiwen, filled) -> None:
    assert json.loads(zhiwen("search", "计量 社区", "--json").out)["total"] == 1
    assert json.loads(zhiwen("search", "计量", "示范", "--json").out)["total"] == 0


def test_nothing_found_ends_with_3(zhiwen, filled) -> None:
    result = zhiwen("search", "并无此词")
    assert (result.code, result.out) == (3, "")
    assert result.err == "0 found.\n"


def test_filters_narrow_the_search(zhiwen, filled) -> None:
    def total(*arguments: str) -> int:
        return json.loads(zhiwen("search", *arguments, "--json").out)["total"]

    assert total() == 3
    assert total("--site", "cinic") == 1
    assert total("--source", "江湾日报") == 1
    assert total("--since", "2026-03-03") == 1
    assert total("--until", "2026-03-02") == 1
    assert total("--since", "2026-03-02", "--until", "2026-03-05") == 2
    assert total("--state", "withdrawn") == 0
    assert total("--column", "质量") == 1


def test_bad_day_and_unknown_site_are_usage_errors_that_help(zhiwen, filled) -> None:
    result = zhiwen("search", "--since", "soon")
    assert (result.code, result.err.count("\n")) == (2, 1)
    assert "--since 'soon' is no day" in result.err
    result = zhiwen("search", "--site", "zgnnt")
    assert result.code == 2
    assert "Did you mean zgnt" in result.err


def test_hits_are_shown_with_date_in_shanghai_and_without_control_characters(zhiwen, filled) -> None:
    result = zhiwen("search", "质量")
    assert "江湾发布质量强市计划" in result.out
    assert "2026-03-02 08:15 · zgnt · 江湾日报 · revision 2" in result.out
    assert "2026-03-05 · zgnt" in result.out
    assert not HARMFUL.search(result.out)


def test_json_escapes_what_a_terminal_would_obey(zhiwen, filled) -> None:
    result = zhiwen("show", filled.ids["hostile"], "--json")
    assert not HARMFUL.search(result.out.rstrip("\n"))
    assert "首席质量官" in json.loads(result.out)["body"]


def test_limit_and_offset_page_through_the_hits(zhiwen, filled) -> None:
    first = zhiwen("search", "--limit", "2")
    assert "3 found; 2 shown, go on with --offset 2." in first.err
    rest = json.loads(zhiwen("search", "--limit", "2", "--offset", "2", "--json").out)
    assert (rest["total"], len(rest["hits"])) == (3, 1)


def test_article_is_found_by_number_and_by_any_spelling_of_its_addresses(zhiwen, filled) -> None:
    url = filled.urls["edited"]
    references = [filled.ids["edited"], url, url.replace("http:", "https:"), url.replace("http://www.", "")]
    references += [f"{url}?utm_source=x", f"{url}#top", "http://zgnt.net/c/1"]
    for reference in references:
        result = zhiwen("show", reference, "--json")
        assert result.code == 0, reference
        assert json.loads(result.out)["id"] == filled.ids["edited"]


def test_show_tells_people_dates_addresses_and_the_whole_text(zhiwen, filled) -> None:
    out = zhiwen("show", filled.ids["edited"]).out
    for words in (
        "沈一鸣、顾南",
        "2026-03-02 08:15",
        "江湾日报",
        "新闻 › 质量",
        "http://zgnt.net/c/1",
        "2 of 2",
        "会场",
    ):
        assert words in out
    assert "新增93家质量管理示范企业。" in out


def test_undated_article_says_that_its_page_shows_no_date(zhiwen, filled) -> None:
    assert "the page shows no date" in zhiwen("show", filled.ids["undated"]).out


def test_unknown_article_ends_with_3(zhiwen, filled) -> None:
    for reference in ("999", "http://www.zgnt.net/none.htm", "not an address", "9" * 40):
        result = zhiwen("show", reference)
        assert (result.code, result.out) == (3, ""), reference
        assert "has no article" in result.err


def test_diff_shows_the_changed_characters_and_little_else(zhiwen, filled) -> None:
    out = zhiwen("show", filled.ids["edited"], "--diff").out
    assert "[-87-]{+93+}" in out or "[-8-]{+9+}[-7-]{+3+}" in out
    pieces = json.loads(zhiwen("show", filled.ids["edited"], "--diff", "--json").out)
    assert (pieces["from"], pieces["to"]) == (1, 2)
    assert "".join(p["text"] for p in pieces["body"] if p["kind"] != "removed").count("93家") == 1


def test_diff_of_a_first_revision_ends_with_3(zhiwen, filled) -> None:
    result = zhiwen("show", filled.ids["undated"], "--diff")
    assert result.code == 3
    assert "is the first" in result.err


def test_revisions_are_listed_and_each_can_be_shown(zhiwen, filled) -> None:
    rows = zhiwen("show", filled.ids["edited"], "--revisions").out.splitlines()
    assert [row.split("\t")[3] for row in rows[1:]] == ["first seen", "body"]
    assert "新增87家" in zhiwen("show", filled.ids["edited"], "--revision", "1").out
    assert zhiwen("show", filled.ids["edited"], "--revision", "7").code == 3
    assert len(json.loads(zhiwen("show", filled.ids["edited"], "--revisions", "--json").out)["revisions"]) == 2


def test_raw_gives_the_bytes_as_they_were_served(filled) -> None:
    command = [sys.executable, "-m", "cli.main", "show", str(filled.ids["edited"]), "--raw"]
    done = subprocess.run(command, capture_output=True, check=True)
    assert done.stdout.decode("gb18030").startswith("<html><h1>江湾发布质量强市计划")


def test_damaged_snapshot_is_one_clear_sentence(zhiwen, filled) -> None:
    for file in (filled.folder / "snapshots").rglob("*.zst"):
        file.write_bytes(b"junk")
    result = zhiwen("show", filled.ids["edited"], "--raw")
    assert result.code == 1
    assert result.err.startswith("zhiwen: ")
    assert result.err.count("\n") == 1


def test_question_without_an_archive_says_where_it_looked_and_makes_none(zhiwen, tmp_path) -> None:
    result = zhiwen("search", "质量")
    assert result.code == 1
    assert f"there is no archive in {tmp_path / 'data'}" in result.err
    assert not (tmp_path / "data").exists()


def test_data_option_names_another_archive(zhiwen, filled, monkeypatch) -> None:
    monkeypatch.setenv("ZHIWEN_DATA_DIR", "/nowhere")
    assert zhiwen("--data", filled.folder, "search", "质量").code == 0


def test_reader_that_leaves_early_is_no_failure(filled) -> None:
    command = f'"{sys.executable}" -m cli.main search --limit 3 --json | true; exit ${{PIPESTATUS[0]}}'
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
