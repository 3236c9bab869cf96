"""``zhiwen export x.warc.gz`` and ``zhiwen import``, as people call them."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archive.archive import Archive
from archive.records import FetchRecord, StoreBatch, TouchRecord
from crawler.reading.urls import url_key

Record = tuple[str, dict[str, str], bytes]
TITLE = "城关区公布质量强区年度计划"
TEXT = "城关区今天公布质量强区年度计划，全区新增质量管理示范企业87家，首席质量官制度覆盖全部重点企业。"

ROOT = Path(__file__).resolve().parents[2]
DIES_AFTER_A_BATCH = """
import os, signal, sys
from pipelines.store import StorePipeline
store = StorePipeline._flush
def store_and_die(self):
    size = self._size
    store(self)
    if size:
        os.kill(os.getpid(), signal.SIGKILL)
StorePipeline._flush = store_and_die
from scrapy.cmdline import execute
execute(["scrapy", "import_warc", sys.argv[1]])
"""


def records(path: Path) -> list[Record]:
    """Type, headers and content of every record, as warcio reads them; it raises at any digest that is wrong."""
    with path.open("rb") as file:
        return [
            (record.rec_type, dict(record.rec_headers.headers), record.content_stream().read())
            for record in ArchiveIterator(file, check_digests="raise")
        ]


def is_valid(path: Path) -> bool:
    """What ``warcio check`` says, and whether every record is a gzip member of its own."""
    data, good = path.read_bytes(), Checker(SimpleNamespace(inputs=[str(path)], verbose=False)).process_all() == 0
    with path.open("rb") as file:
        found = ArchiveIterator(file)
        for _ in found:
            offset = found.get_record_offset()
            good &= gzip.decompress(data[offset : offset + found.get_record_length()]).startswith(b"WARC/1.1\r\n")
    return good


def stored(folder: Path) -> Archive:
    return Archive(f"sqlite:///{folder / 'zhiwen.db'}", folder)


def warc_of(path: Path, *pages: tuple[str, str]) -> Path:
    """A WARC as another tool writes it: addresses and titles of articles."""
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for url, title in pages:
            text = f"<div><p>{TEXT}</p><p>{title}：{TEXT[::-1]}</p></div>"
            html = f"<html><h1>{title}</h1><p>2026-03-02 09:30</p>{text}</html>"
            head = StatusAndHeaders("200 OK", [("Content-Type", "text/html; charset=utf-8")], "HTTP/1.1")
            date = {"WARC-Date": "2026-03-02T02:00:00Z"}
            payload = BytesIO(html.encode())
            writer.write_record(
                writer.create_warc_record(url, "response", payload, http_headers=head, warc_headers_dict=date)
            )
    return path


def test_export_is_a_valid_warc_of_every_fetch(zhiwen: Any, filled: Any, tmp_path: Path) -> None:
    said = zhiwen("export", "news.warc.gz")
    assert (said.code, said.out) == (0, "")
    assert "4 responses and 0 revisits of 3 articles written to news.warc.gz." in said.err
    path = tmp_path / "news.warc.gz"
    assert is_valid(path)
    found = records(path)
    assert [kind for kind, _, _ in found][:3] == ["warcinfo", "response", "metadata"]
    _, headers, body = found[1]
    assert headers["WARC-Target-URI"] == filled.urls["edited"]
    assert headers["WARC-Date"] == "2026-03-09T01:30:00.000000Z"
    assert "87家" in body.decode("gb18030")
    assert b"zhiwen-site: zgnt" in found[2][2]
    assert found[2][1]["WARC-Concurrent-To"] == headers["WARC-Record-ID"]


def test_same_bytes_and_not_modified_are_revisits_of_the_first(zhiwen: Any, filled: Any, tmp_path: Path) -> None:
    url = filled.urls["undated"]
    with stored(filled.folder) as archive:
        (first,) = [entry for entry in archive.exchanges() if entry.url == url]
        body = archive.snapshot(first.snapshot_hash or b"").body
        run = archive.open_run("cinic", "manual")
        for days, status in ((1, 304), (2, 200)):
            at = first.fetched_at + timedelta(days=days)
            again = FetchRecord(url, status, at, {"etag": '"é"\r\nx'}, None if status == 304 else body)
            archive.store(run, StoreBatch(touches=[TouchRecord("cinic", url_key(url), again)]))
    zhiwen("export", "news.warc.gz", "--site", "cinic")
    assert is_valid(tmp_path / "news.warc.gz")
    found = records(tmp_path / "news.warc.gz")
    original = next(headers for kind, headers, _ in found if kind == "response")
    revisits = [headers for kind, headers, _ in found if kind == "revisit"]
    assert [headers["WARC-Profile"].rpartition("/")[2] for headers in revisits] == [
        "server-not-modified",
        "identical-payload-digest",
    ]
    for headers in revisits:
        assert headers["WARC-Refers-To"] == original["WARC-Record-ID"]
        assert headers["WARC-Refers-To-Target-URI"] == headers["WARC-Target-URI"] == url
        assert headers["WARC-Refers-To-Date"] == original["WARC-Date"]
        assert headers["WARC-Payload-Digest"] == original["WARC-Payload-Digest"]


def test_export_of_some_articles_holds_their_pages_alone(zhiwen: Any, filled: Any, tmp_path: Path) -> None:
    assert zhiwen("export", "news.warc", "--words", "93家").code == 0
    found = records(tmp_path / "news.warc")
    assert {headers["WARC-Target-URI"] for kind, headers, _ in found if kind == "response"} == {filled.urls["edited"]}
    assert len([kind for kind, _, _ in found if kind == "response"]) == 2
    assert (tmp_path / "news.warc").read_bytes().startswith(b"WARC/1.1\r\n")
    assert zhiwen("export", "none.warc.gz", "--words", "没有这个词").code == 3
    assert not (tmp_path / "none.warc.gz").exists()


def test_headers_are_true_of_the_bytes_that_are_written(zhiwen: Any, filled: Any, tmp_path: Path) -> None:
    url = filled.urls["undated"]
    with stored(filled.folder) as archive:
        run = archive.open_run("cinic", "manual")
        detail = archive.article(url)
        assert detail is not None
        headers = {"transfer-encoding": "chunked", "server": "测试".encode().decode("latin-1"), "bad name": "x"}
        fetch = FetchRecord(url, 200, detail.article.last_seen_at + timedelta(days=1), headers, b"<html>new</html>")
        archive.store(run, StoreBatch(touches=[TouchRecord("cinic", url_key(url), fetch, past=True)]))
    zhiwen("export", "news.warc.gz", "--site", "cinic")
    with (tmp_path / "news.warc.gz").open("rb") as file:
        heads = [record.http_headers for record in ArchiveIterator(file) if record.rec_type == "response"]
    assert heads[-1].get_statuscode() == "200"
    assert dict(heads[-1].headers) == {"Server": "测试", "Content-Length": "16"}
    assert is_valid(tmp_path / "news.warc.gz")


def test_missing_and_corrupt_pages_are_named_and_the_rest_is_written(zhiwen: Any, filled: Any, tmp_path: Path) -> None:
    with stored(filled.folder) as archive:
        entry = next(entry for entry in archive.exchanges() if entry.url == filled.urls["undated"])
        digest = entry.snapshot_hash or b""
    packs = sorted((filled.folder / "snapshots").glob("??/*.zst"))
    for pack in packs:
        if digest.hex()[:2] == pack.parent.name or len(packs) == 1:
            pack.unlink()
    missing = [pack for pack in packs if not pack.exists()]
    if not missing:  # the pack is named after all it holds
        packs[0].write_bytes(b"no frame")
    said = zhiwen("export", "news.warc.gz")
    assert said.code == 1
    assert "left out: http://" in said.err
    assert "the rest was written" in said.err
    assert is_valid(tmp_path / "news.warc.gz")
    assert 0 < len([kind for kind, _, _ in records(tmp_path / "news.warc.gz") if kind == "response"]) < 4


def test_interrupted_export_leaves_no_file(
    zhiwen: Any, filled: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Archive, "snapshot", interrupted)
    assert zhiwen("export", "news.warc.gz").code == 130
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_a_killed_import_goes_on_loses_nothing_and_doubles_nothing(zhiwen: Any, tmp_path: Path) -> None:
    pages = [(f"http://www.elsewhere.example/{number}.html", f"{TITLE}第{number}号") for number in range(40)]
    path = warc_of(tmp_path / "x.warc.gz", *pages)
    path.write_bytes(path.read_bytes() + b"rubbish")
    variables = {**os.environ, "SCRAPY_SETTINGS_MODULE": "crawler.settings", "PYTHONPATH": str(ROOT)}
    child = subprocess.run([sys.executable, "-c", DIES_AFTER_A_BATCH, str(path)], cwd=ROOT, env=variables, check=False)
    assert child.returncode == -signal.SIGKILL
    with stored(tmp_path / "data") as archive:
        before = archive.count()
        assert 0 < before < len(pages)
        said = zhiwen("import", "x.warc.gz")
        assert said.code == 1, "a record was left out"
        assert said.out == f"site\tnew\theld\nelsewhere.example\t{len(pages) - before}\t{before}\n"
        assert "left out: x.warc.gz, byte " in said.err
        assert archive.count() == archive.exchange_count() == len(pages)
        assert [run.verdict for run in archive.runs()] == ["ok", "orphaned"]
        assert archive.check().problems == []
    assert f"{TITLE}第39号" in zhiwen("search", "第39号", "--site", "elsewhere.example").out
    assert "there is no site" in zhiwen("search", "示范企业", "--site", "elsewhere.exampel").err


def test_import_of_a_file_that_is_not_there_is_a_wrong_call(zhiwen: Any) -> None:
    said = zhiwen("import", "none.warc.gz")
    assert (said.code, said.err) == (2, "zhiwen: there is no file none.warc.gz.\n")
