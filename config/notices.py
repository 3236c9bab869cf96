"""Settings of notices: the channels they go to, and how they are sent."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode

from config.addresses import AddressPolicy

Format = Literal["text", "markdown", "html"]

CHANNEL_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
"""What a channel may be called: such a name fits into a variable, a log and a row."""


class ChannelSettings(BaseModel):
    """One receiver: ``[channels.NAME]``. Its address is a secret: whoever has it can write there."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    url: SecretStr = SecretStr("")
    """In the syntax of Apprise: ``wecombot://KEY``, ``dingtalk://…``, ``feishu://…``, ``mailtos://…``, ``jsons://…``."""
    url_file: Path | None = None
    """A file that holds the address instead, so that the settings can be shown."""
    format: Format | None = None
    max_chars: int | None = Field(default=None, ge=200)
    max_bytes: int | None = Field(default=None, ge=400)
    """Bytes of UTF-8 of one message; the rest goes into a further one. Default: what the vendor takes."""
    per_minute: int | None = Field(default=None, ge=1, le=600)
    timeout_seconds: float = Field(default=30.0, gt=0, le=120)
    """For one message as a whole, however slowly the receiver answers. Well below the lease of a parcel."""

    @model_validator(mode="after")
    def _one_address(self) -> Self:
        if bool(self.url.get_secret_value().strip()) == (self.url_file is not None):
            raise ValueError("a channel needs an address: either url or url_file")
        return self


class NoticeSettings(BaseModel):
    """How notices are sent, and to whom the alarms of the sites go: ``[notices]``."""

    model_config = ConfigDict(extra="forbid")

    operators: Annotated[list[str], NoDecode] = []
    """Channels that are told of alarms and of receivers that fail."""
    operator_quiet: str = ""
    """Hours of Shanghai in which operators are not disturbed: ``22:00-07:00``."""
    retry_days: float = Field(default=3.0, gt=0, le=90)
    """How long a notice is tried before it is given up."""
    allow: Annotated[list[str], NoDecode] = []
    """Private networks where receivers may be, beside ``fetch.allow``: ``10.0.0.5:8080``."""
    contact: str = ""
    """Whom readers may ask, written under mails."""

    @field_validator("operators", "allow", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            text = value.strip()
            if text.startswith("["):
                return json.loads(text)
            return [part.strip() for part in text.split(",") if part.strip()]
        return value

    @field_validator("operator_quiet")
    @classmethod
    def _hours(cls, value: str) -> str:
        hour = r"([01]\d|2[0-3]):[0-5]\d"
        if value and not re.fullmatch(f"{hour}-{hour}", value):
            raise ValueError("hours are written such as 22:00-07:00")
        return value

    @field_validator("allow")
    @classmethod
    def _usable(cls, value: list[str]) -> list[str]:
        from config.settings import ConfigError

        try:
            AddressPolicy(value)
        except ConfigError as error:
            raise ValueError(str(error).removeprefix("fetch.allow: ")) from None
        return value
