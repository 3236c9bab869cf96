"""Troubles are told once when they begin and once when they are over."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from scheduler import troubles as module
from scheduler.troubles import Troubles


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch):
    """Lets seconds pass."""
    passed = [0.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: passed[0])

    def wait(seconds: float) -> None:
        passed[0] += seconds

    return wait


def test_lasting_trouble_is_logged_once_and_counted_and_cried_after_its_patience(later) -> None:
    cries: list[str] = []
    troubles = Troubles(cries.append)
    with capture_logs() as lines:
        for _ in range(4):
            troubles.meet("database", "it is locked", patience=60)
            later(25)
    assert [line["event"] for line in lines] == ["it is locked"]
    assert cries == ["it is locked"]
    assert [(one.name, one.times) for one in troubles.lasting()] == [("database", 4)]
    assert troubles.met == {"database": 4}


def test_end_is_told_to_those_who_heard_of_the_beginning(later) -> None:
    cries: list[str] = []
    troubles = Troubles(cries.append)
    troubles.meet("space", "no room", patience=0)
    troubles.meet("database", "it is locked", patience=60)
    later(7)
    with capture_logs() as lines:
        troubles.over("space", "there is room")
        troubles.over("database")
        troubles.over("database")
        troubles.over("never met")
    assert [line["event"] for line in lines] == [
        "over again after 7 s: there is room",
        "over again after 7 s: it is locked",
    ]
    assert cries == ["no room", "over again after 7 s: there is room"]
    assert not troubles.lasting()


def test_trouble_that_comes_again_is_told_again(later) -> None:
    cries: list[str] = []
    troubles = Troubles(cries.append)
    for _ in range(2):
        troubles.meet("space", "no room", patience=0)
        troubles.over("space", "room")
    assert len(cries) == 4
