"""What makes a content the same content: its title and body, folded."""

from __future__ import annotations

from hashlib import blake2b

from crawler.items import AnyItem, ArticleItem


class FingerprintPipeline:
    """Hash the folded title and body into ``item.fingerprint`` (16 bytes, BLAKE2b).

    Width of punctuation, case, script and white space change nothing; view counts, sidebars and stamps are not part.
    """

    def process_item(self, item: AnyItem) -> AnyItem:
        """Scrapy's hook."""
        if isinstance(item, ArticleItem):
            text = f"{item.search_title}\n{item.search_body}"
            item.fingerprint = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        return item
