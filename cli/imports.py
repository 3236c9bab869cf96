"""``zhiwen import``: read web archives (WARC), our own and those of other tools, into the archive.

Reading needs the sites' layouts, which live with the spiders; so it happens in a child, ``scrapy import_warc``.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.context import settings
from cli.crawl import prepare_archive, refuse_demo
from cli.output import FAILURE, NOTHING, USAGE, CliError, console, emit, emit_json, note, one_line, table

if TYPE_CHECKING:
    from config.settings import Settings

COLUMNS = (
    "new",
    "changed",
    "unchanged",
    "files",
    "older",
    "held",
    "lists",
    "other",
    "not_articles",
    "doubted",
    "unreadable",
)
_SHOWN_TROUBLES = 20


def import_warc(
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="WARC files: .warc or .warc.gz.")],
    site: Annotated[
        list[str] | None, typer.Option("--site", metavar="NAME", help="Only this site; a host where none is declared.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read everything; store nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line per site and per record left out.")] = False,
) -> None:
    """Read web archives as if their pages were fetched at the time the files tell. No network is used.

    Pages of a declared site are read with its layouts; those of other hosts generically, under the host as their site.
    Articles get all their revisions and files. Lists are passed over: the next crawl reads them. What is older than
    what the archive last read of a page is kept beside it and never becomes its text. Nothing is read twice:
    an import that was stopped goes on when it is given again.

    Records that are damaged are named and left out. Ends with 1 when there were any or a site could not be stored, with
    3 when no article was found.
    """
    chosen = settings()
    for name in files:
        if not Path(name).is_file():
            raise CliError(f"there is no file {name}.", USAGE)
    if not dry_run:
        refuse_demo(chosen)
        prepare_archive(chosen)
    arguments = [f"--site={name}" for name in site or []]
    arguments += ["-s", "DRY_RUN=1"] if dry_run else []
    arguments += [f"./{name}" if name.startswith("-") else name for name in files]
    sites, troubles, held, interrupted = _follow(arguments, chosen, as_json=as_json)
    if site and not sites and not interrupted:
        words = f"pages of {', '.join(held)}" if held else "no pages"
        raise CliError(f"the files hold nothing of {' or '.join(site)}; they hold {one_line(words)}.", NOTHING)
    if interrupted:
        note("zhiwen: interrupted; what was stored stays, the same command goes on from there.")
        raise typer.Exit(130)
    if not as_json:
        _tell(sites, troubles, dry_run=dry_run)
    if troubles or any(line["verdict"] in ("held", "failed") for line in sites):
        raise typer.Exit(FAILURE)
    if not any(line["counts"].get(name) for line in sites for name in ("articles", "unchanged", "held", "older")):
        raise typer.Exit(NOTHING)


def _follow(
    arguments: list[str], chosen: Settings, *, as_json: bool
) -> tuple[list[dict[str, Any]], int, list[str], bool]:
    """Run the child to its end.

    The lines of its sites, how many records it left out, the sites that the files hold most of, whether it was stopped.
    """
    from scheduler.runner import new_log, start_child

    log = new_log(chosen.data_dir.absolute() / "logs", "import")
    sites: list[dict[str, Any]] = []
    troubles, ended = 0, None
    program = [sys.executable, "-P", "-m", "scrapy", "import_warc", *arguments]
    with log.open("wb") as errors, _bar() as show:
        child = start_child(program, chosen, stdout=subprocess.PIPE, stderr=errors)
        try:
            with _stoppable(child):
                for line in _lines(child):
                    event = line["event"]
                    if event in ("index", "progress"):
                        show(line)
                    elif event == "trouble":
                        troubles += 1
                        _tell_trouble(line, troubles, as_json=as_json)
                    elif event == "site":
                        sites.append(line)
                        if as_json:
                            emit_json(line)
                    elif event == "failed":
                        raise CliError(one_line(line["why"]))
                    elif event == "done":
                        ended = line
                code = child.wait()
        finally:
            child.kill()
    if ended is None:
        raise CliError(f"the import ended with code {code} and no word. Its log: {log}")
    return sites, troubles, ended["sites"], ended["interrupted"]


def _tell_trouble(line: dict[str, Any], number: int, *, as_json: bool) -> None:
    if as_json:
        emit_json(line)
    elif number <= _SHOWN_TROUBLES:
        note(f"zhiwen: left out: {one_line(line['file'])}, byte {line['offset']}: {one_line(line['why'])}")


def _lines(child: subprocess.Popen[bytes]) -> Iterator[dict[str, Any]]:
    """What the child says, whole lines of JSON only: a library may print, too."""
    assert child.stdout is not None
    for line in child.stdout:
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict) and "event" in found:
            yield found


@contextmanager
def _stoppable(child: subprocess.Popen[bytes]) -> Iterator[None]:
    """The first Ctrl-C asks the child to stop, which it does after the page at hand; a second kills it."""
    asked: list[int] = []

    def on_signal(number: int, frame: FrameType | None) -> None:
        if asked:
            child.kill()
        else:
            child.send_signal(signal.SIGINT)
        asked.append(number)

    before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _bar() -> Iterator[Callable[[dict[str, Any]], None]]:
    screen = console(stderr=True)
    if not screen.is_terminal:
        yield lambda line: None
        return
    from rich.progress import Progress

    words = {"index": "looking through the files", "progress": "reading pages"}
    with Progress(console=screen, transient=True) as bars:
        task = bars.add_task(words["index"], total=None)
        yield lambda line: bars.update(task, description=words[line["event"]], completed=line["done"], total=line["of"])


def _tell(sites: list[dict[str, Any]], troubles: int, *, dry_run: bool) -> None:
    total: Counter[str] = Counter()
    for line in sites:
        total.update({name: line["counts"].get(name, 0) for name in (*COLUMNS, "articles")})
    told = [line for line in sites if any(line["counts"].get(name) for name in ("articles", *COLUMNS[:6]))]
    if told:
        columns = [name for name in COLUMNS if total[name]]
        rows = [[line["site"], *(line["counts"].get(name, 0) for name in columns)] for line in told]
        table(("site", *(name.replace("_", " ") for name in columns)), rows)
    for line in sites:
        if line["reason"]:
            emit(f"{one_line(line['site'])}: {one_line(line['reason'])}")
    if dry_run:
        emit(f"{total['articles']} pages of articles; nothing was stored.")
    elif not total["articles"] and not total["unchanged"]:
        emit("nothing new: all of it is held." if total["held"] else "no article was found.")
    if troubles > _SHOWN_TROUBLES:
        note(f"… and {troubles - _SHOWN_TROUBLES} more records were left out; --json names all.")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import")(import_warc)
