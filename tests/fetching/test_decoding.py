"""Content codings: whole or not at all."""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Callable

import brotli
import pytest

from crawler.fetching.decoding import decode_body
from crawler.fetching.errors import Incomplete, TooLarge, Undecodable

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

TEXT = "市场监管总局发布产品质量国家监督抽查结果。".encode() * 4000
LIMIT = 8 * 1024 * 1024


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstd.compress,
}
CASES = [*PACKERS.items(), ("deflate", raw_deflate)]


@pytest.mark.parametrize(("name", "pack"), CASES)
def test_whole_body_is_unpacked(name: str, pack: Callable[[bytes], bytes]) -> None:
    assert decode_body(pack(TEXT), [name], LIMIT) == TEXT
    assert decode_body(pack(b"x"), [f" {name.upper()} "], LIMIT) == b"x"
    assert decode_body(pack(b""), [name], LIMIT) == b""


@pytest.mark.parametrize(("name", "pack"), CASES)
def test_body_cut_anywhere_is_refused(name: str, pack: Callable[[bytes], bytes]) -> None:
    packed = pack(TEXT)
    for share in (0.01, 0.3, 0.9):
        with pytest.raises((Incomplete, Undecodable)):
            decode_body(packed[: max(1, int(len(packed) * share))], [name], LIMIT)
    with pytest.raises((Incomplete, Undecodable)):
        decode_body(packed[:-1], [name], LIMIT)


@pytest.mark.parametrize(("name", "pack"), CASES)
def test_bomb_is_stopped_at_the_limit(name: str, pack: Callable[[bytes], bytes]) -> None:
    bomb = pack(bytes(4 * 1024 * 1024))
    with pytest.raises(TooLarge, match="1000000"):
        decode_body(bomb, [name], 1_000_000)


@pytest.mark.parametrize("name", sorted(PACKERS))
def test_plain_body_under_a_coding_is_refused(name: str) -> None:
    with pytest.raises((Undecodable, Incomplete)):
        decode_body(b"<html>plain</html>", [name], LIMIT)


def test_wrong_checksum_is_refused() -> None:
    packed = bytearray(gzip.compress(TEXT))
    packed[-8] ^= 0xFF
    with pytest.raises(Undecodable):
        decode_body(bytes(packed), ["gzip"], LIMIT)


def test_gzip_members_are_joined_and_padding_is_ignored() -> None:
    assert decode_body(gzip.compress(b"one ") + gzip.compress(b"two"), ["gzip"], LIMIT) == b"one two"
    assert decode_body(gzip.compress(b"one") + b"\0\0\0", ["gzip"], LIMIT) == b"one"
    assert decode_body(zstd.compress(b"one ") + zstd.compress(b"two"), ["zstd"], LIMIT) == b"one two"


def test_cut_second_member_is_refused() -> None:
    with pytest.raises(Incomplete):
        decode_body(gzip.compress(b"one") + gzip.compress(TEXT)[:-20], ["gzip"], LIMIT)


def test_codings_are_taken_off_in_reverse_order() -> None:
    assert decode_body(gzip.compress(brotli.compress(TEXT)), ["br", "gzip"], LIMIT) == TEXT
    assert decode_body(b"plain", ["identity", ""], LIMIT) == b"plain"


def test_unknown_or_piled_up_codings_are_refused() -> None:
    with pytest.raises(Undecodable, match="compress"):
        decode_body(b"x", ["compress"], LIMIT)
    with pytest.raises(Undecodable, match="4 content encodings"):
        decode_body(b"x", ["gzip"] * 4, LIMIT)
