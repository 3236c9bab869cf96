"""Crawls as processes: real children, small programs in the place of Scrapy where only their manners matter."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest

from config.settings import CrawlSettings, Settings
from scheduler import runner
from scheduler.runner import CrawlEvent, CrawlOptions, run_crawls, start_child, start_crawl

SAY = """
import json, os, signal, sys, time
def say(event, **more):
    print(json.dumps({'event': event, **more}), flush=True)
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", crawl=CrawlSettings(max_seconds=60))


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch):
    """Let every crawl run this program; ``sys.argv[1]`` is the site."""

    def use(source: str) -> None:
        monkeypatch.setattr(runner, "crawl_command", lambda site, options: [sys.executable, "-c", SAY + source, site])

    return use


def test_options_become_words_of_scrapy() -> None:
    options = CrawlOptions(since=date(2021, 1, 2), backfill=True, revisit=True, limit=5, dry_run=True)
    assert options.arguments() == [
        "-a",
        "since=2021-01-02",
        "-a",
        "backfill=1",
        "-a",
        "revisit=1",
        "-a",
        "limit=5",
        "-s",
        "DRY_RUN=1",
    ]
    assert CrawlOptions(kind="scheduled").arguments() == ["-s", "RUN_KIND=scheduled"]
    assert CrawlOptions().arguments() == []


def test_progress_lines_become_events_and_the_last_one_the_result(settings: Settings, program) -> None:
    program(
        "say('start'); print('not progress'); say('progress', counts={'new': 1}); say('progress', counts={'new': 3})\n"
        "say('done', counts={'new': 3, 'failed': 1}, verdict='partial', reason='one page', causes={'layout': 1},"
        " evidence=['seen'])"
    )
    events: list[CrawlEvent] = []
    (result,) = run_crawls(["zgnt"], CrawlOptions(), settings, on_event=events.append)
    assert [event.event for event in events] == ["start", "progress", "progress", "done"]
    assert [event.counts.get("new", 0) for event in events] == [0, 1, 3, 3]
    assert (result.verdict, result.reason, result.ok) == ("partial", "one page", True)
    assert (result.counts, result.causes, result.evidence) == ({"new": 3, "failed": 1}, {"layout": 1}, ["seen"])


def test_child_that_dies_without_a_word_is_failed_with_the_end_of_its_log(settings: Settings, program) -> None:
    program("sys.stderr.write('first\\nno module named x\\n'); sys.exit(3)")
    (result,) = run_crawls(["zgnt"], CrawlOptions(), settings)
    assert result.verdict == "failed"
    assert result.reason == "the crawl ended with code 3 and no verdict. Its log ends: no module named x"
    assert not result.ok
    assert "first" in result.log.read_text()


def test_child_that_says_nothing_but_ends_with_0_is_failed_too(settings: Settings, program) -> None:
    program("pass")
    (result,) = run_crawls(["zgnt"], CrawlOptions(), settings)
    assert (result.verdict, result.ok) == ("failed", False)


def test_killed_child_names_the_signal(settings: Settings, program) -> None:
    program("os.kill(os.getpid(), signal.SIGSEGV)")
    (result,) = run_crawls(["zgnt"], CrawlOptions(), settings)
    assert "killed by SIGSEGV" in (result.reason or "")


def test_child_gets_the_settings_of_its_parent_and_a_group_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZHIWEN_FETCH__RETRIES", "9")
    monkeypatch.chdir(tmp_path)
    settings = Settings(data_dir=Path("relative"))
    code = "import json, os; print(json.dumps([dict(os.environ), os.getpgid(0), os.getpid()]))"
    child = start_child([sys.executable, "-c", code], settings, stdout=subprocess.PIPE, stderr=None)
    environment, group, pid = json.loads(child.communicate()[0])
    assert environment["ZHIWEN_DATA_DIR"] == str(tmp_path / "relative")
    assert json.loads(environment["ZHIWEN_FETCH"])["retries"] == 9
    assert "ZHIWEN_FETCH__RETRIES" not in environment
    assert environment["SCRAPY_SETTINGS_MODULE"] == "crawler.settings"
    assert environment["ZHIWEN_PROGRESS"] == "1"
    assert environment["ZHIWEN_PARENT_PID"] == str(os.getpid())
    assert group == pid


def test_at_most_jobs_sites_run_at_a_time_and_results_keep_the_order(settings: Settings, program) -> None:
    program("say('start'); say('done', verdict='ok')")
    running: list[str] = []
    most = 0
    started: list[str] = []

    def on_event(event: CrawlEvent) -> None:
        nonlocal most
        if event.event == "start":
            started.append(event.site)
            running.append(event.site)
            most = max(most, len(running))

    sites = ["a", "b", "c", "d", "e"]
    results = run_crawls(
        sites, CrawlOptions(), settings, jobs=2, on_event=on_event, on_result=lambda r: running.remove(r.site)
    )
    assert [result.site for result in results] == sites
    assert sorted(started) == sites
    assert most <= 2


@pytest.fixture
def pass_time(monkeypatch: pytest.MonkeyPatch):
    """A watcher of events that lets an hour pass as soon as a child has started."""
    passed = [0.0]
    real = time.monotonic
    monkeypatch.setattr(runner.time, "monotonic", lambda: real() + passed[0])

    def on_event(event: CrawlEvent) -> None:
        if event.event == "start":
            passed[0] += 3600

    return on_event


def test_crawl_over_its_time_is_asked_to_stop(settings: Settings, program, pass_time) -> None:
    program(
        "def stop(*_): say('done', verdict='gap possible', reason='time'); os._exit(0)\n"
        "signal.signal(signal.SIGINT, stop); say('start')\nwhile True: signal.pause()"
    )
    (result,) = run_crawls(["zgnt"], CrawlOptions(), settings, on_event=pass_time)
    assert (result.verdict, result.ok) == ("gap possible", True)


def test_crawl_that_does_not_listen_is_killed(
    settings: Settings, program, pass_time, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "GRACE_SECONDS", 0.1)
    program("signal.signal(signal.SIGINT, signal.SIG_IGN); say('start')\nwhile True: signal.pause()")
    (result,) = run_crawls(["zgnt"], CrawlOptions(), settings, on_event=pass_time)
    assert (result.verdict, result.reason) == ("failed", "stopped after crawl.max_seconds")
    assert result.returncode == -signal.SIGKILL


def test_interrupt_stops_the_crawls_once_and_starts_no_more(settings: Settings, program) -> None:
    program(
        "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT]); say('start')\n"
        "signal.sigwait([signal.SIGINT]); more = signal.sigpending()\n"
        "say('done', verdict='interrupted', counts={'signals': 1 + len(more)}); sys.exit(1)"
    )

    def interrupt(event: CrawlEvent) -> None:
        if event.event == "start":
            os.kill(os.getpid(), signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    results = run_crawls(["a", "b"], CrawlOptions(), settings, jobs=1, on_event=interrupt)
    assert [(result.site, result.verdict, result.counts) for result in results] == [
        ("a", "interrupted", {"signals": 1})
    ]
    assert signal.getsignal(signal.SIGINT) is before


def test_second_interrupt_kills(settings: Settings, program) -> None:
    program("signal.signal(signal.SIGINT, lambda *_: say('progress'))\nsay('start')\nwhile True: signal.pause()")

    def interrupt(event: CrawlEvent) -> None:
        os.kill(os.getpid(), signal.SIGINT)

    (result,) = run_crawls(["a"], CrawlOptions(), settings, on_event=interrupt)
    assert (result.verdict, result.reason) == ("failed", "stopped by the user")
    assert result.returncode == -signal.SIGKILL


@pytest.mark.skipif(sys.platform != "linux", reason="the tie to the parent is a service of the Linux kernel")
def test_child_dies_with_its_parent(tmp_path: Path) -> None:
    parent_code = (
        "import sys, signal; from config.settings import Settings; from scheduler.runner import start_child\n"
        "child = [sys.executable, '-c', 'import signal; print(1, flush=True); signal.pause()']\n"
        "start_child(child, Settings(), stdout=1, stderr=None); signal.pause()"
    )
    parent = subprocess.Popen([sys.executable, "-c", parent_code], stdout=subprocess.PIPE, cwd=tmp_path)
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"1\n"
    parent.kill()
    parent.wait()
    assert parent.stdout.read() == b""  # the pipe ends only when the child, its last holder, is gone


def test_old_logs_of_the_site_are_removed(settings: Settings, program) -> None:
    program("say('done', verdict='ok')")
    folder = settings.data_dir / "logs"
    folder.mkdir(parents=True)
    for number in range(30):
        (folder / f"zgnt-20200101T0000{number:02d}-1.log").touch()
    (folder / "cinic-20200101T000000-1.log").touch()
    crawl = start_crawl("zgnt", CrawlOptions(), settings)
    crawl.result()
    left = sorted(file.name for file in folder.iterdir())
    assert len(left) == runner.KEPT_LOGS + 1
    assert "zgnt-20200101T000029-1.log" in left
    assert "zgnt-20200101T000000-1.log" not in left
    assert crawl.log.exists()
