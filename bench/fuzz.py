"""Mutated pages, read in every way: no exception but the reading's own, no page over a second of CPU, nothing absurd.

Every case is one page of the corpus (the replica's, and the real pages where they lie beside the checkout) after one
mutation, made from the seed and the case's number alone, so that ``--case`` brings any of them back. Two processes
work; each is watched, and one that hangs or dies is replaced after the case is noted.
"""

from __future__ import annotations

import argparse
import multiprocessing
import multiprocessing.connection
import random
import re
import sys
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing.process import BaseProcess
from pathlib import Path

from bench.corpus import Source, load_corpus
from bench.invariants import faults_of_item, faults_of_list
from bench.mutations import MUTATIONS
from bench.report import Bar, Report, Table, finish
from crawler.exceptions import CrawlError
from crawler.items import ArticleItem
from crawler.reading.extract import extract_article
from crawler.reading.layouts import ArticleLayout, ListLayout
from crawler.reading.lists import ListReading, extract_list

SIZE = 10_000
SEED = 1
PROCESSES = 2
LIMIT_SECONDS = 1.0
WATCH_SECONDS = 60.0
FETCHED_AT = datetime(2026, 1, 15, 4, tzinfo=UTC)
_MEASUREMENTS = 3
_RARE = {"inflate": 4}
"""Mutations that come only every so many rounds: eight megabytes are slow to make."""


_QUOTED = re.compile(r"['\"].*|: \d.*|\d+\.\d\d s.*", re.DOTALL)
"""What differs between faults of one kind."""


@dataclass
class Outcome:
    """What became of one case: how each way of reading ended, the slowest of them, and what was wrong."""

    number: int
    mutation: str
    url: str
    answers: dict[str, str] = field(default_factory=dict)
    slowest: str = ""
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)


def make_case(corpus: Sequence[Source], seed: int, number: int) -> tuple[str, Source, bytes]:
    """The mutation, the page it starts from, and the bytes of case ``number``."""
    rng = random.Random(f"{seed} {number}")
    rounds, place = divmod(number, len(MUTATIONS))
    name = list(MUTATIONS)[place]
    if name in _RARE and rounds % _RARE[name]:
        name = "several"
    source, other = rng.choice(corpus), rng.choice(corpus)
    return name, source, MUTATIONS[name](rng, source.content, other.content)


def examine(number: int, mutation: str, source: Source, content: bytes) -> Outcome:
    """Read one page in every way and judge the answers."""
    outcome = Outcome(number, mutation, source.url)
    for name, read in _ways(source, content).items():
        seconds, answer, faults = _timed(read)
        for _ in range(_MEASUREMENTS - 1):
            if seconds <= LIMIT_SECONDS:
                break
            seconds = min(seconds, _timed(read)[0])  # a busy machine only ever adds
        outcome.answers[name] = answer
        outcome.faults += [f"{name}: {fault}" for fault in faults]
        if seconds > LIMIT_SECONDS:
            outcome.faults.append(f"{name}: took {seconds:.2f} s of CPU")
        if seconds > outcome.seconds:
            outcome.seconds, outcome.slowest = seconds, name
    return outcome


Answer = ArticleItem | ListReading


def _ways(source: Source, content: bytes) -> dict[str, Callable[[], Answer]]:
    def article(layouts: Sequence[ArticleLayout]) -> ArticleItem:
        return extract_article(
            content, source.url, headers=source.headers, layouts=layouts, fetched_at=FETCHED_AT, site="site"
        )

    def listing(layout: ListLayout | None) -> ListReading:
        return extract_list(content, source.url, layout, headers=source.headers)

    ways: dict[str, Callable[[], Answer]] = {
        "article": lambda: article(()),
        "article by layouts": lambda: article(source.layouts),
        "list": lambda: listing(None),
    }
    if source.list_layout is not None:
        ways["list by layout"] = lambda: listing(source.list_layout)
    return ways


def _timed(read: Callable[[], Answer]) -> tuple[float, str, list[str]]:
    """CPU seconds of the reading, how it ended, and what was wrong."""
    result: Answer | Exception
    started = time.process_time()
    try:
        result = read()
    except Exception as error:
        result = error
    seconds = time.process_time() - started
    return seconds, *_judged(result)


def _judged(result: Answer | Exception) -> tuple[str, list[str]]:
    if isinstance(result, ArticleItem):
        return "read", faults_of_item(result, FETCHED_AT)
    if isinstance(result, ListReading):
        return "read", faults_of_list(result)
    if not isinstance(result, CrawlError):
        return "broke", [_told(result)]
    if isinstance(result.__cause__, Exception) and "reading broke" in str(result):
        return "broke", [_told(result.__cause__)]
    name = type(result).__name__
    return name, [] if str(result) else [f"{name} says nothing"]


def _told(error: Exception) -> str:
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno}: {str(error)[:120]}"


def run_cases(
    corpus: Sequence[Source],
    seed: int,
    numbers: Sequence[int],
    *,
    processes: int = PROCESSES,
    watch_seconds: float = WATCH_SECONDS,
    judge: Callable[[int, str, Source, bytes], Outcome] = examine,
) -> Iterator[Outcome]:
    """The outcomes of the cases in the order they end; a case that hangs or kills its process is one of its own."""
    context = multiprocessing.get_context("fork")  # the corpus is shared, not sent
    workers = [
        _Worker(context, corpus, seed, list(numbers[place::processes]), judge) for place in range(max(1, processes))
    ]
    try:
        while active := [worker for worker in workers if worker.numbers]:
            multiprocessing.connection.wait([worker.pipe for worker in active], timeout=1)
            for worker in active:
                yield from worker.collect(watch_seconds)
    finally:
        for worker in workers:
            worker.end()


class _Worker:
    """One process that works through its numbers, and the parent's view of it."""

    def __init__(
        self,
        context: multiprocessing.context.ForkContext,
        corpus: Sequence[Source],
        seed: int,
        numbers: list[int],
        judge: Callable[[int, str, Source, bytes], Outcome],
    ) -> None:
        self.context, self.corpus, self.seed, self.numbers, self.judge = context, corpus, seed, numbers, judge
        self._start()

    def _start(self) -> None:
        self.pipe, inner = self.context.Pipe()
        self.process: BaseProcess = self.context.Process(
            target=_work, args=(inner, self.corpus, self.seed, list(self.numbers), self.judge), daemon=True
        )
        self.process.start()
        inner.close()
        self.begun = time.monotonic()

    def collect(self, watch_seconds: float) -> Iterator[Outcome]:
        """What has come in; when nothing has for too long, or the process is dead, the case it was at."""
        try:
            while self.numbers and self.pipe.poll():
                outcome: Outcome = self.pipe.recv()
                self.numbers.remove(outcome.number)
                self.begun = time.monotonic()
                yield outcome
        except (EOFError, ConnectionError):
            self.process.join()
            yield self._lost(f"the process died with exit code {self.process.exitcode}")
            return
        if self.numbers and time.monotonic() - self.begun > watch_seconds:
            self.process.kill()
            self.process.join()
            yield self._lost(f"no answer within {watch_seconds:.0f} s")

    def _lost(self, fault: str) -> Outcome:
        number = self.numbers.pop(0)
        name, source, _ = make_case(self.corpus, self.seed, number)
        self.pipe.close()
        if self.numbers:
            self._start()
        return Outcome(number, name, source.url, {"all": "lost"}, faults=[fault])

    def end(self) -> None:
        """Stop the process, wherever it is."""
        self.process.kill()
        self.process.join()
        self.pipe.close()


def _work(
    pipe: multiprocessing.connection.Connection[Outcome, None],
    corpus: Sequence[Source],
    seed: int,
    numbers: Sequence[int],
    judge: Callable[[int, str, Source, bytes], Outcome],
) -> None:
    for number in numbers:
        pipe.send(judge(number, *make_case(corpus, seed, number)))
    pipe.close()


def run(size: int | None = None, *, seed: int = SEED, start: int = 0, keep: Path | None = None) -> Report:
    """Read ``size`` mutated pages (10,000) from case ``start`` on; what fails is saved to the folder ``keep``."""
    corpus = load_corpus()
    outcomes: list[Outcome] = []
    try:
        for outcome in run_cases(corpus, seed, range(start, start + (size or SIZE))):
            outcomes.append(outcome)
            if outcome.faults:
                _keep(corpus, seed, outcome, keep)
            if len(outcomes) % 500 == 0:
                print(f"{len(outcomes)} pages, {sum(bool(one.faults) for one in outcomes)} failed", file=sys.stderr)
    except KeyboardInterrupt:
        print("stopped; this is what was read so far", file=sys.stderr)
    return _report(outcomes, len(corpus), seed)


def _keep(corpus: Sequence[Source], seed: int, outcome: Outcome, folder: Path | None) -> None:
    if folder is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{seed}-{outcome.number}-{outcome.mutation.replace(' ', '_')}"
    (folder / f"{stem}.html").write_bytes(make_case(corpus, seed, outcome.number)[2])
    (folder / f"{stem}.txt").write_text("\n".join([outcome.url, *outcome.faults, ""]), "utf-8")


def _report(outcomes: Sequence[Outcome], pages: int, seed: int) -> Report:
    by_mutation: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        by_mutation[outcome.mutation].append(outcome)
    report = Report(
        f"fuzzing: {len(outcomes)} mutations of {pages} pages, seed {seed}",
        ["mutation", "pages", "readings", "refused", "failed", "slowest ms", "case", "way"],
        [],
    )
    for name in MUTATIONS:
        if group := by_mutation.get(name):
            report.rows.append(_row(name, group))
    report.rows.append(_row("all", list(outcomes)))
    broken = [one for one in outcomes if "broke" in one.answers.values() or "lost" in one.answers.values()]
    slow = [one for one in outcomes if one.seconds > LIMIT_SECONDS]
    absurd = [one for one in outcomes if one.faults and one not in broken and one not in slow]
    report.bars = [
        Bar("pages with an exception, a hang or a crash", len(broken), 0),
        Bar("pages over 1 s of CPU in one reading", len(slow), 0),
        Bar("pages with an absurd answer", len(absurd), 0),
        Bar("slowest reading, CPU seconds", max((one.seconds for one in outcomes), default=0.0), LIMIT_SECONDS),
    ]
    kinds: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        for kind in {_QUOTED.sub("", fault) for fault in outcome.faults}:
            kinds[kind].append(outcome)
    if kinds:
        rows = [
            [kind, str(len(group)), ", ".join(str(one.number) for one in group[:6]), _first_fault(group[0], kind)]
            for kind, group in sorted(kinds.items(), key=lambda entry: -len(entry[1]))
        ]
        report.more.append(Table("what was wrong", ["kind", "pages", "cases", "as in the first"], rows))
    report.notes.append("zhiwen bench fuzz --seed S --case N reads one case again and shows what it says.")
    return report


def _first_fault(outcome: Outcome, kind: str) -> str:
    return next(fault for fault in outcome.faults if _QUOTED.sub("", fault) == kind)[len(kind) :][:160]


def _row(name: str, group: Sequence[Outcome]) -> list[str]:
    answers = [answer for one in group for answer in one.answers.values()]
    slowest = max(group, key=lambda one: one.seconds, default=Outcome(0, "", ""))
    refused = sum(answer not in ("read", "broke", "lost") for answer in answers)
    failed = sum(bool(one.faults) for one in group)
    return [
        *(name, str(len(group)), str(len(answers)), str(refused), str(failed)),
        *(f"{slowest.seconds * 1000:.0f}", str(slowest.number), slowest.slowest),
    ]


def _show_case(seed: int, number: int, keep: Path | None) -> int:
    corpus = load_corpus()
    name, source, content = make_case(corpus, seed, number)
    outcome = examine(number, name, source, content)
    _keep(corpus, seed, outcome, keep)
    print(f"case {number} of seed {seed}: {name} of {source.url}, {len(content)} bytes")
    for way, answer in outcome.answers.items():
        print(f"  {way}: {answer}")
    print(f"  slowest: {outcome.slowest}, {outcome.seconds:.3f} s of CPU")
    for fault in outcome.faults:
        print(f"  wrong: {fault}")
    return 1 if outcome.faults else 0


def main(argv: Sequence[str] | None = None) -> int:
    """``--size N``, ``--seed N``, ``--case N``, ``--keep FOLDER``, ``--json``; 0 when nothing failed."""
    parser = argparse.ArgumentParser(prog="zhiwen bench fuzz", description=__doc__)
    parser.add_argument("--size", type=int, default=SIZE, help=f"how many mutated pages ({SIZE})")
    parser.add_argument("--seed", type=int, default=SEED, help=f"of all chance ({SEED})")
    parser.add_argument("--start", type=int, default=0, help="number of the first case (0), to run in pieces")
    parser.add_argument("--case", type=int, help="only this case, told in full")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="save what fails: the bytes and what was wrong")
    parser.add_argument("--json", action="store_true", help="the result as JSON")
    options = parser.parse_args(argv)
    if options.case is not None:
        return _show_case(options.seed, options.case, options.keep)
    report = run(options.size, seed=options.seed, start=options.start, keep=options.keep)
    return finish(report, as_json=options.json)


if __name__ == "__main__":
    sys.exit(main())
