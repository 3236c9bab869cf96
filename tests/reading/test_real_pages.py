"""Every real page beside the checkout is read without a layout and without an exception."""

from __future__ import annotations

from pathlib import Path

from bench.extraction import BARS, measure
from crawler.reading.extract import extract_article


def test_all_real_pages_are_read(shared_dir: Path) -> None:
    pages = sorted((shared_dir / "pages" / "html").glob("*.html"))
    assert len(pages) >= 59
    for path in pages:
        item = extract_article(path.read_bytes(), "http://page.example/a.html")
        assert item.title, path.name
        assert item.body, path.name
        assert "\ufffd" not in item.title, path.name


def test_scores_of_the_real_pages_hold_their_bars(shared_dir: Path) -> None:
    result = measure(None)

    assert result["failed"] == {}
    assert {name: result["scores"][name] for name in BARS if result["scores"][name] < BARS[name]} == {}
