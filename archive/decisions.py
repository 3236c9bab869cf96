"""What a read article is to the archive: new, changed, unchanged, or another address of one already there.

Identity comes first: the page's own address, then the addresses it was reached by or copied from, then the one it
names as canonical (if the title agrees), then the same text and published time on the same site.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace as other_values
from datetime import datetime

from archive.edits import Change, Finding, judge
from archive.events import is_news
from archive.held import hold_article
from archive.models import Article, table
from archive.records import AliasReason, AliasRecord, ArticleRecord, Decision, FetchRecord, Outcome
from archive.rereading import LARGEST, reading_values, repeated_values, replace
from archive.revisits import INCOMPLETE_AGAIN, next_revisit
from archive.snapshots import digest_of
from archive.withdrawals import move, seen_alive
from archive.workset import Values, WorkSet

MIN_COPY_CHARS = 80
"""Shorter bodies are no proof that two addresses hold one article (notices made from a form)."""

_article = table(Article)

ReadPage = Callable[[Values, FetchRecord, int | None], bytes | None]


def decide(
    work: WorkSet, read: ReadPage, records: Sequence[ArticleRecord], revisit_days: Sequence[float]
) -> list[Outcome]:
    """One outcome per record, in order; later records of a batch see what earlier ones did."""
    fresh = iter(work.next_ids(_article, len(records)))
    return [_decide_one(work, read, record, fresh, revisit_days) for record in records]


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
        # The link that led here may have redirected.
        linked = [work.pages[alias.url_key] for alias in record.aliases if alias.url_key in work.pages]
        if all(is_news(one, article["published_at"]) for one in (page, *linked)):
            work.tell("new", article, at)
    else:
        article, reason = found
        if _may_revise(article, record, page):
            decision = _compare(work, article, record, digest, at)
        else:
            decision = "alias"
            if article["state"] != "live" and article["fingerprint"] == record.fingerprint:
                # Gone at its old address, it stands here: the site has moved it.
                move(work, article, record.url, record.url_key, at)
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
    # First what today's reading makes of the stored bytes, so that only the site's own changes are left to be told.
    reread = _reread(work, article, record, at)
    finding = judge(hold_article(work, article, record), record)
    if genuine_at_last:
        # A copy says nothing about the original's own fields: whatever the page shows takes their place.
        finding = Finding([*finding.changes, {"field": "address"}], seen={})
    if finding.seen is not None:
        article["last_reading"] = finding.seen
        work.dirty_article(article)
    if not finding.changes:
        _note_doubts(work, article, finding.doubts)
        return "reread" if reread else "unchanged"
    work.counts["reread"] += reread
    record = other_values(record, **finding.kept, warnings=[*record.warnings, *finding.doubts])
    article["revision"] += 1
    article["changed_at"] = at
    article.update(_content(record))
    _add_revision(work, article, record, digest, finding.changes)
    work.dirty_article(article)
    # That the original is read now instead of a copy is news of ours, not of the site.
    if any(change["field"] != "address" for change in finding.changes):
        work.tell("changed", article, at)
    return "changed"


def _reread(work: WorkSet, article: Values, record: ArticleRecord, at: datetime) -> bool:
    """Whether the stored reading of the current revision was replaced by today's reading of the same bytes."""
    new = record.rereading
    if new is None or (new.article_id, new.number) != (article["id"], article["revision"]):
        return False
    return replace(work, new, at) == "reread"


def _note_doubts(work: WorkSet, article: Values, doubts: list[str]) -> None:
    """What a later reading could not find any more stands with the current revision."""
    revision = work.stored_revision(article) if doubts else None
    if revision is not None:
        new = [sentence for sentence in doubts if sentence not in revision["warnings"]]
        work.revise(article["id"], article["revision"], {"warnings": [*revision["warnings"], *new]})


def _original(record: ArticleRecord) -> AliasRecord | None:
    return next((alias for alias in record.aliases if alias.reason == "original"), None)


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
    values = repeated_values(reading_values(record)) | {"from_mirror": _original(record) is not None}
    if record.views is not None:
        values["views"] = min(record.views, LARGEST)
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
            **reading_values(record),
            "extractor_version": record.extractor_version,
            "reading": record.reading,
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
