"""``zhiwen search`` and ``zhiwen show``: questions to the archive."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import open_archive
from cli.files import attachment_json, attachment_lines, print_file
from cli.filters import (
    ColumnOption,
    SinceOption,
    SiteOption,
    Sort,
    SourceOption,
    StateOption,
    Terms,
    UntilOption,
    chosen,
    folded,
)
from cli.output import NOTHING, USAGE, CliError, console, emit, emit_json, note, one_line, plain, table, when
from cli.reprints import original_line, print_story

if TYPE_CHECKING:
    from rich.text import Text

    from archive.archive import Archive
    from archive.records import ArticleDetail, RevisionRow, SearchHit


def search(
    words: Terms = None,
    site: SiteOption = None,
    source: SourceOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    column: ColumnOption = None,
    state: StateOption = None,
    sort: Annotated[Sort, typer.Option(help="Order of the hits.")] = "relevance",
    limit: Annotated[int, typer.Option(min=1, help="Hits shown.")] = 20,
    offset: Annotated[int, typer.Option(min=0, help="Hits left out at the beginning.")] = 0,
    stories: Annotated[bool, typer.Option("--stories", help="Of articles with one text only the first.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Find articles. Without words: all that the filters let through. Ends with 3 when nothing is found."""
    terms = folded(words)
    filters = chosen(site, source, since, until, column, state)
    with open_archive() as archive:
        hits = archive.search(terms, **filters, sort=sort, limit=limit, offset=offset, stories=stories)
        total = archive.count(terms, **filters, stories=stories)
    if as_json:
        emit_json({"total": total, "offset": offset, "hits": [_hit_json(hit) for hit in hits]})
    else:
        for hit in hits:
            _print_hit(hit)
        more = f"; {offset + len(hits)} shown, go on with --offset {offset + len(hits)}" if hits else ""
        note(f"{total} found{more if offset + len(hits) < total else ''}.")
    raise typer.Exit(0 if hits else NOTHING)


def _hit_json(hit: SearchHit) -> dict[str, object]:
    from dataclasses import asdict

    return {**asdict(hit.article), "snippet": hit.snippet, "title_marks": hit.title_marks, "marks": hit.marks} | {
        "attachment": hit.attachment,
        "others": hit.others,
    }


def _marked(text: str, marks: Sequence[tuple[int, int]], style: str) -> Text:
    """One plain line with the hits emphasised. Marks count in the text as stored, so they are set first."""
    from rich.text import Text

    line, at = Text(), 0
    for start, end in sorted(marks):
        if start >= at:
            line.append(" ".join(plain(text[at:start]).split("\n")))
            line.append(" ".join(plain(text[start:end]).split("\n")), style)
            at = end
    return line.append(" ".join(plain(text[at:]).split("\n")))


def _print_hit(hit: SearchHit) -> None:
    from rich.text import Text

    article = hit.article
    head = Text(f"{article.id:>6}  ", "cyan") + _marked(hit.article.title, hit.title_marks, "bold red")
    if article.state != "live":
        head.append(f"  [{article.state}]", "yellow")
    about = [when(article.published_at, article.published_precision) or "no date", article.site]
    about += [one_line(article.source)] if article.source else []
    about += [f"revision {article.revision}"] if article.revision > 1 else []
    if article.reprint_kind not in (None, "original"):
        about.append(original_line(article))
    if hit.others:
        about.append(f"and {hit.others} more with this text")
    screen = console()
    screen.print(head)
    screen.print(Text(f"        {' · '.join(about)}", "dim"))
    if hit.attachment is not None:
        screen.print(Text(f"        in the file {one_line(hit.attachment)}:", "dim"))
    if hit.snippet:
        screen.print(Text("        ") + _marked(hit.snippet, hit.marks, "bold red"))


def show(
    ref: Annotated[str, typer.Argument(metavar="ID|URL", help="Number or any address of the article.")],
    span: Annotated[
        str | None, typer.Argument(metavar="[A..B]", help="With --diff: from revision A to B.", show_default=False)
    ] = None,
    diff: Annotated[bool, typer.Option("--diff", help="What the last revision (or --revision N) changed.")] = False,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="With --diff: as one page of HTML, to this file.")
    ] = None,
    revisions: Annotated[bool, typer.Option("--revisions", help="All revisions in short.")] = False,
    reprints: Annotated[bool, typer.Option("--reprints", help="Who said it first, and who repeated it.")] = False,
    revision: Annotated[int | None, typer.Option(min=1, metavar="N", help="This revision, not the last.")] = None,
    raw: Annotated[bool, typer.Option("--raw", help="The page as it was served (bytes of the snapshot).")] = False,
    file: Annotated[
        int | None, typer.Option("--file", min=1, metavar="N", help="The text of its Nth file; with --raw its bytes.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document with every field.")] = False,
) -> None:
    """Show one article and its history. Ends with 3 when the archive does not have it."""
    if not diff and (span is not None or html is not None):
        raise CliError("A..B and --html belong to --diff.", USAGE)
    with open_archive() as archive:
        detail = find_article(archive, ref)
        if detail is None:
            raise CliError(f"the archive has no article {ref}.", NOTHING)
        history = archive.revisions(detail.article.id)
        current = _choose(history, revision)
        if file is not None:
            print_file(archive, detail, file, raw=raw)
        elif raw:
            _print_raw(archive, current)
        elif diff:
            from cli.differences import choose_span

            _show_diff(detail, history, choose_span(history, span, revision), as_json, html)
        elif reprints:
            print_story(archive, detail.article.id, as_json=as_json)
        elif as_json:
            emit_json(article_json(detail, current) | ({"revisions": _revisions_json(history)} if revisions else {}))
        elif revisions:
            _print_revisions(history)
        else:
            _print_article(detail, current)


def find_article(archive: Archive, ref: str) -> ArticleDetail | None:
    """By number or by address; scheme, www, index page and tracking parameters of the address do not matter."""
    if ref.isdecimal():
        return archive.article(int(ref)) if len(ref) < 19 else None
    from crawler.reading.urls import canonical_url, url_key

    url = ref if "://" in ref else f"http://{ref}"
    try:
        key = url_key(canonical_url(url))
    except ValueError:
        return None
    return archive.article(ref) or archive.article(key)


def _choose(history: Sequence[RevisionRow], number: int | None) -> RevisionRow:
    if number is None:
        return history[-1]
    for row in history:
        if row.number == number:
            return row
    raise CliError(f"there is no revision {number}: the article has {len(history)}.", NOTHING)


def article_json(detail: ArticleDetail, current: RevisionRow | None = None) -> dict[str, object]:
    """Every field of an article with the content of one revision: what ``show --json`` and ``export`` give."""
    from dataclasses import asdict

    article, content = asdict(detail.article), asdict(current or detail.current)
    content["read_from"] = content.pop("url")
    content["revision_at"] = content.pop("fetched_at")
    content["revision"] = content.pop("number")
    aliases = [asdict(alias) for alias in detail.aliases]
    files = {"attachments": [attachment_json(row) for row in detail.attachments]} if detail.attachments else {}
    states = {"states": [asdict(row) for row in detail.states]} if detail.states else {}
    return {**article, **content, **files, **states, "id": detail.article.id, "aliases": aliases}


def _print_article(detail: ArticleDetail, row: RevisionRow) -> None:
    from rich.text import Text

    article = detail.article
    screen = console()
    screen.print(Text(one_line(row.title), "bold"))
    if row.subtitle:
        screen.print(Text(one_line(row.subtitle), "italic"))
    names = ("reporters", "correspondents", "interns", "authors", "editors")
    facts: dict[str, object] = {
        "published": when(row.published_at, row.published_precision) or "the page shows no date",
        "source": row.source,
        **{name: "、".join(getattr(row, name)) for name in names},
        "site": article.site,
        "column": " › ".join(row.column),
        "number": " ".join(filter(None, (row.doc_number, row.issuer))),
        "address": article.url,
        "also at": " ".join(alias.url for alias in detail.aliases),
        "state": _state_line(detail),
        "revision": f"{row.number} of {article.revision}, read {when(row.fetched_at)}",
        "first seen": when(article.first_seen_at),
        "restored": f"{len(row.repairs)} places of a mirror's noise" if row.restored else "",
        "story": original_line(article),
        "doubts": " ".join(row.warnings),
    }
    for name, value in facts.items():
        if value:
            screen.print(Text(f"{name:>14}  ", "dim") + Text(one_line(value)))
    for image in row.images:
        caption = f" ({image['caption']})" if image.get("caption") else ""
        screen.print(Text(f"{'image':>14}  ", "dim") + Text(one_line(f"{image.get('url')}{caption}")))
    for line in attachment_lines(detail, row):
        screen.print(Text(f"{'attachment':>14}  ", "dim") + Text(line))
    screen.print()
    screen.print(Text(plain(row.body)))


def _state_line(detail: ArticleDetail) -> str:
    """Live, missing or withdrawn, with the days: when it was there last, when it was missed, when it came back."""
    article = detail.article
    words = [f"{row.state if row.state != 'live' else 'back'} {when(row.at)}" for row in detail.states]
    if article.state == "live":
        return f"live ({', '.join(words)})" if words else "live"
    why = next((f": {row.why}" for row in reversed(detail.states) if row.why), "")
    before = [f"last seen {when(article.last_seen_at)}", *words[:-1]]
    return f"{article.state} since {when(article.state_changed_at)} ({', '.join(before)}; its last text is kept){why}"


def _revisions_json(history: Sequence[RevisionRow]) -> list[dict[str, object]]:
    from dataclasses import asdict

    return [{**asdict(row), "fields": fields, "summary": summary} for row, fields, summary in _summaries(history)]


def _summaries(history: Sequence[RevisionRow]) -> Iterator[tuple[RevisionRow, list[str], str]]:
    """Every revision with the fields that it changed and what it changed in one line; none for the first."""
    from cli.differences import difference_of

    yield history[0], [], ""
    for before, now in pairwise(history):
        found = difference_of(history, before.number, now.number)
        yield now, found.fields, found.summary


def _print_revisions(history: Sequence[RevisionRow]) -> None:
    rows = [
        [row.number, when(row.fetched_at), len(row.body), ", ".join(fields) or "first seen", summary or row.title]
        for row, fields, summary in _summaries(history)
    ]
    table(("revision", "read", "characters", "changed", "what"), rows)


def _show_diff(
    detail: ArticleDetail, history: Sequence[RevisionRow], span: tuple[int, int], as_json: bool, html: Path | None
) -> None:
    from cli import differences

    found = differences.difference_of(history, *span)
    if html is not None:
        from cli.difference_page import page

        try:
            html.write_text(page(detail, history, found), encoding="utf-8")
        except OSError as error:
            raise CliError(f"{html} cannot be written: {error.strerror}.") from error
        note(f"{html} written: {found.summary}")
    elif as_json:
        emit_json(differences.as_json(found, history))
    else:
        differences.print_difference(found, history)


def _print_raw(archive: Archive, row: RevisionRow) -> None:
    if row.snapshot_hash is None:
        raise CliError(f"revision {row.number} has no snapshot.", NOTHING)
    body = archive.snapshot(row.snapshot_hash).body
    if sys.stdout.isatty():  # bytes of a stranger are no input for a terminal
        try:
            emit(plain(body.decode(row.charset or "utf-8", errors="replace")))
        except LookupError:
            emit(plain(body.decode("utf-8", errors="replace")))
    else:
        sys.stdout.buffer.write(body)
        sys.stdout.buffer.flush()


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("search")(search)
    app.command("show")(show)
