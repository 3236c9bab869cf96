"""What is due becomes runs, and what has ended is written down: the part of ``zhiwen up`` that asks the timetable.

All of it is called in one thread, which may wait for the database; nothing here is half done when it does not answer.
"""

from __future__ import annotations

import shutil
import threading
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import structlog

from archive.archive import Archive
from archive.errors import ArchiveError
from config.settings import ScheduleSettings, Settings
from scheduler.configuration import Configuration
from scheduler.runner import CrawlResult
from scheduler.supervisor import Supervisor, Task
from scheduler.troubles import Troubles
from seeds.model import Site

log = structlog.get_logger("zhiwen.up")


class Planner(Protocol):
    """What is due; see ``scheduler.timetable.Timetable``."""

    sites: Mapping[str, Site]
    settings: ScheduleSettings

    def refresh(self) -> None: ...
    def claim(self, free: int, busy: Collection[str]) -> Sequence[Any]: ...
    def ended(self, assignment: Any, result: CrawlResult) -> None: ...
    def next_due(self) -> datetime | None: ...
    def leave(self, because: str = ...) -> None: ...


MakePlanner = Callable[[Archive, Mapping[str, Site], Settings, str], Planner]


class Dispatch:
    """Claims and starts what is due; keeps what has ended until it is written down.

    ``due_at`` is the next moment at which something is due, None while no run could be started anyway.
    """

    def __init__(
        self,
        archive: Archive,
        make: MakePlanner,
        configuration: Configuration,
        instance: str,
        supervisor: Supervisor,
        troubles: Troubles,
    ) -> None:
        self._archive, self._make, self._configuration, self._instance = archive, make, configuration, instance
        self._supervisor, self._troubles = supervisor, troubles
        self._timetable: Planner | None = None
        self._unsettled: deque[tuple[Task, CrawlResult]] = deque()
        self._closed = threading.Event()
        self.due_at: datetime | None = None

    # --- from any thread ----------------------------------------------------------------------------------------------

    def use(self, configuration: Configuration) -> None:
        """Settings and sites from now on."""
        self._configuration = configuration

    def keep(self, task: Task, result: CrawlResult) -> None:
        """A run has ended: to be written down with the next call."""
        if not (self._closed.is_set() and result.verdict == "interrupted"):
            # Else its visit did not take place: who comes next makes it at once (``sign_off``).
            self._unsettled.append((task, result))

    def close(self) -> None:
        """Claim nothing any more."""
        self._closed.set()

    @property
    def unsettled(self) -> bool:
        """Whether something that has ended is not written down yet."""
        return bool(self._unsettled)

    # --- in the thread of the timetable -------------------------------------------------------------------------------

    def start_due(self) -> None:
        """Write down what has ended, claim what is due, start it. Raises ArchiveError."""
        self._settle()
        running = [one.site for one in self._supervisor.running()]
        free = self._configuration.settings.up.jobs - len(running)
        timetable = self._plan()
        if free > 0 and self._has_room() and not self._closed.is_set():
            for assignment in timetable.claim(free, running):
                self._supervisor.start(assignment)
        self.due_at = timetable.next_due() if free > 0 else None

    def refresh(self) -> None:
        """The plan follows site files and database, and others see that this process lives. Raises ArchiveError."""
        self._settle()
        self._archive.reap_orphans()
        self._plan().refresh()

    def sign_off(self) -> None:
        """Write down what has ended and leave the rest to others at once. Raises ArchiveError."""
        self._settle()
        self._plan().leave("the service was stopped")

    def _plan(self) -> Planner:
        sites, settings = self._configuration.sites, self._configuration.settings
        if self._timetable is None:
            self._timetable = self._make(self._archive, sites, settings, self._instance)
        self._timetable.sites, self._timetable.settings = sites, settings.schedule
        return self._timetable

    def _settle(self) -> None:
        while self._unsettled:
            task, result = self._unsettled[0]
            try:
                self._plan().ended(task, result)
            except ArchiveError:
                raise  # it stays, for the next time
            except Exception:
                log.exception("the end of a run could not be written down", site=result.site)
            self._unsettled.popleft()

    def _has_room(self) -> bool:
        """Whether there is space enough for a run."""
        settings = self._configuration.settings
        least = settings.up.min_free_mb * 2**20
        folders = [settings.data_dir]
        if self._archive.database.is_sqlite:
            folders.append(self._archive.database.path.parent)
        for folder in folders:
            free = shutil.disk_usage(folder).free
            if free < least:
                text = f"only {free // 2**20} MB are free in {folder}: no crawl is started below {least // 2**20} MB"
                self._troubles.meet("space", text, patience=0)
                return False
        self._troubles.over("space", "there is free space for crawls")
        return True
