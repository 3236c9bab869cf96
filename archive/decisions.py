"""What a read article is to the archive: new, changed, unchanged, or another address of one already there.

Identity comes first: the page's own address, then the addresses it was reached by or copied from, then the one it
names as canonical (if the title agrees), then the same text and published time on the same site.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select, update

from archive.edits import Change, Finding, judge
from archive.held import hold_article
from archive.models import Article, Revision, table
from archive.records import AliasReason, AliasRecord, ArticleRecord, Decision, FetchRecord, Outcome
from archive.revisits import INCOMPLETE_AGAIN, next_revisit
from archive.snapshots import digest_of
from archive.workset import Values, WorkSet

MIN_COPY_CHARS = 80
"""Shorter bodies are no proof that two addresses hold one article (notices made from a form)."""

_LARGEST = 2**63 - 1
_article, _revision = table(Article), table(Revision)

ReadPage = Callable[[Values, FetchRecord, int | None], bytes | None]


def decide(
    work: WorkSet, read: ReadPage, records: Sequence[ArticleRecord], revisit_days: Sequence[float]
) -> list[Outcome]:
    """One outcome per record, in order; later records of a batch see what earlier ones did."""
    fresh = iter(work.next_ids(_article, len(records)))
    return [_decide_one(work, read, record, fresh, revisit_days) for record in records]


def seen_alive(work: WorkSet, article: Values, at: datetime, views: int | None = None) -> None:
    """The article's page answered as it should: last sight, latest views, and back from missing or withdrawn."""
    article["last_seen_at"] = max(at, article["last_seen_at"])
    if views is not None:
        article["views"] = min(views, _LARGEST)
    if article["state"] != "live":
        article["state"], article["state_changed_at"] = "live", at
        work.counts["back"] += 1
        work.dirty_article(article)
    else:
        work.seen_article(article)


def _decide_one(
    work: WorkSet, read: ReadPage, record: ArticleRecord, fresh: Iterator[int], revisit_days: Sequence[float]
) -> Outcome:
    at = record.fetch.fetched_at
    found = _match(work, record)
    page = work.pages.get(record.url_key) or work.add_page(record.url, record.url_key, "article", "", at)
    page["kind"] = "article"
    digest = read(page, record.fetch, record.extractor_version)
    # One that is missing a part counts as one, so that it is read again whatever its first page says.
    page["parts"] = max(len(record.parts), int(record.incomplete))
    decision: Decision
    if found is None:
        article, reason = _new_article(record, next(fresh), at), "mirror"
        work.add_article(article)
        _add_revision(work, article, record, digest, [])
        decision = "new"
    else:
        article, reason = found
        if _may_revise(article, record, page):
            decision = _compare(work, article, record, digest, at)
        else:
            decision = "alias"
            if article["state"] != "live" and article["fingerprint"] == record.fingerprint:
                # Gone at its old address, it stands here: the site has moved it.
                _move(work, article, record, at)
                seen_alive(work, article, at, record.views)
    page["article_id"] = article["id"]
    if record.url_key != article["url_key"]:
        work.add_alias(record.url, record.url_key, article["id"], reason, at)
    _redirected(work, record, article, at, revisit_days)
    _read_parts(work, read, record, article)
    _plan_revisits(work, record, article, decision, revisit_days)
    work.counts[decision] += 1
    return Outcome(decision, article["id"], article["revision"], record.url_key)


def _match(work: WorkSet, record: ArticleRecord) -> tuple[Values, AliasReason] | None:
    """The stored article that this record is about, and how its address leads there."""
    owner = work.owner.get(record.url_key)
    if owner is not None:
        return work.articles[owner], "redirect"
    for alias in record.aliases:
        owner = work.owner.get(alias.url_key)
        if owner is None or alias.reason == "part":
            continue
        article = work.articles[owner]
        if alias.reason == "original":
            return article, "mirror"
        # Whole sites name one page as canonical, or redirect what they removed to the next best page.
        if article["site"] == record.site and (
            article["title"] == record.title or article["fingerprint"] == record.fingerprint
        ):
            return article, alias.reason
    if len(record.body) >= MIN_COPY_CHARS:
        for article_id in work.same_text.get((record.site, record.fingerprint), ()):
            article = work.articles[article_id]
            if article["fingerprint"] == record.fingerprint and article["published_at"] == record.published_at:
                return article, "copy"
    return None


def _may_revise(article: Values, record: ArticleRecord, page: Values) -> bool:
    """Only an article's own address says what it holds now: there directly, or by a redirect from there.

    Copies, mirrors and other sites must not, or two texts would take turns for ever. Of an article known from a
    mirror alone, the mirror page it was read from may.
    """
    if article["site"] != record.site:
        return False
    if _original(record) is not None:
        return bool(article["from_mirror"]) and page["article_id"] == article["id"]
    own = article["url_key"]
    return record.url_key == own or any(alias.url_key == own and alias.reason == "redirect" for alias in record.aliases)


def _compare(work: WorkSet, article: Values, record: ArticleRecord, digest: bytes | None, at: datetime) -> Decision:
    genuine_at_last = article["from_mirror"] and _original(record) is None
    seen_alive(work, article, at, record.views)
    finding = judge(hold_article(work, article, record), record)
    if genuine_at_last:
        # A copy says nothing about the original's own fields: whatever the page shows takes their place.
        finding = Finding([*finding.changes, {"field": "address"}], seen={})
    if finding.seen is not None:
        article["last_reading"] = finding.seen
        work.dirty_article(article)
    if not finding.changes:
        _note_doubts(work, article, finding.doubts)
        return "unchanged"
    record = replace(record, **finding.kept, warnings=[*record.warnings, *finding.doubts])
    article["revision"] += 1
    article["changed_at"] = at
    article.update(_content(record))
    _add_revision(work, article, record, digest, finding.changes)
    work.dirty_article(article)
    return "changed"


def _note_doubts(work: WorkSet, article: Values, doubts: list[str]) -> None:
    """What a later reading could not find any more stands with the current revision."""
    mine = (_revision.c.article_id == article["id"]) & (_revision.c.number == article["revision"])
    if doubts and (row := work.connection.execute(select(_revision.c.warnings).where(mine)).first()) is not None:
        new = [sentence for sentence in doubts if sentence not in row.warnings]
        work.connection.execute(update(_revision).where(mine).values(warnings=[*row.warnings, *new]))


def _original(record: ArticleRecord) -> AliasRecord | None:
    return next((alias for alias in record.aliases if alias.reason == "original"), None)


def _move(work: WorkSet, article: Values, record: ArticleRecord, at: datetime) -> None:
    old_url, old_key = article["url"], article["url_key"]
    article["url"], article["url_key"] = record.url, record.url_key
    work.drop_alias(record.url_key)
    work.owner.pop(old_key, None)
    work.add_alias(old_url, old_key, article["id"], "redirect", at)
    if (page := work.pages.get(old_key)) is not None:
        page["next_due_at"] = None
        work.dirty_page(page)


def _new_article(record: ArticleRecord, article_id: int, at: datetime) -> Values:
    original = _original(record)
    return {
        "id": article_id,
        "url": original.url if original is not None else record.url,
        "url_key": original.url_key if original is not None else record.url_key,
        "site": record.site,
        "state": "live",
        "state_changed_at": at,
        "first_seen_at": at,
        "last_seen_at": at,
        "changed_at": at,
        "revision": 1,
        "views": None,
        "last_reading": {},
        **_content(record),
    }


def _content(record: ArticleRecord) -> Values:
    """The columns of ``article`` that repeat its current revision."""
    values: Values = {
        "fingerprint": record.fingerprint,
        "title": record.title,
        "published_at": record.published_at,
        "published_precision": record.published_precision,
        "source": record.source,
        "column": "\n" + "\n".join(record.column) + "\n" if record.column else "",
        "is_mirror": record.is_mirror,
        "restored": record.restored,
        "from_mirror": _original(record) is not None,
    }
    if record.views is not None:
        values["views"] = min(record.views, _LARGEST)
    return values


def _add_revision(
    work: WorkSet, article: Values, record: ArticleRecord, digest: bytes | None, changes: list[Change]
) -> None:
    work.search[article["id"]] = {
        "article_id": article["id"],
        "title": record.search_title,
        "body": record.search_body,
    }
    work.revisions.append(
        {
            "article_id": article["id"],
            "number": article["revision"],
            "title": record.title,
            "subtitle": record.subtitle,
            "body": record.body,
            "published_at": record.published_at,
            "published_precision": record.published_precision,
            "source": record.source,
            "source_url": record.source_url,
            "column": record.column,
            "reporters": record.reporters,
            "correspondents": record.correspondents,
            "interns": record.interns,
            "authors": record.authors,
            "editors": record.editors,
            "images": record.images,
            "attachments": record.attachments,
            "doc_number": record.doc_number,
            "issuer": record.issuer,
            "views": None if record.views is None else min(record.views, _LARGEST),
            "is_mirror": record.is_mirror,
            "restored": record.restored,
            "title_raw": record.title_raw,
            "body_raw": record.body_raw,
            "repairs": record.repairs,
            "language_script": record.language_script,
            "charset": record.charset,
            "layout": record.layout,
            "extractor_version": record.extractor_version,
            "evidence": record.evidence,
            "warnings": record.warnings,
            "fingerprint": record.fingerprint,
            "url": record.url,
            "fetched_at": record.fetch.fetched_at,
            "snapshot_hash": digest,
            "run_id": work.handle.run_id,
            "parts": [{"url": part.url, "snapshot": digest_of(part.fetch.body or b"").hex()} for part in record.parts],
            "changes": changes,
        }
    )


def _read_parts(work: WorkSet, read: ReadPage, record: ArticleRecord, article: Values) -> None:
    """Further pages of the article: read with it, and never due by themselves."""
    for part in record.parts:
        page = work.pages.get(part.url_key) or work.add_page(
            part.url, part.url_key, "article", "", part.fetch.fetched_at
        )
        if page["article_id"] not in (None, article["id"]):
            continue  # read as an article of its own before anyone knew better
        read(page, part.fetch, record.extractor_version)
        page["kind"], page["article_id"], page["next_due_at"] = "article", article["id"], None


def _redirected(
    work: WorkSet, record: ArticleRecord, article: Values, at: datetime, revisit_days: Sequence[float]
) -> None:
    """Addresses that redirected here are read, too: they stop being pending and lead to the article from now on.

    One that belongs to another article is only looked at again later: that article may be gone, or it may be back.
    """
    for alias in record.aliases:
        if alias.reason not in ("redirect", "mirror", "part") or alias.url_key == record.url_key:
            continue
        if alias.url_key != article["url_key"]:
            work.add_alias(alias.url, alias.url_key, article["id"], alias.reason, at)
        page = work.pages.get(alias.url_key)
        if page is None or page["kind"] == "list":
            continue
        page["fetched_at"], page["status"] = at, record.fetch.status
        page["next_due_at"] = None
        if page["article_id"] in (None, article["id"]):
            page["state"], page["article_id"], page["missing_since"] = "stored", article["id"], None
        else:
            page["next_due_at"] = next_due(work.articles[page["article_id"]], at, revisit_days)
        work.recovered(page)
        work.dirty_page(page)


def _plan_revisits(
    work: WorkSet, record: ArticleRecord, article: Values, decision: Decision, revisit_days: Sequence[float]
) -> None:
    """The article's own page is due again; its other addresses are not, unless the article has no page of its own."""
    at = record.fetch.fetched_at
    page = work.pages[record.url_key]
    own = work.pages.get(article["url_key"])
    is_source = article["from_mirror"] and decision != "alias"
    page["next_due_at"] = next_due(article, at, revisit_days) if own is page or is_source else None
    if record.incomplete and page["next_due_at"] is not None:
        page["next_due_at"] = at + INCOMPLETE_AGAIN
    if own is not None and own is not page and own["next_due_at"] is None:
        # It redirected here just now.
        own["next_due_at"] = next_due(article, at, revisit_days)
        work.dirty_page(own)


def next_due(article: Values, at: datetime, revisit_days: Sequence[float]) -> datetime:
    """When the article's page is looked at again."""
    return next_revisit(at, article["changed_at"], days=revisit_days)
