"""What must never be seen: the secrets of the settings, and the function that takes them out of any text.

``load_settings`` hands every address of a channel and of the database to ``remember`` before it looks at them;
``redact`` then knows their passwords, tokens and whole spellings, also as a URL or JSON writes them. Whatever prints or
logs a text that may quote an error of a library sends it through ``redact``.
"""

from __future__ import annotations

import html
import json
import logging
import re
import traceback
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

MASK = "***"

_SHORTEST = 6
"""Of a token; a password is hidden from four characters on. To hide still shorter ones would spoil every text."""

# Parts of the addresses of webhooks that everybody's have.
_USUAL = re.compile(
    r"(open-)?apis?|bot|cgi-bin|hooks?|incoming|messages?|notices?|notify|notifications?|receiver?|robot|send|services?|"
    r"webhooks?",
    re.IGNORECASE,
)
_MAIL = frozenset({"mailto", "mailtos"})
HOSTED = _MAIL | {"json", "jsons", "form", "forms", "xml", "xmls", "http", "https"}
_PLAIN_ARGUMENTS = re.compile(
    r"to|cc|bcc|from|name|smtp|mode|format|overflow|method|verify|rto|cto|port|user|reply|redirect|lang|region",
    re.IGNORECASE,
)
_ADDRESS_WITH_PASSWORD = re.compile(r"(?P<before>[a-z][a-z0-9+.-]*://[^\s/:@]*):[^\s/@]+@", re.IGNORECASE)
_CREDENTIALS = re.compile(r"\b(Basic|Bearer) [A-Za-z0-9+/._~-]{6,}=*")

_known: dict[str, re.Pattern[str] | None] = {}
_all: list[re.Pattern[str]] = []


def parts_of(address: str) -> set[str]:
    """The secret parts of one address: the whole of it, passwords, tokens in host, path and query."""
    address = address.strip()
    if not address:
        return set()
    try:
        split = urlsplit(address)
        userinfo, _, host = split.netloc.rpartition("@")
    except ValueError:
        return {address}
    user, _, password = userinfo.partition(":")
    parts: set[str] = set()
    if len(unquote(password)) >= 4:
        parts.add(password)
    if not password and user and split.scheme.lower() not in _MAIL and len(user) >= _SHORTEST:
        parts.add(user)  # dingtalk://SECRET@TOKEN, slack://BOT@…: a token where others have a name
    if split.scheme.lower().startswith(("sqlite", "postgres")):
        return {part for part in parts if part == password}
    name, _, port = host.partition(":")
    if split.scheme.lower() not in HOSTED and "." not in name:
        parts |= {name} if port.isdecimal() else {name, port}  # the token stands where others have a host
    if split.scheme.lower() not in _MAIL:
        parts |= {segment for segment in split.path.split("/") if not _USUAL.fullmatch(segment)}
    for key, value in parse_qsl(split.query.replace("+", "%2B"), keep_blank_values=False):
        if not _PLAIN_ARGUMENTS.fullmatch(key) and "@" not in value:
            parts.add(value)
    parts = {part for part in parts if len(part) >= _SHORTEST or part == password}
    return parts | {address, address.partition("://")[2]} if parts else parts


def remember(address: str) -> None:
    """Hide the secret parts of this address from now on."""
    fresh = [part for part in parts_of(address) if part and part not in _known]
    if not fresh:
        return
    for part in fresh:
        _known[part] = None
    spellings: set[str] = set()
    for part in _known:
        spellings |= _spellings(part)
    longest_first = sorted(spellings, key=len, reverse=True)
    _all[:] = [re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE)]


def _spellings(part: str) -> set[str]:
    plain = unquote(part)
    found: set[str] = set()
    for text in (part, plain):
        escaped = json.dumps(text)[1:-1]
        found |= {
            text,
            quote(text, safe=""),
            quote(text),
            quote_plus(text),
            html.escape(text),
            escaped,
            repr(text)[1:-1],
        }
    return {text for text in found if len(text) >= 4}


def redact(text: str) -> str:
    """The text without any secret of the settings, and without the password of any address."""
    for pattern in _all:
        text = pattern.sub(MASK, text)
    if "://" in text:
        text = _ADDRESS_WITH_PASSWORD.sub(rf"\g<before>:{MASK}@", text)
    return _CREDENTIALS.sub(rf"\1 {MASK}", text)


def redacted_traceback(error: BaseException) -> str:
    """The traceback of an error, for logs and for ``ZHIWEN_DEBUG``."""
    return redact("".join(traceback.format_exception(error)))


class Redacting(logging.Filter):
    """Put on a handler: its records, their arguments and tracebacks come without secrets."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Every record passes, redacted."""
        try:
            record.msg = redact(record.getMessage())
        except (TypeError, ValueError):  # arguments that do not fit are shown beside the text
            record.msg = redact(f"{record.msg} {record.args!r}")
        record.args = None
        if record.exc_info and record.exc_info[1] is not None:
            record.exc_text = redacted_traceback(record.exc_info[1]).rstrip()
            record.exc_info = None
        if record.stack_info:
            record.stack_info = redact(record.stack_info)
        return True


def redact_values(logger: Any, method: str, event: Any) -> Any:
    """A processor of structlog: every text of the event comes without secrets."""
    return _deep(event, redact)


def _deep(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {key: _deep(one, change) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_deep(one, change) for one in value]
    text = str(value)  # an error or an address as an object
    return value if change(text) == text else change(text)
