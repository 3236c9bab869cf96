"""``zhiwen sites repair``: after a redesign, layouts are drafted from what the archive knows, shown, and written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.children import answer_of_child
from cli.context import open_archive, pick_sites, settings, site_names, sites
from cli.output import FAILURE, CliError, emit, emit_json, note, one_line, table
from cli.sites_add import ADVICE, ask_first, confirmed

if TYPE_CHECKING:
    from config.settings import Settings
    from seeds.model import Site

_ADVICE = {
    **ADVICE,
    "nothing_known": "Crawl it first, or write its layouts by hand.",
    "not_stored": "Leave --from-snapshots out to fetch the pages.",
    "no_page": "See `zhiwen sites check`.",
}


def repair_site(
    name: Annotated[str, typer.Argument(metavar="SITE", autocompletion=site_names)],
    from_snapshots: Annotated[
        bool, typer.Option("--from-snapshots", help="Use the newest stored pages; fetch nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Write without asking.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show only; write nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document; writes only with --yes.")] = False,
) -> None:
    """Mend a redesigned site: known titles, dates and texts are looked for in its pages, and new layouts drafted.

    Shows the fields read before and after, asks, and puts the new layouts into the site file; the old ones stay behind
    them. Ends with 0 when all works (again), with 1 when something stays broken.
    """
    ask_first(yes=yes, unwritten=dry_run or as_json)
    chosen = settings()
    (site,) = pick_sites(sites(chosen), [name])
    if site.why_not_live:
        raise CliError(site.why_not_live)
    open_archive(chosen).close()  # says where it looked when there is none
    if not as_json:
        note(f"{name}: looking …")
    answer = answer_of_child("repair_site", [name, *(["--from-snapshots"] if from_snapshots else [])], chosen)
    if not answer["ok"]:
        _refuse(answer, as_json)
    target = _target(site, chosen)
    text = _repaired(target, answer) if answer["needed"] else None
    if not as_json:
        _show(answer, target)
    written = False
    if text is not None and not dry_run and (yes or (not as_json and confirmed(target))):
        _write(target, text, site, chosen)
        written = True
    if as_json:
        emit_json({**answer, "file": target, "text": text, "written": written})
    elif written:
        emit(f"wrote {target}")
        emit(f"Next: zhiwen crawl {name}")
    elif text is not None and not dry_run:
        note("nothing was written.")
    if answer["broken"] or (text is not None and not written and not dry_run):
        raise typer.Exit(FAILURE)


def _refuse(answer: Mapping[str, Any], as_json: bool) -> None:
    advice = _ADVICE.get(answer["cause"], "")
    if as_json:
        emit_json({**answer, "advice": advice})
        raise typer.Exit(FAILURE)
    where = f"{one_line(answer['url'])}: " if answer.get("url") else ""
    raise CliError(f"{where}{one_line(answer['detail']).rstrip('.')}. {advice} Nothing was written.".replace("  ", " "))


def _target(site: Site, chosen: Settings) -> Path:
    """The site's own file, or for a shipped site the file that builds on it."""
    from seeds.load import OWN_FOLDER

    if site.file.parent != OWN_FOLDER:
        return site.file
    return next(iter(chosen.sites.paths), chosen.data_dir / "sites") / site.file.name


def _repaired(target: Path, answer: Mapping[str, Any]) -> str:
    """The site file's new text."""
    from seeds.write import with_key, with_layout, with_list_layout, without_list_overrides

    text = target.read_text("utf-8") if target.exists() else ""
    day = answer["seen_at"][:10]
    drafts = [one for one in answer["lists"] if one["layout"]]
    if answer["article_url"]:
        text = with_key(text, "article_url", answer["article_url"], f"since the redesign seen on {day}")
    if drafts:
        best = max(drafts, key=lambda one: one["after"]["links"])
        seen = f"{best['column']}: {best['after']['links']} links, {best['after']['known']} of them known articles"
        text = with_list_layout(text, best["layout"], f"`zhiwen sites repair` on {day}: {seen}")
        text = without_list_overrides(text)
    if answer["layout"]:
        right, pages = answer["after"]["right"], answer["after"]["pages"]
        said = ", ".join(f"{name} {right[name]}/{pages}" for name in answer["fields"])
        text = with_layout(text, answer["layout"], f"`zhiwen sites repair` on {day}, right: {said}")
    return text


def _show(answer: Mapping[str, Any], target: Path) -> None:
    rows = [
        [
            one["column"],
            f"{one['before']['links']} links, {one['before']['known']} known",
            f"{one['after']['links']} links, {one['after']['known']} known",
            one["fault"] or (one["layout"] or {}).get("links", "as it is"),
        ]
        for one in answer["lists"]
    ]
    table(("list", "before", "after", "layout"), rows)
    before, after = answer["before"], answer["after"]
    pages = before["pages"]
    if pages:
        rows = [
            [name, f"{before['right'][name]}/{pages}", f"{after['right'][name]}/{pages}"] for name in answer["fields"]
        ]
        rows.append(["no layout fits", f"{before['unread']}/{pages}", f"{after['unread']}/{pages}"])
        table(("field", "right before", "right after"), rows)
    if answer["moved"]:
        emit(f"{answer['moved']} known articles stand at other addresses now.")
    if answer["article_url"]:
        emit(f"article_url: {one_line(answer['article_url'])}")
    if answer["layout"]:
        shown = "; ".join(f"{part}: {value}" for part, value in answer["layout"].items() if part != "name")
        emit(f"layout {answer['layout']['name']}: {one_line(shown)}")
    for one in answer["failed"]:
        emit(f"  ! {one_line(one['url'])}: {one['cause']}: {one_line(one['detail'])}")
    for sentence in answer["broken"]:
        emit(f"  ✗ {one_line(sentence)}")
    if any((one["fault"] or "").startswith("gone") for one in answer["lists"]):
        emit(
            "    `zhiwen sites add HOME-PAGE --dry-run` names the columns of today; put the new address into the file."
        )
    if not answer["needed"] and not answer["broken"]:
        emit("Nothing to repair: lists and articles are read as the archive has them.")
    elif answer["needed"]:
        emit(f"The site file: {target}")


def _write(target: Path, text: str, site: Site, chosen: Settings) -> None:
    """Write the file, and put back what it was when it is not accepted."""
    from config.settings import load_settings
    from seeds.load import load_sites
    from seeds.model import SeedError
    from seeds.write import save

    before = target.read_bytes() if target.exists() else None
    save(target, text, replace=True)
    try:
        load_sites(load_settings().sites.paths)
    except SeedError:
        if before is None:
            target.unlink()
        else:
            target.write_bytes(before)
        raise
