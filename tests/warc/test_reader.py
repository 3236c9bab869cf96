"""Damage in a web archive is named with its place, and everything else is read."""

from __future__ import annotations

import gzip
import random
from pathlib import Path
from typing import Any

import pytest

from crawler.warc.answers import unchunked
from crawler.warc.index import http_head, moment
from crawler.warc.reader import KEPT_BYTES, Damage, NotAWarc, WarcFile, WarcRecord


def written(town: Any, **options: Any) -> tuple[Path, list[int]]:
    """A file of four records, and where each begins."""
    warc = town.warc("x.warc.gz" if options.get("compressed", True) else "x.warc", **options)
    for number in range(3):
        warc.article(f"/news/{number}.html", f"第{number}条消息，质量强区年度计划今天公布。", at=number)
    path = warc.close()
    return path, [record.offset for record in WarcFile(path).records()]


def found(path: Path) -> tuple[list[str], list[Damage]]:
    """The types of the records that can be read, and the damage."""
    entries = list(WarcFile(path).records())
    types = [entry.type for entry in entries if isinstance(entry, WarcRecord)]
    return types, [entry for entry in entries if isinstance(entry, Damage)]


@pytest.mark.parametrize("compressed", [True, False])
def test_every_record_is_found_and_can_be_gone_to(town: Any, compressed: bool) -> None:
    path, offsets = written(town, compressed=compressed)
    assert found(path) == (["warcinfo", "response", "response", "response"], [])
    record = WarcFile(path).read(offsets[2], 1 << 20)
    assert record.headers["warc-target-uri"] == "http://www.town.example/news/1.html"
    assert "第1条消息" in record.block.decode()
    assert record.length == len(record.block)


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("rubbish", [b"\x00" * 70_000, b"\x1f\x8b\x08 no member WARC/1.0 no record", b"WARC/1.1"])
def test_rubbish_between_records_is_passed_over(town: Any, compressed: bool, rubbish: bytes) -> None:
    path, offsets = written(town, compressed=compressed)
    data = path.read_bytes()
    path.write_bytes(data[: offsets[2]] + rubbish + data[offsets[2] :])
    types, damage = found(path)
    assert types == ["warcinfo", "response", "response", "response"]
    assert damage[0].offset == offsets[2]


@pytest.mark.parametrize("compressed", [True, False])
def test_a_file_that_ends_too_early_loses_its_last_record_only(town: Any, compressed: bool) -> None:
    path, offsets = written(town, compressed=compressed)
    path.write_bytes(path.read_bytes()[:-120])
    types, (damage,) = found(path)
    assert types == ["warcinfo", "response", "response"]
    assert damage.offset == offsets[3]
    assert "ends in the middle" in damage.why


@pytest.mark.parametrize("compressed", [True, False])
def test_one_changed_byte_costs_one_record(town: Any, compressed: bool) -> None:
    path, offsets = written(town, compressed=compressed)
    data = bytearray(path.read_bytes())
    data[offsets[2] - 40] ^= 0x55
    path.write_bytes(bytes(data))
    types, (damage,) = found(path)
    assert (types, damage.offset) == (["warcinfo", "response", "response"], offsets[1])


def test_padding_at_the_end_is_named(town: Any) -> None:
    path, _ = written(town)
    with path.open("ab") as file:
        file.write(b"\x00" * 512)
    types, (damage,) = found(path)
    assert len(types) == 4
    assert "no gzip member" in damage.why


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<html>" * 100, "is no WARC file"),
        (gzip.compress(b"<html>" * 100), "is no WARC file"),
        (b"", ""),
        (b"PK\x03\x04" + b"x" * 100, "zip"),
        (b"\x28\xb5\x2f\xfd" + b"x" * 100, "zstd -d"),
        (b"filedesc://x.arc 0.0.0.0", "ARC"),
    ],
)
def test_what_is_no_warc_is_refused_with_the_remedy(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "x.warc.gz"
    path.write_bytes(data)
    if not data:
        assert list(WarcFile(path).records()) == []
        return
    with pytest.raises(NotAWarc, match=words):
        list(WarcFile(path).records())


def test_records_packed_together_are_refused_with_the_remedy(town: Any) -> None:
    path, _ = written(town, compressed=False)
    packed = path.with_name("y.warc.gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    with pytest.raises(NotAWarc, match="gunzip"):
        list(WarcFile(packed).records())


@pytest.mark.parametrize(
    "header",
    [
        b"Content-Length: -5\r\n\r\n",
        b"Content-Length: many\r\n\r\n",
        b"Content-Length: 99999999999999999\r\n\r\n",
        b"WARC-Type: response\r\n\r\n",
        b"X: " + b"y" * 600_000 + b"\r\n\r\n",
        b"X: y\r\n",
    ],
)
def test_headers_that_cannot_be_right_cost_one_record(town: Any, header: bytes) -> None:
    path, offsets = written(town, compressed=False)
    data = path.read_bytes()
    path.write_bytes(data[: offsets[1]] + b"WARC/1.0\r\n" + header + data[offsets[1] :])
    types, damage = found(path)
    assert types[-2:] == ["response", "response"]
    assert damage[0].offset == offsets[1]


def test_large_blocks_are_looked_through_and_not_kept(town: Any) -> None:
    warc = town.warc()
    warc.page("/news/large.html", b"<p>" + b"x" * 10_000_000)
    records = list(WarcFile(warc.close()).records())
    assert isinstance(records[1], WarcRecord)
    assert (records[1].length > 10_000_000, len(records[1].block)) == (True, KEPT_BYTES)


@pytest.mark.parametrize("compressed", [True, False])
def test_bytes_changed_at_random_never_stop_the_reading(town: Any, compressed: bool) -> None:
    path, _ = written(town, compressed=compressed)
    data = path.read_bytes()
    chance = random.Random(4)
    for _ in range(60):
        broken = bytearray(data)
        for _ in range(chance.randrange(1, 8)):
            place = chance.randrange(len(broken))
            broken[place : place + chance.randrange(3)] = chance.randbytes(chance.randrange(3))
        path.write_bytes(bytes(broken))
        try:
            types, damage = found(path)
        except NotAWarc:
            continue
        assert types or damage


def test_dates_of_both_versions_are_read() -> None:
    assert str(moment("2026-03-02T02:00:00Z")) == "2026-03-02 02:00:00+00:00"
    assert str(moment("2026-03-02T02:00:00.123456789Z")) == "2026-03-02 02:00:00.123456+00:00"
    assert [moment(text) for text in ("", "2026-03-02", "2026-13-02T02:00:00Z", "2026-03-02T02:00:00+08:00")] == [
        None
    ] * 4


def test_heads_of_all_kinds_are_read() -> None:
    assert http_head(b"HTTP/1.1 200 OK\r\nA: 1\r\na: 2\r\n\r\nbody") == (200, {"a": "1, 2"})
    assert http_head(b"HTTP/2 404\nA: 1\n\nbody") == (404, {"a": "1"})
    assert http_head(b"HTTP/1.1 200 OK\r\n\r\nbody: no header") == (200, {})
    assert http_head(b"<html>") == (0, {})
    assert http_head(b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 500 + b"\r\n") == (200, {})


def test_bodies_without_chunks_stay_as_they_are() -> None:
    assert unchunked(b"3\r\nabc\r\n0\r\n\r\n") == b"abc"
    for body in (b"", b"<html>", b"12 is a number", b"ffff\r\nshort", b"-3\r\nabc"):
        assert unchunked(body) == body
