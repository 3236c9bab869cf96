"""What `zhiwen up` costs while nothing is due: processor time and memory with 1,000 scheduled columns.

The archive holds three months of former visits and runs, so that a question that reads a history is seen.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

from sqlalchemy import insert, update

from archive.archive import Archive
from archive.clock import utc_now
from archive.models import Run, table
from archive.schedule_models import ColumnSchedule, Slot
from bench.report import Bar, Report
from bench.report import main as report_main
from config.settings import Settings, SitesSettings
from scheduler.timetable import Timetable
from seeds.load import OWN_FOLDER, load_sites

COLUMNS = 1000
COLUMNS_OF_A_SITE = 5
VISITS_A_DAY = 4
DAYS = 90
SECONDS = 330.0
"""Long enough for one examination of all sites (`up.examine_seconds`)."""
SETTLE_SECONDS = 15.0
"""Start, first plan and first examination are no rest."""

SITE = """\
publisher = "质量观察{number}"
base_url = "http://idle{number}.example/"
"""
COLUMN = """
[[lists]]
column = "栏目{column}"
url = "/list{column}/"
"""


def prepare(work: Path, columns: int, days: int) -> Path:
    """Site files and an archive with a history; the folder of the site files."""
    sites = work / "sites"
    sites.mkdir()
    for own in OWN_FOLDER.glob("*.toml"):
        (sites / own.name).write_text("enabled = false\n", "utf-8")
    for number in range(max(1, columns // COLUMNS_OF_A_SITE)):
        lists = "".join(COLUMN.format(column=column) for column in range(COLUMNS_OF_A_SITE))
        (sites / f"idle_{number}.toml").write_text(SITE.format(number=number) + lists, "utf-8")
    settings = Settings(data_dir=work / "data", sites=SitesSettings(paths=[sites]))
    settings.data_dir.mkdir()
    with Archive(settings.archive_url, settings.data_dir) as archive:
        timetable = Timetable(archive, load_sites([sites]), settings, "preparing")
        timetable.refresh()
        timetable.leave()
        _write_history(archive, days)
    return sites


def _write_history(archive: Archive, days: int) -> None:
    """Every column was visited regularly up to an hour ago, and is due again in hours."""
    now = utc_now()
    rows = archive.schedules()
    moments = [now - timedelta(hours=1 + number * 24 / VISITS_A_DAY) for number in range(days * VISITS_A_DAY)]
    visit = {"owner": "before", "state": "ended", "count": 1, "run_id": None, "note": "ok"}
    run = {"kind": "scheduled", "options": {}, "token": 1, "host": "before", "pid": 1, "verdict": "ok", "reason": ""}
    run |= {"causes": {}, "evidence": ["every list was read up to known articles."]}
    counts = {"requests": 12, "lists": 5, "links": 100, "new": 2, "unchanged": 5, "bytes": 400_000}
    sites = sorted({row.site for row in rows})
    with archive.database.write() as connection:
        for at in moments:
            times = {"planned_at": at, "claimed_at": at, "ended_at": at}
            connection.execute(insert(table(Slot)), [{"schedule_id": row.id, **visit, **times} for row in rows])
            stamps = {"started_at": at, "heartbeat_at": at, "finished_at": at, "counts": counts}
            connection.execute(insert(table(Run)), [{"site": site, **run, **stamps} for site in sites])
        due = {"next_due_at": now + timedelta(hours=5), "last_visit_at": moments[0], "last_verdict": "ok"}
        connection.execute(update(table(ColumnSchedule)).values(**due))


@contextlib.contextmanager
def up(work: Path, sites: Path, **more: str) -> Iterator[tuple[int, str]]:
    """`zhiwen up` as a process of its own; its number and the address of its endpoint."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ZHIWEN_")},
        "ZHIWEN_DATA_DIR": str(work / "data"),
        "ZHIWEN_SITES__PATHS": str(sites),
        "ZHIWEN_CONFIG": os.devnull,
        **more,
    }
    command = [sys.executable, "-P", "-m", "cli.main", "up", "--listen", "127.0.0.1:0"]
    process = subprocess.Popen(command, env=environment, cwd=work, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        address = ""
        for line in process.stdout:
            if "/healthz" in line:
                address = "http://" + line.partition("http://")[2].strip()
                break
        yield process.pid, address
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate()


def processor_seconds(pid: int) -> float:
    """Processor time that a process has used, its threads included."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def megabytes(pid: int, name: str) -> float:
    """``VmRSS`` or ``VmHWM`` of a process."""
    lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) / 1024


def measure(columns: int, days: int, settle: float, seconds: float) -> Report:
    """Start it, let it come to rest, measure."""
    with tempfile.TemporaryDirectory(prefix="zhiwen-idle-") as folder:
        work = Path(folder)
        print(f"preparing {columns} columns with {days} days of history", file=sys.stderr, flush=True)
        sites = prepare(work, columns, days)
        with up(work, sites) as (pid, address):
            time.sleep(settle)
            began, used = time.monotonic(), processor_seconds(pid)
            time.sleep(seconds)
            share = (processor_seconds(pid) - used) / (time.monotonic() - began)
            memory, peak = megabytes(pid, "VmRSS"), megabytes(pid, "VmHWM")
            descriptors = len(list(Path(f"/proc/{pid}/fd").iterdir()))
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with opener.open(address, timeout=10) as answer:
                healthy = float(answer.status == 200)
    bars = [
        Bar("processor, share of one core (%)", 100 * share, 2.0),
        Bar("memory (MB)", memory, 150.0),
        Bar("the endpoint says ok", healthy, 1.0, at_least=True),
    ]
    figures = [f"{columns}", f"{100 * share:.2f}", f"{memory:.0f}", f"{peak:.0f}", f"{descriptors}"]
    names = ["scheduled columns", "CPU %", "memory MB", "peak MB", "descriptors"]
    return Report(f"idle: zhiwen up at rest for {seconds:.0f} s", names, [figures], bars)


def run(size: int | None = None) -> Report:
    """Measure; ``size`` is the number of columns (1,000)."""
    return measure(size or COLUMNS, DAYS, SETTLE_SECONDS, SECONDS)


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; see ``bench.report.main``."""
    return report_main(run, argv, "What zhiwen up costs while nothing is due: processor and memory, 1,000 columns.")


if __name__ == "__main__":
    raise SystemExit(main())
