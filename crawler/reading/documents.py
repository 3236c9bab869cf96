"""The text of files: PDF, Word, Excel, PowerPoint, OFD, and Office files that are HTML. Pure: bytes in, text out.

Files of strangers are read in a process of their own, with limits (``crawler.document_reader``), which runs this
module. Formats that are zipped XML are read here; the others by libraries of the extra ``documents``.
"""

from __future__ import annotations

import io
import json
import re
import struct
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from importlib.util import find_spec
from typing import IO, Any

from lxml import etree

from crawler.reading.office_pages import office_lines
from crawler.reading.text import clean

READER_VERSION = 1
"""Raised when the same file would give another text."""

LIBRARIES = {"pdf": "pypdfium2", "doc": "olefile", "xls": "python_calamine", "xlsx": "python_calamine"}
"""The library a kind of file needs, by its module; kinds not named here need none."""

KINDS = frozenset({"pdf", "doc", "docx", "xls", "xlsx", "pptx", "ofd", "html"})
MAX_UNPACKED = 128 * 1024 * 1024
"""Bytes of XML that are unpacked from one file. Office files pack about one to ten; a bomb one to a thousand."""
_MAX_ENTRIES = 20_000

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_WORD97 = 0xA5EC
# A field is its code, hidden, and its result: 0x13 code 0x14 result 0x15.
_FIELD = re.compile("\x13[^\x13\x14\x15]*[\x14\x15]")
_WORD_MARKS = {0x07: " ", 0x0B: "\n", 0x0C: "\n", 0x0D: "\n", 0x14: None, 0x15: None, 0x1E: "-", 0x1F: None}
_SLIDE = re.compile(r"ppt/slides/slide(\d+)\.xml\Z")
_OFD_PAGE = re.compile(r"(?:.*/)?Doc_(\d+)/Pages/Page_(\d+)/Content\.xml\Z", re.IGNORECASE)


@dataclass(frozen=True)
class DocumentText:
    """``text`` is None when there is none; ``state`` is then not "read", and ``detail`` says why in one sentence.

    States: ``read``; ``empty``, there is no text in it (a scan); ``no_reader``, the library for it is not installed;
    ``unsupported``, nothing reads this kind; ``encrypted``; ``damaged``; ``too_large``, more than the limits let in;
    ``timeout``. With ``read``, ``detail`` may say that only a part was read.
    """

    text: str | None
    state: str
    detail: str = ""


class _Refused(Exception):
    """The file cannot be read; the state and why."""

    def __init__(self, state: str, detail: str) -> None:
        super().__init__(detail)
        self.state = state


class _Lines:
    """Collects cleaned lines up to a number of characters."""

    def __init__(self, max_chars: int) -> None:
        self.max_chars = max_chars
        self.lines: list[str] = []
        self.length = 0
        self.note = ""

    def add(self, text: str) -> bool:
        """Take a piece of text; False when there is no more room."""
        for line in text.splitlines():
            shown = clean(line)
            if not shown:
                continue
            if self.length + len(shown) > self.max_chars:
                self.note = f"only the first {self.max_chars} characters were taken"
                return False
            self.lines.append(shown)
            self.length += len(shown) + 1
        return True


def read_text(body: bytes, kind: str, *, max_pages: int = 500, max_chars: int = 1_000_000) -> DocumentText:
    """The text of a file of this kind, one paragraph, table row or printed line a line. Raises nothing."""
    reader = _READERS.get(kind)
    if kind == "encrypted":
        return DocumentText(None, "encrypted", "the file is locked with a password")
    if reader is None:
        return DocumentText(None, "unsupported", f"nothing here reads {kind} files")
    if missing := missing_library(kind):
        return DocumentText(None, "no_reader", f"{missing} is not installed (extra 'documents')")
    lines = _Lines(max_chars)
    try:
        reader(body, lines, max_pages)
    except _Refused as refusal:
        return DocumentText(None, refusal.state, str(refusal))
    except MemoryError:
        return DocumentText(None, "too_large", "reading it takes more memory than it may")
    except Exception as error:
        # Whatever a broken file does to a library is the file's fault, and must not be the crawl's.
        if "password" in str(error).lower() or "encrypted" in str(error).lower():
            return DocumentText(None, "encrypted", "the file is locked with a password")
        return DocumentText(None, "damaged", f"{type(error).__name__}: {clean(str(error))[:200]}")
    if not lines.lines:
        return DocumentText(None, "empty", lines.note or "there is no text in it; its pages may be pictures")
    return DocumentText("\n".join(lines.lines), "read", lines.note)


def missing_library(kind: str) -> str | None:
    """The library that reading this kind needs and that is not installed."""
    library = LIBRARIES.get(kind)
    return library if library and find_spec(library) is None else None


# --- by libraries -----------------------------------------------------------------------------------------------------


def _read_pdf(body: bytes, lines: _Lines, max_pages: int) -> None:
    import pypdfium2

    document = pypdfium2.PdfDocument(body)
    try:
        count = len(document)
        for number in range(min(count, max_pages)):
            page = document[number]
            text = page.get_textpage()
            more = lines.add(text.get_text_range())
            text.close()
            page.close()
            if not more:
                return
        if count > max_pages:
            lines.note = f"only the first {max_pages} of {count} pages were read"
    finally:
        document.close()


def _read_doc(body: bytes, lines: _Lines, max_pages: int) -> None:
    """Word 97 to 2003, and WPS, which writes the same: the pieces of the text, found by the file's own table."""
    import olefile

    with olefile.OleFileIO(io.BytesIO(body)) as file:
        main = file.openstream("WordDocument").read()
        magic, flags = _numbers("<H", main, 0)[0], _numbers("<H", main, 0x0A)[0]
        if magic != _WORD97:
            raise _Refused("unsupported", "a Word file from before 1997")
        if flags & 0x0100:
            raise _Refused("encrypted", "the file is locked with a password")
        table = file.openstream("1Table" if flags & 0x0200 else "0Table").read()
    start, size = _numbers("<2I", main, 0x01A2)
    text = _pieces(main, table[start : start + size])
    # The parts follow one another: text, footnotes, page heads, (nothing), remarks, endnotes, boxes.
    lengths = _numbers("<7I", main, 0x4C)
    ends = [sum(lengths[: number + 1]) for number in range(len(lengths))]
    shown = text[: ends[1]] + "\r" + text[ends[4] : ends[6]]
    shown = _FIELD.sub("", shown).translate(_WORD_MARKS)
    lines.add(shown)


def _pieces(main: bytes, table: bytes) -> str:
    while table[:1] == b"\x01":  # formatting of pieces
        table = table[3 + _numbers("<H", table, 1)[0] :]
    if table[:1] != b"\x02":
        raise _Refused("damaged", "the table of its text is not where it should be")
    table = table[5 : 5 + _numbers("<I", table, 1)[0]]
    count = (len(table) - 4) // 12
    places = _numbers(f"<{count + 1}I", table, 0)
    found: list[str] = []
    for number in range(count):
        place = _numbers("<I", table, 4 * (count + 1) + 8 * number + 2)[0]
        length = max(0, places[number + 1] - places[number])
        if place & 0x4000_0000:  # one byte a character
            place = (place & 0x3FFF_FFFF) // 2
            found.append(main[place : place + length].decode("cp1252", "replace"))
        else:
            found.append(main[place : place + 2 * length].decode("utf-16-le", "replace"))
    return "".join(found)


def _numbers(form: str, data: bytes, place: int) -> tuple[int, ...]:
    return struct.unpack_from(form, data, place)


def _read_sheets(body: bytes, lines: _Lines, max_pages: int) -> None:
    from python_calamine import CalamineWorkbook

    if body.startswith(b"PK"):
        _open_zip(body).close()  # refuses bombs that tell their size
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(body))
    names = workbook.sheet_names
    for name in names[:max_pages]:
        rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=True)
        if rows and len(names) > 1 and not lines.add(name):
            return
        for row in rows:
            if not lines.add(" ".join(filter(None, map(_cell, row)))):
                return
    if len(names) > max_pages:
        lines.note = f"only the first {max_pages} of {len(names)} sheets were read"


def _cell(value: Any) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        return value.isoformat(" ").removesuffix(" 00:00:00")
    if isinstance(value, date):
        return value.isoformat()
    return " ".join(str(value).split())


# --- zipped XML -------------------------------------------------------------------------------------------------------


class _Bounded:
    """Reads on until so many bytes were unpacked from one file; what an entry says of its own size is not believed."""

    def __init__(self) -> None:
        self.left = MAX_UNPACKED

    def open(self, archive: zipfile.ZipFile, name: str) -> IO[bytes]:
        with archive.open(name) as source:
            content = source.read(self.left + 1)
        self.left -= len(content)
        if self.left < 0:
            raise _Refused("too_large", f"it unpacks to more than {MAX_UNPACKED} bytes")
        return io.BytesIO(content)


def _open_zip(body: bytes) -> zipfile.ZipFile:
    archive = zipfile.ZipFile(io.BytesIO(body))
    entries = archive.infolist()
    if len(entries) > _MAX_ENTRIES or sum(entry.file_size for entry in entries) > 8 * MAX_UNPACKED:
        raise _Refused("too_large", f"{len(entries)} entries that unpack to more than any document")
    if any(entry.flag_bits & 1 for entry in entries):
        raise _Refused("encrypted", "the file is locked with a password")
    return archive


def _events(source: IO[bytes]) -> Iterator[tuple[str, Any]]:
    """Start and end of every element. Entities are never resolved, and nothing is loaded from elsewhere."""
    yield from etree.iterparse(
        source, events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )


def _read_docx(body: bytes, lines: _Lines, max_pages: int) -> None:
    bounded = _Bounded()
    with _open_zip(body) as archive:
        names = set(archive.namelist())
        main = next((name for name in ("word/document.xml", "word/document2.xml") if name in names), None)
        if main is None:
            raise _Refused("damaged", "the file has no word/document.xml")
        for name in (main, "word/footnotes.xml", "word/endnotes.xml"):
            if name in names:
                for line in _word_lines(bounded.open(archive, name)):
                    if not lines.add(line):
                        return


def _word_lines(source: IO[bytes]) -> Iterator[str]:
    """Paragraphs, and rows of tables with a space between cells. Deleted text is none; copies for old Words neither."""
    paragraphs: list[list[str]] = []  # a text box stands inside a paragraph
    rows: list[list[list[str]]] = []  # for each open table: the cells of its row, each a list of paragraphs
    copies = 0
    for event, node in _events(source):
        tag = node.tag
        if event == "start":
            if tag == _FALLBACK:
                copies += 1
            elif tag == f"{_W}p":
                paragraphs.append([])
            elif tag == f"{_W}tr":
                rows.append([])
            elif tag == f"{_W}tc" and rows:
                rows[-1].append([])
            continue
        if tag == _FALLBACK:
            copies -= 1
        elif tag == f"{_W}t" and paragraphs and not copies:
            paragraphs[-1].append(node.text or "")
        elif tag in (f"{_W}tab", f"{_W}br", f"{_W}cr") and paragraphs:
            paragraphs[-1].append("\n" if tag == f"{_W}br" else " ")
        elif tag == f"{_W}p":
            text = "".join(paragraphs.pop())
            if rows and rows[-1]:
                rows[-1][-1].append(text)
            else:
                yield text
        elif tag == f"{_W}tr":
            row = " ".join(filter(None, ("".join(cell).strip() for cell in rows.pop())))
            if rows and rows[-1]:
                rows[-1][-1].append(row)
            else:
                yield " ".join(row.split())
        if tag in (f"{_W}p", f"{_W}tr"):
            node.clear()


def _read_pptx(body: bytes, lines: _Lines, max_pages: int) -> None:
    bounded = _Bounded()
    with _open_zip(body) as archive:
        found = sorted((int(match[1]), name) for name in archive.namelist() if (match := _SLIDE.match(name)))
        for _, name in found[:max_pages]:
            pieces: list[str] = []
            for event, node in _events(bounded.open(archive, name)):
                if event == "end" and node.tag == f"{_A}t":
                    pieces.append(node.text or "")
                elif event == "end" and node.tag == f"{_A}p":
                    pieces.append("\n")
            if not lines.add("".join(pieces)):
                return


def _read_ofd(body: bytes, lines: _Lines, max_pages: int) -> None:
    """OFD (GB/T 33190): pieces of text with their places on the page; those of one height are one line."""
    bounded = _Bounded()
    with _open_zip(body) as archive:
        found = sorted(
            (int(match[1]), int(match[2]), name) for name in archive.namelist() if (match := _OFD_PAGE.match(name))
        )
        for _, _, name in found[:max_pages]:
            if not lines.add("\n".join(_ofd_lines(bounded.open(archive, name)))):
                return
        if len(found) > max_pages:
            lines.note = f"only the first {max_pages} of {len(found)} pages were read"


def _ofd_lines(source: IO[bytes]) -> Iterable[str]:
    rows: dict[int, list[tuple[float, str]]] = {}
    box = (0.0, 0.0)
    for event, node in _events(source):
        name = node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""
        if event == "start" and name == "TextObject":
            box = _place(node.get("Boundary", ""))
        elif event == "end" and name == "TextCode" and node.text:
            shift = _place(f"{node.get('X', '0')} {node.get('Y', '0')}")
            # Half a millimetre up or down is still the same line.
            rows.setdefault(round(2 * (box[1] + shift[1])), []).append((box[0] + shift[0], node.text))
    for _, pieces in sorted(rows.items()):
        yield "".join(text for _, text in sorted(pieces, key=lambda piece: piece[0]))


def _place(text: str) -> tuple[float, float]:
    try:
        left, top = [float(number) for number in text.split()[:2]]
    except ValueError:
        return 0.0, 0.0
    return left, top


def _read_html(body: bytes, lines: _Lines, max_pages: int) -> None:
    all(lines.add(line) for line in office_lines(body))


_READERS: dict[str, Callable[[bytes, _Lines, int], None]] = {
    "pdf": _read_pdf,
    "doc": _read_doc,
    "docx": _read_docx,
    "xls": _read_sheets,
    "xlsx": _read_sheets,
    "pptx": _read_pptx,
    "ofd": _read_ofd,
    "html": _read_html,
}


def main(arguments: list[str]) -> int:
    """Read the file on standard input; print a DocumentText as JSON.

    Arguments: kind, seconds, megabytes, pages, characters. The limits are this process's own: whatever starts it may
    be gone when a file makes it run wild.
    """
    import resource
    import signal

    kind, seconds, megabytes, pages, chars = arguments[0], *(int(number) for number in arguments[1:5])
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.alarm(seconds + 5)
    found = read_text(sys.stdin.buffer.read(), kind, max_pages=pages, max_chars=chars)
    sys.stdout.write(json.dumps(asdict(found)))
    sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
