"""From "not found" to withdrawn, and back: what becomes of an article whose address no longer shows it."""

from __future__ import annotations

from datetime import UTC, datetime

from archive.revisits import CONFIRM_AFTER, MISSING_AGAIN, WITHDRAWN_AGAIN
from archive.workset import Values, WorkSet

NEVER = datetime(1, 1, 1, tzinfo=UTC)


def gone(work: WorkSet, page: Values, at: datetime, why: str) -> None:
    """A stored page was not there on a healthy site: missing at first, withdrawn when it stays so."""
    work.recovered(page)
    article = work.articles[page["article_id"]]
    if page["url_key"] != article["url_key"]:
        # Another address of the article; the article lives or dies at its own.
        page["state"], page["next_due_at"] = "missing", None
        return
    page["missing_since"] = page["missing_since"] or at
    confirmed = at - page["missing_since"] >= CONFIRM_AFTER
    state = "withdrawn" if confirmed or page["state"] == "withdrawn" else "missing"
    page["state"] = state
    # The second look counts from the first miss, so that looks in between do not put it off.
    page["next_due_at"] = at + WITHDRAWN_AGAIN if state == "withdrawn" else page["missing_since"] + MISSING_AGAIN
    others = [other for other in work.other_pages(article["id"]) if other["state"] == "stored"]
    here = next((other for other in others if (other["fetched_at"] or NEVER) >= work.handle.started_at), None)
    if here is not None:
        # Read at another address in this very run: the site has moved it.
        move(work, article, here["url"], here["url_key"], at)
        here["next_due_at"] = at + MISSING_AGAIN
        page["state"], page["next_due_at"] = "missing", None
        work.dirty_page(here)
        work.dirty_article(article)
        seen_alive(work, article, here["fetched_at"])
        return
    if article["state"] == state:
        return
    work.set_state(article, state, at, why)
    work.dirty_article(article)
    work.counts[state] += 1
    # It may have moved to an address that so far was only a copy.
    for other in others:
        other["next_due_at"] = at
        work.dirty_page(other)


def move(work: WorkSet, article: Values, url: str, key: bytes, at: datetime) -> None:
    """The article stands at another of its addresses now; the old one leads to it from here on."""
    old_url, old_key = article["url"], article["url_key"]
    article["url"], article["url_key"] = url, key
    work.drop_alias(key)
    work.owner.pop(old_key, None)
    work.add_alias(old_url, old_key, article["id"], "redirect", at)
    if (page := work.pages.get(old_key)) is not None:
        page["next_due_at"] = None
        work.dirty_page(page)


def seen_alive(work: WorkSet, article: Values, at: datetime, views: int | None = None) -> None:
    """The article's page answered as it should: last sight, latest views, and back from missing or withdrawn."""
    article["last_seen_at"] = max(at, article["last_seen_at"])
    if views is not None:
        article["views"] = min(views, 2**63 - 1)
    if article["state"] != "live":
        work.set_state(article, "live", at, "its address shows it again")
        work.counts["back"] += 1
        work.dirty_article(article)
    else:
        work.seen_article(article)
