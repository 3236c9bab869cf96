"""The ladder of revisits and the ladder of retries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from archive.revisits import MIN_GAP, next_retry, next_revisit

T0 = datetime(2026, 3, 1, 8, tzinfo=UTC)
DAY = timedelta(days=1)


def test_article_is_looked_at_again_after_one_three_seven_and_thirty_days_and_then_ever_less() -> None:
    now, ages = T0, []
    for _ in range(9):
        now = next_revisit(now, T0)
        ages.append((now - T0) / DAY)
    assert ages == [1, 3, 7, 30, 60, 120, 240, 480, 845]


def test_late_revisit_skips_the_rung_that_is_about_to_pass() -> None:
    assert next_revisit(T0 + 2.9 * DAY, T0) == T0 + 7 * DAY


def test_ladder_may_be_set_and_may_be_empty() -> None:
    assert next_revisit(T0, T0, days=[5, 2]) == T0 + 2 * DAY
    assert next_revisit(T0, T0, days=[]) == T0 + 30 * DAY


@given(st.floats(0, 10_000), st.lists(st.floats(0.01, 400), max_size=6))
def test_next_revisit_is_never_at_once_and_never_out_of_sight(age: float, days: list[float]) -> None:
    now = T0 + timedelta(days=age)
    due = next_revisit(now, T0, days=days)
    gap = min(MIN_GAP, timedelta(days=min(days, default=30) / 2))
    assert now + gap <= due <= now + 401 * DAY


def test_failed_page_is_tried_again_ever_less_often_and_for_ever() -> None:
    now, gaps = T0, []
    for tries in range(1, 24):
        due = next_retry(now, tries, T0)
        gaps.append(due - now)
        now = due
    assert gaps[:4] == [timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6), DAY]
    daily = [gap for gap in gaps[4:] if gap == DAY]
    assert sum(gaps[: 4 + len(daily)], timedelta()) >= 14 * DAY
    assert gaps[4 + len(daily) :] == [timedelta(days=7)] * (len(gaps) - 4 - len(daily))
    assert len(gaps) > 4 + len(daily)
