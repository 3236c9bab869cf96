"""Search and export: exactly the articles that hold the words, on both databases alike."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest

from archive.archive import Archive
from archive.records import ArticleRecord, StoreBatch
from archive.search import find_terms, snippet_of

WORDS = [
    "质量",
    "质量强市",
    "市长质量奖",
    "标准化",
    "首席质量官",
    "拂晓",
    "GB/T",
    "100%",
    "a_b",
    "'引'",
    '"号"',
    "\\n",
    "5%_",
    "年",
]


@pytest.fixture
def filled(archive: Archive, make: Any) -> tuple[Archive, list[ArticleRecord]]:
    choice = random.Random(11)
    records = []
    for number in range(120):
        title = "".join(choice.choices(WORDS, k=3)) + str(number)
        body = "，".join(choice.choices(WORDS, k=choice.randint(1, 9))) + "。\n" + "完" * number
        record = make.article(number, title=title, body=body)
        record.published_at = None if number % 10 == 0 else make.at(-choice.randint(0, 500))
        record.source = choice.choice(["质量日报", "新华网", None])
        record.column = choice.choice([["新闻", "质量"], ["新闻"], []])
        records.append(record)
    run = archive.open_run("news", "manual")
    archive.store(run, StoreBatch(articles=records))
    return archive, records


QUERIES = [
    *(["质量"], ["质量强市"], ["量强"], ["年"], ["质量", "拂晓"], ["质", "强", "首席"], ["质量", "质量"], ["没有的词"]),
    *(["gb/t"], ["100%"], ["%"], ["_"], ["a_b"], ["5%_"], ["0%"], ["'"], ['"号"'], ["\\n"], ["' OR 1=1 --"]),
    *(["完完完完完"], ["\x00"], [""], []),
]


def test_search_finds_what_a_plain_scan_finds(filled: tuple[Archive, list[ArticleRecord]]) -> None:
    archive, records = filled
    for terms in QUERIES:
        wanted = {
            record.url
            for record in records
            if all(term in record.search_title or term in record.search_body for term in terms)
        }
        hits = archive.search(terms, limit=1000)
        assert {hit.article.url for hit in hits} == wanted, terms
        assert archive.count(terms) == len(wanted) == len(hits), terms
        assert {detail.article.url for detail in archive.export(terms)} == wanted, terms
        pages = [hit.article.id for start in (0, 50, 100) for hit in archive.search(terms, limit=50, offset=start)]
        assert pages == [hit.article.id for hit in hits], terms


def test_title_hits_come_first_then_the_newest(filled: tuple[Archive, list[ArticleRecord]]) -> None:
    archive, records = filled
    in_title = {record.url: "拂晓" in record.search_title for record in records}
    hits = archive.search(["拂晓"], limit=1000)
    flags = [in_title[hit.article.url] for hit in hits]
    assert flags == sorted(flags, reverse=True)
    assert 0 < sum(flags) < len(flags)
    for flag in (True, False):
        group = [hit.article for hit in hits if in_title[hit.article.url] is flag]
        dated = [article.published_at for article in group if article.published_at is not None]
        assert dated == sorted(dated, reverse=True)
        assert all(article.published_at is None for article in group[len(dated) :]), "undated ones stand last"
    newest = archive.search(["拂晓"], sort="newest", limit=1000)
    oldest = archive.search(["拂晓"], sort="oldest", limit=1000)
    count = sum(hit.article.published_at is not None for hit in hits)
    assert [hit.article.id for hit in newest[:count]] == [hit.article.id for hit in reversed(oldest[:count])]
    assert all(hit.article.published_at is None for hit in [*newest[count:], *oldest[count:]])
    assert {hit.article.id for hit in newest} == {hit.article.id for hit in hits}


def test_filters_narrow_the_search(filled: tuple[Archive, list[ArticleRecord]], make: Any) -> None:
    archive, records = filled
    since, until = make.at(-300), make.at(-100)

    def urls(**filters: Any) -> set[str]:
        found = {hit.article.url for hit in archive.search(limit=1000, **filters)}
        assert archive.count(**filters) == len(found)
        return found

    dated = [record for record in records if record.published_at is not None]
    assert urls(since=since, until=until) == {r.url for r in dated if since <= r.published_at < until}  # type: ignore[operator]
    moment = dated[0].published_at
    assert moment is not None
    assert dated[0].url in urls(since=moment, until=moment + timedelta(seconds=1))
    assert dated[0].url not in urls(until=moment)
    assert urls(source="新华") == {r.url for r in records if r.source == "新华网"}
    assert urls(column="质量") == {r.url for r in records if "质量" in r.column}
    assert urls(column="量") == set()
    assert urls(site="news") == urls(site=["news", "times"]) == urls() == {r.url for r in records}
    assert urls(site="times") == urls(site=[]) == set()
    assert urls(state="live") == {r.url for r in records}
    assert urls(state="withdrawn") == set()


def test_export_streams_everything_while_articles_are_stored(archive: Archive, make: Any) -> None:
    run = archive.open_run("news", "manual")
    articles = [make.article(number, body=f"第{number}号通知。") for number in range(450)]
    archive.store(run, StoreBatch(articles=articles))
    rows = archive.export(sort="oldest")
    first = next(rows)
    archive.store(run, StoreBatch(articles=[make.article(999)]))
    rest = list(rows)
    assert len({detail.article.id for detail in [first, *rest]}) == 450
    assert first.current.body == articles[first.article.id - 1].body


def test_hit_is_shown_in_its_context(archive: Archive, make: Any) -> None:
    run = archive.open_run("news", "manual")
    body = "甲" * 200 + "，全市质量\n强市工作" + "乙" * 200
    archive.store(run, StoreBatch(articles=[make.article(1, title="Quality 质量 强市 简报", body=body)]))
    (hit,) = archive.search(["质量强市"])
    (mark,) = hit.marks
    assert hit.snippet[slice(*mark)] == "质量 强市"
    assert len(hit.snippet) <= 120
    (title_mark,) = hit.title_marks
    assert hit.article.title[slice(*title_mark)] == "质量 强市"
    (hit,) = archive.search([])
    assert hit.snippet.startswith("甲")
    assert hit.marks == hit.title_marks == []


def test_marks_do_not_overlap_and_keep_the_order() -> None:
    assert find_terms("质量强市质量", ["质量强市", "质量", "强市质"]) == [(0, 6)]
    assert find_terms("ISO 9001 iso9001", ["iso9001"]) == [(0, 8), (9, 16)]
    assert find_terms("a.c abc", ["a.c"]) == [(0, 3)]


def test_snippet_comes_from_the_folded_text_when_the_print_differs() -> None:
    snippet, marks = snippet_of("品質強市 建設", "品质强市建设", ["质强"])
    assert snippet == "品质强市建设"
    assert marks == [(1, 3)]
    assert snippet_of("正文", "正文", ["题"]) == ("正文", [])
