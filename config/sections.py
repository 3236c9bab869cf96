"""What every section of the settings has in common."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A section; an unknown key in it is an error."""

    model_config = ConfigDict(extra="forbid")


def split_list(value: Any) -> Any:
    """A list as a variable may hold it: JSON, or words with commas between them."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    if text.startswith("["):
        return json.loads(text)
    return [part.strip() for part in text.split(",") if part.strip()]
