"""The section ``[up]`` of the settings."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from config.sections import Section, split_list


class UpSettings(Section):
    """``zhiwen up``: how much at once, how the clock is watched, where it tells how it is."""

    jobs: int = Field(default=2, ge=1, le=64)
    """Sites crawled at a time."""
    listen: str = "127.0.0.1:8750"
    """Address and port of /healthz and /metrics; port 0 takes a free one, empty is none."""
    hosts: Annotated[list[str], NoDecode] = []
    """Names, beside addresses and localhost, by which the endpoint may be asked: another name is refused."""
    tick_seconds: float = Field(default=5.0, gt=0, le=30)
    """The clock's interval. A clock that missed two of them counts as dead."""
    refresh_seconds: float = Field(default=30.0, gt=0, le=30)
    """How often the plan is rebuilt from site files and database, and this process shows others that it lives."""
    examine_seconds: float = Field(default=300.0, gt=0)
    deliver_seconds: float = Field(default=10.0, gt=0)
    stop_seconds: float = Field(default=7.0, ge=0)
    """Time that running crawls get when the process stops; then they are killed. What they stored is safe."""
    min_free_mb: int = Field(default=256, ge=0)
    """With less free space no crawl is started."""
    stuck_seconds: float = Field(default=300.0, gt=0)
    """One call into the database that takes longer counts as stuck."""
    watchdog_restart_seconds: float = Field(default=120.0, gt=0)
    """After so long without a clock the process ends itself, for systemd or Docker to start it again."""
    log_mb: int = Field(default=20, ge=1)
    log_files: int = Field(default=5, ge=1)
    """``logs/up.jsonl`` is put aside at ``log_mb``; so many are kept in all."""

    @field_validator("hosts", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return split_list(value)
