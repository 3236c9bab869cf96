from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.reading.labels import first_name, placeholder, plain, read_info


@pytest.mark.parametrize(
    ("line", "values", "views"),
    [
        ("2020-09-02 09:40:43 来源: 南通网", {"source": "南通网"}, None),
        ("发布时间:2017-09-22 作者: 来源:江西省质监局 浏览:1324", {"source": "江西省质监局"}, 1324),
        ("發布時間:2017-09-22 作者: 來源:江西省質監局 瀏覽:1324", {"source": "江西省質監局"}, 1324),
        ("发布:2015-6-15 9:22:32  来源:聊城新闻网  浏览次  编辑:佚名", {"source": "聊城新闻网"}, None),
        ("【发布日期:2011-12-29】 【来源:】 【阅读:次】【作者:秋洪】", {"author": "秋洪"}, None),
        ("2022/12/30 19:32:26 作者: 点击数:", {}, None),
        ("发布:2016/03/14 13:13:19,浏览:1,654", {}, 1654),
        ("来源 : 质量所 浏览 : 2751 日期 : 2024-08-05", {"source": "质量所"}, 2751),
        ("来源: 编辑:张三 浏览量:0", {"editor": "张三"}, 0),
        ("2025年09月17日16:41 | 来源：人民网", {"source": "人民网"}, None),
        ("时间:09-18人气:30", {}, 30),
        ("浏览1.2万次 2020-05-06", {}, 12000),
        ("阅读 36 次 来源：质量报", {"source": "质量报"}, 36),
        ("来源：质量报 2020-05-06 分享到： 打印 字号：大 中 小", {"source": "质量报"}, None),
        ("作　者：李明　来　源：质量报", {"author": "李明", "source": "质量报"}, None),
        ("来源：本站 作者：管理员 编辑：admin", {}, None),
        ("文/张三 图/李四", {"author": "张三"}, None),
        ("2018-05-01 记者 张三 李四 通讯员 王五", {"reporter": "张三 李四", "correspondent": "王五"}, None),
        (
            "发文字号：国市监〔2020〕3号 发布机构：市场监管总局",
            {"doc_number": "国市监〔2020〕3号", "issuer": "市场监管总局"},
            None,
        ),
        ("来源：甲报 来源：乙报", {"source": "甲报"}, None),
    ],
)
def test_info_lines(line: str, values: dict[str, str], views: int | None) -> None:
    info = read_info(line)

    assert info.values == values
    assert info.views == views
    assert set(values) <= set(info.matched)


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("更新时间：2021-02-02 发布时间：2021-01-01", "2021-01-01"),
        ("更新时间：2021-02-02", "2021-02-02"),
        ("来源：质量报 2020年5月6日 10:00", "2020-05-06"),
        ("发布时间： 来源：质量报 2020-05-06", "2020-05-06"),
    ],
)
def test_time_of_publication_goes_before_time_of_update(line: str, day: str) -> None:
    info = read_info(line)
    assert info.date is not None
    assert str(info.date.day) == day


def test_name_beside_the_time_needs_no_label() -> None:
    assert read_info("中国产业经济信息网   时间:2021-05-12").bare == ["中国产业经济信息网"]
    assert read_info("2018-05-01 10:11 质量新闻网 作者：").bare == ["质量新闻网"]
    assert read_info("2018-05-01 10:11").bare == []


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("质量报 记者", "质量报"),
        ("Sina Tech", "Sina Tech"),
        ("质量报 2020-01-01 10:00", "质量报"),
        ("质量报（第3版）", "质量报"),
        ("质量报(北京)", "质量报"),
        ("质量报（第3", "质量报"),
        ("质量报）", "质量报"),
        ("质量报 | 扫码", "质量报"),
        ("《质量报》", "《质量报》"),
        ("本站", None),
        ("", None),
        ("很" * 50, None),
    ],
)
def test_first_name_of_a_value(value: str, name: str | None) -> None:
    assert first_name(value) == name


def test_placeholders_say_nothing() -> None:
    assert all(placeholder(word) for word in ["佚名", " Admin ", "", None, "【未知】"])
    assert not placeholder("质量报")


def test_plain_changes_label_words_only() -> None:
    assert plain("來源：張記") == "来源：張记"
    assert plain("来源") == "来源"


@given(st.text(alphabet="来源时间作者编辑浏览：: 次|【】文/记者2020-1张三", max_size=80))
def test_no_line_raises(line: str) -> None:
    read_info(line)
