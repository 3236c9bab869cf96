"""The command as a whole: help, version, exit codes, and errors in one sentence."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import typer

COMMANDS = (
    "demo", "crawl", "search", "show", "export", "sites", "runs", "health", "extract", "db", "test", "check", "bench",
)  # fmt: skip


def test_help_names_every_command_and_the_exit_codes(zhiwen) -> None:
    result = zhiwen("--help")
    assert result.code == 0
    for command in COMMANDS:
        assert f"\n  {command} " in result.out
    assert "3 nothing found" in " ".join(result.out.split())


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys, cli.main\n"
        "sys.argv = ['zhiwen', '--help']\n"
        "try:\n"
        "    cli.main.main()\n"
        "except SystemExit:\n"
        "    pass\n"
        "heavy = {'scrapy', 'twisted', 'sqlalchemy', 'pydantic_settings', 'lxml', 'opencc', 'rich', 'numpy'}\n"
        "print('loaded:', *sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Usage" in done.stdout
    assert done.stdout.splitlines()[-1] == "loaded:"


def test_every_command_has_help(zhiwen) -> None:
    for command in COMMANDS[:-3]:
        assert zhiwen(command, "--help").code == 0, command
    for words in (("sites", "list"), ("sites", "show"), ("sites", "check"), ("db", "backup"), ("db", "check")):
        assert zhiwen(*words, "--help").code == 0, words


def test_version_is_printed(zhiwen) -> None:
    assert zhiwen("--version").out.startswith("zhiwen 0.")


@pytest.mark.parametrize(
    "words", [("serch",), ("search", "--nope"), ("show",), ("search", "--limit", "0"), ("search", "--sort", "best")]
)
def test_wrong_call_is_one_line_and_2(zhiwen, words) -> None:
    result = zhiwen(*words)
    assert (result.code, result.out) == (2, "")
    assert result.err.count("\n") == 1
    assert "--help" in result.err


def test_broken_settings_are_named_with_file_and_line(zhiwen, tmp_path) -> None:
    (tmp_path / "zhiwen.toml").write_text("[fetch\n")
    result = zhiwen("search", "质量")
    assert result.code == 1
    assert f"zhiwen: {tmp_path / 'zhiwen.toml'} is not valid TOML" in result.err
    assert "line 1" in result.err


@pytest.mark.parametrize("url", ["nonsense", "mysql://x/y", "postgresql+psycopg://127.0.0.1:1/none"])
def test_wrong_database_address_is_one_sentence(zhiwen, monkeypatch, url) -> None:
    monkeypatch.setenv("ZHIWEN_DATABASE_URL", url)
    result = zhiwen("search", "质量")
    assert result.code == 1
    assert result.err.startswith("zhiwen: ")
    assert "Traceback" not in result.err
    assert result.err.count("\n") == 1


def test_file_that_is_no_database_is_one_sentence(zhiwen, tmp_path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/zhiwen.db").write_bytes(b"this is no database " * 100)
    result = zhiwen("runs")
    assert result.code == 1
    assert "Traceback" not in result.err
    assert (tmp_path / "data/zhiwen.db").read_bytes().startswith(b"this is no database")


def test_traceback_is_shown_only_when_asked_for(zhiwen, monkeypatch) -> None:
    monkeypatch.setenv("ZHIWEN_DATABASE_URL", "nonsense")
    monkeypatch.setenv("ZHIWEN_DEBUG", "1")
    result = zhiwen("search", "质量")
    assert result.code == 1
    assert result.err.startswith("Traceback (most recent call last):")
    monkeypatch.delenv("ZHIWEN_DEBUG")
    assert "Traceback" not in zhiwen("search", "质量").err


def test_unexpected_error_is_one_sentence_with_a_remedy(zhiwen, monkeypatch, filled) -> None:
    monkeypatch.setattr("cli.ask.folded", lambda words: 1 / 0)
    result = zhiwen("search", "质量")
    assert result.code == 1
    assert "unexpected ZeroDivisionError" in result.err
    assert "ZHIWEN_DEBUG=1" in result.err


def test_interrupt_ends_with_130(zhiwen, monkeypatch, filled) -> None:
    def interrupted(words: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cli.ask.folded", interrupted)
    assert zhiwen("search", "质量").code == 130
    monkeypatch.setattr("cli.ask.folded", lambda words: (_ for _ in ()).throw(typer.Abort()))
    assert zhiwen("search", "质量").code == 130


def test_no_colour_codes_where_there_is_no_terminal(filled) -> None:
    command = [sys.executable, "-m", "cli.main", "search", "质量"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "\x1b" not in done.stdout


def test_no_colour_is_obeyed_on_a_terminal_and_colour_is_there_without_it(filled) -> None:
    import pty

    def on_terminal(**more: str) -> bytes:
        master, slave = pty.openpty()
        command = [sys.executable, "-m", "cli.main", "search", "质量"]
        environment = {**os.environ, "TERM": "xterm-256color", **more}
        with subprocess.Popen(command, stdout=slave, stderr=subprocess.DEVNULL, env=environment) as child:
            os.close(slave)
            said = b""
            while True:
                try:
                    part = os.read(master, 65536)
                except OSError:
                    break
                if not part:
                    break
                said += part
            child.wait()
        os.close(master)
        return said

    assert b"\x1b[1;31m" in on_terminal()
    plain = on_terminal(NO_COLOR="1")
    assert b"\x1b[1;31m" not in plain
    assert "质量".encode() in plain
    assert b"owned" in plain
    assert b"\x1b]0;" not in plain


def test_completion_knows_commands_and_sites() -> None:
    environment = {**os.environ, "_ZHIWEN_COMPLETE": "complete_bash", "COMP_CWORD": "2"}
    done = subprocess.run(
        [sys.executable, "-m", "cli.main"],
        env={**environment, "COMP_WORDS": "zhiwen crawl zg"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == ["zgnt"]
