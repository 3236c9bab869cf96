"""``python -m seeds.replica``."""

from __future__ import annotations

import http.client
import json
import re
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from crawler.reading.challenge import find_block
from seeds.replica.__main__ import main
from seeds.replica.server import ReplicaServer
from seeds.replica.timeline import TIMELINE, Moment, epochs
from seeds.replica.world import load_world

ROOT = Path(__file__).resolve().parents[2]


def test_it_serves_prints_what_to_copy_and_stops_on_interrupt() -> None:
    command = [sys.executable, "-m", "seeds.replica", "--port", "0", "--epoch", "2"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(5)]
        resolve = json.loads(re.search(r"ZHIWEN_FETCH__RESOLVE='(.*)'", "".join(lines))[1])
        assert re.search(r"ZHIWEN_SITES__PATHS=(.*)", "".join(lines))[1] == str(ROOT / "seeds" / "replica" / "sites")
        host, _, port = resolve["www.liaocheng.cc"].partition(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=10)
        connection.request("GET", "/life/liaocheng", headers={"Host": "www.liaocheng.cc"})
        assert connection.getresponse().status == 200
        connection.close()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 0


def test_it_serves_the_family_sites_too() -> None:
    command = [sys.executable, "-m", "seeds.replica", "--port", "0", "--families"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        text = "".join(process.stdout.readline() for _ in range(5))
        resolve = json.loads(re.search(r"ZHIWEN_FETCH__RESOLVE='(.*)'", text)[1])
        folder = Path(re.search(r"ZHIWEN_SITES__PATHS=(.*)", text)[1])
        assert len(list(folder.glob("*.toml"))) == len(resolve) == 14
        host, _, port = resolve["zlj.pengcheng.example"].partition(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=10)
        path, headers = "/EWB-FRONT/rest/lightfrontaction/getgovinfolist", {"Host": "zlj.pengcheng.example"}
        connection.request("POST", path, body=b"{}", headers=headers)
        assert connection.getresponse().status == 200
        connection.close()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 0


def test_a_port_in_use_is_a_plain_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "seeds.replica", "--port", port]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1
    assert done.stderr == f"cannot listen on 127.0.0.1:{port}: Address already in use. Choose another --port.\n"


def test_it_changes_by_itself_and_tells_what_happened() -> None:
    command = [sys.executable, "-m", "seeds.replica", "--port", "0", "--timeline", "--every", "0.01"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(5 + len(TIMELINE))]
        told = [json.loads(line) for line in lines[5:]]
        assert [step["site"] for step in told] == [moment.site for moment in TIMELINE]
        assert [step["withdrawn"] for step in told if step.get("withdrawn")] == [list(load_world().story(2).withdrawn)]
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0


def test_moments_are_for_one_site_and_scenes_end() -> None:
    with ReplicaServer() as server:
        for moment in TIMELINE:
            moment.come(server)
        hosts = {name: site.host for name, site in server.world.sites.items()}
        assert server.scenes == {}
        assert server.epoch == 1
        assert server.epochs == dict.fromkeys(hosts, 2)
        Moment("zgnt", "closed", scene="challenge").come(server)
        page = server.page(hosts["zgnt"], "/node_101.htm")
        assert find_block(page.status, page.content.decode())
        assert server.page(hosts["cinic"], "/robots.txt").kind == "robots"
        assert server.page(hosts["zgnt"], "/robots.txt").kind == "robots"


def test_epochs_pass_until_the_last() -> None:
    with ReplicaServer() as server:
        assert list(epochs(server, 2, 0.01, threading.Event())) == [2]
        assert server.epoch == 2
        assert list(epochs(server, 2, 0.01, threading.Event())) == []


@pytest.mark.parametrize("arguments", [["--timeline"], ["--every", "0"], ["--timeline", "--families", "--every", "1"]])
def test_wrong_calls_of_the_timeline_are_refused(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["replica", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
