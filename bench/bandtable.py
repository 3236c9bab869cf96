"""How long it takes to find candidates among a hundred thousand, a million and ten million articles.

The table is the archive's own, filled with made hashes, 16 for each article, in the order of the key: the file is as
if it had grown, and made in one pass. It is removed at the end, whatever happens.
"""

from __future__ import annotations

import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateTable

from archive.clock import utc_now
from archive.database import open_database
from archive.models import table
from archive.similarity import BANDS, MAX_SENTENCES
from archive.stories import sharing
from archive.story_models import TextHash

BYTES_PER_ARTICLE = 400
"""What one article takes on disk while the table is made, in bytes: 16 rows."""
LOOKUPS = 600
_CHUNK = 1 << 20
"""Rows made by one statement: between them Ctrl-C is heard."""


@dataclass(frozen=True)
class Lookup:
    """Milliseconds of a look-up of all 48 hashes of a text, and seconds and bytes of the table."""

    articles: int
    p50: float
    p95: float
    built_seconds: float
    size: int


def measure(scales: Sequence[int]) -> tuple[list[Lookup], list[str]]:
    """Look-ups at each scale, and what was left out, in words."""
    found: list[Lookup] = []
    left_out: list[str] = []
    for articles in sorted(scales):
        with tempfile.TemporaryDirectory(prefix="zhiwen-bands-") as folder:
            need, free = articles * BYTES_PER_ARTICLE, shutil.disk_usage(folder).free
            if need > free:
                left_out.append(
                    f"Not measured at {articles:,} articles: that takes {need / 1e9:.1f} GB in {Path(folder).parent},"
                    f" where {free / 1e9:.1f} GB are free. Set TMPDIR to a larger disk."
                )
                continue
            print(f"table of {articles:,} articles ...", file=sys.stderr, flush=True)
            found.append(_measure(Path(folder) / "bands.db", articles))
    return found, left_out


def _measure(path: Path, articles: int) -> Lookup:
    open_database(f"sqlite:///{path}", now=utc_now()).close()
    started = time.perf_counter()
    _fill(path, articles)
    built = time.perf_counter() - started
    database = open_database(f"sqlite:///{path}", now=utc_now())
    try:
        rng = np.random.default_rng(7)
        times: list[float] = []
        held = _sample(path, articles, rng)
        with database.read() as connection:
            for turn in range(LOOKUPS):
                # Some hashes are known, as a copy's are; most are not.
                hashes = rng.integers(-(2**63), 2**63, BANDS + MAX_SENTENCES, dtype=np.int64)
                hashes[:4] = held[4 * turn : 4 * turn + 4]
                wanted = hashes.tolist()
                waited, began = _waited(), time.perf_counter()
                answer = sharing(connection, wanted)
                times.append((time.perf_counter() - began - (_waited() - waited)) * 1000)
                assert len(answer) >= 4, "a hash that is in the table was not found"
    finally:
        database.close()
    percentiles = statistics.quantiles(times, n=20)
    return Lookup(articles, statistics.median(times), percentiles[-1], built, path.stat().st_size)


def _waited() -> float:
    """Seconds that this thread has waited for a processor so far: what others did on the machine is no look-up."""
    try:
        return int(Path("/proc/thread-self/schedstat").read_text("ascii").split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


def _fill(path: Path, articles: int) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        for line in ("journal_mode=DELETE", "journal_mode=OFF", "synchronous=OFF", "locking_mode=EXCLUSIVE"):
            connection.execute(f"PRAGMA {line}").fetchall()
        name = table(TextHash).name
        connection.execute(f"DROP TABLE {name}")
        connection.execute(str(CreateTable(table(TextHash)).compile(dialect=sqlite.dialect())))
        rows = articles * BANDS
        for start in range(0, rows, _CHUNK):
            connection.execute(
                _ROWS.format(name=name), (start, min(rows, start + _CHUNK), rows // 2, 2**64 // rows, articles)
            )
    finally:
        connection.close()


# In the order of the hash: a step through all 64-bit numbers for each row, and a random way into it.
_ROWS = """
INSERT INTO {name}
WITH RECURSIVE row(number) AS (SELECT ?1 UNION ALL SELECT number + 1 FROM row WHERE number + 1 < ?2)
SELECT (number - ?3) * ?4 + abs(random() % ?4), 1 + abs(random() % ?5) FROM row
"""


def _sample(path: Path, articles: int, rng: np.random.Generator) -> list[int]:
    """Hashes that are in the table, from all over it."""
    connection = sqlite3.connect(path)
    try:
        found: list[int] = []
        query = f"SELECT h FROM {table(TextHash).name} WHERE h >= ? ORDER BY h LIMIT 1"
        while len(found) < 4 * LOOKUPS:
            row = connection.execute(query, (int(rng.integers(-(2**63), 2**63)),)).fetchone()
            if row is not None:
                found.append(row[0])
        return found
    finally:
        connection.close()
