"""Freezing and thawing a site, what health says of its alarm, and what show says of an article that went."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from archive.archive import Archive
from archive.records import FailureRecord, StoreBatch
from crawler.reading.urls import url_key


@pytest.fixture
def archive(filled) -> Iterator[Archive]:
    with Archive(f"sqlite:///{filled.folder / 'zhiwen.db'}", filled.folder) as opened:
        yield opened


def test_frozen_site_stands_first_in_health_with_reason_and_next_step_until_it_is_thawed(zhiwen, filled) -> None:
    frozen = zhiwen("sites", "freeze", "zgnt", "--reason", "the domain was sold")
    assert frozen.code == 0, frozen.err
    health = zhiwen("health")
    head = next(line for line in health.out.splitlines() if "zgnt: by hand, frozen, since" in line)
    told = health.out.partition(head)[2]
    assert "The domain was sold" in told
    assert "-> `zhiwen sites thaw zgnt` goes on with it as it is." in told
    table = zhiwen("health", "--all").out
    assert "zgnt\tfrozen" in table
    assert table.index("zgnt\tfrozen") < table.index("cinic\talarm")
    thawed = zhiwen("sites", "thaw", "zgnt", "--json")
    assert json.loads(thawed.out)["closed_because"] == "thawed by hand"
    assert "the domain was sold" not in zhiwen("health").out


def test_site_that_is_not_frozen_cannot_be_thawed_and_an_unknown_one_not_frozen(zhiwen, filled) -> None:
    assert zhiwen("sites", "thaw", "zgnt").code == 3
    assert zhiwen("sites", "thaw", "zgntt").code == 2
    assert zhiwen("sites", "freeze", "zgntt", "--reason", "x").code == 2
    assert zhiwen("sites", "freeze", "zgnt", "--reason", " ").code == 2


def test_alarm_of_a_run_is_told_once_with_its_evidence_and_strangers_text_is_text(zhiwen, filled, archive) -> None:
    run = archive.open_run("zgnt", "manual")
    archive.raise_alarm(
        run, "hijacked", "9 known pages show \x1b[31m百家乐", frozen=True, evidence=["http://a.example: \x1b[2J娱乐城"]
    )
    archive.raise_alarm(run, "hijacked", "again", frozen=True)
    archive.close_run(run, "frozen", "frozen since yesterday")
    out = zhiwen("health").out
    told = out[out.index("1. critical: zgnt: hijacked, frozen") : out.index("2. ")]
    assert "seen by 2 runs" in told
    assert "9 known pages show" in told
    assert "> http://a.example" in told
    assert out.count("zgnt: hijacked") == 1
    assert "\x1b" not in out
    (site,) = [row for row in json.loads(zhiwen("health", "--json").out)["sites"] if row["site"] == "zgnt"]
    assert (site["state"], site["alarm"]["times"]) == ("frozen", 2)
    (alarm,) = site["alarms"]
    assert "Seen by 2 runs" in alarm
    assert "Evidence: http://a.example" in alarm


def test_alarm_that_does_not_freeze_says_when_it_is_over(zhiwen, filled, archive) -> None:
    run = archive.open_run("zgnt", "manual")
    archive.raise_alarm(run, "missing", "9 of 9 known pages are gone", frozen=False)
    archive.close_run(run, "failing", "9 of 9 known pages are gone")
    out = zhiwen("health").out
    assert "serious: zgnt: missing, since" in out
    assert "It is over as soon as" in out


def test_withdrawn_article_is_shown_with_its_days_its_reason_and_its_last_text(zhiwen, filled, archive) -> None:
    url = filled.urls["edited"]
    seen = archive.article(filled.ids["edited"]).article.last_seen_at
    run = archive.open_run("zgnt", "manual")
    for days in (3, 5):
        failure = FailureRecord("zgnt", url, url_key(url), "article", "gone", "the server answered 404", 404, gone=True)
        failure.at = seen + timedelta(days=days)
        archive.store(run, StoreBatch(failures=[failure]))
    shown = zhiwen("show", filled.ids["edited"]).out
    assert "withdrawn since 2026-03-15" in shown
    assert "missing 2026-03-13" in shown
    assert "last seen 2026-03-10" in shown
    assert "the server answered 404" in shown
    assert "93家" in shown, "the last text is kept"
    states = json.loads(zhiwen("show", filled.ids["edited"], "--json").out)["states"]
    assert [row["state"] for row in states] == ["missing", "withdrawn"]
    hits = json.loads(zhiwen("search", "--state", "withdrawn", "--json").out)
    assert [hit["id"] for hit in hits["hits"]] == [filled.ids["edited"]]
