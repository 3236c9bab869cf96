"""``zhiwen db``: upgrade, check, prune, back up and restore the archive."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import open_archive, settings, sites, use_data_folder
from cli.crawl import DEMO_MARKER
from cli.output import FAILURE, emit, emit_json, note, one_line
from cli.progress import told

if TYPE_CHECKING:
    from archive.archive import Archive
    from archive.pruning import Rules
    from config.settings import Settings

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
    """Copy database, snapshots and your site files, consistent and verified, also while a crawl runs."""
    with open_archive() as archive, told(quiet=as_json) as tell:
        report = archive.backup(folder, told=tell)
    if as_json:
        emit_json(report)
    else:
        size = _mb(report.bytes)
        emit(f"{report.articles} articles and {report.snapshots} snapshots copied to {report.path} ({size}).")
        for problem in report.problems:
            emit(f"problem: {one_line(problem)}")
        if (Path(report.path) / "zhiwen.db").exists():
            emit(f"Look at the copy with: zhiwen --data {report.path} search …")
        emit(f"Bring it back with: zhiwen db restore {report.path}")


@app.command("restore")
def restore(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A folder made by `zhiwen db backup`.")],
    into: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Fill this data folder. Default: the one of the settings.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace an archive that is there; it is moved aside, never deleted.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring a backup back. It is verified before it takes its place; stopped in the middle, the old archive stays.

    A PostgreSQL backup goes into the database of database_url. Ends with 1 when some of its snapshots are damaged.
    """
    from archive.archive import Archive

    chosen = settings()
    if into is not None:
        if chosen.database_url and not (folder / "zhiwen.db").exists():
            chosen = chosen.model_copy(update={"data_dir": into.expanduser().absolute()})
        else:
            use_data_folder(into)
            chosen = settings()
    with told(quiet=as_json) as tell:
        archive = Archive(chosen.archive_url, chosen.data_dir)
        report = archive.restore(folder, force=force, told=tell)
    marker = chosen.data_dir / DEMO_MARKER
    if report.replaced and marker.exists():
        marker.unlink()  # the demo's archive has been moved aside; this one may be crawled into
    if as_json:
        emit_json(report)
    else:
        emit(f"{report.articles} articles and {report.snapshots} snapshots are back in {report.path}.")
        if report.replaced:
            emit(f"What was there before: {report.replaced}")
        for problem in report.problems:
            emit(f"problem: {one_line(problem)}")
    if report.problems:
        raise typer.Exit(FAILURE)


@app.command("prune")
def prune(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would go.")] = False,
    as_json: AsJson = False,
) -> None:
    """Let go of old pages that nothing was read from, by the rules of `[snapshots]`; also while a crawl runs.

    What a revision or a file was read from is never touched, nor the latest bytes of an address.
    """
    chosen = settings()
    with open_archive(chosen) as archive, told(quiet=as_json) as tell:
        report = archive.prune(_rules(chosen), dry_run=dry_run, told=tell)
    if as_json:
        emit_json(report)
        return
    will = "would go" if dry_run else "let go"
    emit(f"{report.snapshots} snapshots {will} ({_mb(report.bytes)} compressed).")
    if report.fetches or report.list_readings or report.sights:
        rows = (
            f"{report.fetches} old requests, {report.list_readings} list readings and {report.sights} sights of columns"
        )
        emit(f"{rows} {will}.")
    if report.notices:
        emit(f"{report.notices} old notices {will}.")
    if dry_run:
        emit(f"{report.packs_rewritten} packs would be written anew, {report.packs_removed} removed.")
        return
    freed = _mb(report.bytes_freed)
    emit(f"{report.packs_rewritten} packs written anew, {report.packs_removed} removed ({freed} freed).")
    if report.kept_for_backup:
        emit("A backup copies the packs at this moment: call again later to free the room.")
    elif report.packs_rewritten or report.snapshots:
        emit("Packs that were left just now stay for an hour, for those who read them; the next prune removes them.")


@app.command("check")
def check(
    quick: Annotated[
        bool, typer.Option("--quick", help="Do not read the snapshots, only look for their files.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Look for damage in database and snapshots, and for runs that never ended. Ends with 1 if any is found."""
    with open_archive() as archive, told(quiet=as_json) as tell:
        report = archive.check(quick=quick, told=tell)
    if as_json:
        emit_json(report)
    else:
        emit(", ".join(f"{name} {number}" for name, number in report.counts.items()))
        for problem in report.problems:
            emit(f"problem: {one_line(problem)}")
        for advice in report.advice:
            emit(f"→ {advice}")
        emit(f"{len(report.problems)} problems." if report.problems else "no problems.")
    if report.problems:
        raise typer.Exit(FAILURE)


def _rules(chosen: Settings) -> Rules:
    """What is kept: the settings, and what single sites say otherwise."""
    from archive.pruning import Keep, Rules

    def days(value: float | str) -> float | None:
        return None if isinstance(value, str) else value

    kept = chosen.snapshots
    general = {
        "keep_lists_days": days(kept.keep_lists_days),
        "keep_unreferenced_days": days(kept.keep_unreferenced_days),
    }
    own = {
        site.name: Keep(merged["keep_lists_days"], merged["keep_unreferenced_days"])
        for site in sites(chosen).values()
        if site.keep_days
        for merged in [{**general, **site.keep_days}]
    }
    return Rules(Keep(*general.values()), own, days(kept.keep_fetches_days), days(kept.keep_notices_days))


def _mb(size: int) -> str:
    return f"{size / 2**20:.1f} MB"


def register(root: typer.Typer) -> None:
    """Add the commands."""
    root.add_typer(app, name="db", help="Upgrade, check, prune, back up and restore the archive.")
