"""``zhiwen extract``: read pages without storing anything, and show each field with its evidence.

Reading needs the sites' layouts, which live with the spiders; so it happens in a child, ``scrapy extract``.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.children import ask_child
from cli.context import settings
from cli.output import FAILURE, USAGE, CliError, console, emit, emit_json, one_line, plain, when

LISTS = ("reporters", "correspondents", "interns", "authors", "editors")
SHOWN = (
    "title", "subtitle", "published_at", "source", *LISTS,
    "column", "doc_number", "issuer", "views", "charset", "layout",
)  # fmt: skip

Row = tuple[str, str, Mapping[str, Any] | None]
_WIDE = 100  # columns; on a narrower terminal a table of five columns folds every line
_UNSURE = 0.6


def extract(
    names: Annotated[list[str], typer.Argument(metavar="URL|FILE", help="Addresses, files, folders; - is the input.")],
    url: Annotated[str | None, typer.Option(metavar="URL", help="The address of the page in the file.")] = None,
    evidence: Annotated[bool, typer.Option("--evidence", help="Where each field was found, and how sure.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line per page, evidence included.")] = False,
) -> None:
    """Read pages and print their fields; nothing is stored. Ends with 1 when a page cannot be read as an article."""
    if url and (len(names) > 1 or names[0].startswith(("http://", "https://"))):
        raise CliError("--url names the address of one file.", USAGE)
    if names.count("-") > 1:
        raise CliError("the input (-) can be read once.", USAGE)
    failed = 0
    with tempfile.TemporaryDirectory(prefix="zhiwen-") as folder:
        given = {name: _input_file(Path(folder)) if name == "-" else name for name in names}
        shown = {path: name for name, path in given.items()}
        for line in _readings(list(given.values()), url):
            line["from"] = shown.get(line["from"], line["from"])
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


def _input_file(folder: Path) -> str:
    """Standard input as a file, for the child that reads pages has none. One byte too many is enough to refuse it."""
    file = folder / "page.html"
    file.write_bytes(sys.stdin.buffer.read(settings().fetch.max_bytes + 1))
    return str(file)


def _readings(names: Sequence[str], url: str | None) -> Iterator[dict[str, Any]]:
    """The lines of the child as it prints them."""
    safe = [f"./{name}" if name.startswith("-") else name for name in names]  # a file's name is no option
    number = 0
    for line in ask_child("extract", [*([f"--url={url}"] if url else []), *safe], settings()):
        number += 1
        yield line
    if not number:
        raise CliError(f"no page was found in {' '.join(names)}.")


def _print_article(line: Mapping[str, Any], *, evidence: bool) -> None:
    from rich.text import Text

    article = line["article"]
    screen = console()
    screen.print(Text(one_line(line["from"]), "cyan"))
    rows = list(_rows(article))
    if evidence and screen.is_terminal and screen.width >= _WIDE:
        _print_table(rows)
    else:
        _print_lines(rows, evidence=evidence)
    if evidence and (missing := [name for name in SHOWN if article[name] in (None, "", []) and name != "published_at"]):
        _print_lines([("not found", ", ".join(missing), None)], evidence=False)
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


def _rows(article: Mapping[str, Any]) -> Iterator[Row]:
    """Field, value, and the evidence for it."""
    from datetime import datetime

    for name in SHOWN:
        value = article[name]
        if name == "published_at":
            value = when(datetime.fromisoformat(value), article["published_precision"]) if value else "none printed"
        elif isinstance(value, list):
            value = (" › " if name == "column" else "、").join(value)
        if value not in (None, ""):
            yield name, one_line(value), article["evidence"].get(name)
    paragraphs = article["body"].count("\n") + 1
    yield "body", f"{len(article['body'])} characters, {paragraphs} paragraphs", article["evidence"].get("body")


def _print_table(rows: Sequence[Row]) -> None:
    """All at one glance, where there is room."""
    from rich import box
    from rich.table import Table

    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for head in ("field", "read", "by", "matched text"):
        drawn.add_column(head, overflow="fold", ratio=None if head == "field" else 3 if head == "read" else 2)
    drawn.add_column("sure", justify="right", no_wrap=True)
    for name, value, found in rows:
        matched = one_line(found["text"]) if found and found["text"] else ""
        rule = one_line(found["rule"]) if found else ""
        drawn.add_row(name, value, rule, matched, _sure(found) if found else "")
    console(wrap=True).print(drawn)


def _print_lines(rows: Sequence[Row], *, evidence: bool) -> None:
    """One line a field, what it rests on below it; long lines go on below their beginning on a terminal."""
    from rich.table import Table
    from rich.text import Text

    screen = console(wrap=True)
    if not screen.is_terminal:
        for name, value, found in rows:
            emit(f"{name:>14}  {value}")
            if evidence and found:
                emit(f"{'':>16}← {_words(found)} ({_sure(found)})")
        return
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(justify="right", style="dim", no_wrap=True, min_width=14)
    grid.add_column(overflow="fold")
    for name, value, found in rows:
        grid.add_row(Text(name), Text(value))
        if evidence and found:
            grid.add_row("", Text(f"  ← {_words(found)} ({_sure(found)})", "dim"))
    screen.print(grid)


def _words(found: Mapping[str, Any]) -> str:
    return one_line(f"{found['rule']}: {found['text']}" if found["text"] else found["rule"])[:200]


def _sure(found: Mapping[str, Any]) -> str:
    """A confidence in figures; a question mark where it is low."""
    return f"{found['confidence']:.2f}{'?' if found['confidence'] < _UNSURE else ''}"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("extract")(extract)
