"""The user's settings: ``zhiwen.toml``, overridden by ``ZHIWEN_…`` variables.

Nested keys take two underscores in variables: ``ZHIWEN_FETCH__ALLOW='["127.77.0.0/16:8080"]'`` (JSON) or, for lists,
``ZHIWEN_FETCH__ALLOW=127.77.0.0/16:8080,10.0.0.5``. The file is ``zhiwen.toml`` in the working folder or the one
named by ``ZHIWEN_CONFIG``. An unknown key is an error that names the nearest known one.

Relative folders in the file are meant from the file's own folder, those in variables from the working folder.
"""

from __future__ import annotations

import contextlib
import difflib
import json
import os
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from config import secrets
from config.notices import CHANNEL_NAME, ChannelSettings, NoticeSettings
from config.sections import Section as _Section
from config.sections import split_list
from config.up import UpSettings


class ConfigError(Exception):
    """A setting that cannot be used. The message names file or variable, key and remedy."""


class FetchSettings(_Section):
    """How pages are fetched."""

    allow: Annotated[list[str], NoDecode] = []
    """Private networks that may be reached after all: ``127.77.0.0/16:8080``, ``10.0.0.5``, ``[::1]:8080``."""
    resolve: dict[str, str] = {}
    """Host (or host:port) to address:port, like curl's --resolve; counts as allowed."""
    user_agent: str = "Zhiwen/0.1 (+quality-policy news archive; {contact})"
    contact: str = "contact not set"
    delay_seconds: float = Field(default=1.0, ge=0)
    timeout_seconds: float = Field(default=30.0, gt=0)
    max_bytes: int = Field(default=8 * 1024 * 1024, gt=0)
    max_redirects: int = Field(default=10, ge=0)
    retries: int = Field(default=2, ge=0)
    list_unconditional_every: int = Field(default=12, ge=1)
    """Every n-th fetch of a list page asks without conditions, because validators lie."""

    @field_validator("allow", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return split_list(value)


class CrawlSettings(_Section):
    """Budgets of one run and the ladder of revisits."""

    max_list_pages: int = Field(default=50, ge=1)
    """List pages read per column in one run; more only with --backfill or --since."""
    max_requests: int = Field(default=5000, ge=1)
    max_seconds: float = Field(default=3600, gt=0)
    revisit_days: list[float] = [1, 3, 7, 30]
    memory_limit_mb: int = Field(default=1024, ge=128)


class DocumentSettings(_Section):
    """Files that articles link to (PDF, Word, Excel …)."""

    fetch: bool = True
    max_bytes: int = Field(default=20 * 1024 * 1024, gt=0)
    timeout_seconds: float = Field(default=60.0, gt=0)
    hosts: Annotated[list[str], NoDecode] = []
    """Hosts beside the site's own that files may be fetched from, those below them included; ``*`` for any."""
    read_seconds: int = Field(default=30, ge=1)
    """Processor time that taking the text out of one file may use."""
    read_memory_mb: int = Field(default=1024, ge=256)
    max_pages: int = Field(default=500, ge=1)
    """Pages, sheets or slides of one file that are read."""
    max_chars: int = Field(default=1_000_000, ge=1000)

    @field_validator("hosts", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return split_list(value)


Days = Annotated[float, Field(ge=1)] | Literal["forever"]


class SnapshotSettings(_Section):
    """How long bytes are kept that nothing was read from. What a revision or a file came from stays for ever."""

    keep_lists_days: Days = 90.0
    """List pages as they were; the latest of each address stays."""
    keep_unreferenced_days: Days = 90.0
    """Article pages that changed in nothing that is kept, and pages that could not be read."""
    keep_fetches_days: Days = "forever"
    """Rows of requests that brought nothing, of list readings, and of what runs saw of columns."""
    keep_notices_days: Days = 90.0
    """Notices that were sent or given up. What was told longer ago than this may be told again as a reprint."""


class HealthSettings(_Section):
    """When something is wrong."""

    recheck_minutes: float = Field(default=60.0, ge=1)
    """A site without a new run is examined so often: silence and missed visits come without one."""
    late_minutes: float = Field(default=60.0, ge=1)
    """A run that begins so long after it was planned is called late."""


_NIGHT = re.compile(r"([01]\d|2[0-3]):[0-5]\d\s*-\s*([01]\d|2[0-3]):[0-5]\d")


class ScheduleSettings(_Section):
    """When list pages are visited, where a site file does not say otherwise."""

    visits_per_day: float | None = Field(default=None, gt=0)
    """List pages of adaptive columns that are asked for in a day, all sites together. Not set: as many as visiting each
    once per ``revisit`` would need."""
    visits_per_day_per_site: float | None = Field(default=None, gt=0)
    """The same of each single site that names no ``visits_per_day`` itself."""
    night: str = ""
    """No visits in these hours of Shanghai, such as "23:00-06:00"; empty: there is no such night."""
    jitter_percent: float = Field(default=5.0, ge=0, le=10)
    """By how much of its interval a visit is put off at most, so that not all begin at the full hour."""
    shortest_gap_seconds: float = Field(default=300.0, ge=10)
    """The plan never asks for one list page twice within this time."""
    longest_gap_factor: float = Field(default=4.0, ge=1)
    """The plan leaves no column alone for longer than this many times its ``revisit``."""
    join_seconds: float = Field(default=180.0, ge=0)
    """Columns of one site that are due within this time are read in one run."""
    learn_days: float = Field(default=60.0, ge=1)
    """From so many days of history the plan learns."""
    keep_slots_days: float = Field(default=90.0, ge=1)
    """How long it is remembered which visits were planned and what became of them."""

    @field_validator("night")
    @classmethod
    def _is_night(cls, value: str) -> str:
        begin, _, end = value.partition("-")
        if value and (not _NIGHT.fullmatch(value.strip()) or begin.strip() == end.strip()):
            raise ValueError('no night: write night = "23:00-06:00"')
        return value.strip()


class SitesSettings(_Section):
    paths: Annotated[list[Path], NoDecode] = []
    """More folders of site files, read after the project's own ``seeds/``; ``data_dir/sites`` is one by itself."""

    @field_validator("paths", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            text = value.strip()
            if text.startswith("["):
                return json.loads(text)
            return [part for part in text.split(os.pathsep) if part]
        return value


class Settings(BaseSettings):
    """All settings. ``load_settings()`` builds it and turns errors into plain words."""

    model_config = SettingsConfigDict(env_prefix="ZHIWEN_", env_nested_delimiter="__", extra="forbid")

    data_dir: Path = Path("data")
    database_url: str = Field(default="", repr=False)
    """SQLAlchemy address; empty means SQLite in ``data_dir/zhiwen.db``."""
    fetch: FetchSettings = FetchSettings()
    crawl: CrawlSettings = CrawlSettings()
    documents: DocumentSettings = DocumentSettings()
    snapshots: SnapshotSettings = SnapshotSettings()
    health: HealthSettings = HealthSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    sites: SitesSettings = SitesSettings()
    up: UpSettings = UpSettings()
    notices: NoticeSettings = NoticeSettings()
    channels: dict[str, ChannelSettings] = {}
    """Receivers of notices by name."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Variables before the file; the file arrives as init arguments, read by ``load_settings``."""
        return (env_settings, init_settings)

    @property
    def archive_url(self) -> str:
        """The database address in use."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'zhiwen.db').absolute()}"


INTERNAL_VARIABLES = frozenset(
    {
        "ZHIWEN_CONFIG",  # the settings file
        "ZHIWEN_CLOCK_SHIFT",  # seconds added to the clock
        "ZHIWEN_PROGRESS",  # a crawl prints progress lines (JSON) on its standard output
        "ZHIWEN_PARENT_PID",  # the process that a crawl must not outlive
        "ZHIWEN_DEBUG",  # errors of the command line come with their traceback
    }
)
"""Variables of the project that are no settings. Every other ``ZHIWEN_…`` name must be a setting."""


def load_settings() -> Settings:
    """Read ``zhiwen.toml`` and the ``ZHIWEN_…`` variables.

    ``data_dir`` and ``sites.paths`` come back absolute. Raises ConfigError with one sentence per mistake, each naming
    the file or variable, the key, and the nearest known key where there is one.
    """
    _check_variables()
    file, table = _read_file()
    _remember_secrets(table)
    try:
        settings = Settings(**table)
    except ValidationError as error:
        raise ConfigError("\n".join(_sentence(dict(one), file) for one in error.errors())) from None
    except SettingsError as error:
        raise ConfigError(f"{error}: the value must be JSON, such as '{{\"delay_seconds\": 2}}'.") from None
    data_dir = settings.data_dir.expanduser().absolute()
    paths = [path.expanduser().absolute() for path in settings.sites.paths]
    own = data_dir / "sites"
    # Where `zhiwen sites add` writes when no folder is named; it needs no entry, and is no fault while it is not there.
    if own not in paths and own.is_dir():
        paths.append(own)
    _check_channels(settings)
    return settings.model_copy(update={"data_dir": data_dir, "sites": SitesSettings(paths=paths)})


def child_environment(settings: Settings) -> dict[str, str]:
    """This environment for a child process that gets exactly these settings, whatever file it would find itself.

    Crawls send nothing: the addresses of channels, which are secrets, are not handed to them.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.upper().startswith("ZHIWEN_") or name in INTERNAL_VARIABLES
    }
    values = settings.model_dump(mode="json", exclude={"channels", "notices"}) | {
        "data_dir": str(settings.data_dir.absolute())
    }
    own = {f"ZHIWEN_{key.upper()}": v if isinstance(v, str) else json.dumps(v) for key, v in values.items()}
    return kept | own | {"ZHIWEN_CONFIG": os.devnull}


def settings_file() -> Path:
    """The file that is read, there or not."""
    return Path(os.environ.get("ZHIWEN_CONFIG") or "zhiwen.toml").expanduser().absolute()


def _read_file() -> tuple[Path | None, dict[str, Any]]:
    named = os.environ.get("ZHIWEN_CONFIG")
    file = settings_file()
    try:
        table = tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        if named:
            raise ConfigError(f"ZHIWEN_CONFIG names {file}, which does not exist.") from None
        return None, {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} is not valid TOML: {error}.") from None
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}.") from None
    # From the file's folder, so that the same file means the same wherever a command is started.
    if isinstance(table.get("data_dir"), str):
        table["data_dir"] = str(file.parent / Path(table["data_dir"]).expanduser())
    sites = table.get("sites")
    if isinstance(sites, dict) and isinstance(sites.get("paths"), list):
        sites["paths"] = [
            str(file.parent / Path(path).expanduser()) if isinstance(path, str) else path for path in sites["paths"]
        ]
    channels = table.get("channels")
    for channel in channels.values() if isinstance(channels, dict) else ():
        if isinstance(channel, dict) and isinstance(channel.get("url_file"), str):
            channel["url_file"] = str(file.parent / Path(channel["url_file"]).expanduser())
    return file, table


def _remember_secrets(table: dict[str, Any]) -> None:
    """Before anything else looks at them, so that no error can quote them."""
    channels = table.get("channels")
    values = [table.get("database_url")]
    for channel in channels.values() if isinstance(channels, dict) else ():
        values += channel.values() if isinstance(channel, dict) else [channel]
    values += [value for name, value in os.environ.items() if name.upper() == "ZHIWEN_DATABASE_URL"]
    values += [value for name, value in os.environ.items() if name.upper().startswith("ZHIWEN_CHANNELS__")]
    with contextlib.suppress(ValueError, AttributeError):  # the settings will say so
        whole = json.loads(os.environ.get("ZHIWEN_CHANNELS", "{}"))
        values += [value for channel in whole.values() for value in channel.values()]
    for value in values:
        if isinstance(value, str) and "://" in value:
            secrets.remember(value)


def _check_channels(settings: Settings) -> None:
    for name in settings.channels:
        if not CHANNEL_NAME.fullmatch(name):
            raise ConfigError(f"channels.{name}: write a name of small letters, digits, - and _, such as ops.")
    for name in settings.notices.operators:
        if name not in settings.channels:
            near = _nearest(name, sorted(settings.channels)) if settings.channels else " There are no channels yet."
            raise ConfigError(f"notices.operators: there is no channel {name!r}.{near}")


def _known(model: type[BaseModel] = Settings, prefix: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every key as a path: ("data_dir",), ("fetch",), ("fetch", "allow"), …"""
    keys: list[tuple[str, ...]] = []
    for name, field in model.model_fields.items():
        keys.append((*prefix, name))
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            keys += _known(field.annotation, (*prefix, name))
    return keys


_CHANNEL_VARIABLE = re.compile(
    rf"ZHIWEN_CHANNELS__[A-Z][A-Z0-9_-]*?__({'|'.join(map(str.upper, ChannelSettings.model_fields))})"
)


def _variable(path: tuple[str, ...]) -> str:
    return "ZHIWEN_" + "__".join(path).upper()


def _check_variables() -> None:
    known = {_variable(path) for path in _known()} | INTERNAL_VARIABLES
    for name in sorted(os.environ):
        if _CHANNEL_VARIABLE.fullmatch(name.upper()):
            continue
        if name.upper().startswith("ZHIWEN_") and name.upper() not in known:
            raise ConfigError(f"{name} is no known variable.{_nearest(name.upper(), sorted(known))}")


def _nearest(word: str, known: list[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f" Did you mean {near[0]}?" if near else f" Known are: {', '.join(known)}."


def _sentence(error: dict[str, Any], file: Path | None) -> str:
    """One pydantic error in plain words, with the place the value came from."""
    path = tuple(str(part) for part in error["loc"])
    variables = {name.upper(): name for name in os.environ}
    sources = [variables[_variable(path[:n])] for n in range(len(path), 0, -1) if _variable(path[:n]) in variables]
    place = sources[0] if sources else str(file)
    key = ".".join(path)
    if error["type"] == "extra_forbidden":
        siblings = [".".join(known) for known in _known() if known[:-1] == path[:-1]]
        if path[:1] == ("channels",):
            siblings = [".".join((*path[:-1], name)) for name in ChannelSettings.model_fields]
        return f"{place}: unknown key {key}.{_nearest(key, siblings)}"
    message = error["msg"].removeprefix("Value error, ")
    # What was found may be an address with its token, in any place: a section written as one string, say.
    found = "" if path[:1] in {("channels",), ("database_url",)} else f" (found {error['input']!r:.80})"
    return f"{place}: {key}: {message[:1].lower()}{message[1:]}{found}."
