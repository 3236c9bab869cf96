"""Every real page beside the checkout is read without a layout and without an exception."""

from __future__ import annotations

from pathlib import Path

from bench.extraction import measure
from crawler.reading.extract import extract_article

# Just below what is reached, so that a step back is seen; the product's own bars are lower.
FLOORS = {
    "body_f1": 0.99,
    "body_f1_ge_0.9": 0.98,
    "title_exact": 0.98,
    "date_day": 0.98,
    "date_minute": 0.98,
    "author_f1": 0.97,
    "source_f1": 0.97,
}


def test_all_real_pages_are_read(shared_dir: Path) -> None:
    pages = sorted((shared_dir / "pages" / "html").glob("*.html"))
    assert len(pages) >= 59
    for path in pages:
        item = extract_article(path.read_bytes(), "http://page.example/a.html")
        assert item.title, path.name
        assert item.body, path.name
        assert "\ufffd" not in item.title, path.name


def test_scores_of_the_real_pages_stay_above_their_floors(shared_dir: Path) -> None:
    result = measure(None)

    assert result["failed"] == {}
    assert {name: result["scores"][name] for name in FLOORS if result["scores"][name] < FLOORS[name]} == {}
    assert result["scores"]["body_f1_lt_0.5"] == 0
