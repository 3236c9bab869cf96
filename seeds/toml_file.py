"""One TOML file with the line of every key, and the checks on its tables.

``tomllib`` drops line numbers, so the text is scanned once more. The scan knows tables, arrays of tables and dotted
keys; keys inside inline tables are reported at the line of the outer key.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from seeds.model import SeedError

_HEADER = re.compile(r"^\s*(\[\[?)\s*([\w.-]+)\s*\]")
_KEY = re.compile(r"^\s*[\"']?([\w-]+)[\"']?\s*[.=]")
_TOML_LINE = re.compile(r"\(at line (\d+), column \d+\)|\(at end of document\)")

Place = tuple[str, int, str]
"""Name of the table ("" for the top), its number in an array of tables, the key."""


class TomlFile:
    """The parsed file and where each of its keys stands."""

    def __init__(self, path: Path, data: dict[str, Any], lines: dict[Place, int]) -> None:
        self.path = path
        self.data = data
        self.lines = lines

    @classmethod
    def read(cls, path: Path) -> TomlFile:
        """Read and parse ``path``; raises SeedError with the line of the fault."""
        try:
            text = path.read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            raise SeedError(path, line, "the file is not UTF-8", "Save it as UTF-8") from error
        except OSError as error:
            raise SeedError(path, None, f"the file cannot be read ({error.strerror})", "Check its rights") from error
        try:
            data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            found = _TOML_LINE.search(str(error))
            line = int(found[1]) if found and found[1] else max(1, len(text.splitlines()))
            reason = _TOML_LINE.sub("", str(error)).strip()
            raise SeedError(path, line, f"broken TOML: {reason}", "Correct this line") from error
        return cls(path, data, _lines_of(text))

    def line(self, table: str, index: int, key: str) -> int | None:
        """Line of a key; of its table when the key is absent or inline; None when neither stands in the file."""
        places = ((table, index, key), (table, index, ""), ("", 0, table))
        return next((self.lines[place] for place in places if place in self.lines), None)


def _lines_of(text: str) -> dict[Place, int]:
    lines: dict[Place, int] = {}
    counts: dict[str, int] = {}
    table, index = "", 0
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = header[2]
            index = counts.get(table, 0) if header[1] == "[[" else 0
            counts[table] = index + 1
            lines.setdefault((table, index, ""), number)
            lines.setdefault(("", 0, table.split(".")[0]), number)
        elif key := _KEY.match(line):
            lines.setdefault((table, index, key[1]), number)
    return lines


class Table:
    """One table of a site file; takes values by key and complains with the file and line of the key.

    ``files`` are the file that is read first and those it builds on: a key is looked for in each, in that order.
    """

    def __init__(self, files: Sequence[TomlFile], data: Mapping[str, Any], name: str = "", index: int = 0) -> None:
        self.files = files
        self.data = data
        self.name = name
        self.index = index

    def error(self, key: str, message: str, remedy: str) -> SeedError:
        """A SeedError at the place of ``key``."""
        for file in self.files:
            if (line := file.line(self.name, self.index, key)) is not None:
                return SeedError(file.path, line, message, remedy)
        return SeedError(self.files[0].path, 1, message, remedy)

    def expect_keys(self, known: Sequence[str]) -> None:
        """Refuse keys outside ``known``, naming the nearest known one."""
        for key in self.data:
            if key not in known:
                near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
                remedy = f'Did you mean "{near[0]}"?' if near else f"Known keys: {', '.join(known)}"
                where = f" in {self.name}" if self.name else ""
                raise self.error(key, f'unknown key "{key}"{where}', remedy.rstrip("?") if not near else remedy)

    def text(self, key: str) -> str | None:
        """A non-empty string, stripped; None when the key is absent."""
        value = self.data.get(key)
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip():
            raise self.error(key, f"{key} must be a text that is not empty, not {value!r}", f'Write {key} = "…"')
        return value.strip()

    def required_text(self, key: str, remedy: str) -> str:
        """Like ``text``, but the key must be there."""
        value = self.text(key)
        if value is None:
            where = f"[[{self.name}]] entry {self.index + 1}" if self.name else "the file"
            raise self.error(key, f"{where} has no {key}", remedy)
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of non-empty strings; empty when the key is absent."""
        value = self.data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            raise self.error(key, f"{key} must be a list of texts, not {value!r}", f'Write {key} = ["…", "…"]')
        return tuple(item.strip() for item in value)

    def whole(self, key: str, least: int) -> int | None:
        """A whole number of at least ``least``; None when the key is absent."""
        value = self.data.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise self.error(key, f"{key} must be a whole number of {least} or more, not {value!r}", "Correct it")
        return value

    def number(self, key: str, least: float) -> float | None:
        """A number of at least ``least``; None when the key is absent."""
        value = self.data.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not value >= least:
            raise self.error(key, f"{key} must be a number of {least:g} or more, not {value!r}", "Correct it")
        return float(value)

    def flag(self, key: str, default: bool) -> bool:
        """True or false."""
        value = self.data.get(key, default)
        if not isinstance(value, bool):
            raise self.error(key, f"{key} must be true or false, not {value!r}", f"Write {key} = true or false")
        return value

    def pattern(self, key: str) -> str | None:
        """A regular expression that compiles; None when the key is absent."""
        value = self.text(key)
        if value is not None:
            self.check_pattern(key, value)
        return value

    def check_pattern(self, key: str, pattern: str) -> None:
        """Raise SeedError when ``pattern`` is no regular expression."""
        try:
            re.compile(pattern)
        except re.error as error:
            raise self.error(
                key, f"{key} is no regular expression ({error}): {pattern}", "Correct it; use '…' quotes"
            ) from error

    def table(self, key: str) -> Table | None:
        """A sub-table (inline or with a header); None when the key is absent."""
        value = self.data.get(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.error(key, f"{key} must be a table, not {value!r}", f"Write [{key}] or {key} = {{ … }}")
        return Table(self.files, value, key)

    def tables(self, key: str) -> list[Table]:
        """The entries of an array of tables."""
        value = self.data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.error(key, f"{key} must be tables, not {value!r}", f"Begin each entry with [[{key}]]")
        # An overriding file replaces the whole array, so its entries are looked for in the first file that has any.
        files = [file for file in self.files if key in file.data][:1]
        return [Table(files, item, key, index) for index, item in enumerate(value)]
