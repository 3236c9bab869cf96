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
    """The lines of ``scrapy COMMAND …`` as it prints them. Raises CliError when it fails without a word, or is mute."""
    from scheduler.runner import start_child

    program = [sys.executable, "-P", "-m", "scrapy", command, *arguments]
    with tempfile.TemporaryFile() as errors:
        child = start_child(program, chosen, stdout=subprocess.PIPE, stderr=errors)
        assert child.stdout is not None
        number = 0
        try:
            for line in child.stdout:
                number += 1
                yield json.loads(line)
            code = child.wait()
        finally:
            child.kill()
        if code or not number:
            errors.seek(0)
            said = errors.read().decode("utf-8", errors="replace").strip().splitlines()
            raise CliError(one_line(said[-1]) if said else f"{command} ended with code {code} and no answer.")
