"""Content codings, strictly: a compressed body that does not end is not an answer.

Scrapy's own decoders hand out what they got so far from a cut stream; half an article would be filed as whole.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable
from typing import Any

import brotli  # type: ignore[import-untyped]

from crawler.fetching.errors import Incomplete, TooLarge, Undecodable

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ACCEPT_ENCODING = "gzip, deflate, br, zstd"

_STEP = 64 * 1024
# "gzip, gzip" has been seen; more layers are a trick.
_MAX_LAYERS = 3
_GZIP_MAGIC = b"\x1f\x8b"


def decode_body(body: bytes, encodings: list[str], max_bytes: int) -> bytes:
    """The body without its content codings. ``encodings`` are the header's words in the order they were applied.

    Raises ``Incomplete`` for a stream that stops early, ``Undecodable`` for an unknown coding or wrong bytes,
    ``TooLarge`` as soon as the result passes ``max_bytes``.
    """
    names = [name for name in (word.strip().lower() for word in encodings) if name not in ("", "identity", "none")]
    if len(names) > _MAX_LAYERS:
        raise Undecodable(f"{len(names)} content encodings on one body: {', '.join(names)}")
    for name in reversed(names):
        decoder = _DECODERS.get(name)
        if decoder is None:
            raise Undecodable(f"content encoding {name[:40]!r} is unknown")
        try:
            body = decoder(body, max_bytes)
        except (zlib.error, brotli.error, zstd.ZstdError) as error:
            raise Undecodable(f"the body is not {name}: {error}") from error
    return body


class _Output:
    """Collects decoded pieces and keeps the limit."""

    def __init__(self, max_bytes: int) -> None:
        self._pieces: list[bytes] = []
        self._size = 0
        self._max = max_bytes

    def add(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > self._max:
            raise TooLarge(f"the body unpacks to more than {self._max} bytes")
        self._pieces.append(piece)

    def joined(self) -> bytes:
        return self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)


def _unzip(data: bytes, max_bytes: int, wbits: int) -> tuple[bytes, bytes]:
    """One zlib stream: its content and what follows it."""
    stream = zlib.decompressobj(wbits)
    output = _Output(max_bytes)
    while not stream.eof:
        piece = stream.decompress(data, _STEP)
        data = stream.unconsumed_tail
        if not piece and not data and not stream.eof:
            raise Incomplete("the compressed body stops early")
        output.add(piece)
    return output.joined(), stream.unused_data


def _gunzip(data: bytes, max_bytes: int) -> bytes:
    content, rest = _unzip(data, max_bytes, 31)
    # A gzip body may have several members; other bytes after it are padding, which every client ignores.
    while rest.startswith(_GZIP_MAGIC):
        more, rest = _unzip(rest, max_bytes - len(content), 31)
        content += more
    return content


def _inflate(data: bytes, max_bytes: int) -> bytes:
    try:
        return _unzip(data, max_bytes, 15)[0]
    except zlib.error:
        # Raw deflate without the zlib header, as some servers send it.
        return _unzip(data, max_bytes, -15)[0]


def _unbrotli(data: bytes, max_bytes: int) -> bytes:
    stream = brotli.Decompressor()
    output = _Output(max_bytes)
    piece = stream.process(data, output_buffer_limit=_STEP)
    output.add(piece)
    while not stream.is_finished():
        piece = stream.process(b"", output_buffer_limit=_STEP)
        if not piece and not stream.is_finished():
            raise Incomplete("the compressed body stops early")
        output.add(piece)
    return output.joined()


def _unzstd(data: bytes, max_bytes: int) -> bytes:
    output = _Output(max_bytes)
    while data:
        stream: Any = zstd.ZstdDecompressor()
        while not stream.eof:
            piece = stream.decompress(data, _STEP)
            data = b""
            output.add(piece)
            if not piece and not stream.eof:
                raise Incomplete("the compressed body stops early")
        data = stream.unused_data
    return output.joined()


_DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _inflate,
    "br": _unbrotli,
    "zstd": _unzstd,
}
