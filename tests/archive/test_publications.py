"""Moments of publication by column."""

from __future__ import annotations

from datetime import UTC, datetime


def test_only_moments_to_the_minute_are_told_by_site_and_column(archive, press):
    press.put(
        "a", "标题一", "正文一", published_at=datetime(2026, 3, 2, 1, 30, tzinfo=UTC), published_precision="minute"
    )
    press.put("b", "标题二", "正文二", published_at=datetime(2026, 3, 1, 16, tzinfo=UTC), published_precision="day")
    press.put(
        "c", "标题三", "正文三", published_at=datetime(2026, 1, 5, 1, 30, tzinfo=UTC), published_precision="minute"
    )
    told = archive.publication_stamps(datetime(2026, 2, 1, tzinfo=UTC))
    assert list(told.values()) == [[datetime(2026, 3, 2, 1, 30, tzinfo=UTC)]]
    ((site, _column),) = told
    assert site
