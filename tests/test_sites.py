"""Every saved page of every site gives exactly what was approved. Cases are found by name; no code per site."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crawler.bases import ListPageSpider
from crawler.cases import read_case
from crawler.loader import SiteSpiderLoader
from seeds.load import load_sites

SITES = Path(__file__).parent / "sites"
CASES = sorted(folder for kind in ("article", "list") for folder in SITES.glob(f"*/{kind}_*") if folder.is_dir())


@pytest.fixture(scope="module")
def spiders() -> SiteSpiderLoader:
    return SiteSpiderLoader(["crawler.spiders"], load_sites([SITES]))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_saved_page_gives_what_was_approved(case: Path, spiders: SiteSpiderLoader) -> None:
    remedy = f"run scrapy record {case.parent.name} URL, read expected.new.json and rename it"
    assert (case / "page.html").is_file(), f"no page was saved: {remedy}"
    assert (case / "expected.json").is_file(), f"nothing was approved: {remedy}"
    expected = (case / "expected.json").read_text("utf-8")
    assert "\ufffd" not in expected, "mojibake was approved as truth"
    spider = spiders.load(case.parent.name)
    assert issubclass(spider, ListPageSpider)
    assert read_case(spider, case) == json.loads(expected)
