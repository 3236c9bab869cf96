"""Items as the archive's records: the one place where the crawl's words meet the archive's."""

from __future__ import annotations

from dataclasses import asdict
from typing import cast

from archive.records import (
    AliasReason,
    AliasRecord,
    ArticleRecord,
    AttachmentRecord,
    DocumentRecord,
    FailureRecord,
    FetchRecord,
    LinkRecord,
    ListRecord,
    PartRecord,
    TouchRecord,
)
from crawler.items import ArticleItem, Attachment, DocumentItem, FailureItem, Fetch, ListPageItem, UnchangedItem
from crawler.reading.urls import canonical_url, url_key


def fetch_record(fetch: Fetch, *, not_modified: bool = False) -> FetchRecord:
    """The exchange; a 304 has no body to keep."""
    return FetchRecord(
        url=fetch.url,
        status=fetch.status,
        fetched_at=fetch.fetched_at,
        headers=fetch.headers,
        body=None if not_modified else fetch.body,
        elapsed_ms=fetch.elapsed_ms,
        conditional=fetch.conditional,
        not_modified=not_modified,
    )


def article_record(item: ArticleItem) -> ArticleRecord:
    """An article that passed all stages. ``item.fetch`` must be set."""
    assert item.fetch is not None
    return ArticleRecord(
        site=item.site,
        url=item.url,
        url_key=url_key(item.url),
        title=item.title,
        body=item.body,
        fingerprint=item.fingerprint,
        fetch=fetch_record(item.fetch),
        search_title=item.search_title,
        search_body=item.search_body,
        aliases=[AliasRecord(url, url_key(url), cast(AliasReason, why)) for url, why in item.aliases.items()],
        subtitle=item.subtitle,
        column=item.column,
        published_at=item.published_at,
        published_precision=item.published_precision,
        source=item.source,
        source_url=item.source_url,
        reporters=item.reporters,
        correspondents=item.correspondents,
        interns=item.interns,
        authors=item.authors,
        editors=item.editors,
        images=[asdict(image) for image in item.images],
        attachments=[asdict(attachment) for attachment in item.attachments],
        doc_number=item.doc_number,
        issuer=item.issuer,
        views=item.views,
        is_mirror=item.is_mirror,
        restored=item.restored,
        title_raw=item.title_raw,
        body_raw=item.body_raw,
        repairs=[asdict(repair) for repair in item.repairs],
        language_script=item.language_script,
        charset=item.charset,
        layout=item.layout,
        extractor_version=item.extractor_version,
        evidence={name: asdict(evidence) for name, evidence in item.evidence.items()},
        warnings=item.warnings,
        parts=[
            PartRecord(canonical_url(part.requested_url), url_key(part.requested_url), fetch_record(part))
            for part in item.parts
        ],
        incomplete=item.incomplete,
        files=_files(item.attachments, item.files_left),
        signature=item.signature,
        reading=item.reading,
        rereading=item.rereading,
    )


def _files(attachments: list[Attachment], left: dict[str, str]) -> list[AttachmentRecord]:
    # Not in canonical form: a download program may want every one of its parameters.
    found = {url_key(file.url): file for file in reversed(attachments)}
    return [AttachmentRecord(file.url, key, file.name, left.get(file.url, "")) for key, file in reversed(found.items())]


def document_record(item: DocumentItem) -> DocumentRecord:
    """A file with its text, if it has one."""
    return DocumentRecord(
        site=item.site,
        url=item.url,
        url_key=url_key(item.url),
        fetch=fetch_record(item.fetch),
        hash=item.hash,
        kind=item.kind,
        media_type=item.fetch.headers.get("content-type", "")[:200],
        text=item.text,
        search_text=item.search_text,
        text_state=item.text_state,
        text_detail=item.text_detail,
        reader=item.reader,
    )


def list_record(item: ListPageItem) -> ListRecord:
    """A list page with its links in canonical form."""
    return ListRecord(
        site=item.site,
        column=item.column,
        url=item.url,
        url_key=url_key(item.url),
        number=item.number,
        links=[
            LinkRecord(canonical_url(link.url), url_key(link.url), link.title, link.listed_on, link.wanted)
            for link in item.links
        ],
        fetch=fetch_record(item.fetch),
        layout=item.layout,
        list_url=item.list_url or item.url,
        list_url_key=url_key(item.list_url or item.url),
        completes=item.completes,
        seen=item.seen,
    )


def touch_record(item: UnchangedItem) -> TouchRecord:
    """A page that needed no reading."""
    return TouchRecord(
        site=item.site,
        url_key=url_key(item.url),
        fetch=fetch_record(item.fetch, not_modified=item.not_modified),
        views=item.views,
        files=_files(item.attachments, item.files_left) if item.attachments is not None else None,
    )


def failure_record(item: FailureItem) -> FailureRecord:
    """A page that failed."""
    return FailureRecord(
        site=item.site,
        url=item.url if item.kind == "attachment" else canonical_url(item.url),
        url_key=url_key(item.url),
        kind=item.kind,
        cause=item.cause,
        detail=item.detail,
        status=item.status,
        column=item.column,
        fetch=fetch_record(item.fetch) if item.fetch is not None else None,
    )
