"""Like texts are found while they are stored: signature, candidates, comparison, then the groups that follow.

All of it happens in the storing transaction. Writers are alone there (``archive.database``), so two processes that
store two copies at once do so one after the other, and the second finds the first.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, bindparam, delete, func, or_, select

from archive import story_groups
from archive.bulk import BulkWrite
from archive.database import Database
from archive.frontier import chunks
from archive.grouping import Link
from archive.models import Article, SearchText, table
from archive.publishers import claims_of
from archive.records import ArticleRecord, Outcome
from archive.story_groups import claims_row, regroup
from archive.story_models import Likeness, SiteNames, Story, StoryMember, TextBacklog, TextHash, TextSignature

if TYPE_CHECKING:  # brings numpy with it, which only storing needs
    from archive.similarity import Signature, Text

_hash, _signature, _likeness = table(TextHash), table(TextSignature), table(Likeness)
_article, _story, _member = table(Article), table(Story), table(StoryMember)
_backlog, _names, _text = table(TextBacklog), table(SiteNames), table(SearchText)

MAX_CANDIDATES = 50
"""Texts compared with a new one, those with most hashes in common first."""
MAX_MISSES = 10
"""After so many in a row that are not one text with it, the rest are as little: notices of the same form."""
OF_LARGE = 10
"""Members of one large story that a new copy is compared with."""
MIN_SENTENCES = 3
"""Shared sentences that make a candidate; of bands one is enough."""
LEAST_SHARE = 0.3
"""Of the sentences of an excerpt, those that must stand in the whole unchanged to make reading it worth while."""
BUCKET = 100
"""Articles entered under one hash. What more of them share is boilerplate, or a text whose first copies are enough."""
LAZY = 8
"""Articles of the backlog that a storing transaction looks at beside its own."""
BACKLOG_BATCH = 200

_INSERT_HASH = BulkWrite(_hash, ["h", "article_id"])
_INSERT_SIGNATURE = BulkWrite(_signature, [column.name for column in _signature.c])
_INSERT_LIKENESS = BulkWrite(_likeness, [column.name for column in _likeness.c])
# Made once: a look-up is asked for with every article.
_SHARING = select(_hash).where(_hash.c.h.in_(bindparam("hashes", expanding=True)))
_DELETE_HASH = delete(_hash).where(_hash.c.h == bindparam("hash"), _hash.c.article_id == bindparam("article"))


@dataclass(slots=True)
class _Written:
    """One article whose text is new to the comparison."""

    article_id: int
    title: str
    body: str
    digest: bytes
    signature: Signature

    @property
    def hashes(self) -> list[int]:
        """Under what it is entered; the last is that of the whole text, which finds copies among much boilerplate."""
        whole = int.from_bytes(blake2b(self.body.encode("utf-8", "surrogatepass"), digest_size=8).digest(), signed=True)
        found = dict.fromkeys((*self.signature.bands, *self.signature.sentences))
        return [*found, whole] if found else []


def stored(
    connection: Connection,
    search: Mapping[int, Mapping[str, Any]],
    records: Sequence[ArticleRecord],
    outcomes: Sequence[Outcome],
    now: datetime,
) -> None:
    """A batch was written: ``search`` are the rows of its new texts. A little of the backlog is done on the way."""
    pairs = zip(records, outcomes, strict=True)
    made = {outcome.article_id: record.signature for record, outcome in pairs if outcome.decision != "alias"}
    refresh(connection, {number: (row["title"], row["body"]) for number, row in search.items()}, now, made)
    look_back(connection, now, LAZY)


def refresh(
    connection: Connection,
    texts: Mapping[int, tuple[str, str]],
    now: datetime,
    signatures: Mapping[int, Signature | None] | None = None,
) -> None:
    """Compare these articles with all others and put them into their stories.

    ``texts`` are the folded title and body of articles as they now stand in the database, by number; ``signatures`` of
    the bodies, where they are made already. For an article whose text is as it was only the original is weighed again.
    """
    if not texts:
        return
    written, touched = _changed(connection, texts, signatures or {})
    if written:
        links = _compare(connection, written, _candidates(connection, written))
        rows = [
            {
                "first_id": link.first,
                "second_id": link.second,
                "kind": link.kind,
                "jaccard": link.jaccard,
                "containment": link.containment,
            }
            for link in links
        ]
        _INSERT_LIKENESS.run(connection, rows)
    regroup(connection, {*texts, *touched}, {one.article_id for one in written}, now)


def _changed(
    connection: Connection, texts: Mapping[int, tuple[str, str]], signatures: Mapping[int, Signature | None]
) -> tuple[list[_Written], set[int]]:
    """Articles whose text is not the one they were last compared by, and those that were like their old text.

    What was known of the old texts is taken away.
    """
    from archive.similarity import SIGNATURE_VERSION, signature

    known: dict[int, Any] = {}
    for part in chunks(list(texts)):
        for found in connection.execute(select(_signature).where(_signature.c.article_id.in_(part))):
            known[found.article_id] = found
    written: list[_Written] = []
    rows: list[dict[str, Any]] = []
    for article_id, (title, body) in texts.items():
        digest = blake2b(f"{title}\n{body}".encode("utf-8", "surrogatepass"), digest_size=16).digest()
        row = known.get(article_id)
        if row is not None and row.text == digest and row.version == SIGNATURE_VERSION:
            del known[article_id]
            continue
        one = _Written(article_id, title, body, digest, signatures.get(article_id) or signature(body))
        written.append(one)
        rows.append(
            {
                "article_id": article_id,
                "version": SIGNATURE_VERSION,
                "text": digest,
                "chars": len(body),
                "hashes": array("q", one.hashes).tobytes(),
                "claims": claims_row(claims_of(body)),
            }
        )
    touched = _forget(connection, known)
    _INSERT_SIGNATURE.run(connection, rows)
    return written, touched


def _forget(connection: Connection, known: Mapping[int, Any]) -> set[int]:
    touched: set[int] = set()
    old = [{"hash": h, "article": number} for number, row in known.items() for h in array("q", row.hashes)]
    if old:
        connection.execute(_DELETE_HASH, old)
    for part in chunks(list(known)):
        mine = or_(_likeness.c.first_id.in_(part), _likeness.c.second_id.in_(part))
        for pair in connection.execute(select(_likeness.c.first_id, _likeness.c.second_id).where(mine)):
            touched.update(pair)
        connection.execute(delete(_likeness).where(mine))
        connection.execute(delete(_signature).where(_signature.c.article_id.in_(part)))
    return touched


# --- candidates -------------------------------------------------------------------------------------------------------


def sharing(connection: Connection, hashes: Collection[int]) -> dict[int, list[int]]:
    """The articles entered under each of these hashes, at most ``BUCKET`` for each."""
    found: dict[int, list[int]] = {}
    for part in chunks(list(hashes)):
        for h, article_id in connection.execute(_SHARING, {"hashes": part}).all():
            found.setdefault(h, []).append(article_id)
    return found


def candidates(signature: Signature, whole: Iterable[int], entered: Mapping[int, Collection[int]]) -> list[int]:
    """Articles worth comparing with a text: those that share a band or three sentences, most in common first."""
    bands = Counter(number for h in (*signature.bands, *whole) for number in entered.get(h, ()))
    hits = bands + Counter(number for h in signature.sentences for number in entered.get(h, ()))
    enough = [number for number, count in hits.items() if number in bands or count >= MIN_SENTENCES]
    return sorted(enough, key=lambda number: (-hits[number], number))[:MAX_CANDIDATES]


def _candidates(connection: Connection, written: list[_Written]) -> dict[int, list[int]]:
    """Enter the texts under their hashes; for each the articles to compare it with, earlier ones of the batch too."""
    entries = [one.hashes for one in written]
    entered = sharing(connection, {h for hashes in entries for h in hashes})
    found: dict[int, list[int]] = {}
    rows: list[tuple[int, int]] = []
    for one, hashes in zip(written, entries, strict=True):
        found[one.article_id] = candidates(one.signature, hashes[-1:], entered)
        for h in hashes:
            bucket = entered.setdefault(h, [])
            if len(bucket) < BUCKET:
                bucket.append(one.article_id)
                rows.append((h, one.article_id))
    _INSERT_HASH.run_tuples(connection, rows)
    return _worth_reading(connection, written, found)


def _worth_reading(
    connection: Connection, written: Sequence[_Written], found: dict[int, list[int]]
) -> dict[int, list[int]]:
    """Leave out candidates that by their sentences cannot be a part of the text, nor the text of them.

    Officials' stock phrases make many of those, and comparing whole texts is what costs time here.
    """
    found = _few_of_each(connection, found)
    samples = {one.article_id: _Sample(one.hashes) for one in written}
    for part in chunks(sorted({number for others in found.values() for number in others} - samples.keys())):
        rows = select(_signature.c.article_id, _signature.c.hashes).where(_signature.c.article_id.in_(part))
        for article_id, packed in connection.execute(rows):
            samples[article_id] = _Sample(array("q", packed))
    return {
        number: [other for other in others if other in samples and samples[number].may_hold(samples[other])]
        for number, others in found.items()
    }


def _few_of_each(connection: Connection, found: Mapping[int, list[int]]) -> dict[int, list[int]]:
    """Of a large story only the members most like a text: what it is to all of them is not asked any more."""
    large: dict[int, int] = {}
    statement = select(_member.c.article_id, _member.c.story_id).join(_story, _story.c.id == _member.c.story_id)
    statement = statement.where(_story.c.members > story_groups.LARGE)
    for part in chunks(sorted({number for others in found.values() for number in others})):
        for article_id, story_id in connection.execute(statement.where(_member.c.article_id.in_(part))):
            large[article_id] = story_id
    kept: dict[int, list[int]] = {}
    for number, others in found.items():
        taken: Counter[int] = Counter()
        kept[number] = []
        for other in others:
            home = large.get(other)
            if home is None or taken[home] < OF_LARGE:
                kept[number].append(other)
            if home is not None:
                taken[home] += 1
    return kept


class _Sample:
    """The hashes of one text, parted again: bands, and a sample of its sentences."""

    def __init__(self, hashes: Sequence[int]) -> None:
        from archive.similarity import BANDS, MAX_SENTENCES

        bands = BANDS if len(hashes) > BANDS else 0
        self.bands = frozenset(hashes[:bands])
        # The sample holds the smallest values, taken without sign.
        self.sentences = frozenset(h % 2**64 for h in hashes[bands:-1])
        self.limit = max(self.sentences) if len(self.sentences) == MAX_SENTENCES else 2**64

    def may_hold(self, other: _Sample) -> bool:
        """Whether they are like as a whole, or the shorter one has its share of sentences in the longer one."""
        if self.bands & other.bands or not self.bands or not other.bands:
            return True
        limit = min(self.limit, other.limit)
        ours, theirs = ({h for h in one.sentences if h <= limit} for one in (self, other))
        return len(ours & theirs) >= LEAST_SHARE * min(len(ours), len(theirs))


def _compare(connection: Connection, written: list[_Written], found: Mapping[int, list[int]]) -> list[Link]:
    """What the texts are to their candidates. A text that many copies share is compared once."""
    from archive.similarity import Text, relation

    texts: dict[int, Text] = {one.article_id: Text(one.title, one.body) for one in written}
    texts |= load_texts(connection, {number for numbers in found.values() for number in numbers} - texts.keys())
    links: list[Link] = []
    for number, others in found.items():
        said: dict[Text, Any] = {}
        misses = 0
        for other in others:
            if texts[other] not in said:
                first, second = (number, other) if number < other else (other, number)
                said[texts[other]] = (relation(texts[first], texts[second]), number < other)
            like, forward = said[texts[other]]
            if like is None:
                misses += 1
                if misses == MAX_MISSES:
                    break
                continue
            misses = 0
            first, second = (number, other) if number < other else (other, number)
            link = Link(first, second, like.kind, like.jaccard, like.containment)
            if forward != (number < other):
                link = Link(first, second, link.kind_of(first), like.jaccard, like.containment)
            links.append(link)
    return links


def load_texts(connection: Connection, ids: Iterable[int]) -> dict[int, Text]:
    """The folded texts of articles by number."""
    from archive.similarity import Text

    found: dict[int, Text] = {}
    for part in chunks(sorted(ids)):
        for row in connection.execute(select(_text).where(_text.c.article_id.in_(part))):
            found[row.article_id] = Text(row.title, row.body)
    return found


# --- what was stored before there were stories ------------------------------------------------------------------------


def look_back(connection: Connection, now: datetime, limit: int) -> int:
    """Put so many articles of the backlog into their stories, the newest first; how many there were."""
    newest = select(_backlog.c.article_id).order_by(_backlog.c.article_id.desc()).limit(limit)
    ids = list(connection.execute(newest).scalars())
    if ids:
        refresh(connection, {n: (text.title, text.body) for n, text in load_texts(connection, ids).items()}, now)
        for part in chunks(ids):
            connection.execute(delete(_backlog).where(_backlog.c.article_id.in_(part)))
    return len(ids)


def backlog(database: Database) -> int:
    """How many articles were never compared with the others."""
    with database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(_backlog)).scalar_one())


def save_names(database: Database, site: str, names: list[str]) -> None:
    """See ``Archive.save_names``."""
    mine = _names.c.site == site
    with database.read() as connection:
        held = connection.execute(select(_names.c.names).where(mine)).scalar()
    if held != names:
        # Who said the site's stories first is to be weighed again, little by little.
        again = (
            select(_member.c.article_id)
            .join(_article, _article.c.id == _member.c.article_id)
            .outerjoin(_backlog, _backlog.c.article_id == _member.c.article_id)
            .where(_article.c.site == site, _backlog.c.article_id.is_(None))
        )
        with database.write() as connection:
            connection.execute(_names.delete().where(mine))
            connection.execute(_names.insert().values(site=site, names=names))
            connection.execute(_backlog.insert().from_select(["article_id"], again))
