"""``zhiwen export``: take results out as CSV, JSON lines or WARC."""

from __future__ import annotations

import csv
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any, Literal

import typer

from cli.ask import article_json
from cli.context import open_archive
from cli.filters import (
    ColumnOption,
    SinceOption,
    SiteOption,
    SourceOption,
    StateOption,
    UntilOption,
    chosen,
    folded,
)
from cli.output import FAILURE, NOTHING, USAGE, CliError, console, end_quietly, note, one_line, plain, to_json, when
from cli.reprints import original_name

if TYPE_CHECKING:
    from archive.archive import Archive
    from archive.records import ArticleDetail

Format = Literal["csv", "jsonl", "warc"]

CSV_COLUMNS = (
    "id", "site", "title", "subtitle", "published_at", "source", "column", "reporters", "correspondents", "interns",
    "authors", "editors", "doc_number", "issuer", "state", "revision", "first_seen_at", "changed_at", "views", "url",
    "aliases", "images", "attachments", "restored", "story_id", "reprint_kind", "original", "body",
)  # fmt: skip

# A spreadsheet takes a cell that begins so for a formula (ASVS 1.2.10; the full-width forms in East Asian versions).
_FORMULA = re.compile(r"^[=+\-@\t\r＝＋－＠]")


def export(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="News.csv, news.jsonl, news.warc.gz, or - for standard output.")
    ],
    words: Annotated[
        list[str] | None, typer.Option("--words", "-w", metavar="WORD", help="Must occur; may be given again.")
    ] = None,
    site: SiteOption = None,
    source: SourceOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    column: ColumnOption = None,
    state: StateOption = None,
    form: Annotated[Format | None, typer.Option("--format", help="Default: by the file's name.")] = None,
) -> None:
    """Write all matching articles to a file, newest first.

    CSV opens in a spreadsheet as it is (UTF-8 with a mark; no cell can act as a formula). JSON lines hold every field.
    WARC 1.1 holds the pages and files themselves, every fetch of them; without a filter those of the whole archive.
    `zhiwen import` and the tools of web archives read it. Ends with 1 when a stored page is missing or corrupt; it is
    named and left out, the rest is written.

    The file appears whole or not at all. Ends with 3, and writes nothing, when nothing matches.
    """
    kind = form or _by_name(file)
    with open_archive() as archive:
        filters = chosen(site, source, since, until, column, state)
        if kind == "warc":
            wanted = None
            if words or any(filters.values()):
                wanted = archive.matching(folded(words), **filters)
            _export_warc(archive, file, wanted)
            return
        articles = archive.export(folded(words), **filters)
        first = next(articles, None)
        if first is None:
            raise CliError("nothing matches; nothing was written.", NOTHING)
        found = chain([first], articles)
        if file == "-":
            try:
                number = _write(found, sys.stdout, kind)
                sys.stdout.flush()
            except BrokenPipeError:
                end_quietly()
        else:
            with _whole_or_nothing(Path(file), encoding="utf-8", newline="") as target:
                number = _write(found, target, kind)
            note(f"{number} articles written to {file}.")


def _by_name(file: str) -> Format:
    suffix = Path(file).suffix.lower()
    if suffix == ".csv":
        return "csv"
    if suffix in (".jsonl", ".ndjson"):
        return "jsonl"
    if file.lower().endswith((".warc", ".warc.gz")):
        return "warc"
    raise CliError(
        f"{file}: the name does not tell the format. End it in .csv, .jsonl or .warc.gz, or add --format.", USAGE
    )


def _export_warc(archive: Archive, file: str, wanted: list[int] | None) -> None:
    """Write the exchanges of these articles, or of all, and tell what is not among them."""
    from cli.warc import WarcExport

    total = archive.exchange_count() if wanted is None else None
    if wanted == [] or total == 0:
        raise CliError("nothing matches; nothing was written.", NOTHING)
    compressed = not file.lower().endswith(".warc")
    if file == "-":
        if sys.stdout.isatty():
            raise CliError("a WARC is no text: name a file, or send the output into one.", USAGE)
        try:
            written = WarcExport(archive, sys.stdout.buffer, compressed=compressed, tell=lambda number: None).write(
                "zhiwen.warc.gz", wanted
            )
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            end_quietly()
    else:
        with _whole_or_nothing(Path(file)) as target, _counting(total) as tell:
            written = WarcExport(archive, target, compressed=compressed, tell=tell).write(Path(file).name, wanted)
    for sentence in written.damaged:
        note(f"zhiwen: left out: {one_line(sentence)}")
    note(
        f"{written.responses} responses and {written.revisits} revisits of {written.articles} articles "
        f"written to {file}."
    )
    if written.not_kept:
        note(f"{written.not_kept} answers brought nothing new when they came; their bytes were not kept.")
    if written.damaged:
        raise CliError(f"{len(written.damaged)} stored pages are missing or corrupt; the rest was written.", FAILURE)


@contextmanager
def _counting(total: int | None) -> Iterator[Callable[[int], None]]:
    """A bar on the terminal while something long is written; nothing elsewhere."""
    screen = console(stderr=True)
    if not screen.is_terminal:
        yield lambda number: None
        return
    from rich.progress import Progress

    with Progress(console=screen, transient=True) as bars:
        task = bars.add_task("fetches", total=total)
        yield lambda number: bars.update(task, completed=number)


def _write(articles: Iterable[ArticleDetail], target: IO[str], kind: Format) -> int:
    number = 0
    if kind == "csv":
        target.write("\ufeff")
        writer = csv.writer(target)
        writer.writerow(CSV_COLUMNS)
        for detail in articles:
            writer.writerow(csv_row(detail))
            number += 1
    else:
        for detail in articles:
            target.write(to_json(article_json(detail)) + "\n")
            number += 1
    return number


def csv_row(detail: ArticleDetail) -> list[str]:
    """The cells of one article, safe for a spreadsheet."""
    fields = article_json(detail)
    now = detail.current
    shown: dict[str, object] = {
        "published_at": when(now.published_at, now.published_precision),
        "first_seen_at": when(detail.article.first_seen_at, "second"),
        "changed_at": when(detail.article.changed_at, "second"),
        "column": " › ".join(now.column),
        "aliases": " ".join(alias.url for alias in detail.aliases),
        "images": " ".join(str(image.get("url", "")) for image in now.images),
        "attachments": " ".join(
            [row.url for row in detail.attachments if row.linked]
            or [str(item.get("url", "")) for item in now.attachments]
        ),
        "restored": "yes" if now.restored else "",
        "original": original_name(detail.article),
    }
    for name in ("reporters", "correspondents", "interns", "authors", "editors"):
        shown[name] = "、".join(getattr(now, name))
    return [safe_cell(shown.get(name, fields.get(name))) for name in CSV_COLUMNS]


def safe_cell(value: object) -> str:
    """Text that no spreadsheet takes for a formula: an apostrophe goes before what could begin one."""
    text = "" if value is None else plain(value)
    return f"'{text}" if _FORMULA.match(text) else text


@contextmanager
def _whole_or_nothing(path: Path, **text: str) -> Iterator[IO[Any]]:
    """A file that takes its name only when it is complete: of bytes, or of text when ``text`` says how."""
    form = "w" if text else "wb"
    path = path.expanduser().resolve()
    if path.is_dir():
        raise CliError(f"{path} is a folder. Name a file.", USAGE)
    if path.exists() and not path.is_file():  # a pipe or a device has no whole
        with path.open(form, **text) as target:  # type: ignore[call-overload]
            yield target
        return
    if not path.parent.is_dir():
        raise CliError(f"there is no folder {path.parent}. Make it first, or name another file.")
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, form, **text) as target:  # type: ignore[call-overload]
            yield target
            target.flush()
            os.fsync(target.fileno())
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("export")(export)
