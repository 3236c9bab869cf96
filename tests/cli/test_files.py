"""Files that articles link to, on the command line."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from archive.archive import Archive
from archive.records import ArticleRecord, AttachmentRecord, DocumentRecord, FailureRecord, FetchRecord, StoreBatch
from crawler.reading import documents
from crawler.reading.text import fold
from crawler.reading.urls import url_key

AT = datetime(2026, 3, 9, 1, 30, tzinfo=UTC)
URL = "http://www.zgnt.net/content/2026-03/08/content_8.htm"
BASE = "http://www.zgnt.net/files/"
EVIL = "\x1b]0;owned\x07"


@pytest.fixture
def kept(tmp_path: Path, make_file: Any) -> Path:
    """An article with three files: one read, one that no library was there for, one that failed; and one left."""
    folder = tmp_path / "data"
    links = [
        AttachmentRecord(BASE + name, url_key(BASE + name), shown, why)
        for name, shown, why in (
            ("a.docx", f"评审办法{EVIL}", ""),
            ("b.docx", "申报表", ""),
            ("c.pdf", "名单", ""),
            ("d.zip", "全部", "zip archives are not read"),
        )
    ]
    article = ArticleRecord(
        "zgnt",
        URL,
        url_key(URL),
        "江湾公布质量奖评审办法",
        "办法见附件。",
        b"1" * 16,
        FetchRecord(URL, 200, AT, body=b"<html>"),
        search_title="江湾公布质量奖评审办法",
        search_body="办法见附件。",
        files=links,
    )

    def came(name: str, text: str, state: str) -> DocumentRecord:
        body = make_file.docx(text)
        fetch = FetchRecord(BASE + name, 200, AT, headers={"content-type": "application/msword"}, body=body)
        read = text if state == "read" else None
        digest = hashlib.sha256(body).digest()
        return DocumentRecord(
            "zgnt", BASE + name, url_key(BASE + name), fetch, digest, "docx", "application/msword", read,
            fold(read or ""), state, "" if read else "olefile is not installed", 1,
        )  # fmt: skip

    failure = FailureRecord(
        "zgnt", BASE + "c.pdf", url_key(BASE + "c.pdf"), "attachment", "http", "answered 500", at=AT
    )
    with Archive(f"sqlite:///{folder / 'zhiwen.db'}", folder, clock=lambda: AT) as archive:
        run = archive.open_run("zgnt", "manual")
        papers = [
            came("a.docx", f"评审采用卓越绩效准则{EVIL}。", "read"),
            came("b.docx", "申报单位盖章处", "no_reader"),
        ]
        archive.store(run, StoreBatch(articles=[article], documents=papers, failures=[failure]))
        archive.close_run(run, "ok", "all read.", {"new": 1})
    return folder


def test_show_lists_files_with_size_kind_hash_and_text(zhiwen: Any, kept: Path) -> None:
    out = zhiwen("show", URL).out
    first, second, third, fourth = [line for line in out.splitlines() if "attachment" in line]
    assert "1. 评审办法" in first
    assert "docx · " in first
    assert "sha256 " in first
    assert "text of " in first
    assert "no text: no_reader (olefile is not installed)" in second
    assert "failed: http: answered 500" in third
    assert "not fetched: zip archives" in fourth
    assert "\x1b" not in out


def test_text_and_bytes_of_one_file_are_given(zhiwen: Any, kept: Path, tmp_path: Path) -> None:
    result = zhiwen("show", URL, "--file", 1)
    assert "卓越绩效准则" in result.out
    assert "\x1b" not in result.out
    raw = subprocess.run(
        [sys.executable, "-m", "cli.main", "--data", kept, "show", URL, "--file", "2", "--raw"],
        capture_output=True,
        check=True,
        cwd=Path(__file__).parents[2],
    ).stdout
    assert raw.startswith(b"PK\x03\x04")
    for number, said in ((2, "pip install"), (3, "is not here: http: answered 500"), (9, "there is no file 9")):
        result = zhiwen("show", URL, "--file", number)
        assert result.code == 3
        assert said in result.err


def test_search_finds_by_the_words_of_a_file_and_names_it(zhiwen: Any, kept: Path) -> None:
    out = zhiwen("search", "卓越绩效").out
    assert "in the file 评审办法" in out
    hit = json.loads(zhiwen("search", "卓越绩效", "--json").out)["hits"][0]
    assert hit["attachment"].startswith("评审办法")
    assert json.loads(zhiwen("search", "质量奖", "--json").out)["hits"][0]["attachment"] is None


def test_exports_hold_the_files_with_their_text(zhiwen: Any, kept: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    assert zhiwen("export", target).code == 0
    line = json.loads(target.read_text("utf-8"))
    first, second, third, fourth = line["attachments"]
    assert (first["kind"], first["text_state"], len(first["sha256"])) == ("docx", "read", 64)
    assert "卓越绩效准则" in first["text"]
    assert (second["text"], second["state"]) == (None, "stored")
    assert (third["state"], fourth["state"]) == ("failed", "left")
    assert json.loads(zhiwen("show", URL, "--json").out)["attachments"][0]["sha256"] == first["sha256"]
    table = tmp_path / "out.csv"
    zhiwen("export", table)
    assert BASE + "a.docx" in table.read_text("utf-8-sig")


def test_files_without_text_are_told_by_health_and_filled_in_later(zhiwen: Any, kept: Path) -> None:
    assert "pip install 'zhiwen[documents]'" in zhiwen("health").out
    result = zhiwen("files", "--state", "no_reader")
    assert "docx" in result.out
    assert "zhiwen files --read" in result.err
    result = zhiwen("files", "--read")
    assert "1 files read again, 1 of them have text now." in result.err
    assert "no_reader" not in zhiwen("files").out
    assert zhiwen("search", "盖章处").code == 0
    assert zhiwen("files", "--state", "no_reader").code == 3
    rows = json.loads(zhiwen("files", "--json").out)["files"]
    assert {row["text_state"] for row in rows} == {"read"}
    assert "pip install" not in zhiwen("health").out


def test_damaged_bytes_stop_no_other_file(zhiwen: Any, kept: Path) -> None:
    for pack in (kept / "snapshots").rglob("*.zst"):
        pack.write_bytes(b"broken")
    result = zhiwen("files", "--read")
    assert "0 of them have text now" in result.err
    assert "damaged" in result.err or "missing" in result.err
    assert documents.READER_VERSION >= 1
