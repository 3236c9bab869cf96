"""A process that has loaded what Scrapy and the project need, and forks for each child it is asked for.

A small crawl is mostly Python's start; this one starts once. The tests and the long drills, which crawl some hundred
times, run their children through it. What differs between runs is read after the fork only: environment, settings,
site files, reactor, archive. Each child is a process like any other: it has its own process group, can be stopped and
killed, and dies with the process it was forked from, which ends with the one that started it.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import json
import os
import resource
import runpy
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("scrapy.commands", "crawler.commands", "crawler.fetching", "crawler.extensions", "pipelines")
MODULES = (
    "alembic.command",
    "crawler.loader",
    "psycopg",
    "pypinyin",
    "scrapy.core.downloader.contextfactory",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite.pysqlite",
)
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
_HEAD = struct.Struct("!I")


class WarmChild:
    """One forked child, with what is used of ``subprocess.Popen``; ``stdin`` and ``stdout`` are there when piped."""

    def __init__(self, status: IO[bytes], stdin: IO[bytes] | None, stdout: IO[bytes] | None) -> None:
        self._status = status
        self.stdin = stdin
        self.stdout = stdout
        self.returncode: int | None = None
        self.pid = int(status.readline() or 0)
        if not self.pid:
            raise OSError("the process that forks has ended")

    def poll(self) -> int | None:
        """Its exit code, minus the signal that ended it, or None while it runs."""
        if self.returncode is None and select.select([self._status], [], [], 0)[0]:
            self.wait()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code once it has ended. Raises ``subprocess.TimeoutExpired``."""
        if self.returncode is None:
            if timeout is not None and not select.select([self._status], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("a forked child", timeout)
            self.returncode = int(self._status.readline() or -signal.SIGKILL)
            self._status.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it still runs."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def communicate(self, timeout: float | None = None) -> tuple[bytes, None]:
        """All that it prints until its end; ``timeout`` bounds the wait for the end alone."""
        if self.stdin:
            self.stdin.close()
        said = self.stdout.read() if self.stdout else b""
        self.wait(timeout)
        if self.stdout:
            self.stdout.close()
        return said, None


class WarmPython:
    """The process that forks, started with the first child, in this ``environment``."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def start(
        self,
        arguments: Sequence[str],
        *,
        environment: Mapping[str, str],
        stdin: int = subprocess.DEVNULL,
        stdout: int | IO[Any] = subprocess.PIPE,
        stderr: int | IO[Any] | None = None,
        folder: Path = ROOT,
        seconds: int = 0,
        longest_file: int = 0,
    ) -> WarmChild:
        """Fork one child and return at once.

        ``arguments`` are Python's: ``-m scrapy …``, ``-c PROGRAM …`` or ``FILE.py …``. After ``seconds`` it is killed.
        ``longest_file``: bytes that no file of it may exceed, as on a full disk.
        """
        control = self._open()
        with contextlib.ExitStack() as theirs:
            feed, input_end = _pipe(theirs, reads=True) if stdin == subprocess.PIPE else (None, _null(theirs))
            output, output_end = _pipe(theirs) if stdout == subprocess.PIPE else (None, _number(stdout, theirs))
            errors = _number(2 if stderr is None else stderr, theirs)
            status, status_end = _pipe(theirs)
            job = {"arguments": list(arguments), "environment": dict(environment), "folder": str(folder)}
            said = json.dumps({**job, "seconds": seconds, "longest_file": longest_file}).encode()
            socket.send_fds(control, [_HEAD.pack(len(said))], [input_end, output_end, errors, status_end])
            control.sendall(said)
        return WarmChild(status, feed, output)

    def run(self, *arguments: str, environment: Mapping[str, str], folder: Path = ROOT) -> tuple[int, str, str]:
        """Exit code, output and errors of ``scrapy`` with these arguments; after two minutes it is killed."""
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            words = ("-m", "scrapy", *arguments)
            code = self.start(words, environment=environment, stdout=out, stderr=err, folder=folder, seconds=120).wait()
            out.seek(0)
            err.seek(0)
            return code, out.read().decode("utf-8"), err.read().decode("utf-8")

    def end(self) -> None:
        """End it, and with it whatever it has forked."""
        if self._process is not None and self._control is not None:
            self._control.close()
            self._process.wait()
            self._process = None

    def _open(self) -> socket.socket:
        if self._process is None or self._control is None:
            self._control, theirs = socket.socketpair()
            with theirs:
                # -P: the folders of the tests are named like the packages.
                self._process = subprocess.Popen(
                    [sys.executable, "-P", "-m", "bench.warm", str(theirs.fileno())],
                    stdin=subprocess.DEVNULL,
                    env={**self._environment, "PYTHONPATH": str(ROOT)},
                    cwd=ROOT,
                    pass_fds=[theirs.fileno()],
                    process_group=0,  # Ctrl-C is for the one that asks
                )
        return self._control


def _pipe(theirs: contextlib.ExitStack, *, reads: bool = False) -> tuple[IO[bytes], int]:
    """Our end of a pipe, and the child's, which is closed here with ``theirs``; ``reads`` says that the child reads."""
    read, write = os.pipe()
    ours, given = (write, read) if reads else (read, write)
    theirs.callback(os.close, given)
    return os.fdopen(ours, "wb" if reads else "rb"), given


def _null(theirs: contextlib.ExitStack) -> int:
    number = os.open(os.devnull, os.O_RDWR)
    theirs.callback(os.close, number)
    return number


def _number(stream: int | IO[Any], theirs: contextlib.ExitStack) -> int:
    """The descriptor of a stream."""
    if stream == subprocess.DEVNULL:
        return _null(theirs)
    return stream if isinstance(stream, int) else stream.fileno()


def _become(
    descriptors: Sequence[int], parent: int, arguments: list[str], environment: dict[str, str], folder: str,
    seconds: int, longest_file: int,
) -> None:  # fmt: skip
    """Become what was asked for, in the forked process."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.setpgid(0, 0)
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
    for number, source in enumerate(descriptors):
        os.dup2(source, number)
    os.closerange(3, 1024)
    signal.alarm(seconds)
    if longest_file:
        resource.setrlimit(resource.RLIMIT_FSIZE, (longest_file, longest_file))
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    # As Python itself there would look for modules.
    sys.path[0:0] = [folder, *filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))]
    kind, *words = arguments
    if (kind, *words[:1]) == ("-m", "scrapy"):
        from scrapy.cmdline import execute

        execute(words)
    elif kind == "-c":
        sys.argv = [kind, *words[1:]]
        exec(compile(words[0], "<string>", "exec"), {"__name__": "__main__"})
    else:
        sys.argv = arguments
        runpy.run_path(kind, run_name="__main__")


def _receive(control: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """The next job with its descriptors; None when nobody will ask any more."""
    head, descriptors, _, _ = socket.recv_fds(control, _HEAD.size, 4)
    if not head:
        return None
    left, said = _HEAD.unpack(head)[0], b""
    while len(said) < left:
        said += control.recv(left - len(said))
    job: dict[str, Any] = json.loads(said)
    return job, list(descriptors)


def _reap(running: dict[int, int]) -> None:
    """Tell of each child that has ended how it did."""
    while running:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        told = running.pop(pid)
        with contextlib.suppress(BrokenPipeError):
            os.write(told, b"%d\n" % os.waitstatus_to_exitcode(status))
        os.close(told)


def serve(control: socket.socket) -> None:
    """Load everything, then fork for each job until the other end is closed."""
    from scrapy.utils.misc import walk_modules_iter

    for package in PACKAGES:
        list(walk_modules_iter(package))
    for name in MODULES:
        import_module(name)
    early = {"crawler.settings", "twisted.internet.reactor"} & set(sys.modules)
    if early:
        raise RuntimeError(f"{early} must be loaded by each run itself")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    running: dict[int, int] = {}
    me = os.getpid()
    # What is loaded by now stays: no child looks through it for garbage, which would copy all its memory.
    gc.collect()
    gc.freeze()
    while True:
        ready, _, _ = select.select([control.fileno(), woken], [], [])
        if woken in ready:
            os.read(woken, 4096)
            _reap(running)
        if control.fileno() in ready:
            asked = _receive(control)
            if asked is None:
                return
            job, (*streams, status) = asked
            child = os.fork()
            if child == 0:
                control.detach()
                _become(streams, me, **job)
                sys.exit(0)
            running[child] = status
            os.write(status, b"%d\n" % child)
            for number in streams:
                os.close(number)


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as given:
        serve(given)
