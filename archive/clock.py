"""The project's one clock. Everything that asks for the time asks here.

``ZHIWEN_CLOCK_SHIFT`` (seconds, may be negative) moves it: the demo and the tests let days pass in moments.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def utc_now() -> datetime:
    """The current moment, aware, UTC."""
    shift = os.environ.get("ZHIWEN_CLOCK_SHIFT")
    now = datetime.now(UTC)
    return now + timedelta(seconds=float(shift)) if shift else now


def shanghai(moment: datetime) -> datetime:
    """The same moment on a clock in Shanghai, for showing."""
    return moment.astimezone(SHANGHAI)
