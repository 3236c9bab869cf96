"""The stories of articles whose likenesses have changed: grouped anew, named anew, and only what differs is written."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, union_all, update

from archive.bulk import BulkWrite
from archive.frontier import chunks
from archive.grouping import Group, Kind, Link, Node, group
from archive.models import Article, Revision, SearchText, table
from archive.origin import Member, Original, name_original, published_between
from archive.publishers import Claims
from archive.story_models import Likeness, SiteNames, Story, StoryMember, TextSignature

_article, _revision, _text = table(Article), table(Revision), table(SearchText)
_likeness, _signature, _names = table(Likeness), table(TextSignature), table(SiteNames)
_story, _member = table(Story), table(StoryMember)

LARGE = 40
"""Beyond so many alike articles the groups stay as they are, and a new copy joins the story of the one most like it."""
_WEIGHED = 400
"""Members of a huge story among whom the original is looked for: the first ones, and the one named before."""

_INSERT_MEMBER = BulkWrite(_member, [column.name for column in _member.c])
_UPDATE_MEMBER = BulkWrite(_member, [column.name for column in _member.c if column.name != "article_id"], "article_id")


def claims_row(claims: Claims) -> dict[str, Any]:
    """What a text names, as it is kept; empty for most."""
    found = {
        "dateline": claims.dateline,
        "sources": list(claims.sources),
        "own": claims.own,
        "retitled": claims.retitled,
    }
    return {name: value for name, value in found.items() if value}


def claims_of_row(row: Mapping[str, Any]) -> Claims:
    """The way back."""
    return Claims(
        row.get("dateline"), tuple(row.get("sources", ())), row.get("own", ""), bool(row.get("retitled", False))
    )


def regroup(connection: Connection, ids: Collection[int], changed: Collection[int], now: datetime) -> None:
    """Group these articles, and all that belong or belonged together with them, anew.

    ``changed`` are those whose text was just compared; what is said of the others' texts still holds.
    """
    mates = _members(connection, _stories_of(connection, ids))
    reached = _reach(connection, {*ids, *mates})
    if not reached.links and not mates:
        return  # nothing is like them, and nothing was: most articles
    _Regrouping(connection, reached, changed, now).run()


def _stories_of(connection: Connection, ids: Collection[int]) -> set[int]:
    found: set[int] = set()
    for part in chunks(list(ids)):
        found.update(connection.execute(select(_member.c.story_id).where(_member.c.article_id.in_(part))).scalars())
    return found


def _members(connection: Connection, stories: Collection[int]) -> set[int]:
    """The members of these stories, of huge ones the first to be stored and the one that all are compared with."""
    found: set[int] = set()
    for story_id in stories:
        mine = select(_member.c.article_id, _member.c.reference_id).where(_member.c.story_id == story_id)
        for article_id, reference_id in connection.execute(mine.order_by(_member.c.article_id).limit(_WEIGHED)):
            found.update((article_id, reference_id))
    return found


@dataclass(slots=True)
class _Reached:
    """Articles and the likenesses between them. ``large`` are those in whose surroundings not everything was read."""

    ids: set[int]
    links: dict[tuple[int, int], Link] = field(default_factory=dict)
    large: set[int] = field(default_factory=set)


def _reach(connection: Connection, seeds: set[int]) -> _Reached:
    """All that hangs together with the seeds, step by step, each component up to the limit."""
    reached = _Reached(set(seeds))
    part_of = {number: {number} for number in seeds}
    edge = set(seeds)
    while edge:
        found = _links(connection, edge)
        edge = set()
        for link in found:
            reached.links[link.first, link.second] = link
            one, two = (part_of.setdefault(number, {number}) for number in (link.first, link.second))
            if one is not two:
                small, big = sorted((one, two), key=len)
                big |= small
                part_of.update(dict.fromkeys(small, big))
            for number in (link.first, link.second):
                if number not in reached.ids:
                    reached.ids.add(number)
                    edge.add(number)
        edge = {number for number in edge if len(part_of[number]) <= LARGE}
    reached.large = {number for number in reached.ids if len(part_of[number]) > LARGE}
    return reached


def _links(connection: Connection, ids: Collection[int]) -> list[Link]:
    found: list[Link] = []
    for part in chunks(sorted(ids)):
        rows = union_all(
            select(_likeness).where(_likeness.c.first_id.in_(part)),
            select(_likeness).where(_likeness.c.second_id.in_(part)),
        )
        found += [Link(*row) for row in connection.execute(rows)]
    return found


class _Regrouping:
    """One regrouping: what was, what is now, and the difference."""

    def __init__(self, connection: Connection, reached: _Reached, changed: Collection[int], now: datetime) -> None:
        self.connection = connection
        self.reached = reached
        self.changed = frozenset(changed)
        self.now = now
        self.links: dict[int, dict[int, Link]] = defaultdict(dict)
        for (first, second), link in reached.links.items():
            self.links[first][second] = self.links[second][first] = link
        self.held = self._load_members(reached.ids)
        self.facts: dict[int, RowMapping] = {}
        self.site_names: dict[str, tuple[str, ...]] = {}

    def run(self) -> None:
        """Group, name, write."""
        small = self.reached.ids - self.reached.large
        linked = [number for number in small if number in self.links]
        self._load_facts(linked)
        nodes = {number: self._node(number) for number in linked}
        between = [link for link in self.reached.links.values() if link.first in nodes and link.second in nodes]
        groups = group(nodes, between)
        groups += self._large_groups()
        numbers = self._numbers(groups)
        left = {row["story_id"] for row in self.held.values()} - set(numbers)
        self._remove(groups)
        for number, found in zip(numbers, groups, strict=True):
            self._write(number, found)
        self._end(left, groups, numbers)

    # --- loading ------------------------------------------------------------------------------------------------------

    def _load_members(self, ids: Iterable[int]) -> dict[int, dict[str, Any]]:
        found = {}
        for part in chunks(sorted(ids)):
            for row in self.connection.execute(select(_member).where(_member.c.article_id.in_(part))).mappings():
                found[row["article_id"]] = dict(row)
        return found

    def _load_facts(self, ids: Iterable[int]) -> None:
        names = ("id", "url", "url_key", "site", "source", "published_at", "published_precision", "first_seen_at")
        columns = [_article.c[name] for name in (*names, "is_mirror", "from_mirror")]
        statement = (
            select(*columns, _revision.c.source_url, _signature.c.chars, _signature.c.claims, _text.c.title)
            .join(_signature, _signature.c.article_id == _article.c.id)
            .join(_text, _text.c.article_id == _article.c.id)
            .join(_revision, (_revision.c.article_id == _article.c.id) & (_revision.c.number == _article.c.revision))
        )
        for part in chunks([number for number in ids if number not in self.facts]):
            for row in self.connection.execute(statement.where(_article.c.id.in_(part))).mappings():
                self.facts[row["id"]] = row
        sites = {row["site"] for row in self.facts.values()} - self.site_names.keys()
        for part_of_sites in chunks(sorted(sites)):
            for site, said in self.connection.execute(select(_names).where(_names.c.site.in_(part_of_sites))):
                self.site_names[site] = tuple(said)

    def _node(self, number: int) -> Node:
        row = self.facts[number]
        times = published_between(row["published_at"], row["published_precision"], row["first_seen_at"])
        return Node(row["url_key"], row["chars"], row["title"], *times)

    # --- groups -------------------------------------------------------------------------------------------------------

    def _large_groups(self) -> list[Group]:
        """The stories in large surroundings: as they were, with new articles where their nearest relatives are."""
        members: dict[int, set[int]] = defaultdict(set)
        leaves: dict[int, dict[int, Kind]] = defaultdict(dict)
        found: list[Group] = []
        for number in self.reached.large - self.changed:
            if number in self.held:
                members[self.held[number]["story_id"]].add(number)
        new = self.reached.large & self.changed
        for number in sorted(new):
            links = self.links[number]
            held = [other for other in links if other in self.held and other not in self.changed]
            single = [other for other in links if links[other].near and other not in self.held]
            if held:
                best = min(held, key=lambda other: (not links[other].near, -links[other].jaccard, other))
                story_id = self.held[best]["story_id"]
                members[story_id].add(number)
                if not links[best].near:
                    leaves[story_id][number] = links[best].kind_of(number)
            elif single and not any(number in group.core for group in found):
                mine = {number, *single} - {member for group in found for member in group.core}
                if len(mine) > 1:
                    self._load_facts(mine)
                    found.append(Group(number, mine))
        for story_id, core in members.items():
            core |= _members(self.connection, [story_id]) - self.changed
            if len(core) > 1:
                self.held |= self._load_members(core - self.held.keys())
                self._load_facts(core)
                reference = next((self.held[number]["reference_id"] for number in core if number in self.held), None)
                centre = reference if reference in core else min(core)
                found.append(Group(centre, core - leaves[story_id].keys(), leaves[story_id]))
        return found

    def _numbers(self, groups: Sequence[Group]) -> list[int]:
        """A story keeps its number where most of it is; of stories that became one the lowest number stays."""
        numbers: list[int | None] = [None] * len(groups)
        for story_id in sorted({row["story_id"] for row in self.held.values()}):
            shares = [
                (sum(member in self.held and self.held[member]["story_id"] == story_id for member in found.members), at)
                for at, found in enumerate(groups)
                if numbers[at] is None
            ]
            most, at = max(shares, key=lambda share: (share[0], -min(groups[share[1]].members)), default=(0, 0))
            if most:
                numbers[at] = story_id
        empty = {"members": 0, "confidence": 0.0, "evidence": [], "changed_at": self.now}
        for at in range(len(groups)):
            if numbers[at] is None:
                statement = insert(_story).values(**empty).returning(_story.c.id)
                numbers[at] = self.connection.execute(statement).scalar_one()
        return [number for number in numbers if number is not None]

    # --- writing ------------------------------------------------------------------------------------------------------

    def _remove(self, groups: Sequence[Group]) -> None:
        """Take out of their stories those that belong to none any more."""
        staying = {member for found in groups for member in found.members}
        # In large surroundings only what was compared anew may have left.
        gone = [number for number in self.held.keys() - staying if number not in self.reached.large - self.changed]
        for part in chunks(sorted(gone)):
            self.connection.execute(delete(_member).where(_member.c.article_id.in_(part)))
        for number in gone:
            del self.held[number]

    def _write(self, story_id: int, found: Group) -> None:
        original = name_original([self._told(number, found) for number in sorted(found.members)])
        reference = original.first_id if original.first_id is not None else found.centre
        new, dirty = [], []
        for number, (kind, jaccard, containment) in self._kinds(found, original, reference).items():
            row = {"article_id": number, "story_id": story_id, "kind": kind, "reference_id": reference}
            row |= {"jaccard": jaccard, "containment": containment}
            if number not in self.held:
                new.append(row)
            elif self.held[number] != row:
                dirty.append(row)
        _INSERT_MEMBER.run(self.connection, new)
        _UPDATE_MEMBER.run(self.connection, dirty)
        mine = _story.c.id == story_id
        everyone = select(func.count()).where(_member.c.story_id == story_id)
        values = {
            "members": self.connection.execute(everyone).scalar_one(),
            "merged_into": None,
            "original_id": original.article_id,
            "original_name": original.name,
            "confidence": original.confidence,
            "evidence": original.evidence,
        }
        before = self.connection.execute(select(_story).where(mine)).mappings().one()
        if new or dirty or any(before[name] != value for name, value in values.items()):
            self.connection.execute(update(_story).where(mine).values(**values, changed_at=self.now))

    def _end(self, left: Collection[int], groups: Sequence[Group], numbers: Sequence[int]) -> None:
        """Stories that have no member any more lead to where most of theirs are, if they are anywhere."""
        homes = {member: number for number, found in zip(numbers, groups, strict=True) for member in found.members}
        for story_id in left:
            still = select(_member.c.article_id).where(_member.c.story_id == story_id).limit(1)
            if self.connection.execute(still).first() is not None:
                continue
            went = Counter(
                homes[number] for number, row in self.held.items() if row["story_id"] == story_id and number in homes
            )
            into = min(went, key=lambda number: (-went[number], number), default=None)
            values: dict[str, Any] = {"members": 0, "merged_into": into, "original_id": None, "original_name": None}
            values |= {"confidence": 0.0, "evidence": [], "changed_at": self.now}
            self.connection.execute(update(_story).where(_story.c.id == story_id).values(**values))

    def _told(self, number: int, found: Group) -> Member:
        row = self.facts[number]
        kind: str = found.leaves.get(number, "full")
        link = self.links[found.centre].get(number)
        if number in found.core and link is not None:
            kind = link.kind_of(number)
        elif number in found.core and number in self.held and number not in self.changed:
            kind = self.held[number]["kind"]
        return Member(
            article_id=number,
            site=row["site"],
            url=row["url"],
            names=self.site_names.get(row["site"], ()),
            source=row["source"],
            source_url=row["source_url"],
            published_at=row["published_at"],
            published_precision=row["published_precision"],
            first_seen_at=row["first_seen_at"],
            chars=row["chars"],
            mirror=row["is_mirror"] or row["from_mirror"],
            extent=kind if kind in ("excerpt", "containing") else "full",  # type: ignore[arg-type]
            claims=claims_of_row(row["claims"]),
        )

    def _kinds(self, found: Group, original: Original, reference: int) -> dict[int, tuple[str, float, float]]:
        """What each member is to the reference, with Jaccard and containment."""
        kinds: dict[int, tuple[str, float, float]] = {
            reference: ("original" if original.article_id == reference else "reprint", 1.0, 1.0)
        }
        unknown: list[int] = []
        for number in sorted(found.members - {reference}):
            row, link = self.held.get(number), self.links[reference].get(number)
            if link is not None:
                kinds[number] = link.kind_of(number), link.jaccard, link.containment
            elif row is not None and row["reference_id"] == reference and not self.changed & {number, reference}:
                kinds[number] = row["kind"], row["jaccard"], row["containment"]
            else:
                unknown.append(number)
        return kinds | self._compared(found, reference, unknown)

    def _compared(self, found: Group, reference: int, others: Sequence[int]) -> dict[int, tuple[str, float, float]]:
        """Members that were only compared with others than the reference."""
        if not others:
            return {}
        from archive.similarity import relation
        from archive.stories import load_texts

        texts = load_texts(self.connection, [reference, *others[:LARGE]])
        kinds: dict[int, tuple[str, float, float]] = {}
        for number in others:
            like = relation(texts[reference], texts[number]) if number in texts else None
            if like is not None:
                kinds[number] = like.kind, like.jaccard, like.containment
            else:
                # Like a copy of it, not like it: what it is to the one it belongs to.
                fallback: Kind = found.leaves.get(number, "edited")
                link = self.links[found.centre].get(number) or next(iter(self.links[number].values()), None)
                numbers = (link.jaccard, link.containment) if link is not None else (0.0, 0.0)
                kinds[number] = fallback, *numbers
        return kinds
