"""Stories: who belongs together, whatever the order and whoever stores at the same time."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from archive import stories
from archive.archive import Archive
from archive.records import ArticleRecord, StoreBatch
from crawler.reading.text import fold, to_traditional
from seeds.replica.content import Writer

CONFTEST = str(Path(__file__).with_name("conftest.py"))
DAY = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def texts() -> list[tuple[str, str]]:
    """Ten unlike reports: headline and body."""
    writer = Writer()
    found = [writer.article(f"story {number}", DAY, None, size="long") for number in range(10)]
    return [(one.title, "\n".join(part for _, part in one.paragraphs)) for one in found]


class Press:
    """Several sites that store into one archive; ``put`` says what a site printed and when."""

    def __init__(self, archive: Archive, make: Any) -> None:
        self.archive = archive
        self.make = make
        self.runs: dict[str, Any] = {}
        self.ids: dict[str, int] = {}

    def record(self, name: str, title: str, body: str, hour: float = 0, **values: Any) -> ArticleRecord:
        site = name.partition("-")[0]
        self.make.site = site
        record: ArticleRecord = self.make.article(
            f"http://{site}.example/{name}.html",
            values.pop("seen", hour + 24),
            title=title,
            body=body,
            search_title=fold(title),
            search_body=fold(body),
            **{"published_at": DAY + timedelta(hours=hour), "published_precision": "minute", "source": None} | values,
        )
        return record

    def put(self, *args: Any, **values: Any) -> int:
        return self.store([self.record(*args, **values)])[0]

    def store(self, records: Sequence[ArticleRecord]) -> list[int]:
        site = records[0].site
        if site not in self.runs:
            self.runs[site] = self.archive.open_run(site, "manual")
        found = [one.article_id for one in self.archive.store(self.runs[site], StoreBatch(articles=list(records)))]
        self.ids |= {
            record.url.rpartition("/")[2].removesuffix(".html"): number
            for record, number in zip(records, found, strict=True)
        }
        return found

    def told(self) -> dict[str, Any]:
        """All stories by the names of their articles: kinds, original, evidence. No numbers in it."""
        names = {number: name for name, number in self.ids.items()}
        found: dict[str, Any] = {}
        for number in self.ids.values():
            story = self.archive.story(number)
            if story is not None:
                kinds = {names[copy.article.id]: copy.kind for copy in story.copies}
                original = story.original
                first = names.get(original.article_id or 0, original.name)
                found[" ".join(sorted(kinds))] = (kinds, first, original.confidence, original.evidence)
        return found


@pytest.fixture
def press(archive: Archive, make: Any) -> Press:
    return Press(archive, make)


def cut(body: str, begin: float, end: float) -> str:
    lines = body.split("。")
    return "。".join(lines[int(begin * len(lines)) : int(end * len(lines))]) + "。"


def edited(body: str, number: int) -> str:
    """So many sentences in other words."""
    lines = body.split("。")
    for at in range(number):
        place = (at + 1) * len(lines) // (number + 1)
        lines[place] = f"记者在现场看到，第{'甲乙丙丁戊'[at]}组工作人员正在逐项核对台账"
    return "。".join(lines)


# --- who belongs together ---------------------------------------------------------------------------------------------


def test_copies_on_several_sites_are_one_story_and_stay_articles(press: Press, texts: Any) -> None:
    title, body = texts[0]
    press.archive.save_names("paper", ["质量早报"])
    press.put("paper-1", title, body, 0)
    press.put("portal-1", title, body, 5, source="质量早报")
    press.put("mirror-1", f"转载：{title}", to_traditional(body), 9, source="质量早报")
    press.put("portal-2", texts[1][0], texts[1][1], 5)
    (story,) = press.told().values()
    kinds, original, confidence, evidence = story
    assert kinds["paper-1"] == "original"
    assert kinds["portal-1"] == "same"
    assert kinds["mirror-1"] in ("reprint", "edited")
    assert original == "paper-1"
    assert confidence > 0.9
    assert evidence[0].endswith("named 质量早报 as the source")
    assert press.archive.count() == 4
    row = press.archive.search([fold(title)], site="portal")[0].article
    assert (row.reprint_kind, row.original and row.original.site) == ("same", "paper")
    alone = press.archive.article(press.ids["portal-2"])
    assert alone and (alone.article.story_id, alone.article.reprint_kind, alone.article.original) == (None, None, None)


def test_story_is_the_same_whatever_order_the_copies_arrive_in(tmp_path: Path, make: Any, texts: Any) -> None:
    title, body = texts[2]
    press = Press(None, make)  # type: ignore[arg-type]
    records = [
        press.record("paper-1", title, body, 0),
        press.record("portal-1", title, edited(body, 2), 3, source="paper"),
        press.record("city-1", title, cut(body, 0, 0.3), 5, source="质量早报"),
        press.record("town-1", "要闻速览", cut(body, 0, 0.8), 7),
        press.record("week-1", "本周要闻汇编", f"{texts[3][1]}\n{body}\n{texts[4][1]}", 90),
        press.record("other-1", texts[3][0], texts[3][1], 1),
    ]
    tellings = set()
    orders = [list(order) for order in itertools.permutations(records)][::61]
    for number, order in enumerate(orders):
        with Archive(f"sqlite:///{tmp_path / str(number)}.db", tmp_path / str(number)) as archive:
            archive.save_names("paper", ["质量早报", "paper"])
            press = Press(archive, make)
            for record in order:
                press.store([record])
            tellings.add(repr(sorted(press.told().items())))
    assert len(orders) == 12
    assert len(tellings) == 1, tellings
    assert "'city-1 paper-1 portal-1 town-1" in tellings.pop()


def test_roundup_and_digest_join_no_two_stories(press: Press, texts: Any) -> None:
    for number in (0, 1):
        for site in ("paper", "portal"):
            press.put(f"{site}-{number}", *texts[number], number)
    press.put("week-1", "一周质量要闻", f"{texts[0][1]}\n{texts[1][1]}", 50)
    halves = cut(texts[0][1], 0, 0.4) + cut(texts[1][1], 0, 0.4)
    press.put("digest-1", "两地质量工作速读", halves, 60)
    told = press.told()
    assert len(told) == 2
    homes = {name: key for key, (kinds, *_) in told.items() for name in kinds}
    assert homes["paper-0"] == homes["portal-0"] != homes["paper-1"] == homes["portal-1"]
    assert "digest-1" not in homes
    (roundup,) = [kinds["week-1"] for kinds, *_ in told.values() if "week-1" in kinds]
    assert roundup == "containing"


def test_roundup_of_two_single_texts_leaves_them_apart(press: Press, texts: Any) -> None:
    press.put("week-1", "一周质量要闻", f"{texts[0][1]}\n{texts[1][1]}", 50)
    press.put("paper-0", *texts[0], 0)
    press.put("portal-1", *texts[1], 1)
    (kinds, *_) = next(iter(press.told().values()))
    assert len(press.told()) == 1
    assert len({"paper-0", "portal-1"} & kinds.keys()) == 1


def test_late_full_text_makes_the_stories_of_its_cut_copies_one(press: Press, texts: Any) -> None:
    title, body = texts[5]
    for site in ("portal", "city"):
        press.put(f"{site}-1", title, cut(body, 0, 0.6), 5)
        press.put(f"{site}-2", title, cut(body, 0.45, 1), 6)
    assert len(press.told()) == 2
    before = {press.archive.story(press.ids[name]).id for name in ("portal-1", "portal-2")}  # type: ignore[union-attr]
    press.put("paper-1", title, body, 0)
    assert set(press.told()) == {"city-1 city-2 paper-1 portal-1 portal-2"}
    story = press.archive.story(press.ids["paper-1"])
    assert story is not None
    assert story.id == min(before)
    with press.archive.database.read() as connection:
        rows = connection.execute(text("SELECT id, members, merged_into FROM story ORDER BY id")).all()
    assert rows == [(min(before), 5, None), (max(before), 0, min(before))]


def test_texts_each_a_little_like_the_next_are_not_chained(press: Press, texts: Any) -> None:
    """Nine editions, each with a tenth more of another text: the first and the last have nearly nothing in common."""
    title, body = texts[6]
    lines, others = body.split("。"), texts[7][1].split("。")
    step = len(lines) // 10
    for number in range(9):
        lines[number * step : (number + 1) * step] = others[number * step : (number + 1) * step]
        press.put(f"site{number}-1", title, "。".join(lines), number)
    told = press.told()
    assert told
    assert max(len(kinds) for kinds, *_ in told.values()) < 9
    stories_of = [press.archive.story(press.ids[f"site{number}-1"]) for number in (0, 8)]
    assert stories_of[0] is None or stories_of[1] is None or stories_of[0].id != stories_of[1].id


def test_article_whose_text_changes_leaves_its_story_and_comes_back(press: Press, texts: Any) -> None:
    press.put("paper-1", *texts[0], 0)
    press.put("portal-1", *texts[0], 3)
    press.put("portal-1", *texts[1], 3, seen=50)
    assert press.told() == {}
    assert press.archive.check().problems == []
    press.put("city-1", *texts[1], 4)
    assert set(press.told()) == {"city-1 portal-1"}
    press.put("portal-1", *texts[0], 3, seen=90)
    assert set(press.told()) == {"paper-1 portal-1"}


def test_story_after_revisions_is_that_of_the_last_texts(tmp_path: Path, make: Any, texts: Any) -> None:
    """However it came to be: stored as it is, or by way of other texts."""
    last = {"paper-1": texts[0], "portal-1": texts[0], "city-1": (texts[0][0], cut(texts[0][1], 0, 0.7))}
    last |= {"town-1": texts[1], "week-1": ("要闻", f"{texts[1][1]}\n{texts[2][1]}")}
    tellings = []
    for number, detour in enumerate([[], ["paper-1"], ["portal-1", "city-1"], ["week-1", "town-1", "paper-1"]]):
        with Archive(f"sqlite:///{tmp_path / str(number)}.db", tmp_path / str(number)) as archive:
            press = Press(archive, make)
            for name in detour:
                press.put(name, *texts[7 + number % 2], 1)
            for hour, name in enumerate(last):
                press.put(name, *last[name], hour, seen=100 + hour)
            tellings.append({key: (found[0], found[1]) for key, found in press.told().items()})
    assert all(telling == tellings[0] for telling in tellings), tellings


def test_same_text_twice_on_one_site_is_one_story(press: Press, texts: Any) -> None:
    press.put("paper-1", *texts[0], 0)
    press.put("paper-2", *texts[0], 48)
    ((kinds, original, *_),) = press.told().values()
    assert kinds == {"paper-1": "original", "paper-2": "same"}
    assert original == "paper-1"


def test_copies_in_one_batch_find_each_other(press: Press, texts: Any) -> None:
    press.store([press.record(f"paper-{number}", *texts[number % 3], number) for number in range(9)])
    assert len(press.told()) == 3


# --- who said it first ------------------------------------------------------------------------------------------------


def test_original_outside_the_archive_is_named_and_gives_way_when_it_turns_up(press: Press, texts: Any) -> None:
    title, body = texts[0]
    press.put("portal-1", title, body, 5, source="《质量早报》")
    press.put("city-1", title, body, 6, source="质量早报客户端")
    (kinds, original, confidence, evidence) = next(iter(press.told().values()))
    assert original == "《质量早报》"
    assert kinds == {"portal-1": "reprint", "city-1": "same"}
    assert "no article of it is in the archive" in evidence[0]
    press.archive.save_names("paper", ["质量早报"])
    press.put("paper-1", title, body, 0)
    (kinds, original, sure, _) = next(iter(press.told().values()))
    assert original == "paper-1"
    assert sure > confidence
    assert kinds == {"paper-1": "original", "portal-1": "same", "city-1": "same"}


def test_mirror_is_never_the_original(press: Press, texts: Any) -> None:
    press.put("paper-1", *texts[0], 0, is_mirror=True)
    press.put("portal-1", *texts[0], 30)
    assert next(iter(press.told().values()))[1] == "portal-1"
    press.put("paper-2", *texts[1], 0, is_mirror=True)
    press.put("portal-2", *texts[1], 30, is_mirror=True)
    (_, original, confidence, evidence) = press.told()["paper-2 portal-2"]
    assert (original, confidence, evidence) == (None, 0.0, ["only mirror copies are in the archive"])


# --- bad input --------------------------------------------------------------------------------------------------------


def test_bad_bodies_are_stored_and_wrongly_merged_with_nothing(press: Press, texts: Any) -> None:
    paragraph = "请登录市场监管局网站查询办事指南并按要求上传材料。"
    press.put("a-1", "通知一", "")
    press.put("b-1", "通知二", "")
    press.put("a-2", "关于放假的通知", "请各单位妥善安排好节日值班工作。")
    press.put("b-2", "关于停水的通知", "请各单位妥善安排好节日值班工作。")
    press.put("a-3", "办事指南", paragraph * 1000)
    press.put("b-3", "材料清单", paragraph * 900)
    press.put("a-4", "长文", (texts[0][1] + texts[1][1]) * 800)
    assert press.told() == {}
    press.put("b-5", texts[2][0], texts[2][1], 1)
    press.put("a-5", texts[2][0], texts[2][1].replace("，", "、").replace("。", "；"), 2)
    assert set(press.told()) == {"a-5 b-5"}


def test_boilerplate_fills_no_bucket_and_hides_no_copy(press: Press, texts: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(stories, "BUCKET", 5)
    head = texts[3][1]
    press.store(
        [press.record(f"form-{n}", f"第{n}号", f"{head}\n第{n}批{n * 7919}家。{texts[n % 2][1]}{n}") for n in range(40)]
    )
    with press.archive.database.read() as connection:
        largest = connection.execute(text("SELECT count(*) FROM text_hash GROUP BY h ORDER BY 1 DESC")).scalar()
    assert largest == 5
    press.put("paper-1", "第39号", f"{head}\n第39批{39 * 7919}家。{texts[1][1]}39", 5)
    assert any("paper-1" in kinds and "form-39" in kinds for kinds, *_ in press.told().values())


def test_large_story_grows_without_being_worked_out_anew(press: Press, texts: Any, monkeypatch: Any) -> None:
    from archive import story_groups

    monkeypatch.setattr(story_groups, "LARGE", 6)
    for number in range(15):
        press.put(f"site{number:02}-1", *texts[0], 20 - number)
    ((kinds, original, *_),) = press.told().values()
    assert len(kinds) == 15
    assert original == "site14-1"
    press.put("site03-1", *texts[1], 0, seen=90)
    ((kinds, *_),) = press.told().values()
    assert len(kinds) == 14
    with press.archive.database.read() as connection:
        assert connection.execute(text("SELECT members FROM story")).scalars().all() == [14]


# --- several writers, older archives ----------------------------------------------------------------------------------

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


def writers(archive: Archive, sites: Sequence[str], rounds: int) -> Iterator[subprocess.Popen[str]]:
    for site in sites:
        command = [sys.executable, "-c", WRITER, archive.database_url, str(archive.data_dir), site, CONFTEST]
        yield subprocess.Popen([*command, str(rounds)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_hundred_copies_of_ten_texts_by_four_processes_at_once_are_ten_stories(archive: Archive) -> None:
    children = list(writers(archive, ["paper", "portal", "city", "town"], 3))
    for child in children:
        assert child.stdout is not None and child.stdout.readline() == "ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
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


def test_articles_of_an_older_archive_are_found_too(press: Press, texts: Any) -> None:
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


def test_storing_looks_back_a_little_each_time(press: Press, texts: Any) -> None:
    press.put("paper-0", *texts[0], 0)
    press.put("portal-0", *texts[0], 5)
    with press.archive.database.write() as connection:
        for name in ("story_member", "story", "likeness", "text_hash", "text_signature"):
            connection.execute(text(f"DELETE FROM {name}"))
        connection.execute(text("INSERT INTO text_backlog (article_id) SELECT id FROM article"))
    press.put("city-1", *texts[1], 9)
    assert press.archive.backlog() == 0
    assert set(press.told()) == {"paper-0 portal-0"}


def test_search_shows_one_article_of_each_story(press: Press, texts: Any) -> None:
    for number in (0, 1):
        for hour, site in enumerate(("paper", "portal", "city")):
            press.put(f"{site}-{number}", *texts[number], hour + 10 * number)
    press.put("paper-2", *texts[2], 90)
    hits = press.archive.search(sort="newest", stories=True)
    assert [(hit.article.id, hit.others) for hit in hits] == [
        (press.ids["paper-2"], 0),
        (press.ids["city-1"], 2),
        (press.ids["city-0"], 2),
    ]
    assert press.archive.count(stories=True) == 3
    (found,) = press.archive.search([fold(texts[0][0])], site=["portal", "city"], stories=True)
    assert (found.article.id, found.others) == (press.ids["city-0"], 1)
    assert press.archive.count([fold(texts[0][0])], site=["portal", "city"], stories=True) == 1
