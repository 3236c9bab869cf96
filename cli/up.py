"""``zhiwen up``: keep watch."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.crawl import prepare_archive, refuse_demo
from cli.output import emit, one_line
from cli.status import status

if TYPE_CHECKING:
    from config.settings import Settings
    from scheduler.configuration import Configuration
    from scheduler.runner import CrawlResult


def up(
    jobs: Annotated[
        int | None, typer.Option(min=1, max=64, metavar="N", help="Sites crawled at a time. Default: up.jobs (2).")
    ] = None,
    listen: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS:PORT",
            help="Where /healthz and /metrics are; port 0: any free one, '' none. Default: up.listen (127.0.0.1:8750).",
        ),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Do what is due by now, then end: for cron.")] = False,
) -> None:
    """Keep watch: crawl what is due, look after the sites' health, send notices. Until SIGTERM or Ctrl-C.

    Both stop cleanly within ten seconds and keep what was stored; a second one kills the crawls at once. SIGHUP reads
    settings and site files again, which also happens by itself when they change. Several may run on one archive:
    nothing is done twice, and when one dies the others take over. What happens stands in data/logs/up.jsonl too.
    """
    import asyncio

    from cli.context import settings
    from scheduler.logs import Logs
    from scheduler.service import Service

    chosen = _with_options(settings(), jobs, listen)
    refuse_demo(chosen)
    prepare_archive(chosen)
    logs = Logs(chosen, terminal=sys.stdout)

    def read() -> Configuration:
        from cli.context import sites
        from scheduler.configuration import Configuration

        now = _with_options(settings(), jobs, listen)
        return Configuration(now, sites(now))

    service = Service(read, parts(), on_result=tell_result, once=once)
    tell_plan(service.configuration, once=once)
    sys.stdout.flush()
    logs.start()
    try:
        code = asyncio.run(service.run())
    finally:
        logs.stop()
    raise typer.Exit(code)


def parts() -> Any:
    """What the service puts to work."""

    from scheduler.examination import examine
    from scheduler.sending import Sender
    from scheduler.service import Parts
    from scheduler.timetable import Timetable

    return Parts(Timetable, Sender, examine)


def _with_options(chosen: Settings, jobs: int | None, listen: str | None) -> Settings:
    given: dict[str, object] = {"jobs": jobs, "listen": listen}
    changes = {name: value for name, value in given.items() if value is not None}
    return chosen.model_copy(update={"up": chosen.up.model_copy(update=changes)})


def tell_plan(configuration: Configuration, *, once: bool) -> None:
    """What will be done, in a few lines."""
    settings = configuration.settings
    live = [site for site in configuration.sites.values() if site.live]
    columns = sum(len(site.lists) for site in live)
    emit(
        f"{'does what is due in' if once else 'keeps watch over'} {len(live)} sites with {columns} columns, "
        f"{settings.up.jobs} at a time; archive: {settings.data_dir}"
    )
    for site in configuration.sites.values():
        if site.why_not_live:
            emit(f"left out: {one_line(site.why_not_live)}")
    if not once:
        emit("Ctrl-C stops it cleanly; `zhiwen status` shows from elsewhere how it goes.")


def tell_result(result: CrawlResult) -> None:
    """One line for a run that ended: what it brought."""
    import structlog

    from cli.crawl import COUNTS, figure

    log = structlog.get_logger("zhiwen.up")
    found = [f"{number} {name}" for name in COUNTS if (number := figure(result.counts, name))]
    text = f"{result.site}: {result.verdict}: {', '.join(found) or 'nothing new'}"
    if result.verdict != "ok" and result.reason:
        text += f". {one_line(result.reason)}"
    about = {"site": result.site, "verdict": result.verdict, "counts": result.counts, "log": str(result.log)}
    if result.ok:
        log.info(text, **about)
    else:
        log.warning(text, **about)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("up")(up)
    app.command("status")(status)
