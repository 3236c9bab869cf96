"""Which answers a set of WARC files holds: to which address, when, and where in which file.

Only places are kept in memory, a few hundred bytes for each record; bodies are read when they are wanted.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from http.client import parse_headers
from io import BytesIO
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from crawler.reading.urls import url_key
from crawler.warc.reader import Damage, WarcFile, WarcRecord

_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?Z\Z")
_STATUS = re.compile(r"HTTP/\d(?:\.\d)?\s+(\d{3})\b", re.IGNORECASE)
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# A browser follows at once; what redirected here on another day may lead elsewhere today.
_SOON = timedelta(minutes=10)
_MAX_REDIRECTS = 5
_MAX_URL = 8192
# The host becomes the name of a site where none is declared. Chinese ones are letters.
_HOST = re.compile(r"[\w.:-]{1,253}\Z")
# Facts in metadata records that Zhiwen's own exports carry; see cli/warc.py.
_OWN = "zhiwen-"
_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,99}\Z")

HTML = frozenset({"text/html", "application/xhtml+xml", "application/vnd.wap.xhtml+xml"})
"""Media types of pages."""


@dataclass(slots=True, eq=False)
class Answer:
    """One answer to one address. ``refers`` is the answer whose bytes it repeats, for a revisit.

    ``mime`` is the media type it declares, "" for none; ``taken`` says that it was read as part of another page.
    """

    url: str
    key: bytes
    at: datetime
    status: int
    mime: str
    file: int
    offset: int
    is_resource: bool = False
    refers: Answer | None = None
    taken: bool = False


@dataclass(slots=True)
class Facts:
    """What an export of Zhiwen tells beyond HTTP. Moments are None where the article is as it should be."""

    site: str = ""
    kind: str = ""
    state: str = ""
    state_changed_at: datetime | None = None
    missing_since: datetime | None = None
    redirects: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Trouble:
    """A record that is left out: file, place in it, and why."""

    file: str
    offset: int
    why: str


@dataclass(slots=True)
class _Revisit:
    answer: Answer
    record_id: bytes
    url: str
    date: str
    digest: bytes


class WarcIndex:
    """The answers of ``files``, by address and time.

    ``counts`` holds how many records of each type there were; ``troubles`` what was left out.
    """

    def __init__(self, files: Iterable[Path], now: datetime) -> None:
        self.files = [WarcFile(path) for path in files]
        self.answers: list[Answer] = []
        self.facts: dict[bytes, Facts] = {}
        self.counts: Counter[str] = Counter()
        self._latest = now + timedelta(days=1)
        self._by_key: dict[bytes, list[Answer]] = {}
        self._redirects: dict[bytes, list[tuple[datetime, str]]] = {}
        self._revisits: list[_Revisit] = []
        self._by_id: dict[bytes, Answer] = {}
        self._by_digest: dict[bytes, Answer] = {}
        self._posted: set[bytes] = set()
        self._gone: list[tuple[bytes, Facts, datetime]] | None = None

    def build(self) -> Iterator[Trouble | None]:
        """Look through all files; one entry per record, the trouble with it or None. Raises NotAWarc, OSError."""
        for number, file in enumerate(self.files):
            for found in file.records():
                if isinstance(found, Damage):
                    yield Trouble(str(file.path), found.offset, found.why)
                    continue
                self.counts[found.type or "?"] += 1
                why = self._add(found, number)
                yield Trouble(str(file.path), found.offset, why) if why else None
        yield from self._finish()

    def find(self, key: bytes, at: datetime) -> Answer | None:
        """The answer to an address that a page read at this time led to: the next one, else the one before."""
        answers = self._by_key.get(key)
        if not answers:
            return None
        place = bisect_left(answers, at, key=lambda answer: answer.at)
        if place == len(answers):
            return answers[-1]
        if place and at - answers[place - 1].at < answers[place].at - at:
            return answers[place - 1]
        return answers[place]

    def redirected_from(self, answer: Answer) -> list[str]:
        """The addresses that led here at that time, the first asked for first."""
        passed: list[str] = []
        key = answer.key
        for _ in range(_MAX_REDIRECTS):
            near = [
                (abs(answer.at - at), url) for at, url in self._redirects.get(key, ()) if abs(answer.at - at) < _SOON
            ]
            if not near or (url := min(near)[1]) in passed or url_key(url) == answer.key:
                break
            passed.insert(0, url)
            key = url_key(url)
        return passed

    def gone(self) -> list[tuple[bytes, Facts, datetime]]:
        """Articles that were missing or withdrawn where the export was made, and since when."""
        if self._gone is None:
            states = ("missing", "withdrawn")
            found = ((key, facts, facts.missing_since) for key, facts in self.facts.items() if facts.state in states)
            self._gone = [(key, facts, since) for key, facts, since in found if since is not None]
        return self._gone

    # --- building -----------------------------------------------------------------------------------------------------

    def _add(self, record: WarcRecord, file: int) -> str:
        """Put a record into the index; why it is left out, "" when it is not or is of no interest."""
        kind = record.type
        if kind == "request":
            self._request(record)
            return ""
        if kind not in ("response", "revisit", "resource", "metadata"):
            return ""
        headers = record.headers
        url = headers.get("warc-target-uri", "").strip("<> ")  # wget writes them in brackets
        if not url.lower().startswith(("http://", "https://")):
            return ""
        if kind == "metadata":
            self._facts(url, record.block)
            return ""
        at = moment(headers.get("warc-date", ""))
        if at is None:
            return f"{url}: no usable WARC-Date ({headers.get('warc-date', '')[:40]!r})"
        if at > self._latest:
            return f"{url}: its WARC-Date, {at:%Y-%m-%d}, lies in the future"
        if len(url) > _MAX_URL or not _has_host(url):
            return f"{url[:80]}: no usable address"
        if any(_short(part) in self._posted for part in headers.get("warc-concurrent-to", "").split()):
            self.counts["not asked by GET"] += 1
            return ""
        if cut := headers.get("warc-truncated"):
            return f"{url}: cut off by its writer ({cut[:40]})"
        if kind == "resource":
            mime = _media_type(headers.get("content-type", ""))
            answer = Answer(url, url_key(url), at, 200, mime, file, record.offset, is_resource=True)
        else:
            status, fields = http_head(record.block)
            if not status and kind == "response":
                return f"{url}: no HTTP answer in the record"
            if status in _REDIRECTS:
                self._redirect(url, at, fields.get("location", ""))
                return ""
            mime = _media_type(fields.get("content-type", ""))
            if not status and headers.get("warc-profile", "").endswith("server-not-modified"):
                status = 304
            answer = Answer(url, url_key(url), at, status or 200, mime, file, record.offset)
        record_id, digest = _short(headers.get("warc-record-id", "")), _short(headers.get("warc-payload-digest", ""))
        if kind == "revisit":
            refers_url = headers.get("warc-refers-to-target-uri", "").strip("<> ")
            refers = _short(headers.get("warc-refers-to", "")), refers_url, headers.get("warc-refers-to-date", "")
            self._revisits.append(_Revisit(answer, *refers, digest))
        elif answer.status == 200:
            self._keep(answer, record_id, digest)
        return ""

    def _keep(self, answer: Answer, record_id: bytes, digest: bytes) -> None:
        self.answers.append(answer)
        self._by_key.setdefault(answer.key, []).append(answer)
        if record_id:
            self._by_id[record_id] = answer
        if digest:
            self._by_digest.setdefault(digest, answer)

    def _request(self, record: WarcRecord) -> None:
        """Answers to anything but GET are not what the address shows."""
        method = record.block[:16].partition(b" ")[0].upper()
        if method and method != b"GET":
            self._posted.update(_short(part) for part in record.headers.get("warc-concurrent-to", "").split())
            self._posted.add(_short(record.headers.get("warc-record-id", "")))

    def _redirect(self, url: str, at: datetime, location: str) -> None:
        try:
            target = urljoin(url, location)
            if location and _has_host(target):
                self._redirects.setdefault(url_key(target), []).append((at, url))
        except ValueError:
            return

    def _facts(self, url: str, block: bytes) -> None:
        told = [line.partition(":") for line in block.decode("utf-8", "replace").splitlines()]
        own = [
            (name.strip().lower().removeprefix(_OWN), value.strip())
            for name, _, value in told
            if name.lower().startswith(_OWN)
        ]
        if not own:
            return
        facts = self.facts.setdefault(url_key(url), Facts())
        for name, value in own:
            if name == "site" and _NAME.match(value):
                facts.site = value
            elif name == "kind":
                facts.kind = value
            elif name == "state":
                facts.state = value
            elif name == "state-changed":
                facts.state_changed_at = self._past(value)
            elif name == "missing-since":
                facts.missing_since = self._past(value)
            elif name == "redirect" and len(value) <= _MAX_URL and _has_host(value):
                facts.redirects.append(value)

    def _past(self, text: str) -> datetime | None:
        at = moment(text)
        return at if at is not None and at <= self._latest else None

    def _finish(self) -> Iterator[Trouble]:
        """Lead every revisit to the answer it repeats, and put all into the order of time."""
        for answer_id in self._posted & self._by_id.keys():
            answer = self._by_id[answer_id]
            self.counts["not asked by GET"] += 1
            self._by_key[answer.key].remove(answer)
            answer.taken = True
        for answers in self._by_key.values():
            answers.sort(key=lambda answer: answer.at)
        for revisit in self._revisits:
            answer = revisit.answer
            if answer.status not in (200, 304):
                continue
            answer.refers = self._original(revisit)
            if answer.refers is None:
                path = str(self.files[answer.file].path)
                yield Trouble(path, answer.offset, f"{answer.url}: what it repeats is in none of the files")
                continue
            answer.mime = answer.mime or answer.refers.mime
            self.answers.append(answer)
        for revisit in self._revisits:
            if revisit.answer.refers is not None:
                self._by_key.setdefault(revisit.answer.key, []).append(revisit.answer)
        for answers in self._by_key.values():
            answers.sort(key=lambda answer: answer.at)
        self.answers.sort(key=lambda answer: answer.at)
        self._revisits.clear()
        self._by_id.clear()
        self._by_digest.clear()

    def _original(self, revisit: _Revisit) -> Answer | None:
        if found := self._by_id.get(revisit.record_id) if revisit.record_id else None:
            return found
        date = moment(revisit.date)
        if revisit.url and date is not None and _has_host(revisit.url):
            for answer in self._by_key.get(url_key(revisit.url), ()):
                if abs(answer.at - date) < timedelta(seconds=1):
                    return answer
        if found := self._by_digest.get(revisit.digest) if revisit.digest else None:
            return found
        if revisit.answer.status != 304:
            return None
        # "Not modified" is said of the last answer of this very address.
        before = [answer for answer in self._by_key.get(revisit.answer.key, ()) if answer.at <= revisit.answer.at]
        return before[-1] if before else None


def http_head(block: bytes) -> tuple[int, dict[str, str]]:
    """Status and headers (lower-case names, repeated ones joined by ", ") at the beginning of a block; 0 for none."""
    line, _, rest = block.partition(b"\n")
    match = _STATUS.match(line.decode("latin-1"))
    if match is None:
        return 0, {}
    fields: dict[str, str] = {}
    head = rest[: end_of_head(rest)]
    try:
        parsed = parse_headers(BytesIO(head + b"\r\n"))
    except Exception:  # more lines, or longer ones, than any server sends
        return int(match[1]), {}
    for name, value in parsed.items():
        name = name.lower()
        fields[name] = f"{fields[name]}, {value}" if name in fields else value
    return int(match[1]), fields


def end_of_head(rest: bytes) -> int:
    """Where the headers end in what follows a status line: behind the empty line."""
    if rest.startswith((b"\r\n", b"\n")):
        return 2 if rest.startswith(b"\r\n") else 1
    found = re.search(rb"\r?\n\r?\n", rest)
    return found.end() if found else len(rest)


def moment(text: str) -> datetime | None:
    """A WARC-Date: seconds in WARC 1.0, fractions of them in 1.1. None for what is none."""
    match = _DATE.match(text.strip())
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction = match.groups()
    micro = int((fraction or "0").ljust(6, "0")[:6])
    try:
        return datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0), micro, tzinfo=UTC)
    except ValueError:
        return None


def _media_type(value: str) -> str:
    return value.partition(";")[0].strip().lower()[:100]


def _short(text: str) -> bytes:
    """Eight bytes for an identifier or digest, so that millions fit into memory; b"" for none."""
    text = text.strip("<> ")
    return blake2b(text.encode("utf-8", "replace"), digest_size=8).digest() if text else b""


def _has_host(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port
        return bool(_HOST.match(parts.hostname or "")) and "@" not in parts.netloc
    except ValueError:
        return False
