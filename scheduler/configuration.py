"""What the user has set, as ``zhiwen up`` reads it: at the start, on SIGHUP, and when a file changes."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass

from config.settings import Settings, settings_file
from seeds.load import OWN_FOLDER
from seeds.model import Site

Signature = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class Configuration:
    """Settings and sites that belong together."""

    settings: Settings
    sites: Mapping[str, Site]

    def signature(self) -> Signature:
        """What tells whether the settings or a site file was added, taken away or changed."""
        settings = self.settings
        # The folder of `zhiwen sites add` counts from the moment it is made.
        folders = dict.fromkeys((OWN_FOLDER, *settings.sites.paths, settings.data_dir / "sites"))
        found = []
        for file in (settings_file(), *(file for folder in folders for file in sorted(folder.glob("*.toml")))):
            with contextlib.suppress(OSError):
                state = file.stat()
                found.append((str(file), state.st_mtime_ns, state.st_size))
        return tuple(found)


def renewed(old: Settings, new: Settings) -> tuple[Settings, list[str]]:
    """The settings of a running service after the files changed, and what of the change waits for a restart."""
    fixed = [name for name in ("data_dir", "database_url") if getattr(new, name) != getattr(old, name)]
    up = old.up.model_copy(update={"jobs": new.up.jobs})
    if new.up != up:
        fixed.append("up")
    return new.model_copy(update={"data_dir": old.data_dir, "database_url": old.database_url, "up": up}), fixed
