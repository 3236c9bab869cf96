"""``zhiwen extract``: read pages without storing anything, and show each field with its evidence.

Reading needs the sites' layouts, which live with the spiders; so it happens in a child, ``scrapy extract``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer

from cli.children import ask_child
from cli.context import settings
from cli.output import FAILURE, CliError, console, emit, emit_json, one_line, plain, when

LISTS = ("reporters", "correspondents", "interns", "authors", "editors")
SHOWN = (
    "title", "subtitle", "published_at", "source", *LISTS,
    "column", "doc_number", "issuer", "views", "charset", "layout",
)  # fmt: skip


def extract(
    names: Annotated[list[str], typer.Argument(metavar="URL|FILE", help="Addresses, files, or folders of pages.")],
    url: Annotated[str | None, typer.Option(metavar="URL", help="The address of the page in the file.")] = None,
    evidence: Annotated[bool, typer.Option("--evidence", help="Where each field was found.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line per page, evidence included.")] = False,
) -> None:
    """Read pages and print their fields; nothing is stored. Ends with 1 when a page cannot be read as an article."""
    if url and (len(names) > 1 or names[0].startswith(("http://", "https://"))):
        raise CliError("--url names the address of one file.", 2)
    failed = 0
    for line in _readings(names, url):
        if as_json:
            emit_json(line)
        elif line["ok"]:
            _print_article(line, evidence=evidence)
        if not line["ok"]:
            failed += 1
            if not as_json:
                sys.stdout.flush()
                sys.stderr.write(f"zhiwen: {one_line(line['from'])}: {line['cause']}: {one_line(line['detail'])}\n")
    if failed:
        raise typer.Exit(FAILURE)


def _readings(names: Sequence[str], url: str | None) -> Iterator[dict[str, Any]]:
    """The lines of the child as it prints them."""
    safe = [f"./{name}" if name.startswith("-") else name for name in names]  # a file's name is no option
    number = 0
    for line in ask_child("extract", [*([f"--url={url}"] if url else []), *safe], settings()):
        number += 1
        yield line
    if not number:
        raise CliError(f"no page was found in {' '.join(names)}.")


def _print_article(line: dict[str, Any], *, evidence: bool) -> None:
    from datetime import datetime

    from rich.text import Text

    article = line["article"]
    screen = console()
    screen.print(Text(one_line(line["from"]), "cyan"))
    for name in SHOWN:
        value = article[name]
        if name == "published_at":
            value = when(datetime.fromisoformat(value), article["published_precision"]) if value else "none printed"
        elif isinstance(value, list):
            value = (" › " if name == "column" else "、").join(value)
        if value not in (None, ""):
            screen.print(Text(f"{name:>14}  ", "dim") + Text(one_line(value)))
        found = article["evidence"].get(name)
        if evidence and found:
            words = f"{found['rule']}: {found['text']} ({found['confidence']:.2f})"
            screen.print(Text(f"{'':>14}    ← {one_line(words)[:200]}", "dim"))
    for image in article["images"]:
        emit(f"{'image':>14}  {one_line(image['url'])} {one_line(image['caption'] or '')}".rstrip())
    for file in article["attachments"]:
        emit(f"{'attachment':>14}  {one_line(file['name'])} {one_line(file['url'])}")
    if article["restored"]:
        emit(f"{'restored':>14}  {len(article['repairs'])} places of a mirror's noise")
    for warning in article["warnings"]:
        emit(f"{'doubt':>14}  {one_line(warning)}")
    emit("")
    emit(plain(article["body"]))
    emit("")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("extract")(extract)
