"""The words that records and answers are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

SiteFilter = str | Sequence[str] | None
"""One site, several, or all."""

PageKind = Literal["list", "article", "attachment"]
PageState = Literal["pending", "stored", "quarantined", "missing", "withdrawn"]
ArticleState = Literal["live", "missing", "withdrawn"]
Precision = Literal["day", "minute", "second"]
AliasReason = Literal["redirect", "canonical", "original", "mirror", "copy", "part"]
"""Why an address is another name of an article. In records: ``redirect``, the address asked for redirected to the page;
``canonical``, the page names it as its canonical address (believed only when that article is stored with the same
title); ``original``, the page is a mirror copy of it; ``mirror``, a gateway that shows
the page; ``part``, a further page of an article over several. In the archive's own rows ``mirror`` is also the address
of a mirror copy, and ``copy`` an address of the same site that showed the same text with the same published time."""
AttachmentState = Literal["pending", "stored", "failed", "left"]
"""``left`` is not fetched: a foreign host or a kind of file that is not kept."""
ReprintKind = Literal["original", "same", "reprint", "edited", "excerpt", "containing"]
"""What an article is in its story: who said it first, or what its text is to the reference's."""
Decision = Literal["new", "changed", "unchanged", "alias", "reread"]
"""``reread``: the page says what it said; only our reading of it has changed, and the stored one was replaced."""
AlarmKind = Literal[
    "hijacked",
    "missing",
    "by hand",
    "silent",
    "late",
    "no links",
    "drift",
    "blocked",
    "robots",
    "soft 404",
    "gap",
    "failing",
    "moved",
]
"""``hijacked``: the site shows something foreign; ``missing``: all its known pages are gone together; ``by hand``: a
user froze it. The others are found by ``scheduler.diagnosis``, per column or for a whole site: ``silent``, nothing new
for longer than the column's habit explains; ``late``, visits that were planned did not take place; ``no links``,
``blocked``, ``robots``, ``soft 404`` and ``failing``, why its list or its articles cannot be read; ``drift``, what is
read has become less; ``gap``, articles may be missing between two runs; ``moved``, the column lives elsewhere now."""
SITE_ALARMS: frozenset[AlarmKind] = frozenset({"hijacked", "missing", "by hand"})
"""Alarms that a run or a person raises about a whole site; one at most is open per site."""
NOTE = 4
"""The least severity of an alarm, 1 being the worst: good to know, and sent to nobody."""
BY_HAND = "thawed by hand"
"""Why an alarm is over that a person ended."""
Sort = Literal["relevance", "newest", "oldest"]
Verdict = Literal[
    "running",
    "ok",
    "gap possible",
    "no links",
    "drift",
    "blocked",
    "robots",
    "failing",
    "partial",
    "limited",
    "held",
    "interrupted",
    "failed",
    "dry run",
    "orphaned",
    "hijacked",
    "frozen",
    "late",
    "soft 404",
]
"""How a run ended. ``running`` is the only open one; ``late`` is ``ok``, but long after it was planned; ``soft 404``
was led to notes that there is nothing, or to the home page; ``hijacked`` saw the site show something foreign,
``frozen`` found it frozen and stored nothing; ``orphaned`` is given by the archive alone, and ``dry run`` is never
stored."""
REREADING = "reread"
"""The kind of a run that reads stored pages again and fetches nothing."""
IMPORT = "import"
"""The kind of a run that reads web archives into this one."""
EventKind = Literal["new", "changed", "withdrawn", "restored", "reprinted", "alarm opened", "alarm closed"]
"""What notices tell of. ``restored``: withdrawn, and live again; ``reprinted``: the first copy of a text was found."""
GOOD_VERDICTS: frozenset[str] = frozenset({"ok", "late", "gap possible", "partial", "limited", "dry run"})
"""Verdicts of runs that did what they were asked, with what they say left open; every other ended run has failed."""
