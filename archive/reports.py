"""What looking after the archive answers: plain dataclasses."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class RestoreReport:
    """What was brought back. ``replaced`` says where the archive went that was there before; None: there was none."""

    path: str
    articles: int
    snapshots: int
    problems: list[str]
    replaced: str | None


@dataclass(slots=True)
class CheckReport:
    """What ``check`` found: plain sentences, empty when all is well, and how much was looked at.

    ``advice`` says, once for each kind of problem, what it means and what to do.
    """

    problems: list[str]
    counts: dict[str, int]
    advice: list[str]


@dataclass(slots=True)
class PruneReport:
    """What was let go, or would be: ``snapshots`` and their ``bytes``; files and bytes freed on the disk; old rows.

    ``kept_for_backup``: no file was taken away, because a backup copies them; the next prune does it.
    """

    dry_run: bool
    snapshots: int = 0
    bytes: int = 0
    packs_rewritten: int = 0
    packs_removed: int = 0
    bytes_freed: int = 0
    leftovers: int = 0
    fetches: int = 0
    list_readings: int = 0
    kept_for_backup: bool = False
    notices: int = 0
    sights: int = 0


@dataclass(slots=True)
class BackupReport:
    """A finished, verified copy. ``problems`` names snapshots that are bad in the archive itself."""

    path: str
    articles: int
    snapshots: int
    bytes: int
    problems: list[str]
