"""How far long work has come, told on standard error: a line that moves on a terminal, now and then one elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cli.output import console, note, plain

_EVERY_SECONDS = 10.0
"""Between two lines where nothing can move: enough for a log."""

Told = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and of how much (0: not known)."""


@contextmanager
def told(*, quiet: bool = False) -> Iterator[Told]:
    """Yields the function that tells. Nothing is told when ``quiet``, or when the work is quick."""
    if quiet:
        yield lambda what, done, total: None
    elif sys.stderr.isatty():
        with _bar() as tell:
            yield tell
    else:
        last = time.monotonic()

        def tell(what: str, done: int, total: int) -> None:
            nonlocal last
            if time.monotonic() - last >= _EVERY_SECONDS:
                last = time.monotonic()
                note(f"{what}: {done} of {total}" if total else f"{what}: {done}")

        yield tell


@contextmanager
def _bar() -> Iterator[Told]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console(stderr=True), transient=True) as bars:
        task = bars.add_task("", total=None)
        before = ""

        def tell(what: str, done: int, total: int) -> None:
            nonlocal before
            if what != before:
                bars.reset(task, description=plain(what))
                before = what
            bars.update(task, completed=done, total=total or None)

        yield tell
