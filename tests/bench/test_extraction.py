"""The table of ours and the peers; peers that are not installed are named, and ours is scored alone."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from bench import extraction
from bench.corpus import ListPage
from bench.extraction import BARS, OURS, measure_all
from bench.lists import count
from bench.pages import load_cases, read_ours
from bench.peers import load_peers
from seeds.replica.model import Ref


def test_peers_are_found_or_missing() -> None:
    found, missing = load_peers()

    assert sorted([*found, *missing]) == sorted(
        ["trafilatura", "trafilatura precision", "readability-lxml", "newspaper4k", "GNE"]
    )


def test_reader_that_breaks_scores_nothing_and_is_named(shared_dir: Path) -> None:
    def breaks(case: object) -> dict[str, object]:
        raise RuntimeError("no idea")

    cases = load_cases(2)
    measured = measure_all(cases, {OURS: read_ours, "peer": breaks}, rounds=1)

    assert measured["peer"].failed == {case.id: "broke with RuntimeError: no idea" for case in cases}
    assert measured["peer"].scores["body_f1"] == 0
    assert measured[OURS].scores["body_f1"] > 0.5
    assert measured[OURS].failed == {}


def test_report_has_every_bar_and_our_worst_pages(shared_dir: Path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(extraction, "load_peers", lambda: ({}, ["GNE"]))

    code = extraction.main(["--size", "4", "--rounds", "1", "--worst", "2", "--json"])

    report = json.loads(capsys.readouterr().out)
    assert code == (0 if report["held"] else 1)
    assert report["columns"] == ["figure", OURS, "bar"]
    assert {"body F1", "title exact", "minute", "CPU ms, median"} <= {row[0] for row in report["rows"]}
    assert len([bar for bar in report["bars"] if "CPU" in bar["name"]]) == 1
    assert any("Missing: GNE" in note and "[bench]" in note for note in report["notes"])
    assert len({row[0] for table in report["more"][1:] for row in table["rows"]} - {""}) <= 2


def test_cpu_is_judged_by_its_ratio_where_the_reference_is_there() -> None:
    assert extraction._cpu_bar(20.0, 50.0).value == pytest.approx(0.4)
    assert extraction._cpu_bar(20.0, 0.0).limit == extraction.CPU_MS


def test_bars_are_those_of_the_product() -> None:
    assert BARS["body_f1"] == (0.98, True)
    assert BARS["date_fp"] == (0, False)


def test_list_page_is_counted_against_its_truth() -> None:
    refs = (
        Ref("质量提升项目申报开始受理", "http://a.cn/1.html", date(2024, 3, 1)),
        Ref("计量器具检查结果向社会公布", "http://a.cn/2.html", date(2024, 2, 28)),
        Ref("标准化试点名单公示期满通知", "http://a.cn/3.html", date(2024, 2, 27)),
        Ref("不在这一页上的一条旧的消息", "http://a.cn/4.html", date(2023, 2, 27)),
    )
    rows = "".join(f'<li><a href="{ref.href}">{ref.title}</a><i>{ref.day}</i></li>' for ref in refs[:3])
    page = f'<html><body><ul>{rows}</ul><a href="/index_2.html">下一页</a></body></html>'.encode()

    counts = count(ListPage("a", "http://a.cn/", page, {}, refs, "http://a.cn/index_2.html"))

    assert (counts.found, counts.true, counts.right, counts.days, counts.days_right) == (3, 4, 3, 3, 3)
    assert (counts.precision, counts.recall) == (1.0, 0.75)
    assert (counts.titles_right, counts.following_right, counts.refused) == (3, 1, 0)
