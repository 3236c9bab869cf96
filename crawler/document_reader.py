"""Reads a stranger's file in a process of its own, with limits of time and memory that truly end it."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from dataclasses import dataclass

from crawler.reading.documents import DocumentText, missing_library, read_text

_OF_MEMORY = re.compile(r"memory|alloc|capacity overflow", re.IGNORECASE)


@dataclass(frozen=True)
class Limits:
    """What reading one file may take."""

    seconds: int = 30
    memory_mb: int = 1024
    max_pages: int = 500
    max_chars: int = 1_000_000


def read_document(body: bytes, kind: str, limits: Limits) -> DocumentText:
    """The text of a file; see ``DocumentText``. Blocks for ``limits.seconds`` and a little at most. Raises nothing."""
    if missing_library(kind):
        return read_text(b"", kind)  # it says so without a process
    numbers = (limits.seconds, limits.memory_mb, limits.max_pages, limits.max_chars)
    command = [sys.executable, "-P", "-m", "crawler.reading.documents", kind, *map(str, numbers)]
    try:
        done = subprocess.run(command, input=body, capture_output=True, timeout=limits.seconds + 2, check=False)
    except subprocess.TimeoutExpired:
        return _out_of_time(limits)
    except OSError as error:
        return DocumentText(None, "damaged", f"no process could be started to read it: {error.strerror}")
    if done.returncode in (-signal.SIGXCPU, -signal.SIGALRM, -signal.SIGKILL):
        return _out_of_time(limits)
    try:
        return DocumentText(**json.loads(done.stdout))
    except (ValueError, TypeError):
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        if done.returncode == -signal.SIGABRT or any(_OF_MEMORY.search(line) for line in said):
            return DocumentText(None, "too_large", f"reading it takes more than {limits.memory_mb} MB")
        why = said[-1][:200] if said else f"exit code {done.returncode}"
        return DocumentText(None, "damaged", f"the reader broke on it: {why}")


def _out_of_time(limits: Limits) -> DocumentText:
    return DocumentText(None, "timeout", f"reading it takes more than {limits.seconds} s")
