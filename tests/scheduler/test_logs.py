"""What the service writes down: one JSON object a line, without secrets and without anything a terminal obeys."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

import pytest
import structlog

from config.secrets import remember
from config.settings import Settings
from config.up import UpSettings
from scheduler.logs import Logs

SECRET = "k3y-of-the-robot-9f2"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, up=UpSettings(log_mb=1, log_files=3))


@pytest.fixture
def terminal() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def logs(settings: Settings, terminal: io.StringIO) -> Iterator[Logs]:
    writing = Logs(settings, terminal=terminal)
    writing.start()
    yield writing
    writing.stop()


def written(logs: Logs) -> list[dict[str, Any]]:
    assert logs.file is not None
    return [json.loads(line) for line in logs.file.read_text("utf-8").splitlines()]


def test_our_lines_and_those_of_libraries_are_json_with_level_and_moment(logs: Logs, terminal: io.StringIO) -> None:
    structlog.get_logger("zhiwen.up").info("zgnt：完成", site="zgnt", counts={"new": 3})
    logging.getLogger("apscheduler.scheduler").error("job %s is gone", "tick")
    first, second = written(logs)
    assert first["at"].endswith("+00:00")
    assert (first["level"], first["event"], first["site"], first["counts"]) == (
        "info",
        "zgnt：完成",
        "zgnt",
        {"new": 3},
    )
    assert (second["level"], second["event"], second["logger"]) == (
        "error",
        "job tick is gone",
        "apscheduler.scheduler",
    )
    shown = terminal.getvalue().splitlines()
    assert shown[0].endswith(" zgnt：完成")
    assert "ERROR: job tick is gone" in shown[1]


def test_secrets_are_hidden_wherever_they_turn_up(logs: Logs, terminal: io.StringIO) -> None:
    remember(f"dingtalk://{SECRET}/")
    log = structlog.get_logger("zhiwen.up")
    log.info(f"sent to {SECRET}", about={"url": [f"https://robot.example/send?key={SECRET}"]}, error=ValueError(SECRET))
    logging.getLogger("urllib3").warning("retrying %s", SECRET)
    try:
        raise RuntimeError(f"no route to {SECRET}")
    except RuntimeError:
        log.exception("not delivered")
        logging.getLogger("apscheduler").exception("not delivered")
    assert logs.file is not None
    everything = logs.file.read_text("utf-8") + terminal.getvalue()
    assert SECRET not in everything
    assert len(written(logs)) == 4
    assert "RuntimeError" in everything


def test_control_characters_of_strangers_are_taken_out(logs: Logs, terminal: io.StringIO) -> None:
    structlog.get_logger("zhiwen.up").warning("title \x1b[31m\u202e\x9b\r\nsecond", title="\x00a\x07")
    (line,) = written(logs)
    assert line["event"] == "title [31m\nsecond"
    assert line["title"] == "a"
    assert terminal.getvalue().count("\n") == 1
    assert not set("\x1b\u202e\x9b\r") & set(terminal.getvalue())


def test_file_is_turned_over_and_only_the_last_are_kept(logs: Logs, settings: Settings) -> None:
    (written,) = [one for one in logs._handlers if isinstance(one, RotatingFileHandler)]
    assert (written.maxBytes, written.backupCount) == (1024 * 1024, 2)
    written.maxBytes = 10_000
    log = structlog.get_logger("zhiwen.up")
    for number in range(50):
        log.info("x" * 1000, number=number)
    files = sorted((settings.data_dir / "logs").glob("up.jsonl*"))
    assert [file.name for file in files] == ["up.jsonl", "up.jsonl.1", "up.jsonl.2"]
    assert all(file.stat().st_size <= 10_000 for file in files)
    assert json.loads(files[0].read_text("utf-8").splitlines()[-1])["number"] == 49


def test_second_process_on_one_folder_gets_a_file_of_its_own(logs: Logs, settings: Settings) -> None:
    second = Logs(settings, terminal=io.StringIO())
    second.start()
    assert logs.file is not None and second.file is not None
    assert (logs.file.name, second.file.name) == ("up.jsonl", "up-2.jsonl")
    second.stop()


def test_folder_that_cannot_be_written_leaves_the_terminal(tmp_path: Path, terminal: io.StringIO) -> None:
    (tmp_path / "logs").write_text("in the way")
    logs = Logs(Settings(data_dir=tmp_path), terminal=terminal)
    logs.start()
    structlog.get_logger("zhiwen.up").info("still here")
    logs.stop()
    assert logs.file is None
    assert "still here" in terminal.getvalue()
