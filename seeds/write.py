"""Write site files: new ones whole, and layouts into files that exist, whose other lines stay as they are.

What is written reads back as the very same data; a test and ``_checked`` hold it to that.
"""

from __future__ import annotations

import os
import re
import tempfile
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from seeds.load import SITE_KEYS

_BARE = re.compile(r"[A-Za-z0-9_-]+\Z")
_TABLES = ("lists", "list_layout", "layouts")
_LAYOUT_HEADER = re.compile(r"^[ \t]*\[\[\s*layouts\s*\]\]", re.MULTILINE)
_LIST_LAYOUT_HEADER = re.compile(r"^[ \t]*\[\s*list_layout\s*\]", re.MULTILINE)
_ANY_HEADER = re.compile(r"^[ \t]*\[", re.MULTILINE)
_OVERRIDES = ("links", "item", "date", "next_page", "title_attr")
_OVERRIDE = re.compile(rf"[ \t]*(?:{'|'.join(_OVERRIDES)})[ \t]*=")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}


def site_text(data: Mapping[str, Any], head: Iterable[str] = (), notes: Mapping[str, str] | None = None) -> str:
    """The text of a site file: comment lines ``head``, then the keys, each with its note as a comment."""
    said = notes or {}
    lines = [f"# {one_line(line)}" for line in head]
    for key in SITE_KEYS:
        if key in data and key not in _TABLES:
            lines.append(_entry(key, data[key], said.get(key)))
    for entry in data.get("lists", ()):
        lines += ["", *_table("[[lists]]", entry)]
    if "list_layout" in data:
        lines += ["", *_comment(said.get("list_layout")), *_table("[list_layout]", data["list_layout"])]
    for number, layout in enumerate(data.get("layouts", ())):
        lines += ["", *_comment(said.get("layouts") if not number else None), *_table("[[layouts]]", layout)]
    return _checked("\n".join(lines) + "\n", data)


def with_layout(text: str, layout: Mapping[str, Any], note: str) -> str:
    """The text of a site file with one more article layout before the others, as the newest template."""
    before = tomllib.loads(text)
    block = "\n".join([*_comment(note), *_table("[[layouts]]", layout)]) + "\n"
    header = _LAYOUT_HEADER.search(text)
    if header is None:
        changed = text.rstrip("\n") + "\n\n" + block
    else:
        place = _above_comments(text, header.start())
        changed = f"{text[:place]}{block}\n{text[place:]}"
    return _checked(changed, {**before, "layouts": [layout, *before.get("layouts", [])]})


def with_list_layout(text: str, layout: Mapping[str, Any], note: str) -> str:
    """The text of a site file with this list layout; the one it had stays as a comment."""
    before = tomllib.loads(text)
    block = [*_comment(note), *_table("[list_layout]", layout)]
    header = _LIST_LAYOUT_HEADER.search(text)
    if header is None:
        first = _LAYOUT_HEADER.search(text)
        place = _above_comments(text, first.start()) if first else len(text)
        gap = "" if text[:place].endswith("\n\n") or not place else "\n"
        changed = f"{text[:place]}{gap}" + "\n".join(block) + "\n" + ("\n" if first else "") + text[place:]
    else:
        following = _ANY_HEADER.search(text, header.end())
        end = _above_comments(text, following.start()) if following else len(text)
        old = [f"# {line}" for line in text[header.start() : end].splitlines() if line.strip()]
        rest = ("\n" + text[end:]) if following else ""
        changed = text[: header.start()] + "\n".join([*block, "# until then:", *old]) + "\n" + rest
    return _checked(changed, {**before, "list_layout": dict(layout)})


def with_key(text: str, key: str, value: Any, note: str) -> str:
    """The text of a site file with another value of a key at its top; the line it had stays as a comment."""
    before = tomllib.loads(text)
    header = _ANY_HEADER.search(text)
    end = _above_comments(text, header.start()) if header else len(text)
    line = _entry(key, value, note) + "\n"
    found = re.compile(rf"^[ \t]*{re.escape(key)}[ \t]*=.*\n?", re.MULTILINE).search(text, 0, end)
    if found:
        changed = f"{text[: found.start()]}{line}# until then: {found[0].strip()}\n{text[found.end() :]}"
    else:
        gap = "" if not text[:end] or text[:end].endswith("\n") else "\n"
        changed = f"{text[:end].rstrip()}{gap or chr(10) if text[:end].strip() else ''}{line}" + (
            f"\n{text[end:]}" if header else ""
        )
    return _checked(changed, {**before, key: value})


def without_list_overrides(text: str) -> str:
    """The text of a site file whose ``[[lists]]`` entries leave the list layout as it is."""
    before = tomllib.loads(text)
    lines: list[str] = []
    inside = False
    for line in text.splitlines(keepends=True):
        if line.lstrip().startswith("["):
            inside = line.lstrip().startswith("[[lists]]")
        lines.append(f"# until then: {line}" if inside and _OVERRIDE.match(line) else line)
    lists = [{key: one[key] for key in one if key not in _OVERRIDES} for one in before.get("lists", [])]
    return _checked("".join(lines), {**before, **({"lists": lists} if lists else {})})


def save(path: Path, text: str, *, replace: bool = False) -> None:
    """Write the file whole or not at all. Raises FileExistsError unless ``replace``, OSError when it cannot be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(temporary).chmod(0o644)
        if replace:
            Path(temporary).replace(path)
        else:
            os.link(temporary, path)  # fails when the file exists, in one step
            Path(temporary).unlink()
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def one_line(text: str) -> str:
    """Text as it may stand in a comment: no line breaks, no control characters."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _above_comments(text: str, place: int) -> int:
    """The beginning of the comment lines right above ``place``: they belong to what follows."""
    lines = text[:place].splitlines(keepends=True)
    while lines and lines[-1].lstrip().startswith("#"):
        place -= len(lines.pop())
    return place


def _comment(note: str | None) -> list[str]:
    return [f"# {one_line(note)}"] if note else []


def _table(header: str, data: Mapping[str, Any]) -> list[str]:
    return [header, *(_entry(key, value, None) for key, value in data.items())]


def _entry(key: str, value: Any, note: str | None) -> str:
    name = key if _BARE.match(key) else _quoted(key)
    return f"{name} = {_value(value)}" + (f"  # {one_line(note)}" if note else "")


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(_entry(key, one, None) for key, one in value.items()) + " }"
    if isinstance(value, Sequence):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    raise TypeError(f"no TOML for {type(value).__name__}")


def _quoted(text: str) -> str:
    """A literal where backslashes or quotes would need escapes, as in patterns and selectors."""
    if ("\\" in text or '"' in text) and "'" not in text and text.isprintable():
        return f"'{text}'"
    escaped = "".join(
        _ESCAPES.get(char) or (char if char.isprintable() or char == "\u3000" else f"\\U{ord(char):08x}")
        for char in text
    )
    return f'"{escaped}"'


def _checked(text: str, data: Mapping[str, Any]) -> str:
    if tomllib.loads(text) != _plain(data):
        raise ValueError("the site file would not read back as it was meant")
    return text


def _plain(value: Any) -> Any:
    """As TOML reads it: tables and arrays."""
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(one) for one in value]
    return value
