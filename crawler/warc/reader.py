"""The records of a WARC file, whoever wrote it, and what cannot be read of it.

WARC 1.0 and 1.1, plain or with one gzip member per record. Damage is told with its place, and reading goes on at the
next record: a web archive of years is not given up for one bad block. Standard library only; all sizes are bounded.
"""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

_STEP = 64 * 1024
_MAX_LINE = 64 * 1024
_MAX_HEADER = 512 * 1024
_GZIP = b"\x1f\x8b\x08"
_PLAIN = re.compile(rb"WARC/[01]\.\d{1,2}\r?\n")
_FIRST_LINE = re.compile(rb"WARC/[01]\.\d{1,2}\s*\Z")

KEPT_BYTES = 64 * 1024
"""So much of a record's block is kept while a file is looked through: enough for HTTP headers and metadata."""


class NotAWarc(Exception):
    """The file is none, or of a kind that is not read; the message says what to do."""


@dataclass(slots=True)
class WarcRecord:
    """One record. ``headers`` has lower-case names; ``block`` is its beginning, or all of it when it was asked for."""

    offset: int
    headers: dict[str, str]
    length: int
    block: bytes = field(repr=False, default=b"")

    @property
    def type(self) -> str:
        """The record's type, in lower case."""
        return self.headers.get("warc-type", "").lower()


@dataclass(slots=True, frozen=True)
class Damage:
    """A place of the file that cannot be read, and why."""

    offset: int
    why: str


class _Broken(Exception):
    """The record at hand cannot be read."""


class _Packed(Exception):
    """More than one record lies in one gzip member: places in it cannot be gone to."""


class WarcFile:
    """A WARC file on disk; ``position`` is how far ``records`` has come, ``size`` the file's length."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = path.stat().st_size
        self.position = 0
        with path.open("rb") as file:
            head = file.read(16)
        self.compressed = head.startswith(_GZIP)
        if head.startswith(b"\x28\xb5\x2f\xfd"):
            raise NotAWarc(f"{path} is packed by zstd: unpack it first, `zstd -d {path.name}`")
        if head.startswith(b"PK"):
            raise NotAWarc(f"{path} is a zip (WACZ?): unpack it and import the files of its folder archive/")
        if head.startswith(b"filedesc:"):
            raise NotAWarc(f"{path} is an ARC file, the format before WARC: convert it, `warcio recompress`")

    def records(self) -> Iterator[WarcRecord | Damage]:
        """All records in the file's order, each with the beginning of its block; damage where it lies.

        Raises NotAWarc when nothing in the file is a record, or when many records lie in one gzip member.
        """
        found = False
        offset = 0
        with self.path.open("rb") as file:
            while offset < self.size:
                self.position = offset
                try:
                    record, following = self._read(file, offset, KEPT_BYTES)
                except _Packed:
                    raise NotAWarc(
                        f"{self.path} is gzipped as a whole: unpack it first, `gunzip -k {self.path.name}`"
                    ) from None
                except _Broken as error:
                    following = self._resume(file, offset + 1)
                    if not found and following >= self.size:
                        raise NotAWarc(f"{self.path} is no WARC file: {error}") from None
                    yield Damage(offset, str(error))
                else:
                    found = True
                    yield record
                offset = following
        self.position = self.size

    def read(self, offset: int, limit: int) -> WarcRecord:
        """The record at this place with its block, ``limit`` bytes of it at most. Raises OSError, ValueError."""
        with self.path.open("rb") as file:
            try:
                return self._read(file, offset, limit)[0]
            except (_Broken, _Packed) as error:
                raise ValueError(str(error) or "many records in one gzip member") from None

    def _read(self, file: IO[bytes], offset: int, kept: int) -> tuple[WarcRecord, int]:
        """The record at ``offset`` and where the next one begins."""
        file.seek(offset)
        source: _Member | _Plain = _Member(file, offset) if self.compressed else _Plain(file)
        headers = _headers(source)
        said = headers.get("content-length", "")
        if not said.isdecimal() or len(said) > 15:
            raise _Broken(f"a record without a usable Content-Length ({said[:40]!r})")
        length = int(said)
        digest = _Digest(headers.get("warc-block-digest", ""))
        block, rest = bytearray(), length
        while rest:
            piece = source.read(min(rest, _STEP))
            if not piece:
                raise _Broken(f"the file ends in the middle of a record: {rest} of {length} bytes are missing")
            digest.update(piece)
            if len(block) < kept:
                block += piece[: kept - len(block)]
            rest -= len(piece)
        if why := digest.fault():
            raise _Broken(why)
        return WarcRecord(offset, headers, length, bytes(block)), source.end(self.size)

    def _resume(self, file: IO[bytes], offset: int) -> int:
        """Where the next record may begin, at ``offset`` or behind it; the file's length when there is none."""
        sign = _GZIP if self.compressed else b"WARC/"
        while offset < self.size:
            file.seek(offset)
            piece = file.read(_STEP + 32)
            for match in re.finditer(re.escape(sign), piece):
                if match.start() < _STEP and self._begins(file, offset + match.start(), piece[match.start() :]):
                    return offset + match.start()
            offset += _STEP
        return self.size

    def _begins(self, file: IO[bytes], offset: int, piece: bytes) -> bool:
        if not self.compressed:
            return bool(_PLAIN.match(piece))
        # Three bytes are found anywhere; only what unpacks to a record is one.
        file.seek(offset)
        try:
            return bool(_FIRST_LINE.match(_Member(file, offset).line().rstrip(b"\r\n")))
        except _Broken:
            return False


class _Plain:
    """A record that is not packed."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def read(self, size: int) -> bytes:
        return self._file.read(size)

    def line(self) -> bytes:
        return self._file.readline(_MAX_LINE)

    def end(self, size: int) -> int:
        """Behind the line breaks that part records; some writers put more or fewer than two."""
        while (at := self._file.tell()) < size:
            piece = self._file.read(8)
            rest = piece.lstrip(b"\r\n")
            if rest:
                return at + len(piece) - len(rest)
        return size


class _Member:
    """A record that is one gzip member."""

    def __init__(self, file: IO[bytes], offset: int) -> None:
        self._file = file
        self._stream = zlib.decompressobj(31)
        self._ready = b""
        self._offset = offset

    def _more(self) -> bool:
        """Unpack some more; False at the member's end."""
        while not self._stream.eof:
            packed = self._stream.unconsumed_tail or self._file.read(_STEP)
            if not packed:
                raise _Broken("the file ends in the middle of a record")
            try:
                piece = self._stream.decompress(packed, _STEP)
            except zlib.error as error:
                raise _Broken(f"no gzip member, or a damaged one: {error}") from None
            if piece:
                self._ready += piece
                return True
        return False

    def read(self, size: int) -> bytes:
        if not self._ready and not self._more():
            return b""
        piece, self._ready = self._ready[:size], self._ready[size:]
        return piece

    def line(self) -> bytes:
        while b"\n" not in self._ready and len(self._ready) < _MAX_LINE:
            if not self._more():
                break
        end = self._ready.find(b"\n") + 1 or min(len(self._ready), _MAX_LINE)
        piece, self._ready = self._ready[:end], self._ready[end:]
        return piece

    def end(self, size: int) -> int:
        """Behind the member; its check sum was compared."""
        while True:
            self._ready = self._ready.lstrip(b"\r\n")
            if self._ready.startswith(b"WARC/"):
                raise _Packed
            if self._ready:
                raise _Broken("more bytes in a record than it says")
            if not self._more():
                return self._file.tell() - len(self._stream.unused_data)


class _Digest:
    """Compares a block with the digest that the record gives for it; kinds not known here are not compared."""

    def __init__(self, said: str) -> None:
        kind, _, value = said.partition(":")
        self._said = value.strip()
        kind = kind.lower().replace("-", "")
        self._hash = hashlib.new(kind) if kind in ("sha1", "md5", "sha256") else None

    def update(self, piece: bytes) -> None:
        if self._hash is not None:
            self._hash.update(piece)

    def fault(self) -> str:
        if self._hash is None:
            return ""
        digest = self._hash.digest()
        forms = (digest.hex(), base64.b32encode(digest).decode().rstrip("="))
        if self._said.rstrip("=").lower() in {form.lower() for form in forms}:
            return ""
        return "the bytes of a record are not those of its WARC-Block-Digest"


def _headers(source: _Member | _Plain) -> dict[str, str]:
    first = source.line()
    if not _FIRST_LINE.match(first.rstrip(b"\r\n")):
        raise _Broken(f"no WARC record begins here but {first[:30]!r}")
    found: dict[str, str] = {}
    size = 0
    name = ""
    while True:
        line = source.line()
        size += len(line)
        if not line or size > _MAX_HEADER or _FIRST_LINE.match(line.rstrip(b"\r\n")):
            raise _Broken("a record whose header does not end")
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        if not text:
            return found
        if text[0] in " \t" and name:
            found[name] += " " + text.strip()  # a folded line
            continue
        name, _, value = text.partition(":")
        name = name.strip().lower()
        found.setdefault(name, value.strip())
