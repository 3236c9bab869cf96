"""What befalls the five sites one after the other, for a replica that changes by itself.

Each moment sets the epoch of a site or a scene over it. ``told`` says in plain values what is to be seen from outside.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from seeds.replica.scenes import Scene
from seeds.replica.server import ReplicaServer
from seeds.replica.world import World


@dataclass(frozen=True, slots=True)
class Moment:
    """One change: ``site`` enters ``epoch`` (None: stays in its own), and ``scene`` is over it (None: none)."""

    site: str
    what: str
    epoch: int | None = None
    scene: Scene | None = None

    def come(self, server: ReplicaServer) -> None:
        """Let it be so from the next request on."""
        if self.epoch is not None:
            server.epochs = {**server.epochs, self.site: self.epoch}
        scenes = {name: scene for name, scene in server.scenes.items() if name != self.site}
        server.scenes = scenes | ({self.site: self.scene} if self.scene else {})

    def told(self, world: World) -> dict[str, Any]:
        """The moment with the addresses it is about."""
        told: dict[str, Any] = {"site": self.site, "what": self.what, "epoch": self.epoch, "scene": self.scene}
        if self.epoch and self.epoch > 1:
            story = world.story(self.epoch)
            told |= {
                "new": list(story.new[self.site]),
                "edited": [change.url for change in story.edited if change.site == self.site],
                "retitled": [change.url for change in story.retitled if change.site == self.site],
                "withdrawn": [url for url in story.withdrawn if world.sites[self.site].host in url],
                "redesigned": [url for site, _, url in story.redesigned if site == self.site],
                "challenged": [url for site, url in story.challenged if site == self.site],
            }
        return told


TIMELINE = (
    Moment("liaocheng", "new articles, and a figure in an old one set right", epoch=2),
    Moment("quality_portal", "every page asks for a browser's script", scene="challenge"),
    Moment("zgnt", "new articles, and one is withdrawn", epoch=2),
    Moment("chinajl", "new articles, one of them behind a challenge, and a new headline over an old one", epoch=2),
    Moment("cinic", "new articles, and a list in a new design", epoch=2),
    Moment("quality_portal", "itself again, with new articles", epoch=2),
    Moment("liaocheng", "the domain fell to others", scene="hijacked"),
    Moment("liaocheng", "itself again"),
)
"""Everything that a watch must notice, each by itself."""


def pass_by(
    server: ReplicaServer,
    seconds: float,
    ended: threading.Event,
    say: Callable[[dict[str, Any]], None],
    moments: tuple[Moment, ...] = TIMELINE,
) -> None:
    """Let the moments come, one every ``seconds``, and tell each; returns after the last one, or when it has ended."""
    started = time.monotonic()
    for moment in moments:
        if ended.wait(seconds):
            return
        moment.come(server)
        say({"after_seconds": round(time.monotonic() - started, 1), **moment.told(server.world)})


def epochs(server: ReplicaServer, last: int, seconds: float, ended: threading.Event) -> Iterator[int]:
    """Each epoch after the server's, up to the ``last``, ``seconds`` after the one before and in force when yielded."""
    while server.epoch < last and not ended.wait(seconds):
        server.epoch += 1
        yield server.epoch
