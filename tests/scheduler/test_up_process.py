"""The process of ``zhiwen up`` as systemd and the kernel meet it: signals, kills, and what becomes of its children."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import pytest

from scheduler.watchdog import EXIT_AILING, tell_systemd

SERVICE = """
import asyncio, sys
from dataclasses import dataclass
from pathlib import Path
from config.settings import Settings
from config.up import UpSettings
from scheduler import runner
from scheduler.configuration import Configuration
from scheduler.examination import Examined
from scheduler.runner import CrawlOptions
from scheduler.service import Parts, Service

CRAWL = "import signal, sys, time\\n" + {crawl!r}
runner.crawl_command = lambda site, options: [sys.executable, "-S", "-c", CRAWL]

@dataclass
class Visit:
    site: str
    options: CrawlOptions

class Plan:
    visits = ["quality_a"]
    def __init__(self, *about): pass
    def refresh(self): pass
    def claim(self, free, busy):
        found, self.visits = self.visits, []
        return [Visit(site, CrawlOptions()) for site in found]
    def ended(self, visit, result): print("ended", result.verdict, flush=True)
    def next_due(self): return None
    def leave(self, because): print("left", flush=True)

class Postman:
    def __init__(self, *about): pass
    def deliver(self): pass
    def cry(self, text): print("cry", flush=True)
    def close(self, seconds=0): pass

up = UpSettings(listen="", tick_seconds=0.2, stop_seconds=0.5, watchdog_restart_seconds=0.2)
settings = Settings(data_dir=Path(sys.argv[1]), up=up)
service = Service(lambda: Configuration(settings, {{}}), Parts(Plan, Postman, lambda *about: Examined()))
{more}
sys.exit(asyncio.run(service.run()))
"""
ROOT = Path(__file__).resolve().parents[2]
# Writes to the pipe that its parent got as its standard error, so that the test hears the child itself.
SAYS = "said = open({fifo!r}, 'w'); said.write('here\\n'); said.flush()\n"
STUBBORN = SAYS + "signal.signal(signal.SIGINT, signal.SIG_IGN)\nsaid.write('deaf\\n'); said.flush()\nsignal.pause()\n"


class Process:
    """A service in a process of its own; ``child`` is what its crawl writes, at an end when the crawl is gone."""

    def __init__(self, folder: Path, crawl: str, more: str) -> None:
        fifo = folder / "fifo"
        os.mkfifo(fifo)
        source = SERVICE.format(crawl=crawl.format(fifo=str(fifo)), more=more)
        self.process = subprocess.Popen(
            [sys.executable, "-c", source, str(folder / "data")],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        self.child: IO[str] = fifo.open()

    def told(self) -> str:
        out, _ = self.process.communicate(timeout=60)
        return out


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    started: list[Process] = []

    def start(crawl: str = STUBBORN, more: str = "") -> Process:
        started.append(Process(tmp_path, crawl, more))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.wait()
        one.child.close()


def test_sigterm_kills_what_does_not_listen_leaves_the_plan_to_others_and_ends_with_0(start) -> None:
    up = start()
    assert up.child.readline() == "here\n"
    assert up.child.readline() == "deaf\n"
    up.process.send_signal(signal.SIGTERM)
    assert up.child.readline() == ""  # its last holder is gone
    told = up.told()
    assert up.process.returncode == 0
    assert "left" in told
    assert "ended" not in told  # the visit did not take place; whoever comes next makes it


def test_second_signal_kills_at_once(start) -> None:
    up = start(more="settings.up.stop_seconds = 3600")
    assert [up.child.readline(), up.child.readline()] == ["here\n", "deaf\n"]
    up.process.send_signal(signal.SIGINT)
    for line in up.process.stdout:
        if "stopping" in line:
            break
    up.process.send_signal(signal.SIGINT)
    assert up.child.readline() == ""
    up.told()
    assert up.process.returncode == 0


def test_kill_9_takes_the_crawls_with_it(start) -> None:
    up = start()
    assert [up.child.readline(), up.child.readline()] == ["here\n", "deaf\n"]
    up.process.kill()
    assert up.child.readline() == ""


def test_process_with_a_dead_clock_tells_it_kills_its_crawls_and_ends_to_be_started_again(start) -> None:
    up = start(more="import threading\nservice.reload = lambda: threading.Event().wait()")
    assert [up.child.readline(), up.child.readline()] == ["here\n", "deaf\n"]
    up.process.send_signal(signal.SIGHUP)  # what it calls never comes back
    assert up.child.readline() == ""
    told = up.told()
    assert up.process.returncode == EXIT_AILING
    assert "the clock is dead" in told
    assert "cry" in told


def test_systemd_is_told_where_it_listens_and_nobody_where_it_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    tell_systemd("READY=1")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        tell_systemd("WATCHDOG=1")
        assert listening.recv(100) == b"WATCHDOG=1"
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "gone"))
    tell_systemd("WATCHDOG=1")
