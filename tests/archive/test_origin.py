"""Who said it first: what the evidence weighs."""

from __future__ import annotations

import itertools
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from archive.origin import Member, Original, name_original, published_between
from archive.publishers import Claims, claims_of, same_publisher

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)  # 12:00 in Shanghai
MIDNIGHT = datetime(2026, 3, 1, 16, tzinfo=UTC)


def member(number: int, site: str, hours: float | None = 0, **values: Any) -> Member:
    """One copy, published so many hours after noon to the minute, seen two days later."""
    names = values.pop("names", (f"{site}报",))
    fields: dict[str, Any] = {
        "url": f"http://www.{site}.example/{number}.html",
        "names": names,
        "published_at": NOON + timedelta(hours=hours) if hours is not None else None,
        "published_precision": "minute" if hours is not None else None,
        "first_seen_at": NOON + timedelta(days=2, minutes=number),
        "chars": 1000,
    }
    return Member(article_id=number, site=site, **fields | values)


def original(*members: Member) -> Original:
    """The same whatever the order."""
    told = [name_original(list(order)) for order in itertools.permutations(members)]
    assert all(one == told[0] for one in told)
    return told[0]


def test_whom_the_copies_name_goes_before_the_printed_times() -> None:
    found = original(member(1, "甲"), member(2, "乙", -3, source="甲报"), member(3, "丙", 5, source="甲报客户端"))
    assert found.article_id == 1
    assert found.evidence[0] == "丙报、乙报 named 甲报 as the source"
    assert "but 乙报 printed an earlier time" in found.evidence


def test_names_are_followed_to_their_end() -> None:
    found = original(member(1, "甲", 3), member(2, "乙", 1, source="甲报"), member(3, "丙", 0, source="乙报"))
    assert found.article_id == 1
    outside = original(member(2, "乙", 1, source="甲报"), member(3, "丙", 0, source="乙报"))
    assert (outside.article_id, outside.name, outside.first_id) == (None, "甲报", 2)
    # Whoever is named was there before the one that names it.
    day = member(1, "甲", published_at=MIDNIGHT, published_precision="day")
    found = original(day, member(2, "乙", 1, source="甲报"), member(3, "丙", 2), member(4, "丁", 3, source="丙报"))
    assert found.article_id == 1


def test_two_that_name_each_other_are_told_apart_by_time() -> None:
    assert original(member(1, "甲", 0, source="乙报"), member(2, "乙", 1, source="甲报")).article_id == 1


def test_link_to_an_article_names_it() -> None:
    linked = member(2, "乙", -5, source_url="http://jia.example/1.html")
    first = member(1, "甲", 0, url="https://www.jia.example/1.html")
    assert original(first, linked).article_id == 1
    assert original(first, member(2, "乙", -5, source="www.jia.example")).article_id == 1


def test_without_names_the_earliest_is_the_original_and_less_sure() -> None:
    found = original(member(1, "甲", 2), member(2, "乙", 1), member(3, "丙", 3))
    assert found.article_id == 2
    assert found.confidence < 0.9
    assert found.evidence == ["published first, by the printed times"]


def test_a_day_is_not_earlier_than_a_minute_of_it() -> None:
    day = {"published_at": MIDNIGHT, "published_precision": "day"}
    assert original(member(1, "甲", **day), member(2, "乙", 0)).article_id == 2
    seen_before_noon = {**day, "first_seen_at": NOON - timedelta(hours=1)}
    assert original(member(1, "甲", **seen_before_noon), member(2, "乙", 0)).article_id == 1
    assert published_between(MIDNIGHT, "day", None)[1] - MIDNIGHT == timedelta(days=1)
    assert published_between(None, None, NOON)[1] == NOON


def test_undated_copies_are_told_apart_by_first_sight() -> None:
    found = original(member(1, "甲", None), member(2, "乙", None, first_seen_at=NOON))
    assert found.article_id == 2
    assert found.confidence < 0.7


def test_who_names_itself_goes_before_who_names_nobody() -> None:
    day = {"published_at": MIDNIGHT, "published_precision": "day"}
    assert original(member(1, "甲", source="《甲报》", **day), member(2, "乙", 0)).article_id == 1
    assert original(member(1, "甲", 50, source="甲报"), member(2, "乙", 0)).article_id == 2


def test_mirror_is_never_the_original_but_what_it_prints_counts() -> None:
    assert original(member(1, "甲", -9, mirror=True), member(2, "乙", 0)).article_id == 2
    assert original(member(1, "甲", -9, mirror=True, source="丁报"), member(2, "乙", 0, source="丁报")).name == "丁报"
    assert original(member(1, "甲", mirror=True)) == Original(
        None, None, 0.0, ["only mirror copies are in the archive"], 1
    )
    assert original(member(1, "甲", mirror=True, source="丁报")).name == "丁报"


def test_part_of_the_text_is_no_original_while_the_whole_is_there() -> None:
    found = original(member(1, "甲", -1, extent="excerpt", chars=300), member(2, "乙", 0))
    assert found.article_id == 2
    assert "it has the whole text" in found.evidence


def test_outside_publisher_is_believed_unless_a_copy_claims_the_text_and_was_first() -> None:
    citing = member(2, "乙", 5, source="新华社"), member(3, "丙", 6, source="新华网")
    assert original(member(1, "甲", 0), *citing).name in ("新华社", "新华网")
    assert original(member(1, "甲", 0, source="甲报"), *citing).article_id == 1
    assert original(member(1, "甲", 0), member(2, "乙", 5, source="丁网")).name == "丁网"
    assert original(member(1, "甲", 0, source="甲报"), member(2, "乙", 5, source="丁网")).article_id == 1


def test_what_the_text_says_counts_where_no_label_does() -> None:
    said = Claims(sources=("甲报",))
    assert original(member(1, "甲", 1), member(2, "乙", 0, claims=said)).article_id == 1
    agency = Claims(dateline="新华社")
    found = original(member(1, "甲", 1, source="甲报", claims=agency), member(2, "乙", 0, source="甲报", claims=agency))
    assert (found.article_id, found.name) == (None, "新华社")
    own = member(3, "新华", 9, names=("新华网",), claims=agency)
    assert original(own, member(2, "乙", 0, source="甲报", claims=agency)).article_id == 3
    paper = Claims(own="报")
    assert (
        original(member(1, "甲", None, claims=paper, names=("甲网",)), member(2, "乙", None, claims=paper)).article_id
        == 2
    )
    retitled = Claims(retitled=True)
    assert original(member(1, "甲", None, claims=retitled), member(2, "乙", None)).article_id == 2


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ("新华社", "新华网", True),
        ("新华社客户端", "新华每日电讯", True),
        ("新华日报", "新华网", False),
        ("《中国质量报》", "中国质量新闻网", True),
        ("中國質量報", "中国质量报社", True),
        ("市市场监管局", "聊城市市场监督管理局", True),
        ("江苏省市场监管局", "南通市市场监管局", False),
        ("国家市场监督管理总局", "市场监管总局官网", True),
        ("南通日报", "中国南通网", True),
        ("南京日报", "南通网", False),
        ("人民日报", "人民网", True),
        ("质量早报", "质量晚报", False),
        ("", "南通网", False),
    ],
)
def test_names_of_one_house_are_one(one: str, two: str, same: bool) -> None:
    assert same_publisher(one, two) is same_publisher(two, one) is same


def test_head_and_tail_of_a_text_name_its_source() -> None:
    assert claims_of("新华社北京3月1日电(记者王敏)今年的质量月").dateline == "新华社"
    assert claims_of("本报讯(记者王敏)本市启动质量月").own == "报"
    assert claims_of("据人民网3月1日报道,本市启动质量月").sources == ("人民网",)
    assert claims_of("质量月" * 200 + "(来源:中国质量报责任编辑:王敏)").sources == ("中国质量报",)
    assert claims_of("转自《中国质量报》。原标题:一家小厂的十年").sources == ("中国质量报",)
    assert claims_of("转自《中国质量报》。原标题:一家小厂的十年").retitled
    assert claims_of("质量月" * 100 + "转自中国质量报。" + "质量月" * 100) == Claims()
    assert claims_of("来源:本报记者") == Claims()


def test_original_of_generated_chains_is_named_rightly_whenever_it_arrives() -> None:
    """Up to seven copies: each names the original, the one before, or nobody; times to the minute or the day."""
    choice = random.Random(20260301)
    right = before = 0
    for _ in range(400):
        sites = [f"{first}{second}" for first in "东南西北" for second in "江河湖海"]
        choice.shuffle(sites)
        hour = 0.0
        chain: list[Member] = []
        for number in range(choice.randint(2, 7)):
            names = (f"{sites[number]}日报", f"{sites[number]}新闻网")
            values: dict[str, Any] = {"names": names}
            if number == 0:
                values["source"] = choice.choice([None, names[0], names[1]])
            else:
                hour += choice.choice([0.2, 1, 3, 10, 30])
                cited = choice.choice([chain[0], chain[0], chain[-1], None])
                values["source"] = choice.choice(cited.names) if cited else None
                values["mirror"] = choice.random() < 0.1
            if choice.random() < 0.4:
                values |= {"published_precision": "day"}
                at = NOON + timedelta(hours=hour)
                values["published_at"] = MIDNIGHT + timedelta(days=(at - MIDNIGHT).days)
            chain.append(member(number + 1, sites[number], hour, **values))
        late = name_original(chain[1:])
        before += late.article_id is not None and late.name in chain[0].names
        right += name_original(chain).article_id == 1
    assert before == 0
    assert right >= 0.97 * 400, right
