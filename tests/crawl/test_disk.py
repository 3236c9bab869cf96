"""A disk that is full or read-only: a plain sentence, a failed run, nothing stored lost."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest


def crawl_with_small_files(reader: Any, limit: int) -> tuple[int, dict[str, Any]]:
    """A crawl that may write no file longer than ``limit`` bytes, as on a full disk: its code and its last line."""
    words = ["-m", "scrapy", "crawl", "zgnt"]
    child = reader.warm.start(words, environment=reader.environment, stderr=subprocess.DEVNULL, longest_file=limit)
    said, _ = child.communicate()
    told: dict[str, Any] = json.loads([line for line in said.splitlines() if line.startswith(b"{")][-1])
    return child.returncode, told


def test_full_disk_fails_the_run_and_loses_nothing(reader: Any) -> None:
    reader.crawl("zgnt", "-a", "limit=5")
    before = {detail.article.url for detail in reader.archive.export()}
    size = max(path.stat().st_size for path in reader.data_dir.rglob("*") if path.is_file())
    code, told = crawl_with_small_files(reader, size + 20_000)
    assert code == 1
    assert told["verdict"] == "failed"
    assert "could not be written" in told["reason"] or "full" in told["reason"], told["reason"]
    reader.archive.close()
    assert before <= {detail.article.url for detail in reader.archive.export()}
    after = reader.crawl("zgnt")
    assert after.verdict == "ok", after
    truth = reader.server.world.truth(1)
    assert reader.archive.count() == sum(article.site == "zgnt" for article in truth.values())
    assert reader.archive.check().problems == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_read_only_folder_is_named(reader: Any) -> None:
    reader.data_dir.chmod(0o555)
    try:
        crawled = reader.crawl("zgnt")
    finally:
        reader.data_dir.chmod(0o755)
    assert crawled.code == 1
    assert str(reader.data_dir) in crawled.reason


def test_file_that_is_no_database_is_named_and_left_alone(reader: Any) -> None:
    path: Path = reader.data_dir / "zhiwen.db"
    path.write_bytes(b"this is a letter to the editor\n" * 50)
    crawled = reader.crawl("zgnt")
    assert crawled.code == 1
    assert "zhiwen.db" in crawled.reason
    assert path.read_bytes().startswith(b"this is a letter")
