"""What becomes an event, and which watch is told of it."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event as sql_event
from sqlalchemy import select

from archive import database as db
from archive.archive import Archive
from archive.models import table
from archive.notice_models import Delivery, Event
from archive.records import AttachmentRecord, DocumentRecord, StoreBatch
from archive.routes import Routes
from archive.watches import Wanted

_event, _delivery = table(Event), table(Delivery)
lite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # for what no database decides


@pytest.fixture
def put(archive: Archive, make: Any) -> Any:
    """Stores records in a run of their own."""

    def store(*articles: Any, kind: str = "manual", options: Any = None, site: str = "news", **batch: Any) -> None:
        run = archive.open_run(site, kind, options)
        archive.store(run, StoreBatch(articles=list(articles), **batch))
        archive.close_run(run, "ok")

    return store


def events(archive: Archive) -> list[tuple[str, int | None]]:
    with archive.database.read() as connection:
        rows = connection.execute(select(_event.c.kind, _event.c.article_id).order_by(_event.c.id))
        return [(kind, article_id) for kind, article_id in rows]


def told(archive: Archive, watch: str, team: str = "default") -> list[tuple[str, str]]:
    """Kind and title of what a watch is told, in order, by taking it out of the outbox."""
    archive.expand_events(Routes())
    found = []
    while parcels := archive.due_parcels():
        for parcel in parcels:
            if (parcel.team, parcel.watch) == (team, watch):
                found += [(notice.kind, notice.title) for notice in parcel.notices]
            archive.parcel_sent(parcel)
    return found


def all_told(archive: Archive) -> list[tuple[int, int, str]]:
    with archive.database.read() as connection:
        rows = select(_delivery.c.event_id, _delivery.c.watch_id, _delivery.c.channel).order_by(_delivery.c.id)
        return [tuple(row) for row in connection.execute(rows)]


# --- what is an event -------------------------------------------------------------------------------------------------


def test_articles_new_changed_withdrawn_and_restored_are_events_in_their_order(
    archive: Archive, make: Any, put: Any
) -> None:
    put(make.article(1))
    put(make.article(1, 24, title="质量月启动（修订）"))
    put(failures=[make.gone(1, 48)])
    put(failures=[make.gone(1, 80)])
    put(make.article(1, 90, title="质量月启动（修订）"))
    assert [kind for kind, _ in events(archive)] == ["new", "changed", "withdrawn", "restored"]


@lite
def test_what_stayed_the_same_or_was_missing_for_a_day_is_no_event(archive: Archive, make: Any, put: Any) -> None:
    put(make.article(1))
    put(make.article(1, 5))
    put(touches=[make.touch(1, 10)])
    put(failures=[make.gone(1, 20)])
    put(make.article(1, 30))
    assert archive.article(1).article.state == "live"  # type: ignore[union-attr]
    assert [kind for kind, _ in events(archive)] == ["new"]


@lite
def test_what_is_brought_from_web_archives_is_no_event(archive: Archive, make: Any, put: Any) -> None:
    put(make.article(1), kind="import")
    put(make.article(1, 24, title="质量月启动（修订）"), kind="import")
    assert archive.count() == 1
    assert events(archive) == []


@lite
def test_failed_store_leaves_no_event(archive: Archive, make: Any, put: Any) -> None:
    writer = archive.database._writer

    def fail(connection: Any, cursor: Any, statement: str, *others: Any) -> None:
        if statement.startswith("UPDATE run"):
            raise OSError("pulled out")

    run = archive.open_run("news", "manual")
    sql_event.listen(writer, "before_cursor_execute", fail)
    with pytest.raises(OSError, match="pulled out"):
        archive.store(run, StoreBatch(articles=[make.article(1)]))
    sql_event.remove(writer, "before_cursor_execute", fail)
    assert events(archive) == []
    archive.store(run, StoreBatch(articles=[make.article(1)]))
    assert len(events(archive)) == 1


# --- the first reading of a column ------------------------------------------------------------------------------------


def dated(make: Any, number: int, days: float, at: float = 0) -> Any:
    """An article published so many days before it is found."""
    return make.article(number, at, published_at=make.at(at) - timedelta(days=days))


def test_first_crawl_of_a_site_tells_only_of_what_was_published_just_now(archive: Archive, make: Any, put: Any) -> None:
    archive.add_watch("default", "all", Wanted(channels=("ops",)))
    put(lists=[make.listing(1, 2, 3, number=1)])
    put(dated(make, 1, 300), dated(make, 2, 1), make.article(3, published_at=None, published_precision=None))
    # Its last page comes in a later run: what it shows is as old.
    put(dated(make, 4, 301, 1), lists=[make.listing(4, at=1, name="index_2", number=2, completes=True,
        list_url=make.url("http://news.example/policy/index.html"),
        list_url_key=make.key("http://news.example/policy/index.html"))])  # fmt: skip
    assert told(archive, "all") == [("new", "质量月启动 2")]


@lite
def test_later_readings_tell_of_everything_however_old_its_date(archive: Archive, make: Any, put: Any) -> None:
    put(dated(make, 1, 300), lists=[make.listing(1, completes=True)])
    assert events(archive) == []
    put(dated(make, 2, 30, 48), lists=[make.listing(2, 1, at=48, completes=True)])
    assert [article for _, article in events(archive)] == [2]


@lite
def test_column_that_is_added_later_begins_anew(archive: Archive, make: Any, put: Any) -> None:
    put(dated(make, 1, 300), lists=[make.listing(1, completes=True)])
    put(dated(make, 2, 30, 48), lists=[make.listing(2, name="laws", at=48, completes=True)])
    assert events(archive) == []
    put(dated(make, 3, 30, 72), lists=[make.listing(3, 2, name="laws", at=72, completes=True)])
    assert [article for _, article in events(archive)] == [3]


@pytest.mark.parametrize("options", [{"backfill": "True"}, {"since": "2020-01-01"}])
def test_reading_back_tells_of_what_came_since_the_column_was_complete(
    options: Any, archive: Archive, make: Any, put: Any
) -> None:
    put(dated(make, 1, 0), lists=[make.listing(1, completes=True)])
    found = [make.article(2, 500, published_at=make.at(-900)), make.article(3, 500, published_at=make.at(100))]
    put(*found, lists=[make.listing(1, 2, 3, at=500)], options=options)
    assert [article for _, article in events(archive)] == [1, 3]


@lite
def test_link_that_redirects_is_as_old_as_its_list(archive: Archive, make: Any, put: Any) -> None:
    put(lists=[make.listing("http://news.example/go?1", completes=True)])
    put(make.article(1, 1, published_at=make.at(-900), aliases=[make.alias("http://news.example/go?1", "redirect")]))
    assert archive.count() == 1
    assert events(archive) == []


# --- which watch is told ----------------------------------------------------------------------------------------------


def test_watch_is_told_of_just_what_search_finds(archive: Archive, make: Any, put: Any) -> None:
    words = ["质量强市", "首席质量官", "100%", "GB/T 1", "a_b", "市长"]
    choice = random.Random(20261121)
    records = []
    for number in range(60):
        body = "，".join(choice.sample(words, 2)) + f"。第{number}件。"
        values: dict[str, Any] = {"source": choice.choice(["质量日报", "市场监管局", None])}
        values["column"] = choice.choice([["新闻"], ["政策", "解读"]])
        records.append(make.article(number, body=body, title=f"通知 {choice.choice(words)}", **values))
    wanted = {}
    for number in range(12):
        terms = tuple("".join(word.split()).lower() for word in choice.sample(words, choice.randint(0, 2)))
        wanted[f"w{number}"] = Wanted(
            terms=terms,
            channels=("ops",),
            source=choice.choice([None, "质量", "监管局"]),
            column=choice.choice([None, "解读", "解"]),
            sites=choice.choice([(), ("news",), ("other",)]),
            most=200,
        )
    for name, one in wanted.items():
        archive.add_watch("default", name, one)
    file = AttachmentRecord("http://news.example/f.pdf", make.key("http://news.example/f.pdf"), "附件")
    records[7].files = [file]
    put(*records)
    found = DocumentRecord("news", file.url, file.url_key, make.fetch(file.url), b"h" * 32, "pdf", text="首席质量官",
        search_text="首席质量官")  # fmt: skip
    put(documents=[found])
    archive.expand_events(Routes())
    told_of: dict[str, set[int]] = {name: set() for name in wanted}
    while parcels := archive.due_parcels():
        for parcel in parcels:
            told_of[parcel.watch] |= {notice.article_id for notice in parcel.notices if notice.article_id}
            archive.parcel_sent(parcel)
    sizes = set()
    for name, one in wanted.items():
        hits = archive.search(one.terms, site=one.sites or None, source=one.source, column=one.column, limit=100)
        assert told_of[name] == {hit.article.id for hit in hits}, name
        sizes.add(len(hits))
    assert len(sizes) > 4


@lite
def test_watch_is_told_of_what_happens_after_it_was_made(archive: Archive, make: Any, put: Any) -> None:
    put(make.article(1))
    archive.add_watch("default", "late", Wanted(channels=("ops",)))
    put(make.article(2))
    assert told(archive, "late") == [("new", "质量月启动 2")]


@lite
def test_only_the_chosen_kinds_are_told(archive: Archive, make: Any, put: Any) -> None:
    archive.add_watch("default", "gone", Wanted(channels=("ops",), kinds=("withdrawn", "restored")))
    put(make.article(1))
    put(make.article(1, 24, title="质量月启动（修订）"))
    put(failures=[make.gone(1, 48)])
    put(failures=[make.gone(1, 80)])
    put(make.article(1, 90, title="质量月启动（修订）"))
    assert [kind for kind, _ in told(archive, "gone")] == ["withdrawn", "restored"]


def test_change_that_takes_the_words_away_is_told_where_the_article_was(archive: Archive, make: Any, put: Any) -> None:
    archive.add_watch("default", "words", Wanted(terms=("首席质量官",), channels=("ops",)))
    archive.add_watch("second", "words", Wanted(terms=("市长热线",), channels=("ops",)))
    put(make.article(1, title="首席质量官名单", body="名单如下。"))
    assert [kind for kind, _ in told(archive, "words")] == ["new"]
    put(make.article(1, 24, title="名单", body="名单另行公布。"))
    assert [kind for kind, _ in told(archive, "words")] == ["changed"]
    put(make.article(1, 48, title="名单", body="名单见市长热线。"))
    assert [kind for kind, _ in told(archive, "words", "second")] == ["changed"]


def test_change_is_told_in_one_line_with_its_figures(archive: Archive, make: Any, put: Any) -> None:
    archive.add_watch("default", "all", Wanted(channels=("ops",), kinds=("changed",)))
    body = "全市共有质量强市示范县（区）{}个，申报截止时间为2026年{}月30日。评审由市质量强市领导小组办公室组织。"
    put(make.article(1, title="申报通知", body=body.format(3, 4)))
    put(make.article(1, 24, title="申报通知", body=body.format(5, 6)))
    archive.expand_events(Routes())
    (notice,) = archive.due_parcels()[0].notices
    assert "3" in notice.changes and "5" in notice.changes
    assert {mark["mark"] for mark in notice.marks} >= {"number"}
    assert (notice.article_id, notice.revision) == (1, 2)


@lite
def test_withdrawal_quotes_what_its_address_answered(archive: Archive, make: Any, put: Any) -> None:
    archive.add_watch("default", "all", Wanted(channels=("ops",), kinds=("withdrawn",)))
    put(make.article(1))
    put(failures=[make.gone(1, 48)])
    put(failures=[make.gone(1, 80)])
    archive.expand_events(Routes())
    (notice,) = archive.due_parcels()[0].notices
    assert notice.summary == "gone seen"


# --- stories ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def copies(archive: Archive, press: Any, texts: Sequence[tuple[str, str]]) -> Any:
    """Puts the same text on one site after another."""

    def put(*names: str) -> None:
        for hour, name in enumerate(names):
            press.put(f"{name}-1", *texts[0], hour)

    return put


def test_only_the_first_article_of_a_story_is_told(archive: Archive, copies: Any) -> None:
    archive.add_watch("default", "once", Wanted(channels=("ops",)))
    archive.add_watch("default", "all", Wanted(channels=("mail",), all_copies=True))
    archive.add_watch("default", "city", Wanted(channels=("city",), sites=("city",)))
    copies("paper", "portal")
    assert len(told(archive, "once")) == 1
    copies("paper", "portal", "city")
    archive.expand_events(Routes())
    seen = {parcel.watch: [(one.kind, one.site) for one in parcel.notices] for parcel in archive.due_parcels()}
    # A watch of one site knows nothing of the others' copies.
    assert seen == {"city": [("new", "city")], "all": [("new", "city")]}


@lite
def test_copies_of_one_batch_are_one_notice(archive: Archive, copies: Any) -> None:
    archive.add_watch("default", "once", Wanted(channels=("ops",), most=1))
    copies("paper", "portal", "city")
    assert len(told(archive, "once")) == 1


def test_first_reprint_is_an_event_of_its_own_and_names_the_original(archive: Archive, copies: Any) -> None:
    archive.add_watch("default", "copies", Wanted(channels=("ops",), kinds=("new", "reprinted")))
    copies("paper", "portal", "city", "town")
    assert [kind for kind, _ in events(archive)] == ["new", "new", "reprinted", "new", "new"]
    archive.expand_events(Routes())
    (parcel,) = archive.due_parcels()
    assert [(one.kind, one.site) for one in parcel.notices] == [("new", "paper"), ("reprinted", "portal")]
    assert parcel.notices[1].original


@lite
def test_reprint_that_is_news_to_a_watch_is_not_told_twice(archive: Archive, copies: Any) -> None:
    wanted = Wanted(channels=("ops",), kinds=("new", "reprinted"), sites=("portal",))
    archive.add_watch("default", "portal", wanted)
    copies("paper", "portal")
    assert [kind for kind, _ in told(archive, "portal")] == ["new"]


def test_archive_of_before_tells_what_happens_after_its_upgrade(tmp_path: Path, make: Any, monkeypatch: Any) -> None:
    url = f"sqlite:///{tmp_path / 'zhiwen.db'}"
    with monkeypatch.context() as patched:
        patched.setattr(db, "VERSIONS", db.VERSIONS[: db.VERSIONS.index("0007") + 1])
        Archive(url, tmp_path).open().close()
    with closing(sqlite3.connect(tmp_path / "zhiwen.db")) as connection:
        names = 'url, url_key, kind, site, "column", state, discovered_at, link_title'
        row = (make.url(1), make.key(make.url(1)), "article", "news", "policy", "pending", "2026-03-01 08:00:00.000000")
        connection.execute(
            f"INSERT INTO page ({names}, conditional_count, failures, chain_open, parts)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, '', 0, 0, 0, 0)",
            row,
        )
        connection.commit()
    with Archive(url, tmp_path) as archive:
        archive.add_watch("default", "all", Wanted(channels=("mail",)))
        run = archive.open_run("news", "manual")
        archive.store(run, StoreBatch(articles=[make.article(1)]))
        assert told(archive, "all") == [("new", "质量月启动 1")]
        assert [row.name for row in archive.watches()] == ["all", "operators"]


# --- operators --------------------------------------------------------------------------------------------------------


def alarm(archive: Archive, kind: str = "alarm opened", **detail: Any) -> None:
    from archive.events import add_events

    with archive.database.write() as connection:
        row = {"kind": kind, "site": "news", "alarm_id": 7, "at": archive._clock()}
        add_events(connection, [{**row, "detail": {"alarm": "silent", "reason": "nothing for 6 days", **detail}}])


def test_alarms_go_to_operators_and_to_no_reader(archive: Archive, make: Any, put: Any) -> None:
    archive.add_watch("default", "all", Wanted(channels=("mail",)))
    alarm(archive, step="look at the site", evidence=["1 in 200"], severity=2, column="要闻")
    put(make.article(1))
    archive.expand_events(Routes(operators=("ops",)))
    parcels = {parcel.channel: parcel for parcel in archive.due_parcels()}
    assert parcels["mail"].route == "reader"
    assert [one.kind for one in parcels["mail"].notices] == ["new"]
    (notice,) = parcels["ops"].notices
    assert (parcels["ops"].route, notice.kind, notice.title) == ("operator", "alarm opened", "news · 要闻: silent")
    assert notice.alarm is not None
    told_of = (notice.alarm.reason, notice.alarm.evidence, notice.alarm.step, notice.alarm.severity)
    assert told_of == ("nothing for 6 days", ("1 in 200",), "look at the site", 2)


@lite
def test_alarm_without_detail_is_told_from_its_row(archive: Archive) -> None:
    from archive.events import add_events

    row = archive.freeze("news", "taken over, it seems")
    with archive.database.write() as connection:
        add_events(connection, [{"kind": "alarm opened", "site": "news", "alarm_id": row.id, "at": row.opened_at}])
    archive.expand_events(Routes(operators=("ops",)))
    notice = archive.due_parcels()[0].notices[-1]
    assert notice.alarm is not None
    assert (notice.alarm.kind, notice.alarm.reason) == ("by hand", "taken over, it seems")


@lite
def test_team_knows_nothing_of_another_team_s_watch(archive: Archive, make: Any, put: Any) -> None:
    archive.add_watch("north", "all", Wanted(channels=("north",)))
    archive.add_watch("south", "all", Wanted(channels=("south",), terms=("市长",)))
    put(make.article(1, body="市长质量奖评审启动。"), make.article(2, body="计量器具抽查结果公布。"))
    archive.expand_events(Routes())
    assert {(one.team, one.channel): len(one.notices) for one in archive.due_parcels()} == {
        ("north", "north"): 2,
        ("south", "south"): 1,
    }


@lite
def test_operators_are_shown_what_they_would_be_told_and_cannot_be_removed(archive: Archive) -> None:
    alarm(archive)
    row = archive.watches("operators", "operators")[0]
    assert [one.title for one in archive.preview(row.wanted, archive._clock() - timedelta(days=1))] == ["news: silent"]
    assert archive.remove_watch("operators", "operators") is None
    with pytest.raises(ValueError, match="alarms go to the operators"):
        archive.add_watch("default", "nosy", Wanted(kinds=("alarm opened",), channels=("mail",)))
