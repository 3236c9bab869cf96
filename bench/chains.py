"""Who said it first: made chains of reprints whose original is known, stored into a real archive in two orders.

In every chain something tells the original: a copy that names it, or printed times. Copies name it after 来源, by 转自
in the text or through one another; some have no time, some print a wrong one, and the original often arrives last.
"""

from __future__ import annotations

import random
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Literal

from archive.archive import Archive
from archive.records import ArticleRecord, FetchRecord, StoreBatch
from bench.phrases import Writer
from bench.reprints import REPRINTS, Draft, make_base
from crawler.reading.text import fold

DAY = datetime(2026, 3, 2, tzinfo=UTC)
PUBLISHERS = (
    "质量观察报", "东湖新闻网", "江海质量网", "标准周刊", "南岭日报", "北塔晚报",
    "计量之窗", "云杉新闻", "品牌纵横网", "检验前沿", "青禾在线", "远山质量报",
)  # fmt: skip
KINDS = (
    "title changed", "traditional characters", "header and footer added", "one sentence edited", "10 % cut",
    "five sentences edited", "first 60 %",
)  # fmt: skip


@dataclass(frozen=True)
class Print:
    """One article of a chain: who printed it and when, what it names as its source, and when it was found."""

    site: str
    publisher: str
    url: str
    title: str
    body: str
    source: str | None
    published_at: datetime | None
    precision: Literal["day", "minute"] | None
    seen_at: datetime
    is_mirror: bool = False


@dataclass(frozen=True)
class Chain:
    """Copies of one text; ``original`` is the place of the true one in ``prints``."""

    prints: tuple[Print, ...]
    original: int


@dataclass(frozen=True)
class Naming:
    """``right`` of ``chains`` originals were named, in ``late`` of them the original arrived after a copy; ``unlike``
    stories came out other in another order of arrival; ``split`` chains did not become one story."""

    chains: int
    right: int
    late: int
    late_right: int
    unlike: int
    split: int


def chains(count: int, seed: int = 1) -> Iterator[Chain]:
    """So many chains of three to seven articles; a chain in which nothing tells the original is made again."""
    write = Writer(random.Random(seed))
    made = 0
    while made < count:
        chain = _chain(write, made)
        if _is_told(chain):
            made += 1
            yield chain


def _chain(write: Writer, number: int) -> Chain:
    rng = write.rng
    publishers = rng.sample(range(len(PUBLISHERS)), rng.randint(3, 6))
    draft = make_base(write)
    start = DAY + timedelta(minutes=rng.randrange(60 * 24 * 200))
    first = _print(write, number, publishers[0], draft, start, rng.choice((PUBLISHERS[publishers[0]], None)))
    prints = [first]
    for publisher in publishers[1:]:
        later = start + timedelta(minutes=rng.choice((20, 300, 1500, 6000)) + rng.randrange(200))
        before = rng.choice(prints)
        source = rng.choices((first.publisher, before.publisher, None, PUBLISHERS[publisher]), (60, 15, 22, 3))[0]
        copy = REPRINTS[rng.choice(KINDS)](draft, write)
        if rng.random() < 0.2:
            copy = replace(copy, paragraphs=[*copy.paragraphs, [f"（转自：{first.publisher}）"]])
        printed = later - timedelta(days=30) if rng.random() < 0.02 else later
        prints.append(_print(write, number, publisher, copy, printed, source))
    if rng.random() < 0.25:
        mirrored = rng.choice(prints)
        prints.append(
            replace(mirrored, site="mirror", url=f"http://mirror.example/{number}.html", is_mirror=True, publisher="")
        )
    arrival = list(range(len(prints)))
    rng.shuffle(arrival)
    if rng.random() < 0.3:
        arrival.remove(0)
        arrival.append(0)  # the original is found last
    latest = max(one.published_at or start for one in prints) + timedelta(days=1)
    seen = {place: latest + timedelta(hours=turn) for turn, place in enumerate(arrival)}
    return Chain(tuple(replace(one, seen_at=seen[place]) for place, one in enumerate(prints)), 0)


def _print(write: Writer, number: int, publisher: int, draft: Draft, at: datetime, source: str | None) -> Print:
    precision: Literal["day", "minute"] | None = write.rng.choices(("minute", "day", None), (70, 20, 10))[0]
    if precision == "day":
        at = at.replace(hour=0, minute=0)
    return Print(
        site=f"site{publisher}",
        publisher=PUBLISHERS[publisher],
        url=f"http://site{publisher}.example/{number}.html",
        title=draft.title,
        body=draft.body,
        source=source,
        published_at=at if precision else None,
        precision=precision,
        seen_at=at,
    )


def _is_told(chain: Chain) -> bool:
    first = chain.prints[chain.original]
    others = [one for one in chain.prints if one is not first and not one.is_mirror]
    if any(one.source == first.publisher or f"转自：{first.publisher}" in one.body for one in others):
        return True
    until = _until(first)
    return until is not None and all(one.published_at is not None and until <= one.published_at for one in others)


def _until(one: Print) -> datetime | None:
    if one.published_at is None:
        return None
    return one.published_at + (timedelta(days=1) if one.precision == "day" else timedelta(minutes=1))


def measure(count: int, seed: int = 1) -> Naming:
    """Store the chains as they arrived, and again in another order, and compare what the archive says."""
    made = list(chains(count, seed))
    arrived = _stories(made, sorted(_places(made), key=lambda place: made[place[0]].prints[place[1]].seen_at))
    shuffled = _places(made)
    random.Random(seed + 1).shuffle(shuffled)
    again = _stories(made, shuffled)
    right = late = late_right = unlike = split = 0
    for number, chain in enumerate(made):
        whole = [arrived[number, place] for place in range(len(chain.prints))]
        first = chain.prints[chain.original]
        is_right = whole[chain.original].original == first.url
        is_late = first.seen_at > min(one.seen_at for one in chain.prints)
        right += is_right
        late += is_late
        late_right += is_right and is_late
        split += len({story.members for story in whole}) > 1
        unlike += any(arrived[number, place] != again[number, place] for place in range(len(chain.prints)))
    return Naming(len(made), right, late, late_right, unlike, split)


@dataclass(frozen=True)
class _Told:
    """What the archive says of one article's story; equal when it says the same."""

    members: frozenset[tuple[str, str]]
    original: str | None
    confidence: float


def _places(made: Sequence[Chain]) -> list[tuple[int, int]]:
    return [(number, place) for number, chain in enumerate(made) for place in range(len(chain.prints))]


def _stories(made: Sequence[Chain], order: Sequence[tuple[int, int]]) -> dict[tuple[int, int], _Told]:
    """Store the articles in this order, a few of one site at a time as crawls do, and ask for the story of each."""
    with tempfile.TemporaryDirectory() as folder:
        archive = Archive(f"sqlite:///{folder}/archive.db", Path(folder))
        with archive:
            for number, publisher in enumerate(PUBLISHERS):
                archive.save_names(f"site{number}", [publisher])
            ids = _store(archive, made, order)
            told: dict[tuple[int, int], _Told] = {}
            for place, article in ids.items():
                story = archive.story(article)
                if story is None:
                    told[place] = _Told(frozenset(), None, 0.0)
                else:
                    members = frozenset((copy.article.url, copy.kind) for copy in story.copies)
                    told[place] = _Told(members, story.original.url, story.original.confidence)
            return told


def _store(archive: Archive, made: Sequence[Chain], order: Sequence[tuple[int, int]]) -> dict[tuple[int, int], int]:
    runs = {site: archive.open_run(site, "manual", lease_seconds=3600) for site in _sites()}
    ids: dict[tuple[int, int], int] = {}
    for start in range(0, len(order), _WAVE):
        waves: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for number, place in order[start : start + _WAVE]:
            waves[made[number].prints[place].site].append((number, place))
        for site, places in waves.items():
            records = [_record(made[number].prints[place]) for number, place in places]
            outcomes = archive.store(runs[site], StoreBatch(articles=records))
            ids |= {place: outcome.article_id for place, outcome in zip(places, outcomes, strict=True)}
    return ids


_WAVE = 60
"""Articles that arrive before the next ones are looked at."""


def _sites() -> list[str]:
    return [*(f"site{number}" for number in range(len(PUBLISHERS))), "mirror"]


def _record(one: Print) -> ArticleRecord:
    return ArticleRecord(
        site=one.site,
        url=one.url,
        url_key=blake2b(one.url.encode(), digest_size=16).digest(),
        title=one.title,
        body=one.body,
        fingerprint=blake2b(f"{one.title}\n{one.body}".encode(), digest_size=16).digest(),
        fetch=FetchRecord(one.url, 200, one.seen_at, {}, one.url.encode()),
        search_title=fold(one.title),
        search_body=fold(one.body),
        published_at=one.published_at,
        published_precision=one.precision,
        source=one.source,
        is_mirror=one.is_mirror,
    )
