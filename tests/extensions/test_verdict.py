"""What a run is called at its end."""

from __future__ import annotations

import pytest

from archive.words import GOOD_VERDICTS
from crawler.extensions.verdict import Tally, judge


def tally(**counts: int) -> Tally:
    result = Tally()
    result.counts.update(counts)
    return result


def test_a_run_that_reached_known_articles_is_ok() -> None:
    assert judge(tally(list_pages=2, links=40))[0] == "ok"


def test_no_new_article_is_no_failure() -> None:
    assert judge(tally(list_pages=2, links=40, fresh=0), min_articles=20)[0] == "ok"


def test_zero_links_is_a_failed_run_and_quotes_what_was_seen() -> None:
    run = tally(list_pages=1, links=20)
    run.list_causes["no_links"] = 1
    run.witness("http://a/list: no_links: the page shows: 栏目改版公告")
    verdict, why = judge(run)
    assert verdict == "no links"
    assert verdict not in GOOD_VERDICTS
    assert "栏目改版公告" in why


def test_one_blocked_article_among_many_is_a_partial_run() -> None:
    run = tally(list_pages=2, links=40, articles=10)
    run.article_causes["blocked"] = 1
    assert judge(run)[0] == "partial"


def test_a_wall_before_most_articles_is_a_blocked_run() -> None:
    run = tally(list_pages=2, links=40, articles=2)
    run.article_causes["blocked"] = 8
    assert judge(run)[0] == "blocked"


def test_articles_that_fit_no_layout_any_more_are_drift() -> None:
    run = tally(list_pages=2, links=40, articles=1)
    run.article_causes.update({"layout": 4, "invalid": 2})
    assert judge(run)[0] == "drift"


def test_a_robots_rule_is_named_as_such() -> None:
    run = tally()
    run.list_causes["robots"] = 2
    assert judge(run)[0] == "robots"


def test_lists_that_time_out_are_failing() -> None:
    run = tally()
    run.list_causes.update({"timeout": 1, "robots": 1})
    verdict, why = judge(run)
    assert verdict == "failing"
    assert "timeout 1" in why


def test_many_known_pages_gone_at_once_are_a_failing_site() -> None:
    run = tally(list_pages=2, links=40, unchanged_pages=20)
    run.ill = "28 known pages answered 404 or 410 in one run; none is marked missing"
    verdict, why = judge(run)
    assert verdict == "failing"
    assert "28 known pages" in why


def test_a_run_that_was_asked_for_five_articles_is_limited() -> None:
    run = tally(list_pages=1, links=20, articles=5)
    run.limited = True
    run.gaps["新闻"] = "stopped at the limit that was asked for."
    assert judge(run)[0] == "limited"


def test_an_early_stop_is_a_possible_gap() -> None:
    run = tally(list_pages=50, links=1000)
    run.gaps["新闻"] = "no known article on 50 list pages; --backfill closes the gap."
    verdict, why = judge(run)
    assert verdict == "gap possible"
    assert "--backfill" in why


def test_fewer_links_than_usual_are_drift_unless_a_list_was_unchanged() -> None:
    run = tally(list_pages=1, links=3)
    assert judge(run, min_articles=15)[0] == "drift"
    run.counts["lists_unchanged"] = 1
    assert judge(run, min_articles=15)[0] == "ok"


@pytest.mark.parametrize(("field", "verdict"), [("held", "held"), ("broken", "failed"), ("interrupted", "interrupted")])
def test_a_run_that_could_not_go_on_says_so_first(field: str, verdict: str) -> None:
    run = tally(list_pages=2, links=40)
    setattr(run, field, "the sentence")
    assert judge(run) == (verdict, "the sentence")


def test_evidence_is_bounded() -> None:
    run = Tally()
    for number in range(100):
        run.witness(f"page {number}")
    assert len(run.evidence) == 20
