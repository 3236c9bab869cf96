"""Stories: who belongs together, whatever the order and whoever stores at the same time."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

from sqlalchemy import text

from archive import stories
from archive.archive import Archive
from crawler.reading.text import fold, to_traditional


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


def test_copies_on_several_sites_are_one_story_and_stay_articles(press: Any, texts: Any) -> None:
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


def test_story_is_the_same_whatever_order_the_copies_arrive_in(
    tmp_path: Path, press_of: Any, texts: Any, new_sqlite: Any
) -> None:
    title, body = texts[2]
    press = press_of(None)
    records = [
        press.record("paper-1", title, body, 0),
        press.record("portal-1", title, edited(body, 2), 3, source="paper"),
        press.record("city-1", title, cut(body, 0, 0.3), 5, source="质量早报"),
        press.record("town-1", "要闻速览", cut(body, 0, 0.8), 7),
        press.record("week-1", "本周要闻汇编", f"{texts[3][1]}\n{body}\n{texts[4][1]}", 90),
        press.record("other-1", texts[3][0], texts[3][1], 1),
    ]
    tellings = set()
    orders = [list(order) for order in itertools.permutations(records)][::97]
    for number, order in enumerate(orders):
        with Archive(new_sqlite(tmp_path / f"{number}.db"), tmp_path / str(number)) as archive:
            archive.save_names("paper", ["质量早报", "paper"])
            press = press_of(archive)
            for record in order:
                press.store([record])
            tellings.add(repr(sorted(press.told().items())))
    assert len(orders) == 8
    assert len(tellings) == 1, tellings
    assert "'city-1 paper-1 portal-1 town-1" in tellings.pop()


def test_roundup_and_digest_join_no_two_stories(press: Any, texts: Any) -> None:
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


def test_roundup_of_two_single_texts_leaves_them_apart(press: Any, texts: Any) -> None:
    press.put("week-1", "一周质量要闻", f"{texts[0][1]}\n{texts[1][1]}", 50)
    press.put("paper-0", *texts[0], 0)
    press.put("portal-1", *texts[1], 1)
    (kinds, *_) = next(iter(press.told().values()))
    assert len(press.told()) == 1
    assert len({"paper-0", "portal-1"} & kinds.keys()) == 1


def test_late_full_text_makes_the_stories_of_its_cut_copies_one(press: Any, texts: Any) -> None:
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


def test_texts_each_a_little_like_the_next_are_not_chained(press: Any, texts: Any) -> None:
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


def test_article_whose_text_changes_leaves_its_story_and_comes_back(press: Any, texts: Any) -> None:
    press.put("paper-1", *texts[0], 0)
    press.put("portal-1", *texts[0], 3)
    press.put("portal-1", *texts[1], 3, seen=50)
    assert press.told() == {}
    assert press.archive.check().problems == []
    press.put("city-1", *texts[1], 4)
    assert set(press.told()) == {"city-1 portal-1"}
    press.put("portal-1", *texts[0], 3, seen=90)
    assert set(press.told()) == {"paper-1 portal-1"}


def test_story_after_revisions_is_that_of_the_last_texts(
    tmp_path: Path, press_of: Any, texts: Any, new_sqlite: Any
) -> None:
    """However it came to be: stored as it is, or by way of other texts."""
    last = {"paper-1": texts[0], "portal-1": texts[0], "city-1": (texts[0][0], cut(texts[0][1], 0, 0.7))}
    last |= {"town-1": texts[1], "week-1": ("要闻", f"{texts[1][1]}\n{texts[2][1]}")}
    tellings = []
    for number, detour in enumerate([[], ["paper-1"], ["portal-1", "city-1"], ["week-1", "town-1", "paper-1"]]):
        with Archive(new_sqlite(tmp_path / f"{number}.db"), tmp_path / str(number)) as archive:
            press = press_of(archive)
            for name in detour:
                press.put(name, *texts[7 + number % 2], 1)
            for hour, name in enumerate(last):
                press.put(name, *last[name], hour, seen=100 + hour)
            tellings.append({key: (found[0], found[1]) for key, found in press.told().items()})
    assert all(telling == tellings[0] for telling in tellings), tellings


def test_same_text_twice_on_one_site_is_one_story(press: Any, texts: Any) -> None:
    press.put("paper-1", *texts[0], 0)
    press.put("paper-2", *texts[0], 48)
    ((kinds, original, *_),) = press.told().values()
    assert kinds == {"paper-1": "original", "paper-2": "same"}
    assert original == "paper-1"


def test_copies_in_one_batch_find_each_other(press: Any, texts: Any) -> None:
    press.store([press.record(f"paper-{number}", *texts[number % 3], number) for number in range(9)])
    assert len(press.told()) == 3


# --- who said it first ------------------------------------------------------------------------------------------------


def test_original_outside_the_archive_is_named_and_gives_way_when_it_turns_up(press: Any, texts: Any) -> None:
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


def test_mirror_is_never_the_original(press: Any, texts: Any) -> None:
    press.put("paper-1", *texts[0], 0, is_mirror=True)
    press.put("portal-1", *texts[0], 30)
    assert next(iter(press.told().values()))[1] == "portal-1"
    press.put("paper-2", *texts[1], 0, is_mirror=True)
    press.put("portal-2", *texts[1], 30, is_mirror=True)
    (_, original, confidence, evidence) = press.told()["paper-2 portal-2"]
    assert (original, confidence, evidence) == (None, 0.0, ["only mirror copies are in the archive"])


# --- bad input --------------------------------------------------------------------------------------------------------


def test_bad_bodies_are_stored_and_wrongly_merged_with_nothing(press: Any, texts: Any) -> None:
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


def test_boilerplate_fills_no_bucket_and_hides_no_copy(press: Any, texts: Any, monkeypatch: Any) -> None:
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


def test_large_story_grows_without_being_worked_out_anew(press: Any, texts: Any, monkeypatch: Any) -> None:
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
    press.put("digest-1", texts[0][0], cut(texts[0][1], 0, 0.3), 60)
    ((kinds, original, *_),) = press.told().values()
    assert (len(kinds), kinds["digest-1"], original) == (15, "excerpt", "site14-1")


def test_search_shows_one_article_of_each_story(press: Any, texts: Any) -> None:
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
