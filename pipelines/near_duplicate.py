"""By what the archive finds texts like this one: made here, where nobody waits for it."""

from __future__ import annotations

from archive.similarity import signature
from crawler.items import AnyItem, ArticleItem


class NearDuplicatePipeline:
    """Put the signature of the folded body into ``item.signature``.

    Needs ``item.search_body``. The storing transaction looks for like texts by it, compares them and decides: only
    there nobody else is storing a copy at the same moment.
    """

    def process_item(self, item: AnyItem) -> AnyItem:
        """Scrapy's hook."""
        if isinstance(item, ArticleItem):
            item.signature = signature(item.search_body)
        return item
