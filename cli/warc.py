"""The WARC side of ``zhiwen export``: every stored exchange as a record of WARC 1.1 (ISO 28500:2017).

1. A kept answer is a ``response`` record, one gzip member each. Bytes are kept without content coding and whole, so
   ``Content-Encoding`` and ``Transfer-Encoding`` are left out and ``Content-Length`` is that of the bytes.
2. The same bytes again, and a 304, are ``revisit`` records that name the record they repeat.
3. What HTTP does not tell and ``zhiwen import`` uses stands in ``metadata`` records: the site and kind of a page beside
   its response; at the end, state and redirects of each article. Other tools pass over them.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from importlib.metadata import version
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any

from archive.errors import SnapshotCorrupt

if TYPE_CHECKING:
    from archive.archive import Archive
    from archive.exchanges import Exchange, Standing

_PROFILES = "http://netpreserve.org/warc/1.1/revisit/"
# A payload met again after so many others is written again in full: right, and memory stays bounded.
_REMEMBERED = 100_000
# Said of the bytes on their way; those kept have no coding.
_OF_THE_WAY = frozenset({"content-encoding", "transfer-encoding", "content-length", "connection", "keep-alive"})


@dataclass(slots=True)
class Written:
    """What went into the file. ``damaged``: a sentence for each snapshot that is missing or corrupt.

    ``not_kept`` counts answers whose bytes the archive does not have: they said nothing new when they came.
    """

    records: int = 0
    responses: int = 0
    revisits: int = 0
    articles: int = 0
    not_kept: int = 0
    damaged: list[str] = field(default_factory=list)


@dataclass(slots=True, frozen=True)
class _Original:
    record_id: str
    url: str
    date: str
    payload_digest: str


class WarcExport:
    """Writes exchanges to ``target``; ``tell`` hears how many were looked at."""

    def __init__(self, archive: Archive, target: IO[bytes], *, compressed: bool, tell: Callable[[int], None]) -> None:
        from warcio.warcwriter import WARCWriter

        self.archive = archive
        self.written = Written()
        self._writer: Any = WARCWriter(target, gzip=compressed, warc_version="WARC/1.1")
        self._tell = tell
        self._originals: OrderedDict[bytes, _Original] = OrderedDict()
        self._damaged: set[bytes] = set()

    def write(self, name: str, articles: Collection[int] | None) -> Written:
        """All exchanges of these articles, or of the whole archive."""
        about = {
            "software": f"Zhiwen/{version('zhiwen')} warcio/{version('warcio')}",
            "format": "WARC File Format 1.1",
            "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
            "robots": "obey",
        }
        self._put(self._writer.create_warcinfo_record(name, about))
        for number, exchange in enumerate(self.archive.exchanges(articles), 1):
            self._exchange(exchange)
            self._tell(number)
        for standing in self.archive.standings(articles):
            self._standing(standing)
        return self.written

    def _exchange(self, exchange: Exchange) -> None:
        digest = exchange.snapshot_hash
        if digest is None:
            self.written.not_kept += 1
            return
        known = self._originals.get(digest)
        if known is not None and (exchange.status == 304 or known.url == exchange.url):
            self._originals.move_to_end(digest)
            self._revisit(exchange, known)
            return
        if exchange.status == 304 or digest in self._damaged:
            # Whatever it repeats is not in this file.
            self.written.not_kept += 1
            return
        try:
            body = self.archive.snapshot(digest).body
        except SnapshotCorrupt as error:
            self._damaged.add(digest)
            self.written.damaged.append(f"{exchange.url}: {error}")
            return
        declared = exchange.headers.get("content-length", "")
        if declared.isdecimal() and int(declared) != len(body):
            # Written by a version that named the page's last kept bytes instead of none.
            self.written.not_kept += 1
            return
        self._response(exchange, digest, body)

    def _response(self, exchange: Exchange, digest: bytes, body: bytes) -> None:
        date = warc_date(exchange.fetched_at)
        record = self._writer.create_warc_record(
            exchange.url,
            "response",
            payload=BytesIO(body),
            length=len(body),
            http_headers=_http_headers(exchange, len(body)),
            warc_headers_dict={"WARC-Date": date},
        )
        self._put(record)
        self.written.responses += 1
        headers = record.rec_headers
        record_id, payload_digest = headers.get_header("WARC-Record-ID"), headers.get_header("WARC-Payload-Digest")
        self._originals[digest] = _Original(record_id, exchange.url, date, payload_digest)
        if len(self._originals) > _REMEMBERED:
            self._originals.popitem(last=False)
        facts = {"zhiwen-site": exchange.site, "zhiwen-kind": exchange.kind, "zhiwen-column": exchange.column}
        self._metadata(exchange.url, date, facts, {"WARC-Concurrent-To": record_id})

    def _revisit(self, exchange: Exchange, known: _Original) -> None:
        profile = "server-not-modified" if exchange.status == 304 else "identical-payload-digest"
        names = {
            "WARC-Date": warc_date(exchange.fetched_at),
            "WARC-Profile": _PROFILES + profile,
            "WARC-Refers-To": known.record_id,
            "WARC-Refers-To-Target-URI": known.url,
            "WARC-Refers-To-Date": known.date,
            "WARC-Payload-Digest": known.payload_digest,
        }
        # Without a status line of its own a 304 is replayed with that of the page, as one wants to see it.
        headers = _http_headers(exchange, None) if exchange.status != 304 else None
        self._put(
            self._writer.create_warc_record(exchange.url, "revisit", http_headers=headers, warc_headers_dict=names)
        )
        self.written.revisits += 1

    def _standing(self, standing: Standing) -> None:
        self.written.articles += 1
        facts: dict[str, str | list[str]] = {"zhiwen-site": standing.site, "zhiwen-state": standing.state}
        if standing.state != "live":
            facts["zhiwen-state-changed"] = warc_date(standing.state_changed_at)
            facts["zhiwen-missing-since"] = warc_date(standing.missing_since or standing.state_changed_at)
        facts["zhiwen-redirect"] = standing.redirects
        if standing.redirects or standing.state != "live":
            self._metadata(standing.url, warc_date(datetime.now(UTC)), facts, {})

    def _metadata(self, url: str, date: str, facts: Mapping[str, str | list[str]], more: Mapping[str, str]) -> None:
        lines = []
        for name, value in facts.items():
            for text in [value] if isinstance(value, str) else value:
                if text:
                    lines.append(f"{name}: {' '.join(text.split())}\r\n")
        body = "".join(lines).encode("utf-8", "replace")
        names = {"WARC-Date": date, **more}
        self._put(
            self._writer.create_warc_record(
                url, "metadata", payload=BytesIO(body), length=len(body), warc_headers_dict=names
            )
        )

    def _put(self, record: Any) -> None:
        self._writer.write_record(record)
        self.written.records += 1


def warc_date(moment: datetime) -> str:
    """A moment as WARC 1.1 writes it, to the microsecond."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _http_headers(exchange: Exchange, length: int | None) -> Any:
    """Status line and headers as they came, made true for the bytes that are kept."""
    from warcio.statusandheaders import StatusAndHeaders

    lines = [(_name(name), _value(value)) for name, value in exchange.headers.items() if name not in _OF_THE_WAY]
    if length is not None:
        lines.append(("Content-Length", str(length)))
    try:
        phrase = HTTPStatus(exchange.status).phrase
    except ValueError:
        phrase = "Unknown"
    lines = [(name, value) for name, value in lines if name]
    found = StatusAndHeaders(f"{exchange.status} {phrase}", lines, protocol="HTTP/1.1")
    # By itself the writer turns every byte that is not ASCII into a percent sign and digits.
    found.to_ascii_bytes = partial(found.to_bytes, encoding="latin-1")
    return found


def _name(name: str) -> str:
    """The usual spelling; "" for what is no header's name."""
    return name.title() if name.isascii() and name.replace("-", "").replace("_", "").isalnum() else ""


def _value(value: str) -> str:
    """One line, of characters that stand for one byte each, as the archive keeps headers."""
    text = "".join(char for char in value if char >= " " or char == "\t")
    return text.encode("latin-1", "replace").decode("latin-1")
