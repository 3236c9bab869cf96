"""How well list pages are read without a layout: links, headlines, days and the next page, on the replica's own lists.

These are pages of this repository, written after the kinds that five real sites show; the figures tell that nothing is
broken, not how unknown lists are read.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urldefrag

from bench.corpus import ListPage, list_pages
from bench.report import Bar, Report
from bench.report import main as report_main
from crawler.exceptions import CrawlError
from crawler.reading.lists import extract_list
from crawler.reading.page import open_page

BARS = {"precision": 0.98, "recall": 0.98, "days": 0.98}
_DAY_FORMS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y年%-m月%-d日", "%Y-%-m-%-d")


@dataclass
class Counts:
    """Links found and true, days and headlines right of those printed, next pages found of those there are."""

    pages: int = 0
    found: int = 0
    true: int = 0
    right: int = 0
    days: int = 0
    days_right: int = 0
    titles_right: int = 0
    following: int = 0
    following_right: int = 0
    refused: int = 0

    def add(self, other: Counts) -> None:
        """Add another page's counts."""
        for name in self.__dataclass_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def precision(self) -> float:
        """Links that belong to the list, of those found."""
        return self.right / self.found if self.found else 0.0

    @property
    def recall(self) -> float:
        """Links found, of those in the list."""
        return self.right / self.true if self.true else 1.0


def count(page: ListPage) -> Counts:
    """Read one list page generically and compare it with its truth."""
    truth = {urldefrag(ref.href)[0]: ref for ref in page.refs}
    result = Counts(pages=1, true=len(truth), following=page.following is not None)
    text = open_page(page.content, page.url, page.headers, scale=8).text
    try:
        reading = extract_list(page.content, page.url, None, headers=page.headers)
    except CrawlError:
        result.refused = 1
        return result
    found = {link.url: link for link in reading.links}
    result.found = len(found)
    result.right = len(found.keys() & truth.keys())
    for url, ref in truth.items():
        link = found.get(url)
        result.titles_right += link is not None and _same(link.title, ref.title)
        if _prints(text, ref.day):
            result.days += 1
            result.days_right += link is not None and link.listed_on == ref.day
    if page.following is not None and reading.next_page is not None:
        result.following_right = reading.next_page.url == page.following
    return result


def _same(seen: str, true: str) -> bool:
    return re.sub(r"\s+", "", seen) == re.sub(r"\s+", "", true)


def _prints(text: str, day: date) -> bool:
    """Whether the page shows the full date; a day without its year is no date."""
    return any(day.strftime(form) in text for form in _DAY_FORMS)


def run(size: int | None = None) -> Report:
    """Read the first ``size`` list pages of the replica (all)."""
    by_site: dict[str, Counts] = defaultdict(Counts)
    total = Counts()
    for page in list_pages()[:size]:
        counts = count(page)
        by_site[page.site].add(counts)
        total.add(counts)
    report = Report(
        f"list pages of the replica without a layout: {total.pages}",
        ["site", "pages", "links", "precision", "recall", "headlines", "days", "next page", "refused"],
        [_row(site, counts) for site, counts in [*by_site.items(), ("all", total)]],
    )
    figures = {
        "precision": total.precision,
        "recall": total.recall,
        "days": total.days_right / total.days if total.days else 1.0,
    }
    report.bars = [Bar(name, figures[name], limit, at_least=True) for name, limit in BARS.items()]
    report.notes.append("Measured on the replica's own lists, which this project wrote: no figure for unknown sites.")
    return report


def _row(site: str, counts: Counts) -> list[str]:
    return [
        *(site, str(counts.pages), str(counts.true), f"{counts.precision:.3f}", f"{counts.recall:.3f}"),
        f"{counts.titles_right / max(1, counts.true):.3f}",
        f"{counts.days_right / counts.days:.3f}" if counts.days else "-",
        f"{counts.following_right}/{counts.following}",
        str(counts.refused or ""),
    ]


def main(argv: Sequence[str] | None = None) -> int:
    """``--size N`` pages, ``--json``; 0 when every bar holds."""
    return report_main(run, argv, __doc__ or "")


if __name__ == "__main__":
    sys.exit(main())
