"""What ``zhiwen up`` writes down: JSON lines in ``data_dir/logs/up.jsonl``, plain lines on the terminal.

structlog and the standard library's loggers (APScheduler's among them) go the same way: control characters are taken
out, and what the settings hold as a secret is never written, wherever it turns up.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import re
import sys
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, TextIO

import structlog

from archive.clock import shanghai, utc_now
from config.secrets import redact
from config.settings import Settings

MOST_INSTANCES = 16

# C0, DEL, C1, and the characters that reorder text on the screen; a tab or a line end within a line becomes a space.
_HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def clean(logger: Any, name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A processor of structlog: text without secrets and control characters at any depth, other values as JSON."""
    return {_text(key): _cleaned(value) for key, value in event.items()}


def _text(text: str) -> str:
    return _HARMFUL.sub("", redact(text))


def _cleaned(value: Any) -> Any:
    if isinstance(value, bool | int | float) or value is None:
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Mapping):
        return {_text(str(key)): _cleaned(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_cleaned(one) for one in value]
    return _text(str(value))


class Logs:
    """The logging of this process, from ``start`` to ``stop``."""

    def __init__(self, settings: Settings, *, terminal: TextIO | None = None) -> None:
        self._terminal = terminal or sys.stderr
        self._settings = settings
        self._handlers: list[logging.Handler] = []
        self._lock = -1
        self.file: Path | None = None
        """Where the lines go; None where the folder cannot be written."""

    def start(self) -> None:
        """All loggers write here from now on."""
        shared: list[Any] = [structlog.processors.format_exc_info, clean]
        root = logging.getLogger()
        root.setLevel(logging.INFO)
        shown = _handler(_Terminal(self._terminal), shared, _for_people)
        self._handlers = [shown]
        try:
            self.file, self._lock = _own_file(self._settings.data_dir / "logs")
            up = self._settings.up
            written = _QuietFile(self.file, maxBytes=up.log_mb * 1024 * 1024, backupCount=up.log_files - 1)
            self._handlers.append(_handler(written, shared, _as_json))
        except OSError as error:
            logging.getLogger("zhiwen.up").error("no log is written: %s", error)
        for handler in self._handlers:
            root.addHandler(handler)
        structlog.configure(
            processors=[structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
            logger_factory=structlog.stdlib.LoggerFactory(),
            wrapper_class=structlog.stdlib.BoundLogger,
            cache_logger_on_first_use=False,
        )

    def stop(self) -> None:
        """Close the file and leave the loggers as they were."""
        for handler in self._handlers:
            logging.getLogger().removeHandler(handler)
            if isinstance(handler, logging.FileHandler):
                handler.close()
        self._handlers = []
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1
        structlog.reset_defaults()


class _Terminal(logging.StreamHandler[TextIO]):
    """A terminal, or a pipe whose reader may go away: that must not stop anything."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        """The line stands in the file."""


class _QuietFile(RotatingFileHandler):
    """A log file that loses lines on a full disk instead of anything else."""

    def __init__(self, file: Path, **options: Any) -> None:
        super().__init__(file, encoding="utf-8", errors="backslashreplace", **options)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        """The line was shown on the terminal; a full disk is told by the service itself."""


def _handler(handler: logging.Handler, shared: list[Any], last: Any) -> logging.Handler:
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            # A line of structlog arrives as its dictionary, one of the standard library as a record.
            foreign_pre_chain=[structlog.stdlib.ExtraAdder()],
            processors=[_stamp, structlog.stdlib.ProcessorFormatter.remove_processors_meta, *shared, last],
        )
    )
    return handler


def _own_file(folder: Path) -> tuple[Path, int]:
    """A log file that no other process turns over: ``up.jsonl``, or ``up-2.jsonl`` beside a second ``zhiwen up``."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(1, MOST_INSTANCES + 1):
        name = "up" if number == 1 else f"up-{number}"
        lock = os.open(folder / f"{name}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            continue
        return folder / f"{name}.jsonl", lock
    raise OSError(f"{MOST_INSTANCES} others write into {folder} already")


def _stamp(logger: Any, name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    record = event["_record"]
    return {**event, "at": utc_now(), "level": record.levelname.lower(), "logger": record.name}


def _as_json(logger: Any, name: str, event: MutableMapping[str, Any]) -> str:
    first = {key: event.pop(key) for key in ("at", "level", "event") if key in event}
    return json.dumps({**first, **event}, ensure_ascii=False)


def _for_people(logger: Any, name: str, event: MutableMapping[str, Any]) -> str:
    at = shanghai(datetime.fromisoformat(event["at"])).strftime("%H:%M:%S")
    level = str(event.get("level", "info"))
    head = f"{at} " if level in ("info", "debug") else f"{at} {level.upper()}: "
    line = head + " ".join(str(event.get("event", "")).split())
    trace = event.get("exception")
    return f"{line}\n{trace}" if trace else line
