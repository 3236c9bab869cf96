"""Files that articles link to: as ``show`` and ``export`` tell of them, and ``zhiwen files``."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import open_archive, settings
from cli.output import NOTHING, CliError, counted, emit, emit_json, note, one_line, plain, table, when

if TYPE_CHECKING:
    from archive.archive import Archive
    from archive.records import ArticleDetail, AttachmentRow, DocumentRow, RevisionRow

TEXT_IS_THERE = frozenset({"read", "pending", "left"})
"""States of files that say nothing about a text that could not be read."""
_INSTALL = "pip install 'zhiwen[documents]', then `zhiwen files --read`"


def hint_for(states: Mapping[str, int]) -> str:
    """What helps against files without text; "" when nothing of ours does."""
    return f" (no_reader: {_INSTALL})" if states.get("no_reader") else ""


def attachment_json(row: AttachmentRow) -> dict[str, object]:
    """One file of an article as programs get it, its text included."""
    document = row.document
    fields: dict[str, object] = {
        "url": row.url,
        "name": row.name,
        "linked": row.linked,
        "state": row.state,
        "detail": row.detail or None,
        "changed_at": row.changed_at,
    }
    if document is not None:
        fields |= {
            "sha256": document.hash.hex(),
            "size": document.size,
            "kind": document.kind,
            "media_type": document.media_type,
            "text_state": document.text_state,
            "text_detail": document.text_detail or None,
            "text": document.text,
        }
    return fields


def attachment_lines(detail: ArticleDetail, row: RevisionRow) -> Iterator[str]:
    """The files of an article, one line each: name, size, kind, hash, whether there is text, address."""
    if not detail.attachments:  # stored before files were fetched
        for file in row.attachments:
            yield one_line(f"{file.get('name')} {file.get('url')}")
    for number, attachment in enumerate(detail.attachments, 1):
        yield one_line(f"{number}. {attachment.name} · {_about(attachment)} · {attachment.url}")


def _about(row: AttachmentRow) -> str:
    gone = [] if row.linked else ["no longer linked"]
    document = row.document
    if document is None:
        state = {"pending": "not fetched yet", "left": "not fetched"}.get(row.state, row.state)
        return " · ".join([f"{state}: {row.detail}" if row.detail else state, *gone])
    text = (
        f"text of {len(document.text)} characters" if document.text is not None else f"no text: {document.text_state}"
    )
    why = f" ({document.text_detail})" if document.text_detail else ""
    failed = [f"last try failed: {row.detail}"] if row.state == "failed" else []
    parts = [document.kind, _size(document.size), f"sha256 {document.hash.hex()[:12]}", f"{text}{why}", *failed, *gone]
    return " · ".join(parts)


def _size(number: int) -> str:
    return f"{number / 1024:.0f} KB" if number < 1024 * 1024 else f"{number / 1024 / 1024:.1f} MB"


def print_file(archive: Archive, detail: ArticleDetail, number: int, *, raw: bool) -> None:
    """The text of one file of an article, or its bytes. Raises CliError when there is none."""
    if number > len(detail.attachments):
        raise CliError(f"there is no file {number}: the article has {len(detail.attachments)}.", NOTHING)
    row = detail.attachments[number - 1]
    document = row.document
    if document is None:
        raise CliError(f"{row.url} is not here: {row.detail or row.state}.", NOTHING)
    if raw:
        if sys.stdout.isatty():  # bytes of a stranger are no input for a terminal
            raise CliError(f"a {document.kind} file is not shown on a terminal: send it to a file with >.")
        sys.stdout.buffer.write(archive.snapshot(document.snapshot_hash).body)
        sys.stdout.buffer.flush()
    elif document.text is None:
        hint = f": {_INSTALL}" if document.text_state == "no_reader" else ""
        raise CliError(f"there is no text ({document.text_state}: {document.text_detail}){hint}.", NOTHING)
    else:
        emit(plain(document.text))


def files(
    read: Annotated[
        bool, typer.Option("--read", help="Read those without text again, and store what is found.")
    ] = False,
    state: Annotated[
        list[str] | None, typer.Option("--state", metavar="WORD", help="Only files in this state; may be given again.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Files looked at.")] = 1000,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """The files that articles link to, and whether their text is there. Ends with 3 when there are none.

    With --read: those without text are read once more from the bytes kept, say after the libraries were installed.
    """
    with open_archive() as archive:
        found = archive.documents(state, limit=limit)
        if read:
            _read(archive, [row for row in found if row.text_state != "read"])
            found = archive.documents(state, limit=limit)
    if as_json:
        emit_json({"files": [_document_json(row) for row in found]})
    else:
        rows = [
            (row.kind, _size(row.size), row.text_state, when(row.first_seen_at), row.hash.hex()[:12], row.text_detail)
            for row in found
        ]
        if rows:
            table(("kind", "size", "text", "first seen", "sha256", "remark"), rows)
        states: dict[str, int] = {}
        for row in found:
            states[row.text_state] = states.get(row.text_state, 0) + 1
        note(f"{len(found)} files{': ' + counted(states) if states else ''}.{hint_for(states)}")
    raise typer.Exit(0 if found else NOTHING)


def _document_json(row: DocumentRow) -> dict[str, object]:
    return {
        "sha256": row.hash.hex(),
        "size": row.size,
        "kind": row.kind,
        "media_type": row.media_type,
        "first_seen_at": row.first_seen_at,
        "text_state": row.text_state,
        "text_detail": row.text_detail,
        "characters": len(row.text) if row.text is not None else None,
    }


def _read(archive: Archive, documents: list[DocumentRow]) -> None:
    from archive.errors import SnapshotCorrupt
    from crawler.document_reader import Limits, read_document
    from crawler.reading.documents import READER_VERSION
    from crawler.reading.text import fold

    chosen = settings().documents
    limits = Limits(chosen.read_seconds, chosen.read_memory_mb, chosen.max_pages, chosen.max_chars)
    gained = 0
    for row in documents:
        try:
            body = archive.snapshot(row.snapshot_hash).body
        except SnapshotCorrupt as error:
            note(str(error))
            continue
        now = read_document(body, row.kind, limits)
        folded = fold(now.text) if now.text else ""
        archive.save_text(row.hash, now.text, folded, now.state, now.detail, READER_VERSION)
        gained += now.text is not None
    note(f"{len(documents)} files read again, {gained} of them have text now.")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("files")(files)
