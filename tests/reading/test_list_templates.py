"""List pages as Chinese sites make them (``list_pages``), each read without a layout."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from crawler.reading.lists import PageRequest, extract_list

FOLDER = Path(__file__).parent / "list_pages"
TRUTH: dict[str, Any] = json.loads((FOLDER / "truth.json").read_text("utf-8"))


def test_every_page_has_its_truth() -> None:
    assert {path.stem for path in FOLDER.glob("*.html")} == TRUTH.keys()


@pytest.mark.parametrize("name", TRUTH)
def test_a_list_is_read_whole_and_nothing_else(name: str) -> None:
    truth = TRUTH[name]

    reading = extract_list((FOLDER / f"{name}.html").read_bytes(), truth["url"], None)

    assert [(link.url, link.title, link.listed_on) for link in reading.links] == [
        (url, title, date.fromisoformat(day) if day else None) for url, title, day in truth["links"]
    ]
    assert reading.next_page == (PageRequest(truth["next"]) if truth["next"] else None)
