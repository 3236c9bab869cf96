"""Stories with several writers at once, and those of an archive from before there were any."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import text

from archive.archive import Archive
from bench.warm import WarmChild, WarmPython

CONFTEST = str(Path(__file__).with_name("conftest.py"))

# Stores a copy of each of ten texts over and over, under addresses of its own.
WRITER = """
import sys, runpy
from datetime import timedelta
from pathlib import Path
url, folder, site, conftest, rounds = sys.argv[1:]
made = runpy.run_path(conftest)
make = made["Make"]()
make.site = site
from archive.archive import Archive
from archive.records import StoreBatch
from seeds.replica.content import Writer
writer = Writer()
texts = [writer.article(f"story {number}", made["T0"], None, size="middle") for number in range(10)]
with Archive(url, Path(folder)) as archive:
    run = archive.open_run(site, "scheduled", lease_seconds=600)
    print("ready", flush=True)
    sys.stdin.readline()
    for turn in range(int(rounds)):
        for number, text in enumerate(texts):
            if turn == 2 and number >= 5:
                continue
            body = "\\n".join(part for _, part in text.paragraphs)
            url = f"http://{site}.example/{turn}-{number}"
            hours = timedelta(hours=turn)
            record = make.article(url, turn, title=text.title, body=body, published_at=made["T0"] + hours)
            archive.store(run, StoreBatch(articles=[record]))
"""


def writers(warm: WarmPython, archive: Archive, sites: Sequence[str], rounds: int) -> Iterator[WarmChild]:
    for site in sites:
        words = ["-c", WRITER, archive.database_url, str(archive.data_dir), site, CONFTEST, str(rounds)]
        yield warm.start(words, environment=os.environ, stdin=subprocess.PIPE)


def test_hundred_copies_of_ten_texts_by_four_processes_at_once_are_ten_stories(
    archive: Archive, unmeasured_scrapy: WarmPython
) -> None:
    children = list(writers(unmeasured_scrapy, archive, ["paper", "portal", "city", "town"], 3))
    for child in children:
        assert child.stdout is not None and child.stdout.readline() == b"ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write(b"go\n")
        child.stdin.flush()
    for child in children:
        child.communicate()
        assert child.returncode == 0
    assert archive.count() == 100
    found = [archive.story(number) for number in range(1, 101)]
    assert all(found)
    assert len({story.id for story in found if story}) == 10
    assert {len(story.copies) for story in found if story} == {8, 12}
    with archive.database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM story")).scalar() == 10
    assert archive.check().problems == []


def test_articles_of_an_older_archive_are_found_too(press: Any, texts: Any) -> None:
    numbers = [press.put(f"paper-{number}", *texts[number], number) for number in range(3)]
    numbers.append(press.put("portal-0", *texts[0], 5))
    # As migration 0003 leaves an archive that was there before.
    with press.archive.database.write() as connection:
        for name in ("story_member", "story", "likeness", "text_hash", "text_signature"):
            connection.execute(text(f"DELETE FROM {name}"))
        connection.execute(text("INSERT INTO text_backlog (article_id) SELECT id FROM article"))
    assert press.archive.backlog() == 4
    assert press.archive.look_back(limit=3) == 3
    assert press.archive.backlog() == 1
    assert press.told() == {}
    assert press.archive.look_back(limit=3) == 1
    assert set(press.told()) == {"paper-0 portal-0"}
    assert press.archive.look_back(limit=3) == 0


def test_storing_looks_back_a_little_each_time(press: Any, texts: Any) -> None:
    press.put("paper-0", *texts[0], 0)
    press.put("portal-0", *texts[0], 5)
    with press.archive.database.write() as connection:
        for name in ("story_member", "story", "likeness", "text_hash", "text_signature"):
            connection.execute(text(f"DELETE FROM {name}"))
        connection.execute(text("INSERT INTO text_backlog (article_id) SELECT id FROM article"))
    press.put("city-1", *texts[1], 9)
    assert press.archive.backlog() == 0
    assert set(press.told()) == {"paper-0 portal-0"}


def test_names_of_a_site_that_come_late_name_the_original_after_all(press: Any, texts: Any) -> None:
    press.put("paper-1", *texts[0], 0)
    press.put("portal-1", *texts[0], 5, source="质量早报")
    ((_, original, *_),) = press.told().values()
    assert original == "质量早报"
    press.archive.save_names("paper", ["质量早报"])
    assert press.archive.backlog() == 1
    press.put("city-1", *texts[1], 9)
    ((_, original, *_),) = press.told().values()
    assert original == "paper-1"
    press.archive.save_names("paper", ["质量早报"])
    assert press.archive.backlog() == 0
