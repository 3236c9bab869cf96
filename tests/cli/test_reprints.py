"""show --reprints, and what a story leaves in searches and exports."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from archive.archive import Archive
from archive.records import ArticleRecord, FetchRecord, StoreBatch
from crawler.reading.text import fold
from crawler.reading.urls import canonical_url, url_key
from seeds.replica.content import Writer

DAY = datetime(2026, 3, 1, tzinfo=UTC)
EVIL = "\x1b]0;owned\x07"


@pytest.fixture
def reprinted(tmp_path: Path) -> dict[str, int]:
    """One report of a site, an edited copy under another headline, an excerpt; and a report that nobody copied."""
    folder = tmp_path / "data"
    writer = Writer()
    report, other = (writer.article(f"reprints {n}", DAY, None, size="long") for n in range(2))
    paragraphs = [part for _, part in report.paragraphs]
    # (site, title, paragraphs, hours, more)
    prints: dict[str, tuple[str, str, list[str], float, dict[str, Any]]] = {
        "first": ("zgnt", report.title, paragraphs, 1, {"source": "南通网"}),
        "edited": ("cinic", f"关注{EVIL}质量", [*paragraphs[:-1], "本文另有报道。"], 9, {"source": "南通网"}),
        "excerpt": ("chinajl", report.title, paragraphs[: len(paragraphs) // 3], 20, {"source": "新华社"}),
        "alone": ("cinic", other.title, [part for _, part in other.paragraphs], 2, {}),
    }
    found = {}
    with Archive(f"sqlite:///{folder / 'zhiwen.db'}", folder, clock=lambda: DAY) as archive:
        archive.save_names("zgnt", ["南通网", "南通日报"])
        for name, (site, title, lines, hours, more) in prints.items():
            run = archive.open_run(site, "manual")
            url = f"http://www.{site}.example/{name}.html"
            body = "\n".join(lines)
            record = ArticleRecord(
                site=site,
                url=url,
                url_key=url_key(canonical_url(url)),
                title=title,
                body=body,
                fingerprint=hashlib.blake2b(f"{title}\n{body}".encode(), digest_size=16).digest(),
                fetch=FetchRecord(url, 200, DAY + timedelta(days=2), body=name.encode()),
                search_title=fold(title),
                search_body=fold(body),
                published_at=DAY + timedelta(hours=hours),
                published_precision="minute",
                **more,
            )
            found[name] = archive.store(run, StoreBatch(articles=[record]))[0].article_id
            archive.close_run(run, "ok")
    return found


def test_story_is_told_as_a_person_would(zhiwen: Any, reprinted: dict[str, int]) -> None:
    result = zhiwen("show", reprinted["edited"], "--reprints")
    assert result.code == 0, result.err
    lines = result.out.splitlines()
    assert lines[1] == "3 articles on 3 sites have this text."
    first = next(line for line in lines if "first" in line)
    assert f"南通网, zgnt, 2026-03-01 09:00, article {reprinted['first']}: very likely" in first
    assert any("named 南通网 as the source" in line for line in lines)
    asked = next(number for number, line in enumerate(lines) if "this one" in line)
    assert lines[asked].split()[:2] == [str(reprinted["edited"]), "cinic,"]
    assert "alike), under another headline: 关注" in lines[asked + 1]
    assert "来源 南通网" in lines[asked + 2]
    assert any("an excerpt: " in line and "% of the length" in line for line in lines)
    assert "\x1b" not in result.out and "\x07" not in result.out


def test_story_for_programs(zhiwen: Any, reprinted: dict[str, int]) -> None:
    story = json.loads(zhiwen("show", reprinted["excerpt"], "--reprints", "--json").out)["story"]
    assert story["original"]["article_id"] == story["reference_id"] == reprinted["first"]
    assert [copy["kind"] for copy in story["copies"]][0::2] == ["original", "excerpt"]
    assert story["copies"][1]["article"]["reprint_kind"] in ("reprint", "edited")


def test_search_may_show_each_story_once(zhiwen: Any, reprinted: dict[str, int]) -> None:
    found = json.loads(zhiwen("search", "--stories", "--sort", "oldest", "--json").out)
    assert found["total"] == 2
    assert [(hit["id"], hit["others"]) for hit in found["hits"]] == [(reprinted["first"], 2), (reprinted["alone"], 0)]
    assert "and 2 more with this text" in zhiwen("search", "--stories").out
    second = json.loads(zhiwen("search", "--stories", "--sort", "oldest", "--offset", "1", "--json").out)["hits"]
    assert [hit["id"] for hit in second] == [reprinted["alone"]]
    # Of a story only what the filters let through.
    found = json.loads(zhiwen("search", "--stories", "--site", "cinic", "--json").out)
    assert sorted((hit["id"], hit["others"]) for hit in found["hits"]) == [
        (reprinted["edited"], 0),
        (reprinted["alone"], 0),
    ]


def test_article_without_copies_has_no_story(zhiwen: Any, reprinted: dict[str, int]) -> None:
    result = zhiwen("show", reprinted["alone"], "--reprints")
    assert result.code == 3
    assert "no other article of the archive has the text" in result.err
    shown = json.loads(zhiwen("show", reprinted["alone"], "--json").out)
    assert (shown["story_id"], shown["reprint_kind"], shown["original"]) == (None, None, None)


def test_articles_hits_and_exports_say_what_is_a_reprint(zhiwen: Any, reprinted: dict[str, int]) -> None:
    assert f"of 南通网 (article {reprinted['first']})" in zhiwen("show", reprinted["edited"]).out
    assert "said it first: very likely" in zhiwen("show", reprinted["first"]).out
    hits = {hit["id"]: hit for hit in json.loads(zhiwen("search", "--json").out)["hits"]}
    assert hits[reprinted["excerpt"]]["reprint_kind"] == "excerpt"
    assert hits[reprinted["excerpt"]]["original"]["name"] == "南通网"
    rows = {
        row["id"]: row
        for row in csv.DictReader(io.StringIO(zhiwen("export", "-", "--format", "csv").out.lstrip("\ufeff")))
    }
    edited = rows[str(reprinted["edited"])]
    assert edited["reprint_kind"] in ("reprint", "edited")
    assert edited["original"] == "南通网 http://www.zgnt.example/first.html"
    assert rows[str(reprinted["alone"])]["story_id"] == ""


def test_upgrade_compares_the_articles_of_an_older_archive(
    zhiwen: Any, reprinted: dict[str, int], tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    with Archive(f"sqlite:///{folder / 'zhiwen.db'}", folder) as archive, archive.database.write() as connection:
        for name in ("story_member", "story", "likeness", "text_hash", "text_signature"):
            connection.execute(text(f"DELETE FROM {name}"))
        connection.execute(text("INSERT INTO text_backlog (article_id) SELECT id FROM article"))
    result = zhiwen("db", "upgrade")
    assert result.code == 0
    assert "4 articles of before compared with the others" in result.out
    assert zhiwen("show", reprinted["edited"], "--reprints").code == 0
    assert "nothing to do" in zhiwen("db", "upgrade").out
