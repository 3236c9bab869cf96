"""Commands of Scrapy as children that answer in JSON lines: what reads pages never runs in the command line itself."""

from __future__ import annotations

import json
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
    from scheduler.runner import start_child

    program = [sys.executable, "-P", "-m", "scrapy", command, *arguments]
    with tempfile.TemporaryFile() as errors:
        child = start_child(program, chosen, stdout=subprocess.PIPE, stderr=errors)
        assert child.stdout is not None
        try:
            for line in child.stdout:
                yield json.loads(line)
            code = child.wait()
        finally:
            child.kill()
        if code:
            errors.seek(0)
            said = errors.read().decode("utf-8", errors="replace").strip().splitlines()
            raise CliError(one_line(said[-1]) if said else f"scrapy {command} ended with code {code}.")


def answer_of_child(command: str, arguments: Sequence[str], chosen: Settings) -> dict[str, Any]:
    """The one line of a command that prints one. Raises CliError when there is none."""
    lines = list(ask_child(command, arguments, chosen))
    if not lines:
        raise CliError(f"scrapy {command} gave no answer.")
    return lines[0]
