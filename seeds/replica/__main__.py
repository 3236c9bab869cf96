"""``python -m seeds.replica``: serve the replica until Ctrl-C and say how to crawl it."""

from __future__ import annotations

import argparse
import json
import signal
import threading
from pathlib import Path

from seeds.replica.families.pages import FamilyPages
from seeds.replica.families.world import SITES as FAMILY_SITES
from seeds.replica.pages import Pages
from seeds.replica.server import ReplicaServer
from seeds.replica.timeline import epochs, pass_by
from seeds.replica.world import EPOCHS, load_world

SITES = Path(__file__).parent / "sites"
"""Folder of site files that give the portal its address in the replica."""


def main() -> None:
    """Parse the arguments, print the lines to copy, serve."""
    parser = argparse.ArgumentParser(prog="python -m seeds.replica", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8901, help="0 takes a free one")
    parser.add_argument("--epoch", type=int, choices=EPOCHS, default=1)
    parser.add_argument("--families", action="store_true", help="serve a site of each CMS family instead")
    parser.add_argument(
        "--every",
        type=float,
        metavar="SECONDS",
        help="change by itself: an epoch, or a step of --timeline, after so long",
    )
    parser.add_argument(
        "--timeline", action="store_true", help="with --every: site after site changes or falls ill; each told in JSON"
    )
    given = parser.parse_args()
    if given.every is not None and given.every <= 0:
        parser.error("--every: write seconds, such as 60")
    if given.timeline and (given.every is None or given.families):
        parser.error("--timeline is for the five sites: say how often with --every SECONDS")
    done = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: done.set())
    try:
        source = FamilyPages() if given.families else Pages(load_world())
        server = ReplicaServer(None, given.host, given.port, given.epoch, source)
    except OSError as error:
        parser.exit(1, f"cannot listen on {given.host}:{given.port}: {error.strerror}. Choose another --port.\n")
    with server:
        print(f"The replica answers on {given.host}:{server.port}, epoch {given.epoch}. Stop with Ctrl-C.")
        print("Crawl it with:")
        print(f"export ZHIWEN_FETCH__RESOLVE='{json.dumps(server.resolve_map())}'")
        print(f"export ZHIWEN_SITES__PATHS={FAMILY_SITES if given.families else SITES}")
        print("export ZHIWEN_FETCH__DELAY_SECONDS=0", flush=True)
        if given.timeline:
            pass_by(server, given.every, done, lambda told: print(json.dumps(told, ensure_ascii=False), flush=True))
        elif given.every is not None:
            for epoch in epochs(server, EPOCHS[-1], given.every, done):
                print(f"Now it is epoch {epoch}.", flush=True)
        done.wait()


if __name__ == "__main__":
    main()
