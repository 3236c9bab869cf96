"""``zhiwen sites``: which sites are watched, and whether their files and layouts hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.context import pick_sites, site_names, sites
from cli.output import CliError, emit, emit_json, one_line, table
from cli.sites_add import add_site
from cli.sites_check import check_sites
from cli.sites_freeze import freeze_site, thaw_site
from cli.sites_repair import repair_site

if TYPE_CHECKING:
    from seeds.model import Site

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]
Name = Annotated[str, typer.Argument(metavar="SITE", autocompletion=site_names)]


@app.command("list")
def list_sites(as_json: AsJson = False) -> None:
    """All sites with their publisher, rhythm and lists."""
    known = sites()
    if as_json:
        emit_json({"sites": [_site_json(site) for site in known.values()]})
        return
    headings = ("site", "publisher", "every", "lists", "family", "crawled")
    rows = [
        [s.name, s.publisher, _interval(s), len(s.lists), s.family or "", "yes" if s.live else "no"]
        for s in known.values()
    ]
    table(headings, rows)


@app.command("show")
def show_site(
    name: Name,
    plan: Annotated[
        bool, typer.Option("--plan", help="When its columns are visited: rhythm, next visits and why, last visits.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Everything that is declared about one site; with --plan, when its columns are visited."""
    (site,) = pick_sites(sites(), [name])
    if plan:
        if site.why_not_live:
            raise CliError(f"not visited: {site.why_not_live}")
        from cli.sites_plan import show_plan

        show_plan(site, as_json)
        return
    if as_json:
        emit_json(_site_json(site))
        return
    facts: dict[str, object] = {
        "publisher": site.publisher,
        "region": site.region,
        "address": site.base_url,
        "family": site.family,
        "every": _interval(site),
        "usual links": f"at least {site.min_articles}" if site.min_articles else None,
        "hosts": " ".join(site.allowed_hosts),
        "mirrors": " ".join(site.mirrors),
        "named as": "、".join(site.source_names),
        "file": site.file,
        "not crawled": site.why_not_live,
    }
    for key, value in facts.items():
        if value:
            emit(f"{key:>12}  {one_line(value)}")
    for source in site.lists:
        emit(f"{'list':>12}  {one_line(source.column)}  {one_line(source.url)}  {one_line(source.schedule)}")


def _interval(site: Site) -> str:
    seconds = site.revisit_seconds
    return f"{seconds // 3600} h" if seconds % 3600 == 0 else f"{seconds // 60} min"


def _site_json(site: Site) -> dict[str, Any]:
    return {
        "name": site.name,
        "publisher": site.publisher,
        "region": site.region,
        "base_url": site.base_url,
        "family": site.family,
        "revisit_seconds": site.revisit_seconds,
        "revisit_days": site.revisit_days,
        "min_articles": site.min_articles,
        "hosts": site.allowed_hosts,
        "mirrors": site.mirrors,
        "file": site.file,
        "live": site.live,
        "why_not_live": site.why_not_live,
        "visits_per_day": site.visits_per_day,
        "lists": [
            {"column": source.column, "url": source.url, "schedule": str(source.schedule)} for source in site.lists
        ],
    }


def register(root: typer.Typer) -> None:
    """Add the commands."""
    app.command("add")(add_site)
    app.command("check")(check_sites)
    app.command("repair")(repair_site)
    app.command("freeze")(freeze_site)
    app.command("thaw")(thaw_site)
    root.add_typer(app, name="sites", help="Which sites are watched; add, check, repair, freeze, thaw them.")
