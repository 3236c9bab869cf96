"""Files for spreadsheets and programs."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from cli.export import safe_cell


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_csv_has_a_mark_and_every_article_in_shanghai_time(zhiwen, filled, tmp_path: Path) -> None:
    assert zhiwen("export", "news.csv").code == 0
    data = (tmp_path / "news.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    rows = {row["url"]: row for row in _rows(data.decode("utf-8-sig"))}
    row = rows[filled.urls["edited"]]
    assert len(rows) == 3
    assert (row["published_at"], row["reporters"], row["column"]) == ("2026-03-02 08:15", "沈一鸣、顾南", "新闻 › 质量")
    assert "93家" in row["body"]
    assert rows[filled.urls["undated"]]["published_at"] == ""


def test_no_cell_of_a_stranger_is_a_formula(zhiwen, filled, tmp_path: Path) -> None:
    zhiwen("export", "news.csv")
    rows = _rows((tmp_path / "news.csv").read_text("utf-8-sig"))
    cells = [cell for row in rows for cell in row.values() if cell]
    assert not [cell for cell in cells if cell[0] in "=+-@\t\r"]
    assert not [cell for cell in cells if "\x1b" in cell or "\x9b" in cell]
    assert "'=cmd" in cells


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\t=1", "\x00=1", "\r=1", "＝1", "＋1", "－1", "＠a"])
def test_every_way_to_begin_a_formula_is_escaped(text: str) -> None:
    assert safe_cell(text).startswith("'")


def test_plain_text_stays_as_it_is() -> None:
    assert safe_cell("质量=生命") == "质量=生命"
    assert safe_cell(None) == ""


def test_json_lines_hold_every_field(zhiwen, filled, tmp_path: Path) -> None:
    zhiwen("export", "news.jsonl")
    articles = [json.loads(line) for line in (tmp_path / "news.jsonl").read_text("utf-8").splitlines()]
    article = next(entry for entry in articles if entry["id"] == filled.ids["edited"])
    assert len(articles) == 3
    assert article["published_at"] == "2026-03-02T08:15:00+08:00"
    assert (article["revision"], article["source"], article["state"]) == (2, "江湾日报", "live")
    assert article["images"] == [{"url": "http://www.zgnt.net/a.jpg", "caption": "会场"}]
    assert article["aliases"][0]["url"] == "http://zgnt.net/c/1"
    assert "evidence" in article


def test_export_takes_the_filters_of_search(zhiwen, filled) -> None:
    result = zhiwen("export", "-", "--format", "jsonl", "--words", "质量", "--since", "2026-03-03")
    assert [json.loads(line)["id"] for line in result.out.splitlines()] == [filled.ids["hostile"]]


def test_nothing_to_export_writes_no_file(zhiwen, filled, tmp_path: Path) -> None:
    result = zhiwen("export", "none.csv", "-w", "并无此词")
    assert result.code == 3
    assert not (tmp_path / "none.csv").exists()


def test_failed_export_leaves_the_old_file_whole(zhiwen, filled, tmp_path: Path, monkeypatch) -> None:
    target = tmp_path / "news.csv"
    target.write_text("old")
    target.chmod(0o640)

    def broken(value: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("cli.export.safe_cell", broken)
    result = zhiwen("export", target)
    assert result.code == 1
    assert "No space left on device" in result.err
    assert target.read_text() == "old"
    assert list(tmp_path.glob(".news*")) == []
    monkeypatch.undo()


def test_replaced_file_keeps_its_rights(zhiwen, filled, tmp_path: Path) -> None:
    target = tmp_path / "news.csv"
    target.write_text("old")
    target.chmod(0o640)
    assert zhiwen("--data", filled.folder, "export", target).code == 0
    assert target.stat().st_mode & 0o777 == 0o640


def test_unknown_format_and_a_folder_are_usage_errors(zhiwen, filled, tmp_path: Path) -> None:
    assert zhiwen("export", "news.xyz").code == 2
    (tmp_path / "folder.csv").mkdir()
    assert zhiwen("export", "folder.csv").code == 2


def test_export_into_a_missing_folder_names_it(zhiwen, filled) -> None:
    result = zhiwen("export", "nowhere/news.csv")
    assert result.code == 1
    assert "nowhere" in result.err


def test_reader_of_an_export_may_leave_early(filled) -> None:
    command = f'"{sys.executable}" -m cli.main export - --format csv | true; exit ${{PIPESTATUS[0]}}'
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
