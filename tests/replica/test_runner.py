"""``python -m seeds.replica``."""

from __future__ import annotations

import http.client
import json
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

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
