"""What is known of a column when it is examined, and what an examination says. Plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from archive.words import AlarmKind


@dataclass(frozen=True, slots=True)
class Sight:
    """What one run saw of one column.

    ``verdict`` is the run's (``archive.words.Verdict``), the rest is the column's own. ``links`` counts those on page 1
    of the list (None: it was not read, or had not changed), ``new`` those never seen before. ``read`` counts the
    article pages that were read, ``fields`` holds the share of them with title, published_at, source, author and body,
    ``body_chars`` the median length of their texts, ``newest`` the latest time printed on one. ``cause`` is the word
    for why the list could not be read (``FailureItem.cause``), empty when it could; ``detail`` quotes what was seen.
    """

    at: datetime
    verdict: str
    links: int | None
    new: int
    read: int
    fields: Mapping[str, float]
    body_chars: float | None
    newest: datetime | None
    cause: str
    detail: str


@dataclass(frozen=True, slots=True)
class ColumnHistory:
    """All that a column is judged by.

    ``sights``: oldest first, the last 60 or more. Fields are judged by articles, and a slow column has few of them in
    60 sights: where it costs little, older sights that read articles belong before them.
    ``published``: the times of its articles (as printed, else when first seen), oldest first, up to two years.
    ``visits_planned``: visits that were due since the last sight and did not take place. ``since``: watched since then.
    """

    site: str
    column: str
    list_url: str
    sights: Sequence[Sight]
    published: Sequence[datetime]
    visits_planned: Sequence[datetime]
    since: datetime


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a column, or with a whole site (``column`` is empty).

    ``reason`` is one sentence with figures, ``evidence`` are sentences, ``step`` says what to do next. ``severity`` is
    1 for the worst to 4.
    """

    kind: AlarmKind
    site: str
    column: str
    reason: str
    evidence: tuple[str, ...]
    step: str
    severity: int
