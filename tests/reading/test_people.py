from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.reading.people import read_people, read_roles, split_names

LONG = "市场监管部门公布了第二批质量提升项目，要求各地在年底前完成验收，并把结果向社会公开，接受监督。" * 2


def roles(paragraphs: list[str]) -> dict[str, list[str]]:
    people = read_people(paragraphs)
    names = ("reporters", "correspondents", "interns", "authors", "editors")
    return {name: getattr(people, name) for name in names if getattr(people, name)}


@pytest.mark.parametrize(
    ("paragraphs", "expected"),
    [
        (
            ["本报讯 (记者林小满 周一舟 实习生沈禾)昨天，" + LONG],
            {"reporters": ["林小满", "周一舟"], "interns": ["沈禾"]},
        ),
        ([LONG, "(记者 林小满 周一舟  通讯员 沈禾)"], {"reporters": ["林小满", "周一舟"], "correspondents": ["沈禾"]}),
        ([LONG + "（记者 林小满）"], {"reporters": ["林小满"]}),
        (["（本报记者 林小满、周 舟 摄影报道）" + LONG], {"reporters": ["林小满", "周舟"]}),
        (["南京5月1日电（记者林小满）" + LONG], {"reporters": ["林小满"]}),
        (["本报讯 记者 林小满 报道 昨天，" + LONG], {"reporters": ["林小满"]}),
        (["本报记者 林小满报道 三月中旬，" + LONG], {"reporters": ["林小满"]}),
        (["本报记者 林小满 周一舟", LONG], {"reporters": ["林小满", "周一舟"]}),
        (["文/林小满", LONG], {"authors": ["林小满"]}),
        ([LONG, "作者：林小满 周一舟"], {"authors": ["林小满", "周一舟"]}),
        ([LONG, "（责任编辑：周一舟）"], {"editors": ["周一舟"]}),
        ([LONG, "责编：周一舟"], {"editors": ["周一舟"]}),
        ([LONG, "（记者 Li Ming 买买提·艾力）"], {"reporters": ["Li Ming", "买买提·艾力"]}),
        (["记者林小满通讯员周一舟", LONG], {"reporters": ["林小满"], "correspondents": ["周一舟"]}),
        ([LONG, "（記者 林小滿 通訊員 沈禾）"], {"reporters": ["林小滿"], "correspondents": ["沈禾"]}),
        ([LONG, "编辑：佚名"], {}),
        (["（记者从市质监局获悉）" + LONG], {}),
        (["记者在现场看到，很多人来咨询。", LONG], {}),
        (["本报讯 记者 昨天上午 来到现场" + LONG], {}),
        ([LONG, "（图片来源：网络）"], {}),
        ([LONG, "（作者单位：示例大学）"], {}),
        ([LONG, LONG, "（记者 林小满）" + LONG, LONG, LONG, LONG, LONG], {}),
        ([], {}),
    ],
)
def test_people_at_head_and_tail(paragraphs: list[str], expected: dict[str, list[str]]) -> None:
    assert roles(paragraphs) == expected


def test_evidence_quotes_the_place() -> None:
    people = read_people([LONG, "（记者 林小满）", "（记者 林小满 周一舟）"])
    assert people.reporters == ["林小满", "周一舟"]
    assert people.evidence["reporters"].text == "（记者 林小满）"


def test_names_before_any_label_have_the_default_role() -> None:
    assert read_roles("林小满 实习生 沈禾", default="authors") == {"authors": ["林小满"], "interns": ["沈禾"]}
    assert read_roles("林小满") == {}


def test_a_sentence_is_no_list_of_names() -> None:
    assert split_names("林小满、周一舟") == ["林小满", "周一舟"]
    assert split_names("从市质监局获悉") == []
    assert split_names("摄影报道") == []
    assert split_names("王 伟 李 明") == ["王伟", "李明"]


@given(st.lists(st.text(alphabet="（）()记者通讯员实习生：/ 、张三李四报道文编辑a", max_size=90), max_size=8))
def test_no_text_raises(paragraphs: list[str]) -> None:
    read_people(paragraphs)
