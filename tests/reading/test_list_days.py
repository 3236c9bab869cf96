from __future__ import annotations

from datetime import date

import pytest

from crawler.reading.list_days import MonthDay, complete, heading_day, printed_day

DAY = date(2026, 1, 5)


@pytest.mark.parametrize(
    ("pieces", "day"),
    [
        (["2026-01-05"], DAY),
        (["[2026-1-5]"], DAY),
        (["（2026年1月5日）"], DAY),
        (["2026.01.05 星期一"], DAY),
        (["05", "2026-01"], DAY),
        (["2026", "01-05"], DAY),
        (["2026年01月", "05"], DAY),
        (["01/05", "2026"], DAY),
        (["05", "1月", "2026"], DAY),
        (["来源：某报 发布时间：2026-01-05 浏览：3"], DAY),
        (["Jan 5, 2026"], DAY),
        (["(5 January 2026)"], DAY),
        (["01-05"], MonthDay(1, 5)),
        (["1月5日"], MonthDay(1, 5)),
        (["会议于2025年12月3日召开，部署下一阶段的主要工作任务"], None),
        (["今天是2026年1月5日"], None),
        (["13-45"], None),
        (["2026", "02-31"], None),
        (["10:30"], None),
        (["3.15活动侧记"], None),
        (["昨天"], None),
        ([], None),
    ],
)
def test_the_day_beside_an_entry(pieces: list[str], day: object) -> None:
    assert printed_day([(piece, False) for piece in pieces]) == day


def test_inside_a_link_only_a_bare_date_counts() -> None:
    assert printed_day([("2026年1月5日起施行的规定", True)]) is None
    assert printed_day([("2026-01-05", True), ("规定", True)]) == DAY


def test_a_heading_is_a_date_and_nothing_else() -> None:
    assert heading_day("2026年1月5日") == DAY
    assert heading_day("更新时间 2026年1月5日 8点") is None


@pytest.mark.parametrize(
    ("partial", "url", "day"),
    [
        (MonthDay(1, 5), "http://a.cn/202601/t20260104_1.html", DAY),
        (MonthDay(12, 30), "http://a.cn/202601/t20260104_1.html", date(2025, 12, 30)),
        (MonthDay(1, 5), "http://a.cn/art/2026/1/5/art_1_2.html", DAY),
        (MonthDay(1, 5), "http://a.cn/202601/1.html", DAY),
        (MonthDay(7, 5), "http://a.cn/202601/1.html", None),
        (MonthDay(1, 5), "http://a.cn/2026/1.html", DAY),
        (MonthDay(2, 29), "http://a.cn/2026/1.html", None),
        (MonthDay(1, 5), "http://a.cn/1.html", None),
    ],
)
def test_a_year_comes_from_the_address_when_it_fits(partial: MonthDay, url: str, day: date | None) -> None:
    assert complete([partial], [url]) == [day]


def test_a_year_comes_from_both_neighbours_of_one_year() -> None:
    url = "http://a.cn/1.html"
    between = [date(2026, 1, 9), MonthDay(1, 5), date(2026, 1, 2)]
    assert complete(between, [url] * 3) == [date(2026, 1, 9), DAY, date(2026, 1, 2)]
    assert complete([date(2026, 1, 9), MonthDay(1, 5)], [url] * 2)[1] is None
    assert complete([date(2026, 1, 2), MonthDay(12, 30), date(2025, 12, 1)], [url] * 3)[1] is None
