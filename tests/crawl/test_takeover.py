"""Sites that are taken over, gone, moved, or that answer 200 where nothing is: crawled as users crawl them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from crawler.reading.urls import url_key
from seeds.replica.server import ReplicaServer

NOTE = "<html><head><title>提示信息</title></head><body><p>您访问的信息不存在或已被删除。</p></body></html>"
SHOP = "百家乐在线开户，首存优惠，返水天天有，老虎机与捕鱼达人任你选，新葡京同步开奖。"
SUBJECTS = ("电梯安全筛查", "酱菜制作规程", "电子秤免费检定", "首席质量官培训", "检测机构开放日")
FACTS = (
    "执法人员检查在用电梯六百一十二台，发现维护保养不到位等隐患三十四处，已责令限期整改完毕。",
    "由三家酱园共同起草的规程通过专家审定，原料产地、腌制时间与盐度均作出明确要求。",
    "技术人员现场为商户检定电子秤一百零五台，其中四台误差超标，当场封存并更换合格衡器。",
    "培训为期三天，授课内容包括卓越绩效模式与质量成本分析，四十二家企业派员参加。",
    "二十余名居民代表参观食品检测实验室，工作人员演示了农药残留快速检测的全过程。",
)


def untouched(reader: Any) -> bool:
    """Whether every article is as it was when it was first read."""
    details = list(reader.archive.export())
    return bool(details) and all(d.article.revision == 1 and d.article.state == "live" for d in details)


class Troubles:
    """One site through five runs: itself, gone altogether, taken over, parked, itself again."""

    def __init__(self, reader: Any) -> None:
        self.reader = reader
        self.runs: dict[str, Any] = {}
        self.alarms: dict[str, Any] = {}
        self.untouched: dict[str, bool] = {}
        scenes = {"well": None, "gone": "gone", "hijacked": "hijacked", "parked": "parked", "well again": None}
        for round_, (name, scene) in enumerate(scenes.items()):
            reader.server.scenes = {"zgnt": scene} if scene else {}
            self.runs[name] = reader.crawl("zgnt", days=1.2 * round_)
            self.alarms[name] = reader.archive.alarms(closed=True)
            self.untouched[name] = untouched(reader)


@pytest.fixture(scope="module")
def troubles(tmp_path_factory: pytest.TempPathFactory, reader_of: Any) -> Iterator[Troubles]:
    with ReplicaServer() as server:
        reader = reader_of(server, tmp_path_factory.mktemp("troubles"))
        yield Troubles(reader)
        reader.archive.close()


def test_no_trouble_of_the_whole_site_changes_an_article(troubles: Troubles) -> None:
    assert troubles.untouched == dict.fromkeys(troubles.runs, True)
    assert troubles.reader.archive.count() == troubles.runs["well"].counts["new"]
    assert troubles.reader.archive.check().problems == []


def test_site_whose_pages_are_all_gone_fails_with_an_alarm_and_is_not_frozen(troubles: Troubles) -> None:
    run = troubles.runs["gone"]
    assert (run.code, run.verdict) == (1, "failing"), run.log
    (alarm,) = troubles.alarms["gone"]
    assert (alarm.kind, alarm.frozen, alarm.times) == ("missing", False, 1)
    assert "none is marked missing" in alarm.reason


def test_taken_over_site_is_frozen_and_the_run_ends_as_soon_as_it_is_clear(troubles: Troubles) -> None:
    run = troubles.runs["hijacked"]
    assert (run.code, run.verdict) == (1, "hijacked"), run.log
    assert run.requests < troubles.runs["gone"].requests
    (alarm,) = troubles.alarms["hijacked"]
    assert (alarm.kind, alarm.frozen, alarm.times) == ("hijacked", True, 2), "the same trouble, grown worse"
    assert alarm.evidence


def test_run_of_a_frozen_site_looks_at_some_known_pages_and_ends_with_the_next_step(troubles: Troubles) -> None:
    run = troubles.runs["parked"]
    assert (run.code, run.verdict) == (1, "frozen"), run.log
    assert "zhiwen sites thaw zgnt" in run.reason
    assert run.requests <= 6, "robots.txt and five known pages"
    (alarm,) = troubles.alarms["parked"]
    assert (alarm.times, alarm.closed_at) == (3, None)


def test_site_that_is_itself_again_thaws_and_is_crawled_at_once(troubles: Troubles) -> None:
    run = troubles.runs["well again"]
    assert (run.code, run.verdict) == (0, "ok"), run.log
    assert run.counts["lists_unchanged"]
    (alarm,) = troubles.alarms["well again"]
    assert "read as stored again" in alarm.closed_because


def filled(town: Any) -> tuple[Any, list[str]]:
    """A crawled town of five articles."""
    paths = [f"/news/2026/03/t{number}05.html" for number in range(5)]
    for path, subject, fact in zip(paths, SUBJECTS, FACTS, strict=True):
        town.article(
            path,
            f"城关区开展{subject}工作",
            [
                fact,
                f"有关负责人说，{subject}将继续推进，并把结果向社会公布，欢迎市民来电来信监督，意见一经查实当日答复。",
            ],
        )
    town.column(*paths)
    reader = town.reader()
    assert reader.crawl("town").counts["new"] == 5
    return reader, paths


def test_page_that_says_there_is_nothing_is_gone_and_a_new_one_is_never_an_article(town: Any) -> None:
    reader, paths = filled(town)
    town.put(paths[0], NOTE)
    town.article(paths[1], f"城关区开展{SUBJECTS[1]}工作", ["该文因内容有误，现已撤回。"])
    town.article("/x/1.html", "新葡京官网", [SHOP * 3])
    town.article("/x/2.html", "城关区部署质量强区任务", ["会议明确十二项举措，逐项落实到部门，年底逐一评估。" * 3])
    town.put("/news/2026/09/t9999.html", NOTE)
    town.column("/x/1.html", "/x/2.html", "/news/2026/09/t9999.html", *paths)
    crawled = reader.crawl("town", days=1.2)
    assert (crawled.verdict, crawled.counts["new"], crawled.counts["gone"]) == ("partial", 1, 3), crawled.log
    assert {row.cause for row in reader.archive.quarantine()} == {"foreign", "soft_404"}
    states = {detail.article.url: detail.article.state for detail in reader.archive.export()}
    assert len(states) == 6
    gone = [url for url, state in states.items() if state == "missing"]
    assert sorted(gone) == [f"http://{town.host}{path}" for path in paths[:2]]
    assert all(detail.article.revision == 1 for detail in reader.archive.export())


def test_site_that_moved_its_articles_is_neither_taken_over_nor_gone(town: Any) -> None:
    reader, paths = filled(town)
    moved = [f"/art/2026/3/{number + 700}.html" for number in range(5)]
    for old, new in zip(paths, moved, strict=True):
        town.pages[new] = town.pages.pop(old)
    town.column(*moved)
    crawled = reader.crawl("town", days=1.2)
    assert crawled.verdict == "ok", crawled.log
    assert untouched(reader)
    assert reader.archive.alarms(closed=True) == []
    urls = {url_key(detail.article.url) for detail in reader.archive.export()}
    assert urls == {url_key(f"http://{town.host}{path}") for path in moved}
