"""A stored revision read again: its own bytes, today's reading, the stages that every article goes through."""

from __future__ import annotations

from dataclasses import replace

from archive.archive import Archive
from archive.errors import SnapshotCorrupt
from archive.records import RevisionRow, Snapshot
from archive.rereading import NewReading, new_reading
from crawler.article_pages import ArticlePages
from crawler.exceptions import CrawlError
from crawler.items import ArticleItem, FailureItem, Fetch
from crawler.reading.attachments import add_attachments
from crawler.reading.joining import join_parts, whole_instead
from crawler.reading.urls import canonical_url, original_url, url_key
from pipelines.fingerprint import FingerprintPipeline
from pipelines.normalize import NormalizePipeline
from pipelines.records import article_record
from pipelines.validate import ValidatePipeline

_ABOUT_PARTS = "parts: "
"""Warnings of the crawl about pages it could not get; reading what it did get cannot renew them."""


class NotReadable(CrawlError):
    """Today's reading finds no article in a stored page. ``cause`` is the word the crawl would count by."""

    def __init__(self, cause: str, detail: str) -> None:
        self.cause = cause
        super().__init__(detail)


def read_again(archive: Archive, spider: ArticlePages, revision: RevisionRow) -> NewReading:
    """What the bytes of a revision say today; an article over several pages is joined again.

    Raises SnapshotCorrupt where the bytes are missing or damaged, CrawlError where they are no article any more.
    """
    if revision.snapshot_hash is None:
        raise SnapshotCorrupt(f"no bytes are kept of {revision.url}")
    first = _read(spider, archive.snapshot(revision.snapshot_hash), revision.url, revision)
    further = [_read(spider, archive.snapshot(part["snapshot"]), part["url"], revision) for part in revision.parts]
    item = first
    if further:
        whole = whole_instead(first, further[0]) if len(further) == 1 else None
        item = whole or join_parts([first, *further])
    item.fetch = first.fetch
    item.site = spider.name
    item.reading = spider.reading()
    item.warnings += [one for one in revision.warnings if one.startswith(_ABOUT_PARTS) and one not in item.warnings]
    checked = ValidatePipeline().process_item(NormalizePipeline().process_item(item))
    if isinstance(checked, FailureItem):
        raise NotReadable(checked.cause, checked.detail)
    done = FingerprintPipeline().process_item(checked)
    assert isinstance(done, ArticleItem)
    return new_reading(revision, article_record(done))


def _read(spider: ArticlePages, kept: Snapshot, url: str, revision: RevisionRow) -> ArticleItem:
    # The same bytes may first have come from another address; a canonical address may lack what the real one had.
    own = url_key(url)
    same = own in (url_key(canonical_url(kept.url)), url_key(canonical_url(original_url(kept.url))))
    address = kept.url if same else url
    fetch = Fetch(address, address, kept.status, dict(kept.headers), kept.body, revision.fetched_at)
    item = replace(spider.read_article(fetch), fetch=fetch)
    add_attachments(item, fetch)
    return item
