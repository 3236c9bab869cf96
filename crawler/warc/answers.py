"""A record of a web archive as the answer it was: headers, and the body without codings of transfer and content."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.fetching.decoding import decode_body
from crawler.fetching.errors import FetchError, Incomplete, TooLarge, Undecodable
from crawler.warc.index import Answer, WarcIndex, end_of_head, http_head

# Headers may be as large again as the body is allowed to be small.
_ROOM = 512 * 1024
_MAX_CHUNK_LINE = 1024


class Unreadable(Exception):
    """The record does not hold a whole answer; the message says what is missing."""


@dataclass(slots=True, frozen=True)
class Content:
    """What an answer said. ``headers`` has lower-case names; those of codings that were taken off are left out."""

    headers: dict[str, str]
    body: bytes


def content_of(index: WarcIndex, answer: Answer, max_bytes: int) -> Content:
    """Headers and body of an answer; for a revisit its own headers, if it has any, and the body it repeats.

    Raises Unreadable: too large, cut off, or not decodable.
    """
    if answer.refers is not None:
        content = content_of(index, answer.refers, max_bytes)
        try:
            own = index.files[answer.file].read(answer.offset, _ROOM)
        except (OSError, ValueError) as error:
            raise Unreadable(f"the record cannot be read: {error}") from None
        return Content(http_head(own.block)[1] or content.headers, content.body)
    try:
        record = index.files[answer.file].read(answer.offset, max_bytes + _ROOM)
    except (OSError, ValueError) as error:
        raise Unreadable(f"the record cannot be read: {error}") from None
    if record.length > len(record.block):
        raise Unreadable(f"it has {record.length} bytes, more than {max_bytes}")
    if answer.is_resource:
        return Content({"content-type": record.headers.get("content-type", "")}, record.block)
    first = record.block.find(b"\n") + 1
    _, headers = http_head(record.block)
    body = record.block[first + end_of_head(record.block[first:]) :]
    try:
        return _decoded(headers, body, max_bytes)
    except FetchError as error:
        raise Unreadable(str(error)) from None


def _decoded(headers: dict[str, str], body: bytes, max_bytes: int) -> Content:
    said = headers.get("content-length", "")
    chunked = "chunked" in headers.get("transfer-encoding", "").lower()
    if chunked:
        body = unchunked(body)
    codings = headers.get("content-encoding", "")
    if codings:
        try:
            body = decode_body(body, codings.split(","), max_bytes)
        except Undecodable:
            # Some tools keep the bytes decoded and the header as it was.
            if not _is_markup(body):
                raise
    elif not chunked and said.isdecimal() and len(body) < int(said):
        raise Incomplete(f"{len(body)} of {said} bytes are there")
    if len(body) > max_bytes:
        raise TooLarge(f"it has {len(body)} bytes, more than {max_bytes}")
    dropped = {"transfer-encoding", "content-encoding"} | ({"content-length"} if chunked or codings else set())
    return Content({name: value for name, value in headers.items() if name not in dropped}, body)


def unchunked(body: bytes) -> bytes:
    """A body without chunk lines; as it is where there are none, for many tools take them off. Raises Incomplete."""
    pieces: list[bytes] = []
    place = 0
    while True:
        end = body.find(b"\n", place, place + _MAX_CHUNK_LINE)
        line = body[place:end].split(b";")[0].strip() if end >= 0 else b""
        try:
            size = int(line, 16) if line and line[:1] not in b"+-" else -1
        except ValueError:
            size = -1
        if size < 0:
            if not pieces:
                return body
            raise Incomplete("the chunks of the body stop early")
        if size == 0:
            return b"".join(pieces)
        place = end + 1 + size
        if place > len(body):
            if not pieces:
                return body
            raise Incomplete("the last chunk of the body is cut off")
        pieces.append(body[end + 1 : place])
        place += 2 if body.startswith(b"\r\n", place) else 1 if body.startswith(b"\n", place) else 0


def _is_markup(body: bytes) -> bool:
    return body[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
