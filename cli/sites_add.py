"""``zhiwen sites add``: from an address to a site file, with a look at what would be read in between.

Pages are fetched and read by a child, ``scrapy draft_site``; here it is shown, asked about and written.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import typer

from cli.children import answer_of_child
from cli.context import settings, sites
from cli.output import FAILURE, USAGE, CliError, emit, emit_json, note, one_line, table

if TYPE_CHECKING:
    from config.settings import Settings

ADVICE = {
    "robots": "The site does not want to be read by programs; ask its owner, or watch another site.",
    "blocked": "It is a challenge or block page. Try again later or from another network; no challenge is ever solved.",
    "unreachable": "Check the address, and whether it opens in a browser.",
    "timeout": "Try again later, or raise fetch.timeout_seconds.",
    "tls": 'If you accept its certificate, write the site file by hand with tls = { verify = false, reason = "…" }.',
    "gone": "Check the address in a browser.",
    "redirect": "Give the address it leads to.",
    "http": "Try again later.",
    "not_html": "Give the address of a page that lists articles, or of a feed.",
    "bad_content": "Give the address of a page that lists articles, or of a feed.",
    "no_list": "Give the address of a column page: one that lists articles.",
    "no_article": "Look at one of them with `zhiwen extract URL --evidence`.",
    "no_column": "Take a name from that list.",
    "refused": "Private addresses are fetched only when fetch.allow names them.",
}
"""What to do, per cause of a failed look."""

_COMMON_LABELS = frozenset(["www", "com", "cn", "net", "org", "gov", "edu", "ac", "mil", "info", "m", "news"])
_SHOWN_CHARS = 60


def add_site(
    url: Annotated[str, typer.Argument(metavar="URL", help="A column page, a home page or a feed.")],
    column: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A column of a home page, by name or address; repeatable.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="The site's name: small letters, digits and _.")] = None,
    publisher: Annotated[str | None, typer.Option(help="The name that readers know.")] = None,
    folder: Annotated[Path | None, typer.Option(metavar="DIR", help="Write the site file there.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Write without asking.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show only; write nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document; writes only with --yes.")] = False,
) -> None:
    """Work out a new site from one address: list, paging, layouts, rhythm. Shows what would be read, asks, writes.

    Ends with 1 and writes nothing when the address cannot be read as a list of articles.
    """
    from seeds.write import site_text

    ask_first(yes=yes, unwritten=dry_run or as_json)
    chosen = settings()
    site_name = name or name_of(url)
    target = _target(chosen, folder, site_name)
    _refuse_watched([url], chosen)
    arguments = [
        url,
        *(f"--column={one}" for one in column or ()),
        *([f"--publisher={publisher}"] if publisher else []),
    ]
    if not as_json:
        note(f"{one_line(url)}: looking …")
    answer = answer_of_child("draft_site", arguments, chosen)
    if not answer["ok"]:
        _refuse(answer, as_json)
    _refuse_watched([one["url"] for one in answer["columns"] if one["chosen"]], chosen)
    warnings = answer["warnings"] + _taken(answer["site"], chosen)
    text = site_text(answer["site"], _head(answer, url), answer["reasons"])
    written = False
    if not as_json:
        _show(answer, warnings, site_name)
    if not dry_run and (yes or (not as_json and confirmed(target))):
        _write(target, text, chosen)
        written = True
    if as_json:
        emit_json({**answer, "warnings": warnings, "name": site_name, "file": target, "text": text, "written": written})
    elif written:
        emit(f"wrote {target}")
        emit(f"Next: zhiwen crawl {site_name}")
    elif not dry_run:
        note("nothing was written.")


def name_of(url: str) -> str:
    """A site name from an address: ``https://zjj.linxi.gov.cn/xw/`` gives ``zjj_linxi``."""
    host = (urlsplit(url).hostname or "").lower()
    labels = [label for label in host.split(".") if label not in _COMMON_LABELS]
    found = re.sub(r"[^a-z0-9]+", "_", "_".join(labels)).strip("_")
    return found if found[:1].isalpha() else f"site_{found}".rstrip("_")


def _target(chosen: Settings, folder: Path | None, name: str) -> Path:
    """The file to write; refused before anything is fetched when it cannot be."""
    from cli.crawl import DEMO_MARKER

    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise CliError(f"{name!r} is no site name: use small letters, digits and _.", USAGE)
    if name in sites(chosen):
        raise CliError(f"there is a site {name} already ({sites(chosen)[name].file}). Give another name with --name.")
    if (chosen.data_dir / DEMO_MARKER).exists() and folder is None:
        raise CliError(f"{chosen.data_dir} holds the demo's archive. Name another one with --data DIR.")
    if folder is None:
        folder = next(iter(chosen.sites.paths), chosen.data_dir / "sites")
    target = folder.expanduser().absolute() / f"{name}.toml"
    if target.exists():
        raise CliError(f"{target} exists and is not overwritten. Give another name with --name.")
    return target


def _refuse_watched(urls: list[str], chosen: Settings) -> None:
    """Two sites must not share a list: every command would refuse their files."""
    for site in sites(chosen).values():
        for source in site.lists:
            if source.url in urls:
                raise CliError(f"{source.url} is watched already: {source.column} of {site.name} ({site.file}).")


def _refuse(answer: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        emit_json({**answer, "advice": ADVICE.get(answer["cause"])})
        raise typer.Exit(FAILURE)
    advice = ADVICE.get(answer["cause"], "")
    detail = one_line(answer["detail"]).rstrip(".")
    where = f"{one_line(answer['url'])}: " if answer.get("url") else ""
    raise CliError(f"{where}{answer['cause']}: {detail}. {advice} Nothing was written.".replace("  ", " "))


def _taken(data: Mapping[str, Any], chosen: Settings) -> list[str]:
    """Sites that watch the same host already."""
    host = (urlsplit(data["base_url"]).hostname or "").removeprefix("www.")
    return [
        f"{site.name} watches this host already; another column of it could be a [[lists]] entry in {site.file}"
        for site in sites(chosen).values()
        if any(host == own.removeprefix("www.") for own in site.allowed_hosts)
    ]


def _head(answer: Mapping[str, Any], url: str) -> list[str]:
    """What was seen and when, for the file's first lines."""
    seen = [one for one in answer["columns"] if one["chosen"]]
    lines = [f"Written by `zhiwen sites add {url}` on {answer['seen_at'][:10]}. Seen then:"]
    lines += [f"  {one['column']}: {one['links']} links, {one['dated']} with a day; {one['paging']}" for one in seen]
    lines += [f"  article, {article['characters']} characters: {article['title']}" for article in answer["articles"]]
    if family := answer["reasons"].get("family"):
        lines.append(f"  {family}")
    return lines


def _show(answer: Mapping[str, Any], warnings: list[str], name: str) -> None:
    site, reasons = answer["site"], answer["reasons"]
    emit("")
    facts = {
        "site": name,
        "publisher": site["publisher"],
        "family": site.get("family"),
        "charset": answer["charset"],
        "every": site["revisit"],
        "usual links": f"at least {site['min_articles']}",
        "addresses": site.get("article_url", "any"),
    }
    why = {"every": "revisit", "usual links": "min_articles", "addresses": "article_url"}
    for key, value in facts.items():
        if value:
            reason = reasons.get(why.get(key, key))
            emit(f"{key:>12}  {one_line(value)}" + (f"  ({one_line(reason)})" if reason else ""))
    for key in ("list_layout", "layouts"):
        if key in site:
            layout = site[key] if key == "list_layout" else site[key][0]
            shown = "; ".join(f"{part}: {value}" for part, value in layout.items() if part != "name")
            emit(f"{key.replace('_', ' '):>12}  {one_line(shown)}")
    if "layouts" not in site:
        emit(f"{'layouts':>12}  {one_line(reasons.get('layouts', 'none'))}")
    emit("")
    rows = [
        ["✓" if one["chosen"] else "", one["column"], one["links"], one["dated"], one["newest"] or "", one["paging"]]
        for one in answer["columns"]
    ]
    table(("", "column", "links", "dated", "newest", "paging"), rows)
    if len(answer["columns"]) > 1:
        emit("Other columns: --column NAME, as often as you like.")
    for article in answer["articles"]:
        show_article(article)
    for warning in warnings:
        emit(f"  ! {one_line(warning)}")
    emit("")


def show_article(article: Mapping[str, Any], state: str = "") -> None:
    """One article that was looked at: fields, each with the rule behind it. ``state`` stands behind its address."""
    from datetime import datetime

    from cli.output import when

    emit(one_line(f"{article['url']}  {state}"))
    moment = article["published_at"]
    people = "；".join(f"{role} {'、'.join(names)}" for role, names in article["people"].items())
    values = {
        "title": article["title"],
        "published_at": when(datetime.fromisoformat(moment), article["published_precision"]) if moment else None,
        "source": article["source"],
        "people": people,
        "column": " › ".join(article["column"]),
        "body": f"{article['characters']} characters: {one_line(article['body'])[:_SHOWN_CHARS]}…",
    }
    rules = article["rules"]
    rows = []
    for key, value in values.items():
        found = rules.get(key) or next(
            (rules[role] for role in article["people"] if key == "people" and role in rules), None
        )
        rule = found["rule"] if found else f"layout {article['layout']}" if key == "body" else ""
        rows.append([key, value or "not found", rule])
    table(("field", "read", "by"), rows)


def ask_first(*, yes: bool, unwritten: bool) -> None:
    """Refuse, before anything is fetched, when a question will come and nobody is there to answer it."""
    if not yes and not unwritten and not sys.stdin.isatty():
        raise CliError("nobody is there to ask. Say --yes to write the site file, --dry-run to look only.", USAGE)


def confirmed(target: Path) -> bool:
    """Whether the person at the terminal wants the file written."""
    return typer.confirm(f"Write {target}?", default=False)


def _write(target: Path, text: str, chosen: Settings) -> None:
    from seeds.load import load_sites
    from seeds.model import SeedError
    from seeds.write import save

    try:
        save(target, text)
    except FileExistsError:
        raise CliError(f"{target} exists and is not overwritten. Give another name with --name.") from None
    known = [*chosen.sites.paths, chosen.data_dir / "sites"]
    try:
        load_sites([folder for folder in dict.fromkeys([*known, target.parent]) if folder.is_dir()])
    except SeedError:
        target.unlink()
        raise
    if target.parent not in known:
        note(f"{target.parent} is not among sites.paths of zhiwen.toml yet; add it there to have the site crawled.")
