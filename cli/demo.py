"""``zhiwen demo``: the main job with no network, on a small web of the five sites that the project itself serves.

Three crawls on three days, with the sites changing after the first; then the archive is
asked what happened, and its answers are compared with what the sites really did.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import archive_exists, settings
from cli.crawl import DEMO_MARKER, prepare_archive, progress, results_table, tell_reasons
from cli.output import CliError, emit, emit_json, note, show

if TYPE_CHECKING:
    from config.settings import Settings
    from scheduler.runner import CrawlResult
    from seeds.replica.server import ReplicaServer

KIND = "demo"
"""The kind of the demo's runs in the ledger."""

VISITS = (
    (1, timedelta(days=3, hours=1), "three days ago: the first sight of five sites"),
    (2, timedelta(days=1, hours=1), "yesterday: the sites have changed"),
    (2, timedelta(), "today: is what was missing really gone?"),
)
"""The crawls: epoch of the little web, how long ago, and what the crawl is about."""


def demo(
    folder: Annotated[
        Path | None,
        typer.Option("--data", metavar="DIR", help="Where the demo's archive goes. Default: the data folder."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document at the end.")] = False,
) -> None:
    """Crawl five invented sites, let them change, crawl again, and tell what is new, changed, withdrawn and reprinted.

    No network is used. Takes less than two minutes. Ends with 1 when the archive's story is not what the sites did.
    """
    from archive.archive import Archive
    from cli.demo_story import Checker, examples, tell
    from seeds.replica.server import ReplicaServer

    started = time.monotonic()
    data_dir = _data_folder(folder)
    with ReplicaServer() as replica:
        chosen = _settings(data_dir, replica)
        prepare_archive(chosen)
        visits = [_visit(chosen, replica, number, quiet=as_json) for number in range(len(VISITS))]
        with Archive(chosen.archive_url, chosen.data_dir) as archive:
            checker = Checker(archive, replica.world)
            problems = checker.problems(visits)
            commands = examples(archive, replica.world)
            if as_json:
                emit_json({"ok": not problems, "problems": problems, "data_dir": data_dir, **checker.summary()})
            else:
                tell(archive, replica.world)
    seconds = time.monotonic() - started
    for problem in problems[:20]:
        note(f"zhiwen: not as it really was: {problem}")
    if problems:
        raise CliError(f"the demo's archive differs from the truth in {len(problems)} places.")
    if not as_json:
        show(f"\nAll of it is what the sites really did. {seconds:.0f} s.")
        _tell_commands(data_dir, commands)


def _data_folder(folder: Path | None) -> Path:
    """An empty folder with the demo's marker. Only a folder that holds nothing but an earlier demo is replaced."""
    chosen = settings()
    if folder is not None:
        place = folder.expanduser().absolute()
        if _occupied(place):
            raise CliError(f"{place} is not empty and not the demo's. Name a new folder.")
    elif _occupied(chosen.data_dir) or chosen.database_url:
        place = chosen.data_dir / "demo"
        if _occupied(place):
            raise CliError(f"{chosen.data_dir} and {place} are in use. Name a new folder with --data DIR.")
    else:
        place = chosen.data_dir
    for name in ("snapshots", "logs"):
        shutil.rmtree(place / name, ignore_errors=True)
    for file in place.glob("zhiwen.db*"):
        file.unlink()
    place.mkdir(parents=True, exist_ok=True)
    (place / DEMO_MARKER).write_text("The archive in this folder is the demo's; the next demo replaces it.\n", "utf-8")
    return place


def _occupied(place: Path) -> bool:
    """Whether the folder holds anything but an earlier demo."""
    if not place.exists() or not any(place.iterdir()):
        return False
    if not (place / DEMO_MARKER).exists():
        return True
    from archive.archive import Archive
    from config.settings import Settings

    there = settings().model_copy(update={"data_dir": place, "database_url": ""})
    assert isinstance(there, Settings)
    if not archive_exists(there):
        return False
    with Archive(there.archive_url, place) as archive:
        return any(run.kind != KIND for run in archive.runs(limit=100_000))


def _settings(data_dir: Path, replica: ReplicaServer) -> Settings:
    """Settings that lead every host to the little web; nothing of the user's own settings can lead elsewhere."""
    import seeds.replica
    from config.settings import CrawlSettings, FetchSettings, SitesSettings

    # The one site whose address nobody knows has one in the little web.
    files = Path(seeds.replica.__file__).parent / "sites"
    return settings().model_copy(
        update={
            "data_dir": data_dir,
            "database_url": "",
            "fetch": FetchSettings(resolve=replica.resolve_map(), delay_seconds=0, contact="zhiwen demo"),
            "crawl": CrawlSettings(),
            "sites": SitesSettings(paths=[files]),
        }
    )


def _visit(chosen: Settings, replica: ReplicaServer, number: int, *, quiet: bool) -> list[CrawlResult]:
    """One crawl of all five sites on its day."""
    from scheduler.runner import CrawlOptions, run_crawls

    epoch, ago, about = VISITS[number]
    replica.epoch = epoch
    names = list(replica.world.sites)
    if not quiet:
        show(f"\nCrawl {number + 1}, {about}")
    with _clock_set_back(ago), progress(names, quiet=quiet or not sys.stdout.isatty()) as on_event:
        results = run_crawls(names, CrawlOptions(kind=KIND), chosen, jobs=2, on_event=on_event)
    if len(results) < len(names) or any(result.verdict == "interrupted" for result in results):
        raise KeyboardInterrupt
    if not quiet:
        results_table(results)
        tell_reasons(results)
    return results


@contextmanager
def _clock_set_back(ago: timedelta) -> Iterator[None]:
    """Let the project's clock, and that of its children, show an earlier time."""
    os.environ["ZHIWEN_CLOCK_SHIFT"] = str(-ago.total_seconds())
    try:
        yield
    finally:
        del os.environ["ZHIWEN_CLOCK_SHIFT"]


def _tell_commands(data_dir: Path, commands: Sequence[str]) -> None:
    program = "./zhiwen" if Path("zhiwen").is_file() else "zhiwen"
    if settings().data_dir != data_dir:
        program += f" --data {os.path.relpath(data_dir)}"
    emit("\nThe archive stays. Ask it:")
    for arguments in commands:
        emit(f"  {program} {arguments}")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)
