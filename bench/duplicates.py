"""Copies found and mixed up in a made corpus, beside MinHash-LSH of datasketch and SimHash; originals; look-ups."""

from __future__ import annotations

import argparse
import importlib.util
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from archive.similarity import Text, relation, signature
from archive.stories import BUCKET, candidates
from bench import bandtable, chains
from bench.notices import NOTICES
from bench.report import Bar, Report, Table, finish
from bench.reprints import LOOKALIKES, REPRINTS, UNRELATED, Article, corpus

SIZE = 20_000
SCALES = "1e5,1e6,1e7"
CHAINS = 300
OURS = "ours"

RECALL_BARS = dict.fromkeys(REPRINTS, 0.995) | {"30 % cut": 0.99, "first 60 %": 0.97, "first 30 %": 0.97}
FALSE_BARS = dict.fromkeys([*LOOKALIKES, *NOTICES], 0.001) | {"same event, 30 % quoted": 0.0}
SPEED_BAR = 3_000
SPEED_CHARS = 1_080
"""Length of the texts whose speed the bar is about."""
LOOKUP_BAR_MS = 1.0
GROWTH_BAR = 3.0
NAMING_BAR = 0.97

Pair = tuple[int, int]
Folded = Sequence[tuple[str, str]]
Finder = Callable[[Folded], set[Pair]]


@dataclass
class Found:
    """What one method made of the corpus: pairs held for one text, wall seconds."""

    pairs: set[Pair]
    seconds: float
    recall: dict[str, float] = field(default_factory=dict)
    false: dict[str, int] = field(default_factory=dict)

    @property
    def precision(self) -> float:
        """Of all pairs found, the share that are one text."""
        return 1 - sum(self.false.values()) / max(1, len(self.pairs))


def ours(texts: Folded) -> set[Pair]:
    """The archive's way, article after article: signature, candidates among all before, comparison."""
    entered: dict[int, list[int]] = {}
    found: set[Pair] = set()
    for number, (title, body) in enumerate(texts):
        own = signature(body)
        text = Text(title, body)
        for other in candidates(own, (), entered):
            if relation(Text(*texts[other]), text) is not None:
                found.add((other, number))
        for h in dict.fromkeys((*own.bands, *own.sentences)):
            bucket = entered.setdefault(h, [])
            if len(bucket) < BUCKET:
                bucket.append(number)
    return found


def peers() -> tuple[dict[str, Finder], list[str]]:
    """The methods measured beside ours, and those that are not installed."""
    from bench.neighbours import minhash_lsh, simhash

    found: dict[str, Finder] = {"SimHash ≤ 3 bits": simhash}
    if importlib.util.find_spec("datasketch") is None:
        return found, ["datasketch"]
    return {"datasketch LSH": minhash_lsh, **found}, []


def judge(articles: Sequence[Article], pairs: set[Pair], seconds: float) -> Found:
    """Recall for every kind of copy, and false pairs by the kind of lookalike they come from, over the whole corpus."""
    found = Found(pairs, seconds)
    total: Counter[str] = Counter()
    hit: Counter[str] = Counter()
    for article in articles:
        if article.base is not None and articles[article.base].group == article.group:
            total[article.kind] += 1
            hit[article.kind] += (article.base, article.id) in pairs
    found.recall = {kind: hit[kind] / total[kind] for kind in total}
    false: Counter[str] = Counter()
    for one, other in pairs:
        first, second = articles[one], articles[other]
        if first.group != second.group:
            false[second.kind if _family(first) == _family(second) else UNRELATED] += 1
    found.false = dict(false)
    return found


def _family(article: Article) -> int:
    return article.id if article.base is None else article.base


def listed(articles: Sequence[Article]) -> Counter[str]:
    """Pairs within one family that are not one text, by kind: what false pairs are a share of."""
    families: dict[int, list[Article]] = {}
    pairs: Counter[str] = Counter()
    for article in articles:
        family = families.setdefault(_family(article), [])
        pairs.update(article.kind for other in family if other.group != article.group)
        family.append(article)
    return pairs


def speed(texts: Folded, rounds: int = 3) -> float:
    """Signatures a second of one core, the best of three rounds, for texts of 1,080 characters."""
    joined = "".join(body for _, body in texts[:3000])
    cut = [joined[start : start + SPEED_CHARS] for start in range(0, len(joined) - SPEED_CHARS, SPEED_CHARS)][:2000]
    best = 0.0
    for _ in range(rounds):
        started = time.process_time()
        for body in cut:
            signature(body)
        best = max(best, len(cut) / (time.process_time() - started))
    return best


def run(size: int, scales: Sequence[int], chain_count: int, *, with_peers: bool = True) -> Report:
    """The whole benchmark. Progress goes to stderr."""
    _say(f"making {size:,} articles")
    articles = list(corpus(size))
    texts = [article.folded for article in articles]
    finders, missing = peers() if with_peers else ({}, [])
    results: dict[str, Found] = {}
    for name, find in {OURS: ours, **finders}.items():
        _say(f"{name} on {len(articles):,} articles")
        started = time.perf_counter()
        pairs = find(texts)
        results[name] = judge(articles, pairs, time.perf_counter() - started)
    _say("speed")
    per_second = speed(texts)
    _say(f"{chain_count} chains of reprints, stored twice")
    naming = chains.measure(chain_count)
    lookups, left_out = bandtable.measure(scales)
    report = _report(articles, results)
    report.bars += [
        Bar("articles fingerprinted per second", per_second, SPEED_BAR, at_least=True),
        Bar("original named rightly", naming.right / naming.chains, NAMING_BAR, at_least=True),
        Bar("stories that hang on the order of arrival", naming.unlike, 0),
        *_lookup_bars(lookups),
    ]
    report.more += [_naming_table(naming), _lookup_table(lookups)]
    report.notes += left_out
    report.notes += [f"Missing: {name}. Install it by: pip install 'zhiwen[bench]'" for name in missing]
    report.notes.append(
        "A false pair is any pair of the whole corpus that is not one text; its share is of the pairs within a family."
    )
    return report


def _say(what: str) -> None:
    print(f"{what} ...", file=sys.stderr, flush=True)


def _report(articles: Sequence[Article], results: dict[str, Found]) -> Report:
    columns = ["kind", "pairs", *results]
    mine = results[OURS]
    copies = Counter(one.kind for one in articles if one.base is not None and one.kind in REPRINTS)
    rows = [
        [kind, f"{copies[kind]:,}", *(f"{found.recall[kind]:.4f}" for found in results.values())] for kind in REPRINTS
    ]
    pairs = listed(articles)
    lookalikes = [kind for kind in pairs if kind in LOOKALIKES or kind in NOTICES]
    for kind in lookalikes:
        shares = (found.false.get(kind, 0) / pairs[kind] for found in results.values())
        rows.append([f"not: {kind}", f"{pairs[kind]:,}", *(f"{share:.4f}" for share in shares)])
    rows.append(["not: unrelated, pairs", "all", *(str(found.false.get(UNRELATED, 0)) for found in results.values())])
    rows.append(["precision over all pairs", "", *(f"{found.precision:.4f}" for found in results.values())])
    rows.append(
        ["found and compared, articles/s", "", *(f"{len(articles) / r.seconds:,.0f}" for r in results.values())]
    )
    bars = [Bar(f"found: {kind}", mine.recall[kind], RECALL_BARS[kind], at_least=True) for kind in REPRINTS]
    bars += [Bar(f"mixed up: {kind}", mine.false.get(kind, 0) / pairs[kind], FALSE_BARS[kind]) for kind in lookalikes]
    bars.append(Bar("mixed up: unrelated, pairs", mine.false.get(UNRELATED, 0), 0))
    return Report(
        f"copies found among {len(articles):,} articles, and lookalikes taken for copies", columns, rows, bars
    )


def _lookup_bars(lookups: Sequence[bandtable.Lookup]) -> list[Bar]:
    by_scale = {found.articles: found for found in lookups}
    bars = []
    if (million := by_scale.get(10**6)) is not None:
        bars.append(Bar("look-up at 10⁶ articles, p95 ms", million.p95, LOOKUP_BAR_MS))
    if len(lookups) > 1:
        first, last = lookups[0], lookups[-1]
        bars.append(
            Bar(f"look-up, growth {first.articles:.0e} → {last.articles:.0e}", last.p50 / first.p50, GROWTH_BAR)
        )
    return bars


def _lookup_table(lookups: Sequence[bandtable.Lookup]) -> Table:
    rows = [
        [f"{one.articles:,}", f"{one.p50:.3f}", f"{one.p95:.3f}", f"{one.built_seconds:.0f}", f"{one.size / 1e6:,.0f}"]
        for one in lookups
    ]
    return Table("look-up of one text's hashes on SQLite", ["articles", "p50 ms", "p95 ms", "built, s", "MB"], rows)


def _naming_table(naming: chains.Naming) -> Table:
    rows = [
        ["chains", str(naming.chains)],
        ["original named rightly", str(naming.right)],
        ["original arrived after a copy", str(naming.late)],
        ["  of these named rightly", str(naming.late_right)],
        ["another story in another order", str(naming.unlike)],
        ["chains that are more than one story", str(naming.split)],
    ]
    return Table("originals in chains of reprints", ["", "count"], rows)


def main(argv: Sequence[str] | None = None) -> int:
    """The command line. 0 when every bar holds, else 1."""
    parser = argparse.ArgumentParser(prog="zhiwen bench duplicates", description=__doc__)
    parser.add_argument("--size", type=int, default=SIZE, help=f"articles of the corpus, at least (default {SIZE:,})")
    parser.add_argument("--chains", type=int, default=CHAINS, help=f"chains of reprints (default {CHAINS})")
    parser.add_argument(
        "--scales",
        type=_scales,
        default=_scales(SCALES),
        help=f"articles in the table of look-ups (default {SCALES}; 1e7 is a temporary file of 3.5 GB and takes some"
        " minutes; empty: none)",
    )
    parser.add_argument("--no-peers", action="store_true", help="ours alone")
    parser.add_argument("--json", action="store_true", help="the result as JSON")
    options = parser.parse_args(argv)
    if options.size < 1 or options.chains < 1:
        parser.error("--size and --chains are at least 1.")
    report = run(options.size, options.scales, options.chains, with_peers=not options.no_peers)
    return finish(report, as_json=options.json)


def _scales(text: str) -> list[int]:
    try:
        found = sorted({int(float(part)) for part in text.split(",") if part.strip()})
    except (ValueError, OverflowError) as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of numbers such as 1e5,1e6") from error
    if any(number < 1 for number in found):
        raise argparse.ArgumentTypeError("a table has at least one article")
    return found
