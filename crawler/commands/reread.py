"""``scrapy reread SITE …``: read stored pages again with today's code and print what differs, as JSON lines.

Nothing is stored: ``zhiwen reextract`` shows the lines to people and hands the new readings to the archive.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from archive.archive import Archive
from archive.errors import SnapshotCorrupt
from archive.records import RevisionRow
from archive.rereading import NewReading, Wanted, differing
from crawler.bases import ListPageSpider
from crawler.commands.check_site import site_spider
from crawler.exceptions import CrawlError
from pipelines.rereading import read_again

_SHOWN = 80
"""Characters of a value that stand in the report."""
LEAST_BODY = 0.5
"""A text that keeps less than this share of its characters has lost something."""
_GENERIC = "generic"


class Command(ScrapyCommand):
    """Per site ``{"event": "site", "site", "reading", "total"}``, then ``read`` lines, then ``end``.

    A ``read`` line has ``id``, ``number``, ``url`` and a ``state``: same, differs, worse (something needed would be
    lost: ``loses`` says what), unreadable or bytes (both with ``detail``). With a difference, ``changes`` has by field
    the old and the new value in short; with ``--full`` the whole new reading is in ``reading``.
    """

    requires_project = True

    def syntax(self) -> str:
        return "[options] <site> …"

    def short_desc(self) -> str:
        return "Read stored pages again and print what differs"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--since", type=datetime.fromisoformat, help="pages fetched from this moment on")
        parser.add_argument("--until", type=datetime.fromisoformat, help="pages fetched before this moment")
        parser.add_argument("--again", action="store_true", help="also what today's code has read already")
        parser.add_argument("--all-revisions", action="store_true", help="older revisions too")
        parser.add_argument("--share", default="0/1", metavar="I/N", help="every N-th article, from the I-th")
        parser.add_argument("--limit", type=int, help="at most so many pages of each site")
        parser.add_argument("--full", action="store_true", help="print the new readings, not only what differs")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if not args:
            raise UsageError("name a site: scrapy reread NAME", print_help=False)
        assert self.settings is not None
        spiders = [site_spider(self, name) for name in args]
        with Archive(self.settings["DATABASE_URL"], Path(self.settings["DATA_DIR"])) as archive:
            for spider in spiders:
                for line in read_site(archive, spider, opts):
                    # ASCII only: what a page says must not reach a terminal as it is.
                    print(json.dumps(line), flush=line["event"] != "read")


def read_site(archive: Archive, spider: type[ListPageSpider], opts: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """The lines of one site."""
    index, _, shares = opts.share.partition("/")
    wanted = Wanted(
        spider.name,
        reading=None if opts.again else spider.reading(),
        since=opts.since,
        until=opts.until,
        all_revisions=opts.all_revisions,
        share=(int(index), int(shares)),
    )
    total = archive.count_to_reread(wanted)
    total = total if opts.limit is None else min(total, opts.limit)
    yield {"event": "site", "site": spider.name, "reading": spider.reading(), "total": total}
    reader = spider()
    for revision in islice(archive.to_reread(wanted), opts.limit):
        named = {"site": spider.name, "id": revision.article_id, "number": revision.number, "url": revision.url}
        yield {"event": "read", **named, **_read(archive, reader, revision, full=opts.full)}
    yield {"event": "end", "site": spider.name}


def _read(archive: Archive, reader: ListPageSpider, revision: RevisionRow, *, full: bool) -> dict[str, Any]:
    try:
        new = read_again(archive, reader, revision)
    except SnapshotCorrupt as error:
        return {"state": "bytes", "detail": str(error)}
    except CrawlError as error:
        return {"state": "unreadable", "detail": f"{error.cause}: {error}"}
    except Exception as error:  # one page that our code stumbles over must not keep all others from being read
        return {"state": "unreadable", "detail": f"error: {type(error).__name__}: {error}"}
    held = asdict(revision)
    names = differing(held, new.values)
    loses = _losses(held, new)
    found: dict[str, Any] = {"state": "worse" if loses else "differs" if names else "same"}
    if names:
        shown = [name for name in names if name != "fingerprint"]  # a digest tells people nothing
        found |= {"loses": loses, "changes": {name: _change(held[name], new.values[name]) for name in shown}}
    if full:
        found["reading"] = new.to_json()
    return found


def _losses(held: Mapping[str, Any], new: NewReading) -> list[str]:
    """What a reader of the article would miss."""
    lost = []
    before, after = len(held["body"]), len(new.values["body"])
    if after < LEAST_BODY * before:
        lost.append(f"body: {after} of {before} characters are left")
    if held["published_at"] is not None and new.values["published_at"] is None:
        lost.append("published_at: no date is found any more")
    if held["layout"] != _GENERIC and new.values["layout"] == _GENERIC:
        lost.append(f"layout: no layout fits any more, formerly {held['layout']} did")
    return lost


def _change(old: Any, new: Any) -> list[Any]:
    """How the field changes (filled, emptied, changed), and both values in short."""
    empty: tuple[Any, ...] = (None, "", [], {})
    how = "filled" if old in empty else "emptied" if new in empty else "changed"
    first = 0
    if isinstance(old, str) and isinstance(new, str) and how == "changed":
        # Around the first difference, for long texts begin alike.
        same = next(
            (at for at, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), min(map(len, (old, new)))
        )
        first = max(0, same - _SHOWN // 4)
    return [how, _short(old, first), _short(new, first)]


def _short(value: Any, first: int) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, bytes):
        return value.hex()
    text = (
        value
        if isinstance(value, str)
        else value.isoformat()
        if isinstance(value, datetime)
        else json.dumps(value, ensure_ascii=False)
    )
    return ("…" if first else "") + text[first : first + _SHOWN] + ("…" if len(text) > first + _SHOWN else "")
