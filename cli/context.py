"""What most commands begin with: the settings, the archive, the sites."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cli.output import USAGE, CliError

if TYPE_CHECKING:
    from archive.archive import Archive
    from config.settings import Settings
    from seeds.model import Site


def use_data_folder(folder: Path) -> None:
    """``--data DIR``: the SQLite archive in that folder, whatever the settings say. Children see it too."""
    os.environ["ZHIWEN_DATA_DIR"] = str(folder.expanduser().absolute())
    os.environ["ZHIWEN_DATABASE_URL"] = ""


def settings() -> Settings:
    """The user's settings. Raises ConfigError."""
    from config.settings import load_settings

    return load_settings()


def archive_exists(chosen: Settings) -> bool:
    """Whether there is an archive to ask. A database server is always asked."""
    return bool(chosen.database_url) or (chosen.data_dir / "zhiwen.db").is_file()


def open_archive(chosen: Settings | None = None) -> Archive:
    """The archive for questions. A question creates nothing: without an archive it says where it looked."""
    from archive.archive import Archive

    chosen = chosen or settings()
    if not archive_exists(chosen):
        raise CliError(
            f"there is no archive in {chosen.data_dir}. Fill one with `zhiwen crawl` or `zhiwen demo`, "
            "or name another folder with `zhiwen --data DIR …`."
        )
    return Archive(chosen.archive_url, chosen.data_dir, revisit_days=chosen.crawl.revisit_days)


def archive_site_names() -> frozenset[str]:
    """The sites that the archive holds articles of, declared or not."""
    with open_archive() as archive:
        return frozenset(archive.site_names())


def sites(chosen: Settings | None = None) -> dict[str, Site]:
    """All declared sites by name. Raises SeedError."""
    from seeds.load import load_sites

    return load_sites((chosen or settings()).sites.paths)


def pick_sites(known: Mapping[str, Site], names: Sequence[str]) -> list[Site]:
    """The sites of these names, each once. An unknown name is a usage error that names the nearest."""
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=2, cutoff=0.4)
            hint = f"Did you mean {' or '.join(near)}?" if near else f"Known are: {', '.join(known)}."
            raise CliError(f"there is no site {name!r}. {hint}", USAGE)
    return [known[name] for name in dict.fromkeys(names)]


def site_names(incomplete: str) -> list[str]:
    """Names for shell completion: from the file names alone, so that it is quick."""
    folder = Path(__file__).resolve().parents[1] / "seeds"
    return sorted(path.stem for path in folder.glob(f"{incomplete}*.toml"))
