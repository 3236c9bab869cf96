"""Whether a site is still itself: what a run saw of known pages and lists, and the judgement on it. Pure.

A site whose known pages change together into something foreign was taken over, and one whose known pages are gone
together is ill: neither is news. A page that changes or goes while the others are as they were is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from crawler.reading.foreign import Sight

MANY = 3
"""So many pages of one kind are no accident."""
MASS = 10
"""So many known pages gone in one run, more than are there, are no matter of single articles: a person is asked."""


@dataclass(slots=True)
class Watch:
    """What a run saw that tells of the site as a whole.

    Known pages by their key: ``alive`` read as stored, ``foreign`` show something foreign, ``gone`` are not there any
    more, each with a sentence. ``looked`` are the known pages that were asked for to see how the site is, with what
    they showed; None while none were. ``intruders`` are new pages left out for what they show, by address.
    """

    alive: set[bytes] = field(default_factory=set)
    foreign: dict[bytes, str] = field(default_factory=dict)
    gone: dict[bytes, str] = field(default_factory=dict)
    intruders: dict[str, str] = field(default_factory=dict)
    pages: dict[bytes, str] = field(default_factory=dict)
    """Addresses of the foreign known pages."""
    articles: dict[bytes, int] = field(default_factory=dict)
    """The articles of known pages that are gone, by key."""
    moved: set[int] = field(default_factory=set)
    """Articles that were read, word for word, at another address of the site."""
    accepted: bool = False
    """A person has lately ended the alarm of this site by hand: what is gone is believed to be gone."""
    looked: dict[bytes, Sight] | None = None
    why: str = ""
    """What raised the first doubt."""
    settled: bool = False
    """The known pages that were asked for have answered, or there are none."""
    lists_usual: int = 0
    """List pages that were as they were, or showed known articles."""
    lists_strange: int = 0
    """List pages without an article, gone, or with new articles alone."""
    lists_foreign: int = 0
    """List pages whose entries are all new, with neither the site's name nor words of its field."""
    dead: int = 0
    """Links to unknown pages that lead nowhere."""
    new: int = 0
    """New articles that read like articles."""

    @property
    def doubtful(self) -> bool:
        """Nothing new is believed until the known pages have answered."""
        return bool(self.why) and not self.settled

    def has_moved(self, key: bytes) -> bool:
        """Whether a page that is gone is to be had at another address."""
        return self.articles.get(key) in self.moved

    def see(self, key: bytes, url: str, sight: Sight, sentence: str) -> None:
        """One known page was looked at. The latest sight counts."""
        if sight == "unclear":
            return
        self.alive.discard(key)
        self.foreign.pop(key, None)
        self.gone.pop(key, None)
        if sight == "alive":
            self.alive.add(key)
        elif sight == "gone":
            self.gone[key] = sentence
        else:
            self.foreign[key], self.pages[key] = sentence, url


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is to be thought of a site. ``why`` is a sentence, empty when all is well.

    ``is_well``: it answers as usual, so that what is gone is gone and what changed has changed. ``frozen``: nothing
    more may be stored.
    """

    kind: Literal["", "hijacked", "missing"] = ""
    is_well: bool = True
    frozen: bool = False
    why: str = ""


def needs_look(watch: Watch) -> bool:
    """Whether known pages must be asked for at the end of a run: its own evidence does not suffice."""
    if watch.looked is not None:
        return False
    odd = len(watch.gone) + len(watch.foreign)
    if odd and (len(watch.alive) < MANY or odd >= len(watch.alive)):
        return True
    return bool(watch.lists_strange) and not watch.lists_usual and not watch.alive


def judge_site(watch: Watch) -> Judgement:
    """The judgement at the end of a run, or as soon as the known pages have answered."""
    alive, foreign = len(watch.alive), len(watch.foreign)
    lost = {key: sentence for key, sentence in watch.gone.items() if not watch.has_moved(key)}
    gone = len(lost)
    well = _is_well(watch, gone)
    known = f"{foreign} of {alive + foreign + gone} known pages looked at show something foreign"
    if foreign and foreign >= gone and (not well or (foreign >= MANY and foreign > alive)):
        return Judgement("hijacked", is_well=False, frozen=True, why=f"{known}: {_first(watch.foreign.values())}")
    if watch.lists_foreign:
        return Judgement("hijacked", is_well=well, frozen=not (well and alive), why=watch.why)
    intruders = len(watch.intruders)
    if intruders >= MANY and intruders > watch.new:
        why = f"{intruders} new pages show something foreign: {_first(watch.intruders.values())}"
        # Where the known pages stand as they did, only the lists lead astray: those pages are left out, no more.
        return Judgement("hijacked", is_well=well, frozen=not (well and alive), why=why)
    if gone >= MASS and gone > alive and not watch.accepted:
        well = False
    if gone and not well and (gone >= MANY or not watch.lists_usual):
        why = f"{gone} of {alive + foreign + gone} known pages are gone in one run; none is marked missing"
        return Judgement("missing", is_well=False, why=f"{why}. {_first(lost.values())}")
    return Judgement(is_well=well)


def _is_well(watch: Watch, gone: int) -> bool:
    sights = [sight for key, sight in (watch.looked or {}).items() if not (sight == "gone" and watch.has_moved(key))]
    bad = sum(sight in ("foreign", "gone") for sight in sights)
    if bad or "alive" in sights:
        return sights.count("alive") > bad
    odd = len(watch.foreign) + gone
    if watch.alive or odd >= MANY:
        return len(watch.alive) > odd or (len(watch.alive) >= MANY and watch.lists_usual > 0)
    # Nothing else is known of the site: its lists speak for it.
    return not odd or watch.lists_usual > 0


def _first(sentences: Iterable[str]) -> str:
    return next(iter(sentences), "")
