"""Commands of Scrapy as children that answer in JSON lines: what reads pages never runs in the command line itself."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from cli.output import CliError, one_line

if TYPE_CHECKING:
    from config.settings import Settings


def ask_child(command: str, arguments: Sequence[str], chosen: Settings) -> Iterator[dict[str, Any]]:
    """The lines of ``scrapy COMMAND …`` as it prints them. Raises CliError when it ends with an error."""
    yield from ask_children(command, [arguments], chosen)


def ask_children(command: str, each: Sequence[Sequence[str]], chosen: Settings) -> Iterator[dict[str, Any]]:
    """The lines of several such commands side by side, one child for each list of arguments, as they come.

    A child that ends with an error is a CliError, raised when the lines of all the others have been given.
    """
    faults: list[str] = []
    with selectors.DefaultSelector() as selector, contextlib.ExitStack() as stack:
        for arguments in each:
            child = _Child(command, arguments, chosen)
            stack.callback(child.end)
            selector.register(child.output, selectors.EVENT_READ, child)
        while selector.get_map():
            for key, _ in selector.select():
                child = key.data
                lines = child.read()
                if lines is None:
                    selector.unregister(key.fileobj)
                    faults += child.faults()
                for line in lines or ():
                    yield json.loads(line)
    if faults:
        raise CliError(faults[0])


class _Child:
    """One command that is running; what it says beside its lines is kept in a file."""

    def __init__(self, command: str, arguments: Sequence[str], chosen: Settings) -> None:
        from scheduler.runner import start_child

        program = [sys.executable, "-P", "-m", "scrapy", command, *arguments]
        self.command = command
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed by ``end``
        self._process = start_child(program, chosen, stdout=subprocess.PIPE, stderr=self._said)
        assert self._process.stdout is not None
        self.output = self._process.stdout
        self._rest: list[bytes] = []

    def read(self) -> list[bytes] | None:
        """The lines that are complete by now; None when there are no more. Waits for a first byte."""
        chunk = os.read(self.output.fileno(), 1 << 20)
        if not chunk:
            return None
        first, *others = chunk.split(b"\n")
        self._rest.append(first)
        if not others:
            return []
        line, self._rest = b"".join(self._rest), [others.pop()]
        return [line, *others]

    def faults(self) -> list[str]:
        """A sentence when it failed."""
        code = self._process.wait()
        if not code:
            return []
        self._said.seek(0)
        said = self._said.read().decode("utf-8", errors="replace").strip().splitlines()
        return [one_line(said[-1]) if said else f"scrapy {self.command} ended with code {code}."]

    def end(self) -> None:
        """It is not wanted any more."""
        self._process.kill()
        self._process.wait()
        self.output.close()
        self._said.close()


def answer_of_child(command: str, arguments: Sequence[str], chosen: Settings) -> dict[str, Any]:
    """The one line of a command that prints one. Raises CliError when there is none."""
    lines = list(ask_child(command, arguments, chosen))
    if not lines:
        raise CliError(f"scrapy {command} gave no answer.")
    return lines[0]
