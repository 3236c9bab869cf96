"""The address that cannot be there. What a second look does in a run is told in tests/pipelines/test_takeover.py."""

from __future__ import annotations

from crawler.extensions.second_look import nowhere_like

HOST = "http://town.example"


def test_address_that_cannot_be_there_has_the_shape_of_an_article() -> None:
    made = nowhere_like(f"{HOST}/news/2026/03/t20260302_10453.html")
    assert made.startswith(f"{HOST}/news/2026/03/t20260302_")
    assert made != f"{HOST}/news/2026/03/t20260302_10453.html"
    assert nowhere_like(f"{HOST}/show.php?id=7") != f"{HOST}/show.php?id=7"
    assert nowhere_like(f"{HOST}/about/history/").startswith(f"{HOST}/about/history-")
