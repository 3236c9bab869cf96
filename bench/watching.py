"""A real ``zhiwen up`` for drills: started, looked at from outside, stopped and killed."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).resolve().parents[1]
STOP_SECONDS = 10.0
"""Within this time the product promises to have ended after SIGTERM."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A process at one moment: resident memory in MB, open descriptors, threads, children."""

    memory_mb: float
    descriptors: int
    threads: int
    children: int


def sample(pid: int) -> Sample:
    """What ``/proc`` says of a process. Raises OSError when it is gone."""
    folder = Path("/proc") / str(pid)
    status = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines() if ":" in line)
    memory = int(status["VmRSS"].split()[0]) / 1024
    return Sample(memory, len(list((folder / "fd").iterdir())), int(status["Threads"]), len(children(pid)))


def children(pid: int) -> list[int]:
    """The children of all threads of a process."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in (Path("/proc") / str(pid) / "task").iterdir():
            found += [int(word) for word in (task / "children").read_text().split()]
    return found


def alive(pid: int) -> bool:
    """Whether the process is there and no zombie."""
    try:
        state = (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


class Watching:
    """One ``zhiwen up`` with these variables; what it says goes to ``log``. A context manager, which stops it."""

    def __init__(self, environment: Mapping[str, str], log: Path, *arguments: str) -> None:
        self.log = log
        with log.open("ab") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "cli.main", "up", "--listen", "", *arguments],
                env={**os.environ, **environment, "PYTHONPATH": str(ROOT)},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                cwd=ROOT,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.process.poll() is None:
            self.stop()

    @property
    def pid(self) -> int:
        """Its number."""
        return self.process.pid

    def check(self) -> None:
        """Raise RuntimeError with its last words when it has ended by itself."""
        if self.process.poll() is not None:
            raise RuntimeError(f"zhiwen up ended with {self.process.returncode}:\n{self.words()}")

    def words(self, last: int = 2000) -> str:
        """Its last words."""
        return self.log.read_text("utf-8", errors="replace")[-last:]

    def stop(self) -> float:
        """SIGTERM; how many seconds it took to end. Killed when it does not within three times the promise."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(3 * STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        return time.monotonic() - started

    def kill(self, seconds: float = 10.0) -> int:
        """kill -9; how many of its children still live when they have had time to notice."""
        mine = children(self.pid)
        self.process.kill()
        self.process.wait()
        return left(mine, seconds)


def left(pids: list[int], seconds: float = 10.0) -> int:
    """How many of these processes are there after so long at most."""
    end = time.monotonic() + seconds
    while (still := [pid for pid in pids if alive(pid)]) and time.monotonic() < end:
        time.sleep(0.05)
    return len(still)
