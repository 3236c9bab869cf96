"""``zhiwen test``, ``check`` and ``bench``: for work on the project itself."""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from cli.output import FAILURE, USAGE, CliError, emit

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("config", "seeds", "crawler", "pipelines", "archive", "scheduler", "cli", "bench")

MAX_LINES = 400
"""Longest file: what one can still read in one go."""
BRANCH_FLOORS = {"crawler/reading": 90, "pipelines": 90, "archive": 90}
"""Least share of branches that the tests must take, in percent, per folder."""

PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


def test(context: typer.Context) -> None:
    """Run the tests. Whatever follows goes to pytest: `zhiwen test -k runner`."""
    raise typer.Exit(_run(_pytest(*context.args)))


def _pytest(*arguments: str) -> list[str]:
    # In the order of the folders: the long files with crawls come first, and no processor waits at the end for one.
    spread = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]
    return [sys.executable, "-m", "pytest", "-q", *spread, *arguments]


def _run(command: Sequence[str], *, quiet: bool = False) -> int:
    """Run a tool at the project's root; when quiet, its output is shown only if it fails."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ZHIWEN_")}
    # Tests start hundreds of processes of this project: without compiled files each would compile it anew.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    if not quiet:
        return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    done = subprocess.run(
        command, cwd=ROOT, env=environment, check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if done.returncode:
        emit(done.stdout.rstrip())
    return done.returncode


def check(fast: Annotated[bool, typer.Option("--fast", help="Without the tests.")] = False) -> None:
    """Format, lint, types, import rules, site files, file lengths, then all tests with coverage floors."""
    python = sys.executable
    sources = [*PACKAGES, "tests", "zhiwen"]
    steps: list[tuple[str, Callable[[], int]]] = [
        ("format", lambda: _run([python, "-m", "ruff", "format", "--check", "-q", *sources], quiet=True)),
        ("lint", lambda: _run([python, "-m", "ruff", "check", "-q", *sources], quiet=True)),
        ("types", lambda: _run([python, "-m", "mypy"], quiet=True)),
        ("imports", lambda: _run([str(Path(python).with_name("lint-imports"))], quiet=True)),
        ("sites", lambda: _run([python, "-m", "scrapy", "checkall"], quiet=True)),
        ("file length", _check_lengths),
    ]
    if not fast:
        steps.append(("tests", _check_tests))
    failed = []
    for name, step in steps:
        started = time.monotonic()
        code = step()
        emit(f"{name:12} {'ok' if code == 0 else 'FAILED'}  {time.monotonic() - started:.1f} s")
        sys.stdout.flush()
        if code:
            failed.append(name)
    if failed:
        raise CliError(f"check failed: {', '.join(failed)}.")


def _check_lengths() -> int:
    files = [file for name in (*PACKAGES, "tests") for file in (ROOT / name).rglob("*.py")]
    code = 0
    for file in sorted(files):
        lines = len(file.read_text("utf-8").splitlines())
        if lines > MAX_LINES:
            emit(f"{file.relative_to(ROOT)} has {lines} lines, more than {MAX_LINES}: split it by what it does.")
            code = FAILURE
    return code


def _check_tests() -> int:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "coverage.json"
        code = _run(_pytest("--cov", "--cov-branch", "--cov-report=", f"--cov-report=json:{report}"))
        if code == 0:
            code = _check_floors(json.loads(report.read_text("utf-8"))["files"])
    return code


def _check_floors(files: dict[str, dict[str, dict[str, int]]]) -> int:
    code = 0
    for folder, floor in BRANCH_FLOORS.items():
        summaries = [entry["summary"] for name, entry in files.items() if name.startswith(f"{folder}/")]
        branches = sum(summary["num_branches"] for summary in summaries)
        share = 100 * sum(summary["covered_branches"] for summary in summaries) / max(1, branches)
        emit(f"  {folder}: {share:.1f} % of {branches} branches taken, at least {floor} %")
        if share < floor:
            code = FAILURE
    return code


def bench(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Without a name: the list.")] = None,
) -> None:
    """Run a benchmark. Each prints a table with its bars and ends with 1 when one falls short."""
    found = _benchmarks()
    if name in (None, "--help", "-h"):
        for known in found:
            emit(f"{known:12} {_first_line(known)}")
        return
    if name not in found:
        raise CliError(f"there is no benchmark {name!r}. Known are: {', '.join(found)}.", USAGE)
    module = importlib.import_module(f"bench.{name}")
    # Ended from outside it ends as by Ctrl-C: what it has started (servers, whole `zhiwen up`) goes with it.
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        code = module.main(context.args)
    finally:
        signal.signal(signal.SIGTERM, before)
    raise typer.Exit(code)


def _benchmarks() -> list[str]:
    """Modules of the package ``bench`` that say they are one by defining ``main(argv)``."""
    import bench as package

    names = [module.name for module in pkgutil.iter_modules(package.__path__) if not module.name.startswith("_")]
    return [name for name in names if "\ndef main(argv" in _source(name)]


def _source(name: str) -> str:
    folder = ROOT / "bench" / name
    file = folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")
    return file.read_text("utf-8")


def _first_line(name: str) -> str:
    return _source(name).partition('"""')[2].partition("\n")[0].rstrip('"')


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("test", context_settings=PASS_ON, add_help_option=False)(test)
    app.command("check")(check)
    app.command("bench", context_settings=PASS_ON, add_help_option=False)(bench)
