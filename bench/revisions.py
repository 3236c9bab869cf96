"""Three visits to a site whose pages never stay the same: no false revision, every edit found, and told as what it is.

Two sites, one with a declared layout and one that is read generically, are crawled three times through the whole way, a
day and four days apart. Then planted changes are compared in process, beside a line diff and a character diff of the
standard library; then the time of one comparison.
"""

from __future__ import annotations

import difflib
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from archive.archive import Archive
from archive.differences import compare
from archive.records import RevisionRow
from archive.summaries import difference
from bench.crawl import crawl_environment
from bench.edited_site import SITES, EditedSite, site_file
from bench.edits import FIELD_OF, KINDS, MARKS, Planted, Version, articles, plant
from bench.report import Bar, Report, Table
from bench.report import main as report_main
from crawler.reading.urls import url_key

ARTICLES = 600
PER_MARK = 600
VISITS = (0, 1.2, 4.4)
LONG = 2_000_000
LONG_SECONDS = 20.0


def run(size: int | None = None) -> Report:
    """Measure; ``size`` is the number of articles of each site (600), half of them edited."""
    count = size or ARTICLES
    every = articles(count)
    unchanged, edited = every[: count // 2], planted(every[count // 2 :])
    rows, missed, false = [], [], 0
    for name in SITES:
        with tempfile.TemporaryDirectory(prefix="zhiwen-bench-") as folder, EditedSite(unchanged, edited) as site:
            crawl(name, site, Path(folder))
            found, wrong, lacking = judged(name, site, Path(folder))
        rows += [[name, *row] for row in found]
        false += wrong
        missed += lacking
    told, references = marked(size or PER_MARK)
    times = timed()
    slowest = max(seconds for _, seconds, _ in times)
    marks = [
        Table(
            "planted changes named as what they are", ["kind", "planted", "marked", "line diff", "character diff"], told
        )
    ]
    return Report(
        name=f"revisions: {count} articles on each of {len(SITES)} sites, three visits",
        columns=["site", "kind of edit", "articles", "found", "false revisions"],
        rows=rows,
        bars=[
            Bar("false revisions of unchanged articles", false, 0),
            Bar(
                "real edits found by the third visit, share",
                1 - len(missed) / max(1, len(edited) * len(SITES)),
                1,
                True,
            ),
            *(Bar(f"planted changes marked, share: {kind}", share, 0.99, True) for kind, share in references.items()),
            Bar("seconds to compare two texts of 2,000,000 characters", slowest, LONG_SECONDS),
        ],
        notes=missed[:20],
        more=[
            *marks,
            Table("time of one comparison", ["texts", "ours, s", "difflib by line, s"], [_shown(row) for row in times]),
        ],
    )


def planted(versions: Sequence[Version]) -> list[Planted]:
    """One edit in each article, of every kind in turn."""
    return [plant(version, KINDS[number % len(KINDS)], number) for number, version in enumerate(versions)]


def crawl(name: str, site: EditedSite, folder: Path) -> None:
    """Three visits by the real spider."""
    sites = folder / "sites"
    sites.mkdir()
    (sites / f"{name}.toml").write_text(site_file(name), "utf-8")
    environment = crawl_environment(sites, {SITES[name]: f"127.0.0.1:{site.port}"}, folder / "data")
    for visit, days in enumerate(VISITS, 1):
        site.visit = visit
        print(f"{name}: visit {visit}", file=sys.stderr, flush=True)
        command = [sys.executable, "-m", "scrapy", "crawl", name, *(("-a", "backfill=1") if visit == 1 else ())]
        done = subprocess.run(
            command,
            env={**os.environ, **environment, "ZHIWEN_CLOCK_SHIFT": str(days * 86400)},
            cwd=Path(__file__).parents[1],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"visit {visit} of {name} failed:\n{done.stderr[-3000:]}")


def judged(name: str, site: EditedSite, folder: Path) -> tuple[list[list[str]], int, list[str]]:
    """Rows by kind of edit, the number of false revisions, and a sentence for every edit that was missed."""
    total, found, extra = Counter[str](), Counter[str](), Counter[str]()
    missed = []
    with Archive(f"sqlite:///{folder / 'data' / 'zhiwen.db'}", folder / "data") as archive:
        for number in range(len(site.unchanged) + len(site.edited)):
            detail = archive.article(url_key(f"http://{SITES[name]}{site.path(number)}"))
            if detail is None:
                raise RuntimeError(f"{name}: article {number} was not stored")
            history = archive.revisions(detail.article.id)
            if number < len(site.unchanged):
                kind, expected = "none", 1
                found[kind] += 1
            else:
                edit = site.edited[number - len(site.unchanged)]
                kind, expected = edit.kind, 2
                if _is_found(history, edit):
                    found[kind] += 1
                else:
                    missed.append(f"{name}: {kind} of {detail.article.url}: {[row.changes for row in history]}")
            total[kind] += 1
            extra[kind] += max(0, len(history) - expected)
    rows = [[kind, str(total[kind]), str(found[kind]), str(extra[kind])] for kind in ("none", *KINDS) if total[kind]]
    return rows, extra.total(), missed


def _is_found(history: Sequence[RevisionRow], edit: Planted) -> bool:
    if len(history) < 2:
        return False
    fields = difference(history, history[0].number, history[-1].number).fields
    return FIELD_OF.get(edit.kind, "body") in fields


def marked(count: int) -> tuple[list[list[str]], dict[str, float]]:
    """How many planted changes are named as what they are, and beside it exactly shown by two plain diffs."""
    rows, shares = [], {}
    versions = articles(min(count, 400))
    for kind in MARKS:
        ours = lines = characters = 0
        for number in range(count):
            edit = plant(versions[number % len(versions)], kind, number)
            before, after = edit.before.body, edit.after.body
            ours += any(
                mark.mark == kind and edit.gone in mark.before and edit.come in mark.after
                for mark in compare(before, after).marks
            )
            pair = (edit.gone, edit.come)
            lines += pair in _replaced(before.split("\n"), after.split("\n"), "\n".join)
            characters += pair in _replaced(before, after, "".join)
        shares[kind] = ours / count
        rows.append([kind, str(count), f"{ours / count:.4f}", f"{lines / count:.4f}", f"{characters / count:.4f}"])
    return rows, shares


def _replaced(a: Sequence[str], b: Sequence[str], join: Callable[[Sequence[str]], str]) -> set[tuple[str, str]]:
    steps = difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes()
    return {(join(a[i:j]), join(b[k:m])) for word, i, j, k, m in steps if word == "replace"}


def timed() -> list[tuple[str, float, float | None]]:
    """Name, seconds of ours, seconds of a line diff where that ends within minutes: a short pair, three long ones."""
    rng = random.Random("long texts")
    sentences = [line for version in articles(200) for line in version.paragraphs]
    short = "\n".join(sentences)[:2000]
    long = _long(sentences, rng)
    edited = "\n".join(line + "又一句。" if number % 97 == 0 else line for number, line in enumerate(long.split("\n")))
    pairs = {
        "2 x 2,000 characters, one edit": (short, short.replace("，", "，共3家，", 1)),
        "2 x 2,000,000, an edit in every 97th line": (long, edited[:LONG]),
        "2 x 2,000,000, other figures, other order": (long, _long(sentences, rng)),
        "2 x 2,000,000, nothing in common": (long, "计量检定" * (LONG // 4)),
    }
    rows: list[tuple[str, float, float | None]] = []
    for name, (a, b) in pairs.items():
        ours = _seconds(compare, a, b)
        lines = _seconds(_line_diff, a, b) if a is short else None
        rows.append((name, ours, lines))
    return rows


def _line_diff(a: str, b: str) -> None:
    list(difflib.unified_diff(a.split("\n"), b.split("\n")))


def _long(sentences: Sequence[str], rng: random.Random) -> str:
    lines: list[str] = []
    length = 0
    while length < LONG:
        lines.append(f"{rng.randrange(10**6)}号：{rng.choice(sentences)}")
        length += len(lines[-1]) + 1
    return "\n".join(lines)[:LONG]


def _seconds(work: Callable[[str, str], object], a: str, b: str) -> float:
    started = time.perf_counter()
    work(a, b)
    return time.perf_counter() - started


def _shown(row: tuple[str, float, float | None]) -> list[str]:
    return [row[0], f"{row[1]:.4f}", f"{row[2]:.4f}" if row[2] is not None else "-"]


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; see ``bench.report.main``."""
    return report_main(run, argv, "False revisions, real edits found, and changes named as what they are.")


if __name__ == "__main__":
    raise SystemExit(main())
