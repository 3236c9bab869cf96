"""``zhiwen db``: upgrade, back up and check the archive."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import open_archive, sites
from cli.output import FAILURE, emit, emit_json, note, one_line

if TYPE_CHECKING:
    from archive.archive import Archive

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]


@app.command("upgrade")
def upgrade(as_json: AsJson = False) -> None:
    """Bring the database to this version's schema; a SQLite file is copied first.

    Then the articles that an older version stored are compared with each other, so that their reprints are found too.
    """
    before, after = open_archive().upgrade()
    with open_archive() as archive:
        for site in sites().values():
            archive.save_names(site.name, [site.publisher, *site.source_names])
        compared = _look_back(archive)
    if as_json:
        emit_json({"before": before, "after": after, "compared": compared})
        return
    done = before == after and not compared
    if done or before != after:
        emit(f"schema {after}: nothing to do." if done else f"schema {before or '(empty)'} → {after}.")
    if compared:
        emit(f"{compared} articles of before compared with the others: reprints among them are known now.")


def _look_back(archive: Archive) -> int:
    """Compare the articles that an older version stored; interrupted, the next call goes on."""
    left, done = archive.backlog(), 0
    while number := archive.look_back():
        done += number
        note(f"{done} of {left} older articles compared with the others")
    return done


@app.command("backup")
def backup(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A new folder for the copy.")],
    as_json: AsJson = False,
) -> None:
    """Copy database and snapshots, consistent and verified, also while a crawl runs."""
    with open_archive() as archive:
        report = archive.backup(folder)
    if as_json:
        emit_json(report)
    else:
        size = f"{report.bytes / 2**20:.1f} MB"
        emit(f"{report.articles} articles and {report.snapshots} snapshots copied to {report.path} ({size}).")
        if (Path(report.path) / "zhiwen.db").exists():
            emit(f"Look at the copy with: zhiwen --data {report.path} search …")


@app.command("check")
def check(as_json: AsJson = False) -> None:
    """Look for damage in database and snapshots, and for runs that never ended. Ends with 1 if any is found."""
    with open_archive() as archive:
        report = archive.check()
    if as_json:
        emit_json(report)
    else:
        emit(", ".join(f"{name} {number}" for name, number in report.counts.items()))
        for problem in report.problems:
            emit(f"problem: {one_line(problem)}")
        emit(f"{len(report.problems)} problems." if report.problems else "no problems.")
    if report.problems:
        raise typer.Exit(FAILURE)


def register(root: typer.Typer) -> None:
    """Add the commands."""
    root.add_typer(app, name="db", help="Upgrade, back up and check the archive.")
