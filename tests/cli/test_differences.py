"""``zhiwen show --diff``: between any two revisions, on the terminal, as JSON and as a page of HTML."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from archive.archive import Archive
from archive.differences import Piece
from archive.records import ArticleRecord, FetchRecord, StoreBatch
from cli.differences import coloured, shortened
from crawler.reading.text import fold
from crawler.reading.urls import canonical_url, url_key

HOSTILE = "\n<script>alert(1)</script><b onclick=x>\x1b[31m记者附记一则。"


@pytest.fixture
def number(filled: Any) -> int:
    """An article with three revisions; the last one has markup and a terminal's commands in it."""
    found: int = filled.ids["edited"]
    with Archive(f"sqlite:///{filled.folder / 'zhiwen.db'}", filled.folder) as archive:
        last = archive.revisions(found)[-1]
        detail = archive.article(found)
        assert detail is not None
        body = last.body + HOSTILE
        url = detail.article.url
        record = ArticleRecord(
            "zgnt", url, url_key(canonical_url(url)), last.title, body, body.encode()[-16:],
            FetchRecord(url, 200, datetime(2026, 3, 20, tzinfo=UTC), body=body.encode()),
            search_title=fold(last.title), search_body=fold(body), source="江湾网", layout=last.layout,
            published_at=last.published_at, published_precision=last.published_precision,
        )  # fmt: skip
        archive.store(archive.open_run("zgnt", "manual"), StoreBatch(articles=[record]))
    return found


def test_any_two_revisions_can_be_compared(zhiwen: Any, number: int) -> None:
    last = zhiwen("show", number, "--diff").out
    assert re.search(r"新增 \d 句；来源 江湾日报 → 江湾网", last)
    assert "source: [-江湾日报-]{+江湾网+}" in last
    assert "87" not in last
    for arguments in (("1..2",), ("--revision", 2)):
        out = zhiwen("show", number, "--diff", *arguments).out
        assert "质量管理示范企业 87 → 93" in out
        assert "[-87-]{+93+}" in out
    assert "87 → 93" in zhiwen("show", number, "--diff", "1..3").out


def test_wrong_spans_are_told_in_one_sentence(zhiwen: Any, number: int) -> None:
    for arguments, code in (
        (("--diff", "2..1"), 2),
        (("--diff", "all"), 2),
        (("--diff", "1..9"), 3),
        (("1..2",), 2),
        (("--html", "x.html"), 2),
    ):
        result = zhiwen("show", number, *arguments)
        assert (result.code, result.out, result.err.count("\n")) == (code, "", 1), arguments


def test_json_holds_summary_fields_marks_and_pieces(zhiwen: Any, number: int) -> None:
    found = json.loads(zhiwen("show", number, "--diff", "1..2", "--json").out)
    assert (found["from"], found["to"], found["fields"]) == (1, 2, ["body"])
    assert found["summary"] == "质量管理示范企业 87 → 93"
    assert found["marks"] == [{"mark": "number", "before": "87", "after": "93", "about": "质量管理示范企业"}]
    assert found["sentences"] == {"added": 0, "removed": 0, "changed": 0, "moved": 0}
    assert {"kind": "removed", "text": "87", "mark": "number"} in found["body"]


def test_revisions_say_what_each_changed(zhiwen: Any, number: int) -> None:
    rows = [row.split("\t") for row in zhiwen("show", number, "--revisions").out.splitlines()[1:]]
    assert [row[3] for row in rows] == ["first seen", "body", "body, source"]
    assert rows[1][4] == "质量管理示范企业 87 → 93"
    listed = json.loads(zhiwen("show", number, "--revisions", "--json").out)["revisions"]
    assert [row["fields"] for row in listed] == [[], ["body"], ["body", "source"]]


class Tags(HTMLParser):
    """Gathers tags with their attributes, and texts."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_html_page_is_whole_in_itself_and_text_of_strangers_stays_text(
    zhiwen: Any, number: int, tmp_path: Path
) -> None:
    file = tmp_path / "diff.html"
    result = zhiwen("show", number, "--diff", "1..3", "--html", file)
    assert result.code == 0, result.err
    page = file.read_text("utf-8")
    read = Tags()
    read.feed(page)
    names = {tag for tag, _ in read.tags}
    assert not names & {"script", "link", "img", "iframe", "b", "form", "object"}
    assert not any(name.startswith("on") or name in ("src", "href") for _, attrs in read.tags for name in attrs)
    assert "<script>alert(1)</script>" in read.text
    assert "\x1b" not in page
    policy = next(attrs["content"] for tag, attrs in read.tags if attrs.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert re.match(r"default-src 'none'; style-src 'sha256-", policy)
    assert ("del", {"class": "number"}) in read.tags
    assert ("ins", {"class": "number"}) in read.tags
    assert "质量管理示范企业 87 → 93" in read.text


def test_html_that_cannot_be_written_is_one_sentence(zhiwen: Any, number: int, tmp_path: Path) -> None:
    result = zhiwen("show", number, "--diff", "--html", tmp_path / "none" / "diff.html")
    assert result.code == 1
    assert "cannot be written" in result.err


def test_long_unchanged_text_is_cut_beside_the_change() -> None:
    pieces = [Piece("same", "很长的一句话。" * 50), Piece("removed", "甲。"), Piece("added", "乙。")]
    short = shortened(pieces, around=5)
    assert sum(len(piece.text) for piece in short) < 20
    assert short[0].text.startswith(" … ")


def test_every_kind_of_piece_can_be_told_without_colour() -> None:
    pieces = [Piece("moved_from", "甲"), Piece("same", "乙"), Piece("moved_to", "甲"), Piece("added", "3", "number")]
    line = coloured("", pieces)
    assert line.plain == "[<甲<]乙{>甲>}{+3+}"
    assert any("underline" in str(span.style) for span in line.spans)
