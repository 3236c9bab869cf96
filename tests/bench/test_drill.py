"""What the drill concludes from what arrived and what is held; the drill itself is ``zhiwen bench drill``."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.drill import Drill
from bench.receivers import HttpReceiver
from seeds.load import load_sites
from seeds.replica.server import ReplicaServer


@pytest.fixture
def drill(tmp_path: Path) -> Iterator[Drill]:
    with ReplicaServer() as server, HttpReceiver() as receiver:
        yield Drill(tmp_path, server, receiver, print)


def arrive(drill: Drill, channel: str, message: str, *notices: dict[str, Any]) -> None:
    body = json.dumps({"id": message, "notices": notices}).encode()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    opener.open(f"http://127.0.0.1:{drill.receiver.port}/{channel}", data=body, timeout=10).close()


def notice(number: int, kind: str, url: str = "", **more: Any) -> dict[str, Any]:
    return {"notice_id": f"e{number}", "kind": kind, "site": "zgnt", "url": url, "revision": 1, "alarm": None, **more}


def test_a_message_that_came_again_counts_once_and_another_with_the_same_news_is_told(drill: Drill) -> None:
    url = "http://www.zgnt.net/content/2026-03/02/content_1.htm"
    for _ in range(2):
        arrive(drill, "readers", "m1", notice(1, "new", url))
    assert drill.told("new", [url])
    assert not drill.told("changed", [url])
    assert drill.told_twice() == []
    arrive(drill, "readers", "m2", notice(2, "new", url))
    assert len(drill.told_twice()) == 1


def test_alarms_count_when_the_operators_were_told(drill: Drill) -> None:
    alarm = notice(3, "alarm opened", alarm={"kind": "blocked"})
    arrive(drill, "readers", "m3", alarm)
    assert not drill.alarm("alarm opened", "zgnt", "blocked")
    arrive(drill, "ops", "m4", alarm)
    assert drill.alarm("alarm opened", "zgnt", "blocked")
    assert not drill.alarm("alarm closed", "zgnt", "blocked")


def test_archive_without_an_article_has_lost_all(drill: Drill) -> None:
    faults = drill.faults()
    assert len(faults["lost"]) == len(drill.server.world.truth(2))
    assert not faults["doubled"] + faults["wrong"] + faults["problems"] + faults["stuck"]


def test_every_site_is_visited_each_minute(drill: Drill, tmp_path: Path) -> None:
    sites = [site for site in load_sites([tmp_path / "sites"]).values() if site.live]
    assert {site.name for site in sites} == set(drill.server.world.sites)
    assert {source.schedule.every_seconds for site in sites for source in site.lists} == {60}
