"""``zhiwen reextract``: stored pages are read again with today's layouts; what differs is told, or stored."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.children import ask_children
from cli.context import open_archive, pick_sites, settings, sites
from cli.filters import SiteOption, parse_day
from cli.output import FAILURE, NOTHING, OK, CliError, emit, emit_json, note, one_line, table, to_json, when
from cli.progress import told

if TYPE_CHECKING:
    from archive.archive import Archive
    from archive.records import RunHandle
    from archive.rereading import NewReading

_BATCH = 32
_LEASE_SECONDS = 90
_EXAMPLES = 3
_TOLD = 20
"""Pages that are named one by one; of more, only the number is told."""


def reextract(
    site: SiteOption = None,
    since: Annotated[str | None, typer.Option(metavar="DAY", help="Pages fetched on this day or later.")] = None,
    until: Annotated[str | None, typer.Option(metavar="DAY", help="Pages fetched on this day or before.")] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Store the new readings. Default: only tell.")] = False,
    even_worse: Annotated[
        bool, typer.Option("--even-worse", help="Store also those that lose text, date or layout.")
    ] = False,
    again: Annotated[bool, typer.Option("--again", help="Also pages that today's layouts have read already.")] = False,
    all_revisions: Annotated[bool, typer.Option("--all-revisions", help="Older revisions too.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="At most N pages of each site.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, metavar="N", help="Processes. Default: one per core.")] = None,
    undo: Annotated[int | None, typer.Option(metavar="RUN", help="Put back what this run replaced.")] = None,
    history: Annotated[int | None, typer.Option(metavar="ID", help="The former readings of one article.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Read stored pages again with today's layouts, and tell field by field what would change; fetches nothing.

    With --apply the new readings replace the stored ones. That is no revision: number and time stay, the former reading
    is kept and can be put back. Stopped at any moment, the same command goes on where it was. Ends with 1 when a page
    could not be read again or would lose something, or when a site is being crawled; with 3 when there is no page.
    """
    chosen = settings()
    with open_archive(chosen) as archive:
        if undo is not None:
            _undo(archive, undo, as_json)
            return
        if history is not None:
            _history(archive, history, as_json)
            return
        known = sites(chosen)
        names = [one.name for one in pick_sites(known, site)] if site else _held_sites(archive, known)
        day = timedelta(days=1)
        span = (_midnight(since, "--since"), (at + day) if (at := _midnight(until, "--until")) else None)
        count = workers or os.cpu_count() or 1
        if limit is not None:
            count = 1  # the first N are wanted, not the first of each share
        options = [f"--since={span[0].isoformat()}"] if span[0] else []
        options += [f"--until={span[1].isoformat()}"] if span[1] else []
        options += [f"--limit={limit}"] if limit is not None else []
        options += ["--again"] if again else []
        options += ["--all-revisions"] if all_revisions else []
        options += ["--full"] if apply else []
        each = [[*options, f"--share={number}/{count}", *names] for number in range(count)]
        work = _Work(archive, apply=apply, even_worse=even_worse, shares=count)
        interrupted, fault = False, None
        try:
            with ExitStack() as stack, told(quiet=as_json) as tell:
                stack.callback(work.close, "interrupted")
                for line in ask_children("reread", each, chosen) if names else ():
                    work.take(line)
                    tell("read again", work.done, work.total)
        except KeyboardInterrupt:
            interrupted = True
        except CliError as error:
            fault = error  # told after what was done all the same
        nothing = not work.done and not any(
            archive.count_to_reread(_all_of(name, span, all_revisions=all_revisions)) for name in names
        )
    _show(work, apply=apply, interrupted=interrupted, as_json=as_json)
    if fault is not None:
        raise fault
    raise typer.Exit(130 if interrupted else NOTHING if nothing else FAILURE if work.faulty else OK)


def _midnight(day: str | None, name: str) -> datetime | None:
    from archive.clock import SHANGHAI

    if day is None:
        return None
    found = parse_day(day, name)
    return datetime(found.year, found.month, found.day, tzinfo=SHANGHAI)


def _held_sites(archive: Archive, known: Mapping[str, Any]) -> list[str]:
    """The sites of the archive; one without a site file has no layouts to be read with."""
    held = archive.site_names()
    for name in held:
        if name not in known:
            note(f"{name} is left out: there is no site file of that name any more.")
    return [name for name in held if name in known]


def _all_of(name: str, span: Sequence[datetime | None], *, all_revisions: bool) -> Any:
    from archive.rereading import Wanted

    return Wanted(name, since=span[0], until=span[1], all_revisions=all_revisions)


@dataclass
class _Site:
    """What was read again of one site. ``problems`` are pages that could not be, or that would lose something."""

    name: str
    reading: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    fields: dict[str, dict[str, Any]] = field(default_factory=dict)
    problems: list[dict[str, Any]] = field(default_factory=list)
    why_not_stored: str | None = None
    run: int | None = None

    def count(self, word: str) -> None:
        self.counts[word] = self.counts.get(word, 0) + 1


class _Work:
    """Takes the lines of the children: counts, and hands new readings to the archive in small batches.

    The site's lease is held from its first new reading to its last, so that no crawl stores for it meanwhile.
    """

    def __init__(self, archive: Archive, *, apply: bool, even_worse: bool, shares: int) -> None:
        self.archive = archive
        self.sites: dict[str, _Site] = {}
        self.done = 0
        self.total = 0
        self._apply = apply
        self._even_worse = even_worse
        self._shares = shares
        self._ended: dict[str, int] = {}
        self._handles: dict[str, RunHandle] = {}
        self._waiting: dict[str, list[NewReading]] = {}

    @property
    def faulty(self) -> bool:
        """Whether something is left to be looked at."""
        return any(one.problems or one.why_not_stored for one in self.sites.values())

    def take(self, line: Mapping[str, Any]) -> None:
        """One line of a child."""
        site = self.sites.setdefault(line["site"], _Site(line["site"]))
        if line["event"] == "site":
            self.total += line["total"]
            site.reading = line["reading"]
        elif line["event"] == "read":
            self.done += 1
            self._read(site, line)
        elif line["event"] == "end":
            self._ended[site.name] = self._ended.get(site.name, 0) + 1
            if self._ended[site.name] == self._shares:
                self._flush(site)
                self._leave(site, "partial" if site.problems else "ok")

    def close(self, verdict: str) -> None:
        """Nothing more comes: free the sites that were not finished. What is still waiting is read anew next time."""
        for site in self.sites.values():
            self._leave(site, verdict)

    def _read(self, site: _Site, line: Mapping[str, Any]) -> None:
        state = line["state"]
        site.count(state)
        for name, (how, old, new) in line.get("changes", {}).items():
            entry = site.fields.setdefault(name, {"filled": 0, "emptied": 0, "changed": 0, "examples": []})
            entry[how] += 1
            if len(entry["examples"]) < _EXAMPLES:
                entry["examples"].append({"id": line["id"], "url": line["url"], "old": old, "new": new})
        worse = state == "worse" and not self._even_worse
        if state in ("unreadable", "bytes") or worse:
            detail = line.get("detail") or "; ".join(line["loses"])
            named = {name: line[name] for name in ("id", "number", "url", "state")}
            site.problems.append({**named, "detail": detail})
        elif self._apply:
            self._store(site, line["reading"])

    def _store(self, site: _Site, plain: Mapping[str, Any]) -> None:
        from archive.errors import LeaseHeld
        from archive.rereading import NewReading
        from archive.words import REREADING

        if site.why_not_stored:
            return
        if site.name not in self._handles:
            try:
                options = {"reading": site.reading}
                handle = self.archive.open_run(site.name, REREADING, options, _LEASE_SECONDS)
            except LeaseHeld as error:
                site.why_not_stored = f"{error}; nothing of it was stored. Call again when that run has ended."
                return
            self._handles[site.name] = handle
            site.run = handle.run_id
        waiting = self._waiting.setdefault(site.name, [])
        waiting.append(NewReading.from_json(plain))
        if len(waiting) >= _BATCH:
            self._flush(site)

    def _flush(self, site: _Site) -> None:
        from archive.errors import LeaseLost

        waiting = self._waiting.pop(site.name, [])
        if not waiting or site.why_not_stored:
            return
        try:
            for fate in self.archive.reread(self._handles[site.name], waiting):
                if fate != "same":
                    site.count({"reread": "stored"}.get(fate, fate))
        except LeaseLost as error:
            site.why_not_stored = f"{error}. What was stored stays; call again to go on."
            del self._handles[site.name]

    def _leave(self, site: _Site, verdict: Any) -> None:
        handle = self._handles.pop(site.name, None)
        if handle is not None:
            stored = site.counts.get("stored", 0)
            self.archive.close_run(handle, verdict, f"read again: {stored} readings were replaced.")


# --- telling ----------------------------------------------------------------------------------------------------------


def _show(work: _Work, *, apply: bool, interrupted: bool, as_json: bool) -> None:
    shown = [one for one in work.sites.values() if one.counts or one.why_not_stored]
    if as_json:
        plain = [
            {
                "site": one.name, "run": one.run, "counts": one.counts, "fields": one.fields,
                "problems": one.problems, "why_not_stored": one.why_not_stored,
            }
            for one in shown
        ]  # fmt: skip
        emit_json({"applied": apply, "interrupted": interrupted, "sites": plain})
        return
    if not shown:
        emit("nothing to read again: today's layouts have read every page. --again reads them all the same.")
        return
    words = ("same", "differs", "worse", "unreadable", "bytes", "stored", "outdated")
    table(("site", *words), [[one.name, *(one.counts.get(word, 0) for word in words)] for one in shown])
    for one in shown:
        _show_fields(one)
        for problem in one.problems[:_TOLD]:
            emit(f"✗ {one_line(problem['url'])} (article {problem['id']}): {one_line(problem['detail'])}")
        if len(one.problems) > _TOLD:
            emit(f"✗ {one.name}: {len(one.problems) - _TOLD} more; --json names all.")
        if one.why_not_stored:
            emit(f"✗ {one_line(one.why_not_stored)}")
        if one.run is not None and one.counts.get("stored"):
            emit(f"{one.name}: put back the former readings with `zhiwen reextract --undo {one.run}`.")
    if any(one.counts.get("worse") and one.problems for one in shown):
        emit("What would get worse was left as it is; --apply --even-worse stores it all the same.")
    if interrupted:
        note("zhiwen: interrupted. What was stored stays; the same command goes on.")
    elif not apply and any(one.fields for one in shown):
        emit("Nothing was stored; --apply does.")


def _show_fields(site: _Site) -> None:
    if not site.fields:
        return
    emit(f"{site.name}: fields that differ")
    rows = [[name, *(site.fields[name][how] for how in ("filled", "emptied", "changed"))] for name in site.fields]
    table(("field", "filled", "emptied", "changed"), rows)
    for name, entry in site.fields.items():
        if name not in ("evidence", "repairs"):
            for example in entry["examples"]:
                emit(f"  {name} of article {example['id']}: {_value(example['old'])} → {_value(example['new'])}")


def _value(value: object) -> str:
    return "nothing" if value in (None, "", [], {}) else one_line(value)


def _undo(archive: Archive, run_id: int, as_json: bool) -> None:
    from archive.words import REREADING
    from crawler.reading.text import fold

    run = archive.run(run_id)
    if run is None or not archive.rereadings(run_id=run_id):
        raise CliError(f"run {run_id} has read nothing again. `zhiwen runs` names those of the kind reread.", NOTHING)
    handle = archive.open_run(run.site, REREADING, {"undo": run_id}, _LEASE_SECONDS)
    put_back, left = archive.undo_rereading(handle, run_id, fold)
    archive.close_run(handle, "ok", f"{put_back} readings of run {run_id} were put back.")
    if as_json:
        emit_json({"site": run.site, "run": run_id, "put_back": put_back, "left": left})
        return
    emit(f"{run.site}: {put_back} former readings are back.")
    if left:
        emit(f"{left} were read again since and stay as they are.")


def _history(archive: Archive, article_id: int, as_json: bool) -> None:
    rows = archive.rereadings(article_id)
    if as_json:
        emit_json({"rereadings": rows})
    for row in rows if not as_json else ():
        undone = f", put back {when(row.undone_at)}" if row.undone_at else ""
        emit(f"revision {row.number}, read again {when(row.replaced_at)} by run {row.run_id}{undone}; formerly:")
        for name, value in row.fields.items():
            said = value if isinstance(value, str) else to_json(value)
            emit(f"  {name}: {_value(said if len(said) <= 200 else said[:200] + '…')}")
    if not rows:
        raise CliError(f"article {article_id} was never read again.", NOTHING)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("reextract")(reextract)
