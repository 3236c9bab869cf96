"""check, test and bench: the parts that judge; the tools themselves are run by `zhiwen check`."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from cli import develop


def test_file_over_the_limit_is_named(tmp_path: Path, monkeypatch, capsys) -> None:
    (tmp_path / "cli").mkdir()
    (tmp_path / "cli" / "long.py").write_text("x = 1\n" * 401)
    (tmp_path / "cli" / "short.py").write_text("x = 1\n" * 400)
    monkeypatch.setattr(develop, "ROOT", tmp_path)
    assert develop._check_lengths() == 1
    assert capsys.readouterr().out.splitlines() == [
        "cli/long.py has 401 lines, more than 400: split it by what it does."
    ]


def _files(covered: int) -> dict[str, dict[str, dict[str, int]]]:
    good = {"num_branches": 100, "covered_branches": 95}
    return {
        "crawler/reading/a.py": {"summary": good},
        "archive/a.py": {"summary": good},
        "pipelines/a.py": {"summary": {"num_branches": 50, "covered_branches": 50}},
        "pipelines/b.py": {"summary": {"num_branches": 50, "covered_branches": covered}},
        "cli/a.py": {"summary": {"num_branches": 50, "covered_branches": 0}},
    }


def test_floors_count_branches_over_each_folder(capsys) -> None:
    assert develop._check_floors(_files(40)) == 0
    assert develop._check_floors(_files(39)) == 1
    assert "pipelines: 89.0 %" in capsys.readouterr().out


def test_check_names_the_failed_steps_and_ends_with_1(zhiwen, monkeypatch) -> None:
    monkeypatch.setattr(develop, "_run", lambda command, quiet=False: "mypy" in command)
    monkeypatch.setattr(develop, "_check_lengths", lambda: 0)
    result = zhiwen("check", "--fast")
    assert result.code == 1
    assert result.err == "zhiwen: check failed: types.\n"
    assert [line.split()[0] for line in result.out.splitlines()] == [
        "format", "lint", "types", "imports", "sites", "file",
    ]  # fmt: skip


def test_failed_tool_shows_its_output_and_a_good_one_does_not(capsys) -> None:
    import sys

    assert develop._run([sys.executable, "-c", "print('fine')"], quiet=True) == 0
    assert develop._run([sys.executable, "-c", "print('bad'); raise SystemExit(4)"], quiet=True) == 4
    assert capsys.readouterr().out == "bad\n"


def test_arguments_of_test_go_to_pytest(zhiwen, monkeypatch) -> None:
    commands: list[list[str]] = []
    monkeypatch.setattr(develop, "_run", lambda command: commands.append(command) or 5)
    result = zhiwen("test", "-k", "some words", "--lf", "--help")
    assert result.code == 5
    assert commands[0][-4:] == ["-k", "some words", "--lf", "--help"]


def test_benchmarks_are_found_listed_and_run(zhiwen, monkeypatch, tmp_path: Path) -> None:
    import sys

    import bench

    folder = tmp_path / "bench"
    folder.mkdir()
    (folder / "quick.py").write_text('"""Says hello."""\n\n\ndef main(argv):\n    return 1 if argv else 0\n')
    (folder / "helper.py").write_text('"""No benchmark."""\n')
    monkeypatch.setattr(bench, "__path__", [str(folder)])
    monkeypatch.setattr(develop, "ROOT", tmp_path)
    listing = zhiwen("bench").out
    assert listing.split() == ["quick", "Says", "hello."]
    assert zhiwen("bench", "quick").code == 0
    assert zhiwen("bench", "quick", "--json").code == 1
    unknown = zhiwen("bench", "none")
    assert unknown.code == 2
    assert "Known are: quick" in unknown.err
    sys.modules.pop("bench.quick", None)


def test_environment_of_the_user_does_not_reach_the_tools(monkeypatch) -> None:
    import sys

    monkeypatch.setenv("ZHIWEN_DATA_DIR", "/elsewhere")
    code = "import os; raise SystemExit(any(k.startswith('ZHIWEN_') for k in os.environ))"
    assert develop._run([sys.executable, "-c", code]) == 0


def test_benchmark_that_is_ended_from_outside_clears_up_after_itself(zhiwen, monkeypatch, tmp_path: Path) -> None:
    import bench

    folder = tmp_path / "bench"
    folder.mkdir()
    (folder / "ended.py").write_text(
        '"""Ends."""\nimport os, pathlib, signal\n\n\ndef main(argv):\n    try:\n'
        "        os.kill(os.getpid(), signal.SIGTERM)\n        signal.pause()\n    finally:\n"
        "        pathlib.Path(argv[0]).touch()\n"
    )
    monkeypatch.setattr(bench, "__path__", [str(folder)])
    monkeypatch.setattr(develop, "ROOT", tmp_path)
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as ended:
        zhiwen("bench", "ended", str(tmp_path / "cleared"))
    assert ended.value.code == 143
    assert (tmp_path / "cleared").exists()
    assert signal.getsignal(signal.SIGTERM) == before
