"""What may be filed: a page that is no article, or damaged beyond use, goes to quarantine instead."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from crawler.items import AnyItem, ArticleItem, FailureItem

MAX_TITLE = 500
MAX_BODY = 2_000_000
# Share of characters that no clean Chinese page shows: replacement characters, private use, C1 controls.
MAX_BAD_SHARE = 0.02
_DAMAGED = re.compile("[\ufffd\ue000-\uf8ff\x80-\x9f]")
# Some sites date an article for the next morning; more than two days ahead is a mistake of the page.
FUTURE = timedelta(days=2)
# The web in China begins in 1994; an earlier date is a counter, a template's filler or a Unix zero.
EARLIEST = datetime(1994, 1, 1, tzinfo=UTC)


class ValidatePipeline:
    """Say whether an article may be filed.

    Turns an article without title or body, or full of damaged characters, into a ``FailureItem`` with cause
    ``invalid``. A date that cannot be true becomes null, with a warning.
    """

    def process_item(self, item: AnyItem) -> AnyItem:
        """Scrapy's hook."""
        if not isinstance(item, ArticleItem):
            return item
        fault = self._fault(item)
        if fault:
            return FailureItem(
                site=item.site,
                url=item.fetch.requested_url if item.fetch else item.url,
                kind="article",
                cause="invalid",
                detail=fault,
                status=item.fetch.status if item.fetch else None,
                column=item.listed_in or " > ".join(item.column),
                fetch=item.fetch,
            )
        self._check_date(item)
        return item

    @staticmethod
    def _fault(item: ArticleItem) -> str:
        if not item.title:
            return f"no title; the body begins {item.body[:60]!r}"
        if len(item.title) > MAX_TITLE:
            return f"a title of {len(item.title)} characters: {item.title[:60]!r}…"
        if not item.body:
            return f"no body under the title {item.title[:60]!r}"
        if len(item.body) > MAX_BODY:
            return f"a body of {len(item.body)} characters"
        text = item.title + item.body
        bad = len(_DAMAGED.findall(text))
        if bad > MAX_BAD_SHARE * len(text):
            return f"{bad} of {len(text)} characters are damaged: {text[:60]!r}"
        return ""

    @staticmethod
    def _check_date(item: ArticleItem) -> None:
        published = item.published_at
        if published is None:
            return
        seen = item.fetch.fetched_at if item.fetch else None
        if published < EARLIEST or (seen is not None and published > seen + FUTURE):
            item.warnings.append(f"published_at: {published:%Y-%m-%d} cannot be true, left out")
            item.published_at = None
            item.published_precision = None
