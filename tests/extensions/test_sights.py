"""What a run notes of each column, and when that is less than the column's own history lets expect."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from archive.sights import SightRecord, Usual
from crawler.extensions.sights import Sights, unusual
from crawler.extensions.verdict import Tally, judge
from crawler.items import ArticleItem, FailureItem, Fetch, Link, ListPageItem, UnchangedItem

NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
POLICY, EVENTS = "http://town.example/policy/", "http://town.example/events/"


def sights() -> Sights:
    return Sights({POLICY: "policy", EVENTS: "events"})


def fetch(url: str) -> Fetch:
    return Fetch(url, url, 200, {}, b"", NOW)


def listing(count: int, number: int = 1, fresh: int = 0, url: str = POLICY) -> ListPageItem:
    links = [Link(f"{url}{place}.html") for place in range(count)]
    item = ListPageItem("town", "policy", f"{url}{number}", number, links, fetch(url), seen="政策")
    item.list_url, item.fresh = url, fresh
    return item


def article(column: str = "policy", **values: Any) -> ArticleItem:
    item = ArticleItem(
        "http://town.example/a.html", **{"title": "质量月", "body": "质" * 300, "source": "本报", **values}
    )
    item.listed_in = column
    return item


def failure(kind: Any, cause: str, url: str = POLICY, column: str = "policy") -> FailureItem:
    return FailureItem("town", url, kind, cause, f"{cause} seen", column=column)


def of(seen: Sights) -> dict[str, SightRecord]:
    return {record.list_url: record for record in seen.records()}


def test_links_are_those_of_page_1_and_new_ones_are_counted_on_all_pages() -> None:
    seen = sights()
    seen.see(listing(20, fresh=20), NOW)
    seen.see(listing(20, number=2, fresh=3), NOW + timedelta(minutes=1))
    (record,) = seen.records()
    assert (record.links, record.new, record.at, record.detail, record.cause) == (20, 23, NOW, "政策", "")


def test_articles_count_for_the_column_that_led_to_them_with_what_they_lack() -> None:
    seen = sights()
    lengths = (100, 300, 800)
    for place, length in enumerate(lengths):
        seen.see(article(body="质" * length, source=None, published_at=NOW - timedelta(days=place)), NOW)
    seen.see(article("events", reporters=["王敏"], published_at=NOW + timedelta(days=1)), NOW)
    seen.see(article("of a mirror"), NOW)
    found = of(seen)
    policy, events = found[POLICY], found[EVENTS]
    assert (policy.read, policy.body_chars, policy.newest) == (3, 300, NOW)
    assert policy.fields == {"title": 1, "published_at": 1, "source": 0, "author": 0, "body": 1}
    assert (events.read, events.newest, events.fields["author"]) == (1, None, 1)


def test_page_that_fits_no_layout_was_read_in_vain_and_one_that_did_not_come_was_not_read() -> None:
    seen = sights()
    seen.see(article(), NOW)
    for cause in ("layout", "invalid", "not_an_article", "timeout", "blocked"):
        seen.see(failure("article", cause, "http://town.example/x.html"), NOW)
    (record,) = seen.records()
    assert (record.read, record.fields["title"], record.body_chars) == (4, 0.25, 300)


def test_list_that_failed_says_why_and_a_further_page_that_failed_does_not() -> None:
    seen = sights()
    seen.see(failure("list", "blocked"), NOW)
    seen.see(listing(20, url=EVENTS), NOW)
    seen.see(failure("list", "timeout", f"{EVENTS}index_2.html", "events"), NOW)
    found = of(seen)
    assert (found[POLICY].cause, found[POLICY].detail, found[POLICY].links) == ("blocked", "blocked seen", None)
    assert (found[EVENTS].cause, found[EVENTS].links) == ("", 20)


def test_unchanged_list_was_visited_and_columns_not_asked_for_are_left_out() -> None:
    seen = sights()
    item = UnchangedItem("town", f"{POLICY}?answer", "list", fetch(POLICY), True)
    item.list_url = POLICY
    seen.see(item, NOW)
    (record,) = seen.records()
    assert (record.list_url, record.links, record.cause) == (POLICY, None, "")


USUAL = {POLICY: Usual(links=20, fields={"source": 0.95, "author": 0.5}, body_chars=800)}


def record(**values: Any) -> SightRecord:
    whole = {"links": 20, "read": 6, "fields": {"source": 1.0, "author": 0.0}, "body_chars": 700.0}
    return SightRecord("policy", POLICY, NOW, **{**whole, **values})


def test_run_as_usual_is_not_unusual_nor_is_one_of_a_column_without_history() -> None:
    assert unusual([record()], USUAL) == []
    assert unusual([record(links=1, fields={}, body_chars=1.0)], {}) == []
    assert unusual([record(links=None, read=4, fields={}, body_chars=3.0)], USUAL) == [], "four articles are few"


def test_each_loss_is_told_with_its_figures() -> None:
    found = unusual([record(links=9, fields={"source": 1 / 6}, body_chars=150.0)], USUAL)
    assert found == [
        "policy: 9 links on the list, 20 and more are usual",
        "policy: source in 17% of 6 articles read, 95% are usual",
        "policy: texts of 150 characters in 6 articles read, 800 are usual",
    ]


def test_what_is_unusual_is_drift_and_a_failed_list_goes_before_it() -> None:
    tally = Tally(unusual=["policy: 9 links on the list, 20 and more are usual"])
    assert judge(tally) == ("drift", "policy: 9 links on the list, 20 and more are usual.")
    tally.list_causes["blocked"] = 1
    assert judge(tally)[0] == "blocked"


def test_late_run_is_late_only_when_nothing_else_is_to_be_said() -> None:
    tally = Tally(late_by=timedelta(hours=5))
    assert judge(tally) == ("late", "every list was read up to known articles, 5.0 h later than planned.")
    tally.gaps["policy"] = "cut short"
    assert judge(tally)[0] == "gap possible"


def test_lists_and_articles_that_lead_to_notes_are_soft_404() -> None:
    lists = Tally()
    lists.list_causes["soft_404"] = 2
    assert judge(lists)[0] == "soft 404"
    articles = Tally(ill="9 of 9 known pages are gone in one run; none is marked missing")
    articles.counts.update(gone=9, soft_404=9)
    assert judge(articles)[0] == "soft 404"
    articles.counts["soft_404"] = 2
    assert judge(articles)[0] == "failing"
