"""Who said it first: the original of a story, by evidence, with how sure that is.

Pure: what is known of each copy goes in, a name comes out. A mirror is never an original. In the order of weight:
whom the copies name as their source (来源, 转自, 据…报道, a link), followed to its end; who names itself; who published
first, as far as the printed times tell; who was seen first. A part of the text is no original while the whole is there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal
from urllib.parse import urlsplit

from archive.publishers import NO_CLAIMS, Claims, name_key, same_publisher

_LENGTHS = {"day": timedelta(days=1), "minute": timedelta(minutes=1), "second": timedelta(seconds=1)}
_EVER = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Member:
    """What is known of one copy.

    ``names`` are those of its site. ``extent`` says whether it is the whole text, a part of it, or more than it.
    ``claims`` are the publishers that the text itself names.
    """

    article_id: int
    site: str
    url: str
    names: tuple[str, ...] = ()
    source: str | None = None
    source_url: str | None = None
    published_at: datetime | None = None
    published_precision: Literal["day", "minute", "second"] | None = None
    first_seen_at: datetime | None = None
    chars: int = 0
    mirror: bool = False
    extent: Literal["full", "excerpt", "containing"] = "full"
    claims: Claims = NO_CLAIMS

    @property
    def host(self) -> str:
        """The host of its address, without www."""
        return host_of(self.url)


@dataclass(frozen=True, slots=True)
class Original:
    """``article_id`` is None when the original is not in the archive; ``name`` is then whom the copies name.

    Both are None when nobody can tell. ``confidence`` is between 0 and 1, ``evidence`` plain sentences, the weightiest
    first. ``first_id`` is the copy to compare the others with: the original, or the best one held.
    """

    article_id: int | None
    name: str | None
    confidence: float
    evidence: list[str] = field(default_factory=list)
    first_id: int | None = None


def published_between(
    published_at: datetime | None, precision: str | None, first_seen_at: datetime | None
) -> tuple[datetime, datetime]:
    """The bounds of the moment of publication: a day is twenty-four hours long, and nothing is seen before it is there.

    Without a printed time only the first sight bounds it.
    """
    seen = first_seen_at or datetime.max.replace(tzinfo=UTC)
    if published_at is None:
        return _EVER, seen
    until = published_at + _LENGTHS.get(precision or "second", _LENGTHS["second"])
    return published_at, until if until <= seen or seen <= published_at else seen


def name_original(members: Sequence[Member]) -> Original:
    """The original of these copies of one text. The answer does not depend on their order."""
    copies = sorted(members, key=lambda member: (member.url, member.article_id))
    able = [member for member in copies if not member.mirror]
    named = _Directory(able)
    pointers = {member.article_id: _pointer(member, named) for member in copies}
    roots = {member.article_id: _root(member, pointers, named) for member in copies}
    votes: dict[int | str, list[Member]] = defaultdict(list)
    for member in copies:
        root = roots[member.article_id]
        if root is not None and root != member.article_id:
            votes[root].append(member)
    outside = _outside(votes)
    held, weight = _held(able, pointers, roots, votes)
    if outside is not None and (
        held is None or _OUTSIDE + _OUTSIDE_VOTE * min(len(votes[outside]), _MAX_VOTES) > weight
    ):
        # The copy to compare with: one that was taken from there, not from another copy.
        direct = [member for member in able if pointers[member.article_id].outside is not None]
        first = _first_of([member for member in direct if roots[member.article_id] == outside])
        return _not_held(outside, votes[outside], first or held or copies[0], able)
    if held is None:
        return Original(
            None, None, 0.0, ["only mirror copies are in the archive"], copies[0].article_id if copies else None
        )
    confidence, evidence = _why(held, able, pointers, votes)
    return Original(held.article_id, _own_name(held), confidence, evidence, held.article_id)


# --- whom the copies name ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Pointer:
    """Whom one copy names: articles held (``targets``), itself, or somebody outside."""

    targets: tuple[int, ...] = ()
    itself: bool = False
    outside: str | None = None
    how: str = ""


_NOBODY = _Pointer()


class _Directory:
    """The copies that can be originals, by their number, their address and their site's names."""

    def __init__(self, able: Sequence[Member]) -> None:
        self.by_id = {member.article_id: member for member in able}
        self.by_address: dict[str, list[int]] = defaultdict(list)
        self.by_host: dict[str, list[int]] = defaultdict(list)
        self._by_site: dict[tuple[str, tuple[str, ...]], list[int]] = defaultdict(list)
        for member in able:
            self.by_address[_bare(member.url)].append(member.article_id)
            self.by_host[member.host].append(member.article_id)
            self._by_site[member.site, member.names].append(member.article_id)

    def named(self, name: str, but: str) -> tuple[int, ...]:
        """The copies of other sites than ``but`` that a name means."""
        if (host := _host_named(name)) is not None:
            return tuple(number for number in self.by_host.get(host, ()) if self.by_id[number].site != but)
        found: list[int] = []
        for (site, names), numbers in self._by_site.items():
            if site != but and any(same_publisher(name, own) for own in names):
                found += numbers
        return tuple(found)


def _pointer(member: Member, directory: _Directory) -> _Pointer:
    linked = host_of(member.source_url) if member.source_url else ""
    if member.source_url and linked not in ("", member.host):
        exact = directory.by_address.get(_bare(member.source_url))
        if exact:
            return _Pointer(tuple(exact), how="its link leads there")
    # A dateline and 来源 mean the first publisher, 转自 may mean one in between.
    said = [(member.claims.dateline, "its dateline"), (member.source, "来源")]
    itself = ""
    for name, how in [*said, *((name, "its text") for name in member.claims.sources)]:
        if not name:
            continue
        if _is_named(name, member):
            if how != "its text":  # a copy keeps such a line, whoever prints it
                itself = itself or how
            if how == "its dateline":
                break
            continue
        targets = directory.named(name, but=member.site)
        return _Pointer(targets, outside=None if targets else name, how=how)
    if itself:
        return _Pointer(itself=True, how=itself)
    if linked not in ("", member.host) and directory.by_host.get(linked):
        return _Pointer(tuple(directory.by_host[linked]), how="its link leads to that site")
    return _NOBODY


def _is_named(name: str, member: Member) -> bool:
    if (host := _host_named(name)) is not None:
        return host == member.host
    return any(same_publisher(name, own) for own in member.names)


def _host_named(name: str) -> str | None:
    """The host that a name is, as in 来源：www.example.cn; None for a name in words."""
    if "." not in name or not name.isascii():
        return None
    return host_of(name if "://" in name else f"http://{name}")


def host_of(url: str) -> str:
    """The host of an address without www; empty when there is none."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _bare(url: str) -> str:
    return url.partition("://")[2].removeprefix("www.").partition("#")[0].rstrip("/")


def _root(member: Member, pointers: dict[int, _Pointer], directory: _Directory) -> int | str | None:
    """Where the names lead in the end: an article, an outside publisher, or nowhere."""
    by_id = directory.by_id
    path: list[int] = []
    at = member
    while True:
        path.append(at.article_id)
        pointer = pointers[at.article_id]
        if pointer.outside is not None:
            return name_key(pointer.outside)
        targets = [by_id[number] for number in pointer.targets if number in by_id]
        following = _first_of(targets)
        if following is None:
            return None if at.mirror and len(path) == 1 and not pointer.itself else at.article_id
        if following.article_id in path:
            circle = [by_id[number] for number in path[path.index(following.article_id) :] if number in by_id]
            first = _first_of(circle)
            return first.article_id if first is not None else None
        at = following


# --- weighing ---------------------------------------------------------------------------------------------------------


def _order(member: Member) -> tuple[object, ...]:
    """The earliest first: whole texts before parts, by the end of the time in which it must have been published."""
    earliest, latest = _times(member)
    seen = member.first_seen_at or datetime.max.replace(tzinfo=UTC)
    return member.extent == "excerpt", latest, earliest, seen, -member.chars, member.url, member.article_id


def _times(member: Member) -> tuple[datetime, datetime]:
    return published_between(member.published_at, member.published_precision, member.first_seen_at)


def _bounds(member: Member, voters: Sequence[Member]) -> tuple[datetime, datetime]:
    """The bounds of its publication; whoever named it was later, unless the printed times say otherwise."""
    earliest, latest = _times(member)
    return earliest, min([latest, *(until for voter in voters if (until := _times(voter)[1]) > earliest)])


def _first_of(members: Sequence[Member]) -> Member | None:
    return min(members, key=_order, default=None)


def _outside(votes: dict[int | str, list[Member]]) -> str | None:
    names = [name for name in votes if isinstance(name, str)]
    return min(names, key=lambda name: (-len(votes[name]), name), default=None)


def _held(
    able: Sequence[Member],
    pointers: dict[int, _Pointer],
    roots: dict[int, int | str | None],
    votes: dict[int | str, list[Member]],
) -> tuple[Member | None, float]:
    """The best candidate among the copies held, one that names no other; and what speaks for it."""
    candidates = [member for member in able if roots[member.article_id] in (member.article_id, None)]
    candidates = [member for member in candidates if member.extent != "excerpt"] or candidates

    bounds = {member.article_id: _bounds(member, votes[member.article_id]) for member in candidates}
    # The two smallest of each: the others' smallest is one of them.
    first_ends = sorted(latest for _, latest in bounds.values())[:2]
    first_begins = sorted(earliest for earliest, _ in bounds.values())[:2]

    def weight(member: Member) -> float:
        earliest, latest = bounds[member.article_id]
        other_end = first_ends[-1] if latest == first_ends[0] else first_ends[0]
        other_begin = first_begins[-1] if earliest == first_begins[0] else first_begins[0]
        alone = len(candidates) == 1
        total = _VOTE * min(len(votes[member.article_id]), _MAX_VOTES)
        total += _ITSELF * pointers[member.article_id].itself
        total += _NOT_LATER * (alone or not other_end <= earliest)
        total += _EARLIEST * (alone or latest <= other_begin)
        return total + _PAPER * _is_of_kind(member) - _RETITLED * member.claims.retitled

    weights = {member.article_id: round(weight(member), 3) for member in candidates}
    most = max(weights.values(), default=0.0)
    return _first_of([member for member in candidates if weights[member.article_id] == most]), most


# What speaks for a copy. One that others name may have copied it itself without a word; one that was there before all
# others, and says that the text is its own, needs no witness.
_VOTE, _MAX_VOTES = 1.0, 3
_ITSELF = 1.2
_NOT_LATER, _EARLIEST = 1.5, 0.5
_PAPER = 0.4  # 本报讯 at the head of the text: a paper wrote it
_RETITLED = 0.5  # 原标题: it had another headline elsewhere
# For a publisher that is not held speaks who names it; that it is not held says nothing against it.
_OUTSIDE, _OUTSIDE_VOTE = 1.6, 0.8


def _is_of_kind(member: Member) -> bool:
    return bool(member.claims.own) and any(member.claims.own in name for name in member.names)


def _before(one: Member, two: Member) -> bool:
    """Whether the first was certainly published before the second."""
    return _times(one)[1] <= _times(two)[0]


# --- what is said of it -----------------------------------------------------------------------------------------------


def _own_name(member: Member) -> str:
    return member.names[0] if member.names else member.site


def _not_held(outside: str, voters: Sequence[Member], first: Member, able: Sequence[Member]) -> Original:
    printed = sorted(
        name
        for member in voters
        for name in (member.claims.dateline, member.source, *member.claims.sources)
        if name and name_key(name) == outside
    )
    name = min(printed, key=len) if printed else outside
    silent = [member for member in able if member not in voters]
    confidence = 0.9 if not silent else 0.8 if len(voters) > len(silent) else 0.65
    evidence = [f"{_sites(voters)} named {name} as the source; no article of it is in the archive"]
    return Original(None, name, confidence, evidence, first.article_id)


def _why(
    held: Member, able: Sequence[Member], pointers: dict[int, _Pointer], votes: dict[int | str, list[Member]]
) -> tuple[float, list[str]]:
    others = [member for member in able if member.article_id != held.article_id]
    voters = votes[held.article_id]
    earlier = [member for member in others if _before(member, held)]
    evidence: list[str] = []
    confidence = 0.45
    if voters:
        direct = [member for member in voters if held.article_id in pointers[member.article_id].targets]
        linked = any("link" in pointers[member.article_id].how for member in direct)
        evidence.append(f"{_sites(direct or voters)} named {_own_name(held)} as the source" + (" by a link" * linked))
        confidence = 0.9 + min(len(voters), 4) * 0.015 + 0.02 * linked
    elif pointers[held.article_id].itself:
        evidence.append(f"it names itself as the source: {held.source}")
        confidence = 0.7
    if others and not earlier:
        after = [member for member in others if _before(held, member)]
        if len(after) == len(others):
            evidence.append("published first, by the printed times")
            confidence = max(confidence + 0.02, 0.75) if not voters else confidence + 0.02
        elif held.first_seen_at is not None and all(
            other.first_seen_at is None or held.first_seen_at < other.first_seen_at for other in others
        ):
            evidence.append("seen first; the printed times do not tell")
            confidence = max(confidence, 0.55)
        else:
            evidence.append("no copy was certainly published before it")
    elif earlier:
        evidence.append(f"but {_sites(earlier)} printed an earlier time")
        confidence -= 0.2
    if not others:
        evidence.append("all other copies are on mirrors")
        confidence = max(confidence, 0.9)
    if any(member.extent == "excerpt" for member in others) and held.extent == "full":
        evidence.append("it has the whole text")
    return round(min(confidence, 0.99), 2), evidence


def _sites(members: Sequence[Member]) -> str:
    names = sorted({_own_name(member) for member in members})
    return "、".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
