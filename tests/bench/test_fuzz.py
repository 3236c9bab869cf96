"""Cases come back by their number; what breaks, hangs, dies or answers absurdly is a failure and is named."""

from __future__ import annotations

import json
import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bench import fuzz
from bench.corpus import Source
from bench.fuzz import Outcome, examine, make_case, run_cases
from bench.invariants import faults_of_item, faults_of_list
from bench.mutations import MUTATIONS
from crawler.items import ArticleItem, Attachment, Evidence, Link
from crawler.reading.layouts import ArticleLayout, ListLayout
from crawler.reading.lists import ListReading, PageRequest

TEXT = "市场监管部门公布了第二批质量提升项目，要求各地在年底前完成验收，并把结果向社会公开。" * 3
ARTICLE = f"""<html><head><meta charset="utf-8"><title>第二批项目公布_示例网</title></head><body><h1>第二批项目公布</h1>
<div class="info">2024-03-01 08:30 来源：示例日报</div><div class="text"><p>{TEXT}</p></div></body></html>""".encode()
LIST = """<html><body><ul><li><a href="/1.html">质量提升项目申报开始</a>2024-03-01</li>
<li><a href="/2.html">计量器具检查结果公布</a>2024-02-28</li>
<li><a href="/3.html">标准化试点名单公示通知</a>2024-02-27</li></ul></body></html>""".encode()
LAYOUT = ArticleLayout(name="a", body="div.text", info="div.info")
CORPUS = [
    Source("http://www.example.cn/a/1.html", "article", ARTICLE, {}, (LAYOUT,), ListLayout(links="li a")),
    Source("http://www.example.cn/a/", "list", LIST, {}, (LAYOUT,), ListLayout(links="li a")),
]
FETCHED_AT = datetime(2024, 3, 2, tzinfo=UTC)


def test_case_is_made_from_seed_and_number_alone() -> None:
    first = [make_case(CORPUS, 1, number) for number in range(10)]

    assert first == [make_case(CORPUS, 1, number) for number in range(10)]
    assert [content for *_, content in first] != [make_case(CORPUS, 2, number)[2] for number in range(10)]


def test_every_mutation_has_its_turn_and_changes_pages() -> None:
    cheap = [number for number in range(len(MUTATIONS)) if list(MUTATIONS)[number] != "inflate"]
    made = {number: make_case(CORPUS, 1, number) for number in cheap}

    assert {name for name, *_ in made.values()} == set(MUTATIONS) - {"inflate"}
    same = {name for name, source, content in made.values() if content == source.content}
    assert len(same - {"untouched"}) <= 5  # a swap may hit the same page, a share of none may be drawn


def test_good_page_has_no_fault() -> None:
    outcome = examine(7, "untouched", CORPUS[0], ARTICLE)

    assert outcome.faults == []
    assert outcome.answers["article"] == outcome.answers["article by layouts"] == "read"
    assert 0 < outcome.seconds < 1


def test_refusal_is_an_answer() -> None:
    outcome = examine(7, "magic", CORPUS[0], b"%PDF-1.4")

    assert outcome.faults == []
    assert set(outcome.answers.values()) == {"BadContent"}


def test_exception_of_the_reading_is_a_fault_with_its_place(monkeypatch) -> None:
    def breaks(*arguments: object, **options: object) -> None:
        raise IndexError("beyond the end")

    monkeypatch.setattr(fuzz, "extract_list", breaks)
    outcome = examine(7, "untouched", CORPUS[0], ARTICLE)

    assert outcome.answers["list"] == "broke"
    assert outcome.faults[0].startswith("list: IndexError at test_fuzz.py:")


def test_exception_inside_the_article_reader_is_not_hidden_by_its_wrapper(monkeypatch) -> None:
    from crawler.reading import extract

    def breaks(*arguments: object) -> None:
        raise ZeroDivisionError("no words")

    monkeypatch.setattr(extract, "_read", breaks)
    outcome = examine(7, "untouched", CORPUS[0], ARTICLE)

    assert outcome.answers["article"] == "broke"
    assert "ZeroDivisionError" in outcome.faults[0]


def test_slow_reading_is_a_fault(monkeypatch) -> None:
    monkeypatch.setattr(fuzz, "LIMIT_SECONDS", 0.0)
    outcome = examine(7, "untouched", CORPUS[0], ARTICLE)

    assert [fault.split(" took ")[0] for fault in outcome.faults] == [
        "article:", "article by layouts:", "list:", "list by layout:",
    ]  # fmt: skip


def troubled(number: int, mutation: str, source: Source, content: bytes) -> Outcome:
    if number == 3:
        os._exit(7)
    if number == 4:
        threading.Event().wait()
    return Outcome(number, mutation, source.url, {"article": "read"})


def test_dead_and_hanging_process_is_noted_and_replaced() -> None:
    outcomes = {one.number: one for one in run_cases(CORPUS, 1, range(10), watch_seconds=0.5, judge=troubled)}

    assert sorted(outcomes) == list(range(10))
    assert outcomes[3].faults == ["the process died with exit code 7"]
    assert "no answer within" in outcomes[4].faults[0]
    assert [number for number, one in outcomes.items() if one.faults] in ([3, 4], [4, 3])


def test_report_counts_failures_and_saves_them(monkeypatch, tmp_path: Path, capsys) -> None:
    def breaks(*arguments: object, **options: object) -> None:
        raise IndexError("beyond the end")

    monkeypatch.setattr(fuzz, "load_corpus", lambda: CORPUS)
    assert fuzz.main(["--size", "3", "--json"]) == 0
    good = json.loads(capsys.readouterr().out)
    monkeypatch.setattr(fuzz, "extract_list", breaks)  # the processes are forked and inherit it
    assert fuzz.main(["--size", "3", "--json", "--keep", str(tmp_path)]) == 1
    bad = json.loads(capsys.readouterr().out)

    assert good["held"] and good["rows"][-1][:2] == ["all", "3"]
    assert [bar["value"] for bar in bad["bars"]][:1] == [3]
    assert bad["more"][0]["rows"][0][1:3] == ["3", "0, 1, 2"] or set(bad["more"][0]["rows"][0][2].split(", ")) == {
        "0",
        "1",
        "2",
    }
    saved = sorted(path.name for path in tmp_path.iterdir())
    assert saved[:2] == ["1-0-flip_bytes.html", "1-0-flip_bytes.txt"]
    assert (tmp_path / saved[0]).read_bytes() == make_case(CORPUS, 1, 0)[2]
    assert "IndexError" in (tmp_path / saved[1]).read_text("utf-8")


def test_one_case_is_told_in_full(monkeypatch, capsys) -> None:
    monkeypatch.setattr(fuzz, "load_corpus", lambda: CORPUS)

    assert fuzz.main(["--case", "28"]) == 0
    assert capsys.readouterr().out.startswith("case 28 of seed 1: untouched of http://www.example.cn/a/")


def article(**changes: object) -> ArticleItem:
    item = ArticleItem(
        "http://a.cn/", "标题", "正文。", evidence={"title": Evidence("h1", "标题"), "body": Evidence("b", "")}
    )
    for name, value in changes.items():
        setattr(item, name, value)
    return item


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"title": ""}, "the title is empty"),
        ({"title": "标\x00题"}, "title holds the control character U+0000"),
        ({"title": "标\n题"}, "title holds the control character U+000A"),
        ({"body": "\ufffd\ufffd \ufffd"}, "the body is replacement characters only"),
        ({"body": ""}, "there is neither text nor picture nor attachment"),
        ({"source": "示例日报"}, "source is filled without evidence"),
        ({"attachments": [Attachment("ftp://a.cn/1.pdf", "一")]}, "no absolute web address: 'ftp://a.cn/1.pdf'"),
        ({"canonical_hint": "/1.html"}, "no absolute web address: '/1.html'"),
    ],
)
def test_absurd_article_is_named(changes: dict[str, object], fault: str) -> None:
    assert faults_of_item(article(), FETCHED_AT) == []
    assert any(fault in one for one in faults_of_item(article(**changes), FETCHED_AT))


def test_date_ahead_of_the_fetch_is_named() -> None:
    evidence = {**article().evidence, "published_at": Evidence("label", "2024")}
    late = article(published_at=FETCHED_AT + timedelta(days=5), published_precision="day", evidence=evidence)
    bare = article(published_at=datetime(2024, 1, 1), published_precision="day", evidence=evidence)

    assert "lies in the future" in faults_of_item(late, FETCHED_AT)[0]
    assert "has no zone" in faults_of_item(bare, FETCHED_AT)[0]


def test_absurd_list_is_named() -> None:
    twice = ListReading([Link("http://a.cn/1"), Link("http://a.cn/1")], next_page=PageRequest("javascript:2"))

    assert faults_of_list(ListReading([Link("http://a.cn/1", "甲")])) == []
    assert faults_of_list(twice) == ["no absolute web address: 'javascript:2'", "an address stands twice in the list"]
