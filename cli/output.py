"""What commands print: text for people, JSON for programs, one sentence for errors.

Everything that comes from a page is printed as plain text: control characters are taken out (a terminal obeys them),
Rich markup is never read from it.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, is_dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from archive.clock import shanghai
from config.secrets import redact

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

OK, FAILURE, USAGE, NOTHING = 0, 1, 2, 3
"""Exit codes: done; failed; wrongly called; done, and nothing was found."""

# C0 without tab and newline, DEL, C1 (a terminal takes U+009B as the start of a command), and the characters that
# reorder text on the screen.
_HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
# What JSON leaves as it is but a terminal or a line reader must not see as it is.
_NOT_IN_JSON = re.compile("[\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class CliError(Exception):
    """A failure with a clear sentence: what is wrong and what to do. ``code`` is the exit code."""

    def __init__(self, message: str, code: int = FAILURE) -> None:
        self.code = code
        super().__init__(message)


def plain(text: object) -> str:
    """Text that a terminal only shows and never obeys."""
    return _HARMFUL.sub("", str(text))


def one_line(text: object) -> str:
    """The same on one line."""
    return " ".join(plain(text).split())


def to_json(value: object) -> str:
    """One line of JSON; times with the offset of Shanghai, bytes as hex digits."""
    text = json.dumps(value, ensure_ascii=False, default=_json_value)
    return _NOT_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _json_value(value: object) -> Any:
    if isinstance(value, datetime):
        return shanghai(value).isoformat()
    if isinstance(value, date | Path):
        return str(value)
    if isinstance(value, bytes):
        return value.hex()
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(f"no JSON for {type(value).__name__}")


def emit(text: str) -> None:
    """Write a line to standard output. A reader that went away ends the command quietly."""
    try:
        sys.stdout.write(text + "\n")
    except BrokenPipeError:
        end_quietly()


def emit_json(value: object) -> None:
    """Print one JSON document on one line."""
    emit(to_json(value))


def note(text: str) -> None:
    """A word to the person at the terminal, beside the output: standard error. Secrets of the settings are left out."""
    sys.stderr.write(redact(plain(text)) + "\n")
    sys.stderr.flush()


def end_quietly() -> NoReturn:
    """The reader of a pipe has seen enough (``| head``): no message, no failure."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    raise SystemExit(OK)


def console(*, stderr: bool = False, wrap: bool = False) -> Console:
    """A Rich console: colours on a terminal only (NO_COLOR is obeyed), long lines left alone elsewhere.

    ``wrap`` lets Rich fold what is wider than the terminal, as tables need it.
    """
    from rich.console import Console

    class QuietConsole(Console):
        def on_broken_pipe(self) -> None:
            end_quietly()

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else 10_000
    return QuietConsole(stderr=stderr, highlight=False, markup=False, emoji=False, soft_wrap=not wrap, width=width)


def show(line: str | Text) -> None:
    """Print one line or Rich text for people."""
    console().print(plain(line) if isinstance(line, str) else line)


def table(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """A table: with lines on a terminal, columns apart by tabs elsewhere. Cells are made plain, None is empty."""
    cells = [["" if cell is None else one_line(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        for row in [list(columns), *cells]:
            emit("\t".join(row))
        return
    from rich import box
    from rich.table import Table

    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name, column in zip(columns, zip(*cells, strict=True) if cells else (), strict=False):
        numbers = all(re.fullmatch(r"[\d,.]*", cell) for cell in column)
        drawn.add_column(name, justify="right" if numbers else "left", overflow="fold")
    for row in cells:
        drawn.add_row(*row)
    from rich.console import Console

    Console(highlight=False, markup=False, emoji=False).print(drawn)


def when(moment: datetime | None, precision: str | None = "minute") -> str:
    """A moment on a clock in Shanghai: 2026-11-21, 2026-11-21 08:30, 2026-11-21 08:30:05. Empty when unknown."""
    if moment is None:
        return ""
    form = {"day": "%Y-%m-%d", "second": "%Y-%m-%d %H:%M:%S"}.get(precision or "minute", "%Y-%m-%d %H:%M")
    return shanghai(moment).strftime(form)


def since_then(moment: datetime | None, now: datetime) -> str:
    """How long ago: "3 h ago". Empty when unknown."""
    if moment is None:
        return ""
    seconds = (now - moment.astimezone(UTC)).total_seconds()
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit} ago"
    return "just now"


def counted(counts: Mapping[str, int]) -> str:
    """Counts in words: "article/new 3, article/changed 1"."""
    return ", ".join(f"{name} {number}" for name, number in sorted(counts.items()) if number)
