"""``zhiwen sites check``: whether site files hold, and what the sites give today, field by field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.children import ask_child
from cli.context import archive_exists, pick_sites, settings, site_names, sites
from cli.output import FAILURE, emit, emit_json, note, one_line, table
from cli.sites_add import show_article

if TYPE_CHECKING:
    from seeds.model import Site


def check_sites(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SITE]", help="Read these sites live. Default: all files.", autocompletion=site_names),
    ] = None,
    live: Annotated[bool, typer.Option("--live", help="Without names: read all sites live.")] = False,
    files: Annotated[bool, typer.Option("--files", help="Check the site files only; fetch nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Check sites: their lists, second pages and three articles each, compared with the archive. Stores nothing.

    Without names only the site files are checked. Ends with 1 when a file is faulty or something needed fails.
    """
    chosen = settings()
    known = sites(chosen)
    picked = pick_sites(known, names) if names else list(known.values())
    reports = {site.name: _file_report(site) for site in picked}
    looked = [site.name for site in picked if site.live] if (names or live) and not files else []
    if looked:
        for name in looked:
            note(f"{name}: looking …")
        compare = ["--archive"] if archive_exists(chosen) else []
        for answer in ask_child("check_site", [*compare, *looked], chosen):
            if not answer["ok"]:
                answer["faults"] = [f"{answer['cause']}: {answer['detail']}"]
            reports[answer["name"]] |= {**answer, "ok": answer["ok"] and not answer["faults"]}
    ok = all(report.get("ok", True) for report in reports.values())
    if as_json:
        emit_json({"ok": ok, "sites": list(reports.values())})
    else:
        for report in reports.values():
            _print_report(report)
    if not ok:
        raise typer.Exit(FAILURE)


def _file_report(site: Site) -> dict[str, Any]:
    declared = [{"column": source.column, "url": source.url} for source in site.lists]
    return {"site": site.name, "file": site.file, "declared": declared, "not_live": site.why_not_live}


def _print_report(report: Mapping[str, Any]) -> None:
    head = f"{report['site']}: site file ok, {len(report['declared'])} lists"
    if report["not_live"]:
        head += f"; {one_line(report['not_live'])}"
    emit(head)
    if "faults" not in report:
        return
    if lists := report.get("lists"):
        rows = [
            [one["column"], one["links"], one["dated"], one.get("newest"), one["layout"], _paging(one)] for one in lists
        ]
        table(("list", "links", "dated", "newest", "layout", "next page"), rows)
    for article in report.get("articles", ()):
        if article["fault"]:
            emit(one_line(article["url"]))
            emit(f"  ✗ {one_line(article['fault'])}")
            continue
        show_article(article, _state(article))
        for name, (held, now) in article["differs"].items():
            emit(f"  ≠ {name}: the archive has {_value(held)}, the page {_value(now)}")
    for fault in report["faults"]:
        emit(f"✗ {one_line(fault)}")
    faults = len(report["faults"])
    emit(f"{report['site']}: {'all works' if not faults else '1 fault' if faults == 1 else f'{faults} faults'}")
    if any("layouts" in fault or "no article links" in fault for fault in report["faults"]):
        emit(f"A redesign? `zhiwen sites repair {report['site']}` drafts new layouts.")


def _paging(one: Mapping[str, Any]) -> str:
    if one["fault"]:
        return "✗"  # the faults are told below
    if one["next_page"] is None:
        return "none named"
    return "ok" if one["next_ok"] else f"✗ {one['next_page']}"


def _state(article: Mapping[str, Any]) -> str:
    words = [f"layout {article['layout']}"]
    if article["generic"]:
        words = ["read generically: no layout fits"]
    if article["archived"]:
        words.append("as in the archive" if not article["differs"] else "differs from the archive")
    else:
        words.append("not in the archive")
    return ", ".join(words)


def _value(value: object) -> str:
    if value in (None, "", [], ()):
        return "nothing"
    return one_line("、".join(map(str, value)) if isinstance(value, list) else value)
