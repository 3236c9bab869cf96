from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.reading.dates import PAGE_ZONE, date_from_groups, find_date, parse_list_day


@pytest.mark.parametrize(
    ("seen", "local", "precision"),
    [
        ("2020-09-02 09:40:43 来源: 南通网", "2020-09-02 09:40:43", "second"),
        ("时间:2021-05-12", "2021-05-12 00:00:00", "day"),
        ("发布:2015-6-15 9:22:32  来源", "2015-06-15 09:22:32", "second"),
        ("2022年07月18日 14:06   来源", "2022-07-18 14:06:00", "minute"),
        ("2025年09月17日16:41 | 来源", "2025-09-17 16:41:00", "minute"),
        ("2022/12/30 19:32:26 作者:", "2022-12-30 19:32:26", "second"),
        ("2016/03/14 13:13:19,浏览:1654", "2016-03-14 13:13:19", "second"),
        ("2012年06月27日 14:11????信息来源:", "2012-06-27 14:11:00", "minute"),
        ("2017-09-18 11:54:00.0", "2017-09-18 11:54:00", "second"),
        ("2026-09-28-21:50:00", "2026-09-28 21:50:00", "second"),
        ("2017——04——12 21:37", "2017-04-12 21:37:00", "minute"),
        ("15.07.2016 17:43", "2016-07-15 17:43:00", "minute"),
        ("7/5/2005 9:23 PM", "2005-07-05 21:23:00", "minute"),
        ("25/12/2005", "2005-12-25 00:00:00", "day"),
        ("7/5/2005 12:10 AM", "2005-07-05 00:10:00", "minute"),
        ("２０２０年９月２日　０９：４０", "2020-09-02 09:40:00", "minute"),
        ("二〇二一年十二月三十一日", "2021-12-31 00:00:00", "day"),
        ("二○一九年十月二十日", "2019-10-20 00:00:00", "day"),
        ("2021年3月5日 星期五 下午 3:05", "2021-03-05 15:05:00", "minute"),
        ("2021年3月5日8时06分", "2021-03-05 08:06:00", "minute"),
        ("20230225", "2023-02-25 00:00:00", "day"),
        ("20230225103000", "2023-02-25 10:30:00", "second"),
        ("2018-12-29 00:00:00", "2018-12-29 00:00:00", "day"),
        ("2020-02-30 2020-03-01", "2020-03-01 00:00:00", "day"),
        ("2020-09-02 25:61", "2020-09-02 00:00:00", "day"),
        ("2014-05-10T06:58+08:00", "2014-05-10 06:58:00", "minute"),
        ("2014-05-10T06:58:00Z", "2014-05-10 14:58:00", "second"),
    ],
)
def test_printed_forms(seen: str, local: str, precision: str) -> None:
    found = find_date(seen)

    assert found is not None
    assert found.moment.tzinfo is UTC
    assert f"{found.moment.astimezone(PAGE_ZONE):%Y-%m-%d %H:%M:%S}" == local
    assert found.precision == precision


@pytest.mark.parametrize(
    "seen",
    [
        "",
        "时间:09-18人气:30",
        "3小时前",
        "0000-00-00",
        "2020-13-01",
        "电话 010-20201231",
        "1970-01-01 08:00:00",
        "第2020-3号",
        "二〇二一年十三月一日",
        "99/99/2020",
    ],
)
def test_what_is_no_full_date_gives_none(seen: str) -> None:
    assert find_date(seen) is None


def test_day_first_is_told_by_the_caller() -> None:
    found = find_date("05/07/2016", day_first=True)
    assert found is not None
    assert found.day == date(2016, 7, 5)


def test_future_beyond_two_days_is_not_believed() -> None:
    fetched = datetime(2024, 3, 1, tzinfo=UTC)
    assert find_date("2099-01-01", latest=fetched) is None
    assert find_date("2024-03-02 10:00", latest=fetched) is not None
    found = find_date("有效期至2099-01-01 发布于2024-02-01", latest=fetched)
    assert found is not None
    assert found.day == date(2024, 2, 1)


def test_list_day_needs_its_year() -> None:
    assert parse_list_day("更新于2020年5月1日") == date(2020, 5, 1)
    assert parse_list_day("05-01") is None
    assert parse_list_day("2030-01-01", date(2024, 1, 1)) is None
    assert parse_list_day("2024-01-02", date(2024, 1, 1)) == date(2024, 1, 2)


def test_groups_of_an_address_pattern_make_a_date() -> None:
    found = date_from_groups({"y": "2015", "m": "06", "d": "15", "H": "09", "M": "22", "S": "32"}, "x")
    assert found is not None
    assert (found.precision, found.matched) == ("second", "x")
    assert date_from_groups({"y": "2015", "m": "16", "d": "15"}, "x") is None
    assert date_from_groups({"y": "2015", "m": "06"}, "x") is None


@given(st.text(alphabet="0123456789-/.:年月日时分 T+Z十二〇一三四", max_size=60))
def test_no_text_raises(text: str) -> None:
    found = find_date(text)
    assert found is None or found.moment.tzinfo is UTC
