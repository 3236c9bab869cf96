"""A process that has loaded what Scrapy and the project need, and forks for each ``scrapy …`` that a test asks for.

A small crawl is mostly Python's start; this one starts once. Reads one JSON object a line: ``arguments`` of scrapy,
its whole ``environment``, ``folder`` to run in, files for ``stdout`` and ``stderr``, ``seconds`` until it is killed.
Answers one line each: the exit code, or minus the signal that ended it. Ends with its input. What differs between runs
is read after the fork only: environment, settings, site files, reactor, archive.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from importlib import import_module

PACKAGES = ("scrapy.commands", "crawler.commands", "crawler.fetching", "crawler.extensions", "pipelines")
MODULES = (
    "alembic.command",
    "crawler.loader",
    "psycopg",
    "pypinyin",
    "scrapy.core.downloader.contextfactory",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite.pysqlite",
)


def run(arguments: list[str], environment: dict[str, str], folder: str, stdout: str, stderr: str, seconds: int) -> None:
    """Become that scrapy."""
    for number, path in ((0, os.devnull), (1, stdout), (2, stderr)):
        flags = os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        os.dup2(os.open(path, flags), number)
    signal.alarm(seconds)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    # As `python -m scrapy` there would look for modules.
    sys.path[0:0] = [folder, *filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))]
    from scrapy.cmdline import execute

    execute(["scrapy", *arguments])


def main() -> None:
    from scrapy.utils.misc import walk_modules_iter

    for package in PACKAGES:
        list(walk_modules_iter(package))
    for name in MODULES:
        import_module(name)
    early = {"crawler.settings", "twisted.internet.reactor"} & set(sys.modules)
    assert not early, f"{early} must be loaded by each run itself"
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            run(**json.loads(line))
            sys.exit(0)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
