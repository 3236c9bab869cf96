"""Notices that do not arrive stand in ``zhiwen health``."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from archive.outbox import OutboxRow
from cli.complaints import undelivered

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)


def row(state: str, channel: str, hours: float, number: int, error: str = "502 Bad Gateway") -> OutboxRow:
    since = NOW - timedelta(hours=hours)
    return OutboxRow(state, number, "default", "all", "reader", channel, 3, since, NOW, error=error)


def test_channel_that_fails_for_long_or_lost_something_is_one_complaint_each() -> None:
    rows = [
        row("given up", "mail", 80, 1, "no such mailbox"),
        row("failing", "mail", 2, 4),
        row("failing", "ops", 5, 2),
        row("failing", "chat", 0.2, 3),
        row("due", "chat", 9, 5, ""),
    ]
    lost, failing = undelivered(rows, NOW)
    assert (lost.severity, lost.kind) == (2, "notices do not arrive")
    assert lost.reason == "channel mail: 3 notices were given up and 3 notices wait; 502 Bad Gateway."
    assert "zhiwen channels test mail" in lost.step and "--retry all" in lost.step
    assert (failing.severity, "channel ops" in failing.reason, "--retry 2" in failing.step) == (3, True, True)
