"""The verdict on one crawl run, from what was counted. Pure.

A run that found nothing where something must be is failed and says what it saw (zero links is a failure,
zero *new* links is normal).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

# Fewer failures than this say nothing about a layout or a wall: single odd pages are normal.
_FEW = 3


@dataclass(slots=True)
class Tally:
    """What a run counted.

    ``counts``: requests, bytes, list_pages, lists_unchanged, links, fresh, new, changed, unchanged, alias, gone
    (soft_404: those of them that answered 200), failed, articles (article pages that were read), unchanged_pages
    (article pages that did not change), files, files_unchanged, files_failed.
    ``list_causes`` and ``article_causes`` count failures by cause word, ``file_causes`` those of files that articles
    link to, which never make a run fail. ``evidence`` keeps the first sentences about
    failures; ``gaps`` maps a column to why a gap is possible.
    """

    counts: Counter[str] = field(default_factory=Counter)
    list_causes: Counter[str] = field(default_factory=Counter)
    article_causes: Counter[str] = field(default_factory=Counter)
    file_causes: Counter[str] = field(default_factory=Counter)
    evidence: list[str] = field(default_factory=list)
    gaps: dict[str, str] = field(default_factory=dict)
    unusual: list[str] = field(default_factory=list)
    """What is less than the columns' own history lets expect, a sentence each."""
    late_by: timedelta | None = None
    """How long after its planned time the run began, where that is too long."""
    ill: str | None = None
    """Why pages that answered "not found" are not believed to be gone; None on a healthy site."""
    hijacked: str | None = None
    """Why the site is not believed to be itself; None otherwise."""
    frozen: str | None = None
    """Why nothing was asked for: the site is frozen; None otherwise."""
    limited: bool = False
    dry_run: bool = False
    held: str | None = None
    broken: str | None = None
    """Why the run could not go on (archive, lease, budget of memory); None when it went to its end."""
    interrupted: str | None = None

    def witness(self, sentence: str) -> None:
        """Keep ``sentence`` as evidence; only the first twenty are kept, the ledger is no log."""
        if len(self.evidence) < 20:
            self.evidence.append(sentence)


def judge(tally: Tally, *, min_articles: int = 0) -> tuple[str, str]:
    """The verdict word and one sentence that explains it."""
    if tally.held:
        return "held", tally.held
    if tally.broken:
        return "failed", tally.broken
    if tally.frozen:
        return "frozen", tally.frozen
    if tally.hijacked:
        return "hijacked", tally.hijacked
    if tally.interrupted:
        return "interrupted", tally.interrupted
    return _judge_lists(tally) or _judge_articles(tally) or _judge_completeness(tally, min_articles)


def _words(causes: Counter[str]) -> str:
    return ", ".join(f"{cause} {count}" for cause, count in causes.most_common())


def _judge_lists(tally: Tally) -> tuple[str, str] | None:
    causes = tally.list_causes
    first = tally.evidence[0] if tally.evidence else ""
    if causes["blocked"]:
        return "blocked", f"{causes['blocked']} list page(s) answered with a block page. {first}".strip()
    if causes["soft_404"]:
        return "soft 404", f"{causes['soft_404']} list page(s) led to a note that there is nothing. {first}".strip()
    if causes["no_links"] or causes["layout"]:
        return "no links", f"{causes['no_links'] + causes['layout']} list page(s) without a link. {first}".strip()
    if causes["robots"] and causes["robots"] == sum(causes.values()):
        return "robots", f"robots.txt forbids {causes['robots']} list page(s). {first}".strip()
    if causes:
        words = _words(causes)
        return "failing", f"{sum(causes.values())} list page(s) could not be read ({words}). {first}".strip()
    return None


def _judge_articles(tally: Tally) -> tuple[str, str] | None:
    if tally.ill:
        soft = tally.counts["soft_404"]
        return "soft 404" if soft >= _FEW and soft * 2 > tally.counts["gone"] else "failing", tally.ill
    causes = tally.article_causes
    asked = tally.counts["articles"] + tally.counts["unchanged_pages"] + sum(causes.values())
    shares = {
        "blocked": ("blocked", causes["blocked"]),
        "layout": ("drift", causes["layout"] + causes["invalid"] + causes["not_an_article"]),
    }
    for name, (verdict, count) in shares.items():
        if count >= _FEW and count * 2 >= asked:
            what = "answered with a block page" if name == "blocked" else "did not match any layout"
            return verdict, f"{count} of {asked} article pages {what}."
    failed = sum(causes.values())
    if failed >= _FEW and failed * 2 > asked:
        words = _words(causes)
        return "failing", f"{failed} article pages could not be fetched or read ({words})."
    return None


def _judge_completeness(tally: Tally, min_articles: int) -> tuple[str, str]:
    seen = tally.counts["links"]
    if min_articles and not tally.counts["lists_unchanged"] and not tally.limited and seen < min_articles:
        return "drift", f"{seen} links seen on the lists, at least {min_articles} are usual."
    if tally.unusual:
        more = f" (and {len(tally.unusual) - 1} more)" if len(tally.unusual) > 1 else ""
        return "drift", f"{tally.unusual[0]}{more}."
    if tally.limited:
        return "limited", "stopped at the limit that was asked for."
    if tally.gaps:
        column, why = next(iter(tally.gaps.items()))
        more = f" (and {len(tally.gaps) - 1} more columns)" if len(tally.gaps) > 1 else ""
        return "gap possible", f"{column}: {why}{more}"
    failed = sum(tally.article_causes.values())
    if failed:
        words = _words(tally.article_causes)
        return "partial", f"{failed} article page(s) in quarantine ({words}); they are tried again."
    if tally.dry_run:
        return "dry run", "looked only, nothing stored."
    if tally.late_by is not None:
        hours = tally.late_by.total_seconds() / 3600
        return "late", f"every list was read up to known articles, {hours:.1f} h later than planned."
    return "ok", "every list was read up to known articles."
