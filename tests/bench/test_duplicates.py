"""The benchmark of copies: a corpus whose truth is right, methods judged by it, originals, look-ups."""

from __future__ import annotations

import importlib.util
import json
from collections import Counter

import pytest

from bench import bandtable, chains, duplicates, neighbours
from bench.duplicates import judge, listed, main, ours
from bench.notices import NOTICES
from bench.reprints import LOOKALIKES, REPRINTS, UNRELATED, Article, corpus


@pytest.fixture(scope="module")
def articles() -> list[Article]:
    return list(corpus(170))


def test_corpus_has_every_kind_and_is_the_same_each_time(articles: list[Article]) -> None:
    kinds = Counter(article.kind for article in articles)

    assert set(kinds) == {UNRELATED, *REPRINTS, *LOOKALIKES, *NOTICES}
    assert [article.id for article in articles] == list(range(len(articles)))
    assert list(corpus(170)) == articles
    assert [article.body for article in corpus(170, seed=2)] != [article.body for article in articles]


def test_copies_are_of_their_base_s_group_and_lookalikes_are_not(articles: list[Article]) -> None:
    for article in articles:
        if article.base is not None:
            assert (articles[article.base].group == article.group) == (article.kind in REPRINTS)
            assert article.body != articles[article.base].body or article.kind == "title changed"


def test_everything_is_found_and_nothing_mixed_up(articles: list[Article]) -> None:
    found = judge(articles, ours([article.folded for article in articles]), 1.0)

    assert {kind for kind, share in found.recall.items() if share < 1} == set()
    assert found.false == {}
    assert found.precision == 1


def test_false_pairs_are_told_by_the_kind_they_come_from(articles: list[Article]) -> None:
    notices = [article.id for article in articles if article.kind == "yearly notices"][:2]
    strangers = [article.id for article in articles if article.kind == UNRELATED][:2]

    found = judge(articles, {(notices[0], notices[1]), (strangers[0], strangers[1])}, 1.0)

    assert found.false == {"yearly notices": 1, UNRELATED: 1}
    assert found.precision == 0
    assert set(found.recall.values()) == {0}
    assert listed(articles)["yearly notices"] % 3 == 0


@pytest.mark.parametrize("method", ["simhash", "minhash_lsh"])
def test_peers_find_equal_texts(method: str, articles: list[Article]) -> None:
    if method == "minhash_lsh" and importlib.util.find_spec("datasketch") is None:
        pytest.skip("datasketch is not installed")
    texts = [articles[0].folded, articles[-1].folded, articles[0].folded]

    assert getattr(neighbours, method)(texts) == {(0, 2)}


def test_every_chain_tells_its_original_and_often_late() -> None:
    made = list(chains.chains(40))

    assert all(chain.original == 0 and len(chain.prints) >= 3 for chain in made)
    assert all(len({one.url for one in chain.prints}) == len(chain.prints) for chain in made)
    assert any(chain.prints[0].seen_at > min(one.seen_at for one in chain.prints) for chain in made)
    assert any(one.is_mirror for chain in made for one in chain.prints)


def test_report_has_every_bar_and_leaves_no_file(
    tmp_path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(bandtable, "LOOKUPS", 40)
    monkeypatch.setattr(duplicates, "speed", lambda texts: 1.0)

    code = main(["--size", "60", "--chains", "5", "--scales", "200,2e3", "--no-peers", "--json"])

    report = json.loads(capsys.readouterr().out)
    bars = {bar["name"]: bar for bar in report["bars"]}
    assert code == 1
    assert not bars["articles fingerprinted per second"]["held"]
    assert {f"found: {kind}" for kind in REPRINTS} <= set(bars)
    assert {f"mixed up: {kind}" for kind in (*LOOKALIKES, *NOTICES)} <= set(bars)
    assert bars["stories that hang on the order of arrival"]["value"] == 0
    assert [row[0] for row in report["more"][1]["rows"]] == ["200", "2,000"]
    assert list(tmp_path.iterdir()) == []


def test_table_that_does_not_fit_is_left_out_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bandtable, "BYTES_PER_ARTICLE", 10**18)

    found, left_out = bandtable.measure([100])

    assert found == []
    assert "TMPDIR" in left_out[0]


@pytest.mark.parametrize("arguments", [["--size", "0"], ["--scales", "many"], ["--scales", "0"]])
def test_wrong_figures_are_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
