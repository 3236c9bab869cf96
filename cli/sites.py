"""``zhiwen sites``: which sites are watched, and whether their files and layouts hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.context import pick_sites, settings, site_names, sites
from cli.output import FAILURE, emit, emit_json, note, one_line, table
from cli.sites_add import add_site

if TYPE_CHECKING:
    from config.settings import Settings
    from scheduler.runner import CrawlEvent
    from seeds.model import Site

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]
Name = Annotated[str, typer.Argument(metavar="SITE", autocompletion=site_names)]

CHECKED_ARTICLES = 3
"""Articles that ``check --live`` reads: enough to see a pattern, few enough to be polite."""


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
def show_site(name: Name, as_json: AsJson = False) -> None:
    """Everything that is declared about one site."""
    (site,) = pick_sites(sites(), [name])
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
        emit(f"{'list':>12}  {one_line(source.column)}  {one_line(source.url)}")


@app.command("check")
def check_sites(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[SITE]", help="Default: all sites.", autocompletion=site_names)
    ] = None,
    live: Annotated[bool, typer.Option("--live", help="Fetch the lists and some articles; store nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check the site files; with --live also what the sites answer and what is read, field by field.

    Ends with 1 when a file is faulty or a site cannot be read.
    """
    chosen = settings()
    known = sites(chosen)
    picked = pick_sites(known, names) if names else list(known.values())
    reports = [_file_report(site) for site in picked]
    if live:
        crawled = _look(chosen, [site.name for site in picked if site.live])
        reports = [report | crawled.get(str(report["site"]), {}) for report in reports]
    ok = all(report.get("verdict_ok", True) for report in reports)
    if as_json:
        emit_json({"ok": ok, "sites": reports})
    else:
        for report in reports:
            _print_report(report)
    if not ok:
        raise typer.Exit(FAILURE)


def _file_report(site: Site) -> dict[str, Any]:
    return {"site": site.name, "file": site.file, "lists": len(site.lists), "not_live": site.why_not_live}


def _look(chosen: Settings, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Crawl without storing, and keep what was read."""
    from scheduler.runner import CrawlOptions, run_crawls

    articles: dict[str, list[dict[str, Any]]] = {name: [] for name in names}

    def keep(event: CrawlEvent) -> None:
        if event.event == "article":
            articles[event.site].append(event.data["article"])

    for name in names:
        note(f"{name}: looking …")
    results = run_crawls(names, CrawlOptions(limit=CHECKED_ARTICLES, dry_run=True), chosen, on_event=keep)
    return {
        result.site: {
            "verdict": result.verdict,
            "verdict_ok": result.ok,
            "reason": result.reason,
            "counts": result.counts,
            "evidence": result.evidence,
            "articles": articles[result.site],
        }
        for result in results
    }


def _print_report(report: dict[str, Any]) -> None:
    head = f"{report['site']}: site file ok, {report['lists']} lists"
    if report["not_live"]:
        head += f"; {one_line(report['not_live'])}"
    emit(head)
    if "verdict" not in report:
        return
    emit(f"  {report['verdict']}: {one_line(report['reason'] or '')}")
    for sentence in report["evidence"]:
        emit(f"  seen: {one_line(sentence)}")
    for article in report["articles"]:
        emit(f"  {one_line(article['url'])}")
        for key, value in article.items():
            if key != "url" and value not in (None, "", []):
                shown = "、".join(map(str, value)) if isinstance(value, list) else value
                emit(f"    {key:<20} {one_line(shown)[:160]}")
        missing = [key for key, value in article.items() if value in (None, "", [])]
        if missing:
            emit(f"    {'not on the page':<20} {', '.join(missing)}")


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
        "min_articles": site.min_articles,
        "hosts": site.allowed_hosts,
        "mirrors": site.mirrors,
        "file": site.file,
        "live": site.live,
        "why_not_live": site.why_not_live,
        "lists": [{"column": source.column, "url": source.url} for source in site.lists],
    }


def register(root: typer.Typer) -> None:
    """Add the commands."""
    app.command("add")(add_site)
    root.add_typer(app, name="sites", help="Which sites are watched, and whether their files hold.")
