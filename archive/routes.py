"""What the settings say about notices, as far as the archive must know it. The caller hands it in."""

from __future__ import annotations

from dataclasses import dataclass

from archive.rhythms import IsWorkday, monday_to_friday


@dataclass(frozen=True, slots=True)
class Routes:
    """Where the alarms of sites go, and which days are worked. The channels of readers are those of their watches."""

    operators: tuple[str, ...] = ()
    operator_quiet: str = ""
    is_workday: IsWorkday = monday_to_friday
