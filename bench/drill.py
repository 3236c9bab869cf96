"""``zhiwen up`` over sites that change and fall ill: noticed, told, once; stopped and killed in the middle (Show 1).

A real ``zhiwen up`` keeps watch over the five sites of the replica, one visit a minute each. A receiver on loopback is
the readers' channel of one watch and the operators' channel. The sites change as in ``seeds.replica.timeline``; between
its parts the process is stopped by SIGTERM, started two days later, killed with kill -9 while it crawls, and started
another day and a bit later. At the end the archive and what arrived are compared with what the sites really did.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from archive.archive import Archive
from archive.clock import utc_now
from archive.watches import Wanted
from bench.receivers import HttpReceiver
from bench.report import Bar, Report, finish
from bench.watching import STOP_SECONDS, Watching, children, left
from crawler.reading.urls import canonical_url, url_key
from seeds.replica.build import EPOCH_2
from seeds.replica.server import ReplicaServer
from seeds.replica.timeline import Moment

DAY = 86_400.0
PATIENCE_SECONDS = 240.0
"""So long a change may take to be told: a visit a minute, on a busy machine."""
_SCHEDULE = '[schedule]\nevery = "1m"\n'
_PORTAL = 'base_url = "http://www.quality-portal.example/"\n'


class Drill:
    """The drill's world, and what has been seen of it. ``steps`` are rows: step, what was waited for, seconds, held."""

    def __init__(self, folder: Path, server: ReplicaServer, receiver: HttpReceiver, say: Callable[[str], None]) -> None:
        self.server, self.receiver, self.say = server, receiver, say
        self.folder = folder
        self.data_dir = folder / "data"
        sites = folder / "sites"
        sites.mkdir(parents=True)
        for name in server.world.sites:
            text = _PORTAL if name == "quality_portal" else ""
            (sites / f"{name}.toml").write_text(text + _SCHEDULE, "utf-8")
        self.environment = {
            "ZHIWEN_DATA_DIR": str(self.data_dir),
            "ZHIWEN_DATABASE_URL": "",
            "ZHIWEN_SITES__PATHS": str(sites),
            "ZHIWEN_FETCH__RESOLVE": json.dumps(server.resolve_map()),
            "ZHIWEN_FETCH__DELAY_SECONDS": "0",
            "ZHIWEN_NOTICES__OPERATORS": "ops",
            "ZHIWEN_NOTICES__ALLOW": f"127.0.0.1:{receiver.port}",
            "ZHIWEN_CHANNELS": json.dumps(
                {
                    name: {"url": f"json://127.0.0.1:{receiver.port}/{name}", "per_minute": 600}
                    for name in ("readers", "ops")
                }
            ),
            "ZHIWEN_UP__TICK_SECONDS": "1",
            "ZHIWEN_UP__DELIVER_SECONDS": "1",
            "ZHIWEN_UP__REFRESH_SECONDS": "5",
            "ZHIWEN_UP__JOBS": "3",
        }
        # Two days before the sites change, by the dates that they print.
        self.shift = (EPOCH_2 - utc_now()).total_seconds() - 2 * DAY + 3600
        self.steps: list[list[str]] = []
        self.missed = 0
        self.slowest_stop = 0.0
        self.orphans = 0
        with self.archive() as archive:
            archive.add_watch("质量", "全部", Wanted(channels=("readers",), all_copies=True))

    def archive(self) -> Archive:
        """The archive, to look into."""
        return Archive(f"sqlite:///{self.data_dir / 'zhiwen.db'}", self.data_dir)

    def notices(self) -> list[dict[str, Any]]:
        """Everything told so far, retries of one message once, with the channel it came by."""
        messages: dict[str, list[dict[str, Any]]] = {}
        for got in list(self.receiver.got):
            said = got.json()
            messages[said["id"]] = [{**one, "by": got.path.strip("/")} for one in said["notices"]]
        return [one for told in messages.values() for one in told]

    def told(self, kind: str, urls: Iterable[str] = ()) -> bool:
        """Whether readers were told this of all these addresses."""
        keys = {_key(one["url"]) for one in self.notices() if one["by"] == "readers" and one["kind"] == kind}
        return all(_key(url) in keys for url in urls)

    def alarm(self, event: str, site: str, *kinds: str) -> bool:
        """Whether operators were told of such an alarm of a site."""
        return any(
            one["by"] == "ops" and one["kind"] == event and one["site"] == site and one["alarm"]["kind"] in kinds
            for one in self.notices()
        )

    def step(self, name: str, waited_for: str, watching: Watching, seen: Callable[[], bool]) -> None:
        """Wait until it is seen, and note it."""
        started = time.monotonic()
        while not (found := seen()) and time.monotonic() - started < PATIENCE_SECONDS:
            watching.check()
            time.sleep(0.25)
        seconds = time.monotonic() - started
        self.say(f"{name}: {waited_for}: {'seen' if found else 'NOT SEEN'} after {seconds:.0f} s")
        self.steps.append([name, waited_for, f"{seconds:.0f}", "seen" if found else "MISSED"])
        self.missed += not found

    def up(self, days: float = 0) -> Watching:
        """Start it, ``days`` after the first start by its clock."""
        environment = {**self.environment, "ZHIWEN_CLOCK_SHIFT": str(self.shift + days * DAY)}
        return Watching(environment, self.folder / "up.log")

    def stop(self, watching: Watching) -> None:
        """SIGTERM, noting how long it took and what was left."""
        mine = children(watching.pid)
        seconds = watching.stop()
        self.slowest_stop = max(self.slowest_stop, seconds)
        self.orphans += left(mine, 1)
        code = watching.process.returncode
        self.say(f"stopped after {seconds:.1f} s with {code}")
        self.steps.append(
            ["SIGTERM", f"ends with 0, ended with {code}", f"{seconds:.1f}", "seen" if not code else "MISSED"]
        )
        self.missed += bool(code)

    # --- the parts ----------------------------------------------------------------------------------------------------

    def first_sight(self) -> None:
        """All five sites for the first time; then one changes and one shuts itself off. Ends with SIGTERM."""
        truth = self.server.world.truth(1)
        story = self.server.world.story(2)
        with self.up() as watching, self.archive() as archive:
            self.step("first sight", "all articles held", watching, lambda: archive.count() >= len(truth))
            self.step("first sight", "all columns complete", watching, lambda: self.read_again(archive))
            self.come(Moment("liaocheng", "changes", epoch=2))
            new = story.new["liaocheng"]
            self.step("liaocheng changes", "its new articles told", watching, lambda: self.told("new", new))
            self.come(Moment("quality_portal", "every page is a challenge", scene="challenge"))
            self.step("a challenge", "a run says so", watching, lambda: self.ran(archive, "quality_portal", "blocked"))
            self.stop(watching)

    def two_days_later(self) -> None:
        """Three sites changed while nobody looked. Ends with kill -9 in the middle of a run."""
        for site in ("zgnt", "chinajl", "cinic"):
            self.come(Moment(site, "changes", epoch=2))
        story = self.server.world.story(2)
        new = [url for site, urls in story.new.items() for url in urls if site != "quality_portal"]
        edited = [change.url for change in (*story.edited, *story.retitled)]
        with self.up(days=2) as watching, self.archive() as archive:
            self.step("two days later", "what was new meanwhile told", watching, lambda: self.told("new", new))
            self.step("edits", "both told as changes", watching, lambda: self.told("changed", edited))
            opened = lambda: self.alarm("alarm opened", "quality_portal", "blocked")  # noqa: E731
            self.step("still a challenge", "alarm to the operators", watching, opened)
            self.come(Moment("quality_portal", "itself again, with new articles", epoch=2))
            later = story.new["quality_portal"]
            self.step("itself again", "its new articles told", watching, lambda: self.told("new", later))
            closed = lambda: self.alarm("alarm closed", "quality_portal", "blocked")  # noqa: E731
            self.step("itself again", "the alarm is over", watching, closed)
            self.step("a new design", "a run says so", watching, lambda: self.ran(archive, "cinic", "no links"))
            self.step("kill -9", "a run is on its way", watching, lambda: bool(children(watching.pid)))
            self.orphans += watching.kill()

    def three_days_later(self) -> None:
        """What was missing is really gone; a domain falls to others and comes back. Ends with SIGTERM."""
        story = self.server.world.story(2)
        with self.up(days=3.3) as watching:
            self.step(
                "after kill -9", "withdrawn article told", watching, lambda: self.told("withdrawn", story.withdrawn)
            )
            redesigned = lambda: self.alarm("alarm opened", "cinic", "no links", "drift")  # noqa: E731
            self.step("still a new design", "alarm to the operators", watching, redesigned)
            self.come(Moment("liaocheng", "falls to others", scene="hijacked"))
            opened = lambda: self.alarm("alarm opened", "liaocheng", "hijacked")  # noqa: E731
            self.step("a domain falls to others", "alarm to the operators", watching, opened)
            self.come(Moment("liaocheng", "itself again"))
            closed = lambda: self.alarm("alarm closed", "liaocheng", "hijacked")  # noqa: E731
            self.step("itself again", "the alarm is over", watching, closed)
            self.stop(watching)

    @staticmethod
    def ran(archive: Archive, site: str, verdict: str) -> bool:
        """Whether a run of the site ended so."""
        return any(run.verdict == verdict for run in archive.runs(site, limit=100))

    def read_again(self, archive: Archive) -> bool:
        """Whether every site was read once more without anything new: from now on what is new is news."""
        return all(
            any(run.verdict == "ok" and not run.counts.get("new") for run in archive.runs(site, limit=100))
            for site in self.server.world.sites
        )

    def come(self, moment: Moment) -> None:
        """Let something happen to the sites."""
        self.say(f"{moment.site}: {moment.what}")
        moment.come(self.server)

    # --- the end ------------------------------------------------------------------------------------------------------

    def faults(self) -> dict[str, list[str]]:
        """What is not as it was, by kind."""
        found: dict[str, list[str]] = {"lost": [], "doubled": [], "wrong": [], "problems": [], "stuck": []}
        truth = self.server.world.truth(2)
        with self.archive() as archive:
            held = Counter(detail.article.url for detail in archive.export())
            found["doubled"] += [url for url, number in held.items() if number > 1]
            found["wrong"] += [url for url in held if _key(url) not in {_key(known) for known in truth}]
            for url, article in truth.items():
                detail = archive.article(_key(url))
                if detail is None:
                    found["lost"].append(url)
                elif (detail.current.title, detail.current.body, detail.article.state) != (
                    *(article.title, article.body),
                    article.state,
                ):
                    found["wrong"].append(f"{url}: {detail.article.state}, revision {detail.article.revision}")
            found["problems"] = list(archive.check().problems)
            found["stuck"] = [f"run {run.id}" for run in archive.runs(limit=10_000) if run.verdict == "running"]
        return found

    def told_twice(self) -> list[str]:
        """Notices that came under two numbers of messages, or twice in one."""
        counted = Counter((one["by"], one["notice_id"]) for one in self.notices())
        things = Counter(
            (one["by"], one["kind"], one["url"], one["revision"])
            for one in self.notices()
            if one["by"] == "readers" and one["kind"] in ("new", "changed", "withdrawn")
        )
        return [str(key) for key, number in (counted + things).items() if number > 1]


def _key(url: str) -> bytes:
    return url_key(canonical_url(url))


def run(keep: Path | None = None, say: Callable[[str], None] = lambda text: None) -> Report:
    """The whole drill: about eight minutes on a quiet machine. ``keep`` is a folder for archive and logs."""
    with (
        tempfile.TemporaryDirectory(prefix="zhiwen-drill-") as folder,
        ReplicaServer() as server,
        HttpReceiver() as receiver,
    ):
        drill = Drill(keep or Path(folder), server, receiver, say)
        drill.first_sight()
        drill.two_days_later()
        drill.three_days_later()
        faults, twice = drill.faults(), drill.told_twice()
        again = Counter(got.json()["id"] for got in receiver.got)
        notices = drill.notices()
    bars = [
        Bar("steps not seen", drill.missed, 0),
        Bar("articles lost", len(faults["lost"]), 0),
        Bar("articles doubled", len(faults["doubled"]), 0),
        Bar("articles wrong or invented", len(faults["wrong"]), 0),
        Bar("problems of the database", len(faults["problems"]), 0),
        Bar("runs stuck", len(faults["stuck"]), 0),
        Bar("notices told twice", len(twice), 0),
        Bar("children left after stop or kill", drill.orphans, 0),
        Bar("seconds to stop at most", drill.slowest_stop, STOP_SECONDS),
    ]
    kinds = Counter((one["by"], one["kind"]) for one in notices)
    notes = [f"{number} notices {kind!r} to {by}" for (by, kind), number in sorted(kinds.items())]
    notes.append(f"{sum(again.values()) - len(again)} messages came again under their own number")
    notes += [f"{kind}: {one}" for kind, ones in {**faults, "twice": twice}.items() for one in ones[:10]]
    return Report(
        "drill: zhiwen up over sites that change", ["step", "waited for", "seconds", "result"], drill.steps, bars, notes
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Command line: ``--keep DIR`` keeps archive and logs there, ``--json``."""
    parser = argparse.ArgumentParser(description="zhiwen up over sites that change, stopped and killed in the middle.")
    parser.add_argument("--keep", type=Path, help="a new folder for archive and logs, kept afterwards")
    parser.add_argument("--json", action="store_true", help="the result as JSON")
    given = parser.parse_args(argv)
    report = run(given.keep.absolute() if given.keep else None, lambda text: print(text, file=sys.stderr, flush=True))
    return finish(report, as_json=given.json)


if __name__ == "__main__":
    raise SystemExit(main())
