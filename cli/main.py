"""``zhiwen``: the commands put together, and errors turned into one sentence and an exit code."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import (
    ask,
    channels,
    crawl,
    database,
    demo,
    develop,
    export,
    extract,
    files,
    health,
    imports,
    reextract,
    runs,
    sites,
    up,
    watch,
)
from cli.output import FAILURE, USAGE, CliError, end_quietly, note

EPILOG = (
    "Exit codes: 0 done, 1 failed, 2 wrongly called, 3 nothing found, 130 interrupted. "
    "Settings: zhiwen.toml and ZHIWEN_… variables. Times are those of Shanghai."
)

app = typer.Typer(
    name="zhiwen",
    help="质闻: collects quality-policy news of Chinese news and government sites and answers questions about it.",
    epilog=EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # default "rich", because its import alone takes as long as all the rest of --help
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"zhiwen {version('zhiwen')}")
        raise typer.Exit


@app.callback()
def _root(
    data: Annotated[
        Path | None, typer.Option("--data", metavar="DIR", help="Use the archive in this folder.", show_default=False)
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    if data is not None:
        from cli.context import use_data_folder

        use_data_folder(data)


MODULES = (demo, up, crawl, ask, export, imports, files, runs, health, sites, watch, channels, extract, reextract)
for module in (*MODULES, database, develop):
    module.register(app)


@functools.cache
def _commands() -> Any:
    """All commands, made once: that takes a tenth of a second, and tests call many in one process."""
    return typer.main.get_command(app)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="replace")  # a terminal without Chinese shows "?" instead of failing
    try:
        given = list(sys.argv[1:] if arguments is None else arguments)
        code = _commands()(given, prog_name="zhiwen", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except BrokenPipeError:
        end_quietly()
    except KeyboardInterrupt:
        note("zhiwen: interrupted.")
        return 130
    except Exception as error:
        if os.environ.get("ZHIWEN_DEBUG"):
            from config.secrets import redacted_traceback

            sys.stderr.write(redacted_traceback(error))
            return FAILURE
        return _tell(error)


def _tell(error: Exception) -> int:
    """Print one sentence about the error; the exit code. Errors of libraries may quote addresses with their secrets."""
    from archive.errors import ArchiveError
    from config.settings import ConfigError
    from seeds.model import SeedError

    if isinstance(error, CliError):
        note(f"zhiwen: {error}")
        return error.code
    if isinstance(error, typer.Abort):
        note("zhiwen: interrupted.")
        return 130
    if hasattr(error, "format_message"):  # how Typer tells of a wrong call
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "zhiwen"
        note(f"{command}: {error.format_message()} Try '{command} --help'.")
        return USAGE
    if isinstance(error, ConfigError | SeedError | ArchiveError):
        for line in str(error).splitlines():
            note(f"zhiwen: {line}")
        return FAILURE
    if isinstance(error, OSError) and error.strerror:
        place = f"{error.filename}: " if error.filename else ""
        note(f"zhiwen: {place}{error.strerror}.")
        return FAILURE
    note(f"zhiwen: unexpected {type(error).__name__}: {error}. ZHIWEN_DEBUG=1 shows where; please report it.")
    return FAILURE


if __name__ == "__main__":
    sys.exit(main())
