"""One form for what was read: canonical address, mirrors led home, clean text, folded text for search."""

from __future__ import annotations

from urllib.parse import urlsplit

from crawler.items import AnyItem, ArticleItem
from crawler.reading.text import clean, fold, script_of
from crawler.reading.urls import canonical_url, is_mirror_host, original_url, url_key


class NormalizePipeline:
    """Give an article its canonical address and its one form of text.

    Sets ``url`` (canonical), ``aliases`` (every other address it was asked for or found at, and the original's when the
    page stands on a known mirror host), ``search_title``, ``search_body``, ``language_script``. Keeps the text as
    displayed in ``title`` and ``body``, without control characters.
    """

    def process_item(self, item: AnyItem) -> AnyItem:
        """Scrapy's hook."""
        if not isinstance(item, ArticleItem):
            return item
        seen = [item.url]
        if item.fetch is not None:
            seen += [item.fetch.url, item.fetch.requested_url]
        original = canonical_url(original_url(item.url))
        item.url = canonical_url(item.url)
        if original != item.url:
            if is_mirror_host(urlsplit(item.url).netloc):
                item.is_mirror = True
                item.aliases[original] = "original"
            else:
                # A gateway to the traditional script shows the very article under its own host.
                item.aliases[item.url] = "mirror"
                item.url = original
        own = url_key(item.url)
        for url in seen:
            other = canonical_url(url)
            if url_key(other) != own:
                item.aliases.setdefault(other, "redirect")
        item.title = clean(item.title)
        item.subtitle = clean(item.subtitle) or None if item.subtitle else None
        item.body = "\n".join(line for part in item.body.split("\n") if (line := clean(part)))
        item.source = clean(item.source) or None if item.source else None
        item.search_title = fold(item.title)
        item.search_body = fold(item.body)
        item.language_script = script_of(item.body)
        return item
